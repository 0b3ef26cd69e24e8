"""Nine buyers: how each order comes about, and how it must end."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from local import outbox
from local.outbox import Letter
from local.places import LocalStackError, Ports
from local.shop import ARTS, CHILD, FESTIVAL, GENERAL, RECITAL, Shop
from ticketing.orders.order import Order, OrderStatus

NO_CHECKOUT = "SumUp made no checkout"
STUCK = "unpaid for 40 minutes"
PATIENCE = 60.0
LOOK_EVERY = 0.25

PENDING, COMPLETED = OrderStatus.PENDING, OrderStatus.COMPLETED
EXPIRED, REVIEW = OrderStatus.EXPIRED, OrderStatus.REVIEW
FESTIVAL_TICKETS = f"Your tickets for {FESTIVAL.name}"
RECITAL_TICKETS = f"Your tickets for {RECITAL.name}"


@dataclass(frozen=True)
class Outcome:
    """How an order ended: its status, how many tickets, and the subjects of its mails."""

    status: OrderStatus
    tickets: int = 0
    mails: tuple[str, ...] = ()

    def __str__(self) -> str:
        mails = "; ".join(subject[:46] for subject in self.mails) or "-"
        return f"{self.status:<23} {self.tickets:>2}  {mails}"


@dataclass
class Story:
    """A buyer: how the order comes about and must end. Mails are parts of their subjects."""

    title: str
    begin: Callable[[Shop], Order]
    expected: Outcome
    order_number: str = ""
    seen: Outcome | None = None

    @property
    def is_right(self) -> bool:
        """Return whether what was seen is what was expected."""
        seen, wanted = self.seen, self.expected
        return (
            seen is not None
            and (seen.status, seen.tickets) == (wanted.status, wanted.tickets)
            and len(seen.mails) == len(wanted.mails)
            and all(sum(part in mail for mail in seen.mails) == 1 for part in wanted.mails)
        )


def stories() -> list[Story]:
    """Return the nine buyers, before any of them has ordered."""
    return [
        Story(
            "paid, one ticket",
            lambda shop: _pay(shop, shop.order("Amelia Le Brun")),
            Outcome(COMPLETED, 1, (FESTIVAL_TICKETS,)),
        ),
        Story(
            "paid, three tickets",
            lambda shop: _pay(
                shop,
                shop.order("Žofie Dvořáková", GENERAL, GENERAL, CHILD, email="zofie@example.com"),
            ),
            Outcome(COMPLETED, 3, (FESTIVAL_TICKETS,)),
        ),
        Story(
            "card declined",
            _declined,
            Outcome(PENDING, 0, (f"Your payment for {FESTIVAL.name}",)),
        ),
        Story("has not paid yet", lambda shop: shop.order("Dora Pallot"), Outcome(PENDING)),
        Story(
            "paid another amount",
            lambda shop: _pay_less(shop, shop.order("Edward Vibert")),
            Outcome(REVIEW, 0, ("CRITICAL] Amount Mismatch", f"your payment for {FESTIVAL.name}")),
        ),
        Story(
            STUCK,
            lambda shop: shop.order("Fleur Gallichan", age=timedelta(minutes=40)),
            Outcome(PENDING),
        ),
        Story(
            "unpaid for over 2 hours",
            lambda shop: shop.order("George Hamon", age=timedelta(minutes=125)),
            Outcome(EXPIRED),
        ),
        Story(
            NO_CHECKOUT,
            lambda shop: shop.order("Harriet Syvret", age=timedelta(hours=9), checkout=False),
            Outcome(EXPIRED),
        ),
        Story(
            "organiser's token expired",
            _pay_with_expired_token,
            Outcome(COMPLETED, 1, (RECITAL_TICKETS,)),
        ),
    ]


def _pay(shop: Shop, order: Order) -> Order:
    shop.sumup.pay(order.checkout_ids[-1])
    return order


def _declined(shop: Shop) -> Order:
    order = shop.order("Callum Renouf")
    shop.sumup.decline(order.checkout_ids[-1])
    return order


def _pay_less(shop: Shop, order: Order) -> Order:
    shop.sumup.pay(order.checkout_ids[-1])
    shop.sumup.tamper(order.checkout_ids[-1], amount=Decimal("20.00"))
    return order


def _pay_with_expired_token(shop: Shop) -> Order:
    order = _pay(shop, shop.order("Inès Lecornu", organiser=ARTS, email="ines@example.com"))
    shop.let_token_expire(ARTS)
    return order


def try_again(shop: Shop, stories: Sequence[Story]) -> None:
    """Have the declined buyer pay after all, and expect tickets of it."""
    declined = next(story for story in stories if story.begin is _declined)
    _pay(shop, shop.services.orders.get(declined.order_number))
    declined.expected = Outcome(COMPLETED, 1, (*declined.expected.mails, FESTIVAL_TICKETS))


def wait_for_mails(shop: Shop) -> None:
    """Wait until no mail is waiting in the outbox."""
    eventually(lambda: not shop.mails_waiting())


def eventually(happened: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until something is so; `LocalStackError` if it is not in time."""
    ends = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > ends:
            raise LocalStackError(f"waited {seconds:.0f} seconds in vain; see `make logs`")
        time.sleep(LOOK_EVERY)


def look(at: Ports, shop: Shop, stories: Sequence[Story]) -> list[Letter]:
    """Note how every order stands; return all mails that left so far."""
    letters = outbox.export(at)
    for story in stories:
        order = shop.services.orders.get(story.order_number)
        mails = tuple(x.subject for x in letters if x.order_number == story.order_number)
        story.seen = Outcome(order.status, shop.tickets(order), mails)
    return letters


def digests(letters: Sequence[Letter], stories: Sequence[Story]) -> list[str]:
    """Return the texts of the digests of stuck orders that name one of these buyers'."""
    texts = [x.message.get_content() for x in letters if "Stuck in Processing" in x.subject]
    return [text for text in texts if any(story.order_number in text for story in stories)]
