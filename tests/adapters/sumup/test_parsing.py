import gzip
import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.adapters.sumup import fields, parsing
from ticketing.errors import UnreadableAnswer
from ticketing.payments.payment import (
    ID,
    UNKNOWN,
    Checkout,
    Extent,
    Merchant,
    Returned,
    Transaction,
)

PAID: dict[str, Any] = {
    "id": "f14425c6-8bc1-4d02-957c-47573f762828",
    "status": "PAID",
    "checkout_reference": "ORD-ABC123-1",
    "amount": 45,
    "currency": "GBP",
    "merchant_code": "ME7RMQN3",
    "transaction_id": "19aa3cca-89f6-42d2-b462-463b0b53e959",
    "transactions": [
        {
            "id": "19aa3cca-89f6-42d2-b462-463b0b53e959",
            "transaction_code": "TFDCP3FLQ7",
            "merchant_code": "ME7RMQN3",
            "amount": 45,
            "currency": "GBP",
            "status": "SUCCESSFUL",
        }
    ],
    "hosted_checkout_url": "https://checkout.example.com/pay/8f9316a3",
    "valid_until": "2026-06-01T16:00:00.000+02:00",
}


def body(**changes: object) -> bytes:
    return json.dumps(PAID | changes).encode()


def test_a_paid_checkout_is_parsed_with_all_its_fields() -> None:
    read = parsing.checkout(body())

    assert read == Checkout(
        id=PAID["id"],
        status="PAID",
        reference="ORD-ABC123-1",
        amount=Decimal(45),
        currency="GBP",
        merchant_code="ME7RMQN3",
        transaction_id=PAID["transaction_id"],
        transactions=(
            Transaction(
                id=PAID["transaction_id"],
                status="SUCCESSFUL",
                amount=Decimal(45),
                currency="GBP",
                code="TFDCP3FLQ7",
                merchant_code="ME7RMQN3",
            ),
        ),
        valid_until=datetime(2026, 6, 1, 14, 0, tzinfo=UTC),
        pay_url="https://checkout.example.com/pay/8f9316a3",
    )


def test_a_checkout_needs_no_more_than_an_id_and_a_status() -> None:
    assert parsing.checkout(b'{"id":"a","status":"NEW_WORD"}') == Checkout("a", "NEW_WORD")


def test_null_and_empty_fields_count_as_missing() -> None:
    nothing = dict.fromkeys(PAID) | {"id": "a", "status": "PENDING", "transaction_id": ""}

    assert parsing.checkout(json.dumps(nothing).encode()) == Checkout("a", "PENDING")


EXACT = {
    "whole": ("45", "45"),
    "one digit": ("45.0", "45.0"),
    "almost": ("44.999999999999999", "44.999999999999999"),
    "slightly more": ("45.0000001", "45.0000001"),
    "negative": ("-45", "-45"),
    "zero": ("0", "0"),
    "with an exponent": ("4.5e1", "45"),
}


@pytest.mark.parametrize(("sent", "amount"), EXACT.values(), ids=EXACT)
def test_an_amount_is_exactly_the_number_sent(sent: str, amount: str) -> None:
    read = parsing.checkout(f'{{"id":"a","status":"PAID","amount":{sent}}}'.encode())

    assert isinstance(read.amount, Decimal)
    assert read.amount == Decimal(amount)


