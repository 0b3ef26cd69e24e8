"""Draw an order's tickets and keep them: in the organiser's look, plainly if that cannot be done.

A buyer who paid gets tickets that open the door, whatever is wrong with a logo, a colour or a font;
the operators are told what it was. Trouble that passes, such as a bucket that does not answer, is
left to the next try.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ticketing.archive_keys import tickets_key
from ticketing.brand import Brand
from ticketing.emails.mail import Mail, to_operators
from ticketing.errors import UnknownOrganiser, UnusableLook
from ticketing.events.event import Event
from ticketing.observability import logger
from ticketing.operators.admin_links import AdminLinks
from ticketing.operators.alerts import plain_tickets
from ticketing.orders.order import Order
from ticketing.organisers.organiser import Organiser
from ticketing.tickets import pdf
from ticketing.tickets.branding import Branding, look_of
from ticketing.tickets.ticket import Paper, Ticket

PDF = "application/pdf"


class Organisers(Protocol):
    """What is needed of the organisers table."""

    def get(self, organiser_id: str) -> Organiser: ...


class Archive(Protocol):
    """What is needed of the bucket: the first body kept under a key stays."""

    def keep(self, key: str, body: bytes, content_type: str) -> bytes: ...
    def find(self, key: str) -> bytes | None: ...


class Outbox(Protocol):
    """What is needed of the mails table."""

    def add_once(self, mail: Mail) -> bool: ...


@dataclass(frozen=True)
class DrawTickets:
    """The flow with everything it talks to."""

    organisers: Organisers
    archive: Archive
    outbox: Outbox
    brand: Brand
    console: AdminLinks

    def __call__(
        self, order: Order, event: Event, tickets: Sequence[Ticket], now: datetime
    ) -> bytes:
        """Keep the tickets for every paper; return those to be printed, as they are kept.

        What is wrong with a look is told once a week, organiser and cause, however many tickets
        it costs their looks. `now` dates that alert.
        """
        look, problem = self._look(order)
        drawn = pdf.render_all(order, event, tickets, self.brand, look)
        problem = problem or drawn.problem
        if problem:
            logger.error("plain tickets", order=order.order_number, problem=problem)
            told = plain_tickets(order, problem, now, self.console)
            self.outbox.add_once(to_operators(told, self.brand, now))
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
        """Return the look of the order's organiser, or the shop's own and why."""
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
        except ValueError as error:  # somebody typed it in the console
            raise UnusableLook(str(error)) from error
        if logo is None:
            raise UnusableLook(f"the logo {organiser.logo} is not in the bucket")
        return logo
