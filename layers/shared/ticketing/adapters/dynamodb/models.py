"""The tables as pynamodb models: keys, indexes and attributes, nothing else.

Times are UTC in ISO 8601, amounts are decimal Numbers beside their currency, so that every row
reads well in the DynamoDB console. `bind` names the tables, once per process.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from pynamodb.attributes import (
    Attribute,
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.connection import Connection
from pynamodb.constants import NUMBER
from pynamodb.indexes import (
    AllProjection,
    GlobalSecondaryIndex,
    IncludeProjection,
    KeysOnlyProjection,
)
from pynamodb.models import Model

CONNECT_TIMEOUT = 1
READ_TIMEOUT = 4
REPETITIONS = 1
"""Of a call that failed or was not answered. A dead table is told within 11 seconds, a write that
is tried again (see `contention`) and then read back within 26: the API has 29 for the buyer."""


class DecimalAttribute(Attribute[Decimal]):
    """An exact Number; pynamodb's own goes through float."""

    attr_type = NUMBER

    def serialize(self, value: Decimal) -> str:
        """Write the digits as they are."""
        return str(value)

    def deserialize(self, value: str) -> Decimal:
        """Read the digits as they are."""
        return Decimal(value)


class MomentAttribute(UTCDateTimeAttribute):
    """A time, written in UTC. One typed by hand may have any ISO 8601 spelling with a zone."""

    def deserialize(self, value: str) -> datetime:
        """Read a time; `ValueError` names the attribute that holds none."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise ValueError(f"{self.attr_name} is {value[:40]!r}, not a time with its zone")
        return moment.astimezone(UTC)


class _Meta:
    """What every table shares; the table's name is bound at start-up."""

    table_name = ""
    connect_timeout_seconds = CONNECT_TIMEOUT
    read_timeout_seconds = READ_TIMEOUT
    max_retry_attempts = REPETITIONS


class LineMap(MapAttribute[str, Any]):
    """One line of an order."""

    sku = UnicodeAttribute()
    description = UnicodeAttribute()
    quantity = NumberAttribute()
    unit_price = DecimalAttribute()


class RefundMap(MapAttribute[str, Any]):
    """What is known of a transaction whose money goes back; times and reasons where there are."""

    transaction_id = UnicodeAttribute()
    status = UnicodeAttribute()
    amount = DecimalAttribute()
    currency = UnicodeAttribute()
    asked_at = MomentAttribute(null=True)
    attempt = UnicodeAttribute(null=True)
    settled_at = MomentAttribute(null=True)
    problem = UnicodeAttribute(null=True)


class WorkIndex(GlobalSecondaryIndex["OrderRow"]):
    """Sparse: only orders with something left to do are in it, by when it is due."""

    class Meta:
        """Enough for the scan to nominate without reading the order."""

        index_name = "work"
        projection = IncludeProjection(["status", "created_at", "stuck_alerted_at"])

    work_key = UnicodeAttribute(hash_key=True)
    next_check_at = MomentAttribute(range_key=True)


class StatusIndex(GlobalSecondaryIndex["OrderRow"]):
    """For administrators: all orders of a status, by age."""

    class Meta:
        """What an overview shows."""

        index_name = "by_status"
        projection = IncludeProjection(
            ["organiser_id", "customer_email", "status_reason", "total", "currency", "settled_at"]
        )

    status = UnicodeAttribute(hash_key=True)
    created_at = MomentAttribute(range_key=True)


class EmailIndex(GlobalSecondaryIndex["OrderRow"]):
    """For administrators: all orders of a buyer."""

    class Meta:
        """What tells one order of a buyer from another."""

        index_name = "by_email"
        projection = IncludeProjection(["status", "event_id", "total", "currency"])

    customer_email = UnicodeAttribute(hash_key=True)
    created_at = MomentAttribute(range_key=True)


class PersonalIndex(GlobalSecondaryIndex["OrderRow"]):
    """Sparse: only orders that still name their buyer, by when their event begins."""

    class Meta:
        """The number is enough."""

        index_name = "personal"
        projection = KeysOnlyProjection()

    personal_key = UnicodeAttribute(hash_key=True)
    event_starts_at = MomentAttribute(range_key=True)


