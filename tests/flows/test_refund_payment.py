"""A payment is refunded once, whoever asks and whatever fails; only then are tickets void."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.shop import CONFIRMATION, Shop
from tests.support.builders import (
    CHECKOUT_ID,
    NOW,
    a_checkout,
    a_line,
    a_paid_checkout,
    a_transaction,
    an_order,
    later,
)
from tests.support.fakes import Orders
from tests.support.oracle import breaches_in
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.audit.order_snapshot import Rule
from ticketing.emails.mail import MailKind
from ticketing.errors import (
    AccessForbidden,
    NotDecidable,
    OrderChanged,
    OrderNotFound,
    PaymentProviderError,
    PaymentProviderUnavailable,
    RequestBlocked,
    TransactionNotFound,
    UnreadableOrder,
)
from ticketing.flows.plan_refund import Wish
from ticketing.flows.refund_payment import Refunding, RefundPayment
from ticketing.money import Money
from ticketing.orders.order import ERASED, Customer, OrderStatus, Work
from ticketing.orders.reason import Reason
from ticketing.orders.refund import Consequence, Refund, RefundStatus
from ticketing.orders.transitions import mail_put_back
from ticketing.payments.decision import Action, Decision
from ticketing.payments.payment import Returned, Transaction
from ticketing.payments.refunding import ASK_AGAIN_AFTER, IN_HAND
from ticketing.tickets.ticket import TicketStatus

PENDING, COMPLETED, FAILED = OrderStatus.PENDING, OrderStatus.COMPLETED, OrderStatus.FAILED
REVIEW, EXPIRED = OrderStatus.REVIEW, OrderStatus.EXPIRED
ASKED, UNKNOWN = RefundStatus.ASKED, RefundStatus.UNKNOWN
REFUSED, REFUNDED = RefundStatus.REFUSED, RefundStatus.REFUNDED
THEN = later(days=1)
"""When somebody wants the money back."""
SAID = "the buyer is ill, the organiser agreed"
LESS = {"amount": Decimal("40.00")}
SECOND = "second-checkout"
SILENCE = PaymentProviderUnavailable("POST refunds: no answer in time")
TOLD = "ORD-ABC123#refunded#3"


@dataclass
class Desk:
    """An operator and a shop."""

    shop: Shop
    orders: Orders | None = None
    wishes: list[Wish] = field(default_factory=list)

    def refund(
        self,
        now: datetime = THEN,
        *,
        dry_run: bool = False,
        **wish: Any,  # noqa: ANN401  # of any field
    ) -> Refunding:
        flow = RefundPayment(
            orders=self.orders or self.shop.orders,
            sumup=OrderGateway(self.shop.sumup, self.shop.tokens),
            notifier=self.shop.notifier,
            dry_run=dry_run,
        )
        return flow("ORD-ABC123", Wish(SAID, **wish), now)

    def change(self) -> None:
        """Let somebody else change the order, in a way that says nothing about its money."""
        self.shop.orders._write(mail_put_back(self.shop.order, CONFIRMATION, None), THEN)

    def reject(self, now: datetime) -> None:
        """Let somebody else reject the order."""
        text = "A person rejected it."
        decision = Decision(Action.CLOSE, Reason.REJECTED, text, closes_as=FAILED, note="x")
        self.shop.orders.close(self.shop.order, decision, (), now)

    @property
    def state(self) -> object:
        tables = self.shop.tables
        return (
            dict(tables.orders),
            dict(tables.tickets),
            dict(tables.mails),
            dict(tables.available),
            list(tables.audit),
            list(self.shop.deliveries.sent),
            dict(self.shop.sumup.checkouts),
            dict(self.shop.sumup.transactions),
        )

    @property
    def asked(self) -> list[str]:
        """Return what SumUp was asked to give back."""
        return self.shop.sumup.asked("refund")

    @property
    def trail(self) -> list[tuple[str, str]]:
        return [(entry.change, entry.reason) for entry in self.shop.tables.audit]

    @property
    def tickets(self) -> set[TicketStatus]:
        return {ticket.status for ticket in self.shop.tables.tickets.values()}

    @property
    def refund_status(self) -> RefundStatus | None:
        return self.shop.order.refund_status

    def broken(self, now: datetime = THEN) -> list[Rule]:
        """Return the rules that do not hold; here nobody scans, or sends mails."""
        found = (breach.rule for breach in breaches_in(self.shop.tables, now))
        late = {Rule.MAIL_OVERDUE, Rule.NOT_DELIVERED, Rule.OVERDUE}
        return [rule for rule in found if rule not in late]


def bought(**changes: Any) -> Desk:  # noqa: ANN401  # of any field of the order
    """Return an order of three tickets that is paid and completed."""
    shop = Shop(an_order(**changes), a_paid_checkout(), seats=7)
    shop.sumup.transactions["txn-1"] = a_transaction()
    shop.verify()
    assert shop.order.status is COMPLETED
    return Desk(shop)


def paid_twice() -> Desk:
    """Return a completed order whose buyer paid by two checkouts."""
    ids = (CHECKOUT_ID, SECOND)
    again = a_transaction(id="txn-2")
    twice = a_paid_checkout(id=SECOND, transactions=(again,))
    shop = Shop(an_order(checkout_ids=ids), a_paid_checkout(), twice, seats=7)
    shop.sumup.transactions |= {"txn-1": a_transaction(), "txn-2": again}
    shop.verify()
    assert (shop.order.status, shop.order.transaction_id) == (COMPLETED, "txn-1")
    return Desk(shop)


def paid_too_little() -> Desk:
    """Return an order of 45.00 under review because 40.00 was paid."""
    shop = Shop(None, a_paid_checkout(transactions=(a_transaction(**LESS),), **LESS), seats=7)
    shop.sumup.transactions["txn-1"] = a_transaction(**LESS)
    shop.verify(later(hours=1))
    assert shop.order.status is REVIEW
    return Desk(shop)


def rejected() -> Desk:
    """Return the same order once a person has rejected it."""
    desk = paid_too_little()
    desk.reject(later(hours=2))
    return desk


def paid_late() -> Desk:
    """Return an expired order whose payment has not been noticed yet."""
    shop = Shop(seats=7)
    shop.verify(later(hours=2))
    shop.sumup.checkouts[CHECKOUT_ID] = a_paid_checkout()
    shop.sumup.transactions["txn-1"] = a_transaction()
    assert shop.order.status is EXPIRED
    return Desk(shop)


# --------------------------------------------------------------------- the usual endings


def test_a_refund_voids_the_tickets_of_the_order() -> None:
    desk = bought()

    done = desk.refund()

    order, shop = desk.shop.order, desk.shop
    assert desk.asked == ["MC0001 txn-1 all"]
    assert (order.status, order.voided_at, order.holds_seats) == (COMPLETED, THEN, False)
    assert desk.tickets == {TicketStatus.VOID}
    assert shop.seats_left == 10
    assert (done.refund.status, done.consequence) == (REFUNDED, Consequence.TICKETS_VOID)
    assert order.refunds == (done.refund,)
    assert [mail.mail_id for mail in done.mails] == [TOLD]
    assert TOLD in shop.deliveries.sent
    assert desk.trail[-2:] == [
        ("refund asked", f"refund: {SAID}"),
        ("tickets void", f"refund: {SAID}"),
    ]
    assert desk.broken() == []


def test_refunding_a_second_payment_keeps_the_tickets_valid() -> None:
    desk = paid_twice()

    done = desk.refund(transaction_id="txn-2")

    assert desk.asked == ["MC0001 txn-2 all"]
    assert (desk.shop.order.admits, desk.tickets) == (True, {TicketStatus.VALID})
    assert desk.shop.seats_left == 7
    assert done.consequence is Consequence.NONE
    assert desk.shop.tables.mails[TOLD].cause == "txn-2"
    assert desk.broken() == []


def test_both_payments_can_be_refunded_one_after_the_other() -> None:
    desk = paid_twice()
    desk.refund(transaction_id="txn-2")

    done = desk.refund(later(days=2))

    assert done.refund.transaction_id == "txn-1", "nothing else is left"
    assert desk.tickets == {TicketStatus.VOID}
    assert [mail.mail_id for mail in done.mails] == ["ORD-ABC123#refunded#5"]
    assert desk.broken(later(days=2)) == []


def test_refunding_an_order_under_review_rejects_it() -> None:
    desk = paid_too_little()

    done = desk.refund()

    order = desk.shop.order
    assert (order.status, order.rejected, order.work) == (FAILED, True, None)
    assert desk.shop.seats_left == 10
    assert done.consequence is Consequence.REJECTED
    assert str(done.refund.amount) == "£40.00", "what was paid, not what was asked"
    assert desk.trail[-1] == ("failed", f"rejected: refund: {SAID}")
    assert desk.broken() == []
    desk.shop.verify(later(days=2))
    assert desk.shop.order.status is FAILED


def test_a_checkout_that_can_still_be_paid_is_deactivated_first() -> None:
    desk = paid_too_little()
    desk.shop.change(checkout_ids=(CHECKOUT_ID, SECOND))
    desk.shop.add(desk.shop.order, a_checkout(id=SECOND))
    seen: list[str] = []
    desk.shop.sumup.before["refund"] = lambda: seen.append(desk.shop.sumup.checkouts[SECOND].status)

    assert desk.refund().deactivated == (SECOND,)

    assert seen == ["EXPIRED"], "before any money went back"


def test_an_order_with_a_pending_payment_is_not_refunded() -> None:
    desk = paid_too_little()
    desk.shop.change(checkout_ids=(CHECKOUT_ID, SECOND))
    desk.shop.add(desk.shop.order, a_checkout(id=SECOND))
    desk.shop.sumup.under_way = {SECOND}
    before = desk.state

    with pytest.raises(NotDecidable, match="still processing a payment"):
        desk.refund()

    assert (desk.state, desk.asked) == (before, [])


def test_an_order_with_another_payment_stays_under_review() -> None:
    both = (a_transaction(**LESS), a_transaction(id="txn-2", **LESS))
    shop = Shop(None, a_paid_checkout(transactions=both, **LESS), seats=7)
    shop.sumup.transactions |= {str(one.id): one for one in both}
    shop.verify(later(hours=1))
    desk = Desk(shop)

    assert desk.refund(transaction_id="txn-2").consequence is Consequence.NONE
    assert desk.shop.order.status is REVIEW
    assert desk.refund(later(days=2)).consequence is Consequence.REJECTED

    assert desk.shop.order.status is FAILED
    assert desk.broken(later(days=2)) == []


@pytest.mark.parametrize("made", [rejected, paid_late])
def test_refunding_a_closed_order_changes_nothing_else(
    made: Callable[[], Desk],
) -> None:
    desk = made()
    before = desk.shop.order

    done = desk.refund()

    after = desk.shop.order
    assert (after.status, after.rejected, after.work) == (
        before.status,
        before.rejected,
        before.work,
    )
    assert (done.refund.status, done.consequence) == (REFUNDED, Consequence.NONE)
    assert desk.shop.seats_left == 10
    assert desk.broken() == []


def test_a_refunded_late_payment_is_not_reported_again() -> None:
    desk = paid_late()
    desk.refund()
    mails = len(desk.shop.tables.mails)

    desk.shop.verify(later(days=2))

    assert (desk.shop.order.status, desk.shop.order.work) == (EXPIRED, Work.LATE)
    assert len(desk.shop.tables.mails) == mails


def test_a_buyer_who_complained_gets_the_refund_but_no_mail() -> None:
    desk = bought()
    desk.shop.change(complained_at=NOW)

    assert desk.refund().mails == ()

    assert MailKind.REFUNDED not in desk.shop.buyers_mails


def test_an_erased_buyer_gets_the_refund_but_no_mail() -> None:
    desk = bought()
    desk.shop.change(customer=Customer(ERASED, ERASED))

    done = desk.refund()

    assert (done.refund.status, done.mails) == (REFUNDED, ())
    assert desk.shop.order.voided_at
    assert MailKind.REFUNDED not in desk.shop.buyers_mails


# ------------------------------------------------------------------ what went back before


def returned(desk: Desk, **changes: Any) -> None:  # noqa: ANN401  # of any field
    """Let SumUp show that money of the accepted transaction went back."""
    known = desk.shop.sumup.transactions["txn-1"]
    back = replace(known, refunded=True, returned=Returned(**changes))
    desk.shop.sumup.transactions["txn-1"] = back


@pytest.mark.parametrize(
    ("changes", "status", "cause"),
    [
        ({"refunded": Decimal(45)}, REFUNDED, "refunded_elsewhere"),
        ({"charged_back": Decimal(45)}, RefundStatus.CHARGED_BACK, "charged_back"),
        ({"refunded": Decimal(5), "charged_back": Decimal(40)}, RefundStatus.CHARGED_BACK,
         "charged_back"),
    ],
)  # fmt: skip
def test_a_refund_made_elsewhere_is_recorded_and_not_requested(
    changes: dict[str, Decimal], status: RefundStatus, cause: str
) -> None:
    desk = bought()
    returned(desk, **changes)

    done = desk.refund()

    assert desk.asked == []
    assert (done.refund.status, done.refund.asked_at) == (status, None)
    assert desk.tickets == {TicketStatus.VOID}
    assert desk.trail[-1] == ("tickets void", f"{cause}: {SAID}")
    assert desk.broken() == []


def test_only_the_remainder_is_requested_after_a_partial_refund() -> None:
    desk = bought()
    returned(desk, refunded=Decimal("20.10"))

    done = desk.refund()

    assert desk.asked == ["MC0001 txn-1 24.90"]
    assert (str(done.refund.amount), done.consequence) == ("£45.00", Consequence.TICKETS_VOID)
    assert done.before == Decimal("20.10")


def test_a_partial_refund_voids_no_tickets() -> None:
    desk = bought()
    returned(desk, refunded=Decimal("20.10"))
    desk.shop.sumup.failures["refund"] = [PaymentProviderError("409 not enough", status=409)]

    done = desk.refund()

    assert (done.refund.status, desk.tickets) == (REFUSED, {TicketStatus.VALID})


def test_a_refund_under_review_is_recorded_even_if_a_payment_is_pending() -> None:
    desk = paid_too_little()
    desk.shop.change(checkout_ids=(CHECKOUT_ID, SECOND))
    desk.shop.add(desk.shop.order, a_checkout(id=SECOND))
    desk.shop.sumup.under_way = {SECOND}
    returned(desk, refunded=Decimal("40.00"))

    done = desk.refund()

    assert (done.refund.status, done.consequence) == (REFUNDED, Consequence.NONE)
    assert desk.shop.order.status is REVIEW
    before = desk.state
    with pytest.raises(NotDecidable, match="still processing a payment"):
        desk.refund(later(days=2))
    assert desk.state == before
    desk.shop.sumup.under_way.clear()
    assert desk.refund(later(days=2)).consequence is Consequence.REJECTED
    assert desk.broken(later(days=2)) == []


def known_to_be_back(desk: Desk) -> None:
    """Let somebody who only reports have written down that the money is back."""
    order = desk.shop.order
    (seen,) = desk.shop.sumup.transactions.values()
    amount = Money(seen.amount or Decimal(0), "GBP")
    back = Refund("txn-1", REFUNDED, amount, settled_at=later(hours=9))
    returned(desk, refunded=amount.amount)
    desk.shop.orders.settle_refund(order, back, Consequence.NONE, "x", [], later(hours=9))


@pytest.mark.parametrize(
    ("made", "follows"),
    [(bought, Consequence.TICKETS_VOID), (paid_too_little, Consequence.REJECTED)],
)
def test_a_refund_that_was_only_reported_takes_effect_when_an_operator_confirms_it(
    made: Callable[[], Desk], follows: Consequence
) -> None:
    desk = made()
    known_to_be_back(desk)
    before = desk.shop.order.refunds

    done = desk.refund()

    assert (done.consequence, done.is_new, len(done.mails)) == (follows, True, 1)
    assert desk.shop.order.refunds == before, "what was known of it is still so"
    assert desk.asked == []
    assert desk.trail[-1][1].endswith(f"refunded_elsewhere: {SAID}")
    assert desk.broken() == []
    assert not desk.refund(later(days=2)).is_new


# ------------------------------------------------------------------------------ refused

REFUSALS: dict[str, PaymentProviderError] = {
    "conflict": PaymentProviderError("409 not refundable", status=409, error_code="CONFLICT"),
    "balance": PaymentProviderError("409 no balance", status=409, error_code="NOT_ENOUGH_BALANCE"),
    "no permission": AccessForbidden("403 not allowed", status=403),
    "not found": TransactionNotFound("404", status=404),
    "amount": PaymentProviderError("422 too high", status=422, error_code="INVALID_AMOUNT"),
    "firewall": RequestBlocked("403 (a web page)", status=403),
    "too fast": PaymentProviderUnavailable("429 slow down", status=429),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_declined_refund_is_recorded_with_its_reason_and_can_be_retried(
    refusal: PaymentProviderError,
) -> None:
    desk = bought()
    desk.shop.sumup.failures["refund"] = [refusal]

    done = desk.refund()

    assert (done.refund.status, done.refund.problem) == (REFUSED, str(refusal))
    assert (desk.tickets, desk.shop.seats_left) == ({TicketStatus.VALID}, 7)
    assert desk.trail[-1][0] == "refund refused"
    assert desk.broken() == []
    assert desk.refund(later(days=1, seconds=1)).refund.status is REFUNDED
    assert len(desk.asked) == 2
    assert desk.broken() == []


def test_a_refund_without_an_access_token_is_recorded_as_declined() -> None:
    desk = bought()

    def end() -> None:
        if desk.shop.sumup.asked("get_transaction"):
            desk.shop.tokens.unavailable = {"jersey-live"}

    desk.shop.orders.before_write = [end]
    done = desk.refund()

    assert (done.refund.status, desk.asked) == (REFUSED, [])
    assert "SumUp was not asked" in done.refund.problem


# ------------------------------------------------------------------------------ unclear

LOST = {
    "no answer": SILENCE,
    "a server's error": PaymentProviderUnavailable("500", status=500),
    "cut off": PaymentProviderUnavailable("the connection failed or broke"),
}


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
def test_a_lost_response_is_resolved_from_the_transaction_at_once(
    answer: PaymentProviderUnavailable,
) -> None:
    desk = bought()
    desk.shop.sumup.lost["refund"] = [answer]

    done = desk.refund()

    assert (done.refund.status, desk.tickets) == (REFUNDED, {TicketStatus.VOID})
    assert len(desk.asked) == 1


@pytest.mark.parametrize("answer", LOST.values(), ids=LOST)
def test_a_request_with_an_unknown_outcome_is_not_repeated(
    answer: PaymentProviderUnavailable,
) -> None:
    desk = bought()
    desk.shop.sumup.failures["refund"] = [answer]

    done = desk.refund()

    assert (done.refund.status, done.refund.problem) == (UNKNOWN, str(answer))
    assert (desk.tickets, desk.shop.seats_left) == ({TicketStatus.VALID}, 7)
    for minutes in (1, 30, 59, 600):
        again = desk.refund(THEN + timedelta(minutes=minutes))
        assert again.refund.status is UNKNOWN
    assert len(desk.asked) == 1
    assert desk.trail[-2:] == [("refund unclear", f"refund: {SAID}")] * 2, "told once more, once"
    assert desk.broken() == []


def test_running_the_command_again_settles_an_unknown_outcome() -> None:
    desk = bought()
    desk.shop.sumup.failures["refund"] = [SILENCE]
    desk.refund()
    returned(desk, refunded=Decimal(45))

    done = desk.refund(later(days=1, minutes=1))

    assert (done.refund.status, done.refund.asked_at) == (REFUNDED, THEN)
    assert (len(desk.asked), desk.tickets) == (1, {TicketStatus.VOID})
    assert desk.trail[-1] == ("tickets void", f"refund: {SAID}")
    assert desk.broken() == []


def test_a_success_response_without_a_visible_refund_is_unknown() -> None:
    """Any gateway can return 201: only the transaction itself counts."""
    desk = bought()
    untouched = a_transaction()
    desk.shop.sumup.before["get_transaction"] = lambda: desk.shop.sumup.transactions.update(
        {"txn-1": untouched}
    )

    done = desk.refund()

    assert done.refund.status is UNKNOWN
    assert done.refund.problem == "SumUp said yes, and shows that nothing went back"
    assert desk.tickets == {TicketStatus.VALID}


def test_a_success_response_that_cannot_be_verified_is_unknown() -> None:
    desk = bought()
    silent = [None, SILENCE]

    def once_silent() -> None:
        failure = silent.pop(0)
        if failure:
            desk.shop.sumup.failures["get_transaction"] = [failure]

    desk.shop.sumup.before["get_transaction"] = once_silent

    done = desk.refund()

    assert done.refund.status is UNKNOWN
    assert "SumUp said yes, and was not seen since" in done.refund.problem
    desk.shop.sumup.before.clear()
    assert desk.refund(later(days=1, minutes=1)).refund.status is REFUNDED
    assert len(desk.asked) == 1


def test_a_partial_refund_in_response_to_a_full_one_is_reported() -> None:
    desk = bought()

    def partly() -> None:
        if desk.asked:
            returned(desk, refunded=Decimal(20))

    desk.shop.sumup.before["get_transaction"] = partly

    assert desk.refund().refund.problem == "SumUp said yes, and shows that £20.00 went back"


def test_an_operator_may_repeat_the_request_after_an_hour() -> None:
    desk = bought()
    desk.shop.sumup.failures["refund"] = [SILENCE]
    desk.refund()
    early, due = THEN + ASK_AGAIN_AFTER - timedelta(seconds=1), THEN + ASK_AGAIN_AFTER

    with pytest.raises(NotDecidable, match="may be again from 13:00 on"):
        desk.refund(early, again=True)
    assert desk.refund(due).refund.status is UNKNOWN, "nobody said so"
    done = desk.refund(due, again=True)

    assert (done.refund.status, len(desk.asked)) == (REFUNDED, 2)
    assert desk.broken() == []


def test_the_flag_has_no_effect_unless_the_outcome_is_unknown() -> None:
    desk = bought()

    assert desk.refund(again=True).refund.status is REFUNDED
    assert not desk.refund(again=True).is_new

    assert len(desk.asked) == 1


# --------------------------------------------------------------------------- two at once


def test_only_one_of_two_concurrent_refunds_calls_sumup() -> None:
    desk = bought()
    desk.orders = Orders(desk.shop.tables)
    other = Desk(desk.shop)
    desk.orders.before_write = [other.refund]

    done = desk.refund()

    assert (done.refund.status, done.is_new) == (REFUNDED, False)
    assert len(desk.asked) == 1
    assert desk.broken() == []


def test_nothing_is_done_while_another_run_holds_the_claim() -> None:
    desk = bought()

    def too() -> None:
        before = desk.state
        with pytest.raises(NotDecidable, match="has been asked since 12:00:00 UTC"):
            desk.refund(THEN + IN_HAND - timedelta(seconds=1))
        assert desk.state == before

    desk.shop.sumup.before["refund"] = too

    assert desk.refund().refund.status is REFUNDED
    assert len(desk.asked) == 1


def test_another_run_settles_a_request_that_was_interrupted() -> None:
    desk = bought()

    def slow() -> None:
        desk.shop.sumup.before.clear()
        assert desk.refund(THEN + IN_HAND).refund.status is UNKNOWN

    desk.shop.sumup.before["refund"] = slow

    done = desk.refund()

    assert done.refund.status is UNKNOWN, "somebody else has spoken of it since"
    assert desk.refund(later(days=1, hours=1)).refund.status is REFUNDED
    assert len(desk.asked) == 1


def test_an_order_that_changes_before_the_claim_is_read_again() -> None:
    desk = bought()
    desk.orders = Orders(desk.shop.tables)
    desk.orders.before_write = [desk.change]

    assert desk.refund().refund.status is REFUNDED
    assert len(desk.asked) == 1


def test_an_order_that_changes_after_the_request_is_still_settled() -> None:
    desk = bought()
    desk.orders = Orders(desk.shop.tables)
    moves = [lambda: None, desk.change]
    desk.orders.before_write = [*moves]

    done = desk.refund()

    assert (done.refund.status, desk.tickets) == (REFUNDED, {TicketStatus.VOID})
    assert len(desk.asked) == 1
    assert desk.broken() == []


def test_an_order_that_keeps_changing_is_given_up() -> None:
    desk = bought()
    desk.orders = Orders(desk.shop.tables)
    desk.orders.before_write = [desk.change] * 9
    with pytest.raises(OrderChanged):
        desk.refund()

    assert desk.asked == []


def test_an_order_rejected_during_the_request_is_not_rejected_twice() -> None:
    desk = paid_too_little()
    desk.shop.sumup.before["refund"] = lambda: desk.reject(THEN)

    done = desk.refund()

    assert (done.refund.status, done.consequence) == (REFUNDED, Consequence.NONE)
    assert desk.shop.seats_left == 10
    assert desk.broken() == []


# ------------------------------------------------------------------------------- crashes


class Died(BaseException):
    """The process was killed."""


def dies() -> None:
    raise Died


def before_the_claim(desk: Desk) -> None:
    desk.shop.orders.before_write = [dies]


def before_sumup_is_asked(desk: Desk) -> None:
    desk.shop.sumup.before["refund"] = dies


def after_sumup_was_asked(desk: Desk) -> None:
    def die() -> None:
        if desk.asked:
            raise Died

    desk.shop.sumup.before["get_transaction"] = die


def before_it_is_written(desk: Desk) -> None:
    desk.shop.orders.before_write = [lambda: None, dies]


CRASHES: dict[Callable[[Desk], None], tuple[RefundStatus | None, RefundStatus]] = {
    before_the_claim: (None, REFUNDED),
    before_sumup_is_asked: (ASKED, UNKNOWN),
    after_sumup_was_asked: (ASKED, REFUNDED),
    before_it_is_written: (ASKED, REFUNDED),
}
"""Where a run dies, what the order says then, and once the same command was typed again."""


@pytest.mark.parametrize("crash", CRASHES, ids=lambda crash: crash.__name__)
@pytest.mark.parametrize("made", [bought, paid_too_little])
def test_a_crashed_run_is_resumed(crash: Callable[[Desk], None], made: Callable[[], Desk]) -> None:
    desk = made()
    crash(desk)
    left, ends = CRASHES[crash]

    with pytest.raises(Died):
        desk.refund()

    assert desk.refund_status is left
    assert desk.broken() == []
    desk.shop.sumup.before.clear()
    done = desk.refund(THEN + IN_HAND)
    assert done.refund.status is ends
    assert len(desk.asked) == 1
    assert desk.broken(THEN + IN_HAND) == []
    if ends is UNKNOWN:
        done = desk.refund(THEN + ASK_AGAIN_AFTER, again=True)
        assert (done.refund.status, len(desk.asked)) == (REFUNDED, 2)


# -------------------------------------------------------------------- what cannot be done


def pending(desk: Desk) -> None:
    desk.shop.change(status=PENDING)


def silent(desk: Desk) -> None:
    desk.shop.sumup.failures["get_checkout"] = [SILENCE]


def transaction_unread(desk: Desk) -> None:
    desk.shop.sumup.failures["get_transaction"] = [SILENCE]


def not_connected(desk: Desk) -> None:
    desk.shop.tokens.parked = {"jersey-live"}


def unknown_to_sumup(desk: Desk) -> None:
    desk.shop.sumup.unknown_transactions = {"txn-1"}


def another_checkout(desk: Desk) -> None:
    desk.shop.sumup.checkouts[CHECKOUT_ID] = a_paid_checkout(id="another")


def of_another_order(desk: Desk) -> None:
    desk.shop.tables.payments["txn-1"] = "ORD-OTHER1"


def told_by_word_alone(desk: Desk) -> None:
    returned(desk, amount_unknown=True)


def going_back(desk: Desk) -> None:
    returned(desk, under_way=True)


def sumup_says(**changes: Any) -> Callable[[Desk], None]:  # noqa: ANN401  # of any field
    def change(desk: Desk) -> None:
        desk.shop.sumup.transactions["txn-1"] = a_transaction(**changes)

    return change


IMPOSSIBLE: dict[str, tuple[Callable[[Desk], None], str]] = {
    "pending": (pending, "have it checked with `poll ORD-ABC123`, or unpaid, `cancel ORD-ABC123"),
    "no answer": (silent, "SumUp could not be asked"),
    "no answer about the transaction": (transaction_unread, "its transaction could not be read"),
    "no token": (not_connected, "has to connect SumUp again"),
    "no such transaction": (unknown_to_sumup, "its transaction could not be read"),
    "an answer about another": (another_checkout, "SumUp answers about another checkout"),
    "another order's money": (of_another_order, "bought the tickets of order ORD-OTHER1"),
    "how much is not said": (told_by_word_alone, "not how much: see its dashboard"),
    "on its way": (going_back, "SumUp is giving money back and is not done"),
    "another merchant's": (sumup_says(merchant_code="MC9"), "its money went to merchant MC9"),
    "it failed": (sumup_says(status="FAILED"), "FAILED: there is nothing to give back"),
    "no amount": (sumup_says(amount=None), "does not say how much was paid"),
    "no currency": (sumup_says(currency=None), "does not say how much was paid"),
    "a negative amount": (sumup_says(amount=Decimal(-45)), "does not say how much was paid"),
    "an impossible amount": (sumup_says(amount=Decimal("45.001")), "SumUp's answer makes no sense"),
}


@pytest.mark.parametrize(("change", "words"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
@pytest.mark.parametrize("dry_run", [False, True])
def test_an_impossible_refund_is_refused_and_nothing_is_written(
    change: Callable[[Desk], None], words: str, *, dry_run: bool
) -> None:
    desk = bought()
    change(desk)
    before = desk.state

    with pytest.raises(NotDecidable, match=words):
        desk.refund(dry_run=dry_run)

    assert (desk.state, desk.asked) == (before, [])


def test_one_of_several_payments_has_to_be_chosen() -> None:
    desk = paid_twice()
    before = desk.state

    with pytest.raises(NotDecidable) as several:
        desk.refund()
    with pytest.raises(NotDecidable) as foreign:
        desk.refund(transaction_id="txn-9")

    listed = "txn-1 £45.00, which bought the tickets; txn-2 £45.00"
    assert str(several.value).endswith(f"name one with --transaction: {listed}")
    assert str(foreign.value).endswith(f"took money by transaction txn-9: {listed}")
    assert desk.state == before


def test_an_unpaid_order_cannot_be_refunded() -> None:
    unpaid = Shop()
    unpaid.verify(later(hours=2))
    free = Shop(an_order(lines=(a_line(unit_price=Decimal(0)),), checkout_ids=()))
    free.verify()
    unknown = Shop()
    unknown.verify(later(hours=2))
    unknown.sumup.checkouts.clear()
    for shop, words in (
        (unpaid, "SumUp shows no payment of it"),
        (free, "it is free"),
        (unknown, "SumUp shows no payment of it"),
    ):
        with pytest.raises(NotDecidable, match=words):
            Desk(shop).refund()


def test_an_unreadable_order_is_not_refunded() -> None:
    desk = bought()
    desk.shop.tables.spoilt["ORD-ABC123"] = "it lacks a total"
    with pytest.raises(UnreadableOrder):
        desk.refund()

    desk.shop.tables.spoilt.clear()
    desk.shop.tables.orders.clear()
    with pytest.raises(OrderNotFound):
        desk.refund()


def test_a_payment_recorded_without_a_transaction_is_the_one_for_the_tickets() -> None:
    desk = bought()
    desk.shop.change(transaction_id=None)
    desk.shop.tables.payments = {CHECKOUT_ID: "ORD-ABC123"}

    assert desk.refund().consequence is Consequence.TICKETS_VOID
    assert desk.broken() == []


def test_a_payment_can_be_refunded_after_sumup_deleted_its_checkout() -> None:
    desk = bought()
    desk.shop.sumup.checkouts.clear()

    assert desk.refund().consequence is Consequence.TICKETS_VOID


# ------------------------------------------------------------------------------ dry runs

MADE = {"bought": bought, "reviewed": paid_too_little, "rejected": rejected, "late": paid_late}


def as_planned(done: Refunding) -> tuple[object, ...]:
    refund = replace(done.refund, attempt="")
    return refund, done.consequence, done.mails, done.deactivated, done.before, done.is_new


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_a_dry_run_writes_nothing_and_reports_what_the_real_run_would_do(
    made: Callable[[], Desk],
) -> None:
    desk = made()
    before = desk.state

    planned = desk.refund(dry_run=True)

    assert (desk.state, desk.asked) == (before, [])
    assert as_planned(planned) == as_planned(desk.refund())


def test_a_dry_run_reports_an_unknown_outcome_too() -> None:
    desk = bought()
    desk.shop.sumup.failures["refund"] = [SILENCE]
    desk.refund()
    before, soon = desk.state, THEN + timedelta(minutes=5)

    planned = desk.refund(soon, dry_run=True)

    assert desk.state == before
    assert as_planned(planned) == as_planned(desk.refund(soon))


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
def test_a_second_run_changes_nothing(made: Callable[[], Desk]) -> None:
    desk = made()
    desk.refund()
    before = desk.state

    for dry_run in (False, True):
        assert not desk.refund(later(days=2), dry_run=dry_run).is_new

    assert (desk.state, len(desk.asked)) == (before, 1)


def test_a_mail_that_cannot_be_queued_is_found_by_the_scan() -> None:
    desk = bought()
    desk.shop.deliveries.is_down = True

    assert desk.refund().refund.status is REFUNDED

    assert desk.shop.tables.mails[TOLD].next_attempt_at == THEN + timedelta(minutes=2)


def test_a_claim_that_disappeared_from_the_order_is_an_error() -> None:
    desk = bought()

    def forget() -> None:
        desk.shop.change(refunds=())

    desk.shop.sumup.before["refund"] = forget

    with pytest.raises(NotDecidable, match="has no record of the refund any more"):
        desk.refund()


def test_a_refund_names_its_transaction() -> None:
    desk = bought()
    done = desk.refund()

    assert done.refund == Refund(
        "txn-1",
        REFUNDED,
        desk.shop.order.total,
        asked_at=THEN,
        attempt=done.refund.attempt,
        settled_at=THEN,
    )
    assert CONFIRMATION in desk.shop.tables.mails
    assert isinstance(desk.shop.sumup.transactions["txn-1"], Transaction)
