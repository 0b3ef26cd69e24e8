"""Tickets and money: a completed order has exactly its own, and no other order has any."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from ticketing.audit import reissues
from ticketing.audit.order_snapshot import Breach, OrderSnapshot, Rule, StoredPayment
from ticketing.errors import InvalidQr
from ticketing.orders.order import Line, Order, OrderStatus, Origin
from ticketing.payments.payment import PAID
from ticketing.tickets.qr import parse
from ticketing.tickets.ticket import Ticket, TicketStatus


def tickets_are_there(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """A completed order has all its tickets."""
    if not _is_completed(snapshot):
        return
    found = {ticket.ticket_id for ticket in snapshot.tickets}
    for missing in (i for i in snapshot.order.issued_ids if i not in found):
        if not snapshot.is_unreadable(f"ticket {missing}"):
            text = "The order is completed and this ticket does not exist."
            yield snapshot.breach(Rule.TICKET_MISSING, text, f"ticket {missing}")


def no_ticket_is_unwarranted(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """A completed order has no other tickets than it bought or had replaced; others have none."""
    order = snapshot.order
    warranted = order.issued_ids if _is_completed(snapshot) else ()
    for ticket in snapshot.tickets:
        if ticket.ticket_id not in warranted:
            text = f"This ticket exists and the order ({order.status}) does not warrant it."
            yield snapshot.breach(Rule.TICKET_UNWARRANTED, text, f"ticket {ticket.ticket_id}")


def tickets_are_right(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """A ticket agrees with the order, and its QR text is its own."""
    bought = dict(snapshot.order.ticket_lines)
    for ticket in snapshot.tickets:
        line = bought.get(snapshot.order.current_id(ticket.ticket_id))
        wrong = _wrong_facts(snapshot, ticket, line) if line else []
        if wrong:
            text = f"The ticket does not fit its order: {', '.join(wrong)}."
            yield snapshot.breach(Rule.TICKET_WRONG, text, f"ticket {ticket.ticket_id}")


def _wrong_facts(snapshot: OrderSnapshot, ticket: Ticket, line: Line) -> list[str]:
    order = snapshot.order
    is_void = ticket.status is TicketStatus.VOID
    facts = {
        "order": ticket.order_number == order.order_number,
        "event": ticket.event_id == order.event_id,
        "ticket type": ticket.sku == line.sku,
        "origin": ticket.origin is order.origin,
        "people": ticket.admits == line.admits,
        "holder": reissues.has_its_holder(snapshot, ticket),
        "transfer": reissues.is_transferred_as_recorded(snapshot, ticket),
        "replacement": reissues.is_linked(snapshot, ticket),
        "QR text": _is_its_own(ticket, order.event_id),
        "status": not _is_completed(snapshot) or is_void is not _is_valid(order, ticket),
        "reason": reissues.has_its_reason(snapshot, ticket, is_void=is_void),
        "places": 0 <= ticket.places <= ticket.admits,
    }
    return [name for name, is_right in facts.items() if not is_right]


def _is_valid(order: Order, ticket: Ticket) -> bool:
    return ticket.ticket_id in order.valid_ticket_ids


def _is_its_own(ticket: Ticket, event_id: str) -> bool:
    """Return whether the form and ids are right. Doors check the signature; they have the key."""
    try:
        qr = parse(ticket.qr_text)
    except InvalidQr:
        return False
    wanted = (ticket.ticket_id, ticket.order_number, event_id)
    return (qr.ticket_id, qr.order_number, qr.event_id) == wanted


def paid_facts_are_right(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """A paid order names a checkout of its own, or a terminal's transaction; others name none."""
    order = snapshot.order
    if not _is_paid(snapshot):
        if order.paid_checkout_id or order.transaction_id:
            text = f"The order ({order.status}) names a payment and has none."
            yield snapshot.breach(Rule.PAID_FACTS, text)
    elif order.origin is Origin.TERMINAL:
        if order.paid_checkout_id or not order.transaction_id:
            text = "The order was paid at a terminal; it names a checkout, or no transaction."
            yield snapshot.breach(Rule.PAID_FACTS, text)
    elif order.paid_checkout_id not in order.checkout_ids:
        text = "The order is paid, but the paid checkout does not belong to it."
        yield snapshot.breach(Rule.PAID_FACTS, text)


