"""Refunds, whole and in part."""

from ticketing.bootstrap.shared import Services
from ticketing.bootstrap.sumup import order_gateway
from ticketing.flows.refund_part import RefundPart
from ticketing.flows.refund_payment import RefundPayment


def refund_payment(services: Services, *, dry_run: bool) -> RefundPayment:
    return RefundPayment(
        orders=services.orders,
        sumup=order_gateway(services),
        notifier=services.notifier,
        dry_run=dry_run,
    )


def refund_part(services: Services, *, dry_run: bool) -> RefundPart:
    return RefundPart(
        orders=services.orders,
        sumup=order_gateway(services),
        notifier=services.notifier,
        dry_run=dry_run,
    )
