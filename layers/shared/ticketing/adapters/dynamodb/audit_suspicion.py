"""Suspect rows that their order does not seem to warrant, as far as raw rows show."""

from collections.abc import Mapping
from datetime import datetime

from ticketing.adapters.dynamodb.audit_rows import (
    CHECKOUT,
    MAIL,
    PAYMENT,
    TICKET,
    Item,
    Kind,
    text,
)
from ticketing.adapters.dynamodb.rows import UNREADABLE
from ticketing.audit.mails import breaches_of_mail
from ticketing.audit.order_snapshot import StoredMail
from ticketing.emails.mail import UNSETTLED, MailKind
from ticketing.orders.order import MAX_TICKETS, TICKET_ID, Delivery, OrderStatus

NEEDED = (
    "order_number", "status", "lines", "checkout_ids", "paid_checkout_id", "transaction_id",
    "delivery", "reissued",
)  # fmt: skip
"""The attributes of an order that show which rows it warrants."""


def is_suspicious(kind: Kind, item: Item, orders: Mapping[str, Item], now: datetime) -> bool:
    """Return whether a row cannot be read, breaks a rule, or is not warranted by its order."""
    number = text(item, "order_number")
    order = orders.get(number) if number else None
    if kind is MAIL:
        mail = MAIL.read(item)
        if not isinstance(mail, StoredMail) or next(breaches_of_mail(mail, now), None):
            return True
        return number is not None and (order is None or not _warrants_mail(order, mail))
    try:
        return order is None or not _WARRANTS[kind](order, kind.key_of(item)[0])
    except (KeyError, *UNREADABLE):
        return True


def _warrants_mail(order: Item, stored: StoredMail) -> bool:
    if stored.mail.kind is not MailKind.CONFIRMATION:
        return True
    is_settled = stored.mail.status not in UNSETTLED
    waits = text(order, "delivery") == Delivery.PENDING
    return _is_completed(order) and not (is_settled and waits)


def _warrants_ticket(order: Item, ticket_id: str) -> bool:
    bought = sum(int(line["M"]["quantity"]["N"]) for line in order["lines"]["L"])
    number = text(order, "order_number")
    ids = (f"{number}-{position:02d}" for position in range(1, min(bought, MAX_TICKETS) + 1))
    named = TICKET_ID.fullmatch(ticket_id)
    if named is None or named["first"] not in ids or not _is_completed(order):
        return False
    return int(named["times"] or 0) <= _times_issued_anew(order).get(named["first"], 0)


def _times_issued_anew(order: Item) -> dict[str, int]:
    reissued = order.get("reissued", {"L": []})["L"]
    return {one["M"]["ticket_id"]["S"]: int(one["M"]["times"]["N"]) for one in reissued}


def _warrants_payment(order: Item, transaction_id: str) -> bool:
    paid = text(order, "transaction_id") or text(order, "paid_checkout_id")
    return _is_completed(order) and paid == transaction_id


def _warrants_checkout(order: Item, checkout_id: str) -> bool:
    return {"S": checkout_id} in order["checkout_ids"]["L"]


def _is_completed(order: Item) -> bool:
    return text(order, "status") == OrderStatus.COMPLETED


_WARRANTS = {TICKET: _warrants_ticket, PAYMENT: _warrants_payment, CHECKOUT: _warrants_checkout}
