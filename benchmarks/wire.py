"""What the shop asks of AWS and SumUp, counted on the wire while its functions run.

The deployment is that of `tests/faults`: AWS is moto as the template describes it, SumUp is the
simulator. One order is placed, paid and mailed before anything is counted, so that each function
has its clients, secrets and keys. An order that does not get its tickets ends it all: `_checked`.
"""

import io
import json
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import requests
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from benchmarks import units
from benchmarks.rows_of_requests import changes, reads, row, table
from functions.audit_orders.app import handler as audit_orders
from functions.erase_buyers.app import handler as erase_buyers
from functions.reconcile_payments.app import handler as reconcile_payments
from functions.record_email_event.app import handler as record_email_event
from functions.refresh_connections.app import handler as refresh_connections
from functions.remind_buyers.app import handler as remind_buyers
from local.places import ROOT
from tests.faults.deployment import Buyer, Deployment, deployed
from tests.faults.plan import DeliverAws, Plan
from tests.support.aws import STACK, resources
from tests.support.builders import an_event
from tests.support.cloudformation import one
from ticketing.adapters.dynamodb.models import TicketTypeRow
from ticketing.emails.delivery_events import tag_of
from ticketing.emails.mail import MailKind, MailStatus
from ticketing.emails.reminder import AHEAD
from ticketing.observability import logger
from ticketing.orders.order import OrderStatus

SEATS, TICKETS, LONGEST_WORD = 1000, 2, 20
BATCH = 10
"""Orders that are counted together: as many as a function gets in a batch."""
REMINDED = BATCH + 2
"""Orders that are reminded together: those, the one on its own, and the first one."""
NIGHTLY = {
    "refresh_connections": refresh_connections,
    "audit_orders": audit_orders,
    "erase_buyers": erase_buyers,
    "reconcile_payments": reconcile_payments,
    "remind_buyers": remind_buyers,
}
OK = 200
UNDISTURBED = ("send", "delivery")
"""What SES reports about a mail that arrives, if the template subscribes to it."""


@dataclass(frozen=True)
class Request:
    """One request of a function of ours. Units are DynamoDB's; bytes are those of the request."""

    function: str
    service: str
    operation: str
    target: str
    reads: float = 0
    writes: Mapping[str, int] = field(default_factory=dict)
    """Write units by table, and by `table/index`."""
    bytes: int = 0

    @property
    def write_units(self) -> int:
        return sum(self.writes.values())


@dataclass(frozen=True)
class Part:
    """What some invocations did: their requests in order, how much they logged, their metrics."""

    requests: tuple[Request, ...]
    invocations: Counter[str]
    log_bytes: int
    metrics: frozenset[str]


@dataclass(frozen=True)
class Counted:
    """An order's life in parts, each for `BATCH` orders, and what the shop does without orders."""

    browsed: Part
    """The list of events, and one of them."""
    placed: Part
    looked_at: Part
    """The first poll by an order's page, and the check that it leads to."""
    polled: Part
    """A page that polls again."""
    paid_to_mailed: Part
    alone: Part
    """One order on its own, from paid to mailed."""
    reminded: Part
    """The mails of the day before, for `REMINDED` orders."""
    idle_scan: Part
    nights: Mapping[str, Part]
    mail_bytes: float
    """Bytes of one mail as it is sent."""
    attachment_bytes: float
    """Bytes of its attachments, encoded."""
    archive_bytes: float
    """Bytes that one order leaves in S3."""
    row_bytes: float
    """Bytes that one order leaves in the tables, their indexes not counted."""


class Wire(Plan):
    """Breaks nothing, and keeps what passes."""

    def __init__(self) -> None:
        super().__init__()
        self.passed: list[Request] = []
        self.within: Callable[[], str | None] = lambda: None
        """Returns the function that another one has invoked and is waiting for."""

    @property
    def _caller(self) -> str:
        invoked = self.within()
        return _function(invoked) if invoked else self._function

    def aws(
        self, service: str, operation: str, request: AWSPreparedRequest, deliver: DeliverAws
    ) -> AWSResponse | None:
        """Carry a request to AWS, and note it if a function made it."""
        if not self._function:
            return deliver()
        body = _body(request)
        size = len(request.body) if isinstance(request.body, bytes | str) else 0
        changed = changes(operation, body) if service == "dynamodb" else []
        before = [row(name, key) for name, key in changed]
        place, caller = len(self.passed), self._caller
        answer = deliver()
        read, writes = 0.0, Counter[str]()
        if service == "dynamodb" and answer is not None:
            read = reads(operation, body, json.loads(answer.content))
            for (name, key), was in zip(changed, before, strict=True):
                described = resources("AWS::DynamoDB::Table")[name]
                transaction = operation == "TransactWriteItems"
                units_of = units.written(described, was, row(name, key), transaction=transaction)
                for index, number in units_of.items():
                    writes[f"{name}/{index}".rstrip("/")] += number
        target = _target(service, body, str(request.url))
        made = Request(caller, service, operation, target, read, writes, size)
        self.passed.insert(place, made)  # before what it led to
        return answer

    def sumup(self, call: str, deliver: Callable[[], requests.Response]) -> requests.Response:
        """Carry a request to SumUp, and note it if a function made it."""
        if self._function:
            method, path = call.split(" ", 1)
            self.passed.append(Request(self._caller, "sumup", method, _without_ids(path)))
        return deliver()


