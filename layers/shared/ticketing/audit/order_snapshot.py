"""What the rules examine, an order with all rows that name it, and the breaches they may find."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from ticketing.emails.mail import Mail
from ticketing.events.catalogue import StoredEvent
from ticketing.orders.audit_entry import AuditEntry
from ticketing.orders.order import Order, OrderStatus, Origin
from ticketing.orders.reason import Reason
from ticketing.tickets.ticket import Ticket


class Rule(StrEnum):
    """The code of a rule. Logs and alerts contain it, so it must not change."""

    UNREADABLE = "unreadable-row"
    ORPHAN = "order-missing"
    TICKET_MISSING = "ticket-missing"
    TICKET_UNWARRANTED = "ticket-unwarranted"
    TICKET_WRONG = "ticket-wrong"
    PAYMENT_MISSING = "payment-missing"
    PAYMENT_UNWARRANTED = "payment-unwarranted"
    PAYMENT_WRONG = "payment-wrong"
    PAID_FACTS = "paid-facts-wrong"
    CHECKOUT_MISSING = "checkout-missing"
    CHECKOUT_UNLISTED = "checkout-unlisted"
    CHECKOUT_WRONG = "checkout-wrong"
    CONFIRMATION_MISSING = "confirmation-missing"
    CONFIRMATION_UNWARRANTED = "confirmation-unwarranted"
    DELIVERY_WRONG = "delivery-wrong"
    NOT_DELIVERED = "not-delivered"
    MAIL_UNSCHEDULED = "mail-unscheduled"
    MAIL_OVERDUE = "mail-overdue"
    MAIL_WRONG = "mail-wrong"
    UNSCHEDULED = "unscheduled"
    OVERDUE = "overdue"
    NEEDLESS = "scheduled-needlessly"
    SEATS_HELD = "seats-held-wrong"
    SEATS_LEFT = "seats-left-wrong"
    SETTLED = "settled-wrong"
    REFUND_WRONG = "refund-wrong"
    REFUND_UNSETTLED = "refund-unsettled"
    TRAIL_GAP = "trail-gap"
    TRAIL_EDITED = "trail-edited"
    STATUS_UNTOLD = "status-untold"
    SOLD_OFF_SALE = "sold-off-sale"
    PAID_AFTER_START = "paid-after-start"


@dataclass(frozen=True)
class Breach:
    """A broken rule: its code, a sentence without personal data, and the rows.

    Rows are named by their kind and key: `ticket ORD-ABC123-01`.
    """

    rule: Rule
    sentence: str
    rows: tuple[str, ...]
    order_number: str | None = None


@dataclass(frozen=True)
class Unreadable:
    """A row that exists but cannot be read: its name, such as `ticket ORD-ABC123-01`, and why."""

    row: str
    problem: str


@dataclass(frozen=True)
class StoredCheckout:
    """A checkout as it is stored; `status` is SumUp's when we last noted it."""

    checkout_id: str
    order_number: str
    amount: Decimal
    currency: str
    merchant_code: str
    status: str | None = None


@dataclass(frozen=True)
class StoredPayment:
    """An accepted payment as it is stored, in major units; `paid_at` is None if SumUp gave none."""

    transaction_id: str
    order_number: str
    checkout_id: str | None
    amount: Decimal
    currency: str
    merchant_code: str
    paid_at: datetime | None = None
    origin: Origin | None = None


@dataclass(frozen=True)
class StoredMail:
    """A mail, and whether its row has the key of the work index."""

    mail: Mail
    has_work_key: bool

    @property
    def is_scheduled(self) -> bool:
        """Whether the scan can find it."""
        return self.has_work_key and self.mail.next_attempt_at is not None


@dataclass(frozen=True)
class StoredEntry:
    """An audit entry, and the hash that was written with it."""

    entry: AuditEntry
    hash: str


@dataclass(frozen=True)
class OrderSnapshot:
    """An order with all rows that name it, and those that its own row names.

    `sold` is its event with the ticket types; None if they cannot be read.
    """

    order: Order
    tickets: tuple[Ticket, ...] = ()
    payments: tuple[StoredPayment, ...] = ()
    checkouts: tuple[StoredCheckout, ...] = ()
    mails: tuple[StoredMail, ...] = ()
    trail: tuple[StoredEntry, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    sold: StoredEvent | None = None

    @property
    def name(self) -> str:
        """How a breach names the order's own row."""
        return f"order {self.order.order_number}"

    @property
    def is_approved(self) -> bool:
        """Whether a person completed the order, and so answers for differences in its money."""
        entries = (stored.entry for stored in self.trail)
        return any(
            entry.change == OrderStatus.COMPLETED and entry.why == Reason.APPROVED
            for entry in entries
        )

    def is_unreadable(self, row: str) -> bool:
        """Return whether the row exists but cannot be read, which means that it is not missing."""
        return any(row == found.row for found in self.unreadable)

    def breach(self, rule: Rule, sentence: str, *rows: str) -> Breach:
        """Return a breach by this order; without `rows`, it is about the order's own row."""
        return Breach(rule, sentence, rows or (self.name,), self.order.order_number)
