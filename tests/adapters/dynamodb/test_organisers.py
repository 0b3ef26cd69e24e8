"""Organisers: one worker at a time refreshes, and only what it stored is used."""

# ruff: noqa: ANN401 - a change may be of any field, hence of any type

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from pynamodb.exceptions import UpdateError

from tests.support.aws import World
from tests.support.builders import NOW
from ticketing.adapters.dynamodb.models import OrganiserRow
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.emails.mail import Mail, MailKind
from ticketing.errors import (
    UnknownOrganiser,
)
from ticketing.organisers.organiser import (
    REFRESH_LEASE,
    Connection,
    Organiser,
    SealedTokens,
)

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


def store(organiser: Organiser, owner: str, refresh_token: bytes | None = b"sealed-2") -> bool:
    return ROWS.store_tokens(
        organiser, owner, b"access-2", NOW + HOUR, refresh_token, NOW, told="fine"
    )


@pytest.mark.usefixtures("world")
def test_setting_or_clearing_branding_changes_nothing_else() -> None:
    before = connected()

    ROWS.set_look(NAME, "#006E5A", "logos/jersey-live/0.png")
    assert ROWS.get(NAME) == replace(before, colour="#006E5A", logo="logos/jersey-live/0.png")

    ROWS.set_look(NAME, "", "")
    assert ROWS.get(NAME) == before


def test_setting_branding_does_not_create_an_organiser(world: World) -> None:
    ROWS.set_look("nobody", "#006E5A", "")

    assert world.items("OrganisersTable") == []


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
        name="Jersey Live Ltd",
        currency="GBP",
    )
    assert world.wire.calls[-1].body["ConsistentRead"] is True


def test_a_missing_organiser_is_unknown(world: World) -> None:
    assert world.items("OrganisersTable") == []
    with pytest.raises(UnknownOrganiser, match="nobody"):
        ROWS.get("nobody")


# ---- the lease


def test_only_one_worker_gets_the_refresh_lease(world: World) -> None:
    organiser = connected()

    assert ROWS.claim_refresh(organiser, "a", NOW)
    assert not ROWS.claim_refresh(organiser, "b", NOW)

    held = ROWS.get(NAME)
    assert (held.lease_owner, held.lease_until) == ("a", NOW + REFRESH_LEASE)
    assert len(world.items("OrganisersTable")) == 1


def test_an_expired_lease_can_be_claimed(world: World) -> None:
    organiser = connected()
    ROWS.claim_refresh(organiser, "a", NOW)

    assert not ROWS.claim_refresh(organiser, "b", NOW + REFRESH_LEASE)
    assert ROWS.claim_refresh(organiser, "b", NOW + REFRESH_LEASE + SOON)
    assert len(world.items("OrganisersTable")) == 1


def test_a_stale_token_version_cannot_claim_a_refresh(world: World) -> None:
    old = connected()
    ROWS.claim_refresh(old, "a", NOW)
    store(old, "a")

    assert not ROWS.claim_refresh(old, "b", NOW)
    assert len(world.items("OrganisersTable")) == 1


def test_a_claim_is_recognised_as_our_own_after_a_lost_response(world: World) -> None:
    organiser = connected()
    world.wire.lose_answer("UpdateItem")

    assert ROWS.claim_refresh(organiser, "a", NOW)
    assert world.wire.count("UpdateItem") == 2


def test_claiming_an_unknown_organiser_creates_no_row(world: World) -> None:
    organiser = connected()
    OrganiserRow(NAME).delete()

    with pytest.raises(UnknownOrganiser):
        ROWS.claim_refresh(organiser, "a", NOW)

    assert world.items("OrganisersTable") == []


def test_storing_tokens_ends_the_lease_and_increments_the_version(world: World) -> None:
    organiser = connected(connection_reason="x")
    ROWS.claim_refresh(organiser, "a", NOW)

    assert store(organiser, "a")

    fresh = ROWS.get(NAME)
    assert (fresh.access_token, fresh.refresh_token) == (b"access-2", b"sealed-2")
    assert (fresh.access_expires_at, fresh.token_version) == (NOW + HOUR, 1)
    assert (fresh.lease_owner, fresh.lease_until) == (None, None)
    assert OrganiserRow.get(NAME).refresh_issued_at == NOW
    assert "connection_reason" not in world.items("OrganisersTable")[0]


