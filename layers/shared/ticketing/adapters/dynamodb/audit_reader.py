"""All that is written down, read in bulk for the audit: pages of whole tables, rows by their keys.

Every read is consistent, and nothing relies on an index being complete. The SDK's own client
reads, because a row that cannot be understood must still say which one it is.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from pynamodb.exceptions import DoesNotExist
from pynamodb.models import Model
from tenacity import (
    Retrying,
    TryAgain,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from ticketing.adapters.dynamodb.mapping import (
    UNREADABLE,
    missing,
    order_from,
    seats_left_from,
    stored_checkout_from,
    stored_entry_from,
    stored_mail_from,
    stored_payment_from,
    ticket_from,
)
from ticketing.adapters.dynamodb.models import (
    AuditRow,
    CheckoutRow,
    MailRow,
    MomentAttribute,
    OrderRow,
    PaymentRow,
    RequestRow,
    TicketRow,
    TicketTypeRow,
)
from ticketing.audit import trail
from ticketing.audit.mails import breaches_of_mail
from ticketing.audit.order_snapshot import OrderSnapshot, StoredMail, Unreadable
from ticketing.audit.reading import (
    Bookmark,
    Claim,
    OrderReading,
    Page,
    Place,
    Stage,
    Suspicion,
    UnknownClaim,
)
from ticketing.audit.seats import SeatsLeft
from ticketing.emails.mail import UNSETTLED, MailKind, alert_id, mail_id
from ticketing.errors import InvalidMoney, UnreadableOrder
from ticketing.operators.alerts import bounce_fact, failure_fact
from ticketing.orders.order import MAX_TICKETS, Delivery, Order, OrderStatus
from ticketing.tickets.ticket import ticket_ids

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = Mapping[str, Any]
"""A row as DynamoDB sends it."""
Key = tuple[str, ...]
T = TypeVar("T")

ORDERS_PAGE = 100
"""Orders that are judged together: their rows are some ten batches."""
ROWS_PAGE = 500
CLAIMS_PAGE = 5000
BATCH = 100
"""Keys in one BatchGetItem: DynamoDB allows no more."""
LONGEST_KEY = 1024
"""Bytes; a longer one exists nowhere, and asking for it would be an error."""
READ_TRIES = 8
MOST_MAILS = 500
KEPT = timedelta(days=3)
"""How long an audit that was cut short is gone on with."""
BOOKMARK = "audit#bookmark"


@dataclass(frozen=True)
class _Kind:
    """A table: how its rows are named, what they become, and what their key is made of."""

    name: str
    model: type[Model]
    read: Callable[[Any], Any]
    key: tuple[str, ...]

    def key_of(self, item: Item) -> Key:
        return tuple(next(iter(item[name].values())) for name in self.key)

    def row(self, key: Key) -> str:
        return " ".join((self.name, *key))

    @property
    def table(self) -> str:
        meta: Any = self.model.Meta
        return str(meta.table_name)


Row = tuple[_Kind, Key]

ORDER = _Kind("order", OrderRow, lambda row: row, ("order_number",))
TICKET = _Kind("ticket", TicketRow, ticket_from, ("ticket_id",))
PAYMENT = _Kind("payment", PaymentRow, stored_payment_from, ("transaction_id",))
CHECKOUT = _Kind("checkout", CheckoutRow, stored_checkout_from, ("checkout_id",))
MAIL = _Kind("mail", MailRow, stored_mail_from, ("mail_id",))
ENTRY = _Kind("audit", AuditRow, stored_entry_from, ("order_number", "sequence"))
SEATS = _Kind("ticket type", TicketTypeRow, seats_left_from, ("event_id", "sku"))
RELATED = (TICKET, PAYMENT, CHECKOUT, MAIL, ENTRY)
BY_STAGE = {
    Stage.TICKETS: TICKET,
    Stage.PAYMENTS: PAYMENT,
    Stage.CHECKOUTS: CHECKOUT,
    Stage.MAILS: MAIL,
}
WITNESS = (
    "order_number", "status", "lines", "checkout_ids", "paid_checkout_id", "transaction_id",
    "delivery",
)  # fmt: skip
"""What an order's row must show to say which rows it warrants."""
CLAIM = (
    "event_id", "lines", "status", "created_at", "deadline", "settled_at", "voided_at",
    "holds_seats",
)  # fmt: skip


