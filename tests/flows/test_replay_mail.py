"""Replaying mails: those that were given up or wait, never one that may be in flight."""

from dataclasses import replace
from typing import Any

import pytest

from tests.support.builders import NOW, an_order, later
from tests.support.fakes import Orders, Outbox, Queue, Tables
from tests.support.oracle import breaches_in
from ticketing.emails.mail import Mail, MailKind, MailStatus, to_buyer
from ticketing.emails.resending import delivery_of
from ticketing.errors import MailChanged, MailNotFound, NotReplayable, OrderNotFound
from ticketing.flows.replay_mail import Replay, ReplayMail
from ticketing.orders.order import Delivery, OrderStatus

FIRST = "ORD-ABC123#confirmation#1"
ALERT = "shop#alert#sending-stopped"
PROBLEM, PENDING, SENDING = MailStatus.PROBLEM, MailStatus.PENDING, MailStatus.SENDING
GIVEN_UP: dict[str, Any] = {
    "status": PROBLEM,
    "attempts": 3,
    "abandoned": 3,
    "attempt_id": "a3",
    "problem": "nobody knows",
    "next_attempt_at": None,
}


class PostRoom:
    """A completed order whose only mail was given up, unless `changes` say otherwise."""

    def __init__(self, **changes: Any) -> None:  # noqa: ANN401  # of any field
        self.tables = Tables()
        self.orders, self.outbox, self.queue = Orders(self.tables), Outbox(self.tables), Queue()
        done: dict[str, Any] = {"status": OrderStatus.COMPLETED, "settled_at": NOW}
        order = an_order(
            **done, delivery=Delivery.PROBLEM, work=None, next_check_at=None, checkout_ids=()
        )
        self.tables.orders[order.order_number] = order
        mail = to_buyer(order, MailKind.CONFIRMATION, NOW)
        self.put(replace(mail, **GIVEN_UP | changes))

    def put(self, mail: Mail) -> None:
        self.tables.put_mails([mail])

    def flow(self, *, dry_run: bool = False) -> ReplayMail:
        return ReplayMail(self.orders, self.outbox, self.queue, dry_run)

    def replay(self, mail_id: str = FIRST, *, dry_run: bool = False) -> Replay:
        return self.flow(dry_run=dry_run).one(mail_id, later(hours=1))

    @property
    def state(self) -> object:
        tables = self.tables
        return dict(tables.mails), dict(tables.orders), list(tables.audit)


def test_a_mail_that_was_given_up_is_retried() -> None:
    room = PostRoom()

    assert room.replay().is_written

    mail, order = room.outbox.get(FIRST), room.tables.order()
    assert (mail.status, mail.next_attempt_at, mail.abandoned) == (PENDING, later(hours=1), 0)
    assert order.delivery is Delivery.PENDING
    assert [(e.change, e.reason) for e in room.tables.audit] == [("mail put back", "replay")]
    assert room.queue.sent == [FIRST]
    claimed = room.outbox.claim(mail.mail_id, "a4", later(hours=1))
    assert claimed is not None
    assert claimed.abandoned == 0, "or it would be given up at once"


def test_a_mail_with_a_long_backoff_is_retried_now() -> None:
    room = PostRoom(status=PENDING, next_attempt_at=later(hours=2), abandoned=0)

    assert room.replay().mail.next_attempt_at == later(hours=1)


def test_a_second_replay_only_queues_the_mail_again() -> None:
    room = PostRoom()
    room.replay()
    before = room.state

    assert not room.replay().is_written

    assert room.state == before
    assert room.queue.sent == [FIRST, FIRST]


def test_a_dry_run_reports_the_same_and_writes_nothing() -> None:
    room = PostRoom()
    before = room.state

    planned = room.replay(dry_run=True)

    assert (room.state, room.queue.sent) == (before, [])
    assert planned == room.replay()


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "it has left": ({"status": MailStatus.SENT}, "it has left"),
    "it arrived": ({"status": MailStatus.DELIVERED}, "it has left"),
    "it was withdrawn": (
        {"status": MailStatus.WITHDRAWN, "problem": "its tickets are void"},
        "withdrawn: its tickets are void",
    ),
    "it came back": ({"failed_at": NOW}, "it came back"),
    "a try holds it": ({"status": SENDING, "lease_until": later(hours=2)}, "wait until 14:00 UTC"),
}


@pytest.mark.parametrize(("changes", "words"), REFUSED.values(), ids=REFUSED)
def test_a_mail_that_must_not_be_resent_is_refused(changes: dict[str, Any], words: str) -> None:
    room = PostRoom(**changes)
    before = room.state

    with pytest.raises(NotReplayable, match=words):
        room.replay()

    assert (room.state, room.queue.sent) == (before, [])


