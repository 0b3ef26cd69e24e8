"""Adapters in memory, with the conditions of the real ones: what those refuse, these refuse."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tests.support.fake_orders import Orders, Tables, require
from tests.support.fake_sumup import Cipher, Organisers, SumUp, Tokens
from ticketing.adapters.dynamodb.outbox import CHANGED_BY_EVENTS, DECIDED_BY
from ticketing.archive_keys import checked, checked_folder
from ticketing.emails import delivery_status
from ticketing.emails.address import mentions
from ticketing.emails.lost_request import lost_request
from ticketing.emails.mail import LEASE, UNSETTLED, Mail, MailKind, MailStatus
from ticketing.emails.reminder import Bookmark, Place
from ticketing.errors import (
    EventNotFound,
    MailChanged,
    MailNotFound,
    TicketsMissing,
    UnreadableEvent,
    UnreadableMail,
)
from ticketing.events.event import Event, RefundPolicy
from ticketing.orders.buyer import folded
from ticketing.orders.order import ERASED, Delivery, Order
from ticketing.tickets.details import Details
from ticketing.tickets.ticket import Ticket

__all__ = [
    "Archive",
    "Cipher",
    "Events",
    "LostRequests",
    "Mailer",
    "OrderDetails",
    "Orders",
    "Organisers",
    "Outbox",
    "Queue",
    "SumUp",
    "Tables",
    "Tickets",
    "Tokens",
]


class Outbox:
    """The mails table."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.archived_as: dict[str, str] = {}

    def get(self, mail_id: str) -> Mail:
        if mail_id in self.tables.spoilt:
            raise UnreadableMail(mail_id, self.tables.spoilt[mail_id])
        try:
            return self.tables.mails[mail_id]
        except KeyError:
            raise MailNotFound(mail_id) from None

    def has(self, mail_id: str) -> bool:
        return mail_id in self.tables.mails

    def add_once(self, mail: Mail) -> bool:
        if mail.mail_id in self.tables.mails:
            return False
        self.tables.put_mails([mail])
        return True

    def due(self, until: datetime, limit: int) -> Iterator[str]:
        waiting = [
            (mail.next_attempt_at, mail.mail_id)
            for mail in self.tables.mails.values()
            if mail.next_attempt_at and mail.next_attempt_at <= until
        ]
        yield from [mail_id for _, mail_id in sorted(waiting)[:limit]]

    def claim(self, mail_id: str, attempt_id: str, now: datetime) -> Mail | None:
        row = self.get(mail_id)
        is_due = row.attempts == 0 or (row.next_attempt_at and row.next_attempt_at <= now)
        if (row.status is MailStatus.PENDING and is_due) or row.is_left_behind(now):
            self._put(
                row,
                status=MailStatus.SENDING,
                attempt_id=attempt_id,
                attempts=row.attempts + 1,
                abandoned=row.abandoned + row.is_left_behind(now),
                lease_until=now + LEASE,
                next_attempt_at=now + LEASE,
            )
        mail = self.get(mail_id)
        return mail if mail.attempt_id == attempt_id else None

    def release(self, mail: Mail, problem: str, next_attempt_at: datetime) -> None:
        self._put_mine(
            mail,
            status=MailStatus.PENDING,
            problem=problem,
            next_attempt_at=next_attempt_at,
            lease_until=None,
        )

    def keep_unknown(self, mail: Mail, problem: str) -> None:
        self._put_mine(mail, problem=problem)

    def reschedule(self, mail: Mail, now: datetime) -> bool:
        row = self.tables.mails.get(mail.mail_id)
        if row is None or row.status is not mail.status or row.next_attempt_at is not None:
            return False
        self._put(row, next_attempt_at=max(now, mail.lease_until or now))
        return True

    def of_order(self, order_number: str) -> tuple[Mail, ...]:
        mails = [m for m in self.tables.mails.values() if m.order_number == order_number]
        for mail in mails:
            self.get(mail.mail_id)
        return tuple(sorted(mails, key=lambda mail: mail.created_at))

    def mentioning(self, address: str) -> Iterator[Mail | UnreadableMail]:
        for mail in list(self.tables.mails.values()):
            if mail.mail_id in self.tables.spoilt:
                yield UnreadableMail(mail.mail_id, self.tables.spoilt[mail.mail_id])
            elif mentions(mail.recipient, address) or mentions(mail.body or "", address):
                yield mail

    def erase(self, mail: Mail) -> bool:
        row = self.tables.mails.get(mail.mail_id)
        if row is None or row.status in UNSETTLED:
            return False
        named = "body" if mail.kind is MailKind.ALERT else "recipient"
        self._put(row, **{named: ERASED}, problem=None)
        return True

    def put_back(self, before: Mail, mail: Mail) -> None:
        self.tables.put_mail_back(before, mail)

    def give_up(self, mail: Mail, problem: str, now: datetime) -> None:
        del now
        self._settle(mail, Delivery.PROBLEM, status=MailStatus.PROBLEM, problem=problem)

    def withdraw(self, mail: Mail, problem: str) -> None:
        changes = {"status": MailStatus.WITHDRAWN, "problem": problem, "next_attempt_at": None}
        order = self.tables.orders.get(mail.order_number or "")
        if not self._put_mine(mail, **changes) or mail.kind is not MailKind.CONFIRMATION:
            return
        if order is not None and order.delivery is Delivery.PENDING and order.voided_at:
            self.tables.deliver(order, mail, Delivery.WITHDRAWN)

    def record_sent(self, mail: Mail, message_id: str, archive_key: str, now: datetime) -> None:
        del now
        self._settle(
            mail,
            Delivery.DELIVERED,
            status=MailStatus.SENT,
            message_id=message_id,
            problem=None,
        )
        self.archived_as[mail.mail_id] = archive_key

    def record_event(self, before: Mail, now: Mail, sent_at: datetime) -> None:
        """Write it unless the mail is not as it was read; its order follows."""
        del sent_at
        row = self.tables.mails.get(before.mail_id)
        if row is None or any(getattr(row, n) != getattr(before, n) for n in DECIDED_BY):
            raise MailChanged(before.mail_id)
        news = {name: getattr(now, name) for name in CHANGED_BY_EVENTS}
        self._put(row, **{name: v for name, v in news.items() if v != getattr(before, name)})
        order = self.tables.orders.get(now.order_number or "")
        if order is None or now.kind is MailKind.ALERT:
            return
        if not delivery_status.concerns_order(before, now):
            return
        speaks = self.tables.speaking.get(order.order_number) in {None, now.mail_id}
        if now.kind is MailKind.CONFIRMATION and (speaks or delivery_status.takes_over(before)):
            delivery = Delivery.PROBLEM if now.failed_at else Delivery.DELIVERED
            order = self.tables.deliver(order, now, delivery)
        if now.complained_at and order.customer.key == folded(now.recipient):
            complained = replace(order, complained_at=now.complained_at)
            self.tables.orders[order.order_number] = complained

    def _settle(self, mail: Mail, delivery: Delivery, **changes: Any) -> None:  # noqa: ANN401  # of any field
        of_order = mail.kind is MailKind.CONFIRMATION and mail.order_number is not None
        order = self.tables.orders.get(mail.order_number or "")
        is_there = order is not None or not of_order
        if not is_there or not self._put_mine(mail, next_attempt_at=None, **changes):
            require(self.get(mail.mail_id).status not in UNSETTLED)
            return
        if of_order and order is not None:
            self.tables.deliver(order, mail, delivery)

    def _put_mine(self, mail: Mail, **changes: Any) -> bool:  # noqa: ANN401  # of any field
        row = self.tables.mails.get(mail.mail_id)
        if row is None or row.attempt_id != mail.attempt_id:
            return False
        if row.status is not MailStatus.SENDING:
            return False
        self._put(row, **changes)
        return True

    def _put(self, row: Mail, **changes: Any) -> None:  # noqa: ANN401  # of any field
        self.tables.mails[row.mail_id] = replace(row, **changes)