class AuditReader:
    """The tables, for reading only; `schema.bind` has named them."""

    def __init__(self, client: "DynamoDBClient", payment_window: timedelta) -> None:
        """`payment_window` counts for orders whose row sets no deadline."""
        self._client, self._payment_window = client, payment_window

    def orders(self, place: Place | None) -> Page[OrderSnapshot | Unreadable]:
        """Return some orders with the rows they should have, found by their own keys."""
        items, following = self._page(ORDER, place, ORDERS_PAGE)
        read = [self._order(item) for item in items]
        orders = [order for order in read if isinstance(order, Order)]
        wanted = {order.order_number: _keys_of(order) for order in orders}
        found = self._rows(key for keys in wanted.values() for key in keys)
        evidence = [_evidence(order, found, wanted[order.order_number]) for order in orders]
        spoilt = [order for order in read if isinstance(order, Unreadable)]
        return Page((*evidence, *spoilt), len(items), following)

    def suspects(self, stage: Stage, place: Place | None, now: datetime) -> Page[Suspicion]:
        """Return those of some rows that their order does not seem to warrant."""
        kind = BY_STAGE[stage]
        items, following = self._page(kind, place, ROWS_PAGE)
        named = {_text(item, "order_number") for item in items}
        rows = self._rows(((ORDER, (number,)) for number in named if number), WITNESS)
        orders = {key[0]: item for (_, key), item in rows.items()}
        found = tuple(
            Suspicion(kind.row(kind.key_of(item)), _text(item, "order_number"))
            for item in items
            if _is_suspicious(kind, item, orders, now)
        )
        return Page(found, len(items), following)

    def look(self, order_number: str, rows: Sequence[str] = ()) -> OrderReading:
        """OrderReading closely at one order: its own row first, then all rows that may name it."""
        order = self.order(order_number)
        more = [_named(row) for row in rows]
        if not isinstance(order, Order):
            found = self._rows(more)
            return OrderReading(order, None, tuple(_naming(order_number, found)))
        own = _keys_of(order)
        mails = self._mails_of(order_number)
        wanted = [*own, *((MAIL, (i,)) for i in _mail_ids(order, mails)), *more]
        found = self._rows(wanted)
        strays = [key for key in found if key not in own and _names(order_number, found[key])]
        evidence = _evidence(order, found, [*own, *strays])
        return OrderReading(order, evidence, tuple(_naming(order_number, found)))

    def order(self, order_number: str) -> Order | Unreadable | None:
        """Return an order as it is now; None if there is none."""
        found = self._rows([(ORDER, (order_number,))])
        return next((self._order(item) for item in found.values()), None)

    def row(self, row: str) -> StoredMail | Unreadable | None:
        """Return a mail, or why a row cannot be read; None for what is gone or is readable."""
        kind, key = _named(row)
        item = self._rows([(kind, key)]).get((kind, key))
        read = _read(kind, item) if item else None
        return read if isinstance(read, StoredMail | Unreadable) else None

    def seats_left(self) -> Iterator[SeatsLeft | Unreadable]:
        """Yield what is left of every ticket type."""
        place: Place | None = None
        while True:
            items, place = self._page(SEATS, place, ROWS_PAGE)
            yield from (_read(SEATS, item) for item in items)
            if place is None:
                return

    def claims(self, place: Place | None) -> Page[Claim | UnknownClaim]:
        """Return some orders as far as their seats go."""
        items, following = self._page(ORDER, place, CLAIMS_PAGE, CLAIM)
        return Page(tuple(self._claim(item) for item in items), len(items), following)

    def sequences(self, order_number: str) -> tuple[int, ...]:
        """Return which audit entries an order has, whatever its own row counts."""
        rows = AuditRow.query(order_number, consistent_read=True, attributes_to_get=["sequence"])
        return tuple(int(row.sequence) for row in rows)

    def entries(self, place: Place | None) -> Page[tuple[str, int]]:
        """Return the keys of some audit entries, whether or not their order exists."""
        items, following = self._page(ENTRY, place, CLAIMS_PAGE, ENTRY.key)
        found = tuple((item["order_number"]["S"], int(item["sequence"]["N"])) for item in items)
        return Page(found, len(items), following)

    def versions(self, order_numbers: Iterable[str]) -> dict[str, int]:
        """Return how many changes orders count; none for those that do not exist or say so."""
        keys = [(ORDER, (number,)) for number in order_numbers]
        rows = self._rows(keys, ("order_number", "version"))
        return {
            key[0]: int(item["version"]["N"])
            for (_, key), item in rows.items()
            if "N" in item.get("version", {})
        }

    def bookmark(self, now: datetime) -> Bookmark | None:
        """Return where the last audit was cut short; None if it was not, or too long ago."""
        try:
            row = RequestRow.get(BOOKMARK, consistent_read=True)
        except DoesNotExist:
            return None
        if not row.payload or row.expires_at < now:
            return None
        kept = json.loads(row.payload)
        return Bookmark(Stage(kept["stage"]), kept["place"])

    def keep(self, bookmark: Bookmark | None, now: datetime) -> None:
        """Remember where to go on; None: nowhere, the next audit begins at the beginning."""
        payload = bookmark and json.dumps({"stage": bookmark.stage, "place": bookmark.place})
        RequestRow(
            BOOKMARK,
            kind="audit",
            payload=payload,
            expires_at=now + KEPT,
            expires_at_epoch=int((now + KEPT).timestamp()),
        ).save()

    def _order(self, item: Item) -> Order | Unreadable:
        row = ORDER.row(ORDER.key_of(item))
        try:
            return order_from(OrderRow.from_raw_data(dict(item)), self._payment_window)
        except UnreadableOrder as error:
            return Unreadable(row, error.problem)
        except UNREADABLE as problem:
            return Unreadable(row, str(problem))

    def _claim(self, item: Item) -> Claim | UnknownClaim:
        """Read as little as needed: every order there is passes here."""
        try:
            seats: Counter[str] = Counter()
            for line in item["lines"]["L"]:
                seats[line["M"]["sku"]["S"]] += int(line["M"]["quantity"]["N"])
            created_at = _moment(item, "created_at")
            if created_at is None:
                raise ValueError("it lacks created_at")
            return Claim(
                event_id=item["event_id"]["S"],
                seats=seats,
                status=OrderStatus(item["status"]["S"]),
                created_at=created_at,
                deadline=_moment(item, "deadline") or created_at + self._payment_window,
                settled_at=_moment(item, "settled_at"),
                voided_at=_moment(item, "voided_at"),
                holds_seats=item["holds_seats"]["BOOL"],
            )
        except (KeyError, *UNREADABLE):
            return UnknownClaim(_text(item, "event_id"))

    def _mails_of(self, order_number: str) -> list[str]:
        """Ask the index for further mails: what it does not know yet, the mails' stage finds."""
        pages = self._client.get_paginator("query").paginate(
            TableName=MAIL.table,
            IndexName=MailRow.order_index.Meta.index_name,
            KeyConditionExpression="order_number = :number",
            ExpressionAttributeValues={":number": {"S": order_number}},
        )
        ids = (item["mail_id"]["S"] for page in pages for item in page["Items"])
        return list(islice(ids, MOST_MAILS))

    def _page(
        self, kind: _Kind, place: Place | None, limit: int, only: Sequence[str] = ()
    ) -> tuple[list[Item], Place | None]:
        asked: dict[str, Any] = {
            "TableName": kind.table,
            "ConsistentRead": True,
            "Limit": limit,
        }
        if place:
            asked["ExclusiveStartKey"] = place
        answer = self._client.scan(**asked | _projection(only))
        return list(answer["Items"]), answer.get("LastEvaluatedKey")

    def _rows(self, keys: Iterable[Row], only: Sequence[str] = ()) -> dict[Row, Item]:
        """Return those of the rows that exist, by kind and key."""
        found: dict[Row, Item] = {}
        wanted = iter(dict.fromkeys(key for key in keys if _can_exist(key[1])))
        while some := list(islice(wanted, BATCH)):
            found |= self._batch(some, only)
        return found

    def _batch(self, keys: Sequence[Row], only: Sequence[str]) -> dict[Row, Item]:
        kinds = {kind.table: kind for kind, _ in keys}
        left: Any = {
            table: {
                "Keys": [_attributes(kind, key) for k, key in keys if k is kind],
                "ConsistentRead": True,
            }
            | _projection(only)
            for table, kind in kinds.items()
        }
        found: dict[Row, Item] = {}
        for attempt in Retrying(
            retry=retry_if_exception_type(TryAgain),
            stop=stop_after_attempt(READ_TRIES),
            wait=wait_random_exponential(multiplier=0.1, max=5),
            reraise=True,
        ):
            with attempt:
                answer = self._client.batch_get_item(RequestItems=left)
                for table, items in answer["Responses"].items():
                    kind = kinds[table]
                    found |= {(kind, kind.key_of(item)): item for item in items}
                left = answer.get("UnprocessedKeys")
                if left:
                    raise TryAgain
        return found


