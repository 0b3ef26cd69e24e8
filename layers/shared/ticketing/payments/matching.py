"""Compare a payment with our own row of the order. Pure."""

from dataclasses import dataclass

from ticketing.money import format_amount
from ticketing.orders.order import Order
from ticketing.orders.reason import Reason
from ticketing.payments.checkout_result import CheckoutRecord
from ticketing.payments.payment import ID, MOST_SHOWN, Checkout, Transaction


@dataclass(frozen=True)
class Difference:
    """A field that differs, with both values as text."""

    field: Reason
    expected: str
    received: str


def difference(order: Order, record: CheckoutRecord, checkout: Checkout) -> Difference | None:
    """Return the first field of a paid checkout that differs from the order, or None."""
    fields: tuple[tuple[Reason, object, object], ...] = (
        (Reason.CHECKOUT, record.checkout_id, checkout.id),
        (Reason.REFERENCE, record.reference, checkout.reference),
        (Reason.MERCHANT, order.merchant_code, checkout.merchant_code),
        (Reason.CURRENCY, order.total.currency, checkout.currency),
    )
    for field, expected, received in fields:
        if received != expected:
            return Difference(field, str(expected), _as_text(received))
    if checkout.amount != order.total.amount:
        received_amount = format_amount(checkout.amount, checkout.currency)
        return Difference(Reason.AMOUNT, str(order.total), received_amount)
    return _payment_difference(order, checkout)


def _payment_difference(order: Order, checkout: Checkout) -> Difference | None:
    payment = checkout.payment
    if payment is None:
        return _names_another(checkout)
    for name, value in (("id", payment.id), ("code", payment.code)):
        if value is not None and not ID.fullmatch(value):
            form = f"{name} of letters, digits and hyphens"
            return Difference(Reason.TRANSACTION, form, f"{name} {value}")
    stated = (
        ("amount", order.total.amount, payment.amount),
        ("currency", order.total.currency, payment.currency),
        ("merchant", order.merchant_code, payment.merchant_code),
    )
    for name, expected, received in stated:
        if received is not None and received != expected:
            return Difference(Reason.TRANSACTION, f"{name} {expected}", f"{name} {received}")
    return None


def _names_another(checkout: Checkout) -> Difference | None:
    """Return the difference if the checkout names a transaction that is not a successful one."""
    if not checkout.successful:
        return None
    listed = ", ".join(_as_text(t.id) for t in checkout.successful[:MOST_SHOWN])
    return Difference(Reason.TRANSACTION, f"one of {listed}", _as_text(checkout.transaction_id))


def is_wanted(order: Order, reference: str, checkout: Checkout) -> bool:
    """Return whether a checkout found by its reference is one that was created for this order.

    One whose id could not be used to ask SumUp about it is not.
    """
    if not ID.fullmatch(checkout.id):
        return False
    record = CheckoutRecord(checkout.id, order.order_number, reference)
    found = difference(order, record, checkout)
    return found is None or found.field is Reason.TRANSACTION


def inspected_difference(order: Order, transaction: Transaction) -> Difference | None:
    """Return how the transaction resource contradicts the order in amount or currency."""
    total = order.total
    if (transaction.amount, transaction.currency) == (total.amount, total.currency):
        return None
    received = format_amount(transaction.amount, transaction.currency)
    return Difference(Reason.TRANSACTION, str(total), received)


def _as_text(value: object) -> str:
    return "nothing" if value is None else str(value)
