"""Where a run can break, and how: every call of AWS and SumUp, numbered as it is made."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

import requests
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ReadTimeoutError
from moto.core.botocore_stubber import MockRawResponse


class Died(BaseException):
    """The process is gone. No `except Exception` of anybody's can save it."""


class Fault(StrEnum):
    """What happens to one call."""

    CRASH_BEFORE = "dies before"
    CRASH_AFTER = "dies after"
    REFUSED = "refused"
    LOST = "answer lost"


SHORTEST_STORY = 21
"""Calls of the story that makes the fewest."""

ONE_IN = int(os.environ.get("ONE_IN") or 1)
"""With 4, each call still fails, but in one of the four ways only."""

if not 1 <= ONE_IN <= SHORTEST_STORY:
    raise ValueError(
        f"ONE_IN is 1 to {SHORTEST_STORY}: with more, a short story would lose no call"
    )

BREAKING_AFTER = {Fault.CRASH_AFTER, Fault.LOST}
"""The call has had its effect."""

THROTTLED: Mapping[str, tuple[int, str]] = {
    "dynamodb": (400, "ProvisionedThroughputExceededException"),
    "kms": (400, "ThrottlingException"),
    "lambda": (429, "TooManyRequestsException"),
    "s3": (503, "SlowDown"),
    "secretsmanager": (400, "ThrottlingException"),
    "sesv2": (429, "TooManyRequestsException"),
    "sqs": (400, "ThrottlingException"),
}
"""How each service says that it did nothing."""


@dataclass(frozen=True)
class Boundary:
    """One call: its place in the run, whose it is, and what it is."""

    number: int
    function: str
    call: str

    def __str__(self) -> str:
        return f"{self.number:03d} {self.function}: {self.call}"


def is_chosen(number: int, fault: Fault) -> bool:
    """Return whether this run breaks the call of this number in this way; see `ONE_IN`."""
    return (number + list(Fault).index(fault)) % ONE_IN == 0


@dataclass
class Plan:
    """Counts the calls of a run and breaks those it was told to.

    What the SDK repeats by itself is one call: a fault holds through all of its repetitions.
    """

    faults: Mapping[int, Fault] = field(default_factory=dict)
    boundaries: list[Boundary] = field(default_factory=list)
    fired: dict[Boundary, Fault] = field(default_factory=dict)
    every: Callable[[Boundary], Fault | None] = lambda _: None
    """A fault by rule, for calls that have none by number."""

    _function: str = ""
    _dead: bool = False
    _repeated: tuple[str, Boundary] | None = None

    def heal(self) -> None:
        """Break nothing from now on."""
        self.faults, self.every = {}, lambda _: None

    @contextmanager
    def running(self, function: str) -> Iterator[None]:
        """Count the calls of one invocation; outside of one, nothing is counted or broken."""
        self._function, self._dead, self._repeated = function, False, None
        try:
            yield
        finally:
            self._function = ""

    def aws(
        self, service: str, operation: str, request: AWSPreparedRequest, deliver: "DeliverAws"
    ) -> AWSResponse | None:
        """Carry a request to AWS, or break it."""
        if not self._function:
            return deliver()
        call = f"{service} {operation}"
        boundary = self._boundary(call, str(request.headers.get("amz-sdk-invocation-id")))
        match self._fault(boundary):
            case Fault.CRASH_BEFORE:
                self._die()
            case Fault.CRASH_AFTER:
                deliver()
                self._die()
            case Fault.REFUSED:
                return _throttled(service, request)
            case Fault.LOST:
                deliver()
                raise ReadTimeoutError(endpoint_url=request.url)
        return deliver()

    def sumup(self, call: str, deliver: Callable[[], requests.Response]) -> requests.Response:
        """Carry a request to SumUp, or break it."""
        if not self._function:
            return deliver()
        boundary = self._boundary(f"sumup {_without_ids(call)}", call)
        match self._fault(boundary):
            case Fault.CRASH_BEFORE:
                self._die()
            case Fault.CRASH_AFTER:
                deliver()
                self._die()
            case Fault.REFUSED:
                raise requests.ConnectionError("refused")
            case Fault.LOST:
                deliver()
                raise requests.ReadTimeout("lost")
        return deliver()

    def _boundary(self, call: str, repetition: str) -> Boundary:
        if self._dead:
            raise Died
        if self._repeated and self._repeated[0] == repetition:
            known = self._repeated[1]
            if self.fired.get(known) or call.startswith(("dynamodb", "sqs", "s3", "ses", "kms")):
                return known
        boundary = Boundary(len(self.boundaries), self._function, call)
        self.boundaries.append(boundary)
        self._repeated = (repetition, boundary)
        return boundary

    def _fault(self, boundary: Boundary) -> Fault | None:
        fault = self.fired.get(boundary) or self.faults.get(boundary.number) or self.every(boundary)
        if fault:
            self.fired[boundary] = fault
        return fault

    def _die(self) -> None:
        self._dead = True
        raise Died


DeliverAws = Callable[[], AWSResponse | None]


def _without_ids(call: str) -> str:
    method, path = call.split(" ", 1)
    parts = ["{id}" if len(part) > 20 or "-" in part else part for part in path.split("/")]
    return f"{method} {'/'.join(parts)}"


def _throttled(service: str, request: AWSPreparedRequest) -> AWSResponse:
    status, code = THROTTLED[service]
    if service == "s3":
        body = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()
    else:
        body = json.dumps({"__type": code, "message": code}).encode()
    headers = {"x-amzn-ErrorType": code}
    return AWSResponse(request.url, status, headers, MockRawResponse(body))  # type: ignore[arg-type]
