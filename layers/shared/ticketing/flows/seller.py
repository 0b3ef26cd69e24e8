"""Who sells the tickets of an event, for its pages."""

from ticketing.errors import UnknownOrganiser
from ticketing.events.event import Event
from ticketing.flows.ports import Organisers


def seller_of(event: Event, organisers: Organisers) -> str:
    """Return the organiser's name; empty if there is none: no page is missing because of that."""
    try:
        return organisers.get(event.organiser_id).name
    except UnknownOrganiser:
        return ""
