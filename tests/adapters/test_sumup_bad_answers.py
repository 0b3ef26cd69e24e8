"""Whatever SumUp, its gateway or its firewall answers: a typed error, no secret, no float."""

import contextlib
import gzip
import json
import traceback
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest
import requests
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ticketing.errors import (
    AccessForbidden,
    AccessRefused,
    CheckoutNotFound,
    PaymentProviderError,
    PaymentProviderUnavailable,
    RequestBlocked,
    UnreadableAnswer,
)
from ticketing.payments.payment import Checkout
from ticketing.payments.sumup import SumUp

ID = "4e425463-3e1b-431d-83fa-1e51c2925e99"
URL = f"https://api.sumup.com/v0.1/checkouts/{ID}"
TOKEN = "at-2f6d1b"
PAID: dict[str, Any] = {
    "id": ID,
    "status": "PAID",
    "checkout_reference": "ORD-ABC123",
    "amount": 45,
    "currency": "GBP",
    "merchant_code": "MC0001",
    "transaction_id": "t1",
    "transactions": [{"id": "t1", "status": "SUCCESSFUL", "amount": 45, "currency": "GBP"}],
}


@dataclass(frozen=True)
class Bad:
    status: int
    body: bytes | Exception
    error: type[PaymentProviderError]
    headers: Mapping[str, str] = field(default_factory=dict)


def with_fields(**changes: object) -> Bad:
    return Bad(200, json.dumps(PAID | changes).encode(), UnreadableAnswer)


def with_text(text: str) -> Bad:
    return Bad(200, text.encode(), UnreadableAnswer)


def with_amount(text: str) -> Bad:
    return with_text(f'{{"id":"{ID}","status":"PAID","amount":{text}}}')


def refused(status: int, error: type[PaymentProviderError], told: object = None) -> Bad:
    return Bad(status, b"" if told is None else json.dumps(told).encode(), error)


def packed(encoding: str, body: bytes) -> Bad:
    return Bad(200, body, UnreadableAnswer, {"Content-Encoding": encoding})


def moved(status: int) -> Bad:
    body = json.dumps(PAID).encode()
    return Bad(status, body, UnreadableAnswer, {"Location": f"{URL}?again"})


GOOD = json.dumps(PAID).encode()
TYPE = "https://developer.sumup.com/problem/"

