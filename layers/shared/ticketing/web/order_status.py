"""An order as its buyer sees it: a status, a headline, and whether to pay (again). Pure."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from ticketing.events.event import Event
from ticketing.orders.order import CLOSED, Delivery, Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.payments.payment import FAILED, PAID


class BuyerStatus(StrEnum):
    """What an order looks like to its buyer."""

    PAYING = "paying"
    CHECKING = "checking"
    PREPARING = "preparing"
    COMPLETED = "completed"
    REFUNDED = "refunded"
    DECLINED = "declined"
    EXPIRED = "expired"
    FAILED = "failed"
    REVIEW = "review"


MailProgress = Literal["none", "on_its_way", "sent", "problem"]
"""Where the mail with the tickets stands."""


@dataclass(frozen=True)
class StatusText:
    """A headline, what happens next, and how many seconds to wait before asking again."""

    headline: str
    text: str
    next_poll_seconds: int


STATUS_TEXTS = {
    BuyerStatus.PAYING: StatusText(
        "Waiting for your payment",
        "If you have paid already, do not pay again: we are asking SumUp and your tickets come "
        "by email within minutes. If you have not, you can go on to the payment.",
        5,
    ),
    BuyerStatus.CHECKING: StatusText(
        "We are checking your payment",
        "SumUp has not answered us yet. Do not pay again. You can close this page: your tickets "
        "come by email as soon as the payment is confirmed.",
        10,
    ),
    BuyerStatus.PREPARING: StatusText(
        "We are getting your tickets ready",
        "There is nothing to pay. Your tickets appear here in a few seconds and come by email.",
        4,
    ),
    BuyerStatus.COMPLETED: StatusText(
        "Your tickets are ready", "Your payment is confirmed and your tickets are valid.", 30
    ),
    BuyerStatus.REFUNDED: StatusText(
        "Your money went back",
        "The payment for this order was given or taken back, so its tickets are void: their codes "
        "open no door any more. It may take some days until the money shows in your account.",
        60,
    ),
    BuyerStatus.DECLINED: StatusText(
        "Your payment did not go through",
        "As far as we know, no money was taken. You can try again with the same card or another "
        "one; your places are kept until the time below.",
        10,
    ),
    BuyerStatus.EXPIRED: StatusText(
        "This order was not paid in time",
        "Its places are on sale again. If you did pay, do not pay again: we notice and write to "
        "you. Otherwise you are welcome to order again.",
        60,
    ),
    BuyerStatus.FAILED: StatusText(
        "This order was not paid",
        "Its payments did not go through and the time to pay is over. You are welcome to order "
        "again.",
        60,
    ),
    BuyerStatus.REVIEW: StatusText(
        "We are looking into your payment",
        "Something about this payment needs a person. Do not pay again. We write to you as soon "
        "as it is settled.",
        60,
    ),
}


GIVEN_BACK = StatusText(
    "Your money went back",
    "There are no tickets for this order, and nothing to pay for it any more. It may take some "
    "days until the money shows in your account.",
    60,
)
"""A payment bought no tickets, and all the money that we know of is back with the buyer."""

GIVEN_UP = StatusText(
    "You cancelled this order",
    "Nothing was paid, and its places are on sale again. You are welcome to order again.",
    60,
)

REJECTED = StatusText(
    "We could not accept this order",
    "There are no tickets for it, and its places are on sale again. If money was taken, you get it "
    "back: we write to you about it.",
    60,
)
"""An operator closed the order. Whether money was paid is not known here."""


OFF_SALE = StatusText(
    "These tickets are no longer on sale",
    "This order cannot be paid any more. If you have paid already, do not pay again: your tickets "
    "come by email within minutes.",
    30,
)

CANCELLED = StatusText(
    "This event is cancelled",
    "This order cannot be paid any more. If you have paid already, do not pay again: we write to "
    "you about your money.",
    30,
)
"""Of orders that wait for a payment, as the one above."""

IN_THE_MAKING = StatusText(
    "Your payment is confirmed",
    "Your tickets are being made. They appear here in a moment and come by email.",
    4,
)
"""The order is complete, and there is no PDF yet."""

NO_TICKETS = StatusText(
    "This order did not become tickets",
    "Its places are on sale again. You are welcome to order again.",
    60,
)
"""Of an order that costs nothing, as all of these: none speaks of a payment."""

OF_NOTHING_TO_PAY = {
    BuyerStatus.COMPLETED: StatusText(
        "Your tickets are ready", "Your order is complete and your tickets are valid.", 30
    ),
    BuyerStatus.REFUNDED: StatusText(
        "This order was cancelled",
        "Its tickets are void: their codes open no door any more.",
        60,
    ),
    BuyerStatus.EXPIRED: NO_TICKETS,
    BuyerStatus.FAILED: NO_TICKETS,
    BuyerStatus.REVIEW: StatusText(
        "We are looking into your order",
        "Something about it needs a person. We write to you as soon as it is settled.",
        60,
    ),
}
"""What is said instead of `STATUS_TEXTS`."""


RETURN_TEXTS = {
    BuyerStatus.PAYING: StatusText(
        "Waiting for your payment",
        "If you paid, your tickets come by email within minutes: do not pay again. If you did not, "
        "open your order with its link, and pay there.",
        5,
    ),
    BuyerStatus.PREPARING: StatusText(
        "We are getting your tickets ready", "Your tickets come by email within minutes.", 10
    ),
    BuyerStatus.COMPLETED: StatusText(
        "Your tickets are ready",
        "Your payment is confirmed, and your tickets were sent by email. Not there? Look in the "
        "spam folder too.",
        60,
    ),
    BuyerStatus.DECLINED: StatusText(
        "Your payment did not go through",
        "As far as we know, no money was taken. You can try again: open your order with its link, "
        "and pay there.",
        10,
    ),
}
"""What is said instead to a buyer who came back without the order's token: nothing to press."""

