"""Tickets for a phone: drawn once when they are asked for, and for nobody else."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from tests.support.builders import (
    NOW,
    a_brand,
    a_notifier,
    an_access,
    an_event,
    an_order,
    an_organiser,
    tickets_for,
)
from tests.support.codes import codes_in_pdf
from tests.support.fake_orders import Orders, Tables
from tests.support.fakes import Archive, Events, OrderDetails, Organisers, Outbox
from ticketing.archive_keys import tickets_key
from ticketing.errors import (
    NotIssued,
    OrderNotFound,
    TicketsMissing,
    TicketsVoid,
    UnreadableOrder,
)
from ticketing.events.event import Event
from ticketing.events.revision import revised
from ticketing.flows.draw_phone_tickets import DrawPhoneTickets
from ticketing.flows.draw_tickets import DrawTickets
from ticketing.flows.find_look import FindLook
from ticketing.orders.order import ERASED, Customer, Delivery, Order, OrderStatus, Reissued
from ticketing.tickets.branding import Branding
from ticketing.tickets.pdf import render
from ticketing.tickets.ticket import Paper

NUMBER = "ORD-ABC123"
KEY = tickets_key("5", NUMBER, Paper.A6)
TOKEN = an_access().token(NUMBER)
NOBODY = Customer(ERASED, ERASED)
SENT = {"status": OrderStatus.COMPLETED, "delivery": Delivery.DELIVERED}


class Phone:
    """An order whose tickets were sent, a bucket, and how often was drawn."""

    def __init__(self, event: Event | None = None, **changes: Any) -> None:  # noqa: ANN401
        self.tables, self.archive = Tables(), Archive()
        self.order = an_order(**(SENT | changes))
        self.tables.orders[NUMBER] = self.order
        self.tables.tickets = {t.ticket_id: t for t in tickets_for(self.order)}
        self.events = Events(event or an_event())
        self.drawings = 0
        self.while_drawing: Callable[[], object] = lambda: None
        self._draw = DrawTickets(
            self.archive,
            a_notifier(Outbox(self.tables)),
            a_brand(),
            FindLook(self.archive),
        )
        self.flow = DrawPhoneTickets(
            orders=Orders(self.tables),
            details=OrderDetails(
                self.tables, self.events, Organisers({"jersey-live": an_organiser()})
            ),
            draw=self.draw,
            archive=self.archive,
            access=an_access(),
        )

    def draw(self, *arguments: object) -> bytes:
        self.drawings += 1
        drawn = self._draw.draw(*arguments)  # type: ignore[arg-type]  # as they came
        self.while_drawing()
        return drawn

    def ask(self, token: str = TOKEN, number: str = NUMBER, now: datetime = NOW) -> str:
        return self.flow(number, token, now)

    def becomes(self, order: Order) -> None:
        self.tables.orders[NUMBER] = order


def drawn(order: Order, event: Event) -> bytes:
    look = Branding(an_organiser().name)
    return render(order, event, tickets_for(order), a_brand(), look, Paper.A6)


def test_the_first_request_draws_the_tickets_and_keeps_them() -> None:
    phone = Phone()

    link = phone.ask()

    assert link == f"https://bucket.example.com/{KEY}?as=ORD-ABC123-A6.pdf&for=300"
    assert set(phone.archive.bodies) == {KEY}
    assert codes_in_pdf(phone.archive.bodies[KEY]) == [
        t.qr_text for t in phone.tables.tickets.values()
    ]


def test_a_ticket_that_was_issued_anew_is_drawn_anew() -> None:
    phone = Phone()
    phone.ask()
    anew = replace(phone.order, reissued=(Reissued(f"{NUMBER}-02", 1),))
    phone.becomes(anew)
    phone.tables.tickets = {t.ticket_id: t for t in tickets_for(anew)}

    link = phone.ask()

    key = tickets_key("5", NUMBER, Paper.A6, reissues=1)
    assert link.startswith(f"https://bucket.example.com/{key}?")
    assert codes_in_pdf(phone.archive.bodies[key]) == [t.qr_text for t in tickets_for(anew)]
    assert codes_in_pdf(phone.archive.bodies[KEY])[1] not in codes_in_pdf(phone.archive.bodies[key])


def test_a_thousand_requests_draw_once() -> None:
    phone = Phone()

    links = {phone.ask() for _ in range(1000)}

    assert phone.drawings == 1
    assert len(links) == 1


def test_tickets_that_were_kept_with_their_mail_are_not_drawn_again() -> None:
    phone = Phone()
    phone.archive.bodies[KEY] = b"as delivered before the update"
    phone.tables.tickets.clear()

    assert KEY in phone.ask()

    assert phone.drawings == 0
    assert phone.archive.bodies == {KEY: b"as delivered before the update"}


def test_two_requests_at_once_draw_the_same_bytes() -> None:
    phone = Phone()
    both: list[bytes] = []

    def another_request() -> None:
        phone.while_drawing = lambda: None
        phone.ask()
        both.append(phone.archive.bodies[KEY])

    phone.while_drawing = another_request

    phone.ask()

    assert phone.drawings == 2
    assert both == [phone.archive.bodies[KEY]] == [drawn(phone.order, an_event())]


@pytest.mark.parametrize(
    ("number", "token"),
    [
        (NUMBER, ""),
        (NUMBER, an_access().token("ORD-OTHER1")),
        (NUMBER, TOKEN[:-1]),
        ("ORD-NONE99", an_access().token("ORD-NONE99")),
    ],
    ids=["no token", "another order's", "a shortened one", "no such order"],
)
def test_a_stranger_gets_nothing(number: str, token: str) -> None:
    phone = Phone()

    with pytest.raises(OrderNotFound):
        phone.ask(token, number)

    assert (phone.drawings, phone.archive.bodies) == (0, {})


REFUSED = {
    "unpaid": ({"status": OrderStatus.PENDING, "delivery": None}, NotIssued),
    "under review": ({"status": OrderStatus.REVIEW, "delivery": None}, NotIssued),
    "expired": (
        {"status": OrderStatus.EXPIRED, "delivery": None, "holds_seats": False},
        NotIssued,
    ),
    "not sent yet": ({"delivery": Delivery.PENDING}, NotIssued),
    "refunded": ({"voided_at": NOW, "holds_seats": False}, TicketsVoid),
}


@pytest.mark.parametrize(("changes", "error"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("is_kept", [False, True], ids=["never drawn", "drawn before"])
def test_an_order_without_valid_tickets_gets_none(
    changes: dict[str, Any], error: type[Exception], *, is_kept: bool
) -> None:
    phone = Phone(**changes)
    if is_kept:
        phone.archive.bodies[KEY] = b"from when it was valid"

    with pytest.raises(error):
        phone.ask()

    assert phone.drawings == 0


def test_an_erased_buyers_link_opens_nothing() -> None:
    phone = Phone()
    phone.becomes(replace(phone.order, customer=NOBODY))

    with pytest.raises(OrderNotFound):
        phone.ask()

    assert (phone.drawings, phone.archive.bodies) == (0, {})


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"customer": NOBODY}, OrderNotFound),
        ({"voided_at": NOW, "holds_seats": False}, TicketsVoid),
    ],
    ids=["erased", "refunded"],
)
def test_what_happens_to_the_order_while_it_is_drawn_counts(
    changes: dict[str, Any], error: type[Exception]
) -> None:
    """The erasure has removed every file by then, and would not come again for this one."""
    phone = Phone()
    after = replace(phone.order, **changes)
    phone.while_drawing = lambda: phone.becomes(after)

    with pytest.raises(error):
        phone.ask()

    assert phone.drawings == 1
    assert phone.archive.bodies == {}


def changed(event: Event) -> Event:
    return revised(event, replace(event, venue="Fort Regent"), NOW)


def test_tickets_are_drawn_anew_once_those_of_a_changed_event_were_sent() -> None:
    phone = Phone()
    phone.ask()
    phone.events.rows["5"] = changed(an_event())
    phone.becomes(replace(phone.order, tickets_revision=2))

    link = phone.ask()

    second = tickets_key("5", NUMBER, Paper.A6, 2)
    assert second in link
    assert phone.archive.bodies[second] == drawn(phone.order, changed(an_event()))
    assert phone.archive.bodies[KEY] == drawn(phone.order, an_event())


def test_until_a_change_is_announced_the_phone_shows_what_the_paper_shows() -> None:
    phone = Phone(changed(an_event()))

    phone.ask()

    assert phone.archive.bodies == {KEY: drawn(phone.order, an_event())}


def test_an_incomplete_set_of_tickets_is_not_drawn() -> None:
    phone = Phone()
    del phone.tables.tickets["ORD-ABC123-02"]

    with pytest.raises(TicketsMissing):
        phone.ask()

    assert (phone.drawings, phone.archive.bodies) == (0, {})


def test_an_order_without_its_event_cannot_be_drawn() -> None:
    phone = Phone()
    phone.events.rows.clear()

    with pytest.raises(UnreadableOrder, match="event 5 cannot be read"):
        phone.ask()

    assert phone.archive.bodies == {}


def test_an_unreadable_order_is_not_missing() -> None:
    phone = Phone()
    phone.tables.spoilt[NUMBER] = "it has no total"

    with pytest.raises(UnreadableOrder):
        phone.ask()


def test_after_a_failed_drawing_the_next_request_draws() -> None:
    phone = Phone()

    def fail() -> None:
        phone.while_drawing = lambda: None
        raise TimeoutError

    phone.while_drawing = fail
    with pytest.raises(TimeoutError):
        phone.ask()
    assert phone.archive.bodies == {}

    assert KEY in phone.ask()
    assert set(phone.archive.bodies) == {KEY}
