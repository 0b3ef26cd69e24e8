"""A cancelled event admits nobody: each buyer is told once, each pound goes back or is named."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.shop import Shop
from tests.support.builders import (
    NOW,
    a_checkout,
    a_line,
    a_paid_checkout,
    a_transaction,
    an_event,
    an_order,
    later,
    tickets_for,
)
from tests.support.oracle import breaches_in
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.audit.order_snapshot import Rule
from ticketing.emails.mail import MailKind, to_buyer
from ticketing.errors import (
    EventNotFound,
    NotCancellable,
    NotDecidable,
    PaymentProviderError,
    PaymentProviderUnavailable,
)
from ticketing.events.event import RefundPolicy
from ticketing.flows.cancel_event import LATEST, CancelEvent, Cancelled
from ticketing.flows.cancel_order import CancelOrder, Settled
from ticketing.flows.plan_refund import Wish
from ticketing.flows.refund_orders import MOST_IN_A_ROW, RefundOrders
from ticketing.flows.refund_payment import RefundPayment
from ticketing.money import Money
from ticketing.orders.order import ERASED, Customer, Order, OrderStatus, Origin, VoidTicket
from ticketing.orders.reason import Reason
from ticketing.orders.refund import PartRefund, Refund, RefundStatus
from ticketing.payments.door_sale import paid_in_cash
from ticketing.payments.payment import Returned
from ticketing.payments.refunding import ASK_AGAIN_AFTER, IN_HAND
from ticketing.reports.rows import Rows
from ticketing.tickets.ticket import TicketStatus

ALL, NONE = RefundPolicy.ALL, RefundPolicy.NONE
THEN = later(days=2)
STORM = "a storm is coming; agreed with Jersey Live"
SILENCE = PaymentProviderUnavailable("POST refunds: no answer in time")
NO = PaymentProviderError("409 not refundable", status=409)
FREE = (a_line(unit_price=Decimal(0)),)
PENDING, COMPLETED = OrderStatus.PENDING, OrderStatus.COMPLETED
FAILED, REVIEW = OrderStatus.FAILED, OrderStatus.REVIEW


@dataclass
class Office:
    """An operator who cancels the event of a shop with all kinds of orders."""

    shop: Shop
    now: datetime = THEN
    progress: list[tuple[str, int, int]] = field(default_factory=list)
    waits: int = 0
    unreadable: tuple[str, ...] = ()

    def add(self, number: str, *, paid: bool = False, **changes: Any) -> Order:  # noqa: ANN401  # of any field
        """Place an order; SumUp has its checkout, paid or not."""
        checkout_id = f"chk-{number}"
        is_free = "lines" in changes
        order = an_order(
            order_number=number, checkout_ids=() if is_free else (checkout_id,), **changes
        )
        shown: dict[str, Any] = {"id": checkout_id, "reference": number}
        if is_free:
            self.shop.add(order)
        elif paid:
            money = a_transaction(id=f"txn-{number}")
            self.shop.add(order, a_paid_checkout(transactions=(money,), **shown))
            self.shop.sumup.transactions[money.id or ""] = money
        else:
            self.shop.add(order, a_checkout(**shown))
        return order

    def buy(self, number: str, **changes: Any) -> Order:  # noqa: ANN401  # of any field
        """Place an order, pay it, and get the tickets."""
        self.add(number, paid="lines" not in changes, **changes)
        self.shop.verify(order_number=number)
        return self.order(number)

    def pay_late(self, number: str) -> None:
        """Let SumUp show a payment that we have not seen."""
        money = a_transaction(id=f"txn-{number}")
        self.shop.sumup.transactions[money.id or ""] = money
        self.shop.sumup.checkouts[f"chk-{number}"] = replace(
            self.shop.sumup.checkouts[f"chk-{number}"],
            status="PAID",
            transactions=(money,),
            transaction_id=money.id,
        )

    def order(self, number: str) -> Order:
        return self.shop.tables.order(number)

    def records(self, event_id: str) -> Iterator[Rows[Order]]:
        found = tuple(o for o in self.shop.tables.orders.values() if o.event_id == event_id)
        yield Rows(found, self.unreadable, len(found))

    def cancel(self, policy: RefundPolicy = ALL, *, dry_run: bool = False) -> Cancelled:
        shop = self.shop
        gateway = OrderGateway(shop.sumup, shop.tokens)
        flow = CancelEvent(
            events=shop.events,
            records=_Records(self.records),
            cancel_order=CancelOrder(
                shop.orders, gateway, shop.notifier, shop.verify_payment, dry_run
            ),
            refund_orders=RefundOrders(
                RefundPayment(shop.orders, gateway, shop.notifier, dry_run),
                lambda: self.now,
                self._wait,
                dry_run,
            ),
            clock=lambda: self.now,
            dry_run=dry_run,
        )
        return flow("5", policy, STORM, lambda *facts: self.progress.append(facts))

    def refund(self, number: str, *, again: bool = False) -> None:
        gateway = OrderGateway(self.shop.sumup, self.shop.tokens)
        refund = RefundPayment(self.shop.orders, gateway, self.shop.notifier)
        refund(number, Wish(STORM, again=again), self.now)

    def ask_again(self, number: str) -> None:
        """Do what the command says about a refund whose outcome is not known after an hour."""
        with suppress(NotDecidable):
            self.refund(number, again=True)

    def _wait(self) -> None:
        self.waits += 1

    @property
    def asked(self) -> list[str]:
        """Return the transactions that SumUp was asked to give back."""
        return [about.split()[1] for about in self.shop.sumup.asked("refund")]

    def mails(self, number: str) -> list[str]:
        mails = self.shop.outbox.of_order(number)
        return [m.kind.value for m in mails if m.kind is not MailKind.ALERT]

    @property
    def told(self) -> dict[str, int]:
        """Return how often each order's buyer was told."""
        kinds = [m for m in self.shop.tables.mails.values() if m.kind is MailKind.EVENT_CANCELLED]
        numbers = [mail.order_number or "" for mail in kinds]
        return {number: numbers.count(number) for number in numbers}

    @property
    def state(self) -> object:
        tables = self.shop.tables
        return (
            dict(self.shop.events.rows),
            dict(tables.orders),
            dict(tables.tickets),
            dict(tables.mails),
            dict(tables.available),
            list(tables.audit),
            list(self.shop.deliveries.sent),
            dict(self.shop.sumup.checkouts),
            dict(self.shop.sumup.transactions),
        )

    def broken(self) -> list[Rule]:
        late = {Rule.MAIL_OVERDUE, Rule.NOT_DELIVERED, Rule.OVERDUE}
        found = (breach.rule for breach in breaches_in(self.shop.tables, self.now))
        return [rule for rule in found if rule not in late]


