"""Decide whether a transaction at the organiser's terminal paid for a sale at the door. Pure.

No checkout ties the payment to its order, so everything that SumUp says about it has to fit. What
SumUp leaves out does not fit, except the merchant, whose own account was asked.
"""

from ticketing.money import format_amount
from ticketing.orders.order import Order
from ticketing.orders.reason import Reason
from ticketing.payments.decision import Action, Decision
from ticketing.payments.payment import ID, TAKEN, Transaction

TERMINAL = "POS"
"""SumUp's payment type for a card at a terminal. ECOM is a checkout, perhaps of another order; CASH
is what somebody merely noted in SumUp's app."""


def objection(order: Order, found: Transaction | None) -> str | None:
    """Return why this transaction does not pay for the order; None if it does."""
    if found is None:
        return f"SumUp knows no transaction with this code at merchant {order.merchant_code}"
    if found.id is None or not ID.fullmatch(found.id):
        return "SumUp does not say which transaction it is"
    if found.status not in TAKEN and not found.refunded:
        return f"SumUp calls it {found.status}: no money was taken"
    if found.refunded:
        return "its money went back, or some of it"
    if found.merchant_code not in {None, order.merchant_code}:
        return f"its money went to merchant {found.merchant_code}"
    if found.payment_type != TERMINAL:
        said = found.payment_type or "nothing"
        return f"it was not paid at a terminal: SumUp says {said} of how"
    if (found.amount, found.currency) != (order.total.amount, order.total.currency):
        paid = format_amount(found.amount, found.currency)
        return f"{paid} was paid, the tickets cost {order.total}"
    return None


def paid_at_terminal(payment: Transaction, note: str) -> Decision:
    text = f"Paid at the door, by the organiser's terminal: {payment.code or payment.id}."
    return Decision(Action.ISSUE, Reason.PAID_AT_DOOR, text, payment=payment, note=note)


def paid_in_cash(note: str) -> Decision:
    text = "Paid in cash at the door, as an operator says; SumUp knows nothing of it."
    return Decision(Action.ISSUE, Reason.PAID_AT_DOOR, text, note=note)
