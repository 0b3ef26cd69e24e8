"""The sums of a day, ours beside SumUp's, in each currency. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ticketing.money import Money
from ticketing.reconciliation.payment_pair import BusinessDay, Column, PaymentPair
from ticketing.reconciliation.statement import Payout


@dataclass
class Sums:
    """The sums of one side in one currency, in major units; `payments` counts the payments."""

    gross: Decimal
    refunded: Decimal
    charged_back: Decimal
    payments: int = 0

    def add_payment(self, amount: Decimal) -> None:
        self.payments += 1
        self.add(Column.GROSS, amount)

    def add(self, column: Column, amount: Decimal) -> None:
        setattr(self, column.value, getattr(self, column.value) + amount)

    @property
    def net(self) -> Decimal:
        """What is left after refunds and chargebacks, before fees."""
        return self.gross - self.refunded - self.charged_back


@dataclass
class Totals:
    """Both sides in one currency, and what SumUp paid out on this day, as far as it shows that.

    `fees` are those of these payouts, and `withheld` is what SumUp kept for refunds and
    chargebacks.
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
        """Return zeros with the decimal places of the currency."""
        zero = Money(Decimal(0), currency).amount
        ours, theirs = (Sums(zero, zero, zero) for _ in range(2))
        return cls(currency, ours, theirs, zero, zero, zero)

    @property
    def net(self) -> Decimal:
        """SumUp's net sum less the fees of the day's payouts."""
        return self.theirs.net - self.fees

    def add_payout(self, payout: Payout) -> None:
        if not payout.succeeded:
            return
        self.payouts += 1
        self.fees += payout.fee
        if payout.kind == "PAYOUT":
            self.paid_out += payout.amount
        else:
            self.withheld += abs(payout.amount)


def add_up(
    pairs: Iterable[PaymentPair], payouts: Iterable[Payout], day: BusinessDay
) -> tuple[Totals, ...]:
    """Add up each side by itself, whatever differs; return a result for each currency, sorted."""
    by_currency: dict[str, Totals] = {}

    def of(currency: str) -> Totals:
        return by_currency.setdefault(currency, Totals.of(currency))

    for pair in pairs:
        ours, theirs = pair.ours, pair.theirs
        if ours and pair.belongs_to(day):
            of(ours.amount.currency).ours.add_payment(ours.amount.amount)
        if theirs and pair.belongs_to(day):
            of(theirs.amount.currency).theirs.add_payment(theirs.amount.amount)
        if theirs:
            _add_returned(of(theirs.amount.currency), pair, day)
    for payout in payouts:
        of(payout.currency).add_payout(payout)
    return tuple(by_currency[currency] for currency in sorted(by_currency))


def _add_returned(totals: Totals, pair: PaymentPair, day: BusinessDay) -> None:
    for column in (Column.REFUNDED, Column.CHARGED_BACK):
        amount = pair.returned_for(day, column)
        totals.theirs.add(column, amount)
        if pair.is_settled_by_us:
            totals.ours.add(column, amount)
