"""What the audit reads, in memory: one page holds it all, and nothing moves while it looks."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from tests.support.fake_orders import Tables
from tests.support.oracle import evidence_of
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
from ticketing.audit.seats import Kind, SeatsLeft
from ticketing.emails.mail import UNSETTLED
from ticketing.orders.order import Order


class AuditReader:
    """All tables, for reading only. `capacity` is what each ticket type once had."""

    def __init__(self, tables: Tables, capacity: Mapping[Kind, int]) -> None:
        self.tables, self.capacity = tables, capacity
        self.kept: Bookmark | None = None

    def orders(self, place: Place | None) -> Page[OrderSnapshot | Unreadable]:
        assert place is None
        found = tuple(evidence_of(self.tables, order) for order in self.tables.orders.values())
        return Page(found, len(found), None)

    def suspects(self, stage: Stage, place: Place | None, now: datetime) -> Page[Suspicion]:
        """Return shop-wide mails that break a rule, and rows whose order does not exist."""
        assert place is None
        tables = self.tables
        owners: dict[Stage, Mapping[str, str | None]] = {
            Stage.TICKETS: {i: row.order_number for i, row in tables.tickets.items()},
            Stage.PAYMENTS: tables.payments,
            Stage.CHECKOUTS: {i: row.order_number for i, row in tables.checkouts.items()},
            Stage.MAILS: {i: row.order_number for i, row in tables.mails.items()},
        }
        rows = owners[stage]
        kind = stage.value.removesuffix("s")
        found = [
            Suspicion(f"{kind} {key}", number)
            for key, number in rows.items()
            if (number and number not in self.tables.orders)
            or (number is None and any(breaches_of_mail(self._mail(key), now)))
        ]
        return Page(tuple(found), len(rows), None)

    def look(self, order_number: str, rows: Sequence[str] = ()) -> OrderReading:
        order = self.tables.orders.get(order_number)
        return OrderReading(order, evidence_of(self.tables, order) if order else None, tuple(rows))

    def order(self, order_number: str) -> Order | Unreadable | None:
        return self.tables.orders.get(order_number)

    def row(self, row: str) -> StoredMail | Unreadable | None:
        return self._mail(row.removeprefix("mail "))

    def seats_left(self) -> Iterator[SeatsLeft | Unreadable]:
        for kind, capacity in self.capacity.items():
            yield SeatsLeft(*kind, capacity, self.tables.available[kind])

    def claims(self, place: Place | None) -> Page[Claim | UnknownClaim]:
        assert place is None
        found = tuple(
            Claim(
                event_id=order.event_id,
                seats=order.seats,
                status=order.status,
                created_at=order.created_at,
                reason_code=order.reason_code,
                settled_at=order.settled_at,
                voided_at=order.voided_at,
                holds_seats=order.holds_seats,
            )
            for order in self.tables.orders.values()
        )
        return Page(found, len(found), None)

    def bookmark(self, now: datetime) -> Bookmark | None:
        del now
        return self.kept

    def keep(self, bookmark: Bookmark | None, now: datetime) -> None:
        del now
        self.kept = bookmark

    def _mail(self, mail_id: str) -> StoredMail:
        mail = self.tables.mails[mail_id]
        return StoredMail(mail, mail.status in UNSETTLED)
