"""Resending tickets for a buyer or an operator: one mail, audited, to the right address."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import NOW, an_order, later
from tests.support.fakes import Orders, Outbox, Queue, Tables
from tests.support.oracle import breaches_in
from ticketing.emails.mail import Asker, MailKind, MailStatus, to_buyer
from ticketing.errors import (
    InvalidAddress,
    MailUnwanted,
    NotIssued,
    OrderChanged,
    OrderNotFound,
    TicketsVoid,
)
from ticketing.flows.resend_tickets import Resend, ResendForOperator, ResendTickets
from ticketing.orders.order import Delivery, Order, OrderStatus

SECOND = "ORD-ABC123#confirmation#2"


class Office:
    """A completed order whose first mail left, and both ways to send its tickets again."""

    def __init__(self, **changes: Any) -> None:  # noqa: ANN401  # of any field
        self.tables = Tables()
        self.orders, self.outbox, self.queue = Orders(self.tables), Outbox(self.tables), Queue()
        done = {"status": OrderStatus.COMPLETED, "delivery": Delivery.DELIVERED, "settled_at": NOW}
        order = an_order(**done | {"work": None, "next_check_at": None} | changes)
        self.tables.orders[order.order_number] = order
        self.outbox.add_once(to_buyer(order, MailKind.CONFIRMATION, NOW))
        self.settle("ORD-ABC123#confirmation#1")
        self.for_buyer = ResendTickets(self.outbox, self.queue)
        self.for_operator = ResendForOperator(self.orders, self.outbox, self.queue)

    @property
    def order(self) -> Order:
        return self.tables.order()

    def settle(self, mail_id: str, status: MailStatus = MailStatus.SENT) -> None:
        mail = replace(self.tables.mails[mail_id], status=status, next_attempt_at=None, attempts=1)
        self.tables.mails[mail_id] = replace(mail, message_id="ses-1", attempt_id="a")

    def ask(self, to: str | None = None, hours: int = 1, *, dry_run: bool = False) -> Resend:
        return self.for_operator("ORD-ABC123", to, later(hours=hours), dry_run=dry_run)

    @property
    def trail(self) -> list[str]:
        return [entry.change for entry in self.tables.audit]


def test_void_tickets_are_not_resent() -> None:
    office = Office(voided_at=NOW)

    with pytest.raises(TicketsVoid, match="tickets of this order are void"):
        office.ask()
    with pytest.raises(TicketsVoid):
        office.for_buyer(office.order, later(hours=1))

    assert len(office.tables.mails) == 1


def test_an_operator_resends_the_tickets_and_the_audit_trail_records_it() -> None:
    office = Office()

    done = office.ask()

    assert (done.mail.mail_id, done.is_new, done.corrects) == (SECOND, True, False)
    assert office.queue.sent == [SECOND]
    assert office.trail == ["tickets sent again"]
    assert breaches_in(office.tables, later(hours=1)) == breaches_in(Office().tables, NOW)


def test_a_corrected_address_is_stored_on_the_order() -> None:
    office = Office(complained_at=NOW)

    done = office.ask(" jane@Example.ORG ")

    assert done.corrects
    assert done.mail.recipient == office.order.customer.email == "jane@example.org"
    assert office.order.complained_at is None, "it was another address that complained"
    assert office.trail == ["address corrected"]
    office.settle(SECOND)
    assert office.ask(hours=2).mail.recipient == "jane@example.org"


def test_a_repeated_request_returns_the_mail_in_progress() -> None:
    office = Office()
    office.ask()

    again = office.ask()

    assert (again.mail.mail_id, again.is_new) == (SECOND, False)
    assert len(office.tables.mails) == 2
    assert office.trail == ["tickets sent again"]


def test_a_concurrent_request_by_the_buyer_creates_no_second_mail() -> None:
    office = Office()
    office.orders.before_write.append(lambda: office.for_buyer(office.order, later(hours=1)))

    done = office.ask()

    assert (done.mail.mail_id, done.is_new) == (SECOND, False)
    assert len(office.tables.mails) == 2
    assert office.trail == []


def test_an_order_that_changes_concurrently_is_read_again() -> None:
    office = Office()

    def other_version() -> None:
        office.tables.orders["ORD-ABC123"] = replace(office.order, version=office.order.version + 1)

    office.orders.before_write += [other_version]
    assert office.ask().is_new

    office = Office()
    office.orders.before_write += [other_version] * 9
    with pytest.raises(OrderChanged):
        office.ask()


def test_a_dry_run_writes_nothing() -> None:
    office = Office()
    before = dict(office.tables.mails), office.order

    plan = office.ask("jane@example.org", dry_run=True)

    assert (plan.mail.mail_id, plan.mail.recipient, plan.is_new) == (
        SECOND,
        "jane@example.org",
        True,
    )
    assert (dict(office.tables.mails), office.order) == before
    assert (office.queue.sent, office.trail) == ([], [])


def test_what_an_operator_asks_for_uses_up_nothing_of_the_buyers() -> None:
    office = Office()
    for revision in range(2, 12):
        office.ask(hours=1)
        office.settle(f"ORD-ABC123#confirmation#{revision}")

    office.for_buyer(office.order, later(hours=2))

    assert office.tables.mails["ORD-ABC123#confirmation#12"].asked_by is Asker.BUYER


@pytest.mark.parametrize(
    ("changes", "to", "error"),
    [
        ({"status": OrderStatus.PENDING}, None, NotIssued),
        ({"complained_at": NOW}, None, MailUnwanted),
        ({"complained_at": NOW}, "jane@example.com", MailUnwanted),
        ({}, "jane", InvalidAddress),
        ({}, "jane@example.com, jim@example.com", InvalidAddress),
        ({}, "", InvalidAddress),
    ],
)
def test_an_impossible_resend_is_refused_and_nothing_is_written(
    changes: dict[str, Any], to: str | None, error: type[Exception]
) -> None:
    office = Office(**changes)

    with pytest.raises(error):
        office.ask(to)

    assert (len(office.tables.mails), office.queue.sent, office.trail) == (1, [], [])


def test_an_unknown_order_fails() -> None:
    with pytest.raises(OrderNotFound):
        Office().for_operator("ORD-NOBODY", None, NOW)
