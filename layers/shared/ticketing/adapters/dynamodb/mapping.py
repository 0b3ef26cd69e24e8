"""From domain objects to table rows and back; the only place that knows both."""

import math
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model

from ticketing.adapters.dynamodb.models import (
    AuditRow,
    CheckoutRow,
    EventRow,
    LineMap,
    MailRow,
    OrderRow,
    OrganiserRow,
    PaymentRow,
    RefundMap,
    RequestRow,
    RevisionMap,
    TicketRow,
    TicketTypeRow,
)
from ticketing.audit.order_snapshot import StoredCheckout, StoredEntry, StoredMail, StoredPayment
from ticketing.audit.seats import SeatsLeft
from ticketing.emails.mail import Mail, MailKind, MailStatus
from ticketing.errors import InvalidMoney, UnreadableOrder
from ticketing.events.event import Event, Facts, LatePayment, Revision, TicketType
from ticketing.language import Language
from ticketing.money import Money
from ticketing.observability import logger
from ticketing.operators.next_step import changed_attributes, delivery_attributes, row_attributes
from ticketing.orders.audit_entry import AuditEntry
from ticketing.orders.basket import Request
from ticketing.orders.order import Customer, Delivery, Line, Order, OrderStatus, Trouble, Work
from ticketing.orders.refund import Refund, RefundStatus
from ticketing.orders.transitions import Transition
from ticketing.organisers.organiser import Connection, Organiser
from ticketing.payments.checkout_result import CheckoutRecord
from ticketing.payments.payment import Checkout
from ticketing.reconciliation.payment_pair import LedgerPayment
from ticketing.tickets.ticket import Ticket, TicketStatus

Row = TypeVar("Row")
MAIL_WORK = "MAIL"
PERSONAL = "BUYER"
"""Keeps an order in the index of those that name a buyer."""
ATTRIBUTES_OF = {
    "customer": ("customer_name", "customer_email"),
    "refunds": ("refunds", "refund_status"),
    "trouble": ("trouble_code", "trouble_since", "trouble_times"),
    "work": ("work_key",),
}
"""Which attributes of a row hold a field of an order, where they are not named as it is."""
UNREADABLE = (ArithmeticError, TypeError, ValueError)
"""What reading a row raises that somebody wrote by halves; pynamodb's own are among them."""


def order_from(row: OrderRow, payment_window: timedelta) -> Order:
    """Return the order a row describes; `UnreadableOrder` names what is missing or wrong.

    `payment_window` is how long a buyer has where the row itself sets no deadline.
    """
    lacking = missing(row)
    if lacking:
        raise UnreadableOrder(row.order_number, f"it lacks {', '.join(lacking)}")
    try:
        return _order_from(row, payment_window)
    except (*UNREADABLE, InvalidMoney) as problem:
        raise UnreadableOrder(row.order_number, str(problem)) from problem


def readable(rows: Iterator[Row]) -> Iterator[Row]:
    """Return the rows that can be read; one written by halves must not hide the others."""
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except UNREADABLE as problem:
            logger.error("a row cannot be read and is left out", problem=str(problem))


def missing(row: Model | LineMap | RefundMap | RevisionMap) -> list[str]:
    """Return the attributes that a row must have and has not."""
    attributes = row.get_attributes().items()
    return sorted(name for name, a in attributes if not a.null and getattr(row, name) is None)


