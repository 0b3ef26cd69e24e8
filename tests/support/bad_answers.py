"""Everything SumUp, its gateway or its firewall might answer: refused, wrong, and right.

The one list of them. `BAD_ANSWERS` are those the client refuses, `WRONG_ANSWERS` can be read and
must not buy anything, `RIGHT_ANSWERS` are odd and right, so that refusing everything is no way out.
All are about the default order's checkout.
"""

import gzip
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import requests

from tests.support.builders import CHECKOUT_ID
from ticketing.errors import (
    AccessForbidden,
    AccessRefused,
    CheckoutNotFound,
    PaymentProviderError,
    PaymentProviderUnavailable,
    RequestBlocked,
    UnreadableAnswer,
)

ID = CHECKOUT_ID
URL = f"https://api.sumup.com/v0.1/checkouts/{ID}"
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
    """An answer the client refuses, with the error it raises; `error` alone tells them apart."""

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


class Outcome(StrEnum):
    """What becomes of an order that waits for its payment and gets this answer."""

    WAIT = "waits, and is looked at again"
    REVIEW = "is handed to a person"
    COMPLETE = "is completed"


@dataclass(frozen=True)
class Said:
    """An answer that can be read, and what follows."""

    body: bytes
    outcome: Outcome
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


def paid(outcome: Outcome = Outcome.REVIEW, **changes: object) -> Said:
    """Return the paid checkout with other fields."""
    return Said(json.dumps(PAID | changes).encode(), outcome)


def paid_without(name: str, outcome: Outcome = Outcome.REVIEW) -> Said:
    """Return the paid checkout without a field."""
    fields = {key: value for key, value in PAID.items() if key != name}
    return Said(json.dumps(fields).encode(), outcome)


def paid_by(*attempts: Mapping[str, object], outcome: Outcome = Outcome.REVIEW) -> Said:
    """Return the paid checkout with other attempts; each is the right one but for its changes."""
    (right,) = PAID["transactions"]
    return paid(outcome, transactions=[right | attempt for attempt in attempts])


def paid_amount(text: str, outcome: Outcome = Outcome.REVIEW) -> Said:
    """Return the paid checkout with an amount spelt like this, in checkout and attempt."""
    return Said(GOOD.replace(b'"amount": 45', b'"amount": ' + text.encode()), outcome)


def waiting(**changes: object) -> Said:
    """Return a checkout that nobody paid; it only has the order wait."""
    return paid(Outcome.WAIT, **{"status": "PENDING", "transactions": []} | changes)


