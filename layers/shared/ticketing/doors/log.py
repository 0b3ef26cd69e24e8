"""The whole log of an event's admissions, sorted by the kinds of its rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ticketing.doors.admission import Admission, Correction, Mark, Verdict
from ticketing.doors.scan import device_and_seq

Row = tuple[Mark, Admission | Correction]
"""A row by its kind; whatever its key, it has the plain id of its scan."""


@dataclass(frozen=True)
class Log:
    """The entries of all scans and the accepted ones, by scan; the others in the order of keys."""

    scans: Mapping[str, Admission]
    accepted: Mapping[str, Admission]
    clones: Sequence[Admission]
    corrections: Sequence[Correction]

    @classmethod
    def of(cls, rows: Iterable[Row]) -> "Log":
        entries: dict[Mark, list[Admission]] = {mark: [] for mark in Mark}
        corrections = []
        for mark, row in rows:
            if isinstance(row, Correction):
                corrections.append(row)
            else:
                entries[mark].append(row)
        return cls(
            {one.scan_id: one for one in entries[Mark.SCAN]},
            {one.scan_id: one for one in entries[Mark.ACCEPTED]},
            entries[Mark.CLONE],
            corrections,
        )

    def kept_of(self, device_id: str) -> list[Admission]:
        """Return the scans of a closed device with which people went in, by number."""
        found = (
            entry
            for entry in self.scans.values()
            if entry.verdict is Verdict.AFTER_REVOCATION and entry.people
        )
        own = [entry for entry in found if device_and_seq(entry.scan_id)[0] == device_id]
        return sorted(own, key=lambda entry: entry.scan_id)
