"""When tickets are sent again: not while a mail of them is under way, nor too often. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ticketing.emails.mail import UNSETTLED, Mail, MailKind, to_buyer
from ticketing.errors import MailUnwanted, TooManyResends
from ticketing.orders.order import Order
from ticketing.tickets.issue import refuse_unless_valid

MOST_A_DAY = 3
"""In any 24 hours, whoever asks; the first mail does not count."""
MOST_IN_ALL = 30
"""Ten bad days. What does not arrive by then will not arrive by mail."""
DAY = timedelta(days=1)


def next_mail(order: Order, confirmations: Sequence[Mail], now: datetime) -> Mail:
    """Return the mail that sends the tickets again, or the one that is under way to the buyer.

    `confirmations` are all there are, oldest first. Their ids have no gaps, so of two who ask at
    once only one can store the next. Raises `NotIssued`, `MailUnwanted` or `TooManyResends`.
    """
    refuse_unless_valid(order)
    if order.complained_at:
        raise MailUnwanted(order.order_number)
    for mail in confirmations:
        if mail.status in UNSETTLED and mail.recipient == order.customer.email:
            return mail
    lately = [mail for mail in confirmations[1:] if mail.created_at > now - DAY]
    if len(lately) >= MOST_A_DAY or len(confirmations) > MOST_IN_ALL:
        raise TooManyResends(order.order_number)
    return to_buyer(order, MailKind.CONFIRMATION, now, len(confirmations) + 1)
