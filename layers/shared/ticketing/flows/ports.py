"""What the flows need from outside, by role. The adapters fulfil these protocols, as do test fakes.

mypy checks both wherever a flow is built. The adapters document the methods.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:  # otherwise every function would load the modules of all flows
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from ticketing.audit.order_snapshot import OrderSnapshot, StoredMail, Unreadable
    from ticketing.audit.reading import (
        Bookmark,
        Claim,
        OrderReading,
        Page,
        Place,
        Stage,
        Suspicion,
        UnknownClaim,
    )
    from ticketing.audit.seats import SeatsLeft
    from ticketing.doors.admission import Admission, Correction
    from ticketing.doors.device import Device
    from ticketing.doors.digest import Listed
    from ticketing.doors.digest import Page as PageOfTickets
    from ticketing.doors.digest import Place as PlaceInList
    from ticketing.doors.log import Row as LogRow
    from ticketing.emails.mail import Mail
    from ticketing.emails.reminder import Bookmark as Reminding
    from ticketing.emails.reminder import Place as NextOrders
    from ticketing.errors import (
        PaymentProviderError,
        UnknownOrganiser,
        UnreadableMail,
        UnreadableOrder,
    )
    from ticketing.events.catalogue import Listing, StoredEvent
    from ticketing.events.event import Event, RefundPolicy, TicketType
    from ticketing.orders.basket import Repeated, Request
    from ticketing.orders.limits import Allowance, Allowances
    from ticketing.orders.order import Delivery, Order, ReviewedOrder, Work, WorkItem
    from ticketing.orders.refund import Consequence, PartRefund, Refund, RefundStatus
    from ticketing.organisers.invitation import SignIn
    from ticketing.organisers.organiser import Organiser, Seal, SealedTokens
    from ticketing.payments.checkout_result import CheckoutRecord, CheckoutResult, CheckoutSeen
    from ticketing.payments.decision import Decision
    from ticketing.payments.payment import Checkout, Merchant, TokenGrant, Transaction
    from ticketing.reconciliation.payment_pair import LedgerPayment
    from ticketing.reconciliation.statement import Entry, Payout
    from ticketing.reports.rows import Rows
    from ticketing.reports.sales import Paid
    from ticketing.tickets.details import Details
    from ticketing.tickets.ticket import Ticket

Clock = Callable[[], datetime]
TimeLeft = Callable[[], float]
"""Returns the seconds until Lambda ends the function."""


class ReadsOrders(Protocol):
    """Find orders."""

    def get(self, order_number: str) -> Order: ...
    def of_email(self, email: str) -> tuple[str, ...]: ...
    def completed_of(self, email: str, limit: int) -> tuple[str, ...]: ...
    def uncompleted_of(self, email: str, limit: int) -> tuple[str, ...]: ...
    def completed_for(self, event_id: str) -> Iterator[Order]: ...
    def reviewed_since(self, since: datetime) -> tuple[ReviewedOrder, ...]: ...
    def with_refunds(self, *statuses: RefundStatus) -> Iterator[Order | UnreadableOrder]: ...


class BooksChecks(Protocol):
    """Book checks and attempts to pay, so that there are not too many."""

    def book_check(self, order: Order, at: datetime) -> bool: ...
    def unbook_check(self, order: Order, at: datetime) -> None: ...
    def book_attempt(self, order: Order, now: datetime) -> bool: ...


class ReadsCheckouts(ReadsOrders, Protocol):
    """Read orders and our records of their checkouts."""

    def records(self, order: Order) -> tuple[CheckoutRecord, ...] | None: ...


class KeepsCheckouts(Protocol):
    """Record which checkouts an order has."""

    def records(self, order: Order) -> tuple[CheckoutRecord, ...] | None: ...
    def order_of(self, checkout_id: str) -> str | None: ...
    def adopt(self, order: Order, checkouts: Sequence[Checkout], now: datetime) -> None: ...
    def retry_payment(
        self, order: Order, reference: str, seen: CheckoutSeen, now: datetime
    ) -> None: ...


class OrdersOfCheckouts(ReadsOrders, Protocol):
    """Find the order of a checkout."""

    def order_of(self, checkout_id: str) -> str | None: ...


class PlacesOrders(ReadsOrders, KeepsCheckouts, BooksChecks, Protocol):
    """Store new orders, each request once."""

    def requested(self, key: str) -> Repeated | None: ...
    def place(
        self, order: Order, request: Request, allowances: Allowances | None = None
    ) -> None: ...


class PlacesByOperator(ReadsOrders, BooksChecks, Protocol):
    """Store orders that an operator places, each request once."""

    def requested(self, key: str) -> Repeated | None: ...
    def place(
        self,
        order: Order,
        request: Request | None = None,
        allowances: Allowances | None = None,
        reason: str = "",
    ) -> None: ...


class SellsAtDoor(PlacesByOperator, Protocol):
    """Store orders that are sold at the door, with their payment and tickets."""

    def payment_owner(self, transaction_id: str) -> str | None: ...
    def obstacles(
        self, order: Order, decision: Decision, tickets: Sequence[Ticket], mails: Sequence[Mail]
    ) -> None: ...
    def complete(
        self,
        order: Order,
        decision: Decision,
        tickets: Sequence[Ticket],
        mails: Sequence[Mail],
        now: datetime,
    ) -> None: ...


class FindsTransactions(Protocol):
    """Find a payment of an account by the code that SumUp prints for people."""

    def transaction_of(self, organiser: Organiser, code: str) -> Transaction | None: ...


class GivesOrdersUp(ReadsOrders, KeepsCheckouts, BooksChecks, Protocol):
    """Close the orders that buyers give up."""

    def close(
        self, order: Order, decision: Decision, mails: Sequence[Mail], now: datetime
    ) -> None: ...


class SettlesOrders(ReadsOrders, KeepsCheckouts, Protocol):
    """Write what was decided about an order."""

    def postpone(self, order: Order, decision: Decision, now: datetime) -> None: ...
    def complete(
        self,
        order: Order,
        decision: Decision,
        tickets: Sequence[Ticket],
        mails: Sequence[Mail],
        now: datetime,
    ) -> None: ...
    def review(
        self, order: Order, decision: Decision, mails: Sequence[Mail], now: datetime
    ) -> None: ...
    def close(
        self, order: Order, decision: Decision, mails: Sequence[Mail], now: datetime
    ) -> None: ...
    def obstacles(
        self, order: Order, decision: Decision, tickets: Sequence[Ticket], mails: Sequence[Mail]
    ) -> None: ...


class RefundsOrders(ReadsOrders, KeepsCheckouts, Protocol):
    """Write where the refund of an order stands."""

    def payment_owner(self, transaction_id: str) -> str | None: ...
    def note_refund(self, order: Order, refund: Refund, reason: str, now: datetime) -> None: ...
    def settle_refund(
        self,
        order: Order,
        refund: Refund,
        consequence: Consequence,
        reason: str,
        mails: Sequence[Mail],
        now: datetime,
    ) -> None: ...
    def settle_part(
        self, order: Order, part: PartRefund, reason: str, mails: Sequence[Mail], now: datetime
    ) -> None: ...


class VoidsTickets(ReadsOrders, Protocol):
    """Make tickets void without giving money back."""

    def void_tickets(
        self,
        order: Order,
        ticket_ids: Sequence[str],
        mails: Sequence[Mail],
        reason: str,
        now: datetime,
    ) -> None: ...


class ReissuesTickets(ReadsOrders, Protocol):
    """Replace tickets by others with another code."""

    def reissue(
        self,
        order: Order,
        old: Ticket,
        new: Ticket,
        mails: Sequence[Mail],
        reason: str,
        now: datetime,
    ) -> None: ...


class VoidsOrders(SettlesOrders, Protocol):
    """Settle the orders of a cancelled event."""

    def void(self, order: Order, note: str, mails: Sequence[Mail], now: datetime) -> None: ...


class MailsTickets(ReadsOrders, KeepsCheckouts, Protocol):
    """Write what sending mails changes about an order."""

    def note_tickets(self, order_number: str, revision: int) -> None: ...
    def send_again(self, order: Order, mail: Mail, now: datetime) -> None: ...
    def replay(
        self, order: Order, before: Mail, mail: Mail, delivery: Delivery | None, now: datetime
    ) -> None: ...


class TakesRefundRequests(ReadsOrders, Protocol):
    """Note that buyers ask for their money back."""

    def ask_refund(self, order: Order, now: datetime) -> None: ...


class ChangesAddresses(ReadsOrders, Protocol):
    """Write the addresses that buyers give for their orders."""

    def change_address(
        self,
        order: Order,
        email: str,
        mails: Sequence[Mail],
        allowance: Allowance | None,
        now: datetime,
    ) -> None: ...


class WorkIndex(ReadsOrders, Protocol):
    """Find the orders that are due, and move them in the work index."""

    def due(self, work: Work, until: datetime, limit: int) -> Iterator[WorkItem]: ...
    def nominate(self, item: WorkItem, until: datetime, next_check_at: datetime) -> bool: ...
    def reschedule(self, order: Order, work: Work, now: datetime) -> bool: ...
    def unreported(self, created_until: datetime) -> Iterator[str]: ...
    def mark_stuck(self, orders: Sequence[Order], mail: Mail, now: datetime) -> bool: ...


class NamesOrders(Protocol):
    """List the orders that still name their buyer."""

    def naming_buyers(self, until: datetime) -> Iterator[str]: ...


class KeepsLinks(Protocol):
    """Keep order tokens, each with its order number."""

    def keep(self, links: Iterable[tuple[str, str]], now: datetime) -> int: ...


class FollowsEvents(ReadsOrders, Protocol):
    """Note a new start of their event on orders."""

    def note_event(self, order: Order, starts_at: datetime) -> None: ...


class UpcomingOrders(Protocol):
    """Find the orders of events that begin soon, and keep how far their buyers were reminded."""

    def page(
        self, since: datetime, until: datetime, place: NextOrders | None
    ) -> tuple[tuple[str, ...], NextOrders | None]: ...
    def bookmark(self) -> Reminding | None: ...
    def keep(self, bookmark: Reminding, now: datetime) -> None: ...


class ErasesBuyers(FollowsEvents, NamesOrders, Protocol):
    """Erase buyers from their orders."""

    def erase(self, order: Order, reason: str, now: datetime) -> None: ...
    def forget_requests(self, order_number: str) -> None: ...
    def finish_erasure(self, order_number: str) -> None: ...


class LostRequests(Protocol):
    """Keep the requests for lost tickets, one a day for each address."""

    def keep(self, email: str, now: datetime) -> str | None: ...
    def address(self, key: str) -> str | None: ...
    def finish(self, key: str) -> None: ...
    def forget(self, email: str) -> None: ...


class Outbox(Protocol):
    """Read mails, and add each mail at most once."""

    def get(self, mail_id: str) -> Mail: ...
    def has(self, mail_id: str) -> bool: ...
    def of_order(self, order_number: str) -> tuple[Mail, ...]: ...
    def mentioning(self, address: str) -> Iterator[Mail | UnreadableMail]: ...
    def add_once(self, mail: Mail) -> bool: ...


class MailAttempts(Outbox, Protocol):
    """Attempt to send a mail, and record how that ended."""

    def claim(self, mail_id: str, attempt_id: str, now: datetime) -> Mail | None: ...
    def release(self, mail: Mail, problem: str, next_attempt_at: datetime) -> None: ...
    def keep_unknown(self, mail: Mail, problem: str) -> None: ...
    def give_up(self, mail: Mail, problem: str, now: datetime) -> None: ...
    def withdraw(self, mail: Mail, problem: str) -> None: ...
    def record_sent(self, mail: Mail, message_id: str, archive_key: str, now: datetime) -> None: ...
    def record_event(self, before: Mail, now: Mail, sent_at: datetime) -> None: ...


class MailUpkeep(Outbox, Protocol):
    """Find mails that are due, make mails due again, and erase what mails contain."""

    def due(self, until: datetime, limit: int) -> Iterator[str]: ...
    def reschedule(self, mail: Mail, now: datetime) -> bool: ...
    def put_back(self, before: Mail, mail: Mail) -> None: ...
    def erase(self, mail: Mail) -> bool: ...


class Queue(Protocol):
    """Queue orders to be verified, or mails to be sent; returns the names that were not queued."""

    def send(self, names: Sequence[str], *, wait_seconds: float = 0) -> list[str]: ...


class Letter(Protocol):
    """A message of a dead-letter queue."""

    @property
    def message_id(self) -> str: ...
    @property
    def body(self) -> str: ...


L = TypeVar("L", bound=Letter)


class DeadLetters(Protocol[L]):
    """A dead-letter queue."""

    def take(self, limit: int) -> Sequence[L]: ...
    def delete(self, letter: L) -> None: ...
    def give_back(self, letter: L) -> None: ...


class Mailer(Protocol):
    """Hand a mail to SES; returns SES's message id."""

    def send(self, message: bytes, recipient: str, tags: Mapping[str, str]) -> str: ...


