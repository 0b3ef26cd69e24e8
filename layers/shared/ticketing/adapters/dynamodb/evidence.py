"""Convert rows to what the nightly audit and the reconciliation judge."""

from ticketing.adapters.dynamodb.mapping import MAIL_WORK, mail_from
from ticketing.adapters.dynamodb.models import (
    AuditRow,
    CheckoutRow,
    MailRow,
    PaymentRow,
    TicketTypeRow,
)
from ticketing.adapters.dynamodb.rows import missing, read_as
from ticketing.audit.order_snapshot import StoredCheckout, StoredEntry, StoredMail, StoredPayment
from ticketing.audit.seats import SeatsLeft
from ticketing.errors import InvalidMoney, UnreadableOrder
from ticketing.money import Money
from ticketing.orders.audit_entry import AuditEntry
from ticketing.orders.order import Origin
from ticketing.reconciliation.payment_pair import LedgerPayment


def stored_entry_from(row: AuditRow) -> StoredEntry:
    """Return an audit entry and the hash beside it."""
    return StoredEntry(read_as(AuditEntry, row), row.hash)


def stored_checkout_from(row: CheckoutRow) -> StoredCheckout:
    """Return what the audit needs of a checkout's row."""
    return read_as(StoredCheckout, row)


def stored_payment_from(row: PaymentRow) -> StoredPayment:
    """Return what the audit needs of a payment's row; `ValueError` names what the row lacks."""
    if lacking := _lacking(row):
        raise ValueError(f"it lacks {', '.join(lacking)}")
    return read_as(StoredPayment, row)


def ledger_payment_from(row: PaymentRow) -> LedgerPayment:
    """Return an accepted payment; `UnreadableOrder` names what its row lacks."""
    lacking = _lacking(row)
    if lacking:
        raise UnreadableOrder(row.order_number, f"its payment lacks {', '.join(lacking)}")
    try:
        amount = Money(row.amount, row.currency)
    except InvalidMoney as error:
        raise UnreadableOrder(row.order_number, f"its payment: {error}") from error
    return read_as(LedgerPayment, row, amount=amount, code=row.transaction_code)


def _lacking(row: PaymentRow) -> list[str]:
    """Return what a payment's row lacks; only a payment at a terminal needs no checkout."""
    has_checkout = row.checkout_id is not None or row.origin is Origin.TERMINAL
    return [*missing(row), *([] if has_checkout else ["checkout_id"])]


def stored_mail_from(row: MailRow) -> StoredMail:
    """Return a mail, and whether its row has the key that puts it into the work index."""
    return StoredMail(mail_from(row), row.work_key == MAIL_WORK)


def seats_left_from(row: TicketTypeRow) -> SeatsLeft:
    """Return how many seats of a ticket type there are, and how many are left."""
    return read_as(SeatsLeft, row)
