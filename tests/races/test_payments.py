"""Paid orders verified concurrently: each is settled once and its mail is sent once."""

import json
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pytest

from tests.races.shop import (
    AN_HOUR,
    RaceShop,
    mails,
    now,
    orders,
    payments,
    repeated,
    shuffled,
    tickets,
)
from tests.support import fake_sumup
from tests.support.builders import a_paid_checkout, a_transaction
from ticketing.adapters.dynamodb.models import MailRow
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.bootstrap.checkout_api import checkout_api
from ticketing.bootstrap.deliver_tickets import deliver_tickets
from ticketing.bootstrap.scan_orders import scan_orders
from ticketing.bootstrap.verify_payment import verify_payment
from ticketing.emails.mail import MailKind
from ticketing.errors import OrderChanged
from ticketing.flows.deliver_tickets import Outcome
from ticketing.flows.request_check import RequestCheck
from ticketing.flows.scan_orders import ScanOrders
from ticketing.flows.sumup_webhook import SumUpWebhook
from ticketing.observability import MAILS_SENT
from ticketing.orders.basket import Wanted
from ticketing.orders.order import Order
from ticketing.orders.reason import Reason
from ticketing.payments.decision import Decision

SEEDS = range(10)
ORDERS, WORKERS = 40, 8

every_seed = pytest.mark.parametrize("seed", SEEDS)


def bought(shop: RaceShop, seed: int, many: int) -> list[Order]:
    """Let buyers order one or two tickets each."""
    chance = random.Random(seed)
    baskets = [Wanted("general", chance.randint(1, 2)) for _ in range(many)]
    return [shop.buy(f"buyer-{n}@example.com", wanted) for n, wanted in enumerate(baskets)]


def pay(shop: RaceShop, some: Sequence[Order]) -> None:
    for order in some:
        shop.sumup.pay(order.checkout_ids[-1])


def verify(shop: RaceShop, order_number: str) -> Decision | None:
    """Verify like a worker whose message is redelivered if the order keeps changing."""
    try:
        return verify_payment(shop.here)(order_number, now())
    except OrderChanged:
        return None


def with_tickets(shop: RaceShop, seed: int, many: int) -> list[Order]:
    """Let buyers order and pay, and get their tickets."""
    some = bought(shop, seed, many)
    pay(shop, some)
    for order in some:
        verify(shop, order.order_number)
    return some


def deliver(shop: RaceShop, mail_id: str) -> Outcome:
    return deliver_tickets(shop.here)(mail_id, now())


@every_seed
def test_paid_orders_are_completed_and_mailed_once(shop: RaceShop, seed: int) -> None:
    chance = random.Random(seed)
    some = bought(shop, seed, ORDERS)
    pay(shop, some)

    named = [
        job
        for o in shuffled(chance, some)
        for job in repeated(verify, WORKERS, shop, o.order_number)
    ]
    shop.race(WORKERS, named)

    once = Counter(order.order_number for order in some)
    assert {row.status for row in orders()} == {"completed"}
    assert tickets() == {order.order_number: order.tickets_count for order in some}
    assert payments() == mails(MailKind.CONFIRMATION) == once

    waiting = shuffled(chance, [row.mail_id for row in MailRow.scan(consistent_read=True)])
    told = shop.race(WORKERS, [job for i in waiting for job in repeated(deliver, WORKERS, shop, i)])

    assert Counter(told)[Outcome.SENT] == ORDERS
    assert set(told) <= {Outcome.SENT, Outcome.TAKEN, Outcome.ALREADY_DONE}
    assert shop.sends() == Counter(order.customer.email for order in some)
    assert {row.attempts for row in MailRow.scan(consistent_read=True)} == {1}
    assert {row.delivery for row in orders()} == {"delivered"}
    assert shop.counted[MAILS_SENT] == ORDERS
    shop.judge()


