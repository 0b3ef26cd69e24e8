"""Record an event that SES reports about a mail, on its row and that of its order.

Events may arrive in any order, and more than once. If an attempt ended without an answer from SES,
an event proves that the mail was sent, so it is recorded as sent and not sent again.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tenacity import (
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_random_exponential,
)

from ticketing.emails import delivery_events, delivery_status
from ticketing.emails.delivery_events import Happened, MailEvent
from ticketing.emails.mail import Mail, MailKind, order_in
from ticketing.errors import MailChanged, MailNotFound
from ticketing.flows.notify import Notifier
from ticketing.flows.ports import MailAttempts
from ticketing.observability import (
    ALERTS_BOUNCED,
    MAILS_BOUNCED,
    MAILS_COMPLAINED,
    MAILS_DELIVERED,
    count,
    logger,
)
from ticketing.operators.alerts import mail_bounced, mail_unwanted

RECORD_TRIES = 5
COUNTED = {
    Happened.DELIVERED: MAILS_DELIVERED,
    Happened.FAILED: MAILS_BOUNCED,
    Happened.COMPLAINED: MAILS_COMPLAINED,
}


class Outcome(StrEnum):
    """How an event was handled, as it appears in the logs."""

    RECORDED = "recorded"
    NOTHING_NEW = "nothing_new"
    NO_SUCH_MAIL = "no_such_mail"
    NOT_FOLLOWED = "not_followed"


@dataclass(frozen=True)
class RecordEmailEvent:
    """Records events from SES."""

    outbox: MailAttempts
    notifier: Notifier

    def __call__(self, notification: str, now: datetime) -> Outcome:
        """Record the event in a notification.

        Raises `UnreadableMailEvent`, and `MailChanged` after too many conflicts.
        """
        event = delivery_events.read(notification)
        if event is None:
            return Outcome.NOT_FOLLOWED
        logger.thread_safe_append_keys(order=order_in(event.mail_id))
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
            self._alert(event, after, now)
        self.outbox.record_event(before, after, event.sent_at)
        self._count(event, after)
        return Outcome.RECORDED

    def _alert(self, event: MailEvent, mail: Mail, now: datetime) -> None:
        """Send the alert before the event is recorded: after a crash in between, it is repeated."""
        describe = mail_bounced if event.happened is Happened.FAILED else mail_unwanted
        alert = describe(
            mail.mail_id,
            mail.recipient,
            mail.order_number or "(none)",
            event.reason or "",
            self.notifier.admin_links,
        )
        self.notifier.alert(alert, now, mail.order_number)

    @staticmethod
    def _count(event: MailEvent, mail: Mail) -> None:
        if event.happened in COUNTED:
            count(COUNTED[event.happened])
        if event.happened is Happened.FAILED and mail.kind is MailKind.ALERT:
            count(ALERTS_BOUNCED)
            logger.error("an alert did not arrive", mail=mail.mail_id, problem=mail.problem)
