"""Issuing a ticket anew."""

from ticketing.adapters.dynamodb.tickets import TicketTable
from ticketing.bootstrap.shared import Services
from ticketing.bootstrap.signing import signer
from ticketing.flows.reissue_ticket import ReissueTicket


def reissue_ticket(services: Services, *, dry_run: bool) -> ReissueTicket:
    return ReissueTicket(
        orders=services.orders,
        tickets=TicketTable(),
        signer=signer(services),
        notifier=services.notifier,
        dry_run=dry_run,
    )
