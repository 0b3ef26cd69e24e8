"""Sending again: what was not sent is tried again, and otherwise the tickets are sent anew."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import NOW, an_order, later
from tests.support.fakes import Orders, Outbox, Queue, Tables
from ticketing.emails.mail import Mail, MailKind, MailStatus, to_buyer
from ticketing.errors import MailUnwanted, NotIssued, TicketsVoid
from ticketing.flows.replay_mail import ReplayMail
from ticketing.flows.resend_tickets import ResendForOperator
from ticketing.flows.send_again import SendAgain, SentAgain
from ticketing.orders.order import Delivery, Order, OrderStatus

FIRST, SECOND = "ORD-ABC123#confirmation#1", "ORD-ABC123#confirmation#2"
REFUND_MAIL, REMINDER = "ORD-ABC123#refunded#1", "ORD-ABC123#reminder#1"
THEN = later(hours=5)
GIVEN_UP: dict[str, Any] = {"status": MailStatus.PROBLEM, "next_attempt_at": None, "abandoned": 3}
DELIVERED: dict[str, Any] = {"status": MailStatus.DELIVERED, "next_attempt_at": None}
DONE: dict[str, Any] = {
    "status": OrderStatus.COMPLETED,
    "delivery": Delivery.PENDING,
    "settled_at": NOW,
    "work": None,
    "next_check_at": None,
    "checkout_ids": (),
}


class PostRoom:
    """An order with mails, each of a kind with changes."""

    def __init__(self, order: Order, *mails: tuple[MailKind, dict[str, Any]]) -> None:
        self.tables = Tables()
        self.orders, self.outbox, self.queue = Orders(self.tables), Outbox(self.tables), Queue()
        self.tables.orders[order.order_number] = order
        for kind, changes in mails:
            self.put(replace(to_buyer(order, kind, NOW), **changes))

    def put(self, mail: Mail) -> None:
        self.tables.put_mails([mail])

    def send(self, to: str | None = None, *, dry_run: bool = False) -> SentAgain:
        replay = ReplayMail(self.orders, self.outbox, self.queue, dry_run)
        resend = ResendForOperator(self.orders, self.outbox, self.queue)
        return SendAgain(replay, resend)("ORD-ABC123", to, THEN)


def sent(done: SentAgain) -> tuple[list[str], str | None]:
    """Return which mails were put back, and which is new."""
    new = done.new.mail.mail_id if done.new and done.new.is_new else None
    return [one.mail.mail_id for one in done.put_back], new


CASES: dict[str, tuple[dict[str, Any], list[tuple[MailKind, dict[str, Any]]], Any]] = {
    "all arrived": ({}, [(MailKind.CONFIRMATION, DELIVERED)], ([], SECOND)),
    "given up": ({}, [(MailKind.CONFIRMATION, GIVEN_UP)], ([FIRST], None)),
    "under way": ({}, [(MailKind.CONFIRMATION, {})], ([], None)),
    "waiting for hours": (
        {}, [(MailKind.CONFIRMATION, {"next_attempt_at": later(hours=9)})], ([FIRST], None),
    ),
    "came back": ({}, [(MailKind.CONFIRMATION, GIVEN_UP | {"failed_at": NOW})], ([], SECOND)),
    "given up for an earlier address": (
        {}, [(MailKind.CONFIRMATION, GIVEN_UP | {"recipient": "old@example.com"})], ([], SECOND),
    ),
    "another mail was given up": (
        {}, [(MailKind.CONFIRMATION, DELIVERED), (MailKind.REMINDER, GIVEN_UP)],
        ([REMINDER], SECOND),
    ),
    "void, and its mail was given up": (
        {"voided_at": NOW}, [(MailKind.CONFIRMATION, GIVEN_UP), (MailKind.REFUNDED, GIVEN_UP)],
        ([REFUND_MAIL], None),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "mails", "expected"), CASES.values(), ids=CASES)
def test_what_was_not_sent_is_sent_and_otherwise_the_tickets(
    changes: dict[str, Any],
    mails: list[tuple[MailKind, dict[str, Any]]],
    expected: tuple[list[str], str | None],
) -> None:
    order = an_order(**DONE | changes)
    before = PostRoom(order, *mails)
    planned = before.send(dry_run=True)
    assert (before.tables.mails, before.queue.sent) == (PostRoom(order, *mails).tables.mails, [])

    room = PostRoom(order, *mails)
    assert sent(planned) == sent(room.send()) == expected

    once = dict(room.tables.mails)
    if expected != ([REFUND_MAIL], None):
        assert sent(room.send())[1] is None
        assert dict(room.tables.mails) == once, "a second time changes nothing"


def test_another_address_gets_tickets_of_its_own() -> None:
    room = PostRoom(an_order(**DONE), (MailKind.CONFIRMATION, GIVEN_UP))

    done = room.send("right@example.com")

    assert sent(done) == ([], SECOND)
    assert done.with_tickets is not None
    assert done.with_tickets.recipient == "right@example.com"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"status": OrderStatus.REVIEW, "delivery": None}, NotIssued),
        ({"voided_at": NOW}, TicketsVoid),
        ({"complained_at": NOW}, MailUnwanted),
    ],
    ids=["not issued", "void", "marked as spam"],
)
def test_what_must_not_be_sent_is_refused(changes: dict[str, Any], error: type[Exception]) -> None:
    room = PostRoom(an_order(**DONE | changes), (MailKind.CONFIRMATION, GIVEN_UP))

    with pytest.raises(error):
        room.send()
    assert room.queue.sent == []
