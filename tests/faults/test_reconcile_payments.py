"""The nightly reconciliation with one of its calls failing, in four ways, then a rerun."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from functions.reconcile_payments.app import handler
from tests.faults.plan import Died, Fault, Plan, is_chosen
from tests.functions.conftest import Context, Sample, connect_organiser
from tests.support.aws import World, a_world
from tests.support.books import DAY, DAY_BEGINS, NIGHT, Books, Sale, books
from tests.support.stored import LATER, sell
from ticketing.adapters.dynamodb.models import (
    AuditRow,
    MailRow,
    OrganiserRow,
    TicketRow,
    TicketTypeRow,
)
from ticketing.errors import FunctionFailed
from ticketing.orders.order import OrderStatus, Work
from ticketing.tickets.ticket import TicketStatus

SCHEDULED = Sample.load("reconcile_payments.scheduled").event
NOON = DAY_BEGINS + timedelta(hours=12)
CLOSED: dict[str, Any] = {
    "status": OrderStatus.EXPIRED, "holds_seats": False, "work": None, "next_check_at": None,
    "settled_at": NOON,
}  # fmt: skip
SEATS = 100


class Day:
    """A sale that matches, one refunded elsewhere, and a payment for a closed order."""

    def __init__(self, world: World, books: Books, plan: Plan) -> None:
        self.world, self.books, self.plan = world, books, plan
        self.fine = books.sell(NOON)
        self.given_back = books.sell(NOON + timedelta(minutes=5))
        books.sumup.refund(self.given_back.checkout_id)
        self.late = books.open(NOON + timedelta(minutes=10), **CLOSED)
        books.pay(self.late)

    def night(self, minutes: int = 0) -> None:
        """Run the function as Lambda does; what it raises is Lambda's business."""
        self.books.clock.move_to(NIGHT + timedelta(minutes=minutes), tick=False)
        with (
            self.plan.running("reconcile_payments"),
            suppress(Died, FunctionFailed, ExceptionGroup),
        ):
            handler(SCHEDULED, Context(seconds_left=900.0))

    def has_ended_well(self) -> None:
        """Check that everything was done once and reported, and nothing else was."""
        fine, back, late = map(self.books.order, (self.fine, self.given_back, self.late))
        assert (fine.voided_at, fine.version) == (None, 0)
        assert back.voided_at is not None
        assert [refund.went_back for refund in back.refunds] == [True]
        assert {row.ticket_id: row.status for row in TicketRow.scan()} == {
            f"{fine.order_number}-01": TicketStatus.VALID.value,
            f"{back.order_number}-01": TicketStatus.VOID.value,
        }
        assert TicketTypeRow.get("5", "general").available == SEATS + 1
        assert late.work is Work.LATE
        assert [self._changes(sale) for sale in (self.fine, self.given_back, self.late)] == [
            0,
            1,
            1,
        ]
        assert self._mails("#refunded#") == 1
        told = [r.body for r in MailRow.scan() if "#alert#reconciliation-findings" in r.mail_id]
        assert len(told) == 1
        assert back.order_number in told[0]
        assert late.order_number in told[0]
        assert self._mails(f"#alert#reconciliation-{NIGHT:%Y-%m-%d}") >= 1
        assert OrganiserRow.get("jersey-live").reconciled_until == date.fromisoformat(DAY)

    @staticmethod
    def _changes(sale: Sale) -> int:
        return AuditRow.count(sale.order.order_number)

    @staticmethod
    def _mails(part: str) -> int:
        return sum(part in row.mail_id for row in MailRow.scan())


@contextmanager
def a_day(plan: Plan) -> Iterator[Day]:
    with (
        pytest.MonkeyPatch.context() as patch,
        time_machine.travel(LATER, tick=False),
        a_world(patch) as world,
    ):
        world.fill_in_the_application()
        sell(available=SEATS)
        connect_organiser(world)
        with books(world, patch, plan.sumup) as made:
            world.wire.watch = plan.aws
            yield Day(world, made, plan)


def calls_of_a_night() -> list[str]:
    """Return every call of a nightly run, in order."""
    plan = Plan()
    with a_day(plan) as day:
        day.night()
        day.has_ended_well()
    return [str(boundary) for boundary in plan.boundaries]


CALLS = calls_of_a_night()


def breaks_and_runs_again(number: int, fault: Fault) -> None:
    plan = Plan({number: fault})
    with a_day(plan) as day:
        day.night()
        assert plan.fired, "the call was made"
        plan.heal()
        day.night(minutes=1)
        day.has_ended_well()


def test_a_nightly_run_calls_every_service_it_depends_on() -> None:
    spoken = {call.split(": ")[1].split()[0] for call in CALLS}

    assert spoken == {"dynamodb", "kms", "s3", "sqs", "sumup"}


CHOSEN = [
    pytest.param(number, fault, id=f"{call}-{fault}")
    for fault in (Fault.CRASH_AFTER, Fault.REFUSED, Fault.LOST)
    for number, call in enumerate(CALLS)
    if is_chosen(number, fault)
]


@pytest.mark.parametrize("number", range(len(CALLS)), ids=CALLS)
def test_it_may_crash_between_any_two_calls(number: int) -> None:
    breaks_and_runs_again(number, Fault.CRASH_BEFORE)


@pytest.mark.faults
@pytest.mark.parametrize(("number", "fault"), CHOSEN)
def test_any_call_may_fail_in_any_way(number: int, fault: Fault) -> None:
    breaks_and_runs_again(number, fault)
