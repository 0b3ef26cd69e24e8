"""The outbox: mails wait here, one attempt at a time holds a mail, and the outcome is recorded.

Mails are written in the transaction of the change that causes them (see `orders`) or, if no order
changes, by `add_once`. If a worker dies, the lease of its attempt expires.
"""

from datetime import datetime
from functools import reduce
from operator import and_

from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite
from tenacity import Retrying, stop_after_attempt, wait_random_exponential

from ticketing.adapters.dynamodb.mail_queries import MailQueries
from ticketing.adapters.dynamodb.mapping import (
    MAIL_WORK,
    delivery_changes,
    mail_from,
    mail_put_back,
    mail_row,
)
from ticketing.adapters.dynamodb.models import MailRow, OrderRow, connection
from ticketing.adapters.dynamodb.retries import (
    again,
    changed_if,
    condition_failed,
    is_passing,
    update_if,
    was_cancelled,
)
from ticketing.adapters.dynamodb.rows import equals, set_or_remove
from ticketing.archive_keys import mail_key
from ticketing.emails import delivery_status
from ticketing.emails.mail import LEASE, SETTLED, UNSETTLED, Mail, MailKind, MailStatus
from ticketing.errors import MailChanged
from ticketing.orders.buyer import folded
from ticketing.orders.order import ERASED, Delivery

RECORD_TRIES = 4
DECIDED_BY = (
    "status",
    "attempt_id",
    "message_id",
    "delivered_at",
    "delayed_at",
    "returned_at",
    "failed_at",
    "complained_at",
)
"""What the decision about an event from SES depends on: if one of these changes, that conflicts."""
CHANGED_BY_EVENTS = (*DECIDED_BY, "problem", "lease_until", "next_attempt_at")


