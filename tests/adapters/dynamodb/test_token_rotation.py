"""Tokens with a strict issuer: each refresh token works once, and reuse revokes the grant."""

# ruff: noqa: ANN401 - a change may be of any field, hence of any type

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.support.aws import World, client
from tests.support.builders import NOW
from ticketing.adapters.aws.kms import TokenCipher
from ticketing.adapters.dynamodb.models import OrganiserRow
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.adapters.sumup.tokens import OrganiserTokens
from ticketing.errors import (
    PaymentProviderUnavailable,
    ReconnectNeeded,
)
from ticketing.organisers.organiser import REFRESH_LEASE, Connection, Organiser
from ticketing.payments.payment import TokenGrant

ROWS = OrganiserTable()
NAME = "jersey-live"
SOON = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def connected(**changes: Any) -> Organiser:
    """Store an organiser whose access token expires now; return it as read."""
    attributes: dict[str, Any] = {
        "name": "Jersey Live Ltd",
        "merchant_code": "MC0001",
        "currency": "GBP",
        "connection": "connected",
        "access_token": b"sealed-access-1",
        "access_expires_at": NOW,
        "refresh_token": b"sealed-refresh-1",
    }
    OrganiserRow(NAME, **(attributes | changes)).save()
    return ROWS.get(NAME)


@dataclass
class StrictIssuer:
    """Rotates refresh tokens and revokes everything when one is used twice."""

    valid: str = "refresh-0"
    calls: int = 0
    revoked: bool = False
    down: bool = False
    seen: list[str] = field(default_factory=list)

    def refresh(self, refresh_token: str) -> TokenGrant:
        if self.down:
            raise PaymentProviderUnavailable("down")
        self.calls += 1
        self.seen.append(refresh_token)
        if refresh_token != self.valid or self.revoked:
            self.revoked = True
            raise ReconnectNeeded("invalid_grant")
        self.valid = f"refresh-{self.calls}"
        return TokenGrant(f"access-{self.calls}", 3600, self.valid)


@pytest.fixture
def issuer() -> StrictIssuer:
    return StrictIssuer()


@pytest.fixture
def cipher(world: World) -> TokenCipher:
    return TokenCipher(client("kms"), world.environment["TOKEN_KEY_ID"])


@pytest.fixture
def tokens(cipher: TokenCipher, issuer: StrictIssuer) -> OrganiserTokens:
    connected(
        access_token=cipher.sealer(NAME)("access-0"),
        refresh_token=cipher.sealer(NAME)("refresh-0"),
    )
    return OrganiserTokens(ROWS, cipher, issuer, sleep=lambda _: None)


def test_tokens_rotate_without_reusing_any(tokens: OrganiserTokens, issuer: StrictIssuer) -> None:
    values = [tokens.current(NAME, NOW + HOUR * hour).value for hour in range(1, 6)]

    assert values == [f"access-{n}" for n in range(1, 6)]
    assert issuer.seen == [f"refresh-{n}" for n in range(5)]
    assert not issuer.revoked


def test_a_fresh_token_is_used_without_a_refresh(
    tokens: OrganiserTokens, issuer: StrictIssuer
) -> None:
    first = tokens.current(NAME, NOW)

    assert tokens.current(NAME, NOW + SOON) == first
    assert issuer.calls == 1


def test_two_workers_with_a_rejected_token_refresh_once(
    tokens: OrganiserTokens, cipher: TokenCipher, issuer: StrictIssuer
) -> None:
    other = OrganiserTokens(ROWS, cipher, issuer, sleep=lambda _: None)
    refused = tokens.current(NAME, NOW)

    mine = tokens.renew(NAME, refused, NOW + SOON)
    theirs = other.renew(NAME, refused, NOW + SOON)

    assert (mine.value, theirs.value) == ("access-2", "access-2")
    assert (issuer.calls, issuer.revoked) == (2, False)


def test_a_valid_token_is_used_while_another_worker_refreshes(
    tokens: OrganiserTokens, issuer: StrictIssuer
) -> None:
    tokens.current(NAME, NOW)
    almost = NOW + HOUR - timedelta(minutes=1)
    ROWS.claim_refresh(ROWS.get(NAME), "another", almost)

    assert tokens.current(NAME, almost).value == "access-1"
    assert issuer.calls == 1


def test_an_expired_token_is_not_used_while_another_worker_refreshes(
    tokens: OrganiserTokens, issuer: StrictIssuer
) -> None:
    ROWS.claim_refresh(ROWS.get(NAME), "another", NOW)

    with pytest.raises(PaymentProviderUnavailable):
        tokens.current(NAME, NOW)

    assert issuer.calls == 0


def test_an_outage_releases_the_lease(tokens: OrganiserTokens, issuer: StrictIssuer) -> None:
    issuer.down = True
    with pytest.raises(PaymentProviderUnavailable):
        tokens.current(NAME, NOW)

    issuer.down = False

    assert tokens.current(NAME, NOW).value == "access-1"
    assert not issuer.revoked


def test_a_revoked_grant_disconnects_the_organiser_and_is_not_retried(
    tokens: OrganiserTokens, issuer: StrictIssuer
) -> None:
    issuer.revoked = True

    for _ in range(3):
        with pytest.raises(ReconnectNeeded):
            tokens.current(NAME, NOW)

    assert issuer.calls == 1
    assert ROWS.get(NAME).connection is Connection.REAUTH


def test_a_worker_that_lost_its_lease_uses_the_stored_token(
    tokens: OrganiserTokens, issuer: StrictIssuer, cipher: TokenCipher
) -> None:
    """Its own grant was never stored, so it is never used."""
    slow = SlowIssuer(issuer, lambda: tokens.current(NAME, NOW + REFRESH_LEASE + SOON))
    loser = OrganiserTokens(ROWS, cipher, slow, sleep=lambda _: None)

    token = loser.current(NAME, NOW)

    assert token.value == "access-1"
    assert ROWS.get(NAME).token_version == 1
    assert slow.grant == TokenGrant("access-lost", 3600, "refresh-lost")


@dataclass
class SlowIssuer:
    """Answers only after another worker has had time to refresh."""

    issuer: StrictIssuer
    meanwhile: Callable[[], object]
    grant: TokenGrant = field(
        default_factory=lambda: TokenGrant("access-lost", 3600, "refresh-lost")
    )

    def refresh(self, refresh_token: str) -> TokenGrant:
        assert refresh_token == self.issuer.valid
        self.meanwhile()
        return self.grant


def test_no_token_is_stored_in_plain_text(world: World, tokens: OrganiserTokens) -> None:
    tokens.current(NAME, NOW)

    stored = repr(world.items("OrganisersTable"))
    assert "access-1" not in stored
    assert "refresh-1" not in stored