class OrderRow(Model):
    """An order; the only truth about it.

    `what_next`, `runbook`, `delivery_next` and `delivery_runbook` are for people at the console;
    no code reads them.
    """

    class Meta(_Meta):
        """Named by `bind`."""

    order_number = UnicodeAttribute(hash_key=True)
    status = UnicodeAttribute()
    status_reason = UnicodeAttribute(null=True)
    reason_code = UnicodeAttribute(null=True)
    what_next = UnicodeAttribute(null=True)
    runbook = UnicodeAttribute(null=True)
    created_at = MomentAttribute()
    deadline = MomentAttribute(null=True)
    customer_name = UnicodeAttribute()
    customer_email = UnicodeAttribute()
    customer_language = UnicodeAttribute(null=True)
    lines: ListAttribute[LineMap] = ListAttribute(of=LineMap)
    total = DecimalAttribute()
    currency = UnicodeAttribute()
    event_id = UnicodeAttribute()
    organiser_id = UnicodeAttribute()
    merchant_code = UnicodeAttribute()
    checkout_reference = UnicodeAttribute()
    checkout_ids: ListAttribute[Any] = ListAttribute(null=True)
    paid_checkout_id = UnicodeAttribute(null=True)
    transaction_id = UnicodeAttribute(null=True)
    payment_status = UnicodeAttribute(null=True)
    work_key = UnicodeAttribute(null=True)
    next_check_at = MomentAttribute(null=True)
    checked_at = MomentAttribute(null=True)
    trouble_code = UnicodeAttribute(null=True)
    trouble_since = MomentAttribute(null=True)
    trouble_times = NumberAttribute(null=True)
    stuck_alerted_at = MomentAttribute(null=True)
    settled_at = MomentAttribute(null=True)
    delivery = UnicodeAttribute(null=True)
    delivered_at = MomentAttribute(null=True)
    delivery_reason = UnicodeAttribute(null=True)
    delivery_mail = UnicodeAttribute(null=True)
    delivery_next = UnicodeAttribute(null=True)
    delivery_runbook = UnicodeAttribute(null=True)
    tickets_revision = NumberAttribute(null=True)
    event_starts_at = MomentAttribute(null=True)
    personal_key = UnicodeAttribute(null=True)
    complained_at = MomentAttribute(null=True)
    holds_seats = BooleanAttribute()
    rejected = BooleanAttribute(null=True)
    refunds: ListAttribute[RefundMap] = ListAttribute(of=RefundMap, null=True)
    refund_status = UnicodeAttribute(null=True)
    voided_at = MomentAttribute(null=True)
    version = NumberAttribute()
    audit_hash = UnicodeAttribute(null=True)

    work_index = WorkIndex()
    status_index = StatusIndex()
    email_index = EmailIndex()
    personal_index = PersonalIndex()


class CheckoutRow(Model):
    """A SumUp checkout we created, one per attempt."""

    class Meta(_Meta):
        """Named by `bind`."""

    checkout_id = UnicodeAttribute(hash_key=True)
    order_number = UnicodeAttribute()
    reference = UnicodeAttribute()
    amount = DecimalAttribute()
    currency = UnicodeAttribute()
    merchant_code = UnicodeAttribute()
    status = UnicodeAttribute(null=True)
    pay_url = UnicodeAttribute(null=True)
    created_at = MomentAttribute()
    seen_at = MomentAttribute(null=True)


class MerchantIndex(GlobalSecondaryIndex["PaymentRow"]):
    """All payments of a merchant, by when they were accepted."""

    class Meta:
        """All of a payment, so that a day of them is one query."""

        index_name = "by_merchant"
        projection = AllProjection()

    merchant_code = UnicodeAttribute(hash_key=True)
    accepted_at = MomentAttribute(range_key=True)