def _order_from(row: OrderRow, payment_window: timedelta) -> Order:
    return Order(
        order_number=row.order_number,
        status=OrderStatus(row.status),
        created_at=row.created_at,
        deadline=_deadline(row, payment_window),
        customer=_customer(row),
        lines=tuple(_line(line) for line in row.lines),
        total=Money(row.total, row.currency),
        event_id=row.event_id,
        organiser_id=row.organiser_id,
        merchant_code=row.merchant_code,
        checkout_reference=row.checkout_reference,
        checkout_ids=tuple(str(i) for i in row.checkout_ids or ()),
        paid_checkout_id=row.paid_checkout_id,
        transaction_id=row.transaction_id,
        payment_status=row.payment_status,
        status_reason=row.status_reason or "",
        reason_code=row.reason_code or "",
        work=Work(row.work_key) if row.work_key else None,
        next_check_at=row.next_check_at,
        checked_at=row.checked_at,
        trouble=_trouble(row),
        stuck_alerted_at=row.stuck_alerted_at,
        settled_at=row.settled_at,
        delivery=Delivery(row.delivery) if row.delivery else None,
        tickets_revision=_whole("its tickets_revision", row.tickets_revision or 1),
        event_starts_at=row.event_starts_at,
        complained_at=row.complained_at,
        holds_seats=row.holds_seats,
        rejected=bool(row.rejected),
        refunds=tuple(_refund_from(one) for one in row.refunds or ()),
        voided_at=row.voided_at,
        version=_whole("its version", row.version),
        audit_hash=row.audit_hash or "",
    )


def _deadline(row: OrderRow, payment_window: timedelta) -> datetime:
    set_for_it: datetime | None = row.deadline
    return row.created_at + payment_window if set_for_it is None else set_for_it


def _line(line: LineMap) -> Line:
    lacking = missing(line)
    if lacking:
        raise ValueError(f"a line lacks {', '.join(lacking)}")
    if not line.unit_price.is_finite():
        raise ValueError(f"the unit_price of a line is {line.unit_price}")
    quantity = _whole("the quantity of a line", line.quantity)
    return Line(line.sku, line.description, quantity, line.unit_price)


def _refund_from(one: RefundMap) -> Refund:
    lacking = missing(one)
    if lacking:
        raise ValueError(f"a refund lacks {', '.join(lacking)}")
    return Refund(
        transaction_id=one.transaction_id,
        status=RefundStatus(one.status),
        amount=Money(one.amount, one.currency),
        asked_at=one.asked_at,
        attempt=one.attempt or "",
        settled_at=one.settled_at,
        problem=one.problem or "",
    )


def _whole(name: str, value: float) -> int:
    if not math.isfinite(value) or value != int(value):
        raise ValueError(f"{name} is {value}, not a whole number")
    return int(value)


def _trouble(row: OrderRow) -> Trouble | None:
    if not row.trouble_code or row.trouble_since is None:
        return None
    return Trouble(row.trouble_code, row.trouble_since, int(row.trouble_times or 1))


def _customer(row: OrderRow) -> Customer:
    """A language nobody knows, typed in the console, is no reason to hold an order up."""
    known = row.customer_language in set(Language)
    language = Language(row.customer_language) if known else Language.ENGLISH
    return Customer(row.customer_name, row.customer_email, language)


def order_row(order: Order) -> OrderRow:
    """Return the complete row of an order."""
    personal_key = None if order.customer.is_erased else PERSONAL
    return OrderRow(**_attributes(order) | row_attributes(order), personal_key=personal_key)


def written_by(transition: Transition) -> list[Action]:
    """Return what a transition changes in its order's row, with the sentences for people."""
    attributes = _attributes(transition.after)
    names = [n for field in transition.fields for n in ATTRIBUTES_OF.get(field, (field,))]
    written = {name: attributes[name] for name in names} | changed_attributes(transition)
    return [set_or_remove(getattr(OrderRow, name), value) for name, value in written.items()]


