"""What the door report is made from, and the shape of its tables. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from ticketing.doors.admission import Admission, Verdict
from ticketing.doors.device import Device
from ticketing.doors.log import Log
from ticketing.doors.scan import device_and_seq
from ticketing.events.event import Event, TicketType, local_time
from ticketing.tickets.ticket import Ticket

Cell = str | int | datetime | None


@dataclass(frozen=True)
class Table:
    """A table: its name, for programs; its title and what it is about, for people."""

    name: str
    title: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Walk:
    """A scan with which people went in, after corrections.

    If the device was revoked, `entry` is what an operator accepted. `people` are in, and the ticket
    had a place for `counted` of them.
    """

    entry: Admission
    people: int
    counted: int

    @property
    def device_id(self) -> str:
        return device_and_seq(self.entry.scan_id)[0]


@dataclass(frozen=True)
class Facts:
    """Everything about the doors of an event as of a moment.

    `tickets` are the current ones; `replaced` maps the id of each ticket that was issued anew to
    the current one, which has its places. `changing` are tickets that were scanned while the tables
    were read, so that their rows and the log may differ. `unreadable` names rows.
    """

    event: Event
    kinds: Sequence[TicketType]
    devices: Sequence[Device]
    log: Log
    tickets: Sequence[Ticket]
    changing: Collection[str]
    unreadable: tuple[str, ...]
    made_at: datetime
    replaced: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def walks(self) -> tuple[Walk, ...]:
        """All scans with which people went in, including those undone, by their time."""
        return tuple(sorted(_walks(self.log), key=lambda walk: (walk.entry.at, walk.entry.scan_id)))

    @cached_property
    def scans(self) -> tuple[Admission, ...]:
        """All scans by their time."""
        return tuple(sorted(self.log.scans.values(), key=lambda one: (one.at, one.scan_id)))

    @cached_property
    def gates(self) -> dict[str, str]:
        """The gate of each device, even if its row is gone."""
        known = {device_and_seq(e.scan_id)[0]: e.gate for e in self.log.scans.values()}
        return known | {device.device_id: device.gate for device in self.devices}


def _walks(log: Log) -> Iterator[Walk]:
    latest = {one.scan_id: one for one in sorted(log.corrections, key=lambda one: one.number)}
    for scan_id, own in log.scans.items():
        entry = log.accepted.get(scan_id, own)
        is_in = entry.people and entry.verdict is not Verdict.AFTER_REVOCATION
        if is_in and not entry.corrects:
            left = latest.get(scan_id, entry)
            yield Walk(entry, left.people, left.counted)


def for_people(table: Table) -> Table:
    """Return a table without columns for devices that the ids of its scans name already."""
    again = {"device"} if "scan" in table.columns else set()
    again |= {"other_device"} if "other_scan" in table.columns else set()
    kept = [n for n, column in enumerate(table.columns) if column not in again]
    return replace(
        table,
        columns=tuple(table.columns[n] for n in kept),
        rows=tuple(tuple(row[n] for n in kept) for row in table.rows),
    )


def shown(cell: Cell, event: Event) -> str:
    """Return a cell as people read it; times are the venue's, and only another day has its date."""
    if isinstance(cell, datetime):
        local = local_time(cell, event.time_zone)
        is_its_day = local.date() == event.local_start.date()
        return f"{local:%H:%M:%S}" if is_its_day else f"{local:%Y-%m-%d %H:%M:%S}"
    return "-" if cell is None or cell == "" else f"{cell}"


def words(*parts: str) -> str:
    """Return codes as people read them: `void: charged back`."""
    return ": ".join(part.replace("_", " ") for part in parts if part)
