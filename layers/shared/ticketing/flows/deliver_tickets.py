"""Send one mail of the outbox: tickets to a buyer, or news to a buyer or an operator.

Claim, compose and archive, one try to send, record. Until the try nothing has left and the claim
is given back whatever goes wrong; after it, a mail whose fate is unknown is left alone until its
claim has run out.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from enum import StrEnum
from typing import Protocol

from ticketing.archive_keys import mail_key
from ticketing.brand import Brand
from ticketing.emails.delivery_events import ATTEMPT_TAG, MAIL_TAG
from ticketing.emails.mail import (
    PAUSED,
    QUOTA_USED_UP,
    UNKNOWN_SENDS,
    UNSETTLED,
    Mail,
    MailKind,
    retry_at,
    to_operators,
)
from ticketing.emails.tags import spell
from ticketing.errors import (
    DailyQuotaSpent,
    InvalidAddress,
    SendFailed,
    SendingPaused,
    SendOutcomeUnknown,
    SendRejected,
    TicketsVoid,
)
from ticketing.failures import in_words
from ticketing.observability import MAILS_FAILED, MAILS_SENT, count, logger
from ticketing.operators.admin_links import AdminLinks
from ticketing.operators.alerts import Alert, mail_failed, sending_stopped

MIME = "message/rfc822"
THROTTLED_TRIES = 10
"""Tries SES asked to slow down, over an hour's worth, before a person is told."""
COMPOSE_TRIES = 3
"""Failed tries to compose a mail before a person is told; it is tried on all the same."""


class Outcome(StrEnum):
    """What became of one try; part of logs."""

    SENT = "sent"
    ALREADY_DONE = "already_done"
    TAKEN = "taken"
    POSTPONED = "postponed"
    UNKNOWN = "unknown"
    PROBLEM = "problem"
    WITHDRAWN = "withdrawn"


class Outbox(Protocol):
    """What is needed of the mails table."""

    def get(self, mail_id: str) -> Mail: ...
    def add_once(self, mail: Mail) -> bool: ...
    def claim(self, mail: Mail, attempt_id: str, now: datetime) -> Mail | None: ...
    def release(self, mail: Mail, problem: str, next_attempt_at: datetime) -> None: ...
    def keep_unknown(self, mail: Mail, problem: str) -> None: ...
    def give_up(self, mail: Mail, problem: str, now: datetime) -> None: ...
    def withdraw(self, mail: Mail, problem: str) -> None: ...
    def record_sent(self, mail: Mail, message_id: str, archive_key: str, now: datetime) -> None: ...


class Composer(Protocol):
    """What is needed to make a mail of its row; see `compose_mail`."""

    def __call__(self, mail: Mail) -> EmailMessage: ...


class Archive(Protocol):
    """What is needed of the bucket: the first body kept under a key stays."""

    def keep(self, key: str, body: bytes, content_type: str) -> bytes: ...


class Mailer(Protocol):
    """What is needed of SES."""

    def send(self, message: bytes, recipient: str, tags: Mapping[str, str]) -> str: ...


@dataclass(frozen=True)
class DeliverTickets:
    """The flow with everything it talks to."""

    outbox: Outbox
    compose: Composer
    archive: Archive
    mailer: Mailer
    brand: Brand
    console: AdminLinks

    def __call__(self, mail_id: str, now: datetime) -> Outcome:
        """Try to send one mail; safe to call at any time and as often as one likes.

        Raises `MailNotFound`, and whatever kept the mail from being composed or archived.
        """
        mail = self.outbox.get(mail_id)
        if mail.status not in UNSETTLED:
            return Outcome.ALREADY_DONE
        claimed = self.outbox.claim(mail, uuid.uuid4().hex, now)
        if claimed is None:
            return Outcome.TAKEN
        if claimed.abandoned >= UNKNOWN_SENDS:
            text = f"{claimed.abandoned} tries ended without an answer whether it was sent"
            return self._give_up(claimed, text, now)
        return self._send(claimed, now)

    def _send(self, mail: Mail, now: datetime) -> Outcome:
        try:
            message = self._archived(mail)
        except InvalidAddress as error:
            return self._give_up(mail, str(error), now)
        except TicketsVoid as error:
            logger.info("mail withdrawn", mail=mail.mail_id)
            self.outbox.withdraw(mail, str(error))
            return Outcome.WITHDRAWN
        except Exception as error:  # whatever it was, nothing has left yet: give it back
            self._postpone(mail, in_words(error), retry_at(mail.attempts, now))
            if mail.attempts >= COMPOSE_TRIES:
                self._alert(mail, f"it could not be made: {type(error).__name__}", now)
            raise
        return self._hand_over(mail, message, now)

    def _hand_over(self, mail: Mail, message: bytes, now: datetime) -> Outcome:
        tags = {MAIL_TAG: spell(mail.mail_id), ATTEMPT_TAG: mail.attempt_id or "none"}
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
                logger.warning("nobody knows whether it left", mail=mail.mail_id)
                return Outcome.UNKNOWN
            case SendRejected():
                return self._give_up(mail, error.problem, now)
            case SendingPaused() | DailyQuotaSpent():
                wait = QUOTA_USED_UP if isinstance(error, DailyQuotaSpent) else PAUSED
                self._tell(sending_stopped(error.problem, now, self.console), now)
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
        """Alert first: a worker that dies in between alerts once more, under the same id."""
        count(MAILS_FAILED)
        self._alert(mail, problem, now)
        self.outbox.give_up(mail, problem, now)
        return Outcome.PROBLEM

    def _alert(self, mail: Mail, problem: str, now: datetime) -> None:
        logger.error("mail not delivered", mail=mail.mail_id, problem=problem)
        if mail.kind is MailKind.ALERT:
            return
        order_number = mail.order_number or "(none)"
        told = mail_failed(mail.mail_id, order_number, problem, self.console)
        self._tell(told, now, mail.order_number)

    def _tell(self, told: Alert, now: datetime, order_number: str | None = None) -> None:
        self.outbox.add_once(to_operators(told, self.brand, now, order_number))

    def _archived(self, mail: Mail) -> bytes:
        """Return the mail's bytes as the archive has them: those of the first try stay."""
        message = self.compose(mail)
        return self.archive.keep(_key(mail), message.as_bytes(policy=SMTP), MIME)


def _key(mail: Mail) -> str:
    return mail_key(mail.order_number, mail.mail_id)