def _attributes(order: Order) -> dict[str, Any]:
    return {
        "order_number": order.order_number,
        "status": order.status.value,
        "status_reason": order.status_reason or None,
        "reason_code": order.reason_code or None,
        "created_at": order.created_at,
        "deadline": order.deadline,
        "customer_name": order.customer.name,
        "customer_email": order.customer.email,
        "customer_language": order.customer.language.value,
        "lines": [_line_map(line) for line in order.lines],
        "total": order.total.amount,
        "currency": order.total.currency,
        "event_id": order.event_id,
        "organiser_id": order.organiser_id,
        "merchant_code": order.merchant_code,
        "checkout_reference": order.checkout_reference,
        "checkout_ids": list(order.checkout_ids),
        "paid_checkout_id": order.paid_checkout_id,
        "transaction_id": order.transaction_id,
        "payment_status": order.payment_status,
        "work_key": order.work.value if order.work else None,
        "next_check_at": order.next_check_at,
        "checked_at": order.checked_at,
        "trouble_code": order.trouble.code if order.trouble else None,
        "trouble_since": order.trouble.since if order.trouble else None,
        "trouble_times": order.trouble.times if order.trouble else None,
        "stuck_alerted_at": order.stuck_alerted_at,
        "settled_at": order.settled_at,
        "delivery": order.delivery.value if order.delivery else None,
        "tickets_revision": order.tickets_revision if order.tickets_revision > 1 else None,
        "event_starts_at": order.event_starts_at,
        "complained_at": order.complained_at,
        "holds_seats": order.holds_seats,
        "rejected": order.rejected or None,
        "refunds": [_refund_map(one) for one in order.refunds] or None,
        "refund_status": order.refund_status.value if order.refund_status else None,
        "voided_at": order.voided_at,
        "version": order.version,
        "audit_hash": order.audit_hash or None,
    }


def delivery_said(delivery: Delivery) -> list[Action]:
    """Return the changes that let an order's row say where its tickets are, and what comes next."""
    said = delivery_attributes(delivery)
    return [
        OrderRow.delivery.set(delivery.value),
        *(set_or_remove(getattr(OrderRow, name), text) for name, text in said.items()),
    ]


def set_or_remove(attribute: Attribute[Any], value: object) -> Action:
    """Return the change that lets an attribute have this value; None: not exist."""
    return attribute.remove() if value is None else attribute.set(value)


def _line_map(line: Line) -> LineMap:
    return LineMap(  # type: ignore[no-untyped-call]  # pynamodb leaves it so
        sku=line.sku,
        description=line.description,
        quantity=line.quantity,
        unit_price=line.unit_price,
    )


def _refund_map(refund: Refund) -> RefundMap:
    return RefundMap(  # type: ignore[no-untyped-call]  # pynamodb leaves it so
        transaction_id=refund.transaction_id,
        status=refund.status.value,
        amount=refund.amount.amount,
        currency=refund.amount.currency,
        asked_at=refund.asked_at,
        attempt=refund.attempt or None,
        settled_at=refund.settled_at,
        problem=refund.problem or None,
    )


def checkout_row(order: Order, checkout: Checkout, reference: str, now: datetime) -> CheckoutRow:
    """Return the row for a checkout created for this order, with what it was created for."""
    return CheckoutRow(
        checkout.id,
        order_number=order.order_number,
        reference=reference,
        amount=order.total.amount,
        currency=order.total.currency,
        merchant_code=order.merchant_code,
        status=checkout.status,
        pay_url=checkout.pay_url,
        created_at=now,
    )


def checkout_record_from(row: CheckoutRow) -> CheckoutRecord:
    """Return our note of a checkout."""
    return CheckoutRecord(row.checkout_id, row.order_number, row.reference, row.pay_url)


def stored_checkout_from(row: CheckoutRow) -> StoredCheckout:
    """Return all that a checkout's row says."""
    return StoredCheckout(
        row.checkout_id,
        row.order_number,
        row.amount,
        row.currency,
        row.merchant_code,
        row.status,
    )


def stored_payment_from(row: PaymentRow) -> StoredPayment:
    """Return all that a payment's row says."""
    return StoredPayment(
        row.transaction_id,
        row.order_number,
        row.checkout_id,
        row.amount,
        row.currency,
        row.merchant_code,
    )


