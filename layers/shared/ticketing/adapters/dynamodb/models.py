"""The tables as pynamodb models: keys, indexes and attributes, nothing else.

Times are UTC in ISO 8601, and amounts are decimal Numbers beside their currency, so that rows are
easy to read in the DynamoDB console. `bind` names the tables, once per process.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from botocore import __version__ as botocore_version
from botocore.config import Config
from pynamodb.attributes import (
    BinaryAttribute,
    BooleanAttribute,
    ListAttribute,
    MapAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.connection import Connection as PynamoConnection
from pynamodb.models import Model

from ticketing.adapters.dynamodb.attributes import (
    DayAttribute,
    DecimalAttribute,
    EnumAttribute,
    FlagAttribute,
    MomentAttribute,
    TextAttribute,
    WholeNumberAttribute,
)
from ticketing.adapters.dynamodb.indexes import (
    EmailIndex,
    MailOrderIndex,
    MailWorkIndex,
    MerchantIndex,
    PersonalIndex,
    SaleIndex,
    StatusIndex,
    TicketEventIndex,
    WorkIndex,
)
from ticketing.doors.admission import Verdict
from ticketing.doors.device import Role
from ticketing.doors.scan import Action, Override, Said
from ticketing.emails.mail import Asker, MailKind, MailStatus
from ticketing.events.about import BlockKind, Style
from ticketing.events.event import LatePayment, RefundPolicy
from ticketing.orders.order import Delivery, OrderStatus, Origin, VoidReason
from ticketing.orders.refund import RefundStatus
from ticketing.organisers.organiser import Connection
from ticketing.tickets.ticket import TicketStatus

CONNECT_TIMEOUT = 1
READ_TIMEOUT = 4
REPETITIONS = 1
"""How often a call that failed or was not answered is repeated. A dead table is noticed within 11
seconds, and a write that is retried and then read back ends within 26: the API's functions have 29.
"""

LEAN = Config(
    user_agent=f"ticketing Botocore/{botocore_version}", account_id_endpoint_mode="disabled"
)
"""For the clients of all services. Otherwise the SDK builds its `User-Agent` twice for each request
and looks for an account id, which our credentials do not have: a sixth of a request's time."""


class _Meta:
    """What every table shares; the table's name is bound at start-up."""

    table_name = ""
    region = ""
    connect_timeout_seconds = CONNECT_TIMEOUT
    read_timeout_seconds = READ_TIMEOUT
    max_retry_attempts = REPETITIONS


class _Row(Model):
    """A row of a table. To read it again, use `get`: `refresh` would not set anything."""

    shared: ClassVar[PynamoConnection]

    def deserialize(self, attribute_values: dict[str, dict[str, Any]]) -> None:
        """Ignore what an update returns, so that even an unreadable row can be written."""


class LineMap(MapAttribute[str, Any]):
    """One line of an order."""

    sku = UnicodeAttribute()
    description = UnicodeAttribute()
    quantity = WholeNumberAttribute()
    unit_price = DecimalAttribute()
    admits = WholeNumberAttribute(null=True, absent=1)


class RefundMap(MapAttribute[str, Any]):
    """A refund of one transaction."""

    transaction_id = UnicodeAttribute()
    status = EnumAttribute(RefundStatus)
    amount = DecimalAttribute()
    currency = UnicodeAttribute()
    asked_at = MomentAttribute(null=True)
    attempt = TextAttribute()
    settled_at = MomentAttribute(null=True)
    problem = TextAttribute()


class PartRefundMap(RefundMap):
    """A refund of a part of a transaction."""

    number = WholeNumberAttribute()
    tickets: ListAttribute[Any] = ListAttribute(null=True)
    back_before = DecimalAttribute()


class VoidTicketMap(MapAttribute[str, Any]):
    """A void ticket of an order that has valid ones, or had when it became void."""

    ticket_id = UnicodeAttribute()
    sku = UnicodeAttribute()
    at = MomentAttribute()


class ReissuedMap(MapAttribute[str, Any]):
    """A ticket of an order, by its first id, and how often it was issued anew."""

    ticket_id = UnicodeAttribute()
    times = WholeNumberAttribute()