@dataclass(frozen=True)
class _Records:
    orders: Callable[[str], Iterator[Rows[Order]]]


@pytest.fixture
def office() -> Office:
    """An event with a paid order, a free one, one at the payment page and one on hold."""
    office = empty()
    office.buy("ORD-PAID11")
    office.buy("ORD-FREE11", lines=FREE)
    office.add("ORD-OPEN11", created_at=later(days=1, hours=23), deadline=later(days=3))
    office.add("ORD-HOLD11", paid=True)
    office.shop.sumup.checkouts["chk-ORD-HOLD11"] = replace(
        office.shop.sumup.checkouts["chk-ORD-HOLD11"], amount=Decimal("44.00")
    )
    office.shop.verify(order_number="ORD-HOLD11")
    assert office.order("ORD-HOLD11").status is REVIEW
    return office


def test_everything_is_settled_and_everybody_is_told_once(office: Office) -> None:
    report = office.cancel()

    event = office.shop.events.get("5")
    assert (event.cancelled, event.on_sale, event.refund_policy) == (True, False, ALL)
    assert (event.cancelled_at, event.cancellation_done_at) == (THEN, THEN)
    paid, free = office.order("ORD-PAID11"), office.order("ORD-FREE11")
    assert (paid.status, paid.voided_at, paid.refund_status) == (
        COMPLETED,
        THEN,
        RefundStatus.REFUNDED,
    )
    assert (free.status, free.voided_at, free.reason_code) == (
        COMPLETED,
        THEN,
        Reason.EVENT_CANCELLED,
    )
    assert {t.status for t in office.shop.tables.tickets.values()} == {TicketStatus.VOID}
    assert office.order("ORD-OPEN11").status is FAILED
    assert office.order("ORD-HOLD11").status is FAILED
    assert office.shop.sumup.checkouts["chk-ORD-OPEN11"].status == "EXPIRED"
    assert sorted(office.asked) == ["txn-ORD-HOLD11", "txn-ORD-PAID11"]
    assert office.told == dict.fromkeys(("ORD-PAID11", "ORD-FREE11", "ORD-OPEN11", "ORD-HOLD11"), 1)
    assert office.mails("ORD-PAID11") == ["confirmation", "event_cancelled", "refunded"]
    assert report.is_complete
    assert (report.orders, report.told, report.back.refunds) == (4, 4, 2)
    assert report.back.amounts == {"GBP": Decimal("90.00")}
    assert report.settled == {Settled.VOID: 2, Settled.CLOSED: 1, Settled.ON_HOLD: 1}
    assert office.broken() == []