class Archive(Protocol):
    """The bucket. The first body kept under a key stays, and `keep` returns it."""

    def keep(self, key: str, body: bytes, content_type: str) -> bytes: ...
    def find(self, key: str) -> bytes | None: ...
    def has(self, key: str) -> bool: ...
    def names(self, prefix: str) -> list[str]: ...
    def link(self, key: str, filename: str, seconds: int) -> str: ...
    def erase(self, prefix: str) -> int: ...


class Events(Protocol):
    """Read events, and mark those whose newest revision was announced."""

    def get(self, event_id: str) -> Event: ...
    def mark_announced(self, event: Event) -> None: ...


class EventKeys(Protocol):
    """Read the public keys that check the tickets of an event."""

    def public_keys(self, event_id: str) -> Mapping[str, bytes]: ...


class EventsWithKeys(Events, EventKeys, Protocol):
    """Read events with their keys."""


class CancelsEvents(Events, Protocol):
    """Cancel events for good, and note when all their orders are settled."""

    def cancel(self, event_id: str, policy: RefundPolicy, now: datetime) -> Event: ...
    def note_cancellation_done(self, event: Event, now: datetime) -> None: ...


class MovesEvents(Events, Protocol):
    """Move events to another time."""

    def move(self, before: Event, after: Event) -> bool: ...


