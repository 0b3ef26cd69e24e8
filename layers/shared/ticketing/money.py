"""Money: an exact decimal amount in one currency, never a float."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from ticketing.errors import InvalidMoney
from ticketing.language import Language

CURRENCY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Money:
    """An amount in major units (`45.00`) and its ISO 4217 currency (`GBP`).

    The amount always has exactly its currency's decimal places. One that needs more is refused with
    `InvalidMoney`, as are NaN and infinities.
    """

    amount: Decimal
    currency: str

    def __post_init__(self) -> None:
        """Raise `InvalidMoney` for an impossible amount; give others all decimal places."""
        if not CURRENCY.fullmatch(self.currency):
            raise InvalidMoney(self.amount, self.currency, "is not in a three-letter currency")
        if not self.amount.is_finite():
            raise InvalidMoney(self.amount, self.currency, "is not a finite number")
        exact = _exact(self.amount, self.currency)
        if exact is None:
            raise InvalidMoney(self.amount, self.currency, "has more digits than its currency")
        object.__setattr__(self, "amount", exact)

    def __str__(self) -> str:
        """Format as in Britain and Jersey: `£45.00`, `€10.10`."""
        return format_amount(self.amount, self.currency)


@lru_cache(maxsize=64)
def smallest_unit(currency: str) -> Decimal:
    """Return one minor unit in major units: `0.01` for GBP, `1` for CLP (source: Unicode CLDR)."""
    from babel.numbers import get_currency_precision  # noqa: PLC0415  # as below

    return Decimal(1).scaleb(-get_currency_precision(currency))


def format_amount(
    amount: Decimal | None, currency: str | None, language: Language = Language.ENGLISH
) -> str:
    """Format any amount that SumUp may give, even if it is no `Money`: `£40.00`, `40.005 GBP`."""
    if amount is None:
        return "no amount"
    known = currency is not None and CURRENCY.fullmatch(currency)
    if currency is None or not known or _exact(amount, currency) is None:
        return f"{amount} {currency or '(no currency)'}"
    from babel.numbers import format_currency  # noqa: PLC0415  # most functions write no amount

    return format_currency(amount, currency, locale=language.locale)


def _exact(amount: Decimal, currency: str) -> Decimal | None:
    """Return the amount with exactly its currency's decimal places, or None if it needs more."""
    if not amount.is_finite():
        return None
    try:
        exact = amount.quantize(smallest_unit(currency))
    except InvalidOperation:  # 1e30 needs more digits than decimals carry
        return None
    return exact if exact == amount else None
