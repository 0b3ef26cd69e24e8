"""What operators hand out: complimentary tickets, and tickets at the door."""

from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.adapters.sumup.account_gateway import AccountGateway
from ticketing.bootstrap.shared import Services
from ticketing.bootstrap.signing import signer
from ticketing.bootstrap.sumup import PRODUCTION, sumup, tokens
from ticketing.flows.give_tickets import GiveTickets
from ticketing.flows.sell_at_door import SellAtDoor
from ticketing.invocation import clock


def give_tickets(services: Services, *, dry_run: bool) -> GiveTickets:
    return GiveTickets(
        orders=services.orders,
        events=services.events,
        organisers=OrganiserTable(),
        request_check=services.request_check,
        payment_window=services.settings.payment_window,
        dry_run=dry_run,
    )


def sell_at_door(services: Services, *, dry_run: bool) -> SellAtDoor:
    return SellAtDoor(
        orders=services.orders,
        events=services.events,
        organisers=OrganiserTable(),
        sumup=AccountGateway(sumup(services), tokens(services), clock),
        signer=signer(services),
        notifier=services.notifier,
        real_money=services.settings.stage == PRODUCTION,
        dry_run=dry_run,
    )
