"""The documents that the door's page sends and receives; `docs/design/door.md` lists the routes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from ticketing.doors.device import DEVICE_ID, SECRET, Device, expiry_of
from ticketing.doors.digest import Listed, Page, Place
from ticketing.doors.scan import LARGEST_SEQ, Action, Override, Said, Scan, device_and_seq
from ticketing.doors.signature import PUBLIC_KEY, SIGNATURE
from ticketing.events.event import Event, TicketType
from ticketing.flows.check_in import Answer
from ticketing.flows.open_door import Changes
from ticketing.flows.search_tickets import Found
from ticketing.tickets.qr import key_document
from ticketing.tickets.ticket import Ticket
from ticketing.web.fields import EVENT_ID_PATTERN
from ticketing.web.request_schemas import Document

FORMAT: Final = 1
OLDEST_PAGE: Final = 1
"""The oldest version of the door's page whose requests still mean what they say."""
LONGEST_TEXT = 400
MOST_SCANS = 25
MOST_DEVICES = 200
MOST_PEOPLE = 1000
FAR_OFF_MS = 10 * 365 * 24 * 3600 * 1000
"""A device's clock may be years off; its times are corrected by how far it says it is off."""
HASH_OR_NONE = r"^([A-Za-z0-9_-]{43})?$"
SCAN_OR_NONE = rf"^({DEVICE_ID.pattern}#[0-9]{{6}})?$"


def _moment(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("it lacks a zone")
    return text


def _moment_or_none(text: str) -> str:
    return text and _moment(text)


Moment = Annotated[str, Field(max_length=40), AfterValidator(_moment)]
MomentOrNone = Annotated[str, Field(max_length=40), AfterValidator(_moment_or_none)]
DeviceId = Annotated[str, Field(pattern=f"^{DEVICE_ID.pattern}$")]
Number = Annotated[int, Field(strict=True, ge=0, le=LARGEST_SEQ)]


class PairIn(Document):
    """What the link of a device says, and the public key of the device."""

    event: Annotated[str, Field(pattern=EVENT_ID_PATTERN)]
    device: DeviceId
    secret: Annotated[str, Field(pattern=f"^{SECRET.pattern}$")]
    public_key: Annotated[str, Field(pattern=f"^{PUBLIC_KEY.pattern}$")]


class ScanIn(Document):
    """A scan as its device signed it."""

    seq: Annotated[int, Field(strict=True, ge=1, le=LARGEST_SEQ)]
    at: Moment
    offset_ms: Annotated[int, Field(strict=True, ge=-FAR_OFF_MS, le=FAR_OFF_MS)]
    action: Action
    text: Annotated[str, Field(max_length=LONGEST_TEXT)]
    count: Annotated[int, Field(strict=True, ge=0, le=MOST_PEOPLE)]
    said: Said
    by_hand: Annotated[bool, Field(strict=True)]
    override: Override
    refers_to: Annotated[str, Field(pattern=SCAN_OR_NONE)]
    list_as_of: MomentOrNone
    previous: Annotated[str, Field(pattern=HASH_OR_NONE)]
    signature: Annotated[str, Field(pattern=f"^{SIGNATURE.pattern}$")]

    def scan(self) -> Scan:
        return Scan(**self.model_dump())


class ScansIn(Document):
    """Scans in the order of their numbers, and what the device says about itself."""

    scans: Annotated[list[ScanIn], Field(max_length=MOST_SCANS)]
    highest: Number
    waiting: Number
    not_ours: Number = 0
    seen: Annotated[dict[DeviceId, Number], Field(max_length=MOST_DEVICES)] | None = None


class SearchIn(Document):
    """What a supervisor searches for."""

    query: Annotated[str, Field(min_length=1, max_length=100)]


def instant(moment: datetime) -> str:
    """Return a time as the door's page reads it: UTC, with milliseconds and `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def event_out(
    device: Device,
    event: Event,
    kinds: Sequence[TicketType],
    keys: Mapping[str, bytes],
    now: datetime,
) -> dict[str, Any]:
    return {
        "now": instant(now),
        "format": FORMAT,
        "oldest_page": OLDEST_PAGE,
        "event": {
            "id": event.event_id,
            "name": event.name,
            "venue": event.venue,
            "starts_at": instant(event.starts_at),
            "doors_at": event.doors_at and instant(event.doors_at),
            "ends_at": event.ends_at and instant(event.ends_at),
            "time_zone": event.time_zone,
            "cancelled": event.cancelled,
        },
        "types": [{"sku": k.sku, "name": k.name, "admits": k.admits} for k in kinds],
        "device": device.device_id,
        "gate": device.gate,
        "role": device.role.value,
        "names_offline": device.names_offline,
        "expires_at": instant(expiry_of(event)),
        "keys": key_document(event.event_id, keys),
    }


def list_out(page: Page, following: Place, device: Device) -> dict[str, Any]:
    """Return a page of the list, without the times that would make every answer different."""
    return {
        "tickets": [_listed(one, with_name=device.names_offline) for one in page.listed],
        "cursor": following.cursor,
        "more": page.following is not None,
    }


def answers_out(answers: Iterable[Answer], now: datetime, *, names: bool) -> dict[str, Any]:
    return {"now": instant(now), "results": [_answer(one, names=names) for one in answers]}


def changes_out(found: Changes) -> dict[str, Any]:
    return {
        "changes": [
            [c.device_id, c.seq, c.ticket_id, c.action.value, c.people, int(c.at.timestamp())]
            for c in found.changes
        ],
        "seen": dict(found.seen),
        "gates": dict(found.gates),
        "more": not found.is_all,
    }


def found_out(found: Found, now: datetime) -> dict[str, Any]:
    return {
        "now": instant(now),
        "tickets": [_found(ticket) for ticket in found.tickets],
        "more": not found.is_all,
    }


def _listed(one: Listed, *, with_name: bool) -> list[str | int]:
    state = "v" if one.is_valid else "x"
    names = [one.holder] if with_name else []
    return [one.ticket_id, one.sku, one.admits, state, *names]


def _answer(answer: Answer, *, names: bool) -> dict[str, Any]:
    entry, ticket = answer.admission, answer.ticket
    return {
        "seq": answer.seq,
        "verdict": entry.verdict.value,
        "ticket": entry.ticket_id,
        "type": ticket.description if ticket else "",
        "holder": ticket.holder if ticket and names else "",
        "count": entry.people,
        "left": ticket.places if ticket else 0,
        "admits": ticket.admits if ticket else 0,
        "first": _first(answer),
        "reason": entry.reason,
        "since": entry.since and instant(entry.since),
        "event": entry.other_event,
    }


def _first(answer: Answer) -> dict[str, str] | None:
    first = answer.first
    if first is None:
        return None
    device, _ = device_and_seq(first.scan_id)
    return {"at": instant(first.at), "gate": first.gate, "device": device}


def _found(ticket: Ticket) -> dict[str, str | int]:
    return {
        "ticket": ticket.ticket_id,
        "order": ticket.order_number,
        "type": ticket.description,
        "holder": ticket.holder,
        "state": ticket.status.value,
        "reason": ticket.void_reason.value if ticket.void_reason else "",
        "admits": ticket.admits,
        "left": ticket.places,
    }
