"""Lasting trouble: poison messages, dead letters, SES failures, an hour without SumUp."""

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto.core.botocore_stubber import MockRawResponse

from tests.faults.deployment import CAPACITY, Buyer, Deployment, Message, deployed
from tests.faults.plan import Boundary, Fault
from tests.faults.recovery import is_quiet
from tests.faults.stories import TICKETS

pytestmark = pytest.mark.faults

POISON = "<order>ORD-POISON</order>"


@pytest.fixture
def shop() -> Iterator[Deployment]:
    with deployed() as shop:
        yield shop


def a_paid_order(shop: Deployment, quantity: int = 1) -> Buyer:
    buyer = Buyer(shop, quantity=quantity)
    buyer.order()
    buyer.pay()
    return buyer


def statuses(shop: Deployment) -> set[str]:
    return {order["status"] for order in shop.rows("OrdersTable")}


# ------------------------------------------------------------------------------ poison


def test_only_the_poison_message_of_a_batch_goes_to_the_dead_letter_queue(shop: Deployment) -> None:
    """Nine messages succeed at once; the poison message is retried as often as configured."""
    for _ in range(CAPACITY - 1):
        a_paid_order(shop)
    shop.scan()
    queue = shop.verify_queue
    queue.messages.append(Message(POISON, shop.now))

    shop.run_queues()

    assert statuses(shop) == {"completed"}
    assert len(shop.sent()) == CAPACITY - 1
    assert [message.body for message in queue.messages] == [POISON]
    for _ in range(10):
        shop.redeliver()
    assert [(m.body, m.receives) for m in queue.dead] == [(POISON, queue.most_receives)]
    assert len(shop.sent()) == CAPACITY - 1


def test_a_dead_letter_is_processed_after_a_redrive(shop: Deployment) -> None:
    """The order is not lost meanwhile: the scan queues it again as soon as it is readable."""
    buyer = a_paid_order(shop)
    row = next(r for r in shop.world.items("OrdersTable"))
    shop.world.put("OrdersTable", {k: v for k, v in row.items() if k != "merchant_code"})
    shop.plan.every = lambda b: Fault.REFUSED if b.call == "dynamodb PutItem" else None
    shop.scan()
    for _ in range(shop.verify_queue.most_receives):
        shop.run_queues()
        shop.wait(minutes=19)
    assert len(shop.verify_queue.dead) == 1, "it could neither be read nor told"

    shop.plan.heal()
    shop.world.put("OrdersTable", row)
    letter = shop.verify_queue.dead.pop()
    shop.verify_queue.messages.append(Message(letter.body, shop.now))
    shop.run_queues()

    assert shop.order(buyer.order_number)["status"] == "completed"
    assert shop.subjects()[TICKETS.format(order=buyer.order_number)] == 1


# --------------------------------------------------------------------------------- SES


def ses_answers(shop: Deployment, status: int, code: str, message: str = "") -> None:
    """Let SES reject every mail with this error until further notice."""
    body = json.dumps({"__type": code, "message": message or code}).encode()
    usual = shop.world.wire.watch
    assert usual is not None

    def watch(
        service: str,
        operation: str,
        request: AWSPreparedRequest,
        deliver: Callable[[], AWSResponse | None],
    ) -> AWSResponse | None:
        if operation != "SendEmail":
            return usual(service, operation, request, deliver)
        content = MockRawResponse(body)
        return AWSResponse(request.url, status, {"x-amzn-ErrorType": code}, content)  # type: ignore[arg-type]

    shop.world.wire.watch = watch


MOODS: Mapping[str, tuple[int, str, str, timedelta]] = {
    "too fast": (429, "TooManyRequestsException", "", timedelta(minutes=10)),
    "maximum rate": (400, "LimitExceededException", "Maximum sending rate", timedelta(minutes=10)),
    "daily quota": (400, "LimitExceededException", "Daily message quota", timedelta(hours=1)),
    "paused": (400, "SendingPausedException", "", timedelta(minutes=15)),
    "suspended": (400, "AccountSuspendedException", "", timedelta(minutes=15)),
    "domain": (400, "MailFromDomainNotVerifiedException", "", timedelta(minutes=15)),
    "forbidden": (403, "AccessDeniedException", "", timedelta(minutes=15)),
}
"""How SES refuses, and after how long a mail is tried again at the latest."""


