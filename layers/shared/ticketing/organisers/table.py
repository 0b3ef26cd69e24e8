"""The organisers table: one writer at a time refreshes an organiser's tokens."""

from datetime import datetime

from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ticketing.errors import UnknownOrganiser
from ticketing.organisers.organiser import REFRESH_LEASE, Connection, Organiser
from ticketing.rows import UNREADABLE, organiser_from
from ticketing.schema import OrganiserRow


class OrganiserTable:
    """Organisers with their encrypted tokens, lease and version."""

    def get(self, organiser_id: str) -> Organiser:
        """Return the organiser as stored now; raises `UnknownOrganiser`."""
        try:
            return organiser_from(OrganiserRow.get(organiser_id, consistent_read=True))
        except DoesNotExist as error:
            raise UnknownOrganiser(organiser_id, "there is no such row") from error
        except UNREADABLE as error:
            raise UnknownOrganiser(organiser_id, str(error)) from error

    def claim_refresh(self, organiser: Organiser, owner: str, now: datetime) -> bool:
        """Take the right to refresh this version; False if another worker has it (W11)."""
        free = OrganiserRow.lease_owner.does_not_exist() | (OrganiserRow.lease_until < now)
        same: Condition = OrganiserRow.token_version == organiser.token_version
        taken = self._update(
            organiser.organiser_id,
            [
                OrganiserRow.lease_owner.set(owner),
                OrganiserRow.lease_until.set(now + REFRESH_LEASE),
            ],
            same & free,
        )
        return taken or self.get(organiser.organiser_id).lease_owner == owner

    def store_tokens(
        self,
        organiser: Organiser,
        owner: str,
        access_token: bytes,
        access_expires_at: datetime,
        refresh_token: bytes | None,
        now: datetime,
    ) -> bool:
        """Store what SumUp gave, before anybody uses it; False if the lease was lost (W11).

        Without a new refresh token the old one stays.
        """
        changes: list[Action] = [
            OrganiserRow.access_token.set(access_token),
            OrganiserRow.access_expires_at.set(access_expires_at),
            OrganiserRow.token_version.set(organiser.token_version + 1),
            OrganiserRow.connection.set(Connection.CONNECTED.value),
            OrganiserRow.connection_reason.remove(),
        ]
        if refresh_token is not None:
            changes.append(OrganiserRow.refresh_token.set(refresh_token))
            changes.append(OrganiserRow.refresh_issued_at.set(now))
        return self._end_lease(organiser, owner, changes)

    def release_refresh(self, organiser: Organiser, owner: str) -> None:
        """Give the right to refresh back after a try that changed nothing."""
        self._end_lease(organiser, owner, [])

    def require_reconnect(self, organiser: Organiser, owner: str, reason: str) -> None:
        """Park the organiser: only they can authorise us again."""
        changes: list[Action] = [
            OrganiserRow.connection.set(Connection.REAUTH.value),
            OrganiserRow.connection_reason.set(reason),
        ]
        self._end_lease(organiser, owner, changes)

    def _end_lease(self, organiser: Organiser, owner: str, changes: list[Action]) -> bool:
        ended = [OrganiserRow.lease_owner.remove(), OrganiserRow.lease_until.remove()]
        mine: Condition = OrganiserRow.lease_owner == owner
        return self._update(organiser.organiser_id, [*changes, *ended], mine)

    @staticmethod
    def _update(organiser_id: str, changes: list[Action], condition: Condition) -> bool:
        try:
            OrganiserRow(organiser_id).update(actions=changes, condition=condition)
        except UpdateError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True
