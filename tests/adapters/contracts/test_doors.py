"""The door: each condition of its writes, on the fakes and on the tables."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.adapters.contracts.shops import Shop, nothing_written
from tests.support.builders import a_device, a_line, an_admission, an_order, tickets_for
from tests.support.stored import LATER
from ticketing.adapters.dynamodb.doors import SEARCH_SPAN, SEARCHES
from ticketing.doors.admission import Correction, Verdict
from ticketing.doors.digest import Place
from ticketing.doors.scan import Action
from ticketing.errors import TicketBusy
from ticketing.tickets.ticket import Ticket, TicketStatus

DEVICE = a_device()
KEY, ANOTHER_KEY = b"\4" + b"k" * 64, b"\4" + b"l" * 64
ENTRY = an_admission(people=2, counted=2)
UNDO = replace(
    ENTRY,
    scan_id="DM4T8#000001",
    action=Action.UNDO,
    verdict=Verdict.UNDONE,
    refers_to=ENTRY.scan_id,
)
CORRECTION = Correction("5", ENTRY.scan_id, 1, UNDO.scan_id, people=0, counted=0)


def a_ticket(**changes: Any) -> Ticket:  # noqa: ANN401  # of any field
    """Return a ticket for four."""
    ticket = tickets_for(an_order(lines=(a_line(admits=4, quantity=1),)))[0]
    return replace(ticket, **({"changed_at": LATER} | changes))


def stored(shop: Shop, **changes: Any) -> Ticket:  # noqa: ANN401  # of any field
    ticket = a_ticket(**changes)
    shop.store_ticket(ticket)
    return ticket


def admitted(shop: Shop) -> Ticket:
    """Store a ticket for four, of whom two are in."""
    shop.log.admit(ENTRY, stored(shop))
    found: Ticket = shop.door_tickets.get("ORD-ABC123-01")
    return found


# ---- devices


def test_a_device_is_stored_once(shop: Shop) -> None:
    assert shop.doors.add(DEVICE)

    with nothing_written(shop):
        assert not shop.doors.add(replace(DEVICE, gate="Gate B"))

    assert shop.doors.get("5", "D7KQ2") == DEVICE
    assert shop.doors.get("6", "D7KQ2") is None


def test_the_devices_of_an_event_come_by_id(shop: Shop) -> None:
    for event_id, device_id in (("5", "DM4T8"), ("5", "D7KQ2"), ("6", "D2222")):
        shop.doors.add(replace(DEVICE, event_id=event_id, device_id=device_id))

    assert [d.device_id for d in shop.doors.of_event("5")] == ["D7KQ2", "DM4T8"]


def test_a_device_is_paired_once(shop: Shop) -> None:
    shop.doors.add(DEVICE)

    assert shop.doors.pair(DEVICE, KEY, LATER)
    with nothing_written(shop):
        assert not shop.doors.pair(DEVICE, ANOTHER_KEY, LATER)

    assert shop.doors.get("5", "D7KQ2") == replace(
        DEVICE, public_key=KEY, paired_at=LATER, seen_at=LATER
    )


def test_only_the_device_that_was_read_is_paired(shop: Shop) -> None:
    shop.doors.add(DEVICE)

    with nothing_written(shop):
        assert not shop.doors.pair(replace(DEVICE, secret_hash="other"), KEY, LATER)
        assert not shop.doors.pair(replace(DEVICE, device_id="D2222"), KEY, LATER)


def test_a_revoked_device_is_not_paired(shop: Shop) -> None:
    shop.doors.add(DEVICE)
    shop.doors.revoke(DEVICE, LATER)

    with nothing_written(shop):
        assert not shop.doors.pair(DEVICE, KEY, LATER)


def test_revoking_keeps_the_first_time_and_the_newest_scan_told_of(shop: Shop) -> None:
    shop.doors.add(DEVICE)
    shop.doors.note_seen(DEVICE, 121, 3, 7, LATER)

    assert shop.doors.revoke(DEVICE, LATER)
    with nothing_written(shop):
        assert not shop.doors.revoke(DEVICE, LATER + timedelta(hours=1))

    revoked = shop.doors.get("5", "D7KQ2")
    assert (revoked.revoked_at, revoked.revoked_seq) == (LATER, 121)
    assert (revoked.seen_at, revoked.highest, revoked.waiting, revoked.not_ours) == (
        LATER, 121, 3, 7,
    )  # fmt: skip


def test_an_older_report_comes_too_late(shop: Shop) -> None:
    shop.doors.add(DEVICE)
    shop.doors.note_seen(DEVICE, 121, 3, 7, LATER)

    with nothing_written(shop):
        shop.doors.note_seen(DEVICE, 120, 4, 7, LATER + timedelta(seconds=1))
    shop.doors.note_seen(DEVICE, 121, 0, 7, LATER + timedelta(seconds=2))

    device = shop.doors.get("5", "D7KQ2")
    assert (device.highest, device.waiting) == (121, 0)


def test_a_device_that_never_told_of_a_scan_is_revoked_at_none(shop: Shop) -> None:
    shop.doors.add(DEVICE)

    shop.doors.revoke(DEVICE, LATER)

    assert shop.doors.get("5", "D7KQ2").revoked_seq == 0


def test_a_device_that_is_gone_does_not_come_back(shop: Shop) -> None:
    with nothing_written(shop):
        shop.doors.note_seen(DEVICE, 1, 0, 0, LATER)
        assert not shop.doors.revoke(DEVICE, LATER)
        assert not shop.doors.begin_search(DEVICE, LATER)


def test_searches_are_counted_within_a_span(shop: Shop) -> None:
    shop.doors.add(DEVICE)

    begun = [shop.doors.begin_search(DEVICE, LATER) for _ in range(SEARCHES + 1)]

    assert begun == [True] * SEARCHES + [False]
    assert not shop.doors.begin_search(DEVICE, LATER + SEARCH_SPAN - timedelta(seconds=1))
    assert shop.doors.begin_search(DEVICE, LATER + SEARCH_SPAN)


def test_a_span_with_few_searches_leaves_none_over_for_the_next(shop: Shop) -> None:
    shop.doors.add(DEVICE)
    assert all(shop.doors.begin_search(DEVICE, LATER) for _ in range(5))
    later = LATER + SEARCH_SPAN

    begun = [shop.doors.begin_search(DEVICE, later) for _ in range(SEARCHES + 1)]

    assert begun == [True] * SEARCHES + [False]


# ---- admitting


def test_an_admission_takes_its_places_and_is_in_the_log(shop: Shop) -> None:
    assert admitted(shop).left == 2

    assert shop.log.entry("5", ENTRY.scan_id) == ENTRY
    assert shop.door_tickets.get(ENTRY.ticket_id).last_scan == ENTRY.scan_id


def test_the_rest_may_come_later(shop: Shop) -> None:
    ticket = admitted(shop)

    shop.log.admit(replace(ENTRY, scan_id="DM4T8#000001"), ticket)

    assert shop.door_tickets.get(ENTRY.ticket_id).left == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"status": TicketStatus.VOID},
        {"event_id": "6"},
        {"qr_text": "TICKET:another"},
        {"left": 1},
        {"left": 0},
    ],
)
def test_a_ticket_that_is_not_as_it_was_read_admits_nobody(
    shop: Shop, changes: dict[str, Any]
) -> None:
    stored(shop, **changes)

    with nothing_written(shop, TicketBusy):
        shop.log.admit(ENTRY, a_ticket())


def test_a_ticket_that_is_gone_admits_nobody(shop: Shop) -> None:
    with nothing_written(shop, TicketBusy):
        shop.log.admit(ENTRY, a_ticket())


def test_the_same_scan_admits_once(shop: Shop) -> None:
    ticket = admitted(shop)

    with nothing_written(shop, TicketBusy):
        shop.log.admit(ENTRY, ticket)


def test_an_entry_is_written_once(shop: Shop) -> None:
    refusal = replace(ENTRY, verdict=Verdict.VOID, counted=0, reason="refunded")
    assert shop.log.record(refusal)

    with nothing_written(shop):
        assert not shop.log.record(replace(refusal, reason="cancelled"))

    assert shop.log.entry("5", ENTRY.scan_id) == refusal
    assert shop.log.entry("6", ENTRY.scan_id) is None


# ---- correcting


def test_a_correction_gives_places_back(shop: Shop) -> None:
    ticket = admitted(shop)

    shop.log.correct(UNDO, CORRECTION, ticket)

    assert shop.door_tickets.get(ENTRY.ticket_id).left == 4
    assert shop.log.entry("5", UNDO.scan_id) == UNDO
    assert shop.log.latest_correction("5", ENTRY.scan_id) == CORRECTION


def test_a_scan_is_corrected_once_from_what_was_read(shop: Shop) -> None:
    ticket = admitted(shop)
    shop.log.correct(replace(UNDO, counted=1), CORRECTION, ticket)

    with nothing_written(shop, TicketBusy):
        shop.log.correct(replace(UNDO, scan_id="DM4T8#000002", counted=1), CORRECTION, ticket)


def test_the_same_correction_is_written_once(shop: Shop) -> None:
    ticket = admitted(shop)
    shop.log.correct(replace(UNDO, counted=1), CORRECTION, ticket)

    with nothing_written(shop, TicketBusy):
        shop.log.correct(replace(UNDO, counted=1), replace(CORRECTION, number=2), ticket)


def test_the_last_of_several_corrections_counts(shop: Shop) -> None:
    ticket = admitted(shop)
    shop.log.correct(replace(UNDO, counted=1), CORRECTION, ticket)
    second = replace(CORRECTION, number=2, by="DM4T8#000002")

    shop.log.correct(replace(UNDO, scan_id="DM4T8#000002", counted=1), second, ticket)

    assert shop.log.latest_correction("5", ENTRY.scan_id) == second
    assert shop.log.latest_correction("5", "D7KQ2#000002") is None


@pytest.mark.parametrize("changes", [{"left": 3}, {"left": None}, {"event_id": "6", "left": 2}])
def test_no_more_places_come_back_than_a_ticket_has(shop: Shop, changes: dict[str, Any]) -> None:
    stored(shop, **changes)

    with nothing_written(shop, TicketBusy):
        shop.log.correct(UNDO, CORRECTION, a_ticket())


def test_who_went_in_without_a_place_gives_none_back(shop: Shop) -> None:
    ticket = stored(shop, left=0)

    shop.log.correct(replace(UNDO, counted=0), CORRECTION, ticket)

    assert shop.door_tickets.get(ENTRY.ticket_id).left == 0


# ---- what a device sent, and the list


def test_the_entries_of_a_device_come_in_their_order(shop: Shop) -> None:
    for scan in ("D7KQ2#000010", "D7KQ2#000002", "DM4T8#000005", "D7KQ2#000001"):
        shop.log.record(replace(ENTRY, scan_id=scan))
    shop.log.record_clone(replace(ENTRY, scan_id="D7KQ2#000002"))

    found = [entry.scan_id for entry in shop.log.of_device("5", "D7KQ2", 1)]

    assert found == ["D7KQ2#000002", "D7KQ2#000010"]
    assert list(shop.log.of_device("5", "D7KQ2", 999_999)) == []


def test_the_list_comes_by_change_and_in_pages(shop: Shop) -> None:
    for minutes, number in ((3, "ORD-THREE3"), (1, "ORD-ONE111"), (2, "ORD-TWO222")):
        (ticket,) = tickets_for(an_order(order_number=number, lines=(a_line(quantity=1),)))
        shop.store_ticket(replace(ticket, changed_at=LATER + timedelta(minutes=minutes)))
    stored(shop, changed_at=None)

    first = shop.door_tickets.page("5", None, limit=2)
    second = shop.door_tickets.page("5", first.following, limit=2)
    since = shop.door_tickets.page("5", Place(LATER + timedelta(minutes=2)))

    assert [one.ticket_id for one in first.listed] == ["ORD-ONE111-01", "ORD-TWO222-01"]
    assert [one.ticket_id for one in second.listed] == ["ORD-THREE3-01"]
    assert [one.ticket_id for one in since.listed] == ["ORD-TWO222-01", "ORD-THREE3-01"]
    assert second.following is None
    assert shop.door_tickets.page("6", None).listed == ()


def test_a_ticket_is_put_on_the_list_once(shop: Shop) -> None:
    ticket = stored(shop, changed_at=None)
    shop.door_tickets.fill(ticket, LATER)
    shop.door_tickets.fill(ticket, LATER + timedelta(hours=1))
    shop.door_tickets.fill(replace(ticket, ticket_id="ORD-GONE22-01"), LATER)

    assert [one.changed_at for one in shop.door_tickets.every("5")] == [LATER]
    assert shop.door_tickets.get("ORD-GONE22-01") is None
