"""The QR text of a ticket: what a door reads, signed so that it can be checked without a network.

`TICKET:ORD-ABC123-01|ORDER:ORD-ABC123|EVENT:5|VALID:A<103 characters>`: VALID is the id of the
key, one character, and an Ed25519 signature in base32. Every event has its own key pair, derived
from one secret: a door has only public keys, and only those of its event.
"""

import re
from base64 import b32decode, b32encode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ticketing.errors import InvalidQr, MissingSetting, WrongEvent
from ticketing.events.event import EVENT_ID
from ticketing.orders.access import master_keys

ID = EVENT_ID
"""Ticket ids and order numbers have the form of event ids: no separator fits into them."""

KEY_ID = re.compile(r"[A-Z0-9]")
MIN_SECRET = 32
"""The fewest characters of a master secret: 32 random letters and digits are over 128 bits."""

QR_TEXT = re.compile(
    rf"TICKET:(?P<ticket_id>{ID.pattern})\|ORDER:(?P<order_number>{ID.pattern})"
    rf"\|EVENT:(?P<event_id>{ID.pattern})"
    rf"\|VALID:(?P<key_id>{KEY_ID.pattern})(?P<signature>[A-Z2-7]{{103}})"
)
PADDING = "="
"""How 64 bytes end in base32, which a QR text leaves out."""

KEY_DOCUMENT_FORMAT: Final = "ticketing-qr-keys-1"
GROUP_NAME = re.compile(r"\?P<\w+>")
"""How Python names groups. Not every language can, so `fields` has the names instead."""


@dataclass(frozen=True)
class QrText:
    """The fields of a QR text: well-formed, but not to be trusted unless `verify` returned them."""

    ticket_id: str
    order_number: str
    event_id: str
    key_id: str
    signature: bytes


class QrSigner:
    """Signs QR texts with the current master secret, and knows older ones for their public keys."""

    def __init__(self, keys: Mapping[str, str], current: str) -> None:
        """Raise `MissingSetting` if the keys are unusable."""
        problems = _key_problems(keys, current)
        if problems:
            raise MissingSetting(problems)
        self._keys = dict(keys)
        self._current = current

    @classmethod
    def from_secret(cls, json_text: str) -> "QrSigner":
        """Read `{"key_id": "A", "A": "<random>", ...}`. `MissingSetting` never quotes it."""
        return cls(*master_keys(json_text, "the QR secret"))

    def __repr__(self) -> str:
        return f"QrSigner(keys={sorted(self._keys)}, current={self._current!r})"

    def text(self, ticket_id: str, order_number: str, event_id: str) -> str:
        """Return the signed text of a ticket: the same one for the same ticket and key.

        Raises `InvalidQr` for an id that is not 1 to 40 of A-Z, 0-9 and hyphen.
        """
        _refuse_bad_ids(ticket_id, order_number, event_id)
        message = signed_bytes(ticket_id, order_number, event_id)
        signature = self._private_key(self._current, event_id).sign(message)
        return (
            f"TICKET:{ticket_id}|ORDER:{order_number}|EVENT:{event_id}"
            f"|VALID:{self._current}{_base32(signature)}"
        )

    def public_keys(self, event_id: str) -> dict[str, bytes]:
        """Return the raw public keys (32 bytes each) that a door of this event needs, by key id."""
        _refuse_bad_ids(event_id)
        return {
            key_id: self._private_key(key_id, event_id).public_key().public_bytes_raw()
            for key_id in sorted(self._keys)
        }

    def _private_key(self, key_id: str, event_id: str) -> Ed25519PrivateKey:
        # A key id is always one character, so the two cannot be divided in another way.
        info = f"ticketing-qr-v1{key_id}{event_id}".encode("ascii")
        derivation = HKDF(algorithm=SHA256(), length=32, salt=None, info=info)
        seed = derivation.derive(self._keys[key_id].encode())
        return Ed25519PrivateKey.from_private_bytes(seed)


def parse(text: str) -> QrText:
    """Parse a scanned text; raises `InvalidQr` if it is not exactly as we would have written it."""
    fields = QR_TEXT.fullmatch(text)
    if not fields:
        raise InvalidQr("it is not in the form of our tickets")
    encoded = fields["signature"]
    signature = b32decode(encoded + PADDING)
    # Decoding ignores some bits of the last character, but only one spelling is ours.
    if _base32(signature) != encoded:
        raise InvalidQr("its signature is not written the way we write it")
    return QrText(
        fields["ticket_id"], fields["order_number"], fields["event_id"], fields["key_id"], signature
    )


def verify(text: str, public_keys: Mapping[str, bytes], event_id: str | None = None) -> QrText:
    """Return the fields of a genuine ticket, which may have been used or become void.

    `public_keys` are those of one event, raw, by key id. With `event_id`, a ticket for another
    event raises `WrongEvent`. Anything else that is not genuine raises `InvalidQr`.
    """
    qr = parse(text)
    if event_id is not None and qr.event_id != event_id:
        raise WrongEvent(qr.event_id)
    if qr.key_id not in public_keys:
        raise InvalidQr("it is signed with a key this door does not know")
    key = Ed25519PublicKey.from_public_bytes(public_keys[qr.key_id])
    try:
        key.verify(qr.signature, signed_bytes(qr.ticket_id, qr.order_number, qr.event_id))
    except InvalidSignature:
        raise InvalidQr("its signature is wrong") from None
    return qr


def key_document(event_id: str, public_keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what a door needs to check an event's tickets without a network.

    `public_keys` are raw, by key id. A scanner can be written from this document alone:
    docs/checking-tickets.md walks through it.
    """
    fields = list(QR_TEXT.groupindex)
    placeholders = (f"{{{name}}}" for name in ("ticket_id", "order_number", "event_id"))
    return {
        "format": KEY_DOCUMENT_FORMAT,
        "event_id": event_id,
        "algorithm": "Ed25519",
        "keys": [
            {"key_id": key_id, "public_key": b64encode(key).decode("ascii")}
            for key_id, key in sorted(public_keys.items())
        ],
        "text_pattern": f"^{GROUP_NAME.sub('', QR_TEXT.pattern)}$",
        "fields": fields,
        "signature_encoding": "base32",
        "signed_bytes": signed_bytes(*placeholders).decode("ascii"),
    }


def signed_bytes(ticket_id: str, order_number: str, event_id: str) -> bytes:
    """Return the signed bytes: a version and three ids, none of which can contain NUL."""
    return f"v1\0{ticket_id}\0{order_number}\0{event_id}".encode("ascii")


def _base32(signature: bytes) -> str:
    return b32encode(signature).decode("ascii").rstrip(PADDING)


def _refuse_bad_ids(*ids: str) -> None:
    for an_id in ids:
        if not ID.fullmatch(an_id):
            raise InvalidQr(f"the id {an_id[:60]!r} is not 1 to 40 of A-Z, 0-9 and hyphen")


def _key_problems(keys: Mapping[str, str], current: str) -> list[str]:
    problems = []
    if not all(KEY_ID.fullmatch(key_id) for key_id in keys):
        problems.append("every QR key id must be one character of A-Z and 0-9")
    if any(len(secret) < MIN_SECRET for secret in keys.values()):
        problems.append(f"every QR key must be at least {MIN_SECRET} characters")
    if current not in keys:
        problems.append("the current QR key is not among the keys")
    return problems
