"""A rehearsal: 300 orders, and a SumUp that fails in between, until nothing is left to do."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.test_cancel_event import FREE, Office, empty
from tests.support.builders import later
from ticketing.emails.mail import MailKind
from ticketing.errors import PaymentProviderError, PaymentProviderUnavailable
from ticketing.orders.order import Customer, OrderStatus
from ticketing.payments.refunding import ASK_AGAIN_AFTER
from ticketing.tickets.ticket import TicketStatus

ORDERS = 300
PRICE = Decimal("45.00")
RECENT: dict[str, Any] = {"created_at": later(days=1, hours=23), "deadline": later(days=3)}
NEVER = {"txn-ORD-A00007", "txn-ORD-A00077"}
"""What SumUp refuses to give back whenever it is asked."""


def number(n: int) -> str:
    return f"ORD-A{n:05}"


def sold_out() -> Office:
    """Return an event with 300 orders: six in ten paid, others free, open, late and on hold."""
    office = empty(seats=3 * ORDERS)
    for n in range(ORDERS):
        mine: dict[str, Any] = {"customer": Customer("Jane Doe", f"buyer-{n}@example.com")}
        match n % 10:
            case 0:
                office.buy(number(n), lines=FREE, **mine)
            case 1:
                office.add(number(n), **RECENT, **mine)
            case 2:
                office.add(number(n), paid=True, **RECENT, **mine)
            case 3:
                office.add(number(n), paid=True, **mine)
                checkout = office.shop.sumup.checkouts[f"chk-{number(n)}"]
                office.shop.sumup.checkouts[checkout.id] = replace(checkout, currency="EUR")
                office.shop.verify(order_number=number(n))
            case _:
                office.buy(number(n), **mine)
    return office


class Moods:
    """SumUp's troubles: silence before and after a refund, refusals, too many requests."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office, self.chance = office, random.Random(seed)
        sumup = office.shop.sumup
        sumup.before["refund"] = self.refund
        for call in ("get_checkout", "get_transaction", "deactivate_checkout"):
            sumup.before[call] = self.read

    def refund(self) -> None:
        sumup = self.office.shop.sumup
        if self.office.asked[-1] in NEVER:
            raise PaymentProviderError("409 not refundable", status=409)
        mood = self.chance.random()
        if mood < 0.06:
            raise PaymentProviderUnavailable("429 too many requests", status=429)
        if mood < 0.12:
            raise PaymentProviderUnavailable("no answer in time")
        if mood < 0.18:
            sumup.lost["refund"] = [PaymentProviderUnavailable("no answer in time")]

    def read(self) -> None:
        if self.chance.random() < 0.05:
            raise PaymentProviderUnavailable("503")


@pytest.mark.parametrize("seed", range(3))
def test_everybody_is_told_once_and_every_pound_goes_back_once_or_is_named(seed: int) -> None:
    office = sold_out()
    shop = office.shop
    paid = set(shop.sumup.transactions)
    assert len(paid) == 8 * ORDERS // 10
    Moods(office, seed)

    reports = [office.cancel()]
    while reports[-1].problems or {p.order_number for p in reports[-1].back.problems} != {
        transaction.removeprefix("txn-") for transaction in NEVER
    }:
        assert len(reports) < 12, "it ends"
        office.now += ASK_AGAIN_AFTER + timedelta(minutes=1)
        for problem in reports[-1].back.problems:
            if "not known whether" in problem.why:
                office.ask_again(problem.order_number)
        reports.append(office.cancel())

    kinds = Counter(
        (mail.recipient, mail.kind)
        for mail in shop.tables.mails.values()
        if mail.kind in {MailKind.EVENT_CANCELLED, MailKind.REFUNDED}
    )
    told = {who for who, kind in kinds if kind is MailKind.EVENT_CANCELLED}
    assert told == {f"buyer-{n}@example.com" for n in range(ORDERS)}
    assert set(kinds.values()) == {1}
    # SumUp's own books, which the flow does not keep.
    back = {i: t.returned.amount for i, t in shop.sumup.transactions.items()}
    assert {i for i, amount in back.items() if amount != PRICE} == NEVER
    assert sum(back.values()) == PRICE * (len(paid) - len(NEVER))
    # What the last report says, against them.
    last = reports[-1]
    named = sum(p.owed.amount for p in last.back.problems if p.owed)
    assert named + sum(back.values()) == PRICE * len(paid)
    assert {ticket.status for ticket in shop.tables.tickets.values()} == {TicketStatus.VOID}
    statuses = Counter(order.status for order in shop.tables.orders.values())
    assert statuses == {OrderStatus.COMPLETED: 210, OrderStatus.FAILED: 90}
    assert office.broken() == []
