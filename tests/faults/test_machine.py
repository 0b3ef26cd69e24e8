"""Random histories of the shop: after every step nothing is wrong, at the end nothing is left.

Hypothesis makes up what buyers, SumUp, SES, queues, operators and time do, and where processes die.
`make faults` lives through 200 histories of 50 steps, `make faults-long` through 5,000 of 100. A
history that ends badly is printed as a short program; SEED tells the same histories again.
"""

import itertools
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.faults.chaos import Meanwhile, Trouble
from tests.faults.memory import Buyer, Glance, MemoryShop, Ses
from tests.faults.plan import ONE_IN, Fault
from tests.faults.till import Paying, Taken
from tests.functions.conftest import EVENTS
from tests.support.builders import an_event
from tests.support.oracle import breaches_in
from ticketing.audit.order_snapshot import Breach, Rule
from ticketing.emails.mail import (
    LEFT,
    UNSETTLED,
    Mail,
    MailKind,
    MailStatus,
    alert_id,
    mail_id,
    to_buyer,
)
from ticketing.emails.reminder import AHEAD
from ticketing.emails.resending import DAY, MOST_A_DAY, MOST_IN_ALL
from ticketing.errors import RequestReused
from ticketing.flows import checkout_api, give_tickets
from ticketing.flows.audit_report import line
from ticketing.flows.change_address import MOST_CHANGES
from ticketing.observability import logger, metrics
from ticketing.operators.alerts import bounce_fact, failure_fact
from ticketing.operators.next_step import row_attributes
from ticketing.orders.basket import Basket, Wanted
from ticketing.orders.buyer import folded, mailbox
from ticketing.orders.limits import Limits
from ticketing.orders.order import CLOSED, ERASED, Delivery, Order, OrderStatus, Work
from ticketing.orders.reason import Reason
from ticketing.orders.refund import NOTED, RefundStatus
from ticketing.orders.refund import UNSETTLED as UNSETTLED_REFUNDS
from ticketing.payments.part_refunding import Share
from ticketing.payments.payment import Extent
from ticketing.tickets import pdf

pytestmark = pytest.mark.faults

