"""Read SES's events about a mail, from the text of an SNS notification to a `MailEvent`. Pure.

A malformed document raises `UnreadableMailEvent`, which names the field but never shows a value,
because events contain addresses. The fields are from "Contents of event data that Amazon SES
publishes to Amazon SNS".
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from ticketing.emails.address import without_addresses
from ticketing.errors import UnreadableMailEvent

MAIL_TAG = "mail"
ATTEMPT_TAG = "attempt"
# SES allows `A-Za-z0-9_-` in a tag, so `tag_of` spells any other character in hex behind an
# underscore: `ORD-ABC123#confirmation#1` is `ORD-ABC123_23confirmation_231`.
NOT_PLAIN = re.compile(rb"[^A-Za-z0-9-]")
SPELLED = re.compile(r"(?:[A-Za-z0-9-]|_[0-9A-F]{2})+")
HEX = re.compile(rb"_([0-9A-F]{2})")
TOPIC_CHECKED = "Successfully validated SNS topic"
"""How SES's notification begins when a topic becomes its event destination."""

REFUSED_AS_IT_IS = {"MailboxFull", "MessageTooLarge", "ContentRejected", "AttachmentRejected"}
"""Bounces that SES calls transient although the mail did not arrive."""
REFUSAL = re.compile(
    r"(?:^|[\s;:])5[0-9]{2}(?:[- ]#?5\.[0-9]{1,3}\.[0-9]{1,3})(?![\w.])"
    r"|^(?:[\w-]+\s*;)?\s*(?:5[0-9]{2}(?![\w.])|5\.[0-9]{1,3}\.[0-9]{1,3}(?![\w.]))",
    re.IGNORECASE,
)
"""A mail server's reply that refuses for good: it begins with 5yz, or has an enhanced status 5.x.x
(RFC 5321, 4.2.1, and RFC 3463), as in `smtp; 550 5.1.1 user unknown`."""
FOR_GOOD = re.compile(r"5\.[0-9]{1,3}\.[0-9]{1,3}")

SUPPRESSED = {"Suppressed", "OnAccountSuppressionList"}
ON_THE_LIST = (
    "SES did not send it: the address is on the suppression list, because a mail to it bounced "
    "or was marked as spam before"
)

Fields = Mapping[str, Any]


class Happened(StrEnum):
    """The kinds of event that we act on.

    `returned`: something came back, SES has stopped trying, and it is not known whether the mail
    arrived.
    """

    SENT = "sent"
    DELIVERED = "delivered"
    DELAYED = "delayed"
    RETURNED = "returned"
    FAILED = "failed"
    COMPLAINED = "complained"


@dataclass(frozen=True)
class MailEvent:
    """An event about an attempt to send a mail; `reason` is for people and has no address."""

    happened: Happened
    mail_id: str
    attempt_id: str
    message_id: str
    sent_at: datetime
    at: datetime
    reason: str | None = None


def tag_of(mail_id: str) -> str:
    """Return the tag that SES returns with each event about a mail."""
    return NOT_PLAIN.sub(lambda found: b"_%02X" % ord(found[0]), mail_id.encode()).decode()


def mail_id_of(tag: str) -> str | None:
    """Return the mail id in a tag; None for a tag that `tag_of` would not make."""
    if not SPELLED.fullmatch(tag):
        return None
    try:
        return HEX.sub(lambda found: bytes.fromhex(found[1].decode()), tag.encode()).decode()
    except UnicodeDecodeError:
        return None


def read(text: str) -> MailEvent | None:
    """Return the event in a notification; None for other kinds, and for mails without our tag."""
    if text.startswith(TOPIC_CHECKED):
        return None
    event = _document(text)
    kind, mail = _word(event, "eventType"), _part(event, "mail")
    describe = DESCRIBE.get(kind)
    mail_id = mail_id_of(_tag(mail, MAIL_TAG))
    if describe is None or mail_id is None:
        return None
    happened, part, reason = describe(event)
    sent_at = _moment(mail, "timestamp")
    return MailEvent(
        happened=happened,
        mail_id=mail_id,
        attempt_id=_tag(mail, ATTEMPT_TAG),
        message_id=_word(mail, "messageId"),
        sent_at=sent_at,
        at=_moment(part, "timestamp") if "timestamp" in part else sent_at,
        reason=without_addresses(reason) if reason else None,
    )


Description = tuple[Happened, Fields, str | None]


def _send(event: Fields) -> Description:
    del event
    return Happened.SENT, {}, None


def _delivery(event: Fields) -> Description:
    return Happened.DELIVERED, _part(event, "delivery"), None