UNREADABLE = {
    "empty": (b"", "the answer is empty"),
    "a page": (b"<html>Welcome</html>", "not a JSON document"),
    "a truncated document": (body()[:60], "not a JSON document"),
    "two documents": (body() + body(), "not a JSON document"),
    "UTF-16": (body().decode().encode("utf-16"), "not a JSON document"),
    "Latin-1": ('{"id":"é","status":"PAID"}'.encode("latin-1"), "not a JSON document"),
    "a deeply nested list": (b"[" * 200_000, "not a JSON document"),
    "too large": (b'"' + b"x" * fields.MAX_BODY + b'"', "larger than"),
    "a list": (b"[]", "the checkout is a list, not an object"),
    "a number": (b"1", "the checkout is a number, not an object"),
    "null": (b"null", "the checkout is null, not an object"),
    "NaN": (b'{"amount":NaN}', "not finite"),
    "infinity": (b'{"amount":-Infinity}', "not finite"),
    "1e400": (b'{"amount":1e400}', "out of all bounds"),
    "1e-400": (b'{"amount":1e-400}', "out of all bounds"),
    "an exponent with an exponent": (b'{"amount":1e99999999999999999999}', "out of all bounds"),
    "a zero with an enormous exponent": (b'{"amount":0e999999999}', "out of all bounds"),
    "5000 digits": (b'{"amount":' + b"9" * 5000 + b"}", "out of all bounds"),
    "NaN in an unknown field": (body()[:-1] + b',"new":NaN}', "not finite"),
    "a duplicate status": (body()[:-1] + b',"status":"PAID"}', "twice"),
    "a duplicate nested field": (b'{"a":[{"b":1,"b":1}]}', "twice"),
    "no id": (b'{"status":"PAID"}', "id is missing"),
    "no status": (b'{"id":"a"}', "status is missing"),
    "an error with status 200": (b'{"error_code":"NOT_FOUND","message":"x"}', "id is missing"),
    "a numeric id": (body(id=1), "id is a number, not text"),
    "a boolean status": (body(status=True), "status is true or false, not text"),
    "an amount as text": (body(amount="45.00"), "amount is text, not a number"),
    "a boolean amount": (body(amount=True), "amount is true or false, not a number"),
    "an object for an amount": (body(amount={}), "amount is an object, not a number"),
    "a number for a currency": (body(currency=826), "currency is a number, not text"),
    "text for the transactions": (body(transactions="x"), "transactions is text, not a list"),
    "a number for a transaction": (body(transactions=[1]), "entry of transactions is a number"),
    "text for a paid amount": (body(transactions=[{"amount": "45"}]), "amount is text"),
    "a lone surrogate in a status": (body(status="\ud800"), "status is too long, or not printable"),
    "an endless status": (body(status="x" * 9000), "status is too long, or not printable"),
}


@pytest.mark.parametrize(("sent", "problem"), UNREADABLE.values(), ids=UNREADABLE)
def test_an_invalid_checkout_is_unreadable(sent: bytes, problem: str) -> None:
    with pytest.raises(UnreadableAnswer, match=problem) as refused:
        parsing.checkout(sent)

    assert refused.value.__context__ is None or not hasattr(refused.value.__context__, "doc")


LONG = "t" * 3000
NO_IDS = {
    "3,000 characters": (LONG, "t" * 32),
    "65 characters": ("t" * 65, "t" * 32),
    "a blank": ("txn 1", "txn 1"),
    "a path": ("../refunds", "../refunds"),
    "a control character": ("txn\r\n1", "txn??1"),
    "half a surrogate": ("txn\ud800", "txn?"),
    "another script": ("\u0442xn", "\u0442xn"),
    "a hyphen first": ("-txn", "-txn"),
}
READ: dict[str, Callable[[str], str | None]] = {
    "id": lambda value: parsing.checkout(body(id=value)).id,
    "transaction_id": lambda value: parsing.checkout(body(transaction_id=value)).transaction_id,
    "the id of an attempt": lambda value: an_attempt(id=value).id,
    "the code of an attempt": lambda value: an_attempt(transaction_code=value).code,
}


def an_attempt(**changes: object) -> Transaction:
    (attempt,) = parsing.checkout(body(transactions=[changes])).transactions
    return attempt


@pytest.mark.parametrize("read", READ.values(), ids=READ)
@pytest.mark.parametrize(("sent", "shown"), NO_IDS.values(), ids=NO_IDS)
def test_what_could_not_be_an_id_is_shown_cut_and_marked(
    sent: str, shown: str, read: Callable[[str], str | None]
) -> None:
    """It may name a payment, which has to come to a person."""
    found = read(sent)

    assert found is not None
    assert found.rpartition("~")[0] == shown
    assert not ID.fullmatch(found)
    assert found.isprintable()
    assert found == read(sent)
    assert found != read(sent + "2")


@pytest.mark.parametrize("read", READ.values(), ids=READ)
@pytest.mark.parametrize("sent", ["t", "t" * 64, "19aa3cca-89f6_4", "7"])
def test_an_id_is_kept_as_it_is(sent: str, read: Callable[[str], str | None]) -> None:
    assert read(sent) == sent


@pytest.mark.parametrize("field", ["status", "currency", "merchant_code", "checkout_reference"])
def test_a_word_is_kept_up_to_a_length_that_none_of_ours_has(field: str) -> None:
    name = field.removeprefix("checkout_")

    assert getattr(parsing.checkout(body(**{field: "x" * 100})), name) == "x" * 100
    assert getattr(parsing.checkout(body(**{field: "x" * 101})), name) == "x" * 100