class OrderRow(_Row):
    """An order: the only source of truth about it.

    `customer_email` is in lower case, so that one person's orders are found together. If the buyer
    typed capitals, `customer_email_typed` has the address that mails go to.

    `what_next`, `runbook`, `delivery_next` and `delivery_runbook` are for people at the console;
    no code reads them.
    """

    class Meta(_Meta): ...

    order_number = UnicodeAttribute(hash_key=True)
    status = EnumAttribute(OrderStatus)
    status_reason = TextAttribute()
    reason_code = TextAttribute()
    what_next = UnicodeAttribute(null=True)
    runbook = UnicodeAttribute(null=True)
    created_at = MomentAttribute()
    deadline = MomentAttribute(null=True)
    customer_name = UnicodeAttribute()
    customer_email = UnicodeAttribute()
    customer_email_typed = UnicodeAttribute(null=True)
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
    trouble_times = WholeNumberAttribute(null=True)
    stuck_alerted_at = MomentAttribute(null=True)
    settled_at = MomentAttribute(null=True)
    delivery = EnumAttribute(Delivery, null=True)
    delivered_at = MomentAttribute(null=True)
    delivery_reason = UnicodeAttribute(null=True)
    delivery_mail = UnicodeAttribute(null=True)
    delivery_next = UnicodeAttribute(null=True)
    delivery_runbook = UnicodeAttribute(null=True)
    tickets_revision = WholeNumberAttribute(null=True, absent=1)
    event_starts_at = MomentAttribute(null=True)
    personal_key = UnicodeAttribute(null=True)
    complained_at = MomentAttribute(null=True)
    holds_seats = BooleanAttribute()
    rejected = FlagAttribute()
    refunds: ListAttribute[RefundMap] = ListAttribute(of=RefundMap, null=True)
    parts: ListAttribute[PartRefundMap] = ListAttribute(of=PartRefundMap, null=True)
    void_tickets: ListAttribute[VoidTicketMap] = ListAttribute(of=VoidTicketMap, null=True)
    reissued: ListAttribute[ReissuedMap] = ListAttribute(of=ReissuedMap, null=True)
    refund_status = EnumAttribute(RefundStatus, null=True)
    voided_at = MomentAttribute(null=True)
    hold_until = MomentAttribute(null=True)
    attempt_seen_at = MomentAttribute(null=True)
    held_in = UnicodeAttribute(null=True)
    asked_to_pay_at = MomentAttribute(null=True)
    agreed_to = UnicodeAttribute(null=True)
    checks_booked_until = MomentAttribute(null=True)
    address_changes = WholeNumberAttribute(null=True, absent=0)
    refund_asked_at = MomentAttribute(null=True)
    origin = EnumAttribute(Origin, null=True)
    version = WholeNumberAttribute()
    audit_hash = TextAttribute()

    work_index = WorkIndex()
    status_index = StatusIndex()
    email_index = EmailIndex()
    personal_index = PersonalIndex()


class CheckoutRow(_Row):
    """A SumUp checkout that we created, one for each attempt to pay."""

    class Meta(_Meta): ...

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


class PaymentRow(_Row):
    """An accepted payment. Its key is what keeps a payment from buying two orders.

    `paid_at` is SumUp's time of it, if SumUp gave one. `origin` is that of its order. Only payments
    at a terminal have no `checkout_id`: any other row without one is unreadable.
    """

    class Meta(_Meta): ...

    transaction_id = UnicodeAttribute(hash_key=True)
    order_number = UnicodeAttribute()
    checkout_id = UnicodeAttribute(null=True)
    origin = EnumAttribute(Origin, null=True)
    amount = DecimalAttribute()
    currency = UnicodeAttribute()
    merchant_code = UnicodeAttribute()
    transaction_code = UnicodeAttribute(null=True)
    accepted_at = MomentAttribute()
    paid_at = MomentAttribute(null=True)

    merchant_index = MerchantIndex()


