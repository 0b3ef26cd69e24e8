"""Finding and erasing the mails that name a person, whatever else is in the table."""

from typing import Any

import pytest

from tests.support.aws import World
from tests.support.builders import NOW, a_brand
from tests.support.stored import a_mail, mail_of, store_mail
from ticketing.adapters.dynamodb.outbox import Outbox
from ticketing.emails.mail import Mail, to_operators
from ticketing.errors import UnreadableMail
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


def spoil(world: World, mail: Mail, **values: Any) -> None:  # noqa: ANN401  # of any type
    """Store a mail as a person may have edited it; None removes an attribute."""
    store_mail(mail)
    (item,) = (i for i in world.items("MailsTable") if i["mail_id"]["S"] == mail.mail_id)
    edited = {name: value for name, value in (item | values).items() if value is not None}
    world.put("MailsTable", edited)


UNREADABLE_ROWS: dict[str, tuple[dict[str, Any], str]] = {
    "a time": ({"created_at": {"S": "2026-06-01"}}, "created_at"),
    "a kind": ({"kind": {"S": "letter"}}, "letter"),
    "nobody": ({"recipient": None}, "it lacks recipient"),
    "a number": ({"recipient": {"N": "7"}}, "recipient"),
}


@pytest.mark.parametrize(("values", "why"), UNREADABLE_ROWS.values(), ids=UNREADABLE_ROWS)
def test_an_unreadable_mail_is_named_among_those_that_mention_a_person(
    world: World, values: dict[str, Any], why: str
) -> None:
    spoil(world, a_mail(mail_id="A"), **values)
    store_mail(a_mail(mail_id="B"))
    spoil(world, a_mail(mail_id="C"), **values)
    world.wire.forget()

    found = {mail.mail_id: mail for mail in Outbox().mentioning("Jane@example.com")}

    assert sorted(found) == ["A", "B", "C"]
    assert found["B"] == a_mail(mail_id="B")
    for mail in (found["A"], found["C"]):
        assert isinstance(mail, UnreadableMail)
        assert why in mail.problem
    (scan,) = (call.body for call in world.wire.calls if call.operation == "Scan")
    assert scan["ConsistentRead"] is True


def test_an_unreadable_mail_to_somebody_else_is_left_out(world: World) -> None:
    spoil(world, a_mail(recipient="sam@example.com"), created_at={"S": "2026-06-01"})

    assert list(Outbox().mentioning("jane@example.com")) == []


@pytest.mark.parametrize(("values", "why"), UNREADABLE_ROWS.values(), ids=UNREADABLE_ROWS)
def test_an_unreadable_mail_of_an_order_is_named(
    world: World, values: dict[str, Any], why: str
) -> None:
    store_mail(a_mail(mail_id="A"))
    spoil(world, a_mail(mail_id="B"), **values)

    with pytest.raises(UnreadableMail, match=why) as caught:
        Outbox().of_order("ORD-ABC123")

    assert caught.value.mail_id == "B"
