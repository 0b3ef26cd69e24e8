"""Send the tickets and links of an address to it again, for anybody who asks.

Whoever asks learns nothing: the answer takes as long and says the same whether the address has
orders or not. So the request is only stored and queued, and handled afterwards.

The address is enough: a request that also names an order would need limits of its own, and a buyer
who has lost everything else does not know the number either.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from ticketing.emails.mail import Asker
from ticketing.errors import (
    BuyerErased,
    MailUnwanted,
    NotIssued,
    NotQueued,
    OrderNotFound,
    TooManyResends,
    UnreadableOrder,
)
from ticketing.flows.ports import LostRequests, Queue, ReadsOrders
from ticketing.observability import logger
from ticketing.orders.buyer import folded
from ticketing.orders.order import Order

MOST_LOST = 5
"""One request has the tickets of at most this many orders sent again. The links to as many others
come in one mail: otherwise a stranger could fill somebody's inbox by placing orders.
"""


@dataclass(frozen=True)
class AskForLostTickets:
    """Takes requests: one a day for each address."""

    requests: LostRequests
    deliveries: Queue

    def __call__(self, email: str, now: datetime) -> None:
        """Store the request and queue it, unless one was handled today; raises `NotQueued`."""
        key = self.requests.keep(email, now)
        if key and self.deliveries.send([key]):
            raise NotQueued


@dataclass(frozen=True)
class SendLostTickets:
    """Handles requests."""

    requests: LostRequests
    orders: ReadsOrders
    resend: Callable[[Order, datetime, Asker], str]
    send_links: Callable[[Order, datetime], str]

    def __call__(self, key: str, now: datetime) -> list[str]:
        """Store the mails with the tickets and links of the newest orders, and return their ids.

        There may be none. A repeated call returns those that are still on their way.
        """
        email = self.requests.address(key)
        mails = list(self._sent(email, now)) if email else []
        self.requests.finish(key)
        return mails

    def _sent(self, email: str, now: datetime) -> Iterator[str]:
        found = newest_of(self.orders, email)
        for order in found:
            if order.admits:
                with suppress(NotIssued, BuyerErased, MailUnwanted, TooManyResends):
                    yield self.resend(order, now, Asker.STRANGER)
        for order in without_tickets(found)[:1]:
            with suppress(TooManyResends):
                yield self.send_links(order, now)


def without_tickets(found: Iterable[Order]) -> list[Order]:
    """Return the newest orders of which only a link can be sent, newest first."""
    theirs = [order for order in found if not order.admits and order.takes_mail]
    return sorted(theirs, key=lambda order: order.created_at, reverse=True)[:MOST_LOST]


def newest_of(orders: ReadsOrders, email: str) -> list[Order]:
    """Return the newest completed orders of an address and the newest others; log unreadable ones.

    The index may lag behind a little, so each order's own row decides.
    """
    found = []
    for number in (
        *orders.completed_of(email, MOST_LOST),
        *orders.uncompleted_of(email, MOST_LOST),
    ):
        try:
            order = orders.get(number)
        except OrderNotFound:
            continue
        except UnreadableOrder as error:
            logger.error("lost tickets not sent", problem=str(error))
            continue
        if order.customer.key == folded(email) and order not in found:
            found.append(order)
    return found
