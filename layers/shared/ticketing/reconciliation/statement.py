"""SumUp's lists about a merchant's account: its history and its payouts. Pure.

The shapes are those of SumUp's OpenAPI document (transactions v2.1, payouts v1.0), where every
field of a line may be missing. An account may have other business, too, such as an organiser's bar.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from ticketing.orders.order import ORDER_NUMBER
from ticketing.payments.payment import CANCELLED, FAILED, PENDING, REFUNDED, SUCCESSFUL

CHARGED_BACK: Final = frozenset({"CHARGE_BACK", "CHARGEBACK"})
TAKEN: Final = frozenset({SUCCESSFUL, REFUNDED, "PAID_OUT"}) | CHARGED_BACK
"""Statuses of a payment that took money, even if the money went back later."""
NOT_TAKEN: Final = frozenset({FAILED, CANCELLED, PENDING})
IN_PERSON: Final = frozenset({"POS", "CASH"})
"""Payment types of a till, with which none of our checkouts is paid."""

DESCRIBED: Final = re.compile(rf"Order ({ORDER_NUMBER.pattern})")
REFERENCE: Final = re.compile(rf"({ORDER_NUMBER.pattern})(-[1-9][0-9]{{0,3}})?")


class Movement(StrEnum):
    """The kinds of line in a history."""

    PAYMENT = "PAYMENT"
    REFUND = "REFUND"
    CHARGE_BACK = "CHARGE_BACK"


@dataclass(frozen=True)
class Entry:
    """A line of a merchant's history. The amount is in major units, and positive for every kind.

    `refunded` is how much of a payment has gone back by now. `summary` is the description of its
    checkout.
    """

    id: str
    kind: str
    status: str
    amount: Decimal | None = None
    currency: str | None = None
    at: datetime | None = None
    code: str | None = None
    payment_type: str | None = None
    summary: str | None = None
    refunded: Decimal = Decimal(0)

    @property
    def took_money(self) -> bool:
        return self.kind == Movement.PAYMENT and self.status in TAKEN

    @property
    def went_back(self) -> bool:
        """Whether this line shows that money went back."""
        moved = self.kind != Movement.PAYMENT
        return moved or self.refunded > 0 or self.status in TAKEN - {SUCCESSFUL, "PAID_OUT"}

    @property
    def charged_back(self) -> bool:
        return self.status in CHARGED_BACK

    @property
    def may_be_ours(self) -> bool:
        """Whether this line may be about a checkout of ours, and not about other business."""
        if self.payment_type in IN_PERSON:
            return False
        return self.summary is None or self.order_number is not None

    @property
    def order_number(self) -> str | None:
        """The order that the summary names, if it is worded exactly like those of our checkouts."""
        found = DESCRIBED.fullmatch(self.summary or "")
        return found[1] if found else None


@dataclass(frozen=True)
class HistoryPage:
    """Lines of a history, and the query for the next page; None after the last."""

    entries: tuple[Entry, ...]
    following: tuple[tuple[str, str], ...] | None = None


@dataclass(frozen=True)
class Payout:
    """What SumUp paid out or withheld for a sale; `fee` is SumUp's share."""

    id: str
    kind: str
    amount: Decimal
    fee: Decimal
    currency: str
    on: date
    succeeded: bool
    reference: str
    code: str


def order_number_of(reference: str | None) -> str | None:
    """Return the order number in a checkout's reference, if it has the form of ours."""
    found = REFERENCE.fullmatch(reference or "")
    return found[1] if found else None
