"""Imports against the tables: all or nothing, and sold seats stay sold."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.support.aws import World
from tests.support.builders import NOW, a_signer
from tests.support.fakes import Pictures
from tests.support.stored import sell
from ticketing.adapters.dynamodb.catalogue import Stock
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.models import EventRow, OrganiserRow, TicketTypeRow
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.errors import ImportRefused
from ticketing.events.about import About, Span, Style
from ticketing.events.catalogue import StoredEvent
from ticketing.events.event import RefundPolicy, TicketType
from ticketing.flows.import_events import TRIES, ImportEvents, Planned
from ticketing.tickets.qr import QrSigner

SAMPLE = Path(__file__).parents[3] / "local" / "events.json"
EVENT: dict[str, Any] = {
    "event_id": "5",
    "organiser_id": "jersey-live",
    "name": "Summer Sounds",
    "venue": "Howard Davis Park",
    "address": "St Saviour, Jersey",
    "time_zone": "Europe/Jersey",
    "starts_at": "2026-07-18T19:30",
    "currency": "GBP",
    "ticket_types": [
        {"sku": "general", "name": "General admission", "price": "15.00", "capacity": 150}
    ],
}


@pytest.fixture(autouse=True)
def _organisers(world: World) -> None:
    for organiser_id in ("jersey-live", "harbour-arts"):
        OrganiserRow(organiser_id, name="x", currency="GBP", connection="invited").save()
    world.wire.forget()


def a_stock() -> Stock:
    return Stock(a_signer().public_keys)


def import_events(
    *events: dict[str, Any],
    stock: Stock | None = None,
    now: datetime = NOW,
    pictures: Pictures | None = None,
) -> tuple[str, ...]:
    content, pictures = json.dumps({"events": events}).encode(), pictures or Pictures()
    return ImportEvents(OrganiserTable(), stock or a_stock(), pictures)(content, now).changes


def a_kind(sku: str) -> TicketType:
    return next(kind for kind in EventTable().ticket_types("5") if kind.sku == sku)


def general(event: dict[str, Any] | None = None, **changes: object) -> dict[str, Any]:
    event = deepcopy(EVENT if event is None else event)
    event["ticket_types"][0] |= changes
    return event


def seats() -> tuple[int, int]:
    row = TicketTypeRow.get("5", "general")
    return int(row.capacity), int(row.available)


def sold(count: int) -> None:
    TicketTypeRow("5", "general").update(
        [TicketTypeRow.available.set(TicketTypeRow.available - count)]
    )


def test_a_new_event_is_on_sale_with_all_its_seats(world: World) -> None:
    lines = import_events(EVENT)

    event, kind = EventRow.get("5"), TicketTypeRow.get("5", "general")
    assert (event.on_sale, event.late_payment) == ("yes", "honour")
    assert EventTable().public_keys("5") == a_signer().public_keys("5")
    assert [row.event_id for row in EventRow.sale_index.query("yes")] == ["5"]
    assert (kind.price, kind.currency, kind.name) == (Decimal(15), "GBP", "General admission")
    assert seats() == (150, 150)
    assert lines == (
        "Event 5, Summer Sounds: new, on sale",
        "  general: new, £15.00, 150 seats",
    )
    assert world.wire.count("TransactWriteItems") == 1


def test_an_import_publishes_the_keys_as_they_are_now() -> None:
    import_events(EVENT)
    both = QrSigner({"A": "a" * 40, "B": "b" * 40}, "B")

    import_events(EVENT, stock=Stock(both.public_keys))

    assert EventTable().public_keys("5") == both.public_keys("5")


def test_the_sample_can_be_imported_repeatedly(world: World) -> None:
    content, park = SAMPLE.read_bytes(), "pictures/park.jpg"
    folder = Pictures(**{park: (SAMPLE.parent / park).read_bytes()})
    take_over = ImportEvents(OrganiserTable(), a_stock(), folder)
    take_over(content, NOW)
    before = world.contents()

    imported = take_over(content, NOW)

    assert world.contents() == before
    assert "  general: unchanged" in imported.changes
    assert imported.event_ids == ("5", "6")


def test_a_reimport_updates_names_and_prices_but_not_seats() -> None:
    import_events(EVENT)
    sold(20)

    lines = import_events(general(EVENT | {"name": "Autumn Sounds"}, name="Adult", price="17.50"))

    kind = TicketTypeRow.get("5", "general")
    assert (EventRow.get("5").name, kind.name, kind.price) == (
        "Autumn Sounds",
        "Adult",
        Decimal("17.50"),
    )
    assert seats() == (150, 130)
    assert lines[1:] == (
        "  tell its buyers: python -m ticketing events announce 5",
        "  general: £15.00 is now £17.50, is now called Adult",
    )


def test_visible_changes_create_revisions_and_keep_the_earlier_ones() -> None:
    import_events(EVENT)
    assert EventTable().get("5").revision == 1

    import_events(EVENT | {"venue": "St James Centre"})
    import_events(EVENT | {"venue": "St James Centre"})
    import_events(EVENT | {"venue": "St James Centre", "late_payment": "review"})
    lines = import_events(EVENT | {"venue": "Opera House"})

    event = EventTable().get("5")
    assert (event.revision, event.since, event.announced) == (3, NOW, False)
    assert [one.facts.venue for one in event.earlier] == [EVENT["venue"], "St James Centre"]
    assert "  tell its buyers: python -m ticketing events announce 5" in lines


@pytest.mark.parametrize("before", [(), ("Fort Regent",)])
def test_concurrent_imports_create_two_revisions_and_lose_none(before: tuple[str, ...]) -> None:
    """An event whose row has no revision number yet is at its first."""
    venues = [EVENT["venue"], *before, "St James Centre"]
    for venue in venues[:-1]:
        import_events(EVENT | {"venue": venue})
    others = Overtaken(lambda: import_events(EVENT | {"venue": "St James Centre"}))

    import_events(EVENT | {"venue": "Opera House"}, stock=others)

    event = EventTable().get("5")
    assert (event.revision, event.venue) == (len(venues) + 1, "Opera House")
    assert [one.facts.venue for one in event.earlier] == venues


@pytest.mark.parametrize(("capacity", "available"), [(200, 180), (140, 120), (20, 0)])
def test_a_new_capacity_adjusts_availability_by_the_difference(
    capacity: int, available: int
) -> None:
    import_events(EVENT)
    sold(20)

    import_events(general(capacity=capacity))

    assert seats() == (capacity, available)


def test_capacity_is_adjusted_once_despite_a_lost_response(world: World) -> None:
    import_events(EVENT)
    world.wire.lose_answer("TransactWriteItems")

    import_events(general(capacity=200))

    assert seats() == (200, 200)


def test_doors_and_end_are_stored_are_facts_and_can_be_taken_back() -> None:
    doors, ends = "2026-07-18T18:30", "2026-07-18T23:00"
    import_events(EVENT)
    first = EventTable().get("5")

    import_events(EVENT | {"doors_at": doors, "ends_at": ends})
    second = EventTable().get("5")
    import_events(EVENT)
    third = EventTable().get("5")

    assert (first.doors_at, first.ends_at) == (None, None)
    assert second.doors_at == first.starts_at - timedelta(hours=1)
    assert second.ends_at == first.starts_at + timedelta(hours=3, minutes=30)
    assert [event.revision for event in (first, second, third)] == [1, 2, 3]
    assert [one.facts for one in third.earlier] == [first.facts, second.facts]
    assert third.facts == first.facts


def test_an_event_can_be_taken_off_sale() -> None:
    import_events(EVENT)

    import_events(EVENT | {"on_sale": False})

    assert EventRow.get("5").on_sale is None
    assert list(EventRow.sale_index.query("yes")) == []


def test_a_ticket_type_missing_from_the_file_is_off_sale_and_stays_stored() -> None:
    sell(sku="vip")

    lines = import_events(EVENT)
    again = import_events(EVENT)

    vip = a_kind("vip")
    assert (vip.available, vip.on_sale, vip.off_sale_since) == (100, False, NOW)
    assert lines[-1] == "  vip: not in the file, off sale now; what was sold of it stays valid"
    assert again[-1] == "  general: unchanged"


def test_a_ticket_type_that_comes_back_is_on_sale_again() -> None:
    sell(sku="vip")
    import_events(EVENT)
    vip = EVENT["ticket_types"][0] | {"sku": "vip", "capacity": 150}

    lines = import_events(EVENT | {"ticket_types": [*EVENT["ticket_types"], vip]})

    assert (a_kind("vip").on_sale, a_kind("vip").off_sale_since) == (True, None)
    assert lines[-1] == "  vip: on sale again, is now called General admission"


def test_ticket_types_are_in_the_order_of_the_file() -> None:
    (general_type,) = EVENT["ticket_types"]
    skus = ["vip", "general", "child"]
    import_events(EVENT | {"ticket_types": [general_type | {"sku": sku} for sku in skus]})
    assert [kind.sku for kind in EventTable().ticket_types("5")] == skus

    import_events(EVENT | {"ticket_types": [general_type | {"sku": sku} for sku in skus[::-1]]})

    assert [kind.sku for kind in EventTable().ticket_types("5")] == skus[::-1]


def test_a_ticket_may_admit_several_people() -> None:
    import_events(general(admits=4))
    assert a_kind("general").admits == 4

    import_events(EVENT)
    assert a_kind("general").admits == 1


def test_a_cancelled_event_is_not_listed() -> None:
    import_events(EVENT)

    lines = import_events(EVENT | {"cancelled": True})

    event = EventTable().get("5")
    assert (event.cancelled, event.on_sale, event.off_sale_since) == (True, False, NOW)
    assert lines[0].endswith("changed, cancelled")


def test_an_import_never_revives_an_event_that_was_cancelled_for_good() -> None:
    import_events(EVENT)
    EventTable().cancel("5", RefundPolicy.ALL, NOW)

    with pytest.raises(ImportRefused, match="cancelled for good, and its tickets are void"):
        import_events(EVENT)

    assert import_events(EVENT | {"cancelled": True})[0].endswith("changed, cancelled")
    assert EventTable().get("5").cancelled_at == NOW


def test_an_event_that_is_cancelled_while_a_file_is_imported_stays_cancelled() -> None:
    import_events(EVENT)
    stock = a_stock()
    write = stock.write

    def cancelled_just_before(planned: Any) -> bool:  # noqa: ANN401  # as `Stock.write` takes it
        EventTable().cancel("5", RefundPolicy.ALL, NOW)
        return write(planned)

    stock.write = cancelled_just_before  # type: ignore[method-assign]

    with pytest.raises(ImportRefused, match="cancelled for good"):
        import_events(EVENT, stock=stock)

    assert EventTable().get("5").cancelled


ABOUT: dict[str, Any] = {
    "description": "Three **bands**, see [the park](https://example.com).\n\n- one",
    "picture": {"file": "park.png", "alt": "The park at dusk"},
    "age": "14 and over",
    "access": "Step-free from the south gate.",
    "map_url": "https://www.openstreetmap.org/?mlat=49.18&mlon=-2.09",
    "contact": "hello@example.com",
    "refunds": "Until a week before.",
    "consent": True,
}


def a_picture() -> bytes:
    file = BytesIO()
    Image.new("RGB", (800, 600), "teal").save(file, "PNG")
    return file.getvalue()


def test_what_an_event_says_is_stored_and_its_picture_kept() -> None:
    folder = Pictures(**{"park.png": a_picture()})
    import_events(EVENT | ABOUT, pictures=folder)

    about = EventTable().get("5").about
    picture = about.picture
    assert [block.text for block in about.description] == ["Three bands, see the park.", "one"]
    assert about.description[0].spans[1:4:2] == (
        Span("bands", Style.STRONG),
        Span("the park", url="https://example.com"),
    )
    assert picture is not None
    assert (picture.alt, picture.widths) == ("The park at dusk", (480,))
    assert set(folder.kept) == {f"pictures/{picture.name}-480.{k}" for k in ("webp", "jpg")}
    assert (about.age, about.consent, about.refunds) == ("14 and over", True, ABOUT["refunds"])


def test_what_an_event_says_can_be_taken_back() -> None:
    import_events(EVENT | ABOUT, pictures=Pictures(**{"park.png": a_picture()}))

    import_events(EVENT)

    event = EventTable().get("5")
    assert (event.about, event.revision) == (About(), 1)


def test_a_picture_that_is_not_there_is_a_mistake_with_its_place(world: World) -> None:
    with pytest.raises(ImportRefused) as caught:
        import_events(EVENT | ABOUT)

    assert list(caught.value.problems) == [
        "events[0].picture.file: 'park.png' cannot be read: No such file or directory"
    ]
    assert world.items("EventsTable") == []


def test_a_description_that_was_spoilt_by_hand_keeps_no_ticket_waiting() -> None:
    import_events(EVENT | ABOUT, pictures=Pictures(**{"park.png": a_picture()}))
    alt: Any = EventRow.picture.alt
    EventRow("5").update([alt.remove()])

    event = EventTable().get("5")

    assert (event.name, event.about) == ("Summer Sounds", About())


def test_since_when_an_event_is_sold_like_this() -> None:
    """The audit judges orders by terms that held when they were placed."""
    window = {"sale_starts_at": "2026-02-01T10:00", "sale_ends_at": "2026-07-01T10:00"}
    later, last = NOW + timedelta(days=1), NOW + timedelta(days=2)
    import_events(EVENT | window, now=NOW)
    first = EventTable().get("5")

    import_events(EVENT | window | {"on_sale": False}, now=later)
    import_events(EVENT | window | {"on_sale": False, "name": "Autumn"}, now=last)
    second = EventTable().get("5")
    import_events(EVENT, now=last)
    third = EventTable().get("5")

    assert (first.window_since, first.off_sale_since) == (NOW, None)
    assert (second.window_since, second.off_sale_since) == (NOW, later)
    assert (third.window_since, third.off_sale_since) == (None, None)


def test_since_when_a_ticket_type_is_sold_like_this() -> None:
    later = NOW + timedelta(days=1)
    import_events(general(sale_ends_at="2026-07-01T10:00"), now=NOW)

    lines = import_events(general(sale_ends_at="2026-07-02T10:00", on_sale=False), now=later)

    kind = a_kind("general")
    assert (kind.window_since, kind.off_sale_since) == (later, later)
    assert lines[-1] == "  general: off sale now, other times of sale"


MISTAKES: dict[str, tuple[dict[str, Any], str]] = {
    "fewer seats than sold": (
        general(capacity=19),
        "events[1].ticket_types[0].capacity: 20 are sold or held already",
    ),
    "another currency": (
        EVENT | {"currency": "EUR"},
        "events[1].currency: jersey-live is paid in GBP",
    ),
    "another organiser": (
        EVENT | {"organiser_id": "harbour-arts"},
        "events[1].organiser_id: the money of this event goes to jersey-live",
    ),
    "nobody": (
        EVENT | {"organiser_id": "nobody"},
        "events[1].organiser_id: 'nobody': there is no such organiser",
    ),
    "a typo": (EVENT | {"naem": "x"}, "events[1].naem: is not known here"),
}


@pytest.mark.parametrize(("event", "problem"), MISTAKES.values(), ids=MISTAKES)
def test_a_single_error_prevents_all_writes(
    world: World, event: dict[str, Any], problem: str
) -> None:
    import_events(EVENT)
    sold(20)
    before = world.contents()

    with pytest.raises(ImportRefused) as caught:
        import_events(EVENT | {"event_id": "7"}, event)

    assert any(p.startswith(problem) for p in caught.value.problems), caught.value.problems
    assert world.contents() == before


def test_an_import_too_large_for_one_transaction_is_refused(world: World) -> None:
    events = [EVENT | {"event_id": str(n)} for n in range(51)]

    with pytest.raises(ImportRefused, match="at most 100 go into one import"):
        import_events(*events)

    assert world.items("EventsTable") == []


class Selling(Stock):
    """Sells tickets between our read and our write, a given number of times."""

    def __init__(self, times: int) -> None:
        super().__init__(a_signer().public_keys)
        self.times = times

    def write(self, planned: Planned) -> bool:
        if self.times:
            self.times -= 1
            sold(10)
        return super().write(planned)


def test_seats_sold_during_an_import_are_counted() -> None:
    import_events(EVENT)

    import_events(general(capacity=140), stock=Selling(1))
    assert seats() == (140, 130)

    with pytest.raises(ImportRefused, match="20 are sold or held already"):
        import_events(general(capacity=10), stock=Selling(1))
    assert seats() == (140, 120)


class Moving(Stock):
    """Another import writes just before ours, every time."""

    def write(self, planned: Planned) -> bool:
        kind = TicketTypeRow.get("5", "general")
        kind.update([TicketTypeRow.capacity.set(kind.capacity + 1)])
        return super().write(planned)


def test_an_import_that_keeps_conflicting_fails() -> None:
    import_events(EVENT)

    with pytest.raises(ImportRefused, match="import again"):
        import_events(general(capacity=500), stock=Moving(a_signer().public_keys))

    assert seats() == (150 + TRIES, 150)


def test_an_unreadable_row_is_named() -> None:
    import_events(EVENT)
    TicketTypeRow("5", "general").update([TicketTypeRow.capacity.remove()])

    with pytest.raises(ImportRefused, match="event 5 cannot be read as stored"):
        import_events(EVENT)


def test_an_unknown_event_is_none() -> None:
    assert a_stock().stored("99") is None
    import_events(EVENT)
    assert isinstance(a_stock().stored("5"), StoredEvent)


class Overtaken(Stock):
    """Another writer changes the event once, just before us."""

    def __init__(self, happens: Callable[[], object]) -> None:
        super().__init__(a_signer().public_keys)
        self._happens: list[Callable[[], object]] = [happens]

    def write(self, planned: Planned) -> bool:
        if self._happens:
            self._happens.pop()()
        return super().write(planned)


STALLS = {"sku": "stalls", "name": "Stalls", "price": "9.00", "capacity": 40}


def test_an_event_created_by_another_organiser_meanwhile_stays_theirs() -> None:
    """Otherwise its buyers would pay one organiser for the tickets of another."""
    theirs = EVENT | {"organiser_id": "harbour-arts", "name": "Nights", "ticket_types": [STALLS]}

    with pytest.raises(ImportRefused, match="harbour-arts"):
        import_events(EVENT, stock=Overtaken(lambda: import_events(theirs)))

    event = EventRow.get("5")
    assert (event.organiser_id, event.name) == ("harbour-arts", "Nights")


def test_an_event_transferred_to_another_organiser_meanwhile_stays_theirs() -> None:
    """No import does that, but an operator at the console may."""
    import_events(EVENT)
    row = EventRow("5")

    with pytest.raises(ImportRefused, match="harbour-arts"):
        import_events(
            EVENT | {"name": "Nights"},
            stock=Overtaken(lambda: row.update([EventRow.organiser_id.set("harbour-arts")])),
        )

    assert EventRow.get("5").name == EVENT["name"]


@pytest.mark.parametrize("event_is_there", [False, True])
def test_a_ticket_type_created_meanwhile_keeps_its_sold_seats(event_is_there: bool) -> None:  # noqa: FBT001  # a case of a table
    """Otherwise the seats sold since then would be sold twice."""
    if event_is_there:
        import_events(EVENT | {"ticket_types": [STALLS]})

    def on_sale_at_once() -> None:
        import_events(EVENT)
        sold(20)

    import_events(EVENT, stock=Overtaken(on_sale_at_once))

    assert seats() == (150, 130)


def test_a_ticket_type_that_somebody_deleted_meanwhile_is_not_created_by_taking_it_off_sale() -> (
    None
):
    """Half a row would keep the whole event from being read."""
    import_events(EVENT | {"ticket_types": [*EVENT["ticket_types"], STALLS]})
    gone = TicketTypeRow("5", STALLS["sku"])

    import_events(EVENT, stock=Overtaken(gone.delete))

    assert [row.sku for row in TicketTypeRow.scan()] == ["general"]
