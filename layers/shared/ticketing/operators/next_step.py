"""What comes next for an order, when, which command helps, and which page explains it.

It follows from the order alone, not from the time. So the order's row can have the sentences, for
people who read it in the console: they stay true until the next write.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ticketing.operators import alert_kinds
from ticketing.operators.alert_kinds import REVIEWS, AlertKind
from ticketing.orders.commands import line, refunding, sending_tickets
from ticketing.orders.order import CLOSED, Delivery, Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.orders.refund import UNSETTLED, RefundStatus
from ticketing.orders.schedule import LATE_WATCH
from ticketing.orders.transitions import Transition

STATES = "docs/design/order-states.md"
ON_HOLD = "docs/runbooks/on-hold.md"
TROUBLESHOOTING = "docs/runbooks/troubleshooting.md"
OPERATING = "docs/operating.md"
UNMISSED = "The tickets could not be sent, and nobody waits for them; nothing is left to do."
ERASED = "Its buyer was erased, so no mail is sent."
ATTRIBUTES_OF_FIELD = {
    "work": ("what_next", "runbook"),
    "delivery": ("delivery_next", "delivery_runbook"),
}
"""Which of the row's sentences follow from fields that may be written without a new version."""


@dataclass(frozen=True)
class NextStep:
    """What happens next, when (if that is known), which commands help, and the page about it.

    `commands` are complete lines, the most useful first, and the order's state allows each of them.
    `tickets` and `tickets_page` are about the tickets of a completed order.
    """

    happens: str
    at: datetime | None = None
    commands: tuple[str, ...] = ()
    page: str = STATES
    tickets: str = ""
    tickets_page: str = ""
    needs_a_person: bool = False


def next_step(order: Order) -> NextStep:
    """Return what comes next for an order as it is."""
    is_moot = order.delivery is Delivery.PROBLEM and (order.voided_at or order.customer.is_erased)
    tickets, page = (UNMISSED, "") if is_moot else _of_tickets(order.delivery)
    ahead = replace(_of_refunds(order) or _of_status(order), tickets=tickets, tickets_page=page)
    if order.customer.is_erased:
        return replace(ahead, happens=f"{ahead.happens} {ERASED}")
    return ahead


def _of_refunds(order: Order) -> NextStep | None:
    """Return what comes next for a refund, if any: until it is settled, it needs a person first."""
    status = order.refund_status
    if status in UNSETTLED:
        times = (r.asked_at for r in order.all_refunds if r.is_unsettled and r.asked_at)
        asked = ", ".join(f"{asked_at:%Y-%m-%d %H:%M}" for asked_at in times)
        text = f"An operator runs `refund` again: requested at {asked} UTC, its result is unknown."
        return _of_money(order, text)
    if status is RefundStatus.REFUSED:
        why = "; ".join(r.problem for r in order.all_refunds if r.status is status)
        text = f"An operator tries again: SumUp refused the refund ({why})."
        return _of_money(order, text)
    return None


def _of_money(order: Order, text: str) -> NextStep:
    number = order.order_number
    if order.status is OrderStatus.PENDING:
        commands = [line("poll", number)]  # it is settled first
    else:
        found = [r for r in order.all_refunds if r.is_unsettled] or [
            r for r in order.all_refunds if not r.went_back
        ]
        commands = [refunding(order, one) for one in found]
    return NextStep(text, None, tuple(commands), OPERATING, needs_a_person=True)


def _of_status(order: Order) -> NextStep:
    if order.status is OrderStatus.PENDING:
        return _of_pending(order)
    if order.status is OrderStatus.REVIEW and order.reason_code == Reason.EVENT_CANCELLED:
        text = "An operator gives the money back: its event is cancelled."
        page = _page_of_review(order.reason_code)
        commands = tuple(line(name, order.order_number) for name in ("refund", "reject"))
        return NextStep(text, None, commands, page, needs_a_person=True)
    if order.status is OrderStatus.REVIEW:
        return _of_review(order)
    if order.status in CLOSED:
        return _of_closed(order)
    return _of_completed(order)


def _of_review(order: Order) -> NextStep:
    text = "An operator decides: approve it if its money is at SumUp, or reject or refund it."
    if order.is_free:
        text = "An operator decides: approve or reject it; it is free."
    names = [*_approving(order), "reject", *([] if order.is_free else ["refund"])]
    commands = tuple(line(name, order.order_number) for name in names)
    return NextStep(text, None, commands, _page_of_review(order.reason_code), needs_a_person=True)


def _approving(order: Order) -> list[str]:
    """Return `approve`, which makes no sense once the buyer is erased."""
    return [] if order.customer.is_erased else ["approve"]


def row_attributes(order: Order) -> dict[str, str | None]:
    """Return the sentences on an order's row by attribute, None for those that it does not have.

    Each write that changes status, work, trouble, refunds or delivery also writes these.
    """
    ahead = next_step(order)
    return {
        "what_next": ahead.happens,
        "runbook": ahead.page,
        **delivery_attributes(order.delivery),
    }


