"""Complimentary tickets: what is given, when it is refused, and what the same command becomes."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import NOW, a_ticket_type, an_event
from ticketing.errors import NotForHand
from ticketing.events.about import About
from ticketing.events.event import TicketType
from ticketing.language import Language
from ticketing.money import Money
from ticketing.orders.basket import Basket, Wanted
from ticketing.orders.box_office import door_order, given_order, refuse_shortage, request_of
from ticketing.orders.order import Order, Origin

WINDOW = timedelta(hours=2)
BASKET = Basket("5", (Wanted("general", 2),), "Jane", "jane@example.com", Language.FRENCH)
GENERAL = a_ticket_type(available=10)


def given(basket: Basket = BASKET, *kinds: TicketType, **event: Any) -> Order:  # noqa: ANN401  # of any field
    sold = kinds or (GENERAL,)
    return given_order(basket, an_event(**event), sold, "MC0001", "ORD-ABC123", WINDOW, NOW)


def test_complimentary_tickets_cost_nothing_in_the_currency_of_their_type() -> None:
    order = given()

    assert (str(order.total), order.is_free, order.origin) == ("£0.00", True, Origin.GIVEN)
    assert [(line.quantity, line.unit_price) for line in order.lines] == [(2, Decimal("0.00"))]
    assert (order.customer.name, order.customer.language) == ("Jane", Language.FRENCH)
    assert (order.held_in, order.agreed_to) == (None, None)


OFF_SALE: dict[str, dict[str, Any]] = {
    "not on sale": {"on_sale": False},
    "not yet on sale": {"sale_starts_at": NOW + timedelta(days=1)},
    "no longer on sale": {"sale_ends_at": NOW - timedelta(days=1)},
}


@pytest.mark.parametrize("terms", OFF_SALE.values(), ids=OFF_SALE)
def test_what_is_off_sale_can_be_given(terms: dict[str, Any]) -> None:
    assert given(**terms).origin is Origin.GIVEN
    assert given(BASKET, replace(GENERAL, **terms)).origin is Origin.GIVEN


def test_nobody_has_to_agree_to_terms_for_a_present() -> None:
    assert given(terms="No dogs.", about=About(consent=True)).agreed_to is None


REFUSED: dict[str, tuple[dict[str, Any], Basket, str]] = {
    "cancelled": ({"cancelled": True}, BASKET, "event 5: this event is cancelled"),
    "begun": ({"starts_at": NOW}, BASKET, "event 5: this event has begun"),
    "unknown type": (
        {},
        replace(BASKET, lines=(Wanted("vip", 1),)),
        "event 5: this event has no such ticket type; its ticket types are: general",
    ),
    "too many": (
        {},
        replace(BASKET, lines=(Wanted("general", 51),)),
        "event 5: an order has at most 50 tickets",
    ),
}


@pytest.mark.parametrize(("event", "basket", "text"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_given_is_said(event: dict[str, Any], basket: Basket, text: str) -> None:
    with pytest.raises(NotForHand) as refused:
        given(basket, **event)

    assert str(refused.value) == text


def sold(basket: Basket = BASKET, now: datetime = NOW, **event: Any) -> Order:  # noqa: ANN401  # of any field
    kinds = (GENERAL, replace(GENERAL, sku="free", price=Money(Decimal(0), "GBP")))
    return door_order(basket, an_event(**event), kinds, "MC0001", "ORD-ABC123", Origin.CASH, now)


def test_doors_sell_at_the_price_of_the_table_for_a_quarter_of_an_hour() -> None:
    order = sold()

    assert (str(order.total), order.origin, order.checkout_ids) == ("£30.00", Origin.CASH, ())
    assert order.deadline == NOW + timedelta(minutes=15)
    assert order.event_starts_at == an_event().starts_at


@pytest.mark.parametrize("terms", [*OFF_SALE.values(), {"starts_at": NOW - timedelta(hours=2)}])
def test_doors_sell_what_is_off_sale_or_has_begun(terms: dict[str, Any]) -> None:
    assert sold(**terms).origin is Origin.CASH


FREE = replace(BASKET, lines=(Wanted("free", 1),))
NOT_AT_THE_DOOR: dict[str, tuple[dict[str, Any], Basket, str]] = {
    "over": ({"starts_at": NOW - timedelta(hours=3), "ends_at": NOW}, BASKET, "this event is over"),
    "long over": ({"starts_at": NOW - timedelta(days=1)}, BASKET, "this event is over"),
    "cancelled": ({"cancelled": True}, BASKET, "this event is cancelled"),
    "free": ({}, FREE, "use `events give`"),
}


@pytest.mark.parametrize(("event", "basket", "text"), NOT_AT_THE_DOOR.values(), ids=NOT_AT_THE_DOOR)
def test_what_doors_do_not_sell_is_said(event: dict[str, Any], basket: Basket, text: str) -> None:
    with pytest.raises(NotForHand, match=text):
        sold(basket, **event)


def test_another_transaction_is_another_request() -> None:
    keys = {request_of(BASKET, Origin.TERMINAL, 1, an_event(), code).key for code in ("A", "B")}

    assert len(keys) == 2


def test_a_shortage_names_what_is_left_and_the_way_out() -> None:
    refuse_shortage(BASKET, [replace(GENERAL, available=2)])
    with pytest.raises(NotForHand, match=r"1 of general are left, 2 are wanted.*`events import`"):
        refuse_shortage(BASKET, [replace(GENERAL, available=1)])


def test_the_same_command_is_the_same_request_however_the_address_is_typed() -> None:
    first = request_of(BASKET, Origin.GIVEN, 1, an_event())
    shouted = replace(BASKET, email="JANE@example.com")

    assert request_of(shouted, Origin.GIVEN, 1, an_event()).key == first.key
    assert "jane" not in first.key.lower()
    assert first.expires_at > an_event().starts_at


@pytest.mark.parametrize(
    "other",
    [
        replace(BASKET, name="John"),
        replace(BASKET, email="john@example.com"),
        replace(BASKET, lines=(Wanted("general", 3),)),
        replace(BASKET, lines=(Wanted("child", 2),)),
        replace(BASKET, event_id="6"),
        replace(BASKET, language=Language.ENGLISH),
    ],
)
def test_any_other_command_is_another_request(other: Basket) -> None:
    first = request_of(BASKET, Origin.GIVEN, 1, an_event()).key

    assert request_of(other, Origin.GIVEN, 1, an_event()).key != first
    assert request_of(BASKET, Origin.GIVEN, 2, an_event()).key != first
