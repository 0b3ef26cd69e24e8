"""The audit under load: orders change between any two reads, without false findings."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from functions.audit_orders.app import handler
from tests.functions.conftest import Context, Sample
from tests.support.audited import EXPIRED, NUMBERS, OPEN, PAID, an_audited_world
from tests.support.aws import World
from tests.support.builders import an_order, tickets_for
from tests.support.healthy import AUDITED, first_checkout, transaction
from tests.support.stored import a_checkout, a_decision, a_payment
from ticketing.adapters.dynamodb import audit_reader
from ticketing.adapters.dynamodb.models import OrderRow, TicketRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.adapters.dynamodb.outbox import Outbox
from ticketing.emails.mail import MailKind, to_buyer
from ticketing.orders.order import OrderStatus
from ticketing.orders.reason import Reason
from ticketing.orders.schedule import LATE_EVERY
from ticketing.payments.decision import Action

SCHEDULED = Sample.load("audit_orders.scheduled").event
SENDING, FAILING, RETRIED = (
    NUMBERS[name] for name in ("being_sent", "told_of_a_failure", "paid_without_transaction_id")
)
SECONDS = (0, 45)
"""When things happen, after the audit began: at once, or so late that it is sure of the order."""


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Pages are short, so that there are many reads to interleave with."""
    for name, rows in (("ORDERS_PAGE", 4), ("ROWS_PAGE", 9), ("CLAIMS_PAGE", 3)):
        monkeypatch.setattr(audit_reader, name, rows)
    with an_audited_world(monkeypatch) as made:
        yield made


class Life:
    """What happens in the shop, one thing after the other, each as the functions write it."""

    def __init__(self, seconds: int) -> None:
        self.now = AUDITED + timedelta(seconds=seconds)
        self.orders, self.outbox = OrderTable("verify"), Outbox()
        self.steps: list[Callable[[], object]] = [
            lambda: self.place("ORD-NEW001"),
            lambda: self.complete(OPEN),
            lambda: self.close(FAILING),
            lambda: self.send(f"{OPEN}#confirmation#1"),
            lambda: self.complete(EXPIRED),
            lambda: self.place("ORD-NEW002"),
            lambda: self.send_again(PAID),
            lambda: self.send(f"{PAID}#confirmation#2"),
            lambda: self.close("ORD-NEW001"),
            lambda: self.complete("ORD-NEW001"),
            lambda: self.send(f"{EXPIRED}#confirmation#1"),
        ]

    def next(self) -> None:
        if self.steps:
            self.steps.pop(0)()

    def place(self, number: str) -> None:
        placed = an_order(
            order_number=number,
            created_at=self.now,
            next_check_at=self.now,
            checkout_ids=(),
        )
        self.orders.place(placed)

    def complete(self, number: str) -> None:
        order = self.orders.get(number)
        if not order.checkout_ids:
            self.orders.adopt(order, [a_checkout(id=first_checkout(number))], self.now)
            order = self.orders.get(number)
        paid = a_decision(
            Action.ISSUE,
            Reason.PAID,
            checkout=a_checkout(id=first_checkout(number)),
            payment=a_payment(id=transaction(number)),
        )
        mails = [to_buyer(order, MailKind.CONFIRMATION, self.now)]
        self.orders.complete(order, paid, tickets_for(order), mails, self.now)

    def close(self, number: str) -> None:
        closing = a_decision(
            Action.CLOSE,
            Reason.CLOSED,
            closes_as=OrderStatus.EXPIRED,
            next_check_at=self.now + LATE_EVERY,
        )
        self.orders.close(self.orders.get(number), closing, [], self.now)

    def send(self, mail_id: str) -> None:
        claimed = self.outbox.claim(mail_id, "attempt", self.now)
        assert claimed
        self.outbox.record_sent(claimed, "ses-7", "mails/x", self.now)

    def send_again(self, number: str) -> None:
        order = self.orders.get(number)
        self.outbox.add_once(to_buyer(order, MailKind.CONFIRMATION, self.now, 2))


def let_it_live(world: World, life: Life, quiet: int) -> None:
    """Let one thing happen before every read of the audit, but for the first `quiet` ones."""
    waits = iter(range(quiet))

    def something() -> None:
        if next(waits, None) is None:
            life.next()

    for operation in ("Scan", "BatchGetItem"):
        world.wire.meanwhile(operation, something, times=200)


@pytest.mark.parametrize("quiet", range(0, 48, 3))
def test_concurrent_writes_cause_no_false_findings(
    world: World, context: Context, quiet: int
) -> None:
    let_it_live(world, Life(SECONDS[quiet % 2]), quiet)

    report = handler(SCHEDULED, context)

    assert report["found"] == []
    assert report["put_back"] == []


def test_the_simulated_traffic_completes_without_findings(world: World, context: Context) -> None:
    """Otherwise the test above would prove nothing."""
    life = Life(0)
    while life.steps:
        life.next()

    report = handler(SCHEDULED, context)

    assert (report["found"], report["seats_judged"], report["kept_moving"]) == ([], True, 0)
    assert len(world.items("TicketsTable")) > 3


@pytest.mark.parametrize("quiet", range(0, 48, 8))
def test_a_violation_is_found_under_load(world: World, context: Context, quiet: int) -> None:
    TicketRow(f"{RETRIED}-02").delete()
    let_it_live(world, Life(0), quiet)

    report = handler(SCHEDULED, context)

    assert [(b["rule"], b["rows"]) for b in report["found"]] == [
        ("ticket-missing", [f"ticket {RETRIED}-02"])
    ]


def test_an_order_that_keeps_changing_is_left_to_the_next_audit(
    world: World, context: Context
) -> None:
    TicketRow(f"{RETRIED}-02").delete()
    moments = (AUDITED + timedelta(seconds=n) for n in range(1000))

    def is_checked() -> None:
        OrderRow(RETRIED).update([OrderRow.checked_at.set(next(moments))])

    world.wire.meanwhile("BatchGetItem", is_checked, times=200)

    report = handler(SCHEDULED, context)

    assert (report["found"], report["kept_moving"]) == ([], 1)
