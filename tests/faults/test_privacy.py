"""A person buys, has mails, trouble and tickets sent again, and is erased: nothing names them.

Neither a table nor the bucket, in none of its versions, nor anything that was ever logged.
"""

import contextlib
import io
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest

from functions.erase_buyers.app import handler as erase_buyers
from functions.record_email_event.app import handler as record_email_event
from tests.faults.canaries import ADDRESS, NAME, Leaving, listening, planted
from tests.faults.deployment import Buyer, Deployment, deployed
from tests.faults.plan import Fault, Plan
from tests.faults.sumup import BASE_URL
from tests.functions.conftest import EVENTS, NAMES, QUEUES, Found
from tests.support.aws import REGION, client
from tests.support.builders import an_event
from tests.support.stored import move_event
from ticketing.adapters.dynamodb.models import OrderRow
from ticketing.cli import ATTENTION, FAILED, OK, main
from ticketing.emails.delivery_events import tag_of

OTHER_ADDRESS = "w.canary@example.org"
FRIEND = "Xenia Canary-Vibert"
"""In whose name one of the tickets is in the end."""
NAMED = (NAME, ADDRESS, ADDRESS.upper(), OTHER_ADDRESS, FRIEND, ADDRESS.partition("@")[0])
"""What must be nowhere; the last is how an address is quoted in halves."""
MASKED = {
    NAME: "buyer's name",
    ADDRESS: "buyer's address",
    OTHER_ADDRESS: "the other address",
    FRIEND: "the friend's name",
}
WANTED = ("privacy", "erase", "--email", ADDRESS, "--reason", "she asked")


@pytest.fixture
def leaving() -> Leaving:
    return Leaving()


@pytest.fixture
def plan() -> Plan:
    return Plan()


@pytest.fixture
def shop(leaving: Leaving, plan: Plan) -> Iterator[Deployment]:
    with planted(leaving), deployed(plan) as shop:
        leaving.secrets = {label: secret for secret, label in MASKED.items()}
        yield shop


def run(shop: Deployment, *arguments: str) -> tuple[int, str]:
    """Type a command; return its exit code and what it printed."""
    outputs = {name: shop.world.ref[name] for name in NAMES}
    outputs |= {f"{name}Url": shop.world.ref[name] for name in QUEUES}
    environment = shop.world.environment | {"SUMUP_BASE_URL": BASE_URL}
    stack = Found(boto3.Session(region_name=REGION), outputs, environment)
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main([*arguments, "--stack", "tickets"], lambda _: stack)
    shop.unread |= {"VerifyQueue", "DeliveryQueue"}
    return code, out.getvalue()


def everywhere(shop: Deployment) -> dict[str, str]:
    """Return all that is kept, by where: each table, each version of each object, each key."""
    found = {table: repr(items) for table, items in shop.world.contents().items()}
    bucket = shop.world.ref["TicketsBucket"]
    pages = client("s3").get_paginator("list_object_versions").paginate(Bucket=bucket)
    for page in pages:
        for one in page.get("Versions", []):
            asked = {"Bucket": bucket, "Key": one["Key"], "VersionId": one["VersionId"]}
            body = client("s3").get_object(**asked)["Body"].read()
            found[f"bucket: {one['Key']} {one['VersionId']}"] = body.decode("latin-1")
    return found


def naming(shop: Deployment) -> list[str]:
    """Return where the person is still named."""
    return [
        where
        for where, text in everywhere(shop).items()
        if any(name.casefold() in f"{where} {text}".casefold() for name in NAMED)
    ]


def tell(shop: Deployment, mail_id: str, event: str) -> None:
    """Let SES tell of a mail, in words that quote the address."""
    sample = json.loads((EVENTS / f"record_email_event.{event}.json").read_text())
    told = json.loads(sample["Records"][0]["Sns"]["Message"])
    (mail,) = [m for m in shop.rows("MailsTable") if m["mail_id"] == mail_id]
    told["mail"]["tags"] |= {"mail": [tag_of(mail_id)], "attempt": [mail["attempt_id"]]}
    text = json.dumps(told).replace("jane@example.com", mail["recipient"])
    notification = {"Records": [sample["Records"][0] | {"Sns": {"Message": text}}]}
    shop.invoke("record_email_event", record_email_event, notification)


