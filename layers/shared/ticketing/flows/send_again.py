"""Send an order's mails again: those that wait or were given up, else its tickets in a new one."""

from dataclasses import dataclass
from datetime import datetime

from ticketing.emails.delivery_status import WITH_TICKETS
from ticketing.emails.mail import NUDGE_GRACE, SETTLED, Mail, MailStatus
from ticketing.errors import NotReplayable
from ticketing.flows.replay_mail import Replay, ReplayMail
from ticketing.flows.resend_tickets import Resend, ResendForOperator
from ticketing.orders.buyer import folded
from ticketing.orders.order import Order


@dataclass(frozen=True)
class SentAgain:
    """The order as it was read, the mails that are due again, and the new one, if any."""

    order: Order
    put_back: tuple[Replay, ...] = ()
    new: Resend | None = None

    @property
    def with_tickets(self) -> Mail | None:
        """The mail that brings the tickets."""
        if self.new:
            return self.new.mail
        return next((r.mail for r in self.put_back if r.mail.kind in WITH_TICKETS), None)


@dataclass(frozen=True)
class SendAgain:
    """Sends an order's mails again. It is a dry run if `replay` is one."""

    replay: ReplayMail
    resend: ResendForOperator

    def __call__(self, order_number: str, to: str | None, now: datetime) -> SentAgain:
        """Put back mails that were not sent; if none of them has the tickets, send a new one.

        With `to`, only the tickets are sent, to that address, which becomes the order's. Raises
        what `ResendForOperator` raises, unless a mail was put back and there are no valid tickets.
        """
        order = self.replay.orders.get(order_number)
        put_back = () if to is not None else tuple(self._put_back(order, now))
        done = SentAgain(order, put_back)
        if done.with_tickets or (put_back and not order.admits):
            return done
        dry_run = self.replay.dry_run
        new = self.resend(order_number, to, now, dry_run=dry_run)
        return SentAgain(new.order, put_back, new)

    def _put_back(self, order: Order, now: datetime) -> list[Replay]:
        done = []
        for mail in self.replay.outbox.of_order(order.order_number):
            if _is_late(mail, now) and _is_wanted(order, mail):
                try:
                    done.append(self.replay.one(mail.mail_id, now))
                except NotReplayable:
                    continue  # it is being sent, or it came back: new tickets are sent instead
        return done


def _is_late(mail: Mail, now: datetime) -> bool:
    """Return whether the mail was given up, or has to wait longer than a new one would."""
    if mail.status in SETTLED:
        return mail.status is MailStatus.PROBLEM
    return mail.next_attempt_at is not None and mail.next_attempt_at > now + NUDGE_GRACE


def _is_wanted(order: Order, mail: Mail) -> bool:
    """Return whether the mail would be sent, and to the buyer's current address."""
    if not order.takes_mail or folded(mail.recipient) != order.customer.key:
        return False
    return order.admits or mail.kind not in WITH_TICKETS
