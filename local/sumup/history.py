"""A merchant's money movements as a list: filters, order and pages.

A payment is one entry; each refund and chargeback is an entry of its own.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from urllib.parse import urlencode

from local.sumup import refusals
from local.sumup.payments import Movement, MovementKind, Transaction, TransactionStatus
from local.sumup.validation import as_moment

DEFAULT_LIMIT = 10

_KNOWN = {
    "statuses[]": {"SUCCESSFUL", "CANCELLED", "FAILED", "REFUNDED", "CHARGE_BACK"},
    "types[]": {"PAYMENT", "REFUND", "CHARGE_BACK"},
    "order": {"ascending", "descending"},
}


@dataclass(frozen=True)
class Entry:
    """One line of the history. `movement` is None for the payment itself."""

    transaction: Transaction
    movement: Movement | None = None

    @property
    def _source(self) -> Transaction | Movement:
        return self.movement or self.transaction

    @property
    def id(self) -> str:
        """The entry's own id: the transaction's, or the movement's."""
        return self._source.id

    @property
    def number(self) -> int:
        """Grows with each entry of the whole simulator."""
        return self._source.number

    @property
    def kind(self) -> str:
        """PAYMENT, REFUND or CHARGE_BACK."""
        return self.movement.kind.value if self.movement else "PAYMENT"

    @property
    def amount(self) -> Decimal:
        """Major units, positive."""
        return self._source.amount

    @property
    def at(self) -> datetime:
        """When it happened."""
        return self.movement.at if self.movement else self.transaction.created

    @property
    def states(self) -> set[str]:
        """Every value of the `statuses[]` filter that finds this entry."""
        if self.kind != "PAYMENT":
            return {"REFUNDED" if self.kind == MovementKind.REFUND.value else self.kind}
        found = {self.transaction.status.value}
        found |= {"REFUNDED"} if self.transaction.refunded else set()
        return found | ({"CHARGE_BACK"} if self.transaction.charged_back else set())


@dataclass(frozen=True)
class Page:
    """Some entries, and the query string of the next ones; None after the last."""

    entries: list[Entry]
    following: str | None


Query = dict[str, list[str]]
_Filter = Callable[[Entry], bool]


def page(transactions: Iterable[Transaction], query: Query) -> Page:
    """The entries that `query` (parameter to values) asks for. Raises Refusal 400."""
    entries = sorted(_entries(transactions), key=lambda entry: entry.number)
    filters = [*_value_filters(query), *_time_filters(query), *_reference_filters(query, entries)]
    found = [entry for entry in entries if all(passes(entry) for passes in filters)]
    descending = _one(query, "order") == "descending"
    limit = _limit(query)
    ordered = found[::-1] if descending else found
    shown = ordered[:limit]
    more = len(ordered) > limit
    return Page(shown, _next(query, shown[-1], limit, descending=descending) if more else None)


def _entries(transactions: Iterable[Transaction]) -> Iterator[Entry]:
    for transaction in transactions:
        if transaction.status is not TransactionStatus.PENDING:
            yield Entry(transaction)
        for movement in transaction.movements:
            yield Entry(transaction, movement)


def _value_filters(query: Query) -> Iterator[_Filter]:
    for name, known in _KNOWN.items():
        if not set(query.get(name, [])) <= known:
            raise _invalid(name)
    wanted = {name: set(values) for name, values in query.items()}
    readers: dict[str, Callable[[Entry], set[str]]] = {
        "transaction_code": lambda entry: {entry.transaction.code},
        "statuses[]": lambda entry: entry.states,
        "types[]": lambda entry: {entry.kind},
        "payment_types[]": lambda entry: {entry.transaction.payment_type},
        "entry_modes[]": lambda entry: {entry.transaction.entry_mode},
    }
    for name, read in readers.items():
        if name in wanted:
            yield lambda entry, read=read, values=wanted[name]: bool(read(entry) & values)  # type: ignore[misc]


def _time_filters(query: Query) -> Iterator[_Filter]:
    since = _moment(query, "changes_since")
    oldest = None if "oldest_ref" in query else _moment(query, "oldest_time")
    newest = None if "newest_ref" in query else _moment(query, "newest_time")
    if since:
        yield lambda entry: entry.transaction.changed >= since
    if oldest:
        yield lambda entry: entry.at >= oldest
    if newest:
        yield lambda entry: entry.at < newest


def _reference_filters(query: Query, entries: list[Entry]) -> Iterator[_Filter]:
    numbers = {entry.id: entry.number for entry in entries}
    after, before = _one(query, "oldest_ref"), _one(query, "newest_ref")
    if after is not None:
        lower = numbers.get(after, 0)
        yield lambda entry: entry.number > lower
    if before is not None:
        upper = numbers.get(before, 0)
        yield lambda entry: entry.number < upper


def _next(query: Query, last: Entry, limit: int, *, descending: bool) -> str:
    name = "newest_ref" if descending else "oldest_ref"
    order = "descending" if descending else "ascending"
    following = query | {"limit": [str(limit)], "order": [order], name: [last.id]}
    return urlencode(following, doseq=True)


def _limit(query: Query) -> int:
    text = _one(query, "limit") or str(DEFAULT_LIMIT)
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise _invalid("limit")
    return int(text)


def _moment(query: Query, name: str) -> datetime | None:
    text = _one(query, name)
    try:
        return as_moment(text) if text else None
    except ValueError as problem:
        raise _invalid(name) from problem


def _one(query: Query, name: str) -> str | None:
    values = query.get(name)
    return values[-1] if values else None


def _invalid(name: str) -> refusals.Refusal:
    return refusals.error(400, "INVALID", "Validation error", param=name)
