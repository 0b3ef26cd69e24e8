"""The question put to SumUp about one checkout of an order, and every kind of answer to it."""

from dataclasses import dataclass
from enum import StrEnum

from ticketing.errors import PaymentProviderError, UnknownOrganiser
from ticketing.payments.payment import Checkout, Transaction


class Deactivation(StrEnum):
    """What SumUp said when asked to take a checkout out of use."""

    DONE = "done"
    PROCESSED = "processed"
    UNDER_WAY = "under_way"


@dataclass(frozen=True)
class CheckoutRecord:
    """Our own note of a checkout we created: what it must still be when it is paid."""

    checkout_id: str
    order_number: str
    reference: str
    pay_url: str | None = None


@dataclass(frozen=True)
class CheckoutSeen:
    """SumUp's fresh answer for the checkout of `record`, and what was learned around it.

    `status_before` is the status read before a deactivation; `transaction` is what the
    transaction resource said, or why it could not be read; `sandbox`: the money is play money
    where it should be real.
    """

    record: CheckoutRecord
    checkout: Checkout
    deactivation: Deactivation | None = None
    status_before: str | None = None
    transaction: Transaction | PaymentProviderError | None = None
    sandbox: bool = False


@dataclass(frozen=True)
class CheckoutMissing:
    """We hold no record of a checkout for the order, and SumUp knows none by its reference."""


@dataclass(frozen=True)
class NothingToPay:
    """The order is free: SumUp is not asked."""


CheckoutResult = (
    CheckoutSeen | CheckoutMissing | NothingToPay | PaymentProviderError | UnknownOrganiser
)
"""An error among the answers means: could not read, which is never the same as not paid."""
