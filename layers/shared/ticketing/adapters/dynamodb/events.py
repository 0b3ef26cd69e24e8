"""The tables of events and ticket types: what is sold, where and when, and how much is left."""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime

from pynamodb.exceptions import DoesNotExist, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ticketing.adapters.dynamodb.mapping import (
    ON_SALE,
    event_from,
    revision_map,
    ticket_type_from,
)
from ticketing.adapters.dynamodb.models import EventRow, TicketTypeRow
from ticketing.adapters.dynamodb.retries import condition_failed, update_if
from ticketing.adapters.dynamodb.rows import UNREADABLE, equals, readable, set_or_remove
from ticketing.errors import EventNotFound, MissingSetting, UnreadableEvent
from ticketing.events.event import Event, RefundPolicy, TicketType

KEY_BYTES = 32
"""The length of an Ed25519 public key."""


class EventTable:
    """Events by id, and those on sale."""

    def get(self, event_id: str) -> Event:
        """Return the event as it is now.

        Raises `EventNotFound` for a missing or unreadable row.
        """
        try:
            return event_from(EventRow.get(event_id, consistent_read=True))
        except DoesNotExist as error:
            raise EventNotFound(event_id) from error
        except UNREADABLE as error:
            raise UnreadableEvent(event_id, str(error)) from error

    def public_keys(self, event_id: str) -> Mapping[str, bytes]:
        """Return the raw public keys of an event's tickets, by key id.

        Raises `EventNotFound`, and `MissingSetting` while none are published.
        """
        try:
            row = EventRow.get(event_id, consistent_read=True)
            stored = row.attribute_values.get("public_keys")
            keys = stored.as_dict() if stored else {}
            found = {key_id: _raw_key(key) for key_id, key in keys.items()}
        except DoesNotExist as error:
            raise EventNotFound(event_id) from error
        except UNREADABLE as error:
            raise UnreadableEvent(event_id, str(error)) from error
        if not found:
            publish = "python -m ticketing qr publish"
            raise MissingSetting([f"event {event_id} has no public keys: run `{publish}`"])
        return found

    def publish_keys(self, event_id: str, public_keys: Mapping[str, bytes]) -> None:
        """Store the raw public keys of an event's tickets; raises `EventNotFound`."""
        keys = EventRow.public_keys.set(keys_map(public_keys))
        try:
            EventRow(event_id).update([keys], EventRow.event_id.exists())
        except UpdateError as error:
            if not condition_failed(error):
                raise
            raise EventNotFound(event_id) from error

    def ids(self) -> Iterator[str]:
        """Yield the ids of all events, in no particular order."""
        for row in EventRow.scan(attributes_to_get=["event_id"], consistent_read=True):
            yield row.event_id

    def mark_announced(self, event: Event) -> None:
        """Note that the buyers who knew earlier revisions were told of this one.

        Nothing is written if the event changed since it was read.
        """
        as_read = EventRow.revision == event.revision
        try:
            EventRow(event.event_id).update([EventRow.announced.set(value=True)], as_read)
        except UpdateError as error:
            if not condition_failed(error):
                raise

    def cancel(self, event_id: str, policy: RefundPolicy, now: datetime) -> Event:
        """Cancel the event, which takes it off sale, and return it as it is then.

        An event that was cancelled before keeps that time. If money was promised back, nothing is
        written for any other policy, as the returned event shows. Raises `EventNotFound`.
        """
        kept_since = EventRow.off_sale_since | now
        row = EventRow(event_id)
        is_there: Condition = EventRow.event_id.exists()
        promised: Condition = EventRow.refund_policy == RefundPolicy.ALL.value
        try:
            row.update(
                [
                    EventRow.on_sale.remove(),
                    EventRow.cancelled.set(value=True),
                    EventRow.off_sale_since.set(kept_since),
                    EventRow.cancelled_at.set(EventRow.cancelled_at | now),
                    EventRow.refund_policy.set(policy),
                    EventRow.cancellation_done_at.remove(),
                ],
                is_there if policy is RefundPolicy.ALL else is_there & ~promised,
            )
        except UpdateError as error:
            if not condition_failed(error):
                raise
        return self.get(event_id)

    def move(self, before: Event, after: Event) -> bool:
        """Store the times of a moved event; False if it changed since it was read."""
        as_read: Condition = EventRow.revision == before.revision
        if before.revision == 1:
            as_read |= EventRow.revision.does_not_exist()
        same = (EventRow.starts_at == before.starts_at) & EventRow.cancelled.does_not_exist()
        changes: list[Action] = [
            EventRow.starts_at.set(after.starts_at),
            set_or_remove(EventRow.doors_at, after.doors_at),
            set_or_remove(EventRow.ends_at, after.ends_at),
            set_or_remove(EventRow.moved_at, after.moved_at),
            set_or_remove(EventRow.refunds_until, after.refunds_until),
            *(revision_changes(after) if after.revision > before.revision else ()),
        ]
        return update_if(EventRow(before.event_id), changes, as_read & same)

    def note_cancellation_done(self, event: Event, now: datetime) -> None:
        """Note that all orders of a cancelled event are settled, unless its policy has changed."""
        as_read: Condition = EventRow.event_id.exists()
        as_read &= equals(EventRow.refund_policy, event.refund_policy)
        try:
            done = EventRow.cancellation_done_at.set(now)
            EventRow(event.event_id).update([done], as_read)
        except UpdateError as error:
            if not condition_failed(error):
                raise

    def on_sale(self, now: datetime) -> tuple[Event, ...]:
        """Return the events on sale that have not begun, soonest first."""
        rows = EventRow.sale_index.query(ON_SALE, EventRow.starts_at > now)
        return tuple(readable(map(event_from, readable(rows))))

    def ticket_types(self, event_id: str) -> tuple[TicketType, ...]:
        """Return the readable ticket types of an event, in order, with what is left of each."""
        rows = TicketTypeRow.query(event_id, consistent_read=True)
        kinds = readable(map(ticket_type_from, readable(rows)))
        return tuple(sorted(kinds, key=lambda kind: (kind.position, kind.sku)))


def revision_changes(event: Event) -> list[Action]:
    """Return what a new revision of an event changes in its row, apart from its facts."""
    return [
        EventRow.revision.set(event.revision),
        *([EventRow.since.set(event.since)] if event.since else []),
        EventRow.announced.set(event.announced),
        EventRow.earlier.set([revision_map(one) for one in event.earlier]),
    ]


def keys_map(public_keys: Mapping[str, bytes]) -> dict[str, str]:
    """Return raw public keys as an event's row stores them."""
    return {key_id: b64encode(key).decode("ascii") for key_id, key in public_keys.items()}


def _raw_key(text: str) -> bytes:
    try:
        key = b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError(f"a public key is not {KEY_BYTES} bytes in base64")
    return key