def booked_from(row: PaymentRow) -> LedgerPayment:
    """Return an accepted payment; `UnreadableOrder` says what its row lacks."""
    lacking = missing(row)
    if lacking:
        raise UnreadableOrder(row.order_number, f"its payment lacks {', '.join(lacking)}")
    try:
        amount = Money(row.amount, row.currency)
    except InvalidMoney as error:
        raise UnreadableOrder(row.order_number, f"its payment: {error}") from error
    return LedgerPayment(
        transaction_id=row.transaction_id,
        order_number=row.order_number,
        checkout_id=row.checkout_id,
        merchant_code=row.merchant_code,
        amount=amount,
        accepted_at=row.accepted_at,
        code=row.transaction_code,
    )


def stored_mail_from(row: MailRow) -> StoredMail:
    """Return a mail, and whether its row is of the kind the work index holds."""
    return StoredMail(mail_from(row), row.work_key == MAIL_WORK)


def stored_entry_from(row: AuditRow) -> StoredEntry:
    """Return an audit entry and the hash beside it."""
    entry = AuditEntry(
        order_number=row.order_number,
        sequence=_whole("its sequence", row.sequence),
        at=row.at,
        by=row.by,
        change=row.change,
        reason=row.reason,
        seen=row.seen or "",
        previous_hash=row.previous_hash or "",
    )
    return StoredEntry(entry, row.hash)


def seats_left_from(row: TicketTypeRow) -> SeatsLeft:
    """Return how many seats of a ticket type there are, and how many are left."""
    capacity = _whole("its capacity", row.capacity)
    return SeatsLeft(row.event_id, row.sku, capacity, _whole("available", row.available))


def request_key(key: str) -> str:
    """Return the key of a request's row; other kinds of requests have prefixes of their own."""
    return f"order#{key}"


def request_row(order: Order, request: Request) -> RequestRow:
    """Return the row that remembers which order a request became."""
    return RequestRow(
        request_key(request.key),
        kind="order",
        request_hash=request.fingerprint,
        order_number=order.order_number,
        expires_at=request.expires_at,
        expires_at_epoch=int(request.expires_at.timestamp()),
    )


def ticket_row(ticket: Ticket, now: datetime) -> TicketRow:
    """Return the row of a ticket issued now."""
    return TicketRow(
        ticket.ticket_id,
        order_number=ticket.order_number,
        event_id=ticket.event_id,
        holder=ticket.holder,
        sku=ticket.sku,
        description=ticket.description,
        status=ticket.status.value,
        qr_text=ticket.qr_text,
        issued_at=now,
    )


def ticket_from(row: TicketRow) -> Ticket:
    """Return the ticket a row describes."""
    return Ticket(
        ticket_id=row.ticket_id,
        order_number=row.order_number,
        event_id=row.event_id,
        holder=row.holder,
        sku=row.sku,
        description=row.description,
        status=TicketStatus(row.status),
        qr_text=row.qr_text,
    )


def event_from(row: EventRow) -> Event:
    """Return the event a row describes."""
    return Event(
        event_id=row.event_id,
        name=row.name,
        organiser_id=row.organiser_id,
        venue=row.venue,
        address=row.address,
        starts_at=row.starts_at,
        time_zone=row.time_zone,
        late_payment=LatePayment(row.late_payment or LatePayment.HONOUR),
        terms=row.terms or "",
        revision=_whole("its revision", row.revision or 1),
        since=row.since,
        announced=bool(row.announced),
        earlier=tuple(_revision_from(one) for one in row.earlier or ()),
    )


def _revision_from(row: RevisionMap) -> Revision:
    lacking = missing(row)
    if lacking:
        raise ValueError(f"an earlier revision lacks {', '.join(lacking)}")
    facts = Facts(row.name, row.venue, row.address, row.starts_at, row.time_zone)
    return Revision(facts, row.since, bool(row.announced))


def revision_map(revision: Revision) -> RevisionMap:
    """Return an earlier revision of an event as its row keeps it."""
    facts = revision.facts
    return RevisionMap(  # type: ignore[no-untyped-call]  # pynamodb leaves it so
        name=facts.name,
        venue=facts.venue,
        address=facts.address,
        starts_at=facts.starts_at,
        time_zone=facts.time_zone,
        since=revision.since,
        announced=revision.announced,
    )


