"""Patterns among reviewed orders: several of one buyer or organiser are suspicious."""

import pytest

from tests.support.builders import an_order
from ticketing.operators.review_patterns import Repetition, repetitions
from ticketing.orders.order import ERASED, Customer, ReviewedOrder

ORDER = an_order()
JANE, OTHER = "jane@example.com", "someone@example.com"
LIVE, CLUB = "jersey-live", "the-club"


def reviewed(*rows: tuple[str, str]) -> list[ReviewedOrder]:
    return [ReviewedOrder(f"ORD-{n:03d}", *row) for n, row in enumerate(rows)]


FOUND = {
    "nothing else": ([], []),
    "strangers": ([(CLUB, OTHER)] * 5, []),
    "one more of the buyer": ([(CLUB, JANE)], ["buyer"]),
    "one more of the organiser": ([(LIVE, OTHER)], []),
    "two more of the organiser": ([(LIVE, OTHER)] * 2, ["organiser"]),
    "two more of both": ([(LIVE, JANE)] * 2, ["buyer", "organiser"]),
}


@pytest.mark.parametrize(("rows", "whose"), FOUND.values(), ids=FOUND)
def test_several_reviews_of_one_buyer_or_organiser_are_a_pattern(
    rows: list[tuple[str, str]], whose: list[str]
) -> None:
    assert [found.whose for found in repetitions(ORDER, reviewed(*rows))] == whose


def test_the_order_itself_counts_once_even_if_the_index_lags() -> None:
    itself = ReviewedOrder("ORD-ABC123", LIVE, JANE)
    another = ReviewedOrder("ORD-001", CLUB, JANE)

    assert repetitions(ORDER, [itself]) == ()
    assert repetitions(ORDER, [itself, another]) == repetitions(ORDER, [another])
    assert repetitions(ORDER, [another])[0].order_numbers == ("ORD-001", "ORD-ABC123")


def test_the_key_of_a_pattern_is_stable_and_reveals_no_address() -> None:
    first, second = (Repetition("buyer", JANE, (number,)) for number in ("ORD-1", "ORD-2"))

    assert first.key == second.key != Repetition("buyer", OTHER, ()).key
    assert "jane" not in first.key


def test_the_key_of_a_pattern_is_too_short_to_identify_anyone() -> None:
    assert len(Repetition("buyer", JANE, ()).key) == 4


def test_erased_buyers_are_not_counted_as_one_person() -> None:
    erased = an_order(customer=Customer(ERASED, ERASED))

    assert repetitions(erased, reviewed((CLUB, ERASED), (CLUB, ERASED))) == ()
