"""An order: what was bought, for how much, and which changes of status are legal."""

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from ticketing.errors import NotDecidable, UnreadableOrder
from ticketing.events.event import EVENT_ID
from ticketing.language import Language
from ticketing.money import Money
from ticketing.orders.buyer import folded
from ticketing.orders.reason import Reason
from ticketing.orders.refund import PartRefund, Refund, RefundStatus

ORDER_NUMBER = re.compile(r"[A-Z0-9]{2,8}-[A-Z0-9]{3,12}")
TICKET_ID = re.compile(
    rf"(?P<first>(?P<order_number>{ORDER_NUMBER.pattern})-[0-9]{{2}})(?:-R(?P<times>[1-9][0-9]?))?"
)
"""`ORD-ABC123-01`, or `ORD-ABC123-01-R2` after it was issued anew twice."""
PAYMENT_WINDOW = timedelta(hours=2)
"""How long a buyer has to pay unless the deployment says otherwise."""
MAX_TICKETS = 50
"""The most tickets in an order: with its other rows they must fit into one DynamoDB transaction of
100 writes."""
MAX_REISSUES = 40
"""How often the tickets of an order may be issued anew: erasing the buyer changes the rows of
replaced tickets as well as those of current ones, in one such transaction."""
MAX_PARTS = 50
"""The most partial refunds of an order."""


ERASED = "erased"
"""Replaces the name and address of an erased buyer; no address is spelled like this."""


class OrderStatus(StrEnum):
    """The status of an order. Administrators read the values in the console."""

    PENDING = "pending_verification"
    COMPLETED = "completed"
    FAILED = "failed"
    EXPIRED = "expired"
    REVIEW = "requires_manual_review"


class Delivery(StrEnum):
    """The delivery status of an order's tickets; `withdrawn`: they were void before being sent."""

    PENDING = "pending"
    DELIVERED = "delivered"
    PROBLEM = "problem"
    WITHDRAWN = "withdrawn"


class Origin(StrEnum):
    """Where an order that was not placed in the shop comes from; one that was has none."""

    GIVEN = "given"
    """Complimentary: an operator gave the tickets, and nothing is paid."""
    TERMINAL = "terminal"
    """Sold at the door, paid at the organiser's SumUp terminal: it has no checkout."""
    CASH = "cash"
    """Sold at the door for cash, by an operator's word: SumUp knows nothing of it."""


class VoidReason(StrEnum):
    """Why a ticket is void, as the door shows it."""

    REFUNDED = "refunded"
    CHARGED_BACK = "charged_back"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    """An operator made it void, and its money, if any, stayed."""
    REISSUED = "reissued"
    """Another ticket replaces it."""


class Work(StrEnum):
    """Why an order is in the work index."""

    OPEN = "OPEN"
    LATE = "LATE"


CLOSED = frozenset({OrderStatus.FAILED, OrderStatus.EXPIRED})
"""Closed without payment; still checked for late payments."""

MOVES = {
    OrderStatus.PENDING: frozenset(OrderStatus) - {OrderStatus.PENDING},
    OrderStatus.FAILED: frozenset({OrderStatus.COMPLETED, OrderStatus.REVIEW}),
    OrderStatus.EXPIRED: frozenset({OrderStatus.COMPLETED, OrderStatus.REVIEW}),
    OrderStatus.REVIEW: frozenset({OrderStatus.COMPLETED, OrderStatus.FAILED}),
    OrderStatus.COMPLETED: frozenset(),
}
"""The legal changes of status; a completed order never goes back."""


@dataclass(frozen=True)
class Customer:
    """The buyer: who bought, where the tickets go, and in which language."""

    name: str
    email: str
    language: Language = Language.ENGLISH

    @property
    def key(self) -> str:
        """What tells one buyer from another: the address, whatever its capitals."""
        return folded(self.email)

    @property
    def is_erased(self) -> bool:
        return self.email == ERASED


@dataclass(frozen=True)
class Line:
    """Tickets of one type: how many, what one costs, and how many people one admits."""

    sku: str
    description: str
    quantity: int
    unit_price: Decimal
    admits: int = 1


@dataclass(frozen=True)
class VoidTicket:
    """A ticket that became void while others of its order stayed valid, its type, and when."""

    ticket_id: str
    sku: str
    at: datetime


@dataclass(frozen=True)
class Reissued:
    """A ticket, by its first id, and how often it was issued anew."""

    ticket_id: str
    times: int


@dataclass(frozen=True)
class Trouble:
    """A problem that may pass by itself: since when, and how often in a row it was seen."""

    code: str
    since: datetime
    times: int


