"""The door's page beside a server that checks each signature, and breaks when a test wants it."""

import asyncio
import hashlib
import secrets
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import uvicorn
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.site import content_type, security_headers
from tests.browser.door_ledger import KINDS, FakeDevice, Json, Ledger
from tests.browser.fake_shop import file_of
from tests.support.builders import a_signer
from tests.support.phone import Phone
from ticketing.tickets.qr import key_document
from ticketing.web.door_schemas import instant

ECDSA = ec.ECDSA(SHA256())
CLOCK_SECONDS = 300
ELSEWHERE = "DM4T8"
OTHER = {"event_id": "6", "name": "Jazz", "starts_at": "2027-12-06T19:00:00+00:00"}


def unbase64(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def is_signed(public_key: str, signature: str, text: str) -> bool:
    """Whether a device signed a text, as WebCrypto writes signatures: r and s, 32 bytes each."""
    raw = unbase64(signature)
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unbase64(public_key))
    r, s = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
    try:
        key.verify(encode_dss_signature(r, s), text.encode(), ECDSA)
    except InvalidSignature:
        return False
    return True


def signed_text(event: str, device: str, entry: Json) -> str:
    """Return what an entry's signature covers."""
    middle = ("seq", "at", "offset_ms", "action", "text", "count", "said")
    end = ("override", "refers_to", "list_as_of", "previous")
    fields = [*(entry[name] for name in middle), int(entry["by_hand"])]
    return "\n".join(map(str, ["scan-1", event, device, *fields, *(entry[n] for n in end)]))


class Refused(Exception):
    """The device is refused, for a reason of the contract."""