class PaymentRow(Model):
    """One accepted payment; its key is why a payment can never serve two orders."""

    class Meta(_Meta):
        """Named by `bind`."""

    transaction_id = UnicodeAttribute(hash_key=True)
    order_number = UnicodeAttribute()
    checkout_id = UnicodeAttribute()
    amount = DecimalAttribute()
    currency = UnicodeAttribute()
    merchant_code = UnicodeAttribute()
    transaction_code = UnicodeAttribute(null=True)
    accepted_at = MomentAttribute()

    merchant_index = MerchantIndex()


class TicketRow(Model):
    """One admission."""

    class Meta(_Meta):
        """Named by `bind`."""

    ticket_id = UnicodeAttribute(hash_key=True)
    order_number = UnicodeAttribute()
    event_id = UnicodeAttribute()
    holder = UnicodeAttribute()
    sku = UnicodeAttribute()
    description = UnicodeAttribute()
    status = UnicodeAttribute()
    qr_text = UnicodeAttribute()
    issued_at = MomentAttribute()


class SaleIndex(GlobalSecondaryIndex["EventRow"]):
    """Sparse: only events that are on sale, by when they start."""

    class Meta:
        """All of an event, so that a list of them is one query."""

        index_name = "by_sale"
        projection = AllProjection()

    on_sale = UnicodeAttribute(hash_key=True)
    starts_at = MomentAttribute(range_key=True)


class RevisionMap(MapAttribute[str, Any]):
    """What an event once was, since when, and whether its buyers were told."""

    name = UnicodeAttribute()
    venue = UnicodeAttribute()
    address = UnicodeAttribute()
    starts_at = MomentAttribute()
    time_zone = UnicodeAttribute()
    since = MomentAttribute(null=True)
    announced = BooleanAttribute(default=False)


class EventRow(Model):
    """What is sold, where and when; `on_sale` is "yes" or absent, `revision` absent for the first.

    `earlier` is what it was before, oldest first; `since` and `announced` are of what it is now.
    """

    class Meta(_Meta):
        """Named by `bind`."""

    event_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    organiser_id = UnicodeAttribute()
    venue = UnicodeAttribute()
    address = UnicodeAttribute()
    starts_at = MomentAttribute()
    time_zone = UnicodeAttribute()
    late_payment = UnicodeAttribute(null=True)
    terms = UnicodeAttribute(null=True)
    on_sale = UnicodeAttribute(null=True)
    revision = NumberAttribute(null=True)
    since = MomentAttribute(null=True)
    announced = BooleanAttribute(null=True)
    earlier: ListAttribute[RevisionMap] = ListAttribute(of=RevisionMap, null=True)

    sale_index = SaleIndex()


class TicketTypeRow(Model):
    """A kind of ticket of an event, its price and the seats still to be sold."""

    class Meta(_Meta):
        """Named by `bind`."""

    event_id = UnicodeAttribute(hash_key=True)
    sku = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    price = DecimalAttribute()
    currency = UnicodeAttribute()
    capacity = NumberAttribute()
    available = NumberAttribute()


class OrganiserRow(Model):
    """Whose money it is; the tokens are ciphertext of our KMS key.

    Until somebody connects, `merchant_code` is absent or the one that is expected.
    `connection_health` is for people at the console; no code reads it.
    """

    class Meta(_Meta):
        """Named by `bind`."""

    organiser_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    merchant_code = UnicodeAttribute(null=True)
    currency = UnicodeAttribute()
    colour = UnicodeAttribute(null=True)
    logo = UnicodeAttribute(null=True)
    sandbox = BooleanAttribute(default=False)
    connection = UnicodeAttribute()
    connection_reason = UnicodeAttribute(null=True)
    connection_health = UnicodeAttribute(null=True)
    connection_checked_at = MomentAttribute(null=True)
    reconciled_until = UnicodeAttribute(null=True)
    access_token = BinaryAttribute(legacy_encoding=False, null=True)
    access_expires_at = MomentAttribute(null=True)
    refresh_token = BinaryAttribute(legacy_encoding=False, null=True)
    refresh_issued_at = MomentAttribute(null=True)
    refreshed_at = MomentAttribute(null=True)
    token_version = NumberAttribute(default=0)
    lease_owner = UnicodeAttribute(null=True)
    lease_until = MomentAttribute(null=True)