BAD_ANSWERS = {
    "nothing": with_text(""),
    "blanks": with_text(" \n"),
    "no content": Bad(204, b"", UnreadableAnswer),
    "a page with status 200": with_text("<html>Under maintenance</html>"),
    "a page that claims to be JSON": Bad(
        200, b"<html>", UnreadableAnswer, {"Content-Type": "application/json"}
    ),
    "half a document": Bad(200, GOOD[:-20], UnreadableAnswer),
    "a document and more": Bad(200, GOOD + b"}", UnreadableAnswer),
    "single quotes": with_text("{'id': 'a', 'status': 'PAID'}"),
    "null": with_text("null"),
    "true": with_text("true"),
    "a number": with_text("45"),
    "text": with_text('"PAID"'),
    "a list": Bad(200, b"[" + GOOD + b"]", UnreadableAnswer),
    "an empty object": with_text("{}"),
    "an error with status 200": with_text('{"error_code":"NOT_FOUND","message":"no"}'),
    "UTF-16": Bad(200, GOOD.decode().encode("utf-16"), UnreadableAnswer),
    "UTF-32": Bad(200, GOOD.decode().encode("utf-32"), UnreadableAnswer),
    "Latin-1": Bad(200, b'{"id":"\xe9","status":"PAID"}', UnreadableAnswer),
    "zero bytes": Bad(200, bytes(100), UnreadableAnswer),
    "5 MB": Bad(200, b'{"x":"' + b"x" * 5_000_000 + b'"}', UnreadableAnswer),
    "a bottomless list": with_text("[" * 100_000),
    "bottomless objects": with_text('{"a":' * 40_000),
    "a gzip bomb": packed("gzip", gzip.compress(bytes(20_000_000))),
    "a gzip bomb in good form": packed("gzip", gzip.compress(b" " * 20_000_000 + GOOD)),
    "gzip that is none": packed("gzip", GOOD),
    "half a gzip": packed("gzip", gzip.compress(GOOD)[:-30]),
    "deflate that is none": packed("deflate", GOOD),
    "a zlib bomb": packed("deflate", zlib.compress(bytes(20_000_000))),
    "brotli": packed("br", GOOD),
    "gzip twice": packed("gzip, gzip", gzip.compress(gzip.compress(GOOD))),
    "no id": with_text('{"status":"PAID"}'),
    "an id that is null": with_fields(id=None),
    "an empty id": with_fields(id=""),
    "an id that is a number": with_fields(id=7),
    "an id with a line break": with_fields(id="a\r\nb"),
    "no status": with_text(f'{{"id":"{ID}"}}'),
    "a status that is null": with_fields(status=None),
    "a status that is true": with_fields(status=True),
    "a status that is a list": with_fields(status=["PAID"]),
    "half a surrogate in a status": with_fields(status="\ud83d"),
    "a reference that is a number": with_fields(checkout_reference=1),
    "a currency that is a number": with_fields(currency=826),
    "a merchant that is an object": with_fields(merchant_code={"code": "MC0001"}),
    "a transaction id that is a list": with_fields(transaction_id=["t1"]),
    "transactions that are text": with_fields(transactions="none"),
    "transactions that are an object": with_fields(transactions=PAID["transactions"][0]),
    "a transaction that is null": with_fields(transactions=[None]),
    "a transaction that is text": with_fields(transactions=["SUCCESSFUL"]),
    "a transaction with an amount in text": with_fields(transactions=[{"amount": "45.00"}]),
    "a transaction with a true amount": with_fields(transactions=[{"amount": True}]),
    "a transaction with a number for a status": with_fields(transactions=[{"status": 1}]),
    "an amount in text": with_amount('"45.00"'),
    "an amount in cents in text": with_amount('"4500"'),
    "an amount that is true": with_amount("true"),
    "an amount that is a list": with_amount("[45]"),
    "an amount that is an object": with_amount('{"value":45}'),
    "an amount that is NaN": with_amount("NaN"),
    "an amount that is infinite": with_amount("Infinity"),
    "an amount that is infinitely negative": with_amount("-Infinity"),
    "1e400": with_amount("1e400"),
    "-1e400": with_amount("-1e400"),
    "1e-400": with_amount("1e-400"),
    "an amount of 5000 digits": with_amount("9" * 5000),
    "an amount of 5000 decimals": with_amount("45." + "0" * 5000),
    "zero to an absurd power": with_amount("0e99999999"),
    "an amount in hexadecimal": with_amount("0x2d"),
    "an amount with a leading zero": with_amount("045"),
    "an amount with a decimal comma": with_amount("45,00"),
    "a status said twice": with_text(GOOD.decode()[:-1] + ',"status":"PENDING"}'),
    "an amount said twice": with_text(GOOD.decode()[:-1] + ',"amount":45}'),
    "a redirect": moved(302),
    "a redirect for good": moved(301),
    "a redirect that keeps the method": moved(307),
    "not modified": Bad(304, b"", UnreadableAnswer),
    "400": refused(400, PaymentProviderError, {"error_code": "INVALID"}),
    "400 in a list": refused(400, PaymentProviderError, [{"message": "no", "param": "id"}]),
    "401, a problem": refused(401, AccessRefused, {"type": TYPE + "unauthorized"}),
    "401, the older one": refused(401, AccessRefused, {"error_code": "NOT_AUTHORIZED"}),
    "401, a page": Bad(401, b"<html>", AccessRefused),
    "401, 5 MB": Bad(401, b"x" * 5_000_000, AccessRefused),
    "401, broken gzip": Bad(401, b"x", AccessRefused, {"Content-Encoding": "gzip"}),
    "403": refused(403, AccessForbidden, {"error_code": "FORBIDDEN", "status_code": "403"}),
    "403, nothing": refused(403, AccessForbidden),
    "403, blocked": refused(403, RequestBlocked, {"type": TYPE + "request-blocked"}),
    "403, a ray id": refused(403, RequestBlocked, {"ray_id": "8f2a", "title": "Blocked"}),
    "403, a page": Bad(403, b"<!DOCTYPE html><h1>Sorry</h1>", RequestBlocked),
    "404": refused(404, CheckoutNotFound, {"error_code": "NOT_FOUND"}),
    "404, a page": Bad(404, b"<html>", CheckoutNotFound),
    "405": refused(405, PaymentProviderError),
    "408": refused(408, PaymentProviderUnavailable),
    "409": refused(409, PaymentProviderError, {"error_code": "CHECKOUT_PROCESSED"}),
    "410": refused(410, PaymentProviderError),
    "422": refused(422, PaymentProviderError, {"errors": [{"code": "INVALID"}]}),
    "429, plain text": Bad(429, b"Too many requests", PaymentProviderUnavailable),
    "500": refused(500, PaymentProviderUnavailable, {"type": TYPE + "internal"}),
    "500, a good body": Bad(500, GOOD, PaymentProviderUnavailable),
    "502, a page": Bad(502, b"<html>Bad Gateway</html>", PaymentProviderUnavailable),
    "503": refused(503, PaymentProviderUnavailable),
    "504": refused(504, PaymentProviderUnavailable),
    "599": refused(599, PaymentProviderUnavailable),
    "a refused connection": Bad(0, requests.ConnectionError(), PaymentProviderUnavailable),
    "no connection in time": Bad(0, requests.ConnectTimeout(), PaymentProviderUnavailable),
    "no answer in time": Bad(0, requests.ReadTimeout(), PaymentProviderUnavailable),
    "a bad certificate": Bad(0, requests.exceptions.SSLError(), PaymentProviderUnavailable),
    "chunks gone wrong": Bad(
        0, requests.exceptions.ChunkedEncodingError(), PaymentProviderUnavailable
    ),
    "a reset": Bad(0, ConnectionResetError(), PaymentProviderUnavailable),
}


