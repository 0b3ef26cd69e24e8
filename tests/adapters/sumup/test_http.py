"""Time, size and connections, over real sockets where fakes would prove nothing."""

import gzip
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
import responses

from tests.support.loopback import answering, ok, raw, reset, silence
from ticketing.adapters.sumup.client import SumUp
from ticketing.errors import (
    CheckoutNotFound,
    PaymentProviderError,
    PaymentProviderUnavailable,
    UnreadableAnswer,
)

SUMUP = "https://api.sumup.com"
ID = "4e425463-3e1b-431d-83fa-1e51c2925e99"
URL = f"{SUMUP}/v0.1/checkouts/{ID}"
TOKEN = "at-2f6d1b"
GOOD = json.dumps({"id": ID, "status": "PENDING"}).encode()


class Clock:
    """A clock that moves when somebody sleeps, and by `step` when somebody looks."""

    def __init__(self, step: float = 0) -> None:
        self.now, self.step = 0.0, step
        self.slept: list[float] = []

    def __call__(self) -> float:
        self.now += self.step
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


def a_client(clock: Clock, url: str = SUMUP) -> SumUp:
    return SumUp(url, "our-client", "our-secret", sleep=clock.sleep, clock=clock)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_read_is_tried_three_times(clock: Clock, status: int) -> None:
    with responses.RequestsMock() as mocked:
        calls = mocked.get(URL, status=status)

        with pytest.raises(PaymentProviderUnavailable):
            a_client(clock).get_checkout(TOKEN, ID)
    assert calls.call_count == 3
    assert len(clock.slept) == 2
    assert all(0 <= seconds <= 4 for seconds in clock.slept)


def test_a_read_that_succeeds_on_the_third_attempt_is_returned(clock: Clock) -> None:
    with responses.RequestsMock() as mocked:
        mocked.get(URL, status=503)
        mocked.get(URL, body=requests.ConnectionError())
        mocked.get(URL, body=GOOD)

        assert a_client(clock).get_checkout(TOKEN, ID).status == "PENDING"


def test_a_deactivation_is_retried(clock: Clock) -> None:
    with responses.RequestsMock() as mocked:
        mocked.delete(URL, status=504)
        mocked.delete(URL, json={"id": ID, "status": "EXPIRED"})

        a_client(clock).deactivate_checkout(TOKEN, ID)
    assert len(clock.slept) == 1


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409, 422])
def test_a_definite_response_is_not_retried(clock: Clock, status: int) -> None:
    with responses.RequestsMock() as mocked:
        calls = mocked.get(URL, status=status)

        with pytest.raises(PaymentProviderError):
            a_client(clock).get_checkout(TOKEN, ID)
    assert calls.call_count == 1


def test_an_unreadable_response_is_not_retried(clock: Clock) -> None:
    with responses.RequestsMock() as mocked:
        calls = mocked.get(URL, body=b"<html>")

        with pytest.raises(UnreadableAnswer):
            a_client(clock).get_checkout(TOKEN, ID)
    assert calls.call_count == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_token_refresh_is_not_retried(clock: Clock, status: int) -> None:
    with responses.RequestsMock() as mocked:
        calls = mocked.post(f"{SUMUP}/token", status=status, headers={"Retry-After": "1"})

        with pytest.raises(PaymentProviderUnavailable) as refused:
            a_client(clock).refresh("rt-1")
    assert calls.call_count == 1
    assert refused.value.retry_after == 1


def test_retries_honour_retry_after(clock: Clock) -> None:
    with responses.RequestsMock() as mocked:
        mocked.get(URL, status=429, headers={"Retry-After": "7"})
        mocked.get(URL, status=503, headers={"Retry-After": "0"})
        mocked.get(URL, body=GOOD)

        a_client(clock).get_checkout(TOKEN, ID)
    assert clock.slept == [7, 0]


def test_a_retry_after_longer_than_the_time_budget_is_left_to_the_caller(clock: Clock) -> None:
    with responses.RequestsMock() as mocked:
        calls = mocked.get(URL, status=429, headers={"Retry-After": "30"})

        with pytest.raises(PaymentProviderUnavailable) as refused:
            a_client(clock).get_checkout(TOKEN, ID)
    assert calls.call_count == 1
    assert clock.slept == []
    assert refused.value.retry_after == 30


