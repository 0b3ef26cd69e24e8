"""Draw an order's tickets, in the organiser's branding where that is possible.

A buyer who paid gets valid tickets even if a logo, a colour or a font cannot be used: they are
drawn without it, and an alert names the problem. A passing problem, such as a bucket that does not
answer, is raised instead, and the next attempt draws them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ticketing.archive_keys import tickets_key
from ticketing.brand import Brand
from ticketing.errors import TicketsMissing, UnknownOrganiser, UnusableLook
from ticketing.events.event import Event
from ticketing.flows.notify import Notifier
from ticketing.flows.ports import Archive, Organisers, Tickets
from ticketing.observability import logger
from ticketing.operators.alerts import plain_tickets
from ticketing.orders.order import Order
from ticketing.organisers.organiser import Organiser
from ticketing.tickets import pdf
from ticketing.tickets.branding import Branding, look_of
from ticketing.tickets.ticket import Paper, Ticket, ticket_ids

PDF = "application/pdf"


@dataclass(frozen=True)
class DrawTickets:
    """Draws tickets for paper or for a phone."""

    organisers: Organisers
    archive: Archive
    notifier: Notifier
    brand: Brand

    def __call__(
        self, order: Order, event: Event, tickets: Sequence[Ticket], now: datetime
    ) -> bytes:
        """Draw the tickets on A4 and archive them; return them as archived."""
        document = self.draw(order, event, tickets, Paper.A4, now)
        key = tickets_key(order.event_id, order.order_number, Paper.A4, event.revision)
        return self.archive.keep(key, document, PDF)

    def draw(
        self, order: Order, event: Event, tickets: Sequence[Ticket], paper: Paper, now: datetime
    ) -> bytes:
        """Return the tickets as a PDF, which is not archived.

        A problem with an organiser's branding causes one alert a week, which `now` dates.
        """
        look, problem = self._look(order)
        drawn = pdf.draw(order, event, tickets, self.brand, look, paper)
        problem = problem or drawn.problem
        if problem:
            logger.error("plain tickets", order=order.order_number, problem=problem)
            self.notifier.alert(plain_tickets(order, problem, now, self.notifier.admin_links), now)
        return drawn.document

    def _look(self, order: Order) -> tuple[Branding, str]:
        """Return the organiser's branding, or a plain one and the problem."""
        try:
            organiser = self.organisers.get(order.organiser_id)
        except UnknownOrganiser:
            return Branding(), f"the row of organiser {order.organiser_id} cannot be read"
        try:
            return look_of(organiser, self._logo(organiser)), ""
        except UnusableLook as error:
            return Branding(organiser.name), str(error)

    def _logo(self, organiser: Organiser) -> bytes | None:
        if not organiser.logo:
            return None
        try:
            logo = self.archive.find(organiser.logo)
        except ValueError as error:  # an operator typed the key in the console
            raise UnusableLook(str(error)) from error
        if logo is None:
            raise UnusableLook(f"the logo {organiser.logo} is not in the bucket")
        return logo


def tickets_of(order: Order, tickets: Tickets) -> tuple[Ticket, ...]:
    """Return an order's tickets; raises `TicketsMissing` unless it has all of them."""
    wanted = ticket_ids(order)
    found = tickets.get_all(wanted)
    if len(found) != len(wanted):
        raise TicketsMissing(order.order_number, len(wanted), len(found))
    return found
