"""Organisers' access tokens, kept fresh by one worker at a time.

The lease and the version on the organiser's row see to that: SumUp may rotate refresh tokens, so
two refreshes at once could lose the newer one. New tokens are stored before they are used, so if a
worker dies in between, the next one can continue from the row.
"""

import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from ticketing.errors import (
    PaymentProviderError,
    PaymentProviderUnavailable,
    ReconnectNeeded,
    UnknownOrganiser,
)
from ticketing.orders import schedule
from ticketing.organisers import connection_health
from ticketing.organisers.organiser import AccessToken, Connection, Organiser, Seal
from ticketing.payments.payment import TokenGrant

RECENT = timedelta(seconds=10)
"""How long an organiser's row is not read again. So a pause that another worker noted may be seen
that much later; and if SumUp refuses a token that was replaced, the row is read again."""
PATIENCE = (0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds between reads of the row while another worker refreshes."""


class Rows(Protocol):
    """The organisers table, as far as it is needed here."""

    def get(self, organiser_id: str) -> Organiser: ...
    def claim_refresh(self, organiser: Organiser, owner: str, now: datetime) -> bool: ...
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
    ) -> bool: ...
    def release_refresh(self, organiser: Organiser, owner: str) -> None: ...
    def require_reconnect(
        self, organiser: Organiser, owner: str, reason: str, *, told: str
    ) -> None: ...
    def pause(self, organiser_id: str, until: datetime) -> None: ...


class Cipher(Protocol):
    """The encryption of tokens, as far as it is needed here."""

    def sealer(self, organiser_id: str) -> Seal: ...
    def decrypt(self, sealed: bytes, organiser_id: str) -> str: ...


class TokenEndpoint(Protocol):
    """SumUp, as far as it is needed here."""

    def refresh(self, refresh_token: str) -> TokenGrant: ...


class OrganiserTokens:
    """Access tokens by organiser; each version is decrypted once and then kept in memory."""

    def __init__(
        self,
        rows: Rows,
        cipher: Cipher,
        sumup: TokenEndpoint,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Take the table, the key service and SumUp."""
        self._rows, self._cipher, self._sumup, self._sleep = rows, cipher, sumup, sleep
        self._opened: dict[tuple[str, int], str] = {}
        self._recent: dict[str, tuple[datetime, Organiser]] = {}

    def current(self, organiser_id: str, now: datetime) -> AccessToken:
        """Return a token, refreshed if it is about to expire or its refresh token is due for use.

        Raises `UnknownOrganiser`, `ReconnectNeeded` if only the organiser can help, and
        `PaymentProviderUnavailable` during a pause, or if there is no usable token right now.
        """
        organiser = self._recently(organiser_id, now)
        _refuse_during_pause(organiser, now)
        if organiser.is_fresh(now) and not connection_health.refresh_is_due(organiser, now):
            return self._open(organiser)
        return self._refreshed(organiser, now)

    def renew(self, organiser_id: str, refused: AccessToken, now: datetime) -> AccessToken:
        """Return a newer token than the refused one, refreshed unless another worker did that."""
        self._recent.pop(organiser_id, None)
        organiser = self._connected(organiser_id)
        if organiser.token_version != refused.version:
            return self._open(organiser)
        return self._refreshed(organiser, now, refused=True)

    def heed(self, organiser_id: str, error: PaymentProviderError, now: datetime) -> None:
        """Pause the whole organiser if SumUp asks us to wait, so that not every order asks it."""
        if isinstance(error, PaymentProviderUnavailable) and error.retry_after:
            self._rows.pause(organiser_id, now + schedule.pause(error.retry_after))
            self._recent.pop(organiser_id, None)

    def keep(self, organiser_id: str, now: datetime) -> bool:
        """Use the refresh token if it has not been used for too long; return whether it was used.

        Raises what `current` raises, even while the access token is usable.
        """
        organiser, owner = self._connected(organiser_id), uuid.uuid4().hex
        if not connection_health.is_to_be_kept(organiser, now):
            return False
        if not self._rows.claim_refresh(organiser, owner, now):
            return False
        self._refresh_or_release(organiser, owner, now)
        return True

    def _recently(self, organiser_id: str, now: datetime) -> Organiser:
        """Return the organiser, read again unless this worker did so a moment ago."""
        read_at, organiser = self._recent.get(organiser_id, (now - RECENT, None))
        if organiser is None or not timedelta(0) <= now - read_at < RECENT:
            organiser = self._connected(organiser_id)
            self._recent[organiser_id] = (now, organiser)
        return organiser

    def _connected(self, organiser_id: str) -> Organiser:
        organiser = self._rows.get(organiser_id)
        if organiser.connection is Connection.REAUTH:
            raise ReconnectNeeded(f"organiser {organiser_id} has to connect SumUp again")
        if organiser.refresh_token is None:
            raise UnknownOrganiser(organiser_id)
        return organiser

    def _refreshed(
        self, organiser: Organiser, now: datetime, *, refused: bool = False
    ) -> AccessToken:
        self._recent.pop(organiser.organiser_id, None)
        owner = uuid.uuid4().hex
        usable = organiser.is_usable(now) and not refused
        if not self._rows.claim_refresh(organiser, owner, now):
            return self._refreshed_by_another(organiser, usable=usable)
        try:
            return self._refresh_or_release(organiser, owner, now)
        except ReconnectNeeded:
            raise
        except PaymentProviderError as error:
            if usable:
                return self._open(organiser)
            self.heed(organiser.organiser_id, error, now)
            raise

    def _refreshed_by_another(self, organiser: Organiser, *, usable: bool) -> AccessToken:
        if usable:
            return self._open(organiser)
        for seconds in PATIENCE:
            self._sleep(seconds)
            current = self._connected(organiser.organiser_id)
            if current.token_version != organiser.token_version:
                return self._open(current)
        raise PaymentProviderUnavailable("another worker is still refreshing the token")

    def _refresh_or_release(self, organiser: Organiser, owner: str, now: datetime) -> AccessToken:
        """Refresh under our own lease, and give the lease back if that fails."""
        try:
            return self._refresh(organiser, owner, now)
        except ReconnectNeeded:
            raise
        except PaymentProviderError:
            self._rows.release_refresh(organiser, owner)
            raise

    def _refresh(self, organiser: Organiser, owner: str, now: datetime) -> AccessToken:
        """Refresh. Whatever may fail is done before SumUp is asked, except storing its answer."""
        organiser_id = organiser.organiser_id
        used = self._cipher.decrypt(organiser.refresh_token or b"", organiser_id)
        seal = self._cipher.sealer(organiser_id)
        try:
            grant = self._sumup.refresh(used)
        except ReconnectNeeded as error:
            return self._reconnect(organiser, owner, error, now)
        if grant.refresh_token == used:
            grant = replace(grant, refresh_token=None)
        stored = self._rows.store_tokens(
            organiser,
            owner,
            seal(grant.access_token),
            now + timedelta(seconds=grant.expires_in),
            None if grant.refresh_token is None else seal(grant.refresh_token),
            now,
            told=_told_after(organiser, grant, now),
        )
        current = self._rows.get(organiser_id)
        if not stored and current.token_version == organiser.token_version:
            raise PaymentProviderUnavailable("the refreshed token could not be stored")
        return self._open(current)

    def _reconnect(
        self, organiser: Organiser, owner: str, error: PaymentProviderError, now: datetime
    ) -> AccessToken:
        """Park the organiser and raise the error, unless another worker has stored newer tokens."""
        current = self._rows.get(organiser.organiser_id)
        if current.token_version != organiser.token_version:
            return self._open(current)
        parked = replace(organiser, connection=Connection.REAUTH, connection_reason=error.problem)
        told = connection_health.summary(parked, now)
        self._rows.require_reconnect(organiser, owner, error.problem, told=told)
        raise error

    def _open(self, organiser: Organiser) -> AccessToken:
        key = (organiser.organiser_id, organiser.token_version)
        plain = self._opened.get(key)
        if plain is None:
            plain = self._cipher.decrypt(organiser.access_token or b"", organiser.organiser_id)
            self._opened = {k: v for k, v in self._opened.items() if k[0] != key[0]} | {key: plain}
        return AccessToken(plain, organiser.token_version, organiser.sandbox)


def _refuse_during_pause(organiser: Organiser, now: datetime) -> None:
    """Raise `PaymentProviderUnavailable` during a pause, unless it is too long to be ours."""
    left = (organiser.paused_until or now) - now
    if timedelta(0) < left <= schedule.LONGEST_PAUSE:
        raise PaymentProviderUnavailable("SumUp asked us to wait", retry_after=left.total_seconds())


def _told_after(organiser: Organiser, grant: TokenGrant, now: datetime) -> str:
    """Return what to say about the connection once this grant is stored."""
    issued = organiser.refresh_issued_at if grant.refresh_token is None else now
    return connection_health.summary(
        replace(organiser, refresh_issued_at=issued, refreshed_at=now), now
    )
