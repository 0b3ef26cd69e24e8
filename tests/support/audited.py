"""A deployed shop with an order of every kind, for the auditor to look at."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import time_machine

from tests.support.aws import World, a_world
from tests.support.healthy import AUDITED, HEALTHY
from tests.support.stored import CAPACITY, a_mail, keep, sell, store_mail
from ticketing.emails.mail import MailKind

NUMBERS = {name: f"ORD-{position:06d}" for position, name in enumerate(HEALTHY)}
PAID, OPEN, EXPIRED = (NUMBERS[name] for name in ("completed", "pending", "expired"))


@contextmanager
def an_audited_world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Build it: an order of every kind, an alert that waits, and a right counter of seats."""
    with time_machine.travel(AUDITED, tick=False), a_world(monkeypatch) as made:
        kept = [keep(make(order_number=NUMBERS[name])) for name, make in HEALTHY.items()]
        held = sum(sum(e.order.seats.values()) for e in kept if e.order.holds_seats)
        sell(available=CAPACITY - held)
        told = {"kind": MailKind.ALERT, "order_number": None, "subject": "s", "body": "b"}
        store_mail(a_mail(mail_id="shop#alert#x", next_attempt_at=AUDITED, **told))
        made.wire.forget()
        yield made