class OrdersOfEvents(Protocol):
    """Read all orders of an event, with the names of rows that cannot be read."""

    def orders(self, event_id: str) -> Iterator[Rows[Order]]: ...


class EventRecords(Protocol):
    """Read everything about events, with the names of rows that cannot be read."""

    def events(self) -> Iterator[Rows[Event]]: ...
    def event(self, event_id: str) -> Rows[Event]: ...
    def ticket_types(
        self, event_id: str | None = None
    ) -> Iterator[Rows[tuple[str, TicketType]]]: ...
    def undecided(self) -> Iterator[Rows[Order]]: ...
    def tickets(self, event_id: str) -> Iterator[Rows[Ticket]]: ...
    def orders(self, event_id: str) -> Iterator[Rows[Order]]: ...
    def payments(self, transaction_ids: Iterable[str]) -> Rows[Paid]: ...


class SellsTickets(Events, Protocol):
    """Read events and their ticket types."""

    def ticket_types(self, event_id: str) -> tuple[TicketType, ...]: ...


class Catalogue(Protocol):
    """Import events and their ticket types."""

    def stored(self, event_id: str) -> StoredEvent | None: ...
    def write(self, planned: Sequence[tuple[Listing, StoredEvent | None]]) -> bool: ...


class Pictures(Protocol):
    """Read the pictures that a file names, and keep the sizes that pages show.

    `read` raises `ValueError` for a picture that does not exist.
    """

    def read(self, file: str) -> bytes: ...
    def keep(self, files: Mapping[str, bytes]) -> None: ...


