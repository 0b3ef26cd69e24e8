"""Stored events and ticket types, which an import changes in one transaction."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from ticketing.adapters.dynamodb.events import keys_map, revision_changes
from ticketing.adapters.dynamodb.mapping import (
    ON_SALE,
    about_changes,
    event_from,
    ticket_type_from,
)
from ticketing.adapters.dynamodb.models import EventRow, TicketTypeRow, connection
from ticketing.adapters.dynamodb.retries import was_cancelled
from ticketing.adapters.dynamodb.rows import UNREADABLE, set_or_remove
from ticketing.errors import ImportRefused, InvalidMoney
from ticketing.events.catalogue import Listing, Offer, StoredEvent
from ticketing.events.event import Event, TicketType

PublicKeys = Callable[[str], Mapping[str, bytes]]
"""Returns the raw public keys of an event's tickets, by key id."""


class Stock:
    """The events and ticket types tables, for imports."""

    def __init__(self, public_keys: PublicKeys) -> None:
        """Take the function that returns the keys for each imported event."""
        self._public_keys = public_keys

    def stored(self, event_id: str) -> StoredEvent | None:
        """Return the event as it is now, or None; raises `ImportRefused` if it cannot be read."""
        try:
            return stored_event(event_id)
        except DoesNotExist:
            return None
        except (*UNREADABLE, InvalidMoney) as error:
            raise ImportRefused([f"event {event_id} cannot be read as stored: {error}"]) from error

    def write(self, planned: Sequence[tuple[Listing, StoredEvent | None]]) -> bool:
        """Store everything; or store nothing and return False if anything changed meanwhile."""
        try:
            with TransactWrite(connection=connection()) as t:
                for listing, stored in planned:
                    _write_event(t, listing, stored, self._public_keys(listing.event.event_id))
                    for position, offer in enumerate(listing.offers):
                        _write_type(t, listing, position, offer, stored)
                    for kind in listing.withdrawn:
                        _withdraw(t, listing.event.event_id, kind)
        except TransactWriteError as error:
            if was_cancelled(error):
                return False
            raise
        return True


def stored_event(event_id: str) -> StoredEvent:
    """Return an event with all its ticket types; raises whatever reading their rows raises."""
    event = event_from(EventRow.get(event_id, consistent_read=True))
    types = list(TicketTypeRow.query(event_id, consistent_read=True))
    return StoredEvent(event, {row.sku: ticket_type_from(row) for row in types})


def _write_event(
    t: TransactWrite,
    listing: Listing,
    stored: StoredEvent | None,
    public_keys: Mapping[str, bytes],
) -> None:
    """Write an event, if it still has the same organiser and the revision that was read."""
    event = listing.event
    condition: Condition = EventRow.event_id.does_not_exist()
    if stored:
        as_read = EventRow.revision == stored.event.revision
        if stored.event.revision == 1:
            as_read |= EventRow.revision.does_not_exist()
        condition = (EventRow.organiser_id == event.organiser_id) & as_read
        if not event.cancelled:  # it may have been cancelled since it was read
            condition &= EventRow.cancelled_at.does_not_exist()
    t.update(
        EventRow(event.event_id),
        actions=[
            EventRow.name.set(event.name),
            EventRow.organiser_id.set(event.organiser_id),
            EventRow.venue.set(event.venue),
            EventRow.address.set(event.address),
            EventRow.starts_at.set(event.starts_at),
            EventRow.time_zone.set(event.time_zone),
            set_or_remove(EventRow.doors_at, event.doors_at),
            set_or_remove(EventRow.ends_at, event.ends_at),
            EventRow.late_payment.set(event.late_payment),
            set_or_remove(EventRow.hold_minutes, event.hold_minutes),
            set_or_remove(EventRow.terms, event.terms or None),
            *about_changes(event.about),
            set_or_remove(EventRow.slug, event.slug or None),
            set_or_remove(EventRow.on_sale, ON_SALE if event.is_offered else None),
            set_or_remove(EventRow.cancelled, event.cancelled or None),
            *_terms_of_sale(EventRow, event),
            EventRow.public_keys.set(keys_map(public_keys)),
            *(revision_changes(event) if stored and event.revision > stored.event.revision else ()),
        ],
        condition=condition,
    )


def _terms_of_sale(
    row: type[EventRow | TicketTypeRow], sold: Event | Offer | TicketType
) -> Iterator[Action]:
    yield set_or_remove(row.sale_starts_at, sold.sale_starts_at)
    yield set_or_remove(row.sale_ends_at, sold.sale_ends_at)
    yield set_or_remove(row.off_sale_since, sold.off_sale_since)
    yield set_or_remove(row.window_since, sold.window_since)


def _withdraw(t: TransactWrite, event_id: str, kind: TicketType) -> None:
    """Take a ticket type off sale; tickets that were sold stay as they are."""
    actions = [
        TicketTypeRow.on_sale.set(value=False),
        set_or_remove(TicketTypeRow.off_sale_since, kind.off_sale_since),
    ]
    t.update(TicketTypeRow(event_id, kind.sku), actions, TicketTypeRow.sku.exists())


def _write_type(
    t: TransactWrite, listing: Listing, position: int, offer: Offer, stored: StoredEvent | None
) -> None:
    """Write a ticket type. Seats may be sold meanwhile, so those left change by the difference."""
    before = stored.types.get(offer.sku) if stored else None
    actions: list[Action] = [
        TicketTypeRow.name.set(offer.name),
        TicketTypeRow.price.set(offer.price.amount),
        TicketTypeRow.currency.set(listing.currency),
        TicketTypeRow.capacity.set(offer.capacity),
        TicketTypeRow.position.set(position),
        set_or_remove(TicketTypeRow.admits, None if offer.admits == 1 else offer.admits),
        set_or_remove(TicketTypeRow.on_sale, None if offer.on_sale else False),
        *_terms_of_sale(TicketTypeRow, offer),
    ]
    if before is None:
        condition: Condition = TicketTypeRow.sku.does_not_exist()
        actions.append(TicketTypeRow.available.set(offer.capacity))
    else:
        more = offer.capacity - before.capacity
        condition = TicketTypeRow.capacity == before.capacity
        if more:
            actions.append(TicketTypeRow.available.set(TicketTypeRow.available + more))
        if more < 0:
            condition &= TicketTypeRow.available >= -more
    t.update(TicketTypeRow(listing.event.event_id, offer.sku), actions, condition)
