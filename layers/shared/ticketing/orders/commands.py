"""The commands that help with an order, in full, as they are typed after `PROGRAM`."""

from shlex import quote

from ticketing.orders.order import Order
from ticketing.orders.refund import PartRefund, Refund

PROGRAM = "python -m ticketing"
NEED_A_REASON = frozenset({"approve", "reject", "cancel", "refund", "void"})
PLACEHOLDERS = {"reason": "WHY", "to": "ADDRESS"}
"""What the operator has to replace."""


def words(name: str, subject: str, **options: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the words of a command about an order or a mail, with everything that it needs.

    An option with several values is repeated for each. A missing reason becomes a placeholder.
    """
    if name in NEED_A_REASON:
        options.setdefault("reason", PLACEHOLDERS["reason"])
    pairs = (
        (f"--{option}", value)
        for option, given in options.items()
        for value in ((given,) if isinstance(given, str) else given)
    )
    return (name, subject, *(word for pair in pairs for word in pair))


def line(name: str, subject: str, **options: str | tuple[str, ...]) -> str:
    """Return the words of a command as one line for a shell."""
    return " ".join(map(quote, words(name, subject, **options)))


def refunding(order: Order, refund: Refund) -> str:
    """Return the command that asked for a refund, to be typed again."""
    number = order.order_number
    if not isinstance(refund, PartRefund) or not order.admits:
        return line("refund", number, transaction=refund.transaction_id)
    if refund.tickets:
        return line("refund", number, ticket=tuple(map(order.current_id, refund.tickets)))
    return line("refund", number, amount=f"{refund.amount.amount}")


def sending_tickets(order: Order, *, lost: bool = False) -> tuple[str, ...]:
    """Return the commands that send an order's tickets again.

    `lost`: their mail did not reach the buyer, so another address may be needed.

    Nothing is sent to an erased buyer, and nothing to an address that marked our mail as spam.
    """
    if order.customer.is_erased or not order.admits:
        return ()
    again = line("resend", order.order_number)
    elsewhere = line("resend", order.order_number, to=PLACEHOLDERS["to"])
    if order.complained_at:
        return (elsewhere,)
    return (again, elsewhere) if lost else (again,)