ONE: dict[str, Any] = PAID["transactions"][0]


def test_a_transaction_that_is_listed_twice_is_one() -> None:
    other, nameless = ONE | {"id": "t2"}, {"status": "FAILED"}

    read = parsing.checkout(body(transactions=[ONE, other, ONE, nameless, nameless]))

    assert [t.id for t in read.transactions] == [ONE["id"], "t2", None, None]
    assert len(read.successful) == 2


CONTRADICTING = {"status": "FAILED", "amount": 4.5, "currency": "EUR", "transaction_code": "T2"}


@pytest.mark.parametrize(("field", "value"), CONTRADICTING.items())
def test_a_transaction_that_contradicts_itself_is_unreadable(field: str, value: object) -> None:
    with pytest.raises(UnreadableAnswer, match="contradict each other"):
        parsing.checkout(body(transactions=[ONE, ONE | {field: value}]))


@pytest.mark.parametrize("length", [5000, 20_000, 65_536])
def test_tokens_may_be_long(length: int) -> None:
    """A refresh token that was used is gone: its successor must not be refused."""
    tokens = {"access_token": "a" * length, "refresh_token": "r" * length}

    grant = parsing.token_grant(json.dumps(tokens).encode())

    assert (grant.access_token, grant.refresh_token) == ("a" * length, "r" * length)


@pytest.mark.parametrize("name", ["access_token", "refresh_token"])
def test_a_token_that_no_row_would_hold_is_unreadable(name: str) -> None:
    tokens = {"access_token": "a", "refresh_token": "r"} | {name: "x" * 65_537}

    with pytest.raises(UnreadableAnswer, match=name):
        parsing.token_grant(json.dumps(tokens).encode())


SCOPES: dict[str, tuple[object, frozenset[str] | None]] = {
    "some": ("payments  user.profile", frozenset({"payments", "user.profile"})),
    "long": ("x" * 9000, frozenset({"x" * 9000})),
    "none": (None, None),
    "empty": ("", None),
    "a list": (["payments"], None),
    "a number": (7, None),
}


@pytest.mark.parametrize(("sent", "scopes"), SCOPES.values(), ids=SCOPES)
def test_odd_scopes_cost_no_token(sent: object, scopes: frozenset[str] | None) -> None:
    grant = parsing.token_grant(json.dumps({"access_token": "a", "scope": sent}).encode())

    assert (grant.access_token, grant.scopes) == ("a", scopes)


def test_a_byte_order_mark_is_ignored() -> None:
    assert parsing.checkout(b"\xef\xbb\xbf" + body()) == parsing.checkout(body())


def test_a_transaction_without_a_status_is_unknown_and_took_no_money() -> None:
    read = parsing.checkout(body(transactions=[{"amount": 45}]))

    assert read.transactions[0].status == UNKNOWN
    assert not read.successful


@pytest.mark.parametrize("date", ["yesterday", "2026-06-01T16:00:00", 5, "0001-01-01T00:00+14:00"])
def test_an_unreadable_date_is_none(date: object) -> None:
    assert parsing.checkout(body(valid_until=date)).valid_until is None


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil", "https://a b", 5, "data:,x"])
def test_only_a_web_url_is_accepted_as_a_payment_page(url: object) -> None:
    assert parsing.checkout(body(hosted_checkout_url=url)).pay_url is None


def test_a_list_of_checkouts_may_be_empty_but_must_be_a_list() -> None:
    assert parsing.checkouts(b"[]") == ()
    assert [c.id for c in parsing.checkouts(b"[" + body() + b"]")] == [PAID["id"]]
    with pytest.raises(UnreadableAnswer, match="an object, not a list"):
        parsing.checkouts(body())
    with pytest.raises(UnreadableAnswer, match="a listed checkout is null"):
        parsing.checkouts(b"[null]")


WENT_BACK: dict[str, tuple[dict[str, Any], bool]] = {
    "nothing": ({}, False),
    "paid out": ({"simple_status": "PAID_OUT"}, False),
    "a refund that failed": ({"simple_status": "REFUND_FAILED"}, False),
    "a payout event": ({"transaction_events": [{"event_type": "PAYOUT"}]}, False),
    "no refunded amount": ({"refunded_amount": 0}, False),
    "its status": ({"status": "REFUNDED"}, True),
    "its status, charged back": ({"status": "CHARGE_BACK"}, True),
    "its simple status": ({"simple_status": "REFUNDED"}, True),
    "its simple status, charged back": ({"simple_status": "CHARGEBACK"}, True),
    "uncollected after a chargeback": ({"simple_status": "NON_COLLECTION"}, True),
    "an event": ({"transaction_events": [{"event_type": "REFUND", "status": "REFUNDED"}]}, True),
    "a chargeback": ({"transaction_events": [{}, {"event_type": "CHARGE_BACK"}]}, True),
    "a short event": ({"events": [{"type": "REFUND"}]}, True),
    "a refunded amount": ({"refunded_amount": 0.01}, True),
}