class TicketRow(_Row):
    """A ticket. Rows from before there were doors have no `changed_at` until a device is added."""

    class Meta(_Meta): ...

    ticket_id = UnicodeAttribute(hash_key=True)
    order_number = UnicodeAttribute()
    event_id = UnicodeAttribute()
    holder = UnicodeAttribute()
    sku = UnicodeAttribute()
    description = UnicodeAttribute()
    status = EnumAttribute(TicketStatus)
    qr_text = UnicodeAttribute()
    admits = WholeNumberAttribute(null=True, absent=1)
    origin = EnumAttribute(Origin, null=True)
    issued_at = MomentAttribute()
    changed_at = MomentAttribute(null=True)
    void_reason = EnumAttribute(VoidReason, null=True)
    replaces = UnicodeAttribute(null=True)
    replaced_by = UnicodeAttribute(null=True)
    transferred = FlagAttribute()
    left = WholeNumberAttribute(null=True)
    last_scan = UnicodeAttribute(null=True)

    event_index = TicketEventIndex()


class RevisionMap(MapAttribute[str, Any]):
    """An earlier revision of an event, and whether buyers were told of it."""

    name = UnicodeAttribute()
    venue = UnicodeAttribute()
    address = UnicodeAttribute()
    starts_at = MomentAttribute()
    time_zone = UnicodeAttribute()
    doors_at = MomentAttribute(null=True)
    ends_at = MomentAttribute(null=True)
    since = MomentAttribute(null=True)
    announced = BooleanAttribute(default=False)


class PictureMap(MapAttribute[str, Any]):
    """An event's picture: which file its sizes were made from, and what it shows."""

    name = UnicodeAttribute()
    alt = UnicodeAttribute()
    width = WholeNumberAttribute()
    height = WholeNumberAttribute()
    widths: ListAttribute[Any] = ListAttribute()


class SpanMap(MapAttribute[str, Any]):
    """A part of a sentence of a description."""

    text = UnicodeAttribute()
    style = EnumAttribute(Style, null=True, absent=Style.PLAIN)
    url = TextAttribute()


class BlockMap(MapAttribute[str, Any]):
    """A paragraph, heading or item of a description."""

    kind = EnumAttribute(BlockKind)
    spans: ListAttribute[SpanMap] = ListAttribute(of=SpanMap)


class EventRow(_Row):
    """What is sold, where and when.

    `on_sale` is "yes" or absent; `revision` is absent for the first. `off_sale_since` and
    `window_since` tell the audit since when an import has had it sold like this. `earlier` has its
    earlier revisions, oldest first; `since` and `announced` belong to the current one.
    `public_keys` check its tickets: they are in base64, by the id of the key.
    """

    class Meta(_Meta): ...

    event_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    organiser_id = UnicodeAttribute()
    venue = UnicodeAttribute()
    address = UnicodeAttribute()
    starts_at = MomentAttribute()
    time_zone = UnicodeAttribute()
    doors_at = MomentAttribute(null=True)
    ends_at = MomentAttribute(null=True)
    late_payment = EnumAttribute(LatePayment, null=True, absent=LatePayment.HONOUR)
    terms = TextAttribute()
    hold_minutes = WholeNumberAttribute(null=True)
    description: ListAttribute[BlockMap] = ListAttribute(of=BlockMap, null=True)
    picture = PictureMap(null=True)  # type: ignore[no-untyped-call]  # pynamodb leaves it so
    age = TextAttribute()
    access = TextAttribute()
    map_url = TextAttribute()
    contact = TextAttribute()
    refunds = TextAttribute()
    consent = FlagAttribute()
    slug = TextAttribute()
    on_sale = UnicodeAttribute(null=True)
    cancelled = FlagAttribute()
    sale_starts_at = MomentAttribute(null=True)
    sale_ends_at = MomentAttribute(null=True)
    off_sale_since = MomentAttribute(null=True)
    window_since = MomentAttribute(null=True)
    revision = WholeNumberAttribute(null=True, absent=1)
    since = MomentAttribute(null=True)
    announced = FlagAttribute()
    earlier: ListAttribute[RevisionMap] = ListAttribute(of=RevisionMap, null=True)
    public_keys: MapAttribute[str, str] = MapAttribute(null=True)
    cancelled_at = MomentAttribute(null=True)
    refund_policy = EnumAttribute(RefundPolicy, null=True)
    cancellation_done_at = MomentAttribute(null=True)
    moved_at = MomentAttribute(null=True)
    refunds_until = MomentAttribute(null=True)

    sale_index = SaleIndex()


