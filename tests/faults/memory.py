"""The whole shop in memory and in virtual time: the real flows on the fakes, call after call.

`deployment.py` has the same on moto, where a run takes a second; here it takes a millisecond, so
that thousands of random histories can be lived through. Adapters are not on trial here.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tests.faults.chaos import Chaos, Meanwhile, Trouble, Unreachable, breaking, unreachable
from tests.faults.plan import Died, Fault
from tests.faults.till import Till
from tests.support.builders import NOW, a_brand, a_notifier, a_signer, an_access, an_event
from tests.support.fake_ledger import AuditReader
from tests.support.fake_orders import Cancelled, Orders, Tables
from tests.support.fakes import (
    Archive,
    Cipher,
    Events,
    LostRequests,
    Mailer,
    OrderDetails,
    Organisers,
    Outbox,
    Queue,
    Tickets,
    UpcomingOrders,
)
from ticketing.adapters.sumup.account_gateway import AccountGateway
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.adapters.sumup.tokens import OrganiserTokens
from ticketing.emails import delivery_status
from ticketing.emails.delivery_events import MAIL_TAG, mail_id_of
from ticketing.emails.lost_request import is_lost_request
from ticketing.emails.mail import LEASE, Mail, MailKind
from ticketing.errors import (
    DailyQuotaSpent,
    PaymentProviderUnavailable,
    SendingPaused,
    SendOutcomeUnknown,
    SendRejected,
    SendThrottled,
    TicketingError,
)
from ticketing.events.catalogue import Offer, StoredEvent, dated
from ticketing.events.event import Event, TicketType
from ticketing.flows.audit_orders import AuditOrders
from ticketing.flows.audit_report import AuditReport
from ticketing.flows.change_address import ChangeAddress
from ticketing.flows.checkout_api import CheckoutApi, Placed
from ticketing.flows.compose_mail import ComposeMail
from ticketing.flows.decide_order import DecideOrder
from ticketing.flows.deliver_tickets import DeliverTickets, Outcome
from ticketing.flows.draw_tickets import DrawTickets
from ticketing.flows.erase_buyers import EraseBuyers
from ticketing.flows.find_look import FindLook
from ticketing.flows.give_tickets import Given, GiveTickets
from ticketing.flows.give_up_order import GiveUpOrder
from ticketing.flows.lost_tickets import AskForLostTickets, SendLostTickets
from ticketing.flows.order_page import OrderPage
from ticketing.flows.plan_refund import Wish
from ticketing.flows.read_statement import ReadStatement
from ticketing.flows.reconcile_day import ReconcileDay
from ticketing.flows.reconcile_payments import ReconcilePayments
from ticketing.flows.record_email_event import RecordEmailEvent
from ticketing.flows.refresh_connections import RefreshConnections
from ticketing.flows.refund_part import RefundPart
from ticketing.flows.refund_payment import RefundPayment
from ticketing.flows.reissue_ticket import ReissueTicket
from ticketing.flows.remind_buyers import RemindBuyers
from ticketing.flows.request_check import RequestCheck
from ticketing.flows.resend_tickets import ResendForOperator, ResendTickets, SendLinks
from ticketing.flows.review_order import ReviewOrder
from ticketing.flows.scan_orders import ScanOrders
from ticketing.flows.sumup_webhook import SumUpWebhook
from ticketing.flows.verify_payment import VerifyPayment
from ticketing.flows.void_tickets import VoidTickets
from ticketing.money import Money
from ticketing.orders.basket import Basket
from ticketing.orders.buyer import folded
from ticketing.orders.limits import Limits
from ticketing.orders.order import ReviewedOrder, Work, WorkItem
from ticketing.organisers.organiser import Connection, Organiser, SealedTokens
from ticketing.payments.part_refunding import Share
from ticketing.reconciliation.consequences import Policies
from ticketing.reconciliation.payment_pair import LedgerPayment

ORGANISER = "jersey-live"
PRICES = {"general": Decimal("15.00"), "free": Decimal("0.00")}
SEATS = {"general": 9, "free": 3}
NEWS = Mail("shop#alert#connected", MailKind.ALERT, "alerts@example.com", created_at=NOW)
WINDOW, STUCK_AFTER = timedelta(hours=2), timedelta(minutes=30)
HOLD = timedelta(minutes=20)
ENOUGH_TIME, MUCH_WORK = 1000.0, 1000
REMEMBERED = 20
"""How many writes old an index may be."""


class Ses(StrEnum):
    """How SES is today."""

    WELL = "takes every mail"
    SILENT = "takes every mail, and no answer comes back"
    DOWN = "takes none, and no answer comes back"
    SLOW = "asks to slow down"
    QUOTA = "has no quota left"
    PAUSED = "has paused the account"
    REJECTS = "rejects every mail"


REFUSALS = {
    Ses.DOWN: SendOutcomeUnknown("ReadTimeoutError"),
    Ses.SLOW: SendThrottled("TooManyRequestsException"),
    Ses.QUOTA: DailyQuotaSpent("Daily message quota exceeded"),
    Ses.PAUSED: SendingPaused("SendingPausedException"),
    Ses.REJECTS: SendRejected("MessageRejected"),
}


@dataclass(frozen=True)
class Glance:
    """How an index is seen: so many writes old, without the rows whose bit is set in `hidden`."""

    lag: int = 0
    hidden: int = 0


@dataclass
class Buyer:
    """A buyer: the basket, the key it was sent with, and what was answered."""

    basket: Basket
    key: str
    order_number: str = ""
    token: str = ""
    pages: list[str] = field(default_factory=list)
    """The checkouts whose payment pages the buyer was shown."""


class Post(Mailer):
    """SES; `wrongs` are mails it took although they were known, or may have been known, to be out.

    A mail may leave twice only if nobody could write down that it left, and then not before the
    claim of the first try has run out.
    """

    def __init__(self, shop: "MemoryShop") -> None:
        super().__init__()
        self._shop = shop
        self.mood = Ses.WELL
        self.took: dict[str, datetime] = {}
        self.known: set[str] = set()
        self.wrongs: list[str] = []

    def send(self, message: bytes, recipient: str, tags: Any) -> str:  # noqa: ANN401  # as in `Mailer`
        if self.mood in REFUSALS:
            raise REFUSALS[self.mood]
        message_id = super().send(message, recipient, tags)
        self._note(mail_id_of(tags[MAIL_TAG]) or "")
        if self.mood is Ses.SILENT:
            raise SendOutcomeUnknown("ReadTimeoutError")
        return message_id

    def _note(self, mail_id: str) -> None:
        now = self._shop.now
        if mail_id in self.known:
            self.wrongs.append(f"{mail_id} was known to have left, and left again")
        if mail_id in self.took and now < self.took[mail_id] + LEASE:
            self.wrongs.append(f"{mail_id} left twice within {LEASE}")
        self.took[mail_id] = now


class Catalogue(Events):
    """The events tables; what is left of each ticket type is in the tables' counters."""

    def __init__(self, tables: Tables, capacity: Mapping[tuple[str, str], int]) -> None:
        super().__init__(replace(an_event(), starts_at=NOW + timedelta(days=8)))
        self.tables, self.capacity = tables, capacity
        self.offers = {
            sku: Offer(sku, sku.title(), Money(price, "GBP"), 0) for sku, price in PRICES.items()
        }

    def ticket_types(self, event_id: str) -> tuple[TicketType, ...]:
        return tuple(
            TicketType(
                available=self.tables.available[event_id, sku],
                **asdict(offer) | {"price": offer.price, "capacity": self.capacity[event_id, sku]},
            )
            for sku, offer in self.offers.items()
        )

    def take_in(self, event: Event, offers: Iterable[Offer], now: datetime) -> None:
        """Import other terms of sale, and only these."""
        before = self.rows[event.event_id]
        types = {kind.sku: kind for kind in self.ticket_types(event.event_id)}
        self.rows[event.event_id] = dated(event, before, now)
        self.offers = {offer.sku: dated(offer, types[offer.sku], now) for offer in offers}

    @property
    def sold(self) -> StoredEvent:
        """The event with its ticket types, as the audit reads them."""
        (event,) = self.rows.values()
        return StoredEvent(event, {k.sku: k for k in self.ticket_types(event.event_id)})