@pytest.mark.parametrize(("changes", "expected"), WENT_BACK.values(), ids=WENT_BACK)
def test_a_refund_is_detected_from_any_indicator(
    changes: dict[str, Any], *, expected: bool
) -> None:
    fields = {"id": "t1", "status": "SUCCESSFUL", "amount": 45, "currency": "GBP"} | changes

    assert parsing.transaction(json.dumps(fields).encode()).refunded is expected


def an_event(kind: str = "REFUND", status: str = "REFUNDED", amount: int = 45) -> dict[str, Any]:
    """Return an event that moved 45.00, as `transaction_events` lists it."""
    return {"event_type": kind, "status": status, "amount": amount}


def events(*listed: dict[str, Any]) -> dict[str, Any]:
    return {"transaction_events": [an_event("PAYOUT", "SCHEDULED"), *listed]}


def short(*listed: dict[str, Any]) -> dict[str, Any]:
    return {"events": [{"type": e["event_type"]} | e for e in listed]}


TWENTY, TAKEN = an_event(amount=20), an_event("CHARGE_BACK", "SUCCESSFUL")
RETURNED: dict[str, tuple[dict[str, Any], Returned, Extent]] = {
    "nothing": ({}, Returned(), Extent.NOTHING),
    "only a payout": (events(), Returned(), Extent.NOTHING),
    "in full": (events(an_event()), Returned(Decimal(45)), Extent.ALL),
    "the same part twice": (events(TWENTY, TWENTY), Returned(Decimal(40)), Extent.PART),
    "in two parts": (events(TWENTY, an_event(amount=25)), Returned(Decimal(45)), Extent.ALL),
    "in both lists": (events(TWENTY) | short(TWENTY), Returned(Decimal(20)), Extent.PART),
    "only in the short list": (short(an_event()), Returned(Decimal(45)), Extent.ALL),
    "an amount of a history": ({"refunded_amount": 45}, Returned(Decimal(45)), Extent.ALL),
    "a part, of a history": ({"refunded_amount": 0.01}, Returned(Decimal("0.01")), Extent.PART),
    "more in the events": (events(TWENTY) | {"refunded_amount": 5}, Returned(Decimal(20)),
                           Extent.PART),
    "successful": (events(an_event(status="SUCCESSFUL")), Returned(Decimal(45)), Extent.ALL),
    "failed": (events(an_event(status="FAILED")), Returned(), Extent.NOTHING),
    "not there yet": (events(an_event(status="PENDING")), Returned(under_way=True),
                      Extent.UNDER_WAY),
    "scheduled": (events(an_event(status="SCHEDULED")), Returned(under_way=True), Extent.UNDER_WAY),
    "an unknown status": (events(an_event(status="PONDERED")),
                        Returned(amount_unknown=True), Extent.AMOUNT_UNKNOWN),
    "no word": (events({"event_type": "REFUND", "amount": 45}), Returned(amount_unknown=True),
                Extent.AMOUNT_UNKNOWN),
    "no amount": (events({"event_type": "REFUND", "status": "REFUNDED"}),
                  Returned(amount_unknown=True),
                  Extent.AMOUNT_UNKNOWN),
    "a negative amount": (events(an_event(amount=-45)),
                          Returned(amount_unknown=True), Extent.AMOUNT_UNKNOWN),
    "in full plus an unknown status": (events(an_event(), an_event(status="?")),
                                  Returned(Decimal(45), amount_unknown=True), Extent.ALL),
    "only a status": ({"status": "REFUNDED"}, Returned(amount_unknown=True), Extent.AMOUNT_UNKNOWN),
    "a status with an amount": ({"status": "REFUNDED"} | events(TWENTY), Returned(Decimal(20)),
                               Extent.PART),
    "charged back": (events(TAKEN) | {"simple_status": "CHARGEBACK"},
                     Returned(charged_back=Decimal(45)), Extent.ALL),
    "charged back by status": ({"simple_status": "CHARGEBACK"},
                             Returned(amount_unknown=True), Extent.AMOUNT_UNKNOWN),
    "refunded and charged back": (events(TWENTY, an_event("CHARGE_BACK", "SUCCESSFUL", amount=25)),
                        Returned(Decimal(20), Decimal(25)), Extent.ALL),
    "a deduction is no refund": (events(an_event("PAYOUT_DEDUCTION")), Returned(), Extent.NOTHING),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "returned", "extent"), RETURNED.values(), ids=RETURNED)
