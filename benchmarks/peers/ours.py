"""Our tickets, as `deliver_tickets` attaches them: `python -m benchmarks.peers.ours 1`."""

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from benchmarks.peers.contest import serve
from benchmarks.peers.fields import EVENT, HOLDER, KIND, PRICE, VENUE, fields
from ticketing.brand import Brand
from ticketing.events.event import Event
from ticketing.money import Money
from ticketing.orders.order import Customer, Line, Order, OrderStatus, Work
from ticketing.tickets import pdf
from ticketing.tickets.branding import Branding
from ticketing.tickets.ticket import Paper, Ticket, TicketStatus

CREATED_AT = datetime(2026, 6, 1, 12, tzinfo=UTC)
TEMPLATE = Order(
    order_number="ORD-000000",
    status=OrderStatus.PENDING,
    created_at=CREATED_AT,
    deadline=CREATED_AT + timedelta(hours=2),
    customer=Customer(HOLDER, "buyer@example.com"),
    total=Money(Decimal(PRICE), "GBP"),
    event_id="5",
    organiser_id="jersey-live",
    merchant_code="MC0001",
    checkout_reference="ORD-000000",
    lines=(Line("general", KIND, 1, Decimal(PRICE)),),
    work=Work.OPEN,
)
SHOW = Event(
    event_id="5",
    name=EVENT,
    organiser_id="jersey-live",
    venue=VENUE,
    address="La Route de Saint-Clément, St Saviour, Jersey JE2 7LG",
    starts_at=datetime(2026, 7, 18, 18, 30, tzinfo=UTC),
    time_zone="Europe/Jersey",
)
BRAND = Brand(
    name="Jersey Events",
    sender="tickets@example.com",
    alert_address="alerts@example.com",
    support="support@example.com",
    public_url="https://tickets.example.com",
    time_zone="Europe/Jersey",
)


def draw(number: int, quantity: int) -> bytes:
    """Draw the tickets of one order for A4, whatever else a mail carries."""
    texts = [fields(number, ticket) for ticket in range(1, quantity + 1)]
    order = replace(
        TEMPLATE,
        order_number=texts[0].order_number,
        lines=(replace(TEMPLATE.lines[0], quantity=quantity),),
        total=Money(Decimal(PRICE) * quantity, "GBP"),
    )
    tickets = [
        Ticket(
            ticket_id=text.ticket_id,
            order_number=text.order_number,
            event_id="5",
            holder=HOLDER,
            sku="general",
            description=KIND,
            status=TicketStatus.VALID,
            qr_text=text.qr_text,
        )
        for text in texts
    ]
    return pdf.render(order, SHOW, tickets, BRAND, Branding(), Paper.A4)


if __name__ == "__main__":
    tickets_an_order = int(sys.argv[1])
    serve(lambda number: draw(number, tickets_an_order))
