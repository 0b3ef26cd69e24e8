"""Convert domain objects to rows and back, as far as it is more than copying under one name."""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from ticketing.adapters.dynamodb.models import (
    AuditRow,
    BlockMap,
    CheckoutRow,
    EventRow,
    LineMap,
    MailRow,
    OrderRow,
    OrganiserRow,
    PartRefundMap,
    PictureMap,
    RefundMap,
    ReissuedMap,
    RequestRow,
    RevisionMap,
    SpanMap,
    TicketRow,
    TicketTypeRow,
    VoidTicketMap,
)
from ticketing.adapters.dynamodb.rows import (
    UNREADABLE,
    attributes_of,
    read_as,
    require_complete,
    set_or_remove,
    write_as,
)
from ticketing.adapters.dynamodb.spread import plain, spread
from ticketing.emails.mail import Mail
from ticketing.errors import InvalidMoney, UnreadableOrder
from ticketing.events.about import NOTHING_SAID, About, Block, Picture, Span
from ticketing.events.event import Event, Facts, Revision, TicketType
from ticketing.language import Language
from ticketing.money import Money
from ticketing.observability import logger
from ticketing.operators.next_step import changed_attributes, delivery_attributes, row_attributes
from ticketing.orders.audit_entry import AuditEntry
from ticketing.orders.basket import Request
from ticketing.orders.order import (
    Customer,
    Delivery,
    Line,
    Order,
    Reissued,
    Trouble,
    VoidTicket,
    Work,
)
from ticketing.orders.refund import PartRefund, Refund
from ticketing.orders.transitions import Transition
from ticketing.organisers.organiser import Organiser
from ticketing.payments.checkout_result import CheckoutRecord
from ticketing.payments.payment import Checkout
from ticketing.tickets.ticket import Ticket

MAIL_WORK = "MAIL"
PERSONAL = "BUYER"
"""The key that keeps an order in the index of those that name a buyer."""
ATTRIBUTES_OF = {
    "customer": ("customer_name", "customer_email", "customer_email_typed"),
    "refunds": ("refunds", "refund_status"),
    "parts": ("parts", "refund_status"),
    "trouble": ("trouble_code", "trouble_since", "trouble_times"),
    "work": ("work_key",),
}
"""Which attributes of a row hold a field of an order, if they differ from it in name or number."""


# ---- orders


def order_from(row: OrderRow, payment_window: timedelta) -> Order:
    """Return the order in a row; `UnreadableOrder` names what is missing or wrong.

    `payment_window` is how long a buyer has to pay if the row itself has no deadline.
    """
    try:
        require_complete(row, "it")
        return read_as(
            Order,
            row,
            deadline=_deadline(row, payment_window),
            customer=_customer_from(row),
            lines=tuple(_line_from(line) for line in row.lines),
            total=Money(row.total, row.currency),
            checkout_ids=tuple(str(i) for i in row.checkout_ids or ()),
            work=Work(plain(row.work_key)) if row.work_key else None,
            trouble=_trouble_from(row),
            refunds=tuple(_refund_from(refund) for refund in row.refunds or ()),
            parts=tuple(_part_from(part) for part in row.parts or ()),
            void_tickets=tuple(_void_from(void) for void in row.void_tickets or ()),
            reissued=tuple(_reissued_from(one) for one in row.reissued or ()),
        )
    except (*UNREADABLE, InvalidMoney) as problem:
        raise UnreadableOrder(row.order_number, str(problem)) from problem


def _deadline(row: OrderRow, payment_window: timedelta) -> datetime:
    """Return the row's deadline or the usual one, which is never after the event has begun."""
    set_for_it: datetime | None = row.deadline
    if set_for_it is not None:
        return set_for_it
    usual: datetime = row.created_at + payment_window
    begins: datetime | None = row.event_starts_at
    return usual if begins is None else min(usual, begins)


def _customer_from(row: OrderRow) -> Customer:
    """Return the buyer; an unknown language, typed in the console, must not hold an order up."""
    known = row.customer_language in set(Language)
    language = Language(row.customer_language) if known else Language.ENGLISH
    address = row.customer_email_typed or row.customer_email
    return Customer(row.customer_name, address, language)


def _line_from(line: LineMap) -> Line:
    require_complete(line, "a line")
    return read_as(Line, line)


def _trouble_from(row: OrderRow) -> Trouble | None:
    if not row.trouble_code or row.trouble_since is None:
        return None
    return Trouble(row.trouble_code, row.trouble_since, row.trouble_times or 1)


