"""What a merchant was paid out: each sale some days later with its fee, and deductions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from local.sumup import refusals
from local.sumup.exact_json import JsonObject
from local.sumup.history import Query
from local.sumup.merchants import decimal_places
from local.sumup.payments import MovementKind, Transaction

PAYOUT_DELAY = timedelta(days=2)
FEE = Decimal("0.025")
"""Of an online payment, as a part of its amount."""
MOST = 9999
_DEDUCTIONS = {
    MovementKind.REFUND: "REFUND_DEDUCTION",
    MovementKind.CHARGE_BACK: "CHARGE_BACK_DEDUCTION",
}


@dataclass(frozen=True)
class Payout:
    """One record: `amount` and `fee` in major units. SumUp keeps its fee after a refund."""

    kind: str
    transaction: Transaction
    amount: Decimal
    fee: Decimal
    on: date
    number: int


def listed(transactions: Iterable[Transaction], query: Query) -> list[Payout]:
    """The records of the days that `query` asks for, oldest first. Raises Refusal 400."""
    first, last = _day(query, "start_date"), _day(query, "end_date")
    if first > last:
        raise refusals.Refusal(400, [{"error_code": "INVALID", "message": "negative date range"}])
    found = [one for one in _every(transactions) if first <= one.on <= last]
    ordered = sorted(found, key=lambda one: (one.on, one.number), reverse=_is_descending(query))
    return ordered[: _limit(query)]


def _every(transactions: Iterable[Transaction]) -> Iterator[Payout]:
    for sale in (one for one in transactions if one.succeeded):
        on = (sale.created + PAYOUT_DELAY).date()
        yield Payout("PAYOUT", sale, sale.amount, _fee(sale), on, sale.number)
        for moved in sale.movements:
            later = (moved.at + PAYOUT_DELAY).date()
            kind = _DEDUCTIONS[moved.kind]
            yield Payout(kind, sale, moved.amount, Decimal(0), later, moved.number)


def _fee(sale: Transaction) -> Decimal:
    return round(sale.amount * FEE, decimal_places(sale.currency))


def _day(query: Query, name: str) -> date:
    text = (query.get(name) or [""])[-1]
    try:
        return date.fromisoformat(text)
    except ValueError:
        code, message = ("INVALID", "not a date") if text else ("MISSING", "required")
        problem: JsonObject = {
            "error_code": code,
            "message": f"Validation error: {message}",
            "param": name,
        }
        raise refusals.Refusal(400, [problem]) from None


def _is_descending(query: Query) -> bool:
    return (query.get("order") or ["asc"])[-1] == "desc"


def _limit(query: Query) -> int:
    text = (query.get("limit") or [str(MOST)])[-1]
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST):
        problem: JsonObject = {
            "error_code": "INVALID",
            "message": "Validation error",
            "param": "limit",
        }
        raise refusals.Refusal(400, [problem])
    return int(text)
