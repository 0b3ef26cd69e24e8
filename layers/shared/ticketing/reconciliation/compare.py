"""One day of an organiser's payments, ours beside SumUp's: what differs, and both sums. Pure.

Both sides end at the same moment. What is on its way at that moment is no finding, and whatever
makes the two sums differ is one, so that the findings alone explain the difference to the cent.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from ticketing.money import Money
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refund import Consequence, Refund, RefundStatus
from ticketing.reconciliation.statement import Movement, Payout

IN_FLIGHT = timedelta(hours=1)
"""How long a payment may be on its way between SumUp's lists and our tables, or a refund be asked.

A payment is checked every few minutes; SumUp's lists and its transactions lag behind its checkouts.
"""


class Kind(StrEnum):
    """What differs; the value is the word of reports, logs and answers."""

    MONEY_WITHOUT_ORDER = "money_without_order"
    ORDER_WITHOUT_MONEY = "order_without_money"
    AMOUNT_DIFFERS = "amount_differs"
    REFUNDED = "refunded_elsewhere"
    PARTLY_REFUNDED = "partly_refunded"
    CHARGED_BACK = "charged_back"
    REFUND_UNSETTLED = "refund_unsettled"
    IN_FLIGHT = "in_flight"


class Column(StrEnum):
    """Which sum a difference is part of."""

    GROSS = "gross"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"


class Remedy(StrEnum):
    """What is done about it; the value is what reports say."""

    PUT_BACK = "checked again"
    VOID = "tickets void"
    NOTED = "noted on the order"
    PERSON = "a person decides"
    NONE = "nothing to do"


class Policy(StrEnum):
    """What follows for an order once its money went back without us."""

    VOID_AND_TELL = "void_and_tell"
    VOID = "void"
    REPORT = "report"


@dataclass(frozen=True)
class Policies:
    """What the deployment wants to follow from refunds and chargebacks made elsewhere."""

    refunded: Policy = Policy.VOID_AND_TELL
    charged_back: Policy = Policy.VOID_AND_TELL

    def after(self, status: RefundStatus) -> Policy:
        """Return which of them counts."""
        return self.charged_back if status is RefundStatus.CHARGED_BACK else self.refunded


@dataclass(frozen=True)
class Cut:
    """The day from `start` to before `end`, looked at when it is `now`."""

    start: datetime
    end: datetime
    now: datetime

    def holds(self, at: datetime) -> bool:
        """Return whether a moment belongs to the day."""
        return self.start <= at < self.end

    def is_fresh(self, at: datetime) -> bool:
        """Return whether what happened then may still be on its way."""
        return at > self.now - IN_FLIGHT


@dataclass(frozen=True)
class GivenBack:
    """Money of a payment that is back with the buyer; `at` is None where SumUp does not say."""

    kind: Movement
    amount: Decimal
    at: datetime | None = None

    @property
    def column(self) -> Column:
        """Return which sum it is part of."""
        return Column.CHARGED_BACK if self.kind is Movement.CHARGE_BACK else Column.REFUNDED


@dataclass(frozen=True)
class Seen:
    """What SumUp says of a payment that took money, and what went back of it before the cut."""

    amount: Money
    at: datetime
    code: str | None = None
    returned: tuple[GivenBack, ...] = ()

    @property
    def is_all_back(self) -> bool:
        """Return whether nothing of it is left."""
        return sum((r.amount for r in self.returned), Decimal(0)) >= self.amount.amount


@dataclass(frozen=True)
class Booked:
    """A payment we accepted for an order."""

    transaction_id: str
    order_number: str
    checkout_id: str
    merchant_code: str
    amount: Money
    accepted_at: datetime
    code: str | None = None


@dataclass(frozen=True)
class Case:
    """One payment from both sides; at least one of them knows it.

    `order` is read where there is something to judge: it is None for a payment on which both
    sides agree, and for an order that does not exist.
    """

    transaction_id: str
    seen: Seen | None = None
    booked: Booked | None = None
    order_number: str | None = None
    order: Order | None = None

    @property
    def at(self) -> datetime | None:
        """Return when it happened: SumUp's word counts where there is one."""
        if self.seen:
            return self.seen.at
        return self.booked.accepted_at if self.booked else None

    @property
    def code(self) -> str | None:
        """Return SumUp's code of it, which payouts name."""
        known = self.seen and self.seen.code
        return known or (self.booked.code if self.booked else None)

    @property
    def refund(self) -> Refund | None:
        """Return what our order knows of its money going back."""
        return self.order.refund_of(self.transaction_id) if self.order else None


