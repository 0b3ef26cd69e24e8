"""Have an order checked because somebody asks: its page, a webhook, an attempt to pay.

A check is booked on the order's row before it is queued. So however many ask, an open order is
checked at most once in `BOOKED_EVERY`, and once more after the last request.
"""

from dataclasses import dataclass
from datetime import datetime

from ticketing.flows.ports import BooksChecks, Queue
from ticketing.orders.order import Order
from ticketing.orders.schedule import booked_check


@dataclass(frozen=True)
class RequestCheck:
    """Books checks and queues them."""

    orders: BooksChecks
    verifications: Queue

    def __call__(self, order: Order, now: datetime) -> bool:
        """Have the order checked; return False only if the queue did not take a check it needs.

        After a crash between booking and queueing, the order is checked when it is due.
        """
        at = booked_check(order, now)
        if at is None or not order.awaits_answer or not self.orders.book_check(order, at):
            return True
        wait = (at - now).total_seconds()
        if not self.verifications.send([order.order_number], wait_seconds=wait):
            return True
        self.orders.unbook_check(order, at)
        return False
