"""Take a buyer's request for their money back because the event was moved.

The request is only noted, for an operator. SumUp is not asked, and the tickets stay valid until the
money is back.
"""

from dataclasses import dataclass
from datetime import datetime

from ticketing.errors import NothingToGiveBack
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.flows.ports import Events, TakesRefundRequests
from ticketing.orders.order import Order
from ticketing.orders.refund_offer import objection


@dataclass(frozen=True)
class AskRefund:
    """Notes, once for each order, that its buyer asks for the money back."""

    orders: TakesRefundRequests
    events: Events

    def __call__(self, order_number: str, now: datetime) -> None:
        """Note a request, if it is new; raises `NothingToGiveBack` with a reason for the buyer."""
        retry_on_conflict(self.orders, order_number, lambda order: self._ask(order, now))

    def _ask(self, order: Order, now: datetime) -> None:
        if order.refund_asked_at is not None:
            return
        reason = objection(order, self.events.get(order.event_id), now)
        if reason:
            raise NothingToGiveBack(order.order_number, reason)
        self.orders.ask_refund(order, now)
