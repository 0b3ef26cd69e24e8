"""Tickets by id."""

from tests.support.aws import World
from tests.support.builders import a_line, an_order, tickets_for
from tests.support.stored import LATER, in_utc
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.adapters.dynamodb.tickets import TicketTable

ORDER = an_order(lines=(a_line(quantity=50),))


def test_tickets_are_returned_in_the_order_requested(world: World) -> None:
    tickets = tickets_for(ORDER)
    for ticket in reversed(tickets):
        ticket_row(ticket, LATER).save()

    assert TicketTable().get_all([t.ticket_id for t in tickets]) == tickets
    assert in_utc(world.items("TicketsTable")[0]["issued_at"]["S"]) == LATER


def test_missing_tickets_are_left_out(world: World) -> None:
    first, second, *_ = tickets_for(ORDER)
    ticket_row(second, LATER).save()

    assert TicketTable().get_all([first.ticket_id, second.ticket_id]) == (second,)
    assert len(world.items("TicketsTable")) == 1


def test_no_ids_return_no_tickets(world: World) -> None:
    assert TicketTable().get_all([]) == ()
    assert world.wire.count("BatchGetItem") == 0


def test_a_throttled_read_is_retried(world: World) -> None:
    tickets = tickets_for(ORDER)
    for ticket in tickets:
        ticket_row(ticket, LATER).save()
    world.wire.refuse("BatchGetItem", "ProvisionedThroughputExceededException")

    assert TicketTable().get_all([t.ticket_id for t in tickets]) == tickets
    assert world.wire.count("BatchGetItem") == 2
