"""The orders table: every move of an order is one conditional transaction, made at most once.

A transaction that fails has written nothing. Why it failed is found by reading back, never from
the position of an error: the SDK may have repeated a request whose first answer was lost.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta

from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action as Change
from pynamodb.transactions import TransactWrite

from ticketing.adapters.dynamodb.mapping import (
    audit_row,
    checkout_row,
    mail_put_back,
    mail_row,
    order_row,
    request_row,
    ticket_row,
    written_by,
)
from ticketing.adapters.dynamodb.models import (
    AuditRow,
    CheckoutRow,
    MailRow,
    OrderRow,
    PaymentRow,
    RequestRow,
    TicketRow,
    TicketTypeRow,
    connection,
)
from ticketing.adapters.dynamodb.order_queries import OrderQueries, owner_of
from ticketing.adapters.dynamodb.retries import again, condition_failed, is_passing, was_cancelled
from ticketing.emails.mail import Mail
from ticketing.errors import (
    AlreadyIssued,
    MailChanged,
    OrderChanged,
    PaymentClaimed,
    SeatsGone,
    TooManyAtOnce,
)
from ticketing.orders import transitions
from ticketing.orders.audit_entry import AuditEntry
from ticketing.orders.basket import Request
from ticketing.orders.order import (
    ERASED,
    PAYMENT_WINDOW,
    Delivery,
    Order,
    OrderStatus,
    Work,
    WorkItem,
)
from ticketing.orders.refund import Consequence, Refund
from ticketing.orders.transitions import Transition
from ticketing.payments.decision import Decision
from ticketing.payments.payment import Checkout
from ticketing.tickets.ticket import Ticket, TicketStatus, ticket_ids


class OrderTable(OrderQueries):
    """Orders with all that moves together with them: payments, tickets, seats, mails, audit."""

    def __init__(self, region: str, by: str, payment_window: timedelta = PAYMENT_WINDOW) -> None:
        """Write as `by`: the function or person named in the audit trail.

        `payment_window` counts for orders whose row sets no deadline.
        """
        super().__init__(payment_window)
        self._connection, self._by = connection(region), by

    def nominate(self, item: WorkItem, until: datetime, next_check_at: datetime) -> bool:
        """Move the next check on; False where another scan did so or the order moved (W3)."""
        moved: list[Change] = [OrderRow.next_check_at.set(next_check_at)]
        return self._update(item.order_number, moved, OrderRow.next_check_at <= until)

    def place(self, order: Order, request: Request | None = None) -> None:
        """Store a new order, take its seats and remember whose request it was (W1).

        Raises `SeatsGone` when there are not enough, `TooManyAtOnce` when others take seats so
        often that these could not be taken, and `OrderChanged` when the same request was stored
        meanwhile.
        """
        try:
            with self._transaction() as t:
                t.save(order_row(order), condition=OrderRow.order_number.does_not_exist())
                if request:
                    t.save(
                        request_row(order, request),
                        condition=RequestRow.idempotency_key.does_not_exist(),
                    )
                self._take_seats(t, order)
        except TransactWriteError as error:
            if request and self.requested(request.key):
                raise OrderChanged(order.order_number) from error
            if not _seats_left(order):
                raise SeatsGone(order.order_number) from error
            if is_passing(error):
                raise TooManyAtOnce from error
            raise

    def refer(self, order: Order, reference: str, now: datetime) -> None:
        """Note the reference of the next attempt before SumUp hears of it.

        How the attempt before ended says nothing of this one.
        """
        with self._change(transitions.payment_retried(order, reference), now):
            pass

    def note_event(self, order: Order, starts_at: datetime) -> None:
        """Note when the event begins by now; the buyer is kept until some time after that."""
        as_read = OrderRow.personal_key.exists() & (
            OrderRow.event_starts_at == order.event_starts_at
        )
        self._update(order.order_number, [OrderRow.event_starts_at.set(starts_at)], as_read)

    def erase(self, order: Order, reason: str, now: datetime) -> None:
        """Put a fixed word where the order and its tickets name their buyer, all at once.

        Raises `OrderChanged` if the order is no longer as read.
        """
        tickets = _existing_tickets(order)
        forget_why = [OrderRow.delivery_reason.remove()]
        with self._change(transitions.buyer_erased(order, reason), now, forget_why) as t:
            for ticket_id in tickets:
                t.update(
                    TicketRow(ticket_id),
                    actions=[TicketRow.holder.set(ERASED)],
                    condition=TicketRow.order_number == order.order_number,
                )

    def names_nobody(self, order_number: str) -> None:
        """Take an order out of those that name their buyer, once nothing else names them either."""
        is_erased = OrderRow.customer_email == ERASED
        self._update(order_number, [OrderRow.personal_key.remove()], is_erased)

    @staticmethod
    def forget_requests(order_number: str) -> None:
        """Forget what the requests that made this order asked for; reads a day's requests.

        Whoever sends such a request once more is told that its key was used for something else.
        """
        for row in RequestRow.scan(RequestRow.order_number == order_number, consistent_read=True):
            is_there = RequestRow.order_number == order_number
            forgotten = [RequestRow.request_hash.set(ERASED)]
            try:
                again()(row.update, actions=forgotten, condition=is_there)
            except UpdateError as error:
                if not condition_failed(error):
                    raise

    def adopt(self, order: Order, checkouts: Sequence[Checkout], now: datetime) -> None:
        """Attach the checkouts that SumUp holds under this order's reference (W2).

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
        """Note what was seen and when to look again; the status stays as it is.

        An order that moved on meanwhile is left alone.
        """
        changes = written_by(transitions.postponed(order, decision.finding, now))
        self._update(order.order_number, changes, _unchanged(order))

    def complete(
        self,
        order: Order,
        decision: Decision,
        tickets: Sequence[Ticket],
        mails: Sequence[Mail],
        now: datetime,
    ) -> None:
        """Complete the order with its payment, all its tickets and its mails, or not at all (W4).

        Raises `OrderChanged` if it is no longer as read, `PaymentClaimed` if the payment stands
        for another order, `SeatsGone` if a closed order's seats were sold meanwhile, and
        `AlreadyIssued` if tickets or their mail exist without the order being completed.
        """
        transition = transitions.completed(order, decision.finding, now)
        try:
            with self._change(transition, now) as t:
                self._accept_payment(t, order, decision, now)
                for ticket in tickets:
                    t.save(ticket_row(ticket, now), condition=TicketRow.ticket_id.does_not_exist())
                _put_mails(t, mails)
                if transition.takes_seats:
                    self._take_seats(t, order)
        except TransactWriteError as error:
            self.obstacles(order, decision, tickets, mails)
            raise error from None

    def review(
        self, order: Order, decision: Decision, mails: Sequence[Mail], now: datetime
    ) -> None:
        """Hand the order to a person, with the alert that says why (W5)."""
        with self._change(transitions.reviewed(order, decision.finding, now), now) as t:
            _put_mails(t, mails)

    def close(self, order: Order, decision: Decision, mails: Sequence[Mail], now: datetime) -> None:
        """Close the order unpaid and put its seats on sale again, exactly once (W10).

        Seats of a ticket type that exists no more have nowhere to go and do not hold it up.
        """
        transition = transitions.closed(order, decision.finding, now)
        held = order.seats if transition.frees_seats else {}
        try:
            self._close(transition, mails, held, now)
        except TransactWriteError:
            sold = _sold(order) if held else {}
            if sold == held:
                raise
            self._close(transition, mails, sold, now)

    def note_refund(self, order: Order, refund: Refund, reason: str, now: datetime) -> None:
        """Note that money is asked back, was refused, or that nobody knows what came of it.

        Raises `OrderChanged` if the order is no longer as read: of two who ask at once, one may.
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
        """Note that money went back, with all that follows from it, or nothing.

        Void tickets open no door and their seats are on sale again; an order that was under review
        is rejected. Tickets and ticket types that exist no more do not hold it up. Raises
        `OrderChanged`.
        """
        transition = transitions.refund_settled(order, refund, consequence, reason, now)
        voids = consequence is Consequence.TICKETS_VOID
        tickets = _existing_tickets(order) if voids else ()
        held = _sold(order) if transition.frees_seats else {}
        with self._change(transition, now) as t:
            _put_mails(t, mails)
            _free_seats(t, order, held)
            for ticket_id in tickets:
                t.update(
                    TicketRow(ticket_id),
                    actions=[TicketRow.status.set(TicketStatus.VOID.value)],
                    condition=TicketRow.order_number == order.order_number,
                )

    def note_tickets(self, order_number: str, revision: int) -> None:
        """Note for which revision of the event tickets were drawn; an older one never counts."""
        drawn = OrderRow.tickets_revision
        is_newer = OrderRow.order_number.exists() & (drawn.does_not_exist() | (drawn < revision))
        self._update(order_number, [drawn.set(revision)], is_newer)

    def send_again(self, order: Order, mail: Mail, now: datetime) -> None:
        """Store a mail that an operator asked for; it goes where the order's mails go from now on.

        Raises `OrderChanged` if the order or its mails are no longer as read. An address that is
        new has not complained.
        """
        transition = transitions.tickets_resent(order, mail.mail_id, mail.recipient)
        try:
            with self._change(transition, now) as t:
                _put_mails(t, [mail])
        except TransactWriteError as error:
            if _exist(MailRow, [mail.mail_id]):
                raise OrderChanged(order.order_number) from error
            raise

    def replay(
        self, order: Order, before: Mail, mail: Mail, delivery: Delivery | None, now: datetime
    ) -> None:
        """Put a mail of the order back, to be tried again; `delivery` is what the order then says.

        Raises `OrderChanged` or `MailChanged` if one is no longer as read.
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
        """Store the digest and mark its orders as reported, together: one digest per order.

        False, and nothing is written, if one of them moved on or was reported meanwhile.
        """
        unreported = OrderRow.stuck_alerted_at.does_not_exist()
        try:
            with self._transaction() as t:
                _put_mails(t, [mail])
                for order in orders:
                    t.update(
                        OrderRow(order.order_number),
                        actions=[OrderRow.stuck_alerted_at.set(now)],
                        condition=unreported & (OrderRow.status == OrderStatus.PENDING.value),
                    )
        except TransactWriteError as error:
            if was_cancelled(error):
                return False
            raise
        return True

    def reschedule(self, order: Order, work: Work, now: datetime) -> bool:
        """Put an order that fell out of the work index back, as due now; its trail tells of it.

        False, and nothing is written, if it is no longer as read or its trail does not let it.
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
            _free_seats(t, transition.before, held)

    @contextmanager
    def _transaction(self) -> Iterator[TransactWrite]:
        """Commit what the block adds; conflicts with other transactions are tried again."""
        transaction = TransactWrite(connection=self._connection)
        yield transaction
        again()(transaction._commit)  # noqa: SLF001  # the block above is the `with` body

    @staticmethod
    def _update(order_number: str, changes: list[Change], condition: Condition) -> bool:
        """Change an order's row alone; False, and nothing is written, if it is not like that."""
        try:
            again()(OrderRow(order_number).update, actions=changes, condition=condition)
        except UpdateError as error:
            if condition_failed(error):
                return False
            raise
        return True

    @contextmanager
    def _change(
        self, transition: Transition, now: datetime, besides: Sequence[Change] = ()
    ) -> Iterator[TransactWrite]:
        """Open a transaction holding a transition with its audit entry.

        `besides` changes attributes of the row that an order does not have.
        """
        order = transition.before
        entry = AuditEntry(
            order_number=order.order_number,
            sequence=order.version + 1,
            at=now,
            by=self._by,
            change=transition.change,
            reason=transition.reason,
            seen=transition.seen,
            previous_hash=order.audit_hash,
        )
        moved = [OrderRow.version.set(order.version + 1), OrderRow.audit_hash.set(entry.hash)]
        try:
            with self._transaction() as t:
                t.update(
                    OrderRow(order.order_number),
                    actions=[*written_by(transition), *besides, *moved],
                    condition=_unchanged(order),
                )
                t.save(audit_row(entry), condition=AuditRow.sequence.does_not_exist())
                yield t
        except TransactWriteError as error:
            current = self.get(order.order_number)
            if (current.version, current.status) != (order.version, order.status):
                raise OrderChanged(order.order_number) from error
            raise

    def _accept_payment(
        self, t: TransactWrite, order: Order, decision: Decision, now: datetime
    ) -> None:
        payment, checkout = decision.payment, decision.checkout
        if payment is None or checkout is None:
            return
        t.save(
            PaymentRow(
                payment.id or checkout.id,
                order_number=order.order_number,
                checkout_id=checkout.id,
                amount=order.total.amount if payment.amount is None else payment.amount,
                currency=payment.currency or order.total.currency,
                merchant_code=order.merchant_code,
                transaction_code=payment.code,
                accepted_at=now,
            ),
            condition=PaymentRow.transaction_id.does_not_exist(),
        )
        t.update(
            CheckoutRow(checkout.id),
            actions=[CheckoutRow.status.set(checkout.status), CheckoutRow.seen_at.set(now)],
            condition=CheckoutRow.order_number == order.order_number,
        )

    @staticmethod
    def obstacles(
        order: Order, decision: Decision, tickets: Sequence[Ticket], mails: Sequence[Mail]
    ) -> None:
        """Raise what keeps an order from being completed, if anything does; as `complete`."""
        payment, checkout = decision.payment, decision.checkout
        if payment and checkout:
            key = payment.id or checkout.id
            owner = owner_of(key)
            if owner and owner != order.order_number:
                raise PaymentClaimed(key, order.order_number, owner)
        if not order.holds_seats and not _seats_left(order):
            raise SeatsGone(order.order_number)
        if _exist(TicketRow, [t.ticket_id for t in tickets]) or _exist(
            MailRow, [m.mail_id for m in mails]
        ):
            raise AlreadyIssued(order.order_number)

    @staticmethod
    def _take_seats(t: TransactWrite, order: Order) -> None:
        for sku, wanted in order.seats.items():
            t.update(
                TicketTypeRow(order.event_id, sku),
                actions=[TicketTypeRow.available.set(TicketTypeRow.available - wanted)],
                condition=TicketTypeRow.available >= wanted,
            )


