"""The SumUp simulator inside this process: its application is called, no socket is opened."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from starlette.types import ASGIApp, Message
from urllib3.response import HTTPResponse

from local.sumup.app import Options, create_app
from local.sumup.control import Simulator
from local.sumup.middleware import STEERING

BASE_URL = "http://127.0.0.1:8788"
Deliver = Callable[[], requests.Response]
Watch = Callable[[str, Deliver], requests.Response]
"""Sees `GET /v0.1/checkouts/...` and decides whether, and how, it is delivered."""


@contextmanager
def answering(
    monkeypatch: pytest.MonkeyPatch, options: Options, watch: Watch
) -> Iterator[Simulator]:
    """Let everything `requests` sends arrive at a simulator; `watch` sees the calls of its API."""
    app, loop = create_app(options), asyncio.new_event_loop()

    def send(
        adapter: requests.adapters.HTTPAdapter, request: requests.PreparedRequest, **_: object
    ) -> requests.Response:
        address = urlsplit(request.url or "")
        assert address.hostname == "127.0.0.1", request.url

        def deliver() -> requests.Response:
            answer = loop.run_until_complete(_call(app, request))
            return adapter.build_response(request, answer)

        if address.path.startswith(STEERING):
            return deliver()
        return watch(f"{request.method} {address.path}", deliver)

    monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", send)
    simulator = Simulator(BASE_URL)
    simulator.switch_webhooks(enabled=False)
    try:
        yield simulator
    finally:
        loop.close()


async def _call(app: ASGIApp, request: requests.PreparedRequest) -> HTTPResponse:
    address = urlsplit(request.url or "")
    body = request.body.encode() if isinstance(request.body, str) else request.body or b""
    headers = [(b"host", b"127.0.0.1:8788")]
    headers += [(k.lower().encode(), v.encode()) for k, v in request.headers.items()]
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": address.path,
        "raw_path": address.path.encode(),
        "root_path": "",
        "query_string": address.query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 50000),
        "server": ("127.0.0.1", 8788),
    }
    said: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        said.append(message)

    await app(scope, receive, send)
    return HTTPResponse(
        body=BytesIO(b"".join(message.get("body", b"") for message in said[1:])),
        headers={k.decode(): v.decode() for k, v in said[0]["headers"]},
        status=said[0]["status"],
        preload_content=False,
    )
