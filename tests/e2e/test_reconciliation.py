"""Reconciliation with SumUp on the deployed stack, permissions enforced: a small day of sales."""

import json
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest

from local import aws
from local.places import Ports
from local.shop import LIVE, Shop
from local.stories import eventually, wait_for_mails
from tests.e2e.conftest import command, poll
from ticketing.adapters.dynamodb.models import MailRow, OrganiserRow, TicketRow
from ticketing.cli import ATTENTION, OK
from ticketing.orders.order import Order, OrderStatus
from ticketing.tickets.ticket import TicketStatus

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

pytestmark = pytest.mark.e2e


def sell(at: Ports, shop: Shop, name: str) -> Order:
    """Sell tickets as usual."""
    order = shop.order(name)
    shop.sumup.pay(order.checkout_ids[0])
    poll(at)
    eventually(lambda: shop.services.orders.get(order.order_number).delivery is not None, 60)
    wait_for_mails(shop)
    return shop.services.orders.get(order.order_number)


def compare(at: Ports, day: str, *words: str) -> tuple[int, dict[str, Any]]:
    """Compare a day of the organiser's; return the exit code and the day."""
    done = command(
        at, "reconcile", "--organiser", LIVE.organiser_id, "--date", day, "--json", *words
    )
    (found,) = json.loads(done.stdout)["days"]
    return done.returncode, dict(found)


def of(found: dict[str, Any], order: Order) -> list[tuple[str, str]]:
    mine = (one for one in found["findings"] if one["order"] == order.order_number)
    return [(one["kind"], one["remedy"]) for one in mine]


def test_a_refund_made_elsewhere_voids_its_tickets_and_nothing_else(at: Ports, shop: Shop) -> None:
    kept, given_back = sell(at, shop, "Odette Renouf"), sell(at, shop, "Piers Le Sueur")
    taken = shop.sumup.checkout(given_back.checkout_ids[0])["transactions"][0]["timestamp"]
    zone = ZoneInfo(shop.services.settings.time_zone)
    day = f"{datetime.fromisoformat(taken).astimezone(zone):%Y-%m-%d}"
    shop.sumup.sell(LIVE.merchant_code, Decimal("4.50"))
    shop.sumup.refund(given_back.checkout_ids[0])

    dry = compare(at, day, "--dry-run")
    untouched = shop.services.orders.get(given_back.order_number)
    first, second = compare(at, day), compare(at, day)

    assert untouched == given_back
    for code, found in (dry, first, second):
        assert code == ATTENTION
        assert of(found, given_back) == [("refunded_elsewhere", "tickets void")]
        assert of(found, kept) == []
    assert shop.services.orders.get(kept.order_number) == kept
    order = shop.services.orders.get(given_back.order_number)
    assert order.status is OrderStatus.COMPLETED
    assert order.voided_at is not None
    rows = TicketRow.batch_get(list(order.ticket_ids), consistent_read=True)
    assert {row.status for row in rows} == {TicketStatus.VOID.value}
    told = [
        row for row in MailRow.order_index.query(order.order_number) if "#refunded#" in row.mail_id
    ]
    assert len(told) == 1
    eventually(lambda: MailRow.get(told[0].mail_id).status in {"sent", "delivered"}, 60)
    bucket: S3Client = aws.client("s3", at)
    for key in first[1]["reports"]:
        body = bucket.get_object(Bucket=aws.outputs(at)["TicketsBucket"], Key=key)["Body"].read()
        assert given_back.order_number.encode() in body


@pytest.mark.usefixtures("shop")
def test_the_nightly_run_reconciles_every_organiser_and_reports(at: Ports) -> None:
    OrganiserRow(LIVE.organiser_id).update([OrganiserRow.reconciled_until.remove()])
    functions = aws.client("lambda", at)
    name = aws.outputs(at)["ReconcilePaymentsFunction"]

    answer = functions.invoke(FunctionName=name, Payload=b"{}")

    report = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, report
    assert LIVE.organiser_id in {one["organiser"] for one in report["days"]}
    assert report["left"] == []
    assert [one["state"] for one in report["days"] if one["organiser"] == LIVE.organiser_id] == [
        "clean"
    ]
    assert any("#alert#reconciliation-" in row.mail_id for row in MailRow.scan())


@pytest.mark.usefixtures("shop")
def test_a_day_without_payments_reconciles(at: Ports) -> None:
    done = command(at, "reconcile", "--organiser", LIVE.organiser_id, "--date", "2026-01-01")

    assert done.returncode == OK, done.stderr
    assert "both sides agree" in done.stdout
