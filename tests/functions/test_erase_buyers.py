"""The nightly function, on the tables and the bucket of the template."""

import pytest

from functions.erase_buyers.app import handler
from tests.functions.conftest import Context, Sample, SumUpAnswers
from tests.functions.test_permissions import a_buyer_of_long_ago
from tests.support.aws import World, client
from tests.support.stored import audit_of
from ticketing.bootstrap import services
from ticketing.orders.order import ERASED

EVENT = Sample.load("erase_buyers.scheduled").event


@pytest.fixture(autouse=True)
def _long_ago(world: World, sumup: SumUpAnswers) -> None:
    a_buyer_of_long_ago(sumup)
    world.wire.forget()


def named(world: World) -> list[str]:
    """Return the tables that still name the buyer."""
    return sorted(
        table
        for table, items in world.contents().items()
        if "Jane" in repr(items) or "jane@" in repr(items)
    )


def test_a_buyer_past_the_retention_period_is_erased(world: World, context: Context) -> None:
    assert named(world) == ["MailsTable", "OrdersTable", "TicketsTable"]

    answer = handler(EVENT, context)

    assert answer == {"erased": ["ORD-ABC123"], "kept": {}, "left": False}
    assert named(world) == []
    assert world.objects() == []
    listed = client("s3").list_object_versions(Bucket=world.ref["TicketsBucket"])
    assert "Versions" not in listed
    assert "DeleteMarkers" not in listed
    order = services().orders.get("ORD-ABC123")
    assert (order.customer.name, order.customer.email) == (ERASED, ERASED)
    assert [row.change for row in audit_of(order)] == ["buyer erased"]


def test_the_next_run_only_reads(world: World, context: Context) -> None:
    handler(EVENT, context)
    before = world.contents()
    world.wire.forget()

    assert handler(EVENT, context) == {"erased": [], "kept": {}, "left": False}
    assert [call.operation for call in world.wire.calls] == ["Query"]
    assert world.contents() == before


def test_nothing_is_started_without_enough_time_left(world: World, context: Context) -> None:
    context.seconds_left = 20
    before = world.contents()

    assert handler(EVENT, context) == {"erased": [], "kept": {}, "left": True}
    assert world.contents() == before
