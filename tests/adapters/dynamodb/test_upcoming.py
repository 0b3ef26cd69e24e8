"""Orders by when their event begins, and how far their buyers were reminded."""

from datetime import datetime, timedelta

import pytest

from tests.support.builders import NOW, an_order
from tests.support.stored import store
from ticketing.adapters.dynamodb import upcoming
from ticketing.adapters.dynamodb.models import OrderRow
from ticketing.adapters.dynamodb.upcoming import UpcomingOrderTable
from ticketing.emails.reminder import Bookmark

TABLE = UpcomingOrderTable()
SOON, LATE = NOW + timedelta(hours=6), NOW + timedelta(hours=28)


def sold(number: str, starts_at: datetime) -> str:
    store(an_order(order_number=number, checkout_ids=(), event_starts_at=starts_at))
    return number


def every(since: datetime = SOON) -> list[str]:
    """Return all orders, page by page."""
    found, place = list[str](), None
    while True:
        numbers, place = TABLE.page(since, LATE, place)
        found += numbers
        if place is None:
            return found


@pytest.mark.usefixtures("world")
def test_orders_are_found_by_the_start_of_their_event() -> None:
    sold("ORD-BEFORE", SOON - timedelta(minutes=1))
    second, first = sold("ORD-SECOND", LATE), sold("ORD-FIRST1", SOON)
    sold("ORD-AFTER1", LATE + timedelta(minutes=1))

    assert every() == [first, second]


@pytest.mark.usefixtures("world")
def test_pages_leave_none_out_and_repeat_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upcoming, "PAGE", 2)
    numbers = [
        sold(f"ORD-N{number}AAAA", SOON + timedelta(hours=number % 2)) for number in range(7)
    ]

    found = every()

    assert sorted(found) == numbers
    assert len(found) == len(set(found))


@pytest.mark.usefixtures("world")
def test_who_is_erased_is_not_found() -> None:
    number = sold("ORD-ERASED", SOON)
    OrderRow(number).update([OrderRow.personal_key.remove()])

    assert every() == []


@pytest.mark.usefixtures("world")
def test_a_bookmark_comes_back_as_it_was_kept() -> None:
    assert TABLE.bookmark() is None
    place = {"personal_key": {"S": "yes"}, "order_number": {"S": "ORD-ABC123"}}

    for kept in (Bookmark(SOON, place), Bookmark(LATE), Bookmark(LATE, due=SOON)):
        TABLE.keep(kept, NOW)
        assert TABLE.bookmark() == kept


@pytest.mark.usefixtures("world")
def test_a_page_continues_at_a_kept_bookmark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upcoming, "PAGE", 2)
    for number in range(5):
        sold(f"ORD-N{number}AAAA", SOON)
    first, place = TABLE.page(SOON, LATE, None)
    TABLE.keep(Bookmark(SOON, place), NOW)

    kept = TABLE.bookmark()

    assert kept is not None
    second, _ = TABLE.page(kept.reached, LATE + timedelta(hours=1), kept.place)
    assert set(first).isdisjoint(second)
    assert len(second) == 2
