"""Recording SES events: once, in any order, with an alert for those that matter."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import NOW, a_brand, a_notifier, an_order, later
from tests.support.fakes import Outbox, Tables
from ticketing.emails.delivery_events import tag_of
from ticketing.emails.mail import (
    LEASE,
    Mail,
    MailKind,
    MailStatus,
    of_address_change,
    to_buyer,
    to_operators,
)
from ticketing.errors import MailChanged, UnreadableMailEvent
from ticketing.flows.record_email_event import RECORD_TRIES, Outcome, RecordEmailEvent
from ticketing.observability import metrics
from ticketing.operators.alert_kinds import AlertKind
from ticketing.operators.alerts import Alert
from ticketing.orders.order import Customer, Delivery, OrderStatus

EVENTS = Path(__file__).parents[2] / "events"
ID = "ORD-ABC123#confirmation#1"
ATTEMPT = "6b0c1f0d2c3e4a5b8c9d0e1f2a3b4c5d"


def notification(case: str, mail_id: str = ID, attempt: str = ATTEMPT) -> str:
    """Return a sample event as forwarded by SNS, optionally for another mail or attempt."""
    sample = json.loads((EVENTS / f"record_email_event.{case}.json").read_text())
    event = json.loads(sample["Records"][0]["Sns"]["Message"])
    event["mail"]["tags"] |= {"mail": [tag_of(mail_id)], "attempt": [attempt]}
    if attempt != ATTEMPT:
        event["mail"]["messageId"] = f"ses-{attempt}"
    return json.dumps(event)


class Desk:
    """A completed order whose confirmation is being sent, and what records SES's events."""

    def __init__(self, mail: Mail | None = None) -> None:
        self.tables = Tables()
        self.outbox = Outbox(self.tables)
        order = an_order(status=OrderStatus.COMPLETED, delivery=Delivery.PENDING)
        self.tables.orders[order.order_number] = order
        mail = mail or to_buyer(order, MailKind.CONFIRMATION, NOW)
        self.outbox.add_once(mail)
        claimed = self.outbox.claim(mail.mail_id, ATTEMPT, NOW)
        assert claimed is not None
        self.claimed = claimed
        self.record = RecordEmailEvent(self.outbox, a_notifier(self.outbox))

    def hears(self, case: str, **changes: str) -> Outcome:
        return self.record(notification(case, **changes), later(minutes=1))

    @property
    def mail(self) -> Mail:
        return self.outbox.get(self.claimed.mail_id)

    @property
    def delivery(self) -> Delivery | None:
        return self.tables.order().delivery

    @property
    def alerts(self) -> list[Mail]:
        mails = self.tables.mails.values()
        return [m for m in mails if m.kind is MailKind.ALERT and m != self.mail]


@pytest.fixture(autouse=True)
def _no_counts() -> None:
    metrics.clear_metrics()


def counted() -> set[str]:
    return set(metrics.metric_set)


@pytest.mark.parametrize("case", ["send", "delivery", "delivery_delay", "complaint"])
def test_an_event_that_proves_delivery_settles_an_unknown_outcome(case: str) -> None:
    desk = Desk()

    assert desk.hears(case) is Outcome.RECORDED

    assert desk.delivery is Delivery.DELIVERED
    assert desk.outbox.claim(desk.mail.mail_id, "another", later(minutes=20)) is None


def test_a_late_response_from_ses_does_not_override_its_event() -> None:
    desk = Desk()
    desk.hears("bounce_permanent")

    desk.outbox.record_sent(desk.claimed, "ses-1", "mails/x.eml", later(minutes=2))

    assert (desk.mail.status, desk.delivery) == (MailStatus.PROBLEM, Delivery.PROBLEM)


def test_a_delivered_earlier_attempt_stops_further_retries() -> None:
    desk = Desk()
    later_try = desk.outbox.claim(desk.mail.mail_id, "another", NOW + LEASE * 2)
    assert later_try is not None

    desk.hears("delivery")
    desk.outbox.release(later_try, "throttled", NOW + LEASE * 3)

    assert desk.mail.status is MailStatus.DELIVERED


TOLD = {
    "bounce_permanent": "Email Bounced",
    "bounce_suppressed": "Email Bounced",
    "reject": "Email Bounced",
    "rendering_failure": "Email Bounced",
    "complaint": "Email Marked As Spam",
}


@pytest.mark.parametrize("case", TOLD)
def test_an_event_that_needs_attention_raises_one_alert(case: str) -> None:
    desk = Desk()

    outcomes = [desk.hears(case) for _ in range(3)]

    assert outcomes == [Outcome.RECORDED, Outcome.NOTHING_NEW, Outcome.NOTHING_NEW]
    (alert,) = desk.alerts
    assert alert.subject == f"[Jersey Events Alert] {TOLD[case]} - Order ORD-ABC123"
    assert "jane@example.com" in (alert.body or "")
    assert (desk.mail.problem or "none") in (alert.body or "")


