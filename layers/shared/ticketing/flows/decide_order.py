"""Ask SumUp about each checkout of an order, the newest first, and decide.

An order has at most `MOST_ATTEMPTS` checkouts, and while it is open, those that SumUp called
EXPIRED are left to the watch for late payments. If SumUp is slow, there may still not be time for
all of them: the rest waits for the next check. For an order that is not open, each check begins
with a different checkout, so that all get their turn.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ticketing.errors import (
    OrderChanged,
    PaymentClaimed,
    PaymentProviderError,
    UnknownOrganiser,
)
from ticketing.events.event import LatePayment
from ticketing.flows.known_event import known_event
from ticketing.flows.ports import Events, KeepsCheckouts, PaymentGateway, TimeLeft
from ticketing.orders.order import CLOSED, Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.orders.schedule import late_turn
from ticketing.payments.checkout_result import (
    CheckoutMissing,
    CheckoutRecord,
    CheckoutSeen,
    NothingToPay,
)
from ticketing.payments.decision import Action, Decision
from ticketing.payments.decision_table import decide
from ticketing.payments.event_cancellation import without_event
from ticketing.payments.matching import is_wanted
from ticketing.payments.patience import postpone, resume_soon
from ticketing.payments.payment import Checkout

LONGEST_CALL = 60.0
"""Seconds that one request to SumUp may take, including a new token and the retries of both."""
MORE_TO_ASK = frozenset({Action.INSPECT, Action.DEACTIVATE})


def no_limit() -> float:
    """Return infinity: on the command line, time does not run out."""
    return math.inf


@dataclass(frozen=True)
class DecideOrder:
    """Decides about orders; all it writes to our tables is which checkouts an order has."""

    orders: KeepsCheckouts
    sumup: PaymentGateway
    events: Events

    def __call__(
        self, order: Order, now: datetime, time_left: TimeLeft = no_limit
    ) -> list[Decision]:
        """Return a decision about each checkout, the oldest first.

        Raises `OrderChanged` after attaching one. The first request is made however little time is
        left.

        No tickets are issued for a cancelled event. The event is read after the order, and a
        cancellation reads the orders after writing the event, so one of the two sees the other.
        """
        decisions = self._of_checkouts(order, now, time_left)
        if any(d.action is Action.ISSUE for d in decisions):
            event = known_event(self.events, order.event_id)
            if event and event.cancelled:
                return [without_event(order, decision) for decision in decisions]
        return decisions

    def _of_checkouts(self, order: Order, now: datetime, time_left: TimeLeft) -> list[Decision]:
        if order.status is OrderStatus.PENDING and order.is_free:
            return [decide(order, NothingToPay(), now)]
        records = self.orders.records(order)
        if records is None:
            return [self._without_record(order, now)]
        first, *rest = _in_turn(order, records, now)
        decisions = {first: self._decide(order, first, now, time_left)}
        for record in rest:
            if time_left() < LONGEST_CALL:
                if not any(d.action is Action.WAIT for d in decisions.values()):
                    decisions[record] = postpone(order, now)
                break
            decisions[record] = self._decide(order, record, now, time_left)
        return [decisions[record] for record in records if record in decisions]

    def _decide(
        self, order: Order, record: CheckoutRecord, now: datetime, time_left: TimeLeft
    ) -> Decision:
        """Decide about one checkout; inspecting and deactivating happen at most once each."""
        honour_late = self._honours_late(order, now)
        answer = (
            self.sumup.fetch_checkout(order, record, now)
            if order.awaits_answer
            else CheckoutMissing()
        )
        while True:
            decision = decide(order, answer, now, honour_late=honour_late)
            if decision.action in MORE_TO_ASK and time_left() < LONGEST_CALL:
                return resume_soon(order, decision, now)
            if decision.action is Action.INSPECT and isinstance(answer, CheckoutSeen):
                answer = self.sumup.fetch_transaction(order, answer, now)
            elif decision.action is Action.DEACTIVATE and isinstance(answer, CheckoutSeen):
                answer = self.sumup.deactivate(order, answer, now)
            else:
                return decision

    def _without_record(self, order: Order, now: datetime) -> Decision:
        """Attach the checkouts that SumUp has under the order's reference, if any, or decide."""
        if order.is_free or not order.awaits_answer:
            return decide(order, CheckoutMissing(), now)
        found = self.sumup.find(order, now)
        if isinstance(found, (PaymentProviderError, UnknownOrganiser)):
            return decide(order, found, now)
        wanted = [c for c in found if is_wanted(order, order.checkout_reference, c)]
        if not wanted or self._has_attached(order, wanted):
            return decide(order, CheckoutMissing(listed=bool(found)), now)
        try:
            self.orders.adopt(order, wanted, now)
        except PaymentClaimed as error:
            return claimed(decide(order, CheckoutMissing(), now), error)
        raise OrderChanged(order.order_number)

    def _has_attached(self, order: Order, wanted: Sequence[Checkout]) -> bool:
        """Return whether these are attached and have rows; then another checkout lost its row."""
        ids = tuple(checkout.id for checkout in wanted)
        known = set(ids) <= set(order.checkout_ids)
        return known and self.orders.records(replace(order, checkout_ids=ids)) is not None

    def _honours_late(self, order: Order, now: datetime) -> bool:
        if order.status not in CLOSED:
            return True
        event = known_event(self.events, order.event_id)
        if event is None:
            return False
        return event.late_payment is LatePayment.HONOUR and now < event.starts_at


def _in_turn(
    order: Order, records: Sequence[CheckoutRecord], now: datetime
) -> list[CheckoutRecord]:
    """Return the checkouts to ask about, in this order.

    For an open order, these are the newest and any others that have not expired.
    """
    newest_first = list(reversed(records))
    if order.status is OrderStatus.PENDING:
        return [newest_first[0], *(r for r in newest_first[1:] if not r.is_expired)]
    turn = late_turn(order.settled_at or order.deadline, now) % len(records)
    return newest_first[turn:] + newest_first[:turn]


def claimed(decision: Decision, error: PaymentClaimed) -> Decision:
    """Return the decision that the order's payment belongs to another order."""
    text = f"Its payment {error.transaction_id} belongs to order {error.owner}."
    return review_instead(decision, Reason.PAYMENT_CLAIMED, text)


def review_instead(decision: Decision, reason: Reason, text: str) -> Decision:
    """Return the decision changed into a review for this reason."""
    return replace(decision, action=Action.REVIEW, reason=reason, explanation=text)
