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
class BusinessDay:
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
class ProviderPayment:
    """What SumUp says of a payment that took money, and what went back of it before the day."""

    amount: Money
    at: datetime
    code: str | None = None
    returned: tuple[GivenBack, ...] = ()

    @property
    def is_all_back(self) -> bool:
        """Return whether nothing of it is left."""
        return sum((r.amount for r in self.returned), Decimal(0)) >= self.amount.amount


@dataclass(frozen=True)
class LedgerPayment:
    """A payment we accepted for an order."""

    transaction_id: str
    order_number: str
    checkout_id: str
    merchant_code: str
    amount: Money
    accepted_at: datetime
    code: str | None = None


@dataclass(frozen=True)
class PaymentPair:
    """One payment from both sides; at least one of them knows it.

    `order` is read where there is something to judge: it is None for a payment on which both
    sides agree, and for an order that does not exist.
    """

    transaction_id: str
    theirs: ProviderPayment | None = None
    ours: LedgerPayment | None = None
    order_number: str | None = None
    order: Order | None = None

    @property
    def at(self) -> datetime | None:
        """Return when it happened: SumUp's word counts where there is one."""
        if self.theirs:
            return self.theirs.at
        return self.ours.accepted_at if self.ours else None

    @property
    def code(self) -> str | None:
        """Return SumUp's code of it, which payouts name."""
        known = self.theirs and self.theirs.code
        return known or (self.ours.code if self.ours else None)

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

    pairs: tuple[PaymentPair, ...]
    findings: tuple[Finding, ...]
    in_flight: tuple[Finding, ...]
    totals: tuple[Totals, ...]
    payouts: tuple[Payout, ...] = ()


def reconcile(
    pairs: Sequence[PaymentPair],
    unsettled: Iterable[Order],
    payouts: Sequence[Payout],
    day: BusinessDay,
    policies: Policies,
) -> Reconciliation:
    """Compare both sides of every payment; `unsettled` orders have a refund nobody knows about.

    `payouts` are those of our own payments on this day.
    """
    every = [found for pair in pairs for found in judge(pair, day, policies)]
    reported = {found.transaction_id for found in every}
    every += [found for found in _unsettled(unsettled, day) if found.transaction_id not in reported]
    return Reconciliation(
        pairs=tuple(pair for pair in pairs if _belongs(pair, day)),
        findings=tuple(found for found in every if found.kind is not Kind.IN_FLIGHT),
        in_flight=tuple(found for found in every if found.kind is Kind.IN_FLIGHT),
        totals=_totals(pairs, payouts, day),
        payouts=tuple(payouts),
    )


def judge(pair: PaymentPair, day: BusinessDay, policies: Policies) -> Iterator[Finding]:
    """Yield what differs about one payment: whether it is there, how much, what went back."""
    if _belongs(pair, day):
        match pair.theirs, pair.ours:
            case ProviderPayment() as theirs, None:
                yield _unaccepted(pair, theirs, day)
            case None, LedgerPayment() as ours:
                yield _without_money(pair, ours, day)
            case ProviderPayment() as theirs, LedgerPayment() as ours if (
                theirs.amount != ours.amount
            ):
                yield _differs(pair, ours, theirs)
    yield from _given_back(pair, day, policies)


def settled_refund(pair: PaymentPair, now: datetime) -> Refund | None:
    """Return what the order is to know of a payment whose money is all back; None if it is not."""
    if pair.theirs is None or not pair.theirs.is_all_back:
        return None
    asked = pair.refund if _was_asked(pair) else None
    return Refund(
        pair.transaction_id,
        _came_to(pair.theirs),
        pair.theirs.amount,
        asked_at=asked.asked_at if asked else None,
        attempt=asked.attempt if asked else "",
        settled_at=now,
    )


def consequence(pair: PaymentPair, policies: Policies) -> Consequence:
    """Return what follows once the money is back: only its own payment carries an order's tickets.

    An order under review stays one: the person who decides about it sees that its money is back.
    """
    order = pair.order
    if (
        order is None
        or order.status is not OrderStatus.COMPLETED
        or not _is_its_payment(pair, order)
    ):
        return Consequence.NONE
    wanted = pair.theirs is not None and policies.after(_came_to(pair.theirs)) is not Policy.REPORT
    voids = wanted and order.voided_at is None
    return Consequence.TICKETS_VOID if voids else Consequence.NONE


