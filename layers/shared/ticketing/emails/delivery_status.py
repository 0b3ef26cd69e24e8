"""What an event from SES changes about a mail. Pure.

Events arrive late, twice and in any order, even about an attempt that was followed by another. So
each rule compares the event with the row, and the worse or later status wins: failed over
delivered, delivered over returned, returned over delayed. The order's row then shows the status of
its mail.
"""

from dataclasses import replace

from ticketing.emails.delivery_events import Happened, MailEvent
from ticketing.emails.mail import UNSETTLED, Mail, MailKind, MailStatus

WITH_TICKETS = frozenset({MailKind.CONFIRMATION, MailKind.EVENT_CHANGED})


def after(event: MailEvent, mail: Mail) -> Mail | None:
    """Return the mail after the event; None if the event changes nothing."""
    match event.happened:
        case Happened.SENT:
            return None if _is_settled(mail) else _sent(event, mail)
        case Happened.DELIVERED:
            return None if mail.delivered_at else _delivered(event, _sent(event, mail))
        case Happened.DELAYED:
            return _delayed(event, mail)
        case Happened.RETURNED:
            return _returned(event, mail)
        case Happened.FAILED:
            return _failed(event, mail)
        case Happened.COMPLAINED:
            return None if mail.complained_at else _complained(event, _sent(event, mail))


def takes_over(before: Mail) -> bool:
    """Return whether an event makes the order show this mail's status instead of another's."""
    return not _is_settled(before)


def order_text(mail: Mail) -> str | None:
    """Return what the order's row says about this mail: what is wrong, and what to do."""
    if not mail.problem:
        return None
    if mail.complained_at and not mail.failed_at:
        return f"{mail.problem}. The order's page sends no more mail."
    if mail.returned_at:
        return f"{mail.problem}. The buyer may not have it: check the address, send it again."
    if not mail.failed_at:
        return f"{mail.problem}. The buyer may not have it yet; there is nothing to do."
    if mail.kind in WITH_TICKETS:
        return (
            f"{mail.problem}. Tickets are on the order's page. Correct the address, send it again."
        )
    return f"{mail.problem}. The order's page says the same. Correct the address."


def concerns_order(before: Mail, now: Mail) -> bool:
    """Return whether the event changes what the order's row says.

    The arrival of a mail does not, unless there had been a problem: the row has said that the
    tickets were sent since they were.
    """
    return (
        takes_over(before)
        or order_text(before) != order_text(now)
        or (before.failed_at, before.complained_at) != (now.failed_at, now.complained_at)
    )


def is_for_a_person(before: Mail, now: Mail) -> bool:
    """Return whether operators get an alert.

    There is none about an alert, which could go on endlessly, nor about the mail to an address that
    the buyer replaced: it was often mistyped, and nobody misses that mail.
    """
    news = (now.failed_at and not before.failed_at) or (
        now.complained_at and not before.complained_at
    )
    return bool(news) and now.kind not in {MailKind.ALERT, MailKind.ADDRESS_CHANGED}


def _is_settled(mail: Mail) -> bool:
    """Return whether it is known that the mail was sent, or that it will never arrive.

    A mail that we gave up or withdrew without an answer is not settled: it may have been sent.
    """
    given_up = {MailStatus.PROBLEM, MailStatus.WITHDRAWN}
    return mail.status not in UNSETTLED and not (mail.status in given_up and mail.failed_at is None)


def _is_of_this_try(event: MailEvent, mail: Mail) -> bool:
    return event.attempt_id == mail.attempt_id or event.message_id == mail.message_id


def _sent(event: MailEvent, mail: Mail) -> Mail:
    """Return the mail as sent by the event's attempt, even an earlier one, unless it is settled."""
    if _is_settled(mail):
        return mail
    return replace(
        mail,
        status=MailStatus.SENT,
        attempt_id=event.attempt_id,
        message_id=event.message_id,
        lease_until=None,
        next_attempt_at=None,
        problem=None,
    )


def _delivered(event: MailEvent, mail: Mail) -> Mail:
    mail = replace(mail, delivered_at=event.at, delayed_at=None, returned_at=None)
    if mail.failed_at:
        return mail
    problem = mail.problem if mail.complained_at else None
    return replace(mail, status=MailStatus.DELIVERED, problem=problem)


def _delayed(event: MailEvent, mail: Mail) -> Mail | None:
    if _is_settled(mail) and not _is_of_this_try(event, mail):
        return None
    if _is_known(mail) or mail.returned_at:
        return None
    if mail.delayed_at and mail.delayed_at >= event.at:
        return None
    return replace(_sent(event, mail), delayed_at=event.at, problem=event.reason)


def _returned(event: MailEvent, mail: Mail) -> Mail | None:
    if _is_settled(mail) and not _is_of_this_try(event, mail):
        return None
    if _is_known(mail) or (mail.returned_at and mail.returned_at >= event.at):
        return None
    mail = replace(_sent(event, mail), returned_at=event.at, delayed_at=None)
    return replace(mail, problem=event.reason)


def _is_known(mail: Mail) -> bool:
    """Return whether it is known that the mail arrived, or that it never will."""
    return bool(mail.delivered_at or mail.failed_at or mail.complained_at)


def _failed(event: MailEvent, mail: Mail) -> Mail | None:
    another_counts = _is_settled(mail) or mail.status is MailStatus.SENDING
    if mail.failed_at or (another_counts and not _is_of_this_try(event, mail)):
        return None
    return replace(
        _sent(event, mail),
        status=MailStatus.PROBLEM,
        failed_at=event.at,
        delayed_at=None,
        returned_at=None,
        problem=event.reason,
    )


def _complained(event: MailEvent, mail: Mail) -> Mail:
    """Return the mail as marked as spam, and so as delivered."""
    delivered_at = mail.delivered_at or event.at
    mail = replace(
        mail,
        complained_at=event.at,
        delivered_at=delivered_at,
        delayed_at=None,
        returned_at=None,
    )
    if mail.failed_at:
        return mail
    return replace(mail, status=MailStatus.DELIVERED, problem=event.reason)
