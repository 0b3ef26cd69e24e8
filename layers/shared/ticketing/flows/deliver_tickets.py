"""Make one attempt to send a mail of the outbox.

The steps are: claim the mail, compose and archive it, hand it to SES, record the outcome. An error
before SES is called releases the claim, because nothing was sent. If SES does not answer, the mail
may have been sent, so it is left alone until the lease of this attempt ends.
"""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum

from ticketing.archive_keys import mail_key
from ticketing.emails.delivery_events import ATTEMPT_TAG, MAIL_TAG, tag_of
from ticketing.emails.mail import (
    PAUSED,
    QUOTA_USED_UP,
    UNKNOWN_SENDS,
    UNSETTLED,
    Mail,
    MailKind,
    retry_at,
)
from ticketing.errors import (
    DailyQuotaSpent,
    InvalidAddress,
    MailOutdated,
    SendFailed,
    SendingPaused,
    SendOutcomeUnknown,
    SendRejected,
    TicketsVoid,
)
from ticketing.failures import describe
from ticketing.flows.notify import Notifier
from ticketing.flows.ports import Archive, MailAttempts, Mailer
from ticketing.observability import MAILS_FAILED, MAILS_SENT, count, logger
from ticketing.operators.alerts import mail_failed, sending_stopped

MIME = "message/rfc822"
THROTTLED_TRIES = 10
"""Attempts that SES throttles, spread over more than an hour, before an alert is sent."""
COMPOSE_TRIES = 3
"""Failed attempts to compose a mail before an alert is sent; further attempts follow."""


class Outcome(StrEnum):
    """How an attempt ended, as it appears in the logs."""

    SENT = "sent"
    ALREADY_DONE = "already_done"
    TAKEN = "taken"
    POSTPONED = "postponed"
    UNKNOWN = "unknown"
    PROBLEM = "problem"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class DeliverTickets:
    """Makes attempts to send mails."""

    outbox: MailAttempts
    compose: Callable[[Mail, datetime], EmailMessage]
    archive: Archive
    mailer: Mailer
    notifier: Notifier

    def __call__(self, mail_id: str, now: datetime) -> Outcome:
        """Make one attempt, unless the mail is sent, claimed or postponed; safe at any time.

        Raises `MailNotFound`, and any error of composing or archiving the mail.
        """
        claimed = self.outbox.claim(mail_id, uuid.uuid4().hex, now)
        if claimed is None:
            is_unsent = self.outbox.get(mail_id).status in UNSETTLED
            return Outcome.TAKEN if is_unsent else Outcome.ALREADY_DONE
        if claimed.abandoned >= UNKNOWN_SENDS:
            text = f"{claimed.abandoned} tries ended without an answer whether it was sent"
            return self._give_up(claimed, text, now)
        return self._send(claimed, now)

    def _send(self, mail: Mail, now: datetime) -> Outcome:
        try:
            message = self._archived(mail, now)
        except InvalidAddress as error:
            return self._give_up(mail, str(error), now)
        except (TicketsVoid, MailOutdated) as error:
            logger.info("mail withdrawn", mail=mail.mail_id)
            self.outbox.withdraw(mail, str(error))
            return Outcome.WITHDRAWN
        except Exception as error:  # nothing was sent yet, so any error releases the claim
            self._postpone(mail, describe(error), retry_at(mail.attempts, now))
            if mail.attempts >= COMPOSE_TRIES:
                self._alert(mail, f"it could not be made: {type(error).__name__}", now)
            raise
        return self._hand_over(mail, message, now)

    def _hand_over(self, mail: Mail, message: bytes, now: datetime) -> Outcome:
        tags = {MAIL_TAG: tag_of(mail.mail_id), ATTEMPT_TAG: mail.attempt_id or "none"}
        try:
            message_id = self.mailer.send(message, mail.recipient, tags)
        except SendFailed as error:
            return self._not_sent(mail, error, now)
        self.outbox.record_sent(mail, message_id, _key(mail), now)
        count(MAILS_SENT)
        return Outcome.SENT

    def _not_sent(self, mail: Mail, error: SendFailed, now: datetime) -> Outcome:
        count(MAILS_FAILED)
        match error:
            case SendOutcomeUnknown():
                self.outbox.keep_unknown(mail, error.problem)
                logger.warning("no answer whether the mail was sent", mail=mail.mail_id)
                return Outcome.UNKNOWN
            case SendRejected():
                return self._give_up(mail, error.problem, now)
            case SendingPaused() | DailyQuotaSpent():
                wait = QUOTA_USED_UP if isinstance(error, DailyQuotaSpent) else PAUSED
                alert = sending_stopped(error.problem, now, self.notifier.admin_links)
                self.notifier.alert(alert, now)
                return self._postpone(mail, error.problem, now + wait)
            case _:
                if mail.attempts >= THROTTLED_TRIES:
                    self._alert(mail, error.problem, now)
                return self._postpone(mail, error.problem, retry_at(mail.attempts, now))

    def _postpone(self, mail: Mail, problem: str, until: datetime) -> Outcome:
        self.outbox.release(mail, problem, until)
        logger.warning("mail postponed", mail=mail.mail_id, problem=problem)
        return Outcome.POSTPONED

    def _give_up(self, mail: Mail, problem: str, now: datetime) -> Outcome:
        """Send the alert first: after a crash in between, the next attempt repeats it."""
        count(MAILS_FAILED)
        self._alert(mail, problem, now)
        self.outbox.give_up(mail, problem, now)
        return Outcome.PROBLEM

    def _alert(self, mail: Mail, problem: str, now: datetime) -> None:
        logger.error("mail not delivered", mail=mail.mail_id, problem=problem)
        if mail.kind is MailKind.ALERT:
            return
        order_number = mail.order_number or "(none)"
        alert = mail_failed(mail.mail_id, order_number, problem, self.notifier.admin_links)
        self.notifier.alert(alert, now, mail.order_number)

    def _archived(self, mail: Mail, now: datetime) -> bytes:
        """Return the message that the archive has, which is that of the first attempt."""
        message = self.compose(mail, now)
        return self.archive.keep(_key(mail), message.as_bytes(policy=SMTP), MIME)


def _key(mail: Mail) -> str:
    return mail_key(mail.order_number, mail.mail_id)