@dataclass(frozen=True)
class Order:
    """An order, with all that its row says. Times are aware and in UTC.

    `checkout_ids` are all SumUp checkouts of this order, oldest first; `checkout_reference` is the
    reference of the newest. `version` counts the audited changes, and `audit_hash` is the hash of
    the newest. `holds_seats`: its seats are taken out of the event's counter. `tickets_revision` is
    the newest revision of the event for which its tickets were drawn. `event_starts_at` is when its
    event begins, as far as known: the buyer is erased some time after that. `complained_at` is when
    the buyer marked one of our mails as spam. `rejected`: a person closed it after a review, and
    only a person can still have its tickets issued. `refunds` are those of whole payments, made or
    requested; `parts` are those of less. `voided_at` is when its last tickets became void, and
    `void_tickets` are those that were void before.

    `hold_until` is how long seats are held for a buyer who does not begin to pay, `attempt_seen_at`
    is when SumUp first showed an attempt to pay. `held_in` names the counter of unpaid seats that
    includes this order. `asked_to_pay_at` is when SumUp was last asked for a checkout for it, and
    `checks_booked_until` is the time of the latest check that somebody asked for. `agreed_to` is
    the hash of the terms that the buyer agreed to, if the event asked for that. `address_changes`
    counts how often the buyer, not an operator, changed the address. `refund_asked_at` is when the
    buyer asked for the money back because the event was moved. `origin` is None for an order that
    was placed in the shop.
    """

    order_number: str
    status: OrderStatus
    created_at: datetime
    deadline: datetime
    customer: Customer
    lines: tuple[Line, ...]
    total: Money
    event_id: str
    organiser_id: str
    merchant_code: str
    checkout_reference: str
    checkout_ids: tuple[str, ...] = ()
    paid_checkout_id: str | None = None
    transaction_id: str | None = None
    payment_status: str | None = None
    status_reason: str = ""
    reason_code: str = ""
    work: Work | None = None
    next_check_at: datetime | None = None
    checked_at: datetime | None = None
    trouble: Trouble | None = None
    stuck_alerted_at: datetime | None = None
    settled_at: datetime | None = None
    delivery: Delivery | None = None
    tickets_revision: int = 1
    event_starts_at: datetime | None = None
    complained_at: datetime | None = None
    holds_seats: bool = True
    rejected: bool = False
    refunds: tuple[Refund, ...] = ()
    parts: tuple[PartRefund, ...] = ()
    void_tickets: tuple[VoidTicket, ...] = ()
    reissued: tuple[Reissued, ...] = ()
    voided_at: datetime | None = None
    hold_until: datetime | None = None
    attempt_seen_at: datetime | None = None
    held_in: str | None = None
    asked_to_pay_at: datetime | None = None
    agreed_to: str | None = None
    checks_booked_until: datetime | None = None
    address_changes: int = 0
    refund_asked_at: datetime | None = None
    origin: Origin | None = None
    version: int = 0
    audit_hash: str = ""

    def __post_init__(self) -> None:
        """Raise `UnreadableOrder` for an order that contradicts itself."""
        problem = _contradiction(self)
        if problem:
            raise UnreadableOrder(self.order_number, problem)

    @property
    def seats_to_pay(self) -> int:
        """How many of its tickets cost money."""
        return sum(line.quantity for line in self.lines if line.unit_price)

    @property
    def tickets_count(self) -> int:
        return sum(line.quantity for line in self.lines)

    @property
    def first_ids(self) -> tuple[str, ...]:
        """The ids with which its tickets were issued: `ORD-ABC123-01` and so on."""
        count = self.tickets_count
        return tuple(f"{self.order_number}-{n:02d}" for n in range(1, count + 1))

    @property
    def ticket_ids(self) -> tuple[str, ...]:
        """The ids of all its tickets, void or not, as they are now."""
        times = self._times
        return tuple(issued_as(first, times[first]) for first in self.first_ids)

    @property
    def issued_ids(self) -> tuple[str, ...]:
        """The ids that its tickets have or had: the current ones, and those that they replaced."""
        times = self._times
        return tuple(
            issued_as(first, n) for first in self.first_ids for n in range(times[first] + 1)
        )

    @property
    def replacements(self) -> tuple[tuple[str, str], ...]:
        """The id of each ticket that was replaced, with the id of the one that replaced it."""
        return tuple(
            (issued_as(one.ticket_id, n), issued_as(one.ticket_id, n + 1))
            for one in self.reissued
            for n in range(one.times)
        )

    @property
    def reissues(self) -> int:
        """How often tickets of it were issued anew."""
        return len(self.replacements)

    @property
    def ticket_lines(self) -> tuple[tuple[str, Line], ...]:
        """Each ticket id with its line, in sequence."""
        ids = iter(self.ticket_ids)
        return tuple((next(ids), line) for line in self.lines for _ in range(line.quantity))

    @property
    def valid_ticket_ids(self) -> tuple[str, ...]:
        """The ids of its tickets without those that are void, whether they were issued or not."""
        void = self._void_ids
        return () if self.voided_at else tuple(i for i in self.ticket_ids if i not in void)

    @property
    def is_for_several(self) -> bool:
        """Whether any of its tickets admits more than one person."""
        return any(line.admits > 1 for line in self.lines)

    @property
    def seats(self) -> dict[str, int]:
        """The seats that the order takes, by SKU, without those of `void_tickets`.

        Tickets voided with the whole order still count; see `holds_seats`.
        """
        taken: Counter[str] = Counter()
        for line in self.lines:
            taken[line.sku] += line.quantity
        return +(taken - Counter(void.sku for void in self.void_tickets))

    @property
    def is_free(self) -> bool:
        return not self.total.amount

    @property
    def open_until(self) -> datetime:
        """When the time to pay ends: with the hold, or at the deadline once somebody has tried."""
        if self.hold_until is None or self.attempt_seen_at is not None:
            return self.deadline
        return min(self.hold_until, self.deadline)

    @property
    def awaits_answer(self) -> bool:
        """Whether an answer of SumUp's could still change this order, or show extra money."""
        if self.status is OrderStatus.COMPLETED:
            return any(i != self.paid_checkout_id for i in self.checkout_ids)
        return self.status is not OrderStatus.REVIEW and not self.rejected

    @property
    def takes_mail(self) -> bool:
        """Whether we may write to the buyer: not once erased, nor after a complaint of spam."""
        return not (self.complained_at or self.customer.is_erased)

    @property
    def is_void_by_hand(self) -> bool:
        """Whether its last tickets were made void without giving back the rest of the money."""
        is_by_hand = self.voided_at is not None and self.reason_code == Reason.VOIDED
        own = (r for r in self.refunds if self.transaction_id in {None, r.transaction_id})
        return is_by_hand and not any(refund.went_back for refund in own)

    @property
    def admits(self) -> bool:
        return self.status is OrderStatus.COMPLETED and self.voided_at is None

    @property
    def all_refunds(self) -> tuple[Refund, ...]:
        """The refunds, and the parts that still matter.

        A part that did not go back no longer matters once the whole payment is back, nor does one
        that SumUp refused once another part was asked for.
        """
        back = {r.transaction_id for r in self.refunds if r.went_back}
        refused = {p.number for p in self.parts[:-1] if p.status is RefundStatus.REFUSED}
        over = (p for p in self.parts if p.transaction_id in back or p.number in refused)
        gone = {part.number for part in over if not part.went_back}
        return (*self.refunds, *(p for p in self.parts if p.number not in gone))

    @property
    def refund_status(self) -> RefundStatus | None:
        """The status of the refund that most needs a person; None without refunds."""
        statuses = (r.status for r in self.all_refunds)
        return min(statuses, key=tuple(RefundStatus).index, default=None)

    def current_id(self, ticket_id: str) -> str:
        """Return the current id of a ticket of this order; any other text is returned as it is."""
        first, _ = _told_apart(ticket_id)
        return issued_as(first, self._times[first]) if ticket_id in self.issued_ids else ticket_id

    def reissued_with(self, ticket_id: str) -> tuple[Reissued, ...]:
        """Return `reissued` as it is after this ticket, given by its current id, is issued anew."""
        first, times = _told_apart(ticket_id)
        others = (one for one in self.reissued if one.ticket_id != first)
        return (*others, Reissued(first, times + 1))

    def refund_of(self, transaction_id: str | None) -> Refund | None:
        return next((r for r in self.refunds if r.transaction_id == transaction_id), None)

    def refund_named(self, name: str | None) -> Refund | None:
        return next((r for r in (*self.refunds, *self.parts) if r.name == name), None)

    def back_in_parts(self, transaction_id: str | None) -> Decimal:
        """Return how much of a transaction went back in parts that the order notes."""
        parts = (p for p in self.parts if p.went_back and p.transaction_id == transaction_id)
        return sum((part.amount.amount for part in parts), Decimal(0))

    def is_back(self, transaction_id: str | None, paid: Decimal | None) -> bool:
        """Return whether all that was paid with a transaction went back, at once or in parts."""
        refund = self.refund_of(transaction_id)
        if refund is not None and refund.went_back:
            return True
        return paid is not None and self.back_in_parts(transaction_id) >= paid > 0

    def gives_back(self, transaction_id: str | None) -> bool:
        """Return whether a refund of this whole transaction was made, or may be on its way."""
        refund = self.refund_of(transaction_id)
        return refund is not None and refund.status is not RefundStatus.REFUSED

    def refunds_with(self, refund: Refund) -> tuple[Refund, ...]:
        """Return the refunds with `refund` in place of its transaction's earlier one."""
        others = (r for r in self.refunds if r.transaction_id != refund.transaction_id)
        return (*others, refund)

    def parts_with(self, part: PartRefund) -> tuple[PartRefund, ...]:
        """Return the parts with `part` in place of an earlier one with its number."""
        return (*(p for p in self.parts if p.number != part.number), part)

    def may_become(self, status: OrderStatus) -> bool:
        return status in MOVES[self.status]

    @property
    def _times(self) -> Counter[str]:
        return Counter({one.ticket_id: one.times for one in self.reissued})

    @property
    def _void_ids(self) -> frozenset[str]:
        return frozenset(void.ticket_id for void in self.void_tickets)


