"""The doors of events."""

from ticketing.adapters.dynamodb.admissions import AdmissionLog
from ticketing.adapters.dynamodb.door_tickets import DoorTickets
from ticketing.adapters.dynamodb.doors import DoorTable
from ticketing.bootstrap.shared import Services, once
from ticketing.flows.check_in import CheckIn
from ticketing.flows.open_door import OpenDoor
from ticketing.flows.search_tickets import SearchTickets


@once
def open_door(services: Services) -> OpenDoor:
    return OpenDoor(services.events, DoorTable(), AdmissionLog())


@once
def check_in(_: Services) -> CheckIn:
    return CheckIn(DoorTickets(), AdmissionLog())


@once
def search_tickets(_: Services) -> SearchTickets:
    return SearchTickets(DoorTickets(), DoorTable())


@once
def door_tickets(_: Services) -> DoorTickets:
    return DoorTickets()
