"""A buyer's request to order, and how it is recognised when it comes again. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Request:
    """A buyer's request to order: its idempotency key, and a hash of what was asked."""

    key: str
    fingerprint: str
    expires_at: datetime


@dataclass(frozen=True)
class Repeated:
    """What an idempotency key was used for before."""

    fingerprint: str
    order_number: str
