"""Mails of the outbox: one id per fact, and when a mail is retried."""

from dataclasses import replace

import pytest

from tests.support.builders import NOW, a_brand, a_console, an_order, later
from ticketing.emails.mail import (
    LEASE,
    NUDGE_GRACE,
    UNKNOWN_SENDS,
    MailKind,
    MailStatus,
    retry_at,
    to_buyer,
    to_operators,
)
from ticketing.operators import alerts
from ticketing.operators.alert_kinds import AlertKind
from ticketing.operators.alerts import Alert

FACT = Alert(AlertKind.AMOUNT, "amount_mismatch-1", "Amount Mismatch - Order ORD-ABC123", "text\n")


@pytest.mark.parametrize("kind", [MailKind.CONFIRMATION, MailKind.PAYMENT_FAILED])
def test_a_buyer_gets_one_mail_of_each_kind_per_order(kind: MailKind) -> None:
    mail, again = to_buyer(an_order(), kind, NOW), to_buyer(an_order(), kind, later(hours=1))

    assert mail.mail_id == again.mail_id == f"ORD-ABC123#{kind.value}#1"
    assert mail.recipient == "jane@example.com"
    assert (mail.status, mail.order_number) == (MailStatus.PENDING, "ORD-ABC123")


def test_the_same_alert_about_an_order_is_sent_once() -> None:
    first = to_operators(FACT, a_brand(), NOW, "ORD-ABC123")
    again = to_operators(FACT, a_brand(), later(days=1), "ORD-ABC123")

    assert first.mail_id == again.mail_id == "ORD-ABC123#alert#amount_mismatch-1"
    assert first.recipient == "alerts@example.com"
    assert first.subject == "[Jersey Events CRITICAL] Amount Mismatch - Order ORD-ABC123"
    assert (
        first.body == "text\n\nMore about it: docs/runbooks/payment-mismatch.md#amount-mismatch\n"
    )


def test_an_alert_links_to_its_page_where_the_docs_have_an_address() -> None:
    links = replace(a_console(), docs="https://git.example.com/tickets/docs/")
    alert = alerts.incomplete_configuration("no secret", NOW, links)

    assert (to_operators(alert, a_brand(), NOW).body or "").endswith(
        "More about it: https://git.example.com/tickets/docs/runbooks/sumup-connection.md"
        "#configuration-incomplete\n"
    )


def test_an_alert_about_another_order_or_none_is_a_different_mail() -> None:
    ids = {
        to_operators(FACT, a_brand(), NOW, number).mail_id
        for number in ("ORD-ABC123", "ORD-XYZ999", None)
    }

    assert len(ids) == 3


def test_the_scan_leaves_a_new_mail_time_to_be_sent_by_its_own_message() -> None:
    assert to_buyer(an_order(), MailKind.CONFIRMATION, NOW).next_attempt_at == NOW + NUDGE_GRACE


@pytest.mark.parametrize(
    ("attempts", "minutes"), [(0, 1), (1, 1), (2, 2), (3, 5), (4, 10), (99, 10)]
)
def test_a_throttled_mail_is_retried_with_backoff(attempts: int, minutes: int) -> None:
    assert retry_at(attempts, NOW) == later(minutes=minutes)


def test_an_unknown_send_waits_longer_than_any_delivery_event_takes() -> None:
    assert later(minutes=15) == NOW + LEASE
    assert UNKNOWN_SENDS == 3