def bought(shop: Deployment) -> Buyer:
    buyer = Buyer(shop)
    buyer.order()
    buyer.reach_payment_page()
    buyer.pay()
    shop.tick()
    return buyer


def a_life(shop: Deployment) -> tuple[Buyer, Buyer, Buyer]:
    """Buy twice and leave once; have a mail come back, one to another address, and one again.

    A friend comes instead with one ticket, whose code is lost then.
    """
    first, second, left = bought(shop), bought(shop), Buyer(shop)
    left.order()
    left.reach_payment_page()
    tell(shop, f"{first.order_number}#confirmation#1", "bounce_permanent")
    code, _ = run(shop, "resend", first.order_number, "--to", OTHER_ADDRESS)
    assert code == OK
    shop.tick()
    shop.http("POST", "/api/lost-tickets", {"email": ADDRESS})
    shop.run_queues()
    second.ask_for_the_mail_again()
    shop.tick()
    passed_on = f"{second.order_number}-01"
    words = ("tickets", "transfer", passed_on, "--to-name", FRIEND, "--reason", "she is ill")
    assert run(shop, *words)[0] == OK
    shop.tick()
    assert run(shop, "tickets", "reissue", f"{passed_on}-R1", "--reason", "lost")[0] == OK
    shop.tick()
    for address in (OTHER_ADDRESS, ADDRESS):
        second.change_address(address)
        shop.tick()
    for _ in range(30):
        shop.tick()
    shop.sumup.tamper(second.checkout_id)
    for _ in range(3):
        shop.wait(hours=1)
        shop.tick()
    return first, second, left


def let_it_be_over(shop: Deployment, days: float = 2) -> None:
    shop.wait(seconds=(an_event().starts_at - shop.now + timedelta(days=days)).total_seconds())
    for _ in range(12):
        shop.tick()


def test_no_personal_data_is_left_after_an_erasure(shop: Deployment, leaving: Leaving) -> None:
    with listening(leaving):
        orders = a_life(shop)
        let_it_be_over(shop)
        money = {t: shop.rows(t) for t in ("PaymentsTable", "CheckoutsTable")}
        where = {place.partition(":")[0] for place in naming(shop)}
        assert where == {"OrdersTable", "TicketsTable", "MailsTable", "bucket"}
        sent = len(shop.sent())

        code, told = run(shop, *WANTED)
        other, told_too = run(shop, *WANTED[:3], OTHER_ADDRESS, *WANTED[4:])

        assert (code, other) == (OK, OK), (told, told_too)
        assert naming(shop) == []
        assert {t: shop.rows(t) for t in money} == money, "money stays"
        assert all(order.order_number in told + told_too for order in orders)
        _nothing_goes_to_the_erased(shop, orders)
    assert len(shop.sent()) == sent
    everything = shop.audit()
    assert everything == []
    _the_logs_know_nobody(leaving)


def test_the_privacy_page_lists_every_place_with_personal_data(shop: Deployment) -> None:
    a_life(shop)
    page = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text()

    fields = {
        name
        for table in shop.world.contents()
        for row in shop.rows(table)
        for name, value in row.items()
        if any(who.casefold() in str(value).casefold() for who in NAMED)
    }

    assert {"customer_name", "customer_email", "holder", "recipient", "body"} <= fields
    assert [name for name in sorted(fields) if f"`{name}`" not in page] == []