class LostRequests:
    """The requests for lost tickets: when each address asked last, and those not looked into."""

    def __init__(self) -> None:
        self.asked: dict[str, datetime] = {}
        self.waiting: dict[str, str] = {}

    def keep(self, email: str, now: datetime) -> str | None:
        key = lost_request(email)
        asked = self.asked.get(key)
        if asked and asked > now - timedelta(days=1) and key not in self.waiting:
            return None
        self.asked[key], self.waiting[key] = now, folded(email)
        return key

    def address(self, key: str) -> str | None:
        return self.waiting.get(key)

    def finish(self, key: str) -> None:
        self.waiting.pop(key, None)

    def forget(self, email: str) -> None:
        self.asked.pop(lost_request(email), None)
        self.waiting.pop(lost_request(email), None)


class Tickets:
    """The tickets table."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    def get_all(self, ticket_ids: Sequence[str]) -> tuple[Ticket, ...]:
        return tuple(self.tables.tickets[i] for i in ticket_ids if i in self.tables.tickets)


class Events:
    """The events table."""

    def __init__(self, *events: Event) -> None:
        self.rows = {event.event_id: event for event in events}
        self.spoilt: dict[str, str] = {}
        """What is wrong with rows that cannot be read."""

    def get(self, event_id: str) -> Event:
        if event_id in self.spoilt:
            raise UnreadableEvent(event_id, self.spoilt[event_id])
        if event_id not in self.rows:
            raise EventNotFound(event_id)
        return self.rows[event_id]

    def cancel(self, event_id: str, policy: RefundPolicy, now: datetime) -> Event:
        row = self.get(event_id)
        if policy is RefundPolicy.NONE and row.refund_policy is RefundPolicy.ALL:
            return row
        self.rows[event_id] = replace(
            row,
            on_sale=False,
            cancelled=True,
            off_sale_since=row.off_sale_since or now,
            cancelled_at=row.cancelled_at or now,
            refund_policy=policy,
            cancellation_done_at=None,
        )
        return self.rows[event_id]

    def move(self, before: Event, after: Event) -> bool:
        row = self.rows.get(before.event_id)
        if row is None or row.cancelled:
            return False
        if (row.revision, row.starts_at) != (before.revision, before.starts_at):
            return False
        self.rows[before.event_id] = after
        return True

    def note_cancellation_done(self, event: Event, now: datetime) -> None:
        row = self.rows.get(event.event_id)
        if row and row.refund_policy is event.refund_policy:
            self.rows[event.event_id] = replace(row, cancellation_done_at=now)

    def mark_announced(self, event: Event) -> None:
        """The first revision has no number on its row, and nothing to announce."""
        row = self.rows.get(event.event_id)
        if row and row.revision == event.revision > 1:
            self.rows[event.event_id] = replace(row, announced=True)


class UpcomingOrders:
    """The index of orders by when their event begins, and the bookmark of the reminders."""

    def __init__(self, tables: Tables, page: int = 2) -> None:
        self.tables, self.size = tables, page
        self.kept: list[Bookmark] = []

    def page(
        self, since: datetime, until: datetime, place: Place | None
    ) -> tuple[tuple[str, ...], Place | None]:
        after = (place["at"], place["number"]) if place else ("", "")
        found = sorted(
            (order.event_starts_at.isoformat(), number)
            for number, order in self.tables.orders.items()
            if order.event_starts_at and since <= order.event_starts_at <= until
        )
        rest = [row for row in found if row > after]
        page = rest[: self.size]
        is_last = len(page) == len(rest)
        following = None if is_last else dict(zip(("at", "number"), page[-1], strict=True))
        return tuple(number for _, number in page), following

    def bookmark(self) -> Bookmark | None:
        return self.kept[-1] if self.kept else None

    def keep(self, bookmark: Bookmark, _: datetime) -> None:
        self.kept.append(bookmark)


class Pictures:
    """The folder of an import file, and the site's bucket."""

    def __init__(self, **files: bytes) -> None:
        self.files, self.kept = files, dict[str, bytes]()

    def read(self, file: str) -> bytes:
        if file not in self.files:
            raise ValueError(f"{file!r} cannot be read: No such file or directory")
        return self.files[file]

    def keep(self, files: Mapping[str, bytes]) -> None:
        self.kept |= files


