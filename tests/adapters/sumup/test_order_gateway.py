"""Asking SumUp about an order: every failure is returned for the caller to decide on."""

from decimal import Decimal

import pytest

from tests.support.builders import (
    CHECKOUT_ID,
    NOW,
    a_checkout,
    a_paid_checkout,
    a_record,
    a_transaction,
    an_order,
    later,
)
from tests.support.fakes import Cipher, Organisers, SumUp, Tokens
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.adapters.sumup.tokens import OrganiserTokens
from ticketing.errors import (
    AccessForbidden,
    AccessRefused,
    CheckoutNotFound,
    PaymentProviderError,
    PaymentProviderUnavailable,
    ReconnectNeeded,
    RequestBlocked,
    TransactionNotFound,
    UnknownOrganiser,
    UnreadableAnswer,
)
from ticketing.organisers.organiser import Connection, Organiser
from ticketing.payments.checkout_result import CheckoutSeen, Deactivation
from ticketing.payments.payment import Checkout, Transaction
from ticketing.payments.refunding import is_unclear

ORDER, RECORD = an_order(), a_record()


class Desk:
    """An inquiry about the default order's checkout in some state."""

    def __init__(self, checkout: Checkout | None = None) -> None:
        self.sumup, self.tokens = SumUp(checkout or a_checkout()), Tokens()
        self.inquiry = OrderGateway(self.sumup, self.tokens)

    def fetch_checkout(self) -> object:
        return self.inquiry.fetch_checkout(ORDER, RECORD, NOW)

    def deactivate(self) -> object:
        before = CheckoutSeen(RECORD, a_checkout(status="FAILED"))
        return self.inquiry.deactivate(ORDER, before, NOW)


def test_fetching_returns_the_current_checkout_with_our_own_record() -> None:
    assert Desk(a_paid_checkout()).fetch_checkout() == CheckoutSeen(RECORD, a_paid_checkout())


def test_a_sandbox_organiser_is_marked_as_such() -> None:
    desk = Desk()
    desk.tokens.sandbox = True

    assert desk.fetch_checkout() == CheckoutSeen(RECORD, a_checkout(), sandbox=True)


def test_a_sandbox_is_not_flagged_when_no_real_money_is_expected() -> None:
    desk = Desk()
    desk.tokens.sandbox = True
    trial = OrderGateway(desk.sumup, desk.tokens, real_money=False)

    assert trial.fetch_checkout(ORDER, RECORD, NOW) == CheckoutSeen(RECORD, a_checkout())


FAILURES = [
    AccessForbidden("403"),
    CheckoutNotFound("404"),
    PaymentProviderError("418"),
    PaymentProviderUnavailable("503"),
    RequestBlocked("403"),
    UnreadableAnswer("half a body"),
]


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: type(failure).__name__)
def test_a_provider_error_is_returned_and_not_retried(failure: Exception) -> None:
    desk = Desk()
    desk.sumup.failures["get_checkout"] = [failure]

    assert desk.fetch_checkout() is failure
    assert desk.sumup.asked("get_checkout") == [CHECKOUT_ID]


def test_our_own_errors_are_not_swallowed() -> None:
    desk = Desk()
    desk.sumup.failures["get_checkout"] = [ZeroDivisionError()]

    with pytest.raises(ZeroDivisionError):
        desk.fetch_checkout()


def test_a_refused_token_is_renewed_once() -> None:
    desk = Desk()
    desk.sumup.refused_tokens = {"token-1"}

    assert isinstance(desk.fetch_checkout(), CheckoutSeen)


def test_a_token_refused_twice_is_returned_as_an_error() -> None:
    desk = Desk()
    desk.sumup.refused_tokens = {"token-1", "token-2"}

    assert isinstance(desk.fetch_checkout(), AccessRefused)
    assert len(desk.sumup.calls) == 2


def test_a_disconnected_organiser_returns_an_error_without_a_call() -> None:
    parked, unknown = Desk(), Desk()
    parked.tokens.parked = unknown.tokens.unknown = {"jersey-live"}

    assert isinstance(parked.fetch_checkout(), ReconnectNeeded)
    assert isinstance(unknown.fetch_checkout(), UnknownOrganiser)
    assert parked.sumup.calls == unknown.sumup.calls == []


