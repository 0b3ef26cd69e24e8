"""Devices, what they sign, and the places of the list."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.doors.test_ruling import STEWARD
from tests.support.builders import NOW, an_event, later
from tests.support.phone import Phone
from ticketing.doors import signature
from ticketing.doors.device import (
    DEVICE_ID,
    SECRET,
    SENDS_AFTER,
    State,
    expiry_of,
    may_send,
    new_device_id,
    new_secret,
    pairing_link,
)
from ticketing.doors.digest import OVERLAP, Listed, Page, Place, begins, place_of, place_of_changes
from ticketing.doors.scan import SCAN_ID, numbered

PHONE = Phone("5", "D7KQ2", "", lambda *_: (0, {}), lambda: NOW)


def test_ids_and_secrets_are_random_and_have_their_form() -> None:
    ids, secrets = {new_device_id() for _ in range(50)}, {new_secret() for _ in range(50)}

    assert all(DEVICE_ID.fullmatch(i) for i in ids)
    assert all(SECRET.fullmatch(s) for s in secrets)
    assert len(ids) > 40
    assert len(secrets) == 50


@pytest.mark.parametrize(
    ("ends_at", "expires_at"),
    [
        (None, datetime(2026, 7, 20, 6, 30, tzinfo=UTC)),
        (datetime(2026, 7, 18, 22, 0, tzinfo=UTC), datetime(2026, 7, 19, 22, 0, tzinfo=UTC)),
    ],
)
def test_a_device_ends_a_day_after_its_event(
    ends_at: datetime | None, expires_at: datetime
) -> None:
    assert expiry_of(an_event(ends_at=ends_at)) == expires_at


OVER = expiry_of(an_event())


@pytest.mark.parametrize(
    ("changes", "now", "state"),
    [
        ({}, NOW, State.NEVER_PAIRED),
        ({"public_key": b"key"}, OVER - timedelta(seconds=1), State.OPEN),
        ({"public_key": b"key"}, OVER, State.EXPIRED),
        ({}, OVER, State.EXPIRED),
        ({"public_key": b"key", "revoked_at": NOW}, NOW, State.REVOKED),
        ({"public_key": b"key", "revoked_at": NOW}, OVER, State.REVOKED),
    ],
)
def test_what_operators_see_of_a_device(
    changes: dict[str, Any], now: datetime, state: State
) -> None:
    device = replace(STEWARD, **changes)

    assert device.state(an_event(), now) is state
    assert device.is_open(an_event(), now) is (state in {State.OPEN, State.NEVER_PAIRED})


def test_a_device_ends_with_its_event_wherever_that_was_moved() -> None:
    moved = an_event(ends_at=later(days=100))

    assert STEWARD.is_open(moved, later(days=101, seconds=-1))
    assert not STEWARD.is_open(moved, later(days=101))


def test_scans_may_still_be_sent_for_a_week() -> None:
    assert may_send(an_event(), OVER + SENDS_AFTER - timedelta(seconds=1))
    assert not may_send(an_event(), OVER + SENDS_AFTER)


def test_the_secret_of_a_link_is_behind_the_hash() -> None:
    link = pairing_link("https://tickets.example.com/X/", STEWARD, "s3cret")

    assert link == "https://tickets.example.com/X/door/#pair=5.D7KQ2.s3cret"


def test_what_a_device_signs_is_verified_with_its_key() -> None:
    key = signature.public_key_from(PHONE.public_key)
    signed = PHONE.sign("text")

    assert key is not None
    assert signature.is_signed("text", signed, key)
    assert not signature.is_signed("another text", signed, key)
    assert not signature.is_signed("text", signed[:-1], key)
    assert not signature.is_signed("text", "A" * 86, key)
    assert not signature.is_signed("text", signature.text_of(b"\xff" * 64), key)


@pytest.mark.parametrize("text", ["", "B" + "A" * 86, "A" * 87, "B" * 86, "é" * 87])
def test_what_is_no_key_is_none(text: str) -> None:
    assert signature.public_key_from(text) is None


@pytest.mark.parametrize(
    "header",
    [
        "",
        "5.D7KQ2.1780315500",
        f"5.D7KQ2.now.{'A' * 86}",
        f"5.D7KQ2.1780315500.{'A' * 87}",
        f"5.X7KQ2.1780315500.{'A' * 86}",
        f"5.D7KQ2.1780315500.{'A' * 86}\n",
        f"5/6.D7KQ2.1780315500.{'A' * 86}",
    ],
)
def test_what_is_no_claim_is_none(header: str) -> None:
    assert signature.claim_in(header) is None


@pytest.mark.parametrize(
    ("seconds", "is_timely"), [(-301, False), (-300, True), (300, True), (301, False)]
)
def test_a_request_is_good_for_five_minutes(seconds: int, is_timely: bool) -> None:  # noqa: FBT001
    claim = signature.claim_in(f"5.D7KQ2.{int(NOW.timestamp()) + seconds}.{'A' * 86}")

    assert claim is not None
    assert claim.is_timely(NOW) is is_timely


def test_scans_sort_by_their_number() -> None:
    assert numbered("D7KQ2", 9) < numbered("D7KQ2", 10) < numbered("D7KQ2", 999_999)
    found = SCAN_ID.fullmatch(numbered("D7KQ2", 121))
    assert found is not None
    assert (found["device_id"], found["seq"]) == ("D7KQ2", "000121")


# ---- places of the list

LISTED = Listed("ORD-ABC123-01", "general", 1, is_valid=True, holder="Jane", changed_at=NOW)


@pytest.mark.parametrize("place", [Place(NOW), Place(NOW, "ORD-ABC123-01")])
def test_a_place_comes_back_as_it_was(place: Place) -> None:
    assert place_of(place.cursor) == place


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "p1780315200000000-",
        "c1780315200000000-ORD-ABC123-01",
        "x1-",
        "c-",
        "c999999999999999999-",
        "cä-",
    ],
)
def test_what_is_no_place_is_none(cursor: str) -> None:
    assert place_of(cursor) is None


def test_changes_begin_a_little_before_what_was_seen() -> None:
    assert begins(None) is None
    assert begins(Place(NOW, "ORD-ABC123-01")) == Place(NOW, "ORD-ABC123-01")
    assert begins(Place(NOW)) == Place(NOW - OVERLAP)


def test_the_next_changes_begin_with_the_newest_that_was_listed() -> None:
    older = replace(LISTED, changed_at=NOW - timedelta(hours=1))
    now = NOW + timedelta(hours=1)

    assert place_of_changes(Page((LISTED, older), None), None, now) == Place(NOW)
    assert place_of_changes(Page((), None), Place(NOW), now) == Place(NOW)
    assert place_of_changes(Page((), None), None, now) == Place(now)