RETURN_IN_THE_MAKING = StatusText(
    "Your payment is confirmed", "Your tickets come by email within minutes.", 10
)
RETURN_UNDELIVERED = StatusText(
    "Your tickets are ready",
    "Your payment is confirmed and your tickets are valid, but the email with them did not arrive. "
    "Open your order with its link, or contact us.",
    60,
)


def return_text(order: Order, event: Event) -> StatusText:
    """Return what a buyer reads who came back from the bank without the order's token."""
    status = buyer_status(order)
    if order.is_free or _cannot_be_paid(status, event):
        return status_text(order, event)
    if status is BuyerStatus.COMPLETED and order.delivery is Delivery.PENDING:
        return RETURN_IN_THE_MAKING
    if status is BuyerStatus.COMPLETED and order.delivery is Delivery.PROBLEM:
        return RETURN_UNDELIVERED
    return RETURN_TEXTS.get(status) or status_text(order, event)


def status_text(order: Order, event: Event) -> StatusText:
    status = buyer_status(order)
    if _cannot_be_paid(status, event):
        return CANCELLED if event.cancelled else OFF_SALE
    if status is BuyerStatus.COMPLETED and order.delivery is Delivery.PENDING:
        return STATUS_TEXTS[BuyerStatus.PREPARING] if order.is_free else IN_THE_MAKING
    if order.is_free and status in OF_NOTHING_TO_PAY:
        return OF_NOTHING_TO_PAY[status]
    if order.status in CLOSED and order.refunds and all(r.went_back for r in order.refunds):
        return GIVEN_BACK
    is_sure = order.trouble is None and order.payment_status != PAID
    if order.status in CLOSED and order.reason_code == Reason.GIVEN_UP and is_sure:
        return GIVEN_UP
    return REJECTED if order.rejected else STATUS_TEXTS[status]


def _cannot_be_paid(status: BuyerStatus, event: Event) -> bool:
    """Return whether an order waits for a payment that its event does not allow any more."""
    return status in {BuyerStatus.PAYING, BuyerStatus.DECLINED} and not event.is_offered


def buyer_status(order: Order) -> BuyerStatus:
    if order.status is OrderStatus.PENDING:
        if order.is_free:
            return BuyerStatus.PREPARING
        if order.trouble:
            return BuyerStatus.CHECKING
        return BuyerStatus.DECLINED if order.payment_status == FAILED else BuyerStatus.PAYING
    if order.voided_at:
        return BuyerStatus.REFUNDED
    return {
        OrderStatus.COMPLETED: BuyerStatus.COMPLETED,
        OrderStatus.EXPIRED: BuyerStatus.EXPIRED,
        OrderStatus.FAILED: BuyerStatus.FAILED,
        OrderStatus.REVIEW: BuyerStatus.REVIEW,
    }[order.status]


def mail_progress(order: Order) -> MailProgress:
    if order.voided_at:
        return "none"
    match order.delivery:
        case None | Delivery.WITHDRAWN:
            return "none"
        case Delivery.PENDING:
            return "on_its_way"
        case Delivery.DELIVERED:
            return "sent"
        case Delivery.PROBLEM:
            return "problem"
