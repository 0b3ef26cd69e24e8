"""Merchants: who is paid, in which currency, and how their tokens behave."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from local.sumup.exact_json import number

CURRENCIES = frozenset(
    {"BGN", "BRL", "CHF", "CLP", "COP", "CZK", "DKK", "EUR"}
    | {"GBP", "HRK", "HUF", "NOK", "PLN", "RON", "SEK", "USD"}
)
_WITHOUT_CENTS = frozenset({"CLP"})
_TOO_MUCH = 10**12

PAYMENTS, HISTORY, PROFILE = "payments", "transactions.history", "user.profile_readonly"
DEFAULT_SCOPES = frozenset({HISTORY, "user.app-settings", PROFILE})
"""What a consent asks for when it names no scope. `payments` has to be asked for."""

SCOPES = DEFAULT_SCOPES | {
    PAYMENTS, "user.profile", "checkouts.read", "checkouts.write", "payouts.read",
    "refunds.write", "transactions.read",
}  # fmt: skip
"""All that some route asks for, or that is asked for in a consent."""


class Rotation(StrEnum):
    """What a refresh does to the refresh token."""

    NEVER = "never"  # the answer carries no new refresh token
    ALWAYS = "always"  # a new one each time; the old one goes on working
    STRICT = "strict"  # a new one each time; using an old one revokes the whole grant


@dataclass
class Merchant:
    """One merchant account. `scopes` is what an application can be granted on it."""

    code: str
    name: str
    currency: str
    country: str
    created: datetime
    sandbox: bool = True
    rotation: Rotation = Rotation.NEVER
    scopes: frozenset[str] = DEFAULT_SCOPES | {PAYMENTS}


def decimal_places(currency: str) -> int:
    """Digits after the point in `currency` (ISO 4217)."""
    return 0 if currency in _WITHOUT_CENTS else 2


def fits_currency(amount: Decimal, currency: str) -> bool:
    """Whether `amount` (major units) is positive and has no more digits than `currency` knows."""
    if not amount.is_finite() or not 0 < amount < _TOO_MUCH:
        return False
    # Counted in the text: arithmetic on Decimals rounds to 28 digits and would hide the others.
    return len(number(amount).partition(".")[2]) <= decimal_places(currency)


def as_text(amount: Decimal, currency: str) -> str:
    """`amount` in major units as a buyer reads it: `1,250.00 EUR`."""
    return f"{amount:,.{decimal_places(currency)}f} {currency}"
