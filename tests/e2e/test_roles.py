"""Every role has exactly the permissions it needs: without any one, its function fails."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from local import aws
from local.places import Ports
from local.shop import Shop
from local.stories import wait_for_mails
from tests.support.aws import resources
from ticketing.emails.mail import MailKind, mail_id
from ticketing.orders.order import Order

pytestmark = pytest.mark.e2e
EVENTS = Path(__file__).parents[2] / "events"
SERVER_ERRORS = 500


def _sample(name: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads((EVENTS / f"{name}.json").read_text())
    return event


def _message(name: str, **fields: str) -> dict[str, Any]:
    event = _sample(name)
    event["Records"][0]["body"] = json.dumps(fields)
    return event


def _news(order: Order) -> dict[str, Any]:
    """Return the SES event that the order's mail was delivered."""
    event = _sample("record_email_event.delivery")
    told = json.loads(event["Records"][0]["Sns"]["Message"])
    tags = told["mail"]["tags"]
    for name, values in tags.items():
        tags[name] = [value.replace("ORD-ABC123", order.order_number) for value in values]
    event["Records"][0]["Sns"]["Message"] = json.dumps(told)
    return event


def _notification(order: Order) -> dict[str, Any]:
    event = _sample("sumup_webhook.status_changed")
    told = {"event_type": "CHECKOUT_STATUS_CHANGED", "id": order.checkout_ids[0]}
    return event | {"body": json.dumps(told), "isBase64Encoded": False}


def ends(answer: Any) -> bool:  # noqa: ANN401 - a handler's answer
    """Tell whether a run ended well: it did not fail as a whole."""
    return "errorType" not in (answer or {})


def keeps_nothing_back(answer: Any) -> bool:  # noqa: ANN401  # may be anything
    """Tell whether no message goes back to its queue."""
    return ends(answer) and not answer["batchItemFailures"]


def answers(answer: Any) -> bool:  # noqa: ANN401  # may be anything
    """Tell whether a browser gets what it asked for, or why not."""
    return ends(answer) and answer["statusCode"] < SERVER_ERRORS


@dataclass(frozen=True)
class Case:
    """A function, one permission of its role, its input, and what success looks like."""

    function: str
    action: str
    event: Callable[[Order], dict[str, Any]]
    is_well: Callable[[Any], bool] = ends
    keeps: bool = False
    """Whether a process keeps what the permission let it read."""


CASES = (
    Case(
        "CheckOrigin",
        "secretsmanager:GetSecretValue",
        lambda _: _sample("check_origin.stranger"),
        keeps=True,
    ),
    Case("CheckoutApi", "dynamodb:Query", lambda _: _sample("checkout_api.events"), answers),
    Case("CheckIn", "dynamodb:GetItem", lambda _: _sample("check_in.stranger"), answers),
    # The sample's token is asked about, as one from before links had a secret of their own.
    Case(
        "DrawPhoneTickets",
        "dynamodb:GetItem",
        lambda _: _sample("draw_phone_tickets.wrong_token"),
        answers,
    ),
    Case(
        "ManageCheckouts",
        "dynamodb:GetItem",
        lambda order: {"ask": "fetch", "order_number": order.order_number},
    ),
    Case("SumupWebhook", "dynamodb:GetItem", _notification, answers),
    Case(
        "ConnectOrganiser",
        "dynamodb:GetItem",
        lambda _: _sample("connect_organiser.begin"),
        answers,
    ),
    Case("ScanOrders", "dynamodb:Query", lambda _: _sample("scan_orders.scheduled")),
    Case(
        "VerifyPayment",
        "dynamodb:GetItem",
        lambda order: _message("verify_payment.one_order", order_number=order.order_number),
        keeps_nothing_back,
    ),
    Case(
        "DeliverTickets",
        "dynamodb:GetItem",
        lambda order: _message(
            "deliver_tickets.one_mail", mail_id=mail_id(order.order_number, MailKind.CONFIRMATION)
        ),
        keeps_nothing_back,
    ),
    Case("RecordEmailEvent", "dynamodb:GetItem", _news),
    Case("RefreshConnections", "dynamodb:Scan", lambda _: _sample("refresh_connections.scheduled")),
    Case(
        "ReconcilePayments",
        "dynamodb:Scan",
        lambda _: _sample("reconcile_payments.asked"),
    ),
    Case("EraseBuyers", "dynamodb:Query", lambda _: _sample("erase_buyers.scheduled")),
    Case("RemindBuyers", "dynamodb:Query", lambda _: _sample("remind_buyers.scheduled")),
    Case("AuditOrders", "dynamodb:Scan", lambda _: _sample("audit_orders.scheduled")),
)


def test_every_function_has_a_case() -> None:
    functions = {f"{case.function}Function" for case in CASES}

    assert functions == set(resources("AWS::Serverless::Function"))


@pytest.fixture(scope="module")
def bought(shop: Shop) -> Order:
    """An order that is paid, and whose tickets have left."""
    order = shop.order("Nell Pallot")
    shop.sumup.pay(order.checkout_ids[0])
    shop.services.verifications.send([order.order_number])
    wait_for_mails(shop)
    return shop.services.orders.get(order.order_number)


@contextmanager
def without(at: Ports, function: str, action: str) -> Iterator[None]:
    """Take an action out of every policy of a function's role."""
    iam, functions = aws.client("iam", at), aws.client("lambda", at)
    found = functions.get_function_configuration(FunctionName=name_of(at, function))
    role = found["Role"].rpartition("/")[2]
    names = iam.list_role_policies(RoleName=role)["PolicyNames"]
    kept = {
        name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        for name in names
    }
    try:
        assert any(action in json.dumps(document) for document in kept.values()), action
        for name, document in kept.items():
            _put(iam, role, name, _bare(document, action))
        yield
    finally:
        for name, document in kept.items():
            _put(iam, role, name, document)


def _put(iam: Any, role: str, name: str, document: Any) -> None:  # noqa: ANN401  # a client of boto3
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def _bare(document: dict[str, Any], action: str) -> dict[str, Any]:
    statements = []
    for statement in document["Statement"]:
        actions = statement["Action"]
        left = set([actions] if isinstance(actions, str) else actions) - {action}
        if left:
            statements.append(statement | {"Action": sorted(left)})
    return document | {"Statement": statements}


def name_of(at: Ports, function: str) -> str:
    return aws.outputs(at)[f"{function}Function"]


def begin_afresh(at: Ports, function: str) -> None:
    """Let the next call find no process that has run before."""
    functions, name = aws.client("lambda", at), name_of(at, function)
    memory = functions.get_function_configuration(FunctionName=name)["MemorySize"]
    functions.update_function_configuration(FunctionName=name, MemorySize=memory + 1)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.function)
def test_a_role_without_one_permission_cannot_do_its_work(
    at: Ports, bought: Order, case: Case
) -> None:
    def run() -> Any:  # noqa: ANN401  # whatever the call answers
        payload = json.dumps(case.event(bought)).encode()
        answer = aws.client("lambda", at).invoke(
            FunctionName=name_of(at, case.function), Payload=payload
        )
        return json.loads(answer["Payload"].read() or b"null")

    before = run()
    with without(at, case.function, case.action):
        if case.keeps:
            begin_afresh(at, case.function)
        meanwhile = run()

    assert case.is_well(before), before
    assert not case.is_well(meanwhile), meanwhile
    assert case.is_well(run())
