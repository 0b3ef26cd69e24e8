"""A basket: what a buyer wants, checked against what is sold and turned into an order. Pure."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ticketing.errors import InvalidBasket
from ticketing.events.event import Event, TicketType
from ticketing.events.sale import refusal, type_refusal
from ticketing.language import Language
from ticketing.money import Money
from ticketing.orders.order import MAX_TICKETS, Customer, Line, Order, OrderStatus, Work
from ticketing.sentence import Sentence, sentence

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without 0/O and 1/I/L, because people read order numbers out over the telephone."""
NUMBER_LENGTH = 6


@dataclass(frozen=True)
class Wanted:
    """A quantity of tickets of one type."""

    sku: str
    quantity: int


@dataclass(frozen=True)
class Basket:
    """What a buyer asks for, never a price. `agreed`: they agreed to the organiser's terms."""

    event_id: str
    lines: tuple[Wanted, ...]
    name: str
    email: str
    language: Language = Language.ENGLISH
    agreed: bool = False

    @property
    def fingerprint(self) -> str:
        """A hash that equal baskets share. False values are left out, as if they did not exist."""
        said = {name: value for name, value in asdict(self).items() if value is not False}
        text = json.dumps(said, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class Request:
    """A buyer's request to order: its idempotency key, and the fingerprint of its basket."""

    key: str
    fingerprint: str
    expires_at: datetime


@dataclass(frozen=True)
class Repeated:
    """The order that an idempotency key was used for before, with its basket's fingerprint."""

    fingerprint: str
    order_number: str


def new_order_number() -> str:
    """Return an order number that cannot be guessed from another: `ORD-7KX2MA`."""
    return "ORD-" + "".join(secrets.choice(ALPHABET) for _ in range(NUMBER_LENGTH))


def to_order(  # each is a fact of the order
    basket: Basket,
    event: Event,
    ticket_types: Sequence[TicketType],
    merchant_code: str,
    order_number: str,
    payment_window: timedelta,
    hold: timedelta,
    now: datetime,
) -> Order:
    """Return the pending order for a basket, priced from our own table.

    While nobody begins to pay, its seats are held for `hold`, or as long as the event says. It can
    be paid until the event begins, at the latest.

    Raises `InvalidBasket` with the field and the reason, which the buyer reads.
    """
    if reason := refusal(event, now):
        raise InvalidBasket("event_id", reason)
    if event.about.consent and not basket.agreed:
        raise InvalidBasket("agreed", sentence("agree to the organiser's terms to order"))
    sold = {kind.sku: kind for kind in ticket_types}
    _refuse_unsold(basket, sold, now)
    lines = tuple(_line(wanted, sold[wanted.sku]) for wanted in basket.lines)
    deadline = min(now + payment_window, event.starts_at)
    if event.hold_minutes:
        hold = timedelta(minutes=event.hold_minutes)
    total = sum((line.unit_price * line.quantity for line in lines), Decimal(0))
    return Order(
        order_number=order_number,
        status=OrderStatus.PENDING,
        created_at=now,
        deadline=deadline,
        hold_until=min(now + hold, deadline),
        asked_to_pay_at=now,
        customer=Customer(basket.name, basket.email, basket.language),
        lines=lines,
        total=Money(total, sold[basket.lines[0].sku].price.currency),
        event_id=event.event_id,
        organiser_id=event.organiser_id,
        merchant_code=merchant_code,
        checkout_reference=f"{order_number}-1",
        status_reason="Not paid yet.",
        event_starts_at=event.starts_at,
        agreed_to=event.terms_fingerprint if basket.agreed else None,
        work=Work.OPEN,
        next_check_at=now,
    )


def shortages(basket: Basket, ticket_types: Sequence[TicketType]) -> tuple[tuple[str, str], ...]:
    """Return the field of each line that wants more than is left, and a sentence that says so."""
    left = {kind.sku: max(kind.available, 0) for kind in ticket_types}
    return tuple(
        (f"lines.{at}", _left(left[w.sku]))
        for at, w in enumerate(basket.lines)
        if left.get(w.sku, 0) < w.quantity
    )


def _left(count: int) -> Sentence:
    return sentence("only {count} left", count=count) if count else sentence("sold out")


def _line(wanted: Wanted, kind: TicketType) -> Line:
    return Line(kind.sku, kind.name, wanted.quantity, kind.price.amount, kind.admits)


def _refuse_unsold(basket: Basket, sold: Mapping[str, TicketType], now: datetime) -> None:
    skus = [wanted.sku for wanted in basket.lines]
    for at, wanted in enumerate(basket.lines):
        if wanted.sku not in sold:
            raise InvalidBasket(f"lines.{at}.sku", sentence("this event has no such ticket type"))
        if skus.index(wanted.sku) != at:
            raise InvalidBasket(
                f"lines.{at}.sku", sentence("this ticket type is in the basket twice")
            )
        if reason := type_refusal(sold[wanted.sku], now):
            raise InvalidBasket(f"lines.{at}.sku", reason)
    if sum(wanted.quantity for wanted in basket.lines) > MAX_TICKETS:
        raise InvalidBasket(
            "lines", sentence("an order has at most {most} tickets", most=MAX_TICKETS)
        )
    if len({sold[sku].price.currency for sku in skus}) != 1:
        raise InvalidBasket("lines", sentence("tickets in different currencies need an order each"))
