"""What tickets are drawn from is read in one request, and completely."""

from typing import Any

import pytest
from pynamodb.connection import Connection
from tenacity import TryAgain

from tests.support.aws import World
from tests.support.builders import a_line, an_event, an_order, tickets_for
from tests.support.stored import LATER, sell
from ticketing.adapters.dynamodb.details import TRIES, DetailsTable
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.adapters.dynamodb.models import EventRow, OrganiserRow, TicketRow
from ticketing.adapters.dynamodb.retries import AWS_FAILURES
from ticketing.errors import EventNotFound, TicketsMissing
from ticketing.organisers.organiser import Connection as Connected

ORDER = an_order(lines=(a_line(quantity=50),))
BATCH = "BatchGetItem"


@pytest.fixture(autouse=True)
def _stored(world: World) -> None:
    sell()
    OrganiserRow(
        "jersey-live", name="Jersey Live", currency="GBP", connection=Connected.CONNECTED
    ).save()
    for ticket in reversed(tickets_for(ORDER)):
        ticket_row(ticket, LATER).save()
    world.wire.forget()


def test_event_organiser_and_fifty_tickets_take_one_request(world: World) -> None:
    details = DetailsTable().of(ORDER)

    assert details.event == an_event()
    assert details.organiser is not None
    assert details.organiser.name == "Jersey Live"
    assert details.tickets == tickets_for(ORDER)
    (call,) = world.wire.calls
    assert call.operation == BATCH
    assert all(table["ConsistentRead"] for table in call.body["RequestItems"].values())


def test_event_and_organiser_alone_take_one_request_too(world: World) -> None:
    details = DetailsTable().without_tickets(ORDER)

    assert details.event == an_event()
    assert details.organiser is not None
    assert details.tickets == ()
    (call,) = world.wire.calls
    assert call.operation == BATCH
    assert all(table["ConsistentRead"] for table in call.body["RequestItems"].values())

    EventRow("5").delete()
    with pytest.raises(EventNotFound, match="5"):
        DetailsTable().without_tickets(ORDER)


def test_tickets_that_are_missing_are_counted() -> None:
    TicketRow("ORD-ABC123-07").delete()

    with pytest.raises(TicketsMissing, match="49"):
        DetailsTable().of(ORDER)


def test_a_missing_event_is_not_found() -> None:
    EventRow("5").delete()

    with pytest.raises(EventNotFound, match="5"):
        DetailsTable().of(ORDER)


def test_an_unreadable_event_is_not_found(world: World) -> None:
    _spoil(world, "EventsTable", starts_at={"S": "soon"})

    with pytest.raises(EventNotFound, match="soon"):
        DetailsTable().of(ORDER)


def test_an_organiser_who_cannot_be_read_is_none(world: World) -> None:
    _spoil(world, "OrganisersTable", connection={"S": "maybe"})
    assert DetailsTable().of(ORDER).organiser is None

    OrganiserRow("jersey-live").delete()
    assert DetailsTable().of(ORDER).organiser is None


def leave_out(monkeypatch: pytest.MonkeyPatch, world: World, times: int) -> list[int]:
    """Let DynamoDB return all but twenty tickets, so often; return the keys asked for each time."""
    real, asked, tickets = Connection.dispatch, [], world.ref["TicketsTable"]

    def some(connection: Connection, operation: str, kwargs: dict[str, Any]) -> Any:  # noqa: ANN401
        tables = kwargs["RequestItems"]
        asked.append(sum(len(table["Keys"]) for table in tables.values()))
        if len(asked) > times:
            return real(connection, operation, kwargs)
        read, left = tables[tickets]["Keys"][:-20], tables[tickets]["Keys"][-20:]
        answer = {}
        if read:
            now = {**tables, tickets: tables[tickets] | {"Keys": read}}
            answer = real(connection, operation, {"RequestItems": now})
        unprocessed = {tickets: tables[tickets] | {"Keys": left}}
        return {"Responses": {}, **answer, "UnprocessedKeys": unprocessed}

    monkeypatch.setattr(Connection, "dispatch", some)
    return asked


def test_what_dynamodb_leaves_out_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, world: World
) -> None:
    asked = leave_out(monkeypatch, world, times=2)

    assert DetailsTable().of(ORDER).tickets == tickets_for(ORDER)
    assert asked == [52, 20, 20]


def test_dynamodb_is_not_asked_for_ever(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    asked = leave_out(monkeypatch, world, times=99)

    with pytest.raises(TryAgain):
        DetailsTable().of(ORDER)
    assert len(asked) == TRIES


def test_a_throttled_read_is_repeated_and_a_refused_one_raised(world: World) -> None:
    world.wire.refuse(BATCH, "ProvisionedThroughputExceededException")
    assert DetailsTable().of(ORDER).tickets

    world.wire.refuse(BATCH, "AccessDeniedException", 9)
    with pytest.raises(AWS_FAILURES):
        DetailsTable().of(ORDER)


def _spoil(world: World, table: str, **changes: Any) -> None:  # noqa: ANN401 - raw attributes
    (item,) = world.items(table)
    world.put(table, item | changes)