class Outbox(MailQueries):
    """Mails by id. The id follows from what a mail is about, so that there is only one about it."""

    def add_once(self, mail: Mail) -> bool:
        """Store a mail unless its id exists; return whether it was new."""
        try:
            again()(mail_row(mail).save, condition=MailRow.mail_id.does_not_exist())
        except PutError as error:
            if condition_failed(error):
                return False
            raise
        return True

    def claim(self, mail_id: str, attempt_id: str, now: datetime) -> Mail | None:
        """Claim a mail for one attempt; None if it is claimed, sent, or postponed.

        Raises `MailNotFound`.
        """
        unclaimed = (MailRow.status == MailStatus.PENDING) & (
            (MailRow.attempts == 0) | (MailRow.next_attempt_at <= now)
        )
        claim = _claim(attempt_id, now)
        mail = _take(mail_id, claim, unclaimed) or self.get(mail_id)
        if mail.is_left_behind(now):
            another = MailRow.abandoned.set(mail.abandoned + 1)
            mail = _take(mail_id, [*claim, another], _held(mail)) or self.get(mail_id)
        # The mail is also ours if the answer to our write was lost and the SDK repeated it.
        return mail if mail.attempt_id == attempt_id else None

    def release(self, mail: Mail, problem: str, next_attempt_at: datetime) -> None:
        """Give the mail back after an attempt that certainly sent nothing."""
        update_if(
            MailRow(mail.mail_id),
            [
                MailRow.status.set(MailStatus.PENDING),
                MailRow.problem.set(problem),
                MailRow.next_attempt_at.set(next_attempt_at),
                MailRow.lease_until.remove(),
            ],
            _held(mail),
        )

    def keep_unknown(self, mail: Mail, problem: str) -> None:
        """Store why the outcome of this attempt is unknown. Its lease continues."""
        update_if(MailRow(mail.mail_id), [MailRow.problem.set(problem)], _held(mail))

    def reschedule(self, mail: Mail, now: datetime) -> bool:
        """Put an unsent mail that is missing from the work index back, due once its lease ends.

        Returns False, with nothing written, if its status changed or it is in the index.
        """
        lost = MailRow.work_key.does_not_exist() | MailRow.next_attempt_at.does_not_exist()
        return update_if(
            MailRow(mail.mail_id),
            [
                MailRow.work_key.set(MAIL_WORK),
                MailRow.next_attempt_at.set(max(now, mail.lease_until or now)),
            ],
            (MailRow.status == mail.status) & lost,
        )

    def erase(self, mail: Mail) -> bool:
        """Replace whatever names the buyer; False if the mail is still to be sent.

        The text of an alert is replaced as a whole, since it may name the buyer anywhere.
        """
        named = MailRow.body if mail.kind is MailKind.ALERT else MailRow.recipient
        return update_if(
            MailRow(mail.mail_id),
            [named.set(ERASED), MailRow.problem.remove()],
            MailRow.status.is_in(*SETTLED),
        )

    def put_back(self, before: Mail, mail: Mail) -> None:
        """Make a mail that belongs to no order due again; raises `MailChanged`."""
        if not update_if(MailRow(before.mail_id), *mail_put_back(before, mail)):
            raise MailChanged(before.mail_id)

    def give_up(self, mail: Mail, problem: str, now: datetime) -> None:
        """Stop trying: only a person can help, as the order's row says from then on."""
        self._settle(mail, Delivery.PROBLEM, now, {"problem": problem})

    def withdraw(self, mail: Mail, problem: str) -> None:
        """Withdraw a mail. If its tickets are void and were never sent, note that on the order.

        Any other order has another mail, to the address that it has by now.
        """
        actions: list[Action] = [
            MailRow.status.set(MailStatus.WITHDRAWN),
            MailRow.work_key.remove(),
            MailRow.next_attempt_at.remove(),
            MailRow.problem.set(problem),
        ]
        if mail.kind is MailKind.CONFIRMATION and mail.order_number:
            try:
                with TransactWrite(connection=connection()) as t:
                    t.update(MailRow(mail.mail_id), actions=actions, condition=_held(mail))
                    t.update(
                        OrderRow(mail.order_number),
                        actions=[
                            *delivery_changes(Delivery.WITHDRAWN, mail.mail_id),
                            OrderRow.delivery_reason.set(problem),
                        ],
                        condition=(OrderRow.delivery == Delivery.PENDING)
                        & OrderRow.voided_at.exists(),
                    )
            except TransactWriteError as error:
                if is_passing(error) or not was_cancelled(error):
                    raise
            else:
                return
        update_if(MailRow(mail.mail_id), actions, _held(mail))

    def record_sent(self, mail: Mail, message_id: str, archive_key: str, now: datetime) -> None:
        """Record that SES accepted the mail, and on its order that the tickets were sent.

        This is retried, because a mail that was sent without a record will be sent again.
        """
        facts = {"message_id": message_id, "archive_key": archive_key}
        for attempt in Retrying(
            stop=stop_after_attempt(RECORD_TRIES),
            wait=wait_random_exponential(multiplier=0.1, max=2),
            reraise=True,
        ):
            with attempt:
                self._settle(mail, Delivery.DELIVERED, now, facts)

    def record_event(self, before: Mail, now: Mail, sent_at: datetime) -> None:
        """Record what an event from SES changes about a mail and its order.

        Raises `MailChanged` if they have changed since they were read.
        """
        takes_over, row = delivery_status.takes_over(before), MailRow(now.mail_id)
        changes = _event_actions(before, now, sent_at, takes_over=takes_over)
        if not delivery_status.concerns_order(before, now):
            if not update_if(row, changes, _as_read(before)):
                raise MailChanged(now.mail_id)
            return
        try:
            about_order = self._order_news(now, sent_at, takes_over=takes_over)
            with TransactWrite(connection=connection()) as t:
                t.update(row, actions=changes, condition=_as_read(before))
                if about_order:
                    order, actions, condition = about_order
                    t.update(order, actions=actions, condition=condition)
        except TransactWriteError as error:
            if was_cancelled(error):
                raise MailChanged(now.mail_id) from error
            raise

    @staticmethod
    def _order_news(
        mail: Mail, sent_at: datetime, *, takes_over: bool
    ) -> tuple[OrderRow, list[Action], Condition] | None:
        """Return the update of the order's row, if this mail is the one that it shows.

        What happened at an address that the order no longer has says nothing about the new one.
        """
        if mail.kind is MailKind.ALERT or not mail.order_number:
            return None
        try:
            row = OrderRow.get(
                mail.order_number,
                consistent_read=True,
                attributes_to_get=["order_number", "delivery_mail", "customer_email"],
            )
        except DoesNotExist:
            return None
        actions: list[Action] = []
        is_its_address = row.customer_email == folded(mail.recipient)
        if mail.kind is MailKind.CONFIRMATION:
            speaks = takes_over or row.delivery_mail in {None, mail.mail_id}
            if speaks:
                actions += _delivery(mail, sent_at, takes_over=takes_over)
        else:
            speaks = row.delivery_mail is None and is_its_address
        if speaks:
            actions.append(
                set_or_remove(OrderRow.delivery_reason, delivery_status.order_text(mail))
            )
        if mail.complained_at and is_its_address:
            actions.append(OrderRow.complained_at.set(mail.complained_at))
        if not actions:
            return None
        as_read = equals(OrderRow.customer_email, row.customer_email)
        as_read &= equals(OrderRow.delivery_mail, row.delivery_mail)
        return OrderRow(mail.order_number), actions, as_read

    def _settle(self, mail: Mail, delivery: Delivery, now: datetime, facts: dict[str, str]) -> None:
        sent = delivery is Delivery.DELIVERED
        status = MailStatus.SENT if sent else MailStatus.PROBLEM
        actions = [
            MailRow.status.set(status),
            MailRow.work_key.remove(),
            MailRow.next_attempt_at.remove(),
            *(getattr(MailRow, name).set(value) for name, value in facts.items()),
            *([MailRow.sent_at.set(now), MailRow.problem.remove()] if sent else []),
        ]
        try:
            with TransactWrite(connection=connection()) as t:
                t.update(MailRow(mail.mail_id), actions=actions, condition=_held(mail))
                if mail.kind is MailKind.CONFIRMATION and mail.order_number:
                    t.update(
                        OrderRow(mail.order_number),
                        actions=[
                            *delivery_changes(delivery, mail.mail_id),
                            set_or_remove(OrderRow.delivery_reason, facts.get("problem")),
                            *([OrderRow.delivered_at.set(now)] if sent else []),
                        ],
                        condition=OrderRow.order_number.exists(),
                    )
        except TransactWriteError:
            if self.get(mail.mail_id).status in UNSETTLED:
                raise


