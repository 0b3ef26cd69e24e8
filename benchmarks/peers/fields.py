"""The ticket that every contestant draws; only the standard library."""

import hashlib
from base64 import b32encode
from dataclasses import dataclass

EVENT = "Jersey Live: Summer Sounds"
VENUE = "Howard Davis Park"
DATE = "Saturday 18 July 2026, 19:30"
KIND = "General admission"
PRICE = "15.00"
HOLDER = "Žofie Dvořáková / Ελένη / Иван"
"""Latin beyond Western Europe, Greek and Cyrillic: PDF's core fonts lack these letters."""


@dataclass(frozen=True)
class Fields:
    """What differs from ticket to ticket."""

    order_number: str
    ticket_id: str
    qr_text: str


def fields(number: int, ticket: int = 1) -> Fields:
    """Return a ticket of an order."""
    order_number = f"ORD-{number:06d}"
    ticket_id = f"{order_number}-{ticket:02d}"
    return Fields(order_number, ticket_id, qr_text(ticket_id, order_number))


def qr_text(ticket_id: str, order_number: str) -> str:
    """Return a code as long and as random as a signed one: signing is not part of drawing."""
    signature = b32encode(hashlib.sha512(ticket_id.encode()).digest()).decode()[:103]
    return f"TICKET:{ticket_id}|ORDER:{order_number}|EVENT:5|VALID:A{signature}"
