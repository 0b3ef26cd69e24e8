"""Things as they stand in the tables: put there for a test, and read back from there."""

# ruff: noqa: ANN401 - a change may be of any field, hence of any type

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.support.builders import CHECKOUT_ID, NOW, an_event
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.mapping import (
    MAIL_WORK,
    ON_SALE,
    audit_row,
    checkout_row,
    mail_row,
    order_row,
    revision_map,
    ticket_row,
)
from ticketing.adapters.dynamodb.models import (
    AuditRow,
    CheckoutRow,
    EventRow,
    MailRow,
    OrderRow,
    PaymentRow,
    TicketTypeRow,
)
from ticketing.audit.order_snapshot import OrderSnapshot
from ticketing.emails.mail import Mail, MailKind
from ticketing.events.event import Event, Revision
from ticketing.orders.order import Order
from ticketing.orders.reason import Reason
from ticketing.payments.checkout_result import CheckoutRecord
from ticketing.payments.decision import Action, Decision
from ticketing.payments.payment import PAID, SUCCESSFUL, Checkout, Transaction

LATER = NOW + timedelta(minutes=5)
"""When the default order is looked at."""

TRANSACTION_ID = "99999999-8888-4777-8666-555555555555"
CAPACITY = 150


def sell(available: int = 100, sku: str = "general", event: Event | None = None) -> None:
    """Put an event and one of its ticket types on sale."""
    event = event or an_event()
    EventRow(
        event.event_id,
        name=event.name,
        organiser_id=event.organiser_id,
        venue=event.venue,
        address=event.address,
        starts_at=event.starts_at,
        time_zone=event.time_zone,
        late_payment=event.late_payment.value,
        on_sale=ON_SALE if event.on_sale else None,
    ).save()
    TicketTypeRow(
        event.event_id,
        sku,
        name=sku,
        price=Decimal("15.00"),
        currency="GBP",
        capacity=CAPACITY,
        available=available,
    ).save()


def move_event(event_id: str, starts_at: datetime) -> None:
    """Let an event begin at another time; its row keeps when it was to begin at first."""
    as_sold = revision_map(Revision(EventTable().get(event_id).facts))
    row = EventRow(event_id)
    row.update([EventRow.starts_at.set(starts_at), EventRow.earlier.set([as_sold])])


def store(order: Order) -> Order:
    """Store an order as it is, with its checkouts; seats are not counted."""
    order_row(order).save()
    for checkout_id in order.checkout_ids:
        checkout = Checkout(checkout_id, "PENDING")
        checkout_row(order, checkout, order.checkout_reference, order.created_at).save()
    return order


def store_mail(mail: Mail) -> Mail:
    """Store a mail as it would be written with its cause."""
    mail_row(mail).save()
    return mail


def keep(evidence: OrderSnapshot) -> OrderSnapshot:
    """Store an order with all rows that name it, exactly as they are; seats are not counted."""
    order = evidence.order
    order_row(order).save()
    for ticket in evidence.tickets:
        ticket_row(ticket, order.settled_at or order.created_at).save()
    for payment in evidence.payments:
        PaymentRow(**asdict(payment), transaction_code="TAAA1", accepted_at=order.created_at).save()
    for checkout in evidence.checkouts:
        CheckoutRow(
            **asdict(checkout), reference=order.checkout_reference, created_at=order.created_at
        ).save()
    for stored in evidence.mails:
        row = mail_row(stored.mail)
        for name in ("abandoned", "attempt_id", "lease_until", "problem", "message_id"):
            setattr(row, name, getattr(stored.mail, name))
        row.work_key = MAIL_WORK if stored.has_work_key else None
        row.save()
    for entry in evidence.trail:
        written = audit_row(entry.entry)
        written.hash = entry.hash
        written.save()
    return evidence


def seats_left(sku: str = "general", event_id: str = "5") -> int:
    """Return how many seats are on sale."""
    return int(TicketTypeRow.get(event_id, sku).available)


def audit_of(order: Order) -> list[AuditRow]:
    """Return an order's audit rows in their sequence."""
    return list(AuditRow.query(order.order_number))


def row_of(order: Order) -> OrderRow:
    """Return an order's row as it is now."""
    return OrderRow.get(order.order_number)


def mail_of(mail_id: str) -> MailRow:
    """Return a mail's row as it is now."""
    return MailRow.get(mail_id)


def a_payment(**changes: Any) -> Transaction:
    """Return the payment that fits the default order."""
    payment = Transaction(
        TRANSACTION_ID, SUCCESSFUL, Decimal("45.00"), "GBP", "TAAA1BBB2C", "MC0001"
    )
    return replace(payment, **changes)


def a_checkout(**changes: Any) -> Checkout:
    """Return the paid checkout of the default order."""
    checkout = Checkout(
        CHECKOUT_ID,
        PAID,
        "ORD-ABC123",
        Decimal("45.00"),
        "GBP",
        "MC0001",
        TRANSACTION_ID,
        (a_payment(),),
    )
    return replace(checkout, **changes)


def a_decision(action: Action, reason: Reason, **changes: Any) -> Decision:
    """Return a decision about the default order's checkout as it was seen."""
    checkout = changes.pop("checkout", a_checkout())
    record = CheckoutRecord(CHECKOUT_ID, "ORD-ABC123", "ORD-ABC123")
    explained = Decision(action, reason, "What happened, in words.", record=record)
    return replace(explained, checkout=checkout, **changes)


def paid(**changes: Any) -> Decision:
    """Return the decision that the default order is paid."""
    return a_decision(Action.ISSUE, Reason.PAID, **{"payment": a_payment(), **changes})


def a_mail(**changes: Any) -> Mail:
    """Return the confirmation that brings the default order's tickets."""
    order_number = changes.get("order_number", "ORD-ABC123")
    mail = Mail(
        f"{order_number}#confirmation#1",
        MailKind.CONFIRMATION,
        "jane@example.com",
        created_at=LATER,
        order_number=order_number,
        next_attempt_at=LATER + timedelta(minutes=2),
    )
    return replace(mail, **changes)


def in_utc(text: str) -> datetime:
    """Return the moment of an ISO-8601 text in UTC; anything else is an error."""
    moment = datetime.fromisoformat(text)
    assert moment.utcoffset() == timedelta(0), text
    return moment