def _nothing_goes_to_the_erased(shop: Deployment, orders: tuple[Buyer, ...]) -> None:
    """Make every kind of request; none sends a mail, and all give a sensible response."""
    before = shop.world.contents()["MailsTable"]
    for buyer in orders:
        headers = {"X-Order-Token": buyer.token}
        page = f"/api/orders/{buyer.order_number}"
        assert shop.http("GET", page, headers=headers).status == 404
        assert shop.http("POST", f"{page}/resend", headers=headers).status == 404
        assert shop.http("POST", f"{page}/payments", headers=headers).status == 404
        code, told = run(shop, "resend", buyer.order_number, "--to", "new@example.com")
        assert (code, "was erased" in told) == (FAILED, True)
        run(shop, "replay", buyer.order_number)
        code, told = run(shop, "status", buyer.order_number)
        assert "Its buyer was erased" in told
        assert code == OK, told
    for address in (ADDRESS, OTHER_ADDRESS):
        assert shop.http("POST", "/api/lost-tickets", {"email": address}).status == 202
    code, told = run(shop, "attention")
    assert (code, told.strip()) == (OK, "Nothing needs a person.")
    for _ in range(3):
        shop.tick()
    assert shop.world.contents()["MailsTable"] == before


def _the_logs_know_nobody(leaving: Leaving) -> None:
    """What is not an answer to the buyer is a log, an answer or error of a function, or a print."""
    logs = [(place, text) for place, text in leaving.texts if "buyer" not in place]
    named = (NAME, ADDRESS, OTHER_ADDRESS, FRIEND)

    assert len(logs) > 10
    assert [place for place, text in logs if any(name in text for name in named)] == []


def test_erasing_again_changes_nothing(shop: Deployment) -> None:
    a_life(shop)
    let_it_be_over(shop)
    run(shop, *WANTED)
    before = shop.world.contents()

    assert run(shop, *WANTED) == (OK, "Nothing is kept under this address.\n")
    assert shop.world.contents() == before


def test_a_late_payment_for_an_erased_order_goes_to_review(shop: Deployment) -> None:
    """It is detected, it buys no tickets, and the erased buyer gets no mail."""
    buyer = Buyer(shop)
    buyer.order()
    buyer.reach_payment_page()
    checkout = buyer.checkout_id
    for _ in range(3):
        shop.wait(hours=1)
        shop.tick()
    assert shop.order(buyer.order_number)["status"] == "expired"
    code, told = run(shop, *WANTED, "--even-before-the-event")
    assert code == OK, told

    shop.sumup.pay(checkout, force=True)
    shop.wait(hours=1)
    for _ in range(3):
        shop.tick()

    order = shop.order(buyer.order_number)
    assert order["status"] == "requires_manual_review"
    assert "its buyer was erased" in order["status_reason"]
    assert shop.rows("TicketsTable") == []
    assert not any("We are looking at" in subject for subject in shop.subjects())
    assert any("Late Payment" in subject for subject in shop.subjects())
    assert all("erased" not in str(mail["To"]) for mail in shop.sent())
    assert shop.audit() == []
    assert run(shop, "approve", buyer.order_number, "--reason", "she asked")[0] == FAILED
    code, told = run(shop, "reject", buyer.order_number, "--reason", "the money went back")
    assert code in {OK, ATTENTION}, told
    assert shop.audit() == []
    assert naming(shop) == []


def test_an_erasure_that_is_not_allowed_yet_is_refused_with_the_reason(shop: Deployment) -> None:
    done, waits = bought(shop), Buyer(shop)
    waits.order()
    before = shop.world.contents()

    code, told = run(shop, *WANTED)

    assert code == ATTENTION
    assert f"{done.order_number}: kept, its event begins at" in told
    assert f"{waits.order_number}: kept, it is still open" in told
    assert shop.world.contents() == before
    code, told = run(shop, *WANTED, "--even-before-the-event", "--dry-run")
    assert (code, f"Order {done.order_number}: its buyer would be erased" in told) == (
        ATTENTION,
        True,
    )
    assert shop.world.contents() == before
    code, told = run(shop, *WANTED, "--even-before-the-event", "--json")
    assert json.loads(told)["erased"] == [done.order_number]
    assert shop.order(done.order_number)["customer_email"] == "erased"


