"""Troubles on demand: which request they hit, how often, and what they do to the answer."""

import itertools
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from local.sumup import refusals
from local.sumup.exact_json import JsonObject, encode
from local.sumup.validation import as_decimal


class FaultKind(StrEnum):
    """What goes wrong. In brackets: the parameters and their defaults."""

    SLOW = "slow"  # wait before the work is done (seconds=1)
    STATUS = "status"  # this status instead of an answer (status=503, retry_after, body)
    HTML = "html"  # a web page with status 200
    EMPTY = "empty"  # nothing with status 200
    HUGE = "huge"  # JSON that does not end soon (bytes=5242880)
    NOT_JSON = "not_json"  # JSON that breaks off in the middle
    WRONG_AMOUNT = "wrong_amount"  # (amount=one less, where="checkout" | "transactions" | "both")
    NAN_AMOUNT = "nan_amount"  # NaN where the amounts were
    DROP = "drop"  # the connection closes; nothing was done
    APPLY_THEN_DROP = "apply_then_drop"  # the work is done, then the connection closes
    DUPLICATE = "duplicate"  # the successful transaction appears twice, with another id
    REQUEST_BLOCKED = "request_blocked"  # the firewall's 403, before the API is reached


PARAMETERS: dict[FaultKind, tuple[str, ...]] = {
    FaultKind.SLOW: ("seconds",),
    FaultKind.STATUS: ("status", "retry_after", "body", "media_type"),
    FaultKind.HUGE: ("bytes",),
    FaultKind.WRONG_AMOUNT: ("amount", "where"),
}
"""Kinds that are not listed have none."""


@dataclass
class Fault:
    """One trouble. It hits requests of `method` whose path matches, `times` times (None: always).

    `path` is a regular expression that may match anywhere in the path; `checkout_id` must occur in
    the path as well, if given.
    """

    kind: FaultKind
    method: str | None = None
    path: str = ""
    checkout_id: str | None = None
    times: int | None = 1
    parameters: JsonObject = field(default_factory=dict)
    id: int = 0
    used: int = 0

    def hits(self, method: str, path: str) -> bool:
        """Whether this request is its business and it has not worn off."""
        fresh = self.times is None or self.used < self.times
        right_method = self.method is None or self.method.upper() == method
        right_checkout = self.checkout_id is None or self.checkout_id in path
        return fresh and right_method and right_checkout and bool(re.search(self.path, path))


