"""A small shop for tests of flows: every table and vendor in memory, one order to begin with."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from tests.support.builders import (
    NOW,
    a_checkout,
    a_notifier,
    a_record,
    a_signer,
    an_event,
    an_order,
)
from tests.support.fakes import Events, Orders, Outbox, Queue, SumUp, Tables, Tokens
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.emails.mail import Mail
from ticketing.flows.decide_order import DecideOrder
from ticketing.flows.verify_payment import VerifyPayment
from ticketing.orders.order import Order
from ticketing.payments.checkout_result import CheckoutRecord
from ticketing.payments.decision import Decision
from ticketing.payments.payment import Checkout

CONFIRMATION = "ORD-ABC123#confirmation#1"


class Shop:
    """The verification with everything around it; `order` and `checkout` are the usual ones."""

    def __init__(self, order: Order | None = None, *checkouts: Checkout, seats: int = 10) -> None:
        self.tables = Tables()
        self.orders, self.outbox = Orders(self.tables), Outbox(self.tables)
        self.sumup, self.tokens = SumUp(), Tokens()
        self.deliveries, self.events = Queue(), Events(an_event())
        self.tables.available["5", "general"] = seats
        self.add(order or an_order(), *(checkouts or (a_checkout(),)))
        self.notifier = a_notifier(self.outbox, self.deliveries)
        gateway = OrderGateway(self.sumup, self.tokens)
        self.verify_payment = VerifyPayment(
            orders=self.orders,
            decide=DecideOrder(self.orders, gateway, self.events),
            signer=a_signer(),
            notifier=self.notifier,
        )

    def add(self, order: Order, *checkouts: Checkout) -> None:
        """Put an order into the tables, and its checkouts into SumUp and our notes of them."""
        self.tables.orders[order.order_number] = order
        for checkout in checkouts:
            self.sumup.checkouts[checkout.id] = checkout
            if checkout.id in order.checkout_ids:
                self.tables.checkouts[checkout.id] = a_note(order, checkout)

    def verify(self, now: datetime = NOW, order_number: str = "ORD-ABC123") -> Decision | None:
        return self.verify_payment(order_number, now)

    @property
    def order(self) -> Order:
        return self.tables.order()

    def change(self, **changes: Any) -> None:  # noqa: ANN401  # of any field
        """Change the order behind everybody's back."""
        self.tables.orders["ORD-ABC123"] = replace(self.order, **changes)

    @property
    def alerts(self) -> list[str]:
        """Return the subjects of all alerts, oldest first."""
        return [mail.subject or "" for mail in self.tables.mails.values() if mail.subject]

    @property
    def buyers_mails(self) -> list[str]:
        """Return the kinds of mail for buyers, oldest first."""
        return [m.kind.value for m in self.tables.mails.values() if not m.subject]

    def alert(self, words: str) -> Mail:
        """Return the one alert whose subject contains these words."""
        (mail,) = (m for m in self.tables.mails.values() if words in (m.subject or ""))
        return mail

    @property
    def seats_left(self) -> int:
        return self.tables.available["5", "general"]


def a_note(order: Order, checkout: Checkout) -> CheckoutRecord:
    """Return our note of a checkout, made when it was created."""
    return a_record(
        checkout_id=checkout.id,
        order_number=order.order_number,
        reference=checkout.reference,
        pay_url=checkout.pay_url,
    )
