"""The facts behind the health page, as they were read. Pure.

Every read is bounded, and any may fail. A fact that could not be read is `Unread`, so that it is
taken neither for zero nor for good news. `is_partial` says that there is more than was read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Unread:
    """A fact that could not be read, and why."""

    why: str


@dataclass(frozen=True)
class Waiting:
    """How many are waiting, and since when the first of them has been."""

    count: int
    since: datetime | None = None
    is_partial: bool = False


@dataclass(frozen=True)
class Sample(Generic[T]):
    """The newest items of a kind, and the names of rows that cannot be read."""

    found: tuple[T, ...]
    is_partial: bool = False
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True)
class Happened:
    """What kind of thing happened, and when."""

    kind: str
    at: datetime


@dataclass(frozen=True)
class Delivery:
    """When an order was paid, and when its tickets were mailed; None if they were not yet."""

    order_number: str
    paid_at: datetime
    mailed_at: datetime | None


@dataclass(frozen=True)
class MailsCounted:
    """How many mails there were in each hour, by their outcome, and the hour of the last scan.

    All of this comes from metrics. Without a scan, there may be no metrics rather than no mails.
    """

    hours: Mapping[str, tuple[tuple[datetime, int], ...]]
    scanned_at: datetime | None


@dataclass(frozen=True)
class Facts:
    """All that was read. `alarms` has the state of each alarm, and whether it notifies anybody.

    `mails` have been waiting since their next attempt was due; `lost_mails` were given up or came
    back.
    """

    made_at: datetime
    pending: Waiting | Unread
    on_hold: Waiting | Unread
    mails: Waiting | Unread
    lost_mails: Waiting | Unread
    dead_letters: Mapping[str, int | Unread]
    decided: Sample[Happened] | Unread
    money_back: Sample[Happened] | Unread
    deliveries: Sample[Delivery] | Unread
    mail_counts: MailsCounted | Unread
    alarms: Mapping[str, tuple[str, bool]] | Unread
