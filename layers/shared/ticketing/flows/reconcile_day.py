"""Reconcile one day of an organiser: read both sides, compare them, act on the findings, report."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from ticketing.archive_keys import report_key
from ticketing.emails.mail import Mail, of_refund
from ticketing.errors import (
    ClientRefused,
    PaymentProviderError,
    UnknownOrganiser,
    UnreadableOrder,
)
from ticketing.flows.notify import Notifier
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.flows.ports import Archive, Clock, RefundsOrders, TimeLeft, WorkIndex
from ticketing.flows.read_statement import AccountRead
from ticketing.observability import logger
from ticketing.operators import alerts
from ticketing.orders.order import Order, OrderStatus, Work
from ticketing.orders.refund import UNSETTLED, Consequence, Refund
from ticketing.organisers.organiser import Organiser
from ticketing.reconciliation.compare import Reconciliation, reconcile
from ticketing.reconciliation.consequences import Policies, Policy, consequence, settled_refund
from ticketing.reconciliation.csv_report import sheet
from ticketing.reconciliation.day import Day
from ticketing.reconciliation.findings import Remedy
from ticketing.reconciliation.html_report import page
from ticketing.reconciliation.payment_pair import BusinessDay, PaymentPair

RESERVE = 90.0
"""Seconds that must be left before each request to SumUp.

They are enough for one slow answer, the repairs, the reports and the mails.
"""


class TimeIsUp(Exception):
    """Raised while a day is read and there is too little time left to finish it."""


class Orders(RefundsOrders, WorkIndex, Protocol):
    """The orders table."""


@dataclass
class Run:
    """One run of the reconciliation: its clock, its time, and what is read once for all days."""

    orders: Orders
    clock: Clock
    time_left: TimeLeft
    dry_run: bool = False
    _unsettled: list[Order] | None = None

    def keep_time(self) -> None:
        """Raise `TimeIsUp` unless more than `RESERVE` seconds are left."""
        if self.time_left() < RESERVE:
            raise TimeIsUp

    def unsettled_of(self, organiser: Organiser) -> list[Order]:
        """Return the organiser's orders with a refund whose outcome is not known."""
        if self._unsettled is None:
            self._unsettled = list(_readable(self.orders.with_refunds(*UNSETTLED)))
        return [o for o in self._unsettled if o.merchant_code == organiser.merchant_code]


@dataclass(frozen=True)
class ReconcileDay:
    """Reconciles days; `read` reads one from both sides."""

    read: Callable[[Organiser, date, BusinessDay, Callable[[], None]], AccountRead]
    orders: Orders
    archive: Archive
    policies: Policies
    notifier: Notifier

    def __call__(self, run: Run, organiser: Organiser, day: date) -> Day:
        """Reconcile a day; without a result if it could not be read. Raises `TimeIsUp`."""
        now = run.clock()
        cut = business_day(day, self.notifier.brand.time_zone, now)
        begun = Day(organiser.organiser_id, organiser.name or organiser.organiser_id, day, now)
        try:
            account = self.read(organiser, day, cut, run.keep_time)
        except (PaymentProviderError, UnknownOrganiser, UnreadableOrder) as error:
            logger.warning("day unknown", organiser=organiser.organiser_id, problem=str(error))
            if isinstance(error, ClientRefused) and not run.dry_run:
                alert = alerts.client_refused(str(error), now, self.notifier.admin_links)
                self.notifier.alert(alert, now)
            return replace(begun, problem=str(error))
        unsettled, payouts = run.unsettled_of(organiser), account.payouts or ()
        result = reconcile(account.pairs, unsettled, payouts, cut, self.policies)
        done = replace(begun, result=result, payouts_told=account.payouts is not None)
        if run.dry_run:
            return done
        self._act(account.pairs, result, now)
        return self._report(done)

    def _act(self, pairs: Sequence[PaymentPair], result: Reconciliation, now: datetime) -> None:
        """Carry out the remedy of each finding. Repeating one does no harm."""
        by_id = {pair.transaction_id: pair for pair in pairs}
        for found in result.findings:
            pair = by_id.get(found.transaction_id)
            if pair is None or pair.order is None:
                continue
            if found.remedy is Remedy.PUT_BACK:
                self._put_back(pair.order, now)
            elif found.remedy in {Remedy.VOID, Remedy.NOTED}:
                self._settle(pair, now)

    def _put_back(self, order: Order, now: datetime) -> None:
        """Have the next scan nominate the order, unless it is due already."""
        work = Work.OPEN if order.status is OrderStatus.PENDING else Work.LATE
        is_due = order.next_check_at is not None and order.next_check_at <= now
        if not (order.work is work and is_due):
            done = self.orders.reschedule(order, work, now)
            logger.warning("put back to verification", order=order.order_number, done=done)

    def _settle(self, pair: PaymentPair, now: datetime) -> None:
        """Record on the order that its money went back, unless it is recorded already."""

        def settle(order: Order) -> None:
            known = replace(pair, order=order)
            refund = settled_refund(known, now)
            if refund is None or (known.refund and known.refund.went_back):
                return
            follows = consequence(known, self.policies)
            mails = self._mails(order, refund, follows, now)
            self.orders.settle_refund(order, refund, follows, refund.cause, mails, now)
            logger.warning("money went back", order=order.order_number, follows=follows)
            self.notifier.queue(mails)

        retry_on_conflict(self.orders, pair.order_number or "", settle)

    def _mails(
        self, order: Order, refund: Refund, follows: Consequence, now: datetime
    ) -> list[Mail]:
        """Return the mail to the buyer if their tickets become void and the policy wants one."""
        is_wanted = self.policies.after(refund.status) is Policy.VOID_AND_TELL
        if follows is not Consequence.TICKETS_VOID or not is_wanted or not order.takes_mail:
            return []
        return [of_refund(order, refund.transaction_id, now)]

    def _report(self, day: Day) -> Day:
        sheet_key = report_key(day.day, day.organiser_id, day.made_at, "csv")
        page_key = report_key(day.day, day.organiser_id, day.made_at, "html")
        document = page(day, self.notifier.brand)
        self.archive.keep(sheet_key, sheet(day), "text/csv; charset=utf-8")
        self.archive.keep(page_key, document, "text/html; charset=utf-8")
        return replace(day, reports=(page_key, sheet_key))


def business_day(day: date, time_zone: str, now: datetime) -> BusinessDay:
    """Return when a day begins and ends in the shop's time zone; today ends now."""
    zone = ZoneInfo(time_zone)
    start = datetime.combine(day, time(), zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)
    return BusinessDay(start, max(start, min(end, now)), now)


def _readable(found: Iterable[Order | UnreadableOrder]) -> Iterator[Order]:
    for order in found:
        if isinstance(order, UnreadableOrder):
            logger.error("an order cannot be read and is left out", problem=str(order))
        else:
            yield order
