"""What the mail about a cancelled event says about an order's money. Pure."""

from enum import StrEnum

from ticketing.events.event import RefundPolicy
from ticketing.orders.order import CLOSED, Order, OrderStatus


class MoneyBack(StrEnum):
    """What becomes of the money that an order was paid with."""

    NOTHING = "nothing was paid"
    DONE = "it went back"
    COMING = "it goes back"
    LOOKED_INTO = "somebody looks into it"
    KEPT = "the organiser decides"


def money_of(order: Order, policy: RefundPolicy | None) -> MoneyBack:
    """Return what becomes of an order's money, by the policy of its cancelled event."""
    if order.refunds and all(refund.went_back for refund in order.refunds):
        return MoneyBack.DONE
    if order.is_free or order.status in CLOSED or order.status is OrderStatus.PENDING:
        return MoneyBack.NOTHING
    if policy is RefundPolicy.ALL:
        return MoneyBack.COMING
    if order.status is OrderStatus.REVIEW or policy is None:
        return MoneyBack.LOOKED_INTO
    return MoneyBack.KEPT