class ListsEvents(Protocol):
    """Read events, those on sale, and their ticket types."""

    def get(self, event_id: str) -> Event: ...
    def on_sale(self, now: datetime) -> tuple[Event, ...]: ...
    def ticket_types(self, event_id: str) -> tuple[TicketType, ...]: ...


class SiteFiles(Protocol):
    """Read the site's event page, the template for pages of single events, and write files."""

    def shell(self) -> str: ...
    def put(self, name: str, content: bytes) -> None: ...


class Organisers(Protocol):
    """Read organisers, connect them, and record when they were checked."""

    def get(self, organiser_id: str) -> Organiser: ...
    def every(self) -> Iterator[Organiser]: ...
    def connect(
        self,
        organiser: Organiser,
        merchant_code: str,
        tokens: SealedTokens,
        news: Mail,
        now: datetime,
        *,
        sandbox: bool,
    ) -> bool: ...
    def note_health(self, organiser: Organiser, summary: str, now: datetime) -> bool: ...
    def note_reconciled(self, organiser_id: str, day: date) -> bool: ...


class ManagesOrganisers(Organisers, Protocol):
    """Change what operators decide about organisers."""

    def add(self, organiser: Organiser) -> bool: ...
    def rename(self, organiser_id: str, name: str) -> None: ...
    def set_look(self, organiser_id: str, colour: str, logo: str) -> None: ...


