"""The mails of the gallery: each kind and hard case, finished, as SES would get it."""

from collections.abc import Iterator
from email.message import EmailMessage

from tests.builders import NOW, a_brand, an_event, an_order, tickets_for
from ticketing.emails import compose
from ticketing.language import Language
from ticketing.orders.order import Customer, Order
from ticketing.tickets import pdf


def mails() -> Iterator[tuple[str, EmailMessage]]:
    """Return every mail of the gallery with its title."""
    for language in Language:
        order = an_order(customer=Customer("Zoë Éloïse", "zoe@example.com", language))
        yield f"Confirmation, {language}", _confirmation(order)


def _confirmation(order: Order) -> EmailMessage:
    event, brand, tickets = an_event(), a_brand(), tickets_for(order)
    return compose.confirmation(
        f"{order.order_number}#confirmation#1",
        NOW,
        order,
        event,
        tickets,
        pdf.render(order, event, tickets, brand),
        brand,
        brand.order_url(order.order_number, "token"),
    )
