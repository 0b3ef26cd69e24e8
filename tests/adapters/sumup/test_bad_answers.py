"""Whatever SumUp, its gateway or its firewall answers: a typed error, no secret, no float."""

import contextlib
import gzip
import json
import traceback
from decimal import Decimal
from typing import Any

import pytest
import responses
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.bad_answers import BAD_ANSWERS, GOOD, ID, PAID, URL, Bad, packed, refused
from ticketing.adapters.sumup.client import SumUp
from ticketing.errors import AccessRefused, PaymentProviderError, UnreadableAnswer
from ticketing.payments.payment import Checkout

TOKEN = "at-2f6d1b"


def ask(bad: Bad) -> Checkout:
    client = SumUp("https://api.sumup.com", "our-client", "our-secret", sleep=lambda _: None)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        mocked.get(URL, status=bad.status or 200, body=bad.body, headers=dict(bad.headers))
        return client.get_checkout(TOKEN, ID)


@pytest.mark.parametrize("bad", BAD_ANSWERS.values(), ids=BAD_ANSWERS)
def test_a_bad_response_raises_exactly_one_kind_of_error(bad: Bad) -> None:
    with pytest.raises(PaymentProviderError) as caught:
        ask(bad)

    assert type(caught.value) is bad.error
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert TOKEN not in shown
    assert "our-secret" not in shown


def test_an_error_holds_no_reference_to_the_request() -> None:
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
def test_a_token_echoed_by_sumup_is_redacted(echo: object) -> None:
    with pytest.raises(AccessRefused) as caught:
        ask(refused(401, AccessRefused, echo))

    assert TOKEN not in repr(vars(caught.value)) + str(caught.value)


def test_good_responses_are_accepted() -> None:
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


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(st.sampled_from(sorted(PAID)), JUNK, max_size=3),
    st.sets(st.sampled_from(sorted(PAID)), max_size=2),
    st.integers(0, len(GOOD)),
    st.binary(max_size=2),
    st.sampled_from([200, 200, 200, 201, 400, 401, 403, 404, 409, 429, 500]),
)
def test_no_mutated_response_violates_the_types(
    changes: dict[str, Any], missing: set[str], place: int, damage: bytes, status: int
) -> None:
    fields = {name: value for name, value in (PAID | changes).items() if name not in missing}
    sent = json.dumps(fields).encode()
    sent = sent[:place] + damage + sent[place + len(damage) :]

    with contextlib.suppress(PaymentProviderError):
        checkout = ask(Bad(status, sent, UnreadableAnswer))
        amounts = [checkout.amount, *(t.amount for t in checkout.transactions)]
        assert all(amount is None or type(amount) is Decimal for amount in amounts)
