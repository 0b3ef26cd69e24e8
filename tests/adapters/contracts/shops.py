"""The same shop twice: on in-memory tables, and on those of moto or a DynamoDB engine.

`rows` is all that the domain sees of the tables, so that a refused write can be seen to have left
nothing, and an accepted one to have left the same in both.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Protocol

import pytest
from pynamodb.exceptions import TransactWriteError

from tests.support import fake_doors, stored
from tests.support.builders import an_event
from tests.support.fake_orders import Cancelled, Tables
from tests.support.fakes import Events, Orders, Outbox, Tickets
from ticketing.adapters.dynamodb import models
from ticketing.adapters.dynamodb.admissions import AdmissionLog
from ticketing.adapters.dynamodb.door_tickets import DoorTickets
from ticketing.adapters.dynamodb.doors import DoorTable, device_from
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.evidence import stored_entry_from
from ticketing.adapters.dynamodb.mapping import (
    audit_row,
    checkout_record_from,
    mail_from,
    ticket_from,
    ticket_row,
)
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.adapters.dynamodb.outbox import Outbox as OutboxTable
from ticketing.adapters.dynamodb.rows import read_as
from ticketing.adapters.dynamodb.tickets import TicketTable
from ticketing.doors.admission import Admission, Mark
from ticketing.doors.scan import SCAN_ID
from ticketing.emails.mail import Mail
from ticketing.operators.next_step import row_attributes
from ticketing.orders.audit_entry import AuditEntry
from ticketing.orders.basket import Repeated
from ticketing.orders.order import Order
from ticketing.payments.checkout_result import CheckoutRecord
from ticketing.tickets.ticket import Ticket

EVENT = "5"
TEXTS = ("what_next", "runbook", "delivery_next", "delivery_runbook")
REFUSED = (Cancelled, TransactWriteError)
"""A transaction that is cancelled for a reason unknown to every flow."""

Rows = dict[str, Any]


class Shop(Protocol):
    """The adapters over one set of tables, and what others do to the tables."""

    orders: Any
    outbox: Any
    tickets: Any
    events: Any
    doors: Any
    door_tickets: Any
    log: Any

    def sell(self, available: int = 100, sku: str = "general") -> None: ...
    def stop_selling(self, sku: str = "general") -> None: ...
    def store(self, order: Order) -> Order: ...
    def store_mail(self, mail: Mail) -> Mail: ...
    def store_ticket(self, ticket: Ticket) -> None: ...
    def store_payment(self, transaction_id: str, order: Order) -> None: ...
    def store_entry(self, entry: AuditEntry) -> None: ...
    def remove(self, order: Order) -> None: ...
    def remove_mail(self, mail: Mail) -> None: ...
    def remove_checkout(self, checkout_id: str) -> None: ...
    def rows(self) -> Rows: ...


class FakeShop:
    """The fakes that flows are tested with."""

    def __init__(self) -> None:
        self.tables = Tables()
        self.orders, self.outbox = Orders(self.tables), Outbox(self.tables)
        self.tickets, self.events = Tickets(self.tables), Events()
        self.doors, self.door_tickets = fake_doors.Doors(), fake_doors.DoorTickets(self.tables)
        self.log = fake_doors.AdmissionLog(self.tables)

    def sell(self, available: int = 100, sku: str = "general") -> None:
        self.tables.available[EVENT, sku] = available
        self.events.rows[EVENT] = an_event()

    def stop_selling(self, sku: str = "general") -> None:
        del self.tables.available[EVENT, sku]

    def store(self, order: Order) -> Order:
        number = order.order_number
        self.tables.orders[number], self.tables.said[number] = order, row_attributes(order)
        self.tables.speaking.pop(number, None)
        for checkout_id in order.checkout_ids:
            reference, made_at = order.checkout_reference, order.created_at
            record = CheckoutRecord(checkout_id, number, reference, None, "PENDING", made_at)
            self.tables.checkouts[checkout_id] = record
        return order

    def store_mail(self, mail: Mail) -> Mail:
        self.tables.put_mails([mail])
        return mail

    def store_ticket(self, ticket: Ticket) -> None:
        self.tables.tickets[ticket.ticket_id] = ticket

    def store_payment(self, transaction_id: str, order: Order) -> None:
        self.tables.payments[transaction_id] = order.order_number

    def store_entry(self, entry: AuditEntry) -> None:
        self.tables.audit.append(entry)

    def remove(self, order: Order) -> None:
        del self.tables.orders[order.order_number]

    def remove_mail(self, mail: Mail) -> None:
        del self.tables.mails[mail.mail_id]

    def remove_checkout(self, checkout_id: str) -> None:
        del self.tables.checkouts[checkout_id]

    def rows(self) -> Rows:
        tables = self.tables
        return {
            "orders": dict(tables.orders),
            "texts": {n: _present(tables.said[n]) for n in tables.orders},
            "speaking": dict(tables.speaking),
            "nameless": set(tables.nameless),
            "checkouts": dict(tables.checkouts),
            "payments": dict(tables.payments),
            "tickets": dict(tables.tickets),
            "seats": dict(tables.available),
            "mails": {i: replace(mail, expires_at=None) for i, mail in tables.mails.items()},
            "requests": dict(tables.requests),
            "counted": {key: set(orders) for key, orders in tables.counted.items() if orders},
            "unpaid": {key: seats for key, seats in tables.unpaid.items() if seats},
            "trail": sorted(tables.audit, key=lambda e: (e.order_number, e.sequence)),
            "doors": {device.device_id: device for device in self.doors.rows.values()},
            "admissions": {entry.scan_id: entry for entry in self.log.rows.values()},
            "corrected": sorted((c.scan_id, c.number) for c in self.log.corrections.values()),
        }


class StoredShop:
    """The adapters, over tables that `world` made."""

    def __init__(self) -> None:
        self.orders, self.outbox = OrderTable("test"), OutboxTable()
        self.tickets, self.events = TicketTable(), EventTable()
        self.doors, self.door_tickets, self.log = DoorTable(), DoorTickets(), AdmissionLog()

    def sell(self, available: int = 100, sku: str = "general") -> None:
        stored.sell(available, sku)

    def stop_selling(self, sku: str = "general") -> None:
        models.TicketTypeRow(EVENT, sku).delete()

    def store(self, order: Order) -> Order:
        return stored.store(order)

    def store_mail(self, mail: Mail) -> Mail:
        return stored.store_mail(mail)

    def store_ticket(self, ticket: Ticket) -> None:
        row = ticket_row(ticket, stored.LATER)
        row.changed_at = ticket.changed_at
        row.save()

    def store_payment(self, transaction_id: str, order: Order) -> None:
        models.PaymentRow(
            transaction_id,
            order_number=order.order_number,
            checkout_id="other",
            amount=order.total.amount,
            currency=order.total.currency,
            merchant_code=order.merchant_code,
            accepted_at=stored.LATER,
        ).save()

    def store_entry(self, entry: AuditEntry) -> None:
        audit_row(entry).save()

    def remove(self, order: Order) -> None:
        models.OrderRow(order.order_number).delete()

    def remove_mail(self, mail: Mail) -> None:
        models.MailRow(mail.mail_id).delete()

    def remove_checkout(self, checkout_id: str) -> None:
        models.CheckoutRow(checkout_id).delete()

    def rows(self) -> Rows:
        orders = {row.order_number: row for row in models.OrderRow.scan()}
        requests = {row.idempotency_key: row for row in models.RequestRow.scan()}
        entries = (stored_entry_from(row).entry for row in models.AuditRow.scan())
        return {
            "orders": {number: self.orders.get(number) for number in orders},
            "texts": {
                number: _present({name: getattr(row, name) for name in TEXTS})
                for number, row in orders.items()
            },
            "speaking": {n: row.delivery_mail for n, row in orders.items() if row.delivery_mail},
            "nameless": {number for number, row in orders.items() if not row.personal_key},
            "checkouts": {
                row.checkout_id: checkout_record_from(row) for row in models.CheckoutRow.scan()
            },
            "payments": {row.transaction_id: row.order_number for row in models.PaymentRow.scan()},
            "tickets": {row.ticket_id: ticket_from(row) for row in models.TicketRow.scan()},
            "seats": {
                (row.event_id, row.sku): row.available for row in models.TicketTypeRow.scan()
            },
            "mails": {row.mail_id: mail_from(row) for row in models.MailRow.scan()},
            "requests": {
                key.removeprefix("order#"): Repeated(row.request_hash, row.order_number)
                for key, row in requests.items()
                if key.startswith("order#")
            },
            "counted": {key: set(row.orders) for key, row in requests.items() if row.orders},
            "unpaid": {key: row.seats for key, row in requests.items() if row.seats},
            "trail": sorted(entries, key=lambda e: (e.order_number, e.sequence)),
            "doors": {
                device.device_id: device for device in map(device_from, models.DoorRow.scan())
            },
            "admissions": {entry.scan_id: entry for entry in self._admissions()},
            "corrected": sorted(
                (row.scan_id.split(Mark.CORRECTION)[1], row.number)
                for row in models.AdmissionRow.scan()
                if row.scan_id.startswith(Mark.CORRECTION)
            ),
        }

    @staticmethod
    def _admissions() -> Iterator[Admission]:
        rows = models.AdmissionRow.scan()
        return (read_as(Admission, row) for row in rows if SCAN_ID.fullmatch(row.scan_id))


@contextmanager
def nothing_written(
    shop: Shop, *errors: type[Exception], match: str | None = None
) -> Iterator[Any]:
    """Expect the block to leave every row as it is and, if given, to raise one of the errors."""
    before = shop.rows()
    if errors:
        with pytest.raises(errors, match=match) as caught:
            yield caught
    else:
        yield
    assert shop.rows() == before


def _present(texts: dict[str, str | None]) -> dict[str, str]:
    return {name: text for name, text in texts.items() if text}