class Lagging(Orders):
    """The orders table, whose indexes are behind: they show what was so some writes ago."""

    def __init__(self, shop: "MemoryShop") -> None:
        super().__init__(shop.tables)
        self._shop = shop

    def due(self, work: Work, until: datetime, limit: int) -> Iterator[WorkItem]:
        return self._seen(Orders(self._shop.past).due(work, until, limit))

    def unreported(self, created_until: datetime) -> Iterator[str]:
        return self._seen(Orders(self._shop.past).unreported(created_until))

    def reviewed_since(self, since: datetime) -> tuple[ReviewedOrder, ...]:
        return Orders(self._shop.past).reviewed_since(since)

    def completed_of(self, email: str, limit: int) -> tuple[str, ...]:
        return Orders(self._shop.past).completed_of(email, limit)

    def uncompleted_of(self, email: str, limit: int) -> tuple[str, ...]:
        return Orders(self._shop.past).uncompleted_of(email, limit)

    def _seen(self, rows: Iterator[Any]) -> Iterator[Any]:
        return (row for at, row in enumerate(rows) if not self._shop.glance.hidden >> at & 1)


class LaggingOutbox(Outbox):
    """The mails table, likewise."""

    def __init__(self, shop: "MemoryShop") -> None:
        super().__init__(shop.tables)
        self._shop = shop

    def due(self, until: datetime, limit: int) -> Iterator[str]:
        rows = Outbox(self._shop.past).due(until, limit)
        return (row for at, row in enumerate(rows) if not self._shop.glance.hidden >> at & 1)

    def record_sent(self, mail: Mail, message_id: str, archive_key: str, now: datetime) -> None:
        super().record_sent(mail, message_id, archive_key, now)
        self._shop.post.known.add(mail.mail_id)

    def record_event(self, before: Mail, now: Mail, sent_at: datetime) -> None:
        super().record_event(before, now, sent_at)
        self._shop.post.known.add(now.mail_id)


