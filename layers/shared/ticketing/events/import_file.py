"""Read a file of events and ticket types, and find every mistake and its place. Pure.

    {"events": [{
      "event_id": "5", "organiser_id": "jersey-live", "name": "...", "venue": "...",
      "address": "...", "time_zone": "Europe/Jersey", "starts_at": "2027-07-17T18:30",
      "doors_at": "2027-07-17T17:30", "ends_at": "2027-07-17T23:00",
      "currency": "GBP", "on_sale": true, "late_payment": "honour", "terms": "No re-entry.",
      "description": "Three **bands** ...", "picture": {"file": "sea.jpg", "alt": "..."},
      "age": "14 and over", "access": "...", "map_url": "https://...", "contact": "...",
      "refunds": "...", "consent": true,
      "sale_starts_at": "2027-02-01T10:00", "sale_ends_at": "2027-07-17T12:00",
      "ticket_types": [
        {"sku": "early", "name": "Early bird", "price": "20.00", "capacity": 100,
         "sale_ends_at": "2027-04-01T00:00"},
        {"sku": "general", "name": "...", "price": "25.00", "capacity": 500}
      ]
    }]}

Times are in the venue's local time. `doors_at`, `ends_at`, `on_sale` (true), `cancelled` (false),
`late_payment` (honour) and `terms` (none) may be left out, as may `hold_minutes` (the deployment's)
and everything from `description` to `consent`. `sale_starts_at` and `sale_ends_at` are when the
sale of the event or of a ticket type begins and ends; without them it begins at once and ends when
the event starts. `events export` writes such a file; its pictures have `keep`, the name of the
stored one, instead of `file`.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ticketing.errors import ImportRefused, InvalidMoney
from ticketing.events.about import About
from ticketing.events.catalogue import Listing, Offer, PictureFile
from ticketing.events.event import Event
from ticketing.events.import_schema import EventEntry, TicketTypeEntry
from ticketing.events.mended_entry import mended
from ticketing.money import Money
from ticketing.strict_json import SaidTwice, unique_fields

NEVER: Final = datetime.min.replace(tzinfo=UTC)
LARGEST_FILE: Final = 1_000_000
MOST_TICKET_TYPES: Final = 50
EARLIEST_DOORS: Final = timedelta(days=1)
LONGEST_EVENT: Final = timedelta(days=31)
"""For a longer event, or earlier doors, a date was probably mistyped."""


def read(content: bytes) -> tuple[tuple[Listing, ...], tuple[str, ...]]:
    """Return the valid events, and every mistake in the file."""
    entries = _entries(content)
    problems = [*_repeated(entries, "event_id", "events")]
    listings = []
    for index, entry in enumerate(entries):
        place = f"events[{index}]"
        try:
            listings.append(_listing(place, EventEntry.model_validate(entry), problems))
        except ValidationError as error:
            problems += [f"{place}{_place(e)}: {_problem(e)}" for e in error.errors()]
            problems += _beside(place, entry, error)
        if isinstance(entry, dict) and isinstance(entry.get("ticket_types"), list):
            problems += _repeated(entry["ticket_types"], "sku", f"{place}.ticket_types")
    return tuple(listings), tuple(problems)


def _beside(place: str, entry: object, error: ValidationError) -> list[str]:
    """Return the other mistakes in an event with invalid fields, as far as they can be found."""
    invalid = {e["loc"] for e in error.errors()}
    rest = mended(entry, invalid)
    if rest is None:
        return []
    problems: list[str] = []
    _listing(place, rest, problems)
    told = {f"{place}{_place(e)}" for e in error.errors()}
    is_currency_known = ("currency",) not in invalid
    return [
        problem
        for problem in problems
        if problem.partition(": ")[0] not in told
        and (is_currency_known or not problem.partition(": ")[0].endswith(".price"))
    ]


# ------------------------------------------------------------------- what belongs together


def _listing(place: str, entry: EventEntry, problems: list[str]) -> Listing:
    """Return the event; contradictions between its fields are added to `problems`."""
    if not 1 <= len(entry.ticket_types) <= MOST_TICKET_TYPES:
        problems.append(f"{place}.ticket_types: must be 1 to {MOST_TICKET_TYPES}")
    zone = ZoneInfo(entry.time_zone)
    event = Event(
        event_id=entry.event_id,
        name=entry.name,
        organiser_id=entry.organiser_id,
        venue=entry.venue,
        address=entry.address,
        starts_at=_time(place, "starts_at", entry, zone, problems) or NEVER,
        time_zone=entry.time_zone,
        doors_at=_time(place, "doors_at", entry, zone, problems),
        ends_at=_time(place, "ends_at", entry, zone, problems),
        on_sale=entry.on_sale,
        cancelled=entry.cancelled,
        sale_starts_at=_time(place, "sale_starts_at", entry, zone, problems),
        sale_ends_at=_time(place, "sale_ends_at", entry, zone, problems),
        late_payment=entry.late_payment,
        hold_minutes=entry.hold_minutes,
        terms=entry.terms,
        about=About(
            description=entry.description,
            age=entry.age,
            access=entry.access,
            map_url=entry.map_url or "",
            contact=entry.contact,
            refunds=entry.refunds,
            consent=entry.consent,
        ),
    )
    if entry.consent and not (entry.terms or entry.refunds):
        problems.append(f"{place}.consent: there are no terms and no refunds to agree to")
    problems += disorder(place, event)
    problems += disorder_of_sale(place, event, event)
    offers = tuple(_offers(place, entry, event, problems))
    return Listing(place, event, entry.currency, offers, _picture(entry))


def _picture(entry: EventEntry) -> PictureFile | None:
    if entry.picture is None:
        return None
    return PictureFile(entry.picture.alt, entry.picture.file or "", entry.picture.keep or "")


def _offers(place: str, entry: EventEntry, event: Event, problems: list[str]) -> Iterator[Offer]:
    zone = ZoneInfo(entry.time_zone)
    for index, kind in enumerate(entry.ticket_types):
        where = f"{place}.ticket_types[{index}]"
        begins, ends = (
            _time(where, name, kind, zone, problems) for name in ("sale_starts_at", "sale_ends_at")
        )
        try:
            price = Money(Decimal(kind.price), entry.currency)
        except InvalidMoney:
            text = f"{kind.price!r} has more digits than {entry.currency} has"
            problems.append(f"{where}.price: {text}")
        else:
            offer = Offer(
                kind.sku,
                kind.name,
                price,
                kind.capacity,
                on_sale=kind.on_sale,
                sale_starts_at=begins,
                sale_ends_at=ends,
                admits=kind.admits,
            )
            problems += disorder_of_sale(where, offer, event)
            yield offer


def _time(
    place: str,
    name: str,
    entry: EventEntry | TicketTypeEntry,
    zone: ZoneInfo,
    problems: list[str],
) -> datetime | None:
    """Return a time in UTC; None if the file does not have it, or it is a mistake."""
    text: str | None = getattr(entry, name)
    try:
        return None if text is None else moment_at(text, zone)
    except ValueError as error:
        problems.append(f"{place}.{name}: {error}")
        return None


def disorder(place: str, event: Event) -> Iterator[str]:
    """Yield what is wrong with the order of an event's times."""
    starts, doors, ends = event.starts_at, event.doors_at, event.ends_at
    if starts is NEVER:
        return
    if doors and not timedelta(0) <= starts - doors <= EARLIEST_DOORS:
        yield f"{place}.doors_at: must be at most a day before starts_at, and not after it"
    if ends and not timedelta(0) < ends - starts <= LONGEST_EVENT:
        yield f"{place}.ends_at: must be after starts_at, by at most {LONGEST_EVENT.days} days"


