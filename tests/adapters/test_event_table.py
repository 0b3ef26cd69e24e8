"""Events by id."""

import pytest

from tests.aws import World
from tests.builders import an_event
from tests.stored import in_utc, sell
from ticketing.errors import EventNotFound
from ticketing.events.event import LatePayment
from ticketing.events.table import EventTable
from ticketing.schema import EventRow


@pytest.mark.parametrize("policy", LatePayment)
def test_an_event_comes_back_as_stored(world: World, policy: LatePayment) -> None:
    sell(event=an_event(late_payment=policy))

    assert EventTable().get("5") == an_event(late_payment=policy)
    (item,) = world.items("EventsTable")
    assert in_utc(item["starts_at"]["S"]) == an_event().starts_at


def test_an_event_without_a_policy_honours_late_payments(world: World) -> None:
    sell()
    EventRow("5").update([EventRow.late_payment.remove()])

    assert EventTable().get("5").late_payment is LatePayment.HONOUR
    assert len(world.items("EventsTable")) == 1


def test_an_event_nobody_stored_is_not_found(world: World) -> None:
    assert world.items("EventsTable") == []
    with pytest.raises(EventNotFound, match="event 7"):
        EventTable().get("7")
