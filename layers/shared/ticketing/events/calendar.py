"""The calendar entry of an order: the event at its venue, in the venue's own zone. Pure."""

from datetime import timedelta

from icalendar import Calendar
from icalendar import Event as Entry

from ticketing.brand import Brand
from ticketing.events.event import Event
from ticketing.orders.order import Order

LASTS = timedelta(hours=3)
"""How long an event is entered for: its end is not part of what is sold."""


def entry(order: Order, event: Event, brand: Brand) -> str:
    """Return an iCalendar file; the same order and event always give the same one."""
    calendar = Calendar()
    calendar.add("prodid", f"-//{brand.name}//Tickets//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    item = Entry()
    item.add("uid", f"{order.order_number}@{brand.sender.rpartition('@')[2]}")
    item.add("dtstamp", order.created_at)
    item.add("dtstart", event.local_start)
    item.add("dtend", event.local_start + LASTS)
    item.add("summary", event.name)
    item.add("location", f"{event.venue}, {event.address}")
    item.add("description", f"Order {order.order_number}, {order.tickets_count} tickets")
    calendar.add_component(item)
    calendar.add_missing_timezones()
    return str(calendar.to_ical().decode())
