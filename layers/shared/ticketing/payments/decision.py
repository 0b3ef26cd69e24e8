"""What a verification concludes: an action, its reason, and when to check again. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from ticketing.orders.order import OrderStatus, Trouble
from ticketing.orders.reason import Reason
from ticketing.orders.transitions import Finding
from ticketing.payments.checkout_result import CheckoutRecord
from ticketing.payments.payment import MOST_SHOWN, SUCCESSFUL, Checkout, Transaction


class Action(StrEnum):
    """The next action, strongest first. INSPECT and DEACTIVATE ask for one more answer."""

    INSPECT = "inspect"
    DEACTIVATE = "deactivate"
    ISSUE = "issue"
    REVIEW = "review"
    WAIT = "wait"
    CLOSE = "close"
    LEAVE = "leave"


@dataclass(frozen=True)
class Decision:
    """What to do, why (a code and a sentence), and when to check again.

    `trouble` is a problem that may pass; `alert_due`: it has lasted so long that operators need an
    alert. `expected` and `received` are set for a mismatch, `closes_as` for CLOSE, `payment` is the
    transaction that counts. `note` is the note of the person who decided, if any. `attempt_seen`:
    some checkout of the order shows an attempt to pay.
    """

    action: Action
    reason: Reason
    explanation: str
    next_check_at: datetime | None = None
    trouble: Trouble | None = None
    alert_due: bool = False
    expected: str | None = None
    received: str | None = None
    closes_as: OrderStatus | None = None
    record: CheckoutRecord | None = None
    checkout: Checkout | None = None
    payment: Transaction | None = None
    note: str = ""
    attempt_seen: bool = False

    @property
    def surplus(self) -> tuple[Transaction, ...]:
        """The successful transactions of this checkout other than the payment."""
        taken = self.checkout.successful if self.checkout else ()
        return tuple(t for t in taken if t is not self.payment)

    @property
    def has_money(self) -> bool:
        return self.checkout is not None and self.checkout.has_money

    @property
    def seen(self) -> str:
        """SumUp's answer in one line without personal data.

        The audit trail keeps it for good, so its length is bounded: of many attempts to pay, the
        successful ones come first.
        """
        checkout, alone = self.checkout, self.payment
        if checkout is None:
            return f"{alone.id} {alone.status} {alone.amount} {alone.currency}" if alone else ""
        listed, more = checkout.transactions, ""
        if len(listed) > MOST_SHOWN:
            more = f", and {len(listed) - MOST_SHOWN} more"
            listed = tuple(sorted(listed, key=lambda t: t.status != SUCCESSFUL))[:MOST_SHOWN]
        attempts = ", ".join(f"{t.id} {t.status} {t.amount}" for t in listed)
        paid = f"{checkout.amount} {checkout.currency}"
        return f"{checkout.id} {checkout.status} {paid} [{attempts}{more}]"

    @property
    def finding(self) -> Finding:
        return Finding(
            reason=self.reason,
            explanation=self.explanation,
            next_check_at=self.next_check_at,
            trouble=self.trouble,
            seen=self.seen,
            note=self.note,
            payment_status=self.checkout.status if self.checkout else None,
            checkout_id=self.checkout.id if self.checkout else None,
            transaction_id=self.payment.id if self.payment else None,
            closes_as=self.closes_as,
            attempt_seen=self.attempt_seen,
        )


def strongest(decisions: Sequence[Decision]) -> Decision:
    """Return the decision that counts for an order with several checkouts.

    Money found in any of them wins, and the order closes only if all of its checkouts allow it.
    """
    actions = tuple(Action)
    never = datetime.max.replace(tzinfo=UTC)
    return min(decisions, key=lambda d: (actions.index(d.action), d.next_check_at or never))
