"""The money that the checkouts of an order took, and which of it to refund. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ticketing.errors import CheckoutNotFound, NotDecidable
from ticketing.money import format_amount
from ticketing.orders.order import Order, OrderStatus
from ticketing.payments.checkout_result import CheckoutMissing, CheckoutResult, CheckoutSeen
from ticketing.payments.payment import REFUNDED, SUCCESSFUL, Transaction


@dataclass(frozen=True)
class Capture:
    """A payment that an order has at SumUp: the transaction and its checkout."""

    transaction_id: str
    amount: Decimal | None
    currency: str | None
    checkout_id: str | None
    bought_tickets: bool = False

    def __str__(self) -> str:
        bought = ", which bought the tickets" if self.bought_tickets else ""
        return f"{self.transaction_id} {format_amount(self.amount, self.currency)}{bought}"


def money_of(order: Order, answers: Sequence[CheckoutResult]) -> tuple[Capture, ...]:
    """Return all money that the order's own checkouts took, the payment for its tickets first.

    Raises `NotDecidable` if a checkout could not be read, because it may have more money.
    """
    found = {capture.transaction_id: capture for a in answers for capture in _captures(order, a)}
    accepted = order.transaction_id if order.status is OrderStatus.COMPLETED else None
    if accepted and accepted not in found:
        total, checkout_id = order.total, order.paid_checkout_id
        found[accepted] = Capture(
            accepted, total.amount, total.currency, checkout_id, bought_tickets=True
        )
    return tuple(sorted(found.values(), key=lambda capture: not capture.bought_tickets))


def choose(order: Order, money: Sequence[Capture], wanted: str | None) -> Capture:
    """Return the capture to refund; `NotDecidable` lists them if there are several.

    A capture that went back already is chosen only if nothing else is left.
    """
    if wanted is not None:
        meant = [capture for capture in money if capture.transaction_id == wanted]
        if not meant:
            text = f"no checkout of it took money by transaction {wanted}{_listed(money)}"
            raise NotDecidable(order.order_number, text)
        return meant[0]
    left = [one for one in money if not order.is_back(one.transaction_id, one.amount)]
    if len(left) > 1:
        text = f"name one with --transaction{_listed(left)}"
        raise NotDecidable(order.order_number, text)
    if not money:
        raise NotDecidable(
            order.order_number, "SumUp shows no payment of it that has a transaction"
        )
    return (left or list(money))[0]


def _captures(order: Order, answer: CheckoutResult) -> Iterator[Capture]:
    if isinstance(answer, CheckoutMissing | CheckoutNotFound):
        return
    if not isinstance(answer, CheckoutSeen):
        raise NotDecidable(order.order_number, f"SumUp could not be asked ({answer})")
    checkout = answer.checkout
    if checkout.id != answer.record.checkout_id:
        raise NotDecidable(order.order_number, "SumUp answers about another checkout")
    for attempt in checkout.transactions:
        if attempt.id and attempt.status in {SUCCESSFUL, REFUNDED}:
            yield Capture(
                attempt.id,
                attempt.amount,
                attempt.currency,
                checkout.id,
                bought_tickets=_bought(order, checkout.id, attempt),
            )


def _bought(order: Order, checkout_id: str, attempt: Transaction) -> bool:
    """Return whether it is the accepted payment: by its id, or if that is unknown, its checkout."""
    if order.status is not OrderStatus.COMPLETED:
        return False
    if order.transaction_id:
        return attempt.id == order.transaction_id
    return checkout_id == order.paid_checkout_id


def _listed(money: Iterable[Capture]) -> str:
    listed = "; ".join(map(str, money))
    return f": {listed}" if listed else ""
