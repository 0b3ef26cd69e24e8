"""Seats left: orders are counted while they change, and a correct counter is never reported."""

# ruff: noqa: ANN401 - a change may be of any field, hence of any type

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import NOW, an_order
from ticketing.audit.order_snapshot import Rule
from ticketing.audit.seats import (
    LONGEST_WRITE,
    SKEW,
    SeatsLeft,
    Tally,
    counter_is_possible,
    counter_is_right,
    held_between,
)
from ticketing.orders.order import Order, OrderStatus

READ = NOW + timedelta(hours=10)
"""When `available` was read."""
LONG_AGO = NOW
JUST_BEFORE = READ - LONGEST_WRITE / 2
AFTER = READ + SKEW * 2
COMPLETED = {"status": OrderStatus.COMPLETED}
EXPIRED = {"status": OrderStatus.EXPIRED, "holds_seats": False}
VOID = COMPLETED | {"settled_at": LONG_AGO, "holds_seats": False}
REVIEW = {"status": OrderStatus.REVIEW}

CASES: list[tuple[str, dict[str, Any], bool | None]] = [
    ("pending since long ago", {}, True),
    ("completed long ago", COMPLETED | {"settled_at": LONG_AGO}, True),
    ("expired long ago", EXPIRED | {"settled_at": LONG_AGO}, False),
    ("placed after", {"created_at": AFTER}, False),
    ("placed at about that moment", {"created_at": READ}, None),
    ("placed just before, perhaps written after", {"created_at": JUST_BEFORE}, None),
    ("expired after: held or looked at again", EXPIRED | {"settled_at": AFTER}, None),
    ("expired just before", EXPIRED | {"settled_at": JUST_BEFORE}, None),
    ("paid after, while open", COMPLETED | {"settled_at": AFTER, "reason_code": "paid"}, True),
    ("free, and completed after", COMPLETED | {"settled_at": AFTER, "reason_code": "free"}, True),
    ("paid late after", COMPLETED | {"settled_at": AFTER, "reason_code": "paid_late"}, None),
    ("approved after", COMPLETED | {"settled_at": AFTER, "reason_code": "approved"}, None),
    ("review that holds", REVIEW | {"settled_at": AFTER}, True),
    ("review that does not", REVIEW | {"settled_at": AFTER, "holds_seats": False}, None),
    ("void long ago", VOID | {"voided_at": LONG_AGO}, False),
    ("void after: held until then", VOID | {"voided_at": AFTER}, None),
    ("void just before", VOID | {"voided_at": JUST_BEFORE}, None),
    ("looked at again", {"settled_at": LONG_AGO, "holds_seats": False}, False),
]