class TicketTypeRow(_Row):
    """A ticket type of an event, its price and the seats that are left.

    `on_sale` is absent or false; a lower `position` is shown first.
    """

    class Meta(_Meta): ...

    event_id = UnicodeAttribute(hash_key=True)
    sku = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute()
    price = DecimalAttribute()
    currency = UnicodeAttribute()
    capacity = WholeNumberAttribute()
    available = WholeNumberAttribute()
    on_sale = FlagAttribute(absent=True)
    sale_starts_at = MomentAttribute(null=True)
    sale_ends_at = MomentAttribute(null=True)
    off_sale_since = MomentAttribute(null=True)
    window_since = MomentAttribute(null=True)
    position = WholeNumberAttribute(null=True, absent=0)
    admits = WholeNumberAttribute(null=True, absent=1)


class OrganiserRow(_Row):
    """An organiser. The tokens are encrypted, with a data key of our KMS key.

    Until the organiser connects SumUp, `merchant_code` is absent, or the one that we expect.
    `connection_health` is for people at the console; no code reads it.
    """

    class Meta(_Meta): ...

    organiser_id = UnicodeAttribute(hash_key=True)
    name = UnicodeAttribute()
    merchant_code = TextAttribute()
    currency = UnicodeAttribute()
    colour = TextAttribute()
    logo = TextAttribute()
    sandbox = BooleanAttribute(default=False)
    connection = EnumAttribute(Connection)
    connection_reason = TextAttribute()
    connection_health = UnicodeAttribute(null=True)
    connection_checked_at = MomentAttribute(null=True)
    reconciled_until = DayAttribute(null=True)
    access_token = BinaryAttribute(legacy_encoding=False, null=True)
    access_expires_at = MomentAttribute(null=True)
    refresh_token = BinaryAttribute(legacy_encoding=False, null=True)
    refresh_issued_at = MomentAttribute(null=True)
    refreshed_at = MomentAttribute(null=True)
    token_version = WholeNumberAttribute(default=0)
    lease_owner = UnicodeAttribute(null=True)
    lease_until = MomentAttribute(null=True)
    paused_until = MomentAttribute(null=True)


class MailRow(_Row):
    """A mail of the outbox.

    Alerts that belong to no order have `expires_at_epoch`, and DynamoDB removes them some time
    after that.
    """

    class Meta(_Meta): ...

    mail_id = UnicodeAttribute(hash_key=True)
    kind = EnumAttribute(MailKind)
    recipient = UnicodeAttribute()
    order_number = UnicodeAttribute(null=True)
    subject = UnicodeAttribute(null=True)
    body = UnicodeAttribute(null=True)
    cause = UnicodeAttribute(null=True)
    asked_by = EnumAttribute(Asker, null=True)
    status = EnumAttribute(MailStatus)
    created_at = MomentAttribute()
    attempts = WholeNumberAttribute()
    abandoned = WholeNumberAttribute(default=0)
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
    returned_at = MomentAttribute(null=True)
    failed_at = MomentAttribute(null=True)
    complained_at = MomentAttribute(null=True)
    expires_at_epoch = WholeNumberAttribute(null=True)

    work_index = MailWorkIndex()
    order_index = MailOrderIndex()


class AuditRow(_Row):
    """An entry of the audit trail; each has the hash of the one before."""

    class Meta(_Meta): ...

    order_number = UnicodeAttribute(hash_key=True)
    sequence = WholeNumberAttribute(range_key=True)
    at = MomentAttribute()
    by = UnicodeAttribute()
    change = UnicodeAttribute()
    reason = UnicodeAttribute()
    seen = TextAttribute()
    previous_hash = TextAttribute()
    hash = UnicodeAttribute()


