"""Read what the audit needs: orders with all rows that name them, and rows that no order warrants.

Every read is consistent, except that an index may add to what is found by keys.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from pynamodb.exceptions import DoesNotExist

from ticketing.adapters.dynamodb import audit_rows, audit_suspicion
from ticketing.adapters.dynamodb.attributes import ANY_MOMENT
from ticketing.adapters.dynamodb.audit_rows import (
    CHECKOUT,
    ENTRY,
    MAIL,
    ORDER,
    PAYMENT,
    RELATED,
    SEATS,
    TICKET,
    Item,
    Kind,
    Row,
    named,
    text,
)
from ticketing.adapters.dynamodb.catalogue import stored_event
from ticketing.adapters.dynamodb.mapping import order_from
from ticketing.adapters.dynamodb.models import AuditRow, MailRow, OrderRow, RequestRow
from ticketing.adapters.dynamodb.rows import UNREADABLE
from ticketing.audit import trail
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
from ticketing.emails.mail import MailKind, alert_id, mail_id
from ticketing.errors import InvalidMoney, UnreadableOrder
from ticketing.events.catalogue import StoredEvent
from ticketing.observability import logger
from ticketing.operators.alerts import bounce_fact, failure_fact
from ticketing.orders.order import Order, OrderStatus

ORDERS_PAGE = 100
"""Orders that are read together: their rows are some ten batches."""
ROWS_PAGE = 500
CLAIMS_PAGE = 5000
MOST_MAILS = 500
KEPT = timedelta(days=3)
"""How long an audit that was cut short may be continued."""
BOOKMARK = "audit#bookmark"
BY_STAGE = {
    Stage.TICKETS: TICKET,
    Stage.PAYMENTS: PAYMENT,
    Stage.CHECKOUTS: CHECKOUT,
    Stage.MAILS: MAIL,
}
CLAIM = (
    "event_id", "lines", "status", "created_at", "reason_code", "settled_at", "voided_at",
    "holds_seats", "void_tickets",
)  # fmt: skip


class AuditReader:
    """The tables, for reading only; `models.bind` has named them."""

    def __init__(self, payment_window: timedelta) -> None:
        """`payment_window` applies to orders whose row sets no deadline."""
        self._payment_window = payment_window

    def orders(self, place: Place | None) -> Page[OrderSnapshot | Unreadable]:
        """Return some orders with the rows that they should have, found by the rows' own keys."""
        items, following = ORDER.page(place, ORDERS_PAGE)
        read = [self._order(item) for item in items]
        orders = [order for order in read if isinstance(order, Order)]
        wanted = {order.order_number: _keys_of(order) for order in orders}
        found = audit_rows.find(row for rows in wanted.values() for row in rows)
        sold = {event_id: _sold(event_id) for event_id in {order.event_id for order in orders}}
        evidence = [
            replace(_evidence(order, found, wanted[order.order_number]), sold=sold[order.event_id])
            for order in orders
        ]
        unreadable = [order for order in read if isinstance(order, Unreadable)]
        return Page((*evidence, *unreadable), len(items), following)

    def suspects(self, stage: Stage, place: Place | None, now: datetime) -> Page[Suspicion]:
        """Return the rows of one page that their orders do not seem to warrant."""
        kind = BY_STAGE[stage]
        items, following = kind.page(place, ROWS_PAGE)
        numbers = {text(item, "order_number") for item in items}
        rows = ORDER.items(((number,) for number in numbers if number), audit_suspicion.NEEDED)
        orders = {key[0]: item for key, item in rows.items()}
        found = tuple(
            Suspicion(kind.row(kind.key_of(item)), text(item, "order_number"))
            for item in items
            if audit_suspicion.is_suspicious(kind, item, orders, now)
        )
        return Page(found, len(items), following)

    def look(self, order_number: str, rows: Sequence[str] = ()) -> OrderReading:
        """Read an order closely: its own row first, then all rows that may name it."""
        order = self.order(order_number)
        more = [named(row) for row in rows]
        if not isinstance(order, Order):
            found = audit_rows.find(more)
            return OrderReading(order, None, tuple(_naming(order_number, found)))
        own = _keys_of(order)
        mails = self._mails_of(order_number)
        wanted = [*own, *((MAIL, (i,)) for i in _mail_ids(order, mails)), *more]
        found = audit_rows.find(wanted)
        strays = [key for key in found if key not in own and _names(order_number, found[key])]
        evidence = replace(_evidence(order, found, [*own, *strays]), sold=_sold(order.event_id))
        return OrderReading(order, evidence, tuple(_naming(order_number, found)))

    def order(self, order_number: str) -> Order | Unreadable | None:
        """Return an order as it is now; None if there is none."""
        found = ORDER.items([(order_number,)])
        return next((self._order(item) for item in found.values()), None)

    def row(self, row: str) -> StoredMail | Unreadable | None:
        """Return a mail, or why a row cannot be read; None if it is gone, or is not a mail."""
        kind, key = named(row)
        item = kind.items([key]).get(key)
        read = kind.read(item) if item else None
        return read if isinstance(read, StoredMail | Unreadable) else None

    def seats_left(self) -> Iterator[SeatsLeft | Unreadable]:
        """Yield what is left of every ticket type."""
        place: Place | None = None
        while True:
            items, place = SEATS.page(place, ROWS_PAGE)
            yield from (SEATS.read(item) for item in items)
            if place is None:
                return

    def claims(self, place: Place | None) -> Page[Claim | UnknownClaim]:
        """Return the seats that some orders hold."""
        items, following = ORDER.page(place, CLAIMS_PAGE, CLAIM)
        return Page(tuple(self._claim(item) for item in items), len(items), following)

    def sequences(self, order_number: str) -> tuple[int, ...]:
        """Return the numbers of all of an order's audit entries, whatever its own row says."""
        rows = AuditRow.query(order_number, consistent_read=True, attributes_to_get=["sequence"])
        return tuple(row.sequence for row in rows)

    def entries(self, place: Place | None) -> Page[tuple[str, int]]:
        """Return the keys of some audit entries, whether or not their order exists."""
        items, following = ENTRY.page(place, CLAIMS_PAGE, ENTRY.key)
        found = tuple((item["order_number"]["S"], int(item["sequence"]["N"])) for item in items)
        return Page(found, len(items), following)

    def versions(self, order_numbers: Iterable[str]) -> dict[str, int]:
        """Return the versions of these orders, without those that do not exist or have none."""
        keys = dict.fromkeys((number,) for number in order_numbers)
        rows = ORDER.items(keys, ("order_number", "version"))
        return {
            key[0]: int(item["version"]["N"])
            for key, item in rows.items()
            if "N" in item.get("version", {})
        }

    def bookmark(self, now: datetime) -> Bookmark | None:
        """Return where the last audit was cut short; None if it finished, or is too long ago."""
        try:
            row = RequestRow.get(BOOKMARK, consistent_read=True)
        except DoesNotExist:
            return None
        if not row.payload or row.expires_at < now:
            return None
        kept = json.loads(row.payload)
        return Bookmark(Stage(kept["stage"]), kept["place"])

    def keep(self, bookmark: Bookmark | None, now: datetime) -> None:
        """Store where the next audit continues, None for the beginning."""
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
        """Read as little as possible, because every single order passes through here."""
        try:
            seats: Counter[str] = Counter()
            for line in item["lines"]["L"]:
                seats[line["M"]["sku"]["S"]] += int(line["M"]["quantity"]["N"])
            for void in item.get("void_tickets", {"L": []})["L"]:
                seats[void["M"]["sku"]["S"]] -= 1
            created_at = _moment(item, "created_at")
            if created_at is None:
                raise ValueError("it lacks created_at")
            return Claim(
                event_id=item["event_id"]["S"],
                seats=seats,
                status=OrderStatus(item["status"]["S"]),
                created_at=created_at,
                reason_code=text(item, "reason_code") or "",
                settled_at=_moment(item, "settled_at"),
                voided_at=_moment(item, "voided_at"),
                holds_seats=item["holds_seats"]["BOOL"],
            )
        except (KeyError, *UNREADABLE):
            return UnknownClaim(text(item, "event_id"))

    @staticmethod
    def _mails_of(order_number: str) -> list[str]:
        """Ask the index for other mails; the audit's stage of mails finds those it still lacks."""
        rows = MailRow.order_index.query(
            order_number, limit=MOST_MAILS, attributes_to_get=["mail_id"]
        )
        return [row.mail_id for row in rows]