RUNS = int(os.environ.get("RUNS") or 200 // ONE_IN)
STEPS = int(os.environ.get("STEPS") or 50)
SEED = int(os.environ.get("SEED") or 20260601)
RUNS_A_TEST = 25

EVENTUALLY = {Rule.OVERDUE, Rule.MAIL_OVERDUE, Rule.NOT_DELIVERED, Rule.REFUND_UNSETTLED}
"""Rules about how long something takes, which depends on how often the schedule fires, or on when
a person has a look.
"""

NOT_BACK = {*UNSETTLED_REFUNDS, RefundStatus.REFUSED}
BY_CONSOLE = 9
MOST_SEATS = 20
AN_HOUR = timedelta(hours=1)
TOLD = ("send", "delivery", "bounce_permanent", "bounce_transient", "delivery_delay", "complaint")
"""Sample events of SES."""


def sample_of(case: str) -> dict[str, Any]:
    """Return a sample event of SES, as SNS hands it on."""
    sample = json.loads((EVENTS / f"record_email_event.{case}.json").read_text())
    event: dict[str, Any] = json.loads(sample["Records"][0]["Sns"]["Message"])
    return event


class Outside(StrEnum):
    """What becomes of SumUp and of the organiser's permission."""

    DOWN = "nobody gets an answer"
    UP = "SumUp answers again"
    EXPIRE = "access tokens end"
    REVOKE = "the permission ends"
    RECONNECT = "the organiser agrees once more"


class ByHand(StrEnum):
    """What somebody does in the console."""

    CHECK_AGAIN = "sends an order out of review"
    REFUND = "gives an order's money back in SumUp's dashboard"
    SEND_AGAIN = "has the tickets sent once more"
    SELL_MORE = "sells more seats"
    FORGET = "takes an order out of its index"
    FORGET_MAIL = "takes the mails of an order out of theirs"


class Sale(StrEnum):
    """How an organiser has the event sold."""

    ON = "everything is on sale"
    OFF = "nothing is on sale"
    CANCELLED = "the event is cancelled"
    SOON = "the sale begins in an hour"
    OVER = "the sale has ended"
    FREE_ONLY = "tickets to pay for are not on sale"
    FREE_FOR_NOW = "tickets to pay for go on sale in an hour"


buyers = Bundle("buyers")


def troubles(most_calls: int, *others: Meanwhile) -> st.SearchStrategy[Trouble | None]:
    """Return what may come between the calls of one invocation, often nothing."""
    at = st.integers(0, most_calls - 1)
    return st.one_of(
        st.none(),
        st.builds(Trouble, at, st.sampled_from(Fault)),
        st.builds(Trouble, at, st.sampled_from(others)),
    )


ordering = troubles(12, Meanwhile.PRESS, Meanwhile.COMPETE, Meanwhile.SCAN)
paying = troubles(16, Meanwhile.PAY, Meanwhile.PAY_AND_VERIFY, Meanwhile.PAY_AGAIN)
verifying = troubles(
    16,
    Meanwhile.VERIFY,
    Meanwhile.PAY,
    Meanwhile.PAY_AND_VERIFY,
    Meanwhile.PAY_AGAIN,
    Meanwhile.APPROVE,
    Meanwhile.REJECT,
    Meanwhile.CANCEL,
    Meanwhile.REFUND,
    Meanwhile.READDRESS,
)
delivering = troubles(
    10, Meanwhile.DELIVER, Meanwhile.RESEND, Meanwhile.REFUND, Meanwhile.READDRESS
)
deciding = troubles(16, *Meanwhile)
looking_around = troubles(10, *Meanwhile)
glances = st.builds(Glance, lag=st.integers(0, 8), hidden=st.integers(0, 7))
times = st.integers(0, 3)
pages = st.integers(0, 2)
some_time = st.sampled_from(
    [
        timedelta(seconds=20),
        timedelta(minutes=3),
        timedelta(minutes=16),
        timedelta(minutes=55),
        timedelta(hours=2),
        timedelta(hours=25),
        timedelta(days=3),
    ]
)
addresses = st.sampled_from(
    ("buyer-0@example.com", "Buyer-1+tickets@Example.com", "right@example.com", "new@example.org")
)
baskets = st.sampled_from([(1, 0), (2, 0), (2, 1), (3, 0), (4, 0), (0, 1)])
"""Tickets to pay for, and free ones."""


class Shop(RuleBasedStateMachine):
    """What can happen, each rule on its own, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self._patch = pytest.MonkeyPatch()
        numbers = itertools.count(1)
        for flow in (checkout_api, give_tickets):
            self._patch.setattr(flow, "new_order_number", lambda: f"ORD-{next(numbers):03d}")
        self._patch.setattr(pdf, "render", lambda *_: b"drawn elsewhere, and slowly")
        self._patch.setattr("ticketing.emails.compose.png", lambda *_: b"likewise")
        self._patch.setattr(time, "sleep", lambda _: None)
        self._patch.setattr(metrics, "add_metric", lambda **_: None)
        self._patch.setattr(logger, "_logger", _Silent())
        self.shop = MemoryShop()
        self.by_number: dict[str, Buyer] = {}
        self.lost: set[str] = set()
        """Rows somebody took out of their index by hand, until the audit has put them back."""
        self.edited: dict[str, dict[str, str | None]] = {}
        """What rows said when somebody last edited them by hand."""
        self.selling, self.sold_since = Sale.ON, self.shop.now
        self.forgotten: set[str] = set()
        """Orders whose idempotency key is not remembered any more."""
        self.reopened: set[str] = set()
        """Orders that a person sent out of review: nobody asked whether there is room for them."""
        self._names = itertools.count(1)

    # ----------------------------------------------------------------------------- buyers

    @initialize(target=buyers, first=baskets, second=baskets)
    def open_the_shop(self, first: tuple[int, int], second: tuple[int, int]) -> Any:  # noqa: ANN401  # whatever the call answers
        """Two buyers are quick."""
        found = [self._somebody(*first), self._somebody(*second)]
        for buyer in found:
            self._order(buyer, None)
        return multiple(*found)

    @rule(target=buyers, basket=baskets, trouble=ordering)
    def order(self, basket: tuple[int, int], trouble: Trouble | None) -> Buyer:
        """Somebody else orders."""
        buyer = self._somebody(*basket)
        self._order(buyer, trouble)
        return buyer

    @rule(target=buyers, basket=baskets, trouble=ordering)
    def order_and_pay(self, basket: tuple[int, int], trouble: Trouble | None) -> Buyer:
        """Somebody else orders, and pays at once."""
        buyer = self._somebody(*basket)
        self._order(buyer, trouble)
        self.pay(buyer=buyer, page=0, paying=Paying.RIGHT)
        return buyer

    @rule(target=buyers, count=st.integers(1, 3), trouble=ordering)
    def give(self, count: int, trouble: Trouble | None) -> Buyer:
        """An operator gives somebody tickets, and types it twice: it is one order."""
        buyer = self._somebody(count, 0)
        for what in (trouble, None):
            self.shop.give(buyer, **self._with(what, buyer))
        given = [o for o in self._orders() if o.origin and o.customer.name == buyer.basket.name]
        assert len(given) <= 1
        if buyer.order_number:
            self.by_number[buyer.order_number] = buyer
        return buyer

    @rule(buyer=buyers, trouble=ordering)
    def press_again(self, buyer: Buyer, trouble: Trouble | None) -> None:
        """The same request comes again; it is the same order, for a day."""
        known = self.shop.tables.requests.get(buyer.key)
        self._order(buyer, trouble)
        assert known in {None, self.shop.tables.requests.get(buyer.key)}

    @rule(buyer=buyers)
    def order_something_else_with_the_same_key(self, buyer: Buyer) -> None:
        other = replace(buyer.basket, name="Somebody Else")
        known = buyer.key in self.shop.tables.requests
        before = len(self.shop.tables.orders)
        if known:
            answer = self.shop.invoke(lambda: self.shop.api.order(other, buyer.key, self.shop.now))
            assert isinstance(answer, RequestReused)
            assert len(self.shop.tables.orders) == before

    @rule(buyer=buyers, trouble=looking_around)
    def look(self, buyer: Buyer, trouble: Trouble | None) -> None:
        if buyer.order_number:
            self.shop.look(buyer, **self._with(trouble, buyer))

    @rule(buyer=buyers, trouble=paying)
    def pay_again(self, buyer: Buyer, trouble: Trouble | None) -> None:
        pages, is_stopped = len(buyer.pages), self.selling in {Sale.OFF, Sale.CANCELLED}
        if buyer.order_number:
            self.shop.pay_again(buyer, **self._with(trouble, buyer))
            assert not (is_stopped and len(buyer.pages) > pages), "a page to pay what is off sale"

    @rule(buyer=buyers, trouble=paying)
    def give_up(self, buyer: Buyer, trouble: Trouble | None) -> None:
        if buyer.order_number:
            self.shop.give_up(buyer, **self._with(trouble, buyer))

    @rule(buyer=buyers, trouble=looking_around)
    def resend(self, buyer: Buyer, trouble: Trouble | None) -> None:
        if buyer.order_number:
            self.shop.resend(buyer, **self._with(trouble, buyer))

    @rule(
        buyer=buyers,
        to=st.sampled_from((None, "right@example.com", "no address")),
        trouble=looking_around,
    )
    def resend_by_hand(self, buyer: Buyer, to: str | None, trouble: Trouble | None) -> None:
        if buyer.order_number:
            self.shop.resend_by_hand(buyer, to, **self._with(trouble, buyer))

    @rule(buyer=buyers, email=addresses, trouble=looking_around)
    def change_address(self, buyer: Buyer, email: str, trouble: Trouble | None) -> None:
        """Somebody gives an order another address; pressed twice, it is one change.

        Where somebody else changes it in between, the second press may change it once more.
        """
        before = self._order_of(buyer)
        if before is None:
            return
        answer = self.shop.change(buyer, email, **self._with(trouble, buyer))
        self.shop.change(buyer, email)
        after = self.shop.tables.orders[buyer.order_number]
        changes = after.address_changes - before.address_changes
        meanwhile = trouble is not None and trouble.what is Meanwhile.READDRESS
        assert changes <= (3 if meanwhile else 1)
        assert after.address_changes <= MOST_CHANGES
        if answer is None and not self._is_troubled(trouble):
            assert after.customer.key == folded(email)

    @staticmethod
    def _is_troubled(trouble: Trouble | None) -> bool:
        return trouble is not None and isinstance(trouble.what, Meanwhile)

    @rule(buyer=buyers, glance=glances, trouble=looking_around)
    def all_tickets_are_lost(self, buyer: Buyer, glance: Glance, trouble: Trouble | None) -> None:
        self.shop.glance = glance
        self.shop.resend_lost(buyer, **self._with(trouble, buyer))

    # ------------------------------------------------------------------------------ SumUp

    @rule(buyer=buyers, page=pages, paying=st.sampled_from(Paying))
    def pay(self, buyer: Buyer, page: int, paying: Paying) -> None:
        checkout = _page(buyer, page)
        if checkout and self.shop.till.is_payable(checkout):
            self.shop.till.pay(checkout, paying)

    @rule(buyer=buyers, page=pages)
    def pay_as_agreed(self, buyer: Buyer, page: int) -> None:
        self.pay(buyer=buyer, page=page, paying=Paying.RIGHT)

    @rule(buyer=buyers, page=pages)
    def pay_too_late(self, buyer: Buyer, page: int) -> None:
        """The money comes although SumUp let go of the checkout, as it does by slow ways."""
        checkout = _page(buyer, page)
        if checkout:
            self.shop.till.pay(checkout, Paying.RIGHT)

    @rule(buyer=buyers, page=pages, what=st.sampled_from(["begin", "decline", "expire"]))
    def at_the_payment_page(self, buyer: Buyer, page: int, what: str) -> None:
        checkout = _page(buyer, page)
        if checkout:
            getattr(self.shop.till, what)(checkout)

    @rule(buyer=buyers, page=pages, trouble=looking_around)
    def webhook(self, buyer: Buyer, page: int, trouble: Trouble | None) -> None:
        checkout = _page(buyer, page)
        if checkout:
            body = {"event_type": "CHECKOUT_STATUS_CHANGED", "id": checkout}
            self.shop.notify(json.dumps(body).encode(), **self._with(trouble, buyer))

    @rule(
        body=st.binary(max_size=20)
        | st.sampled_from(
            [b'{"event_type":"CHECKOUT_STATUS_CHANGED","id":"not-one-of-ours"}', b"[]", b"null"]
        )
    )
    def forged_webhook(self, body: bytes) -> None:
        before = list(self.shop.verifications.sent)
        self.shop.notify(body)
        assert self.shop.verifications.sent == before

    @rule(what=st.sampled_from(Outside))
    def sumup_changes(self, what: Outside) -> None:
        """SumUp is down, or back, or the organiser's permission changes."""
        till = self.shop.till
        match what:
            case Outside.DOWN | Outside.UP:
                till.is_down = what is Outside.DOWN
            case Outside.EXPIRE:
                till.let_tokens_expire()
            case Outside.REVOKE:
                till.revoke()
            case Outside.RECONNECT:
                self.shop.reconnect()

    # -------------------------------------------------------------------- queues and time

    @precondition(lambda self: self.shop.verifications.sent)
    @rule(at=st.integers(0, 5), times=times, trouble=verifying)
    def message_to_verify(self, at: int, times: int, trouble: Trouble | None) -> None:
        """Any message of the queue comes, once, doubled, or never."""
        number = _take(self.shop.verifications.sent, at)
        for trouble_now in [trouble, None, None][:times]:
            self.shop.verify(number, **self._with(trouble_now, self.by_number.get(number)))

    @precondition(lambda self: self.shop.deliveries.sent)
    @rule(at=st.integers(0, 5), times=times, trouble=delivering)
    def message_to_deliver(self, at: int, times: int, trouble: Trouble | None) -> None:
        found = _take(self.shop.deliveries.sent, at)
        buyer = self.by_number.get(found.partition("#")[0])
        for trouble_now in [trouble, None, None][:times]:
            self.shop.deliver(found, **self._with(trouble_now, buyer))

    @rule(buyer=buyers, trouble=verifying)
    def verify(self, buyer: Buyer, trouble: Trouble | None) -> None:
        """A message comes that nobody counted."""
        if buyer.order_number:
            self.shop.verify(buyer.order_number, **self._with(trouble, buyer))

    @rule(buyer=buyers, trouble=verifying)
    def verify_when_time_is_over(self, buyer: Buyer, trouble: Trouble | None) -> None:
        order = self._order_of(buyer)
        if order and order.status is OrderStatus.PENDING:
            self.shop.wait(max(order.deadline - self.shop.now, timedelta(0)))
            self.shop.verify(buyer.order_number, **self._with(trouble, buyer))

    @rule(buyer=buyers, trouble=delivering)
    def deliver(self, buyer: Buyer, trouble: Trouble | None) -> None:
        order = self._order_of(buyer)
        if order and order.status is OrderStatus.COMPLETED:
            first = mail_id(order.order_number, MailKind.CONFIRMATION)
            self.shop.deliver(first, **self._with(trouble, buyer))

    @rule(glance=glances, trouble=looking_around)
    def scan(self, glance: Glance, trouble: Trouble | None) -> None:
        self.shop.glance = glance
        self.shop.scan(**self._with(trouble, None))

    @rule(trouble=looking_around)
    def remind(self, trouble: Trouble | None) -> None:
        self.shop.remind(**self._with(trouble, None))

    @precondition(lambda self: self.shop.now + AHEAD < self.shop.catalogue.sold.event.starts_at)
    @rule(trouble=looking_around, later=st.sampled_from([timedelta(0), DAY + 2 * AN_HOUR]))
    def the_day_before(self, trouble: Trouble | None, later: timedelta) -> None:
        """The event is tomorrow: who has tickets since yesterday is reminded once of each order.

        The queue hands the reminders on at once, or when the event has begun.
        """
        self.shop.wait(self.shop.catalogue.sold.event.starts_at - AN_HOUR - DAY - self.shop.now)
        for what in (trouble, None):
            self.shop.remind(**self._with(what, None))
        reminded = Counter(
            m.order_number for m in self.shop.tables.mails.values() if m.kind is MailKind.REMINDER
        )
        assert all(times == 1 for times in reminded.values()), reminded
        assert set(reminded) >= set(self._to_remind()), reminded
        self.shop.wait(later)
        self.shop.tick()

    def _to_remind(self) -> list[str]:
        return [
            order.order_number
            for order in self._orders()
            if order.admits and not order.customer.is_erased
            if order.delivery is not Delivery.PROBLEM
            if (order.settled_at or order.created_at) <= self.shop.now - DAY
        ]

    @rule(delta=some_time)
    def wait(self, delta: timedelta) -> None:
        self.shop.wait(delta)

    @rule()
    def tick(self) -> None:
        """The schedule fires and, for once, everything that follows works."""
        self.shop.glance = Glance()
        self.shop.tick()

    @rule(trouble=looking_around)
    def audit(self, trouble: Trouble | None) -> None:
        report = self.shop.audit(**self._with(trouble, None))
        if report:
            accused = [b for b in report.found if b.rule not in EVENTUALLY]
            assert not self._unexcused(accused), _in_words(accused)
        self._see_what_is_back()

    @rule(trouble=looking_around)
    def night(self, trouble: Trouble | None) -> None:
        self.shop.refresh(**self._with(trouble, None))

    @rule(buyer=buyers, trouble=looking_around)
    def erase(self, buyer: Buyer, trouble: Trouble | None) -> None:
        """Somebody wants to be forgotten at once."""
        if not buyer.order_number:
            return
        known = self._requested()
        self.shop.erase(buyer, **self._with(trouble, buyer))
        # The request of an operator is forgotten before the buyer, and the run may end in between.
        orders = self.shop.tables.orders
        self.forgotten |= {number for number in known - self._requested() if orders[number].origin}

    @rule(trouble=deciding)
    def books(self, trouble: Trouble | None) -> None:
        """The night compares with SumUp."""
        self.shop.reconcile(**self._with(trouble, None))

    @rule(buyer=buyers)
    def refunded_elsewhere_and_found(self, buyer: Buyer) -> None:
        """Somebody gives money back in the dashboard, a night passes, and for once all works."""
        order = self._order_of(buyer)
        if order and order.admits and order.paid_checkout_id:
            self.shop.till.give_back(order.paid_checkout_id)
            self.shop.wait(DAY)
            self.shop.reconcile()

    @rule()
    def forget_requests(self) -> None:
        """The table's own clock takes out idempotency keys when their time is over."""
        requests, orders = self.shop.tables.requests, self.shop.tables.orders
        for key, repeated in list(requests.items()):
            order = orders.get(repeated.order_number)
            if order and self.shop.now - order.created_at > checkout_api.KEPT:
                del requests[key]
                self.forgotten.add(repeated.order_number)

    # -------------------------------------------------------------------------------- SES

    @rule(mood=st.sampled_from(Ses))
    def ses(self, mood: Ses) -> None:
        self.shop.post.mood = mood

    @precondition(lambda self: self.shop.post.sent)
    @rule(at=st.integers(0, 9), case=st.sampled_from(TOLD), trouble=looking_around)
    def ses_tells(self, at: int, case: str, trouble: Trouble | None) -> None:
        """An event about any mail that SES took, in any order, as often as it likes."""
        sent = self.shop.post.sent
        at = -1 - at % len(sent)
        event = sample_of(case)
        tags = {name: [value] for name, value in sent[at].tags.items()}
        event["mail"] |= {"tags": tags, "messageId": f"ses-{len(sent) + at + 1}"}
        self.shop.tell(json.dumps(event), **self._with(trouble, None))

    # -------------------------------------------------------------------------- operators

    @rule(buyer=buyers, what=st.sampled_from(["approve", "reject", "cancel"]), trouble=deciding)
    def decide(self, buyer: Buyer, what: str, trouble: Trouble | None) -> None:
        """Somebody decides about an order, whatever it is like."""
        if buyer.order_number:
            self.shop.decide(buyer.order_number, what, **self._with(trouble, buyer))

    @rule(buyer=buyers, which=st.integers(0, 3), again=st.booleans(), trouble=deciding)
    def refund(self, buyer: Buyer, which: int, again: bool, trouble: Trouble | None) -> None:  # noqa: FBT001  # drawn at random
        """Somebody gives an order's money back: the only one there is, or one of several."""
        money = [t.transaction.id for t in self.shop.till.taken if t.checkout_id in buyer.pages]
        if buyer.order_number:
            wanted = ([None, *money])[which % (len(money) + 1)]
            self.shop.refund(buyer.order_number, wanted, again=again, **self._with(trouble, buyer))

    @rule(
        buyer=buyers,
        which=st.sets(st.integers(1, 3), max_size=2),
        pounds=st.sampled_from([None, "1.00", "15.00", "29.99"]),
        is_back=st.booleans(),
        again=st.booleans(),
        trouble=deciding,
    )
    def refund_part(  # drawn at random
        self,
        buyer: Buyer,
        which: set[int],
        pounds: str | None,
        is_back: bool,  # noqa: FBT001
        again: bool,  # noqa: FBT001
        trouble: Trouble | None,
    ) -> None:
        """Somebody gives some tickets' price or an amount back, or notes that it went back."""
        order = self._order_of(buyer)
        if order is None:
            return
        tickets = tuple(order.current_id(f"{order.order_number}-0{n}") for n in sorted(which))
        amount = Decimal(pounds) if pounds and not tickets else None
        share = Share(tickets, amount, is_back=is_back)
        if tickets or amount or is_back:
            with_trouble = self._with(trouble, buyer)
            self.shop.refund_part(order.order_number, share, again=again, **with_trouble)

    @rule(buyer=buyers, which=st.sets(st.integers(1, 3)), trouble=deciding)
    def make_void(self, buyer: Buyer, which: set[int], trouble: Trouble | None) -> None:
        """Somebody makes some tickets void, or all, and leaves the money where it is."""
        order = self._order_of(buyer)
        if order:
            tickets = tuple(i for n, i in enumerate(order.ticket_ids, 1) if n in which)
            self.shop.make_void(order.order_number, tickets, **self._with(trouble, buyer))

    @rule(
        whose=st.integers(0, 9),
        which=st.integers(1, 3),
        is_old=st.booleans(),
        holder=st.sampled_from([None, "Ben Vibert", "Buyer 1"]),
        trouble=deciding,
    )
    def reissue(  # drawn at random
        self,
        whose: int,
        which: int,
        is_old: bool,  # noqa: FBT001
        holder: str | None,
        trouble: Trouble | None,
    ) -> None:
        """Somebody issues a ticket anew, by its number of now or an earlier one."""
        bought = [order for order in self._orders() if order.admits]
        if bought:
            order = bought[whose % len(bought)]
            first = f"{order.order_number}-0{which}"
            ticket_id = first if is_old else order.current_id(first)
            buyer = self.by_number.get(order.order_number)
            self.shop.reissue(ticket_id, holder, **self._with(trouble, buyer))

    @rule(buyer=buyers, what=st.sampled_from(["approve", "reject", "refund"]))
    def decide_what_needs_a_person(self, buyer: Buyer, what: str) -> None:
        """Somebody looks after an order under review, and for once everything works."""
        order = self._order_of(buyer)
        if order is None or order.status is not OrderStatus.REVIEW:
            return
        if what == "refund":
            self.shop.refund(order.order_number)
        else:
            self.shop.decide(order.order_number, what)

    @rule(buyer=buyers)
    def refund_what_was_bought(self, buyer: Buyer) -> None:
        """Somebody gives the money of a completed order back, and for once everything works."""
        order = self._order_of(buyer)
        if order and order.admits:
            self.shop.refund(order.order_number, order.transaction_id)

    @rule(buyer=buyers, page=pages, what=st.sampled_from(ByHand))
    def operator(self, buyer: Buyer, page: int, what: ByHand) -> None:
        """Somebody acts in the console as docs/operating.md says, or forgets half of it."""
        order, checkout, now = self._order_of(buyer), _page(buyer, page), self.shop.now
        if what is ByHand.SELL_MORE:
            self._sell_more()
        elif order is None:
            return
        elif what is ByHand.CHECK_AGAIN and order.status is OrderStatus.REVIEW:
            self._put(order, status=OrderStatus.PENDING, work=Work.OPEN, next_check_at=now)
            self.reopened.add(order.order_number)
        elif what is ByHand.REFUND and order.status is not OrderStatus.PENDING and checkout:
            self.shop.till.give_back(checkout)
        elif what is ByHand.SEND_AGAIN and order.status is OrderStatus.COMPLETED:
            mail = to_buyer(order, MailKind.CONFIRMATION, now, revision=BY_CONSOLE)
            self.shop.outbox.add_once(mail)
        elif what is ByHand.FORGET and order.status is OrderStatus.PENDING:
            self._put(order, work=None, next_check_at=None)
            self.lost.add(f"order {order.order_number}")
        elif what is ByHand.FORGET_MAIL:
            self._forget_a_mail(order.order_number)

    @rule(
        target=buyers,
        buyer=buyers,
        basket=baskets,
        sale=st.sampled_from(Sale),
        after=st.sampled_from([timedelta(0), AN_HOUR]),
        trouble=ordering,
    )
    def sell_differently_for_a_while(
        self,
        buyer: Buyer,
        basket: tuple[int, int],
        sale: Sale,
        after: timedelta,
        trouble: Trouble | None,
    ) -> Buyer:
        """Somebody orders by other terms, and somebody wants to pay what was ordered before."""
        self._import(sale)
        self.shop.wait(after)
        newcomer = self._somebody(*basket)
        self._order(newcomer, trouble)
        self.pay_again(buyer=buyer, trouble=None)
        self._order(buyer, None)
        self._import(Sale.ON)
        return newcomer

    def _import(self, sale: Sale) -> None:
        catalogue, now = self.shop.catalogue, self.shop.now
        event = replace(
            catalogue.sold.event,
            on_sale=sale is not Sale.OFF,
            cancelled=sale is Sale.CANCELLED,
            sale_starts_at=now + AN_HOUR if sale is Sale.SOON else None,
            sale_ends_at=now if sale is Sale.OVER else None,
        )
        general = replace(
            catalogue.offers["general"],
            on_sale=sale is not Sale.FREE_ONLY,
            sale_starts_at=now + AN_HOUR if sale is Sale.FREE_FOR_NOW else None,
        )
        catalogue.take_in(event, (general, catalogue.offers["free"]), now)
        self.selling, self.sold_since = sale, now

    def _is_sold(self, basket: Basket) -> bool:
        """Whether it may be ordered."""
        match self.selling:
            case Sale.ON:
                return True
            case Sale.OFF | Sale.CANCELLED | Sale.OVER:
                return False
            case Sale.SOON:
                return self.shop.now >= self.sold_since + AN_HOUR
        only_free = all(wanted.sku == "free" for wanted in basket.lines)
        is_open = self.selling is Sale.FREE_FOR_NOW and self.shop.now >= self.sold_since + AN_HOUR
        return only_free or is_open

    def _sell_more(self) -> None:
        """Import the event with a larger capacity: both numbers move together."""
        kind = (an_event().event_id, "general")
        if self.shop.capacity[kind] < MOST_SEATS:
            self.shop.capacity[kind] += 2
            self.shop.tables.available[kind] += 2

    def _forget_a_mail(self, order_number: str) -> None:
        for mail in self._waiting():
            if mail.order_number == order_number:
                self.shop.tables.mails[mail.mail_id] = replace(mail, next_attempt_at=None)
                self.lost.add(f"mail {mail.mail_id}")

    # ------------------------------------------------------------------ what is always so

    @invariant()
    def all_is_well(self) -> None:
        """Nothing is wrong at this moment: one check, so that a bad history stays readable."""
        self._no_rule_is_broken()
        self._tickets_are_paid_for()
        self._money_goes_back_once()
        self._each_request_is_one_order()
        self._no_mail_was_sent_twice_without_reason()
        self._rows_say_what_comes_next()
        self._unpaid_seats_are_counted()
        self._nobody_has_too_many_unpaid_orders()
        assert all(sent.recipient != ERASED for sent in self.shop.post.sent)

    def _unpaid_seats_are_counted(self) -> None:
        """Each row counts the seats to pay of the orders that name it, and of no others."""
        held: Counter[str] = Counter()
        for order in self._orders():
            if order.held_in:
                held[order.held_in] += order.seats_to_pay
        assert held == Counter({k: n for k, n in self.shop.tables.unpaid.items() if n})

    def _nobody_has_too_many_unpaid_orders(self) -> None:
        """However often addresses change, each has three open orders at most."""
        open_orders = Counter(
            mailbox(order.customer.email)
            for order in self._orders()
            if order.status is OrderStatus.PENDING and not order.is_free
            if order.order_number not in self.reopened
        )
        assert all(count <= Limits().open_orders for count in open_orders.values()), open_orders

    def _no_rule_is_broken(self) -> None:
        self._see_what_is_back()
        shop = self.shop
        found = breaches_in(shop.tables, shop.now, shop.capacity, shop.catalogue.sold)
        wrong = self._unexcused([b for b in found if b.rule not in EVENTUALLY])
        assert not wrong, _in_words(wrong)

    def _tickets_are_paid_for(self) -> None:
        """With money that SumUp really took, each payment for one order."""
        taken = {t.transaction.id: t for t in self.shop.till.taken}
        used = Counter(o.transaction_id for o in self._orders() if o.transaction_id)
        assert all(times == 1 for times in used.values()), f"one payment, two orders: {used}"
        for number in {t.order_number for t in self.shop.tables.tickets.values()}:
            order = self.shop.tables.orders[number]
            if not order.is_free:
                paid = taken.get(order.transaction_id or "")
                assert paid, f"{number} has tickets and nobody paid"
                is_right = self._is_approved(order) or _is_right(order, paid)
                assert is_right, f"{number} has tickets for {paid}"

    def _is_approved(self, order: Order) -> bool:
        """Whether a person answers for the difference between what was asked and what was paid."""
        number, told = order.order_number, self.shop.tables.audit
        return any(e.order_number == number and e.why == Reason.APPROVED for e in told)

    def _money_goes_back_once(self) -> None:
        """SumUp is asked once for each claim, and tickets are void only when it shows the money."""
        till, claims = self.shop.till, Counter[str]()
        for entry in self.shop.tables.audit:
            if entry.change == NOTED[RefundStatus.ASKED]:
                claims[entry.seen.partition(" ")[0].partition("/")[0]] += 1
        asked = Counter(about.split(" ")[1] for about in till.asked("refund"))
        assert all(asked[i] <= claims[i] for i in asked), f"asked {asked}, claimed {claims}"
        for order in self._orders():
            for refund in order.refunds:
                is_back = till.transactions[refund.transaction_id].extent is Extent.ALL
                assert is_back or not refund.went_back, f"{refund} is not back"
            self._as_much_is_noted_as_went_back(order)
            paid_back = order.refund_of(order.transaction_id)
            is_void = order.voided_at is not None and order.reason_code != Reason.VOIDED
            is_back = bool(paid_back and paid_back.went_back)
            assert is_void is (is_back and order.reason_code != Reason.VOIDED), order.order_number

    def _as_much_is_noted_as_went_back(self, order: Order) -> None:
        """No sum that an order notes as refunded is more than SumUp shows."""
        noted = Counter[str]()
        for refund in order.all_refunds:
            if refund.went_back:
                noted[refund.transaction_id] += refund.amount.amount  # type: ignore[assignment]
        for transaction_id, amount in noted.items():
            back = self.shop.till.transactions[transaction_id].returned.amount
            assert amount <= back, f"{order.order_number} notes {amount}, {back} went back"

    def _each_request_is_one_order(self) -> None:
        assert self._requested() | self.forgotten == set(self.shop.tables.orders)

    def _requested(self) -> set[str]:
        """Return the orders whose request is remembered."""
        return {repeated.order_number for repeated in self.shop.tables.requests.values()}

    def _no_mail_was_sent_twice_without_reason(self) -> None:
        assert self.shop.post.wrongs == []

    def _rows_say_what_comes_next(self) -> None:
        """No row says what an earlier state said, unless somebody edited it since by hand."""
        said = self.shop.tables.said
        for order in self._orders():
            number = order.order_number
            if self.edited.get(number) != said[number]:
                assert said[number] == row_attributes(order), number

    # ------------------------------------------------------------------ what is so at the end

    def teardown(self) -> None:
        try:
            self._heal()
            self._let_it_drain()
            self._look_after_refunds()
            self._nothing_is_left()
        finally:
            self._patch.undo()

    def _heal(self) -> None:
        shop = self.shop
        shop.post.mood, shop.till.is_down, shop.glance = Ses.WELL, False, Glance()
        shop.till.under_way.clear()
        shop.reconnect()
        shop.audit()

    def _let_it_drain(self) -> None:
        """Three hours of scans, then a day of hours, then the days in which money is watched."""
        for times_of, delta in ((36, timedelta(minutes=5)), (26, timedelta(hours=1)),
                                (9, timedelta(days=1))):  # fmt: skip
            for _ in range(times_of):
                self.shop.tick(delta)
            self.shop.reconcile()

    def _look_after_refunds(self) -> None:
        """Somebody goes through what `orders` lists; the hour after which to ask is over."""
        for order in self._orders():
            for refund in order.refunds:
                if not refund.went_back:
                    self.shop.refund(order.order_number, refund.transaction_id, again=True)
            if any(p in order.all_refunds and not p.went_back for p in order.parts):
                part = order.parts[-1]
                tickets = tuple(map(order.current_id, part.tickets))
                share = Share(tickets, None if tickets else part.amount.amount)
                self.shop.refund_part(order.order_number, share, again=True)
                if self.shop.tables.orders[order.order_number].refund_status in NOT_BACK:
                    self.shop.refund(order.order_number, part.transaction_id, again=True)
        for _ in range(3):
            self.shop.tick()
        waiting = [o.order_number for o in self._orders() if o.refund_status in NOT_BACK]
        assert waiting == [], "money that was asked back and is not back"

    def _nothing_is_left(self) -> None:
        shop = self.shop
        assert [o.order_number for o in self._orders() if o.status is OrderStatus.PENDING] == []
        assert [o.order_number for o in self._orders() if o.work] == []
        assert self._waiting() == []
        assert [m.mail_id for m in shop.tables.mails.values() if not self._is_told(m)] == []
        found = breaches_in(shop.tables, shop.now, shop.capacity, shop.catalogue.sold)
        assert found == (), _in_words(found)
        assert [o.order_number for o in self._orders() if self._is_pestered(o)] == []
        assert [o.order_number for o in self._orders() if not self._has_its_tickets(o)] == []
        unseen = [taken for taken in shop.till.taken if not self._is_seen(taken)]
        assert unseen == [], "money that nobody saw"
        report = shop.audit()
        assert report is not None
        assert report.total == 0, _in_words(report.found)

    def _is_pestered(self, order: Order) -> bool:
        """Whether tickets were sent again more often in 24 hours than is allowed.

        What somebody writes in the console, past the numbers that have no gaps, counts for nobody.
        """
        prefix = mail_id(order.order_number, MailKind.CONFIRMATION).removesuffix("1")
        mails = [m for m in self.shop.tables.mails.values() if m.mail_id.startswith(prefix)]
        again = [m for m in mails if m.revision not in {1, BY_CONSOLE}]
        for asker, most in MOST_A_DAY.items():
            theirs = [m for m in again if m.asked_by is asker]
            if len(theirs) > MOST_IN_ALL[asker]:
                return True
            for address in {folded(m.recipient) for m in theirs} - {ERASED}:
                times = sorted(m.created_at for m in theirs if folded(m.recipient) == address)
                pairs = zip(times, times[most:], strict=False)
                if any(late - early < DAY for early, late in pairs):
                    return True
        return False

    def _has_its_tickets(self, order: Order) -> bool:
        """Whether a completed order's tickets were sent to the address that it has in the end.

        An erasure that dies may have erased the address in the mails, and not yet in the order.
        """
        if not order.admits or order.customer.is_erased:
            return True
        prefix = mail_id(order.order_number, MailKind.CONFIRMATION).removesuffix("1")
        mails = [m for m in self.shop.tables.mails.values() if m.mail_id.startswith(prefix)]
        sent = {folded(m.recipient) for m in mails if m.status is not MailStatus.WITHDRAWN}
        return not sent.isdisjoint({order.customer.key, ERASED})

    def _is_told(self, mail: Mail) -> bool:
        """Whether a mail left, brings void tickets, or somebody was told that it did not."""
        facts = (failure_fact(mail.mail_id), bounce_fact(mail.mail_id))
        told = {alert_id(fact, mail.order_number) for fact in facts}
        for_nobody = mail.kind in {MailKind.ALERT, MailKind.ADDRESS_CHANGED}
        is_known = for_nobody or not told.isdisjoint(self.shop.tables.mails)
        is_over = mail.status in {*LEFT, MailStatus.WITHDRAWN}
        return is_over or (mail.status is MailStatus.PROBLEM and is_known)

    def _is_seen(self, taken: Taken) -> bool:
        """Whether money bought tickets, or a person knows of it, or it came after the watch."""
        order = self.shop.tables.orders[self.shop.tables.checkouts[taken.checkout_id].order_number]
        if order.transaction_id == taken.transaction.id or order.status is OrderStatus.REVIEW:
            return True
        if order.rejected or order.refund_of(taken.transaction.id):
            return True
        if self._is_approved(order) and order.settled_at and taken.at <= order.settled_at:
            return True
        fact = f"second_payment-{taken.checkout_id}"
        if alert_id(fact, order.order_number) in self.shop.tables.mails:
            return True
        watched = order.status in CLOSED or order.status is OrderStatus.COMPLETED
        last_look = order.checked_at or order.created_at
        return watched and order.work is None and taken.at >= last_look

    # ------------------------------------------------------------------------------ helpers

    def _somebody(self, general: int, free: int) -> Buyer:
        lines = tuple(Wanted(sku, n) for sku, n in (("general", general), ("free", free)) if n)
        at = next(self._names)
        basket = Basket(an_event().event_id, lines, f"Buyer {at}", f"buyer-{at % 3}@example.com")
        return Buyer(basket, f"key-{at:013d}")

    def _order(self, buyer: Buyer, trouble: Trouble | None) -> None:
        is_known = buyer.key in self.shop.tables.requests
        self.shop.order(buyer, **self._with(trouble, buyer))
        is_new = buyer.key in self.shop.tables.requests and not is_known
        assert not is_new or self._is_sold(buyer.basket), f"sold although {self.selling}"
        if buyer.order_number:
            self.by_number[buyer.order_number] = buyer

    def _with(self, trouble: Trouble | None, buyer: Buyer | None) -> dict[str, Any]:
        return {"trouble": trouble, "meanwhile": self._others(buyer)}

    def _others(self, buyer: Buyer | None) -> Callable[[Meanwhile], None]:
        """Return what others may do to a buyer's order, or to whichever comes first."""

        def act(what: Meanwhile) -> None:
            first = next(iter(self.by_number.values()), None)
            known = buyer if buyer and buyer.order_number else first
            if what is Meanwhile.COMPETE:
                self._order(self._somebody(3, 0), None)
            elif what is Meanwhile.SCAN:
                self.shop.scan()
            elif what is Meanwhile.PRESS and buyer:
                self._order(buyer, None)
            elif known:
                self._to_order(what, known)

        return act

    def _to_order(self, what: Meanwhile, buyer: Buyer) -> None:
        match what:
            case Meanwhile.VERIFY:
                self.shop.verify(buyer.order_number)
            case Meanwhile.DELIVER:
                self.shop.deliver(mail_id(buyer.order_number, MailKind.CONFIRMATION))
            case Meanwhile.PAY_AGAIN | Meanwhile.RESEND:
                getattr(self.shop, what.name.lower())(buyer)
            case Meanwhile.READDRESS:
                self.shop.change(buyer, "new@example.org")
            case Meanwhile.APPROVE | Meanwhile.REJECT | Meanwhile.CANCEL:
                self.shop.decide(buyer.order_number, what.name.lower())
            case Meanwhile.REFUND:
                self.shop.refund(buyer.order_number)
            case Meanwhile.REFUND_ELSEWHERE:
                self.operator(buyer=buyer, page=0, what=ByHand.REFUND)
            case Meanwhile.PAY:
                self.pay(buyer=buyer, page=0, paying=Paying.RIGHT)
            case Meanwhile.PAY_AND_VERIFY:
                self.pay(buyer=buyer, page=0, paying=Paying.RIGHT)
                self.shop.verify(buyer.order_number)

    def _orders(self) -> list[Order]:
        return list(self.shop.tables.orders.values())

    def _order_of(self, buyer: Buyer) -> Order | None:
        return self.shop.tables.orders.get(buyer.order_number)

    def _put(self, order: Order, **changes: Any) -> None:  # noqa: ANN401  # of any field
        self.shop.tables.orders[order.order_number] = replace(order, **changes)
        self.edited[order.order_number] = dict(self.shop.tables.said[order.order_number])

    def _waiting(self) -> list[Mail]:
        return [m for m in self.shop.tables.mails.values() if m.status in UNSETTLED]

    def _unexcused(self, found: list[Breach]) -> list[Breach]:
        """Leave out what somebody broke by hand and the audit has not put back yet."""
        mended_by_audit = {Rule.UNSCHEDULED, Rule.MAIL_UNSCHEDULED}
        return [
            b for b in found if b.rule not in mended_by_audit or not self.lost.issuperset(b.rows)
        ]

    def _see_what_is_back(self) -> None:
        tables = self.shop.tables
        back = {f"order {o.order_number}" for o in self._orders() if o.next_check_at}
        back |= {f"mail {m.mail_id}" for m in tables.mails.values() if m.next_attempt_at}
        self.lost -= back


class _Silent:
    """A logger that nobody listens to."""

    level = 100

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_, **__: None


def _page(buyer: Buyer, page: int) -> str | None:
    """Return a checkout whose page the buyer was shown, the newest first."""
    return buyer.pages[-1 - page % len(buyer.pages)] if buyer.pages else None


def _take(queue: list[str], at: int) -> str:
    return queue.pop(at % len(queue))


def _is_right(order: Order, taken: Taken) -> bool:
    money = taken.transaction
    return (
        (money.amount, money.currency) == (order.total.amount, order.total.currency)
        and money.merchant_code == order.merchant_code
        and taken.checkout_id in order.checkout_ids
    )


def _in_words(found: Any) -> str:  # noqa: ANN401  # any number of breaches
    return "\n" + "\n".join(line(breach) for breach in found)


@pytest.mark.parametrize("part", range(-(-RUNS // RUNS_A_TEST)))
def test_every_invariant_holds_and_nothing_is_lost_whatever_happens(part: int) -> None:
    print(f"SEED={SEED}, part {part}: {RUNS_A_TEST} histories of {STEPS} steps")  # noqa: T201  # shown on failure
    run_state_machine_as_test(
        seed(SEED + part)(Shop),
        settings=settings(
            max_examples=min(RUNS_A_TEST, RUNS),
            stateful_step_count=STEPS,
            database=None,  # the same histories everywhere, whatever was seen before
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            report_multiple_bugs=False,
        ),
    )
