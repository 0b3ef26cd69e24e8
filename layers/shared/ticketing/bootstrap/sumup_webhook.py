"""SumUp's webhook."""

from ticketing.bootstrap.shared import Services, once
from ticketing.flows.sumup_webhook import SumUpWebhook


@once
def sumup_webhook(services: Services) -> SumUpWebhook:
    return SumUpWebhook(services.orders, services.request_check)