def changed_attributes(transition: Transition) -> dict[str, str | None]:
    """Return the sentences that a transition writes, so that those on the row stay true.

    The row's schedule and delivery may be newer than in the order that was read, so a transition
    that sets one of them also sets its sentence, even if that has not changed.
    """
    before, after = row_attributes(transition.before), row_attributes(transition.after)
    always = {name for field in transition.fields for name in ATTRIBUTES_OF_FIELD.get(field, ())}
    return {n: text for n, text in after.items() if n in always or text != before[n]}


def delivery_attributes(delivery: Delivery | None) -> dict[str, str | None]:
    """Return the sentences about an order's tickets, which each write of `delivery` also writes."""
    text, page = _of_tickets(delivery)
    return {"delivery_next": text or None, "delivery_runbook": page or None}


def _of_pending(order: Order) -> NextStep:
    check = line("poll", order.order_number)
    if order.work is None or order.next_check_at is None:
        text = "Nothing: it fell out of the schedule. The nightly audit puts it back."
        return NextStep(text, None, (check, "audit"), needs_a_person=True)
    if order.is_free:
        text = "It is free, and completes with the next check."
        return NextStep(text, order.next_check_at, (check,))
    commands = (check, line("cancel", order.order_number))
    if order.trouble:
        text = f"The payment is checked again; {_last_checks(order.trouble.times)} got no answer."
        return NextStep(text, order.next_check_at, commands, AlertKind.UNCHECKED.runbook)
    ends = f"{order.open_until:%Y-%m-%d %H:%M} UTC"
    text = f"The payment is checked again; unpaid at {ends}, it gets a last check and is closed."
    return NextStep(text, order.next_check_at, commands)


def _of_closed(order: Order) -> NextStep:
    if order.rejected and order.refunds:
        return NextStep("Nothing. An operator rejected it, and its money went back.")
    if order.rejected:
        return _of_rejected(order)
    page = alert_kinds.CLOSED[order.status].runbook
    if order.work is None:
        return NextStep("Nothing. It is no longer checked for a late payment.", page=page)
    ends = (order.settled_at or order.deadline) + LATE_WATCH
    text = f"It is checked for a late payment until {ends:%Y-%m-%d %H:%M} UTC."
    if order.trouble:
        checks = _last_checks(order.trouble.times)
        text += f" {checks.capitalize()} got no clear answer: {order.trouble.code}."
    return NextStep(text, order.next_check_at, (line("poll", order.order_number),), page)


def _of_rejected(order: Order) -> NextStep:
    text = "Nothing. An operator rejected it; money that was paid must be refunded."
    if order.is_free:
        text = "Nothing. An operator rejected it; it is free."
    names = [*([] if order.is_free else ["refund"]), *_approving(order)]
    return NextStep(text, None, tuple(line(n, order.order_number) for n in names), ON_HOLD)


def _of_completed(order: Order) -> NextStep:
    at = order.next_check_at if order.work is not None else None
    if order.voided_at:
        text = "Nothing. Its money went back, so its tickets are void, sent or not."
        if order.reason_code == Reason.EVENT_CANCELLED:
            text = "Nothing. Its event was cancelled, so its tickets are void, sent or not."
        if order.is_void_by_hand:
            text = "Nothing. An operator made its tickets void, sent or not."
        return NextStep(text, at)
    if order.refund_asked_at:
        asked = f"{order.refund_asked_at:%Y-%m-%d %H:%M} UTC"
        text = f"An operator refunds it: its event was moved, and the buyer asked at {asked}."
        refund = line("refund", order.order_number)
        return NextStep(text, None, (refund,), OPERATING, needs_a_person=True)
    is_lost = order.delivery is Delivery.PROBLEM
    text = "Nothing. It is paid."
    if order.work is not None:
        text = "Nothing. It is paid; its other checkouts are checked for a second payment."
    commands = sending_tickets(order, lost=is_lost)
    return NextStep(text, at, commands, needs_a_person=is_lost and not order.customer.is_erased)


def _of_tickets(delivery: Delivery | None) -> tuple[str, str]:
    match delivery:
        case Delivery.PROBLEM:
            text = "An operator helps: the tickets could not be sent. They are on the order's page."
            return text, TROUBLESHOOTING
        case Delivery.PENDING:
            return "Their mail is sent within minutes.", ""
        case Delivery.DELIVERED:
            return "The tickets are out; nothing is left to do.", ""
        case Delivery.WITHDRAWN:
            return "The tickets were void before they left; nothing is left to do.", ""
    return "", ""


def _page_of_review(reason_code: str) -> str:
    """Return the page about a review, for any reason that may have been typed into the row."""
    review = REVIEWS.get(Reason(reason_code)) if reason_code in set(Reason) else None
    return review.kind.runbook if review else ON_HOLD


def _last_checks(count: int) -> str:
    return "the last check" if count == 1 else f"the last {count} checks"
