"""Dates of an import that are over: mistyped more often than meant."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import NOW, an_event, later
from ticketing.events.catalogue import Listing, Offer, StoredEvent
from ticketing.events.event import Event
from ticketing.events.past_dates import past_dates
from ticketing.money import Money

OVER, SOON = later(hours=-1), later(hours=1)


def listing(event: Event, **changes: Any) -> Listing:  # noqa: ANN401 - of any field
    offer = Offer("general", "General", Money(Decimal(15), "GBP"), 10, **changes)
    return Listing("events[0]", event, "GBP", (offer,))


def event(**changes: Any) -> Event:  # noqa: ANN401 - as above
    return replace(an_event(), starts_at=SOON, **changes)


CASES: dict[str, tuple[Listing, list[str]]] = {
    "all to come": (listing(event(sale_ends_at=SOON), sale_ends_at=SOON), []),
    "the event": (
        listing(replace(event(sale_ends_at=OVER), starts_at=OVER)),
        ["events[0].starts_at: it began on 2026-06-01 12:00, so nothing of it can be ordered"],
    ),
    "its sale": (
        listing(event(sale_ends_at=OVER)), ["events[0].sale_ends_at: the sale is over already"],
    ),
    "the sale of a type": (
        listing(event(), sale_ends_at=OVER),
        ["events[0].ticket_types[0].sale_ends_at: the sale is over already"],
    ),
    "cancelled": (listing(replace(event(cancelled=True), starts_at=OVER)), []),
    "not on sale": (listing(replace(event(on_sale=False), starts_at=OVER)), []),
}  # fmt: skip


@pytest.mark.parametrize(("found", "expected"), CASES.values(), ids=CASES)
def test_each_date_that_is_over_is_a_warning_until_it_is_stored(
    found: Listing, expected: list[str]
) -> None:
    assert list(past_dates(found, None, NOW)) == expected


def test_a_file_that_is_imported_again_does_not_warn_of_what_is_over_since() -> None:
    past = replace(event(), starts_at=OVER)

    assert list(past_dates(listing(past), StoredEvent(past, {}), NOW)) == []
