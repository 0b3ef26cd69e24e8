"""Every night: compare our payments with SumUp's, organiser by organiser and day by day.

A day is read from both sides, judged, acted upon and reported; then it is told, and only then does
it count as done. So a night that dies is gone through again, finds what is done already, and
nothing stays untold. A day that SumUp does not let us read is unknown, and tried again every night.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from ticketing.archive_keys import report_key
from ticketing.brand import Brand
from ticketing.emails.mail import Mail, of_refund, to_operators
from ticketing.errors import (
    ClientRefused,
    PaymentProviderError,
    UnknownOrganiser,
    UnreadableOrder,
)
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.flows.read_statement import AccountRead
from ticketing.observability import (
    DAYS_RECONCILED,
    DAYS_UNKNOWN,
    MONEY_FINDINGS,
    RECONCILE_HEARTBEAT,
    count,
    logger,
)
from ticketing.operators import alerts
from ticketing.operators.alerts import AdminLinks, Alert
from ticketing.orders.order import Order, OrderStatus, Work
from ticketing.orders.refund import UNSETTLED, Consequence, Refund, RefundStatus
from ticketing.organisers.organiser import Connection, Organiser
from ticketing.reconciliation.compare import Reconciliation, reconcile
from ticketing.reconciliation.consequences import Policies, Policy, consequence, settled_refund
from ticketing.reconciliation.csv_report import sheet
from ticketing.reconciliation.day import Day, as_text, finding_as_text
from ticketing.reconciliation.findings import Remedy
from ticketing.reconciliation.html_report import page
from ticketing.reconciliation.payment_pair import BusinessDay, PaymentPair

RESERVE = 90.0
"""Seconds kept back for acting, the reports and the mails, beyond one slow question to SumUp."""
MOST_TOLD = 50
MOST_SUMMED = 500
"""Findings in one mail, and lines of one summary: a row of the outbox holds so much. Reports have
all of them."""
NEVER = date.min

Clock = Callable[[], datetime]
Seconds = Callable[[], float]
KeepTime = Callable[[], None]


class TimeIsUp(Exception):
    """Raised while a day is read and there is too little time left to end it."""


class Organisers(Protocol):
    """What is needed of the organisers table."""

    def every(self) -> Iterator[Organiser]: ...
    def get(self, organiser_id: str) -> Organiser: ...
    def note_reconciled(self, organiser_id: str, day: date) -> bool: ...


class Accounts(Protocol):
    """How a day is read from both sides."""

    def __call__(
        self, organiser: Organiser, day: date, cut: BusinessDay, keep_time: KeepTime
    ) -> AccountRead: ...


class Orders(Protocol):
    """What is needed of the orders table."""

    def get(self, order_number: str) -> Order: ...
    def reschedule(self, order: Order, work: Work, now: datetime) -> bool: ...
    def with_refunds(self, *statuses: RefundStatus) -> Iterator[Order]: ...
    def settle_refund(
        self,
        order: Order,
        refund: Refund,
        consequence: Consequence,
        reason: str,
        mails: Sequence[Mail],
        now: datetime,
    ) -> None: ...


class Mails(Protocol):
    """What is needed of the outbox."""

    def add_once(self, mail: Mail) -> bool: ...


class Deliveries(Protocol):
    """What is needed of the delivery queue."""

    def send(self, names: Sequence[str]) -> list[str]: ...


class Reports(Protocol):
    """What is needed of the archive."""

    def keep(self, key: str, body: bytes, content_type: str) -> bytes: ...


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see now: one organiser or all, one day or the last whole one."""

    organiser_id: str | None = None
    day: date | None = None
    dry_run: bool = False


@dataclass
class NightReport:
    """What was compared, and whose turn it is the next night because time was up."""

    days: list[Day] = field(default_factory=list)
    left: list[str] = field(default_factory=list)

    @property
    def found(self) -> int:
        """Return how many findings there are."""
        return sum(len(day.findings) for day in self.days)

    @property
    def unknown(self) -> list[str]:
        """Return the organisers of whom a day could not be read."""
        return [day.organiser_id for day in self.days if day.result is None]

    @property
    def totals(self) -> dict[str, Any]:
        """Return the report without its days."""
        return {
            "days": len(self.days),
            "found": self.found,
            "unknown": self.unknown,
            "left": self.left,
        }

    @property
    def as_json(self) -> dict[str, Any]:
        """Return the report as the function answers it."""
        return self.totals | {"days": [day.as_json for day in self.days]}


