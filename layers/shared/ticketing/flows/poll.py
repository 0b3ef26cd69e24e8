"""One cycle now: scan, wait until every nominated order has its answer, report."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from ticketing.errors import OrderNotFound, UnreadableOrder
from ticketing.orders.order import Order, OrderStatus
from ticketing.payments.payment import FAILED

LOOK_EVERY = 0.5
"""Seconds between looks at the orders that have no answer yet."""


class Outcome(StrEnum):
    """What a cycle did to an order, in the words of the report."""

    VERIFIED = "verified"
    STILL_PENDING = "still_pending"
    FAILED = "failed"
    EXPIRED = "expired"
    REVIEW = "requires_manual_review"
    NOT_CHECKED = "could_not_be_checked"
    UNREADABLE = "unreadable"
    NO_ANSWER = "no_answer_in_time"


ERRORS = frozenset({Outcome.REVIEW, Outcome.NOT_CHECKED, Outcome.UNREADABLE, Outcome.NO_ANSWER})
"""What a person should look at; makes the command end with a non-zero exit code."""

BY_STATUS = {
    OrderStatus.COMPLETED: Outcome.VERIFIED,
    OrderStatus.FAILED: Outcome.FAILED,
    OrderStatus.EXPIRED: Outcome.EXPIRED,
    OrderStatus.REVIEW: Outcome.REVIEW,
}


@dataclass(frozen=True)
class Polled:
    """One order of the report, with the sentence its row holds."""

    order_number: str
    outcome: Outcome
    explanation: str = ""


class Orders(Protocol):
    """What is needed of the orders table."""

    def get(self, order_number: str) -> Order: ...


def poll(
    nominated: Sequence[str],
    scanned_at: datetime,
    orders: Orders,
    time_left: Callable[[], float],
    sleep: Callable[[float], None],
) -> Iterator[Polled]:
    """Yield each nominated order as soon as it was checked after `scanned_at`."""
    waiting = list(nominated)
    while waiting and time_left() > 0:
        answered = [p for p in (_look(n, scanned_at, orders) for n in waiting) if p]
        yield from answered
        done = {p.order_number for p in answered}
        waiting = [n for n in waiting if n not in done]
        if waiting:
            sleep(LOOK_EVERY)
    yield from (Polled(n, Outcome.NO_ANSWER) for n in waiting)


def _look(order_number: str, scanned_at: datetime, orders: Orders) -> Polled | None:
    try:
        order = orders.get(order_number)
    except (OrderNotFound, UnreadableOrder) as error:
        return Polled(order_number, Outcome.UNREADABLE, str(error))
    if order.status is OrderStatus.PENDING and (order.checked_at or order.created_at) < scanned_at:
        return None
    return Polled(order_number, outcome_of(order), order.status_reason)


def outcome_of(order: Order) -> Outcome:
    """Return how a checked order stands. A failed attempt counts as failed while it is watched."""
    if order.status is not OrderStatus.PENDING:
        return BY_STATUS[order.status]
    if order.trouble:
        return Outcome.NOT_CHECKED
    return Outcome.FAILED if order.payment_status == FAILED else Outcome.STILL_PENDING


def report(polled: Sequence[Polled]) -> str:
    """Return the totals as the report's last lines."""
    outcomes = [p.outcome for p in polled]
    failed = outcomes.count(Outcome.FAILED) + outcomes.count(Outcome.EXPIRED)
    many = f"{len(polled)} order{'' if len(polled) == 1 else 's'}"
    return (
        "\nPolling cycle complete!\n"
        f"  Verified: {outcomes.count(Outcome.VERIFIED)}\n"
        f"  Failed: {failed}\n"
        f"  Still Pending: {outcomes.count(Outcome.STILL_PENDING)}\n"
        f"  Errors: {sum(o in ERRORS for o in outcomes)}\n"
        f"\n✓ Processed {many}"
    )