def count() -> Counted:
    """Sell `BATCH` orders of two tickets, and follow them to their mails."""
    wire = Wire()
    with deployed(wire) as shop, _quietly() as output:
        wire.within = lambda: shop.world.wire._within  # noqa: SLF001 - only the wire knows it
        _seats(shop)
        watch = _Watch(shop, wire, output)
        _mailed(shop, watch, [_paid(shop)])
        shop.tick()
        with watch.part() as idle:
            shop.scan()
        lone = _paid(shop)
        with watch.part() as alone:
            _mailed(shop, watch, [lone])
        buyers = [Buyer(shop) for _ in range(BATCH)]
        with watch.part() as browsed:
            for _ in buyers:
                _get(shop, "/api/events")
                _get(shop, f"/api/events/{an_event().event_id}")
        with watch.part() as placed:
            for buyer in buyers:
                buyer.order()
        for buyer in buyers:
            buyer.reach_payment_page()
        with watch.part() as looked_at:
            _look(shop, buyers)
            _drain(shop)
        with watch.part() as polled:
            _look(shop, buyers)
        _drain(shop)  # a check that a page has led to is no part of what follows
        for buyer in buyers:
            buyer.pay()
        rows, archived = _row_bytes(shop), _archived(shop)
        with watch.part() as mailed:
            _mailed(shop, watch, buyers)
        _checked(shop, [lone, *buyers])
        mails = shop.sent()[-BATCH:]
        attached = [
            len(part.get_payload())
            for mail in mails
            for part in mail.walk()
            if part.get_content_disposition() == "attachment"
        ]
        left = _row_bytes(shop) - rows, _archived(shop) - archived
        nights = {}
        for name, handler in NIGHTLY.items():
            with watch.part() as night:
                shop.invoke(name, handler, {})
            nights[name] = night()
        shop.run_queues()  # what is too old when the day comes is lost
        with watch.part() as reminded:
            _remind(shop)
        watch.checked(shop)
        return Counted(
            browsed(), placed(), looked_at(), polled(), mailed(), alone(), reminded(), idle(),
            nights, sum(len(mail.as_bytes()) for mail in mails) / BATCH, sum(attached) / BATCH,
            left[1] / BATCH, left[0] / BATCH,
        )  # fmt: skip


def _seats(shop: Deployment) -> None:
    for kind in list(TicketTypeRow.scan()):
        kind.update([TicketTypeRow.capacity.set(SEATS), TicketTypeRow.available.set(SEATS)])
    shop.world.wire.forget()


def _look(shop: Deployment, buyers: Sequence[Buyer]) -> None:
    for buyer in buyers:
        _get(shop, f"/api/orders/{buyer.order_number}", {"X-Order-Token": buyer.token})


def _drain(shop: Deployment) -> None:
    """Let the functions take every message, even one that was sent with a delay."""
    shop.run_queues()
    shop.wait(seconds=30)
    shop.unread.update(queue.name for queue in shop.queues)
    shop.run_queues()


def _get(shop: Deployment, path: str, headers: Mapping[str, str] | None = None) -> None:
    page = shop.http("GET", path, headers=headers)
    if page.status != OK:
        sys.exit(f"{path} is {page}")


def _paid(shop: Deployment) -> Buyer:
    buyer = Buyer(shop)
    buyer.order()
    buyer.reach_payment_page()
    buyer.pay()
    return buyer


def _mailed(shop: Deployment, watch: "_Watch", buyers: Sequence[Buyer]) -> None:
    """Let the schedule find the payments; then SES reports each mail as the template asks."""
    shop.wait(minutes=5)
    shop.scan()
    shop.run_queues()
    _arrived(shop, [f"{buyer.order_number}#confirmation#1" for buyer in buyers])
    watch.checked(shop)


def _arrived(shop: Deployment, mails: Sequence[str]) -> None:
    """Let SES report that mails arrived, as the template asks it to."""
    wanted = one("AWS::SES::ConfigurationSetEventDestination")["EventDestination"]
    for kind in UNDISTURBED:
        if kind in wanted["MatchingEventTypes"] and wanted["Enabled"]:
            for mail_id in mails:
                event = _report(shop, kind, mail_id)
                shop.invoke("record_email_event", record_email_event, event)


def _remind(shop: Deployment) -> None:
    """Let the day before the event come; a scan queues its reminders, and SES reports them."""
    shop.wait_until(an_event().starts_at - AHEAD + timedelta(hours=1))
    shop.remind()
    shop.wait(minutes=5)
    shop.scan()
    shop.run_queues()
    mails = [row for row in shop.rows("MailsTable") if row["kind"] == MailKind.REMINDER]
    if len(mails) != REMINDED:
        sys.exit(f"{len(mails)} reminders instead of {REMINDED}")
    _arrived(shop, [row["mail_id"] for row in mails])


