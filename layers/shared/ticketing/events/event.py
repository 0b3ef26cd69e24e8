"""An event: what is sold, where and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo


class LatePayment(StrEnum):
    """What to do with money that arrives after the order was closed."""

    HONOUR = "honour"
    REVIEW = "review"


@dataclass(frozen=True)
class Event:
    """An event with its venue. `starts_at` is aware; `time_zone` is the venue's IANA zone."""

    event_id: str
    name: str
    organiser_id: str
    venue: str
    address: str
    starts_at: datetime
    time_zone: str
    late_payment: LatePayment = LatePayment.HONOUR

    @property
    def local_start(self) -> datetime:
        """Return the start on the venue's own clock."""
        return self.starts_at.astimezone(ZoneInfo(self.time_zone))
