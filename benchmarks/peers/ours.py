"""Our tickets, as `deliver_tickets` attaches them: `python -m benchmarks.peers.ours 1`."""

import sys
from decimal import Decimal

from benchmarks.peers.contest import serve
from benchmarks.peers.fields import EVENT, HOLDER, KIND, PRICE, VENUE, fields, qr_text
from tests.support.builders import a_brand, a_line, an_event, an_order
from ticketing.orders.order import Customer
from ticketing.tickets import pdf
from ticketing.tickets.branding import Branding
from ticketing.tickets.ticket import Paper, issue

BUYER = Customer(HOLDER, "buyer@example.com")
SHOW, BRAND = an_event(name=EVENT, venue=VENUE), a_brand()


class _Codes:
    """Makes the same codes as the peers."""

    def text(self, ticket_id: str, order_number: str, _: str) -> str:
        return qr_text(ticket_id, order_number)


def draw(number: int, quantity: int) -> bytes:
    """Draw the tickets of one order on A4, without the rest of its mail."""
    line = a_line(description=KIND, quantity=quantity, unit_price=Decimal(PRICE))
    order = an_order(order_number=fields(number).order_number, customer=BUYER, lines=(line,))
    return pdf.render(order, SHOW, issue(order, _Codes()), BRAND, Branding(), Paper.A4)


if __name__ == "__main__":
    tickets_an_order = int(sys.argv[1])
    serve(lambda number: draw(number, tickets_an_order))
