import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import pytest
import responses
from requests import PreparedRequest
from requests.exceptions import ConnectionError, ReadTimeout  # noqa: A004  # as `requests` names it

from ticketing.adapters.sumup.client import SumUp
from ticketing.errors import (
    AccessRefused,
    CheckoutNotDeactivated,
    CheckoutNotFound,
    ClientRefused,
    DuplicateCheckout,
    PaymentProviderError,
    PaymentProviderUnavailable,
    ReconnectNeeded,
    TransactionNotFound,
    UnreadableAnswer,
)
from ticketing.money import Money
from ticketing.payments.payment import Checkout, Merchant
from ticketing.payments.refunding import is_unclear

SUMUP = "https://api.sumup.com"
TOKEN = "at-2f6d1b"
ID = "4e425463-3e1b-431d-83fa-1e51c2925e99"
CHECKOUT = f"{SUMUP}/v0.1/checkouts/{ID}"
CHECKOUTS = f"{SUMUP}/v0.1/checkouts"
TRANSACTIONS = f"{SUMUP}/v2.1/merchants/MC0001/transactions"
TOKENS = f"{SUMUP}/token"
PENDING = {"id": ID, "status": "PENDING", "amount": 45, "currency": "GBP", "transactions": []}


def a_client() -> SumUp:
    return SumUp(SUMUP, "our-client", "our-secret", sleep=lambda _: None)


def create(client: SumUp, total: Money, redirect_url: str | None = None) -> Checkout:
    return client.create_checkout(
        TOKEN,
        reference="ORD-ABC123-1",
        total=total,
        merchant_code="MC0001",
        description="3 tickets, “Summer Sounds”",
        valid_until=datetime(2026, 6, 1, 16, 0, tzinfo=timezone(timedelta(hours=2))),
        return_url=None,
        redirect_url=redirect_url,
    )


def sent_by(mocked: responses.RequestsMock) -> PreparedRequest:
    (call,) = mocked.calls
    return call.request


def test_every_request_sends_the_authorization_and_accept_headers() -> None:
    with responses.RequestsMock() as mocked:
        mocked.get(CHECKOUT, json=PENDING)
        a_client().get_checkout(TOKEN, ID)

        request = sent_by(mocked)
    headers = request.headers
    timeout = vars(request)["req_kwargs"]["timeout"]
    assert (timeout.connect_timeout, round(timeout.total)) == (3, 25)
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Accept"] == "application/problem+json, application/json"
    assert headers["User-Agent"].startswith("ticketing/")


def test_a_checkout_is_fetched_by_id() -> None:
    with responses.RequestsMock() as mocked:
        mocked.get(CHECKOUT, json=PENDING, content_type="text/plain")

        checkout = a_client().get_checkout(TOKEN, ID)
    assert checkout == Checkout(ID, "PENDING", amount=Decimal(45), currency="GBP")


def test_a_response_about_another_checkout_is_returned_unchanged() -> None:
    """Comparing is up to the decision; the adapter only reports the response."""
    with responses.RequestsMock() as mocked:
        mocked.get(CHECKOUT, json=PENDING | {"id": "another"})

        assert a_client().get_checkout(TOKEN, ID).id == "another"


def test_checkouts_are_found_by_reference() -> None:
    wanted = responses.matchers.query_param_matcher({"checkout_reference": "ORD/1&x=y"})
    with responses.RequestsMock() as mocked:
        mocked.get(CHECKOUTS, match=[wanted], json=[PENDING])

        found = a_client().find_checkouts(TOKEN, "ORD/1&x=y")
    assert [checkout.id for checkout in found] == [ID]


def test_a_checkout_is_deactivated() -> None:
    with responses.RequestsMock() as mocked:
        mocked.delete(CHECKOUT, json=PENDING | {"status": "EXPIRED"})

        a_client().deactivate_checkout(TOKEN, ID)


NOT_EXPIRED = {
    "nothing": "",
    "a page": "<html>Under maintenance</html>",
    "pending": json.dumps(PENDING),
    "another": json.dumps(PENDING | {"id": "another", "status": "EXPIRED"}),
}


