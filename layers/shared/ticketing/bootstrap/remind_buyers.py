"""The reminders before events."""

from ticketing.adapters.dynamodb.upcoming import UpcomingOrderTable
from ticketing.bootstrap.shared import Services, once
from ticketing.flows.remind_buyers import RemindBuyers


@once
def remind_buyers(services: Services) -> RemindBuyers:
    return RemindBuyers(
        upcoming=UpcomingOrderTable(),
        orders=services.orders,
        events=services.events,
        outbox=services.outbox,
        enabled=services.settings.reminds,
    )
