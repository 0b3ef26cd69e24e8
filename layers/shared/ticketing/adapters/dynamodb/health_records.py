"""What the health page reads from the tables, within bounds; rows that make no sense are named.

Rows are read as they are stored. If an index has the answer, nothing else is read. Refunds and lost
mails are in no index, so the first rows of their tables are read.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from pynamodb.expressions.condition import Condition

from ticketing.adapters.dynamodb.attributes import moment_in
from ticketing.adapters.dynamodb.audit_rows import MAIL, ORDER, Item, Kind
from ticketing.adapters.dynamodb.event_records import PAYMENT, ROWS_PAGE
from ticketing.adapters.dynamodb.indexes import MailWorkIndex, StatusIndex
from ticketing.adapters.dynamodb.mapping import MAIL_WORK
from ticketing.adapters.dynamodb.models import MailRow, OrderRow
from ticketing.adapters.dynamodb.rows import filed
from ticketing.audit.order_snapshot import Unreadable
from ticketing.emails.mail import MailStatus
from ticketing.orders.order import PAYMENT_WINDOW, Delivery, OrderStatus
from ticketing.orders.refund import WENT_BACK
from ticketing.orders.schedule import LATE_WATCH
from ticketing.reports.health import DECIDED, MONEY_BACK
from ticketing.reports.health_facts import Delivery as Delivered
from ticketing.reports.health_facts import Happened, Sample, Waiting

MOST = 5000
"""The most rows that are read from an index for one question."""
MOST_TIMED = 1000
"""The most orders that are read with their payments, to time them."""
MOST_SCANNED = 20_000
"""About the most rows that are read from a table."""
KINDS = dict(
    zip(
        (OrderStatus.COMPLETED, OrderStatus.EXPIRED, OrderStatus.FAILED, OrderStatus.REVIEW),
        DECIDED,
        strict=True,
    )
)
TIMED = ["order_number", "total", "delivery", "delivered_at", "transaction_id", "paid_checkout_id"]

T = TypeVar("T")


@dataclass
class _Reading:
    """Reads times from rows, and collects what makes no sense."""

    unreadable: list[str] = field(default_factory=list)

    def moment(self, number: str, name: str, text: str | None) -> datetime | None:
        at = moment_in(text) if text else None
        if at is None:
            found = f"{name} is {text!r}" if text else f"it has no {name}"
            self.unreadable.append(f"order {number}: {found}")
        return at

    def sample(self, found: Iterable[T], *, is_partial: bool) -> Sample[T]:
        return Sample(tuple(found), is_partial, tuple(self.unreadable))


class HealthRecords:
    """The figures of the health page, for reading only."""

    def __init__(self, payment_window: timedelta = PAYMENT_WINDOW) -> None:
        self._payment_window = payment_window

    @staticmethod
    def orders(status: OrderStatus) -> Waiting:
        """Return how many orders have a status, and when the oldest was placed."""
        index, by = StatusIndex.Meta.index_name, "created_at"
        return _waiting(filed(OrderRow, index, status.value, None, [by], MOST + 1), by)

    @staticmethod
    def mails() -> Waiting:
        """Return how many mails are still to be sent, and when the first is or was due."""
        index, by = MailWorkIndex.Meta.index_name, "next_attempt_at"
        return _waiting(filed(MailRow, index, MAIL_WORK, None, [by], MOST + 1), by)

    @staticmethod
    def lost_mails(since: datetime) -> Waiting:
        """Return how many mails created since then were given up or came back for good."""
        is_lost = (MailRow.status == MailStatus.PROBLEM) & (MailRow.created_at >= since)
        items, is_partial = _scanned(MAIL, is_lost)
        made = (moment_in(item["created_at"]["S"]) for item in items)
        return Waiting(len(items), min(filter(None, made), default=None), is_partial)

    def decided(self, since: datetime) -> Sample[Happened]:
        """Return the orders that were settled since then, and how."""
        reading, found, is_partial = _Reading(), [], False
        for status, kind in KINDS.items():
            rows, more = self._settled(status, since, MOST)
            is_partial |= more
            for row in rows:
                at = reading.moment(row["order_number"], "settled_at", row.get("settled_at"))
                if at and at >= since:
                    found.append(Happened(kind, at))
        return reading.sample(found, is_partial=is_partial)

    def deliveries(self, since: datetime) -> Sample[Delivered]:
        """Return when the paid orders that were completed since then were paid and mailed."""
        rows, is_partial = self._settled(OrderStatus.COMPLETED, since, MOST_TIMED)
        settled = ((r["order_number"], moment_in(r.get("settled_at", ""))) for r in rows)
        numbers = ((number,) for number, at in settled if at and at >= since)
        orders = [o for o in ORDER.items(numbers, TIMED).values() if Decimal(o["total"]["N"])]
        payments = PAYMENT.items((key,) for order in orders if (key := _paid_with(order)))
        reading = _Reading()
        found = (_delivered(order, payments.get((_paid_with(order),)), reading) for order in orders)
        return reading.sample([one for one in found if one], is_partial=is_partial)

    @staticmethod
    def money_back(since: datetime) -> Sample[Happened]:
        """Return the refunds and chargebacks that were settled since then."""
        items, is_partial = _scanned(ORDER, OrderRow.refund_status.exists())
        reading, found = _Reading(), []
        for item in items:
            row = ORDER.read(item)
            if isinstance(row, Unreadable):
                reading.unreadable.append(f"{row.row}: {row.problem}")
                continue
            refunds = (*(row.refunds or ()), *(row.parts or ()))
            times = (r.settled_at for r in refunds if r.status in WENT_BACK)
            found += [Happened(MONEY_BACK, at) for at in times if at and at >= since]
        return reading.sample(found, is_partial=is_partial)

    def _settled(
        self, status: OrderStatus, since: datetime, most: int
    ) -> tuple[list[dict[str, str]], bool]:
        """Return orders that may have been settled since then, and whether there are more.

        They are found by when they were placed. An order is settled before the watch for late money
        ends; later, only a person settles one, and it is missing here.
        """
        placed = OrderRow.created_at >= since - LATE_WATCH - self._payment_window
        names, index = ["order_number", "settled_at"], StatusIndex.Meta.index_name
        rows = filed(OrderRow, index, status.value, placed, names, most + 1, newest_first=True)
        found = list(rows)
        return found[:most], len(found) > most


def _waiting(rows: Iterator[dict[str, str]], by: str) -> Waiting:
    found = list(rows)
    times = (moment_in(row[by]) for row in found)
    first = next(filter(None, times), None)
    return Waiting(min(len(found), MOST), first, is_partial=len(found) > MOST)


def _scanned(kind: Kind, where: Condition) -> tuple[list[Item], bool]:
    """Return which of a table's first rows meet a condition, and whether it has more rows."""
    found: list[Item] = []
    place, read = None, 0
    while read < MOST_SCANNED:
        items, many, place = kind.page_where(place, ROWS_PAGE, where)
        found += items
        read += many
        if place is None:
            return found, False
    return found, True


def _paid_with(order: Item) -> str:
    """Return the key of the payment that was accepted for an order; empty if there is none."""
    named = (order.get(name, {}).get("S") for name in ("transaction_id", "paid_checkout_id"))
    return next(filter(None, named), "")


def _delivered(order: Item, payment: Item | None, reading: _Reading) -> Delivered | None:
    """Return when an order was paid and mailed, if it was or is to be; None also if unreadable."""
    number, at = order["order_number"]["S"], order.get("delivered_at", {}).get("S")
    if at is None and order.get("delivery", {}).get("S") != Delivery.PENDING:
        return None
    mailed_at = reading.moment(number, "delivered_at", at) if at else None
    paid: Any = PAYMENT.read(payment) if payment else None
    if paid is None or isinstance(paid, Unreadable):
        why = f"its payment cannot be read: {paid.problem}" if paid else "it has no payment"
        reading.unreadable.append(f"order {number}: {why}")
        return None
    return None if at and mailed_at is None else Delivered(number, paid.at, mailed_at)
