"""The function that manages checkouts at SumUp for the shop's function."""

from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.bootstrap.shared import Services, once
from ticketing.bootstrap.sumup import sumup, tokens
from ticketing.flows.manage_checkouts import ManageCheckouts


@once
def manage_checkouts(services: Services) -> ManageCheckouts:
    return ManageCheckouts(
        orders=services.orders,
        sumup=OrderGateway(sumup(services), tokens(services)),
        brand=services.brand,
    )