def _refund_from(refund: RefundMap) -> Refund:
    require_complete(refund, "a refund")
    return read_as(Refund, refund, amount=Money(refund.amount, refund.currency))


def _part_from(part: PartRefundMap) -> PartRefund:
    require_complete(part, "a part")
    money = Money(part.amount, part.currency)
    return read_as(PartRefund, part, amount=money, tickets=tuple(part.tickets or ()))


def _void_from(void: VoidTicketMap) -> VoidTicket:
    require_complete(void, "a void ticket")
    return read_as(VoidTicket, void)


def _reissued_from(reissued: ReissuedMap) -> Reissued:
    require_complete(reissued, "a ticket that was reissued")
    return read_as(Reissued, reissued)


def order_row(order: Order, work_shards: int = 1) -> OrderRow:
    """Return the complete row of an order, including its sentences for people."""
    personal_key = None if order.customer.is_erased else PERSONAL
    attributes = _order_attributes(order, work_shards) | row_attributes(order)
    return OrderRow(**attributes, personal_key=personal_key)


def changes_by(transition: Transition, work_shards: int = 1) -> list[Action]:
    """Return what a transition changes in its order's row, including its sentences for people."""
    attributes = _order_attributes(transition.after, work_shards)
    names = [n for field in transition.fields for n in ATTRIBUTES_OF.get(field, (field,))]
    changed = {name: attributes[name] for name in names} | changed_attributes(transition)
    return [set_or_remove(getattr(OrderRow, name), value) for name, value in changed.items()]


def delivery_changes(delivery: Delivery, mail_id: str) -> list[Action]:
    """Return what a mail changes in its order's row, including its sentences for people."""
    texts = delivery_attributes(delivery)
    return [
        OrderRow.delivery.set(delivery),
        OrderRow.delivery_mail.set(mail_id),
        *(set_or_remove(getattr(OrderRow, name), text) for name, text in texts.items()),
    ]


def _order_attributes(order: Order, work_shards: int) -> dict[str, Any]:
    trouble = order.trouble
    is_folded = order.customer.email == order.customer.key
    return attributes_of(OrderRow, order) | {
        "customer_name": order.customer.name,
        "customer_email": order.customer.key,
        "customer_email_typed": None if is_folded else order.customer.email,
        "customer_language": order.customer.language.value,
        "lines": [write_as(LineMap, line) for line in order.lines],
        "total": order.total.amount,
        "currency": order.total.currency,
        "checkout_ids": list(order.checkout_ids),
        "work_key": order.work and spread(order.work, order.order_number, work_shards),
        "trouble_code": trouble and trouble.code,
        "trouble_since": trouble and trouble.since,
        "trouble_times": trouble and trouble.times,
        "refunds": [_refund_map(refund) for refund in order.refunds] or None,
        "parts": [_part_map(part) for part in order.parts] or None,
        "void_tickets": [write_as(VoidTicketMap, void) for void in order.void_tickets] or None,
        "reissued": [write_as(ReissuedMap, one) for one in order.reissued] or None,
    }


def _refund_map(refund: Refund) -> RefundMap:
    money = refund.amount
    return write_as(RefundMap, refund, amount=money.amount, currency=money.currency)


def _part_map(part: PartRefund) -> PartRefundMap:
    money, tickets = part.amount, list(part.tickets) or None
    return write_as(
        PartRefundMap, part, amount=money.amount, currency=money.currency, tickets=tickets
    )


def audit_row(entry: AuditEntry) -> AuditRow:
    """Return the row of an audit entry."""
    return write_as(AuditRow, entry)


def request_key(key: str) -> str:
    """Return the key of the row of a request to order; other rows have prefixes of their own."""
    return f"order#{key}"


def request_row(order: Order, request: Request) -> RequestRow:
    """Return the row that remembers which order a request became."""
    return RequestRow(
        request_key(request.key),
        kind="order",
        request_hash=request.fingerprint,
        order_number=order.order_number,
        expires_at=request.expires_at,
        expires_at_epoch=int(request.expires_at.timestamp()),
    )


# ---- checkouts and payments


def checkout_row(order: Order, checkout: Checkout, reference: str, now: datetime) -> CheckoutRow:
    """Return the row of a checkout that was created for this order, with the order's amounts."""
    return CheckoutRow(
        checkout.id,
        order_number=order.order_number,
        reference=reference,
        amount=order.total.amount,
        currency=order.total.currency,
        merchant_code=order.merchant_code,
        status=checkout.status,
        pay_url=checkout.pay_url,
        created_at=now,
    )


