"""Mails: a completed order's confirmation exists and is sent, and no waiting mail is forgotten."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from ticketing.audit.order_snapshot import Breach, OrderSnapshot, Rule, StoredMail
from ticketing.emails.mail import (
    LEFT,
    UNSETTLED,
    Mail,
    MailKind,
    MailStatus,
    alert_id,
    mail_id,
)
from ticketing.operators.alerts import bounce_fact, failure_fact
from ticketing.orders.order import Delivery, OrderStatus

DELIVERED_WITHIN = timedelta(hours=1)
"""From completion; by then the tickets were sent, are being tried, or operators got an alert."""
OVERDUE = timedelta(hours=1)
"""Scans queue a due mail every few minutes, and a long queue may take a while to drain."""
FURTHEST = timedelta(days=1)
"""No attempt is ever postponed by more than an hour."""


def confirmation_is_there(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """A completed order has its confirmation, and no other order has one."""
    order = snapshot.order
    first = mail_id(order.order_number, MailKind.CONFIRMATION)
    confirmations = [stored.mail.mail_id for stored in _confirmations(snapshot)]
    if order.status is not OrderStatus.COMPLETED:
        for found in confirmations:
            text = f"This confirmation exists and the order is {order.status}."
            yield snapshot.breach(Rule.CONFIRMATION_UNWARRANTED, text, f"mail {found}")
    elif first not in confirmations and not snapshot.is_unreadable(f"mail {first}"):
        text = "The order is completed and its confirmation does not exist."
        yield snapshot.breach(Rule.CONFIRMATION_MISSING, text, f"mail {first}")


def delivery_agrees(snapshot: OrderSnapshot, _: datetime) -> Iterator[Breach]:
    """The delivery status of the order agrees with its confirmations."""
    order, confirmations = snapshot.order, _confirmations(snapshot)
    statuses = {stored.mail.status for stored in confirmations}
    agrees = {
        None: order.status is not OrderStatus.COMPLETED,
        Delivery.PENDING: _are_under_way(statuses),
        Delivery.DELIVERED: bool(statuses & LEFT),
        Delivery.PROBLEM: MailStatus.PROBLEM in statuses,
        Delivery.WITHDRAWN: MailStatus.WITHDRAWN in statuses and order.voided_at is not None,
    }
    warranted = order.delivery is None or order.status is OrderStatus.COMPLETED
    if not (agrees[order.delivery] and warranted):
        rows = (f"mail {stored.mail.mail_id}" for stored in confirmations)
        status = order.delivery or "nothing"
        text = f"The order ({order.status}) says {status} of its delivery, its mails say otherwise."
        yield snapshot.breach(Rule.DELIVERY_WRONG, text, snapshot.name, *rows)


def _are_under_way(statuses: set[MailStatus]) -> bool:
    """Return whether all mails are still to be sent, apart from withdrawn ones.

    A mail that was withdrawn because its order got another address is followed by another.
    """
    left = statuses - {MailStatus.WITHDRAWN}
    return left <= UNSETTLED and (bool(left) or not statuses)


def tickets_arrive(snapshot: OrderSnapshot, now: datetime) -> Iterator[Breach]:
    """An hour after completion, the tickets were sent, are being tried, or an alert was sent."""
    order = snapshot.order
    settled_at = order.settled_at or order.created_at
    is_due = order.admits and now - settled_at > DELIVERED_WITHIN
    if not is_due or order.delivery is Delivery.DELIVERED:
        return
    confirmations = _confirmations(snapshot)
    if not any(_is_tried(stored, now) or _has_alert(snapshot, stored) for stored in confirmations):
        rows = (f"mail {stored.mail.mail_id}" for stored in confirmations)
        text = "Completed for over an hour, not delivered, not being tried, and nobody was told."
        yield snapshot.breach(Rule.NOT_DELIVERED, text, snapshot.name, *rows)


def mails_are_right(snapshot: OrderSnapshot, now: datetime) -> Iterator[Breach]:
    """Each mail of the order is what its id says, and scheduled as its status demands."""
    for stored in snapshot.mails:
        yield from breaches_of_mail(stored, now)


def breaches_of_mail(stored: StoredMail, now: datetime) -> Iterator[Breach]:
    """Yield the breaches of a mail, which need not be about an order."""
    mail = stored.mail

    def breach(rule: Rule, sentence: str) -> Breach:
        return Breach(rule, sentence, (f"mail {mail.mail_id}",), mail.order_number)

    due = mail.next_attempt_at
    if mail.status not in UNSETTLED:
        if stored.has_work_key or due:
            yield breach(Rule.NEEDLESS, f"The mail is {mail.status} and still scheduled.")
    elif not stored.is_scheduled or due is None:
        yield breach(Rule.MAIL_UNSCHEDULED, f"The mail is {mail.status} and no scan finds it.")
    elif due > now + FURTHEST:
        yield breach(Rule.MAIL_UNSCHEDULED, "The mail's next try is more than a day away.")
    elif due < now - OVERDUE:
        yield breach(Rule.MAIL_OVERDUE, "The mail is overdue by more than an hour.")
    wrong = _wrong_facts(mail)
    if wrong:
        yield breach(Rule.MAIL_WRONG, f"The mail contradicts itself: {', '.join(wrong)}.")


def _wrong_facts(mail: Mail) -> list[str]:
    held = mail.attempt_id is not None and mail.lease_until is not None
    has_text = mail.kind is not MailKind.ALERT or bool(mail.subject and mail.body)
    facts = {
        "its id": _has_its_id(mail),
        "sent without a message id": mail.status not in LEFT or bool(mail.message_id),
        "sent without a try": mail.status not in LEFT or mail.attempts > 0,
        "sending without an attempt": mail.status is not MailStatus.SENDING or held,
        "an alert without words": has_text,
    }
    return [name for name, is_right in facts.items() if not is_right]


def _has_its_id(mail: Mail) -> bool:
    """Return whether the id names the mail's order and kind, and its revision unless an alert."""
    if mail.kind is MailKind.ALERT:
        return mail.mail_id.startswith(alert_id("", mail.order_number))
    if mail.order_number is None:
        return False
    revision = mail.mail_id.removeprefix(f"{mail.order_number}#{mail.kind}#")
    known = revision.isascii() and revision.isdigit() and int(revision) > 0
    return known and mail.mail_id == mail_id(mail.order_number, mail.kind, int(revision))


def _confirmations(snapshot: OrderSnapshot) -> list[StoredMail]:
    return [s for s in snapshot.mails if s.mail.kind is MailKind.CONFIRMATION]


def _is_tried(stored: StoredMail, now: datetime) -> bool:
    due = stored.mail.next_attempt_at
    in_time = due is not None and now - OVERDUE <= due <= now + FURTHEST
    return stored.mail.status in UNSETTLED and stored.has_work_key and in_time


def _has_alert(snapshot: OrderSnapshot, stored: StoredMail) -> bool:
    """Return whether the mail was given up or bounced, and there is an alert about it."""
    mail = stored.mail
    facts = (failure_fact(mail.mail_id), bounce_fact(mail.mail_id))
    alerts = {alert_id(fact, mail.order_number) for fact in facts}
    known = any(snapshot.is_unreadable(f"mail {alert}") for alert in alerts) or any(
        other.mail.mail_id in alerts for other in snapshot.mails
    )
    return mail.status is MailStatus.PROBLEM and known
