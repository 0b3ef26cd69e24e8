"""The orders table in memory, with the conditions of the real one: what that refuses, this does.

All tables share one `Tables`, so that a transaction is all or nothing. A write that the real
tables would cancel for a reason the flows do not know is a `Cancelled`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ticketing.emails.mail import Mail
from ticketing.errors import (
    AlreadyIssued,
    MailChanged,
    OrderChanged,
    OrderNotFound,
    PaymentClaimed,
    SeatsGone,
    UnreadableOrder,
)
from ticketing.orders.audit import AuditEntry
from ticketing.orders.order import (
    ERASED,
    PAYMENT_WINDOW,
    Delivery,
    Order,
    OrderStatus,
    ReviewedOrder,
    Work,
    WorkItem,
)
from ticketing.orders.outlook import tickets_words, words
from ticketing.orders.refund import NOTED, Consequence, Refund, RefundStatus
from ticketing.orders.requests import Repeated, Request
from ticketing.orders.schedule import LATE_EVERY, LATE_WATCH
from ticketing.payments.answer import CheckoutRecord
from ticketing.payments.decision import Decision, Reason
from ticketing.payments.payment import Checkout
from ticketing.tickets.ticket import Ticket, TicketStatus, ticket_ids


class Cancelled(Exception):
    """A transaction was refused although nothing a flow knows about stands against it."""


@dataclass
class Tables:
    """All rows. `spoilt` names orders whose row cannot be read any more, with what is wrong."""

    orders: dict[str, Order] = field(default_factory=dict)
    spoilt: dict[str, str] = field(default_factory=dict)
    checkouts: dict[str, CheckoutRecord] = field(default_factory=dict)
    payments: dict[str, str] = field(default_factory=dict)
    tickets: dict[str, Ticket] = field(default_factory=dict)
    available: dict[tuple[str, str], int] = field(default_factory=dict)
    mails: dict[str, Mail] = field(default_factory=dict)
    speaking: dict[str, str] = field(default_factory=dict)
    """Of which of its mails an order's `delivery` speaks."""
    requests: dict[str, Repeated] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)
    said: dict[str, dict[str, str | None]] = field(default_factory=dict)
    """What the rows of orders say for people, as of the write that said it."""
    nameless: set[str] = field(default_factory=set)
    """Orders that left the index of those that name their buyer."""

    def order(self, order_number: str = "ORD-ABC123") -> Order:
        """Return an order as it is now."""
        return self.orders[order_number]

    def is_as_read(self, mail: Mail) -> bool:
        """Return whether nobody has tried a mail since it was read, nor did it come back."""
        row = self.mails[mail.mail_id]
        return (row.attempts, row.status, row.failed_at) == (mail.attempts, mail.status, None)

    def say(self, order: Order) -> None:
        """Let the row say of an order what comes next, as the writer has it."""
        told = words(order)
        said = self.said.setdefault(order.order_number, {})
        said |= {name: told[name] for name in ("what_next", "runbook")}

    def say_of_tickets(self, order_number: str, delivery: Delivery | None) -> None:
        """Let the row say of an order's tickets what comes next."""
        self.said.setdefault(order_number, {}).update(tickets_words(delivery))

    def put_mails(self, mails: Sequence[Mail]) -> None:
        """Add mails whose ids must be new."""
        for mail in mails:
            self.mails[mail.mail_id] = mail


