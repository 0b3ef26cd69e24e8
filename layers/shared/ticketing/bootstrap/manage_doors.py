"""Devices of doors, for the commands."""

from ticketing.adapters.dynamodb.admissions import AdmissionLog
from ticketing.adapters.dynamodb.door_records import DoorRecords
from ticketing.adapters.dynamodb.door_tickets import DoorTickets
from ticketing.adapters.dynamodb.doors import DoorTable
from ticketing.adapters.dynamodb.event_records import EventRecords
from ticketing.bootstrap.shared import Services, once
from ticketing.flows.accept_scans import AcceptScans
from ticketing.flows.list_doors import ListDoors
from ticketing.flows.manage_doors import ManageDoors


@once
def manage_doors(services: Services) -> ManageDoors:
    records = EventRecords(services.settings.payment_window)
    return ManageDoors(services.events, DoorTable(), DoorTickets(), records)


@once
def list_doors(services: Services) -> ListDoors:
    return ListDoors(EventRecords(services.settings.payment_window), DoorRecords())


@once
def accept_scans(services: Services) -> AcceptScans:
    return AcceptScans(DoorTable(), DoorRecords(), DoorTickets(), AdmissionLog(), services.by)
