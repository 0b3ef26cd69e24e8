"""Webhooks: sent when a payment ends, retried until a 2xx, never to another machine."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from local.sumup.control import Simulator
from local.sumup.webhooks import RETRY_DELAYS, is_loopback
from tests.local.sumup.caller import WEBHOOK_SCALE, Caller


class Receiver:
    """Collects notifications and answers with the next of `statuses`, then with 204."""

    def __init__(self) -> None:
        self.bodies: list[dict[str, str]] = []
        self.statuses: list[int] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                receiver.bodies.append(json.loads(body))
                status = receiver.statuses.pop(0) if receiver.statuses else 204
                self.send_response(status)
                self.send_header("location", "http://127.0.0.1:9/")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Keep the test output clean."""

        return Handler


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    listening = Receiver()
    yield listening
    listening.close()


def eventually(holds: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


def test_a_webhook_contains_only_the_checkout_id(
    simulator: Simulator, shop: Caller, receiver: Receiver
) -> None:
    one = shop.created(return_url=receiver.url)

    simulator.pay(one)

    eventually(lambda: len(receiver.bodies) == 1)
    assert receiver.bodies == [{"event_type": "CHECKOUT_STATUS_CHANGED", "id": one}]


def test_webhooks_are_sent_for_final_states_except_expiry(
    simulator: Simulator, shop: Caller, receiver: Receiver
) -> None:
    one = shop.created(return_url=receiver.url)

    simulator.decline(one)
    simulator.start(one)
    simulator.finish(one)
    simulator.expire(shop.created(return_url=receiver.url, checkout_reference="2"))

    eventually(lambda: len(simulator.deliveries()) == 2)
    assert [d["checkout_id"] for d in simulator.deliveries()] == [one, one]


@pytest.mark.parametrize("bad", [[500], [302, 404, 503]])
def test_only_a_2xx_response_stops_the_retries(
    simulator: Simulator, shop: Caller, receiver: Receiver, bad: list[int]
) -> None:
    receiver.statuses = list(bad)
    simulator.pay(shop.created(return_url=receiver.url))

    eventually(lambda: len(simulator.deliveries()) == len(bad) + 1)
    assert [d["outcome"] for d in simulator.deliveries()] == [*bad, 204]
    assert [d["attempt"] for d in simulator.deliveries()] == list(range(1, len(bad) + 2))


def test_a_webhook_is_given_up_after_four_retries(
    simulator: Simulator, shop: Caller, receiver: Receiver
) -> None:
    assert RETRY_DELAYS == (60, 5 * 60, 20 * 60, 2 * 60 * 60)
    receiver.statuses = [500] * 9
    started = time.monotonic()

    simulator.pay(shop.created(return_url=receiver.url))

    eventually(lambda: len(receiver.bodies) == 5)
    assert time.monotonic() - started >= sum(RETRY_DELAYS) * WEBHOOK_SCALE
    time.sleep(0.2)
    assert len(receiver.bodies) == 5


def test_a_refused_connection_is_retried_like_any_failure(
    simulator: Simulator, shop: Caller
) -> None:
    simulator.pay(shop.created(return_url="http://127.0.0.1:9/hook"))

    eventually(lambda: len(simulator.deliveries()) >= 2)
    assert {d["outcome"] for d in simulator.deliveries()} == {"ConnectionError"}


@pytest.mark.parametrize("url", ["https://example.com/hook", "http://192.0.2.1/hook"])
def test_webhooks_are_never_sent_to_another_machine(
    simulator: Simulator, shop: Caller, url: str
) -> None:
    simulator.pay(shop.created(return_url=url))

    eventually(lambda: len(simulator.deliveries()) == 1)
    assert simulator.deliveries()[0]["outcome"] == "refused"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://127.0.0.1/", True),
        ("http://127.8.9.1:99/x", True),
        ("http://[::1]:80/", True),
        ("https://LOCALHOST/", True),
        ("http://localhost.example.com/", False),
        ("http://127.0.0.1.example.com/", False),
        ("http://127.0.0.1@example.com/", False),
        ("http://0.0.0.0/", False),
        ("http://[::1/", False),
        ("nonsense", False),
        ("", False),
    ],
)
def test_only_loopback_addresses_count_as_this_machine(url: str, *, expected: bool) -> None:
    assert is_loopback(url) is expected


def test_webhooks_can_be_lost_and_duplicated(
    simulator: Simulator, shop: Caller, receiver: Receiver
) -> None:
    one = shop.created(return_url=receiver.url)
    simulator.switch_webhooks(enabled=False)
    simulator.pay(one)
    simulator.switch_webhooks(enabled=True)

    simulator.notify(one)
    simulator.notify(one)

    eventually(lambda: len(receiver.bodies) == 2)
    assert {body["id"] for body in receiver.bodies} == {one}
