"""The tickets of an order as a PDF with a page for each. The same input gives the same bytes."""

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from ticketing.brand import Brand
from ticketing.events.event import Event
from ticketing.failures import describe
from ticketing.orders.order import Order
from ticketing.tickets import fallback_page, page_a4, page_a6
from ticketing.tickets.branding import Branding
from ticketing.tickets.fonts import fonts_for
from ticketing.tickets.labels import Common, common, each, labels
from ticketing.tickets.pdf_canvas import About, Sheet
from ticketing.tickets.ticket import Paper, Ticket

DRAW = {Paper.A4: page_a4.draw, Paper.A6: page_a6.draw}


@dataclass(frozen=True)
class Drawn:
    """A PDF, and the problem that made us use the fallback page, if any."""

    document: bytes
    problem: str = ""


def draw(
    order: Order,
    event: Event,
    tickets: Sequence[Ticket],
    brand: Brand,
    look: Branding,
    paper: Paper,
) -> Drawn:
    """Draw the tickets, with the fallback page if the design fails in any way.

    A plain ticket opens the door; a missing one does not.
    """
    try:
        return Drawn(render(order, event, tickets, brand, look, paper))
    except Exception as error:  # noqa: BLE001 - whatever fonts, pictures and libraries may raise
        all_say, one_says = common(order, event, brand, look), each(order, tickets)
        plain = fallback_page.render(paper, about(order, all_say), all_say, one_says)
        return Drawn(plain, describe(error))


def render(
    order: Order,
    event: Event,
    tickets: Sequence[Ticket],
    brand: Brand,
    look: Branding | None = None,
    paper: Paper = Paper.A4,
) -> bytes:
    """Return a PDF with a page for each ticket.

    Letters that the fonts cannot print become `?`, and texts that are too long are made smaller or
    cut, so that no name makes this fail.
    """
    look = look or Branding()
    all_say, one_says = common(order, event, brand, look), each(order, tickets)
    texts = [*_texts(astuple(all_say)), *(t for one in one_says for t in _texts(astuple(one)))]
    sheet = Sheet(paper, about(order, all_say), fonts_for(texts))
    DRAW[paper](sheet, look, labels(all_say.language), all_say, one_says)
    return sheet.output()


def about(order: Order, common: Common) -> About:
    title = f"{common.event} - {order.order_number}"
    return About(title, common.organiser or common.brand, common.language, order.created_at)


def _texts(values: tuple[object, ...]) -> list[str]:
    return [
        text
        for value in values
        for text in (_texts(value) if isinstance(value, tuple) else [str(value)])
    ]
