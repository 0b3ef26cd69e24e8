"""Moving an event, and giving money back to the buyers who ask for it."""

from ticketing.adapters.dynamodb.event_records import EventRecords
from ticketing.bootstrap.cancel_event import refund_orders
from ticketing.bootstrap.shared import Services
from ticketing.flows.announce_event import AnnounceEvent
from ticketing.flows.move_event import MoveEvent
from ticketing.flows.refund_requests import RefundRequests


def move_event(services: Services, *, dry_run: bool) -> MoveEvent:
    return MoveEvent(
        events=services.events,
        orders=services.orders,
        records=EventRecords(services.settings.payment_window),
        announce=AnnounceEvent(services.events, services.orders, services.outbox),
        dry_run=dry_run,
    )


def refund_requests(services: Services, *, dry_run: bool) -> RefundRequests:
    return RefundRequests(
        events=services.events,
        records=EventRecords(services.settings.payment_window),
        refund_orders=refund_orders(services, dry_run=dry_run),
    )
