"""Organisers: one worker at a time refreshes, and only what it stored is used."""

# ruff: noqa: ANN401 - a change may be of any field, hence of any type

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from tests.aws import World, client
from tests.builders import NOW
from ticketing.errors import (
    PaymentProviderUnavailable,
    ReconnectNeeded,
    UnknownOrganiser,
)
from ticketing.organisers.cipher import TokenCipher
from ticketing.organisers.organiser import REFRESH_LEASE, Connection, Organiser
from ticketing.organisers.table import OrganiserTable
from ticketing.payments.payment import TokenGrant
from ticketing.payments.tokens import OrganiserTokens
from ticketing.schema import OrganiserRow

ROWS = OrganiserTable()
NAME = "jersey-live"
SOON = timedelta(seconds=1)
HOUR = timedelta(hours=1)


def connected(**changes: Any) -> Organiser:
    """Store an organiser whose access token ends now; return it as read."""
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


def store(organiser: Organiser, owner: str, refresh_token: bytes | None = b"sealed-2") -> bool:
    return ROWS.store_tokens(organiser, owner, b"access-2", NOW + HOUR, refresh_token, NOW)


def test_an_organiser_is_read_as_stored(world: World) -> None:
    organiser = connected(sandbox=True)

    assert organiser == Organiser(
        organiser_id=NAME,
        merchant_code="MC0001",
        connection=Connection.CONNECTED,
        sandbox=True,
        token_version=0,
        access_token=b"sealed-access-1",
        access_expires_at=NOW,
        refresh_token=b"sealed-refresh-1",
    )
    assert world.wire.calls[-1].body["ConsistentRead"] is True


def test_an_organiser_nobody_stored_is_unknown(world: World) -> None:
    assert world.items("OrganisersTable") == []
    with pytest.raises(UnknownOrganiser, match="nobody"):
        ROWS.get("nobody")


# ---- the lease


def test_the_right_to_refresh_is_taken_by_one(world: World) -> None:
    organiser = connected()

    assert ROWS.claim_refresh(organiser, "a", NOW)
    assert not ROWS.claim_refresh(organiser, "b", NOW)

    held = ROWS.get(NAME)
    assert (held.lease_owner, held.lease_until) == ("a", NOW + REFRESH_LEASE)
    assert len(world.items("OrganisersTable")) == 1


def test_a_lease_that_is_over_can_be_taken(world: World) -> None:
    organiser = connected()
    ROWS.claim_refresh(organiser, "a", NOW)

    assert not ROWS.claim_refresh(organiser, "b", NOW + REFRESH_LEASE)
    assert ROWS.claim_refresh(organiser, "b", NOW + REFRESH_LEASE + SOON)
    assert len(world.items("OrganisersTable")) == 1


def test_a_version_that_was_refreshed_is_not_refreshed_again(world: World) -> None:
    old = connected()
    ROWS.claim_refresh(old, "a", NOW)
    store(old, "a")

    assert not ROWS.claim_refresh(old, "b", NOW)
    assert len(world.items("OrganisersTable")) == 1


def test_a_claim_whose_answer_was_lost_is_recognised_as_ours(world: World) -> None:
    organiser = connected()
    world.wire.lose_answer("UpdateItem")

    assert ROWS.claim_refresh(organiser, "a", NOW)
    assert world.wire.count("UpdateItem") == 2


def test_an_unknown_organiser_gets_no_row_by_being_claimed(world: World) -> None:
    organiser = connected()
    OrganiserRow(NAME).delete()

    with pytest.raises(UnknownOrganiser):
        ROWS.claim_refresh(organiser, "a", NOW)

    assert world.items("OrganisersTable") == []


def test_stored_tokens_end_the_lease_and_count_the_version(world: World) -> None:
    organiser = connected(connection_reason="x")
    ROWS.claim_refresh(organiser, "a", NOW)

    assert store(organiser, "a")

    fresh = ROWS.get(NAME)
    assert (fresh.access_token, fresh.refresh_token) == (b"access-2", b"sealed-2")
    assert (fresh.access_expires_at, fresh.token_version) == (NOW + HOUR, 1)
    assert (fresh.lease_owner, fresh.lease_until) == (None, None)
    assert OrganiserRow.get(NAME).refresh_issued_at == NOW
    assert "connection_reason" not in world.items("OrganisersTable")[0]


def test_without_a_new_refresh_token_the_old_one_stays(world: World) -> None:
    organiser = connected()
    ROWS.claim_refresh(organiser, "a", NOW)

    store(organiser, "a", refresh_token=None)

    assert ROWS.get(NAME).refresh_token == b"sealed-refresh-1"
    assert "refresh_issued_at" not in world.items("OrganisersTable")[0]


ENDINGS: list[Callable[[Organiser], object]] = [
    lambda organiser: store(organiser, "a"),
    lambda organiser: ROWS.release_refresh(organiser, "a"),
    lambda organiser: ROWS.require_reconnect(organiser, "a", "x"),
]


