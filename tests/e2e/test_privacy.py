"""A person is erased on the deployed stack: by the command, and by the function in its role."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import requests

from local import aws, logs
from local.places import Ports
from local.shop import FESTIVAL, GENERAL, LIVE, Shop, new_order
from local.stories import eventually, wait_for_mails
from tests.e2e.conftest import command
from tests.support.stored import move_event
from ticketing.adapters.dynamodb import models
from ticketing.adapters.dynamodb.models import EventRow, OrderRow, TicketTypeRow
from ticketing.orders.order import Delivery, Order

pytestmark = pytest.mark.e2e
NAME = "Philippa Quillfeather"
ADDRESS, OTHER = "philippa.quillfeather@example.com", "p.quillfeather@example.org"
PAST = "E2E-PAST"


@pytest.fixture(autouse=True)
def _nothing_waits(shop: Shop) -> Iterator[None]:
    yield
    wait_for_mails(shop)


def delivered(shop: Shop, order: Order) -> Order:
    shop.sumup.pay(order.checkout_ids[0])
    shop.services.verifications.send([order.order_number])
    eventually(lambda: _delivery(shop, order) is Delivery.DELIVERED)
    wait_for_mails(shop)
    return shop.services.orders.get(order.order_number)


def _delivery(shop: Shop, order: Order) -> Delivery | None:
    return shop.services.orders.get(order.order_number).delivery


def naming(at: Ports, shop: Shop) -> list[str]:
    """Return every place where the person is named: rows, versions of objects, lines of logs."""
    found = []
    for key, model in models.TABLES.items():
        table = getattr(shop.services.settings, key)
        pages = aws.client("dynamodb", at).get_paginator("scan").paginate(TableName=table)
        found += [(model.__name__, repr(item)) for page in pages for item in page["Items"]]
    s3, bucket = aws.client("s3", at), shop.services.settings.tickets_bucket
    pages = s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    for one in (version for page in pages for version in page.get("Versions", [])):
        body = s3.get_object(Bucket=bucket, Key=one["Key"], VersionId=one["VersionId"])["Body"]
        found.append((one["Key"], body.read().decode("latin-1")))
    found += [(f"log of {source}", text) for source, _, text in logs._events(at)]
    return [place for place, text in found if "quillfeather" in f"{place} {text}".lower()]


def test_a_person_is_erased_by_the_command(at: Ports, shop: Shop) -> None:
    first = delivered(shop, shop.order(NAME, email=ADDRESS))
    second = delivered(shop, shop.order(NAME, email=ADDRESS))
    token = shop.services.access.token(first.order_number)
    phone = f"{at.site_url}/api/orders/{first.order_number}/phone-tickets?token={token}"
    assert requests.get(phone, timeout=30).status_code == 200
    assert command(at, "resend", second.order_number, "--to", OTHER).returncode == 0
    wait_for_mails(shop)
    assert naming(at, shop) != []
    early = command(at, "privacy", "erase", "--email", ADDRESS, "--reason", "they asked")
    assert (early.returncode, "its event begins" in early.stdout) == (3, True), early
    exported = command(at, "privacy", "export", "--email", ADDRESS)
    assert json.loads(exported.stdout)["orders"][first.order_number]["tickets"]

    for address in (ADDRESS, OTHER):
        done = command(
            at, "privacy", "erase", "--email", address, "--reason", "they asked",
            "--even-before-the-event",
        )  # fmt: skip
        assert done.returncode == 0, done

    assert naming(at, shop) == []
    assert requests.get(phone, timeout=30).status_code == 404
    assert naming(at, shop) == [], "nor is it drawn again"
    assert shop.services.orders.get(first.order_number).total == first.total
    assert "was erased" in command(at, "resend", first.order_number).stderr
    for order in (first, second):
        told = command(at, "status", order.order_number)
        assert (told.returncode, "Rules: all hold" in told.stdout) == (0, True), told.stdout
        trail = command(at, "audit", "verify", order.order_number)
        assert trail.returncode == 0, trail


def test_the_function_has_permission_to_erase_old_buyers(at: Ports, shop: Shop) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    _sell_until(soon)
    window = shop.services.settings.payment_window
    order = new_order(NAME, (GENERAL,), LIVE, datetime.now(UTC), window, ADDRESS)
    order = replace(order, event_id=PAST, event_starts_at=soon)
    shop.services.orders.place(order)
    shop._check_out(order, datetime.now(UTC))
    order = delivered(shop, shop.services.orders.get(order.order_number))
    long_ago = soon - timedelta(days=400)
    move_event(PAST, long_ago)
    OrderRow(order.order_number).update([OrderRow.event_starts_at.set(long_ago)])
    assert naming(at, shop) != []

    name = aws.outputs(at)["EraseBuyersFunction"]
    answer = aws.client("lambda", at).invoke(FunctionName=name, Payload=b"{}")

    said = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, said
    assert order.order_number in said["erased"]
    assert naming(at, shop) == []
    told = command(at, "status", order.order_number)
    assert (told.returncode, "Rules: all hold" in told.stdout) == (0, True), told.stdout


def _sell_until(starts_at: datetime) -> None:
    event = EventRow.get(FESTIVAL.event_id)
    EventRow(
        PAST,
        name=event.name,
        organiser_id=event.organiser_id,
        venue=event.venue,
        address=event.address,
        starts_at=starts_at,
        time_zone=event.time_zone,
    ).save()
    TicketTypeRow(
        PAST,
        GENERAL.sku,
        name=GENERAL.description,
        price=Decimal("25.00"),
        currency="GBP",
        capacity=10,
        available=10,
    ).save()