class FaultList:
    """The faults in force, in the order in which they were added."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self.faults: dict[int, Fault] = {}

    def add(self, fault: Fault) -> Fault:
        """Put a fault in force; it gets an id."""
        fault.id = next(self._numbers)
        self.faults[fault.id] = fault
        return fault

    def remove(self, fault_id: int) -> None:
        """Lift one fault; nothing happens if it is not there."""
        self.faults.pop(fault_id, None)

    def clear(self) -> None:
        """Lift all faults."""
        self.faults.clear()

    def take(self, method: str, path: str) -> list[Fault]:
        """The faults for this request, each used up by one: all slow ones, then one other."""
        hits = [fault for fault in self.faults.values() if fault.hits(method, path)]
        slow = [fault for fault in hits if fault.kind is FaultKind.SLOW]
        other = [fault for fault in hits if fault.kind is not FaultKind.SLOW]
        taken = slow + other[:1]
        for fault in taken:
            fault.used += 1
        return taken


@dataclass(frozen=True)
class Canned:
    """An answer that needs no work: status, media type, body and more headers."""

    status: int
    media_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


def canned(fault: Fault) -> Canned | None:
    """The answer that takes the place of the real one; None if the fault is of another sort."""
    make = _CANNED.get(fault.kind)
    return make(fault.parameters) if make else None


def falsify(fault: Fault, body: object) -> object:
    """`body` (decoded JSON, an object or a list of objects) as the fault leaves it."""
    change = _FALSIFIED[fault.kind]
    if isinstance(body, list):
        return [change(dict(item), fault.parameters) for item in body]
    return change(dict(body), fault.parameters) if isinstance(body, dict) else body


def _status(parameters: JsonObject) -> Canned:
    status = int(str(parameters.get("status", 503)))
    after = parameters.get("retry_after")
    headers = () if after is None else (("retry-after", str(after)),)
    if "body" in parameters:
        media_type = str(parameters.get("media_type", refusals.PLAIN))
        return Canned(status, media_type, str(parameters["body"]).encode(), headers)
    if status == 429:  # noqa: PLR2004 - plain text is what integrators saw with this one
        text = b"Too many requests, please try again later."
        return Canned(status, "text/plain; charset=utf-8", text, headers)
    refusal = _refusal(status)
    return Canned(status, refusal.media_type, encode(refusal.body).encode(), headers)


def _refusal(status: int) -> refusals.Refusal:
    known = {401: refusals.unauthorized, 404: refusals.not_found}
    if status in known:
        return known[status]()
    if status == 403:  # noqa: PLR2004 - HTTP
        return refusals.forbidden("request_not_allowed")
    return refusals.problem(status, "internal-error", "Internal Error", "Something went wrong.")


def _html(_parameters: JsonObject) -> Canned:
    page = b"<!doctype html><html><title>SumUp</title><h1>We will be back soon</h1></html>"
    return Canned(200, "text/html; charset=utf-8", page)


def _empty(_parameters: JsonObject) -> Canned:
    return Canned(200, refusals.PLAIN, b"")


def _huge(parameters: JsonObject) -> Canned:
    size = int(str(parameters.get("bytes", 5 * 1024 * 1024)))
    return Canned(200, refusals.PLAIN, b'{"padding":"' + b"x" * size + b'"}')


def _not_json(_parameters: JsonObject) -> Canned:
    return Canned(200, refusals.PLAIN, b'{"status": "PAID", "amount": ')


def _blocked(_parameters: JsonObject) -> Canned:
    detail = "The request was blocked."
    refusal = refusals.problem(403, "request-blocked", "Forbidden", detail, ray_id=uuid.uuid4().hex)
    return Canned(403, refusal.media_type, encode(refusal.body).encode())


def _wrong_amount(body: JsonObject, parameters: JsonObject) -> JsonObject:
    where = parameters.get("where", "checkout")
    wrong = parameters.get("amount", (as_decimal(body.get("amount")) or Decimal(0)) - 1)
    if where in {"checkout", "both"}:
        body["amount"] = wrong
    if where in {"transactions", "both"}:
        body["transactions"] = [one | {"amount": wrong} for one in _transactions(body)]
    return body


def _nan_amount(body: JsonObject, _parameters: JsonObject) -> JsonObject:
    return _wrong_amount(body, {"amount": Decimal("NaN"), "where": "both"})


def _duplicate(body: JsonObject, _parameters: JsonObject) -> JsonObject:
    shown = _transactions(body)
    paid = [one for one in shown if one.get("status") == "SUCCESSFUL"]
    copies = [one | {"id": str(uuid.uuid4()), "transaction_code": "TDUPL1CATE"} for one in paid[:1]]
    body["transactions"] = shown + copies
    return body


def _transactions(body: JsonObject) -> list[JsonObject]:
    found = body.get("transactions")
    return list(found) if isinstance(found, list) else []


_CANNED: dict[FaultKind, Callable[[JsonObject], Canned]] = {
    FaultKind.STATUS: _status,
    FaultKind.HTML: _html,
    FaultKind.EMPTY: _empty,
    FaultKind.HUGE: _huge,
    FaultKind.NOT_JSON: _not_json,
    FaultKind.REQUEST_BLOCKED: _blocked,
}

_FALSIFIED: dict[FaultKind, Callable[[JsonObject, JsonObject], JsonObject]] = {
    FaultKind.WRONG_AMOUNT: _wrong_amount,
    FaultKind.NAN_AMOUNT: _nan_amount,
    FaultKind.DUPLICATE: _duplicate,
}

FALSIFYING = frozenset(_FALSIFIED)
