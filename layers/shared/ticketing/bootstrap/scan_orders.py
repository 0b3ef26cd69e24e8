"""The scan for orders and mails that are due."""

from ticketing.bootstrap.shared import Services, once
from ticketing.flows.scan_orders import ScanOrders


@once
def scan_orders(services: Services) -> ScanOrders:
    return ScanOrders(
        orders=services.orders,
        outbox=services.outbox,
        verifications=services.verifications,
        deliveries=services.deliveries,
        notifier=services.notifier,
        limit=services.settings.max_orders_per_scan,
        stuck_after=services.settings.stuck_after,
    )
