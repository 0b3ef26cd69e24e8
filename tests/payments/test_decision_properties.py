"""Rules above the decision table, tested with everything SumUp could answer."""

from datetime import datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import CHECKOUT_ID, NOW, a_paid_checkout, a_record, an_order
from ticketing.errors import (
    AccessForbidden,
    AccessRefused,
    CheckoutNotFound,
    ClientRefused,
    PaymentProviderError,
    PaymentProviderUnavailable,
    ReconnectNeeded,
    RequestBlocked,
    TransactionNotFound,
    UnknownOrganiser,
    UnreadableAnswer,
)
from ticketing.operators.alert_kinds import REVIEWS
from ticketing.orders.order import Order, OrderStatus, Trouble
from ticketing.orders.reason import Reason
from ticketing.payments.checkout_result import (
    CheckoutMissing,
    CheckoutResult,
    CheckoutSeen,
    Deactivation,
    NothingToPay,
)
from ticketing.payments.decision import Action
from ticketing.payments.decision_table import decide
from ticketing.payments.payment import Checkout, Transaction

STATUSES = ["PENDING", "PAID", "FAILED", "EXPIRED", "paid", "SUCCESSFUL", "ON_HOLD"]
ATTEMPTS = ["SUCCESSFUL", "FAILED", "PENDING", "CANCELLED", "REFUNDED", "UNKNOWN"]
PERSISTENT = [Reason.NO_TRANSACTION, Reason.NOT_CONFIRMED, Reason.UNKNOWN_STATUS, Reason.UNREADABLE]
ids = st.sampled_from(["txn-1", "txn-2", None])
amounts = st.sampled_from([Decimal(t) for t in ("45", "45.00", "44.99", "4500", "0", "1e30")])
currencies = st.sampled_from(["GBP", "EUR", "gbp", None])
merchants = st.sampled_from(["MC0001", "MC9999", None])
moments = st.integers(-5, 10 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes))

transactions = st.builds(
    Transaction,
    id=ids,
    status=st.sampled_from(ATTEMPTS),
    amount=st.none() | amounts,
    currency=currencies,
    merchant_code=merchants,
    refunded=st.booleans(),
)
FIELDS: dict[str, st.SearchStrategy[object]] = {
    "id": st.just("another"),
    "status": st.sampled_from(STATUSES),
    "reference": st.sampled_from(["ORD-XYZ999", None]),
    "amount": st.none() | amounts,
    "currency": currencies,
    "merchant_code": merchants,
    "transaction_id": ids,
    "transactions": st.lists(transactions, max_size=3).map(tuple),
}


@st.composite
def checkouts(draw: st.DrawFn) -> Checkout:
    """Return the paid checkout with up to three fields that are something else."""
    changed = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=3, unique=True))
    return a_paid_checkout(**{name: draw(FIELDS[name]) for name in changed})


errors = st.sampled_from(
    [
        AccessForbidden("403"),
        AccessRefused("401"),
        CheckoutNotFound("404"),
        ClientRefused("401"),
        PaymentProviderError("418"),
        PaymentProviderUnavailable("503", retry_after=7.0),
        ReconnectNeeded("invalid_grant"),
        RequestBlocked("403"),
        TransactionNotFound("404"),
        UnknownOrganiser("jersey-live"),
        UnreadableAnswer("half a body"),
    ]
)
seen = st.builds(
    CheckoutSeen,
    record=st.just(a_record()),
    checkout=checkouts(),
    deactivation=st.none() | st.sampled_from(Deactivation),
    status_before=st.none() | st.sampled_from(STATUSES),
    transaction=st.none() | transactions | st.just(TransactionNotFound("404")),
    sandbox=st.booleans(),
)
orders = st.builds(
    an_order,
    status=st.sampled_from(OrderStatus),
    trouble=st.none()
    | st.builds(
        Trouble,
        code=st.sampled_from(PERSISTENT),
        since=st.just(NOW),
        times=st.integers(1, 20),
    ),
    settled_at=st.none() | moments,
    paid_checkout_id=st.sampled_from([None, CHECKOUT_ID, "another"]),
)


def is_proof_of_payment(answer: CheckoutResult) -> bool:
    """Say in other words than the code's whether an answer pays for the default order."""
    if not isinstance(answer, CheckoutSeen) or answer.sandbox:
        return False
    checkout = answer.checkout
    facts = (checkout.id, checkout.reference, checkout.merchant_code, checkout.currency)
    return (
        checkout.status == "PAID"
        and facts == (CHECKOUT_ID, "ORD-ABC123", "MC0001", "GBP")
        and checkout.amount == Decimal("45.00")
        and any(
            attempt.status == "SUCCESSFUL"
            and attempt.amount in {None, Decimal("45.00")}
            and attempt.currency in {None, "GBP"}
            and checkout.transaction_id in {None, attempt.id}
            for attempt in checkout.transactions
        )
    )


@given(
    order=orders,
    answer=seen | st.just(NothingToPay()) | st.just(CheckoutMissing()),
    now=moments,
    honour_late=st.booleans(),
)
def test_only_a_matching_paid_checkout_issues_tickets(
    order: Order, answer: CheckoutResult, now: datetime, *, honour_late: bool
) -> None:
    decision = decide(order, answer, now, honour_late=honour_late)

    if decision.action is Action.ISSUE:
        assert is_proof_of_payment(answer)
        assert order.status in {OrderStatus.PENDING, OrderStatus.FAILED, OrderStatus.EXPIRED}


@given(order=orders, error=errors, now=moments, honour_late=st.booleans())
def test_an_unreadable_answer_never_issues_and_never_closes(
    order: Order,
    error: PaymentProviderError | UnknownOrganiser,
    now: datetime,
    *,
    honour_late: bool,
) -> None:
    decision = decide(order, error, now, honour_late=honour_late)

    assert decision.action in {Action.WAIT, Action.REVIEW, Action.LEAVE}


@given(orders, seen | errors | st.just(CheckoutMissing()), moments)
def test_a_pending_order_is_settled_or_scheduled_for_another_check(
    order: Order, answer: CheckoutResult, now: datetime
) -> None:
    decision = decide(order, answer, now)

    if order.status is OrderStatus.PENDING and decision.action is Action.WAIT:
        assert decision.next_check_at is not None
        assert decision.next_check_at > now
    if order.status is OrderStatus.PENDING:
        assert decision.action is not Action.LEAVE


@given(orders, seen, moments)
def test_no_order_is_closed_while_sumup_lists_a_payment_for_it(
    order: Order, answer: CheckoutSeen, now: datetime
) -> None:
    decision = decide(order, answer, now)

    if decision.action is Action.CLOSE:
        assert answer.checkout.status != "PAID"
        assert not answer.checkout.successful


@given(orders, seen, moments)
def test_a_mismatch_says_what_was_expected_and_what_was_received(
    order: Order, answer: CheckoutSeen, now: datetime
) -> None:
    decision = decide(order, answer, now)

    if decision.action is Action.REVIEW and REVIEWS[decision.reason].field:
        assert decision.expected
        assert decision.received
