"""What a run of the reconciliation compared and found: as JSON, and as lines of its mails."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from ticketing.reconciliation.day import Day, as_text, finding_as_text

MOST_SUMMED = 500
"""The most lines in a summary: a row of the outbox is limited, and the reports have the rest."""


@dataclass
class NightReport:
    """The days that were compared, and the organisers `left` to the next night.

    Those are left for lack of time, or because of an unexpected error.
    """

    days: list[Day] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def found(self) -> int:
        return sum(len(day.findings) for day in self.days)

    @property
    def unknown(self) -> list[Day]:
        return [day for day in self.days if day.result is None]

    @property
    def done(self) -> list[Day]:
        return [day for day in self.days if day.result is not None]

    @property
    def totals(self) -> dict[str, Any]:
        return {
            "days": len(self.days),
            "found": self.found,
            "unknown": [day.organiser_id for day in self.unknown],
            "left": self.left,
        }

    @property
    def as_json(self) -> dict[str, Any]:
        return self.totals | {"days": [day.as_json for day in self.days]}

    @property
    def fingerprint(self) -> str:
        """Eight hexadecimal digits that identify the days and their states."""
        days = "\n".join(f"{d.organiser_id} {d.day} {d.state}" for d in self.days)
        return sha256(days.encode()).hexdigest()[:8]

    @property
    def finding_lines(self) -> list[str]:
        return [finding_as_text(day, found) for day in self.days for found in day.findings]

    @property
    def summary_lines(self) -> list[str]:
        """The sums of each day, cut to what a mail may contain."""
        lines = [line for day in self.days for line in as_text(day)]
        if len(lines) > MOST_SUMMED:
            return [*lines[:MOST_SUMMED], "and more, see the reports"]
        return lines