def _keys_of(order: Order) -> list[Row]:
    """Return the rows an order should have, as far as their keys follow from the order."""
    number = order.order_number
    paid = order.transaction_id or order.paid_checkout_id
    entries = range(1, min(order.version, trail.LONGEST) + 2)
    return [
        *((TICKET, (ticket_id,)) for ticket_id in ticket_ids(order)),
        *([(PAYMENT, (paid,))] if paid else []),
        *((CHECKOUT, (checkout_id,)) for checkout_id in order.checkout_ids),
        (MAIL, (mail_id(number, MailKind.CONFIRMATION),)),
        *((ENTRY, (number, str(sequence))) for sequence in entries),
    ]


def _evidence(order: Order, found: Mapping[Row, Item], keys: Sequence[Row]) -> OrderSnapshot:
    read: dict[_Kind, list[Any]] = {kind: [] for kind in RELATED}
    spoilt: list[Unreadable] = []
    for kind, key in dict.fromkeys(keys):
        item = found.get((kind, key))
        if item is None:
            continue
        row = _read(kind, item)
        (spoilt if isinstance(row, Unreadable) else read[kind]).append(row)
    return OrderSnapshot(
        order,
        tickets=tuple(read[TICKET]),
        payments=tuple(read[PAYMENT]),
        checkouts=tuple(read[CHECKOUT]),
        mails=tuple(read[MAIL]),
        trail=tuple(read[ENTRY]),
        unreadable=tuple(spoilt),
    )


