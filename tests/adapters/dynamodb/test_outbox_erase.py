"""Erasing whom a mail names, only once it is not to be sent any more."""

import pytest

from tests.support.aws import REGION, World
from tests.support.builders import NOW, a_brand
from tests.support.stored import a_mail, mail_of, store_mail
from ticketing.adapters.dynamodb.models import MailRow
from ticketing.adapters.dynamodb.outbox import Outbox
from ticketing.emails.mail import Mail, MailKind, MailStatus, to_operators
from ticketing.operators.alert_kinds import AlertKind
from ticketing.operators.alerts import Alert
from ticketing.orders.order import ERASED

OUTBOX = Outbox(REGION)
BODY = "Customer: Jane@Example.com\nCustomer Name: Jane Doe\n"
TOLD = Alert(AlertKind.AMOUNT, "a-fact", "A Title", BODY)


def an_alert(**changes: object) -> Mail:
    told: dict[str, object] = {
        "kind": MailKind.ALERT, "recipient": "alerts@example.com", "subject": "A subject",
        "body": "Customer: jane@example.com", "status": MailStatus.SENT,
    }  # fmt: skip
    return store_mail(a_mail(mail_id="ORD-ABC123#alert#x", **told | changes))


SETTLED = [MailStatus.SENT, MailStatus.DELIVERED, MailStatus.PROBLEM]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("status", SETTLED)
def test_a_mail_forgets_its_recipient_and_its_trouble(status: MailStatus) -> None:
    mail = store_mail(a_mail(status=status, problem="550 jane is unknown"))
    MailRow(mail.mail_id).update([MailRow.problem.set("550 jane is unknown")])

    assert OUTBOX.erase(mail)

    row = mail_of(mail.mail_id)
    assert (row.recipient, row.status) == (ERASED, status)
    assert "problem" not in row.to_simple_dict()
    assert not OUTBOX.get(mail.mail_id).is_personal


@pytest.mark.usefixtures("world")
def test_an_alert_forgets_what_it_said_and_keeps_its_subject() -> None:
    mail = an_alert()

    assert OUTBOX.erase(mail)

    row = mail_of(mail.mail_id)
    assert (row.body, row.subject, row.recipient) == (ERASED, "A subject", "alerts@example.com")


@pytest.mark.parametrize("status", [MailStatus.PENDING, MailStatus.SENDING])
def test_a_mail_that_is_still_to_be_sent_is_left_alone(world: World, status: MailStatus) -> None:
    mail = store_mail(a_mail(status=status))
    before = world.contents()

    assert not OUTBOX.erase(mail)
    assert world.contents() == before


def test_a_mail_that_is_gone_stays_gone(world: World) -> None:
    assert not OUTBOX.erase(a_mail(status=MailStatus.SENT))
    assert world.items("MailsTable") == []


@pytest.mark.usefixtures("world")
def test_mails_to_an_address_and_alerts_that_name_it_are_found() -> None:
    store_mail(a_mail(recipient="Jane@example.com"))
    store_mail(a_mail(mail_id="ORD-OTHER1#confirmation#1", recipient="sam@example.com"))
    an_alert()
    store_mail(to_operators(TOLD, a_brand(), NOW))

    found = {mail.mail_id for mail in OUTBOX.mentioning("jane@example.com")}

    assert found == {"ORD-ABC123#confirmation#1", "ORD-ABC123#alert#x", "shop#alert#a-fact"}


@pytest.mark.usefixtures("world")
def test_only_alerts_about_no_order_expire() -> None:
    brand = a_brand()
    store_mail(to_operators(TOLD, brand, NOW))
    store_mail(to_operators(TOLD, brand, NOW, "ORD-ABC123"))
    store_mail(a_mail())

    expires = mail_of("shop#alert#a-fact").expires_at_epoch
    assert expires == int((NOW + brand.alerts_kept).timestamp())
    assert mail_of("ORD-ABC123#alert#a-fact").expires_at_epoch is None
    assert mail_of("ORD-ABC123#confirmation#1").expires_at_epoch is None
