"""Handle a webhook from SumUp: it hints that a checkout changed, and proves nothing."""

import json
import re
from dataclasses import dataclass
from datetime import datetime

from ticketing.errors import OrderNotFound, UnreadableOrder
from ticketing.flows.ports import OrdersOfCheckouts
from ticketing.flows.request_check import RequestCheck
from ticketing.observability import count, logger
from ticketing.orders.order import Order
from ticketing.strict_json import unique_fields

CHECKOUT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{7,63}")
EVENT_TYPE = "CHECKOUT_STATUS_CHANGED"


@dataclass(frozen=True)
class SumUpWebhook:
    """Has the order that a webhook is about checked."""

    orders: OrdersOfCheckouts
    request_check: RequestCheck

    def __call__(self, body: bytes, now: datetime) -> bool:
        """Have the checkout's order checked; ignore anything else.

        Returns False only if the queue did not take it, so that SumUp should send it again.
        """
        checkout_id = hinted(body)
        order = self._order_of(checkout_id) if checkout_id else None
        if order is None:
            count("WebhooksIgnored")
            return True
        count("WebhooksTaken")
        logger.info("webhook received", order=order.order_number)
        return self.request_check(order, now)

    def _order_of(self, checkout_id: str) -> Order | None:
        """Return our order, or None. The scan reports an unreadable one; a check would not help."""
        number = self.orders.order_of(checkout_id)
        try:
            return self.orders.get(number) if number else None
        except (OrderNotFound, UnreadableOrder) as error:
            logger.error("webhook about an order that cannot be read", problem=str(error))
            return None


def hinted(body: bytes) -> str | None:
    """Return the checkout id in a webhook; None if it is not one that SumUp would send."""
    try:
        event = json.loads(body, object_pairs_hook=unique_fields)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or event.get("event_type") != EVENT_TYPE:
        return None
    checkout_id = event.get("id")
    is_one = isinstance(checkout_id, str) and CHECKOUT_ID.fullmatch(checkout_id)
    return checkout_id if is_one else None
