"""Money: exact, in one currency, and formatted as people write it."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.errors import InvalidMoney
from ticketing.money import Money, format_amount, smallest_unit

SHOWN = [
    ("45", "GBP", "£45.00"),
    ("45.00", "GBP", "£45.00"),
    ("45.000", "GBP", "£45.00"),
    ("10.1", "EUR", "€10.10"),
    ("12345.6", "GBP", "£12,345.60"),
    ("0", "GBP", "£0.00"),
    ("-3", "EUR", "-€3.00"),
    ("1500", "CLP", "CLP1,500"),
    ("4.5e1", "GBP", "£45.00"),
]


@pytest.mark.parametrize(("amount", "currency", "shown"), SHOWN)
def test_an_amount_is_shown_in_its_currency(amount: str, currency: str, shown: str) -> None:
    assert str(Money(Decimal(amount), currency)) == shown
    assert format_amount(Decimal(amount), currency) == shown


REFUSED = [
    ("45.001", "GBP", "has more digits than its currency"),
    ("44.999999999999999", "GBP", "has more digits than its currency"),
    ("1500.5", "CLP", "has more digits than its currency"),
    ("1e30", "GBP", "has more digits than its currency"),
    ("NaN", "GBP", "is not a finite number"),
    ("sNaN", "GBP", "is not a finite number"),
    ("Infinity", "GBP", "is not a finite number"),
    ("45", "gbp", "is not in a three-letter currency"),
    ("45", "GBPX", "is not in a three-letter currency"),
    ("45", "", "is not in a three-letter currency"),
    ("45", "GBP\n", "is not in a three-letter currency"),
]


@pytest.mark.parametrize(("amount", "currency", "problem"), REFUSED)
def test_an_invalid_amount_for_a_currency_is_refused(
    amount: str, currency: str, problem: str
) -> None:
    with pytest.raises(InvalidMoney) as refused:
        Money(Decimal(amount), currency)

    assert str(refused.value) == f"amount {Decimal(amount)} {currency!r} {problem}"
    assert str(refused.value.amount) == str(Decimal(amount))
    assert refused.value.currency == currency


CLAIMED = [
    (None, "GBP", "no amount"),
    ("40.005", "GBP", "40.005 GBP"),
    ("1500.5", "CLP", "1500.5 CLP"),
    ("1.005", "KWD", "KWD1.005"),
    ("1e30", "GBP", "1E+30 GBP"),
    ("NaN", "GBP", "NaN GBP"),
    ("40", None, "40 (no currency)"),
    ("40", "", "40 (no currency)"),
    ("40", "pounds", "40 pounds"),
]


@pytest.mark.parametrize(("amount", "currency", "shown"), CLAIMED)
def test_any_amount_from_sumup_can_be_shown(
    amount: str | None, currency: str | None, shown: str
) -> None:
    assert format_amount(None if amount is None else Decimal(amount), currency) == shown


def test_the_smallest_unit_depends_on_the_currency() -> None:
    assert [smallest_unit(c) for c in ("GBP", "EUR", "CLP", "HUF")] == [
        Decimal("0.01"),
        Decimal("0.01"),
        Decimal(1),
        Decimal("0.01"),
    ]


@given(st.integers(-(10**12), 10**12))
def test_every_whole_number_of_pence_is_valid_and_keeps_its_value(pence: int) -> None:
    amount = Decimal(pence) / 100

    assert Money(amount, "GBP").amount == amount
    assert str(Money(amount, "GBP").amount).partition(".")[2].isdigit()


@given(st.decimals(), st.none() | st.text(max_size=4) | st.just("GBP"))
def test_showing_an_amount_never_fails(amount: Decimal, currency: str | None) -> None:
    assert format_amount(amount, currency)