class Payments:
    """The payments table: who accepted what, with what SumUp says of it and its order's time."""

    def __init__(self, tables: Tables, till: Till) -> None:
        self.tables, self.till = tables, till

    def accepted(
        self, merchant_code: str, since: datetime, end: datetime
    ) -> Iterator[LedgerPayment]:
        every = self.get_all(self.tables.payments).values()
        ours = (one for one in every if one.merchant_code == merchant_code)
        yield from (one for one in ours if since <= one.accepted_at < end)

    def get_all(self, transaction_ids: Iterable[str]) -> Mapping[str, LedgerPayment]:
        known = self.tables.payments
        return {key: self._booked(key, known[key]) for key in transaction_ids if key in known}

    def _booked(self, key: str, number: str) -> LedgerPayment:
        order, paid = self.tables.orders[number], self.till.transactions[key]
        return LedgerPayment(
            transaction_id=key,
            order_number=number,
            checkout_id=order.paid_checkout_id or "",
            merchant_code=order.merchant_code,
            amount=Money(paid.amount or order.total.amount, paid.currency or order.total.currency),
            accepted_at=order.settled_at or order.created_at,
            code=paid.code,
        )


class MemoryShop:
    """The shop: tables, SumUp, SES, two queues, and the functions; `now` is every clock."""

    def __init__(self) -> None:
        self.now = NOW
        self.tables, self.post, self.till = Tables(), Post(self), Till(NOW)
        self.capacity = {(an_event().event_id, sku): seats for sku, seats in SEATS.items()}
        self.tables.available.update(self.capacity)
        self.verifications, self.deliveries = Queue(), Queue()
        self.lost_requests = LostRequests()
        self.outbox = LaggingOutbox(self)
        self.organisers, self.archive = Organisers(), Archive()
        self.glance = Glance()
        self._past: deque[Tables] = deque(maxlen=REMEMBERED)
        self._act: Callable[[Meanwhile], None] = lambda _: None
        self.chaos = Chaos(self._act_meanwhile)
        self._wire()
        self._connect_first()

    # Time

    def wait(self, delta: timedelta) -> None:
        """Let time pass."""
        self.now += delta
        self.till.now = self.now

    @property
    def past(self) -> Tables:
        """Return the tables as an index shows them now."""
        self._past.append(self._snapshot())
        return self._past[max(len(self._past) - 1 - self.glance.lag, 0)]

    def remember(self) -> None:
        """Keep the tables as they are, for an index that is behind."""
        self._past.append(self._snapshot())

    # The functions

    def invoke(
        self,
        call: Callable[[], Any],
        trouble: Trouble | None = None,
        meanwhile: Callable[[Meanwhile], None] = lambda _: None,
    ) -> Any:  # noqa: ANN401  # a flow's answer
        """Run a flow as a function does; returns what it answers, or how it failed.

        `Died` and the errors we know are results. Anything else is a mistake and is raised.
        """
        before, self._act = self._act, meanwhile
        self.wait(timedelta(milliseconds=1))
        try:
            with self.chaos.running(trouble):
                return call()
        except (Died, Unreachable, Cancelled, TicketingError) as failure:
            return failure
        finally:
            self._act = before
            self.remember()

    def order(self, buyer: Buyer, **trouble: Any) -> None:  # noqa: ANN401  # as `invoke` takes it
        """Press the button: the basket becomes an order, and the buyer sees the payment page."""
        basket, key = buyer.basket, buyer.key
        placed = self.invoke(lambda: self.api.order(basket, key, self.now), **trouble)
        if isinstance(placed, Placed):
            buyer.order_number = placed.order.order_number
            buyer.token = an_access().token(buyer.order_number)
            self._shown(buyer, placed)

    def give(self, buyer: Buyer, **trouble: Any) -> None:  # noqa: ANN401  # handed on to `invoke`
        """Let an operator give somebody what the basket says."""
        given = self.invoke(lambda: self.gifts(buyer.basket, "in words", self.now), **trouble)
        if isinstance(given, Given):
            buyer.order_number = given.order.order_number
            buyer.token = an_access().token(buyer.order_number)

    def pay_again(self, buyer: Buyer, **trouble: Any) -> None:  # noqa: ANN401  # handed on to `invoke`
        """Begin another attempt to pay."""
        number = buyer.order_number
        placed = self.invoke(lambda: self.api.pay_again(number, self.now), **trouble)
        if isinstance(placed, Placed):
            self._shown(buyer, placed)

    def give_up(self, buyer: Buyer, **trouble: Any) -> None:  # noqa: ANN401  # handed on to `invoke`
        """Give an order up."""
        self.invoke(lambda: self.give_up_order(buyer.order_number, self.now), **trouble)

    def look(self, buyer: Buyer, **trouble: Any) -> None:  # noqa: ANN401  # handed on to `invoke`
        """Open the order's page."""

        def show() -> object:
            order = self.page.find(buyer.order_number, buyer.token)
            self.api.visit(order, self.now)
            return self.page.show(order, self.now)

        self._shown(buyer, self.invoke(show, **trouble))

    def resend(self, buyer: Buyer, **trouble: Any) -> None:  # noqa: ANN401  # handed on to `invoke`
        """Have the mail sent again, by the order's page or by the address."""

        def send() -> None:
            self.page.resend(self.page.find(buyer.order_number, buyer.token), self.now)

        self.invoke(send, **trouble)

    def change(self, buyer: Buyer, email: str, **trouble: Any) -> Any:  # noqa: ANN401  # handed on to `invoke`
        """Give an order another address, on its page."""

        def change() -> None:
            self.page.find(buyer.order_number, buyer.token)
            self.change_address(buyer.order_number, email, self.now)

        return self.invoke(change, **trouble)

    def resend_by_hand(self, buyer: Buyer, to: str | None, **trouble: Any) -> None:  # noqa: ANN401  # handed on to `invoke`
        """Let an operator send the tickets again, to another address if they know a better one."""
        self.invoke(lambda: self.resend_for_operator(buyer.order_number, to, self.now), **trouble)

    def resend_lost(self, buyer: Buyer, **trouble: Any) -> None:  # noqa: ANN401  # handed on to `invoke`
        """Say that all tickets of an address are lost."""
        self.invoke(lambda: self.ask_for_lost_tickets(buyer.basket.email, self.now), **trouble)

    def erase(self, buyer: Buyer, **trouble: Any) -> None:  # noqa: ANN401  # handed on to `invoke`
        """Let an operator erase a buyer who insists."""
        email = buyer.basket.email
        self.invoke(
            lambda: self.erase_buyers.of_person(
                email, "they asked", self.now, even_before_the_event=True
            ),
            **trouble,
        )

    def decide(self, order_number: str, what: str, **trouble: Any) -> Any:  # noqa: ANN401  # handed on to `invoke`
        """Let a person `approve`, `reject` or `cancel` an order."""
        decision = getattr(self.decisions, what)
        return self.invoke(lambda: decision(order_number, "in words", self.now), **trouble)

    def refund(
        self,
        order_number: str,
        transaction_id: str | None = None,
        *,
        again: bool = False,
        **trouble: Any,  # noqa: ANN401  # handed on to `invoke`
    ) -> Any:  # noqa: ANN401  # whatever the call answers
        """Let a person give an order's money back."""
        wish = Wish("in words", transaction_id, again)
        return self.invoke(lambda: self.refunds(order_number, wish, self.now), **trouble)

    def refund_part(
        self,
        order_number: str,
        share: Share,
        *,
        again: bool = False,
        **trouble: Any,  # noqa: ANN401  # handed on to `invoke`
    ) -> Any:  # noqa: ANN401  # whatever the call answers
        """Let a person give a part of an order's money back."""
        wish = Wish("in words", again=again)
        return self.invoke(lambda: self.parts(order_number, share, wish, self.now), **trouble)

    def make_void(self, order_number: str, ticket_ids: tuple[str, ...], **trouble: Any) -> Any:  # noqa: ANN401  # handed on to `invoke`
        """Let a person make tickets void."""
        return self.invoke(
            lambda: self.voiding(order_number, ticket_ids, "in words", self.now), **trouble
        )

    def reissue(self, ticket_id: str, holder: str | None, **trouble: Any) -> Any:  # noqa: ANN401  # handed on to `invoke`
        """Let a person issue a ticket anew."""
        return self.invoke(
            lambda: self.reissuing(ticket_id, "in words", self.now, holder), **trouble
        )

    def notify(self, body: bytes, **trouble: Any) -> None:  # noqa: ANN401  # handed on to `invoke`
        """Let SumUp, or somebody who says so, send a webhook."""
        self.invoke(lambda: self.webhook(body, self.now), **trouble)

    def scan(self, **trouble: Any) -> None:  # noqa: ANN401  # handed on to `invoke`
        """Let the schedule fire."""
        self.invoke(lambda: self.scan_orders(self.now, lambda: ENOUGH_TIME), **trouble)

    def remind(self, **trouble: Any) -> None:  # noqa: ANN401  # handed on to `invoke`
        """Let the hourly reminders run."""
        self.invoke(lambda: self.remind_buyers(lambda: self.now, lambda: ENOUGH_TIME), **trouble)

    def verify(self, order_number: str, **trouble: Any) -> Any:  # noqa: ANN401  # handed on to `invoke`
        """Verify one order."""
        return self.invoke(lambda: self.verify_payment(order_number, self.now), **trouble)

    def deliver(self, name: str, **trouble: Any) -> Any:  # noqa: ANN401  # handed on to `invoke`
        """Do what one message of the delivery queue asks for."""
        if not is_lost_request(name):
            return self._deliver(name, **trouble)
        mails = self.invoke(lambda: self.send_lost_tickets(name, self.now), **trouble)
        for mail_id in mails if isinstance(mails, list) else ():
            self._deliver(mail_id)
        return mails

    def _deliver(self, mail_id: str, **trouble: Any) -> Any:  # noqa: ANN401  # handed on to `invoke`
        """Try to send one mail; one that left is written down unless something broke.

        None goes to an address that was not the order's any more before the attempt.
        """
        before, was_void = len(self.post.sent), self._brings_void_tickets(mail_id)
        was_outdated = self._has_another_address(mail_id)
        was_pointless = self._reminds_of_nothing(mail_id)
        outcome = self.invoke(lambda: self.deliver_tickets(mail_id, self.now), **trouble)
        left = {mail_id_of(sent.tags[MAIL_TAG]) for sent in self.post.sent[before:]}
        assert not (was_void and mail_id in left), f"{mail_id} left with void tickets"
        assert not (was_outdated and mail_id in left), f"{mail_id} left to another address"
        assert not (was_pointless and mail_id in left), f"{mail_id} reminds of nothing"
        is_left = mail_id in left
        is_silent = self.post.mood is Ses.SILENT or outcome is Outcome.UNKNOWN
        if is_left and not is_silent and not isinstance(outcome, BaseException):
            assert mail_id in self.post.known, f"{mail_id} left, and nobody wrote it down"
        return outcome

    def tell(self, notification: str, **trouble: Any) -> None:  # noqa: ANN401  # handed on to `invoke`
        """Let SES tell what became of a mail."""
        self.invoke(lambda: self.record_email_event(notification, self.now), **trouble)

    def audit(self, **trouble: Any) -> AuditReport | None:  # noqa: ANN401  # handed on to `invoke`
        """Audit everything."""
        report = self.invoke(
            lambda: self.audit_orders(lambda: self.now, lambda: ENOUGH_TIME), **trouble
        )
        return report if isinstance(report, AuditReport) else None

    def refresh(self, **trouble: Any) -> None:  # noqa: ANN401  # handed on to `invoke`
        """Look at the organiser's connection, as every night."""
        try:
            self.invoke(
                lambda: self.refresh_connections(lambda: self.now, lambda: ENOUGH_TIME), **trouble
            )
        except ExceptionGroup as group:
            if group.split((Unreachable, TicketingError))[1]:
                raise

    def reconcile(self, **trouble: Any) -> None:  # noqa: ANN401  # handed on to `invoke`
        """Compare with SumUp, as every night."""
        try:
            self.invoke(
                lambda: self.reconcile_payments.nightly(lambda: self.now, lambda: ENOUGH_TIME),
                **trouble,
            )
        except ExceptionGroup as group:
            if group.split((Unreachable, Cancelled, TicketingError))[1]:
                raise

    def tick(self, every: timedelta = timedelta(minutes=5)) -> None:
        """Later: the schedule, and what follows."""
        self.wait(every)
        self.scan()
        while self.verifications.sent or self.deliveries.sent:
            for number in self._take_all(self.verifications):
                self.verify(number)
            for mail_id in self._take_all(self.deliveries):
                self.deliver(mail_id)

    def reconnect(self) -> None:
        """Let the organiser agree at SumUp once more."""
        grant, cipher = self.till.consent(), Cipher()
        sealed = SealedTokens(
            cipher.sealer(ORGANISER)(grant.access_token),
            self.now + timedelta(seconds=grant.expires_in),
            cipher.sealer(ORGANISER)(grant.refresh_token or ""),
        )
        row = self.organisers.get(ORGANISER)
        assert self.organisers.connect(row, "MC0001", sealed, NEWS, self.now, sandbox=False)

    # ------------------------------------------------------------------------------ inside

    def _wire(self) -> None:
        def aws(inner: Any) -> Any:  # noqa: ANN401  # any adapter
            return breaking(inner, self.chaos, unreachable)

        def queue(inner: Queue) -> Queue:
            return breaking(inner, self.chaos, lambda _, names: list(names[0]))

        brand, access = a_brand(), an_access()
        orders, outbox = aws(Lagging(self)), aws(self.outbox)
        catalogue = self.catalogue = Catalogue(self.tables, self.capacity)
        events, archive = aws(catalogue), aws(self.archive)
        organisers = aws(self.organisers)
        sumup = breaking(self.till, self.chaos, _silence)
        tokens = OrganiserTokens(organisers, aws(Cipher()), sumup, sleep=lambda _: None)
        inquiry = OrderGateway(sumup, tokens)
        verifications, deliveries = queue(self.verifications), queue(self.deliveries)
        notifier, storing = a_notifier(outbox, deliveries), a_notifier(outbox)
        request_check = RequestCheck(orders, verifications)
        self.api = CheckoutApi(
            orders,
            events,
            organisers,
            inquiry,
            request_check,
            access,
            brand,
            payment_window=WINDOW,
            hold=HOLD,
            limits=Limits(),
        )
        self.gifts = GiveTickets(orders, events, organisers, request_check, WINDOW)
        self.give_up_order = GiveUpOrder(orders, inquiry, request_check)
        self.change_address = ChangeAddress(orders, outbox, deliveries, Limits())
        resend = ResendTickets(outbox, deliveries)
        requests = aws(self.lost_requests)
        self.ask_for_lost_tickets = AskForLostTickets(requests, deliveries)
        resend_lost, send_links = ResendTickets(outbox), SendLinks(outbox)
        self.send_lost_tickets = SendLostTickets(requests, orders, resend_lost, send_links)
        self.page = OrderPage(
            orders, events, resend, archive, access, brand, aws(Tickets(self.tables))
        )
        self.resend_for_operator = ResendForOperator(orders, outbox, deliveries)
        self.webhook = SumUpWebhook(orders, request_check)
        self.scan_orders = ScanOrders(
            orders=orders,
            outbox=outbox,
            verifications=verifications,
            deliveries=deliveries,
            notifier=notifier,
            limit=MUCH_WORK,
            stuck_after=STUCK_AFTER,
        )
        self.verify_payment = VerifyPayment(
            orders=orders,
            decide=DecideOrder(orders, inquiry, events),
            signer=a_signer(),
            notifier=notifier,
        )
        self.decisions = ReviewOrder(orders, inquiry, notifier, a_signer(), events)
        self.refunds = RefundPayment(orders, inquiry, notifier)
        self.parts = RefundPart(orders, inquiry, notifier)
        self.voiding = VoidTickets(orders, notifier)
        self.reissuing = ReissueTicket(orders, aws(Tickets(self.tables)), a_signer(), notifier)
        find_look = FindLook(archive)
        self.deliver_tickets = DeliverTickets(
            outbox=outbox,
            compose=ComposeMail(
                orders,
                events,
                aws(OrderDetails(self.tables, catalogue, self.organisers)),
                DrawTickets(archive, storing, brand, find_look),
                find_look,
                access,
                brand,
            ),
            archive=archive,
            mailer=breaking(self.post, self.chaos, _no_answer),
            notifier=storing,
        )
        kept = timedelta(days=180)
        self.erase_buyers = EraseBuyers(orders, outbox, archive, events, requests, kept)
        self.record_email_event = RecordEmailEvent(outbox, storing)
        audit_reader = aws(AuditReader(self.tables, self.capacity))
        upcoming = aws(UpcomingOrders(self.tables))
        self.remind_buyers = RemindBuyers(upcoming, orders, events, outbox, enabled=True)
        self.audit_orders = AuditOrders(audit_reader, orders, outbox, notifier)
        account = AccountGateway(sumup, tokens, lambda: self.now)
        payments = aws(Payments(self.tables, self.till))
        self.reconcile_payments = ReconcilePayments(
            organisers=organisers,
            reconcile_day=ReconcileDay(
                read=ReadStatement(account, payments, orders),
                orders=orders,
                archive=archive,
                policies=Policies(),
                notifier=notifier,
            ),
            notifier=notifier,
        )
        self.refresh_connections = RefreshConnections(organisers, tokens.keep, notifier)

    def _brings_void_tickets(self, mail_id: str) -> bool:
        mail = self.tables.mails.get(mail_id)
        order = self.tables.orders.get(mail.order_number or "") if mail else None
        with_tickets = mail is not None and mail.kind in delivery_status.WITH_TICKETS
        return with_tickets and order is not None and order.voided_at is not None

    def _has_another_address(self, mail_id: str) -> bool:
        """Whether a mail with tickets or a link is not addressed to who has the order now."""
        mail = self.tables.mails.get(mail_id)
        order = self.tables.orders.get(mail.order_number or "") if mail else None
        if mail is None or order is None or mail.kind is MailKind.ALERT:
            return False
        is_notice = mail.kind is MailKind.ADDRESS_CHANGED
        return order.customer.key != folded(mail.recipient) and not is_notice

    def _reminds_of_nothing(self, mail_id: str) -> bool:
        """Whether a mail is a reminder to nobody, of void tickets, or of what has begun."""
        mail = self.tables.mails.get(mail_id)
        if mail is None or mail.kind is not MailKind.REMINDER:
            return False
        order, event = self.tables.orders[mail.order_number or ""], self.catalogue.sold.event
        is_over = event.cancelled or event.starts_at <= self.now
        return is_over or order.customer.is_erased or not order.admits

    def _act_meanwhile(self, what: Meanwhile) -> None:
        self._act(what)

    def _connect_first(self) -> None:
        self.organisers.put(
            Organiser(
                organiser_id=ORGANISER,
                merchant_code="MC0001",
                connection=Connection.INVITED,
                sandbox=False,
                token_version=0,
                access_token=None,
                access_expires_at=None,
                refresh_token=None,
                name="Jersey Live Ltd",
                currency="GBP",
            )
        )
        self.reconnect()

    def _snapshot(self) -> Tables:
        return Tables(orders=dict(self.tables.orders), mails=dict(self.tables.mails))

    def _shown(self, buyer: Buyer, answer: Any) -> None:  # noqa: ANN401  # with a checkout, or not
        checkout = getattr(answer, "checkout", None)
        if checkout and checkout.checkout_id not in buyer.pages:
            buyer.pages.append(checkout.checkout_id)

    @staticmethod
    def _take_all(queue: Queue) -> Sequence[str]:
        taken, queue.sent[:] = list(queue.sent), []
        return taken


def _silence(_: Fault, __: tuple[Any, ...]) -> None:
    """SumUp does not answer."""
    raise PaymentProviderUnavailable("no answer in time")


def _no_answer(fault: Fault, _: tuple[Any, ...]) -> None:
    """SES took nothing, or nobody knows."""
    if fault is Fault.LOST:
        raise SendOutcomeUnknown("ReadTimeoutError")
    raise SendThrottled("EndpointConnectionError")
