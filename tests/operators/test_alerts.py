"""The exact text of alerts."""

import re
import shlex
from dataclasses import replace
from decimal import Decimal

import pytest

from tests.support.builders import (
    NOW,
    a_brand,
    a_checkout,
    a_console,
    a_line,
    a_paid_checkout,
    a_record,
    a_transaction,
    an_order,
    later,
)
from tests.support.hostile import LINKS
from ticketing.cli.arguments import command_line
from ticketing.operators import alerts
from ticketing.operators.alert_kinds import REVIEWS, Severity
from ticketing.operators.alerts import Alert
from ticketing.operators.review_patterns import Repetition
from ticketing.orders.order import Customer, OrderStatus, Trouble
from ticketing.orders.reason import Reason
from ticketing.payments.checkout_result import CheckoutSeen
from ticketing.payments.decision import Action, Decision
from ticketing.payments.decision_table import decide
from ticketing.text import without_links

BRAND = a_brand(name="JerseyEvents", time_zone="Europe/London")
CONSOLE = a_console()
HOME = "https://eu-west-2.console.aws.amazon.com/dynamodbv2/home?region=eu-west-2"
ADMIN = f"{HOME}#item-explorer?table=tickets-orders"
VIEW = f"{HOME}#edit-item?itemMode=2&table=tickets-orders&pk=ORD-ABC123&sk="
ORDER = an_order(customer=Customer("John Doe", "customer@email.com"))

STUCK = f"""\
3 orders have been in 'pending_verification' for >30 minutes:

- Order ORD-ABC123: £45.00, created 2024-01-15 14:30, email customer@email.com
- Order ORD-DEF456: £60.00, created 2024-01-15 14:25, email another@email.com
- Order ORD-GHI789: £30.00, created 2024-01-15 14:20, email test@email.com

These may be legitimate slow payments, but check for patterns.

Admin panel: {ADMIN}
"""


def test_the_digest_lists_the_stuck_orders() -> None:
    half_past = NOW.replace(year=2024, month=1, day=15, hour=14, minute=30)
    orders = [
        an_order(
            order_number=number,
            lines=(a_line(quantity=1, unit_price=Decimal(pounds)),),
            created_at=half_past.replace(minute=minute),
            customer=Customer("John Doe", email),
        )
        for number, pounds, minute, email in (
            ("ORD-ABC123", 45, 30, "customer@email.com"),
            ("ORD-DEF456", 60, 25, "another@email.com"),
            ("ORD-GHI789", 30, 20, "test@email.com"),
        )
    ]

    told = alerts.stuck_orders(orders, 30, NOW, BRAND, CONSOLE)

    assert told.subject(BRAND) == "[JerseyEvents Alert] 3 Orders Stuck in Processing"
    original, steps = told.body.split("\nWhat to do next:\n")
    assert original == STUCK
    assert len(steps.splitlines()) == 4


def test_times_in_the_digest_are_in_the_local_time_zone() -> None:
    told = alerts.stuck_orders([ORDER], 30, later(hours=1), BRAND, CONSOLE)

    assert "created 2026-06-01 13:00" in told.body, "noon in UTC, in summer"
    assert told.subject(BRAND) == "[JerseyEvents Alert] 1 Order Stuck in Processing"
    assert told.body.startswith("1 order has been in 'pending_verification' for >30 minutes:")


MISMATCH = f"""\
CRITICAL PAYMENT ISSUE

Order: ORD-ABC123
Expected Amount: £45.00
Received Amount: £40.00
Customer: customer@email.com
Customer Name: John Doe

This order requires IMMEDIATE manual review.

Do NOT issue tickets until verified.

View order: {VIEW}
"""


