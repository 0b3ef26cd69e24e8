"""Erasing the recipient of a mail, only once it will not be sent any more."""

import pytest

from tests.support.builders import NOW, a_brand
from tests.support.stored import a_mail, mail_of, store_mail
from ticketing.emails.mail import to_operators
from ticketing.operators.alert_kinds import AlertKind
from ticketing.operators.alerts import Alert

TOLD = Alert(
    AlertKind.AMOUNT, "a-fact", "A Title", "Customer: Jane@Example.com\nCustomer Name: Jane Doe\n"
)


@pytest.mark.usefixtures("world")
def test_only_alerts_without_an_order_expire() -> None:
    brand = a_brand()
    store_mail(to_operators(TOLD, brand, NOW))
    store_mail(to_operators(TOLD, brand, NOW, "ORD-ABC123"))
    store_mail(a_mail())

    expires = mail_of("shop#alert#a-fact").expires_at_epoch
    assert expires == int((NOW + brand.alerts_kept).timestamp())
    assert mail_of("ORD-ABC123#alert#a-fact").expires_at_epoch is None
    assert mail_of("ORD-ABC123#confirmation#1").expires_at_epoch is None
