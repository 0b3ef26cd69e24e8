"""Commands to inspect, verify, decide and repair, on the tables, with realistic SumUp responses."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError

from tests.functions.conftest import EVENTS, Found, Run, SumUpAnswers, said
from tests.support.aws import REGION, World, client
from tests.support.builders import NOW, an_order, later, tickets_for
from tests.support.stored import LATER, audit_of, mail_of, row_of, seats_left, store, store_mail
from ticketing.adapters.aws.queues import CORRELATION
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.adapters.dynamodb.models import AuditRow, MailRow, OrderRow, PaymentRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.cli import ATTENTION, FAILED, OK, main
from ticketing.cli.commands.stack import Stack
from ticketing.emails.mail import Mail, MailKind, MailStatus, alert_id, to_buyer
from ticketing.errors import MissingSetting, TicketingError
from ticketing.operators.alerts import audit_fact
from ticketing.orders.order import ERASED, Delivery, Order, OrderStatus, Trouble

pytestmark = pytest.mark.usefixtures("logged")
SAID = ("--reason", "the organiser agreed")
FIRST = "ORD-ABC123#confirmation#1"


def reviewed(**changes: Any) -> Order:  # noqa: ANN401 - of any field
    """Store an order under review, as the table itself writes it."""
    settled = {"status": OrderStatus.REVIEW, "work": None, "next_check_at": None}
    words = {"status_reason": "SumUp says PAID, but we expected 45.00 GBP and it is 40.00 GBP."}
    return store(an_order(**settled | words | {"settled_at": NOW} | changes))


# ------------------------------------------------------------------- approve, reject, cancel


def test_approving_an_underpayment_records_the_amount_paid(
    run: Run, world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    order = reviewed()
    sumup.paid(order, amount=40.0)
    sumup.shows(id="tx-ORD-ABC123", amount=40.0)
    before = world.contents()
    assert run("approve", "ORD-ABC123", *SAID, "--dry-run", "--json") == OK
    planned = said(capsys)
    assert world.contents() == before

    assert run("approve", "ORD-ABC123", *SAID, "--json") == OK

    assert said(capsys) == planned | {"written": True}
    assert planned["paid"] == "40.0 GBP"
    row, payment = row_of(order), PaymentRow.get("tx-ORD-ABC123")
    assert (row.status, row.reason_code) == ("completed", "approved")
    assert f"{payment.amount} {payment.currency}" == "40.0 GBP"
    assert len(world.items("TicketsTable")) == 3
    (entry,) = audit_of(order)
    assert entry.by.startswith("arn:aws:")
    assert entry.reason == "approved: the organiser agreed"

    written = world.contents()
    assert run("approve", "ORD-ABC123", *SAID) == OK
    assert "is completed already: there is nothing more to write" in capsys.readouterr().out
    assert world.contents() == written


def test_rejecting_an_order_says_whose_money_to_refund(
    run: Run, world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    order = reviewed()
    sumup.paid(order, amount=40.0)
    before = world.contents()
    assert run("reject", "ORD-ABC123", *SAID, "--dry-run") == OK
    assert "Would reject ORD-ABC123" in capsys.readouterr().out
    assert world.contents() == before

    assert run("reject", "ORD-ABC123", *SAID) == OK

    told = capsys.readouterr().out
    assert "Rejected ORD-ABC123, £45.00: requires_manual_review -> failed" in told
    assert "Seats: on sale again" in told
    assert "write to jane@example.com" in told
    assert "Give the money back: tx-ORD-ABC123 £40.00" in told
    assert "    refund ORD-ABC123 --transaction tx-ORD-ABC123 --reason WHY" in told
    row = row_of(order)
    assert (row.status, row.rejected, seats_left()) == ("failed", True, 103)
    assert "work_key" not in world.items("OrdersTable")[0]

    written = world.contents()
    assert run("reject", "ORD-ABC123", *SAID) == OK
    assert run("verify", "ORD-ABC123") == OK
    assert world.contents() == written


def test_an_unpaid_order_is_cancelled(
    run: Run, world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    order = store(an_order())
    sumup.checkout(order)
    sumup.deactivates(order)
    before = world.contents()
    assert run("cancel", "ORD-ABC123", *SAID, "--dry-run", "--json") == OK
    planned = said(capsys)
    assert world.contents() == before
    assert not any(question.startswith("DELETE") for question in sumup.questions)

    assert run("cancel", "ORD-ABC123", *SAID, "--json") == OK

    assert said(capsys) == planned | {"written": True}
    assert planned["deactivated"] == list(order.checkout_ids)
    assert (row_of(order).status, seats_left()) == ("failed", 103)
    written = world.contents()
    assert run("cancel", "ORD-ABC123", *SAID) == OK
    assert "is failed already" in capsys.readouterr().out
    assert world.contents() == written


def silent(sumup: SumUpAnswers, order: Order) -> None:
    sumup.refuses(order, 403)


def paid(sumup: SumUpAnswers, order: Order) -> None:
    sumup.paid(order)


def unpaid(sumup: SumUpAnswers, order: Order) -> None:
    sumup.checkout(order, status="EXPIRED")


Prepare = Callable[[SumUpAnswers, Order], None]
REFUSED: dict[str, tuple[str, dict[str, Any], Prepare, str]] = {
    "no response": ("approve", {"status": OrderStatus.REVIEW}, silent, "SumUp could not be asked"),
    "no money": ("approve", {"status": OrderStatus.REVIEW}, unpaid, "no successful payment"),
    "open": ("approve", {}, unpaid, "only what a person must review can be approved"),
    "completed": ("reject", {"status": OrderStatus.COMPLETED}, unpaid, "can be rejected"),
    "paid": ("cancel", {}, paid, "SumUp has money for it: `poll ORD-ABC123`"),
    "reviewed": ("cancel", {"status": OrderStatus.REVIEW}, unpaid, "can be cancelled"),
}


@pytest.mark.parametrize(("what", "changes", "prepare", "words"), REFUSED.values(), ids=REFUSED)
def test_an_impossible_decision_is_explained_and_nothing_is_written(
    run: Run,
    world: World,
    sumup: SumUpAnswers,
    capsys: pytest.CaptureFixture[str],
    what: str,
    changes: dict[str, Any],
    prepare: Prepare,
    words: str,
) -> None:
    prepare(sumup, store(an_order(**changes)))
    before = world.contents()

    assert run(what, "ORD-ABC123", *SAID) == FAILED

    assert words in capsys.readouterr().err
    assert world.contents() == before


@pytest.mark.parametrize("what", ["approve", "reject", "cancel"])
def test_a_decision_needs_an_order_and_a_reason(
    run: Run, world: World, capsys: pytest.CaptureFixture[str], what: str
) -> None:
    before = world.contents()
    with pytest.raises(SystemExit) as left:
        run(what, "ORD-ABC123")
    assert left.value.code == 2

    assert run(what, "ORD-NOBODY", *SAID) == FAILED
    assert run(what, "ORD-NOBODY", "--reason", "mail jane@example.com") == FAILED

    told = capsys.readouterr().err
    assert "there is no order ORD-NOBODY" in told
    assert "the reason holds an address" in told
    assert world.contents() == before


# ----------------------------------------------------------------------------------- verify


def test_a_single_order_can_be_verified_now(
    run: Run, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    sumup.paid(store(an_order()))

    assert run("verify", "ORD-ABC123") == OK

    told = capsys.readouterr().out
    assert "Order ORD-ABC123: verified - Payment verified." in told
    assert "It was pending_verification." in told
    assert run("verify", "ORD-ABC123", "--json") == OK
    assert said(capsys)["outcome"] == "verified"


def test_a_pending_order_reports_its_next_check(
    run: Run, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    sumup.checkout(store(an_order()))

    assert run("verify", "ORD-ABC123") == OK

    told = capsys.readouterr().out
    assert "still_pending - Not paid yet." in told
    assert "Next check: 2026-06-01 12:05 UTC" in told


def test_polling_one_order_verifies_it(
    run: Run, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    sumup.paid(store(an_order()))

    assert run("poll", "ord-abc123", "--json") == OK

    facts = said(capsys)
    assert (facts["outcome"], facts["status_before"]) == ("verified", "pending_verification")


@pytest.mark.parametrize("as_json", [False, True])
def test_polling_all_orders_reports_each(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *, as_json: bool
) -> None:
    reviewed()
    scan = {"nominated": ["ORD-ABC123"], "scanned_at": NOW.isoformat()}
    monkeypatch.setattr(Found, "invoke", lambda *_: scan)

    assert run("poll", *["--json"] * as_json) == ATTENTION

    told = capsys.readouterr().out
    if as_json:
        (one,) = json.loads(told)
        assert (one["order_number"], one["outcome"]) == ("ORD-ABC123", "requires_manual_review")
    else:
        assert "Found 1 pending order to verify\nOrder ORD-ABC123: requires_manual" in told
        assert told.endswith("Processed 1 order\n")


def test_an_order_sent_to_review_needs_attention(
    run: Run, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    sumup.paid(store(an_order()), amount=40.0)

    assert run("verify", "ORD-ABC123") == ATTENTION

    assert "A person decides:\n    approve ORD-ABC123 --reason WHY\n" in capsys.readouterr().out


def test_a_failed_check_is_reported(
    run: Run, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store(an_order())
    failed = {"batchItemFailures": [{"itemIdentifier": "ORD-ABC123"}]}
    monkeypatch.setattr(Found, "invoke", lambda *_: failed)

    assert run("verify", "ORD-ABC123") == FAILED
    assert run("verify", "ORD-NOBODY") == FAILED

    told = capsys.readouterr().err
    assert "the log group verify_payment says why" in told
    assert "there is no order ORD-NOBODY" in told


# ----------------------------------------------------------------------------------- replay


def given_up(**changes: Any) -> Mail:  # noqa: ANN401 - of any field
    """Store a completed order whose only mail was abandoned."""
    done = {"status": OrderStatus.COMPLETED, "delivery": Delivery.PROBLEM, "settled_at": NOW}
    order = store(an_order(**done | {"work": None, "next_check_at": None}))
    mail = replace(to_buyer(order, MailKind.CONFIRMATION, NOW), status=MailStatus.PROBLEM)
    mail = replace(mail, attempts=3, next_attempt_at=None, **changes)
    store_mail(mail)
    row = mail_of(FIRST)
    row.work_key, row.problem, row.abandoned = None, "nobody knows", 3
    row.failed_at = mail.failed_at
    row.save()
    return mail


@pytest.mark.parametrize("name", ["ORD-ABC123", FIRST])
def test_an_abandoned_mail_is_requeued(
    run: Run, world: World, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    given_up()
    before = world.contents()
    assert run("replay", name, "--dry-run", "--json") == OK
    planned = said(capsys)
    assert world.contents() == before

    assert run("replay", name, "--json") == OK

    assert said(capsys) == [planned[0] | {"written": True}]
    row, order = mail_of(FIRST), row_of(an_order())
    assert (row.status, row.work_key, row.next_attempt_at) == ("pending", "MAIL", LATER)
    assert (row.abandoned, order.delivery) == (0, "pending")
    (entry,) = audit_of(an_order())
    assert (entry.change, entry.reason, entry.seen) == ("mail put back", "replay", FIRST)
    assert world.messages("DeliveryQueue") == [{"mail_id": FIRST}]

    written = world.contents()
    assert run("replay", name) == OK
    assert f"{FIRST} is due already" in capsys.readouterr().out
    assert world.contents() == written


def test_resending_an_order_requeues_its_abandoned_mail(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    mail = given_up()
    for ticket in tickets_for(an_order()):
        ticket_row(ticket, NOW).save()
    paid = an_order()
    PaymentRow(
        "tx-1", order_number="ORD-ABC123", checkout_id=paid.checkout_ids[0],
        amount=paid.total.amount, currency="GBP", merchant_code="MC0001", accepted_at=NOW,
    ).save()  # fmt: skip
    before = world.contents()
    assert run("resend", "ORD-ABC123", "--dry-run") == OK
    assert f"Would put {FIRST} to jane@example.com back" in capsys.readouterr().out
    assert world.contents() == before

    assert run("resend", "ORD-ABC123", "--json") == OK

    facts = said(capsys)
    assert (facts["mail_id"], facts["written"]) == (FIRST, True)
    assert [one["mail_id"] for one in facts["put_back"]] == [FIRST] == [mail.mail_id]
    assert len(world.items("MailsTable")) == 1


def test_a_mail_is_resent_by_its_id_and_keeps_its_address(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    given_up()

    assert run("resend", FIRST, "--to", "jane@example.org") == FAILED
    assert "--to is for an order" in capsys.readouterr().err
    assert run("resend", FIRST) == OK
    assert f"Put {FIRST} to jane@example.com back: it was problem" in capsys.readouterr().out


def test_a_bounced_mail_is_not_requeued(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    given_up(failed_at=NOW)
    before = world.contents()

    assert run("replay", FIRST) == FAILED
    assert run("replay", "ORD-ABC123") == FAILED
    assert run("replay", "ORD-ABC123#confirmation#7") == FAILED
    assert run("replay", "ORD-NOBODY") == FAILED

    told = capsys.readouterr().err
    assert "`resend ORD-ABC123` sends the tickets anew" in told
    assert "there is no mail ORD-ABC123#confirmation#7" in told
    assert "there is no order ORD-NOBODY" in told
    assert world.contents() == before


@pytest.mark.parametrize(
    "as_read",
    [{"attempts": 2}, {"status": MailStatus.PENDING}, {"failed_at": None}],
    ids=["tried", "given up", "came back"],
)
def test_a_mail_that_changed_since_it_was_read_is_not_requeued(
    world: World, as_read: dict[str, Any]
) -> None:
    mail = given_up(failed_at=NOW if "failed_at" in as_read else None)
    orders = OrderTable("somebody")
    order, before = orders.get("ORD-ABC123"), world.contents()

    with pytest.raises(TicketingError, match="changed while it was being worked on"):
        orders.replay(order, replace(mail, **as_read), mail, None, LATER)

    assert world.contents() == before


# ----------------------------------------------------------------------------------- status


def test_the_status_of_an_order_fits_one_screen(
    run: Run, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    sumup.paid(store(an_order()))
    run("verify", "ORD-ABC123")
    capsys.readouterr()

    assert run("status", "ORD-ABC123") == OK

    told = capsys.readouterr().out
    for words in (
        "ORD-ABC123: completed since 2026-06-01 12:05 UTC",
        "Why: Payment verified.",
        "Next: Nothing. It is paid. See docs/design/order-states.md",
        "Tickets: Their mail is sent within minutes.",
        "Buyer: Jane Doe, jane@example.com",
        "3 x General admission at £15.00",
        "tx-ORD-ABC123",
        "ORD-ABC123-03",
        FIRST,
        "due 2026-06-01 12:07",
        "completed",
        "Rules: all hold",
    ):
        assert words in told, words
    assert run("status", "ORD-ABC123", "--json") == OK
    facts = said(capsys)
    assert [ticket["id"] for ticket in facts["tickets"]] == [
        "ORD-ABC123-01",
        "ORD-ABC123-02",
        "ORD-ABC123-03",
    ]
    assert [entry["reason"] for entry in facts["trail"]] == ["paid"]
    assert facts["broken_rules"] == []


def test_an_order_under_review_needs_attention_and_lists_the_commands(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    reviewed()

    assert run("status", "ORD-ABC123") == ATTENTION

    told = capsys.readouterr().out
    assert "Why: SumUp says PAID, but we expected 45.00 GBP" in told
    assert "    python -m ticketing approve ORD-ABC123 --reason WHY\n" in told


def test_unknown_and_unreadable_orders_are_reported(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("status", "ORD-NOBODY") == FAILED
    store(an_order())
    OrderRow("ORD-ABC123").update([OrderRow.total.remove()])
    assert run("status", "ORD-ABC123") == FAILED

    told = capsys.readouterr().err
    assert "there is no order ORD-NOBODY" in told
    assert "it lacks total" in told


# ------------------------------------------------------------------------------------ lists


def test_open_orders_are_listed(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    store(an_order(status_reason="Not paid yet."))
    store(an_order(order_number="ORD-DONE01", checkout_ids=(), status=OrderStatus.EXPIRED))

    assert run("pending") == OK

    told = capsys.readouterr().out
    assert "ORD-ABC123" in told
    assert "£45.00: Not paid yet." in told
    assert "ORD-DONE01" not in told


@pytest.mark.parametrize("command", ["pending", "stuck", "attention"])
def test_an_unreadable_order_or_mail_is_a_line_of_the_list(
    run: Run, world: World, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    store(an_order())
    OrderRow("ORD-ABC123").update([OrderRow.total.remove()])
    store_mail(replace(to_buyer(an_order(), MailKind.CONFIRMATION, NOW), status=MailStatus.PROBLEM))
    (item,) = world.items("MailsTable")
    world.put("MailsTable", item | {"created_at": {"S": "soon"}})

    assert run(command, "--json") == (OK if command == "pending" else ATTENTION)

    printed = capsys.readouterr()
    items = {item["what"]: (item["why"], item["command"]) for item in json.loads(printed.out)}
    assert items["ORD-ABC123"] == ("its row cannot be read: it lacks total", "status ORD-ABC123")
    if command != "pending":
        why, helps = items[FIRST]
        assert ("created_at" in why, helps) == (True, "audit")
    assert printed.err == ""


def test_an_unreadable_order_whose_mail_was_lost_is_a_line_as_well(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.PROBLEM))
    OrderRow(order.order_number).update([OrderRow.total.remove()])
    store_mail(replace(to_buyer(order, MailKind.CONFIRMATION, NOW), status=MailStatus.PROBLEM))

    assert run("attention", "--json") == ATTENTION

    (item,) = said(capsys)
    assert (item["what"], item["why"], item["command"]) == (
        "ORD-ABC123",
        "its row cannot be read: it lacks total",
        "status ORD-ABC123",
    )


def test_broken_rules_and_raised_alarms_need_attention(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    watch = client("cloudwatch")
    name = "tickets-watch-scan-missing"
    watch.put_metric_alarm(
        AlarmName=name, MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="LessThanThreshold", Statistic="Sum",
    )  # fmt: skip
    watch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    found = alert_id(audit_fact(LATER))
    store_mail(Mail(found, MailKind.ALERT, "a@example.com", LATER, None, "S", "B"))

    assert run("attention", "--json") == ATTENTION

    items = {item["what"]: item["command"] for item in said(capsys)}
    assert items == {"audit": "audit", "alarm scan-missing": "doctor"}


def test_having_no_open_orders_is_reported(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for command, words in (
        ("pending", "No order is open."),
        ("stuck", "Nothing has waited too long."),
        ("attention", "Nothing needs a person."),
    ):
        assert run(command) == OK
        assert capsys.readouterr().out == f"{words}\n"
        assert run(command, "--json") == OK
        assert said(capsys) == []


def test_orders_and_mails_waiting_too_long_are_listed(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    store(an_order(order_number="ORD-NEW001", checkout_ids=()))
    store(an_order(order_number="ORD-OLD001", checkout_ids=(), created_at=later(minutes=-26)))
    order = an_order()
    store_mail(replace(to_buyer(order, MailKind.CONFIRMATION, later(hours=-2)), attempts=4))

    assert run("stuck", "--json") == ATTENTION

    assert [(item["what"], item["command"]) for item in said(capsys)] == [
        ("ORD-OLD001", "poll ORD-OLD001 | cancel ORD-OLD001 --reason WHY"),
        (FIRST, f"resend '{FIRST}'"),
    ]


def test_items_that_need_attention_are_listed_with_a_command(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    given_up()
    reviewed(order_number="ORD-HOLD01", checkout_ids=())
    trouble = Trouble("unreadable", later(hours=-7), 13)
    store(an_order(order_number="ORD-DUMB01", checkout_ids=(), trouble=trouble))
    store(an_order(order_number="ORD-FINE01", checkout_ids=()))
    alert = Mail("shop#alert#x", MailKind.ALERT, "alerts@example.com", NOW, None, "S", "B")
    store_mail(replace(alert, status=MailStatus.PROBLEM))
    sqs, url = client("sqs"), world.ref["VerifyDeadLetterQueue"]
    sqs.send_message(QueueUrl=url, MessageBody='{"order_number": "ORD-ABC123"}')

    assert run("attention", "--json") == ATTENTION

    items = {item["what"]: item["command"] for item in said(capsys)}
    assert items == {
        "ORD-HOLD01": " | ".join(
            f"{verb} ORD-HOLD01 --reason WHY" for verb in ("approve", "reject", "refund")
        ),
        "ORD-DUMB01": "poll ORD-DUMB01 | cancel ORD-DUMB01 --reason WHY",
        "ORD-ABC123": "resend ORD-ABC123 | resend ORD-ABC123 --to ADDRESS",
        "shop#alert#x": "resend 'shop#alert#x'",
        "queue verify": "redrive verify",
    }
    assert run("attention") == ATTENTION
    assert "1 dead letter;" in capsys.readouterr().out


def test_a_mail_that_came_back_is_listed_until_it_is_sent_again(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    del world
    order = store(an_order(status=OrderStatus.COMPLETED, delivery=Delivery.DELIVERED))
    reason = "It came back, perhaps for a time only (General): smtp; 450 4.2.0 try again later"
    back = replace(
        to_buyer(order, MailKind.CONFIRMATION, NOW),
        status=MailStatus.SENT,
        returned_at=later(hours=1),
        problem=reason,
    )
    store_mail(back)
    store_mail(replace(back, mail_id="ORD-ABC123#expired#1", kind=MailKind.EXPIRED))

    assert run("attention", "--json") == ATTENTION

    items = said(capsys)
    assert sorted((item["why"], item["command"]) for item in items) == [
        (f"{FIRST}: {reason}", "resend ORD-ABC123 | resend ORD-ABC123 --to ADDRESS"),
        (f"ORD-ABC123#expired#1: {reason}", "status ORD-ABC123"),
    ]
    assert {item["what"] for item in items} == {"ORD-ABC123"}

    store_mail(to_buyer(order, MailKind.CONFIRMATION, later(hours=2), 2))
    MailRow("ORD-ABC123#expired#1").update([MailRow.recipient.set(ERASED)])

    assert run("attention") == OK


# ---------------------------------------------------------------------------------- redrive


@pytest.fixture
def time_goes_on(world: World) -> Iterator[None]:
    """Polling a queue waits for a second, which has to pass."""
    del world
    with time_machine.travel(LATER, tick=True):
        yield


def dead(world: World, queue: str, *bodies: str) -> None:
    for body in bodies:
        client("sqs").send_message(QueueUrl=world.ref[queue], MessageBody=body)


@pytest.mark.usefixtures("time_goes_on")
def test_dead_letters_are_redriven(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    names = [json.dumps({"order_number": f"ORD-DEAD{n:02}"}) for n in range(12)]
    dead(world, "VerifyDeadLetterQueue", *names, "<order/>")
    dead(world, "DeliveryDeadLetterQueue", json.dumps({"mail_id": FIRST}))

    assert run("redrive", "--dry-run", "--json") == ATTENTION
    planned = said(capsys)
    assert world.messages("VerifyQueue") == []
    assert run("redrive", "--json") == ATTENTION

    assert said(capsys) == planned
    handed = [message["order_number"] for message in world.messages("VerifyQueue")]
    assert sorted(handed) == sorted(planned["verify"]["handed_over"])
    assert len(handed) == 12
    assert world.messages("DeliveryQueue") == [{"mail_id": FIRST}]
    (why,) = planned["verify"]["left"].values()
    assert "the message is not a JSON object" in why
    assert run("redrive", "verify") == ATTENTION, "what is not ours stays"
    assert "verify: 0 handed over, 1 left" in capsys.readouterr().out
    assert run("redrive", "delivery") == OK


@pytest.mark.usefixtures("time_goes_on")
def test_redriven_messages_keep_their_originating_request_id(run: Run, world: World) -> None:
    told = {CORRELATION: {"DataType": "String", "StringValue": "cWd2ZjEeLPEEJ1w="}}
    client("sqs").send_message(
        QueueUrl=world.ref["VerifyDeadLetterQueue"],
        MessageBody=json.dumps({"order_number": "ORD-DEAD01"}),
        MessageAttributes=told,
    )

    assert run("redrive", "verify") == OK

    (message,) = client("sqs").receive_message(
        QueueUrl=world.ref["VerifyQueue"], MessageAttributeNames=["All"]
    )["Messages"]
    assert message["MessageAttributes"] == told


@pytest.mark.usefixtures("time_goes_on")
def test_dead_lettered_ses_events_are_recorded(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    event = json.loads((EVENTS / "record_email_event.topic_checked.json").read_text())
    dead(world, "MailEventsDeadLetterQueue", json.dumps({"requestPayload": event}))
    dead(world, "MailEventsDeadLetterQueue", json.dumps(event["Records"][0]["Sns"]))
    broken = {"Type": "Notification", "Message": "no event of SES"}
    dead(world, "MailEventsDeadLetterQueue", json.dumps(broken), "[]")

    assert run("redrive", "mail-events", "--json") == ATTENTION

    done = said(capsys)["mail-events"]
    assert done["handed_over"] == {"1 of SES": 2}
    assert len(done["left"]) == 2


def test_an_unknown_queue_is_refused(run: Run) -> None:
    with pytest.raises(SystemExit) as left:
        run("redrive", "schedule")

    assert left.value.code == 2


# ----------------------------------------------------------------------------- audit verify


def a_trail(run: Run, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]) -> None:
    """Make an order with three audit entries: completed, then resent twice."""
    sumup.paid(store(an_order()))
    run("verify", "ORD-ABC123")
    orders = OrderTable("somebody")
    for revision in (2, 3):
        order = orders.get("ORD-ABC123")
        orders.send_again(order, to_buyer(order, MailKind.CONFIRMATION, LATER, revision), LATER)
    capsys.readouterr()


def test_an_intact_audit_trail_verifies(
    run: Run, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    a_trail(run, sumup, capsys)

    for which in ("ORD-ABC123", "--all"):
        assert run("audit", "verify", which) == OK
        told = capsys.readouterr().out
        assert told == "1 order, 3 audit entries: every hash is right and linked\n"


def entry(sequence: int) -> AuditRow:
    return AuditRow.get("ORD-ABC123", sequence)


def edited() -> None:
    AuditRow("ORD-ABC123", 2).update([AuditRow.reason.set("nothing")])


def edited_with_a_right_hash() -> None:
    AuditRow("ORD-ABC123", 2).update([AuditRow.hash.set("0" * 64)])


def removed() -> None:
    entry(2).delete()


def first_removed() -> None:
    entry(1).delete()


def cut() -> None:
    entry(3).delete()


def all_removed() -> None:
    for sequence in (1, 2, 3):
        entry(sequence).delete()


def swapped() -> None:
    second, third = entry(2), entry(3)
    second.sequence, third.sequence = third.sequence, second.sequence
    second.save()
    third.save()


def added() -> None:
    row = entry(3)
    row.sequence = 7
    row.save()


def cut_with_its_order() -> None:
    entry(3).delete()
    OrderRow("ORD-ABC123").update([OrderRow.version.set(2)])


def order_removed() -> None:
    OrderRow("ORD-ABC123").delete()


def spoilt() -> None:
    AuditRow("ORD-ABC123", 2).update([AuditRow.by.remove()])


def status_set_by_hand() -> None:
    OrderRow("ORD-ABC123").update([OrderRow.status.set(OrderStatus.FAILED)])


DAMAGES = [
    edited, edited_with_a_right_hash, removed, first_removed, cut, all_removed, swapped, added,
    cut_with_its_order, order_removed, spoilt, status_set_by_hand,
]  # fmt: skip


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
@pytest.mark.parametrize("which", ["ORD-ABC123", "--all"])
def test_a_tampered_audit_trail_is_detected(
    run: Run,
    world: World,
    sumup: SumUpAnswers,
    capsys: pytest.CaptureFixture[str],
    damage: Callable[[], None],
    which: str,
) -> None:
    a_trail(run, sumup, capsys)
    damage()
    before = world.contents()

    assert run("audit", "verify", which, "--json") == ATTENTION

    found = said(capsys)["found"]
    assert found
    assert {breach["order_number"] for breach in found} == {"ORD-ABC123"}
    assert world.contents() == before, "it only reads"
    assert run("audit", "verify", which) == ATTENTION
    assert "broken" in capsys.readouterr().out


def test_verifying_the_trail_of_an_unknown_order_fails(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("audit", "verify", "ORD-NOBODY") == FAILED
    assert "there is no order ORD-NOBODY" in capsys.readouterr().err
    for wrong in ([], ["ORD-ABC123", "--all"]):
        with pytest.raises(SystemExit) as left:
            run("audit", "verify", *wrong)
        assert left.value.code == 2


def test_the_stack_may_be_named_before_or_after_verify(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TICKETING_STACK", raising=False)
    named: list[str | None] = []

    def find(name: str | None) -> Stack:
        named.append(name)
        raise MissingSetting(["enough"])

    for arguments in (
        ["audit", "--stack", "one"],
        ["audit", "--stack", "two", "verify", "--all"],
        ["audit", "verify", "--all", "--stack", "three"],
    ):
        assert main(arguments, find) == FAILED

    assert named == ["one", "two", "three"]


# ------------------------------------------------------------------------------ no stack

NO_STACK: dict[str, tuple[Exception, str]] = {
    "no credentials": (NoCredentialsError(), "there are no AWS credentials"),
    "no response from AWS": (EndpointConnectionError(endpoint_url="http://x"), "cannot be reached"),
    "an unknown stack": (
        ClientError({"Error": {"Code": "ValidationError", "Message": "m"}}, "DescribeStacks"),
        "there is no stack tickets",
    ),
    "access denied": (
        ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "DescribeStacks"),
        "not you",
    ),
}


@pytest.mark.parametrize(("error", "words"), NO_STACK.values(), ids=NO_STACK)
def test_a_stack_that_cannot_be_found_is_explained(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    words: str,
) -> None:
    class Session:
        region_name = REGION

        def client(self, _: str, **__: object) -> "Session":
            return self

        def describe_stacks(self, **_: str) -> None:
            raise error

    monkeypatch.setattr("boto3.Session", Session)

    assert main(["pending", "--stack", "tickets"]) == FAILED

    assert words in capsys.readouterr().err
