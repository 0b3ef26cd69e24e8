"""A mail in the outbox: its kind, its status, and when it is tried again. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ticketing.brand import Brand
from ticketing.operators.alerts import Alert
from ticketing.orders.order import ERASED, Order

LEASE = timedelta(minutes=15)
"""How long a mail waits before it is tried again if it is not known whether it was sent."""
NUDGE_GRACE = timedelta(minutes=2)
"""How long a new mail may wait for its queue message before the scan sends another."""
UNKNOWN_SENDS = 3
"""Attempts with an unknown outcome before a person is asked to look."""
THROTTLED = tuple(timedelta(minutes=m) for m in (1, 2, 5, 10))
QUOTA_USED_UP = timedelta(hours=1)
PAUSED = timedelta(minutes=15)


ALL_TICKETS = "all"
"""The cause of a mail about void tickets, if no ticket of the order is valid any more."""
NEW_ADDRESS = "new address"
"""The cause of a mail that sends tickets to an address to which they were not sent before."""

REISSUED, TRANSFERRED = "reissued", "transferred"
"""Followed by a ticket's id, the cause of a mail with the ticket that replaces it."""


class MailKind(StrEnum):
    """What a mail is for."""

    CONFIRMATION = "confirmation"
    PAYMENT_FAILED = "payment_failed"
    EXPIRED = "expired"
    UNDER_REVIEW = "under_review"
    EVENT_CHANGED = "event_changed"
    EVENT_CANCELLED = "event_cancelled"
    REFUNDED = "refunded"
    TICKETS_VOID = "tickets_void"
    ORDER_LINKS = "order_links"
    ADDRESS_CHANGED = "address_changed"
    REMINDER = "reminder"
    ALERT = "alert"


class Asker(StrEnum):
    """Who asked for tickets or links again: any stranger, somebody with the order's link, or us."""

    STRANGER = "stranger"
    BUYER = "buyer"
    OPERATOR = "operator"


class MailStatus(StrEnum):
    """The status of a mail; `problem` needs a person.

    `sent`: SES accepted it; `delivered`: the recipient's mail server did. `withdrawn`: it became
    pointless before it was sent, because its tickets are void or its order has another address.
    """

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    PROBLEM = "problem"
    WITHDRAWN = "withdrawn"


UNSETTLED = frozenset({MailStatus.PENDING, MailStatus.SENDING})
"""A mail in one of these is still to be sent, as far as we know."""
SETTLED = frozenset(MailStatus) - UNSETTLED
LEFT = frozenset({MailStatus.SENT, MailStatus.DELIVERED})


@dataclass(frozen=True)
class Mail:
    """A row of the outbox. Alerts contain their text; other mails are composed from their order.

    `attempt_id` names the attempt that holds the mail until `lease_until`. `attempts` counts all
    attempts, `abandoned` those with an unknown outcome. The times from `delivered_at` to
    `complained_at` come from SES's events: the recipient's mail server accepted it, does not accept
    it yet, sent it back perhaps only for now, or will never accept it; the recipient marked it as
    spam. `cause` is SumUp's status of the failed attempt to pay, the name of the refund, the ids of
    void tickets, `NEW_ADDRESS`, or which ticket was issued anew. `asked_by` is set if somebody
    asked for the mail. `expires_at` is when the row may be deleted; it is not read back.
    """

    mail_id: str
    kind: MailKind
    recipient: str
    created_at: datetime
    order_number: str | None = None
    subject: str | None = None
    body: str | None = None
    status: MailStatus = MailStatus.PENDING
    attempts: int = 0
    abandoned: int = 0
    attempt_id: str | None = None
    lease_until: datetime | None = None
    next_attempt_at: datetime | None = None
    problem: str | None = None
    message_id: str | None = None
    delivered_at: datetime | None = None
    delayed_at: datetime | None = None
    returned_at: datetime | None = None
    failed_at: datetime | None = None
    complained_at: datetime | None = None
    cause: str | None = None
    asked_by: Asker | None = None
    expires_at: datetime | None = None

    @property
    def is_personal(self) -> bool:
        """Whether its row may identify the buyer."""
        if self.kind is MailKind.ALERT:
            return self.body != ERASED
        return self.recipient != ERASED

    def is_left_behind(self, now: datetime) -> bool:
        """Return whether the worker of the last attempt is gone, because its lease has ended."""
        return self.status is MailStatus.SENDING and (self.lease_until or now) < now

    @property
    def issued_anew(self) -> str | None:
        """The id of the ticket that was replaced, if this mail is about that."""
        why, _, ticket_id = (self.cause or "").partition(" ")
        return ticket_id if why in {REISSUED, TRANSFERRED} else None

    @property
    def is_transfer(self) -> bool:
        """Whether this mail is about a ticket that was transferred to another holder."""
        return self.issued_anew is not None and (self.cause or "").startswith(TRANSFERRED)

    @property
    def revision(self) -> int:
        """The number of this mail among those of its kind, from its id."""
        return int(self.mail_id.rpartition("#")[2])


