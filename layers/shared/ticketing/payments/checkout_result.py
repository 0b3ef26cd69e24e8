"""The result of asking SumUp about one checkout of an order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ticketing.errors import PaymentProviderError, UnknownOrganiser
from ticketing.payments.payment import EXPIRED, FAILED, Checkout, Transaction

FRESH = timedelta(minutes=20)
"""How long a checkout may be offered to its buyer. SumUp ends the session of its card form and its
page after 30 minutes, whatever the checkout's `valid_until`, and paying takes some of that time.
"""


class Deactivation(StrEnum):
    """SumUp's answer to deactivating a checkout."""

    DONE = "done"
    PROCESSED = "processed"
    UNDER_WAY = "under_way"


@dataclass(frozen=True)
class CheckoutRecord:
    """Our record of a checkout that we created: a paid checkout must equal it.

    `status` is SumUp's, as we last noted it, and `created_at` is when we recorded the checkout.
    """

    checkout_id: str
    order_number: str
    reference: str
    pay_url: str | None = None
    status: str | None = None
    created_at: datetime | None = None

    def is_fresh(self, now: datetime) -> bool:
        """Return whether the buyer can still be expected to pay it."""
        young = self.created_at is not None and now - self.created_at < FRESH
        return young and not self.is_expired

    @property
    def is_expired(self) -> bool:
        """Whether SumUp itself said that it can no longer be paid."""
        return self.status == EXPIRED


@dataclass(frozen=True)
class CheckoutSeen:
    """SumUp's fresh answer for the checkout of `record`, and what else was read.

    `status_before` is the status read before a deactivation. `transaction` is the transaction
    resource, or the error from reading it. `sandbox`: the merchant should be real but is a sandbox.
    """

    record: CheckoutRecord
    checkout: Checkout
    deactivation: Deactivation | None = None
    status_before: str | None = None
    transaction: Transaction | PaymentProviderError | None = None
    sandbox: bool = False

    @property
    def shows_attempt(self) -> bool:
        """Whether somebody tried to pay; a deactivation may hide that an attempt failed."""
        return self.checkout.shows_attempt or self.status_before == FAILED


@dataclass(frozen=True)
class CheckoutMissing:
    """We have no record of a checkout for the order, and SumUp has none that fits.

    `listed`: SumUp has checkouts with the order's reference, but none is the one that we want.
    """

    listed: bool = False


@dataclass(frozen=True)
class NothingToPay:
    """The order is free, so SumUp is not asked."""


CheckoutResult = (
    CheckoutSeen | CheckoutMissing | NothingToPay | PaymentProviderError | UnknownOrganiser
)
"""An error means that the checkout could not be read, which is never the same as unpaid."""