@pytest.mark.parametrize("case", ["send", "delivery", "bounce_transient", "delivery_delay"])
def test_a_transient_event_raises_no_alert(case: str) -> None:
    desk = Desk()

    desk.hears(case)

    assert desk.alerts == []
    assert desk.delivery is Delivery.DELIVERED


def test_a_crash_between_alert_and_record_does_not_change_the_outcome() -> None:
    desk, calm = Desk(), Desk()
    calm.hears("bounce_permanent")

    def die(*_: object) -> None:
        raise MemoryError

    desk.outbox.record_event = die  # type: ignore[method-assign,assignment]
    with pytest.raises(MemoryError):
        desk.hears("bounce_permanent")
    del desk.outbox.record_event
    desk.hears("bounce_permanent")

    assert desk.tables.mails == calm.tables.mails
    assert desk.tables.orders == calm.tables.orders


def test_a_mail_that_changes_concurrently_is_reevaluated(monkeypatch: pytest.MonkeyPatch) -> None:
    """The response and the event of SES race for the row; both count, in either order."""
    desk = Desk()
    monkeypatch.setattr("time.sleep", lambda _: None)
    write, tries = desk.outbox.record_event, iter(range(9))

    def beaten_once(before: Mail, now: Mail, sent_at: Any) -> None:  # noqa: ANN401  # may be anything
        if next(tries) == 0:
            desk.outbox.record_sent(desk.claimed, "ses-1", "mails/x.eml", NOW)
        write(before, now, sent_at)

    desk.outbox.record_event = beaten_once  # type: ignore[method-assign]

    assert desk.hears("delivery") is Outcome.RECORDED
    assert (desk.mail.status, desk.mail.message_id) == (MailStatus.DELIVERED, "ses-1")


def test_a_mail_that_keeps_changing_is_left_to_the_retries_of_lambda(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk, tries = Desk(), []
    monkeypatch.setattr("time.sleep", lambda _: None)

    def beaten(*_: object) -> None:
        tries.append(1)
        raise MailChanged(ID)

    desk.outbox.record_event = beaten  # type: ignore[method-assign,assignment]

    with pytest.raises(MailChanged):
        desk.hears("delivery")
    assert len(tries) == RECORD_TRIES


def test_a_bounced_alert_is_logged_and_counted_but_raises_no_other_alert() -> None:
    told = Alert(AlertKind.EXPIRED, "a-fact", "Something", "text\n")
    desk = Desk(to_operators(told, a_brand(), NOW, "ORD-ABC123"))

    desk.hears("bounce_permanent", mail_id=desk.claimed.mail_id)

    assert desk.mail.status is MailStatus.PROBLEM
    assert desk.alerts == []
    assert counted() == {"MailsBounced", "AlertsBounced"}
    assert desk.delivery is Delivery.PENDING


COUNTED = {
    "send": set(),
    "delivery": {"MailsDelivered"},
    "bounce_permanent": {"MailsBounced"},
    "bounce_transient": set(),
    "complaint": {"MailsComplained"},
}


@pytest.mark.parametrize("case", COUNTED)
def test_deliveries_bounces_and_complaints_are_counted_once(case: str) -> None:
    desk = Desk()

    desk.hears(case)
    desk.hears(case)

    assert counted() == COUNTED[case]
    assert all(each["Value"] == [1.0] for each in metrics.metric_set.values())


def test_an_event_for_an_unknown_mail_is_ignored() -> None:
    desk = Desk()
    before = dict(desk.tables.mails)

    assert desk.hears("bounce_permanent", mail_id="ORD-ABC123#confirmation#7") is (
        Outcome.NO_SUCH_MAIL
    )
    assert desk.tables.mails == before


def test_the_test_notification_of_the_topic_is_ignored() -> None:
    checked = "Successfully validated SNS topic for Amazon SES event publishing."

    assert Desk().record(checked, NOW) is Outcome.NOT_FOLLOWED


def test_an_invalid_event_fails_so_that_it_is_kept() -> None:
    with pytest.raises(UnreadableMailEvent):
        Desk().record("{}", NOW)


def test_a_late_event_for_a_mail_that_was_resent_changes_nothing() -> None:
    desk = Desk()
    desk.outbox.record_sent(desk.claimed, "ses-1", "mails/x.eml", NOW)
    before = replace(desk.mail)

    assert desk.hears("bounce_permanent", attempt="long-ago") is Outcome.NOTHING_NEW

    assert desk.mail == before
    assert desk.alerts == []


@pytest.mark.parametrize("case", TOLD)
def test_what_becomes_of_the_mail_to_a_replaced_address_is_for_nobody(case: str) -> None:
    desk = Desk(of_address_change(an_order(), NOW))
    new = Customer("Jane Doe", "jane@example.org")
    before = replace(desk.tables.order(), customer=new)
    desk.tables.orders["ORD-ABC123"] = before

    assert desk.hears(case, mail_id=desk.mail.mail_id) is Outcome.RECORDED

    assert desk.alerts == []
    assert desk.tables.order() == before