@pytest.mark.parametrize(("changes", "held"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_an_order_tells_whether_it_held_seats_at_a_past_moment(
    changes: dict[str, Any],
    held: bool | None,  # noqa: FBT001  # a case of a table
) -> None:
    assert held_between(an_order(**changes), READ, READ) is held


def a_tally(*orders: Order) -> Tally:
    tally = Tally(READ, READ)
    for order in orders:
        tally.add(order)
    return tally


def left(available: int, sku: str = "general") -> SeatsLeft:
    return SeatsLeft("5", sku, 100, available)


SURE, PERHAPS = an_order(), an_order(**EXPIRED, settled_at=AFTER)


@pytest.mark.parametrize(
    ("orders", "available", "difference"),
    [
        ([], 100, 0),
        ([], 99, 1),
        ([SURE], 97, 0),
        ([SURE], 96, 1),
        ([SURE], 98, -1),
        ([SURE, PERHAPS], 97, 0),
        ([SURE, PERHAPS], 94, 0),
        ([SURE, PERHAPS], 93, 1),
        ([SURE, PERHAPS], 98, -1),
    ],
)
def test_a_counter_is_compared_with_the_tally(
    orders: list[Order], available: int, difference: int
) -> None:
    assert a_tally(*orders).difference(left(available)) == difference


def test_ticket_types_are_counted_apart() -> None:
    vip = replace(SURE.lines[0], sku="vip", quantity=1)
    tally = a_tally(SURE, an_order(lines=(SURE.lines[0], vip)))

    assert tally.difference(left(94)) == tally.difference(left(99, "vip")) == 0
    assert tally.difference(SeatsLeft("6", "general", 50, 50)) == 0


def test_an_event_with_an_unreadable_order_is_not_judged() -> None:
    tally = Tally(READ, READ, unknown={"5"})

    assert tally.difference(left(12)) == 0


@pytest.mark.parametrize(
    ("available", "is_possible"), [(0, True), (100, True), (-1, False), (101, False)]
)
def test_a_counter_stays_within_its_capacity(available: int, is_possible: bool) -> None:  # noqa: FBT001  # a case of a table
    found = list(counter_is_possible(left(available)))

    assert [breach.rule for breach in found] == ([] if is_possible else [Rule.SEATS_LEFT])


AGREED = [
    (0, 0, None),
    (3, 0, None),
    (0, 3, None),
    (3, -3, None),
    (3, 3, "3 seats are neither on sale nor held by an order."),
    (3, 1, "1 seats are neither on sale nor held by an order."),
    (-2, -2, "2 seats are on sale although orders hold them."),
]


@pytest.mark.parametrize(("first", "second", "told"), AGREED)
def test_only_differences_that_two_tallies_agree_on_are_reported(
    first: int, second: int, told: str | None
) -> None:
    found = list(counter_is_right(left(50), first, second))

    assert [breach.sentence for breach in found] == ([told] if told else [])
    assert all(breach.rows == ("ticket type 5 general",) for breach in found)


# ------------------------------------------------- the truth always lies between least and most


class Shop:
    """Orders live their lives on a clock one by one; the counter is always right."""

    def __init__(self) -> None:
        self.sold = 0
        self.orders: dict[str, Order] = {}

    def place(self, number: str, noted: datetime) -> None:
        self.orders[number] = an_order(order_number=number, created_at=noted)
        self.sold += 3

    def move(self, number: str, noted: datetime) -> None:
        """Do the next thing that can happen to an order of this age."""
        order = self.orders[number]
        if order.status is OrderStatus.PENDING and noted >= order.deadline:
            self.sold -= 3
            self.put(order, noted, status=OrderStatus.EXPIRED, holds_seats=False)
        elif order.status is OrderStatus.PENDING:
            self.put(order, noted, status=OrderStatus.COMPLETED)
        elif order.status is OrderStatus.EXPIRED:
            self.sold += 3
            self.put(order, noted, status=OrderStatus.COMPLETED, holds_seats=True)

    def put(self, order: Order, noted: datetime, **changes: Any) -> None:
        self.orders[order.order_number] = replace(order, settled_at=noted, **changes)


def ages(most: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, most), min_size=3, max_size=3)


LIVES = st.lists(
    st.tuples(
        st.integers(-200, 30),  # minutes from the reading to when it is placed
        ages(150),  # minutes from one thing to the next
        st.integers(-200, 60),  # minutes from the reading to when it is counted
        st.integers(0, 4),  # minutes a function takes from noting the time to writing
    ),
    max_size=8,
)


@given(LIVES)
def test_a_correct_counter_is_never_reported(
    lives: list[tuple[int, list[int], int, int]],
) -> None:
    """Whatever moves while orders are counted, and however late a write follows its own clock."""
    shop, tally, taken = Shop(), Tally(READ, READ), 0
    steps: list[tuple[datetime, int, str, datetime]] = []
    for position, (placed, waits, counted, takes) in enumerate(lives):
        number, noted = f"ORD-N{position:03d}", READ + timedelta(minutes=placed)
        write = timedelta(minutes=takes)
        steps.append((noted + write, 0, f"place {number}", noted))
        for wait in waits:
            noted += timedelta(minutes=wait + takes)
            steps.append((noted + write, 1, f"move {number}", noted))
        counted_at = max(READ + timedelta(minutes=counted), READ)
        steps.append((counted_at, 3, f"count {number}", counted_at))
    steps.append((READ, 2, "read ", READ))

    for _, _, what, noted in sorted(steps):
        verb, _, number = what.partition(" ")
        match verb:
            case "place":
                shop.place(number, noted)
            case "move":
                shop.move(number, noted)
            case "read":
                taken = shop.sold
            case "count" if number in shop.orders:
                tally.add(shop.orders[number])

    assert tally.difference(SeatsLeft("5", "general", 1000, 1000 - taken)) == 0
