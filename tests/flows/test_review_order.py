"""Manual review: only with a payment SumUp confirms, once, and with a faithful dry run."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
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
    a_signer,
    a_transaction,
    an_order,
    later,
)
from tests.support.oracle import breaches_in
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.audit.order_snapshot import Rule
from ticketing.errors import (
    NotDecidable,
    NotStorable,
    OrderChanged,
    OrderNotFound,
    PaymentProviderUnavailable,
    UnreadableEvent,
    UnreadableOrder,
    UnusableNote,
)
from ticketing.events.event import RefundPolicy
from ticketing.flows.review_order import Decided, ReviewOrder
from ticketing.orders.order import Order, OrderStatus, Work
from ticketing.orders.reason import Reason
from ticketing.orders.refund import Refund, RefundStatus
from ticketing.payments.manual_decision import checked_note
from ticketing.payments.payment import Transaction

REVIEWED, CLOSED = later(hours=1), later(hours=3)
PENDING, COMPLETED, FAILED = OrderStatus.PENDING, OrderStatus.COMPLETED, OrderStatus.FAILED
REVIEW, EXPIRED = OrderStatus.REVIEW, OrderStatus.EXPIRED
LESS = {"amount": Decimal("40.00")}
SAID = "the organiser agreed"


@dataclass
class Desk:
    """An operator and a shop."""

    shop: Shop

    def decide(self, *, dry_run: bool = False) -> ReviewOrder:
        return ReviewOrder(
            orders=self.shop.orders,
            sumup=OrderGateway(self.shop.sumup, self.shop.tokens),
            notifier=self.shop.notifier,
            signer=a_signer(),
            events=self.shop.events,
            dry_run=dry_run,
        )

    def do(self, what: str, now: datetime = CLOSED, *, dry_run: bool = False) -> Decided:
        flow = self.decide(dry_run=dry_run)
        verbs = {"approve": flow.approve, "reject": flow.reject, "cancel": flow.cancel}
        return verbs[what]("ORD-ABC123", SAID, now)

    @property
    def state(self) -> object:
        tables = self.shop.tables
        return (
            dict(tables.orders),
            dict(tables.tickets),
            dict(tables.payments),
            dict(tables.mails),
            dict(tables.checkouts),
            dict(tables.available),
            list(tables.audit),
            list(self.shop.deliveries.sent),
            dict(self.shop.sumup.checkouts),
        )


def paid_too_little() -> Desk:
    """Return an order of 45.00 under review because 40.00 was paid."""
    shop = Shop(None, a_paid_checkout(transactions=(a_transaction(**LESS),), **LESS))
    shop.sumup.transactions["txn-1"] = a_transaction(**LESS)
    shop.verify(REVIEWED)
    assert shop.order.status is REVIEW
    return Desk(shop)


def paid_late(seats: int = 10) -> Desk:
    """Return an order that was paid after closing, when its seats were sold to others."""
    shop = Shop(seats=seats)
    shop.verify(later(hours=2))
    shop.tables.available["5", "general"] = 0
    shop.sumup.checkouts[CHECKOUT_ID] = a_paid_checkout()
    shop.sumup.transactions["txn-1"] = a_transaction()
    shop.verify(CLOSED)
    assert (shop.order.status, shop.order.holds_seats) == (REVIEW, False)
    return Desk(shop)


def unpaid() -> Desk:
    """Return a pending order nobody has paid."""
    return Desk(Shop())


def unknown_to_sumup() -> Desk:
    """Return an order under review, whose checkout SumUp does not know."""
    shop = Shop()
    shop.sumup.checkouts.clear()
    shop.verify(later(hours=2))
    assert shop.order.status is REVIEW
    return Desk(shop)


def broken(desk: Desk, now: datetime) -> list[Rule]:
    """Return the rules that do not hold; here nobody sends mails."""
    found = (breach.rule for breach in breaches_in(desk.shop.tables, now))
    return [rule for rule in found if rule is not Rule.MAIL_OVERDUE]


# ------------------------------------------------------------------------------ approve


def test_approving_an_underpayment_sends_the_tickets() -> None:
    desk = paid_too_little()

    done = desk.do("approve")

    shop = desk.shop
    assert (shop.order.status, shop.order.transaction_id) == (COMPLETED, "txn-1")
    assert len(shop.tables.tickets) == 3
    assert CONFIRMATION in shop.deliveries.sent
    assert shop.tables.payments == {"txn-1": "ORD-ABC123"}
    assert done.decision is not None
    assert done.decision.payment is not None
    assert done.decision.payment.amount == Decimal("40.00"), "what was paid, not what was asked"
    entry = shop.tables.audit[-1]
    assert (entry.change, entry.reason) == ("completed", f"approved: {SAID}")
    assert shop.order.status_reason == f"Approved by a person: {SAID}"
    assert broken(desk, CLOSED) == []


def test_nothing_is_approved_for_a_cancelled_event() -> None:
    desk = paid_too_little()
    desk.shop.events.cancel("5", RefundPolicy.NONE, NOW)
    before = desk.state

    with pytest.raises(NotDecidable, match="its event is cancelled: give the money back") as caught:
        desk.do("approve")

    assert "`refund ORD-ABC123 --reason WHY`" in str(caught.value)
    assert desk.state == before
    assert desk.do("reject").decision, "closing it is possible"


def test_nothing_is_approved_for_an_event_that_cannot_be_read() -> None:
    desk = paid_too_little()
    desk.shop.events.spoilt["5"] = "it lacks name"
    before = desk.state

    with pytest.raises(UnreadableEvent, match="event 5 cannot be read: it lacks name"):
        desk.do("approve")

    assert desk.state == before


def test_a_late_payment_can_be_approved_once_seats_are_available() -> None:
    desk = paid_late()
    before = desk.state
    with pytest.raises(NotDecidable, match="make room with `events import`"):
        desk.do("approve")
    with pytest.raises(NotDecidable, match="make room with `events import`"):
        desk.do("approve", dry_run=True)
    assert desk.state == before

    desk.shop.tables.available["5", "general"] = 4
    desk.do("approve")

    assert (desk.shop.order.status, desk.shop.seats_left) == (COMPLETED, 1)
    assert desk.shop.order.holds_seats


def test_a_payment_that_the_tables_cannot_hold_is_not_approved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(order: Order, *_: object) -> None:
        raise NotStorable(order.order_number, "DynamoDB refuses its rows")

    desk = paid_too_little()
    monkeypatch.setattr(desk.shop.orders, "complete", refuse)

    with pytest.raises(NotDecidable, match="reject or refund it"):
        desk.do("approve")


def test_a_lost_checkout_is_adopted_and_its_payment_approved() -> None:
    shop = Shop(an_order(checkout_ids=(), status=REVIEW, work=None, settled_at=NOW))
    shop.sumup.checkouts[CHECKOUT_ID] = a_paid_checkout()
    shop.sumup.transactions["txn-1"] = a_transaction()
    desk = Desk(shop)
    before = desk.state
    assert desk.do("approve", dry_run=True).decision
    assert desk.state == before

    desk.do("approve")

    assert (shop.order.status, shop.order.checkout_ids) == (COMPLETED, (CHECKOUT_ID,))


def sumup_says(**changes: Any) -> Callable[[Desk], None]:  # noqa: ANN401 - of any field
    def change(desk: Desk) -> None:
        desk.shop.sumup.put(**changes)

    return change


def transaction_is(transaction: Transaction | None) -> Callable[[Desk], None]:
    def change(desk: Desk) -> None:
        if transaction:
            desk.shop.sumup.transactions["txn-1"] = transaction
        else:
            desk.shop.sumup.unknown_transactions = {"txn-1"}

    return change


def silent(desk: Desk) -> None:
    outage = [PaymentProviderUnavailable("no answer")]
    desk.shop.sumup.failures = {"get_checkout": list(outage)}


def claimed(desk: Desk) -> None:
    desk.shop.tables.payments["txn-1"] = "ORD-OTHER1"


def asked_back(desk: Desk) -> None:
    refund = Refund("txn-1", RefundStatus.ASKED, desk.shop.order.total, NOW)
    desk.shop.change(refunds=(refund,))


def issued(desk: Desk) -> None:
    desk.shop.tables.put_mails([replace(desk.shop.alert("CRITICAL"), mail_id=CONFIRMATION)])


def gone(desk: Desk) -> None:
    desk.shop.sumup.checkouts.clear()


NO_MONEY: dict[str, tuple[Callable[[Desk], None], str]] = {
    "nobody paid": (
        sumup_says(status="EXPIRED", transactions=(), transaction_id=None),
        "SumUp says EXPIRED and lists no successful payment",
    ),
    "it went back": (transaction_is(a_transaction(refunded=True)), "the money went back"),
    "it failed": (transaction_is(a_transaction(status="FAILED")), "transaction FAILED"),
    "without an amount": (transaction_is(a_transaction(amount=None)), "how much was paid"),
    "nothing": (transaction_is(a_transaction(amount=Decimal(0))), "how much was paid"),
    "without a currency": (transaction_is(a_transaction(currency=None)), "how much was paid"),
    "no such transaction": (transaction_is(None), "could not be read"),
    "for another merchant": (sumup_says(merchant_code="MC0009"), "merchant MC0009"),
    "to another merchant": (transaction_is(a_transaction(merchant_code="MC9")), "merchant MC9"),
    "for something else": (sumup_says(reference="ORD-OTHER1"), "for something else"),
    "no answer": (silent, "SumUp could not be asked"),
    "unknown to SumUp": (gone, "SumUp could not be asked"),
    "of another order": (claimed, "its payment txn-1 belongs to order ORD-OTHER1"),
    "on its way back": (asked_back, "or may be on its way"),
    "with a mail already": (issued, "exist already"),
}


@pytest.mark.parametrize(("change", "words"), NO_MONEY.values(), ids=NO_MONEY)
@pytest.mark.parametrize("dry_run", [False, True])
def test_an_order_without_a_payment_of_its_own_cannot_be_approved(
    change: Callable[[Desk], None], words: str, *, dry_run: bool
) -> None:
    desk = paid_too_little()
    change(desk)
    before = desk.state

    with pytest.raises(NotDecidable, match=words):
        desk.do("approve", dry_run=dry_run)

    desk.shop.sumup.failures = {}
    assert desk.state == before


def test_a_sandbox_payment_cannot_be_approved() -> None:
    desk = paid_too_little()
    desk.shop.tokens.sandbox = True

    with pytest.raises(NotDecidable, match="sandbox merchant"):
        desk.do("approve")


def test_an_order_that_keeps_changing_is_given_up() -> None:
    desk = paid_too_little()

    def changed() -> None:
        desk.shop.change(version=desk.shop.order.version + 1)

    desk.shop.orders.before_write = [changed] * 4

    with pytest.raises(OrderChanged):
        desk.do("approve")

    assert desk.shop.tables.tickets == {}


def test_concurrent_approvals_issue_one_set_of_tickets() -> None:
    desk = paid_too_little()

    def somebody_else() -> None:
        Desk(desk.shop).do("approve")

    desk.shop.orders.before_write = [somebody_else]

    assert desk.do("approve").decision is None

    assert len(desk.shop.tables.tickets) == 3
    assert desk.shop.deliveries.sent.count(CONFIRMATION) == 1


# ------------------------------------------------------------------------------- reject


def test_a_rejected_order_is_closed_for_good_and_its_seats_are_released() -> None:
    desk = paid_too_little()

    done = desk.do("reject")

    order = desk.shop.order
    assert (order.status, order.rejected, order.work) == (FAILED, True, None)
    assert desk.shop.seats_left == 13
    assert done.decision is not None
    assert done.decision.has_money, "somebody has to give it back"
    assert done.mails == (), "about money a person writes"
    desk.shop.sumup.checkouts[CHECKOUT_ID] = a_paid_checkout()
    desk.shop.verify(later(hours=4))
    assert desk.shop.order.status is FAILED, "not even if all is equal now"
    assert broken(desk, later(hours=4)) == []


def test_seats_are_not_released_twice() -> None:
    desk = paid_late()

    desk.do("reject")

    assert desk.shop.seats_left == 0
    assert desk.shop.order.status is FAILED


def test_a_decision_can_be_changed() -> None:
    desk = paid_too_little()
    desk.do("reject")

    desk.do("approve", later(hours=4))

    assert (desk.shop.order.status, desk.shop.order.rejected) == (COMPLETED, False)
    assert desk.shop.seats_left == 10
    assert broken(desk, later(hours=4)) == []


def test_rejecting_an_unpaid_order_notifies_the_buyer_that_it_expired() -> None:
    desk = unknown_to_sumup()

    done = desk.do("reject")

    assert [mail.kind for mail in done.mails] == ["expired"]
    assert done.mails[0].mail_id in desk.shop.deliveries.sent


def test_a_checkout_that_can_still_be_paid_is_deactivated_first() -> None:
    desk = paid_too_little()
    desk.shop.sumup.put(status="PENDING", transactions=(), transaction_id=None)

    assert desk.do("reject", REVIEWED).deactivated == (CHECKOUT_ID,)

    assert desk.shop.sumup.checkouts[CHECKOUT_ID].status == "EXPIRED"


def test_an_unknown_checkout_may_be_paid_until_it_expires() -> None:
    shop = Shop(an_order(checkout_ids=(), status=REVIEW, work=None, settled_at=NOW))
    shop.sumup.checkouts.clear()
    desk = Desk(shop)

    with pytest.raises(NotDecidable, match="wait until its time to pay is over"):
        desk.do("reject", REVIEWED)


# ------------------------------------------------------------------------------- cancel


def test_a_cancelled_order_can_no_longer_be_paid_and_is_watched() -> None:
    desk = Desk(Shop(seats=7))

    done = desk.do("cancel", REVIEWED)

    order = desk.shop.order
    assert (order.status, order.rejected, order.work) == (FAILED, False, Work.LATE)
    assert desk.shop.sumup.checkouts[CHECKOUT_ID].status == "EXPIRED"
    assert desk.shop.seats_left == 10
    assert done.decision is not None
    assert (done.decision.reason, done.mails) == (Reason.CANCELLED, ())
    assert desk.shop.tables.audit[-1].reason == f"cancelled: {SAID}"
    assert broken(desk, REVIEWED) == []


def test_an_order_paid_during_its_cancellation_is_not_cancelled() -> None:
    desk = unpaid()
    paid = vars(a_paid_checkout())
    desk.shop.sumup.before["deactivate_checkout"] = lambda: desk.shop.sumup.put(**paid)

    with pytest.raises(NotDecidable, match="SumUp has money for it"):
        desk.do("cancel", REVIEWED)

    assert desk.shop.order.status is PENDING


def under_way(desk: Desk) -> None:
    desk.shop.sumup.under_way = {CHECKOUT_ID}


def one_is_silent(desk: Desk) -> None:
    failing: list[Exception] = [PaymentProviderUnavailable("no answer")]
    desk.shop.sumup.failures = {"deactivate_checkout": failing}


def another_is_known(desk: Desk) -> None:
    desk.shop.tables.checkouts.clear()


REFUSED: dict[str, tuple[Callable[[Desk], None], str]] = {
    "paid": (lambda desk: desk.shop.sumup.put(**vars(a_paid_checkout())), "SumUp has money"),
    "under way": (under_way, "still processing a payment"),
    "no answer to the check": (silent, "SumUp could not be asked"),
    "no answer to the deactivation": (one_is_silent, "SumUp could not be asked"),
    "SumUp does not know it": (gone, "SumUp does not know its checkout"),
    "free": (
        lambda desk: desk.shop.add(an_order(lines=(a_line(unit_price=Decimal(0)),))),
        "it is free",
    ),
    "its row was deleted": (another_is_known, "has no row in the checkouts table"),
}


@pytest.mark.parametrize(("change", "words"), REFUSED.values(), ids=REFUSED)
def test_an_order_that_may_have_been_paid_is_not_cancelled(
    change: Callable[[Desk], None], words: str
) -> None:
    desk = unpaid()
    change(desk)
    before = desk.shop.order, desk.shop.tables.audit.copy()

    with pytest.raises(NotDecidable, match=words):
        desk.do("cancel", REVIEWED)

    assert (desk.shop.order, desk.shop.tables.audit) == before


def test_a_new_order_without_a_checkout_is_given_time_to_get_one() -> None:
    shop = Shop(an_order(checkout_ids=()), a_checkout(id="none", reference="none"))
    desk = Desk(shop)
    with pytest.raises(NotDecidable, match="try again in ten minutes"):
        desk.do("cancel", later(minutes=9))

    desk.do("cancel", later(minutes=10))

    assert shop.order.status is FAILED


# ------------------------------------------------------------------------- all of them

ALL = {
    "approve": (paid_too_little, COMPLETED),
    "reject": (paid_too_little, FAILED),
    "cancel": (unpaid, FAILED),
}


@pytest.mark.parametrize(("what", "made"), ALL.items(), ids=ALL)
def test_a_dry_run_writes_nothing_and_reports_what_the_real_run_would_do(
    what: str, made: tuple[Callable[[], Desk], OrderStatus]
) -> None:
    desk = made[0]()
    before = desk.state

    planned = desk.do(what, REVIEWED, dry_run=True)

    assert desk.state == before
    assert planned.decision is not None
    real = desk.do(what, REVIEWED)
    assert real.decision is not None
    assert (planned.mails, planned.tickets, planned.deactivated) == (
        real.mails,
        real.tickets,
        real.deactivated,
    )
    assert replace(planned.decision, checkout=None) == replace(real.decision, checkout=None)


@pytest.mark.parametrize(("what", "made"), ALL.items(), ids=ALL)
def test_a_second_run_changes_nothing(
    what: str, made: tuple[Callable[[], Desk], OrderStatus]
) -> None:
    desk = made[0]()
    desk.do(what, REVIEWED)
    assert desk.shop.order.status is made[1]
    before = desk.state

    assert desk.do(what, CLOSED).decision is None
    assert desk.do(what, CLOSED, dry_run=True).decision is None

    assert desk.state == before


WRONG_STATES = [
    ("approve", PENDING),
    ("approve", EXPIRED),
    ("approve", FAILED),
    ("reject", PENDING),
    ("reject", COMPLETED),
    ("reject", EXPIRED),
    ("cancel", COMPLETED),
    ("cancel", REVIEW),
]


@pytest.mark.parametrize(("what", "status"), WRONG_STATES)
def test_an_order_in_another_state_is_refused(what: str, status: OrderStatus) -> None:
    desk = unpaid()
    desk.shop.change(status=status)
    before = desk.state

    with pytest.raises(NotDecidable, match=f"it is {status}"):
        desk.do(what)

    assert desk.state == before


@pytest.mark.parametrize("what", ALL)
def test_an_unreadable_order_is_refused(what: str) -> None:
    desk = unpaid()
    desk.shop.tables.spoilt["ORD-ABC123"] = "it lacks a total"
    with pytest.raises(UnreadableOrder):
        desk.do(what)

    desk.shop.tables.spoilt.clear()
    desk.shop.tables.orders.clear()
    with pytest.raises(OrderNotFound):
        desk.do(what)


def test_a_free_order_can_be_approved_without_a_payment() -> None:
    shop = Shop(an_order(lines=(a_line(unit_price=Decimal(0)),), checkout_ids=(), status=REVIEW,
                         work=None, settled_at=NOW))  # fmt: skip

    Desk(shop).do("approve")

    assert (shop.order.status, shop.tables.payments) == (COMPLETED, {})
    assert shop.sumup.calls == []


NOTES = {"": "a reason is needed", "  \n": "a reason is needed", "x" * 201: "longer than 200",
         "bell\a": "cannot be printed", "for jane@example.com": "holds an address"}  # fmt: skip


@pytest.mark.parametrize(("text", "words"), NOTES.items(), ids=range(len(NOTES)))
def test_an_invalid_reason_is_refused(text: str, words: str) -> None:
    with pytest.raises(UnusableNote, match=words):
        checked_note(text)


def test_a_reason_is_one_line() -> None:
    assert checked_note(" paid at\n the door ") == "paid at the door"
