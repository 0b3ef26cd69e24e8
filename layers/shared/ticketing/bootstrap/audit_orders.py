"""The nightly audit."""

from ticketing.bootstrap.shared import Services, once
from ticketing.flows.audit_orders import AuditOrders


@once
def audit_orders(services: Services) -> AuditOrders:
    return AuditOrders(
        audit_reader=services.audit_reader,
        orders=services.orders,
        outbox=services.outbox,
        notifier=services.notifier,
    )
