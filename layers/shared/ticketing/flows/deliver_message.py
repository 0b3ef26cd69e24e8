"""Do what a message of the delivery queue asks for: send a mail, or look for lost tickets."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from ticketing.emails.lost_request import is_lost_request
from ticketing.errors import OutOfTime
from ticketing.flows.ports import TimeLeft
from ticketing.observability import logger

SECONDS_NEEDED = 50.0
"""The longest that one mail may take, including the wait for SES's sending rate. With less time
left, no mail is begun, because Lambda could cut it off while it is being sent."""


@dataclass(frozen=True)
class DeliverMessage:
    """Handles messages, each by the name in it."""

    deliver: Callable[[str, datetime], str]
    send_lost_tickets: Callable[[str, datetime], list[str]]

    def __call__(self, name: str, now: datetime, time_left: TimeLeft) -> None:
        """Send the mail with this name, or the mails that a request for lost tickets leads to.

        Mails for which no time is left wait for the next scan. Scans do not find requests, so a
        request raises `OutOfTime` instead, and its message is delivered again.
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
