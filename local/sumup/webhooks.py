"""Notifications to a checkout's `return_url`: unsigned, repeated until a 2xx, then given up."""

import asyncio
import ipaddress
import logging
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

import requests

from local.sumup.clock import Clock
from local.sumup.exact_json import JsonObject
from local.sumup.payments import Checkout

RETRY_DELAYS = (60, 300, 1200, 7200)
"""Seconds before each repetition (developer.sumup.com, online payments, webhooks)."""

ANSWER_TIMEOUT = 5.0
"""Seconds. SumUp publishes only that slow answers count as failures, not after how long."""

_log = logging.getLogger(__name__)
_KEPT = 10_000


@dataclass(frozen=True)
class Delivery:
    """One attempt to notify. `outcome` is an HTTP status, or the name of what went wrong."""

    at: datetime
    checkout_id: str
    url: str
    attempt: int
    outcome: int | str


class Courier:
    """Delivers notifications in the background of the running event loop.

    `time_scale` stretches the waits between repetitions: 0.01 makes a minute 0.6 seconds.
    `enabled` set to False loses notifications, as happens in production.
    """

    def __init__(
        self,
        clock: Clock,
        time_scale: float,
        post: Callable[[str, JsonObject], int | str] | None = None,
    ) -> None:
        self._clock, self._scale, self._post = clock, time_scale, post or post_once
        self._threads = ThreadPoolExecutor(max_workers=16, thread_name_prefix="webhook")
        self._tasks: set[asyncio.Task[None]] = set()
        self.deliveries: deque[Delivery] = deque(maxlen=_KEPT)
        self.enabled = True

    def announce(self, checkout: Checkout) -> None:
        """Notify the checkout's `return_url` of a change, in the background."""
        if not self.enabled or not checkout.return_url:
            return
        task = asyncio.get_running_loop().create_task(
            self._deliver(checkout.id, checkout.return_url)
        )
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def reset(self) -> None:
        """Give up what is under way, forget what was delivered, deliver again from now on."""
        for task in self._tasks:
            task.cancel()
        self.deliveries.clear()
        self.enabled = True

    def close(self) -> None:
        """Give up everything, at the end of the process."""
        self.reset()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _deliver(self, checkout_id: str, url: str) -> None:
        body: JsonObject = {"event_type": "CHECKOUT_STATUS_CHANGED", "id": checkout_id}
        for attempt, delay in enumerate((0, *RETRY_DELAYS), start=1):
            await asyncio.sleep(delay * self._scale)
            outcome = await self._once(url, body)
            moment = self._clock.now()
            self.deliveries.append(Delivery(moment, checkout_id, url, attempt, outcome))
            if _is_final(outcome):
                return

    async def _once(self, url: str, body: JsonObject) -> int | str:
        if not is_loopback(url):
            _log.warning("refused to notify %s: it is not on this machine", urlsplit(url).hostname)
            return "refused"
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._post, url, body)


def is_loopback(url: str) -> bool:
    """Whether `url` names this machine: localhost or a loopback address, nothing to look up."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def post_once(url: str, body: JsonObject) -> int | str:
    """POST `body` and answer the status, or the name of what went wrong."""
    with requests.Session() as session:
        session.trust_env = False  # a proxy would carry it off this machine
        try:
            answer = session.post(url, json=body, timeout=ANSWER_TIMEOUT, allow_redirects=False)
        except requests.RequestException as problem:
            return type(problem).__name__
        return answer.status_code


def _is_final(outcome: int | str) -> bool:
    if isinstance(outcome, str):
        return outcome == "refused"
    return 200 <= outcome < 300  # noqa: PLR2004 - HTTP
