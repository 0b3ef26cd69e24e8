"""An event: what is sold, where and when."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ticketing.events.about import NOTHING_SAID, About
from ticketing.money import Money

EVENT_ID = re.compile(r"[A-Z0-9-]{1,40}")
"""The form that fits into a QR text without ambiguity."""
CLOCKS_DIFFER = timedelta(minutes=1)
"""How far two times may differ for no reason: two machines wrote them, and a request takes some
seconds. So buyers who bought this shortly after a change are told of it, too.
"""
LONGEST_TERMS = 1000
"""Characters: as many as fit on a ticket in a readable size."""


class LatePayment(StrEnum):
    """What to do with a late payment."""

    HONOUR = "honour"
    REVIEW = "review"


class RefundPolicy(StrEnum):
    """Who gets their money back when an event is cancelled: all buyers, or none."""

    ALL = "all"
    NONE = "none"


@dataclass(frozen=True)
class TicketType:
    """A ticket type: its price, how many tickets are left, and how many there are in total.

    It is sold while it is `on_sale`, from `sale_starts_at` to before `sale_ends_at`, if they are
    set; the terms of its event apply as well. `position` is its place among the others. One ticket
    `admits` so many people, but takes one seat of the `capacity`. `off_sale_since` and
    `window_since` are when an import last changed these terms.
    """

    sku: str
    name: str
    price: Money
    available: int
    capacity: int
    on_sale: bool = True
    sale_starts_at: datetime | None = None
    sale_ends_at: datetime | None = None
    off_sale_since: datetime | None = None
    window_since: datetime | None = None
    position: int = 0
    admits: int = 1

    @property
    def currency(self) -> str:
        return self.price.currency

    @property
    def sold(self) -> int:
        """The seats that are sold, or held by orders that may still be paid."""
        return self.capacity - self.available

    @property
    def is_offered(self) -> bool:
        return self.on_sale


@dataclass(frozen=True)
class Facts:
    """What buyers see of an event, in mails and on their tickets."""

    name: str
    venue: str
    address: str
    starts_at: datetime
    time_zone: str
    doors_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Revision:
    """Facts of an event that another revision replaced.

    They were true from `since`, or from the beginning. `announced`: earlier buyers were told.
    """

    facts: Facts
    since: datetime | None = None
    announced: bool = False


@dataclass(frozen=True)
class Event:
    """An event with its venue. Its times are aware; `time_zone` is the venue's IANA zone.

    `doors_at` is when its doors open and `ends_at` when it ends; organisers may leave them out.
    While it is not `on_sale`, or once it is `cancelled`, buyers cannot order anything, even if they
    have its URL; otherwise it is sold from `sale_starts_at` to before `sale_ends_at`, if they are
    set. `off_sale_since` and `window_since` are when an import last changed these terms.

    `terms` are the organiser's conditions of entry, printed on each ticket; they may be empty.
    `revision` is the number of these facts, from 1; `since` and `announced` are as in `Revision`.
    `earlier` are the revisions before this one, oldest first. `hold_minutes` is how long seats are
    held for a buyer who does not begin to pay, if the event has a time of its own. `slug` is its
    part of the URL of its page, which never changes.

    `cancelled_at` is when an operator cancelled it for good, with `refund_policy`;
    `cancellation_done_at` is when all its orders were settled. A file may mark an event as
    cancelled without that: then it is off sale, and its orders stay as they are. `moved_at` is when
    an operator moved it to another time, and `refunds_until` is how long buyers who ordered before
    that may ask for their money back.
    """

    event_id: str
    name: str
    organiser_id: str
    venue: str
    address: str
    starts_at: datetime
    time_zone: str
    doors_at: datetime | None = None
    ends_at: datetime | None = None
    on_sale: bool = False
    cancelled: bool = False
    sale_starts_at: datetime | None = None
    sale_ends_at: datetime | None = None
    off_sale_since: datetime | None = None
    window_since: datetime | None = None
    late_payment: LatePayment = LatePayment.HONOUR
    terms: str = ""
    revision: int = 1
    since: datetime | None = None
    announced: bool = False
    earlier: tuple[Revision, ...] = ()
    hold_minutes: int | None = None
    about: About = NOTHING_SAID
    slug: str = ""
    cancelled_at: datetime | None = None
    refund_policy: RefundPolicy | None = None
    cancellation_done_at: datetime | None = None
    moved_at: datetime | None = None
    refunds_until: datetime | None = None

    @property
    def facts(self) -> Facts:
        return Facts(
            name=self.name,
            venue=self.venue,
            address=self.address,
            starts_at=self.starts_at,
            time_zone=self.time_zone,
            doors_at=self.doors_at,
            ends_at=self.ends_at,
        )

    @property
    def is_offered(self) -> bool:
        return self.on_sale and not self.cancelled

    @property
    def path(self) -> str:
        """The path of its page on the site."""
        return f"/e/{self.slug}/" if self.slug else f"/event/?id={self.event_id}"

    @property
    def terms_fingerprint(self) -> str:
        """A hash of the terms and the rule for refunds, which records what a buyer agreed to."""
        return hashlib.sha256(f"{self.terms}\n{self.about.refunds}".encode()).hexdigest()[:16]

    @property
    def local_start(self) -> datetime:
        return local_time(self.starts_at, self.time_zone)


def local_time(moment: datetime, time_zone: str) -> datetime:
    """Return a moment in the local time of a zone.

    It is in UTC if the zone has no such time or is unknown. Rows can be edited by hand, and buyers
    must not wait for their tickets until such a row is corrected.
    """
    try:
        return moment.astimezone(ZoneInfo(time_zone))
    except (KeyError, OSError, OverflowError, ValueError):
        return moment.astimezone(UTC)
