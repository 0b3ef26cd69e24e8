"""What SES reports about a mail: the events of one accepted `SendEmail`, as SNS carries them.

A recipient of SES's mailbox simulator, with or without a label (`bounce+x@...`), meets the same
fate as on AWS; every other mail is delivered.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

SIMULATOR = "simulator.amazonses.com"
SUPPRESSED = (
    "Amazon SES has suppressed sending to this address because it has a recent history of "
    "bouncing as an invalid address."
)

Document = dict[str, Any]


def events(
    request: Mapping[str, Any], message_id: str, region: str, account: str, now: datetime
) -> Iterator[tuple[str, Document]]:
    """Yield each event with its type, spelled as an event destination lists it."""
    at = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    mail = _mail(request, message_id, f"arn:aws:ses:{region}:{account}:identity/", account, at)
    yield "SEND", {"eventType": "Send", "mail": mail, "send": {}}
    for recipient in request["Destination"]["ToAddresses"]:
        yield from _fate(mail, recipient, at)


def _fate(mail: Document, recipient: str, at: str) -> Iterator[tuple[str, Document]]:
    match _simulated(recipient):
        case "bounce":
            diagnosis = "smtp; 550 5.1.1 user unknown"
            yield "BOUNCE", _bounce(mail, "General", recipient, diagnosis, at)
        case "suppressionlist":
            yield "BOUNCE", _bounce(mail, "Suppressed", recipient, SUPPRESSED, at)
        case "complaint":
            yield "DELIVERY", _delivery(mail, recipient, at)
            yield "COMPLAINT", _complaint(mail, recipient, at)
        case _:
            yield "DELIVERY", _delivery(mail, recipient, at)


def _simulated(recipient: str) -> str | None:
    name, _, domain = recipient.lower().rpartition("@")
    return name.partition("+")[0] if domain == SIMULATOR else None


def _mail(
    request: Mapping[str, Any], message_id: str, identities: str, account: str, at: str
) -> Document:
    source, to = request["FromEmailAddress"], request["Destination"]["ToAddresses"]
    tags = {tag["Name"]: [tag["Value"]] for tag in request.get("EmailTags", [])}
    return {
        "timestamp": at,
        "messageId": message_id,
        "source": source,
        "sourceArn": identities + source.rpartition("@")[2],
        "sendingAccountId": account,
        "destination": to,
        "headersTruncated": False,
        "headers": [{"name": "From", "value": source}, {"name": "To", "value": ", ".join(to)}],
        "commonHeaders": {"from": [source], "to": to, "messageId": message_id},
        "tags": {"ses:configuration-set": [request["ConfigurationSetName"]]} | tags,
    }


def _delivery(mail: Document, recipient: str, at: str) -> Document:
    delivery = {
        "timestamp": at,
        "processingTimeMillis": 546,
        "recipients": [recipient],
        "smtpResponse": "250 2.6.0 Message received",
        "reportingMTA": "a8-50.smtp-out.amazonses.com",
    }
    return {"eventType": "Delivery", "mail": mail, "delivery": delivery}


def _bounce(mail: Document, subtype: str, recipient: str, diagnosis: str, at: str) -> Document:
    bounced = {"emailAddress": recipient, "action": "failed", "status": "5.1.1"}
    bounce = {
        "bounceType": "Permanent",
        "bounceSubType": subtype,
        "bouncedRecipients": [bounced | {"diagnosticCode": diagnosis}],
        "timestamp": at,
        "feedbackId": mail["messageId"],
        "reportingMTA": "dsn; a8-50.smtp-out.amazonses.com",
    }
    return {"eventType": "Bounce", "mail": mail, "bounce": bounce}


def _complaint(mail: Document, recipient: str, at: str) -> Document:
    complaint = {
        "complainedRecipients": [{"emailAddress": recipient}],
        "timestamp": at,
        "feedbackId": mail["messageId"],
        "complaintSubType": None,
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": "abuse",
        "arrivalDate": at,
    }
    return {"eventType": "Complaint", "mail": mail, "complaint": complaint}
