"""Give the money back to the buyers of a moved event who asked for it."""

from dataclasses import dataclass

from ticketing.flows.ports import Events, OrdersOfEvents
from ticketing.flows.refund_orders import GivenBack, Progress, RefundOrders
from ticketing.orders.order import Order
from ticketing.orders.refund_offer import is_owed
from ticketing.reports.rows import Rows, gathered


@dataclass(frozen=True)
class RefundRequests:
    """Works through the requests; running the command again continues."""

    events: Events
    records: OrdersOfEvents
    refund_orders: RefundOrders

    def waiting(self, event_id: str) -> Rows[Order]:
        """Return the orders whose buyers asked and still wait; raises `EventNotFound`."""
        self.events.get(event_id)
        found = gathered(self.records.orders(event_id))
        return Rows(tuple(filter(is_owed, found.found)), found.unreadable, found.read)

    def __call__(self, waiting: Rows[Order], note: str, progress: Progress) -> GivenBack:
        return self.refund_orders(waiting.found, note, progress)
