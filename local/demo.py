"""The whole job, shown: nine buyers, one scan, and what became of each of them.

Runs on the real template, deployed by sam; only AWS and SumUp are local ones.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from local import outbox, stack
from local.outbox import Letter
from local.places import STACK, STATE, LocalStackError, Ports, aws_environment
from local.processes import step
from local.shop import ARTS, CHILD, FESTIVAL, GENERAL, RECITAL, Shop
from ticketing.cli import ATTENTION, OK
from ticketing.orders.order import Order, OrderStatus

MARK = STATE / "demo"
"""Present while a demo owns the stack: one that was killed is cleared away by the next."""
PATIENCE = 60.0
LOOK_EVERY = 0.25

PENDING, COMPLETED = OrderStatus.PENDING, OrderStatus.COMPLETED
EXPIRED, REVIEW = OrderStatus.EXPIRED, OrderStatus.REVIEW
CONFIRMATION = "Your tickets for"
FESTIVAL_TICKETS = f"{CONFIRMATION} {FESTIVAL.name}"


@dataclass(frozen=True)
class Outcome:
    """What became of an order: its status, how many tickets, and its mails' subjects."""

    status: OrderStatus
    tickets: int = 0
    mails: tuple[str, ...] = ()

    def __str__(self) -> str:
        mails = "; ".join(subject[:46] for subject in self.mails) or "-"
        return f"{self.status:<23} {self.tickets:>2}  {mails}"


@dataclass
class Story:
    """A buyer: how the order comes about, and what is expected of it. Mails by a part of each."""

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
            and all(part in mail for part, mail in zip(wanted.mails, seen.mails, strict=True))
        )


def run(at: Ports) -> int:
    """Run the demo; 0 if every outcome was right. Stops what it started, unless KEEP is set."""
    if MARK.exists():
        print("A demo was interrupted here; clearing it away.")
        stack.down()
        MARK.unlink()
    if stack.is_up():
        return _run(at, keep=True)
    MARK.parent.mkdir(parents=True, exist_ok=True)
    MARK.touch()
    keep = bool(os.environ.get("KEEP"))
    try:
        return _run(at, keep=keep)
    finally:
        if not keep:
            stack.down()
        MARK.unlink(missing_ok=True)


def _run(at: Ports, *, keep: bool) -> int:
    print("\n1. The local stack: the real template on a local AWS, and a local SumUp\n", flush=True)
    stack.up(at)
    shop, stories = Shop(at), _stories()
    print("\n2. Nine buyers\n", flush=True)
    with step("put two events on sale, connect two organisers"):
        shop.open()
    with step("order, pay, decline, leave"):
        for story in stories:
            story.order_number = story.begin(shop).order_number
    print("\n3. One polling cycle, as `make poll` runs it\n", flush=True)
    _poll(at)
    _look(at, shop, stories)
    print("\n4. The declined buyer tries again and pays; everything else is asked twice\n")
    _try_again(shop, stories)
    _poll(at)
    _poll(at)
    letters = _look(at, shop, stories)
    wrong = [story.title for story in stories if not story.is_right] + _alerts(letters, stories)
    print(f"\n5. What came of it\n\n{_table(stories)}\n\n{_places(letters)}\n")
    print("\n".join(f"WRONG: {what}" for what in wrong) or "Every outcome is right.")
    if keep:
        print(f"\n{stack.describe(at)}")
    return 1 if wrong else 0


def _stories() -> list[Story]:
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
            Outcome(REVIEW, 0, ("CRITICAL] Amount Mismatch",)),
        ),
        Story(
            "unpaid for 40 minutes",
            lambda shop: shop.order("Fleur Gallichan", age=timedelta(minutes=40)),
            Outcome(PENDING),
        ),
        Story(
            "unpaid for over 2 hours",
            lambda shop: shop.order("George Hamon", age=timedelta(minutes=125)),
            Outcome(EXPIRED, 0, ("Alert] Order Expired",)),
        ),
        Story(
            "checkout record missing",
            lambda shop: shop.order("Harriet Syvret", age=timedelta(minutes=20), checkout=False),
            Outcome(REVIEW, 0, ("CRITICAL] Missing Checkout Record",)),
        ),
        Story(
            "organiser's token expired",
            _pay_with_expired_token,
            Outcome(COMPLETED, 1, (f"{CONFIRMATION} {RECITAL.name}",)),
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


def poll(at: Ports) -> int:
    """Run the operators' own command against the local stack; return its exit code."""
    command = [sys.executable, "-m", "ticketing", "poll", "--verbose", "--stack", STACK]
    environment = {**os.environ, **aws_environment(at)}
    return subprocess.run(command, env=environment, check=False).returncode


def _poll(at: Ports) -> None:
    """Poll once; that some orders need a person is as it should be here."""
    if poll(at) not in {OK, ATTENTION}:
        raise LocalStackError("the polling cycle did not end")


def _look(at: Ports, shop: Shop, stories: Sequence[Story]) -> list[Letter]:
    """Wait until no mail is waiting, then note how every order stands."""
    print()
    with step("wait for the mails to leave"):
        ends = time.monotonic() + PATIENCE
        while shop.mails_waiting():
            if time.monotonic() > ends:
                raise LocalStackError("mails are still waiting in the outbox; see `make logs`")
            time.sleep(LOOK_EVERY)
    letters = outbox.export(at)
    for story in stories:
        order = shop.services.orders.get(story.order_number)
        mails = tuple(x.subject for x in letters if x.order_number == story.order_number)
        story.seen = Outcome(order.status, shop.tickets(order), mails)
    return letters


def _try_again(shop: Shop, stories: Sequence[Story]) -> None:
    declined = next(story for story in stories if story.begin is _declined)
    _pay(shop, shop.services.orders.get(declined.order_number))
    declined.expected = Outcome(COMPLETED, 1, (*declined.expected.mails, FESTIVAL_TICKETS))


def _alerts(letters: Sequence[Letter], stories: Sequence[Story]) -> list[str]:
    """Return what is wrong with the alerts that are about no single order."""
    digests = [x for x in letters if "Stuck in Processing" in x.subject]
    if len(digests) != 1:
        return [f"{len(digests)} digests of stuck orders were sent, not 1"]
    text = digests[0].message.get_content()
    stuck = [story for story in stories if story.title.startswith("unpaid for")]
    return [
        f"the digest leaves out {story.order_number}"
        for story in stuck
        if story.order_number not in text
    ]


def _table(stories: Sequence[Story]) -> str:
    head = f"  {'':<5} {'buyer':<28} {'order':<11} {'status':<23} tickets and mails"
    rows = [
        f"  {'ok' if s.is_right else 'WRONG':<5} {s.title:<28} {s.order_number:<11} {s.seen}"
        for s in stories
    ]
    return "\n".join([head, *rows])


def _places(letters: Sequence[Letter]) -> str:
    pdfs = len(list(outbox.OUTBOX.glob("*.pdf")))
    return f"  {len(letters)} mails (.eml) and {pdfs} PDFs lie in {outbox.OUTBOX}"