@pytest.mark.parametrize("body", NOT_EXPIRED.values(), ids=NOT_EXPIRED)
def test_a_deactivation_needs_confirmation_from_sumup(body: str) -> None:
    with responses.RequestsMock() as mocked:
        mocked.delete(CHECKOUT, body=body)

        with pytest.raises(UnreadableAnswer):
            a_client().deactivate_checkout(TOKEN, ID)


@pytest.mark.parametrize("code", ["CHECKOUT_PROCESSED", "CHECKOUT_CANT_BE_DEACTIVATED"])
def test_a_checkout_in_use_is_not_deactivated(code: str) -> None:
    with responses.RequestsMock() as mocked:
        mocked.delete(CHECKOUT, status=409, json={"error_code": code, "message": "no"})

        with pytest.raises(CheckoutNotDeactivated) as refused:
            a_client().deactivate_checkout(TOKEN, ID)
    assert (refused.value.error_code, refused.value.status) == (code, 409)


@pytest.mark.parametrize(
    ("total", "on_the_wire"),
    [
        (Money(Decimal(45), "GBP"), "45.00"),
        (Money(Decimal("10.10"), "EUR"), "10.10"),
        (Money(Decimal("0.30"), "GBP"), "0.30"),
        (Money(Decimal("9007199254740993.01"), "GBP"), "9007199254740993.01"),
        (Money(Decimal(5000), "CLP"), "5000"),
        (Money(Decimal("1E+3"), "GBP"), "1000.00"),
    ],
)
def test_the_amount_is_sent_exactly(total: Money, on_the_wire: str) -> None:
    with responses.RequestsMock() as mocked:
        mocked.post(CHECKOUTS, status=201, json=PENDING)
        create(a_client(), total)

        body = json.loads(sent_by(mocked).body or "", parse_float=str, parse_int=str)
    assert body["amount"] == on_the_wire
    assert body["currency"] == total.currency


def test_a_checkout_is_created_with_a_payment_page_and_an_expiry() -> None:
    with responses.RequestsMock() as mocked:
        mocked.post(CHECKOUTS, status=201, json=PENDING | {"hosted_checkout_url": "https://pay/1"})
        checkout = create(a_client(), Money(Decimal(45), "GBP"), "https://shop.example/done")

        request = sent_by(mocked)
    assert checkout.pay_url == "https://pay/1"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body or "") == {
        "checkout_reference": "ORD-ABC123-1",
        "amount": 45.0,
        "currency": "GBP",
        "merchant_code": "MC0001",
        "description": "3 tickets, “Summer Sounds”",
        "valid_until": "2026-06-01T14:00:00+00:00",
        "redirect_url": "https://shop.example/done",
        "hosted_checkout": {"enabled": True},
    }


def test_a_reused_reference_is_a_duplicate() -> None:
    with responses.RequestsMock() as mocked:
        mocked.post(CHECKOUTS, status=409, json={"error_code": "DUPLICATED_CHECKOUT"})

        with pytest.raises(DuplicateCheckout):
            create(a_client(), Money(Decimal(45), "GBP"))


def test_any_other_conflict_on_creation_is_not_a_duplicate() -> None:
    with responses.RequestsMock() as mocked:
        mocked.post(CHECKOUTS, status=409, json={"error_code": "CONFLICT"})

        with pytest.raises(PaymentProviderError) as refused:
            create(a_client(), Money(Decimal(45), "GBP"))
    assert type(refused.value) is PaymentProviderError


def test_a_refused_creation_includes_the_reason_from_sumup() -> None:
    reason = {"message": "Amount too small", "error_code": "INVALID", "param": "amount"}
    with responses.RequestsMock() as mocked:
        mocked.post(CHECKOUTS, status=400, json=[reason])

        with pytest.raises(PaymentProviderError, match=r"400 Amount too small \(amount\)"):
            create(a_client(), Money(Decimal(1), "GBP"))


def test_a_transaction_shows_its_refund() -> None:
    wanted = responses.matchers.query_param_matcher({"id": ID})
    answer = {"id": ID, "status": "SUCCESSFUL", "transaction_events": [{"event_type": "REFUND"}]}
    with responses.RequestsMock() as mocked:
        mocked.get(TRANSACTIONS, match=[wanted], json=answer)

        assert a_client().get_transaction(TOKEN, "MC0001", ID).refunded


