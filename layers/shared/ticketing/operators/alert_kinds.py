"""The kinds of alerts as a table: the page about each, its title, its severity; advice for reviews.

The titles are in the subjects, and operators may filter their mail by them, so they do not change.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum

from ticketing.orders.order import OrderStatus
from ticketing.orders.reason import Reason


class Severity(StrEnum):
    """How urgent an alert is, as it says in its subject."""

    INFORMATION = "Alert"
    CRITICAL = "CRITICAL"


INFORMATION, CRITICAL = Severity


class AlertKind(Enum):
    """A kind of alert: its page and section in docs/runbooks, its title, and its severity."""

    AMOUNT = "payment-mismatch#amount-mismatch", "Amount Mismatch", CRITICAL
    CURRENCY = "payment-mismatch#currency-mismatch", "Currency Mismatch", CRITICAL
    MERCHANT = "payment-mismatch#merchant-mismatch", "Merchant Mismatch", CRITICAL
    REFERENCE = "payment-mismatch#reference-mismatch", "Reference Mismatch", CRITICAL
    CHECKOUT = "payment-mismatch#checkout-mismatch", "Checkout Mismatch", CRITICAL
    TRANSACTION = "payment-mismatch#transaction-mismatch", "Transaction Mismatch", CRITICAL
    NO_CHECKOUT = "payment-unclear#missing-checkout-record", "Missing Checkout Record", CRITICAL
    NOT_CONFIRMED = "payment-unclear#payment-not-confirmed", "Payment Not Confirmed", CRITICAL
    NO_TRANSACTION = (
        "payment-unclear#payment-without-transaction",
        "Payment Without Transaction",
        CRITICAL,
    )
    UNKNOWN_STATUS = "payment-unclear#unknown-payment-status", "Unknown Payment Status", CRITICAL
    REFUNDED = "payment-unclear#paid-and-refunded", "Paid And Refunded", CRITICAL
    SANDBOX = "payment-unclear#sandbox-merchant", "Sandbox Merchant", CRITICAL
    LATE = "late-payment#late-payment", "Late Payment", CRITICAL
    NO_SEATS = "late-payment#late-payment-without-seats", "Late Payment Without Seats", CRITICAL
    EVENT_CANCELLED = (
        "late-payment#paid-for-a-cancelled-event",
        "Paid For A Cancelled Event",
        CRITICAL,
    )
    CLAIMED_TWICE = (
        "suspicious-pattern#suspicious-pattern-one-payment-for-two-orders",
        "Suspicious Pattern: One Payment For Two Orders",
        CRITICAL,
    )
    ISSUED_BEFORE = (
        "suspicious-pattern#suspicious-pattern-tickets-before-payment",
        "Suspicious Pattern: Tickets Before Payment",
        CRITICAL,
    )
    PAID_TWICE = (
        "suspicious-pattern#suspicious-pattern-paid-twice",
        "Suspicious Pattern: Paid Twice",
        CRITICAL,
    )
    REPEATED = (
        "suspicious-pattern#suspicious-pattern-repeated-mismatches",
        "Suspicious Pattern: Repeated Mismatches",
        CRITICAL,
    )
    UNREADABLE = "broken-data#unreadable-order", "Unreadable Order", CRITICAL
    BROKEN_RULES = "broken-data#broken-rules", "Broken Rules", CRITICAL
    CLIENT_REFUSED = "sumup-connection#sumup-client-refused", "SumUp Client Refused", CRITICAL
    CONFIGURATION = (
        "sumup-connection#configuration-incomplete",
        "Configuration Incomplete",
        CRITICAL,
    )
    FINDINGS = "reconciliation#reconciliation-findings", "Reconciliation Findings", CRITICAL
    STUCK = "orders-waiting#stuck-in-processing", "Stuck in Processing", INFORMATION
    UNCHECKED = (
        "orders-waiting#payment-cannot-be-checked",
        "Payment Cannot Be Checked",
        INFORMATION,
    )
    EXPIRED = "orders-waiting#order-expired", "Order Expired", INFORMATION
    FAILED = "orders-waiting#order-failed", "Order Failed", INFORMATION
    ABANDONED = "orders-waiting#orders-abandoned", "Orders Abandoned", INFORMATION
    CONNECTION_TROUBLE = (
        "sumup-connection#sumup-connection-trouble",
        "SumUp Connection Trouble",
        INFORMATION,
    )
    CONNECTION_ENDS = (
        "sumup-connection#sumup-connection-ends-soon",
        "SumUp Connection Ends Soon",
        INFORMATION,
    )
    CONNECTION_ENDED = (
        "sumup-connection#sumup-must-be-connected-again",
        "SumUp Must Be Connected Again",
        INFORMATION,
    )
    CONNECTED = "sumup-connection#sumup-account-connected", "SumUp Account Connected", INFORMATION
    MAIL_FAILED = "mails#email-delivery-failed", "Email Delivery Failed", INFORMATION
    MAIL_BOUNCED = "mails#email-bounced", "Email Bounced", INFORMATION
    MAIL_UNWANTED = "mails#email-marked-as-spam", "Email Marked As Spam", INFORMATION
    SENDING_STOPPED = "mails#email-sending-stopped", "Email Sending Stopped", INFORMATION
    PLAIN_TICKETS = "mails#tickets-without-design", "Tickets Without Design", INFORMATION
    RECONCILED = "reconciliation#reconciliation", "Reconciliation", INFORMATION
    ACCOUNT_UNKNOWN = "reconciliation#reconciliation-unknown", "Reconciliation Unknown", INFORMATION

    def __init__(self, slug: str, title: str, severity: Severity) -> None:
        self.title, self.severity = title, severity
        page, _, section = slug.partition("#")
        self.runbook = f"docs/runbooks/{page}.md#{section}"


CLOSED = {OrderStatus.EXPIRED: AlertKind.EXPIRED, OrderStatus.FAILED: AlertKind.FAILED}
"""The alert about an order that was closed, by its status."""

COMPARE = "Compare the order with SumUp's dashboard."


@dataclass(frozen=True)
class Review:
    """Why an order is on hold: the alert, the first advice, and the field that differs, if any."""

    kind: AlertKind
    advice: str = COMPARE
    field: str = ""


CHANGED = "In SumUp's dashboard, find out who changed the checkout. Usually refund."
NO_MONEY = "Search SumUp for the order number. If nothing is there, the buyer could not pay."
AUTHORITY = "Look at the transaction in SumUp's dashboard, which is the authority."

REVIEWS = {
    Reason.AMOUNT: Review(AlertKind.AMOUNT, CHANGED, "Amount"),
    Reason.CURRENCY: Review(AlertKind.CURRENCY, CHANGED, "Currency"),
    Reason.MERCHANT: Review(
        AlertKind.MERCHANT,
        "Another merchant has the money: check whose account the organiser's row names.",
        "Merchant",
    ),
    Reason.REFERENCE: Review(
        AlertKind.REFERENCE,
        "In SumUp's dashboard, find out what was paid for. Usually refund.",
        "Reference",
    ),
    Reason.CHECKOUT: Review(
        AlertKind.CHECKOUT,
        "SumUp answered about another checkout. Ask SumUp, with the trace id from the log.",
        "Checkout",
    ),
    Reason.TRANSACTION: Review(
        AlertKind.TRANSACTION,
        "Compare the transaction in SumUp's dashboard with the order's total.",
        "Transaction",
    ),
    Reason.MISSING_CHECKOUT: Review(AlertKind.NO_CHECKOUT, NO_MONEY),
    Reason.NOT_FOUND: Review(AlertKind.NO_CHECKOUT, NO_MONEY),
    Reason.NOT_CONFIRMED: Review(AlertKind.NOT_CONFIRMED, AUTHORITY),
    Reason.NO_TRANSACTION: Review(
        AlertKind.NO_TRANSACTION,
        "Search for the payment in SumUp's dashboard, which is the authority.",
    ),
    Reason.UNKNOWN_STATUS: Review(
        AlertKind.UNKNOWN_STATUS, "Look up in SumUp's documentation what the status means."
    ),
    Reason.REFUNDED: Review(
        AlertKind.REFUNDED,
        "The money went back. Write to the buyer if they still expect tickets.",
    ),
    Reason.LATE_NOT_HONOURED: Review(
        AlertKind.LATE, "Decide whether this late payment still buys tickets."
    ),
    Reason.EVENT_CANCELLED: Review(
        AlertKind.EVENT_CANCELLED, "Run `events cancel` for its event again, or `refund` it."
    ),
    Reason.SEATS_GONE: Review(
        AlertKind.NO_SEATS, "If there is room, raise the capacity with `events import`."
    ),
    Reason.PAYMENT_CLAIMED: Review(
        AlertKind.CLAIMED_TWICE, "Compare both orders and the payment in SumUp's dashboard."
    ),
    Reason.ALREADY_ISSUED: Review(
        AlertKind.ISSUED_BEFORE,
        "Find out who wrote the tickets. Remove them if no buyer has them.",
    ),
    Reason.NOT_STORABLE: Review(AlertKind.TRANSACTION, AUTHORITY),
    Reason.SECOND_PAYMENT: Review(AlertKind.PAID_TWICE),
    Reason.SANDBOX: Review(
        AlertKind.SANDBOX, "No money moved. Correct the organiser's row; issue no tickets."
    ),
}
"""What operators read about an order on hold, by the reason."""
