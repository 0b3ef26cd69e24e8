"""What a command recommends can be typed, and does what it says, whatever state the order is in."""

import io
import shlex
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr
from dataclasses import replace
from decimal import Decimal
from functools import cache
from itertools import product
from typing import Any, cast

import pytest

from tests.flows.shop import Shop
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
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.cli.arguments import command_line
from ticketing.cli.commands import lists
from ticketing.emails.mail import Mail, MailKind, MailStatus, to_buyer
from ticketing.errors import TicketingError
from ticketing.flows.plan_refund import Wish
from ticketing.flows.refund_part import RefundPart
from ticketing.flows.refund_payment import RefundPayment
from ticketing.flows.replay_mail import ReplayMail
from ticketing.flows.resend_tickets import ResendForOperator
from ticketing.flows.review_order import ReviewOrder
from ticketing.flows.send_again import SendAgain
from ticketing.money import Money
from ticketing.operators.next_step import next_step
from ticketing.orders.order import (
    CLOSED,
    ERASED,
    Customer,
    Delivery,
    Order,
    OrderStatus,
    Trouble,
    Work,
)
from ticketing.orders.refund import UNSETTLED, WENT_BACK, PartRefund, Refund, RefundStatus
from ticketing.payments.part_refunding import Share
from ticketing.payments.payment import Returned

THEN = later(hours=5)
OWN, OTHER = "txn-1", "txn-2"
SAID = "the organiser agreed"
DELIVERED_MAIL: dict[str, Any] = {"status": MailStatus.DELIVERED, "next_attempt_at": None}
GIVEN_UP: dict[str, Any] = {"status": MailStatus.PROBLEM, "next_attempt_at": None, "abandoned": 3}
MAILS: dict[Delivery | None, tuple[dict[str, Any], ...]] = {
    None: ({},),
    Delivery.PENDING: (
        {},
        {"next_attempt_at": later(hours=9)},
        {"status": MailStatus.SENDING, "attempt_id": "a", "lease_until": later(hours=6)},
    ),
    Delivery.DELIVERED: (DELIVERED_MAIL,),
    Delivery.WITHDRAWN: ({"status": MailStatus.WITHDRAWN, "next_attempt_at": None},),
    Delivery.PROBLEM: (GIVEN_UP, GIVEN_UP | {"failed_at": NOW, "problem": "it bounced"}),
}
"""The mail with its tickets that an order of this delivery may have."""


def states() -> Iterator[Order]:
    """Yield an order in every state that it can be in."""
    flags = product((False, True), repeat=5)
    refunds = (None, *RefundStatus)
    deliveries = (None, *Delivery)
    schedules = (None, Work.OPEN, Work.LATE)
    for status, refund, delivery, work, (free, rejected, void, erased, spam) in product(
        OrderStatus, refunds, deliveries, schedules, list(flags)
    ):
        is_completed = status is OrderStatus.COMPLETED
        if (
            (delivery and not is_completed)
            or (rejected and status is not OrderStatus.FAILED)
            or (rejected and work is not None)
            or (work is not None and status is OrderStatus.REVIEW)
            or (void and not (is_completed and refund in WENT_BACK))
            or (free and refund)
            or (work is Work.OPEN) != (status is OrderStatus.PENDING and work is not None)
        ):
            continue
        for trouble in (None, Trouble("unreadable", NOW, 3)):
            yield _order(
                status, refund, delivery, work, trouble, free=free, rejected=rejected, void=void,
                erased=erased, spam=spam,
            )  # fmt: skip


def divided() -> Iterator[Order]:
    """Yield an order with a part of its money in every state, for tickets and for an amount."""
    completed = [
        order
        for order in states()
        if order.status is OrderStatus.COMPLETED and not (order.is_free or order.refunds)
    ]
    for order, status, bought in product(completed, RefundStatus, (("ORD-ABC123-02",), ())):
        amount = replace(order.total, amount=Decimal(15) if bought else Decimal(5))
        part = PartRefund(OWN, status, amount, NOW, "a", problem="no balance", tickets=bought)
        yield replace(order, parts=(part,))


def _order(
    status: OrderStatus,
    refund: RefundStatus | None,
    delivery: Delivery | None,
    work: Work | None,
    trouble: Trouble | None,
    **flags: bool,
) -> Order:
    is_pending, is_paid = status is OrderStatus.PENDING, status is OrderStatus.COMPLETED
    changes: dict[str, Any] = {
        "status": status,
        "delivery": delivery,
        "work": work,
        "next_check_at": later(hours=6) if work else None,
        "trouble": trouble,
        "settled_at": None if is_pending else NOW,
        "rejected": flags["rejected"],
        "voided_at": NOW if flags["void"] else None,
        "complained_at": NOW if flags["spam"] else None,
        "holds_seats": status not in CLOSED and not flags["void"],
        "transaction_id": OWN if is_paid and not flags["free"] else None,
        "paid_checkout_id": CHECKOUT_ID if is_paid and not flags["free"] else None,
    }
    if flags["free"]:
        gift = replace(a_line(), unit_price=Decimal(0))
        changes |= {"lines": (gift,), "total": Money(Decimal(0), "GBP"), "checkout_ids": ()}
    if flags["erased"]:
        changes["customer"] = Customer(ERASED, ERASED)
    if refund:
        amount = an_order().total
        is_done = refund in WENT_BACK
        changes["refunds"] = (
            Refund(OWN, refund, amount, NOW, "a", NOW if is_done else None, problem="no balance"),
        )
    return an_order(**changes)


