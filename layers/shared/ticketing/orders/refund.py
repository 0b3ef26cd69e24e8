"""Money of an order that goes back to its buyer: what is known of it, by transaction. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ticketing.money import Money


class RefundStatus(StrEnum):
    """Where it stands; what a person has to look after comes first."""

    UNKNOWN = "unknown"
    ASKED = "asked"
    REFUSED = "refused"
    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"


UNSETTLED = frozenset({RefundStatus.UNKNOWN, RefundStatus.ASKED})
"""SumUp was asked, or is being asked, and has not shown yet what came of it."""
WENT_BACK = frozenset({RefundStatus.REFUNDED, RefundStatus.CHARGED_BACK})


class Consequence(StrEnum):
    """What follows for the order once the money is back; the value is the trail's word for it."""

    TICKETS_VOID = "tickets void"
    REJECTED = "rejected"
    NONE = "money went back"


class Cause(StrEnum):
    """Why money went back, as the trail says before what a person said to it."""

    ASKED = "refund"
    ELSEWHERE = "refunded_elsewhere"
    BANK = "charged_back"


NOTED = {
    RefundStatus.ASKED: "refund asked",
    RefundStatus.UNKNOWN: "refund unclear",
    RefundStatus.REFUSED: "refund refused",
}
"""The trail's words for what comes before that."""


@dataclass(frozen=True)
class Refund:
    """One transaction whose money goes back. `amount` is all of what was paid by it.

    `asked_at` is when SumUp was last asked, by the run called `attempt`; None: somebody else gave
    it back. `problem` is why it was refused, or why nobody knows.
    """

    transaction_id: str
    status: RefundStatus
    amount: Money
    asked_at: datetime | None = None
    attempt: str = ""
    settled_at: datetime | None = None
    problem: str = ""

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
        """The refund as the trail records it, without personal data."""
        return f"{self.transaction_id} {self.status} {self.amount.amount} {self.amount.currency}"


def is_seen_of_a_refund(seen: str) -> bool:
    """Return whether the text is what `Refund.seen` writes to the trail."""
    _, _, rest = seen.partition(" ")
    return rest.partition(" ")[0] in set(RefundStatus)