def test_a_failure_may_make_the_organiser_s_other_orders_wait() -> None:
    """For how long, if at all, is for the tokens to say."""
    desk, renewed = Desk(), Desk()
    desk.sumup.failures["get_checkout"] = [PaymentProviderUnavailable("429", retry_after=60.0)]
    renewed.sumup.refused_tokens = {"token-1"}
    renewed.sumup.failures["get_checkout"] = [
        AccessRefused("401"),
        PaymentProviderUnavailable("429 at last", retry_after=60.0),
    ]

    for each, problem in ((desk, "429"), (renewed, "429 at last")):
        assert isinstance(each.fetch_checkout(), PaymentProviderUnavailable)
        assert each.tokens.heeded == [("jersey-live", problem)]


def test_one_order_that_is_told_to_wait_spares_sumup_the_others() -> None:
    seal = Cipher().sealer("jersey-live")
    organiser = Organiser(
        organiser_id="jersey-live",
        merchant_code="MC0001",
        connection=Connection.CONNECTED,
        sandbox=False,
        token_version=1,
        access_token=seal("access-1"),
        access_expires_at=later(hours=1),
        refresh_token=seal("refresh-1"),
    )
    sumup = SumUp(a_checkout())
    tokens = OrganiserTokens(Organisers({"jersey-live": organiser}), Cipher(), sumup)
    gateway = OrderGateway(sumup, tokens)
    sumup.failures["get_checkout"] = [PaymentProviderUnavailable("429", retry_after=86_400.0)]

    first = gateway.fetch_checkout(ORDER, RECORD, NOW)
    others = [gateway.fetch_checkout(ORDER, RECORD, later(minutes=m)) for m in (1, 2, 4)]
    afterwards = gateway.fetch_checkout(ORDER, RECORD, later(minutes=5))

    waits = [each.retry_after for each in others if isinstance(each, PaymentProviderUnavailable)]
    assert isinstance(first, PaymentProviderUnavailable)
    assert waits == [240, 180, 60]
    assert isinstance(afterwards, CheckoutSeen)
    assert len(sumup.asked("get_checkout")) == 2


def test_an_answer_or_a_missing_token_makes_nobody_wait() -> None:
    answered, unavailable = Desk(), Desk()
    unavailable.tokens.unavailable = {"jersey-live"}

    for each in (answered, unavailable):
        each.fetch_checkout()
        assert each.tokens.heeded == []


def test_a_deactivation_is_followed_by_a_second_fetch() -> None:
    assert Desk().deactivate() == CheckoutSeen(
        RECORD,
        a_checkout(status="EXPIRED"),
        deactivation=Deactivation.DONE,
        status_before="FAILED",
    )


def test_a_processed_checkout_shows_its_outcome() -> None:
    answer = Desk(a_paid_checkout()).deactivate()

    assert isinstance(answer, CheckoutSeen)
    assert answer.deactivation is Deactivation.PROCESSED
    assert answer.checkout.status == "PAID"


def test_a_payment_in_progress_differs_from_a_processed_one() -> None:
    desk = Desk()
    desk.sumup.under_way = {CHECKOUT_ID}

    answer = desk.deactivate()

    assert isinstance(answer, CheckoutSeen)
    assert answer.deactivation is Deactivation.UNDER_WAY


@pytest.mark.parametrize("call", ["deactivate_checkout", "get_checkout"])
def test_a_deactivation_is_unknown_if_either_call_fails(call: str) -> None:
    desk = Desk()
    desk.sumup.failures[call] = [PaymentProviderUnavailable("no answer in time")]

    assert isinstance(desk.deactivate(), PaymentProviderUnavailable)


def test_a_deactivation_with_a_refused_token_is_retried_once() -> None:
    desk = Desk()
    desk.sumup.refused_tokens = {"token-1"}

    assert isinstance(desk.deactivate(), CheckoutSeen)
    assert desk.sumup.checkouts[CHECKOUT_ID].status == "EXPIRED"


SEEN = CheckoutSeen(RECORD, a_paid_checkout())


