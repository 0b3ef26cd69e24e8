"""SumUp says that a checkout changed: a hint to look, never a proof of anything."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ticketing.observability import count, logger

CHECKOUT_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{7,63}")
EVENT_TYPE = "CHECKOUT_STATUS_CHANGED"


class Checkouts(Protocol):
    """What is needed of the checkouts table."""

    def order_of(self, checkout_id: str) -> str | None: ...


class Names(Protocol):
    """What is needed of the verify queue."""

    def send(self, names: Sequence[str]) -> list[str]: ...


@dataclass(frozen=True)
class SumUpWebhook:
    """The flow with everything it talks to."""

    checkouts: Checkouts
    verifications: Names

    def __call__(self, body: bytes) -> bool:
        """Have the order of a checkout of ours verified; ignore anything else in silence.

        False only if the hint could not be queued, so that SumUp sends it again.
        """
        checkout_id = hinted(body)
        order_number = self.checkouts.order_of(checkout_id) if checkout_id else None
        if order_number is None:
            count("WebhooksIgnored")
            return True
        count("WebhooksTaken")
        logger.info("SumUp calls", order=order_number)
        return not self.verifications.send([order_number])


def hinted(body: bytes) -> str | None:
    """Return the checkout id a webhook names, or None if it is not one of SumUp's."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or told.get("event_type") != EVENT_TYPE:
        return None
    checkout_id = told.get("id")
    is_one = isinstance(checkout_id, str) and CHECKOUT_ID.fullmatch(checkout_id)
    return checkout_id if is_one else None
