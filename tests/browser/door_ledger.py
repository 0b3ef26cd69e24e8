"""Who is in, as a server of the door counts it: the smallest one that keeps the wire contract."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ticketing.tickets.qr import QrSigner

Json = dict[str, Any]
NOTHING: Json = {
    "ticket": "",
    "type": "",
    "holder": "",
    "count": 0,
    "left": 0,
    "admits": 1,
    "first": None,
    "reason": "",
    "since": None,
    "event": "",
}


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass
class FakeTicket:
    ticket_id: str
    sku: str = "STD"
    admits: int = 1
    holder: str = "Anne Le Feuvre"
    reason: str = ""
    """Why it is void; empty for a valid one."""
    left: int = -1

    def __post_init__(self) -> None:
        self.left = self.admits

    @property
    def order(self) -> str:
        return self.ticket_id.rpartition("-")[0]


@dataclass
class FakeDevice:
    device: str
    secret: str
    gate: str = "Gate A"
    role: str = "steward"
    public_key: str = ""
    revoked: bool = False
    entries: dict[int, tuple[Json, Json]] = field(default_factory=dict)
    """By number: the entry as it came, and its result."""


@dataclass
class Ledger:
    """The tickets of one event and what the devices did with them."""

    signer: QrSigner
    event_id: str = "5"
    tickets: dict[str, FakeTicket] = field(default_factory=dict)
    changes: list[list[Any]] = field(default_factory=list)
    doors_at: datetime | None = None

    def text(self, ticket_id: str) -> str:
        return self.signer.text(ticket_id, ticket_id.rpartition("-")[0], self.event_id)

    def take(self, device: FakeDevice, entry: Json) -> Json:
        """Decide once; the same entry again gets the same answer."""
        seq = entry["seq"]
        if seq in device.entries:
            before, result = device.entries[seq]
            return result if before == entry else {**NOTHING, "seq": seq, "verdict": "cloned"}
        result = {**NOTHING, "seq": seq, **self._decided(device, entry)}
        device.entries[seq] = (entry, result)
        return result

    def _decided(self, device: FakeDevice, entry: Json) -> Json:
        if device.revoked:
            return {"verdict": "after_revocation"}
        if entry["action"] != "admit":
            return self._counted_back(device, entry)
        text = entry["text"]
        ticket_id = text if entry["by_hand"] else text.split("|")[0].removeprefix("TICKET:")
        ticket = self.tickets.get(ticket_id)
        if ticket is None:
            return {"verdict": "unknown", "ticket": ticket_id}
        facts = {
            "ticket": ticket_id,
            "type": ticket.sku.title(),
            "holder": ticket.holder,
            "admits": ticket.admits,
        }
        if not entry["by_hand"] and text != self.text(ticket_id):
            return {**facts, "verdict": "altered"}
        return {**facts, **self._admitted(device, entry, ticket)}

    def _admitted(self, device: FakeDevice, entry: Json, ticket: FakeTicket) -> Json:
        if ticket.reason:
            return {"verdict": "void", "reason": ticket.reason}
        is_fact = entry["said"] in {"admitted", "unknown"} and entry["count"] > 0
        is_early = self.doors_at is not None and datetime.now(UTC) < self.doors_at
        if is_early and not is_fact and entry["override"] != "not_yet":
            return {"verdict": "not_yet", "since": moment(self.doors_at or datetime.now(UTC))}
        if entry["said"] not in {"asking", "admitted", "unknown"}:
            return {"verdict": entry["said"], "first": self._first(ticket)}
        people = entry["count"] or ticket.left
        if entry["override"] != "already" and (ticket.left < people or not people):
            first = self._first(ticket)
            return {"verdict": "double" if is_fact else "already", "first": first}
        ticket.left = max(0, ticket.left - people)
        self._change(device, entry, ticket, people)
        return {"verdict": "admitted", "count": people, "left": ticket.left}

    def _counted_back(self, device: FakeDevice, entry: Json) -> Json:
        owner, _, number = entry["refers_to"].partition("#")
        found = [c for c in self.changes if (c[0], c[1]) == (owner, int(number))]
        if not found:
            return {"verdict": "refused", "reason": "no_such_scan"}
        if entry["action"] == "undo" and device.role != "supervisor":
            return {"verdict": "refused", "reason": "not_supervisor"}
        ticket = self.tickets[found[0][2]]
        people = found[0][4] - (entry["count"] if entry["action"] == "lower" else 0)
        ticket.left += people
        self._change(device, entry, ticket, people)
        verdict = "undone" if entry["action"] == "undo" else "lowered"
        return {"verdict": verdict, "ticket": ticket.ticket_id, "count": people}

    def _change(self, device: FakeDevice, entry: Json, ticket: FakeTicket, people: int) -> None:
        seconds = int(datetime.fromisoformat(entry["at"]).timestamp())
        row = [device.device, entry["seq"], ticket.ticket_id, entry["action"], people, seconds]
        self.changes.append(row)

    def _first(self, ticket: FakeTicket) -> Json | None:
        for device, _, ticket_id, action, _, seconds in self.changes:
            if (ticket_id, action) == (ticket.ticket_id, "admit"):
                at = moment(datetime.fromtimestamp(seconds, UTC))
                return {"at": at, "gate": f"Gate of {device}", "device": device}
        return None

    @property
    def counts(self) -> Json:
        """How many are in and expected, in all and by type."""
        valid = [one for one in self.tickets.values() if not one.reason]
        types: dict[str, list[int]] = {}
        for one in valid:
            inside, expected = types.get(one.sku, [0, 0])
            types[one.sku] = [inside + one.admits - one.left, expected + one.admits]
        inside = sum(inside for inside, _ in types.values())
        expected = sum(expected for _, expected in types.values())
        return {"in": inside, "expected": expected, "types": types}