@pytest.mark.parametrize("end", ENDINGS)
def test_who_lost_the_lease_changes_nothing(
    world: World, end: Callable[[Organiser], object]
) -> None:
    organiser = connected()
    ROWS.claim_refresh(organiser, "a", NOW)
    ROWS.claim_refresh(organiser, "b", NOW + HOUR)
    before = world.contents()

    assert not end(organiser)

    assert world.contents() == before


def test_a_released_lease_is_free_at_once(world: World) -> None:
    organiser = connected()
    ROWS.claim_refresh(organiser, "a", NOW)

    ROWS.release_refresh(organiser, "a")

    assert ROWS.get(NAME) == organiser
    assert ROWS.claim_refresh(organiser, "b", NOW)
    assert len(world.items("OrganisersTable")) == 1


def test_a_parked_organiser_says_why(world: World) -> None:
    organiser = connected()
    ROWS.claim_refresh(organiser, "a", NOW)

    ROWS.require_reconnect(organiser, "a", "invalid_grant")

    assert ROWS.get(NAME).connection is Connection.REAUTH
    assert OrganiserRow.get(NAME).connection_reason == "invalid_grant"
    assert "lease_owner" not in world.items("OrganisersTable")[0]


# ---- with a strict issuer: each refresh token works once, a second use kills the grant


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
        access_token=cipher.encrypt("access-0", NAME),
        refresh_token=cipher.encrypt("refresh-0", NAME),
    )
    return OrganiserTokens(ROWS, cipher, issuer, sleep=lambda _: None)


def test_tokens_rotate_without_ever_using_one_twice(
    tokens: OrganiserTokens, issuer: StrictIssuer
) -> None:
    values = [tokens.current(NAME, NOW + HOUR * hour).value for hour in range(1, 6)]

    assert values == [f"access-{n}" for n in range(1, 6)]
    assert issuer.seen == [f"refresh-{n}" for n in range(5)]
    assert not issuer.revoked


def test_a_fresh_token_is_used_without_asking(
    tokens: OrganiserTokens, issuer: StrictIssuer
) -> None:
    first = tokens.current(NAME, NOW)

    assert tokens.current(NAME, NOW + SOON) == first
    assert issuer.calls == 1


def test_two_workers_that_were_both_refused_refresh_once(
    tokens: OrganiserTokens, cipher: TokenCipher, issuer: StrictIssuer
) -> None:
    other = OrganiserTokens(ROWS, cipher, issuer, sleep=lambda _: None)
    refused = tokens.current(NAME, NOW)

    mine = tokens.renew(NAME, refused, NOW + SOON)
    theirs = other.renew(NAME, refused, NOW + SOON)

    assert (mine.value, theirs.value) == ("access-2", "access-2")
    assert (issuer.calls, issuer.revoked) == (2, False)


def test_while_another_refreshes_a_living_token_is_used(
    tokens: OrganiserTokens, issuer: StrictIssuer
) -> None:
    tokens.current(NAME, NOW)
    almost = NOW + HOUR - timedelta(minutes=1)
    ROWS.claim_refresh(ROWS.get(NAME), "another", almost)

    assert tokens.current(NAME, almost).value == "access-1"
    assert issuer.calls == 1


def test_while_another_refreshes_a_dead_token_is_not_used(
    tokens: OrganiserTokens, issuer: StrictIssuer
) -> None:
    ROWS.claim_refresh(ROWS.get(NAME), "another", NOW)

    with pytest.raises(PaymentProviderUnavailable):
        tokens.current(NAME, NOW)

    assert issuer.calls == 0


def test_an_outage_gives_the_lease_back(tokens: OrganiserTokens, issuer: StrictIssuer) -> None:
    issuer.down = True
    with pytest.raises(PaymentProviderUnavailable):
        tokens.current(NAME, NOW)

    issuer.down = False

    assert tokens.current(NAME, NOW).value == "access-1"
    assert not issuer.revoked


def test_a_revoked_grant_parks_the_organiser_and_is_not_tried_again(
    tokens: OrganiserTokens, issuer: StrictIssuer
) -> None:
    issuer.revoked = True

    for _ in range(3):
        with pytest.raises(ReconnectNeeded):
            tokens.current(NAME, NOW)

    assert issuer.calls == 1
    assert ROWS.get(NAME).connection is Connection.REAUTH


def test_a_worker_that_lost_its_lease_uses_what_the_other_stored(
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
    """Answers only after somebody else had all the time to refresh."""

    issuer: StrictIssuer
    meanwhile: Callable[[], object]
    grant: TokenGrant = field(
        default_factory=lambda: TokenGrant("access-lost", 3600, "refresh-lost")
    )

    def refresh(self, refresh_token: str) -> TokenGrant:
        assert refresh_token == self.issuer.valid
        self.meanwhile()
        return self.grant


def test_no_token_is_readable_in_the_table(world: World, tokens: OrganiserTokens) -> None:
    tokens.current(NAME, NOW)

    stored = repr(world.items("OrganisersTable"))
    assert "access-1" not in stored
    assert "refresh-1" not in stored
