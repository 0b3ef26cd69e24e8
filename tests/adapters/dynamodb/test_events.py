"""Events by id."""

from dataclasses import replace

import pytest

from tests.support.aws import World, client
from tests.support.builders import an_event, later
from tests.support.stored import in_utc, sell
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.mapping import revision_map
from ticketing.adapters.dynamodb.models import EventRow
from ticketing.errors import EventNotFound
from ticketing.events.event import LatePayment, Revision
from ticketing.events.revision import revised


@pytest.mark.parametrize("policy", LatePayment)
def test_an_event_round_trips(world: World, policy: LatePayment) -> None:
    sell(event=an_event(late_payment=policy))

    assert EventTable().get("5") == an_event(late_payment=policy)
    (item,) = world.items("EventsTable")
    assert in_utc(item["starts_at"]["S"]) == an_event().starts_at


def test_an_event_without_a_policy_honours_late_payments(world: World) -> None:
    sell()
    EventRow("5").update([EventRow.late_payment.remove()])

    assert EventTable().get("5").late_payment is LatePayment.HONOUR
    assert len(world.items("EventsTable")) == 1


def test_a_changed_event_keeps_all_its_earlier_revisions(world: World) -> None:
    first = an_event()
    second = revised(first, replace(first, venue="St James Centre"), later(days=1))
    third = revised(replace(second, announced=True), first, later(days=2))
    sell(event=third)
    EventRow("5").update(
        [
            EventRow.revision.set(3),
            EventRow.since.set(later(days=2)),
            EventRow.earlier.set([revision_map(one) for one in third.earlier]),
        ]
    )

    assert EventTable().get("5") == third
    assert len(world.items("EventsTable")) == 1


def test_an_incomplete_earlier_revision_makes_the_event_unreadable(world: World) -> None:
    sell()
    kept = [revision_map(Revision(an_event(name="As it was").facts))]
    EventRow("5").update([EventRow.revision.set(2), EventRow.earlier.set(kept)])
    client("dynamodb").update_item(
        TableName=world.ref["EventsTable"],
        Key={"event_id": {"S": "5"}},
        UpdateExpression="REMOVE earlier[0].address",
    )

    with pytest.raises(EventNotFound, match="an earlier revision lacks address"):
        EventTable().get("5")


@pytest.mark.usefixtures("world")
def test_only_the_announced_revision_is_marked_as_announced() -> None:
    sell()
    EventRow("5").update([EventRow.revision.set(2)])

    EventTable().mark_announced(an_event(revision=3))
    assert not EventTable().get("5").announced

    EventTable().mark_announced(an_event(revision=2))
    assert EventTable().get("5").announced
