"""What comes next for an order, when, which command helps a person, and which page explains. Pure.

It follows from the order alone, not from the time, so that `words` can stand on the order's row
for whoever reads it in the console: they stay right until the next write.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ticketing.alerts.alert import CRITICAL_TITLES, runbook
from ticketing.orders.order import CLOSED, Delivery, Order, OrderStatus
from ticketing.orders.schedule import LATE_WATCH
from ticketing.payments.decision import Reason

STATES = "docs/order-states.md"
ON_HOLD = "docs/runbooks/on-hold.md"
UNCHECKED = "docs/runbooks/payment-cannot-be-checked.md"
NO_MAIL = "docs/runbooks/troubleshooting.md"
FORGOTTEN = "Its buyer was erased: nobody is written to."
NEED_A_BUYER = frozenset({"approve", "replay", "resend"})


@dataclass(frozen=True)
class Outlook:
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


def outlook(order: Order) -> Outlook:
    """Return what comes next for an order as it is."""
    ahead = _outlook(order)
    if not order.customer.is_erased:
        return ahead
    commands = tuple(name for name in ahead.commands if name not in NEED_A_BUYER)
    needs = ahead.needs_a_person and order.status is OrderStatus.REVIEW
    return replace(
        ahead, happens=f"{ahead.happens} {FORGOTTEN}", commands=commands, needs_a_person=needs
    )


def _outlook(order: Order) -> Outlook:
    if order.status is OrderStatus.PENDING:
        return _of_pending(order)
    if order.status is OrderStatus.REVIEW:
        text = "A person decides: approve it if its money is at SumUp, or reject it."
        page = _page_of_review(order.reason_code)
        return Outlook(text, None, ("approve", "reject"), page, needs_a_person=True)
    if order.status in CLOSED:
        return _of_closed(order)
    return _of_completed(order)


def words(order: Order) -> dict[str, str | None]:
    """Return what an order's row says for people: its attributes, None for what is not said.

    To be written with whatever changes status, work, trouble or delivery.
    """
    ahead = outlook(order)
    return {"what_next": ahead.happens, "runbook": ahead.page, **tickets_words(order.delivery)}


def tickets_words(delivery: Delivery | None) -> dict[str, str | None]:
    """Return what a row says of its tickets; to be written with each write of `delivery`."""
    said, page = _of_tickets(delivery)
    return {"delivery_next": said or None, "delivery_runbook": page or None}


def _of_pending(order: Order) -> Outlook:
    if order.work is None or order.next_check_at is None:
        text = "Nothing: it fell out of the schedule. The nightly audit puts it back."
        return Outlook(text, None, ("verify", "audit"), needs_a_person=True)
    commands = ("verify", "cancel")
    if order.trouble:
        text = f"SumUp is asked again; it could not be {_times(order.trouble.times)} in a row."
        return Outlook(text, order.next_check_at, commands, UNCHECKED)
    ends = f"{order.deadline:%Y-%m-%d %H:%M} UTC"
    text = f"SumUp is asked about it. Unpaid at {ends}, it gets a last look and is closed."
    return Outlook(text, order.next_check_at, commands)


def _of_closed(order: Order) -> Outlook:
    if order.rejected:
        text = "Nothing. A person rejected it, and money for it has to go back."
        return Outlook(text, None, ("approve",), ON_HOLD)
    page = runbook(f"Order {order.status.capitalize()}")
    if order.work is None:
        return Outlook("Nothing. It is not watched for late money any more.", page=page)
    ends = (order.settled_at or order.deadline) + LATE_WATCH
    text = f"SumUp is asked for late money, until {ends:%Y-%m-%d %H:%M} UTC."
    return Outlook(text, order.next_check_at, ("verify",), page)


def _of_completed(order: Order) -> Outlook:
    tickets, page = _of_tickets(order.delivery)
    commands = {Delivery.PROBLEM: ("replay", "resend"), Delivery.PENDING: ("replay",)}
    text = "Nothing. It is paid."
    if order.work is not None:
        text = "Nothing, but its other checkouts are watched for a second payment."
    return Outlook(
        text,
        order.next_check_at if order.work is not None else None,
        commands.get(order.delivery, ("resend",)) if order.delivery else ("resend",),
        tickets=tickets,
        tickets_page=page,
        needs_a_person=order.delivery is Delivery.PROBLEM,
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
    return "", ""


def _page_of_review(reason_code: str) -> str:
    known = reason_code in set(Reason) and Reason(reason_code) in CRITICAL_TITLES
    return runbook(CRITICAL_TITLES[Reason(reason_code)]) if known else ON_HOLD


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
