"""What each function does is what its role in the template allows: AWS refuses everything else."""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from functions.deliver_tickets.app import handler as deliver
from functions.scan_orders.app import handler as scan
from functions.verify_payment.app import handler as verify
from tests.aws import CHOSEN, World, resources
from tests.builders import NOW, an_order, tickets_for
from tests.functions.conftest import Context, Sample, SumUpAnswers
from tests.stored import LATER, a_mail, store, store_mail
from tests.wire import Call
from ticketing.emails.mail import MailKind
from ticketing.orders.order import OrderStatus, Work
from ticketing.rows import ticket_row
from ticketing.schema import CheckoutRow, OrganiserRow

Action = tuple[str, str]
WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem"}
DELIVER = Sample.load("deliver_tickets.one_mail").event
VERIFY = Sample.load("verify_payment.one_order").event


def actions(world: World, call: Call) -> Iterator[Action]:
    """Return what IAM checks for one call: action and resource."""
    match call.service:
        case "dynamodb":
            yield from dynamodb_actions(world, call)
        case "sqs":
            queue = call.body["QueueUrl"].rpartition("/")[2]
            verb = call.operation.removesuffix("Batch")
            yield f"sqs:{verb}", f"arn:aws:sqs:{world.ref['AWS::Region']}:123456789012:{queue}"
        case "kms":
            yield f"kms:{call.operation}", call.body["KeyId"]
        case "secrets-manager":
            yield f"secretsmanager:{call.operation}", call.body["SecretId"]
        case "sesv2":
            identity = "arn:aws:ses:eu-west-2:123456789012:identity/example.com"
            yield "ses:SendEmail", identity
            yield "ses:SendRawEmail", identity
        case "s3":
            bucket = world.attribute["TicketsBucket.Arn"]
            yield f"s3:{call.operation}", bucket + unquote(urlsplit(call.url).path)
            if call.status == 404:
                yield "s3:ListBucket", bucket  # without it a missing key is "forbidden"
        case _:
            raise NotImplementedError(call.service)


def dynamodb_actions(world: World, call: Call) -> Iterator[Action]:
    def arn(table: str) -> str:
        return f"arn:aws:dynamodb:{world.ref['AWS::Region']}:123456789012:table/{table}"

    if call.operation == "TransactWriteItems":
        for item in call.body["TransactItems"]:
            ((kind, what),) = item.items()
            yield f"dynamodb:{WRITES[kind]}", arn(what["TableName"])
    elif call.operation == "BatchGetItem":
        for table in call.body["RequestItems"]:
            yield "dynamodb:BatchGetItem", arn(table)
    else:
        index = f"/index/{call.body['IndexName']}" if "IndexName" in call.body else ""
        yield f"dynamodb:{call.operation}", arn(call.body["TableName"]) + index


def allowed(world: World, role: str) -> list[Action]:
    """Return the patterns a role of the template allows."""
    found: list[Action] = []
    for policy in resources("AWS::IAM::Role")[role]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Effect"] == "Allow"
            for action in listed(statement["Action"]):
                for resource in listed(statement["Resource"]):
                    if "LogGroup" not in str(resource):
                        found.append((action, world.resolve(resource) or ""))
    return found


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - one or several, as IAM has it
    return value if isinstance(value, list) else [value]


def refused(world: World, role: str) -> set[Action]:
    """Return what was done so far that the role does not allow."""
    patterns = allowed(world, role)
    done = {action for call in world.wire.calls for action in actions(world, call)}
    return {
        (action, resource)
        for action, resource in done
        if not any(action == a and fnmatchcase(resource, r) for a, r in patterns)
    }


def a_scan(_: SumUpAnswers, context: Context) -> None:
    store(an_order(created_at=NOW.replace(hour=9), deadline=LATER))
    store(an_order(order_number="ORD-LATE99", status=OrderStatus.EXPIRED, work=Work.LATE))
    store_mail(a_mail(next_attempt_at=LATER))
    scan({}, context)


def a_payment(sumup: SumUpAnswers, context: Context) -> None:
    sumup.paid(store(an_order()))
    verify(VERIFY, context)


def a_mismatch(sumup: SumUpAnswers, context: Context) -> None:
    sumup.paid(store(an_order()), amount="40")
    verify(VERIFY, context)


