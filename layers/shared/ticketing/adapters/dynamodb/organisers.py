"""The organisers table: one writer at a time refreshes an organiser's tokens."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime

from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from ticketing.adapters.dynamodb.mapping import mail_row, organiser_from
from ticketing.adapters.dynamodb.models import OrganiserRow, connection
from ticketing.adapters.dynamodb.retries import (
    AWS_FAILURES,
    again,
    condition_failed,
    is_invalid,
    is_passing,
    is_worth_repeating,
    was_cancelled,
)
from ticketing.adapters.dynamodb.rows import (
    UNREADABLE,
    UnreadableRow,
    read_each,
    readable,
    set_or_remove,
)
from ticketing.emails.mail import Mail
from ticketing.errors import UnknownOrganiser
from ticketing.observability import logger
from ticketing.organisers import connection_health
from ticketing.organisers.organiser import REFRESH_LEASE, Connection, Organiser, SealedTokens


class OrganiserTable:
    """Organisers with their encrypted tokens, lease and version."""

    def get(self, organiser_id: str) -> Organiser:
        """Return the organiser as it is now; raises `UnknownOrganiser`."""
        try:
            return organiser_from(OrganiserRow.get(organiser_id, consistent_read=True))
        except DoesNotExist as error:
            raise UnknownOrganiser(organiser_id, "there is no such row") from error
        except UNREADABLE as error:
            raise UnknownOrganiser(organiser_id, str(error)) from error

    def every(self) -> Iterator[Organiser]:
        """Yield all organisers that can be read, in no particular order."""
        rows = readable(OrganiserRow.scan(consistent_read=True))
        return readable(map(organiser_from, rows))

    def every_row(self) -> Iterator[Organiser | UnreadableRow]:
        """Yield all organisers in no particular order, or what is wrong with an unreadable row."""
        for row in read_each(OrganiserRow.scan(consistent_read=True)):
            if isinstance(row, UnreadableRow):
                yield row
                continue
            try:
                yield organiser_from(row)
            except UNREADABLE as problem:
                yield UnreadableRow(f"{row.organiser_id}: {problem}")

    def add(self, organiser: Organiser) -> bool:
        """Store a new organiser, invited and without tokens; False if the id is taken."""
        row = OrganiserRow(
            organiser.organiser_id,
            name=organiser.name,
            currency=organiser.currency,
            merchant_code=organiser.merchant_code or None,
            connection=organiser.connection,
        )
        try:
            row.save(condition=OrganiserRow.organiser_id.does_not_exist())
        except PutError as error:
            if not condition_failed(error):
                raise
            return self.get(organiser.organiser_id) == organiser
        return True

    def rename(self, organiser_id: str, name: str) -> None:
        """Change the name by which people know the organiser."""
        known = OrganiserRow.organiser_id.exists()
        self._update(organiser_id, [OrganiserRow.name.set(name)], known)

    def set_look(self, organiser_id: str, colour: str, logo: str) -> None:
        """Change how tickets look; an empty value stands for the shop's own."""
        known = OrganiserRow.organiser_id.exists()
        changes: list[Action] = [
            set_or_remove(OrganiserRow.colour, colour or None),
            set_or_remove(OrganiserRow.logo, logo or None),
        ]
        self._update(organiser_id, changes, known)

    def connect(
        self,
        organiser: Organiser,
        merchant_code: str,
        tokens: SealedTokens,
        news: Mail,
        now: datetime,
        *,
        sandbox: bool,
    ) -> bool:
        """Store the tokens of a new consent, and the mail about it.

        Returns False, with nothing written, if the organiser has changed since it was read.

        A merchant code that is set is never replaced, because orders wait for money there. A
        refresh that is under way loses its lease and stores nothing.
        """
        connected = replace(
            organiser,
            connection=Connection.CONNECTED,
            refresh_token=tokens.refresh_token,
            refresh_issued_at=now,
            refreshed_at=now,
        )
        changes: list[Action] = [
            OrganiserRow.merchant_code.set(merchant_code),
            OrganiserRow.sandbox.set(sandbox),  # pynamodb's signature
            OrganiserRow.connection.set(Connection.CONNECTED),
            OrganiserRow.connection_reason.remove(),
            OrganiserRow.connection_health.set(connection_health.summary(connected, now)),
            OrganiserRow.access_token.set(tokens.access_token),
            OrganiserRow.access_expires_at.set(tokens.access_expires_at),
            OrganiserRow.refresh_token.set(tokens.refresh_token),
            OrganiserRow.refresh_issued_at.set(now),
            OrganiserRow.refreshed_at.set(now),
            OrganiserRow.token_version.set(organiser.token_version + 1),
            OrganiserRow.lease_owner.remove(),
            OrganiserRow.lease_until.remove(),
        ]
        free = OrganiserRow.merchant_code.does_not_exist()
        same: Condition = OrganiserRow.merchant_code == merchant_code
        unchanged: Condition = _version_is(organiser) & (free | same)

        def write() -> None:
            with TransactWrite(connection=connection()) as t:
                t.update(OrganiserRow(organiser.organiser_id), changes, unchanged)
                t.save(mail_row(news))

        try:
            again(_may_be_stored_yet)(write)
        except TransactWriteError as error:
            if not was_cancelled(error):
                raise
            return self.get(organiser.organiser_id).access_token == tokens.access_token
        return True

    def claim_refresh(self, organiser: Organiser, owner: str, now: datetime) -> bool:
        """Take the lease for refreshing this version; False if another worker has it."""
        free = OrganiserRow.lease_owner.does_not_exist() | (OrganiserRow.lease_until < now)
        taken = self._update(
            organiser.organiser_id,
            [
                OrganiserRow.lease_owner.set(owner),
                OrganiserRow.lease_until.set(now + REFRESH_LEASE),
            ],
            _version_is(organiser) & free,
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
        *,
        told: str,
    ) -> bool:
        """Store new tokens before anybody uses them; False if the lease was lost.

        Without a new refresh token, the old one stays. `told` describes the connection to people.
        """
        changes: list[Action] = [
            OrganiserRow.access_token.set(access_token),
            OrganiserRow.access_expires_at.set(access_expires_at),
            OrganiserRow.token_version.set(organiser.token_version + 1),
            OrganiserRow.connection.set(Connection.CONNECTED),
            OrganiserRow.refreshed_at.set(now),
            OrganiserRow.connection_reason.remove(),
            OrganiserRow.connection_health.set(told),
        ]
        if refresh_token is not None:
            changes.append(OrganiserRow.refresh_token.set(refresh_token))
            changes.append(OrganiserRow.refresh_issued_at.set(now))
        return self._end_lease(organiser, owner, changes)

    def release_refresh(self, organiser: Organiser, owner: str) -> None:
        """Give the lease back after a try that changed nothing."""
        self._end_lease(organiser, owner, [])

    def require_reconnect(
        self, organiser: Organiser, owner: str, reason: str, *, told: str
    ) -> None:
        """Park the organiser: only they can authorise us again."""
        changes: list[Action] = [
            OrganiserRow.connection.set(Connection.REAUTH),
            OrganiserRow.connection_reason.set(reason),
            OrganiserRow.connection_health.set(told),
        ]
        self._end_lease(organiser, owner, changes)

    def note_health(self, organiser: Organiser, told: str, now: datetime) -> bool:
        """Note on the row how the connection was found; False if it has changed since."""
        unchanged = _version_is(organiser) & (OrganiserRow.connection == organiser.connection)
        noted: list[Action] = [
            OrganiserRow.connection_health.set(told),
            OrganiserRow.connection_checked_at.set(now),
        ]
        return self._update(organiser.organiser_id, noted, unchanged)

    def note_reconciled(self, organiser_id: str, day: date) -> bool:
        """Note the last day that was compared with SumUp; False if a later one is noted."""
        until = OrganiserRow.reconciled_until
        is_later = OrganiserRow.organiser_id.exists() & (until.does_not_exist() | (until < day))
        return self._update(organiser_id, [until.set(day)], is_later)

    def pause(self, organiser_id: str, until: datetime) -> None:
        """Note until when SumUp is to be left alone, unless a later time is noted already.

        If a pause cannot be stored, only that is lost: SumUp tells the next order that asks.
        """
        noted = OrganiserRow.paused_until
        is_longer = OrganiserRow.organiser_id.exists() & (noted.does_not_exist() | (noted < until))
        try:
            self._update(organiser_id, [noted.set(until)], is_longer)
        except AWS_FAILURES as error:
            logger.warning("pause not stored", organiser=organiser_id, problem=type(error).__name__)

    def _end_lease(self, organiser: Organiser, owner: str, changes: list[Action]) -> bool:
        ended = [OrganiserRow.lease_owner.remove(), OrganiserRow.lease_until.remove()]
        mine: Condition = OrganiserRow.lease_owner == owner
        all_of_them = [*changes, *ended]
        return self._update(organiser.organiser_id, all_of_them, mine, is_worth_repeating)

    @staticmethod
    def _update(
        organiser_id: str,
        changes: list[Action],
        condition: Condition,
        may_pass: Callable[[BaseException], bool] = is_passing,
    ) -> bool:
        """Change a row; False if the condition does not hold.

        SumUp gives tokens only once, so storing them is retried after other failures than
        contention. If the answer to a write that was applied is lost, the condition fails on the
        next try: the caller has to read the row again.
        """
        row = OrganiserRow(organiser_id)
        try:
            again(may_pass)(row.update, actions=changes, condition=condition)
        except UpdateError as error:
            if condition_failed(error):
                return False
            raise
        return True


def _version_is(organiser: Organiser) -> Condition:
    """Require the version that was read; a row that was written by hand may have none."""
    same: Condition = OrganiserRow.token_version == organiser.token_version
    if organiser.token_version == 0:
        same |= OrganiserRow.token_version.does_not_exist()
    known: Condition = OrganiserRow.organiser_id.exists() & same
    return known


def _may_be_stored_yet(error: BaseException) -> bool:
    """Return whether to try again: SumUp gives tokens only once, so only a refusal is final.

    That is a condition that does not hold, or data that DynamoDB cannot store.
    """
    if not isinstance(error, TransactWriteError):
        return is_worth_repeating(error)
    return is_passing(error) or not (was_cancelled(error) or is_invalid(error))
