"""What follows for an order whose money went back without a request of ours. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refund import Consequence, Refund, RefundStatus
from ticketing.reconciliation.payment_pair import PaymentPair


class Policy(StrEnum):
    """What follows for an order after its money went back without us."""

    VOID_AND_TELL = "void_and_tell"
    VOID = "void"
    REPORT = "report"


@dataclass(frozen=True)
class Policies:
    """The deployment's policies for refunds made elsewhere, and for chargebacks."""

    refunded: Policy = Policy.VOID_AND_TELL
    charged_back: Policy = Policy.VOID_AND_TELL

    def after(self, status: RefundStatus) -> Policy:
        return self.charged_back if status is RefundStatus.CHARGED_BACK else self.refunded


def settled_refund(pair: PaymentPair, now: datetime) -> Refund | None:
    """Return the refund to note on the order; None unless all of the money is back."""
    if pair.theirs is None or not pair.theirs.is_all_back:
        return None
    requested, theirs = pair.requested_refund, pair.theirs.amount
    return Refund(
        pair.transaction_id,
        pair.theirs.refund_status,
        replace(theirs, amount=theirs.amount - pair.back_in_parts),
        asked_at=requested.asked_at if requested else None,
        attempt=requested.attempt if requested else "",
        settled_at=now,
    )


def consequence(pair: PaymentPair, policies: Policies) -> Consequence:
    """Return what follows now that the money is back. Tickets depend only on their own payment.

    An order in manual review stays there: the person who decides sees that the money is back.
    """
    order = pair.order
    if (
        order is None
        or order.status is not OrderStatus.COMPLETED
        or not _is_its_payment(pair, order)
    ):
        return Consequence.NONE
    wanted = pair.theirs is not None and policies.after(pair.theirs.refund_status) != Policy.REPORT
    voids = wanted and order.voided_at is None
    return Consequence.TICKETS_VOID if voids else Consequence.NONE


def _is_its_payment(pair: PaymentPair, order: Order) -> bool:
    """Return whether this payment completed the order, as the order is now.

    A verification may have completed it after both sides were read.
    """
    if order.transaction_id is None:
        return pair.ours is not None
    return order.transaction_id == pair.transaction_id
