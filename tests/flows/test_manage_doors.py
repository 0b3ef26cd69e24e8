"""Devices are added for events that take place, and revoked once."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.builders import NOW, an_event, an_order, tickets_for
from tests.support.fake_doors import Doors, DoorTickets
from tests.support.fake_orders import Tables
from tests.support.fakes import Events
from ticketing.doors import device as devices
from ticketing.doors.device import Role, hash_of
from ticketing.errors import DoorNotFound, EventNotFound, MissingSetting, NoDoor
from ticketing.events.event import Event
from ticketing.flows import manage_doors
from ticketing.flows.manage_doors import MOST_DEVICES, ManageDoors, NewDoor
from ticketing.reports.rows import Rows
from ticketing.tickets.ticket import Ticket


class EventsWithKeys(Events):
    """Events, of which some have keys."""

    def __init__(self, *events: Event) -> None:
        super().__init__(*events)
        self.keys = {"A": b"k" * 32}

    def public_keys(self, event_id: str) -> dict[str, bytes]:
        if not self.keys:
            raise MissingSetting([f"event {event_id} has no public keys"])
        return self.keys


class Shop:
    """An event with three tickets, two of which were issued before there were doors."""

    def __init__(self, **event: Any) -> None:  # noqa: ANN401  # of any field
        self.tables = Tables()
        one, two, three = tickets_for(an_order())
        listed = replace(three, changed_at=NOW)
        self.tables.tickets = {ticket.ticket_id: ticket for ticket in (one, two, listed)}
        self.events, self.doors = EventsWithKeys(an_event(**event)), Doors()
        self.read = 0

    def tickets(self, _: str) -> Any:  # noqa: ANN401  # an iterator of rows
        """Yield all tickets and a row that cannot be read, in two pages."""
        self.read += 1
        found: list[Ticket] = list(self.tables.tickets.values())
        yield Rows(found=tuple(found[:1]), unreadable=("ticket X: it lacks sku",), read=2)
        yield Rows(found=tuple(found[1:]), unreadable=(), read=2)

    def add(self, gate: str = "Gate A", role: Role | None = None) -> NewDoor:
        records: Any = self
        flow = ManageDoors(self.events, self.doors, DoorTickets(self.tables), records)
        return flow.add("5", gate, role, NOW, names_offline=False)

    def revoke(self, device_id: str) -> Any:  # noqa: ANN401  # a device
        records: Any = self
        flow = ManageDoors(self.events, self.doors, DoorTickets(self.tables), records)
        return flow.revoke("5", device_id, NOW)


def test_the_first_device_is_a_supervisors_and_the_next_a_stewards() -> None:
    shop = Shop()

    made = [shop.add(), shop.add(), shop.add(role=Role.SUPERVISOR)]

    assert [door.device.role for door in made] == [Role.SUPERVISOR, Role.STEWARD, Role.SUPERVISOR]


def test_once_all_others_are_revoked_the_next_is_a_supervisors_again() -> None:
    shop = Shop()
    shop.revoke(shop.add().device.device_id)

    assert shop.add().device.role is Role.SUPERVISOR


def test_only_the_hash_of_the_secret_is_stored() -> None:
    shop = Shop()

    door = shop.add("  Gate\tA ")

    (stored,) = shop.doors.rows.values()
    assert stored == door.device
    assert (stored.secret_hash, stored.gate) == (hash_of(door.secret), "Gate A")


def test_tickets_of_before_there_were_doors_are_listed_with_the_first_device() -> None:
    shop = Shop()

    first, second = shop.add(), shop.add()

    assert (first.filled, first.unreadable) == (2, ("ticket X: it lacks sku",))
    assert (second.filled, second.unreadable, shop.read) == (0, (), 1)
    assert all(ticket.changed_at for ticket in shop.tables.tickets.values())


def test_an_id_that_is_taken_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    ids = iter(["D2222", "D2222", "D3333"])
    monkeypatch.setattr(manage_doors, "new_device_id", lambda: next(ids))
    shop = Shop()

    assert [shop.add().device.device_id for _ in range(2)] == ["D2222", "D3333"]


@pytest.mark.parametrize(
    ("gate", "event", "problem"),
    [
        ("", {}, "name"),
        ("\u200b", {}, "name"),
        ("G" * 41, {}, "name"),
        ("Gate A", {"starts_at": NOW - timedelta(days=1, hours=12)}, "over"),
        ("Gate A", {"cancelled": True}, "cancelled"),
    ],
)
def test_a_door_that_would_be_of_no_use_is_refused(
    gate: str, event: dict[str, Any], problem: str
) -> None:
    shop = Shop(**event)

    with pytest.raises(NoDoor, match=problem):
        shop.add(gate)

    assert shop.doors.rows == {}


def test_an_event_without_keys_gets_no_door() -> None:
    shop = Shop()
    shop.events.keys = {}

    with pytest.raises(MissingSetting):
        shop.add()


def test_an_unknown_event_gets_no_door() -> None:
    shop = Shop()
    shop.events.rows.clear()

    with pytest.raises(EventNotFound):
        shop.add()


def test_devices_are_limited() -> None:
    shop = Shop()
    for _ in range(MOST_DEVICES):
        shop.add()

    with pytest.raises(NoDoor, match="100"):
        shop.add()


def test_a_device_is_revoked_once() -> None:
    shop = Shop()
    device = shop.add().device

    first, second = shop.revoke(device.device_id), shop.revoke(device.device_id)

    assert first == second
    assert first.revoked_at == NOW


def test_an_unknown_device_cannot_be_revoked() -> None:
    with pytest.raises(DoorNotFound):
        Shop().revoke("D2222")


def test_ids_are_made_of_what_cannot_be_mistaken() -> None:
    assert not set("01OILU").intersection(devices.ALPHABET)