def _keys_of(order: Order) -> list[Row]:
    """Return the rows that an order should have, as far as their keys follow from it."""
    number = order.order_number
    paid = order.transaction_id or order.paid_checkout_id
    entries = range(1, min(order.version, trail.LONGEST) + 2)
    return [
        *((TICKET, (ticket_id,)) for ticket_id in order.issued_ids),
        *([(PAYMENT, (paid,))] if paid else []),
        *((CHECKOUT, (checkout_id,)) for checkout_id in order.checkout_ids),
        (MAIL, (mail_id(number, MailKind.CONFIRMATION),)),
        *((ENTRY, (number, str(sequence))) for sequence in entries),
    ]


def _sold(event_id: str) -> StoredEvent | None:
    """Return an event with its ticket types; None if there is none, or it cannot be read."""
    try:
        return stored_event(event_id)
    except (DoesNotExist, InvalidMoney, *UNREADABLE) as problem:
        logger.warning("the event cannot be read", event=event_id, problem=str(problem))
        return None


def _evidence(order: Order, found: Mapping[Row, Item], keys: Sequence[Row]) -> OrderSnapshot:
    read: dict[Kind, list[Any]] = {kind: [] for kind in RELATED}
    unreadable: list[Unreadable] = []
    for kind, key in dict.fromkeys(keys):
        item = found.get((kind, key))
        if item is None:
            continue
        row = kind.read(item)
        (unreadable if isinstance(row, Unreadable) else read[kind]).append(row)
    return OrderSnapshot(
        order,
        tickets=tuple(read[TICKET]),
        payments=tuple(read[PAYMENT]),
        checkouts=tuple(read[CHECKOUT]),
        mails=tuple(read[MAIL]),
        trail=tuple(read[ENTRY]),
        unreadable=tuple(unreadable),
    )


def _mail_ids(order: Order, known: Sequence[str]) -> Iterator[str]:
    """Yield the ids of mails, and of the alerts that must exist if these failed."""
    first = mail_id(order.order_number, MailKind.CONFIRMATION)
    for found in {first, *known}:
        yield found
        yield alert_id(failure_fact(found), order.order_number)
        yield alert_id(bounce_fact(found), order.order_number)


def _naming(order_number: str, found: Mapping[Row, Item]) -> Iterator[str]:
    for (kind, key), item in found.items():
        if _names(order_number, item):
            yield kind.row(key)


def _names(order_number: str, item: Item) -> bool:
    return text(item, "order_number") == order_number


def _moment(item: Item, name: str) -> datetime | None:
    found = text(item, name)
    return ANY_MOMENT.deserialize(found) if found is not None else None