def _bounce(event: Fields) -> Description:
    """Describe what came back: SES sends a bounce once it no longer tries to deliver the mail.

    A mail that did arrive only causes a bounce if something replies automatically; that has no
    delivery status.
    """
    bounce = _part(event, "bounce")
    kind, subtype = _word(bounce, "bounceType"), str(bounce.get("bounceSubType") or "General")
    recipients = bounce.get("bouncedRecipients")
    if subtype in SUPPRESSED:
        return Happened.FAILED, bounce, ON_THE_LIST
    more = _response(recipients)
    if kind == "Permanent" or subtype in REFUSED_AS_IT_IS or _is_refused(recipients):
        return Happened.FAILED, bounce, f"The recipient's mail server refused it ({subtype}){more}"
    if kind == "Transient" and subtype == "General" and not _says_anything(recipients):
        return Happened.DELAYED, bounce, f"What came back may be an automatic reply ({subtype})"
    return Happened.RETURNED, bounce, f"It came back, perhaps for a time only ({subtype}){more}"


def _complaint(event: Fields) -> Description:
    complaint = _part(event, "complaint")
    if complaint.get("complaintSubType") in SUPPRESSED:
        return Happened.FAILED, complaint, ON_THE_LIST
    kind = complaint.get("complaintFeedbackType")
    more = f" ({kind})" if kind else ""
    return Happened.COMPLAINED, complaint, f"The recipient marked it as spam{more}"


def _reject(event: Fields) -> Description:
    why = _part(event, "reject").get("reason") or "no reason given"
    return Happened.FAILED, {}, f"SES refused it after all, as if it held a virus: {why}"


def _rendering_failure(event: Fields) -> Description:
    why = _part(event, "failure").get("errorMessage") or "no reason given"
    return Happened.FAILED, {}, f"SES could not make the mail: {why}"


def _delay(event: Fields) -> Description:
    delay = _part(event, "deliveryDelay")
    kind, until = delay.get("delayType") or "no reason given", delay.get("expirationTime")
    more = _response(delay.get("delayedRecipients"))
    trying = f"; SES tries until {until}" if until else ""
    return (
        Happened.DELAYED,
        delay,
        f"The recipient's mail server is not ready ({kind}){more}{trying}",
    )


DESCRIBE: Mapping[str, Callable[[Fields], Description]] = {
    "Send": _send,
    "Delivery": _delivery,
    "Bounce": _bounce,
    "Complaint": _complaint,
    "Reject": _reject,
    "Rendering Failure": _rendering_failure,
    "DeliveryDelay": _delay,
}


def _response(recipients: object) -> str:
    """Return the other mail server's response."""
    status = _status_of(recipients)
    text = status.get("diagnosticCode") or status.get("status")
    return f": {text}" if text else ""


def _is_refused(recipients: object) -> bool:
    """Return whether the other mail server refused for good, whatever SES calls the bounce."""
    status = _status_of(recipients)
    if str(status.get("action") or "failed").lower() != "failed":
        return False
    code, reply = str(status.get("status") or ""), str(status.get("diagnosticCode") or "")
    return bool(FOR_GOOD.fullmatch(code.strip()) or REFUSAL.search(reply))


def _says_anything(recipients: object) -> bool:
    status = _status_of(recipients)
    return any(status.get(name) for name in ("action", "status", "diagnosticCode"))


def _status_of(recipients: object) -> Fields:
    """Return the delivery status of the recipient; our mails have only one."""
    first = recipients[0] if isinstance(recipients, list) and recipients else {}
    return first if isinstance(first, dict) else {}


def _document(text: str) -> Fields:
    try:
        event = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableMailEvent("it is not JSON") from error
    if not isinstance(event, dict):
        raise UnreadableMailEvent("it is not an object")
    return event


def _part(fields: Fields, name: str) -> Fields:
    part = fields.get(name)
    if not isinstance(part, dict):
        raise UnreadableMailEvent(f"{name} is not an object")
    return part


def _word(fields: Fields, name: str) -> str:
    word = fields.get(name)
    if not isinstance(word, str) or not word:
        raise UnreadableMailEvent(f"{name} is not text")
    return word


def _moment(fields: Fields, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(_word(fields, name))
    except ValueError as error:
        raise UnreadableMailEvent(f"{name} is not a time") from error
    if moment.tzinfo is None:
        raise UnreadableMailEvent(f"{name} has no zone")
    return moment.astimezone(UTC)


def _tag(mail: Fields, name: str) -> str:
    """Return a tag's value; SES lists all values of tags with this name."""
    values = _part(mail, "tags").get(name) if mail.get("tags") is not None else None
    first = values[0] if isinstance(values, list) and values else ""
    return first if isinstance(first, str) else ""