def shop_of(order: Order, mail: dict[str, Any]) -> Shop:
    """Return a shop where SumUp shows what the order's sentences take for granted."""
    if order.status is OrderStatus.PENDING:
        shop = Shop(order, a_checkout(status="EXPIRED"))
    else:
        left = OTHER if any(r.went_back for r in order.refunds) else OWN
        back = order.back_in_parts(OWN)
        paid = [a_transaction(id=left, returned=Returned(back))]
        shop = Shop(order, a_paid_checkout(transactions=tuple(paid)))
        shop.sumup.transactions |= {one.id: one for one in paid if one.id}
    confirmation = replace(to_buyer(order, MailKind.CONFIRMATION, NOW), **mail)
    if order.status is OrderStatus.COMPLETED:
        shop.tables.put_mails([confirmation])
    return shop


@cache
def parsed(line: str) -> Namespace:
    try:
        with redirect_stderr(io.StringIO()) as said:
            return command_line().parse_args(shlex.split(line))
    except SystemExit:
        pytest.fail(f"{line}: {said.getvalue()}")


def review(shop: Shop) -> ReviewOrder:
    gateway = OrderGateway(shop.sumup, shop.tokens)
    return ReviewOrder(shop.orders, gateway, shop.notifier, a_signer(), shop.events, dry_run=True)


def refund(shop: Shop, options: Namespace) -> None:
    gateway = OrderGateway(shop.sumup, shop.tokens)
    wish = Wish(SAID, options.transaction, options.again)
    share = Share(tuple(options.ticket_ids), options.amount)
    if share == Share():
        whole = RefundPayment(shop.orders, gateway, shop.notifier, dry_run=True)
        whole(options.order_number, wish, THEN)
    else:
        part = RefundPart(shop.orders, gateway, shop.notifier, dry_run=True)
        part(options.order_number, share, wish, THEN)


def resend(shop: Shop, options: Namespace) -> None:
    replay = ReplayMail(shop.orders, shop.outbox, shop.deliveries, dry_run=True)
    if "#" in options.name:
        replay.one(options.name, THEN)
        return
    flow = SendAgain(replay, ResendForOperator(shop.orders, shop.outbox, shop.deliveries))
    to = "right@example.com" if options.to else None
    flow(options.name, to, THEN)


def check(shop: Shop, options: Namespace) -> None:
    assert shop.orders.get(options.order_number).awaits_answer, "SumUp would not be asked"


ACCEPTS: dict[str, Callable[[Shop, Namespace], object]] = {
    "decide.approve": lambda s, o: review(s).approve(o.order_number, SAID, THEN),
    "decide.reject": lambda s, o: review(s).reject(o.order_number, SAID, THEN),
    "decide.cancel": lambda s, o: review(s).cancel(o.order_number, SAID, THEN),
    "refund.run": refund,
    "resend.run": resend,
    "poll.run": check,
    "audit.run": lambda _, __: None,
    "status.run": lambda _, __: None,
    "doctor.run": lambda _, __: None,
}
"""What decides whether a command is accepted, by its function."""


@pytest.mark.parametrize("status", list(OrderStatus))
def test_every_command_that_the_next_step_names_would_be_accepted(status: OrderStatus) -> None:
    refused, tried = [], 0
    for order in (*states(), *divided()):
        if order.status is not status:
            continue
        for line, mail in product(next_step(order).commands, MAILS[order.delivery]):
            tried += 1
            try:
                options = parsed(line)
                ACCEPTS[options.run](shop_of(order, mail), options)
            except (TicketingError, AssertionError) as error:
                refused.append(f"{line}: {error} ({order})")

    assert tried
    assert refused == []


def test_the_next_step_never_names_a_command_of_no_use() -> None:
    for order in states():
        named = {line.split()[0] for line in next_step(order).commands}
        if order.is_free:
            assert "refund" not in named
        if order.refund_status in UNSETTLED and order.status is not OrderStatus.PENDING:
            assert named == {"refund"}


def mails() -> Iterator[Mail]:
    """Yield mails that a list may show: they wait or were given up, or came back."""
    alert = Mail("shop#alert#x", MailKind.ALERT, "alerts@example.com", NOW, None, "S", "B")
    order = _order(OrderStatus.COMPLETED, None, Delivery.PROBLEM, None, None, **dict.fromkeys(
        ("free", "rejected", "void", "erased", "spam"), False
    ))  # fmt: skip
    kinds = [kind for kind in MailKind if kind is not MailKind.ALERT]
    for mail in (alert, *(to_buyer(order, kind, NOW) for kind in kinds)):
        yield mail
        yield replace(mail, **GIVEN_UP)
        yield replace(mail, **GIVEN_UP | {"failed_at": NOW})
        yield replace(mail, status=MailStatus.SENT, next_attempt_at=None, returned_at=NOW)


def test_every_command_about_a_mail_would_be_accepted() -> None:
    completed = [o for o in states() if o.status is OrderStatus.COMPLETED and not o.is_free]
    for mail in mails():
        if not mail.returned_at:
            accepted(shop_of(an_order(), {}), lists._of_mail(mail).command, mail)
            continue
        for order in completed:
            shop = shop_of(order, DELIVERED_MAIL)
            accepted(shop, lists._of_returned(cast("Any", shop), mail).command, mail)


def accepted(shop: Shop, commands: str, mail: Mail) -> None:
    shop.tables.mails[mail.mail_id] = mail
    for line in commands.split(" | "):
        options = parsed(line)
        ACCEPTS[options.run](shop, options)


def test_a_list_and_the_screen_of_an_order_name_the_same_commands() -> None:
    for order in states():
        assert lists._of_order(order).command == " | ".join(next_step(order).commands)
