"""Record what SES tells about a mail that left: on its row, on its order, and to a person.

Any event may come at any time and as often as it likes. The one that proves that a mail left ends
an unknown send as its own answer would have done, so that it is not sent a second time.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from ticketing.brand import Brand
from ticketing.emails import delivery_events, delivery_status
from ticketing.emails.delivery_events import Happened, MailEvent
from ticketing.emails.mail import Mail, MailKind, order_in, to_operators
from ticketing.errors import MailChanged, MailNotFound
from ticketing.observability import (
    ALERTS_BOUNCED,
    MAILS_BOUNCED,
    MAILS_COMPLAINED,
    MAILS_DELIVERED,
    count,
    follow,
    logger,
)
from ticketing.operators.admin_links import AdminLinks
from ticketing.operators.alerts import mail_bounced, mail_unwanted

RECORD_TRIES = 5
COUNTED = {
    Happened.DELIVERED: MAILS_DELIVERED,
    Happened.FAILED: MAILS_BOUNCED,
    Happened.COMPLAINED: MAILS_COMPLAINED,
}


class Outcome(StrEnum):
    """What became of an event; part of logs."""

    RECORDED = "recorded"
    NOTHING_NEW = "nothing_new"
    NO_SUCH_MAIL = "no_such_mail"
    NOT_FOLLOWED = "not_followed"


class Outbox(Protocol):
    """What is needed of the mails table."""

    def get(self, mail_id: str) -> Mail: ...
    def add_once(self, mail: Mail) -> bool: ...
    def record_event(self, before: Mail, now: Mail, sent_at: datetime) -> None: ...


@dataclass(frozen=True)
class RecordEmailEvent:
    """The flow with everything it talks to."""

    outbox: Outbox
    brand: Brand
    console: AdminLinks

    def __call__(self, notification: str, now: datetime) -> Outcome:
        """Record the event a notification holds.

        Raises `UnreadableMailEvent`, and `MailChanged` if others changed the mail all the time.
        """
        event = delivery_events.read(notification)
        if event is None:
            return Outcome.NOT_FOLLOWED
        follow(None, order_in(event.mail_id))
        outcome = Retrying(
            retry=retry_if_exception_type(MailChanged),
            stop=stop_after_attempt(RECORD_TRIES),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            reraise=True,
        )(self._record, event, now)
        logger.info("mail event", mail=event.mail_id, happened=event.happened, outcome=outcome)
        return outcome

    def _record(self, event: MailEvent, now: datetime) -> Outcome:
        try:
            before = self.outbox.get(event.mail_id)
        except MailNotFound:
            return Outcome.NO_SUCH_MAIL
        after = delivery_status.after(event, before)
        if after is None:
            return Outcome.NOTHING_NEW
        if delivery_status.is_for_a_person(before, after):
            self._tell(event, after, now)
        self.outbox.record_event(before, after, event.sent_at)
        self._count(event, after)
        return Outcome.RECORDED

    def _tell(self, event: MailEvent, mail: Mail, now: datetime) -> None:
        """Alert first: who dies in between alerts once more, under the same id."""
        describe = mail_bounced if event.happened is Happened.FAILED else mail_unwanted
        told = describe(
            mail.mail_id,
            mail.recipient,
            mail.order_number or "(none)",
            event.reason or "",
            self.console,
        )
        self.outbox.add_once(to_operators(told, self.brand, now, mail.order_number))

    @staticmethod
    def _count(event: MailEvent, mail: Mail) -> None:
        if event.happened in COUNTED:
            count(COUNTED[event.happened])
        if event.happened is Happened.FAILED and mail.kind is MailKind.ALERT:
            count(ALERTS_BOUNCED)
            logger.error("an alert did not arrive", mail=mail.mail_id, problem=mail.problem)