@dataclass(frozen=True)
class Finding:
    """One difference: what we say and what SumUp says, None where a side knows nothing of it."""

    kind: Kind
    sentence: str
    remedy: Remedy
    transaction_id: str
    order_number: str | None = None
    code: str | None = None
    at: datetime | None = None
    column: Column | None = None
    ours: Money | None = None
    theirs: Money | None = None


@dataclass
class Sums:
    """The sums of one side, in one currency, major units; `payments` is how many there were."""

    gross: Decimal
    refunded: Decimal
    charged_back: Decimal
    payments: int = 0

    def add(self, column: Column, amount: Decimal) -> None:
        """Add to one of the sums."""
        setattr(self, column.value, getattr(self, column.value) + amount)

    @property
    def net(self) -> Decimal:
        """Return what is left after what went back, before fees."""
        return self.gross - self.refunded - self.charged_back


@dataclass
class Totals:
    """Both sides in one currency, and what SumUp paid out on this day, as far as it says so.

    `fees` are those of these payouts, `withheld` is what SumUp kept for refunds and chargebacks.
    """

    currency: str
    ours: Sums
    theirs: Sums
    paid_out: Decimal
    withheld: Decimal
    fees: Decimal
    payouts: int = 0

    @classmethod
    def of(cls, currency: str) -> "Totals":
        """Return sums of nothing, with the digits of their currency."""
        nothing = Money(Decimal(0), currency).amount
        ours, theirs = (Sums(nothing, nothing, nothing) for _ in range(2))
        return cls(currency, ours, theirs, nothing, nothing, nothing)

    @property
    def net(self) -> Decimal:
        """Return what the day brought: SumUp's sums less the fees of the day's payouts."""
        return self.theirs.net - self.fees


@dataclass(frozen=True)
class Reconciliation:
    """What one day came to: every payment, what differs, what is on its way, and the sums."""

    cases: tuple[Case, ...]
    findings: tuple[Finding, ...]
    in_flight: tuple[Finding, ...]
    totals: tuple[Totals, ...]
    payouts: tuple[Payout, ...] = ()


def reconcile(
    cases: Sequence[Case],
    unsettled: Iterable[Order],
    payouts: Sequence[Payout],
    cut: Cut,
    policies: Policies,
) -> Reconciliation:
    """Compare both sides of every payment; `unsettled` orders have a refund nobody knows about.

    `payouts` are those of our own payments on this day.
    """
    every = [found for case in cases for found in judge(case, cut, policies)]
    told = {found.transaction_id for found in every}
    every += [found for found in _unsettled(unsettled, cut) if found.transaction_id not in told]
    return Reconciliation(
        cases=tuple(case for case in cases if _belongs(case, cut)),
        findings=tuple(found for found in every if found.kind is not Kind.IN_FLIGHT),
        in_flight=tuple(found for found in every if found.kind is Kind.IN_FLIGHT),
        totals=_totals(cases, payouts, cut),
        payouts=tuple(payouts),
    )


def judge(case: Case, cut: Cut, policies: Policies) -> Iterator[Finding]:
    """Yield what differs about one payment: whether it is there, how much, what went back."""
    if _belongs(case, cut):
        match case.seen, case.booked:
            case Seen() as seen, None:
                yield _unaccepted(case, seen, cut)
            case None, Booked() as booked:
                yield _without_money(case, booked, cut)
            case Seen() as seen, Booked() as booked if seen.amount != booked.amount:
                yield _differs(case, booked, seen)
    yield from _given_back(case, cut, policies)


def settled_refund(case: Case, now: datetime) -> Refund | None:
    """Return what the order is to know of a payment whose money is all back; None if it is not."""
    if case.seen is None or not case.seen.is_all_back:
        return None
    asked = case.refund if _was_asked(case) else None
    return Refund(
        case.transaction_id,
        _came_to(case.seen),
        case.seen.amount,
        asked_at=asked.asked_at if asked else None,
        attempt=asked.attempt if asked else "",
        settled_at=now,
    )


def consequence(case: Case, policies: Policies) -> Consequence:
    """Return what follows once the money is back: only its own payment carries an order's tickets.

    An order under review stays one: the person who decides about it sees that its money is back.
    """
    order = case.order
    if (
        order is None
        or order.status is not OrderStatus.COMPLETED
        or not _is_its_payment(case, order)
    ):
        return Consequence.NONE
    wanted = case.seen is not None and policies.after(_came_to(case.seen)) is not Policy.REPORT
    voids = wanted and order.voided_at is None
    return Consequence.TICKETS_VOID if voids else Consequence.NONE