def mail_id(order_number: str, kind: MailKind, revision: int = 1) -> str:
    return f"{order_number}#{kind}#{revision}"


def alert_id(fact: str, order_number: str | None = None) -> str:
    """Return the id of the alert about a fact."""
    return f"{order_number or 'shop'}#{MailKind.ALERT}#{fact}"


def to_buyer(
    order: Order, kind: MailKind, now: datetime, revision: int = 1, cause: str | None = None
) -> Mail:
    """Return the mail of this kind to the order's buyer; each further one has a new revision."""
    return Mail(
        mail_id=mail_id(order.order_number, kind, revision),
        kind=kind,
        recipient=order.customer.email,
        created_at=now,
        order_number=order.order_number,
        cause=cause,
        next_attempt_at=now + NUDGE_GRACE,
    )


def of_refund(order: Order, name: str, now: datetime) -> Mail:
    """Return the mail about the refund with this name.

    Noting a refund makes a new version of the order, which distinguishes the mails about several.
    """
    return to_buyer(order, MailKind.REFUNDED, now, order.version + 1, name)


def of_void(order: Order, ticket_ids: Sequence[str], now: datetime) -> Mail:
    """Return the mail about these void tickets; `order` is as it is once they are void."""
    cause = ALL_TICKETS if order.voided_at else " ".join(ticket_ids)
    return to_buyer(order, MailKind.TICKETS_VOID, now, order.version + 1, cause)


def of_address_change(order: Order, now: datetime) -> Mail:
    """Return the mail that tells an order's current address that it is being replaced."""
    return to_buyer(order, MailKind.ADDRESS_CHANGED, now, order.address_changes + 1)


def order_in(mail_id: str) -> str:
    """Return the order number in a mail's id; `shop` if the mail belongs to no order."""
    return mail_id.partition("#")[0]


def to_operators(
    alert: Alert, brand: Brand, now: datetime, order_number: str | None = None
) -> Mail:
    """Return an alert as a mail; the same fact always has the same mail id."""
    return Mail(
        mail_id=alert_id(alert.fact, order_number),
        kind=MailKind.ALERT,
        recipient=brand.alert_address,
        created_at=now,
        order_number=order_number,
        subject=alert.subject(brand),
        body=f"{alert.body}\nMore about it: {alert.page or alert.kind.runbook}\n",
        next_attempt_at=now + NUDGE_GRACE,
        expires_at=None if order_number else now + brand.alerts_kept,
    )


def retry_at(attempts: int, now: datetime) -> datetime:
    """Return when a throttled mail is tried again: after 1, 2, 5, then every 10 minutes."""
    return now + THROTTLED[min(max(attempts, 1), len(THROTTLED)) - 1]