def _read(kind: _Kind, item: Item) -> Any:  # noqa: ANN401  # what its kind becomes
    """Return what a row describes, or why it cannot be read."""
    try:
        row = kind.model.from_raw_data(dict(item))
        lacking = missing(row)
        if lacking:
            return Unreadable(kind.row(kind.key_of(item)), f"it lacks {', '.join(lacking)}")
        return kind.read(row)
    except (*UNREADABLE, InvalidMoney) as problem:
        return Unreadable(kind.row(kind.key_of(item)), str(problem))


def _mail_ids(order: Order, known: Sequence[str]) -> Iterator[str]:
    """Yield the ids of mails, and of the alerts that must exist for those that failed."""
    first = mail_id(order.order_number, MailKind.CONFIRMATION)
    for found in {first, *known}:
        yield found
        yield alert_id(failure_fact(found), order.order_number)
        yield alert_id(bounce_fact(found), order.order_number)


def _is_suspicious(kind: _Kind, item: Item, orders: Mapping[str, Item], now: datetime) -> bool:
    number = _text(item, "order_number")
    order = orders.get(number) if number else None
    if kind is MAIL:
        mail = _read(MAIL, item)
        if not isinstance(mail, StoredMail) or next(breaches_of_mail(mail, now), None):
            return True
        return number is not None and (order is None or not _warrants_mail(order, mail))
    try:
        return order is None or not WARRANTS[kind](order, kind.key_of(item)[0])
    except (KeyError, *UNREADABLE):
        return True


def _warrants_mail(order: Item, stored: StoredMail) -> bool:
    if stored.mail.kind is not MailKind.CONFIRMATION:
        return True
    is_settled = stored.mail.status not in UNSETTLED
    waits = _text(order, "delivery") == Delivery.PENDING
    return _is_completed(order) and not (is_settled and waits)


def _warrants_ticket(order: Item, ticket_id: str) -> bool:
    bought = sum(int(line["M"]["quantity"]["N"]) for line in order["lines"]["L"])
    number = _text(order, "order_number")
    ids = (f"{number}-{position:02d}" for position in range(1, min(bought, MAX_TICKETS) + 1))
    return _is_completed(order) and ticket_id in ids


def _warrants_payment(order: Item, transaction_id: str) -> bool:
    paid = _text(order, "transaction_id") or _text(order, "paid_checkout_id")
    return _is_completed(order) and paid == transaction_id


def _warrants_checkout(order: Item, checkout_id: str) -> bool:
    return {"S": checkout_id} in order["checkout_ids"]["L"]


def _is_completed(order: Item) -> bool:
    return _text(order, "status") == OrderStatus.COMPLETED


WARRANTS = {TICKET: _warrants_ticket, PAYMENT: _warrants_payment, CHECKOUT: _warrants_checkout}


def _naming(order_number: str, found: Mapping[Row, Item]) -> Iterator[str]:
    for (kind, key), item in found.items():
        if _names(order_number, item):
            yield kind.row(key)


def _names(order_number: str, item: Item) -> bool:
    return _text(item, "order_number") == order_number


def _named(row: str) -> Row:
    """Return the row of one key that a breach names, such as `ticket ORD-ABC123-01`."""
    name, _, key = row.partition(" ")
    return next(kind for kind in RELATED if kind.name == name), (key,)


def _text(item: Item, name: str) -> str | None:
    found: Mapping[str, Any] = item.get(name, {})
    return found.get("S")


def _moment(item: Item, name: str) -> datetime | None:
    text = _text(item, name)
    return _MOMENT.deserialize(text) if text is not None else None


_MOMENT = MomentAttribute(attr_name="a time")


def _attributes(kind: _Kind, key: Key) -> dict[str, dict[str, str]]:
    return {
        name: {"N" if name == "sequence" else "S": value}
        for name, value in zip(kind.key, key, strict=True)
    }


def _can_exist(key: Key) -> bool:
    return all(0 < len(part.encode()) <= LONGEST_KEY for part in key)


def _projection(names: Sequence[str]) -> dict[str, Any]:
    """Ask for these attributes only; some of their names are words DynamoDB reserves."""
    if not names:
        return {}
    placeholders = {f"#{position}": name for position, name in enumerate(names)}
    return {
        "ProjectionExpression": ", ".join(placeholders),
        "ExpressionAttributeNames": placeholders,
    }
