"""Lost tickets and links: whoever asks learns nothing, and asks for nobody else."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.builders import NOW, an_order, later
from tests.support.fakes import LostRequests, Orders, Outbox, Queue, Tables
from ticketing.emails.mail import Asker, MailKind, MailStatus, to_buyer
from ticketing.errors import NotQueued
from ticketing.flows.lost_tickets import MOST_LOST, AskForLostTickets, SendLostTickets, newest_of
from ticketing.flows.resend_tickets import ResendTickets, SendLinks
from ticketing.orders.order import Customer, Delivery, OrderStatus


class Desk:
    """The page for lost tickets, and what happens behind it."""

    def __init__(self, *numbers: str, email: str = "Jane@Example.com") -> None:
        self.tables, self.requests, self.queue = Tables(), LostRequests(), Queue()
        outbox = Outbox(self.tables)
        self.ask_flow = AskForLostTickets(self.requests, self.queue)
        self.send_flow = SendLostTickets(
            self.requests, Orders(self.tables), ResendTickets(outbox), SendLinks(outbox)
        )
        for number in numbers:
            order = an_order(
                order_number=number,
                status=OrderStatus.COMPLETED,
                delivery=Delivery.DELIVERED,
                customer=Customer("Jane", email),
            )
            self.tables.orders[number] = order
            first = to_buyer(order, MailKind.CONFIRMATION, NOW)
            self.tables.mails[first.mail_id] = first
            self.settle(first.mail_id)

    def order(self, number: str, at: datetime = NOW, **changes: Any) -> None:  # noqa: ANN401  # of any field
        """Store an order of Jane's without tickets."""
        jane = Customer("Jane", "Jane@Example.com")
        self.tables.orders[number] = replace(
            an_order(order_number=number, customer=jane, created_at=at), **changes
        )

    def settle(self, mail_id: str) -> None:
        """Let a mail have left."""
        mail = self.tables.mails[mail_id]
        self.tables.mails[mail_id] = type(mail)(**vars(mail) | {"status": MailStatus.SENT})

    def ask(self, email: str, at: datetime) -> list[str]:
        """Ask, and let the queue be worked off; return the mails."""
        self.ask_flow(email, at)
        mails = [mail for key in self.queue.sent for mail in self.send_flow(key, at)]
        self.queue.sent.clear()
        return mails


WITHOUT_TICKETS: dict[str, dict[str, Any]] = {
    "unpaid": {},
    "in review": {"status": OrderStatus.REVIEW},
    "expired": {"status": OrderStatus.EXPIRED, "holds_seats": False},
    "failed": {"status": OrderStatus.FAILED, "holds_seats": False},
    "refunded": {"status": OrderStatus.COMPLETED, "voided_at": NOW, "holds_seats": False},
}


@pytest.mark.parametrize("spelling", ["jane@example.com", "JANE@EXAMPLE.COM", "Jane@Example.com"])
def test_tickets_are_found_whatever_the_capitals_and_go_to_the_address_as_typed(
    spelling: str,
) -> None:
    desk = Desk("ORD-ONE111", "ORD-TWO222")

    mails = desk.ask(spelling, later(hours=1))

    assert sorted(mails) == ["ORD-ONE111#confirmation#2", "ORD-TWO222#confirmation#2"]
    sent = [desk.tables.mails[mail_id] for mail_id in mails]
    assert {mail.recipient for mail in sent} == {"Jane@Example.com"}
    assert {mail.asked_by for mail in sent} == {Asker.STRANGER}


def test_known_and_unknown_addresses_cost_the_page_the_same() -> None:
    desk = Desk("ORD-ONE111")

    desk.ask_flow("jane@example.com", NOW)
    desk.ask_flow("nobody@example.com", NOW)

    assert len(desk.queue.sent) == 2
    assert desk.tables.mails.keys() == {"ORD-ONE111#confirmation#1"}


def test_an_address_is_looked_into_once_a_day() -> None:
    desk = Desk("ORD-ONE111")
    (mail,) = desk.ask("jane@example.com", later(hours=1))
    desk.settle(mail)

    for hours in (2, 12, 24):
        assert desk.ask("Jane@example.com", later(hours=hours)) == []
    assert desk.ask("jane@example.com", later(hours=26)) == ["ORD-ONE111#confirmation#3"]


