"""The outbox: one attempt holds a mail at a time, and its outcome is recorded."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from pynamodb.attributes import Attribute
from pynamodb.exceptions import TransactWriteError

from tests.support.aws import World
from tests.support.builders import an_order
from tests.support.stored import LATER, a_mail, in_utc, mail_of, row_of, store, store_mail
from ticketing.adapters.dynamodb.models import MailRow, OrderRow
from ticketing.adapters.dynamodb.outbox import Outbox
from ticketing.emails.mail import LEASE, Mail, MailKind, MailStatus
from ticketing.errors import MailChanged
from ticketing.orders.order import OrderStatus

OUTBOX = Outbox()
ID = "ORD-ABC123#confirmation#1"
ALERT = a_mail(mail_id="shop#alert#x", kind=MailKind.ALERT, order_number=None)


def claim(mail: Mail, attempt_id: str = "mine", now: datetime = LATER) -> Mail:
    claimed = OUTBOX.claim(mail.mail_id, attempt_id, now)
    assert claimed is not None
    return claimed


def claimed_mail(mail: Mail | None = None) -> Mail:
    return claim(store_mail(mail or a_mail()))


def due(until: datetime) -> list[str]:
    return list(OUTBOX.due(until, 10))


# ---- add_once, get, due


def test_a_mail_round_trips(world: World) -> None:
    full = a_mail(subject="[S] über", body="line\nline")

    assert OUTBOX.add_once(full)

    assert OUTBOX.get(ID) == full
    assert in_utc(world.items("MailsTable")[0]["created_at"]["S"]) == LATER


def test_a_mail_with_a_misspelt_due_time_is_due(world: World) -> None:
    """No scan would find it otherwise, and its delivery is what fails visibly."""
    store_mail(a_mail())
    (item,) = world.items("MailsTable")
    broken = {"mail_id": {"S": "broken"}, "next_attempt_at": {"S": "2026-06-01"}}
    world.put("MailsTable", item | broken)

    assert due(LATER + timedelta(minutes=5)) == ["broken", ID]


# ---- claim


def sent(mail: Mail) -> None:
    OUTBOX.record_sent(mail, "ses-1", "mails/x.eml", LATER)


def given_up(mail: Mail) -> None:
    OUTBOX.give_up(mail, "no such address", LATER)


# ---- record_sent, give_up


def test_sent_tickets_are_recorded_on_the_mail_and_the_order(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED))

    OUTBOX.record_sent(claimed_mail(), "ses-1", "mails/ORD-ABC123/x.eml", LATER)

    row = mail_of(ID)
    assert (row.status, row.message_id, row.sent_at) == ("sent", "ses-1", LATER)
    assert row.archive_key == "mails/ORD-ABC123/x.eml"
    assert (row_of(order).delivery, row_of(order).delivered_at) == ("delivered", LATER)
    assert due(LATER + timedelta(days=9)) == []
    assert world.wire.count("TransactWriteItems") == 1


def test_an_undeliverable_mail_shows_on_its_order(world: World) -> None:
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


def test_recording_a_send_leaves_the_rest_of_the_order_unchanged(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED, version=3))
    before = OrderRow.get("ORD-ABC123").to_simple_dict()

    sent(claimed_mail())

    after = row_of(order).to_simple_dict()
    changed = {k for k in after if after[k] != before.get(k)}
    assert changed == {"delivery", "delivered_at", "delivery_mail", "delivery_next"}
    assert world.wire.count("TransactWriteItems") == 1


# ---- rescheduling a mail


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("lost", [MailRow.work_key, MailRow.next_attempt_at])
def test_a_mail_missing_from_the_index_is_rescheduled(lost: Attribute[object]) -> None:
    mail = store_mail(a_mail())
    MailRow(ID).update([lost.remove()])
    assert due(LATER + LEASE) == []

    assert OUTBOX.reschedule(mail, LATER)

    assert due(LATER) == [ID]


def test_a_mail_that_was_left_behind_is_taken_over_by_one_of_two(world: World) -> None:
    claimed_mail()
    after = LATER + LEASE + timedelta(seconds=1)
    world.wire.meanwhile("UpdateItem", lambda: None)  # the first try, for an unclaimed mail
    world.wire.meanwhile("UpdateItem", lambda: claim(a_mail(), "faster", after))

    assert OUTBOX.claim(ID, "slower", after) is None

    row = OUTBOX.get(ID)
    assert (row.attempt_id, row.attempts, row.abandoned) == ("faster", 2, 1)


# ---- record_event


def arrived(mail: Mail) -> Mail:
    """Return the mail after SES reported its delivery."""
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
    """Return the mail after SES reported its bounce."""
    return replace(
        arrived(mail),
        status=MailStatus.PROBLEM,
        delivered_at=None,
        failed_at=LATER,
        problem="user unknown",
    )


def test_an_event_settles_an_unknown_send_on_mail_and_order_atomically(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED))
    claimed_mail()
    before = OUTBOX.get(ID)

    OUTBOX.record_event(before, arrived(before), LATER)

    assert OUTBOX.get(ID) == arrived(before)
    assert (row_of(order).delivery, row_of(order).delivered_at) == ("delivered", LATER)
    assert due(LATER + timedelta(days=9)) == []
    assert world.wire.count("TransactWriteItems") == 1


def test_a_mail_that_simply_arrives_changes_its_own_row_alone(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED))
    OUTBOX.record_sent(claimed_mail(), "ses-1", "mails/x.eml", LATER)
    before, said = OUTBOX.get(ID), row_of(order).serialize()
    world.wire.forget()

    OUTBOX.record_event(before, arrived(before), LATER)

    assert [call.operation for call in world.wire.calls] == ["UpdateItem"]
    assert OUTBOX.get(ID).status is MailStatus.DELIVERED
    assert row_of(order).serialize() == said
    with pytest.raises(MailChanged):
        OUTBOX.record_event(before, arrived(before), LATER)


def test_recording_an_event_does_not_recreate_a_deleted_order(
    world: World,
) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED))
    claimed_mail()
    read = OUTBOX.get(ID)
    world.wire.meanwhile("TransactWriteItems", OrderRow(order.order_number).delete)

    with pytest.raises(MailChanged):
        OUTBOX.record_event(read, arrived(read), LATER)

    assert world.items("OrdersTable") == []


def test_an_event_is_recorded_on_an_order_that_lacks_its_address(world: World) -> None:
    """A person has edited the address away."""
    order = store(an_order(status=OrderStatus.COMPLETED))
    claimed_mail()
    (item,) = world.items("OrdersTable")
    del item["customer_email"]
    world.put("OrdersTable", item)
    read = OUTBOX.get(ID)

    OUTBOX.record_event(read, arrived(read), LATER)

    assert OUTBOX.get(ID).status is MailStatus.DELIVERED
    assert row_of(order).delivery == "delivered"


@pytest.mark.parametrize("spoke_of", [None, ID])
def test_an_event_does_not_overwrite_the_status_of_a_newer_mail(
    world: World, spoke_of: str | None
) -> None:
    """Otherwise the bounce from the wrong address would hide that the tickets did arrive."""
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


def test_a_complaint_about_an_older_mail_is_recorded_on_its_order(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED))
    sent(claimed_mail())
    sent(claimed_mail(a_mail(mail_id="ORD-ABC123#confirmation#2")))
    read = OUTBOX.get(ID)

    OUTBOX.record_event(read, replace(arrived(read), complained_at=LATER), LATER)

    assert row_of(order).complained_at == LATER
    assert row_of(order).delivery_reason is None
    assert world.wire.count("TransactWriteItems") == 3


def test_a_bounced_payment_failure_mail_sets_no_delivery_status(
    world: World,
) -> None:
    order = store(an_order())
    mail = claimed_mail(a_mail(kind=MailKind.PAYMENT_FAILED))
    read = OUTBOX.get(mail.mail_id)

    OUTBOX.record_event(read, bounced(read), LATER)

    assert row_of(order).delivery is None
    assert row_of(order).delivery_reason.startswith("user unknown. The order's page says")
    assert world.wire.count("TransactWriteItems") == 1


def test_resending_to_a_corrected_address_clears_the_delivery_problem(world: World) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED))
    claimed_mail()
    read = OUTBOX.get(ID)
    OUTBOX.record_event(read, bounced(read), LATER)

    sent(claimed_mail(a_mail(mail_id="ORD-ABC123#confirmation#2")))

    assert row_of(order).delivery == "delivered"
    assert row_of(order).delivery_reason is None
    assert len(world.items("MailsTable")) == 2


def test_any_other_rejected_write_of_an_event_raises(world: World) -> None:
    store(an_order(status=OrderStatus.COMPLETED))
    claimed_mail()
    read = OUTBOX.get(ID)
    world.wire.refuse("TransactWriteItems", "AccessDeniedException")

    with pytest.raises(TransactWriteError):
        OUTBOX.record_event(read, arrived(read), LATER)

    assert OUTBOX.get(ID) == read
