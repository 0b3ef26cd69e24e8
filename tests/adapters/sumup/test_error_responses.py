import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.adapters.sumup.error_responses import (
    ErrorReport,
    error_type,
    read_error,
    seconds_asked,
)
from ticketing.errors import (
    AccessForbidden,
    AccessRefused,
    CheckoutNotFound,
    DuplicateCheckout,
    PaymentProviderError,
    PaymentProviderUnavailable,
    RequestBlocked,
    UnreadableAnswer,
)

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)

SHAPES: dict[str, tuple[object, str, str | None]] = {
    "a problem document": (
        {
            "type": "https://developer.sumup.com/problem/unauthorized",
            "title": "Unauthorized",
            "status": 401,
            "detail": "Unauthorized.",
            "trace_id": "3c77294349d3b564",
        },
        "Unauthorized. [trace 3c77294349d3b564]",
        "unauthorized",
    ),
    "an error": (
        {"error_code": "NOT_FOUND", "message": "Resource not found"},
        "Resource not found",
        "NOT_FOUND",
    ),
    "an error that names a field": (
        {"message": "Validation error", "error_code": "MISSING", "param": "merchant_code"},
        "Validation error (merchant_code)",
        "MISSING",
    ),
    "a list of errors": (
        [
            {"message": "Validation error", "error_code": "MISSING", "param": "amount"},
            {"message": "Validation error", "error_code": "MISSING", "param": "currency"},
        ],
        "Validation error (amount); Validation error (currency)",
        "MISSING",
    ),
    "forbidden": (
        {"error_message": "checkout_payments_not_allowed", "error_code": "FORBIDDEN"},
        "checkout_payments_not_allowed",
        "FORBIDDEN",
    ),
    "the older 401": (
        {"error_code": "NOT_AUTHORIZED", "error_message": "invalid access token"},
        "invalid access token",
        "NOT_AUTHORIZED",
    ),
    "nested": (
        {"errors": {"type": "INVALID_BEARER_TOKEN", "detail": "Bad request"}},
        "Bad request",
        "INVALID_BEARER_TOKEN",
    ),
    "constraints": (
        {
            "title": "Bad Request",
            "details": "Invalid fields",
            "status": 400,
            "failed_constraints": [{"message": "must be positive", "reference": "amount"}],
        },
        "Invalid fields; must be positive (amount)",
        None,
    ),
    "OAuth": (
        {"error": "invalid_grant", "error_description": "refresh token expired"},
        "refresh token expired",
        "invalid_grant",
    ),
    "nested in a list": (
        {"title": "Unprocessable", "errors": [{"code": "INVALID_AMOUNT", "detail": "too small"}]},
        "Unprocessable; too small",
        "INVALID_AMOUNT",
    ),
    "junk": ({"message": 5, "error_code": ["x"], "errors": "y"}, "", None),
}


@pytest.mark.parametrize(("sent", "sentence", "code"), SHAPES.values(), ids=SHAPES)
def test_every_error_format_is_parsed(sent: object, sentence: str, code: str | None) -> None:
    assert read_error(json.dumps(sent).encode()) == ErrorReport(sentence, code)


def test_a_plain_text_error_is_used_as_the_message() -> None:
    assert read_error(b"Too many requests,\n please try again later.") == ErrorReport(
        "Too many requests, please try again later."
    )


def test_an_empty_body_gives_an_empty_report() -> None:
    assert read_error(b"") == ErrorReport()


FIREWALL = {
    "its problem document": b'{"type":"https://developer.sumup.com/problem/request-blocked/"}',
    "its problem document beside a code": b'{"error_code":"F","type":"/problem/request-blocked"}',
    "its ray id": b'{"ray_id":"8f2a","message":"Access denied"}',
    "its page": b"\n <!DOCTYPE html><title>Attention required</title>",
}


@pytest.mark.parametrize("sent", FIREWALL.values(), ids=FIREWALL)
def test_a_firewall_page_is_recognised(sent: bytes) -> None:
    report = read_error(sent)

    assert error_type(403, report, {}) is RequestBlocked
    assert "Attention" not in report.sentence


