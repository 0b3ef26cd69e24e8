"""Follow a scan: wait until every nominated order is verified, and report the outcomes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ticketing.errors import OrderNotFound, UnreadableOrder
from ticketing.flows.ports import ReadsOrders
from ticketing.orders.order import Order, OrderStatus
from ticketing.payments.payment import FAILED

LOOK_EVERY = 0.5
"""Seconds between two reads of an order that is not verified yet."""


class Outcome(StrEnum):
    """How an order stands after the cycle; the values are part of the report."""

    VERIFIED = "verified"
    STILL_PENDING = "still_pending"
    FAILED = "failed"
    EXPIRED = "expired"
    VOID = "tickets_void"
    REVIEW = "requires_manual_review"
    NOT_CHECKED = "could_not_be_checked"
    UNREADABLE = "unreadable"
    NO_ANSWER = "no_answer_in_time"


ERRORS = frozenset({Outcome.REVIEW, Outcome.NOT_CHECKED, Outcome.UNREADABLE, Outcome.NO_ANSWER})
"""Outcomes that need a person; the command then exits with a non-zero code."""

NOT_SOLD = frozenset({Outcome.FAILED, Outcome.EXPIRED, Outcome.VOID})
BY_STATUS = {
    OrderStatus.COMPLETED: Outcome.VERIFIED,
    OrderStatus.FAILED: Outcome.FAILED,
    OrderStatus.EXPIRED: Outcome.EXPIRED,
    OrderStatus.REVIEW: Outcome.REVIEW,
}


@dataclass(frozen=True)
class Polled:
    """One order of the report, with the explanation on its row."""

    order_number: str
    outcome: Outcome
    explanation: str = ""


def poll(
    nominated: Sequence[str],
    scanned_at: datetime,
    orders: ReadsOrders,
    time_left: Callable[[], float],
    sleep: Callable[[float], None],
) -> Iterator[Polled]:
    """Yield each nominated order once it is settled or has been checked after `scanned_at`."""
    waiting = list(nominated)
    while waiting and time_left() > 0:
        answered = [p for p in (_read(n, scanned_at, orders) for n in waiting) if p]
        yield from answered
        done = {p.order_number for p in answered}
        waiting = [n for n in waiting if n not in done]
        if waiting:
            sleep(LOOK_EVERY)
    yield from (Polled(n, Outcome.NO_ANSWER) for n in waiting)


def _read(order_number: str, scanned_at: datetime, orders: ReadsOrders) -> Polled | None:
    try:
        order = orders.get(order_number)
    except (OrderNotFound, UnreadableOrder) as error:
        return Polled(order_number, Outcome.UNREADABLE, str(error))
    if order.status is OrderStatus.PENDING and (order.checked_at or order.created_at) < scanned_at:
        return None
    return Polled(order_number, outcome_of(order), order.status_reason)


def outcome_of(order: Order) -> Outcome:
    """Return how a checked order stands; a pending one whose last attempt failed is failed."""
    if order.status is not OrderStatus.PENDING:
        return Outcome.VOID if order.voided_at else BY_STATUS[order.status]
    if order.trouble:
        return Outcome.NOT_CHECKED
    return Outcome.FAILED if order.payment_status == FAILED else Outcome.STILL_PENDING


def report(polled: Sequence[Polled]) -> str:
    """Return the last lines of the report, with its totals."""
    outcomes = [p.outcome for p in polled]
    failed = sum(o in NOT_SOLD for o in outcomes)
    many = f"{len(polled)} order{'' if len(polled) == 1 else 's'}"
    return (
        "\nPolling cycle complete!\n"
        f"  Verified: {outcomes.count(Outcome.VERIFIED)}\n"
        f"  Failed: {failed}\n"
        f"  Still Pending: {outcomes.count(Outcome.STILL_PENDING)}\n"
        f"  Errors: {sum(o in ERRORS for o in outcomes)}\n"
        f"\n✓ Processed {many}"
    )