def test_a_stranger_has_the_tickets_sent_five_times_in_all() -> None:
    desk = Desk("ORD-ONE111")
    sent = 0

    for day in range(1, 30):
        mails = desk.ask("jane@example.com", NOW + timedelta(days=2 * day))
        sent += len(mails)
        for mail in mails:
            desk.settle(mail)

    assert sent == 5


def test_so_many_orders_of_one_address_are_sent() -> None:
    desk = Desk(*(f"ORD-NO{n}AAA" for n in range(MOST_LOST + 3)))

    assert len(desk.ask("jane@example.com", later(hours=1))) == MOST_LOST


def test_a_request_that_no_queue_took_can_be_made_again() -> None:
    desk = Desk("ORD-ONE111")
    desk.queue.is_down = True
    with pytest.raises(NotQueued):
        desk.ask_flow("jane@example.com", NOW)

    desk.queue.is_down = False
    assert desk.ask("jane@example.com", later(seconds=1)) == ["ORD-ONE111#confirmation#2"]


def test_a_message_that_comes_twice_sends_one_mail() -> None:
    desk = Desk("ORD-ONE111")
    desk.ask_flow("jane@example.com", NOW)
    (key,) = desk.queue.sent

    first, again = desk.send_flow(key, NOW), desk.send_flow(key, NOW)

    assert (first, again) == (["ORD-ONE111#confirmation#2"], [])
    assert len(desk.tables.mails) == 2


def test_an_unreadable_order_does_not_keep_the_others_from_being_sent() -> None:
    desk = Desk("ORD-ONE111", "ORD-TWO222")
    desk.tables.spoilt["ORD-ONE111"] = "it lacks total"

    assert desk.ask("jane@example.com", later(hours=1)) == ["ORD-TWO222#confirmation#2"]


@pytest.mark.parametrize("what", WITHOUT_TICKETS)
def test_the_link_to_an_order_without_tickets_is_sent(what: str) -> None:
    desk = Desk()
    desk.order("ORD-ONE111", **WITHOUT_TICKETS[what])

    (mail_id,) = desk.ask("jane@example.com", later(hours=1))

    mail = desk.tables.mails[mail_id]
    assert mail_id == "ORD-ONE111#order_links#1"
    assert (mail.recipient, mail.asked_by) == ("Jane@Example.com", Asker.STRANGER)


def test_the_links_to_all_orders_without_tickets_come_in_one_mail() -> None:
    """A stranger may place unpaid orders for an address, and must not fill its inbox with them."""
    desk = Desk("ORD-PAID11")
    for n in range(9):
        desk.order(f"ORD-NO{n}AAA", later(minutes=n))

    mails = desk.ask("jane@example.com", later(hours=1))

    assert mails == ["ORD-PAID11#confirmation#2", "ORD-NO8AAA#order_links#1"]


def test_links_are_sent_once_a_day_and_five_times_in_all() -> None:
    desk, sent = Desk(), 0
    desk.order("ORD-ONE111")

    for hour in range(0, 24 * 30, 6):
        mails = desk.ask("jane@example.com", later(hours=hour))
        sent += len(mails)
        for mail in mails:
            desk.settle(mail)
        assert sent <= 1 + hour // 24

    assert sent == 5


def test_a_message_that_comes_twice_sends_the_links_once() -> None:
    desk = Desk()
    desk.order("ORD-ONE111")
    desk.ask_flow("jane@example.com", NOW)
    (key,) = desk.queue.sent

    assert (desk.send_flow(key, NOW), desk.send_flow(key, NOW)) == (
        ["ORD-ONE111#order_links#1"],
        [],
    )


def test_no_links_are_sent_to_who_marked_a_mail_as_spam() -> None:
    desk = Desk()
    desk.order("ORD-ONE111", complained_at=NOW)

    assert desk.ask("jane@example.com", later(hours=1)) == []


def test_an_order_whose_address_was_corrected_meanwhile_is_somebody_elses() -> None:
    """The index that finds the orders of an address may be a little late."""
    desk = Desk()
    desk.order("ORD-ONE111")
    late = Orders(desk.tables).uncompleted_of("jane@example.com", MOST_LOST)
    desk.tables.orders["ORD-ONE111"] = an_order(
        order_number="ORD-ONE111", customer=Customer("Joan", "joan@example.com")
    )

    class LateIndex(Orders):
        def uncompleted_of(self, email: str, limit: int) -> tuple[str, ...]:
            del email, limit
            return late

    assert newest_of(LateIndex(desk.tables), "jane@example.com") == []
