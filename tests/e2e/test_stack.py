"""The stack around the functions: its schedule and its permissions."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import boto3
import pytest
from botocore.exceptions import ClientError

from local import aws
from local.invoke import invoke
from local.places import REGION, Ports
from local.shop import Shop
from local.stories import eventually, wait_for_mails
from ticketing.orders.order import Delivery

pytestmark = pytest.mark.e2e
EVENTS = sorted((Path(__file__).parents[2] / "events").glob("*.json"))


@pytest.fixture
def rule_every_minute(at: Ports) -> Iterator[None]:
    """Have the stack's own rule fire every minute instead of every five."""
    events = aws.client("events", at)
    (rule,) = [r for r in events.list_rules()["Rules"] if "ScanOrders" in r["Name"]]
    events.put_rule(Name=rule["Name"], ScheduleExpression="rate(1 minute)", State="ENABLED")
    yield
    events.put_rule(
        Name=rule["Name"], ScheduleExpression=rule["ScheduleExpression"], State="ENABLED"
    )


@pytest.mark.usefixtures("rule_every_minute")
def test_tickets_for_a_paid_order_arrive_using_the_schedule_alone(shop: Shop) -> None:
    order = shop.order("Nora Vautier")
    shop.sumup.pay(order.checkout_ids[0])

    eventually(
        lambda: shop.services.orders.get(order.order_number).delivery is Delivery.DELIVERED, 150
    )
    wait_for_mails(shop)


def test_a_caller_without_a_policy_is_denied(at: Ports, shop: Shop) -> None:
    """If this fails, IAM is not enforced and the other tests prove nothing about permissions."""
    iam = aws.client("iam", at)
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_user(UserName="nobody")
    key = iam.create_access_key(UserName="nobody")["AccessKey"]
    stranger = boto3.client(
        "dynamodb",
        endpoint_url=at.aws_url,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )

    with pytest.raises(ClientError, match="AccessDenied"):
        stranger.get_item(
            TableName=shop.services.settings.orders_table, Key={"order_number": {"S": "ORD-1"}}
        )


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_every_sample_event_is_handled_by_the_deployed_function(path: Path, at: Ports) -> None:
    words = path.name.split(".")[0].split("_")
    function = "".join(word.capitalize() for word in words) + "Function"
    json.loads(path.read_text())

    assert invoke(function, path, at)
