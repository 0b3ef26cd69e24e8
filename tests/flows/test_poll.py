"""Polling on demand: which answers it waits for, and the exact text of its report."""

import pytest

from tests.support.builders import NOW, an_order, later
from tests.support.fakes import Orders, Tables
from ticketing.flows.poll import ERRORS, LOOK_EVERY, Outcome, Polled, outcome_of, poll, report
from ticketing.orders.order import Order, OrderStatus, Trouble

TROUBLE = Trouble("unreadable", NOW, 1)

OUTCOMES = {
    "completed": (an_order(status=OrderStatus.COMPLETED), Outcome.VERIFIED),
    "refunded": (an_order(status=OrderStatus.COMPLETED, voided_at=NOW), Outcome.VOID),
    "pending": (an_order(), Outcome.STILL_PENDING),
    "a failed attempt": (an_order(payment_status="FAILED"), Outcome.FAILED),
    "failed": (an_order(status=OrderStatus.FAILED), Outcome.FAILED),
    "expired": (an_order(status=OrderStatus.EXPIRED), Outcome.EXPIRED),
    "review": (an_order(status=OrderStatus.REVIEW), Outcome.REVIEW),
    "could not ask": (an_order(trouble=TROUBLE, payment_status="FAILED"), Outcome.NOT_CHECKED),
}


@pytest.mark.parametrize(("order", "outcome"), OUTCOMES.values(), ids=OUTCOMES)
def test_every_order_status_has_one_label(order: Order, outcome: Outcome) -> None:
    assert outcome_of(order) is outcome


REPORT = """
Polling cycle complete!
  Verified: 2
  Failed: 0
  Still Pending: 1
  Errors: 0

✓ Processed 3 orders"""


def test_the_report_reads_exactly_like_this() -> None:
    verified, pending = Outcome.VERIFIED, Outcome.STILL_PENDING
    polled = [Polled("ORD-A", verified), Polled("ORD-B", pending), Polled("ORD-C", verified)]

    assert report(polled) == REPORT


def test_expired_counts_as_failed_and_review_as_an_error() -> None:
    text = report([Polled("ORD-A", outcome) for outcome in Outcome])

    assert "  Verified: 1\n  Failed: 3\n  Still Pending: 1\n  Errors: 4\n" in text
    assert text.endswith("✓ Processed 9 orders")
    assert {o for o in Outcome if o not in ERRORS} == {
        Outcome.VERIFIED,
        Outcome.FAILED,
        Outcome.EXPIRED,
        Outcome.VOID,
        Outcome.STILL_PENDING,
    }


def test_singular_and_zero_orders_are_worded_correctly() -> None:
    assert report([Polled("ORD-A", Outcome.VERIFIED)]).endswith("✓ Processed 1 order")
    assert report([]).endswith("✓ Processed 0 orders")


class Cycle:
    """A cycle at `NOW` over orders in memory; each sleep lets the next thing happen."""

    def __init__(self, *orders: Order) -> None:
        self.tables = Tables(orders={order.order_number: order for order in orders})
        self.meanwhile: list[Order] = []
        self.slept: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if self.meanwhile:
            changed = self.meanwhile.pop(0)
            self.tables.orders[changed.order_number] = changed

    def run(self, *numbers: str, seconds: float = 10.0) -> list[tuple[str, Outcome]]:
        found = poll(
            numbers,
            NOW,
            Orders(self.tables),
            lambda: seconds - sum(self.slept),
            self.sleep,
        )
        return [(polled.order_number, polled.outcome) for polled in found]


UNCHECKED = an_order(created_at=later(hours=-1), checked_at=later(minutes=-5))
CHECKED = an_order(created_at=later(hours=-1), checked_at=later(seconds=1))


def test_an_answer_older_than_the_scan_is_ignored() -> None:
    cycle = Cycle(UNCHECKED)
    cycle.meanwhile = [UNCHECKED, CHECKED]

    assert cycle.run("ORD-ABC123") == [("ORD-ABC123", Outcome.STILL_PENDING)]
    assert cycle.slept == [LOOK_EVERY] * 2


def test_an_answer_from_the_moment_of_the_scan_counts_as_new() -> None:
    cycle = Cycle(an_order(created_at=later(hours=-1), checked_at=NOW))

    assert cycle.run("ORD-ABC123") == [("ORD-ABC123", Outcome.STILL_PENDING)]
    assert not cycle.slept


def test_orders_are_reported_as_answers_arrive() -> None:
    slow = an_order(order_number="ORD-SLOW01", created_at=later(hours=-1))
    cycle = Cycle(slow, an_order(status=OrderStatus.COMPLETED))
    cycle.meanwhile = [an_order(order_number="ORD-SLOW01", status=OrderStatus.EXPIRED)]

    assert cycle.run("ORD-SLOW01", "ORD-ABC123") == [
        ("ORD-ABC123", Outcome.VERIFIED),
        ("ORD-SLOW01", Outcome.EXPIRED),
    ]


def test_an_order_without_an_answer_before_the_timeout_is_an_error() -> None:
    cycle = Cycle(UNCHECKED)

    assert cycle.run("ORD-ABC123", seconds=3) == [("ORD-ABC123", Outcome.NO_ANSWER)]
    assert sum(cycle.slept) == pytest.approx(3)


def test_unreadable_and_missing_orders_do_not_block_the_others() -> None:
    cycle = Cycle(CHECKED)
    cycle.tables.spoilt["ORD-BAD001"] = "it lacks a total"

    assert cycle.run("ORD-BAD001", "ORD-GONE01", "ORD-ABC123") == [
        ("ORD-BAD001", Outcome.UNREADABLE),
        ("ORD-GONE01", Outcome.UNREADABLE),
        ("ORD-ABC123", Outcome.STILL_PENDING),
    ]
    assert not cycle.slept


def test_polling_no_orders_returns_immediately() -> None:
    assert Cycle().run() == []
