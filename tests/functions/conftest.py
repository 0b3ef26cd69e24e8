"""Handlers run in the world of the template, five minutes after the default order was placed."""

# ruff: noqa: ANN401 - an event may hold any value

import io
import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
import responses
import time_machine
from aws_lambda_powertools.utilities.typing import LambdaContext
from hypothesis import HealthCheck, settings

from functions.record_email_event.app import handler as record_email_event
from functions.verify_payment.app import handler as verify_payment
from tests.support.aws import REGION, World, a_world, client, forbid_network, template
from tests.support.stored import LATER, sell
from ticketing.adapters.aws.kms import TokenCipher
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.models import OrganiserRow
from ticketing.bootstrap import services
from ticketing.bootstrap.signing import signer
from ticketing.cli import main
from ticketing.cli.commands.stack import Stack
from ticketing.errors import TicketingError
from ticketing.observability import logger
from ticketing.orders.order import Order

EVENTS = Path(__file__).parents[2] / "events"
SUMUP = "https://api.sumup.com"

MADE_UP = settings(
    max_examples=200,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
"""How many requests of a kind are made up in one world, the same ones each time."""


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_network(monkeypatch)


@pytest.fixture(autouse=True)
def _no_metrics_are_fine() -> None:
    """On Lambda this is a log line; in tests every warning would be an error."""
    warnings.filterwarnings("ignore", message="No application metrics to publish")


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """Everything our logger writes."""
    stream = io.StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", stream)
    return stream


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A deployed shop that sells one event of one connected organiser."""
    with time_machine.travel(LATER, tick=False), a_world(monkeypatch) as made:
        made.fill_in_the_application()
        made.verify_sender()
        sell(available=100)
        connect_organiser(made)
        EventTable().publish_keys("5", signer(services()).public_keys("5"))
        services.cache_clear()
        made.wire.forget()
        yield made


def connect_organiser(world: World) -> None:
    cipher = TokenCipher(client("kms"), world.environment["TOKEN_KEY_ID"])
    OrganiserRow(
        "jersey-live",
        name="Jersey Live Ltd",
        merchant_code="MC0001",
        currency="GBP",
        connection="connected",
        access_token=cipher.sealer("jersey-live")("at-2f6d1b"),
        access_expires_at=LATER.replace(hour=23),
        refresh_token=cipher.sealer("jersey-live")("rt-2f6d1b"),
        refresh_issued_at=LATER,
        refreshed_at=LATER,
    ).save()


@dataclass
class Context(LambdaContext):
    """What Lambda tells a function about its invocation."""

    seconds_left: float = float(template()["Globals"]["Function"]["Timeout"])
    _function_name: str = "tickets-Function"
    _memory_limit_in_mb: int = 512
    _invoked_function_arn: str = "arn:aws:lambda:eu-west-2:123456789012:function:tickets-Function"
    _aws_request_id: str = "52fdfc07-2182-454f-963f-5f0f9a621d72"

    def get_remaining_time_in_millis(self) -> int:  # type: ignore[override]  # a method in truth
        return int(self.seconds_left * 1000)


@pytest.fixture
def context() -> Context:
    return Context()


class SumUpAnswers:
    """SumUp mocked with `responses`: one answer for each checkout; anything else fails."""

    def __init__(self, mocked: responses.RequestsMock) -> None:
        self._mocked = mocked

    def paid(self, order: Order, **changes: Any) -> None:
        """Answer that an order's checkout is paid, as SumUp writes it: 45.0 for 45.00."""
        amount = float(changes.pop("amount", order.total.amount))
        attempt = {
            "id": f"tx-{order.order_number}",
            "status": "SUCCESSFUL",
            "amount": amount,
            "currency": "GBP",
            "transaction_code": "TAAA1BBB2C",
            "merchant_code": "MC0001",
        }
        paid = {"status": "PAID", "transaction_id": attempt["id"], "transactions": [attempt]}
        self.checkout(order, amount=amount, **paid | changes)

    def checkout(self, order: Order, **changes: Any) -> None:
        """Answer with the order's checkout; unpaid unless told otherwise."""
        (checkout_id,) = order.checkout_ids
        body = {
            "id": checkout_id,
            "status": "PENDING",
            "checkout_reference": order.checkout_reference,
            "amount": float(order.total.amount),
            "currency": order.total.currency,
            "merchant_code": order.merchant_code,
            "transactions": [],
        }
        self._mocked.get(f"{SUMUP}/v0.1/checkouts/{checkout_id}", json=body | changes)

    def creates(self) -> None:
        """Create any checkout that is asked for."""

        def created(request: Any) -> tuple[int, dict[str, str], str]:
            asked = json.loads(request.body)
            known = {k: asked[k] for k in ("checkout_reference", "amount", "currency")}
            made = {"id": "chk-new", "status": "PENDING", "merchant_code": "MC0001"} | known
            return 201, {}, json.dumps(made | {"hosted_checkout_url": "https://pay.sumup.com/x"})

        self._mocked.add_callback(responses.POST, f"{SUMUP}/v0.1/checkouts", created)

    def finds(self, order: Order) -> None:
        """Answer the search for an order's reference with its one, unpaid checkout."""
        body = {
            "id": order.checkout_ids[0],
            "status": "PENDING",
            "checkout_reference": order.checkout_reference,
            "amount": float(order.total.amount),
            "currency": order.total.currency,
            "merchant_code": order.merchant_code,
        }
        self._mocked.get(f"{SUMUP}/v0.1/checkouts", json=[body])

    def shows(self, **transaction: Any) -> None:
        """Answer with the transaction resource of the organiser's merchant."""
        url = f"{SUMUP}/v2.1/merchants/MC0001/transactions"
        self._mocked.get(url, json={"status": "SUCCESSFUL", "currency": "GBP"} | transaction)

    def answers_transactions(self, **answer: Any) -> None:
        """Answer requests for a transaction of the organiser's merchant as they are."""
        self._mocked.get(f"{SUMUP}/v2.1/merchants/MC0001/transactions", **answer)

    def finds_none(self) -> None:
        """Answer the search for a reference with no checkout."""
        self._mocked.get(f"{SUMUP}/v0.1/checkouts", json=[])

    def lists(self, *items: dict[str, Any]) -> None:
        """Answer with these lines of the organiser's history, and with no payouts."""
        usual = {
            "type": "PAYMENT",
            "status": "SUCCESSFUL",
            "amount": 45.0,
            "currency": "GBP",
            "payment_type": "ECOM",
            "timestamp": "2026-05-31T12:00:00Z",
        }
        lines = [usual | item for item in items]
        merchant = "merchants/MC0001"
        self._mocked.get(f"{SUMUP}/v2.1/{merchant}/transactions/history", json={"items": lines})
        self._mocked.get(f"{SUMUP}/v1.0/{merchant}/payouts", json=[])

    def shows_back(self, transaction_id: str, amount: float, of: float = 45.0) -> None:
        """Answer that so much of a transaction went back, as SumUp shows it: by an event alone."""
        event = {"event_type": "REFUND", "status": "REFUNDED", "amount": amount}
        self.shows(id=transaction_id, amount=of, transaction_events=[event])

    def gives_back(self, transaction_id: str, status: int = 201, **answer: Any) -> None:
        """Answer a refund request."""
        path = f"/v1.0/merchants/MC0001/payments/{transaction_id}/refunds"
        self._mocked.post(f"{SUMUP}{path}", **{"json": {}, "status": status} | answer)

    def deactivates(self, order: Order) -> None:
        """Take the order's checkout out of use, and show it so from then on."""
        (checkout_id,) = order.checkout_ids
        body = {"id": checkout_id, "status": "EXPIRED"}
        self._mocked.delete(f"{SUMUP}/v0.1/checkouts/{checkout_id}", json=body)

    def refreshes(self) -> None:
        """Give new tokens."""
        tokens = {"access_token": "at-new", "refresh_token": "rt-new", "expires_in": 3600}
        self._mocked.post(f"{SUMUP}/token", json=tokens)

    def refuses(self, order: Order, status: int) -> None:
        """Answer requests for an order's checkout with an error."""
        (checkout_id,) = order.checkout_ids
        problem = {"error_code": "NOT_FOUND", "message": "Resource not found"}
        url = f"{SUMUP}/v0.1/checkouts/{checkout_id}"
        self._mocked.get(url, status=status, json=problem)

    @property
    def questions(self) -> list[str]:
        """Return what was asked so far."""
        return [f"{call.request.method} {call.request.url}" for call in self._mocked.calls]


@pytest.fixture
def sumup(world: World) -> Iterator[SumUpAnswers]:
    assert world.environment["SUMUP_BASE_URL"] == SUMUP
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        yield SumUpAnswers(mocked)


@dataclass
class Sample:
    """A sample event of the `events` folder."""

    event: dict[str, Any]
    ids: dict[str, str] = field(default_factory=dict)

    @classmethod
    def load(cls, name: str) -> "Sample":
        event = json.loads((EVENTS / f"{name}.json").read_text())
        records = event.get("Records", [])
        ids = {record["body"]: record["messageId"] for record in records if "body" in record}
        return cls(event, ids)

    def failures(self, *bodies: str) -> dict[str, list[dict[str, str]]]:
        """Return the answer that gives back exactly the messages with these bodies."""
        return {"batchItemFailures": [{"itemIdentifier": self.ids[body]} for body in bodies]}


NONE_FAILED: dict[str, list[dict[str, str]]] = {"batchItemFailures": []}

NAMES = (
    "OrdersTable", "CheckoutsTable", "PaymentsTable", "TicketsTable", "EventsTable",
    "TicketTypesTable", "OrganisersTable", "MailsTable", "AuditTable", "RequestsTable",
    "DoorsTable", "AdmissionsTable",
)  # fmt: skip
QUEUES = (
    "VerifyQueue", "VerifyDeadLetterQueue", "DeliveryQueue", "DeliveryDeadLetterQueue",
    "MailEventsDeadLetterQueue",
)  # fmt: skip


@dataclass(frozen=True)
class Found(Stack):
    """A stack whose functions run here, with the settings of the template."""

    environment: dict[str, str] = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        return self.environment

    def invoke(self, function: str, event: Mapping[str, object]) -> dict[str, Any]:
        handler = {
            "VerifyPaymentFunction": verify_payment,
            "RecordEmailEventFunction": record_email_event,
        }[function]
        try:
            return dict(handler(dict(event), Context()))
        except Exception as error:
            raise TicketingError(f"{function} failed: {error}") from error


Run = Callable[..., int]


@pytest.fixture
def run(world: World) -> Run:
    """Run a command line in the world."""
    outputs = {name: world.ref[name] for name in NAMES}
    outputs |= {f"{name}Url": world.ref[name] for name in QUEUES}
    outputs["QrKeySecretArn"] = world.ref["QrKeySecret"]
    stack = Found(boto3.Session(region_name=REGION), outputs, world.environment)
    return lambda *arguments: main([*arguments, "--stack", "tickets"], lambda _: stack)


def said(capsys: pytest.CaptureFixture[str]) -> Any:
    """Return what the command printed; before it a function's metrics may stand."""
    lines = capsys.readouterr().out.splitlines()
    begins = max(n for n, line in enumerate(lines) if line in {"{", "[", "[]"})
    return json.loads("\n".join(lines[begins:]))
