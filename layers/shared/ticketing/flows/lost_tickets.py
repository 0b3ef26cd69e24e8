"""Send the tickets of an address again, for anybody who knows it.

Whoever asks learns nothing: the answer takes the same time and says the same, whether the address
has tickets or not. So the request is only stored and queued, and looked into afterwards.
"""

from collections.abc import Callable
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
from ticketing.orders.order import Order

MOST_LOST = 5
"""So many orders of one address have their tickets sent again by one request."""


@dataclass(frozen=True)
class AskForLostTickets:
    """Takes requests: one a day for each address."""

    requests: LostRequests
    deliveries: Queue

    def __call__(self, email: str, now: datetime) -> None:
        """Store the request and queue it, unless it was looked into today; raises `NotQueued`."""
        key = self.requests.keep(email, now)
        if key and self.deliveries.send([key]):
            raise NotQueued


@dataclass(frozen=True)
class SendLostTickets:
    """Looks into requests."""

    requests: LostRequests
    orders: ReadsOrders
    resend: Callable[[Order, datetime, Asker], str]

    def __call__(self, key: str, now: datetime) -> list[str]:
        """Return the mails that bring the tickets of the newest orders, stored; there may be none.

        Repeated, it returns those of them that are still on their way.
        """
        email = self.requests.address(key)
        mails = self._resent(email, now) if email else []
        self.requests.finish(key)
        return mails

    def _resent(self, email: str, now: datetime) -> list[str]:
        mails: list[str] = []
        for order_number in self.orders.completed_of(email, MOST_LOST):
            try:
                mails.append(self.resend(self.orders.get(order_number), now, Asker.STRANGER))
            except (NotIssued, BuyerErased, MailUnwanted, TooManyResends, OrderNotFound):
                continue
            except UnreadableOrder as error:
                logger.error("lost tickets not sent", problem=str(error))
        return mails