def test_fetching_the_transaction_adds_it_to_the_checkout() -> None:
    desk = Desk()
    desk.sumup.transactions["txn-1"] = a_transaction(refunded=True)

    assert desk.inquiry.fetch_transaction(ORDER, SEEN, NOW).transaction == a_transaction(
        refunded=True
    )
    assert desk.sumup.asked("get_transaction") == ["MC0001 txn-1"]


def test_a_failed_transaction_fetch_always_returns_its_error() -> None:
    desk, unknown = Desk(), Desk()
    unknown.tokens.unknown = {"jersey-live"}
    unnamed = CheckoutSeen(RECORD, a_paid_checkout(transactions=(a_transaction(id=None),)))

    found = desk.inquiry.fetch_transaction(ORDER, SEEN, NOW).transaction
    without_token = unknown.inquiry.fetch_transaction(ORDER, SEEN, NOW).transaction
    without_id = desk.inquiry.fetch_transaction(ORDER, unnamed, NOW).transaction

    assert isinstance(found, TransactionNotFound)
    assert isinstance(without_token, PaymentProviderError)
    assert isinstance(without_id, PaymentProviderError)
    assert desk.sumup.asked("get_transaction") == ["MC0001 txn-1"], "nothing without an id"


def test_a_checkout_without_a_payment_needs_no_transaction_fetch() -> None:
    desk = Desk()

    found = desk.inquiry.fetch_transaction(ORDER, CheckoutSeen(RECORD, a_checkout()), NOW)

    assert isinstance(found.transaction, PaymentProviderError)
    assert not desk.sumup.calls


@pytest.mark.parametrize(("status", "searches"), [(429, 0), (503, 1), (None, 1)])
def test_sumup_is_not_asked_for_more_when_it_has_too_many(
    status: int | None, searches: int
) -> None:
    """A checkout that was created all the same is found by the next try, which is a duplicate."""
    desk = Desk()
    desk.sumup.failures["create_checkout"] = [PaymentProviderUnavailable("not now", status=status)]

    desk.inquiry.create_checkout(ORDER, "Order ORD-ABC123", "https://a", "https://b", NOW)

    assert len(desk.sumup.asked("find_checkouts")) == searches


def test_checkouts_are_found_by_the_reference_of_the_order() -> None:
    desk = Desk()

    assert desk.inquiry.find(ORDER, NOW) == (a_checkout(),)
    assert desk.sumup.asked("find_checkouts") == ["ORD-ABC123"]


def refundable() -> Desk:
    desk = Desk()
    desk.sumup.transactions["txn-1"] = a_transaction()
    return desk


def test_a_refund_uses_the_token_of_the_organiser() -> None:
    desk = refundable()

    assert desk.inquiry.refund(ORDER, "txn-1", Decimal("5.00"), NOW) is None

    assert desk.sumup.asked("refund") == ["MC0001 txn-1 5.00"]
    after = desk.inquiry.transaction(ORDER, "txn-1", NOW)
    assert isinstance(after, Transaction)
    assert after.returned.amount == Decimal("5.00")


def test_a_failed_refund_returns_its_error() -> None:
    desk, unclear = refundable(), PaymentProviderUnavailable("no answer in time")
    desk.sumup.failures["refund"] = [unclear]

    assert desk.inquiry.refund(ORDER, "txn-1", None, NOW) is unclear
    assert isinstance(desk.inquiry.refund(ORDER, "txn-9", None, NOW), TransactionNotFound)


def test_a_refund_with_a_refused_token_is_not_retried() -> None:
    desk = refundable()
    desk.sumup.refused_tokens = {"token-1"}

    assert isinstance(desk.inquiry.refund(ORDER, "txn-1", None, NOW), AccessRefused)

    assert len(desk.sumup.asked("refund")) == 1
    assert desk.tokens.versions == {"jersey-live": 1}


def test_without_a_token_the_refund_is_known_not_to_have_been_sent() -> None:
    """Even if the token was unavailable because SumUp did not answer."""
    desk = refundable()
    desk.tokens.unavailable = {"jersey-live"}

    said = desk.inquiry.refund(ORDER, "txn-1", None, NOW)

    assert said is not None
    assert not is_unclear(said)
    assert "SumUp was not asked: " in str(said)
    assert desk.sumup.calls == []