class SignIns(Protocol):
    """Read invitations, and keep the sign-ins that begin with them."""

    def invited(self, key: str, now: datetime) -> str | None: ...
    def begin(self, key: str, sign_in: SignIn, now: datetime) -> None: ...
    def finish(self, key: str, browser_key: str, now: datetime) -> SignIn | None: ...
    def spend(self, key: str, now: datetime) -> bool: ...


class Invitations(SignIns, Protocol):
    """Store invitations."""

    def invite(self, key: str, organiser_id: str, now: datetime) -> datetime: ...


class SignInGateway(Protocol):
    """Sign an organiser in at SumUp, and find out which account they granted."""

    def authorise_url(self, redirect_uri: str, state: str, verifier: str) -> str: ...
    def exchange(self, code: str, redirect_uri: str, verifier: str) -> TokenGrant: ...
    def memberships(self, token: str) -> tuple[str, ...]: ...
    def merchant(self, token: str, merchant_code: str) -> Merchant: ...
    def find_checkouts(self, token: str, reference: str) -> tuple[Checkout, ...]: ...


class Cipher(Protocol):
    """Encrypt an organiser's tokens."""

    def sealer(self, organiser_id: str) -> Seal: ...


class OpensCheckouts(Protocol):
    """Ask SumUp about an order's checkouts, and open or deactivate them."""

    def create_checkout(
        self, order: Order, description: str, return_url: str, redirect_url: str, now: datetime
    ) -> Checkout | PaymentProviderError | UnknownOrganiser: ...
    def find(
        self, order: Order, now: datetime
    ) -> tuple[Checkout, ...] | PaymentProviderError | UnknownOrganiser: ...
    def fetch_checkout(
        self, order: Order, record: CheckoutRecord, now: datetime
    ) -> CheckoutResult: ...
    def deactivate(self, order: Order, before: CheckoutSeen, now: datetime) -> CheckoutResult: ...


class PaymentGateway(OpensCheckouts, Protocol):
    """Ask SumUp about an order's payments too, and refund them."""

    def fetch_transaction(
        self, order: Order, seen: CheckoutSeen, now: datetime
    ) -> CheckoutSeen: ...
    def transaction(
        self, order: Order, transaction_id: str, now: datetime
    ) -> Transaction | PaymentProviderError: ...
    def refund(
        self, order: Order, transaction_id: str, amount: Decimal | None, now: datetime
    ) -> PaymentProviderError | None: ...


class AccountGateway(Protocol):
    """Read the statement of an organiser's SumUp account."""

    def history(self, organiser: Organiser, since: datetime, end: datetime) -> Iterator[Entry]: ...
    def transaction(self, organiser: Organiser, transaction_id: str) -> Transaction | None: ...
    def transaction_of(self, organiser: Organiser, code: str) -> Transaction | None: ...
    def payouts(self, organiser: Organiser, day: date) -> tuple[Payout, ...]: ...


class Payments(Protocol):
    """Read the payments that we accepted."""

    def accepted(
        self, merchant_code: str, since: datetime, end: datetime
    ) -> Iterator[LedgerPayment]: ...
    def get_all(self, transaction_ids: Iterable[str]) -> Mapping[str, LedgerPayment]: ...


class ReadsTickets(Protocol):
    """Read tickets."""

    def get_all(self, ticket_ids: Sequence[str]) -> tuple[Ticket, ...]: ...


