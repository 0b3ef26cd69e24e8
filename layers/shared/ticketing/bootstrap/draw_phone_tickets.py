"""The tickets for a phone."""

from ticketing.adapters.dynamodb.details import DetailsTable
from ticketing.bootstrap.shared import Services, once
from ticketing.flows.draw_phone_tickets import DrawPhoneTickets
from ticketing.flows.draw_tickets import DrawTickets
from ticketing.flows.find_look import FindLook


@once
def draw_phone_tickets(services: Services) -> DrawPhoneTickets:
    draw_tickets = DrawTickets(
        archive=services.archive,
        notifier=services.storing_notifier,
        brand=services.brand,
        find_look=FindLook(services.archive),
    )
    return DrawPhoneTickets(
        orders=services.orders,
        details=DetailsTable(),
        draw=draw_tickets.draw,
        archive=services.archive,
        access=services.access,
    )
