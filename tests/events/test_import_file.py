"""Files of events: what is read from them, and that each error is reported with its location."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.hostile import JOINED
from ticketing.errors import ImportRefused
from ticketing.events import import_file
from ticketing.events.catalogue import Listing, Offer
from ticketing.events.event import Event, LatePayment
from ticketing.events.import_file import LARGEST_FILE
from ticketing.money import Money

SAMPLE = Path(__file__).parents[2] / "local" / "events.json"
KIND: dict[str, Any] = {
    "sku": "general",
    "name": "General admission",
    "price": "15.00",
    "capacity": 150,
}
EVENT: dict[str, Any] = {
    "event_id": "5",
    "organiser_id": "jersey-live",
    "name": "Jersey Live: Summer Sounds",
    "venue": "Howard Davis Park",
    "address": "La Route de Saint-Clément, St Saviour, Jersey JE2 7LG",
    "time_zone": "Europe/Jersey",
    "starts_at": "2026-07-18T19:30",
    "currency": "GBP",
    "ticket_types": [KIND],
}


def a_file(*events: object) -> bytes:
    return json.dumps({"events": events}).encode()


def read(*events: object) -> tuple[tuple[Listing, ...], tuple[str, ...]]:
    return import_file.read(a_file(*events))


def changed(**changes: object) -> dict[str, Any]:
    return deepcopy(EVENT) | changes


def kind(**changes: object) -> dict[str, Any]:
    return changed(ticket_types=[KIND | changes])


def test_an_event_is_read_with_its_ticket_types() -> None:
    listings, problems = read(EVENT)

    assert problems == ()
    assert listings == (
        Listing(
            place="events[0]",
            event=Event(
                event_id="5",
                name="Jersey Live: Summer Sounds",
                organiser_id="jersey-live",
                venue="Howard Davis Park",
                address="La Route de Saint-Clément, St Saviour, Jersey JE2 7LG",
                starts_at=datetime(2026, 7, 18, 18, 30, tzinfo=UTC),
                time_zone="Europe/Jersey",
                on_sale=True,
                late_payment=LatePayment.HONOUR,
            ),
            currency="GBP",
            offers=(Offer("general", "General admission", Money(Decimal(15), "GBP"), 150),),
        ),
    )


def test_optional_fields_are_accepted() -> None:
    wanted = changed(on_sale=False, late_payment="review", terms=" No re-entry.\n No dogs. ")
    ((listing,), problems) = read(wanted)

    assert problems == ()
    assert (listing.event.on_sale, listing.event.late_payment) == (False, LatePayment.REVIEW)
    assert listing.event.terms == "No re-entry. No dogs."


def test_doors_and_end_are_in_the_time_zone_of_the_venue() -> None:
    ((listing,), problems) = read(
        changed(doors_at="2026-07-18T18:30", ends_at="2026-07-19T01:00+01:00")
    )

    assert problems == ()
    assert listing.event.doors_at == datetime(2026, 7, 18, 17, 30, tzinfo=UTC)
    assert listing.event.ends_at == datetime(2026, 7, 19, 0, 0, tzinfo=UTC)


def test_a_sale_has_a_beginning_an_end_and_ticket_types_of_its_own() -> None:
    early = KIND | {"sku": "early", "sale_ends_at": "2026-06-01T00:00"}
    late = KIND | {"sku": "late", "sale_starts_at": "2026-06-01T00:00", "on_sale": False}
    wanted = changed(
        sale_starts_at="2026-02-01T10:00",
        sale_ends_at="2026-07-18T19:30",
        cancelled=True,
        ticket_types=[early, KIND, late],
    )

    ((listing,), problems) = read(wanted)

    event, june = listing.event, datetime(2026, 5, 31, 23, 0, tzinfo=UTC)
    assert problems == ()
    assert (event.sale_starts_at, event.sale_ends_at, event.cancelled) == (
        datetime(2026, 2, 1, 10, 0, tzinfo=UTC),
        event.starts_at,
        True,
    )
    assert [(o.sku, o.on_sale, o.sale_starts_at, o.sale_ends_at) for o in listing.offers] == [
        ("early", True, None, june),
        ("general", True, None, None),
        ("late", False, june, None),
    ]


def test_doors_may_open_at_the_start_and_an_event_may_last_a_month() -> None:
    wanted = changed(doors_at="2026-07-18T19:30", ends_at="2026-08-18T19:30")

    assert read(wanted)[1] == ()


@pytest.mark.parametrize("starts_at", ["9999-12-31T23:59", "9999-12-31T23:59Z", "1000-01-01T00:00"])
def test_the_furthest_dates_are_read(starts_at: str) -> None:
    assert read(changed(starts_at=starts_at))[1] == ()


def test_spaces_of_every_kind_are_spaces_and_the_invisible_is_left_out() -> None:
    text = "\ufeffLe\u202fClub\u00a0:\tNuit\u3000d\u2019\u00ade\u0301te\u0301\r\nII\u200b\x00"
    wanted = changed(name=text, venue=text, address=text, terms=text, ticket_types=[
        KIND | {"name": text}
    ])  # fmt: skip

    ((listing,), problems) = read(wanted)

    event = listing.event
    assert problems == ()
    assert {event.name, event.venue, event.address, event.terms, listing.offers[0].name} == {
        "Le Club : Nuit d\u2019été II"
    }


@pytest.mark.parametrize("name", JOINED)
def test_a_name_keeps_its_joiners(name: str) -> None:
    ((listing,), _) = read(changed(name=name))

    assert listing.event.name == name


def test_the_sample_file_is_valid() -> None:
    listings, problems = import_file.read(SAMPLE.read_bytes())

    assert problems == ()
    assert [listing.event.event_id for listing in listings] == ["5", "6"]


@pytest.mark.parametrize(
    ("starts_at", "zone", "moment"),
    [
        ("2026-07-18T19:30", "Europe/Jersey", datetime(2026, 7, 18, 18, 30, tzinfo=UTC)),
        ("2026-01-18T19:30:00", "Europe/Jersey", datetime(2026, 1, 18, 19, 30, tzinfo=UTC)),
        ("2026-07-18T19:30+02:00", "Europe/Jersey", datetime(2026, 7, 18, 17, 30, tzinfo=UTC)),
        ("2026-07-18T17:30Z", "America/New_York", datetime(2026, 7, 18, 17, 30, tzinfo=UTC)),
        ("2026-10-25T01:30+00:00", "Europe/Jersey", datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ],
)
def test_a_start_time_is_in_the_time_zone_of_the_venue(
    starts_at: str, zone: str, moment: datetime
) -> None:
    ((listing,), problems) = read(changed(starts_at=starts_at, time_zone=zone))

    assert problems == ()
    assert listing.event.starts_at == moment


MISTAKES: dict[str, tuple[dict[str, Any] | object, str]] = {
    "not an object": ("5", "events[0]: must be an object"),
    "no name": ({k: v for k, v in EVENT.items() if k != "name"}, "events[0].name: is missing"),
    "an invalid name": (changed(name=" "), "events[0].name: must be 1 to 200 printable"),
    "a name too long": (changed(name="x" * 201), "events[0].name: must be 1 to 200 printable"),
    "a name of which nothing is seen": (
        changed(name="\u200b\u3164\u00a0"),
        "events[0].name: must be 1 to 200 printable",
    ),
    "a number for a name": (changed(event_id=5), "events[0].event_id: must be text in quotes"),
    "an invalid event id": (changed(event_id="a|b"), "events[0].event_id: 'a|b' is not capital"),
    "an unknown field": (changed(naem="x"), "events[0].naem: is not known here"),
    "an unknown time zone": (
        changed(time_zone="Jersey"),
        "events[0].time_zone: 'Jersey' is not an",
    ),
    "a time zone that is a path": (
        changed(time_zone="../x"),
        "events[0].time_zone: '../x' is not an",
    ),
    "an invalid time": (changed(starts_at="Saturday"), "events[0].starts_at: 'Saturday' is"),
    "a date without a time": (changed(starts_at="2026-07-18"), "events[0].starts_at: '2026-07-18'"),
    "an invalid date": (
        changed(starts_at="2026-02-30T19:30"),
        "events[0].starts_at: '2026-02-30T19:30' is not in the calendar",
    ),
    "a time outside the calendar": (
        changed(starts_at="9999-12-31T23:59", time_zone="America/New_York"),
        "events[0].starts_at: '9999-12-31T23:59' is not in the calendar",
    ),
    "a time before the calendar": (
        changed(starts_at="0001-01-01T00:00", time_zone="Asia/Tokyo"),
        "events[0].starts_at: '0001-01-01T00:00' is not in the calendar",
    ),
    "a time with an offset outside the calendar": (
        changed(starts_at="9999-12-31T23:59-01:00"),
        "events[0].starts_at: '9999-12-31T23:59-01:00' is not in the calendar",
    ),
    "invalid doors": (changed(doors_at="18:30"), "events[0].doors_at: '18:30' is not a time"),
    "doors that are no text": (changed(doors_at=5), "events[0].doors_at: must be text in quotes"),
    "doors after the start": (
        changed(doors_at="2026-07-18T19:31"),
        "events[0].doors_at: must be at most a day before starts_at, and not after it",
    ),
    "doors on another day": (
        changed(doors_at="2026-07-17T19:29"),
        "events[0].doors_at: must be at most a day before",
    ),
    "doors that are skipped": (
        changed(starts_at="2026-03-29T12:00", doors_at="2026-03-29T01:30"),
        "events[0].doors_at: 2026-03-29T01:30 does not exist in Europe/Jersey",
    ),
    "an end at the start": (
        changed(ends_at="2026-07-18T19:30"),
        "events[0].ends_at: must be after starts_at, by at most 31 days",
    ),
    "an end before the start": (
        changed(ends_at="2026-07-18T18:30"),
        "events[0].ends_at: must be after starts_at",
    ),
    "an end in another year": (
        changed(ends_at="2027-07-18T23:30"),
        "events[0].ends_at: must be after starts_at, by at most 31 days",
    ),
    "an end with an invalid start": (
        changed(starts_at="2026-02-30T19:30", ends_at="2026-07-18T23:30"),
        "events[0].starts_at: '2026-02-30T19:30' is not in the calendar",
    ),
    "a time that is skipped": (
        changed(starts_at="2026-03-29T01:30"),
        "events[0].starts_at: 2026-03-29T01:30 does not exist in Europe/Jersey",
    ),
    "an ambiguous time": (
        changed(starts_at="2026-10-25T01:30"),
        "events[0].starts_at: 2026-10-25T01:30 comes twice in Europe/Jersey",
    ),
    "a sale that begins with the event": (
        changed(sale_starts_at="2026-07-18T19:30"),
        "events[0].sale_starts_at: must be before starts_at: nothing is sold after that",
    ),
    "a sale that ends after the start": (
        changed(sale_ends_at="2026-07-18T19:31"),
        "events[0].sale_ends_at: must not be after starts_at: nothing is sold after that",
    ),
    "a sale that ends as it begins": (
        changed(sale_starts_at="2026-06-01T10:00", sale_ends_at="2026-06-01T10:00"),
        "events[0].sale_ends_at: must be after sale_starts_at",
    ),
    "an early bird after the event": (
        kind(sale_ends_at="2026-07-19T00:00"),
        "events[0].ticket_types[0].sale_ends_at: must not be after starts_at",
    ),
    "an early bird that is skipped": (
        kind(sale_ends_at="2026-03-29T01:30"),
        "events[0].ticket_types[0].sale_ends_at: 2026-03-29T01:30 does not exist",
    ),
    "cancelled in words": (changed(cancelled="no"), "events[0].cancelled: must be true or false"),
    "a ticket type on sale in words": (
        kind(on_sale="yes"),
        "events[0].ticket_types[0].on_sale: must be true or false",
    ),
    "a ticket for nobody": (
        kind(admits=0),
        "events[0].ticket_types[0].admits: must be 1 to 20 people",
    ),
    "a ticket for half a person": (
        kind(admits=1.5),
        "events[0].ticket_types[0].admits: must be a whole number of people",
    ),
    "a currency in words": (changed(currency="pounds"), "events[0].currency: 'pounds' is not"),
    "invalid terms": (changed(terms=5), "events[0].terms: must be text in quotes"),
    "terms too long to print": (
        changed(terms="W " * 501),
        "events[0].terms: must be at most 1000 printable characters",
    ),
    "an unknown policy": (changed(late_payment="no"), "events[0].late_payment: must be honour"),
    "on sale in words": (changed(on_sale="yes"), "events[0].on_sale: must be true or false"),
    "nothing to sell": (changed(ticket_types=[]), "events[0].ticket_types: must be 1 to 50"),
    "too much to sell": (
        changed(ticket_types=[KIND | {"sku": f"s{n}"} for n in range(51)]),
        "events[0].ticket_types: must be 1 to 50",
    ),
    "invalid ticket types": (changed(ticket_types={}), "events[0].ticket_types: must be a list"),
    "an invalid ticket type": (changed(ticket_types=[1]), "events[0].ticket_types[0]: must be an"),
    "a SKU in upper case": (kind(sku="VIP"), "events[0].ticket_types[0].sku: 'VIP' is not small"),
    "a price without quotes": (
        kind(price=15.0),
        "events[0].ticket_types[0].price: must be text in quotes",
    ),
    "a price with a comma": (
        kind(price="15,00"),
        "events[0].ticket_types[0].price: '15,00' is not an amount such as 25.00",
    ),
    "a price with a currency sign": (
        kind(price="£15"),
        "events[0].ticket_types[0].price: '£15' is not",
    ),
    "a negative price": (kind(price="-1"), "events[0].ticket_types[0].price: '-1' is not"),
    "an invalid price": (kind(price="NaN"), "events[0].ticket_types[0].price: 'NaN' is not"),
    "a price in non-ASCII digits": (
        kind(price="\u0661\u0665"),
        "events[0].ticket_types[0].price: ",
    ),
    "half a penny": (
        kind(price="1.005"),
        "events[0].ticket_types[0].price: '1.005' has more digits than GBP has",
    ),
    "a fraction of a peso": (
        changed(currency="CLP", ticket_types=[KIND | {"price": "1.50"}]),
        "events[0].ticket_types[0].price: '1.50' has more digits than CLP has",
    ),
    "a capacity in quotes": (
        kind(capacity="150"),
        "events[0].ticket_types[0].capacity: must be a whole number, without quotes",
    ),
    "a boolean capacity": (kind(capacity=True), "events[0].ticket_types[0].capacity: must be"),
    "half a seat": (kind(capacity=1.5), "events[0].ticket_types[0].capacity: must be a whole"),
    "a negative capacity": (kind(capacity=-1), "events[0].ticket_types[0].capacity: must be 0 to"),
    "a duplicate SKU": (
        changed(ticket_types=[KIND, KIND]),
        "events[0].ticket_types[1].sku: 'general' is events[0].ticket_types[0] already",
    ),
}


@pytest.mark.parametrize(("event", "problem"), MISTAKES.values(), ids=MISTAKES)
def test_an_error_is_reported_with_its_location(event: object, problem: str) -> None:
    _, problems = read(event)

    assert len(problems) == 1, problems
    assert problems[0].startswith(problem)


def test_all_errors_are_reported_at_once() -> None:
    wrong = changed(event_id="6", name="", time_zone="Mars", ticket_types=[KIND | {"price": "x"}])

    _, problems = read(EVENT, wrong, 7, EVENT)

    places = [problem.partition(":")[0] for problem in problems]
    assert sorted(places) == [
        "events[1].name",
        "events[1].ticket_types[0].price",
        "events[1].time_zone",
        "events[2]",
        "events[3].event_id",
    ]


BAD_FILES: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "line 1, column 1: not JSON"),
    "a truncated file": (a_file(EVENT)[:-3], "line 1, column"),
    "not JSON": (b"events:\n- 5", "line 1, column 1: not JSON"),
    "a list": (b"[]", 'the file must be {"events": [...]} and nothing else'),
    "an unexpected field": (b'{"events": [], "more": 1}', "the file must be"),
    "no events": (b'{"events": []}', "events: must be a list of at least one event"),
    "events that are an object": (b'{"events": {}}', "events: must be a list"),
    "a duplicate field": (b'{"events": [{"name": "a", "name": "b"}]}', "name: said twice"),
    "Latin-1": ('{"events": ["é"]}'.encode("latin-1"), "the file is not in UTF-8"),
    "deeply nested": (b"[" * 100_000, "the file is not JSON that can be read"),
    "5 MB": (b" " * (LARGEST_FILE + 1), "the file is larger than"),
}


@pytest.mark.parametrize(("content", "problem"), BAD_FILES.values(), ids=BAD_FILES)
def test_an_invalid_file_is_refused(content: bytes, problem: str) -> None:
    with pytest.raises(ImportRefused) as caught:
        import_file.read(content)

    assert caught.value.problems[0].startswith(problem)


def test_a_byte_order_mark_is_ignored() -> None:
    assert import_file.read(b"\xef\xbb\xbf" + a_file(EVENT))[1] == ()


def test_a_free_ticket_has_a_price_of_zero() -> None:
    ((listing,), problems) = read(kind(price="0"))

    assert problems == ()
    assert listing.offers[0].price == Money(Decimal(0), "GBP")


def test_an_event_with_an_invalid_field_has_its_other_mistakes_listed_as_well() -> None:
    """Or whoever corrects a file finds out one mistake at a time."""
    wrong = changed(
        starts_at="2026-02-30T19:30",
        sale_ends_at="2026-03-29T01:30",
        capacity=3,
        consent=True,
        ticket_types=[
            KIND | {"capacity": "many", "price": "15.005"},
            KIND | {"sku": "late", "sale_starts_at": "2026-02-31T00:00"},
        ],
    )
    del wrong["venue"]

    _, problems = read(wrong, changed(event_id="6", name="", doors_at="2026-07-01T00:00"))

    assert sorted(problem.partition(": ")[0] for problem in problems) == [
        "events[0].capacity",
        "events[0].consent",
        "events[0].sale_ends_at",
        "events[0].starts_at",
        "events[0].ticket_types[0].capacity",
        "events[0].ticket_types[0].price",
        "events[0].ticket_types[1].sale_starts_at",
        "events[0].venue",
        "events[1].doors_at",
        "events[1].name",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"currency": "pounds"},
        {"time_zone": "Mars"},
        {"starts_at": "soon", "doors_at": "2026-07-18T18:30"},
        {"ticket_types": "none"},
        {"ticket_types": [{}, 3]},
        {"picture": {"file": 3}},
        {"picture": "x"},
        {"terms": 7, "consent": False},
    ],
    ids=str,
)
def test_an_invalid_field_is_no_reason_to_find_fault_with_others(changes: dict[str, Any]) -> None:
    _, problems = read(changed(**changes))

    first, *_ = changes
    assert problems
    assert {problem.partition(":")[0].split(".")[1].partition("[")[0] for problem in problems} == {
        first
    }
