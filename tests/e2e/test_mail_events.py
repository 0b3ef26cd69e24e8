"""Delivery events from SES show on the mail, its order and an alert."""

import json
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
import requests
from botocore.exceptions import ClientError

from local import aws
from local.places import REGION, Ports
from local.shop import Shop
from local.stories import eventually, wait_for_mails
from ticketing.adapters.dynamodb.models import MailRow, OrderRow
from ticketing.bootstrap.deliver_tickets import deliver_tickets
from ticketing.emails.mail import LEASE, Mail, MailKind, to_buyer
from ticketing.errors import MailNotFound
from ticketing.flows.deliver_tickets import Outcome
from ticketing.orders.order import Delivery, Order

pytestmark = pytest.mark.e2e
SECONDS = 30


@pytest.fixture(autouse=True)
def _alerts_leave_as_well(shop: Shop) -> Iterator[None]:
    """Send everything that waits for a scan, so that other tests find nothing waiting."""
    yield
    soon = datetime.now(UTC) + timedelta(minutes=5)
    shop.services.deliveries.send(list(shop.services.outbox.due(soon, 100)))
    wait_for_mails(shop)


def bought(shop: Shop, name: str, email: str) -> Order:
    """Buy a ticket, and wait until its mail is sent."""
    order = shop.order(name, email=email)
    shop.sumup.pay(order.checkout_ids[0])
    shop.services.verifications.send([order.order_number])
    eventually(lambda: delivery(shop, order) not in {None, Delivery.PENDING})
    return shop.services.orders.get(order.order_number)


def delivery(shop: Shop, order: Order) -> Delivery | None:
    return shop.services.orders.get(order.order_number).delivery


def mail_of(order: Order, revision: int = 1) -> MailRow:
    mail_id = f"{order.order_number}#confirmation#{revision}"
    return MailRow.get(mail_id, consistent_read=True)


def row_of(order: Order) -> OrderRow:
    return OrderRow.get(order.order_number, consistent_read=True)


def alert_about(shop: Shop, order: Order, fact: str) -> Mail | None:
    try:
        return shop.services.outbox.get(
            f"{order.order_number}#alert#{fact}-{order.order_number}#confirmation#1"
        )
    except MailNotFound:
        return None


def sent_to(at: Ports, address: str) -> list[dict[str, Any]]:
    """Return the mails the local SES took for an address."""
    listed = requests.get(f"{at.aws_url}/_ministack/ses/messages", timeout=SECONDS).json()
    mails = [mail for of_account in listed["messages"].values() for mail in of_account]
    return [mail for mail in mails if address in mail["To"]]


def test_a_delivered_mail_is_recorded_as_delivered(shop: Shop) -> None:
    order = bought(shop, "Ida Marett", "ida@example.com")

    eventually(lambda: mail_of(order).status == "delivered")

    row = mail_of(order)
    assert row.delivered_at >= row.sent_at.replace(microsecond=0)
    assert row_of(order).delivery == "delivered"
    assert row_of(order).delivery_mail == row.mail_id


@pytest.mark.parametrize(
    ("name", "said"), [("bounce", "550 5.1.1 user unknown"), ("suppressionlist", "suppression")]
)
def test_a_bounced_mail_shows_on_its_order_and_raises_one_alert(
    shop: Shop, name: str, said: str
) -> None:
    order = bought(shop, "Jon Baudains", f"{name}+tickets@simulator.amazonses.com")

    eventually(lambda: mail_of(order).status == "problem")

    row = row_of(order)
    assert row.delivery == "problem"
    assert said in row.delivery_reason
    assert "Tickets are on the order's page" in row.delivery_reason
    alert = alert_about(shop, order, "mail-bounced")
    assert alert is not None
    assert alert.subject is not None
    assert f"Email Bounced - Order {order.order_number}" in alert.subject


