"""From a basket to an order: priced by us, and refused with a message if it cannot be sold."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, a_signer, an_event
from ticketing.errors import InvalidBasket
from ticketing.events.about import About
from ticketing.events.event import Event, TicketType
from ticketing.money import Money
from ticketing.orders.basket import ALPHABET, Basket, Wanted, new_order_number, shortages, to_order
from ticketing.orders.order import ORDER_NUMBER, Order
from ticketing.tickets.ticket import issue

WINDOW, HOLD = timedelta(hours=2), timedelta(minutes=20)
GENERAL = TicketType("general", "General admission", Money(Decimal("15.00"), "GBP"), 10, 100)
CHILD = TicketType("child", "Child", Money(Decimal("7.50"), "GBP"), 0, 20)
EUROS = TicketType("euros", "In euros", Money(Decimal("15.00"), "EUR"), 10, 100)
BASKET = Basket("5", (Wanted("general", 2), Wanted("child", 1)), "Jane", "jane@example.com")


def order_of(basket: Basket = BASKET, *kinds: TicketType, event: Event | None = None) -> Order:
    sold, event = kinds or (GENERAL, CHILD, EUROS), event or an_event()
    return to_order(basket, event, sold, "MC0001", "ORD-ABC123", WINDOW, HOLD, NOW)


def test_prices_come_from_the_event_and_not_from_the_request() -> None:
    order = order_of()

    assert str(order.total) == "£37.50"
    assert [(line.description, line.quantity) for line in order.lines] == [
        ("General admission", 2),
        ("Child", 1),
    ]
    assert order.deadline == NOW + timedelta(hours=2)
    assert order.checkout_reference == "ORD-ABC123-1"


REFUSED = {
    "an unknown type": ((Wanted("vip", 1),), "lines.0.sku"),
    "a type twice": ((Wanted("general", 1), Wanted("general", 1)), "lines.1.sku"),
    "two currencies": ((Wanted("general", 1), Wanted("euros", 1)), "lines"),
    "more than the limit of an order": ((Wanted("general", 51),), "lines"),
}


@pytest.mark.parametrize(("lines", "field"), REFUSED.values(), ids=REFUSED)
def test_invalid_lines_are_named(lines: tuple[Wanted, ...], field: str) -> None:
    with pytest.raises(InvalidBasket) as refused:
        order_of(replace(BASKET, lines=lines))

    assert refused.value.field == field


def test_nothing_is_sold_for_an_event_that_is_off_sale() -> None:
    event = an_event(on_sale=False)

    with pytest.raises(InvalidBasket, match="not on sale"):
        to_order(BASKET, event, (GENERAL, CHILD), "MC0001", "ORD-ABC123", WINDOW, HOLD, NOW)


def test_nothing_is_sold_for_an_event_that_has_started() -> None:
    with pytest.raises(InvalidBasket, match="begun"):
        to_order(
            BASKET,
            an_event(starts_at=NOW),
            (GENERAL, CHILD),
            "MC0001",
            "ORD-ABC123",
            WINDOW,
            HOLD,
            NOW,
        )


def test_seats_are_held_for_a_while_and_the_deadline_comes_later() -> None:
    order = order_of(BASKET)

    assert (order.hold_until, order.deadline) == (NOW + HOLD, NOW + WINDOW)
    assert order.open_until == NOW + HOLD
    assert replace(order, attempt_seen_at=NOW).open_until == NOW + WINDOW


def test_an_event_may_hold_seats_for_a_time_of_its_own() -> None:
    order = order_of(event=an_event(hold_minutes=7))

    assert order.hold_until == NOW + timedelta(minutes=7)


@pytest.mark.parametrize("minutes", [1, 19, 90])
def test_nothing_is_held_or_paid_after_the_event_has_begun(minutes: int) -> None:
    begins = NOW + timedelta(minutes=minutes)
    order = order_of(event=an_event(starts_at=begins))

    assert order.deadline == begins
    assert order.hold_until == min(NOW + HOLD, begins)


def test_the_currency_is_that_of_the_ordered_lines() -> None:
    euros = replace(BASKET, lines=(Wanted("euros", 1),))

    assert str(order_of(euros).total) == "€15.00"


def test_each_refused_line_names_the_number_left() -> None:
    basket = replace(BASKET, lines=(Wanted("general", 11), Wanted("child", 1)))

    assert shortages(basket, (GENERAL, CHILD)) == (
        ("lines.0", "only 10 left"),
        ("lines.1", "sold out"),
    )


def test_order_numbers_can_be_read_aloud_and_are_not_sequential() -> None:
    numbers = {new_order_number() for _ in range(200)}

    assert len(numbers) == 200
    assert all(ORDER_NUMBER.fullmatch(number) for number in numbers)
    assert not set("01OIL") & set(ALPHABET)


def test_equal_baskets_have_the_same_fingerprint() -> None:
    assert BASKET.fingerprint == replace(BASKET).fingerprint
    assert BASKET.fingerprint != replace(BASKET, name="John").fingerprint


STRICT = an_event(terms="No dogs.", about=About(refunds="None.", consent=True))


def test_an_order_needs_consent_where_the_organiser_asks_for_it() -> None:
    with pytest.raises(InvalidBasket, match="agree to the organiser's terms") as refused:
        order_of(event=STRICT)
    assert refused.value.field == "agreed"

    agreed = order_of(replace(BASKET, agreed=True), event=STRICT)

    assert agreed.agreed_to == STRICT.terms_fingerprint
    assert order_of().agreed_to is None


def test_other_terms_have_another_fingerprint() -> None:
    texts = {replace(STRICT, terms=terms).terms_fingerprint for terms in ("", "No dogs.", "None.")}
    moved = replace(STRICT, terms="No dogs.\nNone.", about=About())

    assert len(texts) == 3
    assert moved.terms_fingerprint != STRICT.terms_fingerprint


def test_a_basket_from_before_consent_has_the_same_fingerprint() -> None:
    """Buyers press again with the same key while a new version is deployed."""
    assert BASKET.fingerprint != replace(BASKET, agreed=True).fingerprint
    assert BASKET.fingerprint.startswith("ef57d1af604207ac")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (replace(GENERAL, on_sale=False), "this ticket type is not on sale"),
        (replace(GENERAL, sale_starts_at=NOW + HOLD), "this ticket type is not on sale yet"),
        (replace(GENERAL, sale_ends_at=NOW), "this ticket type is no longer on sale"),
    ],
)
def test_a_ticket_type_that_is_off_sale_is_refused_at_its_line(
    kind: TicketType, reason: str
) -> None:
    with pytest.raises(InvalidBasket, match=reason) as refused:
        order_of(BASKET, CHILD, kind)

    assert refused.value.field == "lines.0.sku"


def test_a_line_says_how_many_people_come_in_with_a_ticket() -> None:
    family = replace(GENERAL, sku="family", admits=4)

    order = order_of(replace(BASKET, lines=(Wanted("family", 2),)), family)

    assert [(line.admits, line.quantity) for line in order.lines] == [(4, 2)]
    assert {ticket.admits for ticket in issue(order, a_signer())} == {4}
    assert order.seats == {"family": 2}
