"""A shop with something of everything, and how made-up requests are led to it."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

from schemathesis import Case
from schemathesis.core.parameters import ParameterLocation

from tests.fuzz.sumup import SumUp
from tests.support.builders import a_line, an_event, an_order, tickets_for
from tests.support.stored import LATER, sell, store
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.adapters.dynamodb.models import EventRow, TicketTypeRow
from ticketing.bootstrap import services
from ticketing.bootstrap.signing import signer
from ticketing.orders.order import Customer, Delivery, Order, OrderStatus

AnyCase = Case[Any]
EVENTS = ("5", "BEGUN")
BEGAN = LATER - timedelta(hours=1)
SKUS = ("general", "seated", "free", "last")
PRICES = ((15, 5000), (30, 5000), (0, 5000), (20, 12))
"""The price and number of each type of ticket."""

ADDRESSES = ("jane@example.com", "joe@example.com", "nobody@example.com")
STATES: dict[str, tuple[int, dict[str, Any]]] = {
    "WAIT": (8, {}),
    "NEW": (4, {"checkout_ids": ()}),
    "LATE": (1, {"deadline": LATER - timedelta(minutes=1)}),
    "FREE": (1, {"checkout_ids": (), "lines": (a_line(sku="free", unit_price=Decimal(0)),)}),
    "DONE": (12, {"status": OrderStatus.COMPLETED, "delivery": Delivery.DELIVERED}),
    "SOON": (2, {"status": OrderStatus.COMPLETED, "delivery": Delivery.PENDING}),
    "LOST": (2, {"status": OrderStatus.COMPLETED, "delivery": Delivery.PROBLEM}),
    "GONE": (1, {"status": OrderStatus.EXPIRED, "holds_seats": False}),
    "FAIL": (1, {"status": OrderStatus.FAILED, "holds_seats": False}),
    "LOOK": (1, {"status": OrderStatus.REVIEW}),
}
"""How many orders there are of each kind, and what makes them so."""

LEFT_ALONE = 4
"""Every fourth request is sent exactly as generated."""

SELDOM = 0.1


def fill(sumup: SumUp) -> dict[str, Order]:
    """Put events on sale and store orders in every state; seats are counted as they were sold."""
    orders = [
        _order(f"{kind}-{n:03}", changes)
        for kind, (many, changes) in STATES.items()
        for n in range(many)
    ]
    for order in orders:
        store(order)
        sumup.knows(order)
        if order.status is OrderStatus.COMPLETED:
            for ticket in tickets_for(order, signer(services())):
                ticket_row(ticket, LATER).save()
    held = Counter[str]()
    for order in orders:
        held.update(order.seats if order.holds_seats else {})
    for event_id, begins in ((EVENTS[0], an_event().starts_at), (EVENTS[1], BEGAN)):
        sell(event=an_event(event_id=event_id, starts_at=begins))
        offered = [EventRow.moved_at.set(LATER), EventRow.refunds_until.set(begins)]
        EventRow(event_id).update([EventRow.on_sale.set("yes"), *offered])
        services().events.publish_keys(event_id, signer(services()).public_keys(event_id))
    for sku, (price, capacity) in zip(SKUS, PRICES, strict=True):
        TicketTypeRow(
            "5",
            sku,
            name=sku,
            price=Decimal(price),
            currency="GBP",
            capacity=capacity,
            available=capacity - held[sku],
        ).save()
    return {order.order_number: order for order in orders}


def _order(number: str, changes: dict[str, Any]) -> Order:
    defaults: dict[str, Any] = {"checkout_ids": (f"chk-{number}",)}
    buyer = Customer("Jane Doe", ADDRESSES[0] if number < "M" else ADDRESSES[1])
    return an_order(order_number=number, customer=buyer, **(defaults | changes))


@dataclass
class Guide:
    """Points most requests at what exists, and never changes a deliberately invalid part."""

    numbers: list[str]
    chance: random.Random
    seen: Counter[str] = field(default_factory=Counter)
    placed: list[tuple[str, Any]] = field(default_factory=list)

    def __call__(self, case: AnyCase) -> None:
        name = case.operation.definition.raw["operationId"]
        self.seen[name] += 1
        if self.seen[name] % LEFT_ALONE and case.method == case.operation.method.upper():
            self._leads.get(name, self._to_an_order)(case)

    @property
    def _leads(self) -> dict[str, Callable[[AnyCase], None]]:
        return {
            "events": lambda _: None,
            "openapi": lambda _: None,
            "event": self._to_an_event,
            "keys": self._to_an_event,
            "place_order": self._to_a_basket,
            "lost_tickets": self._to_an_address,
        }

    def _to_an_event(self, case: AnyCase) -> None:
        if self._is_good(case, ParameterLocation.PATH):
            case.path_parameters = {"event_id": self.chance.choice(EVENTS)}

    def _to_an_order(self, case: AnyCase) -> None:
        number = self.chance.choice(self.numbers)
        access = services().access
        token = access.token(number)
        if self._is_good(case, ParameterLocation.PATH):
            case.path_parameters = {"order_number": number}
        if "x-order-token" in case.headers and self._is_good(case, ParameterLocation.HEADER):
            case.headers["x-order-token"] = token
        if "x-return-code" in case.headers and self._is_good(case, ParameterLocation.HEADER):
            case.headers["x-return-code"] = access.return_code(number, LATER)
        if "token" in case.query and self._is_good(case, ParameterLocation.QUERY):
            case.query = {**case.query, "token": token}

    def _to_a_basket(self, case: AnyCase) -> None:
        basket: Any = case.body
        if not self._is_good(case, ParameterLocation.BODY) or not isinstance(basket, dict):
            return
        event_id = EVENTS[self.chance.random() < SELDOM]
        skus = self.chance.sample(SKUS, len(SKUS)) if event_id == "5" else ["general"]
        lines = zip(basket["lines"], skus, strict=False)
        mended: Any = [{**line, "sku": sku} for line, sku in lines]
        case.body = {**basket, "event_id": event_id, "lines": mended}
        if self._is_good(case, ParameterLocation.HEADER):
            self._choose_a_key(case)

    def _choose_a_key(self, case: AnyCase) -> None:
        """Mostly a new one; some requests are repeated, and some keys come with another basket."""
        choice = self.chance.randrange(8)
        if choice > 1:
            if choice > 3:
                case.headers["idempotency-key"] = f"{self.chance.getrandbits(128):032x}"
            self.placed.append((case.headers["idempotency-key"], case.body))
        elif self.placed:
            key, basket = self.chance.choice(self.placed)
            case.headers["idempotency-key"] = key
            case.body = basket if choice else case.body

    def _to_an_address(self, case: AnyCase) -> None:
        if self._is_good(case, ParameterLocation.BODY) and self.chance.random() < 0.5:
            case.body = {"email": self.chance.choice(ADDRESSES)}

    @staticmethod
    def _is_good(case: AnyCase, where: ParameterLocation) -> bool:
        found = case.meta and case.meta.components.get(where)
        return not found or found.mode.is_positive
