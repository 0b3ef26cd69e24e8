"""Add devices to the doors of an event, and revoke them."""

from dataclasses import dataclass
from datetime import datetime

from ticketing.doors.device import (
    Device,
    Role,
    expiry_of,
    hash_of,
    new_device_id,
    new_secret,
)
from ticketing.errors import DoorNotFound, NoDoor
from ticketing.events.event import Event
from ticketing.flows.ports import CompletesList, EventRecords, EventsWithKeys, ManagesDoors
from ticketing.reports.rows import Progress
from ticketing.text import clean

LONGEST_GATE = 40
MOST_DEVICES = 100
"""For one event, revoked devices included: each asks what all the others have admitted."""


@dataclass(frozen=True)
class NewDoor:
    """A device that was added, and the secret of its link, which is stored nowhere.

    `filled` is how many tickets had to be put on the event's list, because they were issued before
    there were doors. `unreadable` names tickets that cannot be read, so that no device knows them.
    """

    device: Device
    event: Event
    secret: str
    filled: int
    unreadable: tuple[str, ...]


@dataclass(frozen=True)
class ManageDoors:
    """Adds and revokes devices."""

    events: EventsWithKeys
    doors: ManagesDoors
    tickets: CompletesList
    records: EventRecords

    def add(
        self,
        event_id: str,
        gate: str,
        role: Role | None,
        now: datetime,
        *,
        names_offline: bool,
        progress: Progress | None = None,
    ) -> NewDoor:
        """Add a device; without a role, it is a supervisor's if the event has no open device yet.

        Raises `EventNotFound`, `NoDoor`, and `MissingSetting` if the event has no keys, because no
        ticket could be checked. Adding again adds another device.
        """
        event = self.events.get(event_id)
        self.events.public_keys(event_id)
        devices = self.doors.of_event(event_id)
        _refuse_hopeless(event, gate, len(devices), now)
        filled, unreadable = (0, ()) if devices else self._complete_list(event_id, now, progress)
        secret = new_secret()
        usual = Role.STEWARD if any(d.is_open(event, now) for d in devices) else Role.SUPERVISOR
        while True:
            device = Device(
                event_id=event_id,
                device_id=new_device_id(),
                gate=clean(gate),
                role=role or usual,
                secret_hash=hash_of(secret),
                created_at=now,
                names_offline=names_offline,
            )
            if self.doors.add(device):
                return NewDoor(device, event, secret, filled, unreadable)

    def revoke(self, event_id: str, device_id: str, now: datetime) -> Device:
        """Revoke a device and return it; raises `DoorNotFound`.

        What it sends from then on does not count. Revoking it again changes nothing.
        """
        device = self.doors.get(event_id, device_id)
        if device is None:
            raise DoorNotFound
        self.doors.revoke(device, now)
        return self.doors.get(event_id, device_id) or device

    def _complete_list(
        self, event_id: str, now: datetime, progress: Progress | None
    ) -> tuple[int, tuple[str, ...]]:
        """Put tickets issued before there were doors on the list; reads the whole tickets table."""
        filled, read, unreadable = 0, 0, list[str]()
        for page in self.records.tickets(event_id):
            read += page.read
            if progress:
                progress(read)
            unreadable.extend(page.unreadable)
            for ticket in page.found:
                if ticket.changed_at is None:
                    self.tickets.fill(ticket, now)
                    filled += 1
        return filled, tuple(unreadable)


def _refuse_hopeless(event: Event, gate: str, devices: int, now: datetime) -> None:
    if not 0 < len(clean(gate)) <= LONGEST_GATE:
        raise NoDoor(f"a door needs a name of 1 to {LONGEST_GATE} characters")
    if expiry_of(event) <= now:
        raise NoDoor(f"event {event.event_id} is over")
    if event.cancelled:
        raise NoDoor(f"event {event.event_id} is cancelled")
    if devices >= MOST_DEVICES:
        raise NoDoor(f"event {event.event_id} has {devices} devices already: that is the limit")
