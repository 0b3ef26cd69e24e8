"""Nominate what is due: orders to be verified, mails to be sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from typing import TypeVar

from ticketing.concurrency import at_once
from ticketing.emails.mail import Mail
from ticketing.errors import OrderNotFound, UnreadableOrder
from ticketing.flows.notify import Notifier
from ticketing.flows.ports import MailUpkeep, Queue, TimeLeft, WorkIndex
from ticketing.observability import (
    HEARTBEAT,
    MAILS_DUE,
    NOT_QUEUED,
    OLDEST_OVERDUE,
    ORDERS_DUE,
    count,
    count_some,
    logger,
    seconds,
)
from ticketing.operators.alerts import stuck_orders
from ticketing.orders.order import Order, OrderStatus, Work, WorkItem
from ticketing.orders.schedule import LATE_EVERY, NOMINATED

T = TypeVar("T")
BATCH = 10
RESERVE = 20.0
"""Seconds that must be left to begin another batch: the digest comes after it."""
MAX_DIGEST = 90
"""The most orders in one digest: DynamoDB writes them and the digest in one transaction of at most
100 items."""
DIGEST_TRIES = 3
EVERYTHING_OPEN = timedelta(days=365)


@dataclass(frozen=True)
class Queued:
    """What became of a batch: names that the queue took or refused, and how many got no turn."""

    names: Sequence[str] = ()
    refused: Sequence[str] = ()
    not_reached: int = 0


@dataclass
class ScanReport:
    """The names that one scan queued; `nominated` are open orders, `late` are closed ones.

    `unreadable` are other open orders, which cannot be read: their check sends the alert. `stuck`
    are the orders of the digest.
    """

    nominated: list[str] = field(default_factory=list)
    late: list[str] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    not_queued: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    stuck: list[str] = field(default_factory=list)

    def collect(self, batches: Sequence[Queued]) -> list[str]:
        """Return the names in these batches that were queued, and note those that were not."""
        self.not_queued += [name for batch in batches for name in batch.refused]
        if not_reached := sum(batch.not_reached for batch in batches):
            logger.warning("time is up, the next scan continues", not_reached=not_reached)
        return [name for batch in batches for name in batch.names]


@dataclass(frozen=True)
class ScanOrders:
    """Nominates at most `limit` orders or mails of each kind in one scan."""

    orders: WorkIndex
    outbox: MailUpkeep
    verifications: Queue
    deliveries: Queue
    notifier: Notifier
    limit: int
    stuck_after: timedelta

    def __call__(self, now: datetime, time_left: TimeLeft, *, all_open: bool = False) -> ScanReport:
        """Nominate what is due at `now`, while more than `RESERVE` seconds are left.

        With `all_open`, every pending order counts as due. Every order gets its turn: the longest
        overdue comes first, and nominating an order postpones its next check.
        """
        report = ScanReport()
        until = now + EVERYTHING_OPEN if all_open else now
        items = list(self.orders.due(Work.OPEN, until, self.limit))
        count_some(ORDERS_DUE, len(items))
        seconds(OLDEST_OVERDUE, _oldest_overdue(items, now))
        self._nominate_mails(now, report)
        report.nominated = self._nominate(items, until, now + NOMINATED, time_left, report)
        late = list(self.orders.due(Work.LATE, now, self.limit))
        report.late = self._nominate(late, now, now + LATE_EVERY, time_left, report)
        report.stuck = self._report_stuck(now, report)
        count_some(NOT_QUEUED, len(report.not_queued))
        count(HEARTBEAT)
        return report

    def _nominate(
        self,
        items: Sequence[WorkItem],
        until: datetime,
        next_check_at: datetime,
        time_left: TimeLeft,
        report: ScanReport,
    ) -> list[str]:
        """Postpone each order's next check and queue it, in batches: a crash delays only a few."""

        def nominate(some: Sequence[WorkItem]) -> Queued:
            if time_left() < RESERVE:
                return Queued(not_reached=len(some))
            mine = [i.order_number for i in some if self.orders.nominate(i, until, next_check_at)]
            return self._queue(self.verifications, mine)

        return report.collect(at_once(nominate, _in_batches(items)))

    def _nominate_mails(self, now: datetime, report: ScanReport) -> None:
        due = list(self.outbox.due(now, self.limit))
        count_some(MAILS_DUE, len(due))
        report.mails = report.collect(
            at_once(partial(self._queue, self.deliveries), _in_batches(due))
        )

    @staticmethod
    def _queue(queue: Queue, names: Sequence[str]) -> Queued:
        refused = set(queue.send(names)) if names else set()
        if refused:
            logger.warning("not queued, the next scan tries again", names=sorted(refused))
        return Queued([name for name in names if name not in refused], sorted(refused))

    def _report_stuck(self, now: datetime, report: ScanReport) -> list[str]:
        """Send one digest about the newly stuck orders, and have unreadable ones checked.

        Each order is in one digest only.
        """
        since, unreadable = now - self.stuck_after, set[str]()
        stuck = self._send_digest(now, since, unreadable)
        lost = sorted(unreadable - {*report.nominated, *report.late, *report.not_queued})
        report.unreadable = report.collect(
            [self._queue(self.verifications, some) for some in _in_batches(lost)]
        )
        return stuck

    def _send_digest(self, now: datetime, since: datetime, unreadable: set[str]) -> list[str]:
        """Return the orders in the digest, and add those that cannot be read to `unreadable`."""
        for _ in range(DIGEST_TRIES):
            suspects = (self._stuck(n, since, unreadable) for n in self.orders.unreported(since))
            stuck = list(islice(filter(None, suspects), MAX_DIGEST))
            if not stuck:
                return []
            if mail := self._marked(stuck, now):
                self.notifier.queue([mail])
                return [order.order_number for order in stuck]
        logger.info("too many conflicts, the next scan writes the digest")
        return []

    def _marked(self, stuck: Sequence[Order], now: datetime) -> Mail | None:
        """Return the stored digest, or None if one of its orders changed since it was read."""
        minutes = int(self.stuck_after.total_seconds() // 60)
        links, brand = self.notifier.admin_links, self.notifier.brand
        mail = self.notifier.alert_mail(stuck_orders(stuck, minutes, now, brand, links), now)
        return mail if self.orders.mark_stuck(stuck, mail, now) else None

    def _stuck(self, order_number: str, since: datetime, unreadable: set[str]) -> Order | None:
        """Return the order if its own row says that it is stuck and has not been reported."""
        try:
            order = self.orders.get(order_number)
        except OrderNotFound:
            return None
        except UnreadableOrder as error:
            logger.warning("order left out of the digest", problem=str(error))
            unreadable.add(order_number)
            return None
        pending = order.status is OrderStatus.PENDING and order.stuck_alerted_at is None
        return order if pending and order.created_at <= since else None


def _oldest_overdue(items: Sequence[WorkItem], now: datetime) -> float:
    times = [item.next_check_at for item in items if item.next_check_at is not None]
    return max((0.0, *((now - due).total_seconds() for due in times)))


def _in_batches(items: Sequence[T]) -> list[Sequence[T]]:
    return [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