@dataclass(frozen=True)
class WorkItem:
    """An entry of the work index; the order's own row decides.

    `next_check_at` is None if the entry has something other than a time.
    """

    order_number: str
    next_check_at: datetime | None


@dataclass(frozen=True)
class ReviewedOrder:
    """What patterns among orders in manual review are found by."""

    order_number: str
    organiser_id: str
    email: str


def issued_as(first_id: str, times: int) -> str:
    """Return the id of a ticket after it was issued anew so many times."""
    return f"{first_id}-R{times}" if times else first_id


def refuse_foreign(order: Order, ticket_ids: Collection[str]) -> None:
    """Raise `NotDecidable` if one of these ids is not, or no longer, a ticket of the order."""
    replaced = sorted(i for i in ticket_ids if order.current_id(i) != i)
    if replaced:
        now = ", ".join(f"{i} was reissued as {order.current_id(i)}" for i in replaced)
        raise NotDecidable(order.order_number, now)
    foreign = sorted(set(ticket_ids) - set(order.ticket_ids))
    if foreign:
        raise NotDecidable(order.order_number, f"{', '.join(foreign)} is not one of its tickets")


def _contradiction(order: Order) -> str | None:
    if not ORDER_NUMBER.fullmatch(order.order_number):
        return "its number is not of the form ORD-ABC123"
    if not EVENT_ID.fullmatch(order.event_id):
        return "its event id is not of capital letters, digits and hyphens"
    if not order.lines or any(line.quantity < 1 for line in order.lines):
        return "it has no lines, or a line without tickets"
    if order.tickets_count > MAX_TICKETS:
        return f"it has {order.tickets_count} tickets, more than {MAX_TICKETS}"
    return (
        _contradiction_in_reissues(order)
        or _contradiction_in_void_tickets(order)
        or _contradiction_in_money(order)
    )


