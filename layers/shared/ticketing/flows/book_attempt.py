"""Claim the next attempt to pay an order, so that SumUp is asked once, however often we are."""

from datetime import datetime

from ticketing.errors import TooManyAttempts
from ticketing.flows.ports import BooksChecks
from ticketing.orders.order import Order
from ticketing.orders.schedule import PAY_EVERY, seconds_to_pay_again


def book_attempt(orders: BooksChecks, order: Order, now: datetime) -> None:
    """Claim the attempt; raises `TooManyAttempts` if the last one began a moment ago."""
    wait = seconds_to_pay_again(order, now)
    if wait or not orders.book_attempt(order, now):
        raise TooManyAttempts(wait or PAY_EVERY.seconds)
