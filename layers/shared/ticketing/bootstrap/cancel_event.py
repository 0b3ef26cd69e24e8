"""Cancelling an event, and giving the money of its orders back."""

from collections.abc import Callable

from ticketing.adapters.aws.pace import Pace
from ticketing.adapters.dynamodb.event_records import EventRecords
from ticketing.bootstrap.refund_payment import refund_payment
from ticketing.bootstrap.shared import Services
from ticketing.bootstrap.sumup import order_gateway
from ticketing.bootstrap.verify_payment import verify_payment
from ticketing.flows.cancel_event import CancelEvent
from ticketing.flows.cancel_order import CancelOrder
from ticketing.flows.refund_orders import RefundOrders
from ticketing.invocation import clock

REFUNDS_A_SECOND = 2.0
"""Our own limit, since SumUp publishes none: a refund is four calls, and sales go on meanwhile."""


def cancel_event(services: Services, *, dry_run: bool) -> CancelEvent:
    return CancelEvent(
        events=services.events,
        records=EventRecords(services.settings.payment_window),
        cancel_order=CancelOrder(
            orders=services.orders,
            sumup=order_gateway(services),
            notifier=services.notifier,
            verify=verify_payment(services),
            dry_run=dry_run,
        ),
        refund_orders=refund_orders(services, dry_run=dry_run),
        clock=clock,
        dry_run=dry_run,
    )


def refund_orders(
    services: Services, *, dry_run: bool, pace: Callable[[], object] | None = None
) -> RefundOrders:
    return RefundOrders(
        refund=refund_payment(services, dry_run=dry_run),
        clock=clock,
        pace=pace or Pace(REFUNDS_A_SECOND).wait,
        dry_run=dry_run,
    )
