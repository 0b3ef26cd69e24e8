"""When a buyer may be erased, and which folders and mails name them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import NOW, an_event, an_order
from tests.support.stored import a_mail
from ticketing.archive_keys import checked_folder, folders
from ticketing.emails.mail import Mail, MailKind, MailStatus
from ticketing.events.event import Event
from ticketing.money import Money
from ticketing.orders.order import ERASED, Customer, Delivery, OrderStatus
from ticketing.orders.refund import Refund, RefundStatus
from ticketing.privacy.erasure import LASTS, obstacle

SENT = a_mail(status=MailStatus.SENT)
OVER = an_event(starts_at=NOW - LASTS)
BOUGHT: dict[str, Any] = {"status": OrderStatus.COMPLETED, "delivery": Delivery.DELIVERED}


def a_refund(status: str = "refunded") -> Refund:
    return Refund(f"txn-{status}", RefundStatus(status), Money(Decimal(45), "GBP"), NOW)


CASES: dict[str, tuple[dict[str, Any], Mail, Event | None, str | None]] = {
    "bought, sent, over": (BOUGHT, SENT, OVER, None),
    "its mail bounced": (BOUGHT | {"delivery": Delivery.PROBLEM}, SENT, OVER, None),
    "nobody paid": ({"status": OrderStatus.EXPIRED}, SENT, OVER, None),
    "its money went back": (
        BOUGHT | {"voided_at": NOW, "refunds": (a_refund(),)}, SENT, OVER, None,
    ),
    "refused": (BOUGHT | {"refunds": (a_refund("refused"),)}, SENT, OVER, None),
    "refund requested": (BOUGHT | {"refunds": (a_refund("asked"),)}, SENT, OVER, "a refund"),
    "refund with an unknown outcome": (
        BOUGHT | {"refunds": (a_refund(), a_refund("unknown"))}, SENT, OVER, "a refund",
    ),
    "it failed": ({"status": OrderStatus.FAILED}, SENT, OVER, None),
    "open": ({}, SENT, OVER, "open"),
    "under review": ({"status": OrderStatus.REVIEW}, SENT, OVER, "a person decides"),
    "on its way": (BOUGHT | {"delivery": Delivery.PENDING}, SENT, OVER, "its tickets"),
    "a mail waits": (BOUGHT, a_mail(), OVER, "ORD-ABC123#confirmation#1"),
    "a mail is sent": (BOUGHT, a_mail(status=MailStatus.SENDING), OVER, "under way"),
    "just begun": (
        BOUGHT, SENT, an_event(starts_at=NOW - LASTS + timedelta(seconds=1)), "its event begins",
    ),
    "to come": (BOUGHT, SENT, an_event(), "its event begins at 2026-07-18 18:30 UTC"),
    "in the last minute of the calendar": (
        BOUGHT,
        SENT,
        an_event(starts_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC)),
        "its event begins at 9999-12-31 23:59 UTC",
    ),
    "begun and not ended": (
        BOUGHT,
        SENT,
        an_event(starts_at=NOW - 9 * LASTS, ends_at=NOW - LASTS + timedelta(seconds=1)),
        "its event ends at 2026-05-31 12:00 UTC",
    ),
    "ended": (BOUGHT, SENT, an_event(starts_at=NOW - 9 * LASTS, ends_at=NOW - LASTS), None),
    "no event": (BOUGHT, SENT, None, "its event 5 is not in the tables"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "mail", "event", "why"), CASES.values(), ids=CASES)
def test_a_buyer_is_kept_as_long_as_needed(
    changes: dict[str, Any], mail: Mail, event: Event | None, why: str | None
) -> None:
    found = obstacle(an_order(**changes), [mail], event, NOW)

    assert (why in found) if why and found else (found is why)


@pytest.mark.parametrize("name", ["to come", "no event", "just begun"])
def test_a_buyer_is_erased_before_the_event_only_on_request(name: str) -> None:
    changes, mail, event, _ = CASES[name]

    assert obstacle(an_order(**changes), [mail], event, NOW, even_before_the_event=True) is None


@pytest.mark.parametrize(
    "name", ["open", "under review", "on its way", "a mail waits", "refund requested"]
)
def test_a_request_to_erase_before_the_event_overrides_nothing_else(name: str) -> None:
    changes, mail, event, _ = CASES[name]

    assert obstacle(an_order(**changes), [mail], event, NOW, even_before_the_event=True)


def test_an_erased_buyer_is_recognised_by_the_placeholder_address() -> None:
    assert not Customer(ERASED, "erased@example.com").is_erased
    assert Customer("Jane Doe", ERASED).is_erased


def test_a_mail_is_personal_until_its_content_is_replaced() -> None:
    alert = replace(SENT, kind=MailKind.ALERT, body="Customer: jane@example.com")

    assert SENT.is_personal
    assert alert.is_personal
    assert not replace(SENT, recipient=ERASED).is_personal
    assert not replace(alert, body=ERASED).is_personal


def test_the_folders_of_an_order_contain_nothing_of_other_orders() -> None:
    assert folders("5", "ORD-ABC123") == ("tickets/5/ORD-ABC123/", "mails/ORD-ABC123/")


@pytest.mark.parametrize(
    "prefix",
    ["", "tickets/", "mails/", "tickets/5/", "logos/jersey-live/", "mails/alerts/", "mails"],
)
def test_only_an_order_can_be_erased_as_a_folder(prefix: str) -> None:
    with pytest.raises(ValueError, match="not an archive key"):
        checked_folder(prefix)
