"""Make an HTTP call to SumUp: bounded in time and size, and repeated only if that is harmless.

Every failure is a `PaymentProviderError`. It never contains a header, body or secret of the
request, nor does it chain the exceptions behind it: only their type is reported.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from http.client import HTTPException
from typing import Final

import requests
from requests.exceptions import SSLError
from tenacity import RetryCallState, Retrying, retry_if_exception
from tenacity.wait import wait_random_exponential
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.util import Timeout

from ticketing.adapters.sumup import error_responses, fields
from ticketing.adapters.sumup.bounded_response import BoundedPool
from ticketing.adapters.sumup.turns import Turns
from ticketing.errors import PaymentProviderError, PaymentProviderUnavailable, UnreadableAnswer

CONNECT_SECONDS: Final = 3.0
SHORTEST_READ: Final = 0.1
BUDGET_SECONDS: Final = 25.0
"""For one call with all its attempts, even if a response arrives byte by byte."""

TURN_SECONDS: Final = 8.0
"""The longest wait for the organiser's other calls. What is left of the budget is enough for an
answer that must not be lost, such as a refreshed token."""

ATTEMPTS: Final = 3
REPEATABLE: Final = {"GET", "DELETE"}
"""Repeating a DELETE is harmless: at worst SumUp answers that the checkout is processed already."""

IDLE_SECONDS: Final = 30.0
"""A connection that was unused for longer may have died unnoticed while the function was frozen.
This exceeds the budget, so that no call is under way when old connections are dropped."""

HEADERS: Final = {
    "Accept": "application/problem+json, application/json",
    "Accept-Encoding": "gzip",
    "User-Agent": f"ticketing/1.0 python-requests/{requests.__version__}",
}
CHUNK: Final = 16 * 1024
JITTER: Final = wait_random_exponential(multiplier=0.5, max=4)

FAILURES: Final = (OSError, HTTPError, HTTPException)
"""How the network fails; the errors of `requests` are OSErrors."""


@dataclass(frozen=True)
class Call:
    """A request, what refusals of it mean, and the secrets that no error may repeat.

    `most` is how many bytes the answer may have.
    """

    method: str
    path: str
    kinds: error_responses.Kinds = field(default_factory=dict)
    query: str = ""
    body: str | None = field(default=None, repr=False)
    content_type: str = "application/json"
    token: str = field(default="", repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)
    most: int = fields.MAX_BODY

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def hidden(self) -> tuple[str, ...]:
        """Everything that must not appear in an error."""
        return (*self.secrets, self.token)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the request, with a content type only if there is a body."""
        typed = {"Content-Type": self.content_type} if self.body is not None else {}
        return HEADERS | typed | ({"Authorization": f"Bearer {self.token}"} if self.token else {})


class Wire:
    """Sends calls over one pool of kept-alive connections; safe to share between threads.

    Of `requests`, only the pool is used, not a session: cookies, netrc, proxies and redirects could
    mix up organisers or carry a token elsewhere.
    """

    def __init__(
        self,
        base_url: str,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._base_url, self._pool = base_url.rstrip("/"), BoundedPool()
        self._sleep, self._clock = sleep, clock
        self._last_used, self._turns = clock(), Turns()

    def send(self, call: Call) -> bytes:
        """Return the body of a 2xx answer, after as many attempts as call and time allow."""
        deadline = self._clock() + BUDGET_SECONDS
        attempts = ATTEMPTS if call.method in REPEATABLE else 1
        retrying = Retrying(
            retry=retry_if_exception(_may_pass),
            stop=partial(self._is_over, attempts, deadline),
            wait=_pause,
            sleep=self._sleep,
            reraise=True,
        )
        return retrying(self._attempt, call, deadline)

    def _is_over(self, attempts: int, deadline: float, state: RetryCallState) -> bool:
        too_late = self._clock() + state.upcoming_sleep >= deadline
        return too_late or state.attempt_number >= attempts

    def _attempt(self, call: Call, deadline: float) -> bytes:
        wait = min(max(deadline - self._clock(), 0), TURN_SECONDS)
        with self._turns.take(call.token, wait) as turn, self._open(call, deadline) as answer:
            body = self._read(call, answer)
            turn.answered(answer.status_code)
        if HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES:
            return fields.unpacked(body, _encoding(answer), call.most)
        raise _refused(call, answer, body)

    def _open(self, call: Call, deadline: float) -> requests.Response:
        url = self._base_url + call.path + (f"?{call.query}" if call.query else "")
        left = max(deadline - self._clock(), SHORTEST_READ)
        try:
            request = requests.Request(call.method, url, call.headers, data=call.body).prepare()
            within = Timeout(connect=CONNECT_SECONDS, total=left)
            return self._awake_pool().send(request, stream=True, timeout=within)  # type: ignore[arg-type]  # its stub knows no Timeout
        except FAILURES as failure:
            problem = _describe(failure)
        # Raised out here, so that the request with its headers is not carried along as a context.
        raise PaymentProviderUnavailable(f"{call}: {problem}")

    def _awake_pool(self) -> BoundedPool:
        now = self._clock()
        if now - self._last_used > IDLE_SECONDS:
            self._pool.close()
        self._last_used = now
        return self._pool

    def _read(self, call: Call, answer: requests.Response) -> bytes:
        """Return the body as sent, or a little more than the limit of it, which is then refused."""
        body = bytearray()
        try:
            while len(body) <= call.most:
                chunk = answer.raw.read1(CHUNK, decode_content=False)
                if not chunk:
                    break
                body += chunk
        except FAILURES as failure:
            problem = _describe(failure)
        else:
            return bytes(body)
        raise PaymentProviderUnavailable(f"{call}: {problem}", status=answer.status_code)


def _refused(call: Call, answer: requests.Response, body: bytes) -> PaymentProviderError:
    report = _error_report(call, answer, body)
    error_type = error_responses.error_type(answer.status_code, report, call.kinds)
    problem = f"{call}: {answer.status_code} {report.sentence}".rstrip()
    if not issubclass(error_type, PaymentProviderUnavailable):
        return error_type(problem, status=answer.status_code, error_code=report.code)
    return error_type(
        problem,
        status=answer.status_code,
        error_code=report.code,
        retry_after=error_responses.seconds_asked(answer.headers, datetime.now(UTC)),
    )


def _error_report(
    call: Call, answer: requests.Response, body: bytes
) -> error_responses.ErrorReport:
    try:
        return error_responses.read_error(fields.unpacked(body, _encoding(answer)), call.hidden)
    except UnreadableAnswer:
        return error_responses.ErrorReport("(unreadable)")


def _encoding(answer: requests.Response) -> str:
    return answer.headers.get("Content-Encoding", "")


def _may_pass(error: BaseException) -> bool:
    """Return whether to ask again at once, which does not help against nonsense or a firewall."""
    return type(error) is PaymentProviderUnavailable


def _pause(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after if isinstance(error, PaymentProviderUnavailable) else None
    return JITTER(state) if asked is None else asked


def _describe(failure: Exception) -> str:
    if isinstance(failure, requests.ConnectTimeout):
        return f"no connection within {CONNECT_SECONDS:.0f} seconds"
    if isinstance(failure, requests.Timeout | ReadTimeoutError | TimeoutError):
        return "no answer in time"
    if isinstance(failure, SSLError):
        return "no secure connection"
    return f"the connection failed or broke ({type(failure).__name__})"
