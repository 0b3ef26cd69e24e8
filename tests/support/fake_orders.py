"""The orders table in memory, with the conditions of the real one: what that refuses, this does.

All tables share one `Tables`, so that a transaction is all or nothing. A write that the real
tables would cancel for a reason the flows do not know is a `Cancelled`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ticketing.adapters.dynamodb.payments import LONGEST_KEY
from ticketing.emails.mail import Mail
from ticketing.errors import (
    AlreadyIssued,
    MailChanged,
    NotStorable,
    OrderChanged,
    OrderNotFound,
    PaymentClaimed,
    SeatsGone,
    TooManyUnpaid,
    UnreadableOrder,
)
from ticketing.operators.next_step import changed_attributes, delivery_attributes, row_attributes
from ticketing.orders import transitions
from ticketing.orders.audit_entry import AuditEntry
from ticketing.orders.basket import Repeated, Request
from ticketing.orders.box_office import BY_OPERATOR
from ticketing.orders.buyer import folded
from ticketing.orders.limits import UNPAID_WAIT, Allowance, Allowances, too_many_orders
from ticketing.orders.order import (
    ERASED,
    PAYMENT_WINDOW,
    Delivery,
    Order,
    OrderStatus,
    Origin,
    ReviewedOrder,
    VoidReason,
    Work,
    WorkItem,
)
from ticketing.orders.refund import Consequence, PartRefund, Refund, RefundStatus
from ticketing.orders.schedule import LATE_WATCH
from ticketing.orders.transitions import Transition
from ticketing.payments.checkout_result import CheckoutRecord, CheckoutSeen
from ticketing.payments.decision import Decision
from ticketing.payments.payment import Checkout
from ticketing.tickets.ticket import Ticket, TicketStatus


class Cancelled(Exception):
    """A transaction was refused although nothing a flow knows about stands against it."""


@dataclass
class Tables:
    """All rows. `spoilt` names orders and mails whose row became unreadable, with the problem."""

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
    counted: dict[str, set[str]] = field(default_factory=dict)
    """The orders in the rows that count them for their buyers."""
    unpaid: dict[str, int] = field(default_factory=dict)
    """The seats in the rows that count those without a payment."""
    nameless: set[str] = field(default_factory=set)
    """Orders that left the index of those that name their buyer."""

    def order(self, order_number: str = "ORD-ABC123") -> Order:
        """Return an order as it is now."""
        return self.orders[order_number]

    def put_mail_back(self, before: Mail, mail: Mail) -> None:
        """Make a mail due again, unless it changed since it was read or is gone."""
        row = self.mails.get(before.mail_id)
        as_read = before.attempts, before.status, None
        if row is None or (row.attempts, row.status, row.failed_at) != as_read:
            raise MailChanged(before.mail_id)
        self.mails[mail.mail_id] = replace(
            row,
            status=mail.status,
            next_attempt_at=mail.next_attempt_at or mail.created_at,
            abandoned=mail.abandoned,
            lease_until=None,
        )

    def write(self, transition: Transition, **stamps: Any) -> None:  # noqa: ANN401  # of any field
        """Write what a transition changes, over what the row holds by now."""
        number = transition.before.order_number
        changed = {name: getattr(transition.after, name) for name in transition.fields}
        self.orders[number] = replace(self.orders[number], **changed, **stamps)
        self.said.setdefault(number, {}).update(changed_attributes(transition))

    def deliver(self, order: Order, mail: Mail, delivery: Delivery) -> Order:
        """Let an order say where its tickets are, by what happened to one of its mails."""
        delivered = replace(order, delivery=delivery)
        self.orders[order.order_number] = delivered
        self.said.setdefault(order.order_number, {}).update(delivery_attributes(delivery))
        self.speaking[order.order_number] = mail.mail_id
        return delivered

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
        due = [
            (o.next_check_at, o.order_number)
            for o in self.tables.orders.values()
            if o.work is work and o.next_check_at and o.next_check_at <= until
        ]
        yield from (WorkItem(number, at) for at, number in sorted(due)[:limit])

    def unreported(self, created_until: datetime) -> Iterator[str]:
        newest_first = sorted(self.tables.orders.values(), key=lambda o: o.created_at, reverse=True)
        for order in newest_first:
            is_old = order.created_at <= created_until
            is_pending = order.status is OrderStatus.PENDING
            if is_pending and is_old and order.stuck_alerted_at is None:
                yield order.order_number

    def nominate(self, item: WorkItem, until: datetime, next_check_at: datetime) -> bool:
        if item.next_check_at is None:
            return True
        order = self.tables.orders.get(item.order_number)
        if order is None or order.next_check_at is None or order.next_check_at > until:
            return False
        self._put(order, next_check_at=next_check_at)
        return True

    def place(
        self,
        order: Order,
        request: Request | None = None,
        allowances: Allowances | None = None,
        reason: str = "",
    ) -> None:
        self._others_first()
        if request and request.key in self.tables.requests:
            raise OrderChanged(order.order_number)
        self._require_seats(order)
        require(order.order_number not in self.tables.orders)
        if order.origin:
            self._require_next(order)
        if allowances:
            self._count(order, allowances)
        self.tables.orders[order.order_number] = order
        self.tables.said[order.order_number] = row_attributes(order)
        if request:
            repeated = Repeated(request.fingerprint, order.order_number)
            self.tables.requests[request.key] = repeated
        self._add_seats(order, order.seats, -1)
        if order.origin:
            self._write(transitions.placed_by_operator(order, reason), order.created_at)

    def requested(self, key: str) -> Repeated | None:
        return self.tables.requests.get(key)

    def book_check(self, order: Order, at: datetime) -> bool:
        return self._book(order, "checks_booked_until", at)

    def unbook_check(self, order: Order, at: datetime) -> None:
        row = self.tables.orders.get(order.order_number)
        if row and row.checks_booked_until == at:
            self._put(row, checks_booked_until=order.checks_booked_until)

    def book_attempt(self, order: Order, now: datetime) -> bool:
        return self._book(order, "asked_to_pay_at", now)

    def _book(self, order: Order, name: str, at: datetime) -> bool:
        self._others_first()
        row = self.tables.orders.get(order.order_number)
        if row is None or getattr(row, name) != getattr(order, name):
            return False
        self._put(row, **{name: at})
        return True

    def retry_payment(
        self, order: Order, reference: str, seen: CheckoutSeen, now: datetime
    ) -> None:
        self._unchanged(order)
        record = self.tables.checkouts.get(seen.record.checkout_id)
        require(record is not None and record.order_number == order.order_number)
        self._require_next(order)
        if record:
            self.tables.checkouts[record.checkout_id] = replace(record, status=seen.checkout.status)
        attempt_seen = seen.shows_attempt
        self._write(
            transitions.payment_retried(order, reference, now, attempt_seen=attempt_seen), now
        )

    def completed_of(self, email: str, limit: int) -> tuple[str, ...]:
        return self._newest_of(email, limit, is_completed=True)

    def uncompleted_of(self, email: str, limit: int) -> tuple[str, ...]:
        return self._newest_of(email, limit, is_completed=False)

    def _newest_of(self, email: str, limit: int, *, is_completed: bool) -> tuple[str, ...]:
        found = [
            order
            for order in self.tables.orders.values()
            if order.customer.key == folded(email)
            and (order.status is OrderStatus.COMPLETED) is is_completed
        ]
        newest_first = sorted(found, key=lambda order: order.created_at, reverse=True)
        return tuple(order.order_number for order in newest_first[:limit])

    def of_email(self, email: str) -> tuple[str, ...]:
        found = (o for o in self.tables.orders.values() if o.customer.key == folded(email))
        return tuple(o.order_number for o in sorted(found, key=lambda o: o.created_at))

    def naming_buyers(self, until: datetime) -> Iterator[str]:
        began = [
            (order.event_starts_at, order.order_number)
            for order in self.tables.orders.values()
            if order.event_starts_at and order.event_starts_at <= until
        ]
        for _, number in sorted(began):
            if number not in self.tables.nameless:
                yield number

    def note_event(self, order: Order, starts_at: datetime) -> None:
        row = self.tables.orders.get(order.order_number)
        if row is None or order.order_number in self.tables.nameless:
            return
        if row.event_starts_at == order.event_starts_at:
            self._put(row, event_starts_at=starts_at)

    def erase(self, order: Order, reason: str, now: datetime) -> None:
        self._unchanged(order)
        self._write(transitions.buyer_erased(order, reason), now)
        self._change_tickets(order, order.issued_ids, holder=ERASED)

    def finish_erasure(self, order_number: str) -> None:
        order = self.tables.orders.get(order_number)
        if order and order.customer.is_erased:
            self.tables.nameless.add(order_number)

    def forget_requests(self, order_number: str) -> None:
        for key, repeated in list(self.tables.requests.items()):
            if repeated.order_number != order_number:
                continue
            if key.startswith(BY_OPERATOR):
                del self.tables.requests[key]
            else:
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
        for checkout in checkouts:
            owner = self.tables.checkouts.get(checkout.id)
            if owner and owner.order_number != order.order_number:
                raise PaymentClaimed(checkout.id, order.order_number, owner.order_number)
        self._require_next(order)
        for checkout in checkouts:
            self.tables.checkouts[checkout.id] = CheckoutRecord(
                checkout.id,
                order.order_number,
                order.checkout_reference,
                checkout.pay_url,
                checkout.status,
                now,
            )
        self._write(transitions.checkouts_adopted(order, ids), now)

    def postpone(self, order: Order, decision: Decision, now: datetime) -> None:
        try:
            self._unchanged(order)
        except (OrderChanged, OrderNotFound):
            return
        self.tables.write(transitions.postponed(order, decision.finding, now))

    def complete(
        self,
        order: Order,
        decision: Decision,
        tickets: Sequence[Ticket],
        mails: Sequence[Mail],
        now: datetime,
    ) -> None:
        transition = transitions.completed(order, decision.finding, now)
        self._unchanged(order)
        if decision.payment and len((decision.payment.id or "").encode()) > LONGEST_KEY:
            raise NotStorable(order.order_number, "DynamoDB refuses its rows")
        self.obstacles(order, decision, tickets, mails)
        key = self._payable(order, decision)
        self._require_new(mails)
        self._require_next(order)
        if key:
            self.tables.payments[key] = order.order_number
        if key and decision.checkout:
            seen = decision.checkout
            record = self.tables.checkouts[seen.id]
            self.tables.checkouts[seen.id] = replace(record, status=seen.status)
        if transition.takes_seats:
            self._add_seats(order, order.seats, -1)
        self.tables.tickets.update({t.ticket_id: t for t in tickets})
        self.tables.put_mails(mails)
        self._write(transition, now)

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
        self._settle(transitions.reviewed(order, decision.finding, now), mails, now)

    def close(self, order: Order, decision: Decision, mails: Sequence[Mail], now: datetime) -> None:
        self._settle(transitions.closed(order, decision.finding, now), mails, now)

    def payment_owner(self, transaction_id: str) -> str | None:
        return self.tables.payments.get(transaction_id)

    def note_refund(self, order: Order, refund: Refund, reason: str, now: datetime) -> None:
        self._unchanged(order)
        self._write(transitions.refund_noted(order, refund, reason), now)

    def settle_refund(
        self,
        order: Order,
        refund: Refund,
        consequence: Consequence,
        reason: str,
        mails: Sequence[Mail],
        now: datetime,
    ) -> None:
        transition = transitions.refund_settled(order, refund, consequence, reason, now)
        self._void(transition, mails, now)

    def settle_part(
        self, order: Order, part: PartRefund, reason: str, mails: Sequence[Mail], now: datetime
    ) -> None:
        self._void(transitions.part_settled(order, part, reason, now), mails, now)

    def void_tickets(
        self,
        order: Order,
        ticket_ids: Sequence[str],
        mails: Sequence[Mail],
        reason: str,
        now: datetime,
    ) -> None:
        transition = transitions.tickets_voided(order, ticket_ids, reason, now)
        self._void(transition, mails, now)

    def _void(self, transition: Transition, mails: Sequence[Mail], now: datetime) -> None:
        try:
            self._settle(transition, mails, now)
        except Cancelled as error:
            if any(mail.mail_id in self.tables.mails for mail in mails):
                raise OrderChanged(transition.before.order_number) from error
            raise

    def reissue(
        self,
        order: Order,
        old: Ticket,
        new: Ticket,
        mails: Sequence[Mail],
        reason: str,
        now: datetime,
    ) -> None:
        holder = new.holder if new.holder != old.holder else None
        transition = transitions.ticket_reissued(order, old.ticket_id, reason, holder)
        self._unchanged(order)
        tickets, row = self.tables.tickets, self.tables.tickets.get(old.ticket_id)
        is_as_read = row and (row.order_number, row.left) == (old.order_number, old.left)
        if not is_as_read or any(mail.mail_id in self.tables.mails for mail in mails):
            raise OrderChanged(order.order_number)
        require(new.ticket_id not in tickets)
        self._require_next(order)
        self.tables.put_mails(mails)
        tickets[old.ticket_id] = replace(
            old,
            status=TicketStatus.VOID,
            void_reason=VoidReason.REISSUED,
            replaced_by=new.ticket_id,
            changed_at=now,
        )
        tickets[new.ticket_id] = replace(new, changed_at=now)
        self._write(transition, now)

    def void(self, order: Order, note: str, mails: Sequence[Mail], now: datetime) -> None:
        transition = transitions.event_cancelled(order, note, now)
        self._void(transition, mails, now)

    def ask_refund(self, order: Order, now: datetime) -> None:
        self._unchanged(order)
        self._write(transitions.refund_asked(order, now), now)

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
        self._write(transitions.tickets_resent(order, mail.mail_id, mail.recipient), now)

    def change_address(
        self,
        order: Order,
        email: str,
        mails: Sequence[Mail],
        allowance: Allowance | None,
        now: datetime,
    ) -> None:
        self._unchanged(order)
        if allowance:
            self._require_room(order, allowance, now)
        if any(mail.mail_id in self.tables.mails for mail in mails):
            raise OrderChanged(order.order_number)
        self._require_next(order)
        if allowance:
            self.tables.counted[allowance.key].add(order.order_number)
        self.tables.put_mails(mails)
        ids = [mail.mail_id for mail in mails]
        self._write(transitions.address_changed(order, email, ids), now)

    def replay(
        self, order: Order, before: Mail, mail: Mail, delivery: Delivery | None, now: datetime
    ) -> None:
        self._unchanged(order)
        try:
            self._require_next(order)
        except Cancelled:
            raise MailChanged(mail.mail_id) from None
        self.tables.put_mail_back(before, mail)
        self._write(transitions.mail_put_back(order, mail.mail_id, delivery), now)

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
            ReviewedOrder(o.order_number, o.organiser_id, o.customer.key)
            for o in self.tables.orders.values()
            if o.status is OrderStatus.REVIEW and o.created_at >= created_since
            if o.settled_at and o.settled_at >= since
        )

    def reschedule(self, order: Order, work: Work, now: datetime) -> bool:
        try:
            self._unchanged(order)
            self._write(transitions.rescheduled(order, work, now), now)
        except (OrderChanged, Cancelled):
            return False
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
        key = self._key(order, decision)
        if key is None:
            return None
        owner = self.tables.payments.get(key)
        if owner and owner != order.order_number:
            raise PaymentClaimed(key, order.order_number, owner)
        return owner

    @staticmethod
    def _key(order: Order, decision: Decision) -> str | None:
        """Return the key of the payment; without a checkout only a terminal's has one."""
        payment, checkout = decision.payment, decision.checkout
        if payment is None or (checkout is None and order.origin is not Origin.TERMINAL):
            return None
        return payment.id or (checkout.id if checkout else None)

    def _payable(self, order: Order, decision: Decision) -> str | None:
        key, checkout = self._key(order, decision), decision.checkout
        if key is None:
            return None
        owner = self._owner(order, decision)
        require(owner is None)
        if checkout is None:
            return key
        record = self.tables.checkouts.get(checkout.id)
        require(record is not None)
        require(record is None or record.order_number == order.order_number)
        return key

    def _require_new(self, mails: Sequence[Mail]) -> None:
        ids = [mail.mail_id for mail in mails]
        require(len(set(ids)) == len(ids) and self.tables.mails.keys().isdisjoint(ids))

    def _require_next(self, order: Order) -> None:
        """The trail has no entry of the version that an order comes to."""
        mine = (e.sequence for e in self.tables.audit if e.order_number == order.order_number)
        require(order.version + 1 not in mine)

    def _count(self, order: Order, allowances: Allowances) -> None:
        """Count a new order where there is room."""
        self._require_room(order, allowances.orders, order.created_at)
        if allowances.seats:
            unpaid = self.tables.unpaid.get(allowances.seats.key, 0) + order.seats_to_pay
            if unpaid > allowances.seats.most:
                raise TooManyUnpaid(UNPAID_WAIT)
            self.tables.unpaid[allowances.seats.key] = unpaid
        self.tables.counted[allowances.orders.key].add(order.order_number)

    def _require_room(self, order: Order, allowance: Allowance, now: datetime) -> None:
        """Raise `TooManyOrders` unless there is room; settled orders of the buyer make some."""
        counted = self.tables.counted.setdefault(allowance.key, set())
        if order.order_number in counted:
            return
        if len(counted) >= allowance.most and not order.is_free:
            counted &= {n for n in counted if self._is_open(n)}
        if len(counted) >= allowance.most:
            raise too_many_orders(order, allowance, now)

    def _is_open(self, order_number: str) -> bool:
        return self.tables.orders[order_number].status is OrderStatus.PENDING

    def _require_seats(self, order: Order) -> None:
        for sku, wanted in order.seats.items():
            if self.tables.available.get((order.event_id, sku), 0) < wanted:
                raise SeatsGone(order.order_number)

    def _add_seats(self, order: Order, seats: Mapping[str, int], sign: int) -> None:
        """Seats of a ticket type that exists no more have nowhere to go."""
        for sku, count in seats.items():
            if (order.event_id, sku) in self.tables.available:
                self.tables.available[order.event_id, sku] += sign * count

    def _change_tickets(
        self,
        order: Order,
        ticket_ids: Sequence[str],
        **changes: Any,  # noqa: ANN401  # of any field
    ) -> None:
        """Change those of the order's tickets that exist and name it."""
        for ticket_id in self.tables.tickets.keys() & set(ticket_ids):
            ticket = self.tables.tickets[ticket_id]
            if ticket.order_number == order.order_number:
                self.tables.tickets[ticket_id] = replace(ticket, **changes)

    def _settle(self, transition: Transition, mails: Sequence[Mail], now: datetime) -> None:
        order = transition.before
        self._unchanged(order)
        self._require_new(mails)
        self._require_next(order)
        self.tables.put_mails(mails)
        self._add_seats(order, transition.freed_seats, +1)
        why = transition.void_reason
        self._change_tickets(
            order, transition.voided, status=TicketStatus.VOID, void_reason=why, changed_at=now
        )
        self._write(transition, now)

    def _write(self, transition: Transition, now: datetime) -> None:
        """Write a transition with its audit entry."""
        self._require_next(transition.before)
        before = transition.before
        if transition.frees_hold and before.held_in:
            self.tables.unpaid[before.held_in] -= before.seats_to_pay
        entry = transition.entry("test", now)
        self.tables.audit.append(entry)
        self.tables.write(transition, version=entry.sequence, audit_hash=entry.hash)

    def _put(self, order: Order, **changes: Any) -> None:  # noqa: ANN401  # of any field
        self.tables.orders[order.order_number] = replace(order, **changes)


def require(condition: bool) -> None:  # noqa: FBT001  # reads as `assert` does
    """Cancel the transaction unless its condition holds."""
    if not condition:
        raise Cancelled
