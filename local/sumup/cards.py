"""How a payment ends: decided by the card number or the amount, as in SumUp's sandbox.

Source: developer.sumup.com/online-payments/testing.
"""

from dataclasses import dataclass
from decimal import Decimal

from local.sumup.payments import TransactionStatus

TEST_CARDS = {
    "4200000000000091": "is paid",
    "5200000000000007": "is paid",
    "4200000000000042": "the bank asks first",
    "5200000000000015": "the bank asks first",
    "4012001037461114": "is declined",
    "4012001037141112": "is declined",
    "4532497088771651": "is declined",
}
"""The numbers with a meaning; every other one is paid."""

_CHALLENGED = frozenset(n for n, ending in TEST_CARDS.items() if ending == "the bank asks first")
_FAILING = frozenset(n for n, ending in TEST_CARDS.items() if ending == "is declined")
_FAILING_AMOUNTS = frozenset(map(Decimal, ("11.00", "42.01", "42.76", "42.91")))
_SCHEMES = {"3": "AMEX", "4": "VISA", "5": "MASTERCARD", "2": "MASTERCARD", "6": "DISCOVER"}


@dataclass(frozen=True)
class Instrument:
    """What the buyer pays with, as far as a transaction shows it."""

    payment_type: str = "ECOM"
    entry_mode: str = "CUSTOMER_ENTRY"
    scheme: str = "VISA"
    last_digits: str = "0091"


TILL = Instrument(payment_type="POS", entry_mode="CONTACTLESS")


def card(number: str) -> Instrument:
    """The instrument that stands for a card of this number."""
    scheme = _SCHEMES.get(number[0], "UNKNOWN")
    return Instrument(scheme=scheme, last_digits=number[-4:])


def outcome_of_card(number: str) -> TransactionStatus:
    """Success without a challenge, a challenge (PENDING), or a failure of 3-D Secure."""
    if number in _CHALLENGED:
        return TransactionStatus.PENDING
    failed = number in _FAILING
    return TransactionStatus.FAILED if failed else TransactionStatus.SUCCESSFUL


def fails_in_sandbox(amount: Decimal) -> bool:
    """Whether a sandbox merchant can never be paid exactly this amount (major units)."""
    return amount in _FAILING_AMOUNTS


def is_card_number(number: str) -> bool:
    """Whether `number` is 12 to 19 digits with a correct check digit (ISO/IEC 7812-1)."""
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):  # noqa: PLR2004 - ISO
        return False
    doubled = (int(digit) * (1 + position % 2) for position, digit in enumerate(number[::-1]))
    return sum(sum(divmod(value, 10)) for value in doubled) % 10 == 0
