"""What an error response from SumUp means: an error type, a sentence, how long to wait. Pure.

SumUp writes errors in at least nine shapes (problem documents, two kinds of `Error`, lists of
them, nested `errors`, OAuth's, plain text, its firewall's web page, ...) and changes them without
notice. So the HTTP status decides, and the body only refines it with a code and adds a sentence.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from ticketing.adapters.sumup.fields import document
from ticketing.errors import (
    AccessForbidden,
    AccessRefused,
    PaymentProviderError,
    PaymentProviderUnavailable,
    RequestBlocked,
    UnreadableAnswer,
)

CODES: Final = ("error_code", "error", "code", "type")
SENTENCES: Final = (
    "detail",
    "message",
    "error_message",
    "error_description",
    "details",
    "title",
)
CONCERNING: Final = ("param", "reference")
TRACES: Final = ("trace_id", "ray_id")
NESTED: Final = ("errors", "failed_constraints")
MOST_ENTRIES: Final = 5
LONGEST_SENTENCE: Final = 300
LONGEST_WAIT: Final = 24 * 60 * 60

PASSING: Final = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
USUALLY: Final[Mapping[int, type[PaymentProviderError]]] = {
    HTTPStatus.UNAUTHORIZED: AccessRefused,
    HTTPStatus.FORBIDDEN: AccessForbidden,
}

CODE: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
WHOLE_SECONDS: Final = re.compile(r"[0-9]{1,9}")
HTTP_DATE: Final = "%a, %d %b %Y %H:%M:%S GMT"

LIKE_A_SECRET: Final = re.compile(r"[\w+=-]{40,}")
"""Any unbroken run of this length: it may be a token that we do not know."""

Kinds = Mapping[int | str, type[PaymentProviderError]]
"""What a status or one of SumUp's codes means for a particular call; a code takes precedence."""


@dataclass(frozen=True)
class ErrorReport:
    """What an error response says, SumUp's code for it, and whether it is from the firewall."""

    sentence: str = ""
    code: str | None = None
    by_firewall: bool = False


def read_error(body: bytes, secrets: Iterable[str] = ()) -> ErrorReport:
    """Return what `body` reports, in whatever shape, with the `secrets` hidden."""
    try:
        entries = tuple(_entries(document(body)))
    except UnreadableAnswer:
        entries = ()
    if not entries:
        page = body.lstrip().startswith(b"<")
        words = "(a web page)" if page else _clean(body.decode("utf-8", "replace"), secrets)
        return ErrorReport(words, by_firewall=page)
    sentences = (_sentence(entry) for entry in entries)
    code = next((code for entry in entries if (code := _code(entry))), None)
    return ErrorReport(
        sentence=_clean("; ".join(dict.fromkeys(filter(None, sentences))), secrets),
        code=code if code and _clean(code, secrets) == code else None,
        by_firewall=any(_is_firewall(entry) for entry in entries),
    )


def error_type(status: int, report: ErrorReport, kinds: Kinds) -> type[PaymentProviderError]:
    """Return the error type for a response; `kinds` refines what a refusal of the request means."""
    if status in PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return PaymentProviderUnavailable
    if status < HTTPStatus.BAD_REQUEST:
        return UnreadableAnswer
    if status == HTTPStatus.FORBIDDEN and report.by_firewall:
        return RequestBlocked
    usual = USUALLY.get(status, PaymentProviderError)
    return kinds.get(report.code or "", kinds.get(status, usual))


def seconds_asked(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that Retry-After asks for; a date counts from the answer's own date."""
    asked = headers.get("Retry-After", "").strip()
    if WHOLE_SECONDS.fullmatch(asked):
        return min(float(asked), LONGEST_WAIT)
    until = _http_date(asked)
    if until is None:
        return None
    answered = _http_date(headers.get("Date", "")) or now
    return min(max((until - answered).total_seconds(), 0.0), LONGEST_WAIT)


def _http_date(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, HTTP_DATE).replace(tzinfo=UTC)
    except ValueError:
        return None


def _entries(found: object, depth: int = 2) -> Iterator[Mapping[str, object]]:
    if isinstance(found, dict):
        yield found
        for name in NESTED if depth else ():
            yield from _entries(found.get(name), depth - 1)
    elif isinstance(found, list) and depth:
        for item in found[:MOST_ENTRIES]:
            yield from _entries(item, depth - 1)


def _sentence(entry: Mapping[str, object]) -> str:
    words = _first(entry, SENTENCES)
    concerning, trace = _first(entry, CONCERNING), _first(entry, TRACES)
    words += f" ({concerning})" if concerning else ""
    return f"{words} [trace {trace}]" if trace else words


def _code(entry: Mapping[str, object]) -> str | None:
    """Return the code; for a problem document, that is the last part of its `type`, a URL."""
    code = _first(entry, CODES).rstrip("/").rpartition("/")[2]
    return code if CODE.fullmatch(code) else None


def _is_firewall(entry: Mapping[str, object]) -> bool:
    problem = _first(entry, ("type",)).rstrip("/")
    return problem.endswith("request-blocked") or "ray_id" in entry


def _first(entry: Mapping[str, object], names: Iterable[str]) -> str:
    values = (entry.get(name) for name in names)
    return next((value for value in values if value and isinstance(value, str)), "")


def _clean(words: str, secrets: Iterable[str]) -> str:
    for secret in filter(None, secrets):
        words = words.replace(secret, "(hidden)")
    words = LIKE_A_SECRET.sub("(hidden)", words)
    printable = "".join(c if c.isprintable() else " " for c in words)
    return " ".join(printable.split())[:LONGEST_SENTENCE]