@pytest.mark.parametrize("mood", MOODS)
def test_a_throttled_mail_is_sent_once_when_ses_accepts_mail_again(
    shop: Deployment, mood: str
) -> None:
    status, code, message, wait = MOODS[mood]
    usual = shop.world.wire.watch
    buyer = a_paid_order(shop)
    ses_answers(shop, status, code, message)
    for _ in range(36):
        shop.tick()
    tries = [c for c in shop.world.wire.calls if c.operation == "SendEmail"]
    assert shop.sent() == []
    assert shop.order(buyer.order_number)["status"] == "completed"
    assert shop.order(buyer.order_number)["delivery"] == "pending"
    mails = len(shop.rows("MailsTable"))
    assert len(tries) <= mails * (timedelta(hours=3) / wait + 6), "no storm of tries"

    shop.world.wire.watch = usual
    shop.wait(seconds=wait.total_seconds())
    for _ in range(3):
        shop.tick()

    assert shop.subjects()[TICKETS.format(order=buyer.order_number)] == 1
    assert shop.order(buyer.order_number)["delivery"] == "delivered"
    assert is_quiet(shop)


@pytest.mark.parametrize("code", ["MessageRejected", "BadRequestException"])
def test_a_mail_that_ses_rejects_is_given_up_and_raises_an_alert(
    shop: Deployment, code: str
) -> None:
    """The tickets are still valid, and the order's page offers them."""
    usual = shop.world.wire.watch
    buyer = a_paid_order(shop)
    ses_answers(shop, 400, code)
    shop.scan()
    shop.run_queues()
    shop.world.wire.watch = usual
    for _ in range(4):
        shop.tick()

    order = shop.order(buyer.order_number)
    assert (order["status"], order["delivery"]) == ("completed", "problem")
    told = [subject for subject in shop.subjects() if buyer.order_number in subject]
    assert len(told) == 1
    assert "Email Delivery Failed" in told[0]
    shown = shop.http(
        "GET", f"/api/orders/{buyer.order_number}", headers={"X-Order-Token": buyer.token}
    )
    assert shown.document["tickets_url"]
    assert shown.document["mail"] == "problem"


def test_a_mail_with_an_unknown_outcome_is_retried_later_and_then_raises_an_alert(
    shop: Deployment,
) -> None:
    """SES accepts it but the response is lost each time: at most three mails, then an alert."""
    buyer = a_paid_order(shop)
    shop.plan.every = lambda b: Fault.LOST if b.call == "sesv2 SendEmail" else None
    moments: list[datetime] = []
    for _ in range(30):
        before = len(shop.sent())
        shop.tick()
        moments += [shop.now] * (len(shop.sent()) - before)

    mine = TICKETS.format(order=buyer.order_number)
    assert 2 <= shop.subjects()[mine] <= 3
    assert shop.order(buyer.order_number)["delivery"] == "problem"
    assert any("Email Delivery Failed" in subject for subject in shop.subjects())


# ------------------------------------------------------------------------------- SumUp


def test_orders_back_off_during_a_sumup_outage_and_catch_up_afterwards(shop: Deployment) -> None:
    """No order expires or fails, no buyer is asked to pay again, and recovery is gradual."""
    buyers = [Buyer(shop, quantity=1) for _ in range(CAPACITY)]
    for buyer in buyers:
        buyer.order()
        buyer.pay()

    def down(boundary: Boundary) -> Fault | None:
        return Fault.REFUSED if boundary.call.startswith("sumup") else None

    shop.plan.every = down
    before = len(shop.plan.boundaries)
    for _ in range(12):
        shop.tick()
    asked = [b for b in shop.plan.boundaries[before:] if b.call.startswith("sumup")]
    assert statuses(shop) == {"pending_verification"}
    assert len(asked) <= CAPACITY * 12, "at most one look an order and scan, each with its retries"

    shop.plan.heal()
    ticks = 0
    while statuses(shop) != {"completed"} and ticks < 12:
        at = len(shop.plan.boundaries)
        shop.tick()
        ticks += 1
        again = [b for b in shop.plan.boundaries[at:] if b.call.startswith("sumup")]
        assert len(again) <= 2 * CAPACITY

    assert statuses(shop) == {"completed"}
    assert ticks <= 3, "the longest wait of an open order is 14 minutes"
    confirmations = {TICKETS.format(order=buyer.order_number): 1 for buyer in buyers}
    assert {s: n for s, n in shop.subjects().items() if s in confirmations} == confirmations
    assert shop.audit() == []