def test_attempts_stop_when_the_time_budget_is_spent() -> None:
    clock = Clock(step=5)
    with responses.RequestsMock() as mocked:
        calls = mocked.get(URL, status=503, headers={"Retry-After": "9"})

        with pytest.raises(PaymentProviderUnavailable):
            a_client(clock).get_checkout(TOKEN, ID)
    assert calls.call_count < 3


def test_connections_are_reused_even_after_an_error_response(clock: Clock) -> None:
    refusal = ok(b'{"error_code":"NOT_FOUND"}', status="404 Not Found")
    with answering(ok(GOOD), refusal, ok(GOOD)) as server:
        client = a_client(clock, server.url)
        client.get_checkout(TOKEN, ID)
        with pytest.raises(CheckoutNotFound):
            client.get_checkout(TOKEN, ID)
        client.get_checkout(TOKEN, ID)

        assert (server.connections, len(server.requests)) == (1, 3)


def test_an_idle_connection_is_not_reused(clock: Clock) -> None:
    with answering(ok(GOOD)) as server:
        client = a_client(clock, server.url)
        client.get_checkout(TOKEN, ID)
        clock.now += 31
        client.get_checkout(TOKEN, ID)

        assert server.connections == 2


def test_threads_share_one_client(clock: Clock) -> None:
    with answering(ok(GOOD)) as server, ThreadPoolExecutor(8) as threads:
        client = a_client(clock, server.url)
        found = list(threads.map(lambda _: client.get_checkout(TOKEN, ID).id, range(64)))

    assert found == [ID] * 64


def test_a_connection_reset_is_retried(clock: Clock) -> None:
    with answering(reset, reset, ok(GOOD)) as server:
        assert a_client(clock, server.url).get_checkout(TOKEN, ID).id == ID


def test_a_connection_reset_during_a_token_refresh_is_not_retried(clock: Clock) -> None:
    with answering(reset) as server:
        with pytest.raises(PaymentProviderUnavailable):
            a_client(clock, server.url).refresh("rt-1")

        assert server.connections == 1