def test_refunded_amounts_are_added_up(
    changes: dict[str, Any], returned: Returned, extent: Extent
) -> None:
    fields = {"id": "t1", "status": "SUCCESSFUL", "amount": 45, "currency": "GBP"} | changes

    read = parsing.transaction(json.dumps(fields).encode())

    assert (read.returned, read.extent) == (returned, extent)


def test_the_extent_of_a_refund_is_unknown_without_an_amount() -> None:
    part = json.dumps({"id": "t1", "status": "SUCCESSFUL"} | events(TWENTY)).encode()

    assert parsing.transaction(part).extent is Extent.AMOUNT_UNKNOWN
    assert parsing.transaction(b'{"id":"t1","status":"S"}').extent is Extent.NOTHING


@pytest.mark.parametrize("sent", [b"{}", b'{"id":"a"}', b'{"status":"SUCCESSFUL"}', b"[]"])
def test_a_transaction_needs_an_id_and_a_status(sent: bytes) -> None:
    with pytest.raises(UnreadableAnswer):
        parsing.transaction(sent)


def test_a_transaction_says_how_it_was_paid() -> None:
    sent = b'{"id":"tx-1","status":"SUCCESSFUL","payment_type":"POS"}'

    assert parsing.transaction(sent).payment_type == "POS"
    assert parsing.transaction(b'{"id":"tx-1","status":"SUCCESSFUL"}').payment_type is None


LIFE = {"3599": 3599, "1e9": 86_400, "0": 600, "-1": 600, '"3599"': 600, "null": 600, "1.9": 1}


@pytest.mark.parametrize(("sent", "seconds"), LIFE.items())
def test_an_invalid_lifetime_does_not_discard_the_grant(sent: str, seconds: int) -> None:
    grant = parsing.token_grant(
        f'{{"access_token":"at","refresh_token":"rt","expires_in":{sent}}}'.encode()
    )

    assert (grant.access_token, grant.refresh_token) == ("at", "rt")
    assert grant.expires_in == seconds


def test_a_missing_refresh_token_is_none() -> None:
    assert parsing.token_grant(b'{"access_token":"at"}').refresh_token is None


def test_an_unreadable_grant_never_shows_a_token() -> None:
    for sent in (b'{"access_token":"SECRET"', b'{"access_token":"SEC\\nRET"}', b'["SECRET"]'):
        with pytest.raises(UnreadableAnswer) as refused:
            parsing.token_grant(sent)
        assert "SEC" not in repr(refused.value)
        assert refused.value.__context__ is None


def test_compressed_responses_are_decompressed_up_to_the_limit() -> None:
    bomb = gzip.compress(bytes(50_000_000))

    assert fields.unpacked(gzip.compress(b"{}"), "gzip") == b"{}"
    assert fields.unpacked(zlib.compress(b"{}"), " Deflate ") == b"{}"
    assert fields.unpacked(b"{}", "identity") == b"{}"
    assert len(fields.unpacked(bomb, "gzip")) == fields.MAX_BODY + 1


@pytest.mark.parametrize(("sent", "encoding"), [(b"{}", "br"), (b"{}", "gzip"), (b"{}", "deflate")])
def test_a_response_that_cannot_be_decompressed_is_unreadable(sent: bytes, encoding: str) -> None:
    with pytest.raises(UnreadableAnswer):
        fields.unpacked(sent, encoding)


AWKWARD = "aé \n\x00\u2028\ud800"
NAMES = sorted(PAID)
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(AWKWARD, max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(NAMES), JUNK), st.sets(st.sampled_from(NAMES)))
def test_junk_in_any_field_is_parsed_or_refused(changes: dict[str, Any], missing: set[str]) -> None:
    fields = {name: value for name, value in (PAID | changes).items() if name not in missing}

    _never_a_float(json.dumps(fields).encode())


@given(st.integers(0, len(body()) - 1), st.binary(max_size=4))
def test_corrupted_bytes_are_parsed_or_refused(place: int, damage: bytes) -> None:
    good = body()

    _never_a_float(good[:place] + damage + good[place + len(damage) :])


