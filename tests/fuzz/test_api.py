"""Requests of every kind against the API's own description: `make fuzz`.

Schemathesis makes up the requests, good and bad ones, from the document that the API gives of
itself. They go through API Gateway as it is played here to the real handler, with the real
adapters on moto and a SumUp in this process. The same seed gives the same requests.
"""

import json
import os
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from string import ascii_letters, digits
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import schemathesis
import time_machine
from hypothesis import strategies as st
from schemathesis import Response
from schemathesis.checks import CheckContext
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import Failure
from schemathesis.engine import Status, events, from_schema
from schemathesis.hooks import GLOBAL_HOOK_DISPATCHER, HookContext

from functions.checkout_api.app import handler as checkout_api
from functions.draw_phone_tickets.app import handler as draw_phone_tickets
from tests.functions.conftest import Context, connect_organiser
from tests.fuzz.conftest import TABLES
from tests.fuzz.shop import AnyCase, Guide, fill
from tests.fuzz.sumup import answering
from tests.support.aws import World, a_world
from tests.support.described import judge_problem
from tests.support.gateway import Handler, gateway
from tests.support.stored import LATER
from ticketing.adapters.dynamodb.models import OrderRow, RequestRow, TicketTypeRow
from ticketing.archive_keys import tickets_key
from ticketing.emails.mail import MailKind
from ticketing.errors import RequestReused
from ticketing.flows.change_address import MOST_CHANGES
from ticketing.language import Language, said
from ticketing.orders.order import MAX_TICKETS, Delivery, Order, OrderStatus
from ticketing.sentence import sentence
from ticketing.text import clean
from ticketing.tickets.ticket import Paper
from ticketing.web.checkout_app import document

pytestmark = [
    pytest.mark.fuzz,
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]

SEED = int(os.environ.get("SEED") or 20260601)
CASES_PER_ROUTE = int(os.environ.get("CASES") or 120)
"""Generated at random, half of them deliberately invalid; the systematic ones come on top."""

NOT_CHECKED = {
    "ignored_auth": "the document has no security schemes: a token is a parameter of its order",
    "object_level_authorization": "the same; that tokens open one order only is tested by itself",
    "use_after_free": "nothing can be deleted",
    "ensure_resource_availability": "a new order opens with its token only, which is not its path",
}
"""Schemathesis checks that are disabled, and why."""

NOT_IN_A_SCHEMA = {
    said(reason, language)
    for reason in (
        sentence("this event has begun"),
        sentence("this event has no such ticket type"),
        sentence("this ticket type is in the basket twice"),
        sentence("an order has at most {most} tickets", most=MAX_TICKETS),
        RequestReused.message,
    )
    for language in Language
}
"""Why a well-formed basket may be refused: what is on sale is not part of the schema."""

MAY_BE_ASKED = {
    "BatchGetItem",
    "Decrypt",
    "GetItem",
    "GetSecretValue",
    "HeadObject",
    "Invoke",
    "Query",
    "SendMessage",
    "SendMessageBatch",
    "TransactWriteItems",
    "UpdateItem",
    "PutItem",
    "PutObject",
}
"""All that the API asks AWS for: nothing of SES, and of S3 only whether it has tickets for a phone,
and to keep them. Links are made without asking."""

OF_A_PHONE = re.compile(r"/api/orders/[^/]+/phone-tickets")