def test_the_alert_about_an_amount_mismatch() -> None:
    seen = CheckoutSeen(a_record(), a_paid_checkout(amount=Decimal("40.00")))

    told = alerts.needs_review(ORDER, decide(ORDER, seen, NOW), CONSOLE)

    assert told.subject(BRAND) == "[JerseyEvents CRITICAL] Amount Mismatch - Order ORD-ABC123"
    original, steps = told.body.split("\nWhat to do next:\n")
    assert original == MISMATCH
    assert "python -m ticketing status ORD-ABC123" in steps
    assert "python -m ticketing approve ORD-ABC123 --reason WHY" in steps
    assert "python -m ticketing refund ORD-ABC123 --reason WHY" in steps
    assert "python -m ticketing reject ORD-ABC123 --reason WHY" in steps


REFUNDED = f"""\
CRITICAL PAYMENT ISSUE

Order: ORD-ABC123
Order Total: £45.00
Problem: Paid, but refunded or charged back since.
SumUp Checkout: 11111111-2222-4333-8444-555555555555 (PAID)
SumUp Transaction: txn-1
Customer: customer@email.com
Customer Name: John Doe

This order requires IMMEDIATE manual review.

Do NOT issue tickets until verified.

View order: {VIEW}
"""


def test_a_review_alert_without_a_mismatch_names_checkout_and_transaction() -> None:
    refunded = a_transaction(refunded=True)
    seen = CheckoutSeen(a_record(), a_paid_checkout(), transaction=refunded)

    told = alerts.needs_review(ORDER, decide(ORDER, seen, later(hours=2)), CONSOLE)

    assert told.title == "Paid And Refunded - Order ORD-ABC123"
    assert told.body.startswith(REFUNDED + "\nWhat to do next:\n1. See the whole order: ")
    assert "\n2. The money went back." in told.body


@pytest.mark.parametrize("reason", REVIEWS)
def test_every_reason_for_a_review_has_an_alert(reason: Reason) -> None:
    decision = Decision(Action.REVIEW, reason, "A sentence.", checkout=a_checkout())

    told = alerts.needs_review(ORDER, decision, CONSOLE)

    assert told.kind.severity is Severity.CRITICAL
    assert told.title == f"{REVIEWS[reason].kind.title} - Order ORD-ABC123"
    assert told.body.count("\n\n") == 5
    assert REVIEWS[reason].advice in told.body


def test_a_second_review_of_the_same_order_has_its_own_alert() -> None:
    decision = Decision(Action.REVIEW, Reason.REFUNDED, "A sentence.")
    facts = {alerts.needs_review(replace(ORDER, version=v), decision, CONSOLE).fact for v in (0, 1)}

    assert len(facts) == 2


def test_a_second_payment_says_that_the_tickets_stay_valid() -> None:
    paid = a_paid_checkout(transactions=(a_transaction(), a_transaction(id="txn-2")))
    chosen = decide(ORDER, CheckoutSeen(a_record(), paid), NOW)

    told = alerts.second_payment(ORDER, chosen, CONSOLE)

    assert told.title == "Suspicious Pattern: Paid Twice - Order ORD-ABC123"
    assert "Paid again with SumUp transaction: txn-2\n" in told.body
    assert "Do NOT issue tickets" not in told.body
    assert "The tickets of this order are valid and stay so." in told.body
    assert "python -m ticketing refund ORD-ABC123 --transaction txn-2 --reason WHY" in told.body


def test_a_second_payment_for_void_tickets_does_not_call_them_valid() -> None:
    decision = Decision(Action.LEAVE, Reason.SECOND_PAYMENT, "", checkout=a_paid_checkout())

    told = alerts.second_payment(replace(ORDER, voided_at=NOW), decision, CONSOLE)

    assert "are void, since their own payment went back." in told.body
    assert "--transaction txn-1" in told.body


def test_a_second_payment_without_a_transaction_is_reported_as_such() -> None:
    decision = Decision(Action.LEAVE, Reason.SECOND_PAYMENT, "", checkout=a_checkout(status="PAID"))

    told = alerts.second_payment(ORDER, decision, CONSOLE)

    assert "Paid again with SumUp transaction: (none listed)\n" in told.body
    assert "refund ORD-ABC123 --transaction ID --reason WHY" in told.body


