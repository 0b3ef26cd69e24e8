"""Go through everything that is written down, and tell of every rule that does not hold.

Everything moves while it is read. So the first reading only suspects; an order is accused after a
close look during which its own row stood still, a counter of seats after two tallies that agree.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, Protocol

from ticketing.audit.mails import breaches_of_mail
from ticketing.audit.order_snapshot import Breach, OrderSnapshot, Rule, StoredMail, Unreadable
from ticketing.audit.reading import (
    Bookmark,
    Claim,
    OrderReading,
    Page,
    Place,
    Stage,
    Suspicion,
    UnknownClaim,
)
from ticketing.audit.rules import breaches, orphans, unreadable
from ticketing.audit.scheduling import wanted_work
from ticketing.audit.seats import (
    Kind,
    SeatsLeft,
    Tally,
    counter_is_possible,
    counter_is_right,
)
from ticketing.brand import Brand
from ticketing.emails.mail import UNSETTLED, Mail, to_operators
from ticketing.observability import (
    AUDIT_HEARTBEAT,
    ORDERS_AUDITED,
    RULES_BROKEN,
    count,
    logger,
)
from ticketing.operators.alerts import AdminLinks, broken_rules
from ticketing.orders.order import Order, Work

Clock = Callable[[], datetime]
Seconds = Callable[[], float]

RESERVE = 60.0
"""Seconds kept back for a last page, the alert and the bookmark."""
LOOKS = 4
"""How often an order may move during a close look before it is left to the next audit."""
MOST_KEPT = 1000
"""Breaches kept to be told; the rest is counted, so that memory stays bounded."""
MOST_TOLD = 50
"""Lines of the alert."""
SCHEDULING = frozenset({Rule.UNSCHEDULED, Rule.MAIL_UNSCHEDULED})
"""What is mended at once."""


class Ledger(Protocol):
    """What is needed of the tables."""

    def orders(self, place: Place | None) -> Page[OrderSnapshot | Unreadable]: ...
    def suspects(self, stage: Stage, place: Place | None, now: datetime) -> Page[Suspicion]: ...
    def look(self, order_number: str, rows: Sequence[str] = ()) -> OrderReading: ...
    def order(self, order_number: str) -> Order | Unreadable | None: ...
    def row(self, row: str) -> StoredMail | Unreadable | None: ...
    def seats_left(self) -> Iterator[SeatsLeft | Unreadable]: ...
    def claims(self, place: Place | None) -> Page[Claim | UnknownClaim]: ...
    def bookmark(self, now: datetime) -> Bookmark | None: ...
    def keep(self, bookmark: Bookmark | None, now: datetime) -> None: ...


class Orders(Protocol):
    """What is needed to put an order back."""

    def reschedule(self, order: Order, work: Work, now: datetime) -> bool: ...


class Mails(Protocol):
    """What is needed of the outbox."""

    def reschedule(self, mail: Mail, now: datetime) -> bool: ...
    def add_once(self, mail: Mail) -> bool: ...


class Names(Protocol):
    """What is needed of the delivery queue."""

    def send(self, names: Sequence[str]) -> list[str]: ...


@dataclass
class AuditReport:
    """What one audit went through and found.

    `read` counts rows by stage, `began_at` and `came_to` are the stages it went on from and
    stopped in, None for all of it. `found` are the first breaches, `by_rule` counts all.
    `moving` orders never stood still. `seats` says whether the seats left were judged.
    """

    read: dict[str, int] = field(default_factory=dict)
    began_at: str | None = None
    came_to: str | None = None
    seats: bool = False
    moving: int = 0
    repaired: list[str] = field(default_factory=list)
    found: dict[Breach, None] = field(default_factory=dict)
    by_rule: Counter[str] = field(default_factory=Counter)

    def add(self, found: Iterable[Breach]) -> None:
        """Take up breaches that are not in it yet."""
        for breach in found:
            if breach in self.found:
                continue
            self.by_rule[breach.rule.value] += 1
            logger.error(
                "rule broken", rule=breach.rule, order=breach.order_number, rows=breach.rows[:10]
            )
            if len(self.found) < MOST_KEPT:
                self.found[breach] = None

    @property
    def total(self) -> int:
        """Return how many breaches there are."""
        return self.by_rule.total()

    @property
    def totals(self) -> dict[str, Any]:
        """Return the report without the breaches themselves."""
        return {
            "read": self.read,
            "began_at": self.began_at,
            "came_to": self.came_to,
            "seats_judged": self.seats,
            "kept_moving": self.moving,
            "put_back": len(self.repaired),
            "broken": dict(sorted(self.by_rule.items())),
        }

    @property
    def as_json(self) -> dict[str, Any]:
        """Return the report as the function answers it; rows are those of the first breaches."""
        found = [
            asdict(breach) | {"rule": breach.rule.value, "rows": list(breach.rows)}
            for breach in self.found
        ]
        return self.totals | {"put_back": self.repaired, "found": found}


@dataclass(frozen=True)
class AuditOrders:
    """The flow with everything it talks to."""

    ledger: Ledger
    orders: Orders
    outbox: Mails
    deliveries: Names
    brand: Brand
    console: AdminLinks

    def __call__(self, clock: Clock, time_left: Seconds) -> AuditReport:
        """Audit while more than `RESERVE` seconds are left; the next audit goes on from there."""
        report, now = AuditReport(), clock()
        self._judge_seats(report, clock, time_left)
        begun = self.ledger.bookmark(now)
        report.began_at = begun.stage.value if begun else None
        left = self._go_through(report, begun or Bookmark(Stage.ORDERS), now, time_left)
        report.came_to = left.stage.value if left else None
        self._tell(report, now)
        if left or begun:
            self.ledger.keep(left, now)
        count(ORDERS_AUDITED, report.read.get(Stage.ORDERS, 0))
        count(RULES_BROKEN, report.total)
        count(AUDIT_HEARTBEAT)
        return report

    # ------------------------------------------------------------------ orders and their rows

    def _go_through(
        self,
        report: AuditReport,
        begun: Bookmark,
        now: datetime,
        time_left: Seconds,
    ) -> Bookmark | None:
        """Go through the stages from there on; return where to go on, None after the last."""
        stages, place = list(Stage), begun.place
        for stage in stages[stages.index(begun.stage) :]:
            while True:
                if time_left() < RESERVE:
                    logger.warning("time is up, the next audit goes on", stage=stage)
                    return Bookmark(stage, place)
                place = self._page(report, stage, place, now)
                if place is None:
                    break
        return None

    def _page(
        self, report: AuditReport, stage: Stage, place: Place | None, now: datetime
    ) -> Place | None:
        if stage is Stage.ORDERS:
            orders = self.ledger.orders(place)
            for found in orders.found:
                self._suspect(report, found, now)
            rows, following = orders.rows, orders.following
        else:
            suspects = self.ledger.suspects(stage, place, now)
            for suspicion in suspects.found:
                self._look_into(report, suspicion, now)
            rows, following = suspects.rows, suspects.following
        report.read[stage.value] = report.read.get(stage.value, 0) + rows
        return following

    def _suspect(
        self, report: AuditReport, found: OrderSnapshot | Unreadable, now: datetime
    ) -> None:
        if isinstance(found, Unreadable):
            self._judge(report, found.row.removeprefix("order "), (), now)
        elif breaches(found, now):
            self._judge(report, found.order.order_number, (), now)

    def _look_into(self, report: AuditReport, suspicion: Suspicion, now: datetime) -> None:
        if suspicion.order_number:
            self._judge(report, suspicion.order_number, (suspicion.row,), now)
            return
        row = self.ledger.row(suspicion.row)
        if isinstance(row, Unreadable):
            report.add([unreadable(row, None)])
        elif row is not None:
            report.add(breaches_of_mail(row, now))
            self._mend_mails(report, [row], now)

    def _judge(
        self, report: AuditReport, order_number: str, rows: Sequence[str], now: datetime
    ) -> None:
        """Judge one order by a close look during which its row stood still."""
        for _ in range(LOOKS):
            look = self.ledger.look(order_number, rows)
            if self.ledger.order(order_number) == look.order:
                break
        else:
            report.moving += 1
            return
        if look.snapshot:
            found = breaches(look.snapshot, now)
            report.add(found)
            if found:
                self._mend(report, look.snapshot, now)
        elif isinstance(look.order, Unreadable):
            report.add([unreadable(look.order, order_number)])
        elif look.rows:
            report.add([orphans(order_number, look.rows)])

    # ----------------------------------------------------------------------------- mending

    def _mend(self, report: AuditReport, evidence: OrderSnapshot, now: datetime) -> None:
        """Put back what fell out of its schedule, and change nothing else."""
        order, work = evidence.order, wanted_work(evidence.order, now)
        is_lost = work and (order.work is not work or order.next_check_at is None)
        if work and is_lost and self.orders.reschedule(order, work, now):
            self._mended(report, f"order {order.order_number}")
        self._mend_mails(report, evidence.mails, now)

    def _mend_mails(self, report: AuditReport, mails: Iterable[StoredMail], now: datetime) -> None:
        for stored in mails:
            lost = stored.mail.status in UNSETTLED and not stored.is_scheduled
            if lost and self.outbox.reschedule(stored.mail, now):
                self._mended(report, f"mail {stored.mail.mail_id}")

    @staticmethod
    def _mended(report: AuditReport, row: str) -> None:
        logger.warning("put back into the work index", row=row)
        if len(report.repaired) < MOST_KEPT:
            report.repaired.append(row)

    # ------------------------------------------------------------------------------- seats

    def _judge_seats(self, report: AuditReport, clock: Clock, time_left: Seconds) -> None:
        """Count a second time where the first count does not add up."""
        first = self._counted(report, clock, time_left)
        doubtful = first and any(off for _, off in first.values())
        second = self._counted(report, clock, time_left) if doubtful else {}
        if first is None or second is None:
            return
        report.seats = True
        for kind in first.keys() & second.keys():
            left, off = second[kind]
            report.add(counter_is_right(left, first[kind][1], off))

    def _counted(
        self, report: AuditReport, clock: Clock, time_left: Seconds
    ) -> Mapping[Kind, tuple[SeatsLeft, int]] | None:
        """Return each counter as it is now, and what it is off by; None if time runs out."""
        since = clock()
        counters = self._counters(report)
        tally = Tally(since, clock())
        place: Place | None = None
        while True:
            if time_left() < RESERVE:
                logger.warning("time is up, seats are not judged")
                return None
            page = self.ledger.claims(place)
            for claim in page.found:
                _count(tally, claim, counters)
            place = page.following
            if place is None:
                return {left.kind: (left, tally.difference(left)) for left in counters}

    def _counters(self, report: AuditReport) -> list[SeatsLeft]:
        counters = []
        for left in self.ledger.seats_left():
            if isinstance(left, Unreadable):
                report.add([unreadable(left, None)])
            else:
                report.add(counter_is_possible(left))
                counters.append(left)
        return counters

    # ------------------------------------------------------------------------------- telling

    def _tell(self, report: AuditReport, now: datetime) -> None:
        """Tell of it in one mail a day; it is in the outbox before the audit counts as done."""
        if not report.total:
            return
        lines = [in_words(breach, report.repaired) for breach in islice(report.found, MOST_TOLD)]
        told = broken_rules(lines, report.total, now, self.console)
        mail = to_operators(told, self.brand, now)
        if self.outbox.add_once(mail) and self.deliveries.send([mail.mail_id]):
            logger.warning("mail not queued, the scan will find it", mail=mail.mail_id)


def in_words(breach: Breach, repaired: Sequence[str] = ()) -> str:
    """Return a breach as one line: rule, order, sentence and rows."""
    order = f"Order {breach.order_number}: " if breach.order_number else ""
    is_mended = breach.rule in SCHEDULING and set(breach.rows) & set(repaired)
    mended = " Put back." if is_mended else ""
    return f"{breach.rule}: {order}{breach.sentence}{mended} ({', '.join(breach.rows[:10])})"


def _count(tally: Tally, claim: Claim | UnknownClaim, counters: Sequence[SeatsLeft]) -> None:
    """Count an order; one that cannot be read makes its event's counters unknown, or all."""
    if isinstance(claim, Claim):
        tally.add(claim)
    elif claim.event_id:
        tally.unknown.add(claim.event_id)
    else:
        tally.unknown |= {left.event_id for left in counters}
