"""What comes next for an order, when, which command helps a person, and which page explains. Pure.

It follows from the order alone, not from the time, so that `words` can stand on the order's row
for whoever reads it in the console: they stay right until the next write.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ticketing.operators.alerts import CRITICAL_TITLES, runbook
from ticketing.orders.order import CLOSED, Delivery, Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.orders.refund import UNSETTLED, RefundStatus
from ticketing.orders.schedule import LATE_WATCH
from ticketing.orders.transitions import Transition

STATES = "docs/design/order-states.md"
ON_HOLD = "docs/runbooks/on-hold.md"
UNCHECKED = "docs/runbooks/payment-cannot-be-checked.md"
NO_MAIL = "docs/runbooks/troubleshooting.md"
GIVING_BACK = "docs/operating.md"
FORGOTTEN = "Its buyer was erased: nobody is written to."
NEED_A_BUYER = frozenset({"approve", "replay", "resend"})
TOLD_BY = {"work": ("what_next", "runbook"), "delivery": ("delivery_next", "delivery_runbook")}
"""Which sentences of a row follow from fields that are also written without a new version."""


@dataclass(frozen=True)
class NextStep:
    """What happens next in a sentence, when if that is known, the commands and the page that fit.

    `tickets` and `tickets_page` say the same of the tickets of a completed order.
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
    tickets, page = _of_tickets(order.delivery)
    ahead = replace(_of_refunds(order) or _of_status(order), tickets=tickets, tickets_page=page)
    if not order.customer.is_erased:
        return ahead
    commands = tuple(name for name in ahead.commands if name not in NEED_A_BUYER)
    return replace(ahead, happens=f"{ahead.happens} {FORGOTTEN}", commands=commands)


def _of_refunds(order: Order) -> NextStep | None:
    """Money that is asked back comes first: until it is settled, a person has to look after it."""
    status = order.refund_status
    if status in UNSETTLED:
        times = (r.asked_at for r in order.refunds if r.is_unsettled and r.asked_at)
        asked = ", ".join(f"{asked_at:%Y-%m-%d %H:%M}" for asked_at in times)
        text = f"A person has SumUp looked at again: a refund was asked for at {asked} UTC."
        return _of_money(text)
    if status is RefundStatus.REFUSED:
        why = "; ".join(r.problem for r in order.refunds if r.status is status)
        text = f"A person tries again: SumUp did not give the money back ({why})."
        return _of_money(text)
    return None


def _of_money(text: str) -> NextStep:
    return NextStep(text, None, ("refund",), GIVING_BACK, needs_a_person=True)


def _of_status(order: Order) -> NextStep:
    if order.status is OrderStatus.PENDING:
        return _of_pending(order)
    if order.status is OrderStatus.REVIEW:
        text = "A person decides: approve it if its money is at SumUp, or reject or refund it."
        page = _page_of_review(order.reason_code)
        return NextStep(text, None, ("approve", "reject", "refund"), page, needs_a_person=True)
    if order.status in CLOSED:
        return _of_closed(order)
    return _of_completed(order)


def words(order: Order) -> dict[str, str | None]:
    """Return what an order's row says for people: its attributes, None for what is not said.

    To be written with whatever changes status, work, trouble, refunds or delivery.
    """
    ahead = next_step(order)
    return {"what_next": ahead.happens, "runbook": ahead.page, **tickets_words(order.delivery)}


def changed_words(transition: Transition) -> dict[str, str | None]:
    """Return what a transition writes for people to read, so that the row's sentences stay true.

    A row's schedule and delivery may be newer than the order that was read, so a transition that
    sets one of them also sets its sentence, changed or not.
    """
    before, after = words(transition.before), words(transition.after)
    set_anew = {name for field in transition.fields for name in TOLD_BY.get(field, ())}
    return {n: text for n, text in after.items() if n in set_anew or text != before[n]}


def tickets_words(delivery: Delivery | None) -> dict[str, str | None]:
    """Return what a row says of its tickets; to be written with each write of `delivery`."""
    said, page = _of_tickets(delivery)
    return {"delivery_next": said or None, "delivery_runbook": page or None}


def _of_pending(order: Order) -> NextStep:
    if order.work is None or order.next_check_at is None:
        text = "Nothing: it fell out of the schedule. The nightly audit puts it back."
        return NextStep(text, None, ("verify", "audit"), needs_a_person=True)
    commands = ("verify", "cancel")
    if order.trouble:
        text = f"SumUp is asked again; it could not be {_times(order.trouble.times)} in a row."
        return NextStep(text, order.next_check_at, commands, UNCHECKED)
    ends = f"{order.deadline:%Y-%m-%d %H:%M} UTC"
    text = f"SumUp is asked about it. Unpaid at {ends}, it gets a last look and is closed."
    return NextStep(text, order.next_check_at, commands)


def _of_closed(order: Order) -> NextStep:
    if order.rejected and order.refunds:
        return NextStep("Nothing. A person rejected it, and its money went back.")
    if order.rejected:
        text = (
            "Nothing by itself. A person rejected it; if there is money for it, it has to go back."
        )
        return NextStep(text, None, ("refund", "approve"), ON_HOLD)
    page = runbook(f"Order {order.status.capitalize()}")
    if order.work is None:
        return NextStep("Nothing. It is not watched for late money any more.", page=page)
    ends = (order.settled_at or order.deadline) + LATE_WATCH
    text = f"SumUp is asked for late money, until {ends:%Y-%m-%d %H:%M} UTC."
    return NextStep(text, order.next_check_at, ("verify",), page)


def _of_completed(order: Order) -> NextStep:
    if order.voided_at:
        text = "Nothing. Its money went back, and its tickets are void, wherever their mail is."
        return NextStep(text, order.next_check_at if order.work is not None else None)
    commands = {Delivery.PROBLEM: ("replay", "resend"), Delivery.PENDING: ("replay",)}
    text = "Nothing. It is paid."
    if order.work is not None:
        text = "Nothing, but its other checkouts are watched for a second payment."
    return NextStep(
        text,
        order.next_check_at if order.work is not None else None,
        commands.get(order.delivery, ("resend",)) if order.delivery else ("resend",),
        needs_a_person=order.delivery is Delivery.PROBLEM and not order.customer.is_erased,
    )


def _of_tickets(delivery: Delivery | None) -> tuple[str, str]:
    match delivery:
        case Delivery.PROBLEM:
            text = "A person helps: the tickets could not be sent. They are on the order's page."
            return text, NO_MAIL
        case Delivery.PENDING:
            return "Their mail goes out within minutes.", ""
        case Delivery.DELIVERED:
            return "Nothing. The tickets are out.", ""
        case Delivery.WITHDRAWN:
            return "Nothing. The tickets were void before they left.", ""
    return "", ""


def _page_of_review(reason_code: str) -> str:
    known = reason_code in set(Reason) and Reason(reason_code) in CRITICAL_TITLES
    return runbook(CRITICAL_TITLES[Reason(reason_code)]) if known else ON_HOLD


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
