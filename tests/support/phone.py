"""A device at the door, as its page works: it has a key of its own and signs what it sends."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ticketing.doors.signature import HALF, text_of
from ticketing.flows.manage_doors import NewDoor
from ticketing.web.door_schemas import instant

Send = Callable[[str, str, bytes, Mapping[str, str]], tuple[int, dict[str, Any]]]
"""Carries a request: method, path with query, body and headers; returns status and document."""
Clock = Callable[[], datetime]


@dataclass
class Phone:
    """A device with its link; `scans` are those that it has not sent, by number."""

    event_id: str
    device_id: str
    secret: str
    send: Send
    clock: Clock
    offset: timedelta = timedelta()
    key: EllipticCurvePrivateKey = field(default_factory=lambda: generate_private_key(SECP256R1()))
    seq: int = 0
    previous: str = ""

    @classmethod
    def of(cls, door: NewDoor, send: Send, clock: Clock) -> "Phone":
        return cls(door.device.event_id, door.device.device_id, door.secret, send, clock)

    @property
    def public_key(self) -> str:
        raw = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return text_of(raw)

    def sign(self, text: str) -> str:
        numbers = decode_dss_signature(self.key.sign(text.encode(), ECDSA(SHA256())))
        return text_of(b"".join(number.to_bytes(HALF) for number in numbers))

    def pair(self, **changes: str) -> tuple[int, dict[str, Any]]:
        asked = {"event": self.event_id, "device": self.device_id, "secret": self.secret}
        body = json.dumps(asked | {"public_key": self.public_key} | changes).encode()
        return self.send("POST", "/api/door/pair", body, {})

    def ask(self, method: str, target: str, body: object = None, **headers: str) -> Any:  # noqa: ANN401  # status and document
        """Send a signed request."""
        sent = b"" if body is None else json.dumps(body).encode()
        return self.send(
            method, target, sent, {"x-door": self.header(method, target, sent)} | headers
        )

    def header(self, method: str, target: str, body: bytes) -> str:
        time = int((self.clock() + self.offset).timestamp())
        lines = ("door-1", method, target, self.event_id, self.device_id, str(time))
        signature = self.sign("\n".join((*lines, sha256(body).hexdigest())))
        return f"{self.event_id}.{self.device_id}.{time}.{signature}"

    def scan(self, text: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401  # of any field
        """Return a scan as it is kept until it is sent."""
        self.seq += 1
        scan: dict[str, Any] = {
            "seq": self.seq,
            "at": instant(self.clock()),
            "offset_ms": 0,
            "action": "admit",
            "text": text,
            "count": 0,
            "said": "asking",
            "by_hand": False,
            "override": "",
            "refers_to": "",
            "list_as_of": "",
            "previous": self.previous,
        } | changes
        return self.signed(scan)

    def signed(self, scan: dict[str, Any]) -> dict[str, Any]:
        """Return a scan with its signature, and chain the next one to it."""
        fields = (
            scan["seq"], scan["at"], scan["offset_ms"], scan["action"], scan["text"], scan["count"],
            scan["said"], int(scan["by_hand"]), scan["override"], scan["refers_to"],
            scan["list_as_of"], scan["previous"],
        )  # fmt: skip
        lines = ("scan-1", self.event_id, self.device_id, *map(str, fields))
        text = "\n".join(lines)
        self.previous = text_of(sha256(text.encode()).digest())
        return scan | {"signature": self.sign(text)}

    def deliver(self, *scans: dict[str, Any], **changes: Any) -> tuple[int, dict[str, Any]]:  # noqa: ANN401  # of any field
        """Send scans."""
        body = {"scans": scans, "highest": self.seq, "waiting": 0, "not_ours": 0} | changes
        status, document = self.ask("POST", "/api/door/scans", body)
        return status, document

    def admit(self, text: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401  # of any field
        """Scan a code and send it; return the result."""
        status, document = self.deliver(self.scan(text, **changes))
        assert status == 200, document
        (result,) = document["results"]
        return dict(result)