def test_a_crashed_attempt_is_only_queued_again() -> None:
    room = PostRoom(status=SENDING, lease_until=NOW, next_attempt_at=NOW)

    assert not room.replay().is_written
    assert room.queue.sent == [FIRST]


def test_an_alert_without_an_order_can_be_replayed_too() -> None:
    room = PostRoom()
    alert = Mail(ALERT, MailKind.ALERT, "alerts@example.com", NOW, None, "Subject", "Body")
    room.put(replace(alert, **GIVEN_UP))

    room.replay(ALERT)

    assert room.outbox.get(ALERT).status is PENDING
    assert room.tables.audit == []


def test_all_failed_mails_of_an_order_are_replayed() -> None:
    room = PostRoom()
    order = room.tables.order()
    sent = to_buyer(order, MailKind.CONFIRMATION, later(minutes=1), 2)
    room.put(replace(sent, status=MailStatus.SENT, attempts=1, message_id="m"))
    told = to_buyer(order, MailKind.EVENT_CHANGED, later(minutes=2))
    room.put(replace(told, **GIVEN_UP | {"failed_at": NOW}))

    put = room.flow().of_order("ORD-ABC123", later(hours=1))

    assert [replay.mail.mail_id for replay in put] == [FIRST]
    assert room.tables.order().delivery is Delivery.DELIVERED, "the second one did arrive"


def test_an_order_without_replayable_mails_is_refused_with_the_reason() -> None:
    with pytest.raises(NotReplayable, match="it came back"):
        PostRoom(failed_at=NOW).flow().of_order("ORD-ABC123", NOW)

    assert PostRoom(status=MailStatus.SENT).flow().of_order("ORD-ABC123", NOW) == []


def test_an_unknown_mail_or_order_is_reported() -> None:
    with pytest.raises(MailNotFound):
        PostRoom().replay("ORD-ABC123#confirmation#9")
    with pytest.raises(OrderNotFound):
        PostRoom().flow().of_order("ORD-NOBODY", NOW)


def claimed(room: PostRoom) -> None:
    row = room.outbox.get(FIRST)
    room.put(replace(row, status=SENDING, attempts=4, lease_until=later(hours=2)))


def moved(room: PostRoom) -> None:
    order = room.tables.order()
    room.tables.orders["ORD-ABC123"] = replace(order, version=order.version + 1)


def test_a_mail_claimed_concurrently_is_skipped() -> None:
    room = PostRoom()
    room.orders.before_write = [lambda: claimed(room)]

    with pytest.raises(NotReplayable, match="it is being tried"):
        room.replay()


def test_an_order_that_changes_concurrently_is_read_again() -> None:
    room = PostRoom()
    room.orders.before_write = [lambda: moved(room)]

    assert room.replay().is_written


def test_an_order_that_keeps_changing_is_given_up() -> None:
    room = PostRoom()
    room.orders.before_write = [lambda: moved(room)] * 4

    with pytest.raises(MailChanged):
        room.replay()


def test_a_replay_violates_no_invariant() -> None:
    room = PostRoom()
    before = {breach.rule for breach in breaches_in(room.tables, later(hours=1))}

    room.replay()

    assert {breach.rule for breach in breaches_in(room.tables, later(hours=1))} <= before


WORDS: list[tuple[list[tuple[MailKind, MailStatus]], Delivery | None]] = [
    ([], None),
    ([(MailKind.ALERT, PROBLEM)], None),
    ([(MailKind.CONFIRMATION, PENDING)], Delivery.PENDING),
    ([(MailKind.CONFIRMATION, PENDING), (MailKind.CONFIRMATION, PROBLEM)], Delivery.PROBLEM),
    ([(MailKind.CONFIRMATION, MailStatus.SENT), (MailKind.CONFIRMATION, SENDING)],
     Delivery.DELIVERED),
    ([(MailKind.CONFIRMATION, MailStatus.WITHDRAWN)], Delivery.WITHDRAWN),
    ([(MailKind.CONFIRMATION, MailStatus.SENT), (MailKind.CONFIRMATION, MailStatus.WITHDRAWN)],
     Delivery.DELIVERED),
]  # fmt: skip


@pytest.mark.parametrize(("mails", "said"), WORDS)
def test_the_delivery_of_an_order_follows_from_its_confirmations(
    mails: list[tuple[MailKind, MailStatus]], said: Delivery | None
) -> None:
    made = [
        replace(to_buyer(an_order(), kind, NOW, n), status=status)
        for n, (kind, status) in enumerate(mails, start=1)
    ]

    assert delivery_of(made) is said
