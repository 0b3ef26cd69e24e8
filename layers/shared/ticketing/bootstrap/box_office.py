"""Complimentary tickets."""

from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.bootstrap.shared import Services
from ticketing.flows.give_tickets import GiveTickets


def give_tickets(services: Services, *, dry_run: bool) -> GiveTickets:
    return GiveTickets(
        orders=services.orders,
        events=services.events,
        organisers=OrganiserTable(),
        request_check=services.request_check,
        payment_window=services.settings.payment_window,
        dry_run=dry_run,
    )