def payment_is_there(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """A paid order has its payment."""
    key = _payment_key(snapshot)
    if key is None or snapshot.is_unreadable(f"payment {key}"):
        return
    if all(payment.transaction_id != key for payment in snapshot.payments):
        text = "The order is completed and not free, and its payment does not exist."
        yield snapshot.breach(Rule.PAYMENT_MISSING, text, f"payment {key}")


def no_payment_is_unwarranted(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """An order has no other payment, and an unpaid one has none."""
    order, key = snapshot.order, _payment_key(snapshot)
    for payment in snapshot.payments:
        if payment.order_number == order.order_number and payment.transaction_id != key:
            text = f"This payment is accepted and the order ({order.status}) does not have it."
            row = f"payment {payment.transaction_id}"
            yield snapshot.breach(Rule.PAYMENT_UNWARRANTED, text, row)


def payment_is_right(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """A payment is for one order and exactly its total, through the checkout that was paid.

    If a person approved it, the amount and currency may differ, and the trail says why.
    """
    key = _payment_key(snapshot)
    for payment in snapshot.payments:
        wrong = _wrong_money(snapshot, payment) if payment.transaction_id == key else []
        if wrong:
            text = f"The payment does not fit its order: {', '.join(wrong)}."
            yield snapshot.breach(Rule.PAYMENT_WRONG, text, f"payment {payment.transaction_id}")


def _wrong_money(snapshot: OrderSnapshot, payment: StoredPayment) -> list[str]:
    order = snapshot.order
    facts = {
        "order": payment.order_number == order.order_number,
        "amount": snapshot.is_approved or payment.amount == order.total.amount,
        "currency": snapshot.is_approved or payment.currency == order.total.currency,
        "merchant": payment.merchant_code == order.merchant_code,
        "checkout": payment.checkout_id == order.paid_checkout_id,
        "origin": payment.origin is order.origin,
    }
    return [name for name, is_right in facts.items() if not is_right]


def checkouts_are_there(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """Every checkout that an order lists has a row, and is listed once."""
    found = {checkout.checkout_id for checkout in snapshot.checkouts}
    for checkout_id, times in Counter(snapshot.order.checkout_ids).items():
        row = f"checkout {checkout_id}"
        if times > 1:
            yield snapshot.breach(Rule.CHECKOUT_WRONG, "The order lists this checkout twice.", row)
        if checkout_id not in found and not snapshot.is_unreadable(row):
            text = "The order lists this checkout and it does not exist."
            yield snapshot.breach(Rule.CHECKOUT_MISSING, text, row)


def checkouts_are_listed(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """Every checkout that names an order is listed by it, and vice versa."""
    order = snapshot.order
    if order.origin and order.checkout_ids:
        text = "The order was not placed in the shop, and lists checkouts."
        yield snapshot.breach(Rule.CHECKOUT_WRONG, text)
    for checkout in snapshot.checkouts:
        is_named = checkout.order_number == order.order_number
        is_listed = checkout.checkout_id in order.checkout_ids
        row = f"checkout {checkout.checkout_id}"
        if is_named and not is_listed:
            text = "The checkout names the order, which does not list it."
            yield snapshot.breach(Rule.CHECKOUT_UNLISTED, text, row)
        if is_listed and not is_named:
            text = f"The order lists the checkout, which names {checkout.order_number}."
            yield snapshot.breach(Rule.CHECKOUT_WRONG, text, row)


def checkouts_are_right(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """A checkout is for the order's total and merchant, and the one that bought it is paid."""
    order = snapshot.order
    for checkout in snapshot.checkouts:
        facts = {
            "amount": checkout.amount == order.total.amount,
            "currency": checkout.currency == order.total.currency,
            "merchant": checkout.merchant_code == order.merchant_code,
            "status": checkout.checkout_id != order.paid_checkout_id
            or checkout.status == PAID
            or snapshot.is_approved,
        }
        wrong = [name for name, is_right in facts.items() if not is_right]
        if wrong and checkout.order_number == order.order_number:
            text = f"The checkout does not fit its order: {', '.join(wrong)}."
            yield snapshot.breach(Rule.CHECKOUT_WRONG, text, f"checkout {checkout.checkout_id}")


def _is_completed(snapshot: OrderSnapshot) -> bool:
    return snapshot.order.status is OrderStatus.COMPLETED


def _is_paid(snapshot: OrderSnapshot) -> bool:
    """Return whether SumUp took money for it: for cash there is only an operator's word."""
    order = snapshot.order
    return _is_completed(snapshot) and not order.is_free and order.origin is not Origin.CASH


def _payment_key(snapshot: OrderSnapshot) -> str | None:
    """Return the key of the payment's row: the transaction or, without one, the checkout."""
    order = snapshot.order
    return (order.transaction_id or order.paid_checkout_id) if _is_paid(snapshot) else None
