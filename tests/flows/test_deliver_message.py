"""Messages of the delivery queue: mails, and requests for lost tickets, which no scan knows of."""

from dataclasses import dataclass, field
from datetime import datetime

import pytest

from tests.support.builders import NOW
from ticketing.emails.lost_request import is_lost_request, lost_request
from ticketing.emails.mail import MailKind, mail_id
from ticketing.errors import OutOfTime
from ticketing.flows.deliver_message import SECONDS_NEEDED, DeliverMessage

REQUEST = lost_request("jane@example.com")
MAILS = ["ORD-ONE111#confirmation#2", "ORD-TWO222#confirmation#2"]


@dataclass
class Depot:
    """What is delivered, and the seconds that are left before each look at the clock."""

    seconds: list[float]
    sent: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def deliver(self, name: str, _: datetime) -> str:
        self.sent.append(name)
        return "sent"

    def send_lost_tickets(self, name: str, _: datetime) -> list[str]:
        self.asked.append(name)
        return MAILS

    def handle(self, name: str) -> None:
        flow = DeliverMessage(self.deliver, self.send_lost_tickets)
        flow(name, NOW, lambda: self.seconds.pop(0))


def test_a_mail_is_sent() -> None:
    depot = Depot([SECONDS_NEEDED])

    depot.handle(MAILS[0])

    assert (depot.sent, depot.asked) == ([MAILS[0]], [])


def test_a_mail_without_time_is_left_to_the_next_scan() -> None:
    depot = Depot([SECONDS_NEEDED - 1])

    depot.handle(MAILS[0])

    assert depot.sent == []


def test_the_mails_of_a_request_are_sent() -> None:
    depot = Depot([SECONDS_NEEDED] * 3)

    depot.handle(REQUEST)

    assert (depot.sent, depot.asked) == (MAILS, [REQUEST])


def test_a_request_without_time_comes_again() -> None:
    depot = Depot([SECONDS_NEEDED - 1])

    with pytest.raises(OutOfTime):
        depot.handle(REQUEST)

    assert (depot.sent, depot.asked) == ([], [])


def test_mails_of_a_request_that_there_is_no_time_for_are_left_to_the_next_scan() -> None:
    depot = Depot([SECONDS_NEEDED, SECONDS_NEEDED, SECONDS_NEEDED - 1])

    depot.handle(REQUEST)

    assert depot.sent == MAILS[:1]


@pytest.mark.parametrize("kind", list(MailKind))
def test_no_mail_has_the_name_of_a_request(kind: MailKind) -> None:
    assert not is_lost_request(mail_id("ORD-ONE111", kind))


def test_an_address_has_one_request_whatever_its_capitals_and_it_is_not_shown() -> None:
    assert lost_request("JANE@example.com") == REQUEST
    assert "jane" not in REQUEST
