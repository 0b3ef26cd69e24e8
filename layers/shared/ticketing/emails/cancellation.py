"""What the mail about a cancelled event says about an order's money. Pure."""

from enum import StrEnum

from ticketing.events.event import RefundPolicy
from ticketing.orders.order import CLOSED, Order, OrderStatus, Origin
from ticketing.payments.payment import PAID


class MoneyBack(StrEnum):
    """What becomes of the money that an order was paid with."""

    NOTHING = "nothing was paid"
    DONE = "it went back"
    COMING = "it goes back"
    IN_CASH = "the organiser hands it back"
    LOOKED_INTO = "somebody looks into it"
    KEPT = "the organiser decides"


def money_of(order: Order, policy: RefundPolicy | None) -> MoneyBack:
    """Return what becomes of an order's money, by the policy of its cancelled event."""
    if order.is_free or order.status is OrderStatus.PENDING:
        return MoneyBack.NOTHING
    if order.status is not OrderStatus.REVIEW and _is_back(order):
        return MoneyBack.DONE
    if order.status in CLOSED:
        had_money = order.refunds or order.payment_status == PAID
        return MoneyBack.LOOKED_INTO if had_money else MoneyBack.NOTHING
    if policy is RefundPolicy.ALL:
        return MoneyBack.IN_CASH if order.origin is Origin.CASH else MoneyBack.COMING
    if order.status is OrderStatus.REVIEW or policy is None:
        return MoneyBack.LOOKED_INTO
    return MoneyBack.KEPT


def _is_back(order: Order) -> bool:
    """Return whether all the money that we know of went back.

    That is the payment of the tickets, whole or in parts, and any other that was to be refunded.
    """
    own = order.transaction_id
    others = [refund.went_back for refund in order.refunds if refund.transaction_id != own]
    if own is None:
        return bool(others) and all(others)
    return all(others) and order.is_back(own, order.total.amount)
