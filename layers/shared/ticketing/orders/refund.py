"""Refunds and chargebacks of an order: what is known about each, by transaction. Pure."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ticketing.money import Money


class RefundStatus(StrEnum):
    """The status of a refund; those that most need a person come first."""

    UNKNOWN = "unknown"
    ASKED = "asked"
    REFUSED = "refused"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"


UNSETTLED = frozenset({RefundStatus.UNKNOWN, RefundStatus.ASKED})
"""SumUp was asked, or is being asked, and has not shown the outcome."""
WENT_BACK = frozenset({RefundStatus.REFUNDED, RefundStatus.CHARGED_BACK})


class Consequence(StrEnum):
    """What follows for the order once the money is back. The values are part of the audit trail."""

    TICKETS_VOID = "tickets void"
    SOME_VOID = "some tickets void"
    REJECTED = "rejected"
    NONE = "money went back"


class Cause(StrEnum):
    """Why money went back. The value precedes a person's note in the audit trail."""

    ASKED = "refund"
    ELSEWHERE = "refunded_elsewhere"
    BANK = "charged_back"


NOTED = {
    RefundStatus.ASKED: "refund asked",
    RefundStatus.UNKNOWN: "refund unclear",
    RefundStatus.REFUSED: "refund refused",
}
"""The audit trail's terms for a refund that has not gone back."""


@dataclass(frozen=True)
class Refund:
    """The refund of a whole transaction, or of what partial refunds have left of it.

    `asked_at` is when SumUp was last asked, by the run `attempt`; it is None for a refund made
    elsewhere. `problem` is why the refund was refused, or why its outcome is unknown.
    """

    transaction_id: str
    status: RefundStatus
    amount: Money
    asked_at: datetime | None = None
    attempt: str = ""
    settled_at: datetime | None = None
    problem: str = ""

    @property
    def name(self) -> str:
        """What distinguishes it from the order's other refunds, in mails and in the audit trail."""
        return self.transaction_id

    @property
    def is_unsettled(self) -> bool:
        return self.status in UNSETTLED

    @property
    def went_back(self) -> bool:
        return self.status in WENT_BACK

    @property
    def cause(self) -> Cause:
        if self.status is RefundStatus.CHARGED_BACK:
            return Cause.BANK
        return Cause.ASKED if self.asked_at else Cause.ELSEWHERE

    @property
    def seen(self) -> str:
        """The refund as the audit trail records it, without personal data."""
        return f"{self.name} {self.status} {self.amount.amount} {self.amount.currency}"


@dataclass(frozen=True)
class PartRefund(Refund):
    """A refund of a part of a transaction; `number` counts the parts of its order.

    `tickets` become void once the money is back. `back_before` is how much of the transaction SumUp
    showed as returned before it was asked: `amount` more than that proves the refund.
    """

    number: int = 1
    tickets: tuple[str, ...] = ()
    back_before: Decimal = Decimal(0)

    @property
    def name(self) -> str:
        return f"{self.transaction_id}/{self.number}"


def is_seen_of_a_refund(seen: str) -> bool:
    """Return whether a text from the audit trail has the form of `Refund.seen`."""
    _, _, rest = seen.partition(" ")
    return rest.partition(" ")[0] in set(RefundStatus)
