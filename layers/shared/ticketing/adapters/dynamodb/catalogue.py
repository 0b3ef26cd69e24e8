"""Events and ticket types as they are stored, changed by an import in one transaction."""

from collections.abc import Callable, Mapping, Sequence

from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from ticketing.adapters.dynamodb.events import keys_map
from ticketing.adapters.dynamodb.mapping import ON_SALE, event_from, revision_map
from ticketing.adapters.dynamodb.models import EventRow, TicketTypeRow, connection
from ticketing.adapters.dynamodb.retries import was_cancelled
from ticketing.adapters.dynamodb.rows import UNREADABLE, read_as, set_or_remove
from ticketing.errors import ImportRefused, InvalidMoney
from ticketing.events.catalogue import Listing, Offer, StoredEvent, StoredType
from ticketing.events.event import Event
from ticketing.money import Money

PublicKeys = Callable[[str], Mapping[str, bytes]]
"""Returns the raw public keys of an event's tickets, by key id."""


class Stock:
    """The events and ticket types tables, for imports."""

    def __init__(self, public_keys: PublicKeys) -> None:
        """Give each event its public keys."""
        self._public_keys = public_keys

    def stored(self, event_id: str) -> StoredEvent | None:
        """Return the event as it is now; None if there is none."""
        try:
            event = event_from(EventRow.get(event_id, consistent_read=True))
            types = list(TicketTypeRow.query(event_id, consistent_read=True))
            return StoredEvent(event, {row.sku: _stored_type(row) for row in types})
        except DoesNotExist:
            return None
        except (*UNREADABLE, InvalidMoney) as error:
            raise ImportRefused([f"event {event_id} cannot be read as stored: {error}"]) from error

    def write(self, planned: Sequence[tuple[Listing, StoredEvent | None]]) -> bool:
        """Store all of it, or nothing and return False if anything changed since it was read."""
        try:
            with TransactWrite(connection=connection()) as t:
                for listing, stored in planned:
                    _write_event(t, listing, stored, self._public_keys(listing.event.event_id))
                    for offer in listing.offers:
                        _write_type(t, listing, offer, stored)
        except TransactWriteError as error:
            if was_cancelled(error):
                return False
            raise
        return True


def _stored_type(row: TicketTypeRow) -> StoredType:
    return read_as(StoredType, row, price=Money(row.price, row.currency))


def _write_event(
    t: TransactWrite,
    listing: Listing,
    stored: StoredEvent | None,
    public_keys: Mapping[str, bytes],
) -> None:
    """An event stays its organiser's, and its revisions are counted from what was read."""
    event = listing.event
    condition: Condition = EventRow.event_id.does_not_exist()
    if stored:
        as_read = EventRow.revision == stored.event.revision
        if stored.event.revision == 1:
            as_read |= EventRow.revision.does_not_exist()
        condition = (EventRow.organiser_id == event.organiser_id) & as_read
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
            set_or_remove(EventRow.on_sale, ON_SALE if event.on_sale else None),
            EventRow.public_keys.set(keys_map(public_keys)),
            *(_revision(event) if stored and event.revision > stored.event.revision else ()),
        ],
        condition=condition,
    )


def _revision(event: Event) -> list[Action]:
    return [
        EventRow.revision.set(event.revision),
        *([EventRow.since.set(event.since)] if event.since else []),
        EventRow.announced.set(event.announced),
        EventRow.earlier.set([revision_map(one) for one in event.earlier]),
    ]


def _write_type(
    t: TransactWrite, listing: Listing, offer: Offer, stored: StoredEvent | None
) -> None:
    """Seats may be sold at the same time: the seats left change by the difference, not below 0."""
    before = stored.types.get(offer.sku) if stored else None
    actions: list[Action] = [
        TicketTypeRow.name.set(offer.name),
        TicketTypeRow.price.set(offer.price.amount),
        TicketTypeRow.currency.set(listing.currency),
        TicketTypeRow.capacity.set(offer.capacity),
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
