"""Ready-made things for tests: valid by default, one keyword away from any other shape."""

# ruff: noqa: ANN401 - a change may be of any field, hence of any type

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from ticketing.brand import Brand
from ticketing.doors.admission import Admission, Verdict
from ticketing.doors.device import Device, Role, hash_of
from ticketing.doors.scan import Action, Said
from ticketing.events.event import Event, TicketType
from ticketing.flows.notify import Notifier
from ticketing.flows.ports import Outbox, Queue
from ticketing.money import Money
from ticketing.operators.admin_links import AdminLinks
from ticketing.orders.access import OrderAccess
from ticketing.orders.order import Customer, Line, Order, OrderStatus, Work
from ticketing.organisers.organiser import Connection, Organiser
from ticketing.payments.checkout_result import CheckoutRecord
from ticketing.payments.payment import Checkout, Transaction
from ticketing.tickets.qr import QrSigner
from ticketing.tickets.ticket import Ticket, issue

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
"""When the default order is created."""

CHECKOUT_ID = "11111111-2222-4333-8444-555555555555"
LINK_SECRET = '{"key_id": "a", "a": "only-for-tests-only-for-tests-0002"}'
QR_SECRET = '{"key_id": "A", "A": "only-for-tests-only-for-tests-0001"}'


def a_line(**changes: Any) -> Line:
    """Return three general admissions at 15.00."""
    line = Line("general", "General admission", quantity=3, unit_price=Decimal("15.00"))
    return replace(line, **changes)


def an_order(**changes: Any) -> Order:
    """Return an order that waits for its 45.00 GBP; with `lines` alone the total follows them."""
    lines = changes.setdefault("lines", (a_line(),))
    amount = sum((line.unit_price * line.quantity for line in lines), Decimal(0))
    order_number = changes.get("order_number", "ORD-ABC123")
    defaults: dict[str, Any] = {
        "order_number": order_number,
        "status": OrderStatus.PENDING,
        "created_at": NOW,
        "deadline": changes.get("created_at", NOW) + timedelta(hours=2),
        "customer": Customer("Jane Doe", "jane@example.com"),
        "total": Money(amount, "GBP"),
        "event_id": "5",
        "organiser_id": "jersey-live",
        "merchant_code": "MC0001",
        "checkout_reference": order_number,
        "checkout_ids": (CHECKOUT_ID,),
        "work": Work.OPEN,
        "next_check_at": changes.get("created_at", NOW) + timedelta(minutes=5),
    }
    return Order(**(defaults | changes))


def a_ticket_type(**changes: Any) -> TicketType:
    """Return a ticket type on sale, of which one ticket is left."""
    kind = TicketType("general", "General admission", Money(Decimal("15.00"), "GBP"), 1, 10)
    return replace(kind, **changes)


def an_event(**changes: Any) -> Event:
    """Return the event of the default order: a summer evening in Jersey."""
    event = Event(
        event_id="5",
        name="Jersey Live: Summer Sounds",
        organiser_id="jersey-live",
        venue="Howard Davis Park",
        address="La Route de Saint-Clément, St Saviour, Jersey JE2 7LG",
        starts_at=datetime(2026, 7, 18, 18, 30, tzinfo=UTC),
        time_zone="Europe/Jersey",
        on_sale=True,
    )
    return replace(event, **changes)


def an_organiser(**changes: Any) -> Organiser:
    """Return the organiser of the default event, connected, without a look of their own."""
    organiser = Organiser(
        organiser_id="jersey-live",
        merchant_code="MC0001",
        connection=Connection.CONNECTED,
        sandbox=False,
        token_version=1,
        access_token=None,
        access_expires_at=None,
        refresh_token=None,
        name="Jersey Live",
        currency="GBP",
    )
    return replace(organiser, **changes)


def an_access() -> OrderAccess:
    """Return what makes and checks order tokens."""
    return OrderAccess.from_secret(LINK_SECRET)


def a_signer() -> QrSigner:
    """Return a signer whose only key is `A`."""
    return QrSigner.from_secret(QR_SECRET)


def tickets_for(order: Order, signer: QrSigner | None = None) -> tuple[Ticket, ...]:
    """Return the valid, signed tickets of an order."""
    return issue(order, signer or a_signer())


def a_brand(**changes: Any) -> Brand:
    """Return the shop that sends the mails."""
    brand = Brand(
        name="Jersey Events",
        sender="tickets@example.com",
        alert_address="alerts@example.com",
        support="support@example.com",
        public_url="https://tickets.example.com",
        time_zone="Europe/Jersey",
    )
    return replace(brand, **changes)


def later(**delta: float) -> datetime:
    """Return a moment after `NOW`: `later(minutes=5)`."""
    return NOW + timedelta(**delta)


def a_console() -> AdminLinks:
    """Return where administrators look."""
    return AdminLinks("eu-west-2", "tickets-orders", "tickets")


def a_notifier(outbox: Outbox, deliveries: Queue | None = None, **brand: Any) -> Notifier:
    """Return what sends alerts and mails of the shop; `brand` are changes of its brand."""
    return Notifier(outbox, a_brand(**brand), a_console(), deliveries)


def a_record(**changes: Any) -> CheckoutRecord:
    """Return our note of the default order's checkout."""
    return replace(CheckoutRecord(CHECKOUT_ID, "ORD-ABC123", "ORD-ABC123"), **changes)


def a_transaction(**changes: Any) -> Transaction:
    """Return the successful attempt that pays for the default order."""
    paid = Transaction("txn-1", "SUCCESSFUL", Decimal("45.00"), "GBP", "TAAA1", "MC0001")
    return replace(paid, **changes)


def a_checkout(**changes: Any) -> Checkout:
    """Return the default order's checkout, which nobody has paid yet."""
    unpaid = Checkout(
        id=CHECKOUT_ID,
        status="PENDING",
        reference="ORD-ABC123",
        amount=Decimal("45.00"),
        currency="GBP",
        merchant_code="MC0001",
        pay_url="https://pay.example.com/1",
    )
    return replace(unpaid, **changes)


def a_paid_checkout(**changes: Any) -> Checkout:
    """Return the default order's checkout, paid in full by one transaction."""
    transactions = changes.setdefault("transactions", (a_transaction(),))
    named = transactions[0].id if transactions else None
    return a_checkout(**({"status": "PAID", "transaction_id": named} | changes))


def a_device(**changes: Any) -> Device:
    """Return a steward's device at a door of the default event."""
    device = Device(
        event_id="5",
        device_id="D7KQ2",
        gate="Gate A",
        role=Role.STEWARD,
        secret_hash=hash_of("secret"),
        created_at=NOW,
    )
    return replace(device, **changes)


def an_admission(**changes: Any) -> Admission:
    """Return the entry of a scan of that device, which let one person in."""
    entry = Admission(
        event_id="5",
        scan_id="D7KQ2#000001",
        gate="Gate A",
        action=Action.ADMIT,
        verdict=Verdict.ADMITTED,
        at=later(minutes=5),
        arrived_at=later(minutes=5),
        said=Said.ASKING,
        signature="s" * 86,
        hash="00" * 32,
        ticket_id="ORD-ABC123-01",
        sku="general",
        people=1,
        counted=1,
    )
    return replace(entry, **changes)
