"""Events by id."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.support.aws import World, client
from tests.support.builders import NOW, a_signer, an_event, later
from tests.support.stored import in_utc, sell
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.mapping import revision_map
from ticketing.adapters.dynamodb.models import EventRow
from ticketing.errors import EventNotFound, MissingSetting
from ticketing.events.event import LatePayment, RefundPolicy, Revision
from ticketing.events.moving import NewTimes, moved
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


@pytest.mark.usefixtures("world")
def test_public_keys_round_trip_and_leave_the_event_as_it_is() -> None:
    sell()
    keys = a_signer().public_keys("5")

    EventTable().publish_keys("5", keys)

    assert EventTable().public_keys("5") == keys
    assert EventTable().get("5") == an_event()


@pytest.mark.usefixtures("world")
def test_keys_of_an_event_that_does_not_exist_are_neither_read_nor_published() -> None:
    with pytest.raises(EventNotFound):
        EventTable().public_keys("99")
    with pytest.raises(EventNotFound):
        EventTable().publish_keys("99", a_signer().public_keys("99"))

    assert list(EventTable().ids()) == []


@pytest.mark.usefixtures("world")
def test_an_event_without_published_keys_says_how_to_publish_them() -> None:
    sell()

    with pytest.raises(MissingSetting, match=r"event 5 has no public keys.*qr publish"):
        EventTable().public_keys("5")


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("key", ["not base64", "c2hvcnQ="])
def test_malformed_public_keys_are_no_keys(key: str) -> None:
    sell()
    EventRow("5").update([EventRow.public_keys.set({"A": key})])

    with pytest.raises(EventNotFound, match="public key"):
        EventTable().public_keys("5")


ALL, NONE = RefundPolicy.ALL, RefundPolicy.NONE


def test_a_cancelled_event_is_off_sale_for_good(world: World) -> None:
    sell()

    event = EventTable().cancel("5", ALL, later(days=1))

    assert (event.cancelled, event.on_sale, event.is_offered) == (True, False, False)
    assert event.off_sale_since == event.cancelled_at == later(days=1)
    assert (event.refund_policy, event.cancellation_done_at) == (ALL, None)
    assert EventTable().on_sale(later(days=1)) == ()
    assert EventTable().get("5") == event
    assert len(world.items("EventsTable")) == 1


def test_cancelling_again_keeps_the_time_and_begins_the_work_anew(world: World) -> None:
    del world
    sell()
    event = EventTable().cancel("5", NONE, later(days=1))
    EventTable().note_cancellation_done(event, later(days=1, hours=1))
    assert EventTable().get("5").cancellation_done_at == later(days=1, hours=1)

    again = EventTable().cancel("5", ALL, later(days=2))

    assert again == replace(event, refund_policy=ALL)


def test_a_promise_to_give_money_back_stays(world: World) -> None:
    del world
    sell()
    promised = EventTable().cancel("5", ALL, later(days=1))

    assert EventTable().cancel("5", NONE, later(days=2)) == promised


def test_work_by_another_policy_is_not_called_done(world: World) -> None:
    """Another operator decided meanwhile that the money goes back."""
    del world
    sell()
    event = EventTable().cancel("5", NONE, later(days=1))
    EventTable().cancel("5", ALL, later(days=2))

    EventTable().note_cancellation_done(event, later(days=2))

    assert EventTable().get("5").cancellation_done_at is None


@pytest.mark.usefixtures("world")
def test_a_cancellation_whose_policy_is_missing_can_be_done() -> None:
    """A person has edited the policy away."""
    sell()
    EventTable().cancel("5", NONE, later(days=1))
    EventRow("5").update([EventRow.refund_policy.remove()])
    event = EventTable().get("5")
    assert event.refund_policy is None

    EventTable().note_cancellation_done(event, later(days=2))

    assert EventTable().get("5").cancellation_done_at == later(days=2)


@pytest.mark.parametrize("policy", [NONE, None])
def test_an_event_that_is_gone_does_not_come_back(
    world: World, policy: RefundPolicy | None
) -> None:
    gone = an_event(cancelled=True, cancelled_at=NOW, refund_policy=policy)

    EventTable().note_cancellation_done(gone, later(days=2))

    assert world.items("EventsTable") == []


def test_an_unknown_event_cannot_be_cancelled(world: World) -> None:
    with pytest.raises(EventNotFound):
        EventTable().cancel("7", ALL, later(days=1))

    assert world.items("EventsTable") == []


def test_a_moved_event_round_trips(world: World) -> None:
    del world
    doors_at = an_event().starts_at - timedelta(hours=1)
    first = an_event(doors_at=doors_at)
    sell(event=first)
    EventRow("5").update([EventRow.doors_at.set(doors_at)])
    times = NewTimes(first.starts_at + timedelta(days=7), first.starts_at)
    second = moved(EventTable().get("5"), times, later(days=1))
    third = moved(second, replace(times, starts_at=times.starts_at + timedelta(days=1)), NOW)

    assert EventTable().move(first, second)
    assert EventTable().get("5") == second
    assert EventTable().on_sale(later(days=30)) == (second,)
    assert EventTable().move(second, third)
    assert EventTable().get("5") == third


@pytest.mark.parametrize("news", ["revision", "starts_at", "cancelled", "gone"])
def test_an_event_that_changed_since_it_was_read_is_not_moved(world: World, news: str) -> None:
    sell()
    first = an_event()
    times = NewTimes(first.starts_at + timedelta(days=7), first.starts_at)
    row = EventRow("5")
    match news:
        case "revision":
            row.update([EventRow.revision.set(2), EventRow.since.set(NOW)])
        case "starts_at":
            row.update([EventRow.starts_at.set(later(days=3))])
        case "cancelled":
            EventTable().cancel("5", ALL, NOW)
        case "gone":
            row.delete()
    before = world.contents()

    assert not EventTable().move(first, moved(first, times, later(days=1)))

    assert world.contents() == before


@pytest.mark.parametrize("read", [1, 2])
def test_an_event_is_moved_as_of_the_revision_that_was_read(world: World, read: int) -> None:
    del world
    sell()
    EventRow("5").update([EventRow.revision.set(read), EventRow.since.set(NOW)])
    first = EventTable().get("5")
    after = moved(first, NewTimes(later(days=20), later(days=10)), later(days=1))

    EventRow("5").update([EventRow.revision.set(read + 1)])
    assert not EventTable().move(first, after)

    EventRow("5").update([EventRow.revision.set(read)])
    assert EventTable().move(first, after)
    assert EventTable().get("5").starts_at == later(days=20)