def _is_its_payment(case: Case, order: Order) -> bool:
    """Return whether the order was completed with this payment, by its row as it is now.

    A check may have completed it since both sides were read.
    """
    if order.transaction_id is None:
        return case.booked is not None
    return order.transaction_id == case.transaction_id


# ---------------------------------------------------------------------- is it there, how much


def _belongs(case: Case, cut: Cut) -> bool:
    return case.at is not None and cut.holds(case.at)


def _unaccepted(case: Case, seen: Seen, cut: Cut) -> Finding:
    """Money that no order accepted. Whether it buys tickets is for the check of its order."""
    order = case.order
    kind, remedy = Kind.MONEY_WITHOUT_ORDER, Remedy.PERSON
    if order is None:
        text = "SumUp took money for an order that we do not know."
    elif seen.is_all_back:
        text, remedy = (
            "SumUp took money that no order accepted, and all of it is back.",
            Remedy.NONE,
        )
    elif order.gives_back(case.transaction_id):
        text, remedy = "No order accepted it, and its refund is under way.", Remedy.NONE
    elif order.status is OrderStatus.PENDING and cut.is_fresh(seen.at):
        kind, remedy = Kind.IN_FLIGHT, Remedy.NONE
        text = "Paid within the last hour, and not checked yet."
    else:
        text = f"SumUp took money that the order ({order.status}) has not accepted."
        remedy = Remedy.PUT_BACK if order.awaits_answer else Remedy.PERSON
    return _found(case, kind, text, remedy, column=Column.GROSS, theirs=seen.amount)


def _without_money(case: Case, booked: Booked, cut: Cut) -> Finding:
    kind, remedy = Kind.ORDER_WITHOUT_MONEY, Remedy.PERSON
    text = "The order is completed, and SumUp shows no successful payment of it."
    if cut.is_fresh(booked.accepted_at):
        kind, remedy = Kind.IN_FLIGHT, Remedy.NONE
        text = "Accepted within the last hour, and SumUp does not list it yet."
    return _found(case, kind, text, remedy, column=Column.GROSS, ours=booked.amount)


def _differs(case: Case, booked: Booked, seen: Seen) -> Finding:
    text = f"We accepted {booked.amount}, SumUp shows {seen.amount}."
    return _found(
        case, Kind.AMOUNT_DIFFERS, text, Remedy.PERSON,
        column=Column.GROSS, ours=booked.amount, theirs=seen.amount,
    )  # fmt: skip


# ------------------------------------------------------------------------- what went back


def _given_back(case: Case, cut: Cut, policies: Policies) -> Iterator[Finding]:
    seen = case.seen
    if seen is None or _is_settled_by_us(case):
        return
    for column in (Column.REFUNDED, Column.CHARGED_BACK):
        amount = _news(case, seen, column, cut)
        if amount:
            kind, text, remedy = _what_went_back(case, seen, column, cut, policies)
            theirs = Money(amount, seen.amount.currency)
            yield _found(case, kind, text, remedy, column=column, theirs=theirs)


def _what_went_back(
    case: Case, seen: Seen, column: Column, cut: Cut, policies: Policies
) -> tuple[Kind, str, Remedy]:
    is_chargeback = column is Column.CHARGED_BACK
    if not seen.is_all_back:
        kind = Kind.CHARGED_BACK if is_chargeback else Kind.PARTLY_REFUNDED
        return kind, "Only a part went back: the tickets stay valid.", Remedy.PERSON
    kind = Kind.CHARGED_BACK if is_chargeback else Kind.REFUNDED
    by = "The buyer's bank took the money back." if is_chargeback else "It was refunded elsewhere."
    if case.order is None:
        return kind, f"{by} We do not know its order.", Remedy.PERSON
    refund = case.refund
    if refund and _was_asked(case):
        kind, by = Kind.REFUND_UNSETTLED, "SumUp shows the refund that was asked for."
        if refund.asked_at and cut.is_fresh(refund.asked_at):
            return Kind.IN_FLIGHT, f"{by} It was asked for within the last hour.", Remedy.NONE
    voids = consequence(case, policies) is Consequence.TICKETS_VOID
    if voids or (case.booked and case.order.voided_at):
        return kind, f"{by} Its tickets open no door any more.", Remedy.VOID
    return kind, f"{by} No tickets are void for it.", Remedy.NOTED


def _news(case: Case, seen: Seen, column: Column, cut: Cut) -> Decimal:
    """Return how much of what went back belongs into this report."""
    wanted = (r for r in seen.returned if r.column is column and _is_news(case, seen, r, cut))
    return sum((returned.amount for returned in wanted), Decimal(0))


