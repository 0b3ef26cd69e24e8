"""What becomes of an order for which SumUp was too slow."""

from datetime import datetime
from typing import Any

import pytest

from tests.support.builders import a_paid_checkout, a_record, an_order, later
from ticketing.orders.order import OrderStatus, Trouble
from ticketing.orders.reason import Reason
from ticketing.payments.checkout_result import CheckoutSeen
from ticketing.payments.decision import Action
from ticketing.payments.decision_table import decide
from ticketing.payments.patience import postpone, resume_soon

TROUBLE = Trouble("unreadable", later(minutes=1), 3)
CLOSED_AT = later(hours=2)
CLOSED: dict[str, Any] = {
    "status": OrderStatus.EXPIRED,
    "settled_at": CLOSED_AT,
    "trouble": TROUBLE,
}


@pytest.mark.parametrize(
    ("changes", "now", "following"),
    [
        ({"trouble": TROUBLE}, later(minutes=5), later(minutes=5, seconds=50)),
        (CLOSED, later(hours=5), later(hours=6)),
        (CLOSED, later(days=3), later(days=4)),
        (CLOSED, later(days=8), later(days=9)),
        (CLOSED, later(days=15), None),
        (CLOSED | {"settled_at": None}, later(days=3), later(days=4)),
    ],
)
def test_what_was_not_asked_about_waits_for_the_next_check(
    changes: dict[str, Any], now: datetime, following: datetime | None
) -> None:
    decision = postpone(an_order(**changes), now)

    assert (decision.action, decision.reason) == (Action.WAIT, Reason.POSTPONED)
    assert decision.explanation == (
        "SumUp answers slowly; the rest of its checkouts waits for the next check."
    )
    assert (decision.next_check_at, decision.trouble) == (following, TROUBLE)


def test_what_was_seen_is_kept_and_looked_into_within_a_minute() -> None:
    order, now = an_order(**CLOSED), later(hours=5)
    seen = CheckoutSeen(a_record(), a_paid_checkout())
    wanted = decide(order, seen, now)
    assert wanted.action is Action.INSPECT

    decision = resume_soon(order, wanted, now)

    assert (decision.action, decision.reason) == (Action.WAIT, Reason.POSTPONED)
    assert decision.explanation == (
        "SumUp answers slowly; the next check goes on with its checkout."
    )
    assert (decision.next_check_at, decision.trouble) == (later(hours=5, seconds=50), TROUBLE)
    assert (decision.record, decision.checkout) == (seen.record, seen.checkout)
