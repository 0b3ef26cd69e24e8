"""Who may do what: consents, their codes, access tokens and refresh tokens."""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from local.sumup import refusals
from local.sumup.clock import Clock
from local.sumup.merchants import Merchant, Rotation

CODE_LIFETIME = timedelta(minutes=5)
REFRESH_LIFETIME = timedelta(days=182)
"""Six months, from an older revision of SumUp's authorization page."""


@dataclass
class Grant:
    """A merchant's consent to an application. Everything issued under it dies with it."""

    merchant: Merchant
    scopes: frozenset[str]
    revoked: bool = False


@dataclass
class _Code:
    grant: Grant
    redirect_uri: str
    challenge: str | None
    expires: datetime


@dataclass
class _Token:
    grant: Grant
    expires: datetime
    replaced: bool = False


@dataclass(frozen=True)
class Tokens:
    """What the token endpoint gives out. `refresh` is None when the old one goes on."""

    access: str
    refresh: str | None
    expires_in: int
    scopes: frozenset[str] = field(default_factory=frozenset)


class GrantBook:
    """All consents and tokens. Tokens are random and opaque, as SumUp's are."""

    def __init__(self, clock: Clock, access_seconds: int) -> None:
        self._now: Callable[[], datetime] = clock.now
        self._access_seconds = access_seconds
        self.clear()

    def clear(self) -> None:
        """Forget every grant, so that no token works any more."""
        self._codes: dict[str, _Code] = {}
        self._access: dict[str, _Token] = {}
        self._refresh: dict[str, _Token] = {}

    def state(self) -> tuple[dict[str, _Code], dict[str, _Token], dict[str, _Token]]:
        """Everything in it, for `restore`."""
        return self._codes, self._access, self._refresh

    def restore(self, state: tuple[dict[str, _Code], dict[str, _Token], dict[str, _Token]]) -> None:
        """Be as another book was."""
        self._codes, self._access, self._refresh = state

    def issue(
        self, merchant: Merchant, scopes: frozenset[str], expires_in: int | None = None
    ) -> Tokens:
        """Tokens of a new grant, as if the merchant had just consented."""
        return self._tokens(Grant(merchant, scopes), expires_in=expires_in)

    def consent(
        self, merchant: Merchant, scopes: frozenset[str], redirect_uri: str, challenge: str | None
    ) -> str:
        """A single-use code for the exchange. `challenge` is PKCE's S256 challenge, if any."""
        code = secrets.token_urlsafe(24)
        grant = Grant(merchant, scopes & merchant.scopes)
        expires = self._now() + CODE_LIFETIME
        self._codes[code] = _Code(grant, redirect_uri, challenge, expires)
        return code

    def exchange(self, code: str, redirect_uri: str | None, verifier: str | None) -> Tokens:
        """Tokens for a code. Raises Refusal `invalid_grant`; the code is spent either way."""
        known = self._codes.pop(code, None)
        if not known or known.expires <= self._now() or known.redirect_uri != redirect_uri:
            raise refusals.oauth("invalid_grant", "code parameter invalid or expired")
        if known.challenge and known.challenge != _s256(verifier or ""):
            raise refusals.oauth("invalid_grant", "code_verifier does not match the challenge")
        return self._tokens(known.grant)

    def refresh(self, refresh_token: str) -> Tokens:
        """New tokens. Raises Refusal `invalid_grant`, and revokes on reuse in strict rotation."""
        token = self._refresh.get(refresh_token)
        if not token or token.grant.revoked or token.expires <= self._now():
            raise refusals.oauth("invalid_grant", "refresh token invalid or expired")
        rotation = token.grant.merchant.rotation
        if token.replaced and rotation is Rotation.STRICT:
            token.grant.revoked = True
            raise refusals.oauth("invalid_grant", "refresh token was used before")
        token.replaced = rotation is not Rotation.NEVER
        return self._tokens(token.grant, renew=token.replaced)

    def holder(self, access_token: str) -> Grant | None:
        """The grant that a living access token stands for."""
        token = self._access.get(access_token)
        alive = token and not token.grant.revoked and token.expires > self._now()
        return token.grant if token and alive else None

    def expire(self, access_token: str) -> bool:
        """End an access token now. False if it was never issued."""
        token = self._access.get(access_token)
        if token:
            token.expires = self._now()
        return bool(token)

    def revoke(self, merchant: Merchant) -> None:
        """End every grant of the merchant: the organiser took the permission back."""
        for token in (*self._access.values(), *self._refresh.values()):
            if token.grant.merchant is merchant:
                token.grant.revoked = True

    def _tokens(self, grant: Grant, *, renew: bool = True, expires_in: int | None = None) -> Tokens:
        seconds = self._access_seconds if expires_in is None else expires_in
        access, refresh = f"at_{secrets.token_urlsafe(32)}", f"rt_{secrets.token_urlsafe(32)}"
        self._access[access] = _Token(grant, self._now() + timedelta(seconds=seconds))
        if renew:
            self._refresh[refresh] = _Token(grant, self._now() + REFRESH_LIFETIME)
        return Tokens(access, refresh if renew else None, seconds, grant.scopes)


def _s256(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