def _report(shop: Deployment, kind: str, mail_id: str) -> dict[str, Any]:
    """Return a report of SES as it arrives, about the last attempt at a mail."""
    event: dict[str, Any] = json.loads(
        (ROOT / "events" / f"record_email_event.{kind}.json").read_text()
    )
    sns = event["Records"][0]["Sns"]
    message = json.loads(sns["Message"])
    (row,) = [row for row in shop.rows("MailsTable") if row["mail_id"] == mail_id]
    message["mail"]["tags"] |= {"mail": [tag_of(mail_id)], "attempt": [row["attempt_id"]]}
    message["mail"]["messageId"] = row["message_id"]
    sns["Message"] = json.dumps(message)
    return event


def _checked(shop: Deployment, buyers: Sequence[Buyer]) -> None:
    """Exit unless each order is completed, has its two tickets, and its mail arrived."""
    tickets = Counter(row["order_number"] for row in shop.rows("TicketsTable"))
    mails = {row["mail_id"]: row["status"] for row in shop.rows("MailsTable")}
    for number in (buyer.order_number for buyer in buyers):
        state = shop.order(number)["status"], tickets[number], mails[f"{number}#confirmation#1"]
        if state != (OrderStatus.COMPLETED, TICKETS, MailStatus.DELIVERED):
            sys.exit(f"{number} is {state}")
        if not any(number in mail.as_string() for mail in shop.sent()):
            sys.exit(f"{number} has no mail")


class _Watch:
    """Divides what passes on the wire into parts."""

    def __init__(self, shop: Deployment, wire: Wire, output: io.StringIO) -> None:
        self._wire, self._output = wire, output
        self._invoked: list[str] = []

        def note() -> None:
            self._invoked.append(shop._running)  # noqa: SLF001 - only the deployment knows it

        shop.before_invocation = note

    def checked(self, shop: Deployment) -> None:
        """Exit if an invocation did not end well."""
        if shop.ended:
            sys.exit(f"not undisturbed: {shop.ended}")

    @contextmanager
    def part(self) -> Iterator[Callable[[], Part]]:
        """Yield a function that returns the part once the block is over."""
        requests_, invoked = len(self._wire.passed), len(self._invoked)
        written = self._output.tell()
        found: list[Part] = []
        yield lambda: found[0]
        text = self._output.getvalue()[written:]
        found.append(
            Part(
                tuple(self._wire.passed[requests_:]),
                Counter(self._invoked[invoked:]),
                len(text.encode()),
                frozenset(_metrics(text)),
            )
        )


@contextmanager
def _quietly() -> Iterator[io.StringIO]:
    """Capture what the functions log and measure, and yield it."""
    output = io.StringIO()
    handler = logger.registered_handler
    before = getattr(handler, "stream", None)
    try:
        with redirect_stdout(output), warnings.catch_warnings():
            # On Lambda this is a line of the log.
            warnings.filterwarnings("ignore", message="No application metrics to publish")
            handler.stream = output  # type: ignore[attr-defined]
            yield output
    finally:
        handler.stream = before  # type: ignore[attr-defined]


def _metrics(text: str) -> Iterator[str]:
    for line in text.splitlines():
        for directive in json.loads(line).get("_aws", {}).get("CloudWatchMetrics", []):
            yield from (metric["Name"] for metric in directive["Metrics"])


def _body(request: AWSPreparedRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body) if isinstance(request.body, bytes | str) else {}
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _target(service: str, body: Mapping[str, Any], url: str) -> str:
    """Return which table, queue or other resource a request is about, without names of orders."""
    match service:
        case "dynamodb" if "TransactItems" in body:
            names = [next(iter(item.values()))["TableName"] for item in body["TransactItems"]]
            return ", ".join(f"{n} x {table(name)}" for name, n in Counter(names).items())
        case "dynamodb" if "RequestItems" in body:
            return ", ".join(map(table, body["RequestItems"]))
        case "dynamodb":
            index = f"/{body['IndexName']}" if "IndexName" in body else ""
            return table(body["TableName"]) + index
        case "sqs":
            return str(body["QueueUrl"]).rpartition("/")[2].removeprefix(f"{STACK}-")
        case "s3":
            return url.split("/")[3]
        case "lambda":
            return _function(url.split("/")[-2])
    return ""


def _function(deployed_name: str) -> str:
    """Return `manage_checkouts` for the name that it is deployed with."""
    return deployed_name.removeprefix(f"{STACK}-").replace("-", "_")


def _without_ids(path: str) -> str:
    parts = [
        "{id}" if len(part) > LONGEST_WORD or "-" in part else part for part in path.split("/")
    ]
    return "/".join(parts)


def _row_bytes(shop: Deployment) -> int:
    tables = shop.world.contents().values()
    return sum(units.size(item) for items in tables for item in items)


def _archived(shop: Deployment) -> int:
    return sum(len(shop.world.read(key)) for key in shop.world.objects())