def test_a_reason_containing_an_address_is_refused(shop: Deployment) -> None:
    bought(shop)
    before = shop.world.contents()

    code, told = run(shop, *WANTED[:4], "--reason", f"{ADDRESS} asked")

    assert (code, "holds an address" in told) == (FAILED, True)
    assert shop.world.contents() == before


@pytest.mark.faults
@pytest.mark.parametrize("fault", Fault)
def test_any_call_of_an_erasure_may_fail_and_the_next_run_completes_it(
    shop: Deployment, plan: Plan, fault: Fault
) -> None:
    bought(shop)
    let_it_be_over(shop)
    _age(shop)
    kept = Kept(shop)
    for position in range(100):
        kept.put_back()
        assert naming(shop) != []
        plan.faults = {len(plan.boundaries) + position: fault}
        before = len(plan.fired)
        shop.invoke("erase_buyers", erase_buyers, {})
        plan.heal()
        if len(plan.fired) == before:
            assert position > 8, "there were calls to break"
            break
        shop.invoke("erase_buyers", erase_buyers, {})
        assert naming(shop) == [], position
        assert shop.audit() == [], position
        trail = [row for row in shop.rows("AuditTable") if row["change"] == "buyer erased"]
        assert len(trail) == 1, position


class Kept:
    """All tables and objects as they were, to be put back."""

    def __init__(self, shop: Deployment) -> None:
        self.shop, self.tables = shop, shop.world.contents()
        self.objects = {key: shop.world.read(key) for key in shop.world.objects()}

    def put_back(self) -> None:
        self.shop.world.empty()
        for table, items in self.tables.items():
            for item in items:
                self.shop.world.put(table, item)
        for key, body in self.objects.items():
            bucket = self.shop.world.ref["TicketsBucket"]
            client("s3").put_object(Bucket=bucket, Key=key, Body=body)


def _age(shop: Deployment) -> None:
    long_ago = shop.now - timedelta(days=400)
    move_event("5", long_ago)
    for row in OrderRow.scan():
        if row.personal_key:
            row.update([OrderRow.event_starts_at.set(long_ago)])


def test_an_export_contains_everything_known_about_a_person(
    shop: Deployment, tmp_path: Path
) -> None:
    first, second, left = a_life(shop)
    before = shop.world.contents()

    code, told = run(shop, "privacy", "export", "--email", ADDRESS, "--to", str(tmp_path))

    assert code == OK
    assert shop.world.contents() == before, "it only reads"
    found: dict[str, Any] = json.loads((tmp_path / "export.json").read_text())
    assert json.loads(told[told.index("{") :]) == found
    assert set(found["orders"]) == {second.order_number, left.order_number}
    rows = found["orders"][second.order_number]
    assert rows["order"][0]["customer_name"] == NAME
    assert sorted((t["ticket_id"], t["holder"]) for t in rows["tickets"]) == [
        (f"{second.order_number}-01", NAME),
        (f"{second.order_number}-01-R1", FRIEND),
        (f"{second.order_number}-01-R2", FRIEND),
        (f"{second.order_number}-02", NAME),
    ]
    assert rows["payments"][0]["amount"] in {"30.00", "30"}
    assert rows["trail"][0]["order_number"] == second.order_number
    others = {mail["mail_id"] for mail in found["other_mails"]}
    assert f"{first.order_number}#confirmation#1" in others, "it went to this address"
    for key in found["files"]:
        assert (tmp_path / key).read_bytes() == shop.world.read(key)
    assert f"tickets/5/{second.order_number}/{second.order_number}.pdf" in found["files"]


def test_an_unknown_person_has_an_empty_export(shop: Deployment) -> None:
    code, told = run(shop, "privacy", "export", "--email", "nobody@example.com")

    assert code == OK
    empty = json.loads(told)
    assert (empty["orders"], empty["other_mails"], empty["files"]) == ({}, [], [])
