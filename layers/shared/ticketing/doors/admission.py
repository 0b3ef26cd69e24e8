"""An entry of an event's log of admissions: a scan, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ticketing.doors.scan import Action, Override, Said


class Verdict(StrEnum):
    """What became of a scan."""

    ADMITTED = "admitted"
    ALREADY = "already"
    VOID = "void"
    WRONG_EVENT = "wrong_event"
    ALTERED = "altered"
    NOT_YET = "not_yet"
    UNKNOWN = "unknown"
    DOUBLE = "double"
    """People went in offline, and the ticket had no place left for all of them."""
    AFTER_REVOCATION = "after_revocation"
    CLONED = "cloned"
    """Another scan has the same device and number: somebody has a copy of the device's key."""
    UNDONE = "undone"
    LOWERED = "lowered"
    REFUSED = "refused"


CORRECTIONS = frozenset({Verdict.UNDONE, Verdict.LOWERED})


@dataclass(frozen=True)
class Admission:
    """An entry, which is written once and never changed.

    `people` is how many walked in, and `counted` how many of them the ticket had a place for. If
    the entry corrects another, they are how many came out again, and how many places that frees.
    `reason` says why a ticket is void, why a scan was refused, or, after a revocation, as which
    verdict it could never count. `collides` is the scan that took the place. `hash` is the hash of
    the signed text, in hexadecimal. `at` is corrected by `offset_ms`, our clock less the device's.
    """

    event_id: str
    scan_id: str
    gate: str
    action: Action
    verdict: Verdict
    at: datetime
    arrived_at: datetime
    said: Said
    signature: str
    hash: str
    ticket_id: str = ""
    sku: str = ""
    people: int = 0
    counted: int = 0
    reason: str = ""
    since: datetime | None = None
    collides: str = ""
    other_event: str = ""
    refers_to: str = ""
    by_hand: bool = False
    override: Override = Override.NONE
    list_as_of: str = ""
    previous: str = ""
    offset_ms: int = 0

    @property
    def corrects(self) -> bool:
        """Whether this says that people of another scan came out again, or never went in."""
        return self.verdict in CORRECTIONS


class Mark(StrEnum):
    """What a row of the log is, and what its key begins with."""

    SCAN = ""
    CLONE = "!"
    """Another scan with a number that is taken."""
    ACCEPTED = "+"
    """What an operator counted of a scan of a revoked device."""
    CORRECTION = "~"
    """What is left of a scan."""


@dataclass(frozen=True)
class Correction:
    """What is left of a scan after it was lowered or undone.

    `number` counts the corrections of a scan, from 1; `by` is the scan that made this one.
    """

    event_id: str
    scan_id: str
    number: int
    by: str
    people: int
    counted: int