def test_a_spam_complaint_raises_an_alert_and_stops_further_mail(shop: Shop, at: Ports) -> None:
    order = bought(shop, "Kit Romeril", "complaint@simulator.amazonses.com")
    eventually(lambda: row_of(order).complained_at is not None)

    answer = requests.post(
        f"{at.site_url}/api/orders/{order.order_number}/resend",
        headers={"X-Order-Token": shop.services.access.token(order.order_number)},
        timeout=SECONDS,
    )

    assert answer.status_code == 409
    assert "marked as spam" in answer.json()["detail"]
    assert alert_about(shop, order, "mail-unwanted")
    assert delivery(shop, order) is Delivery.DELIVERED


def test_sending_requires_permission_for_the_configuration_set(shop: Shop, at: Ports) -> None:
    """AWS asks for the permission on both; the functions' role has it on both."""
    iam, settings = aws.client("iam", at), shop.services.settings
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_user(UserName="sender")
    identity = f"arn:aws:ses:{REGION}:000000000000:identity/*"
    may_send = {"Effect": "Allow", "Action": "ses:SendEmail", "Resource": identity}
    policy = {"Version": "2012-10-17", "Statement": [may_send]}
    iam.put_user_policy(UserName="sender", PolicyName="send", PolicyDocument=json.dumps(policy))
    key = iam.create_access_key(UserName="sender")["AccessKey"]
    sender = boto3.client(
        "sesv2",
        endpoint_url=at.aws_url,
        region_name=REGION,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    text = {"Subject": {"Data": "Test"}, "Body": {"Text": {"Data": "Test"}}}
    mail: dict[str, Any] = {
        "FromEmailAddress": settings.sender_address,
        "Destination": {"ToAddresses": ["success@simulator.amazonses.com"]},
        "Content": {"Simple": text},
    }

    assert sender.send_email(**mail)["MessageId"]
    with pytest.raises(ClientError, match="AccessDenied"):
        sender.send_email(**mail, ConfigurationSetName=settings.mail_configuration_set)


def test_sending_with_an_unknown_configuration_set_fails(shop: Shop, at: Ports) -> None:
    text = {"Subject": {"Data": "Test"}, "Body": {"Text": {"Data": "Test"}}}

    with pytest.raises(ClientError, match="NotFoundException"):
        aws.client("sesv2", at).send_email(
            FromEmailAddress=shop.services.settings.sender_address,
            Destination={"ToAddresses": ["success@simulator.amazonses.com"]},
            Content={"Simple": text},
            ConfigurationSetName="no-such-set",
        )


class Dies(BaseException):
    """A crash of the worker's process."""


@dataclass(frozen=True)
class DiesAfterSending:
    """The outbox of a worker that crashes between the response from SES and recording it."""

    outbox: Any

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the outbox has
        return getattr(self.outbox, name)

    def record_sent(self, *_: object) -> None:
        raise Dies


def test_a_mail_whose_sender_crashed_is_settled_by_ses_and_not_sent_twice(
    shop: Shop, at: Ports
) -> None:
    address = f"lil+{uuid.uuid4().hex}@example.com"
    order = bought(shop, "Lil Perchard", address)
    assert len(sent_to(at, address)) == 1
    outbox, deliver = shop.services.outbox, deliver_tickets(shop.services)
    again = to_buyer(order, MailKind.CONFIRMATION, datetime.now(UTC), revision=2)
    outbox.add_once(again)

    with pytest.raises(Dies):
        replace(deliver, outbox=DiesAfterSending(outbox))(again.mail_id, datetime.now(UTC))

    eventually(lambda: mail_of(order, 2).status == "delivered")
    row = mail_of(order, 2)
    assert row.message_id
    assert row.work_key is None
    assert row.archive_key == f"mails/{order.order_number}/{order.order_number}.confirmation.2.eml"
    assert row_of(order).delivery_mail == again.mail_id
    after_its_lease = datetime.now(UTC) + LEASE + timedelta(minutes=1)
    assert deliver(again.mail_id, after_its_lease) is Outcome.ALREADY_DONE
    assert len(sent_to(at, address)) == 2