class DoorTickets(Protocol):
    """Read the tickets of an event for its doors."""

    def get(self, ticket_id: str) -> Ticket | None: ...
    def page(self, event_id: str, place: PlaceInList | None) -> PageOfTickets: ...
    def every(self, event_id: str) -> Iterator[Listed]: ...


class CompletesList(Protocol):
    """Put tickets of before there were doors on the list of their event."""

    def fill(self, ticket: Ticket, at: datetime) -> None: ...


class PairsDoors(Protocol):
    """Register the keys of devices, and note what devices report."""

    def get(self, event_id: str, device_id: str) -> Device | None: ...
    def of_event(self, event_id: str) -> Sequence[Device]: ...
    def pair(self, device: Device, public_key: bytes, now: datetime) -> bool: ...
    def note_seen(
        self, device: Device, highest: int, waiting: int, not_ours: int, now: datetime
    ) -> None: ...
    def begin_search(self, device: Device, now: datetime) -> bool: ...


class ManagesDoors(Protocol):
    """Add devices, and revoke them."""

    def get(self, event_id: str, device_id: str) -> Device | None: ...
    def of_event(self, event_id: str) -> Sequence[Device]: ...
    def add(self, device: Device) -> bool: ...
    def revoke(self, device: Device, now: datetime) -> bool: ...


class DoorRecords(Protocol):
    """Read what there is of the doors of events, with the names of rows that cannot be read."""

    def devices(self, event_id: str) -> Rows[Device]: ...
    def log(self, event_id: str) -> Iterator[Rows[LogRow]]: ...


class AcceptsScans(Protocol):
    """Write beside the scans of a revoked device what an operator counts of them."""

    def accepted(self, event_id: str, scan: str) -> Admission | None: ...
    def accept(self, admission: Admission, ticket: Ticket | None, by: str) -> None: ...


class AdmissionLog(Protocol):
    """Write what became of scans, and use tickets up."""

    def entry(self, event_id: str, scan: str) -> Admission | None: ...
    def latest_correction(self, event_id: str, scan: str) -> Correction | None: ...
    def record(self, admission: Admission) -> bool: ...
    def record_clone(self, admission: Admission) -> None: ...
    def admit(self, admission: Admission, ticket: Ticket) -> None: ...
    def correct(self, admission: Admission, correction: Correction, ticket: Ticket) -> None: ...
    def of_device(self, event_id: str, device_id: str, after: int) -> Iterator[Admission]: ...


class ReadsDetails(Protocol):
    """Read what an order's tickets and mails are made of."""

    def of(self, order: Order) -> Details: ...
    def without_tickets(self, order: Order) -> Details: ...


class ReadsSnapshots(Protocol):
    """Read orders together with all rows that belong to them."""

    def orders(self, place: Place | None) -> Page[OrderSnapshot | Unreadable]: ...
    def look(self, order_number: str, rows: Sequence[str] = ()) -> OrderReading: ...
    def order(self, order_number: str) -> Order | Unreadable | None: ...


class AuditReader(ReadsSnapshots, Protocol):
    """Read every row for the audit, and remember where an audit stopped."""

    def suspects(self, stage: Stage, place: Place | None, now: datetime) -> Page[Suspicion]: ...
    def row(self, row: str) -> StoredMail | Unreadable | None: ...
    def seats_left(self) -> Iterator[SeatsLeft | Unreadable]: ...
    def claims(self, place: Place | None) -> Page[Claim | UnknownClaim]: ...
    def bookmark(self, now: datetime) -> Bookmark | None: ...
    def keep(self, bookmark: Bookmark | None, now: datetime) -> None: ...


class TrailReader(ReadsSnapshots, Protocol):
    """Read the entries of audit trails."""

    def sequences(self, order_number: str) -> tuple[int, ...]: ...
    def entries(self, place: Place | None) -> Page[tuple[str, int]]: ...
    def versions(self, order_numbers: Iterable[str]) -> dict[str, int]: ...


class PersonalRows(Protocol):
    """Read the rows that are about one person."""

    def of_order(self, order: Order) -> dict[str, list[dict[str, Any]]]: ...
    def mails(self, mail_ids: Iterable[str]) -> list[dict[str, Any]]: ...