@dataclass(frozen=True)
class ReconcilePayments:
    """The flow with everything it talks to."""

    organisers: Organisers
    read: Accounts
    orders: Orders
    outbox: Mails
    deliveries: Deliveries
    reports: Reports
    policies: Policies
    brand: Brand
    console: AdminLinks

    def nightly(self, clock: Clock, time_left: Seconds) -> NightReport:
        """Go through all days that are over and not done, whoever is furthest behind first.

        What fails in a way nobody foresaw is raised as a group, after all others had their turn
        and were told.
        """
        night, report, failures = _Night(self, clock, time_left), NightReport(), []
        for organiser in sorted(self._accounts(), key=_done_until):
            try:
                night.go_through(organiser, self._open_days(organiser, clock()), report)
            except Exception as failure:  # noqa: BLE001 - one's trouble, whichever, is not the others'
                logger.warning("organiser left out", organiser=organiser.organiser_id)
                report.left.append(organiser.organiser_id)
                failures.append(failure)
        self._tell(report, clock())
        for day in report.days:
            if day.result is not None:
                self.organisers.note_reconciled(day.organiser_id, day.day)
        count(DAYS_RECONCILED, sum(day.result is not None for day in report.days))
        count(DAYS_UNKNOWN, len(report.unknown))
        count(MONEY_FINDINGS, report.found)
        if failures:
            raise ExceptionGroup("some organisers could not be reconciled", failures)
        count(RECONCILE_HEARTBEAT)
        return report

    def asked(self, asked: Asked, clock: Clock, time_left: Seconds) -> NightReport:
        """Look at one day for somebody who reads the answer: nothing is mailed, no day is done.

        A dry run changes nothing, keeps no report and raises no alarm.
        """
        night = _Night(self, clock, time_left, dry_run=asked.dry_run)
        day = asked.day or self._yesterday(clock())
        report = NightReport()
        if asked.organiser_id:
            accounts = [self.organisers.get(asked.organiser_id)]
        else:
            accounts = sorted(self._accounts(), key=lambda o: o.organiser_id)
        for organiser in accounts:
            night.go_through(organiser, [day], report)
        if not asked.dry_run:
            count(MONEY_FINDINGS, report.found)
        return report

    def cut(self, day: date, now: datetime) -> BusinessDay:
        """Return when a day began and ended on the shop's clock; one that goes on ends now."""
        zone = ZoneInfo(self.brand.time_zone)
        start = datetime.combine(day, time(), zone).astimezone(UTC)
        end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
        return BusinessDay(start, max(start, min(end, now)), now)

    def _yesterday(self, now: datetime) -> date:
        return now.astimezone(ZoneInfo(self.brand.time_zone)).date() - timedelta(days=1)

    def _open_days(self, organiser: Organiser, now: datetime) -> list[date]:
        """Return the days since the last one done; the first time there is only yesterday."""
        last = self._yesterday(now)
        first = last
        if organiser.reconciled_until:
            first = organiser.reconciled_until + timedelta(days=1)
        return [first + timedelta(days=n) for n in range((last - first).days + 1)]

    def _accounts(self) -> list[Organiser]:
        """Return one organiser for each merchant account: payments are found by the account."""
        by_account: dict[str, Organiser] = {}
        for organiser in sorted(self.organisers.every(), key=_best_connected):
            if organiser.merchant_code:
                by_account[organiser.merchant_code] = organiser
        return list(by_account.values())

    # ------------------------------------------------------------------------------- telling

    def _tell(self, report: NightReport, now: datetime) -> None:
        """Tell of the night: its sums, what is to be looked at, and who could not be read.

        The mails are named for what they tell. A night that is gone through again tells nothing
        new; one that only ends what was left has mails of its own.
        """
        night = f"{now.astimezone(ZoneInfo(self.brand.time_zone)):%Y-%m-%d}"
        fact = f"{night}-{_fingerprint(report)}"
        last = f"{self._yesterday(now)}"
        lines = [finding_as_text(day, found) for day in report.days for found in day.findings]
        if lines:
            told = alerts.money_findings(lines[:MOST_TOLD], len(lines), last, fact, self.console)
            self.send_once(told, now)
        for day in report.days:
            if day.result is None:
                told = alerts.account_unknown(
                    day.organiser_id, f"{day.day}", day.problem, now, self.console
                )
                self.send_once(told, now)
        if report.days:
            lines = [line for day in report.days for line in as_text(day)]
            if len(lines) > MOST_SUMMED:
                lines = [*lines[:MOST_SUMMED], "and more, see the reports"]
            told = alerts.reconciled(lines, report.found, report.left, last, fact, self.console)
            self.send_once(told, now)

    def send_once(self, told: Alert, now: datetime) -> None:
        mail = to_operators(told, self.brand, now)
        if self.outbox.add_once(mail):
            self.nudge(mail)

    def nudge(self, mail: Mail) -> None:
        """Have a mail sent at once; if this is lost, the next scan finds it in the outbox."""
        if self.deliveries.send([mail.mail_id]):
            logger.warning("mail not queued, the scan will find it", mail=mail.mail_id)


