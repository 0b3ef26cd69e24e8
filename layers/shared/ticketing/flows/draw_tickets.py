"""Draw an order's tickets and archive them, in the organiser's branding where that is possible.

A buyer who paid gets valid tickets even if a logo, a colour or a font cannot be used: they are
drawn without it, and an alert names the problem. A passing problem, such as a bucket that does not
answer, is raised instead, and the next attempt draws them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ticketing.archive_keys import tickets_key
from ticketing.brand import Brand
from ticketing.errors import UnknownOrganiser, UnusableLook
from ticketing.events.event import Event
from ticketing.flows.notify import Notifier
from ticketing.flows.ports import Archive, Organisers
from ticketing.observability import logger
from ticketing.operators.alerts import plain_tickets
from ticketing.orders.order import Order
from ticketing.organisers.organiser import Organiser
from ticketing.tickets import pdf
from ticketing.tickets.branding import Branding, look_of
from ticketing.tickets.ticket import Paper, Ticket

PDF = "application/pdf"


@dataclass(frozen=True)
class DrawTickets:
    """Draws tickets on every paper size."""

    organisers: Organisers
    archive: Archive
    notifier: Notifier
    brand: Brand

    def __call__(
        self, order: Order, event: Event, tickets: Sequence[Ticket], now: datetime
    ) -> bytes:
        """Archive the tickets for every paper size; return those on A4, as archived.

        A problem with an organiser's branding causes one alert a week, which `now` dates.
        """
        look, problem = self._look(order)
        drawn = pdf.render_all(order, event, tickets, self.brand, look)
        problem = problem or drawn.problem
        if problem:
            logger.error("plain tickets", order=order.order_number, problem=problem)
            self.notifier.alert(plain_tickets(order, problem, now, self.notifier.admin_links), now)
        kept = {
            paper: self.archive.keep(
                tickets_key(order.event_id, order.order_number, paper, event.revision),
                document,
                PDF,
            )
            for paper, document in drawn.documents.items()
        }
        return kept[Paper.A4]

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
