"""Send again: make a mail due again, or make a new mail with the same tickets. Pure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from ticketing.emails.delivery_status import WITH_TICKETS
from ticketing.emails.mail import (
    LEFT,
    NEW_ADDRESS,
    UNSETTLED,
    Asker,
    Mail,
    MailKind,
    MailStatus,
    to_buyer,
)
from ticketing.errors import BuyerErased, MailUnwanted, NotReplayable, TooManyResends
from ticketing.orders.buyer import folded
from ticketing.orders.commands import line
from ticketing.orders.order import Delivery, Order
from ticketing.sentence import sentence
from ticketing.tickets.ticket import refuse_unless_valid

MOST_A_DAY = {Asker.STRANGER: 1, Asker.BUYER: 3}
"""The most in any 24 hours to one address, besides the first mail. Operators have no limit."""
MOST_IN_ALL = {Asker.STRANGER: 5, Asker.BUYER: 30}
"""The most for one order. Tickets that have not arrived by then will not arrive by mail."""
DAY = timedelta(days=1)


def put_back(mail: Mail, now: datetime) -> Mail:
    """Return the mail as due now; unchanged if it is due already, since queueing it is then enough.

    Attempts without an answer are counted from zero again, or the mail would be given up at once.
    Raises `NotReplayable` for a mail that was sent, came back, was withdrawn or erased, or is being
    sent.
    """
    if not mail.is_personal:
        raise NotReplayable(mail.mail_id, "its buyer was erased: nobody is written to")
    if mail.failed_at:
        text = f"it came back, and the same mail would again{_tickets_anew(mail)}"
        raise NotReplayable(mail.mail_id, text)
    if mail.status in LEFT:
        raise NotReplayable(mail.mail_id, f"it has left{_tickets_anew(mail)}")
    if mail.status is MailStatus.WITHDRAWN:
        raise NotReplayable(mail.mail_id, f"it was withdrawn: {mail.problem}")
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


def _tickets_anew(mail: Mail) -> str:
    if mail.kind not in WITH_TICKETS or not mail.order_number:
        return ""
    return f"; `{line('resend', mail.order_number)}` sends the tickets anew"


def delivery_of(mails: Iterable[Mail]) -> Delivery | None:
    """Return the delivery status of an order from its mails; None without a confirmation."""
    statuses = {mail.status for mail in mails if mail.kind is MailKind.CONFIRMATION}
    if not statuses:
        return None
    if MailStatus.PROBLEM in statuses:
        return Delivery.PROBLEM
    if statuses & LEFT:
        return Delivery.DELIVERED
    return Delivery.PENDING if statuses & UNSETTLED else Delivery.WITHDRAWN


def next_mail(order: Order, confirmations: Sequence[Mail], asker: Asker, now: datetime) -> Mail:
    """Return a mail that sends the tickets again, or the one already on its way to the buyer.

    `confirmations` are all of the order's, oldest first. Raises what `new_mail` raises.
    """
    _refuse_unless_wanted(order)
    for mail in confirmations:
        if mail.status in UNSETTLED and mail.recipient == order.customer.email:
            return mail
    return new_mail(order, confirmations, asker, now)


def new_mail(order: Order, confirmations: Sequence[Mail], asker: Asker, now: datetime) -> Mail:
    """Return a new mail that sends the tickets again, whatever is on its way.

    This is needed if an order gets another address. An older mail to that address may be withdrawn
    at this very moment, because the order has a different address until the change.

    Each asker has limits of their own, so a stranger cannot use up a buyer's. The ids of
    confirmations have no gaps, so only one of two simultaneous requests can store the next mail.
    Raises `NotIssued`, `BuyerErased`, `MailUnwanted` or `TooManyResends`.
    """
    _refuse_unless_wanted(order)
    _refuse_too_many(order.customer.email, confirmations[1:], asker, now)
    is_known = any(_goes_to(order.customer.email, mail) for mail in confirmations)
    cause = None if is_known else NEW_ADDRESS
    mail = to_buyer(order, MailKind.CONFIRMATION, now, len(confirmations) + 1, cause)
    return replace(mail, asked_by=asker)


def _refuse_unless_wanted(order: Order) -> None:
    if order.customer.is_erased:
        raise BuyerErased(order.order_number)
    refuse_unless_valid(order)
    if order.complained_at:
        raise MailUnwanted(order.order_number)


def next_links(order: Order, sent: Sequence[Mail], now: datetime) -> Mail:
    """Return the mail with links that a stranger asks for, or the one already on its way.

    `sent` are all such mails of this order, oldest first; their ids have no gaps either. Raises
    `TooManyResends`, by the limits of a stranger.
    """
    for mail in sent:
        if mail.status in UNSETTLED and mail.recipient == order.customer.email:
            return mail
    _refuse_too_many(order.customer.email, sent, Asker.STRANGER, now)
    mail = to_buyer(order, MailKind.ORDER_LINKS, now, len(sent) + 1)
    return replace(mail, asked_by=Asker.STRANGER)


def _refuse_too_many(email: str, resent: Sequence[Mail], asker: Asker, now: datetime) -> None:
    """Raise `TooManyResends` if the asker has reached a limit.

    Mails from before askers were noted count as asked for by the buyer.
    """
    if asker is Asker.OPERATOR:
        return
    theirs = [mail for mail in resent if (mail.asked_by or Asker.BUYER) is asker]
    lately = [mail for mail in theirs if _goes_to(email, mail) and mail.created_at > now - DAY]
    if len(theirs) >= MOST_IN_ALL[asker]:
        text = sentence("the tickets of this order were sent often enough; please write to us")
        raise TooManyResends(int(DAY.total_seconds()), text)
    if len(lately) >= MOST_A_DAY[asker]:
        wait = lately[-MOST_A_DAY[asker]].created_at + DAY - now
        text = sentence(
            "the tickets of this order were sent often enough; you can ask again tomorrow"
        )
        raise TooManyResends(math.ceil(wait.total_seconds()), text)


def _goes_to(email: str, mail: Mail) -> bool:
    return folded(mail.recipient) == folded(email)
