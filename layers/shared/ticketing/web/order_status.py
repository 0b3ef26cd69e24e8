"""An order as its buyer sees it: a status, a headline, and whether to pay (again). Pure."""

from typing import Literal

from ticketing.emails.cancellation import money_of
from ticketing.events.event import Event
from ticketing.orders.order import CLOSED, Delivery, Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.payments.payment import FAILED, PAID
from ticketing.web.status_texts import (
    CANCELLED,
    FREE_AND_CLOSED,
    GIVEN_BACK,
    GIVEN_UP,
    IN_THE_MAKING,
    MADE_VOID,
    OF_A_CANCELLED_EVENT,
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
"""How far the mail with the tickets has got."""


def return_text(order: Order, event: Event) -> StatusText:
    """Return the text for a buyer who came back from the bank without the order's token."""
    status = buyer_status(order)
    if shown := _of_cancelled(order, event):
        return shown
    if order.is_free or _cannot_be_paid(status, event):
        return status_text(order, event)
    if status is BuyerStatus.COMPLETED and order.delivery is Delivery.PENDING:
        return RETURN_IN_THE_MAKING
    if status is BuyerStatus.COMPLETED and order.delivery is Delivery.PROBLEM:
        return RETURN_UNDELIVERED
    return RETURN_TEXTS.get(status) or status_text(order, event)


def status_text(order: Order, event: Event) -> StatusText:
    return _of_cancelled(order, event) or _of_its_own(order, event)


def _of_its_own(order: Order, event: Event) -> StatusText:
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


def _of_cancelled(order: Order, event: Event) -> StatusText | None:
    """Return the text about an order whose event was cancelled for good, or None.

    Other texts are about an order that waits for its payment, which may have been paid without our
    knowing, and about one that was over before the cancellation.
    """
    was_over = order.voided_at is not None and order.reason_code != Reason.EVENT_CANCELLED
    if event.cancelled_at is None or was_over or is_given_up(order):
        return None
    if order.is_free:
        is_void = order.status is OrderStatus.COMPLETED
        return STATUS_TEXTS[BuyerStatus.CANCELLED] if is_void else FREE_AND_CLOSED
    if order.status is OrderStatus.PENDING:
        return None
    return OF_A_CANCELLED_EVENT[money_of(order, event.refund_policy)]


def is_given_up(order: Order) -> bool:
    """Return whether the buyer gave the order up, and as far as we know nothing was paid for it."""
    is_sure = order.trouble is None and order.payment_status != PAID
    return order.status in CLOSED and order.reason_code == Reason.GIVEN_UP and is_sure


def _cannot_be_paid(status: BuyerStatus, event: Event) -> bool:
    """Return whether an order waits for a payment that is no longer accepted for its event."""
    return status in {BuyerStatus.PAYING, BuyerStatus.DECLINED} and not event.is_offered


def buyer_status(order: Order) -> BuyerStatus:
    if order.status is OrderStatus.PENDING:
        if order.is_free:
            return BuyerStatus.PREPARING
        if order.trouble:
            return BuyerStatus.CHECKING
        return BuyerStatus.DECLINED if order.payment_status == FAILED else BuyerStatus.PAYING
    if order.voided_at:
        is_cancelled = order.reason_code == Reason.EVENT_CANCELLED
        return BuyerStatus.CANCELLED if is_cancelled else BuyerStatus.REFUNDED
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
