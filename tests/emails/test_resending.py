"""Resending tickets: when it is allowed, and which mail is sent."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.support.builders import NOW, an_order, later
from ticketing.emails.mail import Mail, MailKind, MailStatus, to_buyer
from ticketing.emails.resending import DAY, MOST_A_DAY, MOST_IN_ALL, next_mail
from ticketing.errors import MailUnwanted, NotIssued, TooManyResends
from ticketing.orders.order import Customer, OrderStatus

ORDER = an_order(status=OrderStatus.COMPLETED)
ELSEWHERE = replace(ORDER, customer=Customer("Jane Doe", "jane@example.org"))


def a_mail(revision: int, at: datetime, status: MailStatus = MailStatus.DELIVERED) -> Mail:
    return replace(to_buyer(ORDER, MailKind.CONFIRMATION, at, revision), status=status)


def sent(*times: datetime) -> list[Mail]:
    return [a_mail(revision, at) for revision, at in enumerate(times, start=1)]


def test_the_next_mail_is_a_new_revision_to_the_address_of_the_order() -> None:
    mail = next_mail(ELSEWHERE, sent(NOW, later(hours=1)), later(hours=2))

    assert mail.mail_id == "ORD-ABC123#confirmation#3"
    assert mail.recipient == "jane@example.org"
    assert (mail.status, mail.created_at) == (MailStatus.PENDING, later(hours=2))


@pytest.mark.parametrize("status", [MailStatus.PENDING, MailStatus.SENDING])
def test_a_mail_in_progress_is_returned(status: MailStatus) -> None:
    under_way = a_mail(2, later(hours=1), status)

    assert next_mail(ORDER, [*sent(NOW), under_way], later(hours=2)) is under_way


def test_a_mail_in_progress_to_the_old_address_does_not_count() -> None:
    under_way = a_mail(1, NOW, MailStatus.SENDING)

    assert next_mail(ELSEWHERE, [under_way], later(minutes=1)).revision == 2


def test_an_abandoned_mail_may_be_resent() -> None:
    assert next_mail(ORDER, [a_mail(1, NOW, MailStatus.PROBLEM)], later(hours=1)).revision == 2


def test_three_resends_a_day_are_allowed_not_counting_the_first_mail() -> None:
    mails = sent(NOW, *(later(minutes=n) for n in range(MOST_A_DAY)))

    with pytest.raises(TooManyResends):
        next_mail(ORDER, mails, later(hours=23))
    with pytest.raises(TooManyResends):
        next_mail(ORDER, mails, NOW + DAY - timedelta(seconds=1))
    assert next_mail(ORDER, mails, NOW + DAY).revision == MOST_A_DAY + 2


def test_the_total_number_of_resends_is_limited() -> None:
    days = [NOW + n * DAY for n in range(MOST_IN_ALL + 1)]

    with pytest.raises(TooManyResends):
        next_mail(ORDER, sent(*days), NOW + 99 * DAY)
    assert next_mail(ORDER, sent(*days[:-1]), NOW + 99 * DAY).revision == MOST_IN_ALL + 1


@pytest.mark.parametrize("status", [s for s in OrderStatus if s is not OrderStatus.COMPLETED])
def test_an_order_without_tickets_cannot_be_resent(status: OrderStatus) -> None:
    with pytest.raises(NotIssued):
        next_mail(an_order(status=status), [], NOW)


def test_a_buyer_who_complained_gets_no_more_mail() -> None:
    with pytest.raises(MailUnwanted):
        next_mail(replace(ORDER, complained_at=NOW), sent(NOW), later(days=2))