class MailWorkIndex(GlobalSecondaryIndex["MailRow"]):
    """Sparse: only mails that still have to leave, by when they are due."""

    class Meta:
        """The id is enough."""

        index_name = "work"
        projection = KeysOnlyProjection()

    work_key = UnicodeAttribute(hash_key=True)
    next_attempt_at = MomentAttribute(range_key=True)


class MailOrderIndex(GlobalSecondaryIndex["MailRow"]):
    """For administrators: all mails about an order."""

    class Meta:
        """The ids say what they were."""

        index_name = "by_order"
        projection = KeysOnlyProjection()

    order_number = UnicodeAttribute(hash_key=True)
    created_at = MomentAttribute(range_key=True)


class MailRow(Model):
    """The outbox: a mail is written here with the fact that causes it, and sent from here.

    Alerts about no order have `expires_at_epoch`; DynamoDB removes them some time after it.
    """

    class Meta(_Meta):
        """Named by `bind`."""

    mail_id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    recipient = UnicodeAttribute()
    order_number = UnicodeAttribute(null=True)
    subject = UnicodeAttribute(null=True)
    body = UnicodeAttribute(null=True)
    cause = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    created_at = MomentAttribute()
    attempts = NumberAttribute()
    abandoned = NumberAttribute(default=0)
    attempt_id = UnicodeAttribute(null=True)
    lease_until = MomentAttribute(null=True)
    work_key = UnicodeAttribute(null=True)
    next_attempt_at = MomentAttribute(null=True)
    problem = UnicodeAttribute(null=True)
    message_id = UnicodeAttribute(null=True)
    archive_key = UnicodeAttribute(null=True)
    sent_at = MomentAttribute(null=True)
    delivered_at = MomentAttribute(null=True)
    delayed_at = MomentAttribute(null=True)
    failed_at = MomentAttribute(null=True)
    complained_at = MomentAttribute(null=True)
    expires_at_epoch = NumberAttribute(null=True)

    work_index = MailWorkIndex()
    order_index = MailOrderIndex()


class AuditRow(Model):
    """What was seen, decided and changed; each row carries the hash of the one before."""

    class Meta(_Meta):
        """Named by `bind`."""

    order_number = UnicodeAttribute(hash_key=True)
    sequence = NumberAttribute(range_key=True)
    at = MomentAttribute()
    by = UnicodeAttribute()
    change = UnicodeAttribute()
    reason = UnicodeAttribute()
    seen = UnicodeAttribute(null=True)
    previous_hash = UnicodeAttribute(null=True)
    hash = UnicodeAttribute()


class RequestRow(Model):
    """What must happen once only: a buyer's request, an invitation, a consent under way.

    DynamoDB removes it some time after `expires_at_epoch`; whoever reads it looks at the time too.
    """

    class Meta(_Meta):
        """Named by `bind`."""

    idempotency_key = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    payload = UnicodeAttribute(null=True)
    request_hash = UnicodeAttribute(null=True)
    order_number = UnicodeAttribute(null=True)
    spent_by = UnicodeAttribute(null=True)
    expires_at = MomentAttribute()
    expires_at_epoch = NumberAttribute()


TABLES: Mapping[str, type[Model]] = {
    "orders_table": OrderRow,
    "checkouts_table": CheckoutRow,
    "payments_table": PaymentRow,
    "tickets_table": TicketRow,
    "events_table": EventRow,
    "ticket_types_table": TicketTypeRow,
    "organisers_table": OrganiserRow,
    "mails_table": MailRow,
    "audit_table": AuditRow,
    "requests_table": RequestRow,
}


def bind(names: Mapping[str, str], region: str) -> None:
    """Give each model the name of its table, by the keys of `TABLES`; pynamodb reconnects."""
    for key, name in names.items():
        meta: Any = TABLES[key].Meta
        meta.table_name, meta.region = name, region


def connection(region: str) -> Connection:
    """Return a connection for transactions, with the timeouts of the models' own; to be kept."""
    return Connection(
        region=region,
        connect_timeout_seconds=CONNECT_TIMEOUT,
        read_timeout_seconds=READ_TIMEOUT,
        max_retry_attempts=REPETITIONS,
    )
