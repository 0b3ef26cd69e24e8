"""The flows violate no invariant of the audit, and the oracle detects violations."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.flows.shop import CONFIRMATION, Shop
from tests.support.builders import (
    a_checkout,
    a_paid_checkout,
    a_transaction,
    an_order,
    later,
    tickets_for,
)
from tests.support.oracle import breaches_in
from ticketing.audit.order_snapshot import Rule
from ticketing.orders.order import OrderStatus

CAPACITY = {("5", "general"): 13}
"""The default order holds three of them."""


def nothing_yet(shop: Shop) -> None:
    del shop


def paid(shop: Shop) -> None:
    shop.sumup.checkouts[a_checkout().id] = a_paid_checkout()
    shop.verify(later(minutes=5))


def paid_and_checked_again(shop: Shop) -> None:
    paid(shop)
    shop.verify(later(minutes=6))


def paid_wrongly(shop: Shop) -> None:
    wrong = a_transaction(amount=Decimal("90.00"))
    shop.sumup.checkouts[a_checkout().id] = a_paid_checkout(transactions=(wrong,))
    shop.verify(later(minutes=5))


def never_paid(shop: Shop) -> None:
    shop.verify(later(hours=2, minutes=1))


def attempts_failed(shop: Shop) -> None:
    shop.sumup.checkouts[a_checkout().id] = a_checkout(status="FAILED")
    shop.verify(later(hours=1, minutes=55))
    shop.verify(later(hours=2, minutes=1))


def paid_late(shop: Shop) -> None:
    never_paid(shop)
    shop.sumup.checkouts[a_checkout().id] = a_paid_checkout()
    shop.verify(later(hours=3))


LIVES = [
    (nothing_yet, 5, OrderStatus.PENDING),
    (paid, 6, OrderStatus.COMPLETED),
    (paid_and_checked_again, 7, OrderStatus.COMPLETED),
    (paid_wrongly, 6, OrderStatus.REVIEW),
    (never_paid, 122, OrderStatus.EXPIRED),
    (attempts_failed, 122, OrderStatus.FAILED),
    (paid_late, 181, OrderStatus.COMPLETED),
]


@pytest.mark.parametrize(("live", "minutes", "status"), LIVES)
def test_no_order_history_violates_an_invariant(
    live: Callable[[Shop], None], minutes: int, status: OrderStatus
) -> None:
    shop = Shop(an_order(next_check_at=later(minutes=5)))

    live(shop)

    assert shop.order.status is status
    assert breaches_in(shop.tables, later(minutes=minutes), CAPACITY) == ()


def lose_a_ticket(shop: Shop) -> None:
    del shop.tables.tickets["ORD-ABC123-02"]


def forge_a_ticket(shop: Shop) -> None:
    stranger = an_order(order_number="ORD-GONE01")
    shop.tables.tickets |= {t.ticket_id: t for t in tickets_for(stranger)}


def lose_the_payment(shop: Shop) -> None:
    shop.tables.payments.clear()


def lose_the_mail(shop: Shop) -> None:
    del shop.tables.mails[CONFIRMATION]


def sell_a_seat_twice(shop: Shop) -> None:
    shop.tables.available["5", "general"] += 1


def lose_a_seat(shop: Shop) -> None:
    shop.tables.available["5", "general"] -= 1


def edit_the_trail(shop: Shop) -> None:
    shop.tables.audit[-1] = replace(shop.tables.audit[-1], reason="nothing to see")


def spoil_the_row(shop: Shop) -> None:
    shop.tables.spoilt["ORD-ABC123"] = "it lacks a total"


def tell_of_nobody(shop: Shop) -> None:
    mail = shop.tables.mails[CONFIRMATION]
    shop.tables.mails["x"] = replace(mail, mail_id="x", order_number=None)


DAMAGES = [
    (lose_a_ticket, Rule.TICKET_MISSING),
    (forge_a_ticket, Rule.ORPHAN),
    (lose_the_payment, Rule.PAYMENT_MISSING),
    (lose_the_mail, Rule.CONFIRMATION_MISSING),
    (sell_a_seat_twice, Rule.SEATS_LEFT),
    (lose_a_seat, Rule.SEATS_LEFT),
    (edit_the_trail, Rule.TRAIL_EDITED),
    (spoil_the_row, Rule.UNREADABLE),
    (tell_of_nobody, Rule.MAIL_WRONG),
]


@pytest.mark.parametrize(("damage", "rule"), DAMAGES)
def test_the_oracle_detects_corruption(damage: Callable[[Shop], None], rule: Rule) -> None:
    shop = Shop()
    paid(shop)

    damage(shop)

    assert rule in {breach.rule for breach in breaches_in(shop.tables, later(minutes=6), CAPACITY)}
