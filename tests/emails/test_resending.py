"""Resending tickets: when it is allowed, and which mail is sent."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.support.builders import NOW, an_order, later
from ticketing.emails.mail import Asker, Mail, MailKind, MailStatus, to_buyer
from ticketing.emails.resending import DAY, next_mail
from ticketing.errors import MailUnwanted, NotIssued, TooManyResends
from ticketing.orders.order import Customer, OrderStatus

ORDER = an_order(status=OrderStatus.COMPLETED)
BUYER = Asker.BUYER
ELSEWHERE = replace(ORDER, customer=Customer("Jane Doe", "jane@example.org"))


def a_mail(revision: int, at: datetime, status: MailStatus = MailStatus.DELIVERED) -> Mail:
    return replace(to_buyer(ORDER, MailKind.CONFIRMATION, at, revision), status=status)


def sent(*times: datetime) -> list[Mail]:
    return [a_mail(revision, at) for revision, at in enumerate(times, start=1)]


def asked(asker: Asker, *times: datetime) -> list[Mail]:
    """Return the first mail, and those that somebody asked for afterwards."""
    again = [replace(mail, asked_by=asker) for mail in sent(NOW, *times)[1:]]
    return [*sent(NOW), *again]


def test_the_next_mail_is_a_new_revision_to_the_address_of_the_order() -> None:
    mail = next_mail(ELSEWHERE, sent(NOW, later(hours=1)), BUYER, later(hours=2))

    assert mail.mail_id == "ORD-ABC123#confirmation#3"
    assert mail.recipient == "jane@example.org"
    assert (mail.status, mail.created_at) == (MailStatus.PENDING, later(hours=2))


@pytest.mark.parametrize("status", [MailStatus.PENDING, MailStatus.SENDING])
def test_a_mail_in_progress_is_returned(status: MailStatus) -> None:
    under_way = a_mail(2, later(hours=1), status)

    assert next_mail(ORDER, [*sent(NOW), under_way], BUYER, later(hours=2)) is under_way


def test_a_mail_in_progress_to_the_old_address_does_not_count() -> None:
    under_way = a_mail(1, NOW, MailStatus.SENDING)

    assert next_mail(ELSEWHERE, [under_way], BUYER, later(minutes=1)).revision == 2


def test_an_abandoned_mail_may_be_resent() -> None:
    assert (
        next_mail(ORDER, [a_mail(1, NOW, MailStatus.PROBLEM)], BUYER, later(hours=1)).revision == 2
    )


@pytest.mark.parametrize(("asker", "most"), [(Asker.STRANGER, 1), (BUYER, 3)])
def test_an_asker_may_ask_so_often_a_day_not_counting_the_first_mail(
    asker: Asker, most: int
) -> None:
    mails = asked(asker, *(later(minutes=n) for n in range(most)))

    with pytest.raises(TooManyResends) as refused:
        next_mail(ORDER, mails, asker, later(hours=23))
    assert refused.value.wait_seconds == 3600
    with pytest.raises(TooManyResends):
        next_mail(ORDER, mails, asker, NOW + DAY - timedelta(seconds=1))
    assert next_mail(ORDER, mails, asker, NOW + DAY).asked_by is asker


@pytest.mark.parametrize(("asker", "most"), [(Asker.STRANGER, 5), (BUYER, 30)])
def test_an_asker_may_ask_so_often_in_all(asker: Asker, most: int) -> None:
    days = [NOW + n * DAY for n in range(most)]

    with pytest.raises(TooManyResends, match="write to us"):
        next_mail(ORDER, asked(asker, *days), asker, NOW + 99 * DAY)
    assert next_mail(ORDER, asked(asker, *days[:-1]), asker, NOW + 99 * DAY).revision == most + 1


@pytest.mark.parametrize("asker", [BUYER, Asker.OPERATOR])
def test_a_stranger_uses_up_nobody_elses_requests(asker: Asker) -> None:
    mails = asked(Asker.STRANGER, *(later(minutes=n) for n in range(50)))

    assert next_mail(ORDER, mails, asker, later(hours=1)).revision == 52


def test_an_operator_has_no_limit() -> None:
    mails = asked(Asker.OPERATOR, *(later(minutes=n) for n in range(100)))

    assert next_mail(ORDER, mails, Asker.OPERATOR, later(hours=2)).revision == 102


def test_a_resend_of_which_nobody_noted_the_asker_was_the_buyers() -> None:
    mails = sent(NOW, *(later(minutes=n) for n in range(3)))

    with pytest.raises(TooManyResends):
        next_mail(ORDER, mails, BUYER, later(hours=1))
    assert next_mail(ORDER, mails, Asker.STRANGER, later(hours=1)).revision == 5


@pytest.mark.parametrize("status", [s for s in OrderStatus if s is not OrderStatus.COMPLETED])
def test_an_order_without_tickets_cannot_be_resent(status: OrderStatus) -> None:
    with pytest.raises(NotIssued):
        next_mail(an_order(status=status), [], BUYER, NOW)


def test_a_buyer_who_complained_gets_no_more_mail() -> None:
    with pytest.raises(MailUnwanted):
        next_mail(replace(ORDER, complained_at=NOW), sent(NOW), BUYER, later(days=2))
