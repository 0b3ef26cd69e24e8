"""`report`: the health of a shop on one page, from its tables, queues, metrics and alarms."""

from argparse import Namespace
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, TypeVar

from ticketing.adapters.aws.cloudwatch import HourlyMetrics
from ticketing.adapters.aws.queues import DeadLetters
from ticketing.adapters.dynamodb.health_records import HealthRecords
from ticketing.adapters.dynamodb.retries import SDK_ERRORS
from ticketing.brand import Brand
from ticketing.cli.commands import ATTENTION, DEAD_LETTER_QUEUES, FAILED, OK
from ticketing.cli.commands.event_lists import write_new
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import in_json
from ticketing.cli.doctor.operation import alarm_states
from ticketing.errors import TicketingError
from ticketing.observability import (
    HEARTBEAT,
    MAILS_BOUNCED,
    MAILS_COMPLAINED,
    MAILS_DELIVERED,
    MAILS_FAILED,
    MAILS_SENT,
)
from ticketing.orders.order import OrderStatus
from ticketing.reports import health_json, health_page, health_text
from ticketing.reports.health import HOURS, MAILS, Health, health, week_begins
from ticketing.reports.health_facts import Facts, MailsCounted, Unread

T = TypeVar("T")
NOT_READ: Final = (*SDK_ERRORS, TicketingError)
QUEUES: Final = {**DEAD_LETTER_QUEUES, "schedule": "ScheduleDeadLetterQueueUrl"}
COUNTED: Final = dict(
    zip(
        MAILS,
        (MAILS_SENT, MAILS_DELIVERED, MAILS_BOUNCED, MAILS_COMPLAINED, MAILS_FAILED),
        strict=True,
    )
)


def run(options: Namespace, stack: Stack) -> int:
    """Show the health of the shop, or write it to a file; nothing is changed."""
    services = stack.services()
    brand = services.brand
    found = examine(stack, brand, services.settings.payment_window, datetime.now(UTC))
    if options.json:
        print(in_json(health_json.document(found)))
    elif options.html:
        write_new(options.html, health_page.page(found, brand))
        print(f"Written: {options.html}")
    else:
        print("\n".join(_lines(found, brand)))
    if found.unread:
        return FAILED
    return ATTENTION if found.problems else OK


def examine(stack: Stack, brand: Brand, payment_window: timedelta, now: datetime) -> Health:
    """Read everything; what cannot be read does not stop the rest."""
    since = min(week_begins(now, brand.time_zone), now - timedelta(hours=HOURS))
    records = HealthRecords(payment_window)
    facts = Facts(
        made_at=now,
        pending=_read(lambda: records.orders(OrderStatus.PENDING)),
        on_hold=_read(lambda: records.orders(OrderStatus.REVIEW)),
        mails=_read(records.mails),
        lost_mails=_read(lambda: records.lost_mails(since)),
        dead_letters={name: _read(partial(_dead, stack, q)) for name, q in QUEUES.items()},
        decided=_read(lambda: records.decided(since)),
        money_back=_read(lambda: records.money_back(since)),
        deliveries=_read(lambda: records.deliveries(since)),
        mail_counts=_read(lambda: _mail_counts(stack, since, now)),
        alarms=_read(lambda: alarm_states(stack)),
    )
    return health(facts, brand.time_zone)


def _read(read: Callable[[], T]) -> T | Unread:
    try:
        return read()
    except NOT_READ as error:
        return Unread(str(error))


def _dead(stack: Stack, output: str) -> int:
    return DeadLetters(stack.session.client("sqs"), stack.output(output)).count()


def _mail_counts(stack: Stack, since: datetime, now: datetime) -> MailsCounted:
    settings = stack.variables()
    metrics = HourlyMetrics(
        stack.session.client("cloudwatch"), settings["BRAND_NAME"], settings["STACK_NAME"]
    )
    sums = metrics.sums([*COUNTED.values(), HEARTBEAT], since, now)
    scans = [at for at, _ in sums[HEARTBEAT]]
    hours = {name: sums[metric] for name, metric in COUNTED.items()}
    return MailsCounted(hours, scanned_at=max(scans, default=None))


def _lines(found: Health, brand: Brand) -> Iterator[str]:
    yield f"{brand.name}, {brand.local_time(found.facts.made_at)} {brand.time_zone}"
    yield ""
    yield from health_text.lines(found, brand)
    yield ""
    if found.is_well:
        yield "Nothing in these figures needs a person."
    yield from (f"!! {problem}" for problem in found.problems)
    yield from (f"?? {missing}" for missing in found.unread)
