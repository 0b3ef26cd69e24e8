"""The calendar entry of an order: the event at its venue, in the venue's own zone. Pure."""

from datetime import timedelta

from ticketing.brand import Brand
from ticketing.events.event import Event
from ticketing.language import sentences
from ticketing.orders.order import Order
from ticketing.text import one_line

LONGEST_TEXT = 400
LASTS = timedelta(hours=3)
"""How long the calendar entry lasts: an event's end is not part of what is sold."""


def entry(order: Order, event: Event, brand: Brand) -> str:
    """Return an iCalendar file; the same order and event always give the same bytes.

    A later revision of the event has the same UID and a higher SEQUENCE, so that calendars correct
    the entry they have.
    """
    from icalendar import Calendar  # noqa: PLC0415  # few requests need it, and it takes long
    from icalendar import Event as Entry  # noqa: PLC0415  # as above

    language = order.customer.language
    ngettext = sentences(language).ngettext
    count = order.tickets_count
    tickets = ngettext(
        "Order %(number)s, %(num)s ticket", "Order %(number)s, %(num)s tickets", count
    )
    calendar = Calendar()
    calendar.add("prodid", f"-//{one_line(brand.name)}//Tickets//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    item = Entry()
    item.add("uid", f"{order.order_number}@{brand.sender.rpartition('@')[2]}")
    item.add("sequence", event.revision - 1)
    item.add("dtstamp", event.since or order.created_at)
    item.add("dtstart", event.local_start)
    item.add("dtend", event.local_start + LASTS)
    item.add("summary", one_line(event.name, LONGEST_TEXT))
    item.add("location", one_line(f"{event.venue}, {event.address}", LONGEST_TEXT))
    item.add("description", tickets % {"number": order.order_number, "num": count})
    calendar.add_component(item)
    calendar.add_missing_timezones()
    return str(calendar.to_ical().decode())
