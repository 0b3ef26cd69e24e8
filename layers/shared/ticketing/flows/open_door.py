"""Pair a device with its door, verify its requests, and tell it what was admitted."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hmac import compare_digest
from itertools import islice

from ticketing.doors.admission import Admission
from ticketing.doors.device import Device, hash_of
from ticketing.doors.scan import Action, device_and_seq
from ticketing.doors.signature import claim_in, is_signed
from ticketing.errors import DoorClosed, DoorNotFound
from ticketing.events.event import Event
from ticketing.flows.ports import AdmissionLog, Events, PairsDoors

MOST_CHANGES = 500
SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Change:
    """Places on a ticket that a scan took or gave back."""

    device_id: str
    seq: int
    ticket_id: str
    action: Action
    people: int
    at: datetime


@dataclass(frozen=True)
class Changes:
    """What was admitted beyond what a device knows.

    With these, it knows the scans of each device up to `seen`; `is_all` is false if there are more.
    """

    changes: tuple[Change, ...]
    seen: Mapping[str, int]
    gates: Mapping[str, str]
    is_all: bool


@dataclass(frozen=True)
class Report:
    """What a device says about itself when it sends scans."""

    highest: int
    waiting: int
    not_ours: int


@dataclass(frozen=True)
class OpenDoor:
    """Pairs devices, verifies who sent a request, and keeps devices up to date."""

    events: Events
    doors: PairsDoors
    log: AdmissionLog

    def pair(
        self, event_id: str, device_id: str, secret: str, public_key: bytes, now: datetime
    ) -> tuple[Device, Event]:
        """Register the key of a device; registering the same key again changes nothing.

        Raises `DoorNotFound` for a link that is unknown, used with another key, or too old.
        """
        device, event = self._linked(event_id, device_id, secret, now)
        if device.public_key is None and not self.doors.pair(device, public_key, now):
            device, event = self._linked(event_id, device_id, secret, now)
        if device.public_key not in {None, public_key}:
            raise DoorNotFound
        return device, event

    def device_of(
        self, header: str, method: str, target: str, body: bytes, now: datetime
    ) -> tuple[Device, Event]:
        """Return the device that signed a request, which may be revoked or expired, and its event.

        Raises `DoorClosed` with `unknown`, or with `clock` if the request is not from just now.
        """
        claim = claim_in(header)
        device = claim and self.doors.get(claim.event_id, claim.device_id)
        if not claim or not device or device.public_key is None:
            raise DoorClosed("unknown")
        if not is_signed(
            claim.signed_text(method, target, body), claim.signature, device.public_key
        ):
            raise DoorClosed("unknown")
        if not claim.is_timely(now):
            raise DoorClosed("clock")
        return device, self.events.get(device.event_id)

    def note(self, device: Device, report: Report, now: datetime) -> None:
        """Store a device's report: once a minute, at its first scan, and while scans wait.

        A revoked device cannot make up scans that it has yet to send.
        """
        highest = report.highest if device.revoked_at is None else device.highest
        is_due = device.seen_at is None or now - device.seen_at >= SEEN_EVERY
        is_first = device.highest == 0 < highest
        if is_due or is_first or report.waiting or device.waiting:
            self.doors.note_seen(device, highest, report.waiting, report.not_ours, now)

    def changes(self, event_id: str, seen: Mapping[str, int]) -> Changes:
        """Return what the devices of an event admitted, each beyond the number `seen` of it."""
        devices = self.doors.of_event(event_id)
        known = {d.device_id: seen.get(d.device_id, 0) for d in devices}
        entries = (
            e
            for device_id in known
            for e in self.log.of_device(event_id, device_id, known[device_id])
        )
        read = list(islice(entries, MOST_CHANGES + 1))
        for entry in read[:MOST_CHANGES]:
            device_id, seq = device_and_seq(entry.scan_id)
            known[device_id] = seq
        return Changes(
            changes=tuple(_changes_in(read[:MOST_CHANGES])),
            seen=known,
            gates={d.device_id: d.gate for d in devices},
            is_all=len(read) <= MOST_CHANGES,
        )

    def _linked(
        self, event_id: str, device_id: str, secret: str, now: datetime
    ) -> tuple[Device, Event]:
        device = self.doors.get(event_id, device_id)
        if device is None or not compare_digest(device.secret_hash, hash_of(secret)):
            raise DoorNotFound
        event = self.events.get(event_id)
        if not device.is_open(event, now):
            raise DoorNotFound
        return device, event


def refuse_unless_open(device: Device, event: Event, now: datetime) -> None:
    """Raise `DoorClosed` with `revoked` or `expired` unless the device is open."""
    if device.revoked_at is not None:
        raise DoorClosed("revoked")
    if not device.is_open(event, now):
        raise DoorClosed("expired")


def _changes_in(entries: list[Admission]) -> Iterator[Change]:
    for entry in entries:
        if entry.counted:
            device_id, seq = device_and_seq(entry.scan_id)
            frees = entry.corrects and entry.action is Action.ADMIT
            action = Action.LOWER if frees else entry.action
            yield Change(device_id, seq, entry.ticket_id, action, entry.counted, entry.at)
