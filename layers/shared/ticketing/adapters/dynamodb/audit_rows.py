"""Raw rows for the audit and reports: pages of tables, and rows by their keys.

Every read is consistent. Rows are read raw, because even one that makes no sense must be reported
by its key.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pynamodb.connection import TableConnection
from pynamodb.expressions.condition import Condition
from pynamodb.models import Model
from tenacity import (
    Retrying,
    TryAgain,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from ticketing.adapters.dynamodb.evidence import (
    seats_left_from,
    stored_checkout_from,
    stored_entry_from,
    stored_mail_from,
    stored_payment_from,
)
from ticketing.adapters.dynamodb.mapping import ticket_from
from ticketing.adapters.dynamodb.models import (
    AuditRow,
    CheckoutRow,
    MailRow,
    OrderRow,
    PaymentRow,
    TicketRow,
    TicketTypeRow,
)
from ticketing.adapters.dynamodb.rows import UNREADABLE, require_complete
from ticketing.audit.order_snapshot import Unreadable
from ticketing.audit.reading import Place
from ticketing.errors import InvalidMoney

Item = Mapping[str, Any]
"""A row as DynamoDB returns it."""
Key = tuple[str, ...]

BATCH = 100
"""Keys in one BatchGetItem: the most that DynamoDB allows."""
LONGEST_KEY = 1024
"""In bytes. No row has a longer key, and DynamoDB refuses to look for one."""
READ_TRIES = 8


@dataclass(frozen=True)
class Kind:
    """A table: what its rows are called, what they are converted to, and the names of its keys."""

    name: str
    model: type[Model]
    convert: Callable[[Any], Any]
    key: tuple[str, ...]

    def key_of(self, item: Item) -> Key:
        """Return the key of a row."""
        return tuple(next(iter(item[name].values())) for name in self.key)

    def row(self, key: Key) -> str:
        """Return the name of a row in reports: `ticket ORD-ABC123-01`."""
        return " ".join((self.name, *key))

    def read(self, item: Item) -> Any:  # noqa: ANN401  # what its kind becomes
        """Convert a row, or return an `Unreadable` that explains why it cannot be read."""
        try:
            row = self.model.from_raw_data(dict(item))
            require_complete(row, "it")
            return self.convert(row)
        except (*UNREADABLE, InvalidMoney) as problem:
            return Unreadable(self.row(self.key_of(item)), str(problem))

    def page(
        self, place: Place | None, limit: int, only: Sequence[str] = ()
    ) -> tuple[list[Item], Place | None]:
        """Return some rows of the table, and the place where the next page begins, if any."""
        answer = self._scan(place, limit, attributes_to_get=list(only) or None)
        return list(answer["Items"]), answer.get("LastEvaluatedKey")

    def page_where(
        self, place: Place | None, limit: int, where: Condition | None
    ) -> tuple[list[Item], int, Place | None]:
        """Return the rows of a page that meet a condition, the number read, and the next place."""
        answer = self._scan(place, limit, filter_condition=where)
        return list(answer["Items"]), answer["ScannedCount"], answer.get("LastEvaluatedKey")

    def items(self, keys: Iterable[Key], only: Sequence[str] = ()) -> dict[Key, Item]:
        """Return the rows that exist, by key; with `only`, no other attributes."""
        found: dict[Key, Item] = {}
        wanted = (dict(zip(self.key, key, strict=True)) for key in keys if _can_exist(key))
        while some := list(islice(wanted, BATCH)):
            found |= self._batch(some, only)
        return found

    def _batch(self, keys: Sequence[Any], only: Sequence[str]) -> dict[Key, Item]:
        """Read until DynamoDB has answered for every key; `TryAgain` if it keeps omitting some."""
        found: dict[Key, Item] = {}
        for attempt in Retrying(
            retry=retry_if_exception_type(TryAgain),
            stop=stop_after_attempt(READ_TRIES),
            wait=wait_random_exponential(multiplier=0.1, max=5),
            reraise=True,
        ):
            with attempt:
                answer = self._connection.batch_get_item(
                    keys, consistent_read=True, attributes_to_get=list(only) or None
                )
                (items,) = answer["Responses"].values() or ([],)
                found |= {self.key_of(item): item for item in items}
                left = answer.get("UnprocessedKeys")
                if left:
                    ((_, unprocessed),) = left.items()
                    keys = unprocessed["Keys"]
                    raise TryAgain
        return found

    def _scan(self, place: Place | None, limit: int, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - pynamodb's
        start: Any = place  # of another type than pynamodb's annotations claim
        return self._connection.scan(
            limit=limit, exclusive_start_key=start, consistent_read=True, **more
        )

    @property
    def _connection(self) -> TableConnection:
        """The connection that pynamodb itself uses for the model, with its timeouts."""
        return self.model._get_connection()  # noqa: SLF001  # it has no public name


Row = tuple[Kind, Key]

ORDER = Kind("order", OrderRow, lambda row: row, ("order_number",))
TICKET = Kind("ticket", TicketRow, ticket_from, ("ticket_id",))
PAYMENT = Kind("payment", PaymentRow, stored_payment_from, ("transaction_id",))
CHECKOUT = Kind("checkout", CheckoutRow, stored_checkout_from, ("checkout_id",))
MAIL = Kind("mail", MailRow, stored_mail_from, ("mail_id",))
ENTRY = Kind("audit", AuditRow, stored_entry_from, ("order_number", "sequence"))
SEATS = Kind("ticket type", TicketTypeRow, seats_left_from, ("event_id", "sku"))
RELATED = (TICKET, PAYMENT, CHECKOUT, MAIL, ENTRY)


def find(rows: Iterable[Row]) -> dict[Row, Item]:
    """Return the rows that exist, by kind and key."""
    keys: dict[Kind, dict[Key, None]] = defaultdict(dict)
    for kind, key in rows:
        keys[kind][key] = None
    return {(kind, key): item for kind in keys for key, item in kind.items(keys[kind]).items()}


def named(row: str) -> Row:
    """Return the kind and key of a row from its name in reports: `ticket ORD-ABC123-01`.

    The row must have a key of a single part.
    """
    name, _, key = row.partition(" ")
    return next(kind for kind in RELATED if kind.name == name), (key,)


def text(item: Item, name: str) -> str | None:
    """Return the text of an attribute; None if it is absent or not a text."""
    found: Mapping[str, Any] = item.get(name, {})
    return found.get("S")


def _can_exist(key: Key) -> bool:
    return all(0 < len(part.encode()) <= LONGEST_KEY for part in key)