REFUNDS = f"{SUMUP}/v1.0/merchants/MC0001/payments/{ID}/refunds"


@pytest.mark.parametrize(("status", "body"), [(201, "{}"), (204, ""), (200, "<html>")])
def test_a_full_refund_is_requested_without_an_amount(status: int, body: str) -> None:
    with responses.RequestsMock() as mocked:
        mocked.post(REFUNDS, status=status, body=body)
        a_client().refund(TOKEN, "MC0001", ID)

        request = sent_by(mocked)
    assert request.body is None
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert "Content-Type" not in request.headers


def test_a_partial_refund_is_requested_with_its_exact_amount() -> None:
    with responses.RequestsMock() as mocked:
        mocked.post(REFUNDS, status=201, json={})
        a_client().refund(TOKEN, "MC0001", ID, Decimal("25.10"))

        request = sent_by(mocked)
    assert json.loads(request.body or "", parse_float=Decimal) == {"amount": Decimal("25.10")}
    assert request.headers["Content-Type"] == "application/json"


UNCLEAR: dict[str, dict[str, Any]] = {
    "a server error": {"status": 500},
    "a gateway error": {"status": 504},
    "too slow": {"status": 408},
    "a web page": {"status": 302, "body": "<html>"},
    "no response": {"body": ReadTimeout()},
    "cut off": {"body": ConnectionError()},
}


@pytest.mark.parametrize("answer", UNCLEAR.values(), ids=UNCLEAR)
def test_a_refund_is_never_retried(answer: dict[str, Any]) -> None:
    with responses.RequestsMock() as mocked:
        mocked.post(REFUNDS, **answer)

        with pytest.raises(PaymentProviderUnavailable) as unclear:
            a_client().refund(TOKEN, "MC0001", ID)

        assert len(mocked.calls) == 1
    assert is_unclear(unclear.value)


PROBLEM = {"title": "Conflict", "detail": "The transaction is not refundable"}
BALANCE = {"error_code": "NOT_ENOUGH_BALANCE", "message": "Not enough available balance"}
INVALID = {"detail": "Refund failed.", "errors": [{"code": "INVALID_AMOUNT", "detail": "Too high"}]}
REFUSALS: dict[str, tuple[int, object, str]] = {
    "a bad request": (400, {"detail": "amount must be greater than zero"}, "greater than zero"),
    "an expired token": (401, {"title": "Unauthorized"}, "401"),
    "no permission": (403, {"detail": "users is not allowed to make a refund"}, "not allowed"),
    "not found": (404, {"error_code": "NOT_FOUND", "message": "Resource not found"}, "not found"),
    "a conflicting state": (409, PROBLEM, "not refundable"),
    "insufficient balance": (409, BALANCE, "Not enough available balance"),
    "an invalid amount": (422, INVALID, "Refund failed.; Too high"),
    "the firewall": (403, {"type": "https://developer.sumup.com/problem/request-blocked"}, "403"),
    "too many requests": (429, {}, "429"),
}


@pytest.mark.parametrize(("status", "body", "words"), REFUSALS.values(), ids=REFUSALS)
def test_a_rejected_refund_is_known_not_to_have_happened(
    status: int, body: object, words: str
) -> None:
    with responses.RequestsMock() as mocked:
        mocked.post(REFUNDS, status=status, json=body)

        with pytest.raises(PaymentProviderError, match=words) as refused:
            a_client().refund(TOKEN, "MC0001", ID)

        assert len(mocked.calls) == 1
    assert not is_unclear(refused.value)


def test_a_refund_with_an_invalid_id_is_not_sent() -> None:
    with responses.RequestsMock(), pytest.raises(PaymentProviderError, match="could not be an id"):
        a_client().refund(TOKEN, "MC0001", "../../v0.1/me")


