"""Compare a day of an organiser's payments with SumUp's: what differs, and both sums. Pure.

Both sides end at the same moment. Payments that may still be on their way then are no findings. All
else that makes the sums differ is one, so the findings explain the difference to the cent.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ticketing.orders.order import Order
from ticketing.reconciliation.consequences import Policies
from ticketing.reconciliation.findings import Finding, Kind, judge, unsettled
from ticketing.reconciliation.payment_pair import BusinessDay, PaymentPair
from ticketing.reconciliation.statement import Payout
from ticketing.reconciliation.totals import Totals, add_up


@dataclass(frozen=True)
class Reconciliation:
    """The result of a day: its payments, what differs, what is on its way, and the sums."""

    pairs: tuple[PaymentPair, ...]
    findings: tuple[Finding, ...]
    in_flight: tuple[Finding, ...]
    totals: tuple[Totals, ...]
    payouts: tuple[Payout, ...] = ()


def reconcile(
    pairs: Sequence[PaymentPair],
    with_open_refunds: Iterable[Order],
    payouts: Sequence[Payout],
    day: BusinessDay,
    policies: Policies,
) -> Reconciliation:
    """Compare both sides of every payment.

    `with_open_refunds` are the orders with a refund whose outcome is unknown; `payouts` are those
    for our own payments on this day.
    """
    every = [found for pair in pairs for found in judge(pair, day, policies)]
    reported = {found.transaction_id for found in every}
    open_refunds = unsettled(with_open_refunds, day)
    every += [found for found in open_refunds if found.transaction_id not in reported]
    return Reconciliation(
        pairs=tuple(pair for pair in pairs if pair.belongs_to(day)),
        findings=tuple(found for found in every if found.kind is not Kind.IN_FLIGHT),
        in_flight=tuple(found for found in every if found.kind is Kind.IN_FLIGHT),
        totals=add_up(pairs, payouts, day),
        payouts=tuple(payouts),
    )
