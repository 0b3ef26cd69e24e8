"""A mail that is put back to be tried again, and what its order then says of its tickets. Pure."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from ticketing.emails.mail import LEFT, UNSETTLED, Mail, MailKind, MailStatus
from ticketing.errors import NotReplayable
from ticketing.orders.order import Delivery


def put_back(mail: Mail, now: datetime) -> Mail:
    """Return the mail as due now, or as it is where it is due already: then asking is enough.

    Tries without an answer count anew, or it would be given up at once. Raises `NotReplayable` for
    what has left, came back, was withdrawn, or is just being tried.
    """
    if not mail.is_personal:
        raise NotReplayable(mail.mail_id, "its buyer was erased: nobody is written to")
    if mail.failed_at:
        text = "it came back, and the same mail would again: `resend` sends a new one"
        raise NotReplayable(mail.mail_id, text)
    if mail.status in LEFT:
        raise NotReplayable(mail.mail_id, "it has left; `resend` sends the tickets again")
    if mail.status is MailStatus.WITHDRAWN:
        raise NotReplayable(mail.mail_id, "it was withdrawn: its tickets are void")
    is_held = mail.lease_until is not None and mail.lease_until >= now
    if mail.status is MailStatus.SENDING and is_held:
        text = f"it is being tried; wait until {mail.lease_until:%H:%M} UTC"
        raise NotReplayable(mail.mail_id, text)
    is_due = mail.next_attempt_at is not None and mail.next_attempt_at <= now
    if mail.status in UNSETTLED and is_due:
        return mail
    return replace(
        mail,
        status=MailStatus.PENDING,
        next_attempt_at=now,
        abandoned=0,
        lease_until=None,
    )


def delivery_of(mails: Iterable[Mail]) -> Delivery | None:
    """Return what an order says of its tickets, from its mails; None without a confirmation."""
    statuses = {mail.status for mail in mails if mail.kind is MailKind.CONFIRMATION}
    if not statuses:
        return None
    if MailStatus.PROBLEM in statuses:
        return Delivery.PROBLEM
    if statuses & LEFT:
        return Delivery.DELIVERED
    return Delivery.PENDING if statuses & UNSETTLED else Delivery.WITHDRAWN
