"""A day of sales, at SumUp and in our tables: both sides agree, until a test makes them differ."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from local.sumup.app import Options
from local.sumup.control import Json, Simulator
from tests.faults.sumup import BASE_URL, Watch, answering
from tests.support.aws import World, client
from tests.support.builders import a_line, an_order, tickets_for
from tests.support.stored import store
from ticketing.adapters.aws.kms import TokenCipher
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.adapters.dynamodb.models import OrganiserRow, PaymentRow
from ticketing.bootstrap import services
from ticketing.bootstrap.sumup import sumup
from ticketing.money import Money
from ticketing.orders.order import Order, OrderStatus

DAY_BEGINS = datetime(2026, 5, 31, 23, 0, tzinfo=UTC)
"""Midnight in Jersey, where it is summer."""
DAY = "2026-06-01"
NIGHT = datetime(2026, 6, 2, 3, 40, tzinfo=UTC)
MERCHANT = "MC0001"


@dataclass
class Sale:
    """An order, its checkout, and the payment SumUp took for it if it did."""

    order: Order
    checkout_id: str
    at: datetime
    transaction_id: str = ""
    code: str = ""


@dataclass
class Books:
    """Both sides of one organiser's account."""

    sumup: Simulator
    clock: time_machine.Traveller
    token: str
    sales: list[Sale] = field(default_factory=list)

    def sell(self, at: datetime, pence: int = 4500, **changes: Any) -> Sale:  # noqa: ANN401 - of any field
        """Sell tickets as usual: paid at SumUp, accepted a minute later."""
        sale = self.open(at, pence, **changes)
        self.pay(sale)
        self.accept(sale, at + timedelta(minutes=1))
        return sale

    def open(self, at: datetime, pence: int = 4500, **changes: Any) -> Sale:  # noqa: ANN401 - as above
        """Place an order with its checkout; nobody has paid it."""
        self.clock.move_to(at, tick=False)
        number = f"ORD-{len(self.sales):06d}"
        price = Decimal(pence).scaleb(-2)
        order = an_order(
            order_number=number,
            created_at=at,
            lines=(a_line(quantity=1, unit_price=price),),
            checkout_reference=f"{number}-1",
            checkout_ids=(),
        )
        made = self.checkout(order.checkout_reference, order.total, f"Order {number}")
        order = replace(order, checkout_ids=(made,), **changes)
        sale = Sale(store(order), made, at)
        self.sales.append(sale)
        return sale

    def checkout(self, reference: str, total: Money, description: str) -> str:
        """Make a checkout on the organiser's account."""
        made = sumup(services()).create_checkout(
            self.token,
            reference=reference,
            total=total,
            merchant_code=MERCHANT,
            description=description,
            valid_until=datetime.now(UTC) + timedelta(hours=2),
            return_url=None,
            redirect_url=None,
        )
        return made.id

    def pay(self, sale: Sale) -> Json:
        """Have SumUp take the money."""
        self.clock.move_to(sale.at, tick=False)
        paid = self.sumup.pay(sale.checkout_id, force=True)
        sale.transaction_id, sale.code = paid["transaction_id"], paid["transaction_code"]
        return paid

    def accept(self, sale: Sale, at: datetime, **changes: Any) -> None:  # noqa: ANN401 - as above
        """Complete the order with its payment, and its ticket."""
        key = sale.transaction_id or f"tx-of-{sale.order.order_number}"
        sale.order = replace(
            sale.order,
            status=OrderStatus.COMPLETED,
            transaction_id=key,
            paid_checkout_id=sale.checkout_id,
            settled_at=at,
            work=None,
            next_check_at=None,
        )
        store(sale.order)
        for ticket in tickets_for(sale.order):
            ticket_row(ticket, at).save()
        facts: dict[str, Any] = {
            "order_number": sale.order.order_number,
            "checkout_id": sale.checkout_id,
            "amount": sale.order.total.amount,
            "currency": sale.order.total.currency,
            "merchant_code": MERCHANT,
            "transaction_code": sale.code or None,
            "accepted_at": at,
        }
        PaymentRow(key, **facts | changes).save()

    def order(self, sale: Sale) -> Order:
        """Return the order as it is now."""
        return services().orders.get(sale.order.order_number)


@contextmanager
def books(
    world: World, monkeypatch: pytest.MonkeyPatch, watch: Watch = lambda _, deliver: deliver()
) -> Iterator[Books]:
    """Connect the world's organiser to a SumUp of their own, at the beginning of the day.

    `watch` sees what our functions ask of SumUp, and decides whether it is answered.
    """
    monkeypatch.setenv("SUMUP_BASE_URL", BASE_URL)
    services.cache_clear()
    options = Options(client_id="our-client", client_secret="our-client-secret")
    with (
        time_machine.travel(DAY_BEGINS, tick=False) as clock,
        answering(monkeypatch, options, watch) as sumup,
    ):
        issued = sumup.create_merchant(MERCHANT, currency="GBP", country="GB", sandbox=False)
        cipher = TokenCipher(client("kms"), world.environment["TOKEN_KEY_ID"])
        OrganiserRow("jersey-live").update(
            [
                OrganiserRow.access_token.set(cipher.sealer("jersey-live")(issued.access_token)),
                OrganiserRow.access_expires_at.set(DAY_BEGINS + timedelta(hours=1)),
                OrganiserRow.refresh_token.set(cipher.sealer("jersey-live")(issued.refresh_token)),
                OrganiserRow.refresh_issued_at.set(DAY_BEGINS),
                OrganiserRow.refreshed_at.set(DAY_BEGINS),
            ]
        )
        token = sumup.issue_tokens(MERCHANT, expires_in=90 * 24 * 3600).access_token
        yield Books(sumup, clock, token)
