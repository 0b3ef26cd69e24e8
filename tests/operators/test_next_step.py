"""The next step of an order for each status: a sentence, a time, and matching commands."""

from datetime import datetime
from decimal import Decimal
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

from tests.support.builders import NOW, an_event, an_order, later
from tests.support.runbooks import sections
from ticketing.money import Money
from ticketing.operators.alert_kinds import REVIEWS
from ticketing.operators.next_step import next_step, row_attributes
from ticketing.orders.order import (
    ERASED,
    Customer,
    Delivery,
    OrderStatus,
    Reissued,
    Trouble,
    Work,
)
from ticketing.orders.refund import PartRefund, Refund, RefundStatus
from ticketing.web.order_status import buyer_status, mail_progress, status_text
from ticketing.web.status_texts import GIVEN_BACK, REJECTED, STATUS_TEXTS, BuyerStatus

ROOT = Path(__file__).parents[2]
SOON = later(minutes=5)
SETTLED: dict[str, Any] = {"settled_at": NOW, "work": None, "next_check_at": None}
COMPLETED = SETTLED | {"status": OrderStatus.COMPLETED}
CLOSED: dict[str, Any] = {"status": OrderStatus.EXPIRED, "settled_at": NOW}


def refund(status: str) -> Refund:
    amount = Money(Decimal(45), "GBP")
    return Refund(f"txn-{status}", RefundStatus(status), amount, NOW, problem="not enough balance")


STATES: dict[str, tuple[dict[str, Any], str, datetime | None, tuple[str, ...], bool]] = {
    "waits": (
        {}, "unpaid at 2026-06-01 14:00 UTC, it gets a last check", SOON, ("poll", "cancel"),
        False,
    ),
    "SumUp was silent once": (
        {"trouble": Trouble("unreadable", NOW, 1)},
        "the last check got no answer", SOON, ("poll", "cancel"), False,
    ),
    "SumUp is silent": (
        {"trouble": Trouble("unreadable", NOW, 3)},
        "the last 3 checks got no answer", SOON, ("poll", "cancel"), False,
    ),
    "out of the schedule": ({"work": None}, "fell out", None, ("poll", "audit"), True),
    "half out of it": ({"next_check_at": None}, "fell out", None, ("poll", "audit"), True),
    "review": (
        SETTLED | {"status": OrderStatus.REVIEW},
        "An operator decides", None, ("approve", "reject", "refund"), True,
    ),
    "closed, and SumUp is silent": (
        CLOSED | {"work": Work.LATE, "trouble": Trouble("unreadable", NOW, 3)},
        "The last 3 checks got no clear answer: unreadable.", SOON, ("poll",), False,
    ),
    "rejected": (
        SETTLED | {"status": OrderStatus.FAILED, "rejected": True},
        "must be refunded", None, ("refund", "approve"), False,
    ),
    "rejected, money back": (
        SETTLED | {"status": OrderStatus.FAILED, "rejected": True,
                   "refunds": (refund("refunded"),)},
        "its money went back", None, (), False,
    ),
    "refund under way": (
        COMPLETED | {"delivery": Delivery.DELIVERED, "refunds": (refund("asked"),)},
        "requested at 2026-06-01 12:00 UTC", None, ("refund",), True,
    ),
    "refund unknown": (
        COMPLETED | {"refunds": (refund("refunded"), refund("unknown"))},
        "requested at 2026-06-01 12:00 UTC", None, ("refund",), True,
    ),
    "refund refused": (
        COMPLETED | {"refunds": (refund("refused"),)},
        "refused the refund (not enough balance)", None, ("refund",), True,
    ),
    "void": (
        COMPLETED | {"voided_at": NOW, "delivery": Delivery.PENDING,
                     "refunds": (refund("refunded"),)},
        "Nothing. Its money went back, so its tickets are void", None, (), False,
    ),
    "void, its event cancelled": (
        COMPLETED | {"voided_at": NOW, "reason_code": "event_cancelled"},
        "Nothing. Its event was cancelled, so its tickets are void", None, (), False,
    ),
    "on hold, its event cancelled": (
        SETTLED | {"status": OrderStatus.REVIEW, "reason_code": "event_cancelled"},
        "An operator gives the money back", None, ("refund", "reject"), True,
    ),
    "money asked back": (
        COMPLETED | {"delivery": Delivery.DELIVERED, "refund_asked_at": NOW},
        "the buyer asked at 2026-06-01 12:00 UTC", None, ("refund",), True,
    ),
    "second payment back": (
        COMPLETED | {"delivery": Delivery.DELIVERED, "refunds": (refund("refunded"),)},
        "Nothing. It is paid", None, ("resend",), False,
    ),
    "watched": (
        CLOSED | {"work": Work.LATE}, "until 2026-06-08 12:00 UTC", SOON, ("poll",), False,
    ),
    "no longer watched": (CLOSED | {"work": None}, "no longer checked", None, (), False),
    "mail on its way": (
        COMPLETED | {"delivery": Delivery.PENDING},
        "Nothing. It is paid.", None, ("resend",), False,
    ),
    "mail lost": (
        COMPLETED | {"delivery": Delivery.PROBLEM},
        "Nothing. It is paid.", None, ("resend", "resend"), True,
    ),
    "done": (
        COMPLETED | {"delivery": Delivery.DELIVERED}, "Nothing. It is paid", None, ("resend",),
        False,
    ),
    "paid at the second checkout": (
        COMPLETED | {"delivery": Delivery.DELIVERED, "work": Work.LATE, "next_check_at": SOON},
        "a second payment", SOON, ("resend",), False,
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "sentence", "at", "commands", "needs"), STATES.values(), ids=STATES
)
def test_every_status_has_a_next_step(
    changes: dict[str, Any],
    sentence: str,
    at: datetime | None,
    commands: tuple[str, ...],
    *,
    needs: bool,
) -> None:
    found = next_step(an_order(**changes))

    assert sentence in found.happens
    assert tuple(line.split()[0] for line in found.commands) == commands
    assert (found.at, found.needs_a_person) == (at, needs)


