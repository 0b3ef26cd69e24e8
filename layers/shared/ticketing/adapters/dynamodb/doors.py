"""The devices at the doors of events."""

from datetime import datetime, timedelta

from pynamodb.exceptions import DoesNotExist, PutError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ticketing.adapters.dynamodb.models import DoorRow
from ticketing.adapters.dynamodb.retries import condition_failed, update_if
from ticketing.adapters.dynamodb.rows import read_as, readable, write_as
from ticketing.doors.device import Device

SEARCHES = 20
"""How many searches a device may begin within `SEARCH_SPAN`."""
SEARCH_SPAN = timedelta(minutes=1)


class DoorTable:
    """Devices by event and id."""

    def get(self, event_id: str, device_id: str) -> Device | None:
        try:
            return device_from(DoorRow.get(event_id, device_id, consistent_read=True))
        except DoesNotExist:
            return None

    def of_event(self, event_id: str) -> tuple[Device, ...]:
        """Return the devices of an event that can be read, by id."""
        rows = DoorRow.query(event_id, consistent_read=True)
        return tuple(readable(map(device_from, readable(rows))))

    def add(self, device: Device) -> bool:
        """Store a new device; False if there is one with this id."""
        try:
            write_as(DoorRow, device).save(DoorRow.device_id.does_not_exist())
        except PutError as error:
            if condition_failed(error):
                return False
            raise
        return True

    def pair(self, device: Device, public_key: bytes, now: datetime) -> bool:
        """Register the key of a device; False if it has one already, or was revoked meanwhile."""
        unpaired: Condition = DoorRow.public_key.does_not_exist()
        as_read = unpaired & (DoorRow.secret_hash == device.secret_hash)
        changes: list[Action] = [
            DoorRow.public_key.set(public_key),
            DoorRow.paired_at.set(now),
            DoorRow.seen_at.set(now),
        ]
        return update_if(_row(device), changes, as_read & DoorRow.revoked_at.does_not_exist())

    def note_seen(
        self, device: Device, highest: int, waiting: int, not_ours: int, now: datetime
    ) -> None:
        """Store what a device reports about itself, unless a newer report was faster."""
        changes: list[Action] = [
            DoorRow.seen_at.set(now),
            DoorRow.highest.set(highest),
            DoorRow.waiting.set(waiting),
            DoorRow.not_ours.set(not_ours),
        ]
        is_newer: Condition = DoorRow.highest.does_not_exist() | (DoorRow.highest <= highest)
        update_if(_row(device), changes, DoorRow.device_id.exists() & is_newer)

    def revoke(self, device: Device, now: datetime) -> bool:
        """Revoke a device, with the newest scan it reported; False if it was revoked before."""
        changes: list[Action] = [
            DoorRow.revoked_at.set(now),
            DoorRow.revoked_seq.set(DoorRow.highest | 0),
        ]
        is_open = DoorRow.device_id.exists() & DoorRow.revoked_at.does_not_exist()
        return update_if(_row(device), changes, is_open)

    def begin_search(self, device: Device, now: datetime) -> bool:
        """Count a search; False if the device began too many within the last minute."""
        since = DoorRow.searching_since
        count: list[Action] = [DoorRow.searches.set(DoorRow.searches + 1)]
        within = (since > now - SEARCH_SPAN) & (DoorRow.searches < SEARCHES)
        if update_if(_row(device), count, within):
            return True
        afresh: list[Action] = [since.set(now), DoorRow.searches.set(1)]
        is_over: Condition = since.does_not_exist() | (since <= now - SEARCH_SPAN)
        return update_if(_row(device), afresh, DoorRow.device_id.exists() & is_over)


def _row(device: Device) -> DoorRow:
    return DoorRow(device.event_id, device.device_id)


def device_from(row: DoorRow) -> Device:
    return read_as(Device, row)
