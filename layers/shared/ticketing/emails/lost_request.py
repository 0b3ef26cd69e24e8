"""The names of requests for lost tickets, which share the delivery queue with mails. Pure."""

import hashlib

from ticketing.orders.buyer import folded

LOST = "lost#"
"""How such a name begins, unlike any mail's."""


def lost_request(email: str) -> str:
    """Return the name of the request for an address, which does not reveal the address."""
    return f"{LOST}{hashlib.sha256(folded(email).encode()).hexdigest()[:32]}"


def is_lost_request(name: str) -> bool:
    return name.startswith(LOST)