@every_seed
def test_one_payment_buys_the_tickets_of_only_one_order(shop: RaceShop, seed: int) -> None:
    """SumUp names one transaction for the checkouts of two orders: it goes to review."""
    some = bought(shop, seed, 20)
    pairs = list(zip(some[::2], some[1::2], strict=True))
    sumup = fake_sumup.SumUp()
    for number, pair in enumerate(pairs):
        for order in pair:
            _paid_with(sumup, order, f"tx-{number}")

    def settle(order: Order) -> Decision | None:
        verify = verify_payment(shop.here)
        gateway = OrderGateway(sumup, fake_sumup.Tokens())
        flow = replace(verify, decide=replace(verify.decide, sumup=gateway))
        try:
            return flow(order.order_number, now())
        except OrderChanged:
            return None

    shop.race(WORKERS, [partial(settle, o) for pair in pairs for o in pair * 2])

    by_number = {row.order_number: row for row in orders()}
    for pair in pairs:
        statuses = sorted(by_number[order.order_number].status for order in pair)
        assert statuses == ["completed", "requires_manual_review"]
    reviewed = [row for row in by_number.values() if row.status == "requires_manual_review"]
    assert {row.reason_code for row in reviewed} == {Reason.PAYMENT_CLAIMED.value}
    told = mails(MailKind.ALERT)
    assert {number: told[number] for number in by_number if told[number]} == {
        row.order_number: 1 for row in reviewed
    }
    completed = [o for o in some if by_number[o.order_number].status == "completed"]
    assert tickets() == {o.order_number: o.tickets_count for o in completed}
    shop.judge()


def _paid_with(sumup: fake_sumup.SumUp, order: Order, transaction_id: str) -> None:
    amount, merchant_code = order.total.amount, order.merchant_code
    payment = a_transaction(id=transaction_id, amount=amount, merchant_code=merchant_code)
    checkout = a_paid_checkout(
        id=order.checkout_ids[-1],
        reference=order.checkout_reference,
        amount=amount,
        merchant_code=merchant_code,
        transactions=(payment,),
    )
    sumup.checkouts[checkout.id] = checkout
    sumup.transactions[transaction_id] = payment


@dataclass(frozen=True)
class AtOnce:
    """A queue without a delay: whoever sends a message processes it."""

    verify: Callable[[str], object]

    def send(self, names: Sequence[str], *, wait_seconds: float = 0) -> list[str]:
        del wait_seconds
        for name in names:
            self.verify(name)
        return []


@every_seed
def test_concurrent_triggers_settle_an_order_once(shop: RaceShop, seed: int) -> None:
    """The webhook, the scan, the buyer's page and an operator's poll, twice each."""
    chance = random.Random(seed)
    some = bought(shop, seed, 5)
    pay(shop, some)
    at_once = AtOnce(lambda number: verify(shop, number))

    def webhook(order: Order) -> None:
        flow = SumUpWebhook(shop.here.orders, RequestCheck(shop.here.orders, at_once))
        notice = {"event_type": "CHECKOUT_STATUS_CHANGED", "id": order.checkout_ids[-1]}
        assert flow(json.dumps(notice).encode(), now())

    def page(order: Order) -> None:
        request_check = RequestCheck(shop.here.orders, at_once)
        flow = replace(checkout_api(shop.here), request_check=request_check)
        flow.visit(replace(order, checked_at=order.created_at.replace(year=2025)), now())

    def scan(*, all_open: bool) -> None:
        flow: ScanOrders = replace(scan_orders(shop.here), verifications=at_once)
        flow(now(), lambda: AN_HOUR, all_open=all_open)

    jobs: list[Callable[[], None]] = [
        *(partial(webhook, order) for order in some),
        *(partial(page, order) for order in some),
        *repeated(partial(scan, all_open=False), 5),
        *repeated(partial(scan, all_open=True), 5),
    ]
    shop.race(WORKERS, shuffled(chance, jobs * 2))

    once = Counter(order.order_number for order in some)
    assert {row.status for row in orders()} == {"completed"}
    assert tickets() == {order.order_number: order.tickets_count for order in some}
    assert payments() == mails(MailKind.CONFIRMATION) == once
    shop.judge()
