"""Checkouts and transactions: what they hold, and what their state is.

A checkout's status is never stored. It follows from the attempts to pay it, from its closing and
from the time, so that no order of events can leave it inconsistent.
"""

import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from local.sumup.merchants import Merchant

PAGE_SESSION = timedelta(minutes=30)
"""How long a hosted page can be paid on (developer.sumup.com, hosted checkout)."""

_CODE_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


class CheckoutStatus(StrEnum):
    """Where a checkout stands. FAILED is not final: it is how the latest attempt ended."""

    PENDING = "PENDING"
    FAILED = "FAILED"
    PAID = "PAID"
    EXPIRED = "EXPIRED"


class TransactionStatus(StrEnum):
    """How one attempt to pay stands or ended."""

    PENDING = "PENDING"
    FAILED = "FAILED"
    SUCCESSFUL = "SUCCESSFUL"


class MovementKind(StrEnum):
    """Money that went back after a payment."""

    REFUND = "REFUND"
    CHARGE_BACK = "CHARGE_BACK"


@dataclass(frozen=True)
class Movement:
    """Money that left the merchant again: `amount` in major units, positive."""

    kind: MovementKind
    amount: Decimal
    at: datetime
    number: int
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class Transaction:
    """One attempt to pay a checkout; amount and currency as they were at that moment."""

    merchant_code: str
    amount: Decimal
    currency: str
    created: datetime
    status: TransactionStatus
    reference: str
    description: str | None
    payment_type: str
    entry_mode: str
    scheme: str
    last_digits: str
    number: int
    movements: list[Movement] = field(default_factory=list)
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    code: str = field(default_factory=lambda: "T" + _random(_CODE_ALPHABET, 9))
    auth_code: str = field(default_factory=lambda: _random("0123456789", 6))

    @property
    def client_id(self) -> str:
        """The client transaction id: the form SumUp gives it."""
        return f"urn:sumup:pos:sale:{self.merchant_code}:{self.id.upper()};1"

    @property
    def succeeded(self) -> bool:
        """Whether money was taken."""
        return self.status is TransactionStatus.SUCCESSFUL

    @property
    def refunded(self) -> Decimal:
        """The sum of all refunds, in major units."""
        return sum((m.amount for m in self.movements if m.kind is MovementKind.REFUND), Decimal(0))

    @property
    def charged_back(self) -> bool:
        """Whether the buyer's bank took the money back."""
        return any(m.kind is MovementKind.CHARGE_BACK for m in self.movements)

    @property
    def changed(self) -> datetime:
        """When anything about it last changed."""
        return max([self.created, *(m.at for m in self.movements)])


@dataclass
class Checkout:
    """A request to be paid. `amount` in major units of `currency`.

    `altered` and `hidden` falsify what the API answers about it; the rules do not look at them.
    """

    merchant: Merchant
    reference: str
    amount: Decimal
    currency: str
    created: datetime
    description: str | None = None
    return_url: str | None = None
    redirect_url: str | None = None
    valid_until: datetime | None = None
    customer_id: str | None = None
    purpose: str = "CHECKOUT"
    hosted: bool = False
    closed: bool = False
    attempts: list[Transaction] = field(default_factory=list)
    altered: dict[str, object] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    @property
    def payment(self) -> Transaction | None:
        """The first attempt that took money."""
        return next((attempt for attempt in self.attempts if attempt.succeeded), None)

    @property
    def under_way(self) -> Transaction | None:
        """The latest attempt that has no outcome yet."""
        waiting = (a for a in reversed(self.attempts) if a.status is TransactionStatus.PENDING)
        return next(waiting, None)

    def status(self, now: datetime) -> CheckoutStatus:
        """What the checkout's status is at `now`."""
        if self.payment:
            return CheckoutStatus.PAID
        if self.closed or (self.valid_until and now >= self.valid_until):
            return CheckoutStatus.EXPIRED
        if self.attempts and self.attempts[-1].status is TransactionStatus.FAILED:
            return CheckoutStatus.FAILED
        return CheckoutStatus.PENDING

    def page_is_open(self, now: datetime) -> bool:
        """Whether the hosted page still takes a payment."""
        payable = self.status(now) in {CheckoutStatus.PENDING, CheckoutStatus.FAILED}
        return payable and now < self.created + PAGE_SESSION


def _random(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))