class OrderDetails:
    """The events, organisers and tickets tables, read together."""

    def __init__(self, tables: Tables, events: Events, organisers: Organisers) -> None:
        self.tickets, self.events, self.organisers = Tickets(tables), events, organisers

    def of(self, order: Order) -> Details:
        event, wanted = self.events.get(order.event_id), order.valid_ticket_ids
        tickets = self.tickets.get_all(wanted)
        if len(tickets) != len(wanted):
            raise TicketsMissing(order.order_number, len(wanted), len(tickets))
        return Details(event, self.organisers.rows.get(order.organiser_id), tickets)

    def without_tickets(self, order: Order) -> Details:
        event = self.events.get(order.event_id)
        return Details(event, self.organisers.rows.get(order.organiser_id), ())


class Queue:
    """A queue. Names in `refuse` are not taken, as when SQS fails a batch entry."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.waits: list[float] = []
        self.refuse: set[str] = set()
        self.is_down = False

    def send(self, names: Sequence[str], *, wait_seconds: float = 0) -> list[str]:
        refused = [name for name in names if self.is_down or name in self.refuse]
        taken = [name for name in names if name not in refused]
        self.sent += taken
        self.waits += [wait_seconds] * len(taken)
        return refused


KEPT = {"application/pdf", "message/rfc822", "text/csv", "text/html"}
"""What the bucket is for."""


class Archive:
    """The bucket: the first body under a key stays."""

    def __init__(self) -> None:
        self.bodies: dict[str, bytes] = {}

    def keep(self, key: str, body: bytes, content_type: str) -> bytes:
        assert content_type.partition(";")[0] in KEPT
        return self.bodies.setdefault(key, body)

    def read(self, key: str) -> bytes | None:
        return self.bodies.get(key)

    def find(self, key: str) -> bytes | None:
        return self.read(checked(key))

    def has(self, key: str) -> bool:
        return self.find(key) is not None

    def names(self, prefix: str) -> list[str]:
        return [key for key in self.bodies if key.startswith(checked_folder(prefix))]

    def erase(self, prefix: str) -> int:
        gone = self.names(prefix)
        for key in gone:
            del self.bodies[key]
        return len(gone)

    def link(self, key: str, filename: str, seconds: int) -> str:
        return f"https://bucket.example.com/{key}?as={filename}&for={seconds}"


@dataclass(frozen=True)
class Sent:
    """A message that left, as SES got it."""

    message: bytes
    recipient: str
    tags: Mapping[str, str]


class Mailer:
    """SES. `failures` are raised by the next tries, one each."""

    def __init__(self, *failures: Exception) -> None:
        self.failures = list(failures)
        self.sent: list[Sent] = []

    def send(self, message: bytes, recipient: str, tags: Mapping[str, str]) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.sent.append(Sent(message, recipient, tags))
        return f"ses-{len(self.sent)}"