OK = b"HTTP/1.1 200 OK\r\n"
DRIPS = {
    "the status line": (b"HTTP/1.1 200 ", b"O"),
    "a header": (OK + b"X-Slow: ", b"x"),
    "headers": (OK, b"X-Slow: x\r\n"),
    "interim responses": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "the size of a chunk": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"0"),
    "chunks": (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "a trailer": (OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n", b"X"),
    "the body": (OK + b"Content-Length: 100000\r\n\r\n", b" "),
}


@pytest.mark.parametrize(("begins", "drop"), DRIPS.values(), ids=DRIPS)
def test_a_response_that_drips_is_cut_off_by_the_time_budget(begins: bytes, drop: bytes) -> None:
    """The clock leaves a fifth of a second; a socket's own timeout would never strike."""
    sent: list[bytes] = []

    def drip(connection: socket.socket) -> bool:
        connection.sendall(begins)
        while True:
            connection.sendall(drop)
            sent.append(drop)
            time.sleep(0.005)  # a byte every so often is the fault itself

    with answering(drip) as server:
        with pytest.raises(PaymentProviderUnavailable, match="no answer in time"):
            a_client(Clock(step=24.8), server.url).get_checkout(TOKEN, ID)

        assert len(server.requests) == 1
    assert len(sent) < 1000


def test_a_slow_response_that_ends_in_time_is_read(clock: Clock) -> None:
    answer = OK + b"Content-Length: %d\r\n\r\n" % len(GOOD) + GOOD

    def slowly(connection: socket.socket) -> bool:
        for byte in answer:
            connection.sendall(bytes([byte]))
            time.sleep(0.001)  # slow, and well within the budget
        return True

    with answering(slowly, ok(GOOD)) as server:
        client = a_client(clock, server.url)

        assert [client.get_checkout(TOKEN, ID).id for _ in range(2)] == [ID, ID]
        assert server.connections == 1


def test_one_slow_response_takes_no_time_from_the_next(clock: Clock) -> None:
    """The connection is shared, the time is not."""
    with answering(ok(GOOD), silence) as server:
        client = a_client(clock, server.url)
        client.get_checkout(TOKEN, ID)
        clock.step = 24.95

        with pytest.raises(PaymentProviderUnavailable, match="no answer in time"):
            client.get_checkout(TOKEN, ID)


def test_a_silent_server_times_out() -> None:
    """The clock leaves a tenth of a second for reading."""
    with answering(silence) as server:
        with pytest.raises(PaymentProviderUnavailable, match="no answer in time"):
            a_client(Clock(step=24.95), server.url).get_checkout(TOKEN, ID)

        assert len(server.requests) == 1


def test_a_server_that_stalls_mid_body_times_out() -> None:
    def pause(connection: socket.socket) -> bool:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        return silence(connection)

    no_answer = pytest.raises(PaymentProviderUnavailable, match="no answer in time")
    with answering(pause) as server, no_answer:
        a_client(Clock(step=24.95), server.url).get_checkout(TOKEN, ID)


BROKEN = {
    "no response": b"",
    "not HTTP": b"220 mail.example.com ESMTP\r\n",
    "a truncated header": b"HTTP/1.1 200 OK\r\nContent-Le",
    "a truncated body": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
    "a truncated chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{",
    "a chunk without a size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}",
    "two content lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 2, 3\r\n\r\n{}",
    "a negative content length": b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n{",
    "an endless header": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
    "too many headers": b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
    "TLS": b"\x15\x03\x01\x00\x02\x02\x46",
}


@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN)
def test_a_broken_response_counts_as_unavailable(clock: Clock, sent: bytes) -> None:
    with answering(raw(sent)) as server, pytest.raises(PaymentProviderUnavailable) as broken:
        a_client(clock, server.url).get_checkout(TOKEN, ID)

    assert TOKEN not in repr(broken.value)
    assert broken.value.__context__ is None


@pytest.mark.parametrize("headers", ["", "Content-Encoding: gzip\r\n"])
def test_an_oversized_response_is_not_read_to_the_end(clock: Clock, headers: str) -> None:
    """100 MB of text, or of bytes that would decompress to far more."""
    block = gzip.compress(bytes(1_000_000)) * 1000 if headers else b"x" * 1_000_000
    sent: list[int] = []

    def flood(connection: socket.socket) -> bool:
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(block) * 100}\r\n{headers}\r\n"
        connection.sendall(head.encode())
        for _ in range(100):
            connection.sendall(block)
            sent.append(len(block))
        return False

    with answering(flood) as server, pytest.raises(UnreadableAnswer):
        a_client(clock, server.url).get_checkout(TOKEN, ID)
    assert len(sent) < 50


def test_a_redirect_is_neither_followed_nor_read(clock: Clock) -> None:
    with answering(ok(GOOD)) as elsewhere:
        location = f"Location: {elsewhere.url}/\r\nContent-Encoding: gzip\r\n"
        bomb = gzip.compress(bytes(50_000_000))
        with answering(ok(bomb, status="307 Temporary Redirect", headers=location)) as server:
            with pytest.raises(UnreadableAnswer):
                a_client(clock, server.url).get_checkout(TOKEN, ID)
            with pytest.raises(UnreadableAnswer):
                a_client(clock, server.url).refresh("rt-1")

        assert elsewhere.requests == []


def test_no_cookies_are_shared_between_organisers(clock: Clock) -> None:
    with answering(ok(GOOD, headers="Set-Cookie: session=organiser-1; Path=/\r\n")) as server:
        client = a_client(clock, server.url)
        client.get_checkout("token-1", ID)
        client.get_checkout("token-2", ID)

        first, second = server.requests
    assert b"Cookie" not in second
    assert b"Bearer token-1" in first
    assert b"Bearer token-2" in second


def test_netrc_and_proxy_variables_are_ignored(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with answering(ok(GOOD)) as server:
        a_client(clock, server.url).get_checkout(TOKEN, ID)

        assert f"Authorization: Bearer {TOKEN}".encode() in server.requests[0]