def checkout_record_from(row: CheckoutRow) -> CheckoutRecord:
    """Return our record of a checkout. What it lacks counts as a mismatch once that is paid."""
    return CheckoutRecord(
        row.checkout_id, row.order_number, row.reference, row.pay_url, row.status, row.created_at
    )


# ---- tickets, events, organisers


def ticket_row(ticket: Ticket, now: datetime) -> TicketRow:
    """Return the row of a ticket issued now."""
    return write_as(TicketRow, ticket, issued_at=now, changed_at=now)


def ticket_from(row: TicketRow) -> Ticket:
    """Return the ticket of a row."""
    return read_as(Ticket, row)


def ticket_type_from(row: TicketTypeRow) -> TicketType:
    """Return the ticket type of a row."""
    return read_as(TicketType, row, price=Money(row.price, row.currency))


ON_SALE = "yes"
"""The value of an event's `on_sale`. An event with any other value, or none, is not on sale."""


def event_from(row: EventRow) -> Event:
    """Return the event of a row."""
    earlier = tuple(_revision_from(one) for one in row.earlier or ())
    on_sale, about = row.on_sale == ON_SALE, _about_from(row)
    return read_as(Event, row, on_sale=on_sale, earlier=earlier, about=about)


def _about_from(row: EventRow) -> About:
    """Return the texts of the event's page; nothing if they were edited and cannot be read.

    Buyers must not have to wait for their tickets because of that.
    """
    try:
        return about_from(row)
    except UNREADABLE as problem:
        logger.error("what an event says cannot be read", event=row.event_id, problem=str(problem))
        return NOTHING_SAID


def about_from(row: EventRow) -> About:
    """Return the texts of the event's page; raises whatever reading its attributes raises."""
    found: PictureMap | None = row.picture
    picture = None if found is None else read_as(Picture, found, widths=tuple(found.widths))
    blocks = tuple(
        read_as(Block, block, spans=tuple(read_as(Span, span) for span in block.spans))
        for block in row.description or ()
    )
    return read_as(About, row, description=blocks, picture=picture)


def about_changes(about: About) -> list[Action]:
    """Return what an import changes in an event's row for its page."""
    blocks = [
        write_as(BlockMap, block, spans=[write_as(SpanMap, span) for span in block.spans])
        for block in about.description
    ]
    picture = about.picture and write_as(
        PictureMap, about.picture, widths=list(about.picture.widths)
    )
    texts = attributes_of(EventRow, about) | {"description": blocks or None, "picture": picture}
    return [set_or_remove(getattr(EventRow, name), value) for name, value in texts.items()]


def _revision_from(row: RevisionMap) -> Revision:
    require_complete(row, "an earlier revision")
    return read_as(Revision, row, facts=read_as(Facts, row))


def revision_map(revision: Revision) -> RevisionMap:
    """Return an earlier revision of an event as its row stores it."""
    return write_as(RevisionMap, revision, **asdict(revision.facts))


def organiser_from(row: OrganiserRow) -> Organiser:
    """Return the organiser of a row; its tokens stay encrypted."""
    return read_as(Organiser, row, name=row.name or "", currency=row.currency or "")


# ---- mails


def mail_row(mail: Mail) -> MailRow:
    """Return the row of a mail that waits to be sent."""
    expires_at_epoch = int(mail.expires_at.timestamp()) if mail.expires_at else None
    return write_as(MailRow, mail, work_key=MAIL_WORK, expires_at_epoch=expires_at_epoch)


def mail_from(row: MailRow) -> Mail:
    """Return the mail of a row."""
    return read_as(Mail, row)


def mail_put_back(before: Mail, mail: Mail) -> tuple[list[Action], Condition]:
    """Return the changes that make a mail due again, if it is still as it was read."""
    tried: Condition = MailRow.attempts == before.attempts
    as_read = tried & (MailRow.status == before.status) & MailRow.failed_at.does_not_exist()
    actions: list[Action] = [
        MailRow.status.set(mail.status),
        MailRow.work_key.set(MAIL_WORK),
        MailRow.next_attempt_at.set(mail.next_attempt_at or mail.created_at),
        MailRow.abandoned.set(mail.abandoned),
        MailRow.lease_until.remove(),
    ]
    return actions, as_read