def _is_news(case: Case, seen: Seen, returned: GivenBack, cut: Cut) -> bool:
    """Return whether it belongs into this report: its day is this one, or it was learned late."""
    if returned.at is None or cut.holds(returned.at):
        return True
    return returned.at < cut.start and _is_learned_late(case, seen, returned, cut)


def _is_learned_late(case: Case, seen: Seen, returned: GivenBack, cut: Cut) -> bool:
    """Return whether money was back before this day and no report of an earlier night knew it.

    A bank may date its chargeback long ago. Parts were reported on their own days, since no order
    notes them: they are not news again because the rest came back.
    """
    refund = case.refund
    if not seen.is_all_back:
        return False
    if returned.kind is Movement.REFUND and any(_completes(r, cut) for r in seen.returned):
        return False
    if refund is None or not refund.went_back:
        return True
    return refund.settled_at is not None and refund.settled_at >= cut.end


def _completes(returned: GivenBack, cut: Cut) -> bool:
    """Return whether this made it all: money of this day, or taken by a bank."""
    in_day = returned.at is None or cut.holds(returned.at)
    return in_day or returned.kind is Movement.CHARGE_BACK


def _was_asked(case: Case) -> bool:
    """Return whether somebody asked us for this refund; one that was refused was made elsewhere."""
    refund = case.refund
    asked = refund is not None and refund.asked_at is not None
    return asked and refund is not None and refund.status is not RefundStatus.REFUSED


def _is_settled_by_us(case: Case) -> bool:
    return _was_asked(case) and case.refund is not None and case.refund.went_back


def _came_to(seen: Seen) -> RefundStatus:
    charged = any(r.kind is Movement.CHARGE_BACK for r in seen.returned)
    return RefundStatus.CHARGED_BACK if charged else RefundStatus.REFUNDED


def _unsettled(orders: Iterable[Order], cut: Cut) -> Iterator[Finding]:
    for order in orders:
        for refund in order.refunds:
            asked_at = refund.asked_at
            if refund.is_unsettled and not (asked_at and cut.is_fresh(asked_at)):
                yield Finding(
                    kind=Kind.REFUND_UNSETTLED,
                    sentence="Its refund was asked for, and nobody knows what came of it.",
                    remedy=Remedy.PERSON,
                    transaction_id=refund.transaction_id,
                    order_number=order.order_number,
                    at=asked_at,
                    ours=refund.amount,
                )


def _found(
    case: Case,
    kind: Kind,
    sentence: str,
    remedy: Remedy,
    *,
    column: Column,
    ours: Money | None = None,
    theirs: Money | None = None,
) -> Finding:
    return Finding(
        kind=kind,
        sentence=sentence,
        remedy=remedy,
        transaction_id=case.transaction_id,
        order_number=case.order_number,
        code=case.code,
        at=case.at,
        column=column,
        ours=ours,
        theirs=theirs,
    )


# --------------------------------------------------------------------------------- sums


def _totals(cases: Iterable[Case], payouts: Iterable[Payout], cut: Cut) -> tuple[Totals, ...]:
    """Add up each side by itself, whatever was found."""
    by_currency: dict[str, Totals] = {}

    def of(currency: str) -> Totals:
        return by_currency.setdefault(currency, Totals.of(currency))

    for case in cases:
        if _belongs(case, cut) and case.booked:
            side = of(case.booked.amount.currency).ours
            side.payments += 1
            side.add(Column.GROSS, case.booked.amount.amount)
        if _belongs(case, cut) and case.seen:
            side = of(case.seen.amount.currency).theirs
            side.payments += 1
            side.add(Column.GROSS, case.seen.amount.amount)
        if case.seen:
            _add_returned(of(case.seen.amount.currency), case, case.seen, cut)
    for payout in payouts:
        _add_payout(of(payout.currency), payout)
    return tuple(by_currency[currency] for currency in sorted(by_currency))


def _add_returned(totals: Totals, case: Case, seen: Seen, cut: Cut) -> None:
    for column in (Column.REFUNDED, Column.CHARGED_BACK):
        amount = _news(case, seen, column, cut)
        totals.theirs.add(column, amount)
        if _is_settled_by_us(case):
            totals.ours.add(column, amount)


def _add_payout(totals: Totals, payout: Payout) -> None:
    if not payout.succeeded:
        return
    totals.payouts += 1
    totals.fees += payout.fee
    if payout.kind == "PAYOUT":
        totals.paid_out += payout.amount
    else:
        totals.withheld += abs(payout.amount)
