"""A server on this machine that answers raw bytes: for what no HTTP library would send."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence

Answer = Callable[[socket.socket], bool]
"""Sends an answer; says whether the connection stays open."""


class Loopback:
    """Answers each request with the next answer; the last one again and again."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        self._answers = list(answers)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.requests: list[bytes] = []
        self.connections = 0
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            while request := self._request(connection):
                self.requests.append(request)
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                if not answer(connection):
                    break

    @staticmethod
    def _request(connection: socket.socket) -> bytes:
        """Return the head of one request; none of those tested here needs its body answered."""
        request = b""
        while b"\r\n\r\n" not in request:
            received = connection.recv(65536)
            if not received:
                return b""
            request += received
        return request

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def answering(*answers: Answer) -> Iterator[Loopback]:
    """Serve on a free port until the block ends."""
    server = Loopback(answers)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join(timeout=5)


def raw(sent: bytes) -> Answer:
    """Send these bytes and hang up."""

    def answer(connection: socket.socket) -> bool:
        connection.sendall(sent)
        return False

    return answer


def ok(body: bytes, *, status: str = "200 OK", headers: str = "") -> Answer:
    """Send a complete answer and keep the connection."""
    head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n"

    def answer(connection: socket.socket) -> bool:
        connection.sendall(head.encode() + body)
        return True

    return answer


def reset(connection: socket.socket) -> bool:
    """Break the connection without a word."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()
    return False


def silence(connection: socket.socket) -> bool:
    """Say nothing until the other side hangs up."""
    return bool(connection.recv(1))