def others() -> dict[str, Alert]:
    """Return one alert of each other kind."""
    decision = Decision(
        Action.WAIT, Reason.UNREADABLE, "Could not ask SumUp.", trouble=Trouble("x", NOW, 12)
    )
    closing = Decision(Action.CLOSE, Reason.EXPIRED, "No.", closes_as=OrderStatus.EXPIRED)
    pattern = Repetition("buyer", "customer@email.com", ("ORD-1", "ORD-2"))
    return {
        "Order Expired - Order ORD-ABC123": alerts.expired(ORDER, closing, CONSOLE),
        "Payment Cannot Be Checked - Order ORD-ABC123": alerts.cannot_be_checked(
            ORDER, decision, BRAND, CONSOLE
        ),
        "SumUp Connection Trouble - Organiser jersey-live": alerts.organiser_trouble(
            ORDER, decision, NOW, CONSOLE
        ),
        "Unreadable Order - Order ORD-ABC123": alerts.unreadable_order(
            "ORD-ABC123", "it lacks a total", CONSOLE
        ),
        "Email Bounced - Order ORD-ABC123": alerts.mail_bounced(
            "ORD-ABC123#confirmation#1", "jane@example.com", "ORD-ABC123", "refused", CONSOLE
        ),
        "Email Marked As Spam - Order ORD-ABC123": alerts.mail_unwanted(
            "ORD-ABC123#confirmation#1", "jane@example.com", "ORD-ABC123", "spam", CONSOLE
        ),
        "Email Delivery Failed - Order ORD-ABC123": alerts.mail_failed(
            "ORD-ABC123#confirmation#1", "ORD-ABC123", "rejected", CONSOLE
        ),
        "Suspicious Pattern: Repeated Mismatches - Buyer": alerts.repeated_reviews(
            pattern, NOW, CONSOLE
        ),
        "Suspicious Pattern: Paid Twice - Order ORD-ABC123": alerts.second_payment(
            ORDER, Decision(Action.LEAVE, Reason.SECOND_PAYMENT, ""), CONSOLE
        ),
        "1 Order Stuck in Processing": alerts.stuck_orders([ORDER], 30, NOW, BRAND, CONSOLE),
        "SumUp Client Refused": alerts.client_refused("no", NOW, CONSOLE),
        "Configuration Incomplete": alerts.incomplete_configuration("no secret", NOW, CONSOLE),
        "Email Sending Stopped": alerts.sending_stopped("paused", NOW, CONSOLE),
        "Orders Abandoned - 12": alerts.orders_abandoned(12, 31, NOW, CONSOLE),
        "Broken Rules - 3 Found": alerts.broken_rules(["one"], 3, NOW, CONSOLE),
        "Reconciliation Findings - 3 Found": alerts.money_findings(
            ["one"], 3, "2026-06-01", "2026-06-02-1", CONSOLE
        ),
        "Reconciliation Unknown - Organiser jersey-live": alerts.account_unknown(
            "jersey-live", "2026-06-01", "no answer in time", NOW, CONSOLE
        ),
        "Reconciliation - Both sides agree": alerts.reconciled(
            ["sums"], 0, ["harbour-arts"], "2026-06-01", "2026-06-02-1", CONSOLE
        ),
    }


@pytest.mark.parametrize("title", others())
def test_every_alert_says_where_to_look_and_fits_into_a_mail(title: str) -> None:
    told = others()[title]

    assert told.title == title
    looks, _ = told.body.split("\nWhat to do next:\n")
    assert looks.endswith((f"View order: {VIEW}\n", f"Admin panel: {ADMIN}\n"))
    assert "None" not in told.body
    assert "\n" not in told.subject(BRAND) + told.fact