def test_seats_are_free_again(office: Office) -> None:
    before = office.shop.seats_left

    office.cancel()

    assert office.shop.seats_left == before + 4 * 3


def test_a_second_run_changes_nothing(office: Office) -> None:
    office.cancel()
    before = office.state

    report = office.cancel()

    assert office.state == before
    assert (report.told, report.told_before, report.back.refunds) == (0, 4, 0)
    assert report.back.refunds_before == 1, "the order on hold was closed with its refund"
    assert report.back.amounts_before == {"GBP": Decimal("45.00")}
    assert report.is_complete


@pytest.mark.parametrize("policy", [ALL, NONE])
def test_a_dry_run_changes_nothing_and_counts_the_same(
    office: Office, policy: RefundPolicy
) -> None:
    before = office.state

    dry = office.cancel(policy, dry_run=True)
    assert office.state == before

    wet = office.cancel(policy)
    assert (dry.told, dry.settled, dry.back.amounts, dry.kept) == (
        wet.told,
        wet.settled,
        wet.back.amounts,
        wet.kept,
    )


def test_without_refunds_tickets_are_void_and_money_stays(office: Office) -> None:
    report = office.cancel(NONE)

    assert office.asked == []
    assert office.order("ORD-PAID11").voided_at == THEN
    assert office.order("ORD-HOLD11").status is REVIEW, "a person decides about this money"
    assert report.kept == {"GBP": Decimal("45.00")}
    assert report.is_complete
    assert office.broken() == []


def test_money_may_go_back_after_all(office: Office) -> None:
    office.cancel(NONE)

    report = office.cancel(ALL)

    assert report.back.amounts == {"GBP": Decimal("90.00")}
    assert (report.told, report.told_before) == (0, 4)
    assert office.shop.events.get("5").refund_policy is ALL


def test_a_promise_is_not_taken_back(office: Office) -> None:
    office.cancel(ALL)

    with pytest.raises(NotCancellable, match="told that they get their money back"):
        office.cancel(NONE)


@pytest.mark.parametrize("policy", [ALL, NONE])
def test_what_is_paid_meanwhile_is_not_closed(office: Office, policy: RefundPolicy) -> None:
    office.pay_late("ORD-OPEN11")

    report = office.cancel(policy)

    order = office.order("ORD-OPEN11")
    assert "confirmation" not in office.mails("ORD-OPEN11")
    assert office.told["ORD-OPEN11"] == 1
    if policy is ALL:
        assert (order.status, order.refund_status) == (FAILED, RefundStatus.REFUNDED)
    else:
        assert (order.status, order.reason_code) == (REVIEW, Reason.EVENT_CANCELLED)
        assert "Paid For A Cancelled Event" in office.shop.alerts[-1]
    assert report.is_complete
    assert office.broken() == []


def test_what_is_paid_after_the_run_is_on_hold_and_goes_back_with_the_next(office: Office) -> None:
    office.cancel()
    office.pay_late("ORD-OPEN11")

    office.now = later(days=2, hours=3)
    office.shop.verify(office.now, "ORD-OPEN11")

    assert office.order("ORD-OPEN11").reason_code == Reason.EVENT_CANCELLED
    report = office.cancel()
    assert report.back.amounts == {"GBP": Decimal("45.00")}
    assert office.order("ORD-OPEN11").status is FAILED
    assert office.told["ORD-OPEN11"] == 1


