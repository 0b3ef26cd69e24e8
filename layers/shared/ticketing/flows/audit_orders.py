"""Audit every row, repair the work index, and report every rule that does not hold.

Rows change while they are read, so the first reading only finds suspects. Each suspect is read
again, and judged once its order's row has not changed during the reading.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from ticketing.audit.mails import breaches_of_mail
from ticketing.audit.order_snapshot import OrderSnapshot, StoredMail, Unreadable
from ticketing.audit.reading import Bookmark, Place, Stage, Suspicion
from ticketing.audit.rules import breaches, orphans, unreadable
from ticketing.audit.scheduling import wanted_work, was_abandoned
from ticketing.emails.mail import UNSETTLED
from ticketing.flows.audit_report import AuditReport
from ticketing.flows.audit_seats import AuditSeats
from ticketing.flows.notify import Notifier
from ticketing.flows.ports import AuditReader, Clock, MailUpkeep, TimeLeft, WorkIndex
from ticketing.observability import AUDIT_HEARTBEAT, ORDERS_AUDITED, RULES_BROKEN, count, logger
from ticketing.operators.alerts import broken_rules, orders_abandoned

RESERVE = 60.0
"""Seconds that must be left to begin another page: the alert and the bookmark come after it."""
LOOKS = 4
"""An order that changes during this many readings is left to the next audit."""
MOST_TOLD = 50
"""The most lines in an alert."""


@dataclass(frozen=True)
class AuditOrders:
    """Audits the tables."""

    audit_reader: AuditReader
    orders: WorkIndex
    outbox: MailUpkeep
    notifier: Notifier

    def __call__(self, clock: Clock, time_left: TimeLeft) -> AuditReport:
        """Audit while more than `RESERVE` seconds are left; the next audit goes on from there."""
        report, now = AuditReport(), clock()
        AuditSeats(self.audit_reader, RESERVE)(report, clock, time_left)
        begun = self.audit_reader.bookmark(now)
        report.began_at = begun.stage.value if begun else None
        left = self._read_all(report, begun or Bookmark(Stage.ORDERS), now, time_left)
        report.came_to = left.stage.value if left else None
        self._alert(report, now)
        if left or begun:
            self.audit_reader.keep(left, now)
        count(ORDERS_AUDITED, report.read.get(Stage.ORDERS, 0))
        count(RULES_BROKEN, report.total)
        count(AUDIT_HEARTBEAT)
        return report

    def _read_all(
        self, report: AuditReport, begun: Bookmark, now: datetime, time_left: TimeLeft
    ) -> Bookmark | None:
        """Read from the bookmark on; return where to continue, None after the last stage."""
        stages, place = list(Stage), begun.place
        for stage in stages[stages.index(begun.stage) :]:
            while True:
                if time_left() < RESERVE:
                    logger.warning("time is up, the next audit continues", stage=stage)
                    return Bookmark(stage, place)
                place = self._page(report, stage, place, now)
                if place is None:
                    break
        return None

    def _page(
        self, report: AuditReport, stage: Stage, place: Place | None, now: datetime
    ) -> Place | None:
        if stage is Stage.ORDERS:
            orders = self.audit_reader.orders(place)
            for found in orders.found:
                self._suspect(report, found, now)
            rows, following = orders.rows, orders.following
        else:
            suspects = self.audit_reader.suspects(stage, place, now)
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
            return
        if was_abandoned(found.order, now):
            report.add_abandoned(found.order)
        if breaches(found, now):
            self._judge(report, found.order.order_number, (), now)

    def _look_into(self, report: AuditReport, suspicion: Suspicion, now: datetime) -> None:
        if suspicion.order_number:
            self._judge(report, suspicion.order_number, (suspicion.row,), now)
            return
        row = self.audit_reader.row(suspicion.row)
        if isinstance(row, Unreadable):
            report.add([unreadable(row, None)])
        elif row is not None:
            report.add(breaches_of_mail(row, now))
            self._repair_mails(report, [row], now)

    def _judge(
        self, report: AuditReport, order_number: str, rows: Sequence[str], now: datetime
    ) -> None:
        """Judge an order by a reading during which its own row did not change."""
        for _ in range(LOOKS):
            look = self.audit_reader.look(order_number, rows)
            if self.audit_reader.order(order_number) == look.order:
                break
        else:
            report.moving += 1
            return
        if look.snapshot:
            found = breaches(look.snapshot, now)
            report.add(found)
            if found:
                self._repair(report, look.snapshot, now)
        elif isinstance(look.order, Unreadable):
            report.add([unreadable(look.order, order_number)])
        elif look.rows:
            report.add([orphans(order_number, look.rows)])

    def _repair(self, report: AuditReport, snapshot: OrderSnapshot, now: datetime) -> None:
        """Put an order and its mails back into their work indexes, and change nothing else."""
        order, work = snapshot.order, wanted_work(snapshot.order, now)
        is_lost = work and (order.work is not work or order.next_check_at is None)
        if work and is_lost and self.orders.reschedule(order, work, now):
            report.add_repaired(f"order {order.order_number}")
        self._repair_mails(report, snapshot.mails, now)

    def _repair_mails(
        self, report: AuditReport, mails: Iterable[StoredMail], now: datetime
    ) -> None:
        for stored in mails:
            is_lost = stored.mail.status in UNSETTLED and not stored.is_scheduled
            if is_lost and self.outbox.reschedule(stored.mail, now):
                report.add_repaired(f"mail {stored.mail.mail_id}")

    def _alert(self, report: AuditReport, now: datetime) -> None:
        """Send each alert at most once a day. It is stored before the bookmark moves."""
        links = self.notifier.admin_links
        if report.abandoned:
            alert = orders_abandoned(report.abandoned, report.abandoned_seats, now, links)
            self.notifier.alert(alert, now)
        if report.total:
            lines = report.lines[:MOST_TOLD]
            self.notifier.alert(broken_rules(lines, report.total, now, links), now)