def test_commands_are_complete() -> None:
    """With what is asked for, and the transaction where money is on its way."""
    reviewed = an_order(**SETTLED | {"status": OrderStatus.REVIEW})
    refused = an_order(**COMPLETED | {"refunds": (refund("refused"),)})
    lost = an_order(**COMPLETED | {"delivery": Delivery.PROBLEM})
    spam = an_order(**COMPLETED | {"delivery": Delivery.DELIVERED, "complained_at": NOW})

    assert next_step(reviewed).commands == (
        "approve ORD-ABC123 --reason WHY",
        "reject ORD-ABC123 --reason WHY",
        "refund ORD-ABC123 --reason WHY",
    )
    assert next_step(refused).commands == (
        "refund ORD-ABC123 --transaction txn-refused --reason WHY",
    )
    assert next_step(lost).commands == ("resend ORD-ABC123", "resend ORD-ABC123 --to ADDRESS")
    assert next_step(spam).commands == ("resend ORD-ABC123 --to ADDRESS",)


def test_a_refund_that_was_refused_is_of_the_ticket_as_it_is_called_now() -> None:
    price = Money(Decimal("15.00"), "GBP")
    tickets = ("ORD-ABC123-01", "ORD-ABC123-02")
    part = PartRefund("txn-1", RefundStatus.REFUSED, price, tickets=tickets)
    anew = (Reissued("ORD-ABC123-02", 2),)
    order = an_order(
        status=OrderStatus.COMPLETED, transaction_id="txn-1", parts=(part,), reissued=anew
    )

    asked = "refund ORD-ABC123 --ticket ORD-ABC123-01 --ticket ORD-ABC123-02-R2 --reason WHY"
    assert asked in next_step(order).commands


def test_nobody_waits_for_void_tickets_that_were_not_sent() -> None:
    void = COMPLETED | {"voided_at": NOW, "delivery": Delivery.PROBLEM}

    assert next_step(an_order(**void)).tickets.startswith("The tickets could not be sent, and no")


@pytest.mark.parametrize(
    ("delivery", "sentence", "page"),
    [
        (None, "", ""),
        (Delivery.PENDING, "within minutes", ""),
        (Delivery.DELIVERED, "The tickets are out", ""),
        (Delivery.WITHDRAWN, "void before they left", ""),
        (Delivery.PROBLEM, "could not be sent", "docs/runbooks/troubleshooting.md"),
    ],
)
def test_a_completed_order_says_where_its_tickets_are(
    delivery: Delivery | None, sentence: str, page: str
) -> None:
    found = next_step(an_order(**COMPLETED | {"delivery": delivery}))

    assert sentence in found.tickets
    assert found.tickets_page == page


