"""Draw an order's tickets, in the organiser's branding where that is possible.

A buyer who paid gets valid tickets even if a logo, a colour or a font cannot be used: the tickets
are drawn without it, and an alert names the problem. A passing problem, such as a bucket that does
not answer, is raised instead, and the next attempt draws them.
"""

from dataclasses import dataclass
from datetime import datetime

from ticketing.archive_keys import tickets_key_of
from ticketing.brand import Brand
from ticketing.flows.find_look import FindLook
from ticketing.flows.notify import Notifier
from ticketing.flows.ports import Archive
from ticketing.observability import logger
from ticketing.operators.alerts import plain_tickets
from ticketing.orders.order import Order
from ticketing.tickets import pdf
from ticketing.tickets.details import Details
from ticketing.tickets.ticket import Paper

PDF = "application/pdf"


@dataclass(frozen=True)
class DrawTickets:
    """Draws tickets for paper or for a phone."""

    archive: Archive
    notifier: Notifier
    brand: Brand
    find_look: FindLook

    def __call__(self, order: Order, details: Details, now: datetime) -> bytes:
        """Draw the tickets on A4 and archive them; return them as archived."""
        document = self.draw(order, details, Paper.A4, now)
        key = tickets_key_of(order, Paper.A4, details.event.revision)
        return self.archive.keep(key, document, PDF)

    def draw(self, order: Order, details: Details, paper: Paper, now: datetime) -> bytes:
        """Return the tickets as a PDF, without archiving it.

        A problem with an organiser's branding causes one alert in the week of `now`.
        """
        look, problem = self.find_look(order.organiser_id, details.organiser)
        drawn = pdf.draw(order, details.event, details.tickets, self.brand, look, paper)
        problem = problem or drawn.problem
        if problem:
            logger.error("plain tickets", order=order.order_number, problem=problem)
            self.notifier.alert(plain_tickets(order, problem, now, self.notifier.admin_links), now)
        return drawn.document
