"""The outbox: one attempt at a time holds a mail, and its outcome is on the mail and its order."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.adapters.contracts.shops import REFUSED, Shop, nothing_written
from tests.support.builders import NOW, an_event, an_order
from tests.support.stored import LATER, a_mail
from ticketing.emails.mail import LEASE, SETTLED, UNSETTLED, Mail, MailKind, MailStatus
from ticketing.errors import EventNotFound, MailChanged, MailNotFound
from ticketing.orders.order import ERASED, Customer, Delivery, OrderStatus

NUMBER, ID = "ORD-ABC123", "ORD-ABC123#confirmation#1"
SECOND = timedelta(seconds=1)
ALERT = a_mail(mail_id="shop#alert#x", kind=MailKind.ALERT, order_number=None, body="about Jane")
NEWS = a_mail(mail_id="ORD-ABC123#event_changed#2", kind=MailKind.EVENT_CHANGED)
COMPLETED = {"status": OrderStatus.COMPLETED, "delivery": Delivery.PENDING}


def claimed(shop: Shop, mail: Mail | None = None, attempt_id: str = "mine") -> Mail:
    """Store a mail and claim it for an attempt."""
    found: Mail = shop.outbox.claim(shop.store_mail(mail or a_mail()).mail_id, attempt_id, LATER)
    return found


def due(shop: Shop, until: datetime) -> list[str]:
    return list(shop.outbox.due(until, 10))


def sent(shop: Shop, mail: Mail) -> None:
    shop.outbox.record_sent(mail, "ses-1", "mails/x.eml", LATER)


def given_up(shop: Shop, mail: Mail) -> None:
    shop.outbox.give_up(mail, "no such address", LATER)


# ---- add_once, get, due


def test_a_mail_is_stored_once(shop: Shop) -> None:
    assert not shop.outbox.has(ID)
    assert shop.outbox.add_once(a_mail())

    with nothing_written(shop):
        assert not shop.outbox.add_once(a_mail(recipient="somebody@else.example"))

    assert shop.outbox.get(ID) == a_mail()
    assert shop.outbox.has(ID)


def test_an_unknown_mail_is_not_found(shop: Shop) -> None:
    with nothing_written(shop, MailNotFound, match=ID):
        shop.outbox.get(ID)
    with nothing_written(shop, MailNotFound, match=ID):
        shop.outbox.claim(a_mail().mail_id, "mine", LATER)


def test_due_mails_come_longest_waiting_first_up_to_the_limit(shop: Shop) -> None:
    for minutes in (3, 1, 2):
        at = LATER + timedelta(minutes=minutes)
        shop.store_mail(a_mail(mail_id=f"m{minutes}", next_attempt_at=at))

    assert due(shop, LATER + timedelta(minutes=2)) == ["m1", "m2"]
    assert list(shop.outbox.due(LATER + timedelta(minutes=9), 1)) == ["m1"]


def test_mails_of_an_order_are_listed_oldest_first(shop: Shop) -> None:
    for minutes, name in ((2, "b"), (1, "a")):
        shop.store_mail(a_mail(mail_id=name, created_at=LATER + timedelta(minutes=minutes)))
    shop.store_mail(ALERT)

    assert [mail.mail_id for mail in shop.outbox.of_order(NUMBER)] == ["a", "b"]


# ---- claim


def test_an_attempt_holds_the_mail_for_its_lease(shop: Shop) -> None:
    mail = shop.store_mail(a_mail())

    held = shop.outbox.claim(mail.mail_id, "mine", LATER)

    lease = LATER + LEASE
    assert held == replace(
        mail,
        status=MailStatus.SENDING,
        attempt_id="mine",
        attempts=1,
        lease_until=lease,
        next_attempt_at=lease,
    )
    assert shop.outbox.get(ID) == held
    assert due(shop, lease - SECOND) == []
    for after in (timedelta(0), SECOND, LEASE):
        with nothing_written(shop):
            assert shop.outbox.claim(mail.mail_id, "other", LATER + after) is None


def test_repeating_a_stored_claim_succeeds(shop: Shop) -> None:
    """The first response may have been lost and the request retried."""
    mail = shop.store_mail(a_mail())
    held = shop.outbox.claim(mail.mail_id, "mine", LATER)

    with nothing_written(shop):
        assert shop.outbox.claim(mail.mail_id, "mine", LATER) == held


def test_an_expired_lease_is_taken_over_and_counted(shop: Shop) -> None:
    claimed(shop)

    held = shop.outbox.claim(ID, "second", LATER + LEASE + SECOND)

    assert (held.attempts, held.abandoned) == (2, 1)
    assert shop.outbox.get(ID).attempt_id == "second"


def test_a_mail_that_lacks_its_attempt_is_taken_over(shop: Shop) -> None:
    """A person has edited the attempt away."""
    mail = a_mail(status=MailStatus.SENDING, attempts=1, lease_until=LATER)
    shop.store_mail(replace(mail, next_attempt_at=LATER))

    held = shop.outbox.claim(ID, "second", LATER + SECOND)

    assert (held.attempt_id, held.attempts, held.abandoned) == ("second", 2, 1)


@pytest.mark.parametrize("end", [sent, given_up])
def test_a_settled_mail_is_never_claimed_again(
    shop: Shop, end: Callable[[Shop, Mail], None]
) -> None:
    end(shop, claimed(shop, ALERT))

    with nothing_written(shop):
        mail = shop.outbox.get(ALERT.mail_id)
        assert shop.outbox.claim(mail.mail_id, "other", LATER + timedelta(days=9)) is None
    assert due(shop, LATER + timedelta(days=9)) == []


# ---- release, keep_unknown


def test_a_released_mail_is_claimed_when_it_is_due_again(shop: Shop) -> None:
    again = LATER + timedelta(minutes=1)
    shop.outbox.release(claimed(shop), "throttled", again)

    mail = shop.outbox.get(ID)
    assert (mail.status, mail.problem, mail.lease_until) == (MailStatus.PENDING, "throttled", None)
    assert due(shop, again) == [ID]
    assert shop.outbox.claim(mail.mail_id, "early", again - SECOND) is None
    held = shop.outbox.claim(mail.mail_id, "second", again)
    assert (held.attempts, held.abandoned) == (2, 0)


def test_an_unknown_send_keeps_its_lease(shop: Shop) -> None:
    shop.outbox.keep_unknown(claimed(shop), "no answer in time")

    mail = shop.outbox.get(ID)
    assert (mail.status, mail.lease_until) == (MailStatus.SENDING, LATER + LEASE)
    assert mail.problem == "no answer in time"


LATE_WRITES: dict[str, Callable[[Shop, Mail], None]] = {
    "release": lambda s, m: s.outbox.release(m, "late", LATER),
    "keep_unknown": lambda s, m: s.outbox.keep_unknown(m, "late"),
    "withdraw": lambda s, m: s.outbox.withdraw(m, "its tickets are void"),
}
late_writes = pytest.mark.parametrize("write", LATE_WRITES.values(), ids=LATE_WRITES.keys())


@pytest.mark.parametrize("voided_at", [None, LATER], ids=["valid", "void"])
@pytest.mark.parametrize("mail", [a_mail(), NEWS], ids=["confirmation", "news"])
@late_writes
def test_an_attempt_that_lost_its_lease_writes_nothing(
    shop: Shop, write: Callable[[Shop, Mail], None], mail: Mail, voided_at: datetime | None
) -> None:
    shop.store(an_order(**COMPLETED | {"voided_at": voided_at, "delivery": Delivery.PENDING}))
    old = claimed(shop, mail)
    shop.outbox.claim(mail.mail_id, "second", LATER + LEASE + SECOND)

    with nothing_written(shop):
        write(shop, old)


@pytest.mark.parametrize("mail", [a_mail(), NEWS], ids=["confirmation", "news"])
@late_writes
def test_a_deleted_mail_is_not_recreated(
    shop: Shop, write: Callable[[Shop, Mail], None], mail: Mail
) -> None:
    shop.store(an_order(**COMPLETED))
    held = claimed(shop, mail)
    shop.remove_mail(mail)

    with nothing_written(shop):
        write(shop, held)


@pytest.mark.parametrize("end", [sent, given_up])
def test_an_attempt_that_lost_its_lease_cannot_settle_the_mail(
    shop: Shop, end: Callable[[Shop, Mail], None]
) -> None:
    shop.store(an_order(**COMPLETED))
    old = claimed(shop)
    new = shop.outbox.claim(ID, "second", LATER + LEASE + SECOND)

    with nothing_written(shop, *REFUSED):
        end(shop, old)

    sent(shop, new)
    with nothing_written(shop):
        end(shop, old)


@pytest.mark.parametrize("end", [sent, given_up])
def test_a_deleted_mail_cannot_be_settled(shop: Shop, end: Callable[[Shop, Mail], None]) -> None:
    shop.store(an_order(**COMPLETED))
    held = claimed(shop)
    shop.remove_mail(held)

    with nothing_written(shop, MailNotFound):
        end(shop, held)


# ---- record_sent, give_up


@pytest.mark.parametrize(
    ("end", "status", "delivery"),
    [
        (sent, MailStatus.SENT, Delivery.DELIVERED),
        (given_up, MailStatus.PROBLEM, Delivery.PROBLEM),
    ],
)
def test_the_delivery_outcome_of_tickets_is_stored_on_their_order(
    shop: Shop, end: Callable[[Shop, Mail], None], status: MailStatus, delivery: Delivery
) -> None:
    shop.store(an_order(**COMPLETED))
    shop.outbox.release(claimed(shop), "throttled", LATER)
    held = shop.outbox.claim(ID, "second", LATER)

    end(shop, held)

    mail, rows = shop.outbox.get(ID), shop.rows()
    assert (mail.status, mail.next_attempt_at) == (status, None)
    assert mail.problem == (None if end is sent else "no such address")
    assert shop.orders.get(NUMBER).delivery is delivery
    assert rows["speaking"] == {NUMBER: ID}
    assert ("delivery_runbook" in rows["texts"][NUMBER]) == (end is given_up)


@pytest.mark.parametrize("kind", [MailKind.ALERT, MailKind.PAYMENT_FAILED])
@pytest.mark.parametrize("end", [sent, given_up])
def test_other_mails_do_not_change_the_delivery_status_of_their_order(
    shop: Shop, kind: MailKind, end: Callable[[Shop, Mail], None]
) -> None:
    order = shop.store(an_order())

    end(shop, claimed(shop, a_mail(kind=kind)))

    assert shop.orders.get(NUMBER) == order
    assert shop.outbox.get(ID).status in SETTLED


@pytest.mark.parametrize("end", [sent, given_up])
def test_tickets_of_a_deleted_order_are_not_settled(
    shop: Shop, end: Callable[[Shop, Mail], None]
) -> None:
    held = claimed(shop)

    with nothing_written(shop, *REFUSED):
        end(shop, held)


# ---- withdraw


@pytest.mark.parametrize(
    ("delivery", "becomes"),
    [
        (Delivery.PENDING, Delivery.WITHDRAWN),
        (Delivery.DELIVERED, Delivery.DELIVERED),
        (Delivery.PROBLEM, Delivery.PROBLEM),
    ],
)
def test_a_withdrawn_mail_shows_on_its_order_if_none_was_sent(
    shop: Shop, delivery: Delivery, becomes: Delivery
) -> None:
    shop.store(an_order(status=OrderStatus.COMPLETED, delivery=delivery, voided_at=LATER))

    shop.outbox.withdraw(claimed(shop), "its tickets are void")

    mail = shop.outbox.get(ID)
    assert (mail.status, mail.problem) == (MailStatus.WITHDRAWN, "its tickets are void")
    assert mail.next_attempt_at is None
    assert shop.orders.get(NUMBER).delivery is becomes


@pytest.mark.parametrize("delivery", [Delivery.PENDING, Delivery.DELIVERED])
def test_a_mail_to_an_address_that_the_order_had_is_withdrawn_without_a_word_on_the_order(
    shop: Shop, delivery: Delivery
) -> None:
    order = shop.store(an_order(**COMPLETED | {"delivery": delivery}))

    shop.outbox.withdraw(claimed(shop), "another address by now")

    assert shop.outbox.get(ID).status is MailStatus.WITHDRAWN
    assert shop.orders.get(NUMBER) == order


def test_withdrawing_another_kind_of_mail_leaves_the_order_unchanged(shop: Shop) -> None:
    order = shop.store(an_order(**COMPLETED))

    shop.outbox.withdraw(claimed(shop, NEWS), "its tickets are void")

    assert shop.outbox.get(NEWS.mail_id).status is MailStatus.WITHDRAWN
    assert shop.orders.get(NUMBER) == order


# ---- reschedule, put_back, erase


def test_an_unsent_mail_missing_from_the_index_is_rescheduled(shop: Shop) -> None:
    lost = shop.store_mail(a_mail(next_attempt_at=None, lease_until=LATER + LEASE))

    assert shop.outbox.reschedule(lost, LATER)

    assert due(shop, LATER + LEASE) == [ID]
    assert due(shop, LATER + LEASE - SECOND) == [], "its lease may still go on"


@pytest.mark.parametrize("state", ["scheduled", "claimed", "sent", "gone"])
def test_a_mail_that_changed_is_not_rescheduled(shop: Shop, state: str) -> None:
    lost = replace(ALERT, next_attempt_at=None)
    if state != "gone":
        shop.store_mail(lost)
    if state == "scheduled":
        shop.outbox.reschedule(lost, LATER)
    if state in {"claimed", "sent"}:
        held = shop.outbox.claim(lost.mail_id, "mine", LATER)
        if state == "sent":
            sent(shop, held)

    with nothing_written(shop):
        assert not shop.outbox.reschedule(lost, LATER + LEASE)


FAILED = replace(ALERT, status=MailStatus.PROBLEM, attempts=3, abandoned=3, next_attempt_at=None)
AGAIN = replace(FAILED, status=MailStatus.PENDING, next_attempt_at=LATER, abandoned=0)


def test_a_failed_alert_can_be_requeued(shop: Shop) -> None:
    shop.store_mail(replace(FAILED, lease_until=LATER, problem="550"))

    shop.outbox.put_back(FAILED, AGAIN)

    assert shop.outbox.get(ALERT.mail_id) == replace(AGAIN, problem="550")


@pytest.mark.parametrize(
    "news", [{"attempts": 4}, {"status": MailStatus.SENT}, {"failed_at": NOW}, None]
)
def test_a_changed_or_deleted_alert_is_not_requeued(
    shop: Shop, news: dict[str, Any] | None
) -> None:
    if news:
        shop.store_mail(replace(FAILED, **news))

    with nothing_written(shop, MailChanged, match=ALERT.mail_id):
        shop.outbox.put_back(FAILED, AGAIN)


@pytest.mark.parametrize("status", sorted(SETTLED))
def test_a_settled_mail_can_be_erased(shop: Shop, status: MailStatus) -> None:
    mail = shop.store_mail(a_mail(status=status, problem="550 jane is unknown"))
    alert = shop.store_mail(replace(ALERT, status=status))

    assert shop.outbox.erase(mail)
    assert shop.outbox.erase(alert)

    assert shop.outbox.get(ID) == replace(mail, recipient=ERASED, problem=None)
    assert shop.outbox.get(alert.mail_id) == replace(alert, body=ERASED)


@pytest.mark.parametrize("status", [*sorted(UNSETTLED), None])
def test_an_unsent_or_deleted_mail_is_not_erased(shop: Shop, status: MailStatus | None) -> None:
    if status:
        shop.store_mail(a_mail(status=status))

    with nothing_written(shop):
        assert not shop.outbox.erase(a_mail(status=MailStatus.SENT))


def test_mails_to_an_address_and_alerts_mentioning_it_are_found(shop: Shop) -> None:
    shop.store_mail(a_mail(recipient="Jane@example.com"))
    shop.store_mail(a_mail(mail_id="another", recipient="sam@example.com"))
    shop.store_mail(
        replace(ALERT, recipient="alerts@example.com", body="Customer: jane@example.com")
    )

    found = {mail.mail_id for mail in shop.outbox.mentioning("jane@example.com")}

    assert found == {ID, ALERT.mail_id}


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


@pytest.mark.parametrize(
    ("event", "delivery"), [(arrived, Delivery.DELIVERED), (bounced, Delivery.PROBLEM)]
)
def test_an_event_settles_an_unknown_send_on_the_mail_and_the_order(
    shop: Shop, event: Callable[[Mail], Mail], delivery: Delivery
) -> None:
    shop.store(an_order(**COMPLETED))
    held = claimed(shop)
    read = shop.outbox.get(ID)

    shop.outbox.record_event(read, event(read), LATER)

    assert shop.outbox.get(ID) == event(read)
    assert shop.orders.get(NUMBER).delivery is delivery
    assert shop.rows()["speaking"] == {NUMBER: ID}
    with nothing_written(shop):
        sent(shop, held)
        for write in LATE_WRITES.values():
            write(shop, held)


@pytest.mark.parametrize(
    "news",
    [
        {"status": MailStatus.PROBLEM},
        {"attempt_id": "another"},
        {"message_id": "ses-9"},
        {"delivered_at": NOW},
        {"delayed_at": NOW},
        {"returned_at": NOW},
        {"failed_at": NOW},
        {"complained_at": NOW},
        None,
    ],
)
def test_an_event_about_a_changed_or_deleted_mail_is_a_conflict(
    shop: Shop, news: dict[str, Any] | None
) -> None:
    shop.store(an_order(**COMPLETED))
    claimed(shop)
    read = shop.outbox.get(ID)
    if news:
        shop.store_mail(replace(read, **news))
    else:
        shop.remove_mail(read)

    with nothing_written(shop, MailChanged, match=ID):
        shop.outbox.record_event(read, arrived(read), LATER)


def test_an_order_shows_its_newest_mail_and_any_complaint(shop: Shop) -> None:
    shop.store(an_order(**COMPLETED))
    sent(shop, claimed(shop))
    newer = a_mail(mail_id="ORD-ABC123#confirmation#2")
    sent(shop, claimed(shop, newer))
    read = shop.outbox.get(ID)

    shop.outbox.record_event(read, replace(bounced(read), complained_at=LATER), LATER)

    order = shop.orders.get(NUMBER)
    assert shop.outbox.get(ID).status is MailStatus.PROBLEM
    assert (order.delivery, order.complained_at) == (Delivery.DELIVERED, LATER)
    assert shop.rows()["speaking"] == {NUMBER: newer.mail_id}


def test_a_complaint_from_an_address_that_the_order_had_does_not_count_for_the_new_one(
    shop: Shop,
) -> None:
    new = Customer("Jane", "jane@example.org")
    shop.store(an_order(**COMPLETED | {"customer": new, "delivery": Delivery.DELIVERED}))
    claimed(shop)
    read = shop.outbox.get(ID)

    shop.outbox.record_event(read, replace(arrived(read), complained_at=LATER), LATER)

    assert shop.outbox.get(ID).complained_at == LATER
    assert shop.orders.get(NUMBER).complained_at is None


@pytest.mark.parametrize("kind", [MailKind.PAYMENT_FAILED, MailKind.ALERT])
def test_an_event_about_another_kind_of_mail_changes_no_delivery_status(
    shop: Shop, kind: MailKind
) -> None:
    order = shop.store(an_order())
    claimed(shop, a_mail(kind=kind))
    read = shop.outbox.get(ID)

    shop.outbox.record_event(read, bounced(read), LATER)

    assert shop.outbox.get(ID).status is MailStatus.PROBLEM
    assert shop.orders.get(NUMBER) == order


def test_an_event_does_not_recreate_a_deleted_order(shop: Shop) -> None:
    claimed(shop)
    read = shop.outbox.get(ID)

    shop.outbox.record_event(read, arrived(read), LATER)

    assert shop.rows()["orders"] == {}
    assert shop.outbox.get(ID).status is MailStatus.DELIVERED


# ---- events of the shop


def test_an_event_is_found_by_id(shop: Shop) -> None:
    shop.sell()

    assert shop.events.get("5") == an_event()
    with nothing_written(shop, EventNotFound, match="event 7"):
        shop.events.get("7")


@pytest.mark.parametrize("revision", [1, 2])
def test_an_unknown_revision_is_not_announced(shop: Shop, revision: int) -> None:
    """The first revision has nothing to announce, and no number on the event's row."""
    shop.sell()

    shop.events.mark_announced(an_event(revision=revision))
    shop.events.mark_announced(an_event(event_id="7"))

    assert shop.events.get("5") == an_event()