def _unchanged(order: Order) -> Condition:
    same_version: Condition = OrderRow.version == order.version
    both: Condition = same_version & (OrderRow.status == order.status.value)
    return both


def _existing_tickets(order: Order) -> list[str]:
    rows = TicketRow.batch_get(list(ticket_ids(order)), consistent_read=True)
    return [row.ticket_id for row in rows if row.order_number == order.order_number]


def _sold(order: Order) -> dict[str, int]:
    """Return the order's seats of ticket types that still exist."""
    return {sku: n for sku, n in order.seats.items() if _ticket_type(order.event_id, sku)}


def _free_seats(t: TransactWrite, order: Order, held: Mapping[str, int]) -> None:
    for sku, seats in held.items():
        t.update(
            TicketTypeRow(order.event_id, sku),
            actions=[TicketTypeRow.available.set(TicketTypeRow.available + seats)],
        )


def _put_mails(t: TransactWrite, mails: Sequence[Mail]) -> None:
    for mail in mails:
        t.save(mail_row(mail), condition=MailRow.mail_id.does_not_exist())


def _exist(model: type[TicketRow] | type[MailRow], keys: Sequence[str]) -> bool:
    return any(True for _ in model.batch_get(list(keys), consistent_read=True))


def _seats_left(order: Order) -> bool:
    return all(_available(order.event_id, sku) >= wanted for sku, wanted in order.seats.items())


def _available(event_id: str, sku: str) -> int:
    row = _ticket_type(event_id, sku)
    return int(row.available) if row else 0


def _ticket_type(event_id: str, sku: str) -> TicketTypeRow | None:
    try:
        return TicketTypeRow.get(event_id, sku, consistent_read=True)
    except DoesNotExist:
        return None