def test_the_old_refresh_token_is_kept_unless_a_new_one_is_issued(world: World) -> None:
    organiser = connected()
    ROWS.claim_refresh(organiser, "a", NOW)

    store(organiser, "a", refresh_token=None)

    assert ROWS.get(NAME).refresh_token == b"sealed-refresh-1"
    assert "refresh_issued_at" not in world.items("OrganisersTable")[0]


ENDINGS: list[Callable[[Organiser], object]] = [
    lambda organiser: store(organiser, "a"),
    lambda organiser: ROWS.release_refresh(organiser, "a"),
    lambda organiser: ROWS.require_reconnect(organiser, "a", "x", told="reconnect"),
]


@pytest.mark.parametrize("end", ENDINGS)
def test_a_worker_that_lost_its_lease_changes_nothing(
    world: World, end: Callable[[Organiser], object]
) -> None:
    organiser = connected()
    ROWS.claim_refresh(organiser, "a", NOW)
    ROWS.claim_refresh(organiser, "b", NOW + HOUR)
    before = world.contents()

    assert not end(organiser)

    assert world.contents() == before


def test_a_released_lease_can_be_claimed_at_once(world: World) -> None:
    organiser = connected()
    ROWS.claim_refresh(organiser, "a", NOW)

    ROWS.release_refresh(organiser, "a")

    assert ROWS.get(NAME) == organiser
    assert ROWS.claim_refresh(organiser, "b", NOW)
    assert len(world.items("OrganisersTable")) == 1


def test_a_disconnected_organiser_stores_the_reason(world: World) -> None:
    organiser = connected()
    ROWS.claim_refresh(organiser, "a", NOW)

    ROWS.require_reconnect(organiser, "a", "invalid_grant", told="reconnect, since")

    assert ROWS.get(NAME).connection is Connection.REAUTH
    assert OrganiserRow.get(NAME).connection_reason == "invalid_grant"
    assert OrganiserRow.get(NAME).connection_health == "reconnect, since"
    assert "lease_owner" not in world.items("OrganisersTable")[0]


# ---- connecting

INVITED = Organiser(
    organiser_id=NAME,
    merchant_code="",
    connection=Connection.INVITED,
    sandbox=False,
    token_version=0,
    access_token=None,
    access_expires_at=None,
    refresh_token=None,
    name="Jersey Live Ltd",
    currency="GBP",
)
NEWS = Mail("shop#alert#connected", MailKind.ALERT, "alerts@example.com", created_at=NOW)
TOKENS = SealedTokens(b"access-3", NOW + HOUR, b"refresh-3")


def connect(organiser: Organiser, merchant_code: str = "MC0001", **changes: Any) -> bool:
    tokens = replace(TOKENS, **changes)
    return ROWS.connect(organiser, merchant_code, tokens, NEWS, NOW, sandbox=True)


def test_an_invited_organiser_is_stored_only_once(world: World) -> None:
    assert ROWS.add(INVITED)
    assert ROWS.get(NAME) == INVITED
    assert not ROWS.add(replace(INVITED, name="Somebody else"))
    assert "merchant_code" not in world.items("OrganisersTable")[0]


def test_adding_an_organiser_survives_a_lost_response(world: World) -> None:
    world.wire.lose_answer("PutItem")

    assert ROWS.add(INVITED)
    assert list(ROWS.every()) == [INVITED]


def test_an_unreadable_row_does_not_hide_the_others(world: World) -> None:
    ROWS.add(INVITED)
    (item,) = world.items("OrganisersTable")
    broken = {"organiser_id": {"S": "a-broken-one"}, "connection": {"S": "perhaps"}}
    world.put("OrganisersTable", item | broken)

    assert [organiser.organiser_id for organiser in ROWS.every()] == [NAME]


def test_an_existing_organiser_can_be_renamed(world: World) -> None:
    ROWS.rename(NAME, "Jersey Live")
    assert world.items("OrganisersTable") == []

    ROWS.add(INVITED)
    ROWS.rename(NAME, "Jersey Live")
    assert ROWS.get(NAME).name == "Jersey Live"


@pytest.mark.usefixtures("world")
def test_consent_connects_and_cancels_a_refresh_in_progress() -> None:
    organiser = connected(connection="reauth", connection_reason="x", token_version=4)
    ROWS.claim_refresh(organiser, "a", NOW)

    assert connect(organiser)

    now = ROWS.get(NAME)
    assert (now.connection, now.connection_reason, now.sandbox) == (
        Connection.CONNECTED,
        "",
        True,
    )
    assert (now.access_token, now.refresh_token) == (b"access-3", b"refresh-3")
    assert (now.token_version, now.lease_owner) == (5, None)
    assert (now.refresh_issued_at, now.refreshed_at) == (NOW, NOW)
    assert not store(organiser, "a"), "what the older consent gave is not wanted any more"
    assert ROWS.get(NAME) == now