def _claim(attempt_id: str, now: datetime) -> list[Action]:
    lease_until = now + LEASE
    return [
        MailRow.status.set(MailStatus.SENDING),
        MailRow.attempt_id.set(attempt_id),
        MailRow.attempts.set(MailRow.attempts + 1),
        MailRow.lease_until.set(lease_until),
        MailRow.next_attempt_at.set(lease_until),
    ]


def _take(mail_id: str, changes: list[Action], condition: Condition) -> Mail | None:
    taken = changed_if(MailRow(mail_id), changes, condition)
    return None if taken is None else mail_from(MailRow.from_raw_data(taken))


def _held(mail: Mail) -> Condition:
    """Require that this attempt still holds the mail, and no event from SES has settled it."""
    held: Condition = equals(MailRow.attempt_id, mail.attempt_id)
    held &= MailRow.status == MailStatus.SENDING
    return held


def _as_read(mail: Mail) -> Condition:
    """Require the mail as it was read. As it had a status, this fails for a row that is gone."""
    same = [equals(getattr(MailRow, name), getattr(mail, name)) for name in DECIDED_BY]
    return reduce(and_, same)


def _event_actions(before: Mail, now: Mail, sent_at: datetime, *, takes_over: bool) -> list[Action]:
    changed = [name for name in CHANGED_BY_EVENTS if getattr(now, name) != getattr(before, name)]
    actions = [set_or_remove(getattr(MailRow, name), getattr(now, name)) for name in changed]
    if takes_over:
        key = mail_key(now.order_number, now.mail_id)
        actions += [
            MailRow.work_key.remove(),
            MailRow.sent_at.set(sent_at),
            MailRow.archive_key.set(key),
        ]
    return actions


def _delivery(mail: Mail, sent_at: datetime, *, takes_over: bool) -> list[Action]:
    delivery = Delivery.PROBLEM if mail.failed_at else Delivery.DELIVERED
    actions = delivery_changes(delivery, mail.mail_id)
    if takes_over and delivery is Delivery.DELIVERED:
        actions.append(OrderRow.delivered_at.set(sent_at))
    return actions