@dataclass
class _Night:
    """One run: its clock, its time, and the orders whose refund nobody has seen the end of."""

    flow: ReconcilePayments
    clock: Clock
    time_left: Seconds
    dry_run: bool = False
    _unsettled: list[Order] | None = None

    def go_through(self, organiser: Organiser, days: Sequence[date], report: NightReport) -> None:
        """Reconcile these days in turn; one that is unknown, or time that is up, ends them."""
        for day in days:
            try:
                self._keep_time()
                done = self._day(organiser, day)
            except TimeIsUp:
                logger.warning(
                    "time is up, the next night goes on", organiser=organiser.organiser_id
                )
                report.left.append(organiser.organiser_id)
                return
            report.days.append(done)
            if done.result is None:
                return

    def _day(self, organiser: Organiser, day: date) -> Day:
        now = self.clock()
        cut = self.flow.cut(day, now)
        begun = Day(organiser.organiser_id, organiser.name or organiser.organiser_id, day, now)
        try:
            account = self.flow.read(organiser, day, cut, self._keep_time)
        except (PaymentProviderError, UnknownOrganiser, UnreadableOrder) as error:
            logger.warning("day unknown", organiser=organiser.organiser_id, problem=str(error))
            if isinstance(error, ClientRefused) and not self.dry_run:
                told = alerts.client_refused(str(error), now, self.flow.console)
                self.flow.send_once(told, now)
            return replace(begun, problem=str(error))
        result = reconcile(
            account.cases, self._unsettled_of(organiser), account.payouts or (), cut,
            self.flow.policies,
        )  # fmt: skip
        done = replace(begun, result=result, payouts_told=account.payouts is not None)
        if self.dry_run:
            return done
        self._act(account.cases, result, now)
        return self._report(done)

    def _keep_time(self) -> None:
        if self.time_left() < RESERVE:
            raise TimeIsUp

    def _unsettled_of(self, organiser: Organiser) -> list[Order]:
        """Return the organiser's orders of that kind, from one reading a night."""
        if self._unsettled is None:
            self._unsettled = list(self.flow.orders.with_refunds(*UNSETTLED))
        return [o for o in self._unsettled if o.merchant_code == organiser.merchant_code]

    # -------------------------------------------------------------------------------- acting

    def _act(self, cases: Sequence[PaymentPair], result: Reconciliation, now: datetime) -> None:
        """Do what the findings say is done about them; once is as good as twice."""
        by_id = {case.transaction_id: case for case in cases}
        for found in result.findings:
            case = by_id.get(found.transaction_id)
            if case is None or case.order is None:
                continue
            if found.remedy is Remedy.PUT_BACK:
                self._put_back(case.order, now)
            elif found.remedy in {Remedy.VOID, Remedy.NOTED}:
                self._settle(case, now)

    def _put_back(self, order: Order, now: datetime) -> None:
        """Have the order checked by the next scan; what it is due for already stays as it is."""
        work = Work.OPEN if order.status is OrderStatus.PENDING else Work.LATE
        is_due = order.next_check_at is not None and order.next_check_at <= now
        if not (order.work is work and is_due):
            done = self.flow.orders.reschedule(order, work, now)
            logger.warning("put back to verification", order=order.order_number, done=done)

    def _settle(self, case: PaymentPair, now: datetime) -> None:
        """Let the order know that its money is back, unless it does."""

        def settle(order: Order) -> None:
            known = replace(case, order=order)
            refund = settled_refund(known, now)
            if refund is None or (known.refund and known.refund.went_back):
                return
            follows = consequence(known, self.flow.policies)
            mails = self._news(order, refund, follows, now)
            self.flow.orders.settle_refund(order, refund, follows, refund.cause, mails, now)
            logger.warning("money went back", order=order.order_number, follows=follows)
            for mail in mails:
                self.flow.nudge(mail)

        retry_on_conflict(self.flow.orders, case.order_number or "", settle)

    def _news(
        self, order: Order, refund: Refund, follows: Consequence, now: datetime
    ) -> list[Mail]:
        """Return the mail that tells the buyer, where that is wanted and their tickets are void."""
        tells = self.flow.policies.after(refund.status) is Policy.VOID_AND_TELL
        if follows is not Consequence.TICKETS_VOID or not tells or not order.takes_mail:
            return []
        return [of_refund(order, refund.transaction_id, now)]

    # ----------------------------------------------------------------------------- reporting

    def _report(self, day: Day) -> Day:
        sheet_key = report_key(day.day, day.organiser_id, day.made_at, "csv")
        page_key = report_key(day.day, day.organiser_id, day.made_at, "html")
        self.flow.reports.keep(sheet_key, sheet(day), "text/csv; charset=utf-8")
        self.flow.reports.keep(page_key, page(day, self.flow.brand), "text/html; charset=utf-8")
        return replace(day, reports=(page_key, sheet_key))


def _done_until(organiser: Organiser) -> date:
    return organiser.reconciled_until or NEVER


def _best_connected(organiser: Organiser) -> tuple[bool, str]:
    return organiser.connection is Connection.CONNECTED, organiser.organiser_id


def _fingerprint(report: NightReport) -> str:
    """Return eight digits that say which days a mail is about, and how they ended."""
    told = "\n".join(f"{d.organiser_id} {d.day} {d.state}" for d in report.days)
    return sha256(told.encode()).hexdigest()[:8]
