"""Record a sale at the door: paid at the organiser's terminal, or in cash.

SumUp is asked about the terminal's payment before anything is written. Then the order is placed,
and completed with its payment, tickets and mails in one transaction. After a crash in between, the
same command completes it; if nobody types that, it ends unpaid and its seats are free again.
"""

from dataclasses import dataclass, replace
from datetime import datetime

from ticketing.emails.mail import Mail, MailKind, to_buyer
from ticketing.errors import (
    AlreadyIssued,
    NotForHand,
    NotStorable,
    PaymentClaimed,
    PaymentProviderError,
    SeatsGone,
    UnknownOrganiser,
)
from ticketing.events.event import Event
from ticketing.flows.notify import Notifier
from ticketing.flows.optimistic import retry_on_conflict
from ticketing.flows.place_by_operator import place, placed_before
from ticketing.flows.ports import FindsTransactions, Organisers, SellsAtDoor, SellsTickets
from ticketing.flows.seller import merchant_of
from ticketing.observability import logger
from ticketing.orders.basket import Basket, new_order_number
from ticketing.orders.box_office import MOST_TIMES, door_order, refuse_shortage, request_of
from ticketing.orders.order import Order, OrderStatus, Origin
from ticketing.organisers.organiser import Organiser
from ticketing.payments.decision import Decision
from ticketing.payments.door_sale import objection, paid_at_terminal, paid_in_cash
from ticketing.tickets.ticket import Signer, issue


@dataclass(frozen=True)
class Sold:
    """The order as it was before its tickets were issued, or as it is if they were issued before.

    `decision` is None then. `earlier` are the orders of the same command.
    """

    order: Order
    decision: Decision | None = None
    mails: tuple[Mail, ...] = ()
    earlier: tuple[str, ...] = ()


@dataclass(frozen=True)
class SellAtDoor:
    """Records sales; with `dry_run` it asks and decides, and writes nothing.

    `real_money`: what a sandbox took pays for nothing.
    """

    orders: SellsAtDoor
    events: SellsTickets
    organisers: Organisers
    sumup: FindsTransactions
    signer: Signer
    notifier: Notifier
    real_money: bool
    dry_run: bool = False

    def __call__(
        self,
        basket: Basket,
        code: str | None,
        note: str,
        now: datetime,
        *,
        another: bool = False,
    ) -> Sold:
        """Sell these tickets, once unless `another` says once more; without a `code` for cash.

        Raises `EventNotFound`, `NotForHand`, `UnknownOrganiser` and `TooManyAtOnce`.
        """
        event = self.events.get(basket.event_id)
        origin = Origin.TERMINAL if code else Origin.CASH
        requests = [
            request_of(basket, origin, times, event, code or "")
            for times in range(1, MOST_TIMES + 1)
        ]
        earlier = tuple(placed_before(self.orders, requests))
        if len(earlier) == MOST_TIMES:
            raise NotForHand(event.event_id, f"this was sold {MOST_TIMES} times already")
        known = self._unfinished(earlier, another=another)
        if known and known.status is OrderStatus.COMPLETED:
            return Sold(known, earlier=earlier)
        order = known or self._new(basket, event, origin, now)
        if event.cancelled:
            raise NotForHand(event.event_id, "this event is cancelled")
        decision = self._decision(order, code, note)
        if known is None:
            if self.dry_run:
                refuse_shortage(basket, self.events.ticket_types(basket.event_id))
                return Sold(order, decision, self._mails(order, now), earlier)
            request, reason = requests[len(earlier)], f"sell-at-door: {note}"
            order = place(self.orders, self.events, order, basket, request, reason)
        return replace(self._complete(order, decision, now), earlier=earlier)

    def _unfinished(self, earlier: tuple[str, ...], *, another: bool) -> Order | None:
        """Return the order that this command goes on with: one that was interrupted comes first."""
        found = [self.orders.get(number) for number in earlier]
        open_still = [o for o in found if o.status is not OrderStatus.COMPLETED]
        if open_still:
            return open_still[0]
        return None if another or not found else found[0]

    def _new(self, basket: Basket, event: Event, origin: Origin, now: datetime) -> Order:
        kinds = self.events.ticket_types(basket.event_id)
        merchant_code, number = merchant_of(event, self.organisers), new_order_number()
        return door_order(basket, event, kinds, merchant_code, number, origin, now)

    def _decision(self, order: Order, code: str | None, note: str) -> Decision:
        """Return the decision to issue; SumUp has to show all of a terminal's payment."""
        if code is None:
            return paid_in_cash(note)
        organiser = self.organisers.get(order.organiser_id)
        self._refuse_sandbox(order, organiser)
        try:
            found = self.sumup.transaction_of(organiser, code)
        except (PaymentProviderError, UnknownOrganiser) as error:
            text = f"SumUp could not be asked about {code}, so nothing was written: {error}"
            raise NotForHand(order.event_id, text) from error
        problem = objection(order, found)
        if problem or found is None:
            text = f"transaction {code} does not pay for this: {problem}"
            raise NotForHand(order.event_id, text)
        owner = self.orders.payment_owner(found.id or "")
        if owner and owner != order.order_number:
            raise _claimed(order, code, owner)
        return paid_at_terminal(found, note)

    def _refuse_sandbox(self, order: Order, organiser: Organiser) -> None:
        if self.real_money and organiser.sandbox:
            raise NotForHand(order.event_id, "the organiser's merchant is a sandbox: no real money")
        if organiser.merchant_code != order.merchant_code:
            text = f"the organiser has another merchant now than {order.merchant_code}"
            raise NotForHand(order.event_id, text)

    def _complete(self, placed: Order, decision: Decision, now: datetime) -> Sold:
        """Issue the tickets; who completed the order meanwhile did the same."""

        def complete(order: Order) -> Sold:
            if order.status is OrderStatus.COMPLETED:
                return Sold(order)
            if self.events.get(order.event_id).cancelled:
                raise NotForHand(order.event_id, "this event is cancelled")
            mails, tickets = self._mails(order, now), issue(order, self.signer)
            try:
                if self.dry_run:
                    self.orders.obstacles(order, decision, tickets, mails)
                else:
                    self.orders.complete(order, decision, tickets, mails, now)
            except PaymentClaimed as error:
                raise _claimed(order, error.transaction_id, error.owner) from error
            except SeatsGone as error:
                text = "its seats were sold since; make room with `events import`, and try again"
                raise NotForHand(order.event_id, text) from error
            except (AlreadyIssued, NotStorable) as error:
                raise NotForHand(order.event_id, f"{error}; see `audit`") from error
            if not self.dry_run:
                self.notifier.queue(mails)
                logger.info("sold at the door", order=order.order_number)
            return Sold(order, decision, mails)

        return retry_on_conflict(self.orders, placed.order_number, complete)

    @staticmethod
    def _mails(order: Order, now: datetime) -> tuple[Mail, ...]:
        return (to_buyer(order, MailKind.CONFIRMATION, now),)


def _claimed(order: Order, code: str, owner: str) -> NotForHand:
    return NotForHand(order.event_id, f"transaction {code} bought the tickets of order {owner}")
