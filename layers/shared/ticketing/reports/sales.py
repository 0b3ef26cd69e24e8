"""The sales of an event: tickets and money, by ticket type and by day, in each currency. Pure.

Every ticket and every amount is one movement, and each table adds up the same movements, so the
tables agree to the cent. Money came in when SumUp says that it was paid, and went back when we
noted a refund or a chargeback; days are those at the venue. A refund that became a chargeback is
one movement.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import TypeVar

from ticketing.events.event import Event, TicketType, local_time
from ticketing.money import Money
from ticketing.orders.order import Order, OrderStatus, Origin
from ticketing.orders.refund import PartRefund, Refund, RefundStatus

K = TypeVar("K")
NOTHING = Decimal(0)


@dataclass(frozen=True)
class Paid:
    """The payment that was accepted for an order: its amount, and when it was made."""

    transaction_id: str
    order_number: str
    amount: Money
    at: datetime


@dataclass(frozen=True)
class Tally:
    """Tickets of paid orders, of free orders, given, for cash, and void; money in and back.

    `cash_in` is the cash that operators say they took, less that of void tickets. SumUp never had
    it, and it is in no other sum.
    """

    sold: int = 0
    free: int = 0
    given: int = 0
    cash: int = 0
    void: int = 0
    money_in: Decimal = NOTHING
    refunded: Decimal = NOTHING
    charged_back: Decimal = NOTHING
    cash_in: Decimal = NOTHING

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Tally)))

    @property
    def valid(self) -> int:
        return self.sold + self.free + self.given + self.cash - self.void

    @property
    def kept(self) -> Decimal:
        """The money that is left, before SumUp's fees."""
        return self.money_in - self.refunded - self.charged_back

    def amounts(self, currency: str) -> dict[str, Money]:
        """Return the amounts of money by name, in the order that all reports use."""
        names = ("money_in", "refunded", "charged_back", "kept", "cash_in")
        return {name: Money(getattr(self, name), currency) for name in names}


@dataclass(frozen=True)
class Movement:
    """Part of a sale, or of what became of it; `sku` is None for money that fits no ticket type."""

    currency: str
    day: date
    sku: str | None
    tally: Tally


@dataclass(frozen=True)
class TypeSales:
    """The sales and seats of a ticket type; `capacity` and `left` are None for a deleted one."""

    sku: str | None
    name: str
    tally: Tally
    held: int = 0
    capacity: int | None = None
    left: int | None = None


@dataclass(frozen=True)
class CurrencySales:
    """All sales in a currency; `bought_nothing` is money returned of payments without tickets."""

    currency: str
    types: tuple[TypeSales, ...]
    days: tuple[tuple[date, Tally], ...]
    bought_nothing: Decimal = NOTHING

    @property
    def total(self) -> Tally:
        return sum((one.tally for one in self.types), Tally())


@dataclass(frozen=True)
class Sales:
    """The sales of an event at a given moment, their contradictions, and the unreadable rows."""

    event: Event
    made_at: datetime
    currencies: tuple[CurrencySales, ...]
    problems: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


@dataclass
class _Books:
    """The movements of all orders, and the problems noticed on the way."""

    event: Event
    movements: list[Movement] = field(default_factory=list)
    held: Counter[str] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)
    bought_nothing: dict[str, Decimal] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def add(self, order: Order, payment: Paid | None) -> None:
        self.names |= {line.sku: line.description for line in order.lines}
        if order.holds_seats and order.status in {OrderStatus.PENDING, OrderStatus.REVIEW}:
            self.held.update(order.seats)
        if order.status is OrderStatus.COMPLETED:
            self._tickets(order, payment.at if payment else order.settled_at)
        if payment:
            self._money(order, payment)
        elif order.status is OrderStatus.COMPLETED and _is_owed(order):
            self._problem(order, f"is completed for {order.total}, and has no payment")
        for refund in order.all_refunds:
            if refund.went_back:
                self._back(order, refund, payment)

    def _tickets(self, order: Order, at: datetime | None) -> None:
        for line in order.lines:
            self._move(order, at, line.sku, _handed_out(order, line.quantity))
        for void in order.void_tickets:
            self._move(order, void.at, void.sku, Tally(void=1))
        if order.voided_at:
            for sku, count in order.seats.items():
                self._move(order, order.voided_at, sku, Tally(void=count))
        if order.origin is Origin.CASH:
            self._cash(order, at)

    def _cash(self, order: Order, at: datetime | None) -> None:
        """Count the cash for tickets; that for void ones was handed back when they became void."""
        voided = {void.ticket_id: void.at for void in order.void_tickets}
        for ticket_id, line in order.ticket_lines:
            self._move(order, at, line.sku, Tally(cash_in=line.unit_price))
            if back_at := voided.get(ticket_id, order.voided_at):
                self._move(order, back_at, line.sku, Tally(cash_in=-line.unit_price))

    def _money(self, order: Order, payment: Paid) -> None:
        if order.status is not OrderStatus.COMPLETED:
            self._problem(order, f"has a payment of {payment.amount} but is not completed")
        elif payment.amount != order.total:
            self._problem(order, f"costs {order.total}, and {payment.amount} was paid")
        for sku, amount in _by_type(order, payment.amount, order.ticket_ids):
            tally = Tally(money_in=amount)
            self._move(order, payment.at, sku, tally, payment.amount.currency)

    def _back(self, order: Order, refund: Refund, payment: Paid | None) -> None:
        """Count what went back; the money of a second payment was never part of a sale."""
        currency = refund.amount.currency
        if payment is None or payment.transaction_id != refund.transaction_id:
            before = self.bought_nothing.get(currency, NOTHING)
            self.bought_nothing[currency] = before + refund.amount.amount
            return
        is_charged = refund.status is RefundStatus.CHARGED_BACK
        for sku, amount in _by_type(order, refund.amount, _bought(order, refund)):
            tally = Tally(charged_back=amount) if is_charged else Tally(refunded=amount)
            at = refund.settled_at or order.voided_at or refund.asked_at
            self._move(order, at, sku, tally, currency)

    def _move(
        self,
        order: Order,
        at: datetime | None,
        sku: str | None,
        tally: Tally,
        currency: str | None = None,
    ) -> None:
        moment = at or order.settled_at or order.created_at
        day = local_time(moment, self.event.time_zone).date()
        self.movements.append(Movement(currency or order.total.currency, day, sku, tally))

    def _problem(self, order: Order, text: str) -> None:
        self.problems.append(f"order {order.order_number} {text}")


