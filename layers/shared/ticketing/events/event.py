"""An event: what is sold, where and when."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from ticketing.money import Money

EVENT_ID = re.compile(r"[A-Z0-9-]{1,40}")
"""What fits into a QR text without ambiguity."""
LONGEST_TERMS = 1000
"""Characters: what fits a ticket in letters that can still be read."""


class LatePayment(StrEnum):
    """What to do with money that arrives after the order was closed."""

    HONOUR = "honour"
    REVIEW = "review"


@dataclass(frozen=True)
class TicketType:
    """A kind of ticket: its price, and how many are left to be sold."""

    sku: str
    name: str
    price: Money
    available: int


@dataclass(frozen=True)
class Facts:
    """What buyers are told of an event and what their tickets say."""

    name: str
    venue: str
    address: str
    starts_at: datetime
    time_zone: str


@dataclass(frozen=True)
class Revision:
    """Facts of an event that another revision replaced.

    They held from `since`, the first ones from the beginning. `announced`: whoever had bought
    before was told of them.
    """

    facts: Facts
    since: datetime | None = None
    announced: bool = False


@dataclass(frozen=True)
class Event:
    """An event with its venue. `starts_at` is aware; `time_zone` is the venue's IANA zone.

    `terms` are what the organiser lets people in by, printed on each ticket; there may be none.
    `revision` counts what its facts were so far, from 1; `since` and `announced` are as with
    `Revision`. `earlier` are the revisions before this one, oldest first.
    """

    event_id: str
    name: str
    organiser_id: str
    venue: str
    address: str
    starts_at: datetime
    time_zone: str
    late_payment: LatePayment = LatePayment.HONOUR
    terms: str = ""
    revision: int = 1
    since: datetime | None = None
    announced: bool = False
    earlier: tuple[Revision, ...] = ()

    @property
    def facts(self) -> Facts:
        return Facts(self.name, self.venue, self.address, self.starts_at, self.time_zone)

    @property
    def local_start(self) -> datetime:
        return self.starts_at.astimezone(ZoneInfo(self.time_zone))