class Orders:
    """The orders table. `before_write` holds what others do just before our next writes."""

    def __init__(self, tables: Tables) -> None:
        self.tables = tables
        self.before_write: list[Callable[[], object]] = []

    def get(self, order_number: str) -> Order:
        if order_number in self.tables.spoilt:
            raise UnreadableOrder(order_number, self.tables.spoilt[order_number])
        if order_number not in self.tables.orders:
            raise OrderNotFound(order_number)
        return self.tables.orders[order_number]

    def due(self, work: Work, until: datetime, limit: int) -> Iterator[WorkItem]:
        items = [
            WorkItem(o.order_number, o.next_check_at)
            for o in self.tables.orders.values()
            if o.work is work and o.next_check_at and o.next_check_at <= until
        ]
        yield from sorted(items, key=lambda item: item.next_check_at)[:limit]

    def unreported(self, created_until: datetime) -> Iterator[str]:
        for order in list(self.tables.orders.values()):
            is_old = order.created_at <= created_until
            if order.work is Work.OPEN and is_old and order.stuck_alerted_at is None:
                yield order.order_number

    def nominate(self, item: WorkItem, until: datetime, next_check_at: datetime) -> bool:
        order = self.tables.orders.get(item.order_number)
        if order is None or order.next_check_at is None or order.next_check_at > until:
            return False
        self._put(order, next_check_at=next_check_at)
        return True

    def place(self, order: Order, request: Request | None = None) -> None:
        if request and request.key in self.tables.requests:
            raise OrderChanged(order.order_number)
        self._require_seats(order)
        require(order.order_number not in self.tables.orders)
        self.tables.orders[order.order_number] = order
        self.tables.say(order)
        self.tables.say_of_tickets(order.order_number, order.delivery)
        if request:
            repeated = Repeated(request.fingerprint, order.order_number)
            self.tables.requests[request.key] = repeated
        self._add_seats(order, -1)

    def requested(self, key: str) -> Repeated | None:
        return self.tables.requests.get(key)

    def refer(self, order: Order, reference: str, now: datetime) -> None:
        self._unchanged(order)
        changes = {"checkout_reference": reference, "payment_status": None}
        self._move(order, "new attempt to pay", "pay_again", now, **changes)

    def completed_of(self, email: str, limit: int) -> tuple[str, ...]:
        found = [
            order
            for order in self.tables.orders.values()
            if order.customer.email == email and order.status is OrderStatus.COMPLETED
        ]
        newest_first = sorted(found, key=lambda order: order.created_at, reverse=True)
        return tuple(order.order_number for order in newest_first[:limit])

    def of_email(self, email: str) -> tuple[str, ...]:
        found = (o for o in self.tables.orders.values() if o.customer.email == email)
        return tuple(o.order_number for o in sorted(found, key=lambda o: o.created_at))

    def naming_buyers(self, until: datetime) -> Iterator[str]:
        for order in list(self.tables.orders.values()):
            starts_at, number = order.event_starts_at, order.order_number
            if starts_at and starts_at <= until and number not in self.tables.nameless:
                yield number

    def note_event(self, order: Order, starts_at: datetime) -> None:
        self._put(self.get(order.order_number), event_starts_at=starts_at)

    def erase(self, order: Order, reason: str, now: datetime) -> None:
        self._unchanged(order)
        customer = replace(order.customer, name=ERASED, email=ERASED)
        self._move(order, "buyer erased", reason, now, customer=customer)
        self.tables.say(replace(order, customer=customer))
        for ticket in list(self.tables.tickets.values()):
            if ticket.order_number == order.order_number:
                self.tables.tickets[ticket.ticket_id] = replace(ticket, holder=ERASED)

    def names_nobody(self, order_number: str) -> None:
        if self.get(order_number).customer.is_erased:
            self.tables.nameless.add(order_number)

    def forget_requests(self, order_number: str) -> None:
        for key, repeated in self.tables.requests.items():
            if repeated.order_number == order_number:
                self.tables.requests[key] = replace(repeated, fingerprint=ERASED)

    def order_of(self, checkout_id: str) -> str | None:
        record = self.tables.checkouts.get(checkout_id)
        return record.order_number if record else None

    def records(self, order: Order) -> tuple[CheckoutRecord, ...] | None:
        found = [self.tables.checkouts.get(i) for i in order.checkout_ids]
        records = tuple(r for r in found if r and r.order_number == order.order_number)
        return records if records and len(records) == len(found) else None

    def adopt(self, order: Order, checkouts: Sequence[Checkout], now: datetime) -> None:
        self._unchanged(order)
        ids = [checkout.id for checkout in checkouts]
        require(len(set(ids)) == len(ids))
        known = [i for i in order.checkout_ids if i not in ids]
        for checkout in checkouts:
            owner = self.tables.checkouts.get(checkout.id)
            if owner and owner.order_number != order.order_number:
                raise PaymentClaimed(checkout.id, order.order_number, owner.order_number)
        self._require_next(order)
        for checkout in checkouts:
            self.tables.checkouts[checkout.id] = CheckoutRecord(
                checkout.id, order.order_number, order.checkout_reference, checkout.pay_url
            )
        self._move(order, "checkout attached", "adopted", now, checkout_ids=(*known, *ids))

    def postpone(self, order: Order, decision: Decision, now: datetime) -> None:
        try:
            self._unchanged(order)
        except OrderChanged:
            return
        work = Work.OPEN if order.status is OrderStatus.PENDING else Work.LATE
        completed = order.status is OrderStatus.COMPLETED
        self._put(
            self.get(order.order_number),
            **({"checked_at": now} if completed else _noted(decision, now)),
            work=work if decision.next_check_at else None,
            next_check_at=decision.next_check_at,
        )
        self.tables.say(
            replace(
                order,
                work=work if decision.next_check_at else None,
                next_check_at=decision.next_check_at,
                trouble=decision.trouble,
            )
        )

    def complete(
        self,
        order: Order,
        decision: Decision,
        tickets: Sequence[Ticket],
        mails: Sequence[Mail],
        now: datetime,
    ) -> None:
        self._unchanged(order)
        self.obstacles(order, decision, tickets, mails)
        key = self._payable(order, decision)
        self._require_new(mails)
        self._require_next(order)
        if key:
            self.tables.payments[key] = order.order_number
        if not order.holds_seats:
            self._add_seats(order, -1)
        self.tables.tickets.update({t.ticket_id: t for t in tickets})
        self.tables.put_mails(mails)
        watched = len(order.checkout_ids) > 1
        self._move(
            order,
            OrderStatus.COMPLETED,
            _why(decision),
            now,
            **_noted(decision, now),
            status=OrderStatus.COMPLETED,
            settled_at=now,
            delivery=Delivery.PENDING,
            holds_seats=True,
            rejected=False,
            work=Work.LATE if watched else None,
            next_check_at=now if watched else None,
            paid_checkout_id=decision.checkout.id if decision.checkout else None,
            transaction_id=decision.payment.id if decision.payment else None,
        )
        self.tables.say(_settled(order, OrderStatus.COMPLETED, decision, now, watched=watched))
        self.tables.say_of_tickets(order.order_number, Delivery.PENDING)

    def obstacles(
        self, order: Order, decision: Decision, tickets: Sequence[Ticket], mails: Sequence[Mail]
    ) -> None:
        self._owner(order, decision)
        if not order.holds_seats:
            self._require_seats(order)
        ids = {t.ticket_id for t in tickets}, {m.mail_id for m in mails}
        if ids[0] & self.tables.tickets.keys() or ids[1] & self.tables.mails.keys():
            raise AlreadyIssued(order.order_number)

    def review(
        self, order: Order, decision: Decision, mails: Sequence[Mail], now: datetime
    ) -> None:
        self._unchanged(order)
        self._require_new(mails)
        self._require_next(order)
        self.tables.put_mails(mails)
        self._move(
            order,
            OrderStatus.REVIEW,
            decision.reason,
            now,
            **_noted(decision, now),
            status=OrderStatus.REVIEW,
            settled_at=now,
            work=None,
            next_check_at=None,
        )
        self.tables.say(_settled(order, OrderStatus.REVIEW, decision, now, watched=False))

    def close(self, order: Order, decision: Decision, mails: Sequence[Mail], now: datetime) -> None:
        self._unchanged(order)
        self._require_new(mails)
        self._require_next(order)
        self.tables.put_mails(mails)
        if order.holds_seats:
            self._add_seats(order, +1)
        status = decision.closes_as or OrderStatus.EXPIRED
        rejected = decision.reason is Reason.REJECTED
        self._move(
            order,
            status,
            _why(decision),
            now,
            **_noted(decision, now),
            status=status,
            settled_at=now,
            holds_seats=False,
            rejected=rejected,
            work=None if rejected else Work.LATE,
            next_check_at=None if rejected else now + LATE_EVERY,
        )
        self.tables.say(_settled(order, status, decision, now, watched=not rejected))

    def payment_owner(self, transaction_id: str) -> str | None:
        return self.tables.payments.get(transaction_id)

    def note_refund(self, order: Order, refund: Refund, reason: str, now: datetime) -> None:
        self._unchanged(order)
        change, refunds = NOTED[refund.status], order.refunds_with(refund)
        self._move(order, change, reason, now, seen=refund.seen, refunds=refunds)
        self.tables.say(replace(order, refunds=refunds))

    def settle_refund(
        self,
        order: Order,
        refund: Refund,
        consequence: Consequence,
        reason: str,
        mails: Sequence[Mail],
        now: datetime,
    ) -> None:
        self._unchanged(order)
        self._require_new(mails)
        self._require_next(order)
        self.tables.put_mails(mails)
        rejects = consequence is Consequence.REJECTED
        changes: dict[str, Any] = {"refunds": order.refunds_with(refund)}
        if consequence is not Consequence.NONE:
            changes["holds_seats"] = False
            if order.holds_seats:
                self._add_seats(order, +1)
        if consequence is Consequence.TICKETS_VOID:
            changes["voided_at"] = now
            for ticket_id in self.tables.tickets.keys() & set(ticket_ids(order)):
                ticket = self.tables.tickets[ticket_id]
                self.tables.tickets[ticket_id] = replace(ticket, status=TicketStatus.VOID)
        if rejects:
            changes |= {"status": OrderStatus.FAILED, "settled_at": now, "rejected": True}
            changes |= {"work": None, "next_check_at": None}
        change = OrderStatus.FAILED if rejects else consequence
        why = f"{Reason.REJECTED}: {reason}" if rejects else reason
        self._move(order, change, why, now, seen=refund.seen, **changes)
        self.tables.say(replace(order, **changes))

    def note_tickets(self, order_number: str, revision: int) -> None:
        order = self.tables.orders.get(order_number)
        if order and order.tickets_revision < revision:
            self._put(order, tickets_revision=revision)

    def with_refunds(self, *statuses: RefundStatus) -> Iterator[Order]:
        for order in list(self.tables.orders.values()):
            if order.refund_status in statuses:
                yield order

    def completed_for(self, event_id: str) -> Iterator[Order]:
        for order in list(self.tables.orders.values()):
            if order.event_id == event_id and order.admits:
                yield order

    def send_again(self, order: Order, mail: Mail, now: datetime) -> None:
        self._unchanged(order)
        if mail.mail_id in self.tables.mails:
            raise OrderChanged(order.order_number)
        self._require_next(order)
        self.tables.put_mails([mail])
        if mail.recipient == order.customer.email:
            self._move(order, "tickets sent again", "resend", now)
        else:
            customer = replace(order.customer, email=mail.recipient)
            changes = {"customer": customer, "complained_at": None}
            self._move(order, "address corrected", "resend", now, **changes)

    def replay(
        self, order: Order, before: Mail, mail: Mail, delivery: Delivery | None, now: datetime
    ) -> None:
        self._unchanged(order)
        if not self.tables.is_as_read(before):
            raise MailChanged(mail.mail_id)
        self._require_next(order)
        self.tables.put_mails([mail])
        said = {"delivery": delivery} if order.delivery and delivery else {}
        self._move(order, "mail put back", "replay", now, **said)
        if said and delivery is not order.delivery:
            self.tables.say_of_tickets(order.order_number, delivery)

    def mark_stuck(self, orders: Sequence[Order], mail: Mail, now: datetime) -> bool:
        self._others_first()
        current = [self.tables.orders.get(order.order_number) for order in orders]
        if not all(o and o.status is OrderStatus.PENDING for o in current):
            return False
        if any(o and o.stuck_alerted_at for o in current):
            return False
        if mail.mail_id in self.tables.mails:
            return False
        self.tables.put_mails([mail])
        for order in filter(None, current):
            self._put(order, stuck_alerted_at=now)
        return True

    def reviewed_since(self, since: datetime) -> tuple[ReviewedOrder, ...]:
        created_since = since - LATE_WATCH - PAYMENT_WINDOW
        return tuple(
            ReviewedOrder(o.order_number, o.organiser_id, o.customer.email)
            for o in self.tables.orders.values()
            if o.status is OrderStatus.REVIEW and o.created_at >= created_since
            if o.settled_at and o.settled_at >= since
        )

    def reschedule(self, order: Order, work: Work, now: datetime) -> bool:
        try:
            self._unchanged(order)
            self._move(order, "scheduled again", "unscheduled", now, work=work, next_check_at=now)
        except (OrderChanged, Cancelled):
            return False
        self.tables.say(replace(order, work=work, next_check_at=now))
        return True

    def _others_first(self) -> None:
        if self.before_write:
            self.before_write.pop(0)()

    def _unchanged(self, order: Order) -> None:
        self._others_first()
        current = self.get(order.order_number)
        if (current.version, current.status) != (order.version, order.status):
            raise OrderChanged(order.order_number)

    def _owner(self, order: Order, decision: Decision) -> str | None:
        """Return whose the payment is, unless that is another order's."""
        payment, checkout = decision.payment, decision.checkout
        if payment is None or checkout is None:
            return None
        key = payment.id or checkout.id
        owner = self.tables.payments.get(key)
        if owner and owner != order.order_number:
            raise PaymentClaimed(key, order.order_number, owner)
        return owner

    def _payable(self, order: Order, decision: Decision) -> str | None:
        payment, checkout = decision.payment, decision.checkout
        if payment is None or checkout is None:
            return None
        key, owner = payment.id or checkout.id, self._owner(order, decision)
        record = self.tables.checkouts.get(checkout.id)
        require(owner is None and record is not None)
        require(record is None or record.order_number == order.order_number)
        return key

    def _require_new(self, mails: Sequence[Mail]) -> None:
        ids = [mail.mail_id for mail in mails]
        require(len(set(ids)) == len(ids) and self.tables.mails.keys().isdisjoint(ids))

    def _require_next(self, order: Order) -> None:
        """The trail has no entry of the version that an order comes to."""
        mine = (e.sequence for e in self.tables.audit if e.order_number == order.order_number)
        require(order.version + 1 not in mine)

    def _require_seats(self, order: Order) -> None:
        for sku, wanted in order.seats.items():
            if self.tables.available.get((order.event_id, sku), 0) < wanted:
                raise SeatsGone(order.order_number)

    def _add_seats(self, order: Order, sign: int) -> None:
        """Seats of a ticket type that exists no more have nowhere to go."""
        for sku, seats in order.seats.items():
            if (order.event_id, sku) in self.tables.available:
                self.tables.available[order.event_id, sku] += sign * seats

    def _move(self, order: Order, change: str, reason: str, now: datetime, **changes: Any) -> None:  # noqa: ANN401  # of any field
        """Write the change with its audit entry; `seen` is the entry's."""
        self._require_next(order)
        seen = str(changes.pop("seen", ""))
        number, sequence, before = order.order_number, order.version + 1, order.audit_hash
        entry = AuditEntry(number, sequence, now, "test", change, reason, seen, before)
        self.tables.audit.append(entry)
        current = self.get(order.order_number)
        self._put(current, **changes, version=entry.sequence, audit_hash=entry.hash)

    def _put(self, order: Order, **changes: Any) -> None:  # noqa: ANN401  # of any field
        self.tables.orders[order.order_number] = replace(order, **changes)


def _why(decision: Decision) -> str:
    return f"{decision.reason}: {decision.note}" if decision.note else decision.reason.value


def _settled(
    order: Order, status: OrderStatus, decision: Decision, now: datetime, *, watched: bool
) -> Order:
    """Return an order as its row tells people of it once it is settled."""
    return replace(
        order,
        status=status,
        reason_code=decision.reason.value,
        settled_at=now,
        work=Work.LATE if watched else None,
        rejected=decision.reason is Reason.REJECTED,
    )


def _noted(decision: Decision, now: datetime) -> dict[str, Any]:
    seen = {"payment_status": decision.checkout.status} if decision.checkout else {}
    facts = {
        "status_reason": decision.explanation,
        "reason_code": decision.reason.value,
        "checked_at": now,
        "trouble": decision.trouble,
    }
    return facts | seen


def require(condition: bool) -> None:  # noqa: FBT001  # reads as `assert` does
    """Cancel the transaction unless its condition holds."""
    if not condition:
        raise Cancelled