def test_not_found_is_a_distinct_error() -> None:
    with responses.RequestsMock() as mocked:
        mocked.get(CHECKOUT, status=404, json={"error_code": "NOT_FOUND"})
        mocked.delete(CHECKOUT, status=404)
        mocked.get(TRANSACTIONS, status=404)
        mocked.get(CHECKOUTS, status=404)

        with pytest.raises(CheckoutNotFound):
            a_client().get_checkout(TOKEN, ID)
        with pytest.raises(CheckoutNotFound):
            a_client().deactivate_checkout(TOKEN, ID)
        with pytest.raises(TransactionNotFound):
            a_client().get_transaction(TOKEN, "MC0001", ID)
        with pytest.raises(PaymentProviderError) as refused:
            a_client().find_checkouts(TOKEN, "ORD-1")
    assert type(refused.value) is PaymentProviderError


def test_a_refresh_returns_an_access_and_a_refresh_token() -> None:
    grant = {"access_token": "at2", "expires_in": 3599, "refresh_token": "rt2"}
    with responses.RequestsMock() as mocked:
        mocked.post(TOKENS, json=grant | {"token_type": "Bearer"})
        granted = a_client().refresh("rt/1+&=")

        request = sent_by(mocked)
    assert (granted.access_token, granted.expires_in) == ("at2", 3599)
    assert granted.refresh_token == "rt2"
    assert "Authorization" not in request.headers
    assert parse_qs(str(request.body), strict_parsing=True) == {
        "grant_type": ["refresh_token"],
        "refresh_token": ["rt/1+&="],
        "client_id": ["our-client"],
        "client_secret": ["our-secret"],
    }


def test_the_consent_url_contains_all_scopes_and_a_challenge() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # the example of RFC 7636

    page, _, query = (
        a_client().authorise_url("https://shop.example/back?a=b", "s&1", verifier).partition("?")
    )

    assert page == f"{SUMUP}/authorize"
    assert parse_qs(query, strict_parsing=True) == {
        "response_type": ["code"],
        "client_id": ["our-client"],
        "redirect_uri": ["https://shop.example/back?a=b"],
        "scope": ["payments transactions.history user.profile_readonly"],
        "state": ["s&1"],
        "code_challenge": ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"],
        "code_challenge_method": ["S256"],
    }


def test_a_code_is_exchanged_for_tokens() -> None:
    grant = {
        "access_token": "at1",
        "expires_in": 3599,
        "refresh_token": "rt1",
        "scope": "user.profile_readonly payments",
    }
    with responses.RequestsMock() as mocked:
        mocked.post(TOKENS, json=grant)
        granted = a_client().exchange("c/1+&=", "https://shop.example/back", "v-1")

        request = sent_by(mocked)
    assert (granted.access_token, granted.refresh_token) == ("at1", "rt1")
    assert granted.scopes == frozenset({"payments", "user.profile_readonly"})
    assert "Authorization" not in request.headers
    assert parse_qs(str(request.body), strict_parsing=True) == {
        "grant_type": ["authorization_code"],
        "code": ["c/1+&="],
        "redirect_uri": ["https://shop.example/back"],
        "code_verifier": ["v-1"],
        "client_id": ["our-client"],
        "client_secret": ["our-secret"],
    }


def test_a_code_exchange_is_not_retried_and_leaks_no_secret() -> None:
    """A code works once: a second attempt would only learn that it has been used."""
    echo = {"error": "invalid_grant", "error_description": "code-1 of our-client, verifier-1"}
    for status, error in ((400, ReconnectNeeded), (503, PaymentProviderUnavailable)):
        with responses.RequestsMock() as mocked:
            mocked.post(TOKENS, json=echo, status=status)

            with pytest.raises(error, match=r"\(hidden\) of our-client, \(hidden\)"):
                a_client().exchange("code-1", "https://shop.example/back", "verifier-1")
            assert len(mocked.calls) == 1


def test_a_users_merchant_accounts_are_listed() -> None:
    membership = {"type": "merchant", "status": "accepted", "resource_id": "MC0001"}
    with responses.RequestsMock() as mocked:
        mocked.get(f"{SUMUP}/v0.1/memberships", json={"items": [membership], "total_count": 1})

        assert a_client().memberships(TOKEN) == ("MC0001",)
        assert sent_by(mocked).headers["Authorization"] == f"Bearer {TOKEN}"


