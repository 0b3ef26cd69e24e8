"""The text on an order's row for operators is up to date after every write of every story.

And `status` says the same of it.
"""

import json
from collections.abc import Callable, Iterator

import boto3
import pytest

from tests.faults.deployment import Buyer, Deployment, deployed
from tests.faults.plan import Boundary, Fault
from tests.faults.stories import STORIES, Story, told_by_webhook
from tests.functions.conftest import EVENTS, NAMES, QUEUES, Found
from tests.support.aws import REGION
from ticketing.bootstrap import Services
from ticketing.cli import main
from ticketing.flows.record_email_event import RecordEmailEvent
from ticketing.flows.resend_tickets import ResendForOperator
from ticketing.operators.next_step import row_attributes
from ticketing.orders.order import Order
from ticketing.settings import read


@pytest.fixture
def shop() -> Iterator[Deployment]:
    with deployed() as shop:
        yield shop


def services_of(shop: Deployment) -> Services:
    """Return the flows as an operator has them."""
    return Services(read({**shop.world.environment, "AWS_REGION": REGION}), by="me")


class Reader:
    """Compares what rows say with what is so; `seen` is every sentence that was read."""

    def __init__(self, shop: Deployment) -> None:
        self.shop, self.seen = shop, set[str]()
        self.services = services_of(shop)
        shop.before_invocation = self.compare

    def order(self, number: str) -> Order:
        return self.services.orders.get(number)

    def compare(self) -> None:
        for row in self.shop.rows("OrdersTable"):
            said = {name: row.get(name) for name in row_attributes(self.order(row["order_number"]))}
            assert said == row_attributes(self.order(row["order_number"])), row["order_number"]
            assert row["status_reason"], "it says why"
            self.seen |= {text for text in said.values() if text}


def status_says(shop: Deployment, number: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Compare the command's answer with the row."""
    outputs = {name: shop.world.ref[name] for name in NAMES}
    outputs |= {f"{name}Url": shop.world.ref[name] for name in QUEUES}
    stack = Found(boto3.Session(region_name=REGION), outputs, shop.world.environment)
    capsys.readouterr()
    main(["status", number, "--json", "--stack", "tickets"], lambda _: stack)
    answer, row = json.loads(capsys.readouterr().out), shop.order(number)
    assert answer["next"] == row["what_next"]
    assert answer["runbook"] == row["runbook"]
    assert answer["tickets_next"] == row.get("delivery_next", "")
    assert answer["tickets_runbook"] == row.get("delivery_runbook", "")


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_row_is_accurate_after_every_write(
    shop: Deployment, story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    reader = Reader(shop)

    number = story.tell(shop).order_number

    for _ in range(3):
        shop.redeliver()
    reader.compare()
    status_says(shop, number, capsys)


def silent(shop: Deployment) -> Buyer:
    buyer = Buyer(shop)
    buyer.order()
    shop.plan.every = lambda b: Fault.REFUSED if b.call.startswith("sumup") else None
    shop.tick()
    shop.tick()
    return buyer


def no_longer_watched(shop: Deployment) -> Buyer:
    buyer = Buyer(shop)
    buyer.order()
    for _ in range(24 + 9):
        shop.wait(hours=2)
        shop.tick()
    for _ in range(8):
        shop.wait(days=1)
        shop.tick()
    return buyer


def came_back(shop: Deployment) -> Buyer:
    buyer = told_by_webhook(shop)
    tell(shop, buyer, "bounce_permanent")
    return buyer


def came_back_and_was_corrected(shop: Deployment) -> Buyer:
    buyer = came_back(shop)
    services = services_of(shop)
    resend = ResendForOperator(services.orders, services.outbox, services.deliveries)
    resend(buyer.order_number, "jane.doe@example.org", shop.now)
    shop.unread.add("DeliveryQueue")
    shop.tick()
    return buyer


def was_called_spam(shop: Deployment) -> Buyer:
    buyer = told_by_webhook(shop)
    tell(shop, buyer, "complaint")
    return buyer


def given_up(shop: Deployment) -> Buyer:
    def lost(boundary: Boundary) -> Fault | None:
        return Fault.LOST if boundary.call == "sesv2 SendEmail" else None

    buyer = Buyer(shop)
    buyer.order()
    buyer.pay()
    shop.plan.every = lost
    for _ in range(24):
        shop.tick()
    shop.plan.heal()
    return buyer


def tell(shop: Deployment, buyer: Buyer, event: str) -> None:
    """Let SES tell of the first mail what a sample event tells of another."""
    sample = json.loads((EVENTS / f"record_email_event.{event}.json").read_text())
    text: str = sample["Records"][0]["Sns"]["Message"]
    told = json.loads(text.replace("ORD-ABC123", buyer.order_number))
    (mail,) = shop.rows("MailsTable")
    told["mail"]["tags"]["attempt"] = [mail["attempt_id"]]
    services = services_of(shop)
    record = RecordEmailEvent(services.outbox, services.storing_notifier)
    record(json.dumps(told), shop.now)


OTHERS: dict[str, tuple[Callable[[Deployment], Buyer], str]] = {
    "SumUp is silent": (silent, "the last 2 checks got no answer"),
    "nobody paid, long ago": (no_longer_watched, "no longer checked for a late payment"),
    "the mail came back": (came_back, "the tickets could not be sent"),
    "it went to another address": (came_back_and_was_corrected, "The tickets are out"),
    "the mail was called spam": (was_called_spam, "The tickets are out"),
    "nobody knows whether mails left": (given_up, "the tickets could not be sent"),
}


@pytest.mark.parametrize(("tell_it", "sentence"), OTHERS.values(), ids=OTHERS)
def test_the_row_is_accurate_after_a_failure_too(
    shop: Deployment,
    tell_it: Callable[[Deployment], Buyer],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    reader = Reader(shop)

    number = tell_it(shop).order_number

    reader.compare()
    row = shop.order(number)
    assert sentence in f"{row['what_next']} {row.get('delivery_next', '')}"
    status_says(shop, number, capsys)