STATUSES = {
    301: UnreadableAnswer,
    304: UnreadableAnswer,
    101: UnreadableAnswer,
    400: PaymentProviderError,
    401: AccessRefused,
    403: AccessForbidden,
    404: CheckoutNotFound,
    405: PaymentProviderError,
    408: PaymentProviderUnavailable,
    409: PaymentProviderError,
    422: PaymentProviderError,
    429: PaymentProviderUnavailable,
    500: PaymentProviderUnavailable,
    504: PaymentProviderUnavailable,
    599: PaymentProviderUnavailable,
    999: PaymentProviderUnavailable,
}


@pytest.mark.parametrize(("status", "expected"), STATUSES.items())
def test_the_status_determines_the_error(status: int, expected: type[PaymentProviderError]) -> None:
    assert error_type(status, ErrorReport(), {404: CheckoutNotFound}) is expected


def test_an_error_code_refines_the_error_except_for_server_errors() -> None:
    kinds: dict[int | str, type[PaymentProviderError]] = {
        "DUPLICATED_CHECKOUT": DuplicateCheckout,
        404: CheckoutNotFound,
    }
    report = ErrorReport(code="DUPLICATED_CHECKOUT")

    assert error_type(409, report, kinds) is DuplicateCheckout
    assert error_type(500, report, kinds) is PaymentProviderUnavailable


def test_secrets_are_redacted() -> None:
    sent = b'{"message":"token s3cret\\/x is no good","error_code":"s3cret","error":"y"}'
    page = b"bad token " + b"A1" * 30

    report = read_error(sent, ["s3cret/x", "s3cret", ""])

    assert report == ErrorReport("token (hidden) is no good", None)
    assert read_error(page).sentence == "bad token (hidden)"


def test_an_error_message_is_one_short_printable_line() -> None:
    report = read_error(
        json.dumps({"message": "a\r\nb\x00c\u2028d\ud800 " + "x y " * 500}).encode()
    )

    assert report.sentence.startswith("a b c d x y")
    assert report.sentence.isprintable()
    assert len(report.sentence) <= 300


WAITS: dict[str, tuple[dict[str, str], float | None]] = {
    "nothing": ({}, None),
    "seconds": ({"Retry-After": " 7 "}, 7),
    "none": ({"Retry-After": "0"}, 0),
    "a hundred years": ({"Retry-After": "999999999"}, 86_400),
    "too many digits": ({"Retry-After": "9" * 5000}, None),
    "a fraction": ({"Retry-After": "1.5"}, None),
    "a negative number": ({"Retry-After": "-5"}, None),
    "words": ({"Retry-After": "soon"}, None),
    "a date": ({"Retry-After": "Mon, 01 Jun 2026 12:00:09 GMT"}, 9),
    "a date in the past": ({"Retry-After": "Mon, 01 Jun 2026 11:00:00 GMT"}, 0),
    "a date in the distant future": ({"Retry-After": "Mon, 01 Jun 2099 11:00:00 GMT"}, 86_400),
    "an invalid Date header": (
        {"Retry-After": "Mon, 01 Jun 2026 12:00:09 GMT", "Date": "rubbish"},
        9,
    ),
    "a nonexistent date": ({"Retry-After": "Mon, 99 Jun 2026 12:00:09 GMT"}, None),
    "a date relative to SumUp's clock": (
        {
            "Retry-After": "Mon, 01 Jun 2026 10:00:09 GMT",
            "Date": "Mon, 01 Jun 2026 10:00:00 GMT",
        },
        9,
    ),
}


@pytest.mark.parametrize(("headers", "seconds"), WAITS.values(), ids=WAITS)
def test_retry_after_is_parsed(headers: dict[str, str], seconds: float | None) -> None:
    assert seconds_asked(headers, NOW) == seconds


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("aé \n\x00\ud800", max_size=60),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error_code", "errors", "message", "type", "error", "ray_id", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)


@given(st.binary(max_size=80) | JSON.map(lambda doc: json.dumps(doc).encode()))
def test_any_error_body_can_be_parsed(sent: bytes) -> None:
    report = read_error(sent, ["secret"])

    assert report.sentence.isprintable()
    assert "secret" not in report.sentence
