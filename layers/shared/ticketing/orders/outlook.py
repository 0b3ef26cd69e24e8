"""What comes next for an order, when, and which command helps a person who does not wait. Pure."""

from dataclasses import dataclass
from datetime import datetime

from ticketing.orders.order import CLOSED, Delivery, Order, OrderStatus
from ticketing.orders.refund import UNSETTLED, RefundStatus
from ticketing.orders.schedule import LATE_WATCH


@dataclass(frozen=True)
class Outlook:
    """What happens next in a sentence, when if that is known, and the commands that fit."""

    happens: str
    at: datetime | None = None
    commands: tuple[str, ...] = ()
    needs_a_person: bool = False


def outlook(order: Order, now: datetime) -> Outlook:
    """Return what comes next for an order as it is."""
    return _of_refunds(order) or _of_status(order, now)


def _of_refunds(order: Order) -> Outlook | None:
    """Money that is asked back comes first: until it is settled, a person has to look after it."""
    status = order.refund_status
    if status in UNSETTLED:
        asked = ", ".join(f"{r.asked_at:%Y-%m-%d %H:%M}" for r in order.refunds if r.is_unsettled)
        text = f"A person has SumUp looked at again: a refund was asked for at {asked} UTC."
        return Outlook(text, None, ("refund",), needs_a_person=True)
    if status is RefundStatus.REFUSED:
        why = "; ".join(r.problem for r in order.refunds if r.status is status)
        text = f"A person tries again: SumUp did not give the money back ({why})."
        return Outlook(text, None, ("refund",), needs_a_person=True)
    return None


def _of_status(order: Order, now: datetime) -> Outlook:
    if order.status is OrderStatus.PENDING:
        return _of_pending(order, now)
    if order.status is OrderStatus.REVIEW:
        text = "A person decides: approve it if its money is at SumUp, or reject or refund it."
        return Outlook(text, None, ("approve", "reject", "refund"), needs_a_person=True)
    if order.status in CLOSED:
        return _of_closed(order)
    return _of_completed(order)


def _of_pending(order: Order, now: datetime) -> Outlook:
    commands = ("verify", "cancel")
    if order.work is None or order.next_check_at is None:
        text = "Nothing: it fell out of the schedule. The nightly audit puts it back."
        return Outlook(text, None, ("verify", "audit"), needs_a_person=True)
    if order.trouble:
        text = f"SumUp is asked again; it could not be {_times(order.trouble.times)} in a row."
        return Outlook(text, order.next_check_at, commands)
    if now < order.deadline:
        text = f"SumUp is asked about it. Unpaid, it ends at {order.deadline:%Y-%m-%d %H:%M} UTC."
        return Outlook(text, order.next_check_at, commands)
    return Outlook("A last look at SumUp, then it is closed.", order.next_check_at, commands)


def _of_closed(order: Order) -> Outlook:
    if order.rejected and order.refunds:
        return Outlook("Nothing. A person rejected it, and its money went back.")
    if order.rejected:
        text = (
            "Nothing by itself. A person rejected it; if there is money for it, it has to go back."
        )
        return Outlook(text, None, ("refund", "approve"))
    if order.work is None:
        return Outlook("Nothing. It is not watched for late money any more.")
    ends = (order.settled_at or order.deadline) + LATE_WATCH
    text = f"SumUp is asked for late money, until {ends:%Y-%m-%d %H:%M} UTC."
    return Outlook(text, order.next_check_at, ("verify",))


def _of_completed(order: Order) -> Outlook:
    if order.voided_at:
        text = "Nothing. Its money went back, and its tickets are void."
        return Outlook(text, order.next_check_at)
    match order.delivery:
        case Delivery.PROBLEM:
            text = "A person helps: its tickets could not be sent. They are on the order's page."
            return Outlook(text, None, ("replay", "resend"), needs_a_person=True)
        case Delivery.PENDING:
            return Outlook("Its mail goes out within minutes.", None, ("replay",))
    if order.work is not None:
        text = "Nothing, but its other checkouts are watched for a second payment."
        return Outlook(text, order.next_check_at, ("resend",))
    return Outlook("Nothing. It is paid and its tickets are out.", None, ("resend",))


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