@pytest.mark.parametrize("lines", [FREE, (a_line(),)], ids=["free", "paid"])
def test_an_order_placed_at_the_last_moment_gets_no_tickets(
    office: Office, lines: tuple[Any, ...]
) -> None:
    """Its request read the event before, and stored the order after the run had passed."""
    office.cancel()
    late = {"lines": lines} if lines is FREE else {"paid": True}
    office.add("ORD-LATE11", created_at=THEN, deadline=later(days=2, hours=2), **late)

    office.shop.verify(THEN, "ORD-LATE11")

    order = office.order("ORD-LATE11")
    assert order.status is (FAILED if order.is_free else REVIEW)
    assert order.reason_code == Reason.EVENT_CANCELLED
    assert office.mails("ORD-LATE11") == ["event_cancelled"]


def test_a_payment_that_is_being_made_is_named_and_settled_by_the_next_run(office: Office) -> None:
    office.shop.sumup.under_way.add("chk-ORD-OPEN11")

    report = office.cancel()

    (problem,) = report.problems
    assert problem.order_number == "ORD-OPEN11"
    assert "still processing a payment" in problem.why
    assert problem.command == (
        "python -m ticketing events cancel 5 --refund all "
        "--reason 'a storm is coming; agreed with Jersey Live'"
    )
    assert office.shop.events.get("5").cancellation_done_at is None
    assert "ORD-OPEN11" not in office.told

    office.shop.sumup.under_way.clear()
    assert office.cancel().is_complete
    assert office.told["ORD-OPEN11"] == 1
    assert office.shop.events.get("5").cancellation_done_at == THEN


def test_a_refusal_that_passes_is_tried_again_in_the_same_run(office: Office) -> None:
    office.shop.sumup.failures["refund"] = [
        PaymentProviderUnavailable("POST refunds: 429", status=429)
    ]

    report = office.cancel()

    assert report.is_complete
    assert report.back.amounts == {"GBP": Decimal("90.00")}


def test_a_refund_that_is_refused_is_named_with_its_command(office: Office) -> None:
    office.shop.sumup.before["refund"] = lambda: _refuse(office, "txn-ORD-PAID11")

    report = office.cancel()

    (problem,) = report.back.problems
    assert (problem.order_number, problem.owed) == ("ORD-PAID11", Money(Decimal("45.00"), "GBP"))
    assert "409 not refundable" in problem.why
    assert problem.command == (
        "python -m ticketing refund ORD-PAID11 "
        "--reason 'a storm is coming; agreed with Jersey Live'"
    )
    assert office.order("ORD-HOLD11").refund_status is RefundStatus.REFUNDED
    assert office.order("ORD-PAID11").voided_at == THEN, "it opens no door all the same"
    assert not report.is_complete


def _refuse(office: Office, transaction_id: str) -> None:
    if office.asked[-1] == transaction_id:
        raise NO


def test_a_refund_whose_answer_is_lost_is_never_asked_for_twice(office: Office) -> None:
    office.shop.sumup.lost["refund"] = [SILENCE]

    report = office.cancel()

    assert report.is_complete, "the transaction shows that it went back"
    assert len(office.asked) == len(set(office.asked)) == 2


def test_an_unknown_outcome_is_named(office: Office) -> None:
    office.shop.sumup.failures["refund"] = [SILENCE]

    report = office.cancel()

    (problem,) = report.back.problems
    assert "not known whether" in problem.why
    assert len(office.asked) == 2, "nobody asked twice"


