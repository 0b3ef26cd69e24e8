"""The same ticket by pretix's own PDF output, on an empty database in memory."""

# ruff: noqa: E402 - Django has to be set up before its models are imported

import os

os.environ["DJANGO_SETTINGS_MODULE"] = "pretix.testutils.settings"

import django

django.setup()

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django_scopes import scopes_disabled
from pretix.base.models import Event, Item, Order, OrderPosition, Organizer
from pretix.plugins.ticketoutputpdf.ticketoutput import PdfTicketOutput

from benchmarks.peers.contest import serve
from benchmarks.peers.fields import EVENT, HOLDER, KIND, PRICE, VENUE, fields

TEXTS = (
    "event_name",
    "event_begin",
    "event_location",
    "attendee_name",
    "itemvar",
    "price",
    "order",
)


def layout() -> list[dict[str, Any]]:
    """Return the fields that every contestant prints, one below the other, and the code."""
    lines = [
        {
            "type": "textarea",
            "fontfamily": "Open Sans",
            "left": 15,
            "bottom": 270 - 10 * number,
            "fontsize": 13,
            "color": [0, 0, 0, 1],
            "bold": False,
            "italic": False,
            "width": 150,
            "content": content,
            "text": "",
            "align": "left",
        }
        for number, content in enumerate(TEXTS)
    ]
    code = {"type": "barcodearea", "left": 15, "bottom": 130, "size": 60, "content": "secret"}
    return [*lines, code]


def position() -> OrderPosition:
    """Make an event and an order with one ticket."""
    call_command("migrate", run_syncdb=True, verbosity=0)
    now = datetime(2026, 6, 1, 12, tzinfo=UTC)
    organizer = Organizer.objects.create(name="Jersey Live", slug="jersey-live")
    event = Event.objects.create(
        organizer=organizer,
        name=EVENT,
        slug="summer",
        location=VENUE,
        currency="GBP",
        date_from=datetime(2026, 7, 18, 18, 30, tzinfo=UTC),
        plugins="pretix.plugins.ticketoutputpdf",
    )
    item = Item.objects.create(event=event, name=KIND, default_price=Decimal(PRICE))
    with transaction.atomic():
        order = Order.objects.create(
            event=event,
            code="ABC12",
            email="buyer@example.com",
            status=Order.STATUS_PAID,
            datetime=now,
            expires=now + timedelta(days=10),
            total=Decimal(PRICE),
            locale="en",
            sales_channel=organizer.sales_channels.get(identifier="web"),
        )
        ticket = OrderPosition.objects.create(
            order=order,
            item=item,
            price=Decimal(PRICE),
            attendee_name_parts={"full_name": HOLDER, "_scheme": "full"},
        )
        order.create_transactions(is_new=True)
    return ticket


def main() -> None:
    settings.DATABASES["default"]["NAME"] = ":memory:"
    settings.DEBUG = False  # it would remember every query
    with scopes_disabled():
        ticket = position()
        output = PdfTicketOutput(ticket.order.event, override_layout=layout())

        def draw(number: int) -> bytes:
            ticket.secret = fields(number).qr_text
            made: bytes = output.generate(ticket)[2]
            return made

        serve(draw)


if __name__ == "__main__":
    main()
