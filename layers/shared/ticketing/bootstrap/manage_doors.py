"""Devices of doors, for the commands."""

from ticketing.adapters.dynamodb.door_tickets import DoorTickets
from ticketing.adapters.dynamodb.doors import DoorTable
from ticketing.adapters.dynamodb.event_records import EventRecords
from ticketing.bootstrap.shared import Services, once
from ticketing.flows.manage_doors import ManageDoors


@once
def manage_doors(services: Services) -> ManageDoors:
    records = EventRecords(services.settings.payment_window)
    return ManageDoors(services.events, DoorTable(), DoorTickets(), records)