def test_every_order_that_sumup_refuses_is_named_however_many_there_are(office: Office) -> None:
    for n in range(4 * MOST_IN_A_ROW):
        office.buy(f"ORD-MORE{n:02}")
    refused = {f"ORD-MORE{n:02}" for n in range(0, 4 * MOST_IN_A_ROW, 2)}

    def refuse() -> None:
        if office.asked[-1].removeprefix("txn-") in refused:
            raise NO

    office.shop.sumup.before["refund"] = refuse

    report = office.cancel()

    assert {problem.order_number for problem in report.back.problems} == refused
    assert report.back.left == []
    again = ("refunds once more", MOST_IN_A_ROW, len(refused))
    assert (office.progress[-1], report.is_complete) == (again, False)
    office.shop.sumup.before.clear()
    assert office.cancel().is_complete


def test_when_sumup_is_down_the_run_ends_and_names_how_many_are_left(office: Office) -> None:
    for n in range(MOST_IN_A_ROW + 5):
        office.buy(f"ORD-MORE{n:02}")
    office.shop.sumup.failures["get_checkout"] = [
        PaymentProviderUnavailable("no connection") for _ in range(100)
    ]
    office.shop.sumup.failures["get_transaction"] = [
        PaymentProviderUnavailable("no connection") for _ in range(100)
    ]

    report = office.cancel()

    assert len(report.back.problems) == MOST_IN_A_ROW
    assert len(report.back.left) == 7
    assert not report.is_complete
    office.shop.sumup.failures.clear()
    again = office.cancel()
    assert again.is_complete
    assert again.back.amounts == {"GBP": Decimal("45.00") * 17}


def _paid_twice(office: Office) -> None:
    """Have ORD-TWIN11 paid by two checkouts; the second payment is `txn-again`."""
    ids = ("chk-ORD-TWIN11", "second")
    again = a_transaction(id="txn-again")
    office.add("ORD-TWIN11", paid=True)
    order = replace(office.order("ORD-TWIN11"), checkout_ids=ids)
    twice = a_paid_checkout(id="second", reference="ORD-TWIN11-2", transactions=(again,))
    office.shop.add(order, twice)
    office.shop.sumup.transactions["txn-again"] = again
    office.shop.verify(order_number="ORD-TWIN11")


def test_two_payments_of_one_order_both_go_back(office: Office) -> None:
    _paid_twice(office)

    report = office.cancel()

    assert {"txn-again", "txn-ORD-TWIN11"} <= set(office.asked)
    assert report.back.amounts == {"GBP": Decimal("180.00")}
    assert (report.back.refunds, report.back.refunds_before) == (4, 0)


def _in_parts(office: Office, number: str) -> None:
    """Give the payment that bought the order's tickets back, one ticket after the other."""
    order = office.order(number)
    third, bought = Money(Decimal("15.00"), "GBP"), str(order.transaction_id)
    parts = tuple(
        PartRefund(bought, RefundStatus.REFUNDED, third, NOW, settled_at=NOW, tickets=(ticket,))
        for ticket in order.ticket_ids
    )
    void = tuple(VoidTicket(ticket, "general", NOW) for ticket in order.ticket_ids)
    office.shop.tables.orders[number] = replace(
        order, parts=parts, void_tickets=void, voided_at=NOW
    )
    paid = office.shop.sumup.transactions[bought]
    office.shop.sumup.transactions[bought] = replace(
        paid, refunded=True, returned=Returned(refunded=Decimal("45.00"))
    )


def test_a_second_payment_goes_back_though_the_first_went_back_in_parts(office: Office) -> None:
    _paid_twice(office)
    _in_parts(office, "ORD-TWIN11")

    report = office.cancel()

    assert not report.back.problems
    assert "txn-again" in office.asked
    assert report.back.amounts == {"GBP": Decimal("135.00")}


def test_of_two_checkouts_one_was_paid_and_went_back_in_parts(office: Office) -> None:
    office.add("ORD-TWIN11", paid=True)
    order = replace(office.order("ORD-TWIN11"), checkout_ids=("chk-ORD-TWIN11", "second"))
    office.shop.add(order, a_checkout(id="second", reference="ORD-TWIN11-2", status="EXPIRED"))
    office.shop.verify(order_number="ORD-TWIN11")
    _in_parts(office, "ORD-TWIN11")

    report = office.cancel()

    assert "txn-ORD-TWIN11" not in office.asked
    assert report.is_complete
    assert report.back.amounts == {"GBP": Decimal("90.00")}


