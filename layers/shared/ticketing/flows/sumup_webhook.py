"""A webhook of SumUp: a hint that a checkout changed, which proves nothing."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from ticketing.flows.ports import KeepsCheckouts, Queue
from ticketing.observability import count, logger

CHECKOUT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{7,63}")
EVENT_TYPE = "CHECKOUT_STATUS_CHANGED"


@dataclass(frozen=True)
class SumUpWebhook:
    """Queues a verification for each webhook about one of our checkouts."""

    checkouts: KeepsCheckouts
    verifications: Queue

    def __call__(self, body: bytes) -> bool:
        """Queue a verification of the checkout's order; ignore anything else.

        Returns false only if the queue did not take it: SumUp is to send the webhook again.
        """
        checkout_id = hinted(body)
        order_number = self.checkouts.order_of(checkout_id) if checkout_id else None
        if order_number is None:
            count("WebhooksIgnored")
            return True
        count("WebhooksTaken")
        logger.info("webhook received", order=order_number)
        return not self.verifications.send([order_number])


def hinted(body: bytes) -> str | None:
    """Return the checkout id in a webhook, or None if it is none of SumUp's."""
    try:
        event = json.loads(body, object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        return None
    if not isinstance(event, dict) or event.get("event_type") != EVENT_TYPE:
        return None
    checkout_id = event.get("id")
    is_one = isinstance(checkout_id, str) and CHECKOUT_ID.fullmatch(checkout_id)
    return checkout_id if is_one else None


def _unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError
    return fields
