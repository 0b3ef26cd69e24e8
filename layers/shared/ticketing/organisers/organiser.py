"""An organiser and the state of their SumUp connection. Pure."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

REFRESH_BEFORE = timedelta(minutes=5)
"""An access token this close to its end is refreshed before it is used."""
REFRESH_LEASE = timedelta(seconds=30)
"""Longer than a token request may take, so that two refreshes never overlap."""

Seal = Callable[[str], bytes]
"""Encrypts a token of an organiser. It calls no other service, so it cannot fail."""


class Connection(StrEnum):
    """Whether our access to this organiser's SumUp account still works."""

    INVITED = "invited"
    CONNECTED = "connected"
    REAUTH = "reauth"


@dataclass(frozen=True)
class Organiser:
    """An organiser. Tokens are encrypted, and `token_version` counts their replacements.

    `merchant_code` is empty until the account is known. `refresh_issued_at` is when the refresh
    token was issued, `refreshed_at` when it was last used. `connection_reason` is why the organiser
    must connect again, `connection_checked_at` when the nightly run last checked it. `colour`
    (`#1A2B3C`) and `logo` (its key in the archive) are for their tickets. `reconciled_until` is the
    last day whose payments were compared with SumUp's. `paused_until` is when we may ask SumUp
    again, if it asked us to wait.
    """

    organiser_id: str
    merchant_code: str
    connection: Connection
    sandbox: bool
    token_version: int
    access_token: bytes | None
    access_expires_at: datetime | None
    refresh_token: bytes | None
    lease_owner: str | None = None
    lease_until: datetime | None = None
    refresh_issued_at: datetime | None = None
    refreshed_at: datetime | None = None
    name: str = ""
    currency: str = ""
    connection_reason: str = ""
    connection_checked_at: datetime | None = None
    colour: str = ""
    logo: str = ""
    reconciled_until: date | None = None
    paused_until: datetime | None = None

    def is_fresh(self, now: datetime) -> bool:
        """Return whether the access token may be used without a refresh."""
        return self._lives_beyond(now + REFRESH_BEFORE)

    def is_usable(self, now: datetime) -> bool:
        """Return whether the access token is still valid at all."""
        return self._lives_beyond(now)

    def _lives_beyond(self, moment: datetime) -> bool:
        expires = self.access_expires_at
        return self.access_token is not None and expires is not None and expires > moment


@dataclass(frozen=True)
class AccessToken:
    """A token for SumUp, with the version of the organiser's row that it came from."""

    value: str
    version: int
    sandbox: bool

    def __repr__(self) -> str:
        return f"AccessToken(version={self.version}, sandbox={self.sandbox})"


@dataclass(frozen=True)
class SealedTokens:
    """Encrypted tokens, and when the access token expires."""

    access_token: bytes
    access_expires_at: datetime
    refresh_token: bytes