def _is_its_payment(pair: PaymentPair, order: Order) -> bool:
    """Return whether the order was completed with this payment, by its row as it is now.

    A check may have completed it since both sides were read.
    """
    if order.transaction_id is None:
        return pair.ours is not None
    return order.transaction_id == pair.transaction_id


# ---------------------------------------------------------------------- is it there, how much


def _belongs(pair: PaymentPair, day: BusinessDay) -> bool:
    return pair.at is not None and day.holds(pair.at)


def _unaccepted(pair: PaymentPair, theirs: ProviderPayment, day: BusinessDay) -> Finding:
    """Money that no order accepted. Whether it buys tickets is for the check of its order."""
    order = pair.order
    kind, remedy = Kind.MONEY_WITHOUT_ORDER, Remedy.PERSON
    if order is None:
        text = "SumUp took money for an order that we do not know."
    elif theirs.is_all_back:
        text, remedy = (
            "SumUp took money that no order accepted, and all of it is back.",
            Remedy.NONE,
        )
    elif order.gives_back(pair.transaction_id):
        text, remedy = "No order accepted it, and its refund is under way.", Remedy.NONE
    elif order.status is OrderStatus.PENDING and day.is_fresh(theirs.at):
        kind, remedy = Kind.IN_FLIGHT, Remedy.NONE
        text = "Paid within the last hour, and not checked yet."
    else:
        text = f"SumUp took money that the order ({order.status}) has not accepted."
        remedy = Remedy.PUT_BACK if order.awaits_answer else Remedy.PERSON
    return _found(pair, kind, text, remedy, column=Column.GROSS, theirs=theirs.amount)


def _without_money(pair: PaymentPair, ours: LedgerPayment, day: BusinessDay) -> Finding:
    kind, remedy = Kind.ORDER_WITHOUT_MONEY, Remedy.PERSON
    text = "The order is completed, and SumUp shows no successful payment of it."
    if day.is_fresh(ours.accepted_at):
        kind, remedy = Kind.IN_FLIGHT, Remedy.NONE
        text = "Accepted within the last hour, and SumUp does not list it yet."
    return _found(pair, kind, text, remedy, column=Column.GROSS, ours=ours.amount)


def _differs(pair: PaymentPair, ours: LedgerPayment, theirs: ProviderPayment) -> Finding:
    text = f"We accepted {ours.amount}, SumUp shows {theirs.amount}."
    return _found(
        pair, Kind.AMOUNT_DIFFERS, text, Remedy.PERSON,
        column=Column.GROSS, ours=ours.amount, theirs=theirs.amount,
    )  # fmt: skip


# ------------------------------------------------------------------------- what went back


def _given_back(pair: PaymentPair, day: BusinessDay, policies: Policies) -> Iterator[Finding]:
    theirs = pair.theirs
    if theirs is None or _is_settled_by_us(pair):
        return
    for column in (Column.REFUNDED, Column.CHARGED_BACK):
        amount = _news(pair, theirs, column, day)
        if amount:
            kind, text, remedy = _what_went_back(pair, theirs, column, day, policies)
            news = Money(amount, theirs.amount.currency)
            yield _found(pair, kind, text, remedy, column=column, theirs=news)


def _what_went_back(
    pair: PaymentPair, theirs: ProviderPayment, column: Column, day: BusinessDay, policies: Policies
) -> tuple[Kind, str, Remedy]:
    is_chargeback = column is Column.CHARGED_BACK
    if not theirs.is_all_back:
        kind = Kind.CHARGED_BACK if is_chargeback else Kind.PARTLY_REFUNDED
        return kind, "Only a part went back: the tickets stay valid.", Remedy.PERSON
    kind = Kind.CHARGED_BACK if is_chargeback else Kind.REFUNDED
    by = "The buyer's bank took the money back." if is_chargeback else "It was refunded elsewhere."
    if pair.order is None:
        return kind, f"{by} We do not know its order.", Remedy.PERSON
    refund = pair.refund
    if refund and _was_asked(pair):
        kind, by = Kind.REFUND_UNSETTLED, "SumUp shows the refund that was asked for."
        if refund.asked_at and day.is_fresh(refund.asked_at):
            return Kind.IN_FLIGHT, f"{by} It was asked for within the last hour.", Remedy.NONE
    voids = consequence(pair, policies) is Consequence.TICKETS_VOID
    if voids or (pair.ours and pair.order.voided_at):
        return kind, f"{by} Its tickets open no door any more.", Remedy.VOID
    return kind, f"{by} No tickets are void for it.", Remedy.NOTED


