"""Give the money of many orders back, one after another, as far as that is possible now.

Each refund is one run of `RefundPayment`, which asks SumUp at most once and settles what an earlier
run left open. So this may be interrupted anywhere and started again. Refunds that failed are tried
once more at the end, up to ten failures in a row; those that fail again are reported with the
command that helps.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from ticketing.errors import NotDecidable, TicketingError
from ticketing.flows.plan_refund import Wish
from ticketing.flows.ports import Clock
from ticketing.flows.refund_payment import Refunding
from ticketing.money import Money
from ticketing.orders.commands import PROGRAM, line
from ticketing.orders.order import Order, OrderStatus, Origin
from ticketing.orders.refund import RefundStatus

MOST_IN_A_ROW = 10
"""If this many refunds in a row fail, something other than their orders is wrong."""

Progress = Callable[[str, int, int], None]
"""Is told what is being done, how many orders are done, and how many there are."""


@dataclass(frozen=True)
class Problem:
    """Why an order is not done, and the command that helps. `owed` is the money it is about."""

    order_number: str
    why: str
    command: str
    owed: Money | None = None


@dataclass
class GivenBack:
    """How many payments went back, now and before, and how much in each currency.

    `problems_of` has the problems, or none, of each order that was tried. `left` are the orders
    that were not tried, because too many before them failed. `counted` are the transactions that
    are in the sums already.
    """

    refunds: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)
    refunds_before: int = 0
    amounts_before: dict[str, Decimal] = field(default_factory=dict)
    problems_of: dict[str, list[Problem]] = field(default_factory=dict)
    left: list[Order] = field(default_factory=list)
    counted: set[str] = field(default_factory=set)

    @property
    def problems(self) -> list[Problem]:
        return [problem for problems in self.problems_of.values() for problem in problems]

    def add(self, done: Refunding) -> None:
        """Count a payment that is back, once: looking for other money may find it again."""
        refund = done.refund
        if refund.transaction_id in self.counted:
            return
        self.counted.add(refund.transaction_id)
        back, currency = refund.amount.amount, refund.amount.currency
        if done.is_new:
            self.refunds += 1
            # The amount leaves out the parts that the order notes, so only the rest of what was
            # back before is not part of this run.
            elsewhere = done.before - done.order.back_in_parts(refund.transaction_id)
            sums, back = self.amounts, back - max(elsewhere, Decimal(0))
        else:
            self.refunds_before += 1
            sums = self.amounts_before
        sums[currency] = sums.get(currency, Decimal(0)) + back


@dataclass(frozen=True)
class RefundOrders:
    """Refunds orders. `pace` waits before each one, because SumUp limits its callers."""

    refund: Callable[[str, Wish, datetime], Refunding]
    clock: Clock
    pace: Callable[[], object]
    dry_run: bool = False

    def __call__(self, orders: Sequence[Order], note: str, progress: Progress) -> GivenBack:
        """Give back what these orders have paid; `note` is the reason for the audit trail."""
        done = GivenBack()
        self._run("refunds", orders, note, done, progress)
        done.left = [order for order in orders if order.order_number not in done.problems_of]
        failed = [order for order in orders if done.problems_of.get(order.order_number)]
        if not done.left and not self.dry_run:
            self._run("refunds once more", failed, note, done, progress)
        return done

    def _run(
        self, what: str, orders: Sequence[Order], note: str, done: GivenBack, progress: Progress
    ) -> None:
        """Try the orders one after another; stop once trying more would be no use."""
        in_a_row = 0
        for number, order in enumerate(orders, start=1):
            problems = list(self._refund(order, note, done))
            done.problems_of[order.order_number] = problems
            progress(what, number, len(orders))
            in_a_row = in_a_row + 1 if problems else 0
            if in_a_row == MOST_IN_A_ROW:
                return

    def _refund(self, order: Order, note: str, done: GivenBack) -> Iterator[Problem]:
        for transaction_id in payments_of(order):
            known = order.refund_of(transaction_id)
            if transaction_id and known and known.went_back:
                done.add(Refunding(order, known, is_new=False))
                continue
            self.pace()
            try:
                refunding = self.refund(
                    order.order_number, Wish(note, transaction_id), self.clock()
                )
            except TicketingError as error:
                why = error.problem if isinstance(error, NotDecidable) else str(error)
                yield _problem(order, why, note)
                continue
            if refunding.refund.went_back:
                done.add(refunding)
            else:
                yield _unsettled(order, refunding, note)


def payments_of(order: Order) -> tuple[str | None, ...]:
    """Return the transactions to give back; None stands for any other money it has at SumUp.

    There are none if an operator made the last tickets void: what is left of the money stays,
    whatever becomes of the event, unless SumUp was already asked to refund it. Nor are there any if
    it was cash.
    """
    keeps = order.is_void_by_hand and not order.gives_back(order.transaction_id)
    if order.is_free or order.origin is Origin.CASH or keeps:
        return ()
    if order.status is not OrderStatus.COMPLETED or order.transaction_id is None:
        return (None,)
    is_back = order.back_in_parts(order.transaction_id) >= order.total.amount
    own = () if is_back else (order.transaction_id,)
    several = len(order.checkout_ids) > 1
    return (*own, None) if several else own


def _unsettled(order: Order, done: Refunding, note: str) -> Problem:
    refund = done.refund
    if refund.status is RefundStatus.REFUSED:
        return _problem(order, f"SumUp refused it: {refund.problem}", note)
    why = f"it is not known whether {refund.amount} went back: {refund.problem}"
    return replace(_problem(order, why, note), owed=refund.amount)


def _problem(order: Order, why: str, note: str) -> Problem:
    command = line("refund", order.order_number, reason=note)
    return Problem(order.order_number, why, f"{PROGRAM} {command}", order.total)