class RequestRow(_Row):
    """Whatever may happen only once or a few times: a buyer's request, an invitation, a sign-in.

    A counter has the `orders` that it counts, or their unpaid `seats`; see `orders.limits`.

    DynamoDB removes a row some time after `expires_at_epoch`. Readers that must not use it after
    `expires_at` have to check that themselves.
    """

    class Meta(_Meta): ...

    idempotency_key = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    payload = UnicodeAttribute(null=True)
    request_hash = UnicodeAttribute(null=True)
    order_number = UnicodeAttribute(null=True)
    spent_by = UnicodeAttribute(null=True)
    orders = UnicodeSetAttribute(null=True)
    seats = WholeNumberAttribute(null=True)
    expires_at = MomentAttribute()
    expires_at_epoch = WholeNumberAttribute()


class DoorRow(_Row):
    """A device at the door of an event.

    `searches` is how many searches it began since `searching_since`.
    """

    class Meta(_Meta): ...

    event_id = UnicodeAttribute(hash_key=True)
    device_id = UnicodeAttribute(range_key=True)
    gate = UnicodeAttribute()
    role = EnumAttribute(Role)
    secret_hash = UnicodeAttribute()
    created_at = MomentAttribute()
    names_offline = FlagAttribute()
    public_key = BinaryAttribute(legacy_encoding=False, null=True)
    paired_at = MomentAttribute(null=True)
    revoked_at = MomentAttribute(null=True)
    revoked_seq = WholeNumberAttribute(null=True)
    seen_at = MomentAttribute(null=True)
    highest = WholeNumberAttribute(null=True, absent=0)
    waiting = WholeNumberAttribute(null=True, absent=0)
    not_ours = WholeNumberAttribute(null=True, absent=0)
    searching_since = MomentAttribute(null=True)
    searches = WholeNumberAttribute(null=True, absent=0)


class AdmissionRow(_Row):
    """An entry of an event's log of admissions; written once.

    Its key is the scan, `D7KQ2#000121`. Beside it may stand rows of their own: `~` begins the key
    of what corrects it, `!` that of a second scan of the same number, `+` that of what an operator
    counted of a revoked device's scan.
    """

    class Meta(_Meta): ...

    event_id = UnicodeAttribute(hash_key=True)
    scan_id = UnicodeAttribute(range_key=True)
    gate = TextAttribute()
    action = EnumAttribute(Action, null=True)
    verdict = EnumAttribute(Verdict, null=True)
    at = MomentAttribute(null=True)
    arrived_at = MomentAttribute(null=True)
    said = EnumAttribute(Said, null=True)
    signature = TextAttribute()
    hash = TextAttribute()
    ticket_id = TextAttribute()
    sku = TextAttribute()
    people = WholeNumberAttribute(null=True, absent=0)
    counted = WholeNumberAttribute(null=True, absent=0)
    reason = TextAttribute()
    since = MomentAttribute(null=True)
    collides = TextAttribute()
    other_event = TextAttribute()
    refers_to = TextAttribute()
    by_hand = FlagAttribute()
    override = EnumAttribute(Override, null=True, absent=Override.NONE)
    list_as_of = TextAttribute()
    previous = TextAttribute()
    offset_ms = WholeNumberAttribute(null=True, absent=0)
    number = WholeNumberAttribute(null=True)
    by = TextAttribute()


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
    "doors_table": DoorRow,
    "admissions_table": AdmissionRow,
}


def bind(names: Mapping[str, str], region: str) -> None:
    """Give each model the name of its table, by the keys of `TABLES`, and all of them one client.

    By itself, pynamodb would load the service's description and open connections for each table.
    """
    shared = _Row.shared = PynamoConnection(
        region=region,
        connect_timeout_seconds=_Meta.connect_timeout_seconds,
        read_timeout_seconds=_Meta.read_timeout_seconds,
        max_retry_attempts=_Meta.max_retry_attempts,
    )
    shared.session.set_default_client_config(LEAN)
    for key, name in names.items():
        meta: Any = TABLES[key].Meta
        meta.table_name, meta.region = name, region
        table = TABLES[key]._get_connection()  # noqa: SLF001 - it has no public name
        shared.add_meta_table(table.get_meta_table())
        table.connection = shared
    _ = shared.client  # now, because each thread of a batch would begin to make one


def connection() -> PynamoConnection:
    """Return the connection that all tables share, for transactions; `bind` makes it."""
    return _Row.shared
