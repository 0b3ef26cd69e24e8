"""What a device signs: its requests, and each of its scans. ECDSA on P-256 with SHA-256.

Ed25519, with which tickets are signed, is missing from browsers of 2024. All of them have P-256,
and can make such a key so that no script can read it.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from ticketing.doors.device import DEVICE_ID
from ticketing.events.event import EVENT_ID

HALF = 32
"""Bytes of each of the two numbers of a signature."""
SIGNATURE = re.compile(r"[A-Za-z0-9_-]{86}")
PUBLIC_KEY = re.compile(r"[A-Za-z0-9_-]{87}")
"""The 65 bytes of a point, in base64url."""
CLOCKS_MAY_DIFFER = timedelta(minutes=5)
"""Between a device and us. A request that somebody recorded is good for no longer than this."""
HEADER = re.compile(
    rf"(?P<event_id>{EVENT_ID.pattern})\.(?P<device_id>{DEVICE_ID.pattern})"
    rf"\.(?P<time>[0-9]{{1,11}})\.(?P<signature>{SIGNATURE.pattern})"
)


@dataclass(frozen=True)
class Claim:
    """What the header of a request claims: which device sent it, and when."""

    event_id: str
    device_id: str
    time: int
    signature: str

    def is_timely(self, now: datetime) -> bool:
        return abs(self.time - now.timestamp()) <= CLOCKS_MAY_DIFFER.total_seconds()

    def signed_text(self, method: str, target: str, body: bytes) -> str:
        """Return what the device signed; `target` is the path with its query."""
        digest = sha256(body).hexdigest()
        lines = ("door-1", method, target, self.event_id, self.device_id, str(self.time), digest)
        return "\n".join(lines)


def claim_in(header: str) -> Claim | None:
    """Return the claim in an `X-Door` header; None if there is none."""
    found = HEADER.fullmatch(header)
    if not found:
        return None
    return Claim(found["event_id"], found["device_id"], int(found["time"]), found["signature"])


def public_key_from(text: str) -> bytes | None:
    """Return a raw public key of 65 bytes; None if the text is not a point on the curve."""
    if not PUBLIC_KEY.fullmatch(text):
        return None
    try:
        key = bytes_of(text)
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), key)
    except ValueError:
        return None
    return key


def is_signed(text: str, signature: str, public_key: bytes) -> bool:
    """Return whether the owner of a raw public key signed a text."""
    if not SIGNATURE.fullmatch(signature):
        return False
    raw = bytes_of(signature)
    numbers = (int.from_bytes(raw[:HALF]), int.from_bytes(raw[HALF:]))
    key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), public_key)
    try:
        key.verify(encode_dss_signature(*numbers), text.encode(), ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def bytes_of(text: str) -> bytes:
    """Return the bytes of a text in base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def text_of(raw: bytes) -> str:
    """Return bytes in base64url without padding."""
    return urlsafe_b64encode(raw).decode("ascii").rstrip("=")
