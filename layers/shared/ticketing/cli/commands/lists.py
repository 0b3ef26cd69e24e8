"""`pending`, `stuck` and `attention`: what is open, what is late, and what needs a person."""

from argparse import Namespace
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ticketing.adapters.aws.queues import DeadLetters
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.adapters.dynamodb.rows import UNREADABLE, UnreadableRow
from ticketing.bootstrap import Services
from ticketing.cli.commands import ATTENTION, DEAD_LETTER_QUEUES, OK
from ticketing.cli.commands.event_work import unfinished
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import counted, in_json, moment, table
from ticketing.cli.doctor.operation import alarm_states
from ticketing.cli.terminal import progress
from ticketing.emails.delivery_status import WITH_TICKETS
from ticketing.emails.mail import Mail, MailKind, alert_id
from ticketing.errors import MailNotFound, OrderNotFound, UnreadableMail, UnreadableOrder
from ticketing.operators.alerts import audit_fact
from ticketing.operators.next_step import next_step
from ticketing.orders.commands import line, sending_tickets
from ticketing.orders.order import Delivery, Order, OrderStatus
from ticketing.orders.refund import UNSETTLED, RefundStatus
from ticketing.orders.schedule import is_overdue
from ticketing.organisers.connection_health import Health, health, note

HEAD = ("WHAT", "SINCE", "WHY", "NEXT", "COMMAND")
LONG = (2, 3, 4)
MAIL_STUCK = timedelta(hours=1)
"""A mail waits for so long only if something is wrong."""
AUDITED_EVERY = timedelta(hours=25)
CORRECT = "Nothing until its row is right: docs/runbooks/broken-data.md."
NOT_BACK = (*UNSETTLED, RefundStatus.REFUSED)
MOST_MAILS = 1000


@dataclass(frozen=True)
class Item:
    """A line of a list: a subject, since when, why, what happens next, and the command to run."""

    what: str
    since: datetime | None
    why: str
    next: str
    command: str


def pending(options: Namespace, stack: Stack) -> int:
    """List all open orders, oldest first."""
    orders = stack.services().orders.with_status(OrderStatus.PENDING)
    _print(options, [_of_order(order) for order in _counted(orders)], "No order is open.")
    return OK


def stuck(options: Namespace, stack: Stack) -> int:
    """List orders open for longer than `StuckAfterMinutes`, and mails that are not sent."""
    services, now = stack.services(), datetime.now(UTC)
    since = now - services.settings.stuck_after
    orders = services.orders.with_status(OrderStatus.PENDING)
    items = [
        _of_order(order)
        for order in _counted(orders)
        if isinstance(order, UnreadableOrder) or order.created_at <= since
    ]
    items += _waiting(services, now)
    _print(options, items, "Nothing has waited too long.")
    return ATTENTION if items else OK


def attention(options: Namespace, stack: Stack) -> int:
    """List what needs a person, each with the reason and the command that helps."""
    services, now = stack.services(), datetime.now(UTC)
    items = [
        *(_of_order(o) for o in _counted(services.orders.with_status(OrderStatus.REVIEW))),
        *_troubled(services, now),
        *_owed(services),
        *_lost_mails(services),
        *_dead_letters(stack),
        *_events(),
        *_connections(now),
        *_broken_rules(services, now),
        *_alarms(stack),
    ]
    items = list(dict.fromkeys(items))  # an order may be unreadable for several reasons to list it
    _print(options, items, "Nothing needs a person.")
    return ATTENTION if items else OK


def _troubled(services: Services, now: datetime) -> Iterator[Item]:
    for order in _counted(services.orders.with_status(OrderStatus.PENDING)):
        if isinstance(order, UnreadableOrder) or _is_troubled(order, now):
            yield _of_order(order)


def _is_troubled(order: Order, now: datetime) -> bool:
    lasts = order.trouble is not None and is_overdue(order.trouble, now)
    return lasts or next_step(order).needs_a_person


