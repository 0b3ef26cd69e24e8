"""Find who sells the tickets of an event, and into which account its buyers pay."""

from ticketing.errors import UnknownOrganiser
from ticketing.events.event import Event
from ticketing.flows.ports import Organisers


def seller_of(event: Event, organisers: Organisers) -> str:
    """Return the organiser's name; empty if it cannot be read, so that the page is still shown."""
    try:
        return organisers.get(event.organiser_id).name
    except UnknownOrganiser:
        return ""


def merchant_of(event: Event, organisers: Organisers) -> str:
    """Return the organiser's merchant code; raises `UnknownOrganiser` if there is none."""
    merchant_code = organisers.get(event.organiser_id).merchant_code
    if not merchant_code:
        raise UnknownOrganiser(event.organiser_id, "it was never connected")
    return merchant_code
