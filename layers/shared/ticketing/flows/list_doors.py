"""The devices of an event, or of all that are not over. Nothing is written."""

from dataclasses import dataclass
from datetime import datetime

from ticketing.doors.device import Device, expiry_of
from ticketing.errors import EventNotFound
from ticketing.events.event import Event
from ticketing.flows.ports import DoorRecords, EventRecords
from ticketing.reports.rows import gathered


@dataclass(frozen=True)
class Listed:
    """Devices with their events, by event, gate and id, and the rows that cannot be read."""

    devices: tuple[tuple[Device, Event], ...]
    unreadable: tuple[str, ...]


@dataclass(frozen=True)
class ListDoors:
    """Reads events and their devices."""

    events: EventRecords
    doors: DoorRecords

    def __call__(self, now: datetime, event_id: str | None = None) -> Listed:
        """Return the devices; raises `EventNotFound` if `event_id` names no event."""
        if event_id is None:
            events = gathered(self.events.events())
            current = [one for one in events.found if now < expiry_of(one)]
        else:
            events = self.events.event(event_id)
            current = list(events.found)
            if not events.read:
                raise EventNotFound(event_id)
        current.sort(key=lambda one: (one.starts_at, one.event_id))
        read = [self.doors.devices(one.event_id) for one in current]
        return Listed(
            tuple(
                (device, event)
                for event, rows in zip(current, read, strict=True)
                for device in sorted(rows.found, key=_place)
            ),
            (*events.unreadable, *(one for rows in read for one in rows.unreadable)),
        )


def _place(device: Device) -> tuple[str, str]:
    return device.gate, device.device_id