def test_a_payment_is_counted_once_whatever_else_is_looked_for(office: Office) -> None:
    """Its buyer tried twice to pay: the other checkout is looked at too."""
    office.add("ORD-TWIN11", paid=True)
    order = replace(office.order("ORD-TWIN11"), checkout_ids=("chk-ORD-TWIN11", "second"))
    office.shop.add(order, a_checkout(id="second", reference="ORD-TWIN11-2", status="EXPIRED"))
    office.shop.verify(order_number="ORD-TWIN11")

    report = office.cancel()

    assert report.back.amounts == {"GBP": Decimal("135.00")}
    assert (report.back.refunds, report.back.refunds_before) == (3, 0)


def _one_ticket_went_back(office: Office) -> None:
    order = office.order("ORD-PAID11")
    third = Money(Decimal("15.00"), "GBP")
    part = PartRefund(
        "txn-ORD-PAID11", RefundStatus.REFUNDED, third, NOW, settled_at=NOW,
        tickets=("ORD-PAID11-02",),
    )  # fmt: skip
    void = VoidTicket("ORD-PAID11-02", "general", NOW)
    office.shop.tables.orders["ORD-PAID11"] = replace(order, parts=(part,), void_tickets=(void,))
    paid = office.shop.sumup.transactions["txn-ORD-PAID11"]
    back = replace(paid, refunded=True, returned=Returned(refunded=Decimal("15.00")))
    office.shop.sumup.transactions["txn-ORD-PAID11"] = back


def test_of_a_payment_that_went_back_in_part_the_rest_goes_back(office: Office) -> None:
    _one_ticket_went_back(office)

    report = office.cancel()

    assert report.back.amounts == {"GBP": Decimal("75.00")}
    returned = office.shop.sumup.transactions["txn-ORD-PAID11"].returned
    assert returned.amount == Decimal("45.00")
    assert office.order("ORD-PAID11").voided_at == THEN
    assert office.told["ORD-PAID11"] == 1


def test_of_a_payment_that_went_back_in_part_only_the_rest_stays(office: Office) -> None:
    _one_ticket_went_back(office)

    report = office.cancel(NONE)

    assert report.kept == {"GBP": Decimal("30.00")}


def test_tickets_that_were_made_void_by_hand_keep_their_money_where_it_is(office: Office) -> None:
    order = office.order("ORD-PAID11")
    office.shop.orders.void_tickets(order, order.ticket_ids, [], "void: sold on", NOW)

    report = office.cancel()

    assert "txn-ORD-PAID11" not in office.asked
    assert "ORD-PAID11" not in office.told
    assert report.is_complete


def test_tickets_made_void_by_hand_after_a_part_went_back_keep_their_money(office: Office) -> None:
    _one_ticket_went_back(office)
    order = office.order("ORD-PAID11")
    office.shop.orders.void_tickets(order, order.valid_ticket_ids, [], "void: sold on", NOW)

    report = office.cancel()

    assert "txn-ORD-PAID11" not in office.asked
    assert report.is_complete


def test_money_that_was_asked_for_is_looked_after_though_its_tickets_are_void_by_hand(
    office: Office,
) -> None:
    order = office.order("ORD-PAID11")
    office.shop.orders.void_tickets(order, order.valid_ticket_ids, [], "void: sold on", NOW)
    office.shop.sumup.failures["refund"] = [SILENCE]
    office.refund("ORD-PAID11")

    report = office.cancel()

    assert [problem.order_number for problem in report.back.problems] == ["ORD-PAID11"]
    assert office.asked.count("txn-ORD-PAID11") == 1


def test_cash_is_named_and_sumup_is_not_asked_for_it(office: Office) -> None:
    orders = office.shop.orders
    office.shop.tables.available["5", "general"] += 6
    for number in ("ORD-CASH11", "ORD-CASH22"):
        sale = an_order(order_number=number, checkout_ids=(), origin=Origin.CASH)
        orders.place(sale, reason="sell-at-door: x")
        order, mail = orders.get(number), to_buyer(sale, MailKind.CONFIRMATION, NOW)
        orders.complete(order, paid_in_cash("x"), tickets_for(order), [mail], NOW)
    handed_back = orders.get("ORD-CASH22")
    orders.void_tickets(handed_back, handed_back.ticket_ids[:1], [], "void: ill", NOW)

    report = office.cancel()

    assert report.kept == {"GBP": Decimal("75.00")}
    assert office.order("ORD-CASH11").voided_at == THEN
    assert not any("CASH" in asked for asked in office.asked)
    assert report.is_complete
    assert office.broken() == []