@pytest.mark.usefixtures("world")
def test_the_merchant_is_never_replaced() -> None:
    organiser = connected()

    assert not connect(organiser, "MC0002")

    assert ROWS.get(NAME) == organiser


@pytest.mark.usefixtures("world")
def test_the_first_consent_sets_the_merchant() -> None:
    ROWS.add(INVITED)

    assert connect(INVITED, "MC0002")
    assert not connect(INVITED, "MC0002", access_token=b"another"), "it was connected meanwhile"

    assert ROWS.get(NAME).merchant_code == "MC0002"


@pytest.mark.usefixtures("world")
def test_a_manually_created_organiser_can_be_connected() -> None:
    connected(merchant_code=None)
    OrganiserRow(NAME).update([OrganiserRow.token_version.remove()])

    assert connect(ROWS.get(NAME))


def test_connecting_survives_a_lost_response(world: World) -> None:
    ROWS.add(INVITED)
    world.wire.lose_answer("TransactWriteItems")

    assert connect(INVITED)
    assert world.wire.count("TransactWriteItems") == 2
    assert len(world.items("MailsTable")) == 1


def test_the_mail_about_a_connection_is_stored_with_it_or_not_at_all(world: World) -> None:
    organiser = connected()

    assert not connect(organiser, "MC0002")
    assert world.items("MailsTable") == []

    assert connect(organiser)
    (mail,) = world.items("MailsTable")
    assert mail["mail_id"]["S"] == NEWS.mail_id


def test_an_unknown_organiser_cannot_be_connected(world: World) -> None:
    with pytest.raises(UnknownOrganiser):
        connect(INVITED)

    assert world.items("OrganisersTable") == []


@pytest.mark.usefixtures("world")
def test_a_refresh_updates_the_connection_health() -> None:
    organiser = connected(connection_reason="x")
    ROWS.claim_refresh(organiser, "a", NOW)

    store(organiser, "a")

    assert OrganiserRow.get(NAME).connection_health == "fine"
    assert ROWS.get(NAME).refreshed_at == NOW


@pytest.mark.usefixtures("world")
def test_a_manually_created_organiser_can_be_refreshed() -> None:
    connected()
    OrganiserRow(NAME).update([OrganiserRow.token_version.remove()])
    organiser = ROWS.get(NAME)

    assert ROWS.claim_refresh(organiser, "a", NOW)
    assert store(organiser, "a")

    assert ROWS.get(NAME).token_version == 1


# ---- what the row says to people


def test_noting_connection_health_changes_nothing_else(world: World) -> None:
    organiser = connected()
    ROWS.claim_refresh(organiser, "a", NOW)
    before = ROWS.get(NAME)

    assert ROWS.note_health(organiser, "1 June 2026: fine.", NOW)

    (item,) = world.items("OrganisersTable")
    assert item["connection_health"]["S"] == "1 June 2026: fine."
    assert ROWS.get(NAME) == replace(before, connection_checked_at=NOW)


def test_a_health_note_from_before_a_consent_or_refusal_is_dropped(world: World) -> None:
    parked = connected(connection="reauth")
    assert connect(parked)
    fresh = ROWS.get(NAME)
    before = world.contents()

    assert not ROWS.note_health(parked, "reconnect", NOW)
    assert world.contents() == before
    assert OrganiserRow.get(NAME).connection_health.startswith("1 June 2026: fine.")

    ROWS.claim_refresh(fresh, "a", NOW)
    ROWS.require_reconnect(fresh, "a", "invalid_grant", told="reconnect")
    assert not ROWS.note_health(fresh, "fine", NOW)
    assert OrganiserRow.get(NAME).connection_health == "reconnect"


def test_a_health_note_from_before_a_refresh_is_dropped(world: World) -> None:
    seen = connected()
    ROWS.claim_refresh(seen, "a", NOW)
    assert ROWS.store_tokens(seen, "a", b"new", NOW + timedelta(hours=1), None, NOW, told="fine")
    before = world.contents()

    assert not ROWS.note_health(seen, "ends soon", NOW)

    assert world.contents() == before