def a_late_payment(sumup: SumUpAnswers, context: Context) -> None:
    closed = an_order(status=OrderStatus.EXPIRED, work=Work.LATE, holds_seats=False)
    sumup.paid(store(closed))
    verify(VERIFY, context)


def a_late_payment_without_seats(sumup: SumUpAnswers, context: Context) -> None:
    lines = an_order().lines * 10
    closed = an_order(status=OrderStatus.EXPIRED, work=Work.LATE, holds_seats=False, lines=lines)
    assert closed.tickets_count == 30
    sumup.paid(store(closed))
    verify(VERIFY, context)


def an_expiry(sumup: SumUpAnswers, context: Context) -> None:
    sumup.checkout(store(an_order()), status="EXPIRED")
    verify(VERIFY, context)


def a_wait(sumup: SumUpAnswers, context: Context) -> None:
    sumup.checkout(store(an_order()), status="FAILED")
    verify(VERIFY, context)


def a_claimed_payment(sumup: SumUpAnswers, context: Context) -> None:
    a_payment(sumup, context)
    second = store(an_order(order_number="ORD-DEF456", checkout_ids=("second",)))
    sumup.paid(second, transaction_id="tx-ORD-ABC123", transactions=[
        {"id": "tx-ORD-ABC123", "status": "SUCCESSFUL", "amount": 45.0, "currency": "GBP"}
    ])
    event = Sample.load("verify_payment.one_order").event
    event["Records"][0]["body"] = '{"order_number": "ORD-DEF456"}'
    verify(event, context)


def an_adoption(sumup: SumUpAnswers, context: Context) -> None:
    order = store(an_order())
    CheckoutRow(order.checkout_ids[0]).delete()
    sumup.finds(order)
    sumup.checkout(order)
    verify(VERIFY, context)


def a_refresh(sumup: SumUpAnswers, context: Context) -> None:
    OrganiserRow("jersey-live").update([OrganiserRow.access_expires_at.set(NOW)])
    sumup.refreshes()
    sumup.paid(store(an_order()))
    verify(VERIFY, context)


def an_unreadable_order(_: SumUpAnswers, context: Context) -> None:
    store(an_order())
    from ticketing.schema import OrderRow  # noqa: PLC0415

    OrderRow("ORD-ABC123").update([OrderRow.total.remove()])
    verify(VERIFY, context)


def a_delivery(_: SumUpAnswers, context: Context) -> None:
    order = store(an_order(status=OrderStatus.COMPLETED))
    for ticket in tickets_for(order):
        ticket_row(ticket, LATER).save()
    store_mail(a_mail())
    deliver(DELIVER, context)


def a_failed_delivery(_: SumUpAnswers, context: Context) -> None:
    store(an_order(status=OrderStatus.COMPLETED))
    store_mail(a_mail(recipient="nobody"))
    deliver(DELIVER, context)


def a_retry_link(_: SumUpAnswers, context: Context) -> None:
    store(an_order())
    store_mail(a_mail(kind=MailKind.PAYMENT_FAILED))
    deliver(DELIVER, context)


DONE: list[tuple[str, Callable[[SumUpAnswers, Context], None]]] = [
    ("ScanOrdersRole", a_scan),
    ("VerifyPaymentRole", a_payment),
    ("VerifyPaymentRole", a_mismatch),
    ("VerifyPaymentRole", a_late_payment),
    ("VerifyPaymentRole", a_late_payment_without_seats),
    ("VerifyPaymentRole", an_expiry),
    ("VerifyPaymentRole", a_wait),
    ("VerifyPaymentRole", a_claimed_payment),
    ("VerifyPaymentRole", an_adoption),
    ("VerifyPaymentRole", a_refresh),
    ("VerifyPaymentRole", an_unreadable_order),
    ("DeliverTicketsRole", a_delivery),
    ("DeliverTicketsRole", a_failed_delivery),
    ("DeliverTicketsRole", a_retry_link),
]


@pytest.mark.parametrize(("role", "do"), DONE)
def test_a_role_allows_what_its_function_does(
    world: World,
    context: Context,
    sumup: SumUpAnswers,
    role: str,
    do: Callable[[SumUpAnswers, Context], None],
) -> None:
    seeded = world.wire.calls
    do(sumup, context)
    start = next(i for i, call in enumerate(seeded) if call.by_handler)
    del seeded[:start]

    assert refused(world, role) == set()