def test_many_late_payments_are_no_suspicious_pattern(office: Office) -> None:
    for n in range(4):
        office.add(f"ORD-OPEN2{n}", created_at=later(days=1, hours=23), deadline=later(days=3))
        office.pay_late(f"ORD-OPEN2{n}")

    office.cancel()

    assert not [subject for subject in office.shop.alerts if "Repeated" in subject]


def test_what_went_back_before_is_not_asked_about(office: Office) -> None:
    order = office.order("ORD-PAID11")
    back = Refund("txn-ORD-PAID11", RefundStatus.REFUNDED, order.total, NOW, settled_at=NOW)
    office.shop.tables.orders["ORD-PAID11"] = replace(order, refunds=(back,), voided_at=NOW)

    report = office.cancel()

    assert "txn-ORD-PAID11" not in office.asked
    assert report.back.refunds_before == 1
    assert "ORD-PAID11" not in office.told, "their order ended before"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"complained_at": NOW}, "they marked our mail as spam"),
        ({"customer": Customer(ERASED, ERASED)}, "they were erased"),
    ],
    ids=["complained", "erased"],
)
def test_who_takes_no_mail_is_named_and_gets_the_money(
    office: Office, changes: dict[str, Any], why: str
) -> None:
    order = office.order("ORD-PAID11")
    office.shop.tables.orders["ORD-PAID11"] = replace(order, **changes)

    report = office.cancel()

    assert report.untold == {"ORD-PAID11": why}
    assert office.order("ORD-PAID11").refund_status is RefundStatus.REFUNDED


def test_rows_that_cannot_be_read_are_named(office: Office) -> None:
    office.unreadable = ("order ORD-ODD111: its total is missing",)

    report = office.cancel()

    assert report.unreadable == office.unreadable
    assert not report.is_complete
    assert office.shop.events.get("5").cancellation_done_at is None


def test_an_order_that_becomes_unreadable_does_not_stop_the_others(office: Office) -> None:
    office.shop.tables.spoilt["ORD-FREE11"] = "its total is missing"

    report = office.cancel()

    assert [p.order_number for p in report.problems] == ["ORD-FREE11"]
    assert office.order("ORD-PAID11").refund_status is RefundStatus.REFUNDED


def test_an_event_that_is_long_over_is_not_cancelled_by_mistake(office: Office) -> None:
    office.now = an_event().starts_at + LATEST

    with pytest.raises(NotCancellable, match="it began on 18 July 2026"):
        office.cancel()

    assert office.shop.events.get("5") == an_event()


def test_a_run_that_began_in_time_may_be_finished_later(office: Office) -> None:
    office.cancel(NONE)
    office.now = an_event().starts_at + LATEST + timedelta(days=30)

    assert office.cancel(ALL).back.refunds == 2


def test_an_unknown_event_is_refused(office: Office) -> None:
    office.shop.events.rows.clear()

    with pytest.raises(EventNotFound):
        office.cancel()


def test_each_refund_waits_its_turn_and_progress_is_reported(office: Office) -> None:
    office.cancel()

    assert office.waits == 2
    assert office.progress == [
        *(("orders", n, 4) for n in (1, 2, 3, 4)),
        ("refunds", 1, 2),
        ("refunds", 2, 2),
    ]


class Interrupted(BaseException):
    """The process is gone."""


