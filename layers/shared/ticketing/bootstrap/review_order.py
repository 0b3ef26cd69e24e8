"""Approving, rejecting and cancelling an order."""

from ticketing.bootstrap.shared import Services
from ticketing.bootstrap.signing import signer
from ticketing.bootstrap.sumup import order_gateway
from ticketing.flows.review_order import ReviewOrder


def review_order(services: Services, *, dry_run: bool) -> ReviewOrder:
    return ReviewOrder(
        orders=services.orders,
        sumup=order_gateway(services),
        notifier=services.notifier,
        signer=signer(services),
        events=services.events,
        dry_run=dry_run,
    )