@pytest.mark.parametrize("title", others())
def test_every_command_in_an_alert_can_be_run(title: str) -> None:
    """Copied into a shell, with the placeholder filled in, the command line takes it."""
    for typed in re.findall(r"python -m ticketing (.+)", others()[title].body):
        options = command_line().parse_args(
            shlex.split(typed.replace("ADDRESS", "jane@example.com"))
        )
        assert options.stack == "tickets"


def test_an_alert_about_a_mail_without_tickets_does_not_suggest_a_resend() -> None:
    told = alerts.mail_bounced(
        "ORD-ABC123#payment_failed#1", "jane@example.com", "ORD-ABC123", "refused", CONSOLE
    )

    assert "resend" not in told.body


def test_trouble_with_an_organiser_raises_one_alert_a_day() -> None:
    decision = Decision(Action.WAIT, Reason.RECONNECT, "Could not ask SumUp.")
    facts = [
        alerts.organiser_trouble(ORDER, decision, later(hours=h), CONSOLE).fact for h in (0, 5, 24)
    ]

    assert facts[0] == facts[1] != facts[2]


def test_an_alert_of_the_local_stack_names_commands_in_place_of_the_console() -> None:
    local = replace(CONSOLE, is_local=True)

    about_one = alerts.unreadable_order("ORD-ABC123", "it lacks a total", local).body
    about_none = alerts.client_refused("no", NOW, local).body

    begins = "AWS_REGION=eu-west-2 python -m ticketing"
    assert f"View order: {begins} status ORD-ABC123 --stack tickets\n" in about_one
    assert f"Admin panel: {begins} orders --stack tickets\n" in about_none
    assert "console.aws" not in about_one + about_none


def test_an_order_number_cannot_break_out_of_a_link() -> None:
    told = alerts.unreadable_order('x" y&sk=1#', "it lacks a total", CONSOLE)

    assert f"{VIEW.replace('ORD-ABC123', 'x%22%20y%26sk%3D1%23')}\n" in told.body


@pytest.mark.parametrize("text", LINKS)
def test_no_text_of_a_stranger_becomes_a_link(text: str) -> None:
    """What SumUp, a mail server or a buyer wrote; the addresses to write to stay as they are."""
    order = replace(ORDER, customer=Customer(text, "customer@email.com"))
    decision = Decision(
        Action.REVIEW, Reason.NOT_CONFIRMED, text, checkout=a_checkout(status=text), trouble=None
    )
    told = (
        alerts.needs_review(order, decision, CONSOLE),
        alerts.second_payment(order, replace(decision, checkout=a_paid_checkout()), CONSOLE),
        alerts.cannot_be_checked(order, decision, BRAND, CONSOLE),
        alerts.organiser_trouble(order, decision, NOW, CONSOLE),
        alerts.client_refused(text, NOW, CONSOLE),
        alerts.mail_bounced("ORD-ABC123#expired#1", "a@b.co", "ORD-ABC123", text, CONSOLE),
        alerts.mail_failed("ORD-ABC123#expired#1", "ORD-ABC123", text, CONSOLE),
        alerts.sending_stopped(text, NOW, CONSOLE),
    )

    for alert in told:
        ours = alert.body.replace(VIEW, "").replace(ADMIN, "")
        assert without_links(text) in ours
        assert "://" not in ours
        assert text == without_links(text) or text not in ours.replace("a@b.co", "")
        assert "evil" not in alert.subject(BRAND)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("jane@example.com", "jane@example.com"),
        ("jane.doe+a@example.co.uk", "jane.doe+a@example.co.uk"),
        ("www.evil.com@example.com", "www. evil. com @ example. com"),
        ("evil.com/win@example.com", "evil. com/win @ example. com"),
        ("evil.com?x@example.com", "evil. com?x @ example. com"),
    ],
)
def test_an_address_is_shown_to_be_copied_unless_it_may_pass_for_a_page(
    address: str, shown: str
) -> None:
    order = replace(ORDER, customer=Customer("Jane", address))

    told = alerts.stuck_orders([order], 30, NOW, BRAND, CONSOLE)

    assert f"email {shown}\n" in told.body
