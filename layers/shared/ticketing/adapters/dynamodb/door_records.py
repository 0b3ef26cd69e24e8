"""Devices and admissions as reports read them: raw, so that unreadable rows can be named."""

import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from ticketing.adapters.dynamodb.audit_rows import Item, Kind
from ticketing.adapters.dynamodb.doors import device_from
from ticketing.adapters.dynamodb.models import AdmissionRow, DoorRow
from ticketing.adapters.dynamodb.rows import as_stored, read_as
from ticketing.audit.order_snapshot import Unreadable
from ticketing.doors import log
from ticketing.doors.admission import Admission, Correction, Mark
from ticketing.doors.device import Device
from ticketing.doors.scan import SCAN_ID
from ticketing.reports.rows import Rows

ROWS_PAGE = 2000
KEY = re.compile(
    rf"(?:(?P<again>[!~])|(?P<once>\+?))(?P<scan>{SCAN_ID.pattern})(?(again)(?P=again).+)"
)
"""A scan's own key, or that of a row beside it: one with `+`, any number with `!` or `~`."""
NEEDED = ("action", "verdict", "at", "arrived_at", "said")
"""Attributes that only corrections may lack."""


class DoorRecords:
    """The devices and logs of events, for reading only."""

    @staticmethod
    def devices(event_id: str) -> Rows[Device]:
        """Return the devices of an event, by id."""
        return _read(DEVICE, as_stored(DoorRow, event_id, consistent_read=True))

    @staticmethod
    def log(event_id: str) -> Iterator[Rows[log.Row]]:
        """Yield the log of an event, some rows at a time."""
        items = as_stored(AdmissionRow, event_id, consistent_read=True)
        while some := list(islice(items, ROWS_PAGE)):
            yield _read(ENTRY, some)


def _entry_from(row: AdmissionRow) -> log.Row:
    key = KEY.fullmatch(row.scan_id)
    if key is None:
        raise ValueError("its key is not that of a scan")
    mark = Mark(key["again"] or key["once"])
    if mark is Mark.CORRECTION:
        return mark, read_as(Correction, row, scan_id=key["scan"])
    lacking = [name for name in NEEDED if getattr(row, name) is None]
    if lacking:
        raise ValueError(f"it lacks {', '.join(lacking)}")
    return mark, read_as(Admission, row, scan_id=key["scan"])


def _read(kind: Kind, items: Iterable[Item]) -> Rows[Any]:
    read = [kind.read(item) for item in items]
    return Rows(
        tuple(one for one in read if not isinstance(one, Unreadable)),
        tuple(f"{one.row}: {one.problem}" for one in read if isinstance(one, Unreadable)),
        len(read),
    )


DEVICE = Kind("device", DoorRow, device_from, ("event_id", "device_id"))
ENTRY = Kind("admission", AdmissionRow, _entry_from, ("event_id", "scan_id"))