@dataclass
class FakeDoor:
    """Knobs stand first; what arrived and what is known follows."""

    url: str = ""
    is_down: bool = False
    """Nothing is dealt with: 503 for every request."""
    loses_answers: bool = False
    """Requests are dealt with, and a gateway answers 504 in place of what was answered."""
    seconds: float = 0
    """How long scans wait for their answer."""
    ahead: timedelta = timedelta()
    """The server's clock less this machine's."""
    expires_in: timedelta = timedelta(days=2)
    is_cancelled: bool = False
    hides_keys: bool = False
    """The keys were rotated, and the door has not heard of it."""
    oldest_page: int = 1
    refuses: set[int] = field(default_factory=set)
    """Numbers of entries that are malformed to this server."""
    files: dict[str, bytes] = field(default_factory=dict)
    """What is served in place of the site's own files: another build."""
    ledger: Ledger = field(default_factory=lambda: Ledger(a_signer()))
    devices: dict[str, FakeDevice] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    """What no page should ever send: wrong signatures, broken chains."""
    asked: list[str] = field(default_factory=list)
    batches: list[Json] = field(default_factory=list)
    pages: int = 500
    phone: Phone | None = None
    """At Gate B, if something was scanned there."""

    def forget(self) -> None:
        fresh = FakeDoor(url=self.url)
        self.__dict__.update(fresh.__dict__)

    def add_device(self, device: str = "D7KQ2", gate: str = "Gate A", role: str = "steward") -> str:
        """Return the address with which the device is paired."""
        secret = urlsafe_b64encode(secrets.token_bytes(32)).rstrip(b"=").decode()
        self.ledger.expires_at = self.now + self.expires_in
        self.devices[device] = FakeDevice(device, secret, gate, role)
        return f"/door/#pair={self.ledger.event_id}.{device}.{secret}"

    def add_ticket(self, ticket_id: str, **facts: Any) -> str:  # noqa: ANN401 - of any field
        """Return the text of the ticket's code."""
        self.ledger.add(ticket_id, **facts)
        return self.ledger.text(ticket_id)

    def scan_elsewhere(self, ticket_id: str, **facts: Any) -> None:  # noqa: ANN401 - of any field
        """Scan a ticket at Gate B, where no page of the test is."""
        self._elsewhere(self.ledger.tickets[ticket_id].qr_text, **facts)

    def undo_elsewhere(self) -> None:
        """Undo the first scan of Gate B."""
        self._elsewhere("", action="undo", refers_to=f"{ELSEWHERE}#000001")

    def _elsewhere(self, text: str, **facts: Any) -> None:  # noqa: ANN401 - of any field
        phone = self.phone or Phone(
            self.ledger.event_id, ELSEWHERE, "", lambda *_: (0, {}), lambda: self.now
        )
        if not self.phone:
            self.add_device(ELSEWHERE, "Gate B", "supervisor")
            self.devices[ELSEWHERE].public_key, self.phone = phone.public_key, phone
        self.ledger.take(self.devices[ELSEWHERE], phone.scan(text, **facts), self.now)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def about(self, device: FakeDevice) -> Json:
        doors = self.ledger.doors_at
        event = {
            "id": self.ledger.event_id,
            "name": "Jersey Live: Summer Sounds",
            "venue": "Howard Davis Park",
            "starts_at": instant(self.now + timedelta(hours=1)),
            "doors_at": doors and instant(doors),
            "ends_at": None,
            "time_zone": "Europe/Jersey",
            "cancelled": self.is_cancelled,
        }
        keys = {} if self.hides_keys else self.ledger.signer.public_keys(self.ledger.event_id)
        return {
            "now": instant(self.now),
            "format": 1,
            "oldest_page": self.oldest_page,
            "event": event,
            "types": [{"sku": sku, "name": name, "admits": 1} for sku, name in KINDS.items()],
            "device": device.device,
            "gate": device.gate,
            "role": device.role,
            "names_offline": False,
            "expires_at": instant(self.ledger.expires_at),
            "keys": key_document(self.ledger.event_id, keys),
        }

    async def api(self, request: Request) -> Response:
        path = request.url.path
        self.asked.append(f"{request.method} {path}")
        body = await request.body()
        if self.is_down:
            return Response(status_code=503)
        if path == "/api/events":
            return JSONResponse({"events": [OTHER]})
        if path == "/api/door/pair":
            return self._pair(await request.json())
        try:
            device = self._checked(request, body)
            answer = await self._answer(request, device)
        except Refused as refused:
            return self._refusal(str(refused))
        return Response(status_code=504) if self.loses_answers else answer

    def _pair(self, asked: Json) -> Response:
        device = self.devices.get(asked["device"])
        key = asked["public_key"]
        if not device or device.secret != asked["secret"] or device.public_key not in {"", key}:
            return JSONResponse({"title": "Not found", "status": 404}, 404)
        device.public_key = key
        return JSONResponse(self.about(device))

    def _checked(self, request: Request, body: bytes) -> FakeDevice:
        event, name, time_, signature = request.headers["x-door"].split(".")
        device = self.devices.get(name)
        if not device or not device.public_key:
            raise Refused("unknown")
        query = request.url.query
        path = f"{request.url.path}?{query}" if query else request.url.path
        lines = ["door-1", request.method, path, event, name, time_]
        text = "\n".join([*lines, hashlib.sha256(body).hexdigest()])
        if not is_signed(device.public_key, signature, text):
            self.problems.append(f"signature of {request.method} {path}")
            raise Refused("unknown")
        if abs(int(time_) - self.now.timestamp()) > CLOCK_SECONDS:
            raise Refused("clock")
        may_send = path == "/api/door/scans" and b'"scans":[]' not in body
        if not may_send and not device.row(self.ledger.event_id).is_open(
            self.ledger.event, self.now
        ):
            raise Refused("revoked" if device.revoked else "expired")
        return device

    async def _answer(self, request: Request, device: FakeDevice) -> Response:
        match request.url.path:
            case "/api/door/event":
                return JSONResponse(self.about(device))
            case "/api/door/tickets":
                return self._tickets(request, device)
            case "/api/door/scans":
                return await self._scans(await request.json(), device)
            case "/api/door/search" if device.role == "supervisor":
                return self._search((await request.json())["query"])
        return JSONResponse({"title": "Not found", "status": 404}, 404)

    def _tickets(self, request: Request, device: FakeDevice) -> Response:
        after = request.query_params.get("after", "")
        listed = self.ledger.listed(after, self.pages, device, self.now)
        etag = f'"{hashlib.sha256(repr(listed).encode()).hexdigest()[:16]}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"ETag": etag})
        times = {"now": instant(self.now), "as_of": instant(self.now)}
        return JSONResponse(times | listed, headers={"ETag": etag})

    async def _scans(self, body: Json, device: FakeDevice) -> Response:
        self.batches.append(body)
        await asyncio.sleep(self.seconds)
        if self.devices.get(device.device) is not device:
            return Response(status_code=503)  # another test has begun meanwhile
        if self.refuses & {entry["seq"] for entry in body["scans"]}:
            return JSONResponse({"title": "Unprocessable", "status": 422, "errors": []}, 422)
        results = [self._take(entry, device) for entry in body["scans"]]
        answer = {"now": instant(self.now), "results": results}
        if device.row(self.ledger.event_id).is_open(self.ledger.event, self.now):
            answer |= self.ledger.changes(self.devices, body["seen"])
        return JSONResponse(answer)

    def _take(self, entry: Json, device: FakeDevice) -> Json:
        text = signed_text(self.ledger.event_id, device.device, entry)
        if not is_signed(device.public_key, entry["signature"], text):
            self.problems.append(f"signature of entry {entry['seq']}")
        follows_refused = entry["seq"] - 1 in self.refuses
        if entry["previous"] != self._previous(entry["seq"], device) and not follows_refused:
            self.problems.append(f"chain at entry {entry['seq']}")
        return self.ledger.take(device, entry, self.now)

    def _previous(self, seq: int, device: FakeDevice) -> str:
        """Return what an entry has to say of the one before."""
        before = device.entries.get(seq - 1)
        if not before:
            return ""
        text = signed_text(self.ledger.event_id, device.device, before[0])
        return urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()

    def _search(self, query: str) -> Response:
        wanted = query.upper().replace(" ", "")
        found = [
            {
                "ticket": one.ticket_id,
                "order": one.order_number,
                "type": one.description,
                "holder": one.holder,
                "state": one.status.value,
                "reason": one.void_reason.value if one.void_reason else "",
                "admits": one.admits,
                "left": one.places,
            }
            for one in self.ledger.tickets.values()
            if wanted in one.ticket_id or wanted in one.holder.upper().replace(" ", "")
        ]
        return JSONResponse({"now": instant(self.now), "tickets": found[:10], "more": False})

    def _refusal(self, reason: str) -> Response:
        body = {"title": "Unauthorized", "status": 401, "detail": "no", "now": instant(self.now)}
        body["errors"] = [{"field": "device", "reason": reason}]
        return JSONResponse(body, 401, media_type="application/problem+json")

    async def page(self, request: Request) -> Response:
        path = request.url.path
        if self.is_down:
            return Response(status_code=503)
        found, status = file_of(path)
        content = self.files.get(path, found.read_bytes())
        headers = security_headers(path=path) | {"Cache-Control": "no-cache"}
        return Response(content, status, headers, content_type(found.name))


@contextmanager
def door_serving(door: FakeDoor) -> Iterator[FakeDoor]:
    routes = [
        Route("/api/{rest:path}", door.api, methods=["GET", "POST"]),
        Route("/{rest:path}", door.page),
    ]
    config = uvicorn.Config(
        Starlette(routes=routes), port=0, log_level="critical", ws="none", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        door.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        yield door
    finally:
        server.should_exit = True
        thread.join()
