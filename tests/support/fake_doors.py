"""The tables of the door in memory, with the conditions of the real ones."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from tests.support.fake_orders import Tables
from ticketing.adapters.dynamodb.doors import SEARCH_SPAN, SEARCHES
from ticketing.doors.admission import Admission, Correction
from ticketing.doors.device import Device
from ticketing.doors.digest import PAGE, Listed, Page, Place
from ticketing.doors.scan import numbered
from ticketing.errors import TicketBusy
from ticketing.tickets.ticket import Ticket, TicketStatus


@dataclass
class Doors:
    """The doors table."""

    rows: dict[tuple[str, str], Device] = field(default_factory=dict)
    searches: dict[tuple[str, str], tuple[datetime, int]] = field(default_factory=dict)

    def get(self, event_id: str, device_id: str) -> Device | None:
        return self.rows.get((event_id, device_id))

    def of_event(self, event_id: str) -> tuple[Device, ...]:
        return tuple(self.rows[key] for key in sorted(self.rows) if key[0] == event_id)

    def add(self, device: Device) -> bool:
        key = (device.event_id, device.device_id)
        return self.rows.setdefault(key, device) is device

    def pair(self, device: Device, public_key: bytes, now: datetime) -> bool:
        row = self.get(device.event_id, device.device_id)
        if row is None or row.public_key is not None or row.revoked_at is not None:
            return False
        if row.secret_hash != device.secret_hash:
            return False
        self._put(replace(row, public_key=public_key, paired_at=now, seen_at=now))
        return True

    def note_seen(
        self, device: Device, highest: int, waiting: int, not_ours: int, now: datetime
    ) -> None:
        row = self.get(device.event_id, device.device_id)
        if row is not None and row.highest <= highest:
            seen = replace(row, seen_at=now, highest=highest, waiting=waiting, not_ours=not_ours)
            self._put(seen)

    def revoke(self, device: Device, now: datetime) -> bool:
        row = self.get(device.event_id, device.device_id)
        if row is None or row.revoked_at is not None:
            return False
        self._put(replace(row, revoked_at=now, revoked_seq=row.highest))
        return True

    def begin_search(self, device: Device, now: datetime) -> bool:
        key = (device.event_id, device.device_id)
        if key not in self.rows:
            return False
        since, count = self.searches.get(key, (now - SEARCH_SPAN, 0))
        is_over = since <= now - SEARCH_SPAN
        if not is_over and count >= SEARCHES:
            return False
        self.searches[key] = (now, 1) if is_over else (since, count + 1)
        return True

    def _put(self, device: Device) -> None:
        self.rows[device.event_id, device.device_id] = device


@dataclass
class DoorTickets:
    """The tickets table, as doors read it."""

    tables: Tables

    def get(self, ticket_id: str) -> Ticket | None:
        return self.tables.tickets.get(ticket_id)

    def page(self, event_id: str, place: Place | None, limit: int = PAGE) -> Page:
        beyond = [one for one in self.every(event_id) if place is None or _is_beyond(one, place)]
        page = beyond[:limit]
        following = Place(page[-1].changed_at, page[-1].ticket_id) if len(beyond) > limit else None
        return Page(tuple(page), following)

    def every(self, event_id: str) -> Iterator[Listed]:
        return iter(sorted(self._listed(event_id), key=lambda one: (one.changed_at, one.ticket_id)))

    def fill(self, ticket: Ticket, at: datetime) -> None:
        row = self.tables.tickets.get(ticket.ticket_id)
        if row is not None and row.changed_at is None:
            self.tables.tickets[ticket.ticket_id] = replace(row, changed_at=at)

    def _listed(self, event_id: str) -> Iterator[Listed]:
        for t in self.tables.tickets.values():
            if t.event_id == event_id and t.changed_at is not None:
                is_valid = t.status is TicketStatus.VALID
                yield Listed(t.ticket_id, t.sku, t.admits, is_valid, t.holder, t.changed_at)


def _is_beyond(one: Listed, place: Place) -> bool:
    if place.ticket_id is None:
        return one.changed_at >= place.changed_at
    return (one.changed_at, one.ticket_id) > (place.changed_at, place.ticket_id)


@dataclass
class AdmissionLog:
    """The admissions table."""

    tables: Tables
    rows: dict[tuple[str, str], Admission] = field(default_factory=dict)
    corrections: dict[tuple[str, str, int], Correction] = field(default_factory=dict)
    clones: dict[tuple[str, str, str], Admission] = field(default_factory=dict)

    def entry(self, event_id: str, scan: str) -> Admission | None:
        return self.rows.get((event_id, scan))

    def latest_correction(self, event_id: str, scan: str) -> Correction | None:
        of_scan = [k for k in self.corrections if k[:2] == (event_id, scan)]
        return self.corrections[max(of_scan)] if of_scan else None

    def record(self, admission: Admission) -> bool:
        return self.rows.setdefault(_key(admission), admission) is admission

    def record_clone(self, admission: Admission) -> None:
        self.clones[(*_key(admission), admission.hash[:16])] = admission

    def admit(self, admission: Admission, ticket: Ticket) -> None:
        row = self.tables.tickets.get(ticket.ticket_id)
        if _key(admission) in self.rows or row is None:
            raise TicketBusy(ticket.ticket_id)
        as_read = (row.event_id, row.qr_text) == (admission.event_id, ticket.qr_text)
        has_room = row.left is None or row.left >= admission.counted
        if not as_read or row.status is not TicketStatus.VALID or not has_room:
            raise TicketBusy(ticket.ticket_id)
        left = (ticket.admits if row.left is None else row.left) - admission.counted
        used = replace(row, left=left, last_scan=admission.scan_id)
        self.tables.tickets[ticket.ticket_id] = used
        self.rows[_key(admission)] = admission

    def correct(self, admission: Admission, correction: Correction, ticket: Ticket) -> None:
        key = (correction.event_id, correction.scan_id, correction.number)
        if _key(admission) in self.rows or key in self.corrections:
            raise TicketBusy(ticket.ticket_id)
        if admission.counted:
            self._give_back(admission, ticket)
        self.rows[_key(admission)], self.corrections[key] = admission, correction

    def _give_back(self, admission: Admission, ticket: Ticket) -> None:
        row = self.tables.tickets.get(ticket.ticket_id)
        if row is None or row.left is None or row.event_id != admission.event_id:
            raise TicketBusy(ticket.ticket_id)
        if row.left > ticket.admits - admission.counted:
            raise TicketBusy(ticket.ticket_id)
        self.tables.tickets[ticket.ticket_id] = replace(row, left=row.left + admission.counted)

    def of_device(self, event_id: str, device_id: str, after: int) -> Iterator[Admission]:
        first, last = numbered(device_id, after), f"{device_id}$"
        keys = [key for key in self.rows if key[0] == event_id and first < key[1] < last]
        return (self.rows[key] for key in sorted(keys))


def _key(admission: Admission) -> tuple[str, str]:
    return admission.event_id, admission.scan_id
