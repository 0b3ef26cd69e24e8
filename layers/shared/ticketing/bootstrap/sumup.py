"""SumUp and the organisers' tokens for it."""

from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.adapters.sumup.client import SumUp
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.adapters.sumup.tokens import OrganiserTokens
from ticketing.bootstrap.shared import Services, once

PRODUCTION = "prod"


@once
def sumup(services: Services) -> SumUp:
    """Return SumUp's API, called as our application; raise `MissingSetting` without its secret."""
    application = services.secrets.fields(
        services.settings.sumup_secret_id, "client_id", "client_secret"
    )
    return SumUp(services.settings.sumup_base_url, *application)


@once
def tokens(services: Services) -> OrganiserTokens:
    return OrganiserTokens(OrganiserTable(), services.cipher, sumup(services))


@once
def order_gateway(services: Services) -> OrderGateway:
    """Return the gateway for orders; in production it refuses payments of a sandbox."""
    real_money = services.settings.stage == PRODUCTION
    return OrderGateway(sumup(services), tokens(services), real_money=real_money)
