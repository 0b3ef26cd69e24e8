"""The calendar entry of an order: the event at its venue. Pure."""

from datetime import UTC, datetime, timedelta

from ticketing.brand import Brand
from ticketing.events.dates import doors_text
from ticketing.events.event import Event
from ticketing.language import sentences
from ticketing.orders.order import Order
from ticketing.text import one_line

LONGEST_TEXT = 400
LASTS = timedelta(hours=3)
"""How long the entry lasts if the end of the event is not known."""
LAST_MOMENT = datetime.max.replace(microsecond=0, tzinfo=UTC)


def entry(order: Order, event: Event, brand: Brand) -> str:
    """Return an iCalendar file; the same order and event always give the same text.

    A later revision of the event has the same UID and a higher SEQUENCE, so that calendars correct
    the entry they have; once the event is cancelled for good, they remove it. A file's mark
    "cancelled" leaves the entry as it is, because a later file may take the mark back. Times are in
    UTC, because a single event does not need a time zone's rules, which some programs do not
    understand.
    """
    from icalendar import Calendar  # noqa: PLC0415  # few requests need it, and it takes long
    from icalendar import Event as Entry  # noqa: PLC0415  # as above

    language = order.customer.language
    ngettext = sentences(language).ngettext
    is_off = event.cancelled_at is not None
    count = len(order.valid_ticket_ids)
    tickets = ngettext(
        "Order %(number)s, %(num)s ticket", "Order %(number)s, %(num)s tickets", count
    )
    calendar = Calendar()
    calendar.add("prodid", f"-//{one_line(brand.name)}//Tickets//{language.upper()}")
    calendar.add("version", "2.0")
    calendar.add("method", method(event))
    item = Entry()
    item.add("uid", f"{order.order_number}@{brand.sender.rpartition('@')[2]}")
    item.add("sequence", event.revision - 1 + is_off)
    item.add("dtstamp", event.cancelled_at or event.since or order.created_at)
    if is_off:
        item.add("status", "CANCELLED")
    item.add("dtstart", event.starts_at.astimezone(UTC))
    item.add("dtend", _end(event).astimezone(UTC))
    item.add("summary", one_line(event.name, LONGEST_TEXT))
    item.add("url", brand.event_url(event.event_id))
    item.add("location", one_line(f"{event.venue}, {event.address}", LONGEST_TEXT))
    about = tickets % {"number": order.order_number, "num": count}
    item.add("description", ", ".join(filter(None, (about, doors_text(event, language)))))
    calendar.add_component(item)
    return str(calendar.to_ical().decode())


def method(event: Event) -> str:
    """Return the METHOD of the file: what a calendar should do with the entry (RFC 5546)."""
    return "CANCEL" if event.cancelled_at else "PUBLISH"


def _end(event: Event) -> datetime:
    if event.ends_at:
        return event.ends_at
    return min(event.starts_at, LAST_MOMENT - LASTS) + LASTS
