"""Check whether SES sends our mail and reports on it."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from ticketing.cli.commands.stack import Stack
from ticketing.operators import diagnosis
from ticketing.operators.diagnosis import Finding, missing

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client


def account(stack: Stack, _: datetime) -> Iterator[Finding]:
    ses = stack.session.client("sesv2")
    account = ses.get_account()
    yield from diagnosis.sending(
        production=account.get("ProductionAccessEnabled", False),
        enabled=account.get("SendingEnabled", False),
        status=account.get("EnforcementStatus", ""),
        stage=stack.setting("STAGE"),
    )
    if not account.get("ProductionAccessEnabled", False) and not stack.is_local:
        address = stack.setting("ALERT_ADDRESS")
        domain = address.rpartition("@")[2]
        verified = _is_verified(ses, address) or _is_verified(ses, domain)
        yield diagnosis.recipient_in_sandbox(address, verified=verified)


def identity(stack: Stack, _: datetime) -> Iterator[Finding]:
    ses, identity = stack.session.client("sesv2"), stack.output("SenderIdentity")
    yield diagnosis.sender(identity, verified=_is_verified(ses, identity))


def mail_events(stack: Stack, _: datetime) -> Iterator[Finding]:
    ses, name = stack.session.client("sesv2"), stack.setting("MAIL_CONFIGURATION_SET")
    try:
        answer = ses.get_configuration_set_event_destinations(ConfigurationSetName=name)
    except ses.exceptions.NotFoundException:
        yield missing("mail events", f"there is no configuration set {name}", "deploy again")
        return
    destinations = [
        (
            destination.get("Enabled", False),
            destination.get("SnsDestination", {}).get("TopicArn", ""),
            frozenset(map(str, destination.get("MatchingEventTypes", []))),
        )
        for destination in answer.get("EventDestinations", [])
    ]
    yield diagnosis.mail_events(destinations, stack.output("MailEventsTopicArn"))


def _is_verified(ses: "SESV2Client", identity: str) -> bool:
    try:
        found = ses.get_email_identity(EmailIdentity=identity)
    except ses.exceptions.NotFoundException:
        return False
    return found.get("VerifiedForSendingStatus", False)
