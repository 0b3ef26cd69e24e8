"""What surrounds every request: the request log, and the faults a test asked for."""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local.sumup.clock import Clock
from local.sumup.exact_json import decode, encode
from local.sumup.faults import FALSIFYING, Canned, Fault, FaultKind, FaultList, canned, falsify
from local.sumup.server import hang_up

STEERING = "/_sim"
_KEPT = 20_000


@dataclass(frozen=True)
class Seen:
    """One answered request. No query, headers or body: those carry codes, tokens and secrets.

    `status` is None when the connection was closed without an answer; `milliseconds` is how long
    the answer took; `fault` is the kind of fault that hit it.
    """

    at: datetime
    method: str
    path: str
    status: int | None
    merchant: str | None
    milliseconds: float
    fault: str | None


class RequestLog:
    """Remembers the latest requests, except those that steer the simulator."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.seen: deque[Seen] = deque(maxlen=_KEPT)

    def watch(self, app: ASGIApp) -> ASGIApp:
        """`app`, with every request to it remembered."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["path"].startswith(STEERING):
                await app(scope, receive, send)
                return
            await self._follow(app, scope, receive, send)

        return watched

    async def _follow(self, app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
        status: int | None = None

        async def note_status(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        started = time.perf_counter()
        notes = scope.setdefault("state", {})
        try:
            await app(scope, receive, note_status)
        finally:
            took = round((time.perf_counter() - started) * 1000, 3)
            self.seen.append(
                Seen(
                    at=self._clock.now(),
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    merchant=notes.get("merchant"),
                    milliseconds=took,
                    fault=notes.get("fault"),
                )
            )


def with_faults(app: ASGIApp, faults: FaultList) -> ASGIApp:
    """`app`, disturbed by the faults in force. Steering requests are never disturbed."""

    async def disturbed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(STEERING):
            await app(scope, receive, send)
            return
        last: Fault | None = None
        for last in faults.take(scope["method"], scope["path"]):
            scope.setdefault("state", {})["fault"] = last.kind.value
            if last.kind is FaultKind.SLOW:
                receive = await _wait(float(str(last.parameters.get("seconds", 1))), receive)
        await _disturb(last, app, scope, receive, send)

    return disturbed


async def _wait(seconds: float, receive: Receive) -> Receive:
    """Take the whole request in, then wait: the work is done even if the caller leaves."""
    first = [await receive()]
    while first[-1].get("more_body"):
        first.append(await receive())
    await asyncio.sleep(seconds)

    async def again() -> Message:
        return first.pop(0) if first else await receive()

    return again


async def _disturb(
    fault: Fault | None, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    answer = canned(fault) if fault else None
    if answer:
        await _answer(answer, send)
    elif fault and fault.kind in FALSIFYING:
        await _falsified(fault, app, scope, receive, send)
    elif fault and fault.kind in {FaultKind.DROP, FaultKind.APPLY_THEN_DROP}:
        if fault.kind is FaultKind.APPLY_THEN_DROP:
            await app(scope, receive, _swallow)
        await hang_up(scope, receive)
    else:
        await app(scope, receive, send)


async def _swallow(_message: Message) -> None:
    """Drop the answer: the connection closes instead."""


async def _answer(answer: Canned, send: Send) -> None:
    headers = [
        ("content-type", answer.media_type),
        ("content-length", str(len(answer.body))),
        *answer.headers,
    ]
    raw = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})
    await send({"type": "http.response.body", "body": answer.body})


async def _falsified(
    fault: Fault, app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    status, media_type, body = await _collect(app, scope, receive)
    if status < 300 and body:  # noqa: PLR2004 - HTTP: only good answers carry amounts
        body = encode(falsify(fault, decode(body))).encode()
    await _answer(Canned(status, media_type, body), send)


async def _collect(app: ASGIApp, scope: Scope, receive: Receive) -> tuple[int, str, bytes]:
    messages: list[Message] = []
    keep: Callable[[Message], Awaitable[None]] = _keeper(messages)
    await app(scope, receive, keep)
    headers = dict(messages[0]["headers"])
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return messages[0]["status"], headers.get(b"content-type", b"").decode(), body


def _keeper(messages: list[Message]) -> Callable[[Message], Awaitable[None]]:
    async def keep(message: Message) -> None:
        messages.append(message)

    return keep
