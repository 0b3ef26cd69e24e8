"""A file of events and ticket types: read, and every mistake found with its place. Pure.

    {"events": [{
      "event_id": "5", "organiser_id": "jersey-live", "name": "...", "venue": "...",
      "address": "...", "time_zone": "Europe/Jersey", "starts_at": "2027-07-17T18:30",
      "currency": "GBP", "on_sale": true, "late_payment": "honour", "terms": "No re-entry.",
      "ticket_types": [{"sku": "general", "name": "...", "price": "25.00", "capacity": 500}]
    }]}

`starts_at` is on the venue's own clock. `on_sale` (true), `late_payment` (honour) and `terms`
(none) may be left out.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from ticketing.errors import ImportRefused, InvalidMoney
from ticketing.events.event import EVENT_ID, LONGEST_TERMS, Event, LatePayment
from ticketing.money import CURRENCY, Money
from ticketing.organisers.invitation import ORGANISER_ID

LARGEST_FILE: Final = 1_000_000
LONGEST_TEXT: Final = 200
LARGEST_CAPACITY: Final = 1_000_000
MOST_TICKET_TYPES: Final = 50
SKU: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
PRICE: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?")
LOCAL_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?([+-]\d{2}:\d{2}|Z)?")


@dataclass(frozen=True)
class Offer:
    """A kind of ticket as the file has it."""

    sku: str
    name: str
    price: Money
    capacity: int


@dataclass(frozen=True)
class Listing:
    """An event as the file has it, and where in the file."""

    place: str
    event: Event
    currency: str
    on_sale: bool
    offers: tuple[Offer, ...]


def read(content: bytes) -> tuple[tuple[Listing, ...], tuple[str, ...]]:
    """Return the events that are right, and everything that is wrong."""
    entries = _entries(content)
    problems = [*_repeated(entries, "event_id", "events")]
    listings = []
    for index, entry in enumerate(entries):
        place = f"events[{index}]"
        try:
            listings.append(_listing(place, _EventEntry.model_validate(entry), problems))
        except ValidationError as error:
            problems += [f"{place}{_place(e)}: {_words(e)}" for e in error.errors()]
        if isinstance(entry, dict) and isinstance(entry.get("ticket_types"), list):
            problems += _repeated(entry["ticket_types"], "sku", f"{place}.ticket_types")
    return tuple(listings), tuple(problems)


# ------------------------------------------------------------------------------ fields


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    text = value.strip()
    if not text or not text.isprintable() or len(text) > LONGEST_TEXT:
        raise ValueError(f"must be 1 to {LONGEST_TEXT} printable characters")
    return text


def _terms(value: object) -> str:
    """Lines become one paragraph: that is how they are printed."""
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    text = " ".join(value.split())
    if not text.isprintable() or len(text) > LONGEST_TERMS:
        raise ValueError(f"must be at most {LONGEST_TERMS} printable characters")
    return text


def _like(pattern: re.Pattern[str], words: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"{value!r} is not {words}")
        return value

    return AfterValidator(check)


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is not an IANA time zone such as Europe/Jersey")
    return value


def _capacity(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number, without quotes")
    if not 0 <= value <= LARGEST_CAPACITY:
        raise ValueError(f"must be 0 to {LARGEST_CAPACITY}")
    return value


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false, without quotes")
    return value


def _late_payment(value: object) -> LatePayment:
    if value not in list(LatePayment):
        raise ValueError("must be honour or review")
    return LatePayment(str(value))


_Text = Annotated[str, BeforeValidator(_text)]
_A_PRICE = "an amount such as 25.00"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class _TicketTypeEntry(_Entry):
    sku: Annotated[_Text, _like(SKU, "small letters, digits and dashes, at most 40")]
    name: _Text
    price: Annotated[_Text, _like(PRICE, _A_PRICE)]
    capacity: Annotated[int, BeforeValidator(_capacity)]


class _EventEntry(_Entry):
    event_id: Annotated[_Text, _like(EVENT_ID, "capital letters, digits and dashes, at most 40")]
    organiser_id: Annotated[_Text, _like(ORGANISER_ID, "an organiser's ID")]
    name: _Text
    venue: _Text
    address: _Text
    time_zone: Annotated[_Text, AfterValidator(_zone)]
    starts_at: Annotated[_Text, _like(LOCAL_TIME, "a time such as 2027-07-17T18:30")]
    currency: Annotated[_Text, _like(CURRENCY, "three capital letters such as GBP")]
    ticket_types: list[_TicketTypeEntry]
    on_sale: Annotated[bool, BeforeValidator(_yes_or_no)] = True
    late_payment: Annotated[LatePayment, BeforeValidator(_late_payment)] = LatePayment.HONOUR
    terms: Annotated[str, BeforeValidator(_terms)] = ""


# ------------------------------------------------------------------- what belongs together


def _listing(place: str, entry: _EventEntry, problems: list[str]) -> Listing:
    """Return the event; what is wrong between fields is added to the problems."""
    if not 1 <= len(entry.ticket_types) <= MOST_TICKET_TYPES:
        problems.append(f"{place}.ticket_types: must be 1 to {MOST_TICKET_TYPES}")
    event = Event(
        event_id=entry.event_id,
        name=entry.name,
        organiser_id=entry.organiser_id,
        venue=entry.venue,
        address=entry.address,
        starts_at=_start(place, entry, problems),
        time_zone=entry.time_zone,
        late_payment=entry.late_payment,
        terms=entry.terms,
    )
    offers = tuple(_offers(place, entry, problems))
    return Listing(place, event, entry.currency, entry.on_sale, offers)


def _offers(place: str, entry: _EventEntry, problems: list[str]) -> Iterator[Offer]:
    for index, kind in enumerate(entry.ticket_types):
        try:
            price = Money(Decimal(kind.price), entry.currency)
        except InvalidMoney:
            where = f"{place}.ticket_types[{index}].price"
            problems.append(f"{where}: {kind.price!r} has more digits than {entry.currency} has")
        else:
            yield Offer(kind.sku, kind.name, price, kind.capacity)


def _start(place: str, entry: _EventEntry, problems: list[str]) -> datetime:
    try:
        return _moment(entry.starts_at, ZoneInfo(entry.time_zone))
    except ValueError as error:
        problems.append(f"{place}.starts_at: {error}")
        return datetime.min.replace(tzinfo=UTC)


def _moment(text: str, zone: ZoneInfo) -> datetime:
    """Return a time of the venue's clock in UTC, if there is exactly one such moment."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not in the calendar") from None
    if moment.tzinfo is not None:
        return moment.astimezone(UTC)
    first, second = (moment.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(zone).replace(tzinfo=None) != moment:
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
        return json.loads(content.decode("utf-8-sig"), object_pairs_hook=_unique)
    except UnicodeDecodeError:
        raise ImportRefused(["the file is not in UTF-8"]) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ImportRefused([f"{where}: not JSON ({error.msg})"]) from None
    except (ValueError, RecursionError):
        raise ImportRefused(["the file is not JSON that can be read"]) from None


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    counts = Counter(name for name, _ in pairs)
    twice = [name for name, count in counts.items() if count > 1]
    if twice:
        raise ImportRefused([f"{', '.join(twice)}: said twice of one thing"])
    return dict(pairs)


def _repeated(entries: Sequence[Any], name: str, place: str) -> Iterator[str]:
    seen: dict[str, int] = {}
    for index, entry in enumerate(entries):
        value = entry.get(name) if isinstance(entry, dict) else None
        if isinstance(value, str) and seen.setdefault(value, index) != index:
            yield f"{place}[{index}].{name}: {value!r} is {place}[{seen[value]}] already"


def _place(error: ErrorDetails) -> str:
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in error["loc"])
    return "".join(parts)


def _words(error: ErrorDetails) -> str:
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
