"""SumUp's checkouts and transactions as types; `decision_table` decides what proves a payment.

The shapes are those of SumUp's OpenAPI document (checkouts v0.1, transactions v2.1). There, every
field may be missing, so everything but a checkout's id and the statuses may be None here.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
"""Ids and codes of checkouts, transactions and merchants. SumUp promises only that they are text,
and uses UUIDs. Such an id has no special meaning in a URL, and fits into the key of a row."""

MOST_SHOWN: Final = 10
"""The most transactions of a checkout that the audit trail or an alert names; SumUp's dashboard has
them all."""

PENDING: Final = "PENDING"
PAID: Final = "PAID"
FAILED: Final = "FAILED"
EXPIRED: Final = "EXPIRED"
SUCCESSFUL: Final = "SUCCESSFUL"
CANCELLED: Final = "CANCELLED"
UNKNOWN: Final = "UNKNOWN"
"""Ours, never SumUp's: the status of a transaction that is listed without one."""

REFUNDED: Final = "REFUNDED"
"""A transaction that was refunded in full or in part; but it may also stay SUCCESSFUL then."""

TAKEN: Final = frozenset({SUCCESSFUL, "PAID_OUT"})
"""Statuses of a transaction whose money the organiser has."""
NOT_TAKEN: Final = frozenset({PENDING, FAILED, CANCELLED, "CANCEL_FAILED", "REFUND_FAILED"})
"""Statuses of a transaction whose money the organiser does not have; money that went back has
others."""

SCOPES: Final = ("payments", "transactions.history", "user.profile_readonly")
"""What we ask an organiser to permit: taking and refunding payments, reading their history, and
identifying the account. SumUp grants `payments` only to applications that it has approved."""


DONE: Final = frozenset({"REFUNDED", "SUCCESSFUL", "RECONCILED", "PAID_OUT"})
GOING: Final = frozenset({PENDING, "SCHEDULED"})
"""Statuses of a refund or chargeback: `DONE`, and `GOING` while it is under way. FAILED means that
the money stays; any other status is unknown."""


class Extent(StrEnum):
    """How much of a transaction's money went back to the buyer."""

    NOTHING = "nothing"
    UNDER_WAY = "under_way"
    PART = "part"
    ALL = "all"
    AMOUNT_UNKNOWN = "amount_unknown"


@dataclass(frozen=True)
class Returned:
    """How much of a transaction's money went back, in major units, as far as SumUp shows.

    `under_way`: some is still going back. `amount_unknown`: SumUp shows that some went back, but
    not how much.
    """

    refunded: Decimal = Decimal(0)
    charged_back: Decimal = Decimal(0)
    under_way: bool = False
    amount_unknown: bool = False

    @property
    def amount(self) -> Decimal:
        return self.refunded + self.charged_back


@dataclass(frozen=True)
class MoneyBack:
    """A refund or chargeback of a transaction, in major units; `kind` and `status` are SumUp's."""

    kind: str
    status: str | None
    amount: Decimal | None
    at: datetime | None = None

    @property
    def is_done(self) -> bool:
        return self.status in DONE

    @property
    def is_under_way(self) -> bool:
        return self.status in GOING

    @property
    def is_unknown(self) -> bool:
        return not (self.is_done or self.is_under_way or self.status == FAILED)


@dataclass(frozen=True)
class Transaction:
    """One attempt to pay. `status` is SumUp's (SUCCESSFUL, FAILED, PENDING, CANCELLED ...).

    `refunded` is true if the transaction resource shows any trace of a refund or chargeback;
    `returned` is their sum, and `events` lists them. A transaction inside a checkout cannot show
    any. `reference` is the reference of its checkout. `payment_type` is SumUp's: ECOM, POS, CASH
    and others.
    """

    id: str | None
    status: str
    amount: Decimal | None = None
    currency: str | None = None
    code: str | None = None
    merchant_code: str | None = None
    refunded: bool = False
    returned: Returned = Returned()
    events: tuple[MoneyBack, ...] = ()
    reference: str | None = None
    at: datetime | None = None
    payment_type: str | None = None

    @property
    def extent(self) -> Extent:
        back = self.returned
        if self.amount and back.amount >= self.amount:
            return Extent.ALL
        if back.amount_unknown or (back.amount and not self.amount):
            return Extent.AMOUNT_UNKNOWN
        if back.under_way:
            return Extent.UNDER_WAY
        return Extent.PART if back.amount else Extent.NOTHING


@dataclass(frozen=True)
class Checkout:
    """A SumUp checkout: amount in major units, `status` open-ended, transactions oldest first."""

    id: str
    status: str
    reference: str | None = None
    amount: Decimal | None = None
    currency: str | None = None
    merchant_code: str | None = None
    transaction_id: str | None = None
    transactions: tuple[Transaction, ...] = ()
    valid_until: datetime | None = None
    pay_url: str | None = None

    @property
    def successful(self) -> tuple[Transaction, ...]:
        return tuple(t for t in self.transactions if t.status == SUCCESSFUL)

    @property
    def has_money(self) -> bool:
        """Whether it took money, by its status or by a transaction."""
        return self.status == PAID or bool(self.successful)

    @property
    def shows_attempt(self) -> bool:
        """Whether somebody tried to pay it, successfully or not."""
        return bool(self.transactions) or self.status in {PAID, FAILED}

    @property
    def failure(self) -> str | None:
        """SumUp's status of the newest transaction, if that took no money."""
        newest = self.transactions[-1].status if self.transactions else None
        return None if newest == SUCCESSFUL else newest

    @property
    def payment(self) -> Transaction | None:
        """The successful transaction that the checkout names, or else the first one.

        None if there is none, or if the checkout names one that is not successful.
        """
        if self.transaction_id is None:
            return self.successful[0] if self.successful else None
        return next((t for t in self.successful if t.id == self.transaction_id), None)


@dataclass(frozen=True)
class TokenGrant:
    """The token endpoint's answer; without a new refresh token the old one stays valid.

    `expires_in` is in seconds. `scopes` is None if SumUp does not say what it granted.
    """

    access_token: str
    expires_in: int
    refresh_token: str | None = None
    scopes: frozenset[str] | None = None

    def __repr__(self) -> str:
        return f"TokenGrant(expires_in={self.expires_in})"


@dataclass(frozen=True)
class Merchant:
    """A merchant account: its code, its currency, and whether it is a sandbox."""

    merchant_code: str
    name: str
    currency: str
    sandbox: bool