PAGES: dict[str, tuple[dict[str, Any], str]] = {
    "waits": ({}, "design/order-states.md"),
    "SumUp is silent": (
        {"trouble": Trouble("unreadable", NOW, 1)},
        "runbooks/orders-waiting.md#payment-cannot-be-checked",
    ),
    "expired": (CLOSED, "runbooks/orders-waiting.md#order-expired"),
    "failed": (CLOSED | {"status": OrderStatus.FAILED}, "runbooks/orders-waiting.md#order-failed"),
    "rejected": (CLOSED | {"rejected": True}, "runbooks/on-hold.md"),
    "review for an unknown reason": (
        SETTLED | {"status": OrderStatus.REVIEW, "reason_code": "typed by hand"},
        "runbooks/on-hold.md",
    ),
    "completed": (COMPLETED, "design/order-states.md"),
    "refund unknown": (COMPLETED | {"refunds": (refund("unknown"),)}, "operating.md"),
    "refund refused": (COMPLETED | {"refunds": (refund("refused"),)}, "operating.md"),
} | {
    f"review: {reason}": (
        SETTLED | {"status": OrderStatus.REVIEW, "reason_code": reason.value},
        review.kind.runbook.removeprefix("docs/"),
    )
    for reason, review in REVIEWS.items()
}  # fmt: skip


@pytest.mark.parametrize(("changes", "page"), PAGES.values(), ids=PAGES)
def test_every_status_links_to_an_existing_page(changes: dict[str, Any], page: str) -> None:
    found = next_step(an_order(**changes))

    assert found.page == f"docs/{page}"
    assert found.page in sections() or (ROOT / found.page).is_file()


def test_the_text_of_a_row_depends_only_on_the_order() -> None:
    """It contains nothing that becomes outdated, so it stays correct until the next write."""
    assert list(signature(next_step).parameters) == ["order"]
    assert row_attributes(an_order()) == {
        "what_next": next_step(an_order()).happens,
        "runbook": "docs/design/order-states.md",
        "delivery_next": None,
        "delivery_runbook": None,
    }
    lost = an_order(**COMPLETED | {"delivery": Delivery.PROBLEM})
    assert row_attributes(lost)["delivery_next"] == next_step(lost).tickets
    assert row_attributes(lost)["delivery_runbook"] == next_step(lost).tickets_page


def test_the_buyer_of_a_rejected_order_is_not_told_that_it_was_unpaid() -> None:
    rejected = an_order(**SETTLED | {"status": OrderStatus.FAILED, "rejected": True})

    assert status_text(rejected, an_event()).headline == "We could not accept this order"
    assert (
        status_text(an_order(status=OrderStatus.FAILED), an_event())
        is STATUS_TEXTS[BuyerStatus.FAILED]
    )


def test_the_buyer_of_a_refunded_order_is_told_about_the_refund() -> None:
    void = an_order(**COMPLETED | {"voided_at": NOW, "delivery": Delivery.DELIVERED})
    rejected = SETTLED | {"status": OrderStatus.FAILED, "rejected": True}
    back, unclear = refund("refunded"), refund("unknown")

    assert (buyer_status(void), mail_progress(void)) == (BuyerStatus.REFUNDED, "none")
    assert status_text(void, an_event()) is STATUS_TEXTS[BuyerStatus.REFUNDED]
    assert status_text(an_order(**rejected | {"refunds": (back,)}), an_event()) is GIVEN_BACK
    assert status_text(an_order(**rejected | {"refunds": (back, unclear)}), an_event()) is REJECTED


def test_the_buyer_of_valid_tickets_sees_them_whatever_was_refunded() -> None:
    twice = an_order(
        **COMPLETED | {"delivery": Delivery.DELIVERED, "refunds": (refund("refunded"),)}
    )

    assert (buyer_status(twice), mail_progress(twice)) == (BuyerStatus.COMPLETED, "sent")
    assert mail_progress(an_order(**COMPLETED | {"delivery": Delivery.WITHDRAWN})) == "none"


@pytest.mark.parametrize(
    ("changes", "needs"),
    [
        ({"delivery": Delivery.PROBLEM}, False),
        ({"refunds": (refund("refused"),)}, True),
        ({"status": OrderStatus.REVIEW}, True),
    ],
)
def test_an_order_of_an_erased_buyer_only_needs_attention_for_its_payment(
    changes: dict[str, Any], *, needs: bool
) -> None:
    erased = an_order(**COMPLETED | changes | {"customer": Customer(ERASED, ERASED)})

    found = next_step(erased)

    assert found.needs_a_person is needs
    assert found.happens.endswith("Its buyer was erased, so no mail is sent.")
    assert {"approve", "resend"}.isdisjoint(line.split()[0] for line in found.commands)
