"""The fields of an import file of events, and what can be wrong with each. Pure."""

import re
from typing import Annotated, Final
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

from ticketing.events import description
from ticketing.events.about import Block
from ticketing.events.event import EVENT_ID, LONGEST_TERMS, LatePayment
from ticketing.money import CURRENCY
from ticketing.organisers.invitation import ORGANISER_ID
from ticketing.text import clean

LONGEST_TEXT: Final = 200
LONGEST_URL: Final = 500
LARGEST_CAPACITY: Final = 1_000_000
MOST_PEOPLE: Final = 20
"""More people on one ticket would be a coach party, which a door should count one by one."""
SHORTEST_HOLD: Final = 5
"""In minutes. With a card at hand, paying takes less than two."""
LONGEST_HOLD: Final = 24 * 60
SKU: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
PRICE: Final = re.compile(r"[0-9]{1,6}(\.[0-9]{1,3})?")
LOCAL_TIME: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?([+-]\d{2}:\d{2}|Z)?")


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    text = clean(value)
    if not 1 <= len(text) <= LONGEST_TEXT:
        raise ValueError(f"must be 1 to {LONGEST_TEXT} printable characters")
    return text


def _up_to(most: int) -> BeforeValidator:
    """Accept a text, which may be empty; its lines are joined into one paragraph."""

    def check(value: object) -> str:
        if not isinstance(value, str):
            raise ValueError("must be text in quotes")
        text = clean(value)
        if len(text) > most:
            raise ValueError(f"must be at most {most} printable characters")
        return text

    return BeforeValidator(check)


def _description(value: object) -> tuple[Block, ...]:
    if not isinstance(value, str):
        raise ValueError("must be text in quotes")
    return description.read(value)


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme != "https" or not parts.hostname or len(value) > LONGEST_URL:
        raise ValueError(f"must be an address that begins with https://, at most {LONGEST_URL}")
    return value


def _like(pattern: re.Pattern[str], form: str) -> AfterValidator:
    def check(value: str) -> str:
        if not pattern.fullmatch(value):
            raise ValueError(f"{value!r} is not {form}")
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


def _admits(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number of people, without quotes")
    if not 1 <= value <= MOST_PEOPLE:
        raise ValueError(f"must be 1 to {MOST_PEOPLE} people")
    return value


def _hold(value: object) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number of minutes, without quotes")
    if not SHORTEST_HOLD <= value <= LONGEST_HOLD:
        raise ValueError(f"must be {SHORTEST_HOLD} to {LONGEST_HOLD} minutes")
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
_Time = Annotated[_Text, _like(LOCAL_TIME, "a time such as 2027-07-17T18:30")]
_A_PRICE = "an amount such as 25.00"


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class TicketTypeEntry(_Entry):
    """A ticket type in the file."""

    sku: Annotated[_Text, _like(SKU, "small letters, digits and dashes, at most 40")]
    name: _Text
    price: Annotated[_Text, _like(PRICE, _A_PRICE)]
    capacity: Annotated[int, BeforeValidator(_capacity)]
    on_sale: Annotated[bool, BeforeValidator(_yes_or_no)] = True
    sale_starts_at: _Time | None = None
    sale_ends_at: _Time | None = None
    admits: Annotated[int, BeforeValidator(_admits)] = 1


class PictureEntry(_Entry):
    """An event's picture, a file beside the import file or the stored one, and what it shows."""

    file: _Text | None = None
    keep: _Text | None = None
    alt: _Text

    @model_validator(mode="after")
    def _is_one(self) -> "PictureEntry":
        if (self.file is None) == (self.keep is None):
            raise ValueError("needs file, a picture beside this file, or keep, the one it has")
        return self


class EventEntry(_Entry):
    """An event in the file."""

    event_id: Annotated[_Text, _like(EVENT_ID, "capital letters, digits and dashes, at most 40")]
    organiser_id: Annotated[_Text, _like(ORGANISER_ID, "an organiser's ID")]
    name: _Text
    venue: _Text
    address: _Text
    time_zone: Annotated[_Text, AfterValidator(_zone)]
    starts_at: _Time
    doors_at: _Time | None = None
    ends_at: _Time | None = None
    currency: Annotated[_Text, _like(CURRENCY, "three capital letters such as GBP")]
    ticket_types: list[TicketTypeEntry]
    on_sale: Annotated[bool, BeforeValidator(_yes_or_no)] = True
    cancelled: Annotated[bool, BeforeValidator(_yes_or_no)] = False
    sale_starts_at: _Time | None = None
    sale_ends_at: _Time | None = None
    late_payment: Annotated[LatePayment, BeforeValidator(_late_payment)] = LatePayment.HONOUR
    terms: Annotated[str, _up_to(LONGEST_TERMS)] = ""
    description: Annotated[tuple[Block, ...], BeforeValidator(_description)] = ()
    picture: PictureEntry | None = None
    age: Annotated[str, _up_to(LONGEST_TEXT)] = ""
    access: Annotated[str, _up_to(LONGEST_TERMS)] = ""
    map_url: Annotated[_Text, AfterValidator(_web_address)] | None = None
    contact: Annotated[str, _up_to(LONGEST_TEXT)] = ""
    refunds: Annotated[str, _up_to(LONGEST_TERMS)] = ""
    consent: Annotated[bool, BeforeValidator(_yes_or_no)] = False
    hold_minutes: Annotated[int | None, BeforeValidator(_hold)] = None
