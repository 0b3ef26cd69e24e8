"""Draw an order's tickets for a phone when its buyer asks for them, and keep them.

Most buyers never ask: the mail has the codes and the PDF for paper. The first request draws, later
ones only make a link. Whatever fails in between, the next request finds the PDF or draws it again;
two at the same moment draw the same bytes, of which the archive keeps the first.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from ticketing.errors import EventNotFound, UnreadableOrder
from ticketing.events.revision import as_of
from ticketing.flows.draw_tickets import PDF
from ticketing.flows.order_page import key_of, link_to, open_order
from ticketing.flows.ports import Archive, ReadsDetails, ReadsOrders
from ticketing.orders.access import OrderAccess
from ticketing.orders.order import Order
from ticketing.tickets.details import Details
from ticketing.tickets.ticket import Paper


@dataclass(frozen=True)
class DrawPhoneTickets:
    """Draws tickets for a phone, once for each revision of their event that was sent."""

    orders: ReadsOrders
    details: ReadsDetails
    draw: Callable[[Order, Details, Paper, datetime], bytes]
    archive: Archive
    access: OrderAccess

    def __call__(self, order_number: str, token: str, now: datetime) -> str:
        """Return a link to the PDF, valid for 5 minutes.

        Raises `OrderNotFound` unless the token opens the order, `NotIssued` and `TicketsVoid` as
        for the tickets on paper, and whatever reading, drawing or archiving raises.
        """
        order = self._open(order_number, token)
        key = key_of(order, Paper.A6)
        if not self.archive.has(key):
            document = self._drawn(order, now)
            # While it was drawn, the money may have gone back, or the buyer may have been erased,
            # and with them every file of theirs.
            key_of(self._open(order_number, token), Paper.A6)
            self.archive.keep(key, document, PDF)
        return link_to(self.archive, order, Paper.A6)

    def _open(self, order_number: str, token: str) -> Order:
        return open_order(self.orders, self.access, order_number, token)

    def _drawn(self, order: Order, now: datetime) -> bytes:
        """Draw the tickets with the event as it was when they were last sent."""
        try:
            details = self.details.of(order)
        except EventNotFound as error:
            raise UnreadableOrder(order.order_number, str(error)) from error
        sent = replace(details, event=as_of(details.event, order.tickets_revision))
        return self.draw(order, sent, Paper.A6, now)
