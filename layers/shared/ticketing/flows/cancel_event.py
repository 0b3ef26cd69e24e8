"""Cancel an event: take it off sale, settle its orders, tell the buyers, give the money back.

The event's row is written first. From then on nobody can order or pay, and no check issues tickets:
a check reads the event after the order, and this flow reads the orders after writing the event.
Every step can be repeated, so an interrupted run is simply started again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from ticketing.errors import NotCancellable, NotDecidable, TicketingError
from ticketing.events.event import Event, RefundPolicy
from ticketing.flows.cancel_order import CancelOrder, Settled, SettledOrder, Told
from ticketing.flows.ports import CancelsEvents, Clock, OrdersOfEvents
from ticketing.flows.refund_orders import GivenBack, Problem, Progress, RefundOrders
from ticketing.orders.commands import PROGRAM, line
from ticketing.orders.order import Order, OrderStatus, Origin
from ticketing.reports.rows import gathered

LATEST = timedelta(days=7)
"""How long after its start an event can be cancelled. Later, a mistyped id would cost an organiser
all the takings of a past event."""


@dataclass
class Cancelled:
    """The event, how many orders it has, and what became of them.

    `untold` has the reason why a buyer gets no mail, by order number. `kept` is the money that
    stays with the organiser, by currency. `unreadable` names the rows that could not be read.
    """

    event: Event
    policy: RefundPolicy
    orders: int = 0
    settled: dict[Settled, int] = field(default_factory=dict)
    told: int = 0
    told_before: int = 0
    untold: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    unreadable: tuple[str, ...] = ()
    back: GivenBack = field(default_factory=GivenBack)
    kept: dict[str, Decimal] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether this command has nothing left to do."""
        return not (self.problems or self.unreadable or self.back.problems or self.back.left)

    def keep(self, amount: Decimal, currency: str) -> None:
        self.kept[currency] = self.kept.get(currency, Decimal(0)) + amount

    def add(self, done: SettledOrder) -> None:
        self.settled[done.settled] = self.settled.get(done.settled, 0) + 1
        match done.told:
            case Told.NOW:
                self.told += 1
            case Told.BEFORE:
                self.told_before += 1
            case Told.UNWANTED | Told.ERASED:
                self.untold[done.order.order_number] = done.told.value


@dataclass(frozen=True)
class CancelEvent:
    """Cancels events. A dry run reads the same but writes nothing."""

    events: CancelsEvents
    records: OrdersOfEvents
    cancel_order: CancelOrder
    refund_orders: RefundOrders
    clock: Clock
    dry_run: bool = False

    def __call__(
        self, event_id: str, policy: RefundPolicy, note: str, progress: Progress
    ) -> Cancelled:
        """Cancel the event, or continue where an earlier run stopped.

        Raises `EventNotFound`, or `NotCancellable` with the reason; then nothing was written.
        """
        now = self.clock()
        event = self.events.get(event_id)
        _refuse(event, policy, now)
        if not self.dry_run:
            event = self.events.cancel(event_id, policy, now)
            _refuse(event, policy, now)
        found = gathered(self.records.orders(event_id))
        report = Cancelled(event, policy, len(found.found), unreadable=found.unreadable)
        paid = list(self._settle(found.found, note, report, progress))
        if policy is RefundPolicy.ALL:
            _keep_cash(paid, report)
            report.back = self.refund_orders(paid, note, progress)
        else:
            _keep(paid, report)
        if report.is_complete and not self.dry_run:
            self.events.note_cancellation_done(event, self.clock())
        return report

    def _settle(
        self, orders: tuple[Order, ...], note: str, report: Cancelled, progress: Progress
    ) -> Iterator[Order]:
        """Settle the orders; yield those that have or may have money, as they were last read."""
        for done, order in enumerate(orders, start=1):
            try:
                settled = self.cancel_order(order.order_number, note, self.clock())
            except TicketingError as error:
                why = error.problem if isinstance(error, NotDecidable) else str(error)
                again = line("cancel", report.event.event_id, refund=report.policy, reason=note)
                command = f"{PROGRAM} events {again}"
                report.problems.append(Problem(order.order_number, why, command))
            else:
                report.add(settled)
                if _has_paid(settled):
                    yield settled.order
            progress("orders", done, len(orders))


def _refuse(event: Event, policy: RefundPolicy, now: datetime) -> None:
    if event.cancelled_at is None and now >= event.starts_at + LATEST:
        text = f"it began on {event.local_start:%d %B %Y}; use `refund` for single orders"
        raise NotCancellable(event.event_id, text)
    if policy is RefundPolicy.NONE and event.refund_policy is RefundPolicy.ALL:
        text = "its buyers were told that they get their money back: use `--refund all`"
        raise NotCancellable(event.event_id, text)


def _has_paid(done: SettledOrder) -> bool:
    """Return whether the order has money, or may have: SumUp is asked about those on hold."""
    has_money = done.order.status in {OrderStatus.COMPLETED, OrderStatus.REVIEW}
    return has_money and not done.order.is_free


def _keep_cash(paid: list[Order], report: Cancelled) -> None:
    """Count the cash paid for tickets valid until now, which only the organiser can hand back."""
    for order in paid:
        if order.origin is Origin.CASH and not order.is_void_by_hand:
            void = {ticket.ticket_id for ticket in order.void_tickets}
            prices = (one.unit_price for i, one in order.ticket_lines if i not in void)
            report.keep(sum(prices, Decimal(0)), order.total.currency)


def _keep(paid: list[Order], report: Cancelled) -> None:
    for order in paid:
        refund = order.refund_of(order.transaction_id)
        if order.status is OrderStatus.COMPLETED and not (refund and refund.went_back):
            in_parts = order.back_in_parts(order.transaction_id)
            report.keep(order.total.amount - in_parts, order.total.currency)