@dataclass
class Run:
    """The result of a run."""

    world: World
    stored: dict[str, Order]
    guide: Guide
    asked: set[str] = field(default_factory=set)
    statuses: dict[str, Counter[int]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    @property
    def cases(self) -> int:
        return sum(sum(found.values()) for found in self.statuses.values())

    def table(self) -> str:
        """Show how many requests to each route got which response."""
        every = sorted({status for found in self.statuses.values() for status in found})
        lines = [f"{'route':<42}" + "".join(f"{status:>6}" for status in every)]
        for label, found in sorted(self.statuses.items()):
            lines.append(f"{label:<42}" + "".join(f"{found[s] or '.':>6}" for s in every))
        return "\n".join([f"{self.cases} requests, SEED={SEED}", *lines])


@pytest.fixture(scope="module")
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Send everything once; the tests below check the result."""
    with pytest.MonkeyPatch.context() as patch, a_world(patch) as world, answering() as sumup:
        with time_machine.travel(LATER, tick=False):
            world.fill_in_the_application()
            connect_organiser(world)
            stored = fill(sumup)
        world.wire.forget()
        numbers = random.Random(SEED)
        patch.setattr("ticketing.orders.basket.secrets.choice", numbers.choice)
        made = Run(world, stored, Guide(list(stored), random.Random(SEED)))
        _send_all(made)
        made.asked = {call.operation for call in world.wire.calls}
        request.config.stash.setdefault(TABLES, []).append(made.table())
        yield made


def test_every_response_matches_the_openapi_document(run: Run) -> None:
    assert not run.failures, "\n\n".join(run.failures)


def test_enough_requests_were_made(run: Run) -> None:
    """Routes without parameters are soon exhausted; twenty others use what they are given."""
    assert run.cases >= 20 * CASES_PER_ROUTE


def test_every_route_also_succeeded(run: Run) -> None:
    never = {
        label: dict(run.statuses.get(label, {}))
        for label, success in _successes().items()
        if not run.statuses.get(label, Counter())[success]
    }

    assert never == {}


@pytest.mark.usefixtures("run")
def test_every_missing_seat_is_held_by_an_order() -> None:
    held = Counter[tuple[str, str]]()
    for row in OrderRow.scan():
        for line in row.lines if row.holds_seats is not False else ():
            held[row.event_id, line.sku] += int(line.quantity)

    gone = {(t.event_id, t.sku): int(t.capacity - t.available) for t in TicketTypeRow.scan()}

    assert {key: n for key, n in gone.items() if key[0] == "5"} == {
        (event_id, sku): held[event_id, sku] for event_id, sku in gone if event_id == "5"
    }
    assert all(t.available >= 0 for t in TicketTypeRow.scan())


def test_idempotency_keys_and_orders_match_one_to_one(run: Run) -> None:
    keys = RequestRow.scan(RequestRow.kind == "order")
    requested = Counter(row.order_number for row in keys)
    placed = {row.order_number for row in OrderRow.scan()} - set(run.stored)

    assert len(placed) > 10
    assert requested == Counter(placed)


def test_existing_orders_are_unchanged_unless_their_buyers_gave_them_up(run: Run) -> None:
    found = {row.order_number: row for row in OrderRow.scan()}
    given_up = {number for number, row in found.items() if row.reason_code == "given_up"}

    assert {run.stored[number].status for number in given_up & run.stored.keys()} <= {
        "pending_verification"
    }
    assert {n: found[n].status for n in run.stored if n not in given_up} == {
        n: order.status for n, order in run.stored.items() if n not in given_up
    }


def test_no_tickets_were_issued_and_no_payments_exist(run: Run) -> None:
    issued = Counter(item["order_number"]["S"] for item in run.world.items("TicketsTable"))

    assert issued == {
        order.order_number: order.tickets_count
        for order in run.stored.values()
        if order.status is OrderStatus.COMPLETED
    }
    assert run.world.items("PaymentsTable") == []


def test_no_unexpected_calls_were_made_and_only_tickets_for_a_phone_were_archived(
    run: Run,
) -> None:
    sent = [
        order
        for order in run.stored.values()
        if order.status is OrderStatus.COMPLETED and order.delivery is not Delivery.PENDING
    ]

    assert run.asked <= MAY_BE_ASKED
    assert run.world.objects()
    assert set(run.world.objects()) <= {
        tickets_key("5", order.order_number, Paper.A6) for order in sent
    }


def test_only_orders_with_tickets_send_mails_unless_the_address_of_a_paid_one_changed(
    run: Run,
) -> None:
    mails = Counter(
        (run.stored[item["order_number"]["S"]].status, item["kind"]["S"])
        for item in run.world.items("MailsTable")
    )
    orders = Counter(item["order_number"]["S"] for item in run.world.items("MailsTable"))

    assert mails[OrderStatus.COMPLETED, MailKind.CONFIRMATION]
    assert {(status, kind) for status, kind in mails if status != OrderStatus.COMPLETED} <= {
        (OrderStatus.REVIEW, MailKind.ADDRESS_CHANGED)
    }
    assert max(orders.values()) <= 3 + 2 * MOST_CHANGES, "each new address is two mails"


def test_queued_messages_refer_to_existing_orders_and_mails(run: Run) -> None:
    numbers = {row.order_number for row in OrderRow.scan()}
    mails = {item["mail_id"]["S"] for item in run.world.items("MailsTable")}

    assert {m["order_number"] for m in run.world.messages("VerifyQueue")} <= numbers
    assert {m["mail_id"] for m in run.world.messages("DeliveryQueue")} <= mails


# ------------------------------------------------------------------------- the run itself


def _send_all(run: Run) -> None:
    """Let schemathesis send what it generates, and keep every response and every failure."""

    def at_the_time(event: dict[str, Any], context: Context) -> dict[str, Any]:
        with time_machine.travel(LATER, tick=False):
            answer: dict[str, Any] = function_of(event)(event, context)
            return answer

    def lead(context: HookContext, case: AnyCase, kwargs: dict[str, Any]) -> None:
        del context, kwargs
        run.guide(case)

    def note(context: HookContext, case: AnyCase, response: Response) -> None:
        del context
        method, operation = response.request.method, case.operation
        is_known = method == operation.method.upper()
        label = f"{method} {operation.path}" if is_known else "any other method"
        if response.status_code == HTTPStatus.CREATED:
            run.guide.numbers.append(json.loads(response.content)["order_number"])
        run.statuses.setdefault(label, Counter())[response.status_code] += 1

    def is_ours(context: HookContext, failure: Failure, case: AnyCase, response: Response) -> bool:
        del context, case
        sold = _is_refused_for_what_is_sold(failure, response)
        return not sold and not _is_for_another_path(response)

    schema = schemathesis.openapi.from_dict(document(), config=_configuration())
    schema.app = gateway(at_the_time)
    hooks: dict[str, Callable[..., Any]] = {
        "before_call": lead,
        "after_call": note,
        "filter_failure": is_ours,
    }
    for name, hook in hooks.items():
        GLOBAL_HOOK_DISPATCHER.register_hook_with_name(hook, name)
    try:
        for event in from_schema(schema).execute():
            run.failures += _failures(event)
    finally:
        for hook in hooks.values():
            GLOBAL_HOOK_DISPATCHER.unregister(hook)


def function_of(event: dict[str, Any]) -> Handler:
    """Return the function that API Gateway sends a request to."""
    asked = event["requestContext"]["http"]
    of_a_phone = asked["method"] == "GET" and OF_A_PHONE.fullmatch(asked["path"])
    return draw_phone_tickets if of_a_phone else checkout_api


def _configuration() -> SchemathesisConfig:
    """Return how requests are generated: from the seed and the document, and nothing else."""
    from_answers = {"extra-data-sources": {"responses": False}}
    return SchemathesisConfig.from_dict(
        {
            "seed": SEED,
            "workers": 1,
            "continue-on-failure": True,
            "generation": {
                "max-examples": CASES_PER_ROUTE,
                "database": "none",
                "no-shrink": True,
            },
            "phases": {
                "examples": from_answers,
                "coverage": from_answers,
                "fuzzing": {**from_answers, "error-feedback": {"enabled": False}},
                # Stateful sequences need links, and the document has none.
                "stateful": {"enabled": False},
            },
            "checks": {name: {"enabled": False} for name in NOT_CHECKED},
        }
    )


def _failures(event: events.EngineEvent) -> list[str]:
    """Return what went wrong, each with the command that repeats its request."""
    match event:
        case events.ScenarioFinished():
            checks = (check for found in event.recorder.checks.values() for check in found)
            return [
                f"{check.name}: {check.failure_info.failure.title}: "
                f"{check.failure_info.failure.message}\n{check.failure_info.code_sample}"
                for check in checks
                if check.status is Status.FAILURE and check.failure_info
            ]
        case events.NonFatalError():
            return [f"{event.label}: {event.value!r}"]
        case events.FatalError():
            raise event.exception
    return []


def _is_refused_for_what_is_sold(failure: Failure, response: Response) -> bool:
    if "Rejected" not in type(failure).__name__ or response.status_code != 422:
        return False
    problem = json.loads(response.content)
    return {problem["detail"], *(e["reason"] for e in problem["errors"])} <= NOT_IN_A_SCHEMA


def _is_for_another_path(response: Response) -> bool:
    """API Gateway decodes a path and cuts it at a `?`: the function sees only what precedes it."""
    return "?" in unquote(urlsplit(str(response.request.url)).path)


@schemathesis.check
def problems_are_told(ctx: CheckContext, response: Response, case: AnyCase) -> None:
    """Every refusal has our one format, and no request causes a server error."""
    del ctx, case
    if response.status_code >= 400:
        headers = {"Content-Type": response.headers["content-type"][0]}
        judge_problem(response.status_code, headers, response.content.decode())


def _successes() -> dict[str, int]:
    return {
        f"{method.upper()} {path}": int(min(operation["responses"]))
        for path, operations in document()["paths"].items()
        for method, operation in operations.items()
    }


PARTS = st.text(ascii_letters + digits + "!#$%&'*+/=?^_`{|}~-", min_size=1, max_size=12)
LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
DOMAINS = st.one_of(
    st.lists(LABELS, min_size=1, max_size=3).map(lambda labels: ".".join([*labels, "example"])),
    st.sampled_from(["bücher.example", "ドメイン.example", "EXAMPLE.COM"]),
)
ADDRESSES = st.builds(
    "{}@{}".format, st.lists(PARTS, min_size=1, max_size=3).map(".".join), DOMAINS
)
NAMES = st.text(min_size=1, max_size=80).filter(clean)
schemathesis.openapi.format("address", ADDRESSES)
schemathesis.openapi.format("person-name", NAMES)
