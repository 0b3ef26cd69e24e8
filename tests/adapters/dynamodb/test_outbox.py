"""The outbox: one try holds a mail at a time, and what became of it is recorded."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pynamodb.attributes import Attribute
from pynamodb.exceptions import TransactWriteError

from tests.support.aws import REGION, World
from tests.support.builders import an_order
from tests.support.stored import LATER, a_mail, in_utc, mail_of, row_of, store, store_mail
from ticketing.adapters.dynamodb.models import MailRow, OrderRow
from ticketing.adapters.dynamodb.outbox import DECIDED_BY, Outbox
from ticketing.emails.mail import LEASE, Mail, MailKind, MailStatus
from ticketing.errors import MailChanged, MailNotFound
from ticketing.operators.next_step import delivery_attributes
from ticketing.orders.order import Delivery, OrderStatus

OUTBOX = Outbox(REGION)
ID = "ORD-ABC123#confirmation#1"
SOON = timedelta(seconds=1)
ALERT = a_mail(mail_id="shop#alert#x", kind=MailKind.ALERT, order_number=None)


def claim(mail: Mail, attempt_id: str = "mine", now: datetime = LATER) -> Mail:
    claimed = OUTBOX.claim(mail, attempt_id, now)
    assert claimed is not None
    return claimed


def claimed_mail(mail: Mail | None = None) -> Mail:
    return claim(store_mail(mail or a_mail()))


def due(until: datetime) -> list[str]:
    return list(OUTBOX.due(until, 10))


# ---- add_once, get, due


def test_a_mail_comes_back_as_it_was_stored(world: World) -> None:
    full = a_mail(subject="[S] über", body="line\nline")

    assert OUTBOX.add_once(full)

    assert OUTBOX.get(ID) == full
    assert in_utc(world.items("MailsTable")[0]["created_at"]["S"]) == LATER


def test_a_mail_id_is_told_once(world: World) -> None:
    OUTBOX.add_once(a_mail())

    assert not OUTBOX.add_once(a_mail(recipient="somebody@else.example"))

    assert OUTBOX.get(ID).recipient == "jane@example.com"
    assert len(world.items("MailsTable")) == 1


def test_adding_a_mail_that_was_sent_does_not_send_it_again(world: World) -> None:
    mail = claimed_mail()
    store(an_order())
    OUTBOX.record_sent(mail, "ses-1", "mails/x.eml", LATER)

    assert not OUTBOX.add_once(a_mail())

    assert OUTBOX.get(ID).status is MailStatus.SENT
    assert due(LATER + timedelta(days=1)) == []
    assert len(world.items("MailsTable")) == 1


def test_a_mail_nobody_wrote_is_not_found(world: World) -> None:
    assert world.items("MailsTable") == []
    assert not OUTBOX.has(ID)
    with pytest.raises(MailNotFound, match=ID):
        OUTBOX.get(ID)


def test_mails_are_due_longest_waiting_first_and_within_the_limit(world: World) -> None:
    for minutes in (3, 1, 2):
        at = LATER + timedelta(minutes=minutes)
        store_mail(a_mail(mail_id=f"m{minutes}", next_attempt_at=at))

    assert due(LATER + timedelta(minutes=2)) == ["m1", "m2"]
    assert list(OUTBOX.due(LATER + timedelta(minutes=9), 1)) == ["m1"]
    assert world.wire.count("Query") == 2


def test_a_mail_that_cannot_be_read_does_not_hide_the_others(world: World) -> None:
    store_mail(a_mail())
    (item,) = world.items("MailsTable")
    broken = {"mail_id": {"S": "broken"}, "next_attempt_at": {"S": "2026-06-01"}}
    world.put("MailsTable", item | broken)

    assert due(LATER + timedelta(minutes=5)) == [ID]


# ---- claim


def test_a_claim_holds_the_mail_for_its_lease(world: World) -> None:
    mail = store_mail(a_mail())

    claimed = claim(mail)

    assert claimed == replace(
        mail,
        status=MailStatus.SENDING,
        attempt_id="mine",
        attempts=1,
        abandoned=0,
        lease_until=LATER + LEASE,
    )
    assert OUTBOX.get(ID) == replace(claimed, next_attempt_at=LATER + LEASE)
    assert due(LATER + LEASE - SOON) == []
    assert due(LATER + LEASE) == [ID]
    assert len(world.items("MailsTable")) == 1


@pytest.mark.parametrize("after", [timedelta(0), SOON, LEASE])
def test_a_mail_somebody_holds_cannot_be_claimed(world: World, after: timedelta) -> None:
    mail = claimed_mail()
    before = world.contents()

    assert OUTBOX.claim(mail, "other", LATER + after) is None

    assert world.contents() == before


def test_two_that_read_the_same_mail_cannot_both_claim_it(world: World) -> None:
    mail = store_mail(a_mail())
    claim(mail, "first")

    assert OUTBOX.claim(mail, "second", LATER) is None

    assert mail_of(ID).attempt_id == "first"
    assert len(world.items("MailsTable")) == 1


def test_a_claim_left_behind_is_taken_over_and_counted(world: World) -> None:
    claimed_mail()

    again = claim(OUTBOX.get(ID), "second", LATER + LEASE + SOON)

    assert (again.attempts, again.abandoned) == (2, 1)
    row = mail_of(ID)
    assert (row.attempt_id, row.attempts, row.abandoned) == ("second", 2, 1)
    assert len(world.items("MailsTable")) == 1


def test_a_released_mail_is_claimed_when_it_is_due_again(world: World) -> None:
    OUTBOX.release(claimed_mail(), "throttled", LATER + timedelta(minutes=1))
    mail = OUTBOX.get(ID)

    assert OUTBOX.claim(mail, "early", LATER + timedelta(seconds=59)) is None
    again = claim(mail, "second", LATER + timedelta(minutes=1))

    assert (again.attempts, again.abandoned) == (2, 0)
    assert len(world.items("MailsTable")) == 1


def test_a_new_mail_is_claimed_before_the_scan_would_look_at_it(world: World) -> None:
    mail = store_mail(a_mail(next_attempt_at=LATER + timedelta(minutes=2)))

    assert OUTBOX.claim(mail, "mine", LATER)
    assert world.wire.count("UpdateItem") == 1


def sent(mail: Mail) -> None:
    OUTBOX.record_sent(mail, "ses-1", "mails/x.eml", LATER)


def given_up(mail: Mail) -> None:
    OUTBOX.give_up(mail, "no such address", LATER)


@pytest.mark.parametrize("end", [sent, given_up])
def test_a_settled_mail_is_never_claimed_again(world: World, end: Callable[[Mail], None]) -> None:
    end(claimed_mail(ALERT))
    before = world.contents()

    assert OUTBOX.claim(OUTBOX.get(ALERT.mail_id), "other", LATER + timedelta(days=9)) is None

    assert world.contents() == before


def test_a_mail_that_was_never_stored_cannot_be_claimed(world: World) -> None:
    with pytest.raises(MailNotFound):
        OUTBOX.claim(a_mail(), "mine", LATER)

    assert world.items("MailsTable") == []


# ---- release, keep_unknown


def test_a_released_mail_says_why_and_when_it_is_tried_again(world: World) -> None:
    OUTBOX.release(claimed_mail(), "throttled", LATER + timedelta(minutes=1))

    mail = OUTBOX.get(ID)
    assert (mail.status, mail.problem) == (MailStatus.PENDING, "throttled")
    assert (mail.lease_until, mail.next_attempt_at) == (None, LATER + timedelta(minutes=1))
    assert due(LATER + timedelta(minutes=1)) == [ID]
    assert len(world.items("MailsTable")) == 1


def test_an_unknown_send_keeps_its_claim(world: World) -> None:
    claimed = claimed_mail()

    OUTBOX.keep_unknown(claimed, "no answer in time")

    mail = OUTBOX.get(ID)
    assert (mail.status, mail.lease_until) == (MailStatus.SENDING, LATER + LEASE)
    assert mail.problem == "no answer in time"
    assert len(world.items("MailsTable")) == 1


LATE_WORDS: list[Callable[[Mail], None]] = [
    lambda mail: OUTBOX.release(mail, "late", LATER),
    lambda mail: OUTBOX.keep_unknown(mail, "late"),
]


@pytest.mark.parametrize("say", LATE_WORDS)
def test_who_lost_the_claim_has_no_say_any_more(world: World, say: Callable[[Mail], None]) -> None:
    old = claimed_mail()
    claim(OUTBOX.get(ID), "second", LATER + LEASE + SOON)
    before = world.contents()

    say(old)

    assert world.contents() == before


@pytest.mark.parametrize("end", [sent, given_up])
def test_who_lost_the_claim_cannot_settle_the_mail(
    world: World, end: Callable[[Mail], None]
) -> None:
    store(an_order(status=OrderStatus.COMPLETED))
    old = claimed_mail()
    claim(OUTBOX.get(ID), "second", LATER + LEASE + SOON)
    before = world.contents()

    with pytest.raises(TransactWriteError):
        end(old)

    assert world.contents() == before


def test_recording_what_another_try_recorded_is_fine(world: World) -> None:
    store(an_order(status=OrderStatus.COMPLETED))
    old = claimed_mail()
    sent(claim(OUTBOX.get(ID), "second", LATER + LEASE + SOON))
    before = world.contents()

    sent(old)

    assert world.contents() == before


# ---- record_sent, give_up


def test_sent_tickets_are_recorded_on_mail_and_order(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED))

    OUTBOX.record_sent(claimed_mail(), "ses-1", "mails/ORD-ABC123/x.eml", LATER)

    row = mail_of(ID)
    assert (row.status, row.message_id, row.sent_at) == ("sent", "ses-1", LATER)
    assert row.archive_key == "mails/ORD-ABC123/x.eml"
    assert (row_of(order).delivery, row_of(order).delivered_at) == ("delivered", LATER)
    assert due(LATER + timedelta(days=9)) == []
    assert world.wire.count("TransactWriteItems") == 1


def test_a_problem_of_an_earlier_try_is_cleared(world: World) -> None:
    store(an_order())
    OUTBOX.release(claimed_mail(), "throttled", LATER)

    sent(claim(OUTBOX.get(ID), "second"))

    assert mail_of(ID).problem is None
    assert len(world.items("MailsTable")) == 1


def test_a_mail_that_cannot_be_delivered_shows_on_its_order(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED))

    given_up(claimed_mail())

    row = mail_of(ID)
    assert (row.status, row.problem) == ("problem", "no such address")
    assert row_of(order).delivery == "problem"
    assert row_of(order).delivery_reason == "no such address"
    assert "sent_at" not in world.items("MailsTable")[0]
    assert "delivered_at" not in world.items("OrdersTable")[0]
    assert due(LATER + timedelta(days=9)) == []
    assert world.wire.count("TransactWriteItems") == 1


@pytest.mark.parametrize("kind", [MailKind.ALERT, MailKind.PAYMENT_FAILED])
@pytest.mark.parametrize("end", [sent, given_up])
def test_only_the_tickets_decide_about_delivery(
    world: World, kind: MailKind, end: Callable[[Mail], None]
) -> None:
    order = store(an_order())

    end(claimed_mail(a_mail(kind=kind)))

    assert row_of(order).delivery is None
    assert mail_of(ID).status in {"sent", "problem"}
    assert world.wire.count("TransactWriteItems") == 1


def test_tickets_of_an_order_that_vanished_are_not_recorded(world: World) -> None:
    """A row with nothing but a delivery would be no order."""
    mail = claimed_mail()

    with pytest.raises(TransactWriteError):
        sent(mail)

    assert world.items("OrdersTable") == []
    assert MailRow.get(ID).status == "sending"


def test_recording_leaves_the_rest_of_the_order_alone(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED, version=3))
    before = OrderRow.get("ORD-ABC123").to_simple_dict()

    sent(claimed_mail())

    after = row_of(order).to_simple_dict()
    changed = {k for k in after if after[k] != before.get(k)}
    assert changed == {"delivery", "delivered_at", "delivery_mail", "delivery_next"}
    assert world.wire.count("TransactWriteItems") == 1


# ---- putting a mail back into the index


def fell_out(mail: Mail) -> Mail:
    """Take a stored mail out of the work index, as nothing of ours does."""
    MailRow(mail.mail_id).update([MailRow.work_key.remove()])
    return mail


OVERTAKEN: dict[str, Callable[[Mail], object]] = {
    "somebody holds it": lambda mail: fell_out(claim(mail)),
    "it was sent": lambda mail: sent(claim(mail)),
    "it was given up": lambda mail: given_up(claim(mail)),
    "it is in the index again": lambda mail: OUTBOX.reschedule(mail, LATER),
}


@pytest.mark.parametrize("happens", OVERTAKEN.values(), ids=OVERTAKEN)
def test_a_mail_that_moved_on_is_not_put_back(
    world: World, happens: Callable[[Mail], object]
) -> None:
    mail = fell_out(store_mail(ALERT))
    happens(mail)
    before = world.contents()

    assert not OUTBOX.reschedule(mail, LATER + LEASE)

    assert world.contents() == before


def test_a_mail_that_waits_for_its_next_try_keeps_its_time(world: World) -> None:
    OUTBOX.release(claimed_mail(), "SES is busy", LATER + LEASE)
    waiting = OUTBOX.get(ID)
    before = world.contents()

    assert not OUTBOX.reschedule(waiting, LATER)

    assert world.contents() == before


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("lost", [MailRow.work_key, MailRow.next_attempt_at])
def test_a_mail_that_fell_out_of_the_index_is_due_again(lost: Attribute[object]) -> None:
    mail = store_mail(a_mail())
    MailRow(ID).update([lost.remove()])
    assert due(LATER + LEASE) == []

    assert OUTBOX.reschedule(mail, LATER)

    assert due(LATER) == [ID]


# ---- record_event


def arrived(mail: Mail) -> Mail:
    """Return the mail as it is once SES said that it arrived."""
    return replace(
        mail,
        status=MailStatus.DELIVERED,
        message_id="ses-1",
        delivered_at=LATER,
        lease_until=None,
        next_attempt_at=None,
        problem=None,
    )


def bounced(mail: Mail) -> Mail:
    """Return the mail as it is once SES said that it bounced."""
    return replace(
        arrived(mail),
        status=MailStatus.PROBLEM,
        delivered_at=None,
        failed_at=LATER,
        problem="user unknown",
    )


def test_an_event_settles_an_unknown_send_on_mail_and_order_at_once(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED))
    claimed_mail()
    before = OUTBOX.get(ID)

    OUTBOX.record_event(before, arrived(before), LATER)

    assert OUTBOX.get(ID) == arrived(before)
    assert (row_of(order).delivery, row_of(order).delivered_at) == ("delivered", LATER)
    assert due(LATER + timedelta(days=9)) == []
    assert world.wire.count("TransactWriteItems") == 1


def test_what_was_recorded_of_a_mail_is_not_written_over_by_its_own_try(world: World) -> None:
    store(an_order(status=OrderStatus.COMPLETED))
    claimed = claimed_mail()
    read = OUTBOX.get(ID)
    OUTBOX.record_event(read, bounced(read), LATER)
    before = world.contents()

    sent(claimed)
    OUTBOX.release(claimed, "throttled", LATER)
    OUTBOX.keep_unknown(claimed, "no answer")

    assert world.contents() == before


def test_an_event_about_a_mail_that_moved_on_is_decided_anew(world: World) -> None:
    store(an_order(status=OrderStatus.COMPLETED))
    claimed = claimed_mail()
    read = OUTBOX.get(ID)
    sent(claimed)
    before = world.contents()

    with pytest.raises(MailChanged):
        OUTBOX.record_event(read, arrived(read), LATER)

    assert world.contents() == before


MEANWHILE = {
    "status": "problem",
    "attempt_id": "another",
    "message_id": "ses-9",
    "delivered_at": LATER,
    "delayed_at": LATER,
    "failed_at": LATER,
    "complained_at": LATER,
}


@pytest.mark.parametrize("name", DECIDED_BY)
def test_whatever_decided_must_be_as_it_was_read(world: World, name: str) -> None:
    claimed_mail()
    read = OUTBOX.get(ID)
    change = getattr(MailRow, name).set(MEANWHILE[name])
    world.wire.meanwhile("TransactWriteItems", lambda: MailRow(ID).update([change]))

    with pytest.raises(MailChanged):
        OUTBOX.record_event(read, arrived(read), LATER)

    assert getattr(MailRow.get(ID), name) == MEANWHILE[name]


def test_an_event_of_a_mail_that_is_gone_makes_none(world: World) -> None:
    claimed_mail()
    read = OUTBOX.get(ID)
    world.wire.meanwhile("TransactWriteItems", MailRow(ID).delete)

    with pytest.raises(MailChanged):
        OUTBOX.record_event(read, arrived(read), LATER)

    assert world.items("MailsTable") == []


def test_an_order_that_goes_while_an_event_is_recorded_is_not_half_made_again(
    world: World,
) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED))
    claimed_mail()
    read = OUTBOX.get(ID)
    world.wire.meanwhile("TransactWriteItems", OrderRow(order.order_number).delete)

    with pytest.raises(MailChanged):
        OUTBOX.record_event(read, arrived(read), LATER)

    assert world.items("OrdersTable") == []


@pytest.mark.parametrize("spoke_of", [None, ID])
def test_a_newer_mail_that_arrived_meanwhile_is_what_its_order_speaks_of(
    world: World, spoke_of: str | None
) -> None:
    """Otherwise the bounce of the wrong address would hide that the tickets did arrive."""
    order = store(an_order(status=OrderStatus.COMPLETED))
    row = OrderRow(order.order_number)
    if spoke_of:
        row.update([OrderRow.delivery_mail.set(spoke_of)])
    claimed_mail()
    read = OUTBOX.get(ID)
    newer = OrderRow.delivery_mail.set("ORD-ABC123#confirmation#2")
    world.wire.meanwhile("TransactWriteItems", lambda: row.update([newer]))

    with pytest.raises(MailChanged):
        OUTBOX.record_event(read, bounced(read), LATER)

    assert row_of(order).delivery is None
    assert mail_of(ID).status == "sending"


def test_an_order_that_speaks_of_a_newer_mail_is_left_alone(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED))
    sent(claimed_mail())
    newer = a_mail(mail_id="ORD-ABC123#confirmation#2")
    sent(claimed_mail(newer))
    read = OUTBOX.get(ID)

    OUTBOX.record_event(read, bounced(read), LATER)

    assert mail_of(ID).status == "problem"
    assert (row_of(order).delivery, row_of(order).delivery_mail) == ("delivered", newer.mail_id)
    assert world.wire.count("TransactWriteItems") == 3


def test_a_complaint_about_an_older_mail_counts_for_its_order_all_the_same(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED))
    sent(claimed_mail())
    sent(claimed_mail(a_mail(mail_id="ORD-ABC123#confirmation#2")))
    read = OUTBOX.get(ID)

    OUTBOX.record_event(read, replace(arrived(read), complained_at=LATER), LATER)

    assert row_of(order).complained_at == LATER
    assert row_of(order).delivery_reason is None
    assert world.wire.count("TransactWriteItems") == 3


def test_a_bounce_about_a_failed_payment_is_told_on_the_order_without_a_delivery(
    world: World,
) -> None:
    order = store(an_order())
    mail = claimed_mail(a_mail(kind=MailKind.PAYMENT_FAILED))
    read = OUTBOX.get(mail.mail_id)

    OUTBOX.record_event(read, bounced(read), LATER)

    assert row_of(order).delivery is None
    assert row_of(order).delivery_reason.startswith("user unknown. The order's page says")
    assert world.wire.count("TransactWriteItems") == 1


def test_a_bounced_alert_leaves_its_order_alone(world: World) -> None:
    order = store(an_order())
    before = row_of(order).to_simple_dict()
    alert = a_mail(mail_id="ORD-ABC123#alert#x", kind=MailKind.ALERT)
    claimed_mail(alert)
    read = OUTBOX.get(alert.mail_id)

    OUTBOX.record_event(read, bounced(read), LATER)

    assert mail_of(alert.mail_id).status == "problem"
    assert row_of(order).to_simple_dict() == before
    assert world.wire.count("TransactWriteItems") == 1


def test_an_event_of_an_order_that_vanished_makes_none(world: World) -> None:
    claimed_mail()
    read = OUTBOX.get(ID)

    OUTBOX.record_event(read, arrived(read), LATER)

    assert world.items("OrdersTable") == []
    assert mail_of(ID).status == "delivered"


def test_a_corrected_and_resent_mail_clears_what_its_order_said(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED))
    claimed_mail()
    read = OUTBOX.get(ID)
    OUTBOX.record_event(read, bounced(read), LATER)

    sent(claimed_mail(a_mail(mail_id="ORD-ABC123#confirmation#2")))

    assert row_of(order).delivery == "delivered"
    assert row_of(order).delivery_reason is None
    assert len(world.items("MailsTable")) == 2


def test_an_event_whose_write_is_refused_for_another_reason_is_an_error(world: World) -> None:
    store(an_order(status=OrderStatus.COMPLETED))
    claimed_mail()
    read = OUTBOX.get(ID)
    world.wire.refuse("TransactWriteItems", "AccessDeniedException")

    with pytest.raises(TransactWriteError):
        OUTBOX.record_event(read, arrived(read), LATER)

    assert OUTBOX.get(ID) == read


# ---- withdraw


@pytest.mark.parametrize(
    ("delivery", "becomes"),
    [("pending", "withdrawn"), ("delivered", "delivered"), ("problem", "problem")],
)
def test_a_withdrawn_mail_is_over_and_its_order_says_so_if_none_left(
    world: World, delivery: str, becomes: str
) -> None:
    done = {"status": OrderStatus.COMPLETED, "delivery": Delivery(delivery), "voided_at": LATER}
    store(an_order(**done))
    mail = claimed_mail()

    OUTBOX.withdraw(mail, "its tickets are void")

    row = mail_of(ID)
    assert (row.status, row.problem) == ("withdrawn", "its tickets are void")
    assert row.work_key is None
    assert row.next_attempt_at is None
    assert row_of(an_order()).delivery == becomes
    assert (
        row_of(an_order()).delivery_next == delivery_attributes(Delivery(becomes))["delivery_next"]
    )
    assert due(LATER + timedelta(days=1)) == []
    assert OUTBOX.claim(OUTBOX.get(ID), "another", LATER + timedelta(days=1)) is None
    assert world.wire.count("TransactWriteItems") == 1


def test_what_ses_told_of_meanwhile_is_not_withdrawn(world: World) -> None:
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.PENDING))
    mail = claimed_mail()
    MailRow(ID).update([MailRow.status.set("delivered")])
    before = world.contents()

    OUTBOX.withdraw(mail, "its tickets are void")

    assert world.contents() == before


def test_other_mail_is_withdrawn_without_its_order(world: World) -> None:
    news = claimed_mail(a_mail(mail_id="ORD-ABC123#event_changed#2", kind=MailKind.EVENT_CHANGED))
    store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.PENDING))

    OUTBOX.withdraw(news, "its tickets are void")

    assert mail_of(news.mail_id).status == "withdrawn"
    assert row_of(an_order()).delivery == "pending"
    assert world.wire.count("TransactWriteItems") == 0