def ask(bad: Bad) -> Checkout:
    client = SumUp("https://api.sumup.com", "our-client", "our-secret", sleep=lambda _: None)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        mocked.get(URL, status=bad.status or 200, body=bad.body, headers=dict(bad.headers))
        return client.get_checkout(TOKEN, ID)


@pytest.mark.parametrize("bad", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_bad_answer_is_an_error_of_exactly_one_kind(bad: Bad) -> None:
    with pytest.raises(PaymentProviderError) as caught:
        ask(bad)

    assert type(caught.value) is bad.error
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert TOKEN not in shown
    assert "our-secret" not in shown


def test_an_error_keeps_no_request_behind_it() -> None:
    """An error reporter may walk the whole chain, and a request carries its headers."""
    with pytest.raises(PaymentProviderError) as caught:
        ask(BAD_ANSWERS["no answer in time"])

    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "echo",
    [
        {"message": f"invalid access token {TOKEN}"},
        {"error_code": TOKEN, "detail": f"Authorization: Bearer {TOKEN}"},
        f"no such token: {TOKEN}",
    ],
)
def test_a_token_in_sumups_words_is_hidden(echo: object) -> None:
    with pytest.raises(AccessRefused) as caught:
        ask(refused(401, AccessRefused, echo))

    assert TOKEN not in repr(vars(caught.value)) + str(caught.value)


def test_the_lost_and_the_good_are_told_apart() -> None:
    """The table above would also pass with a client that refuses everything."""
    assert ask(Bad(200, GOOD, UnreadableAnswer)).amount == Decimal(45)
    assert ask(packed("gzip", gzip.compress(GOOD))).amount == Decimal(45)
    assert ask(Bad(200, b"\xef\xbb\xbf" + GOOD, UnreadableAnswer)).amount == Decimal(45)


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(["", "45.00", "PAID", "\ud800", "a\nb", [], {}, [{}], [[1.5]], {"a": 0.1}]),
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.dictionaries(st.sampled_from(sorted(PAID)), JUNK, max_size=3),
    st.sets(st.sampled_from(sorted(PAID)), max_size=2),
    st.integers(0, len(GOOD)),
    st.binary(max_size=2),
    st.sampled_from([200, 200, 200, 201, 400, 401, 403, 404, 409, 429, 500]),
)
def test_no_mutation_gets_past_the_types(
    changes: dict[str, Any], missing: set[str], place: int, damage: bytes, status: int
) -> None:
    fields = {name: value for name, value in (PAID | changes).items() if name not in missing}
    sent = json.dumps(fields).encode()
    sent = sent[:place] + damage + sent[place + len(damage) :]

    with contextlib.suppress(PaymentProviderError):
        checkout = ask(Bad(status, sent, UnreadableAnswer))
        amounts = [checkout.amount, *(t.amount for t in checkout.transactions)]
        assert all(amount is None or type(amount) is Decimal for amount in amounts)