@pytest.mark.usefixtures("world")
def test_health_is_noted_for_manually_created_and_invited_organisers() -> None:
    connected()
    OrganiserRow(NAME).update([OrganiserRow.token_version.remove()])
    ROWS.add(replace(INVITED, organiser_id="another"))

    for organiser in list(ROWS.every()):
        assert ROWS.note_health(organiser, "told", NOW)
        assert ROWS.get(organiser.organiser_id).connection_checked_at == NOW


def test_noting_health_creates_no_row_for_an_unknown_organiser(world: World) -> None:
    assert not ROWS.note_health(INVITED, "told", NOW)
    assert world.items("OrganisersTable") == []


def test_noting_health_is_retried_after_a_lost_response(world: World) -> None:
    organiser = connected()
    world.wire.lose_answer("UpdateItem")

    assert ROWS.note_health(organiser, "told", NOW)
    assert world.wire.count("UpdateItem") == 2


def test_the_last_reconciled_day_only_moves_forward(world: World) -> None:
    connected()
    first, second = date(2026, 5, 31), date(2026, 6, 1)

    assert ROWS.note_reconciled(NAME, first)
    assert ROWS.note_reconciled(NAME, second)
    before = world.contents()
    assert not ROWS.note_reconciled(NAME, first)
    assert not ROWS.note_reconciled(NAME, second)

    assert world.contents() == before
    assert ROWS.get(NAME).reconciled_until == second


def test_reconciling_creates_no_row_for_an_unknown_organiser(world: World) -> None:
    assert not ROWS.note_reconciled(NAME, date(2026, 6, 1))
    assert world.items("OrganisersTable") == []


def test_an_unreadable_reconciliation_day_does_not_block_payments(world: World) -> None:
    connected()
    (item,) = world.items("OrganisersTable")
    world.put("OrganisersTable", item | {"reconciled_until": {"S": "soon"}})

    assert ROWS.get(NAME).reconciled_until is None


@pytest.mark.usefixtures("world")
def test_the_longest_pause_that_was_asked_for_counts() -> None:
    before = connected()
    assert before.paused_until is None

    for seconds in (60, 240, 120):
        ROWS.pause(NAME, NOW + timedelta(seconds=seconds))

    assert ROWS.get(NAME) == replace(before, paused_until=NOW + timedelta(seconds=240))


@pytest.mark.usefixtures("world")
def test_an_unknown_organiser_is_not_paused_into_existence() -> None:
    ROWS.pause("nobody", NOW)

    assert list(OrganiserRow.scan()) == []


def test_a_pause_that_cannot_be_stored_stops_nothing(world: World) -> None:
    before = connected()
    world.wire.refuse("UpdateItem", "InternalServerError", 9)

    ROWS.pause(NAME, NOW + HOUR)

    assert ROWS.get(NAME) == before


TROUBLED = ["InternalServerError", "ProvisionedThroughputExceededException", "RequestLimitExceeded"]


@pytest.mark.parametrize("code", TROUBLED)
def test_new_tokens_are_stored_in_spite_of_some_failures(world: World, code: str) -> None:
    """SumUp gives them once. The SDK repeats each of our tries by itself."""
    organiser = connected()
    ROWS.claim_refresh(organiser, "a", NOW)
    world.wire.refuse("UpdateItem", code, 4)

    assert store(organiser, "a")

    assert ROWS.get(NAME).access_token == b"access-2"


def test_tokens_whose_storing_was_not_answered_are_there(world: World) -> None:
    organiser = connected()
    ROWS.claim_refresh(organiser, "a", NOW)
    world.wire.lose_answer("UpdateItem")

    store(organiser, "a")

    stored = ROWS.get(NAME)
    assert (stored.access_token, stored.token_version) == (b"access-2", 1)


def test_tokens_that_cannot_be_stored_at_all_raise(world: World) -> None:
    organiser = connected()
    ROWS.claim_refresh(organiser, "a", NOW)
    world.wire.refuse("UpdateItem", "ValidationException")
    world.wire.forget()

    with pytest.raises(UpdateError):
        store(organiser, "a")

    assert world.wire.count("UpdateItem") == 1


@pytest.mark.usefixtures("world")
def test_a_row_holds_the_longest_tokens() -> None:
    organiser = connected()
    longest = b"x" * (65_536 + 400)
    ROWS.claim_refresh(organiser, "a", NOW)

    assert ROWS.store_tokens(organiser, "a", longest, NOW + HOUR, longest, NOW, told="fine")

    assert ROWS.get(NAME).refresh_token == longest
