"""Find the orders of one person, by every spelling of their address."""

from collections.abc import Sequence

from ticketing.emails.mail import Mail
from ticketing.errors import OrderNotFound, UnreadableOrder
from ticketing.flows.ports import ReadsOrders
from ticketing.orders.buyer import folded
from ticketing.orders.order import Order


def find_orders(
    orders: ReadsOrders, email: str, mails: Sequence[Mail]
) -> dict[str, Order | UnreadableOrder]:
    """Return the person's orders by number; `mails` are those that mention the address.

    Orders whose erasure was interrupted are included. An order whose mails once went to this
    address, before the buyer's address was corrected, is not: its buyer is somebody else.
    """
    numbers = list(orders.of_email(email))
    theirs = [m for m in mails if folded(m.recipient) == folded(email)]
    numbers += [m.order_number for m in theirs if m.order_number]
    found: dict[str, Order | UnreadableOrder] = {}
    for number in dict.fromkeys(numbers):
        try:
            order = orders.get(number)
        except OrderNotFound:
            continue
        except UnreadableOrder as error:
            found[number] = error
            continue
        if order.customer.is_erased or order.customer.key == folded(email):
            found[number] = order
    return found
