"""HTTP responses that end in time, however slowly their bytes arrive.

A socket's timeout starts again with each byte. So a server that sends a byte every nine seconds, of
the status line, a header, a chunk size or the body, would occupy a worker for hours.
"""

import io
import socket
import time
from http.client import HTTPResponse
from typing import Final

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

READ_SECONDS: Final = 10.0
"""How long a server may be silent."""


class BoundedStream(io.RawIOBase):
    """The bytes of a response; raises `TimeoutError` once the time for all of them is over."""

    def __init__(self, stream: io.RawIOBase, connection: socket.socket, seconds: float) -> None:
        self._stream, self._connection = stream, connection
        self._deadline = time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int | None:  # type: ignore[override]  # a Buffer
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._connection.settimeout(min(left, READ_SECONDS))
        return self._stream.readinto(buffer)

    def close(self) -> None:
        self._stream.close()
        super().close()


class BoundedResponse(HTTPResponse):
    """A response that must end within the timeout that its socket has when it begins.

    urllib3 sets that to what is left of the request's `Timeout.total`.
    """

    def __init__(self, sock: socket.socket, *args: object, **kwargs: object) -> None:
        super().__init__(sock, *args, **kwargs)  # type: ignore[arg-type]  # http.client's own
        seconds = sock.gettimeout()
        if seconds is not None:
            self.fp = io.BufferedReader(BoundedStream(self.fp.detach(), sock, seconds))


class _Connection(HTTPConnection):
    response_class = BoundedResponse


class _SecureConnection(HTTPSConnection):
    response_class = BoundedResponse


class _Connections(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecureConnections(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class BoundedPool(HTTPAdapter):
    """A pool of connections whose responses end in time. Pass `send` a `Timeout` with a total."""

    def __init__(self) -> None:
        super().__init__()
        self.poolmanager.pool_classes_by_scheme = {
            "http": _Connections,
            "https": _SecureConnections,
        }
