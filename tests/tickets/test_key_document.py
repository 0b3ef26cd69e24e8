"""A scanner needs only the document: this one uses none of our code."""

import json
import re
from base64 import b32decode, b64decode, b64encode
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tests.support.builders import an_order, tickets_for
from tests.tickets.test_qr import BASE32, SECRET_A, SECRET_B
from ticketing.tickets.qr import QrSigner, key_document

OLD, NEW = QrSigner({"A": SECRET_A}, "A"), QrSigner({"A": SECRET_A, "B": SECRET_B}, "B")


@pytest.fixture
def document() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(json.dumps(key_document("5", NEW.public_keys("5"))))
    return read


def scan(text: str, document: dict[str, Any]) -> str | None:
    """Return the ticket's id, or None if it is not a ticket for the document's event."""
    found = re.search(document["text_pattern"], text)
    if not found or found.group() != text:
        return None
    fields = dict(zip(document["fields"], found.groups(), strict=True))
    keys = {key["key_id"]: key["public_key"] for key in document["keys"]}
    if fields["event_id"] != document["event_id"] or fields["key_id"] not in keys:
        return None
    signed = document["signed_bytes"]
    for name in ("ticket_id", "order_number", "event_id"):
        signed = signed.replace(f"{{{name}}}", fields[name])
    try:
        key = Ed25519PublicKey.from_public_bytes(b64decode(keys[fields["key_id"]]))
        key.verify(b32decode(fields["signature"] + "="), signed.encode("ascii"))
    except InvalidSignature:
        return None
    return str(fields["ticket_id"])


@pytest.mark.parametrize("signer", [OLD, NEW], ids=["before the rotation", "after it"])
def test_a_scanner_written_from_the_document_accepts_genuine_tickets(
    document: dict[str, Any], signer: QrSigner
) -> None:
    tickets = tickets_for(an_order(), signer)

    assert [scan(one.qr_text, document) for one in tickets] == [one.ticket_id for one in tickets]


@pytest.mark.slow
def test_the_scanner_refuses_every_change_of_one_character(document: dict[str, Any]) -> None:
    text = NEW.text("ORD-ABC123-01", "ORD-ABC123", "5")
    changed = [
        text[:at] + other + text[at + 1 :]
        for at in range(len(text) - 1)  # bits that decoding ignores: see docs/checking-tickets.md
        for other in f"{BASE32}0189-|:\n"
        if other != text[at]
    ]

    assert [other for other in changed if scan(other, document)] == []


def test_the_scanner_refuses_other_events_unknown_keys_and_swapped_fields(
    document: dict[str, Any],
) -> None:
    stranger = QrSigner({"C": "c" * 40}, "C")
    for text in (
        NEW.text("ORD-ABC123-01", "ORD-ABC123", "6"),
        stranger.text("ORD-ABC123-01", "ORD-ABC123", "5"),
        NEW.text("ORD-ABC123", "ORD-ABC123-01", "5").replace(
            "TICKET:ORD-ABC123|ORDER:ORD-ABC123-01", "TICKET:ORD-ABC123-01|ORDER:ORD-ABC123"
        ),
    ):
        assert scan(text, document) is None


def test_the_document_contains_no_secret(document: dict[str, Any]) -> None:
    assert SECRET_A not in json.dumps(document)
    assert [key["key_id"] for key in document["keys"]] == ["A", "B"]
    assert {len(b64decode(key["public_key"])) for key in document["keys"]} == {32}


def test_the_document_has_the_documented_format(document: dict[str, Any]) -> None:
    public = NEW.public_keys("5")

    assert document == {
        "format": "ticketing-qr-keys-1",
        "event_id": "5",
        "algorithm": "Ed25519",
        "keys": [
            {"key_id": key_id, "public_key": b64encode(public[key_id]).decode()}
            for key_id in ("A", "B")
        ],
        "text_pattern": (
            r"^TICKET:([A-Z0-9-]{1,40})\|ORDER:([A-Z0-9-]{1,40})\|EVENT:([A-Z0-9-]{1,40})"
            r"\|VALID:([A-Z0-9])([A-Z2-7]{103})$"
        ),
        "fields": ["ticket_id", "order_number", "event_id", "key_id", "signature"],
        "signature_encoding": "base32",
        "signed_bytes": "v1\0{ticket_id}\0{order_number}\0{event_id}",
    }
