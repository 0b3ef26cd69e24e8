"""The hourly function, on the tables of the template."""

from datetime import timedelta

import pytest

from functions.remind_buyers.app import handler
from tests.functions.conftest import Context, Sample, SumUpAnswers
from tests.functions.test_permissions import a_buyer_whose_event_is_tomorrow
from tests.support.aws import World
from tests.support.builders import an_order
from tests.support.stored import LATER, store
from ticketing.bootstrap import services
from ticketing.emails.mail import MailKind, MailStatus
from ticketing.emails.reminder import AHEAD
from ticketing.orders.order import OrderStatus

EVENT = Sample.load("remind_buyers.scheduled").event


@pytest.fixture(autouse=True)
def _tomorrow(world: World, sumup: SumUpAnswers, context: Context) -> None:
    a_buyer_whose_event_is_tomorrow(sumup)
    context.seconds_left = 900
    world.wire.forget()


def test_a_buyer_is_reminded_the_day_before(context: Context) -> None:
    assert handler(EVENT, context) == {"orders": 1, "reminders": 1, "left": False}

    (mail,) = services().outbox.of_order("ORD-ABC123")
    assert (mail.kind, mail.status) == (MailKind.REMINDER, MailStatus.PENDING)
    assert mail.recipient == "jane@example.com"
    assert list(services().outbox.due(LATER + timedelta(hours=12), 10)) == [mail.mail_id]


def test_the_next_run_reads_the_bookmark_and_the_index(world: World, context: Context) -> None:
    handler(EVENT, context)
    world.wire.forget()

    assert handler(EVENT, context) == {"orders": 0, "reminders": 0, "left": False}
    assert [call.operation for call in world.wire.calls] == ["GetItem", "Query", "PutItem"]


def test_many_orders_are_read_page_by_page(world: World, context: Context) -> None:
    starts_at, bought = LATER + timedelta(hours=27), LATER - timedelta(days=1)
    numbers = [f"ORD-N{number:05d}" for number in range(250)]
    for number in numbers:
        order = an_order(
            order_number=number,
            checkout_ids=(),
            status=OrderStatus.COMPLETED,
            created_at=bought,
            settled_at=bought,
            event_starts_at=starts_at,
        )
        store(order)
    world.wire.forget()

    report = handler(EVENT, context)

    assert report == {"orders": 251, "reminders": 251, "left": False}
    operations = [call.operation for call in world.wire.calls]
    assert operations.count("Query") == 3
    assert operations.count("GetItem") == 1 + 251 + 1, "bookmark, orders, event"


def test_without_time_it_leaves_all_to_the_next_run(context: Context) -> None:
    context.seconds_left = 10
    assert handler(EVENT, context) == {"orders": 0, "reminders": 0, "left": True}

    context.seconds_left = 900
    assert handler(EVENT, context)["reminders"] == 1


def test_an_event_that_begins_later_has_its_time(context: Context) -> None:
    store(
        an_order(
            order_number="ORD-LATER1",
            checkout_ids=(),
            status=OrderStatus.COMPLETED,
            event_starts_at=LATER + AHEAD + timedelta(minutes=1),
        )
    )

    assert handler(EVENT, context)["orders"] == 1
