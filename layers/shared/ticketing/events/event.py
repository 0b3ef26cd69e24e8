"""An event: what is sold, where and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from ticketing.money import Money

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
class Event:
    """An event with its venue. `starts_at` is aware; `time_zone` is the venue's IANA zone.

    `terms` are what the organiser lets people in by, printed on each ticket; there may be none.
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

    @property
    def local_start(self) -> datetime:
        """Return the start on the venue's own clock."""
        return self.starts_at.astimezone(ZoneInfo(self.time_zone))