def test_a_run_that_dies_in_any_call_is_continued_by_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Before and after each write and each call of SumUp; then the same command again."""
    for when in ("before", "after"):
        at = 0
        while _is_interrupted(monkeypatch, at, when):
            at += 1
        assert at > 15, "there are calls to interrupt"


def _is_interrupted(monkeypatch: pytest.MonkeyPatch, at: int, when: str) -> bool:
    """Tell the story with one interruption; return False where it has fewer calls."""
    office = _mixed()
    count = 0

    def breaking(do: Callable[..., Any]) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401  # of any call
            nonlocal count
            mine, count = count, count + 1
            if mine == at and when == "before":
                raise Interrupted
            answer = do(*arguments, **options)
            if mine == at:
                raise Interrupted
            return answer

        return called

    calls = {
        office.shop.orders: ("void", "close", "review", "note_refund", "settle_refund"),
        office.shop.events: ("cancel", "note_cancellation_done"),
        office.shop.outbox: ("add_once",),
        office.shop.deliveries: ("send",),
        office.shop.sumup: ("refund", "deactivate_checkout", "get_checkout", "get_transaction"),
    }
    with monkeypatch.context() as patch:
        for owner, names in calls.items():
            for name in names:
                patch.setattr(owner, name, breaking(getattr(owner, name)))
        try:
            office.cancel()
        except Interrupted:
            pass
        else:
            return False
    office.now += IN_HAND + timedelta(minutes=1)
    report = office.cancel()
    if not report.is_complete:  # SumUp was asked, perhaps, and shows nothing
        (problem,) = report.back.problems
        assert "not known whether" in problem.why
        office.now += ASK_AGAIN_AFTER
        office.ask_again(problem.order_number)
        report = office.cancel()
    assert report.is_complete, (at, when)
    assert set(office.told.values()) == {1}
    assert len(office.told) == 5
    returned = [t.returned.amount for t in office.shop.sumup.transactions.values()]
    assert returned == [Decimal("45.00")] * 3, (at, when)
    assert office.broken() == []
    return True


def empty(seats: int = 100) -> Office:
    """Return an event without orders."""
    shop = Shop(seats=seats)
    for rows in (shop.tables.orders, shop.tables.checkouts, shop.sumup.checkouts):
        rows.clear()
    return Office(shop)


def _mixed() -> Office:
    """Return an event with a paid, a free, an open, a paid but unchecked and a reviewed order."""
    office = empty()
    office.buy("ORD-PAID11")
    office.buy("ORD-FREE11", lines=FREE)
    office.add("ORD-OPEN11", created_at=later(days=1, hours=23), deadline=later(days=3))
    office.add("ORD-JUST11", paid=True, created_at=later(days=1, hours=23), deadline=later(days=3))
    office.add("ORD-HOLD11", paid=True)
    office.shop.sumup.checkouts["chk-ORD-HOLD11"] = replace(
        office.shop.sumup.checkouts["chk-ORD-HOLD11"], amount=Decimal("44.00")
    )
    office.shop.verify(order_number="ORD-HOLD11")
    return office


def test_two_runs_at_once_tell_nobody_twice(office: Office) -> None:
    """A second operator cancels the event just before the first writes."""
    done: list[Cancelled] = []

    def other() -> None:
        if not done:
            done.append(Cancelled(office.shop.events.get("5"), ALL))
            done.append(office.cancel())

    office.shop.orders.before_write.append(other)

    office.cancel()

    assert set(office.told.values()) == {1}
    assert sorted(office.asked) == ["txn-ORD-HOLD11", "txn-ORD-PAID11"]
    assert office.broken() == []


def test_a_purchase_that_completes_meanwhile_is_void_as_well(office: Office) -> None:
    """A check that read the event before it was cancelled completes its order just before us."""
    order = office.add(
        "ORD-RACE11", paid=True, created_at=later(days=1, hours=23), deadline=later(days=3)
    )
    office.shop.sumup.before["get_checkout"] = lambda: _complete(office, order)

    report = office.cancel()

    assert office.order("ORD-RACE11").voided_at == THEN
    assert office.order("ORD-RACE11").refund_status is RefundStatus.REFUNDED
    assert report.is_complete
    assert tickets_for(order)[0].ticket_id in office.shop.tables.tickets


def _complete(office: Office, order: Order) -> None:
    office.shop.sumup.before.clear()
    event = office.shop.events.rows["5"]
    office.shop.events.rows["5"] = replace(event, cancelled=False)
    office.shop.verify(THEN, order.order_number)
    office.shop.events.rows["5"] = event
