"""An order as its buyer sees it: a status, a headline, and whether to pay (again). Pure."""

from typing import Literal

from ticketing.events.event import Event
from ticketing.orders.order import CLOSED, Delivery, Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.payments.payment import FAILED, PAID
from ticketing.web.status_texts import (
    CANCELLED,
    GIVEN_BACK,
    GIVEN_UP,
    IN_THE_MAKING,
    MADE_VOID,
    OF_NOTHING_TO_PAY,
    OFF_SALE,
    REJECTED,
    RETURN_IN_THE_MAKING,
    RETURN_TEXTS,
    RETURN_UNDELIVERED,
    SOME_VOID,
    STATUS_TEXTS,
    BuyerStatus,
    StatusText,
)

MailProgress = Literal["none", "on_its_way", "sent", "problem"]
"""Where the mail with the tickets stands."""


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
    if status is BuyerStatus.COMPLETED and order.void_tickets:
        return SOME_VOID
    if order.is_free and status in OF_NOTHING_TO_PAY:
        return OF_NOTHING_TO_PAY[status]
    if order.status in CLOSED and order.refunds and all(r.went_back for r in order.refunds):
        return GIVEN_BACK
    if is_given_up(order):
        return GIVEN_UP
    if order.is_void_by_hand:
        return MADE_VOID
    return REJECTED if order.rejected else STATUS_TEXTS[status]


def is_given_up(order: Order) -> bool:
    """Return whether its buyer gave an order up, and nothing was paid for it as far as we know."""
    is_sure = order.trouble is None and order.payment_status != PAID
    return order.status in CLOSED and order.reason_code == Reason.GIVEN_UP and is_sure


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
