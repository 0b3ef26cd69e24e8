"""What a door keeps to check an event's tickets without a network. Pure.

A scanner can be written from this document alone; docs/checking-tickets.md goes through it.
"""

import re
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

from ticketing.tickets.qr import QR_TEXT, signed_bytes

FORMAT: Final = "ticketing-qr-keys-1"
NAME = re.compile(r"\?P<\w+>")
"""How Python names groups, which not every language does; `fields` names them instead."""


def key_document(event_id: str, public_keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the document of an event, from its raw public keys by key id."""
    fields = list(QR_TEXT.groupindex)
    placeholders = (f"{{{name}}}" for name in ("ticket_id", "order_number", "event_id"))
    return {
        "format": FORMAT,
        "event_id": event_id,
        "algorithm": "Ed25519",
        "keys": [
            {"key_id": key_id, "public_key": b64encode(key).decode("ascii")}
            for key_id, key in sorted(public_keys.items())
        ],
        "text_pattern": f"^{NAME.sub('', QR_TEXT.pattern)}$",
        "fields": fields,
        "signature_encoding": "base32",
        "signed_bytes": signed_bytes(*placeholders).decode("ascii"),
    }