def _never_a_float(sent: bytes) -> None:
    try:
        read = parsing.checkout(sent)
    except UnreadableAnswer:
        return
    amounts = [read.amount, *(t.amount for t in read.transactions)]
    assert all(a is None or (type(a) is Decimal and a.is_finite()) for a in amounts)
    assert read.id
    assert read.status


# ---- who is paid


MEMBERSHIP = {
    "id": "mem_1",
    "type": "merchant",
    "status": "accepted",
    "resource_id": "MC0001",
    "roles": ["role_owner"],
    "resource": {"id": "MC0001", "type": "merchant", "name": "Jersey Live Ltd"},
}
MERCHANT = {
    "merchant_code": "MC0001",
    "default_currency": "GBP",
    "country": "GB",
    "business_profile": {"name": "Jersey Live Ltd"},
    "company": {"name": "Jersey Live Holdings Ltd"},
    "alias": "Jersey Live",
    "sandbox": False,
}


def listed(*items: object) -> bytes:
    return json.dumps({"items": items, "total_count": len(items)}).encode()


def test_only_accepted_merchant_memberships_count() -> None:
    others = [
        MEMBERSHIP | {"resource_id": "MC0002"},
        MEMBERSHIP | {"type": "organization", "resource_id": "O1"},
        MEMBERSHIP | {"status": "pending", "resource_id": "MC0003"},
        MEMBERSHIP | {"status": "new word", "resource_id": "MC0004"},
        {"resource_id": "MC0005"},
        MEMBERSHIP,
    ]

    assert parsing.memberships(listed(MEMBERSHIP, *others)) == ("MC0001", "MC0002")
    assert parsing.memberships(listed()) == ()


BAD_MEMBERSHIPS = {
    "a list": b"[]",
    "no items": b"{}",
    "items that are an object": b'{"items":{}}',
    "text": listed("MC0001"),
    "no code": listed(MEMBERSHIP | {"resource_id": None}),
    "a code that is a number": listed(MEMBERSHIP | {"resource_id": 1}),
    "a type that is a list": listed(MEMBERSHIP | {"type": ["merchant"]}),
    "a page": b"<html>",
}


@pytest.mark.parametrize("bad", BAD_MEMBERSHIPS.values(), ids=BAD_MEMBERSHIPS)
def test_an_invalid_list_of_memberships_is_unreadable(bad: bytes) -> None:
    with pytest.raises(UnreadableAnswer):
        parsing.memberships(bad)


def merchant(**changes: object) -> Merchant:
    return parsing.merchant(json.dumps(MERCHANT | changes).encode())


def test_a_merchant_is_parsed_with_all_its_fields() -> None:
    assert merchant() == Merchant("MC0001", "Jersey Live Ltd", "GBP", sandbox=False)
    assert merchant(sandbox=True).sandbox is True
    assert merchant(sandbox=None).sandbox is False


def test_a_merchant_name_falls_back_to_other_fields() -> None:
    assert merchant(business_profile=None).name == "Jersey Live Holdings Ltd"
    assert merchant(business_profile={}, company={"name": ""}).name == "Jersey Live"
    assert merchant(business_profile={}, company=None, alias=None).name == "MC0001"


BAD_MERCHANTS = {
    "no code": {"merchant_code": None},
    "no currency": {"default_currency": ""},
    "a currency that is a number": {"default_currency": 826},
    "a sandbox in words": {"sandbox": "false"},
    "a sandbox that is a number": {"sandbox": 0},
    "a profile that is text": {"business_profile": "Jersey Live Ltd"},
    "a name that is an object": {"company": {"name": {}}, "business_profile": {}},
    "a name with a line break": {"business_profile": {"name": "a\nb"}},
}


@pytest.mark.parametrize("changes", BAD_MERCHANTS.values(), ids=BAD_MERCHANTS)
def test_an_invalid_merchant_is_unreadable(changes: dict[str, object]) -> None:
    with pytest.raises(UnreadableAnswer):
        merchant(**changes)


@pytest.mark.parametrize(
    ("told", "scopes"),
    [("payments  user.profile", {"payments", "user.profile"}), ("", None), (None, None)],
)
def test_the_scopes_of_a_grant_are_optional(told: object, scopes: set[str] | None) -> None:
    grant = json.dumps({"access_token": "at", "scope": told}).encode()

    assert parsing.token_grant(grant).scopes == scopes
