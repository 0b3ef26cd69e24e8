"""Count the sales of an event, read a page at a time. Nothing is written."""

from dataclasses import dataclass
from datetime import datetime

from ticketing.flows.ports import EventRecords, Events
from ticketing.reports.rows import Progress, gathered
from ticketing.reports.sales import Sales, count_sales, payment_key


@dataclass(frozen=True)
class CountSales:
    """Reads the orders of an event and the payments that were accepted for them."""

    events: Events
    records: EventRecords

    def __call__(self, event_id: str, now: datetime, progress: Progress | None = None) -> Sales:
        """Return the sales; raises `EventNotFound`."""
        event = self.events.get(event_id)
        orders = gathered(self.records.orders(event_id), progress)
        kinds = gathered(self.records.ticket_types(event_id))
        keys = (key for order in orders.found if (key := payment_key(order)))
        payments = self.records.payments(keys)
        return count_sales(
            event,
            [kind for _, kind in kinds.found],
            orders.found,
            {payment.transaction_id: payment for payment in payments.found},
            (*orders.unreadable, *kinds.unreadable, *payments.unreadable),
            now,
        )
