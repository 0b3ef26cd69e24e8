"""Every night: compare our payments with SumUp's, organiser by organiser and day by day.

A day is marked done only after its report was mailed. If a run crashes, the next run repeats the
unfinished days; every step is idempotent. A day that SumUp does not let us read is unknown, and is
tried again every night.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from ticketing.flows.notify import Notifier
from ticketing.flows.ports import Clock, Organisers, TimeLeft
from ticketing.flows.reconcile_day import ReconcileDay, Run, TimeIsUp
from ticketing.observability import (
    DAYS_RECONCILED,
    DAYS_UNKNOWN,
    MONEY_FINDINGS,
    RECONCILE_HEARTBEAT,
    count,
    logger,
)
from ticketing.operators import alerts
from ticketing.organisers.organiser import Connection, Organiser
from ticketing.reconciliation.night_report import NightReport

MOST_TOLD = 50
"""The most findings in the alert; the reports have all of them."""
NEVER = date.min


@dataclass(frozen=True)
class Asked:
    """What an operator asks for: one organiser or all, one day or yesterday."""

    organiser_id: str | None = None
    day: date | None = None
    dry_run: bool = False


@dataclass(frozen=True)
class ReconcilePayments:
    """Reconciles all organisers at night, and single days when an operator asks."""

    organisers: Organisers
    reconcile_day: ReconcileDay
    notifier: Notifier

    def nightly(self, clock: Clock, time_left: TimeLeft) -> NightReport:
        """Reconcile all days that are over and not done, the organiser furthest behind first.

        Unexpected errors are raised together, as a group, once all organisers have had their turn
        and the mails were sent.
        """
        run = Run(self.reconcile_day.orders, clock, time_left)
        report, failures = NightReport(), []
        for organiser in sorted(self._accounts(), key=_done_until):
            try:
                self._reconcile(run, organiser, self._open_days(organiser, clock()), report)
            except Exception as failure:  # noqa: BLE001 - one organiser's error must not stop the others
                logger.warning("organiser left out", organiser=organiser.organiser_id)
                report.left.append(organiser.organiser_id)
                failures.append(failure)
        self._send_mails(report, clock())
        for day in report.done:
            self.organisers.note_reconciled(day.organiser_id, day.day)
        count(DAYS_RECONCILED, len(report.done))
        count(DAYS_UNKNOWN, len(report.unknown))
        count(MONEY_FINDINGS, report.found)
        if failures:
            raise ExceptionGroup("some organisers could not be reconciled", failures)
        count(RECONCILE_HEARTBEAT)
        return report

    def asked(self, asked: Asked, clock: Clock, time_left: TimeLeft) -> NightReport:
        """Reconcile one day and return the report. Nothing is mailed, and no day is marked done.

        A dry run changes nothing, archives no report and raises no alarm.
        """
        run = Run(self.reconcile_day.orders, clock, time_left, dry_run=asked.dry_run)
        day = asked.day or self._yesterday(clock())
        report = NightReport()
        if asked.organiser_id:
            accounts = [self.organisers.get(asked.organiser_id)]
        else:
            accounts = sorted(self._accounts(), key=lambda o: o.organiser_id)
        for organiser in accounts:
            self._reconcile(run, organiser, [day], report)
        if not asked.dry_run:
            count(MONEY_FINDINGS, report.found)
        return report

    def _reconcile(
        self, run: Run, organiser: Organiser, days: Sequence[date], report: NightReport
    ) -> None:
        """Reconcile these days in turn, until one cannot be read or time is up."""
        for day in days:
            try:
                run.keep_time()
                done = self.reconcile_day(run, organiser, day)
            except TimeIsUp:
                logger.warning(
                    "time is up, the next night continues", organiser=organiser.organiser_id
                )
                report.left.append(organiser.organiser_id)
                return
            report.days.append(done)
            if done.result is None:
                return

    def _yesterday(self, now: datetime) -> date:
        return self._today(now) - timedelta(days=1)

    def _today(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.notifier.brand.time_zone)).date()

    def _open_days(self, organiser: Organiser, now: datetime) -> list[date]:
        """Return the days since the last one done; the first time, yesterday only."""
        last = self._yesterday(now)
        first = last
        if organiser.reconciled_until:
            first = organiser.reconciled_until + timedelta(days=1)
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def _accounts(self) -> list[Organiser]:
        """Return one organiser for each merchant account, because payments are found by account.

        Of several, that is a connected one, if there is one.
        """
        by_account: dict[str, Organiser] = {}
        for organiser in sorted(self.organisers.every(), key=_best_connected):
            if organiser.merchant_code:
                by_account[organiser.merchant_code] = organiser
        return list(by_account.values())

    def _send_mails(self, report: NightReport, now: datetime) -> None:
        """Send the findings, an alert for each account that could not be read, and the summary.

        The ids of the mails follow from the days in them. So a repeated night sends none twice, and
        a night that finishes what was left sends mails of its own.
        """
        fact = f"{self._today(now)}-{report.fingerprint}"
        last, links = f"{self._yesterday(now)}", self.notifier.admin_links
        if lines := report.finding_lines:
            alert = alerts.money_findings(lines[:MOST_TOLD], len(lines), last, fact, links)
            self.notifier.alert(alert, now)
        for day in report.unknown:
            alert = alerts.account_unknown(day.organiser_id, f"{day.day}", day.problem, now, links)
            self.notifier.alert(alert, now)
        if lines := report.summary_lines:
            alert = alerts.reconciled(lines, report.found, report.left, last, fact, links)
            self.notifier.alert(alert, now)


def _done_until(organiser: Organiser) -> date:
    return organiser.reconciled_until or NEVER


def _best_connected(organiser: Organiser) -> tuple[bool, str]:
    return organiser.connection is Connection.CONNECTED, organiser.organiser_id
