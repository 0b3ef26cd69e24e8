"""The orders table: every transition is one conditional transaction, written at most once.

A transaction that DynamoDB refuses has written nothing. The cause is found by reading back, never
from the position of an error: the SDK may have repeated a request whose first response was lost.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action as Change
from pynamodb.transactions import TransactWrite

from ticketing.adapters.dynamodb.attributes import MomentAttribute
from ticketing.adapters.dynamodb.limits import (
    count_as_settled,
    count_order,
    count_too,
    counted,
    drop,
    require_room,
    require_room_too,
)
from ticketing.adapters.dynamodb.mapping import (
    audit_row,
    changes_by,
    checkout_row,
    mail_put_back,
    mail_row,
    order_row,
    request_key,
    request_row,
    ticket_from,
    ticket_row,
)
from ticketing.adapters.dynamodb.models import (
    AuditRow,
    CheckoutRow,
    MailRow,
    OrderRow,
    PaymentRow,
    RequestRow,
    TicketRow,
    connection,
)
from ticketing.adapters.dynamodb.order_queries import OrderQueries, owner_of
from ticketing.adapters.dynamodb.personal_data import REMOVED
from ticketing.adapters.dynamodb.retries import (
    again,
    is_invalid,
    is_passing,
    update_if,
    was_cancelled,
    was_outrun,
)
from ticketing.adapters.dynamodb.rows import equals, set_or_remove
from ticketing.adapters.dynamodb.seats import (
    are_seats_left,
    existing_seats,
    free_seats,
    take_seats,
)
from ticketing.emails.mail import Mail
from ticketing.errors import (
    AlreadyIssued,
    MailChanged,
    NotStorable,
    OrderChanged,
    OrderNotFound,
    PaymentClaimed,
    SeatsGone,
    TooManyAtOnce,
    TooManyOrders,
    UnreadableOrder,
)
from ticketing.orders import transitions
from ticketing.orders.basket import Request
from ticketing.orders.box_office import BY_OPERATOR
from ticketing.orders.buyer import folded
from ticketing.orders.limits import Allowance, Allowances
from ticketing.orders.order import (
    ERASED,
    PAYMENT_WINDOW,
    Delivery,
    Order,
    OrderStatus,
    Origin,
    VoidReason,
    Work,
    WorkItem,
)
from ticketing.orders.refund import Consequence, PartRefund, Refund
from ticketing.orders.transitions import Transition
from ticketing.payments.checkout_result import CheckoutSeen
from ticketing.payments.decision import Decision
from ticketing.payments.payment import Checkout
from ticketing.tickets.ticket import Ticket, TicketStatus


class OrderTable(OrderQueries):
    """Orders, and what is written with them: payments, tickets, seats, mails, the audit trail."""

    def __init__(
        self, by: str, payment_window: timedelta = PAYMENT_WINDOW, work_shards: int = 1
    ) -> None:
        """Write as `by`: the function or person that the audit trail names.

        `payment_window` applies to orders whose row sets no deadline. The work index is spread over
        `work_shards` keys.
        """
        super().__init__(payment_window)
        self._by, self._work_shards = by, work_shards

    def nominate(self, item: WorkItem, until: datetime, next_check_at: datetime) -> bool:
        """Postpone the next check; False if it is not due any more.

        A misspelt time stays as it is: the check that follows sends the alert about it.
        """
        if item.next_check_at is None:
            return True
        moved: list[Change] = [OrderRow.next_check_at.set(next_check_at)]
        return update_if(OrderRow(item.order_number), moved, OrderRow.next_check_at <= until)

    def place(
        self,
        order: Order,
        request: Request | None = None,
        allowances: Allowances | None = None,
        reason: str = "",
    ) -> None:
        """Store a new order, take its seats and remember its idempotency key.

        The trail of an order that an operator places begins with the `reason` for it.

        Raises `SeatsGone` if there are not enough seats, `TooManyOrders` or `TooManyUnpaid` if its
        allowances have no room for it, `TooManyAtOnce` if too many other buyers take seats at the
        same time, and `OrderChanged` if the same request was stored before.
        """
        try:
            self._place(order, request, allowances, reason)
        except TooManyOrders:
            # A free order still counts for its day after it is settled.
            if order.is_free or allowances is None or not self._drop_settled(allowances.orders):
                raise
            self._place(order, request, allowances, reason)

    def _place(
        self,
        order: Order,
        request: Request | None,
        allowances: Allowances | None,
        reason: str,
    ) -> None:
        placed, entry = order, None
        if order.origin:
            entry = transitions.placed_by_operator(order, reason).entry(self._by, order.created_at)
            placed = replace(order, version=entry.sequence, audit_hash=entry.hash)
        try:
            with self._transaction() as t:
                row = order_row(placed, self._work_shards)
                t.save(row, condition=OrderRow.order_number.does_not_exist())
                if entry:
                    t.save(audit_row(entry), condition=AuditRow.sequence.does_not_exist())
                if request:
                    t.save(
                        request_row(order, request),
                        condition=RequestRow.idempotency_key.does_not_exist(),
                    )
                take_seats(t, order)
                if allowances:
                    count_order(t, order, allowances)
        except TransactWriteError as error:
            if request and self.requested(request.key):
                raise OrderChanged(order.order_number) from error
            if not are_seats_left(order):
                raise SeatsGone(order.order_number) from error
            if allowances:
                require_room(order, allowances)
            # If none of these conditions fails any more, whatever refused it has changed since.
            if is_passing(error) or (request and was_outrun(error)):
                raise TooManyAtOnce from error
            raise

    def _drop_settled(self, allowance: Allowance) -> bool:
        """Drop orders that are no longer open from a buyer's row; return whether there were any.

        Settling an order does not touch that row, since it has to be exact only before a refusal.
        """
        settled = {number for number in counted(allowance) if not self._is_open(number)}
        return bool(settled) and drop(allowance, settled)

    def _is_open(self, order_number: str) -> bool:
        try:
            return self.get(order_number).status is OrderStatus.PENDING
        except UnreadableOrder:
            return True
        except OrderNotFound:
            return False

    def book_check(self, order: Order, at: datetime) -> bool:
        """Book a check that somebody asked for; False if another one was booked meanwhile."""
        return self._book(order, OrderRow.checks_booked_until, order.checks_booked_until, at)

    def unbook_check(self, order: Order, at: datetime) -> None:
        """Take back a booked check that could not be queued."""
        booked = OrderRow.checks_booked_until
        before = set_or_remove(booked, order.checks_booked_until)
        update_if(OrderRow(order.order_number), [before], booked == at)

    def book_attempt(self, order: Order, now: datetime) -> bool:
        """Note that SumUp is asked for a checkout now; False if somebody else did so meanwhile."""
        return self._book(order, OrderRow.asked_to_pay_at, order.asked_to_pay_at, now)

    @staticmethod
    def _book(
        order: Order, moment: MomentAttribute, before: datetime | None, now: datetime
    ) -> bool:
        is_there: Condition = OrderRow.order_number.exists()
        as_read = is_there & equals(moment, before)
        return update_if(OrderRow(order.order_number), [moment.set(now)], as_read)

    def retry_payment(
        self, order: Order, reference: str, seen: CheckoutSeen, now: datetime
    ) -> None:
        """Store the reference of the next checkout, before SumUp is asked to create it.

        `seen` is the previous checkout, as it was after it was deactivated.
        """
        transition = transitions.payment_retried(
            order, reference, now, attempt_seen=seen.shows_attempt
        )
        with self._change(transition, now) as t:
            t.update(
                CheckoutRow(seen.record.checkout_id),
                actions=[
                    CheckoutRow.status.set(seen.checkout.status),
                    CheckoutRow.seen_at.set(now),
                ],
                condition=CheckoutRow.order_number == order.order_number,
            )

    def note_event(self, order: Order, starts_at: datetime) -> None:
        """Store a new start of the event, which decides when the buyer is reminded and erased."""
        is_named: Condition = OrderRow.personal_key.exists()
        as_read = is_named & equals(OrderRow.event_starts_at, order.event_starts_at)
        update_if(OrderRow(order.order_number), [OrderRow.event_starts_at.set(starts_at)], as_read)

    def erase(self, order: Order, reason: str, now: datetime) -> None:
        """Replace the buyer's name and address on the order and its tickets.

        Raises `OrderChanged` if the order has changed since it was read.
        """
        tickets = _existing_tickets(order, order.issued_ids)
        forgotten: list[Change] = [getattr(OrderRow, name).remove() for name in sorted(REMOVED)]
        with self._change(transitions.buyer_erased(order, reason), now, forgotten) as t:
            for ticket_id in tickets:
                t.update(
                    TicketRow(ticket_id),
                    actions=[TicketRow.holder.set(ERASED)],
                    condition=TicketRow.order_number == order.order_number,
                )

    @staticmethod
    def fold_address(order_number: str, address: str) -> bool:
        """File an order under its address in lower case; its mails go to the address as typed.

        Returns False, with nothing written, if the order has another address by now.
        """
        changes: list[Change] = [
            OrderRow.customer_email.set(folded(address)),
            OrderRow.customer_email_typed.set(address),
        ]
        return update_if(OrderRow(order_number), changes, OrderRow.customer_email == address)

    def finish_erasure(self, order_number: str) -> None:
        """Remove an erased order from the index of orders that name their buyer."""
        is_erased = OrderRow.customer_email == ERASED
        update_if(OrderRow(order_number), [OrderRow.personal_key.remove()], is_erased)

    @staticmethod
    def forget_requests(order_number: str) -> None:
        """Erase the hash of the request that placed this order; reads all requests.

        If the request is repeated, the buyer is told that its key was used for something else. An
        operator's request is deleted, because its key is itself a hash of the buyer's data.
        """
        is_there: Condition = RequestRow.order_number == order_number
        rows = RequestRow.scan(
            is_there, attributes_to_get=["idempotency_key"], consistent_read=True
        )
        for row in rows:
            if row.idempotency_key.startswith(request_key(BY_OPERATOR)):
                row.delete()
                continue
            update_if(row, [RequestRow.request_hash.set(ERASED)], is_there)

    def adopt(self, order: Order, checkouts: Sequence[Checkout], now: datetime) -> None:
        """Attach checkouts that SumUp has under this order's reference.

        Raises `OrderChanged`, and `PaymentClaimed` if one of them belongs to another order.
        """
        found = [checkout.id for checkout in checkouts]
        mine = CheckoutRow.order_number == order.order_number
        try:
            with self._change(transitions.checkouts_adopted(order, found), now) as t:
                for checkout in checkouts:
                    row = checkout_row(order, checkout, order.checkout_reference, now)
                    t.save(row, condition=CheckoutRow.checkout_id.does_not_exist() | mine)
        except TransactWriteError:
            for row in CheckoutRow.batch_get(found, consistent_read=True):
                if row.order_number != order.order_number:
                    claimed = (row.checkout_id, order.order_number, row.order_number)
                    raise PaymentClaimed(*claimed) from None
            raise

    def postpone(self, order: Order, decision: Decision, now: datetime) -> None:
        """Store what the check found and when the next one is due. The status stays.

        Nothing is written if the order has changed since it was read.
        """
        postponed = transitions.postponed(order, decision.finding, now)
        changes = changes_by(postponed, self._work_shards)
        update_if(OrderRow(order.order_number), changes, _unchanged(order))

    def complete(
        self,
        order: Order,
        decision: Decision,
        tickets: Sequence[Ticket],
        mails: Sequence[Mail],
        now: datetime,
    ) -> None:
        """Complete the order with its payment, all its tickets and its mails, or not at all.

        Raises `OrderChanged` if it has changed since it was read, `PaymentClaimed` if the payment
        belongs to another order, `SeatsGone` if the seats of a closed order were sold since,
        `AlreadyIssued` if tickets or their mail exist although the order is not completed, and
        `NotStorable` if what SumUp says about the payment does not fit into a row.
        """
        transition = transitions.completed(order, decision.finding, now)
        try:
            with self._change(transition, now) as t:
                self._accept_payment(t, order, decision, now)
                for ticket in tickets:
                    t.save(ticket_row(ticket, now), condition=TicketRow.ticket_id.does_not_exist())
                _put_mails(t, mails)
                if transition.takes_seats:
                    take_seats(t, order)
        except TransactWriteError as error:
            if is_invalid(error):
                raise NotStorable(order.order_number, "DynamoDB refuses its rows") from error
            self.obstacles(order, decision, tickets, mails)
            raise error from None

    def review(
        self, order: Order, decision: Decision, mails: Sequence[Mail], now: datetime
    ) -> None:
        """Put the order under manual review, with the alert that explains it."""
        with self._change(transitions.reviewed(order, decision.finding, now), now) as t:
            _put_mails(t, mails)

    def close(self, order: Order, decision: Decision, mails: Sequence[Mail], now: datetime) -> None:
        """Close the order unpaid and put its seats on sale again, exactly once.

        Seats of a ticket type that no longer exists are dropped.
        """
        transition = transitions.closed(order, decision.finding, now)
        held = transition.freed_seats
        try:
            self._close(transition, mails, held, now)
        except TransactWriteError:
            sold = existing_seats(order, held)
            if sold == held:
                raise
            self._close(transition, mails, sold, now)

    def note_refund(self, order: Order, refund: Refund, reason: str, now: datetime) -> None:
        """Store a refund that was requested, refused, or whose outcome is unknown.

        Raises `OrderChanged` if the order has changed since it was read, so that only one of two
        simultaneous requests goes ahead.
        """
        with self._change(transitions.refund_noted(order, refund, reason), now):
            pass

    def settle_refund(
        self,
        order: Order,
        refund: Refund,
        consequence: Consequence,
        reason: str,
        mails: Sequence[Mail],
        now: datetime,
    ) -> None:
        """Store a settled refund with its consequence: void tickets, a rejected order, or none.

        Tickets and ticket types that no longer exist are skipped. Raises `OrderChanged` if the
        order or its mails have changed since they were read.
        """
        transition = transitions.refund_settled(order, refund, consequence, reason, now)
        self._void(transition, mails, now)

    def settle_part(
        self, order: Order, part: PartRefund, reason: str, mails: Sequence[Mail], now: datetime
    ) -> None:
        """Store a settled partial refund, as `settle_refund` does for a whole one."""
        self._void(transitions.part_settled(order, part, reason, now), mails, now)

    def void_tickets(
        self,
        order: Order,
        ticket_ids: Sequence[str],
        mails: Sequence[Mail],
        reason: str,
        now: datetime,
    ) -> None:
        """Make tickets void without giving money back, otherwise as `settle_refund` does."""
        self._void(transitions.tickets_voided(order, ticket_ids, reason, now), mails, now)

    def _void(self, transition: Transition, mails: Sequence[Mail], now: datetime) -> None:
        order = transition.before
        tickets = _existing_tickets(order, transition.voided)
        held = existing_seats(order, transition.freed_seats)
        try:
            with self._change(transition, now) as t:
                _put_mails(t, mails)
                free_seats(t, order, held)
                for ticket_id in tickets:
                    t.update(
                        TicketRow(ticket_id),
                        actions=[
                            TicketRow.status.set(TicketStatus.VOID),
                            set_or_remove(TicketRow.void_reason, transition.void_reason),
                            TicketRow.changed_at.set(now),
                        ],
                        condition=TicketRow.order_number == order.order_number,
                    )
        except TransactWriteError as error:
            if _exist(MailRow, [mail.mail_id for mail in mails]):
                raise OrderChanged(order.order_number) from error
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
        """Replace a ticket by another one, perhaps for another holder.

        Nobody may have come in with the old one since it was read. Raises `OrderChanged` if the
        order, the ticket or the mails have changed since they were read.
        """
        holder = new.holder if new.holder != old.holder else None
        transition = transitions.ticket_reissued(order, old.ticket_id, reason, holder)
        try:
            with self._change(transition, now) as t:
                _put_mails(t, mails)
                t.update(
                    TicketRow(old.ticket_id),
                    actions=[
                        TicketRow.status.set(TicketStatus.VOID),
                        TicketRow.void_reason.set(VoidReason.REISSUED),
                        TicketRow.replaced_by.set(new.ticket_id),
                        TicketRow.changed_at.set(now),
                    ],
                    condition=_is_used_as_read(old),
                )
                t.save(ticket_row(new, now), condition=TicketRow.ticket_id.does_not_exist())
        except TransactWriteError as error:
            if _exist(MailRow, [mail.mail_id for mail in mails]) or not _is_as_read(old):
                raise OrderChanged(order.order_number) from error
            raise

    def void(self, order: Order, note: str, mails: Sequence[Mail], now: datetime) -> None:
        """Void the tickets of an order whose event was cancelled, whatever became of its money.

        Tickets and ticket types that no longer exist are skipped. Raises `OrderChanged`.
        """
        self._void(transitions.event_cancelled(order, note, now), mails, now)

    def ask_refund(self, order: Order, now: datetime) -> None:
        """Note that the buyer asks for the money back. Raises `OrderChanged`."""
        with self._change(transitions.refund_asked(order, now), now):
            pass

    def note_tickets(self, order_number: str, revision: int) -> None:
        """Store the revision of the event that the tickets were drawn for, unless it is older."""
        drawn = OrderRow.tickets_revision
        is_newer = OrderRow.order_number.exists() & (drawn.does_not_exist() | (drawn < revision))
        update_if(OrderRow(order_number), [drawn.set(revision)], is_newer)

    def send_again(self, order: Order, mail: Mail, now: datetime) -> None:
        """Store a mail that an operator asked for; its address is the order's from now on.

        Raises `OrderChanged` if the order or its mails have changed since they were read.
        """
        transition = transitions.tickets_resent(order, mail.mail_id, mail.recipient)
        try:
            with self._change(transition, now) as t:
                _put_mails(t, [mail])
        except TransactWriteError as error:
            if _exist(MailRow, [mail.mail_id]):
                raise OrderChanged(order.order_number) from error
            raise

    def change_address(
        self,
        order: Order,
        email: str,
        mails: Sequence[Mail],
        allowance: Allowance | None,
        now: datetime,
    ) -> None:
        """Store the address that the buyer gives, and the mails about that.

        An unpaid order counts for the new address as well, and goes on counting for the old one:
        see `Limits.of_address`. Raises `OrderChanged` if the order or its mails have changed since
        they were read, and `TooManyOrders` if the allowance has no room for it.
        """
        try:
            self._change_address(order, email, mails, allowance, now)
        except TooManyOrders:
            if order.is_free or allowance is None or not self._drop_settled(allowance):
                raise
            self._change_address(order, email, mails, allowance, now)

    def _change_address(
        self,
        order: Order,
        email: str,
        mails: Sequence[Mail],
        allowance: Allowance | None,
        now: datetime,
    ) -> None:
        transition = transitions.address_changed(order, email, [m.mail_id for m in mails])
        try:
            with self._change(transition, now) as t:
                _put_mails(t, mails)
                if allowance:
                    count_too(t, order, allowance)
        except TransactWriteError as error:
            if allowance:
                require_room_too(order, allowance, now)
            if any(_is_stored(mail) for mail in mails):
                raise OrderChanged(order.order_number) from error
            raise

    def replay(
        self, order: Order, before: Mail, mail: Mail, delivery: Delivery | None, now: datetime
    ) -> None:
        """Make a mail of the order due again; `delivery` is the order's from then on.

        Raises `OrderChanged` or `MailChanged` if one has changed since it was read.
        """
        transition = transitions.mail_put_back(order, mail.mail_id, delivery)
        recovers = [OrderRow.delivery_reason.remove()] if transition.fields else []
        try:
            with self._change(transition, now, recovers) as t:
                actions, condition = mail_put_back(before, mail)
                t.update(MailRow(mail.mail_id), actions=actions, condition=condition)
        except TransactWriteError as error:
            if was_cancelled(error):
                raise MailChanged(mail.mail_id) from error
            raise

    def mark_stuck(self, orders: Sequence[Order], mail: Mail, now: datetime) -> bool:
        """Store the digest and mark its orders as reported, in one transaction.

        Returns False, with nothing written, if one of them was settled or reported since.
        """
        unreported = OrderRow.stuck_alerted_at.does_not_exist()
        try:
            with self._transaction() as t:
                _put_mails(t, [mail])
                for order in orders:
                    t.update(
                        OrderRow(order.order_number),
                        actions=[OrderRow.stuck_alerted_at.set(now)],
                        condition=unreported & (OrderRow.status == OrderStatus.PENDING),
                    )
        except TransactWriteError as error:
            if was_cancelled(error):
                return False
            raise
        return True

    def reschedule(self, order: Order, work: Work, now: datetime) -> bool:
        """Put an order that is missing from the work index back into it, due now.

        Returns False, with nothing written, if it changed or its audit trail is ahead of it.
        """
        try:
            with self._change(transitions.rescheduled(order, work, now), now):
                pass
        except OrderChanged:
            return False
        except TransactWriteError as error:
            if was_cancelled(error):
                return False
            raise
        return True

    def _close(
        self, transition: Transition, mails: Sequence[Mail], held: Mapping[str, int], now: datetime
    ) -> None:
        with self._change(transition, now) as t:
            _put_mails(t, mails)
            free_seats(t, transition.before, held)

    @contextmanager
    def _transaction(self) -> Iterator[TransactWrite]:
        """Commit what the block adds; retry after conflicts with other writes."""
        transaction = TransactWrite(connection=connection())
        yield transaction
        again()(transaction._commit)  # noqa: SLF001  # the block above is the `with` body

    @contextmanager
    def _change(
        self, transition: Transition, now: datetime, besides: Sequence[Change] = ()
    ) -> Iterator[TransactWrite]:
        """Open a transaction with a transition and its audit entry, to which the block may add.

        `besides` are changes of attributes that are not fields of an order.
        """
        order = transition.before
        entry = transition.entry(self._by, now)
        moved = [OrderRow.version.set(entry.sequence), OrderRow.audit_hash.set(entry.hash)]
        try:
            with self._transaction() as t:
                t.update(
                    OrderRow(order.order_number),
                    actions=[*changes_by(transition, self._work_shards), *besides, *moved],
                    condition=_unchanged(order),
                )
                t.save(audit_row(entry), condition=AuditRow.sequence.does_not_exist())
                if transition.frees_hold:
                    count_as_settled(t, order, now)
                yield t
        except TransactWriteError as error:
            current = self.get(order.order_number)
            if (current.version, current.status) != (order.version, order.status):
                raise OrderChanged(order.order_number) from error
            raise

    def _accept_payment(
        self, t: TransactWrite, order: Order, decision: Decision, now: datetime
    ) -> None:
        payment, checkout, key = decision.payment, decision.checkout, _payment_key(order, decision)
        if payment is None or key is None:
            return
        t.save(
            PaymentRow(
                key,
                order_number=order.order_number,
                checkout_id=checkout.id if checkout else None,
                origin=order.origin,
                amount=order.total.amount if payment.amount is None else payment.amount,
                currency=payment.currency or order.total.currency,
                merchant_code=order.merchant_code,
                transaction_code=payment.code,
                accepted_at=now,
                paid_at=payment.at,
            ),
            condition=PaymentRow.transaction_id.does_not_exist(),
        )
        if checkout is None:
            return
        t.update(
            CheckoutRow(checkout.id),
            actions=[CheckoutRow.status.set(checkout.status), CheckoutRow.seen_at.set(now)],
            condition=CheckoutRow.order_number == order.order_number,
        )

    @staticmethod
    def obstacles(
        order: Order, decision: Decision, tickets: Sequence[Ticket], mails: Sequence[Mail]
    ) -> None:
        """Raise what `complete` would raise because of the payment, seats, tickets or mails."""
        key = _payment_key(order, decision)
        if key:
            owner = owner_of(key)
            if owner and owner != order.order_number:
                raise PaymentClaimed(key, order.order_number, owner)
        if not order.holds_seats and not are_seats_left(order):
            raise SeatsGone(order.order_number)
        if _exist(TicketRow, [t.ticket_id for t in tickets]) or _exist(
            MailRow, [m.mail_id for m in mails]
        ):
            raise AlreadyIssued(order.order_number)


def _payment_key(order: Order, decision: Decision) -> str | None:
    """Return the key of the accepted payment; None if there is none to store.

    Without a checkout, only a payment at a terminal is stored.
    """
    payment, checkout = decision.payment, decision.checkout
    if payment is None or (checkout is None and order.origin is not Origin.TERMINAL):
        return None
    return payment.id or (checkout.id if checkout else None)


def _unchanged(order: Order) -> Condition:
    same_version: Condition = OrderRow.version == order.version
    unchanged: Condition = same_version & (OrderRow.status == order.status)
    return unchanged


def _is_used_as_read(ticket: Ticket) -> Condition:
    its_own: Condition = TicketRow.order_number == ticket.order_number
    is_used_as_read: Condition = its_own & equals(TicketRow.left, ticket.left)
    return is_used_as_read


def _is_as_read(ticket: Ticket) -> bool:
    rows = TicketRow.batch_get([ticket.ticket_id], consistent_read=True)
    return [ticket_from(row) for row in rows] == [ticket]


def _existing_tickets(order: Order, ticket_ids: Sequence[str]) -> list[str]:
    rows = TicketRow.batch_get(list(ticket_ids), consistent_read=True)
    return [row.ticket_id for row in rows if row.order_number == order.order_number]


def _put_mails(t: TransactWrite, mails: Sequence[Mail]) -> None:
    for mail in mails:
        t.save(mail_row(mail), condition=MailRow.mail_id.does_not_exist())


def _is_stored(mail: Mail) -> bool:
    """Read a single mail, because the role of the shop's API may not read several at once."""
    try:
        MailRow.get(mail.mail_id, consistent_read=True)
    except DoesNotExist:
        return False
    return True


def _exist(model: type[TicketRow] | type[MailRow], keys: Sequence[str]) -> bool:
    return any(True for _ in model.batch_get(list(keys), consistent_read=True))