def _news(pair: PaymentPair, theirs: ProviderPayment, column: Column, day: BusinessDay) -> Decimal:
    """Return how much of what went back belongs into this report."""
    wanted = (r for r in theirs.returned if r.column is column and _is_news(pair, theirs, r, day))
    return sum((returned.amount for returned in wanted), Decimal(0))


def _is_news(
    pair: PaymentPair, theirs: ProviderPayment, returned: GivenBack, day: BusinessDay
) -> bool:
    """Return whether it belongs into this report: its day is this one, or it was learned late."""
    if returned.at is None or day.holds(returned.at):
        return True
    return returned.at < day.start and _is_learned_late(pair, theirs, returned, day)


def _is_learned_late(
    pair: PaymentPair, theirs: ProviderPayment, returned: GivenBack, day: BusinessDay
) -> bool:
    """Return whether money was back before this day and no report of an earlier night knew it.

    A bank may date its chargeback long ago. Parts were reported on their own days, since no order
    notes them: they are not news again because the rest came back.
    """
    refund = pair.refund
    if not theirs.is_all_back:
        return False
    if returned.kind is Movement.REFUND and any(_completes(r, day) for r in theirs.returned):
        return False
    if refund is None or not refund.went_back:
        return True
    return refund.settled_at is not None and refund.settled_at >= day.end


def _completes(returned: GivenBack, day: BusinessDay) -> bool:
    """Return whether this made it all: money of this day, or taken by a bank."""
    in_day = returned.at is None or day.holds(returned.at)
    return in_day or returned.kind is Movement.CHARGE_BACK


def _was_asked(pair: PaymentPair) -> bool:
    """Return whether somebody asked us for this refund; one that was refused was made elsewhere."""
    refund = pair.refund
    asked = refund is not None and refund.asked_at is not None
    return asked and refund is not None and refund.status is not RefundStatus.REFUSED


def _is_settled_by_us(pair: PaymentPair) -> bool:
    return _was_asked(pair) and pair.refund is not None and pair.refund.went_back


def _came_to(theirs: ProviderPayment) -> RefundStatus:
    charged = any(r.kind is Movement.CHARGE_BACK for r in theirs.returned)
    return RefundStatus.CHARGED_BACK if charged else RefundStatus.REFUNDED


def _unsettled(orders: Iterable[Order], day: BusinessDay) -> Iterator[Finding]:
    for order in orders:
        for refund in order.refunds:
            asked_at = refund.asked_at
            if refund.is_unsettled and not (asked_at and day.is_fresh(asked_at)):
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
    pair: PaymentPair,
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
        transaction_id=pair.transaction_id,
        order_number=pair.order_number,
        code=pair.code,
        at=pair.at,
        column=column,
        ours=ours,
        theirs=theirs,
    )


# --------------------------------------------------------------------------------- sums


def _totals(
    pairs: Iterable[PaymentPair], payouts: Iterable[Payout], day: BusinessDay
) -> tuple[Totals, ...]:
    """Add up each side by itself, whatever was found."""
    by_currency: dict[str, Totals] = {}

    def of(currency: str) -> Totals:
        return by_currency.setdefault(currency, Totals.of(currency))

    for pair in pairs:
        if _belongs(pair, day) and pair.ours:
            side = of(pair.ours.amount.currency).ours
            side.payments += 1
            side.add(Column.GROSS, pair.ours.amount.amount)
        if _belongs(pair, day) and pair.theirs:
            side = of(pair.theirs.amount.currency).theirs
            side.payments += 1
            side.add(Column.GROSS, pair.theirs.amount.amount)
        if pair.theirs:
            _add_returned(of(pair.theirs.amount.currency), pair, pair.theirs, day)
    for payout in payouts:
        _add_payout(of(payout.currency), payout)
    return tuple(by_currency[currency] for currency in sorted(by_currency))


def _add_returned(
    totals: Totals, pair: PaymentPair, theirs: ProviderPayment, day: BusinessDay
) -> None:
    for column in (Column.REFUNDED, Column.CHARGED_BACK):
        amount = _news(pair, theirs, column, day)
        totals.theirs.add(column, amount)
        if _is_settled_by_us(pair):
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