def count_sales(
    event: Event,
    kinds: Iterable[TicketType],
    orders: Iterable[Order],
    payments: Mapping[str, Paid],
    unreadable: tuple[str, ...],
    made_at: datetime,
) -> Sales:
    """Add up an event's orders; `payments` are by the key that `payment_key` returns."""
    books = _Books(event)
    for order in orders:
        books.add(order, _own(order, payments, books.problems))
    by_sku = {kind.sku: kind for kind in sorted(kinds, key=lambda k: (k.position, k.sku))}
    moved = {m.currency for m in books.movements} | books.bought_nothing.keys()
    currencies = sorted(moved | {kind.currency for kind in by_sku.values()})
    counted = tuple(_currency(one, books, by_sku) for one in currencies)
    problems = (*sorted(books.problems), *_wrong_counters(counted))
    return Sales(event, made_at, counted, problems, tuple(sorted(unreadable)))


def _is_owed(order: Order) -> bool:
    """Return whether SumUp should have a payment for the order."""
    return not order.is_free and order.origin is not Origin.CASH


def _handed_out(order: Order, count: int) -> Tally:
    if order.origin is Origin.GIVEN:
        return Tally(given=count)
    if order.origin is Origin.CASH:
        return Tally(cash=count)
    return Tally(free=count) if order.is_free else Tally(sold=count)


def payment_key(order: Order) -> str | None:
    """Return the key of the payment that was accepted for an order."""
    return order.transaction_id or order.paid_checkout_id


def _own(order: Order, payments: Mapping[str, Paid], problems: list[str]) -> Paid | None:
    """Return the payment of an order, unless it belongs to another one."""
    payment = payments.get(payment_key(order) or "")
    if payment and payment.order_number != order.order_number:
        text = f"names payment {payment.transaction_id}, which is of {payment.order_number}"
        problems.append(f"order {order.order_number} {text}")
        return None
    return payment


def _by_type(
    order: Order, amount: Money, ticket_ids: Collection[str]
) -> Iterator[tuple[str | None, Decimal]]:
    """Divide the price of these tickets among their types; any other amount fits no type."""
    prices: dict[str | None, Decimal] = {}
    for ticket_id, line in order.ticket_lines:
        if ticket_id in ticket_ids:
            prices[line.sku] = prices.get(line.sku, NOTHING) + line.unit_price
    fits = amount == Money(sum(prices.values(), NOTHING), order.total.currency)
    yield from (prices if fits else {None: amount.amount}).items()


def _bought(order: Order, refund: Refund) -> Collection[str]:
    """Return the tickets whose price this refund gave back, if it was for tickets."""
    if isinstance(refund, PartRefund):
        return refund.tickets
    before = {i for part in order.parts if part.went_back for i in part.tickets}
    return [i for i in order.ticket_ids if i not in before]


def _currency(currency: str, books: _Books, kinds: Mapping[str, TicketType]) -> CurrencySales:
    moved = [one for one in books.movements if one.currency == currency]
    by_type = _summed(moved, lambda one: one.sku)
    by_day = _summed(moved, lambda one: one.day)
    own = [sku for sku, kind in kinds.items() if kind.currency == currency]
    gone = sorted(sku for sku in by_type if sku is not None and sku not in own)
    types = [_type(sku, books, kinds, by_type.get(sku, Tally())) for sku in own]
    types += [TypeSales(sku, books.names[sku], by_type[sku]) for sku in gone]
    if None in by_type:
        types.append(TypeSales(None, "of no ticket type", by_type[None]))
    back = books.bought_nothing.get(currency, NOTHING)
    return CurrencySales(currency, tuple(types), tuple(sorted(by_day.items())), back)


def _type(sku: str, books: _Books, kinds: Mapping[str, TicketType], tally: Tally) -> TypeSales:
    kind = kinds[sku]
    return TypeSales(sku, kind.name, tally, books.held[sku], kind.capacity, kind.available)


def _summed(moved: Iterable[Movement], key: Callable[[Movement], K]) -> dict[K, Tally]:
    sums: dict[K, Tally] = {}
    for one in moved:
        sums[key(one)] = sums.get(key(one), Tally()) + one.tally
    return sums


def _wrong_counters(currencies: Iterable[CurrencySales]) -> Iterator[str]:
    """Yield the ticket types whose orders do not explain how many seats are left."""
    for one in (kind for sales in currencies for kind in sales.types):
        if one.capacity is None or one.left is None:
            continue
        expected = one.capacity - one.tally.valid - one.held
        if expected != one.left:
            text = f"{one.left} of {one.capacity} are left, by its orders it would be {expected}"
            yield f"{one.sku}: {text}; buyers may have ordered meanwhile, or see `audit`"