def test_a_merchant_account_is_fetched_by_its_code() -> None:
    answer = {"merchant_code": "MC0001", "default_currency": "GBP", "sandbox": True}
    with responses.RequestsMock() as mocked:
        mocked.get(f"{SUMUP}/v1/merchants/MC0001", json=answer)

        merchant = a_client().merchant(TOKEN, "MC0001")
    assert merchant == Merchant("MC0001", "MC0001", "GBP", sandbox=True)


REFRESH_REFUSED = {
    "an invalid token": (400, b'{"error":"invalid_grant"}', ReconnectNeeded),
    "an invalid token, as a 401": (401, b'{"error":"invalid_grant"}', ReconnectNeeded),
    "not our client": (401, b'{"error":"invalid_client"}', ClientRefused),
    "not our client, as a 400": (400, b'{"error":"invalid_client"}', ClientRefused),
    "not for our client": (400, b'{"error":"unauthorized_client"}', ClientRefused),
    "an empty 401": (401, b"", ClientRefused),
    "a malformed request": (400, b'{"error":"invalid_request"}', PaymentProviderError),
    "an empty 400": (400, b"", PaymentProviderError),
    "an invalid token, in the message only": (400, b"invalid_grant", PaymentProviderError),
    "too many requests, as a 429": (429, b"Too many requests", PaymentProviderUnavailable),
    "an outage that names a grant": (500, b'{"error":"invalid_grant"}', PaymentProviderUnavailable),
    "a page": (200, b"<html>", UnreadableAnswer),
    "no token": (200, b'{"expires_in":3599}', UnreadableAnswer),
}


@pytest.mark.parametrize(("status", "body", "error"), REFRESH_REFUSED.values(), ids=REFRESH_REFUSED)
def test_only_an_invalid_refresh_token_requires_reconnecting(
    status: int, body: bytes, error: type[PaymentProviderError]
) -> None:
    with responses.RequestsMock() as mocked:
        mocked.post(TOKENS, body=body, status=status)

        with pytest.raises(PaymentProviderError) as refused:
            a_client().refresh("rt-1")
    assert type(refused.value) is error


def test_a_refused_refresh_leaks_no_secret() -> None:
    echo = {"error": "invalid_grant", "error_description": "rt-1 of our-client, our-secret"}
    with responses.RequestsMock() as mocked:
        mocked.post(TOKENS, json=echo, status=400)

        with pytest.raises(ReconnectNeeded, match=r"\(hidden\) of our-client, \(hidden\)"):
            a_client().refresh("rt-1")


@pytest.mark.parametrize(
    "impossible", ["", ".", "..", "../../token", "a/b", "a?b", "a b", "é", "a\n", "x" * 65]
)
def test_an_invalid_id_is_refused_before_any_call(impossible: str) -> None:
    client = a_client()
    asks: list[Callable[[], object]] = [
        lambda: client.get_checkout(TOKEN, impossible),
        lambda: client.deactivate_checkout(TOKEN, impossible),
        lambda: client.get_transaction(TOKEN, "MC0001", impossible),
        lambda: client.get_transaction(TOKEN, impossible, ID),
        lambda: client.merchant(TOKEN, impossible),
    ]
    for ask in asks:
        with responses.RequestsMock(), pytest.raises(PaymentProviderError) as refused:
            ask()
        assert "could not be an id" in str(refused.value)


@pytest.mark.parametrize("impossible", ["", "a b", "é", "a\n", "x" * 65])
def test_an_invalid_reference_is_refused_before_any_call(impossible: str) -> None:
    with responses.RequestsMock(), pytest.raises(PaymentProviderError) as refused:
        a_client().find_checkouts(TOKEN, impossible)
    assert "could not be a checkout reference" in str(refused.value)


@pytest.mark.parametrize("impossible", ["", "a b", "s3cret\r\nX: y", "s3cret\u20ac"])
def test_an_invalid_token_is_refused_and_not_shown(impossible: str) -> None:
    with responses.RequestsMock(), pytest.raises(AccessRefused) as refused:
        a_client().get_checkout(impossible, ID)
    assert "s3cret" not in str(refused.value)


def test_a_missing_refresh_token_requires_reconnecting() -> None:
    with responses.RequestsMock(), pytest.raises(ReconnectNeeded):
        a_client().refresh("")
