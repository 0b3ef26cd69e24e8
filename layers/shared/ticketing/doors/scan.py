"""A scan as a device sends it: numbered, signed, and chained to the one before."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ticketing.doors.device import DEVICE_ID

LARGEST_SEQ = 999_999
SCAN_ID = re.compile(rf"(?P<device_id>{DEVICE_ID.pattern})#(?P<seq>[0-9]{{6}})")


class Action(StrEnum):
    """What a scan does."""

    ADMIT = "admit"
    UNDO = "undo"
    """Everybody whom an earlier scan let in came out again, or never went in."""
    LOWER = "lower"
    """Fewer people went in than an earlier scan let in."""


class Said(StrEnum):
    """What the screen told the steward.

    Anything but `asking` is a fact: the server adds its verdict and rewrites nothing.
    """

    ASKING = "asking"
    ADMITTED = "admitted"
    ALREADY = "already"
    VOID = "void"
    WRONG_EVENT = "wrong_event"
    NOT_YET = "not_yet"
    ALTERED = "altered"
    UNKNOWN = "unknown"


class Override(StrEnum):
    """Which refusal a supervisor overrides."""

    NONE = ""
    NOT_YET = "not_yet"
    ALREADY = "already"


@dataclass(frozen=True)
class Scan:
    """A scan. `at` and `list_as_of` stay as they were signed, ISO 8601 in UTC.

    `offset_ms` is the server's clock less the device's, as the device knew it. `count` is how many
    people were let in; 0 stands for all places left. `text` is a QR text or, if `by_hand`, a ticket
    id. `refers_to` is the scan that is undone or lowered, or the one that got no answer in time.
    `previous` is the hash of the device's previous scan, in base64url.
    """

    seq: int
    at: str
    offset_ms: int
    action: Action
    text: str
    count: int
    said: Said
    by_hand: bool
    override: Override
    refers_to: str
    list_as_of: str
    previous: str
    signature: str

    @property
    def moment(self) -> datetime:
        """The time of the scan by the server's clock."""
        return datetime.fromisoformat(self.at) + timedelta(milliseconds=self.offset_ms)

    @property
    def is_fact(self) -> bool:
        """Whether people went in, or were turned away, before the server heard of it."""
        return self.said is not Said.ASKING

    @property
    def let_people_in(self) -> bool:
        """Whether the screen let people in; offline it may do so for a ticket not on its list."""
        if self.action is not Action.ADMIT:
            return False
        return self.said is Said.ADMITTED or (self.said is Said.UNKNOWN and self.count > 0)

    def signed_text(self, event_id: str, device_id: str) -> str:
        """Return what the device signed."""
        fields = (
            "scan-1", event_id, device_id, self.seq, self.at, self.offset_ms, self.action.value,
            self.text, self.count, self.said.value, int(self.by_hand), self.override.value,
            self.refers_to, self.list_as_of, self.previous,
        )  # fmt: skip
        return "\n".join(map(str, fields))


def numbered(device_id: str, seq: int) -> str:
    return f"{device_id}#{seq:06d}"


def device_and_seq(scan_id: str) -> tuple[str, int]:
    """Return the two parts of what `numbered` made; raises `ValueError` for anything else."""
    found = SCAN_ID.fullmatch(scan_id)
    if found is None:
        raise ValueError(f"{scan_id} is not a scan of a device")
    return found["device_id"], int(found["seq"])
