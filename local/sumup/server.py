"""The process: a loopback HTTP server that can also hang up on its callers."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from weakref import WeakValueDictionary

import uvicorn
from starlette.types import ASGIApp, Receive, Scope
from uvicorn.protocols.http.h11_impl import H11Protocol

HOST = "127.0.0.1"
_START_TIMEOUT = 10.0

_open: WeakValueDictionary[tuple[str, int], asyncio.Transport] = WeakValueDictionary()


class _KnownConnection(H11Protocol):
    """A connection that an application can find by its peer address, to close it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.client:
            _open[self.client] = transport


async def hang_up(scope: Scope, receive: Receive) -> None:
    """Close the request's connection without an answer, and wait until it is closed."""
    transport = _open.get(tuple(scope["client"] or ()))
    if transport is None:
        raise ConnectionError("hanging up needs this module's server")
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


def listen(port: int) -> socket.socket:
    """A socket that listens on the loopback address only; port 0 takes any free one."""
    # asyncio turns Nagle's delay off only where the protocol is named; it costs 40 ms an answer.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((HOST, port))
    return listener


def build_server(app: ASGIApp) -> uvicorn.Server:
    """A server for `app`. No access log: query strings carry authorization codes."""
    config = uvicorn.Config(
        app,
        http=_KnownConnection,
        ws="none",
        loop="asyncio",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


@contextlib.contextmanager
def serving(app: ASGIApp, port: int = 0) -> Iterator[str]:
    """Serve `app` from a thread for the length of a `with` block; gives its base URL."""
    with listen(port) as listener:
        server = build_server(app)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        _wait_until_started(server, thread)
        try:
            yield f"http://{HOST}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(_START_TIMEOUT)


def _wait_until_started(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + _START_TIMEOUT
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the simulator did not start")
        time.sleep(0.01)