def _owed(services: Services) -> Iterator[Item]:
    """Yield orders with a refund that was refused or is not confirmed."""
    for order in services.orders.with_refunds(*NOT_BACK):
        if isinstance(order, UnreadableOrder) or order.status is not OrderStatus.REVIEW:
            yield _of_order(order)


def _lost_mails(services: Services) -> Iterator[Item]:
    """Yield each order whose tickets did not arrive, once, and other mails that came back."""
    listed: set[str] = set()
    for mail in _mails(services, services.outbox.in_trouble()):
        if isinstance(mail, Item):
            yield mail
            continue
        number = mail.order_number
        if mail.returned_at:
            if not _is_superseded(services, mail):
                yield _of_returned(services, mail)
        elif mail.kind is MailKind.ALERT:
            yield _of_mail(mail)
        elif mail.kind is MailKind.CONFIRMATION and number and number not in listed:
            listed.add(number)
            try:
                order = services.orders.get(number)
            except OrderNotFound as error:
                yield Item(number, None, str(error), "-", line("status", number))
                continue
            except UnreadableOrder as error:
                yield _of_unreadable(error)
                continue
            if order.delivery is Delivery.PROBLEM and _is_wanted(order):
                yield Item(
                    number,
                    mail.failed_at or mail.created_at,
                    f"{mail.mail_id}: {mail.problem or 'it was given up'}",
                    next_step(order).tickets,
                    " | ".join(next_step(order).commands),
                )


def _waiting(services: Services, now: datetime) -> Iterator[Item]:
    for mail in _mails(services, services.outbox.due(now, MOST_MAILS)):
        if isinstance(mail, Item):
            yield mail
        elif mail.created_at <= now - MAIL_STUCK:
            yield _of_mail(mail)


def _mails(services: Services, mail_ids: Iterable[str]) -> Iterator[Mail | Item]:
    """Yield each mail, or a line that says why it cannot be read; skip those that are gone."""
    for mail_id in mail_ids:
        try:
            found: Mail | Item = services.outbox.get(mail_id)
        except MailNotFound:
            continue
        except UNREADABLE as problem:
            found = Item(mail_id, None, f"its row cannot be read: {problem}", CORRECT, "audit")
        yield found


def _is_wanted(order: Order) -> bool:
    """Return whether the order has valid tickets, and its buyer was not erased."""
    return order.admits and not order.customer.is_erased


def _dead_letters(stack: Stack) -> Iterator[Item]:
    for name, output in DEAD_LETTER_QUEUES.items():
        many = DeadLetters(stack.session.client("sqs"), stack.outputs[output]).count()
        if many:
            why = f"{counted(many, 'dead letter')}; the log of their function says why"
            yield Item(f"queue {name}", None, why, "Nothing on its own.", f"redrive {name}")


def _events() -> Iterator[Item]:
    for one in unfinished():
        if isinstance(one, str):
            yield _of_row(one)
            continue
        event, since, why, command = one
        yield Item(f"event {event.event_id}", since, why, "Nothing on its own.", command)


def _of_row(unreadable: str) -> Item:
    """Return the line about an event or order that a report calls `event 5: it lacks name`."""
    row, _, problem = unreadable.partition(": ")
    kind, _, key = row.partition(" ")
    if kind == "order":
        return _of_unreadable(UnreadableOrder(key, problem))
    why = f"its row cannot be read: {problem}"
    return Item(row, None, why, CORRECT, f"events {line('show', key)}")


def _connections(now: datetime) -> Iterator[Item]:
    for one in OrganiserTable().every_row():
        if isinstance(one, UnreadableRow):
            why = f"the row of an organiser cannot be read: {one.problem}"
            yield Item("organiser", None, why, CORRECT, "doctor")
            continue
        if health(one, now) not in {Health.REAUTH, Health.WARN}:
            continue
        what, command = f"organiser {one.organiser_id}", f"organisers connect {one.organiser_id}"
        yield Item(what, one.connection_checked_at, note(one, now), "They connect again.", command)