WRONG_ANSWERS = {
    "45.0000001": paid_amount("45.0000001"),
    "44.999999999999999": paid_amount("44.999999999999999"),
    "45.001": paid_amount("45.001"),
    "a penny less": paid_amount("44.99"),
    "a penny more": paid_amount("45.01"),
    "the amount in cents": paid_amount("4500"),
    "nothing paid": paid_amount("0"),
    "less than nothing": paid_amount("-45"),
    "an amount that is null": paid(amount=None),
    "no amount": paid_without("amount"),
    "another currency": paid(currency="EUR"),
    "a small currency": paid(currency="gbp"),
    "a currency that is null": paid(currency=None),
    "no currency": paid_without("currency"),
    "another merchant": paid(merchant_code="MC0002"),
    "a small merchant": paid(merchant_code="mc0001"),
    "a merchant that is null": paid(merchant_code=None),
    "no merchant": paid_without("merchant_code"),
    "another reference": paid(checkout_reference="ORD-OTHER1"),
    "a reference with a blank": paid(checkout_reference="ORD-ABC123 "),
    "a reference that is null": paid(checkout_reference=None),
    "no reference": paid_without("checkout_reference"),
    "another checkout, paid": paid(id="another-checkout"),
    "another checkout, unpaid": waiting(id="another-checkout"),
    "an id with a line break, paid": paid(id="a\r\nb"),
    "an id with a line break, unpaid": waiting(id="a\r\nb"),
    "a transaction id of 3,000 characters": paid_by({"id": "t" * 3000}),
    "a transaction id of 3,000 characters, named as well": paid(
        transaction_id="t" * 3000, transactions=[PAID["transactions"][0] | {"id": "t" * 3000}]
    ),
    "a transaction id with a line break": paid(
        transaction_id="t\r\n1", transactions=[PAID["transactions"][0] | {"id": "t\r\n1"}]
    ),
    "a transaction code with a blank": paid_by({"transaction_code": "T 1"}),
    "a transaction that contradicts itself": paid_by({}, {"amount": 4.5}, outcome=Outcome.WAIT),
    "an attempt of another amount": paid_by({"amount": 4.5}),
    "an attempt in another currency": paid_by({"currency": "EUR"}),
    "an attempt for another merchant": paid_by({"merchant_code": "MC0002"}),
    "an attempt that is not the one named": paid_by({"id": "t2"}),
    "PAID and nothing listed": paid(Outcome.WAIT, transactions=[]),
    "PAID and transactions that are null": paid(Outcome.WAIT, transactions=None),
    "PAID and no transactions": paid_without("transactions", Outcome.WAIT),
    "PAID by a failed attempt": paid_by({"status": "FAILED"}, outcome=Outcome.WAIT),
    "PAID by a pending attempt": paid_by({"status": "PENDING"}, outcome=Outcome.WAIT),
    "PAID by an attempt without status": paid_by({"status": None}, outcome=Outcome.WAIT),
    "PENDING with money": paid(Outcome.WAIT, status="PENDING"),
    "FAILED with money": paid(Outcome.WAIT, status="FAILED"),
    "EXPIRED with money": paid(Outcome.REVIEW, status="EXPIRED"),
    "a status nobody knows": waiting(status="ON_HOLD"),
    "a status nobody knows, with money": paid(Outcome.WAIT, status="ON_HOLD"),
    "a small status": paid(Outcome.WAIT, status="paid"),
    "a status with a blank": paid(Outcome.WAIT, status="PAID "),
    "a status in other letters": paid(Outcome.WAIT, status="\u0420AID"),
    "SUCCESSFUL for a checkout": paid(Outcome.WAIT, status="SUCCESSFUL"),
    "unpaid": waiting(),
    "failed": waiting(status="FAILED"),
    "expired": waiting(status="EXPIRED"),
}
"""What a waiting order must not be completed by."""

COMPLETE = Outcome.COMPLETE
RIGHT_ANSWERS = {
    "plain": paid(COMPLETE),
    "45.0": paid_amount("45.0", COMPLETE),
    "45.00": paid_amount("45.00", COMPLETE),
    "4.5e1": paid_amount("4.5e1", COMPLETE),
    "45 and many zeros": paid_amount("45.0000000000", COMPLETE),
    "fields nobody knows": paid(COMPLETE, new_field={"a": [1, None]}, merchant_name="Jersey Live"),
    "fields that are null": paid(COMPLETE, valid_until=None, description=None),
    "a date that is none": paid(COMPLETE, valid_until="tomorrow"),
    "with a byte order mark": Said(b"\xef\xbb\xbf" + GOOD, COMPLETE),
    "with blanks around": Said(b"\r\n " + GOOD + b"\n", COMPLETE),
    "as gzip": Said(gzip.compress(GOOD), COMPLETE, {"Content-Encoding": "gzip"}),
    "as deflate": Said(zlib.compress(GOOD), COMPLETE, {"Content-Encoding": "deflate"}),
    "said to be text": Said(GOOD, COMPLETE, {"Content-Type": "text/plain; charset=latin-1"}),
    "with status 201": Said(GOOD, COMPLETE, status=201),
    "an attempt without amount": paid_by({"amount": None}, outcome=COMPLETE),
    "an attempt without currency": paid_by({"currency": None}, outcome=COMPLETE),
    "an attempt that says its merchant": paid_by({"merchant_code": "MC0001"}, outcome=COMPLETE),
    "no transaction named": paid_without("transaction_id", COMPLETE),
    "a failed attempt before": paid_by({"id": "t0", "status": "FAILED"}, {}, outcome=COMPLETE),
    "a transaction listed twice": paid_by({}, {}, outcome=COMPLETE),
    "paid twice": paid_by({}, {"id": "t2"}, outcome=COMPLETE),
}
"""What completes a waiting order, however it is spelt. Paid twice is told, and buys once."""
