"""What comes next for an order: a sentence, a time, and the commands that fit, state by state."""

from datetime import datetime
from typing import Any

import pytest

from tests.builders import NOW, an_order, later
from ticketing.orders.face import WORDS, Face, words
from ticketing.orders.order import Delivery, OrderStatus, Trouble, Work
from ticketing.orders.outlook import outlook

SOON = later(minutes=5)
SETTLED: dict[str, Any] = {"settled_at": NOW, "work": None, "next_check_at": None}
COMPLETED = SETTLED | {"status": OrderStatus.COMPLETED}
CLOSED: dict[str, Any] = {"status": OrderStatus.EXPIRED, "settled_at": NOW}

STATES: dict[str, tuple[dict[str, Any], str, datetime | None, tuple[str, ...], bool]] = {
    "waits": ({}, "Unpaid, it ends at 2026-06-01 14:00 UTC", SOON, ("verify", "cancel"), False),
    "its time is over": (
        {"deadline": NOW}, "A last look", SOON, ("verify", "cancel"), False,
    ),
    "SumUp was silent once": (
        {"trouble": Trouble("unreadable", NOW, 1)},
        "it could not be once in a row", SOON, ("verify", "cancel"), False,
    ),
    "SumUp is silent": (
        {"trouble": Trouble("unreadable", NOW, 3)},
        "3 times in a row", SOON, ("verify", "cancel"), False,
    ),
    "out of the schedule": ({"work": None}, "fell out", None, ("verify", "audit"), True),
    "half out of it": ({"next_check_at": None}, "fell out", None, ("verify", "audit"), True),
    "review": (
        SETTLED | {"status": OrderStatus.REVIEW},
        "A person decides", None, ("approve", "reject"), True,
    ),
    "rejected": (
        SETTLED | {"status": OrderStatus.FAILED, "rejected": True},
        "has to go back", None, ("approve",), False,
    ),
    "watched": (
        CLOSED | {"work": Work.LATE}, "until 2026-06-08 12:00 UTC", SOON, ("verify",), False,
    ),
    "no longer watched": (CLOSED | {"work": None}, "not watched", None, (), False),
    "mail on its way": (
        COMPLETED | {"delivery": Delivery.PENDING}, "within minutes", None, ("replay",), False,
    ),
    "mail lost": (
        COMPLETED | {"delivery": Delivery.PROBLEM},
        "could not be sent", None, ("replay", "resend"), True,
    ),
    "done": (
        COMPLETED | {"delivery": Delivery.DELIVERED}, "Nothing. It is paid", None, ("resend",),
        False,
    ),
    "paid at the second checkout": (
        COMPLETED | {"delivery": Delivery.DELIVERED, "work": Work.LATE, "next_check_at": SOON},
        "a second payment", SOON, ("resend",), False,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence", "at", "commands", "needs"), STATES.values(), ids=STATES
)
def test_every_state_says_what_comes_next(
    changes: dict[str, Any],
    sentence: str,
    at: datetime | None,
    commands: tuple[str, ...],
    *,
    needs: bool,
) -> None:
    found = outlook(an_order(**changes), NOW)

    assert sentence in found.happens
    assert (found.at, found.commands, found.needs_a_person) == (at, commands, needs)


def test_the_buyer_of_a_rejected_order_is_not_told_that_nobody_paid() -> None:
    rejected = an_order(**SETTLED | {"status": OrderStatus.FAILED, "rejected": True})

    assert words(rejected).headline == "We could not accept this order"
    assert words(an_order(status=OrderStatus.FAILED)) is WORDS[Face.FAILED]