def _broken_rules(services: Services, now: datetime) -> Iterator[Item]:
    """Yield a line if the last audit found broken rules; audits send at most one alert a day."""
    for day in (now, now - timedelta(days=1)):
        try:
            mail = services.outbox.get(alert_id(audit_fact(day)))
        except MailNotFound:
            continue
        if mail.created_at > now - AUDITED_EVERY:
            why = "The audit found broken rules; its alert names them."
            happens = "Nothing on its own. `audit` shows what is still broken."
            yield Item("audit", mail.created_at, why, happens, "audit")
            return


def _alarms(stack: Stack) -> Iterator[Item]:
    for name, (state, _) in sorted(alarm_states(stack).items()):
        if state == "ALARM":
            page = f"See docs/runbooks/README.md, {name.replace('-', ' ')}."
            yield Item(f"alarm {name}", None, "It is raised.", page, "doctor")


def _of_unreadable(error: UnreadableOrder) -> Item:
    number, why = error.order_number, f"its row cannot be read: {error.problem}"
    return Item(number, None, why, CORRECT, line("status", number))


def _of_order(order: Order | UnreadableOrder) -> Item:
    if isinstance(order, UnreadableOrder):
        return _of_unreadable(order)
    step = next_step(order)
    at = f" ({moment(step.at)})" if step.at else ""
    why = f"{order.total}: {order.status_reason}" if order.status_reason else f"{order.total}"
    since = order.settled_at or order.created_at
    return Item(order.order_number, since, why, f"{step.happens}{at}", " | ".join(step.commands))


def _of_mail(mail: Mail) -> Item:
    why = f"{mail.status}: {mail.problem or 'tried ' + counted(mail.attempts, 'time')}"
    helps = "doctor" if mail.failed_at else line("resend", mail.mail_id)
    due = f"It is tried again at {moment(mail.next_attempt_at)}."
    happens = due if mail.next_attempt_at else "Nothing on its own."
    return Item(mail.mail_id, mail.created_at, why, happens, helps)


def _of_returned(services: Services, mail: Mail) -> Item:
    number = mail.order_number
    helps = line("status", number) if number else "doctor"
    if mail.kind in WITH_TICKETS and number:
        try:
            order = services.orders.get(number)
        except (OrderNotFound, UnreadableOrder):
            pass
        else:
            helps = " | ".join(sending_tickets(order, lost=True)) or helps
    why = f"{mail.mail_id}: {mail.problem}"
    return Item(number or mail.mail_id, mail.returned_at, why, "Nothing on its own.", helps)


def _is_superseded(services: Services, mail: Mail) -> bool:
    """Return whether the buyer was erased, or a later mail brings the same tickets."""
    if not mail.is_personal:
        return True
    if mail.kind not in WITH_TICKETS or not mail.order_number:
        return False
    try:
        others = services.outbox.of_order(mail.order_number)
    except UnreadableMail:
        return False
    return any(
        other.kind is MailKind.CONFIRMATION and other.created_at > mail.created_at
        for other in others
    )


def _counted(
    orders: Iterator[Order | UnreadableOrder],
) -> Iterator[Order | UnreadableOrder]:
    """Yield the orders, and show how many there are so far."""
    with progress("Reading") as show:
        for number, order in enumerate(orders, start=1):
            show(counted(number, "order"))
            yield order


def _print(options: Namespace, items: Sequence[Item], none: str) -> None:
    if options.json:
        print(in_json([_facts(item) for item in items]))
    elif not items:
        print(none)
    else:
        print(table([HEAD, *map(_row, items)], long=LONG))


def _row(item: Item) -> tuple[str, ...]:
    return item.what, moment(item.since), item.why, item.next, item.command


def _facts(item: Item) -> dict[str, object]:
    return {
        "what": item.what,
        "since": item.since.isoformat() if item.since else None,
        "why": item.why,
        "next": item.next,
        "command": item.command,
    }