def ticket_type_from(row: TicketTypeRow) -> TicketType:
    """Return the kind of ticket a row describes."""
    price = Money(row.price, row.currency)
    return TicketType(row.sku, row.name, price, int(row.available))


def organiser_from(row: OrganiserRow) -> Organiser:
    """Return the organiser a row describes; its tokens stay sealed."""
    return Organiser(
        organiser_id=row.organiser_id,
        merchant_code=row.merchant_code or "",
        connection=Connection(row.connection),
        sandbox=bool(row.sandbox),
        token_version=int(row.token_version or 0),
        access_token=row.access_token,
        access_expires_at=row.access_expires_at,
        refresh_token=row.refresh_token,
        lease_owner=row.lease_owner,
        lease_until=row.lease_until,
        refresh_issued_at=row.refresh_issued_at,
        refreshed_at=row.refreshed_at,
        name=row.name or "",
        currency=row.currency or "",
        connection_reason=row.connection_reason or "",
        connection_checked_at=row.connection_checked_at,
        colour=row.colour or "",
        logo=row.logo or "",
        reconciled_until=_day(row.reconciled_until),
    )


def _day(text: str | None) -> date | None:
    """Return a day; one that cannot be read counts as none, for nobody is paid by it."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def mail_row(mail: Mail) -> MailRow:
    """Return the row of a mail that waits to be sent."""
    return MailRow(
        mail.mail_id,
        kind=mail.kind.value,
        recipient=mail.recipient,
        order_number=mail.order_number,
        subject=mail.subject,
        body=mail.body,
        cause=mail.cause,
        status=mail.status.value,
        created_at=mail.created_at,
        attempts=mail.attempts,
        work_key=MAIL_WORK,
        next_attempt_at=mail.next_attempt_at,
        expires_at_epoch=int(mail.expires_at.timestamp()) if mail.expires_at else None,
    )


def mail_from(row: MailRow) -> Mail:
    """Return the mail a row describes."""
    return Mail(
        mail_id=row.mail_id,
        kind=MailKind(row.kind),
        recipient=row.recipient,
        created_at=row.created_at,
        order_number=row.order_number,
        subject=row.subject,
        body=row.body,
        cause=row.cause,
        status=MailStatus(row.status),
        attempts=int(row.attempts),
        abandoned=int(row.abandoned or 0),
        attempt_id=row.attempt_id,
        lease_until=row.lease_until,
        next_attempt_at=row.next_attempt_at,
        problem=row.problem,
        message_id=row.message_id,
        delivered_at=row.delivered_at,
        delayed_at=row.delayed_at,
        failed_at=row.failed_at,
        complained_at=row.complained_at,
    )


def mail_put_back(before: Mail, mail: Mail) -> tuple[list[Action], Condition]:
    """Return what changes in the row of a mail that is put back, and if it is as it was read."""
    tried: Condition = MailRow.attempts == before.attempts
    as_read = tried & (MailRow.status == before.status.value) & MailRow.failed_at.does_not_exist()
    actions: list[Action] = [
        MailRow.status.set(mail.status.value),
        MailRow.work_key.set(MAIL_WORK),
        MailRow.next_attempt_at.set(mail.next_attempt_at or mail.created_at),
        MailRow.abandoned.set(mail.abandoned),
        MailRow.lease_until.remove(),
    ]
    return actions, as_read


def audit_row(entry: AuditEntry) -> AuditRow:
    """Return the row of an audit entry."""
    return AuditRow(
        entry.order_number,
        entry.sequence,
        at=entry.at,
        by=entry.by,
        change=entry.change,
        reason=entry.reason,
        seen=entry.seen or None,
        previous_hash=entry.previous_hash or None,
        hash=entry.hash,
    )
