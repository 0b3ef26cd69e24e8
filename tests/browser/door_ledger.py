"""Who is in, as the server counts it: its own flows, on tables in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.builders import an_event
from tests.support.fake_doors import AdmissionLog, Doors, DoorTickets
from tests.support.fake_orders import Tables
from tests.support.fakes import Events
from ticketing.doors.device import OPEN_AFTER, Device, Role
from ticketing.doors.digest import begins, place_of, place_of_changes
from ticketing.doors.signature import public_key_from
from ticketing.events.event import Event
from ticketing.flows.check_in import CheckIn
from ticketing.flows.open_door import OpenDoor
from ticketing.orders.order import VoidReason
from ticketing.tickets.qr import QrSigner
from ticketing.tickets.ticket import Ticket, TicketStatus, issued_anew
from ticketing.web.door_schemas import ScanIn, answers_out, changes_out, list_out

Json = dict[str, Any]
PATIENCE_SECONDS = 60.0
ISSUED_AT = datetime(2026, 1, 1, tzinfo=UTC)
APART = timedelta(minutes=1)
"""Between two tickets, so that a list of changes begins where the last one ended."""
KINDS = {"STD": "Standard", "FAM": "Family"}


def order_of(ticket_id: str) -> str:
    return "-".join(ticket_id.split("-")[:2])


@dataclass
class FakeDevice:
    device: str
    secret: str
    gate: str
    role: str
    public_key: str = ""
    revoked: bool = False
    entries: dict[int, tuple[Json, Json]] = field(default_factory=dict)
    """By number: the entry as it came, and its result."""

    def row(self, event_id: str) -> Device:
        return Device(
            event_id=event_id,
            device_id=self.device,
            gate=self.gate,
            role=Role(self.role),
            secret_hash="",
            created_at=ISSUED_AT,
            public_key=public_key_from(self.public_key) if self.public_key else None,
            revoked_at=ISSUED_AT if self.revoked else None,
        )


@dataclass
class Ledger:
    """The tickets of one event and what the devices did with them."""

    signer: QrSigner
    event_id: str = "5"
    doors_at: datetime | None = None
    expires_at: datetime = field(default_factory=lambda: datetime.now(UTC) + timedelta(days=2))
    """When its devices stop working, a day after its end."""
    tables: Tables = field(default_factory=Tables)
    log: AdmissionLog = field(init=False)

    def __post_init__(self) -> None:
        self.log = AdmissionLog(self.tables)

    @property
    def tickets(self) -> dict[str, Ticket]:
        return self.tables.tickets

    @property
    def event(self) -> Event:
        ends_at = self.expires_at - OPEN_AFTER
        return an_event(event_id=self.event_id, doors_at=self.doors_at, ends_at=ends_at)

    def text(self, ticket_id: str) -> str:
        return self.signer.text(ticket_id, order_of(ticket_id), self.event_id)

    def add(
        self,
        ticket_id: str,
        *,
        sku: str = "STD",
        admits: int = 1,
        holder: str = "Anne Le Feuvre",
        reason: str = "",
    ) -> None:
        """Issue a ticket, which is void if there is a reason."""
        self.tickets[ticket_id] = Ticket(
            ticket_id=ticket_id,
            order_number=order_of(ticket_id),
            event_id=self.event_id,
            holder=holder,
            sku=sku,
            description=KINDS[sku],
            status=TicketStatus.VOID if reason else TicketStatus.VALID,
            qr_text=self.text(ticket_id),
            admits=admits,
            void_reason=VoidReason(reason) if reason else None,
            changed_at=self._next(),
        )

    def reissue(self, ticket_id: str, anew: str) -> str:
        """Replace a ticket by another; return the text of its code."""
        old = self.tickets[ticket_id]
        self.tickets[anew] = replace(issued_anew(old, anew, self.signer), changed_at=self._next())
        self.tickets[ticket_id] = replace(
            old,
            status=TicketStatus.VOID,
            void_reason=VoidReason.REISSUED,
            replaced_by=anew,
            changed_at=self._next(),
        )
        return self.tickets[anew].qr_text

    def refund(self, ticket_id: str) -> None:
        """Make a ticket void, as giving back its money does."""
        self.tickets[ticket_id] = replace(
            self.tickets[ticket_id],
            status=TicketStatus.VOID,
            void_reason=VoidReason.REFUNDED,
            changed_at=self._next(),
        )

    def _next(self) -> datetime:
        newest = [one.changed_at for one in self.tickets.values() if one.changed_at]
        return max(newest, default=ISSUED_AT) + 2 * APART

    def listed(self, after: str, limit: int, device: FakeDevice, now: datetime) -> Json:
        """Return a page of the list, as the server does."""
        place = place_of(after) if after else None
        page = DoorTickets(self.tables).page(self.event_id, begins(place), limit)
        following = page.following or place_of_changes(page, place, now)
        return list_out(page, following, device.row(self.event_id))

    def take(self, device: FakeDevice, entry: Json, now: datetime) -> Json:
        """Decide once; the same entry again gets the same answer."""
        row, flow = device.row(self.event_id), CheckIn(DoorTickets(self.tables), self.log)
        scans = [ScanIn(**entry).scan()]
        answers = list(flow(row, self.event, scans, lambda: PATIENCE_SECONDS, now))
        [result] = answers_out(answers, now, names=row.is_open(self.event, now))["results"]
        device.entries.setdefault(entry["seq"], (entry, result))
        return dict(result)

    def changes(self, devices: Mapping[str, FakeDevice], seen: Mapping[str, int]) -> Json:
        rows = {(self.event_id, name): one.row(self.event_id) for name, one in devices.items()}
        return changes_out(
            OpenDoor(Events(self.event), Doors(rows), self.log).changes(self.event_id, seen)
        )
