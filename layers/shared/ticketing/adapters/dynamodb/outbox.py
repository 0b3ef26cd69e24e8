"""The outbox: mails wait here, one try holds one at a time, and what became of it is recorded.

Rows are written together with the fact that causes them (see `orders.table`) or, where no order
changes, by `add_once`. A try that dies leaves its claim, which ends by itself.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import reduce
from operator import and_
from typing import Any

from pynamodb.attributes import Attribute
from pynamodb.exceptions import DoesNotExist, PutError, TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite
from tenacity import Retrying, stop_after_attempt, wait_random_exponential

from ticketing.adapters.dynamodb.mapping import (
    MAIL_WORK,
    delivery_said,
    mail_from,
    mail_put_back,
    mail_row,
    readable,
    set_or_remove,
)
from ticketing.adapters.dynamodb.models import MailRow, OrderRow, connection
from ticketing.adapters.dynamodb.retries import again, condition_failed, is_passing, was_cancelled
from ticketing.archive_keys import mail_key
from ticketing.emails import delivery_status
from ticketing.emails.address import mentions
from ticketing.emails.mail import LEASE, SETTLED, UNSETTLED, Mail, MailKind, MailStatus
from ticketing.errors import MailChanged, MailNotFound
from ticketing.orders.order import ERASED, Delivery

RECORD_TRIES = 4
DECIDED_BY = (
    "status",
    "attempt_id",
    "message_id",
    "delivered_at",
    "delayed_at",
    "failed_at",
    "complained_at",
)
"""What decides about an event of SES: unless all of it is as it was read, it is decided anew."""
CHANGED_BY_EVENTS = (*DECIDED_BY, "problem", "lease_until", "next_attempt_at")


class Outbox:
    """Mails by id; `mail_id` is what makes a fact be told once."""

    def __init__(self, region: str) -> None:
        """Use the tables of this region."""
        self._connection = connection(region)

    def get(self, mail_id: str) -> Mail:
        """Return the mail as it is now; raises `MailNotFound`."""
        try:
            return mail_from(MailRow.get(mail_id, consistent_read=True))
        except DoesNotExist as error:
            raise MailNotFound(mail_id) from error

    def has(self, mail_id: str) -> bool:
        """Return whether there is such a mail, whatever became of it."""
        try:
            self.get(mail_id)
        except MailNotFound:
            return False
        return True

    def add_once(self, mail: Mail) -> bool:
        """Store a mail unless its id is there already; say whether it is new."""
        try:
            again()(mail_row(mail).save, condition=MailRow.mail_id.does_not_exist())
        except PutError as error:
            if condition_failed(error):
                return False
            raise
        return True

    def due(self, until: datetime, limit: int) -> Iterator[str]:
        """Return the ids of mails whose next try is due, longest waiting first."""
        rows = MailRow.work_index.query(
            MAIL_WORK, MailRow.next_attempt_at <= until, limit=limit, page_size=min(limit, 500)
        )
        for row in readable(rows):
            yield row.mail_id

    def claim(self, mail: Mail, attempt_id: str, now: datetime) -> Mail | None:
        """Take the mail for one try; None if somebody else has it or it is not due (W7)."""
        lease_until = now + LEASE
        abandoned = mail.abandoned + (mail.status is MailStatus.SENDING)
        unclaimed = (MailRow.status == MailStatus.PENDING.value) & (
            (MailRow.attempts == 0) | (MailRow.next_attempt_at <= now)
        )
        left_behind = (MailRow.status == MailStatus.SENDING.value) & (MailRow.lease_until < now)
        claimed = self._update(
            mail.mail_id,
            [
                MailRow.status.set(MailStatus.SENDING.value),
                MailRow.attempt_id.set(attempt_id),
                MailRow.attempts.set(MailRow.attempts + 1),
                MailRow.abandoned.set(abandoned),
                MailRow.lease_until.set(lease_until),
                MailRow.next_attempt_at.set(lease_until),
            ],
            unclaimed | left_behind,
        )
        if not claimed and self.get(mail.mail_id).attempt_id != attempt_id:
            return None
        return replace(
            mail,
            status=MailStatus.SENDING,
            attempt_id=attempt_id,
            attempts=mail.attempts + 1,
            abandoned=abandoned,
            lease_until=lease_until,
        )

    def release(self, mail: Mail, problem: str, next_attempt_at: datetime) -> None:
        """Give the mail back after a try that certainly sent nothing."""
        self._update(
            mail.mail_id,
            [
                MailRow.status.set(MailStatus.PENDING.value),
                MailRow.problem.set(problem),
                MailRow.next_attempt_at.set(next_attempt_at),
                MailRow.lease_until.remove(),
            ],
            _held(mail),
        )

    def keep_unknown(self, mail: Mail, problem: str) -> None:
        """Note why nobody knows whether this try sent the mail; its lease goes on."""
        self._update(mail.mail_id, [MailRow.problem.set(problem)], _held(mail))

    def reschedule(self, mail: Mail, now: datetime) -> bool:
        """Put a waiting mail that fell out of the work index back, as due once nobody holds it.

        False, and nothing is written, if it moved on or is in the index already.
        """
        lost = MailRow.work_key.does_not_exist() | MailRow.next_attempt_at.does_not_exist()
        return self._update(
            mail.mail_id,
            [
                MailRow.work_key.set(MAIL_WORK),
                MailRow.next_attempt_at.set(max(now, mail.lease_until or now)),
            ],
            (MailRow.status == mail.status.value) & lost,
        )

    def of_order(self, order_number: str) -> tuple[Mail, ...]:
        """Return the mails about an order, oldest first; the newest may be missing for a moment."""
        ids = [row.mail_id for row in MailRow.order_index.query(order_number)]
        found = {
            row.mail_id: mail_from(row) for row in MailRow.batch_get(ids, consistent_read=True)
        }
        return tuple(found[i] for i in ids if i in found)

    def mentioning(self, address: str) -> Iterator[Mail]:
        """Yield the mails to an address, and alerts that name it; reads the whole table."""
        for row in readable(MailRow.scan(page_size=500)):
            mail = mail_from(row)
            if mentions(mail.recipient, address) or mentions(mail.body or "", address):
                yield mail

    def erase(self, mail: Mail) -> bool:
        """Put a fixed word where a mail's row names the buyer; False if it is still to be sent.

        What an alert said goes as a whole, since an alert names whomever it likes.
        """
        named = MailRow.body if mail.kind is MailKind.ALERT else MailRow.recipient
        return self._update(
            mail.mail_id,
            [named.set(ERASED), MailRow.problem.remove()],
            MailRow.status.is_in(*(status.value for status in SETTLED)),
        )

    def in_trouble(self) -> Iterator[Mail]:
        """Yield the mails that need a person; reads the whole table."""
        for row in readable(MailRow.scan(MailRow.status == MailStatus.PROBLEM.value)):
            yield mail_from(row)

    def put_back(self, before: Mail, mail: Mail) -> None:
        """Put a mail that is about no order back, to be tried again; raises `MailChanged`."""
        if not self._update(before.mail_id, *mail_put_back(before, mail)):
            raise MailChanged(before.mail_id)

    def give_up(self, mail: Mail, problem: str, now: datetime) -> None:
        """Stop trying: only a person can help. The order shows it."""
        self._settle(mail, Delivery.PROBLEM, now, {"problem": problem})

    def withdraw(self, mail: Mail, problem: str) -> None:
        """Stop trying for good: its tickets are void. The order says so if no mail left before."""
        actions: list[Action] = [
            MailRow.status.set(MailStatus.WITHDRAWN.value),
            MailRow.work_key.remove(),
            MailRow.next_attempt_at.remove(),
            MailRow.problem.set(problem),
        ]
        if mail.kind is MailKind.CONFIRMATION and mail.order_number:
            try:
                with TransactWrite(connection=self._connection) as t:
                    t.update(MailRow(mail.mail_id), actions=actions, condition=_held(mail))
                    t.update(
                        OrderRow(mail.order_number),
                        actions=[
                            *delivery_said(Delivery.WITHDRAWN),
                            OrderRow.delivery_mail.set(mail.mail_id),
                            OrderRow.delivery_reason.set(problem),
                        ],
                        condition=OrderRow.delivery == Delivery.PENDING.value,
                    )
            except TransactWriteError as error:
                if is_passing(error) or not was_cancelled(error):
                    raise
            else:
                return
        self._update(mail.mail_id, actions, _held(mail))

    def record_sent(self, mail: Mail, message_id: str, archive_key: str, now: datetime) -> None:
        """Record that SES took the mail, and on its order that the tickets left (W9).

        Tried several times: a mail that left and is not recorded will be sent again.
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
        """Record what an event of SES changed about a mail and, with it, about its order.

        `MailChanged` if they are not as they were read: then the event is decided anew.
        """
        takes_over = delivery_status.takes_over(before)
        try:
            about_order = self._order_news(now, sent_at, takes_over=takes_over)
            with TransactWrite(connection=self._connection) as t:
                t.update(
                    MailRow(now.mail_id),
                    actions=_event_actions(before, now, sent_at, takes_over=takes_over),
                    condition=_as_read(before),
                )
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
        """Return what the order says from now on; nothing of a mail that a newer one replaced."""
        if mail.kind is MailKind.ALERT or not mail.order_number:
            return None
        try:
            row = OrderRow.get(
                mail.order_number,
                consistent_read=True,
                attributes_to_get=["order_number", "delivery_mail"],
            )
        except DoesNotExist:
            return None
        actions: list[Action] = []
        if mail.kind is MailKind.CONFIRMATION:
            speaks = takes_over or row.delivery_mail in {None, mail.mail_id}
            if speaks:
                actions += _delivery(mail, sent_at, takes_over=takes_over)
        else:
            speaks = row.delivery_mail is None
        if speaks:
            actions.append(
                set_or_remove(OrderRow.delivery_reason, delivery_status.order_text(mail))
            )
        if mail.complained_at:
            actions.append(OrderRow.complained_at.set(mail.complained_at))
        if not actions:
            return None
        as_read = _is(OrderRow.delivery_mail, row.delivery_mail)
        return (
            OrderRow(mail.order_number),
            actions,
            OrderRow.order_number.exists() & as_read,
        )

    def _settle(self, mail: Mail, delivery: Delivery, now: datetime, facts: dict[str, str]) -> None:
        sent = delivery is Delivery.DELIVERED
        status = MailStatus.SENT if sent else MailStatus.PROBLEM
        actions = [
            MailRow.status.set(status.value),
            MailRow.work_key.remove(),
            MailRow.next_attempt_at.remove(),
            *(getattr(MailRow, name).set(value) for name, value in facts.items()),
            *([MailRow.sent_at.set(now), MailRow.problem.remove()] if sent else []),
        ]
        try:
            with TransactWrite(connection=self._connection) as t:
                t.update(MailRow(mail.mail_id), actions=actions, condition=_held(mail))
                if mail.kind is MailKind.CONFIRMATION and mail.order_number:
                    t.update(
                        OrderRow(mail.order_number),
                        actions=[
                            *delivery_said(delivery),
                            OrderRow.delivery_mail.set(mail.mail_id),
                            set_or_remove(OrderRow.delivery_reason, facts.get("problem")),
                            *([OrderRow.delivered_at.set(now)] if sent else []),
                        ],
                        condition=OrderRow.order_number.exists(),
                    )
        except TransactWriteError:
            if self.get(mail.mail_id).status in UNSETTLED:
                raise

    @staticmethod
    def _update(mail_id: str, actions: list[Action], condition: Condition) -> bool:
        try:
            again()(MailRow(mail_id).update, actions=actions, condition=condition)
        except UpdateError as error:
            if condition_failed(error):
                return False
            raise
        return True


def _held(mail: Mail) -> Condition:
    """Whoever holds the mail may write, unless an event of SES has settled it meanwhile."""
    held: Condition = MailRow.attempt_id == mail.attempt_id
    held &= MailRow.status == MailStatus.SENDING.value
    return held


def _as_read(mail: Mail) -> Condition:
    """Every mail has a status, so one that is gone is not as it was read either."""
    same = [_is(getattr(MailRow, name), getattr(mail, name)) for name in DECIDED_BY]
    return reduce(and_, same)


def _is(attribute: Attribute[Any], value: object) -> Condition:
    return attribute.does_not_exist() if value is None else attribute == value


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
    actions = [*delivery_said(delivery), OrderRow.delivery_mail.set(mail.mail_id)]
    if takes_over and delivery is Delivery.DELIVERED:
        actions.append(OrderRow.delivered_at.set(sent_at))
    return actions
