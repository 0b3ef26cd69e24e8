"""The erasure of buyers."""

from ticketing.adapters.dynamodb.lost_requests import LostRequestTable
from ticketing.bootstrap.shared import Services, once
from ticketing.flows.erase_buyers import EraseBuyers


@once
def erase_buyers(services: Services) -> EraseBuyers:
    return EraseBuyers(
        orders=services.orders,
        outbox=services.outbox,
        archive=services.archive,
        events=services.events,
        requests=LostRequestTable(),
        kept=services.settings.buyers_kept,
    )
