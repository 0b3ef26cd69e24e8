"""Alerts and mails: stored once, then queued; the scan finds what could not be queued."""

from dataclasses import replace

import pytest

from tests.support.builders import NOW, a_notifier, an_order, later
from tests.support.fakes import Outbox, Queue, Tables
from ticketing.emails.mail import MailKind, to_buyer
from ticketing.flows.notify import Notifier
from ticketing.operators.alert_kinds import AlertKind
from ticketing.operators.alerts import Alert
from ticketing.orders.order import ERASED, Order

ALERT = Alert(AlertKind.STUCK, "disk-full", "Disk Full", "The disk is full.")
ALERT_ID = "shop#alert#disk-full"


class Desk:
    """A notifier, with what it has stored and queued."""

    def __init__(self, *, may_queue: bool = True) -> None:
        self.tables, self.queue = Tables(), Queue()
        self.outbox = Outbox(self.tables)
        self.notifier: Notifier = a_notifier(self.outbox, self.queue if may_queue else None)

    @property
    def stored(self) -> list[str]:
        return list(self.tables.mails)


def erased(order: Order) -> Order:
    return replace(order, customer=replace(order.customer, name=ERASED, email=ERASED))


def test_an_alert_is_stored_and_queued() -> None:
    desk = Desk()

    desk.notifier.alert(ALERT, NOW)

    assert desk.stored == desk.queue.sent == [ALERT_ID]


def test_the_same_alert_is_sent_once() -> None:
    desk = Desk()

    desk.notifier.alert(ALERT, NOW)
    desk.notifier.alert(ALERT, later(minutes=5))

    assert desk.stored == desk.queue.sent == [ALERT_ID]


def test_an_alert_about_an_order_contains_its_number() -> None:
    desk = Desk()

    desk.notifier.alert(ALERT, NOW, "ORD-ABC123")

    assert desk.outbox.get("ORD-ABC123#alert#disk-full").order_number == "ORD-ABC123"


def test_a_mail_that_cannot_be_queued_waits_for_the_scan() -> None:
    desk = Desk()
    desk.queue.is_down = True

    desk.notifier.alert(ALERT, NOW)

    assert list(desk.outbox.due(later(minutes=5), 10)) == [ALERT_ID]


def test_without_a_queue_a_mail_waits_for_the_scan() -> None:
    desk = Desk(may_queue=False)

    desk.notifier.alert(ALERT, NOW)

    assert list(desk.outbox.due(later(minutes=5), 10)) == [ALERT_ID]
    assert desk.queue.sent == []


def test_mails_for_a_transaction_are_built_but_not_stored() -> None:
    desk, order = Desk(), an_order()

    alert = desk.notifier.alert_mail(ALERT, NOW, order.order_number)
    mails = desk.notifier.buyer_mails(order, MailKind.EXPIRED, NOW)

    assert [alert.mail_id, *(mail.mail_id for mail in mails)] == [
        "ORD-ABC123#alert#disk-full", "ORD-ABC123#expired#1"
    ]  # fmt: skip
    assert desk.stored == desk.queue.sent == []


def test_a_buyer_mail_that_is_already_stored_is_not_created_again() -> None:
    desk, order = Desk(), an_order()
    desk.notifier.send(to_buyer(order, MailKind.EXPIRED, NOW))

    assert desk.notifier.buyer_mails(order, MailKind.EXPIRED, later(minutes=5)) == []


@pytest.mark.parametrize(
    "order",
    [an_order(complained_at=NOW), erased(an_order())],
    ids=["marked our mail as spam", "is erased"],
)
def test_a_buyer_who_does_not_accept_mail_gets_none(order: Order) -> None:
    assert Desk().notifier.buyer_mails(order, MailKind.EXPIRED, NOW) == []
