"""Write events as an import file; importing it changes nothing. Pure.

Whatever an event does not say is left out. The photograph that a picture was made from is not kept,
so the file has the name of the stored sizes, which the import leaves as they are.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from ticketing.errors import ImportRefused
from ticketing.events import description_text, import_file
from ticketing.events.about import About
from ticketing.events.catalogue import MOST_ROWS, StoredEvent
from ticketing.events.event import Event, LatePayment, TicketType, local_time

Entry = dict[str, Any]


def written(events: Sequence[StoredEvent]) -> bytes:
    """Return the file; `ValueError` names an event that cannot be written."""
    document = {"events": [_event(stored) for stored in events]}
    return (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode()


def mistakes(content: bytes) -> Iterator[str]:
    """Yield why an import would refuse the file: because of edited rows, or too many of them."""
    try:
        listings, found = import_file.read(content)
    except ImportRefused as error:
        yield from error.problems
        return
    yield from found
    rows = sum(listing.rows for listing in listings)
    if rows > MOST_ROWS:
        yield f"{rows} events and ticket types are more than the {MOST_ROWS} of one import"


def _event(stored: StoredEvent) -> Entry:
    event, types = stored.event, sorted(stored.types.values(), key=lambda k: (k.position, k.sku))
    said: Entry = {
        "event_id": event.event_id,
        "organiser_id": event.organiser_id,
        "name": event.name,
        "venue": event.venue,
        "address": event.address,
        "time_zone": event.time_zone,
        "starts_at": _time(event.starts_at, event),
        "doors_at": _time(event.doors_at, event),
        "ends_at": _time(event.ends_at, event),
        "currency": types[0].currency if types else None,
        "on_sale": event.on_sale,
        "cancelled": event.cancelled or None,
        **_sale(event, event),
        "late_payment": event.late_payment if event.late_payment != LatePayment.HONOUR else None,
        "hold_minutes": event.hold_minutes,
        "terms": event.terms or None,
        **_about(event),
        "ticket_types": [_ticket_type(kind, event) for kind in types],
    }
    return _without_gaps(said)


def _about(event: Event) -> Entry:
    about: About = event.about
    try:
        description = description_text.written(about.description)
    except ValueError as error:
        raise ValueError(f"event {event.event_id}: its description {error}") from error
    picture = about.picture
    return {
        "description": description or None,
        "picture": {"keep": picture.name, "alt": picture.alt} if picture else None,
        "age": about.age or None,
        "access": about.access or None,
        "map_url": about.map_url or None,
        "contact": about.contact or None,
        "refunds": about.refunds or None,
        "consent": about.consent or None,
    }


def _ticket_type(kind: TicketType, event: Event) -> Entry:
    said = {
        "sku": kind.sku,
        "name": kind.name,
        "price": f"{kind.price.amount}",
        "capacity": kind.capacity,
        "on_sale": None if kind.on_sale else False,
        **_sale(kind, event),
        "admits": kind.admits if kind.admits != 1 else None,
    }
    return _without_gaps(said)


def _sale(sold: Event | TicketType, event: Event) -> Entry:
    return {
        "sale_starts_at": _time(sold.sale_starts_at, event),
        "sale_ends_at": _time(sold.sale_ends_at, event),
    }


def _without_gaps(said: Entry) -> Entry:
    return {name: value for name, value in said.items() if value is not None}


def _time(moment: datetime | None, event: Event) -> str | None:
    """Return a moment in the venue's local time, with its offset if that time occurs twice."""
    if moment is None:
        return None
    local = local_time(moment, event.time_zone)
    comes_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    is_shown = comes_twice or f"{local.tzinfo}" != event.time_zone
    shown = local if is_shown else local.replace(tzinfo=None)
    return shown.isoformat(timespec="seconds" if local.second else "minutes")
