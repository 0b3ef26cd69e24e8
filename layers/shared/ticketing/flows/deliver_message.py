"""Do what a message of the delivery queue asks for: send a mail, or all that lost tickets need."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ticketing.emails.lost_request import is_lost_request
from ticketing.errors import OutOfTime
from ticketing.flows.ports import TimeLeft
from ticketing.observability import logger

SECONDS_NEEDED = 50.0
"""The longest one mail may take, its turn in SES's sending rate included: no mail is begun whose
sending could be cut off."""


@dataclass(frozen=True)
class DeliverMessage:
    """Handles messages, each by the name that it has."""

    deliver: Callable[[str, datetime], str]
    send_lost_tickets: Callable[[str, datetime], list[str]]

    def __call__(self, name: str, now: datetime, time_left: TimeLeft) -> None:
        """Send the mail of this name, or the mails that a request for lost tickets leads to.

        Mails that there is no time for are left to the next scan. No scan knows of requests, so
        one of those raises `OutOfTime`, and its message comes again.
        """
        mails = [name]
        if is_lost_request(name):
            if time_left() < SECONDS_NEEDED:
                raise OutOfTime
            mails = self.send_lost_tickets(name, now)
        for mail_id in mails:
            if time_left() < SECONDS_NEEDED:
                logger.warning("no time left, the next scan asks again", mail=mail_id)
                continue
            outcome = self.deliver(mail_id, now)
            logger.info("delivery tried", mail=mail_id, outcome=outcome)