def disorder_of_sale(place: str, sold: Event | Offer, event: Event) -> Iterator[str]:
    """Yield what is wrong with the times of a sale. If nobody could buy, they are mistyped."""
    begins, ends = sold.sale_starts_at, sold.sale_ends_at
    if event.starts_at is NEVER:
        return
    if begins and begins >= event.starts_at:
        yield f"{place}.sale_starts_at: must be before starts_at: nothing is sold after that"
    if ends and ends > event.starts_at:
        yield f"{place}.sale_ends_at: must not be after starts_at: nothing is sold after that"
    if begins and ends and begins >= ends:
        yield f"{place}.sale_ends_at: must be after sale_starts_at"


def moment_at(text: str, zone: ZoneInfo) -> datetime:
    """Return a local time in UTC; raises `ValueError` unless there is exactly one such moment."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        first, second = (moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
        there = first.astimezone(zone).replace(tzinfo=None)
    except (OverflowError, ValueError):
        raise ValueError(f"{text!r} is not in the calendar") from None
    if there != moment:
        raise ValueError(f"{text} does not exist in {zone}: the clocks go forward then")
    if first != second:
        raise ValueError(f"{text} comes twice in {zone}: add the offset, such as +00:00")
    return first


# ------------------------------------------------------------------------- the file itself


def _entries(content: bytes) -> list[Any]:
    if len(content) > LARGEST_FILE:
        raise ImportRefused([f"the file is larger than {LARGEST_FILE} bytes"])
    found = _document(content)
    if not isinstance(found, dict) or set(found) != {"events"}:
        raise ImportRefused(['the file must be {"events": [...]} and nothing else'])
    entries = found["events"]
    if not isinstance(entries, list) or not entries:
        raise ImportRefused(["events: must be a list of at least one event"])
    return entries


def _document(content: bytes) -> object:
    try:
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=unique_fields)
    except UnicodeDecodeError:
        raise ImportRefused(["the file is not in UTF-8"]) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ImportRefused([f"{where}: not JSON ({error.msg})"]) from None
    except SaidTwice as error:
        raise ImportRefused([f"{error}: said twice of one thing"]) from None
    except (ValueError, RecursionError):
        raise ImportRefused(["the file is not JSON that can be read"]) from None


def _repeated(entries: Sequence[Any], name: str, place: str) -> Iterator[str]:
    seen: dict[str, int] = {}
    for index, entry in enumerate(entries):
        value = entry.get(name) if isinstance(entry, dict) else None
        if isinstance(value, str) and seen.setdefault(value, index) != index:
            yield f"{place}[{index}].{name}: {value!r} is {place}[{seen[value]}] already"


def _place(error: ErrorDetails) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    return "".join(parts)


def _problem(error: ErrorDetails) -> str:
    match error["type"]:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not known here"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "must be an object"
        case "list_type":
            return "must be a list"
    return str(error.get("ctx", {}).get("error", error["msg"]))