def _contradiction_in_reissues(order: Order) -> str | None:
    names = [one.ticket_id for one in order.reissued]
    if not set(names) <= set(order.first_ids):
        return "a ticket that was reissued does not belong to it"
    if len(set(names)) < len(names):
        return "a ticket that was reissued is counted twice"
    if any(one.times < 1 for one in order.reissued):
        return "it lists a reissue that never happened"
    if order.reissues > MAX_REISSUES:
        return f"its tickets were reissued more than {MAX_REISSUES} times"
    return None


def _contradiction_in_void_tickets(order: Order) -> str | None:
    own = [(i, line.sku) for i, line in order.ticket_lines]
    if any((void.ticket_id, void.sku) not in own for void in order.void_tickets):
        return "a void ticket does not belong to it"
    return None


def _contradiction_in_money(order: Order) -> str | None:
    if any(line.unit_price < 0 for line in order.lines):
        return "a price is negative"
    lines = sum((line.unit_price * line.quantity for line in order.lines), Decimal(0))
    if lines != order.total.amount:
        return f"its lines add up to {lines}, its total is {order.total.amount}"
    if order.origin is Origin.GIVEN and order.total.amount:
        return f"it was given and costs {order.total}"
    return None


def _told_apart(ticket_id: str) -> tuple[str, int]:
    """Split a ticket's id into its first id and how often the ticket was issued anew."""
    found = TICKET_ID.fullmatch(ticket_id)
    if not found:
        return ticket_id, 0
    return found["first"], int(found["times"] or 0)
