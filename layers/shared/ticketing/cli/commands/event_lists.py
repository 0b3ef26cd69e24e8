"""`events list`, `show` and `export`: events as tables, and as a file to import."""

import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ticketing.adapters.dynamodb.event_records import EventRecords
from ticketing.cli.commands import ATTENTION, OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import in_json, iso, table
from ticketing.errors import TicketingError
from ticketing.events.dates import date_text, hours_text, moment_text
from ticketing.events.event import Event, TicketType
from ticketing.flows.list_events import ListEvents
from ticketing.language import Language
from ticketing.reports.overview import EventOverview, Seats, TypeOverview
from ticketing.text import one_line

LONGEST_NAME = 36
"""The longest name of an event in a list, so that a line fits into 100 columns."""


def show_all(options: Namespace, stack: Stack) -> int:
    """List all events by their start, with what is sold of them now."""
    found = ListEvents(_records(stack))(datetime.now(UTC))
    if options.json:
        print(in_json([_event_facts(one) for one in found.events]))
    elif found.events:
        head = ("event", "name", "starts", "sale", "sold", "held", "left")
        print(table([head, *map(_line, found.events)]))
    elif not found.unreadable:
        print("There are no events; `events import` puts some on sale.")
    return name_unreadable(found.unreadable)


def show(options: Namespace, stack: Stack) -> int:
    """Show one event with its ticket types."""
    found = ListEvents(_records(stack))(datetime.now(UTC), options.event_id)
    for one in found.events:
        print(in_json(_event_facts(one)) if options.json else "\n".join(_lines(one)))
    return name_unreadable(found.unreadable)


def export(options: Namespace, stack: Stack) -> int:
    """Write events to a file that would change nothing if it were imported."""
    made = ListEvents(_records(stack)).export(options.event_id)
    if options.to:
        write_new(options.to, made.content)
        print(f"Written: {options.to}")
    else:
        print(made.content.decode(), end="")
    for problem in made.problems:
        print(f"ticketing: an import would refuse this: {problem}", file=sys.stderr)
    return ATTENTION if made.problems else OK


def name_unreadable(rows: Sequence[str], problem: str = "cannot be read and is not counted") -> int:
    """Name the rows that were left out because they cannot be read; return the exit code."""
    for row in rows:
        print(f"ticketing: {problem}: {row}", file=sys.stderr)
    return ATTENTION if rows else OK


def refuse_taken(file: Path) -> None:
    """Raise `TicketingError` if `write_new` could not write the file; call it before the work."""
    if file.exists():
        raise TicketingError(f"{file} exists already; name another file")
    if not file.parent.is_dir():
        raise TicketingError(f"{file} cannot be written: there is no such folder")


def write_new(file: Path, content: bytes, *, is_secret: bool = False) -> None:
    """Write a new file; raise `TicketingError` if it exists already or cannot be written.

    If it `is_secret`, no other user of this machine may read it.
    """
    try:
        file.touch(0o600 if is_secret else 0o666, exist_ok=False)
        file.write_bytes(content)
    except FileExistsError as error:
        raise TicketingError(f"{file} exists already; name another file") from error
    except OSError as error:
        raise TicketingError(f"{file} cannot be written: {error.strerror}") from error


def _records(stack: Stack) -> EventRecords:
    stack.bind("events_table", "ticket_types_table", "orders_table")
    return EventRecords()


def _line(one: EventOverview) -> tuple[str, ...]:
    event = one.event
    name = one_line(event.name, LONGEST_NAME)
    return (
        event.event_id,
        name,
        f"{event.local_start:%Y-%m-%d %H:%M}",
        _state(one),
        *_counts(one.seats),
    )


def _lines(one: EventOverview) -> Iterator[str]:
    event = one.event
    yield f"Event {event.event_id}, {event.name}: {_state(one)}"
    yield f"  {event.venue}, {event.address}"
    yield f"  {date_text(event, Language.ENGLISH)}, {hours_text(event, Language.ENGLISH)}"
    yield f"  organiser {event.organiser_id}, revision {event.revision}, page {event.path}"
    yield from (f"  {line}" for line in _sale_times(event, event))
    if not one.types:
        yield "  It has no ticket types."
        return
    head = ("type", "name", "price", "sale", "sold", "held", "left", "of")
    yield ""
    yield table([head, *map(_type_line, one.types)], indent="  ")
    for each in one.types:
        times = ", ".join(_sale_times(each.kind, event))
        if times:
            yield f"  {each.kind.sku}: {times}"


def _type_line(one: TypeOverview) -> tuple[str, ...]:
    kind = one.kind
    admits = f" (admits {kind.admits})" if kind.admits > 1 else ""
    name = f"{one_line(kind.name, LONGEST_NAME)}{admits}"
    state = _state(one)
    return (kind.sku, name, f"{kind.price}", state, *_counts(one.seats), f"{kind.capacity}")


def _sale_times(sold: Event | TicketType, event: Event) -> Iterator[str]:
    for name, at in (("sale begins", sold.sale_starts_at), ("sale ends", sold.sale_ends_at)):
        if at:
            yield f"{name} {moment_text(at, event.time_zone, Language.ENGLISH)}"


def _state(one: EventOverview | TypeOverview) -> str:
    return one.state.value.replace("_", " ")


def _counts(seats: Seats) -> tuple[str, ...]:
    return f"{seats.sold}", f"{seats.held}", f"{seats.left}"


def _event_facts(one: EventOverview) -> dict[str, Any]:
    event = one.event
    return {
        "event_id": event.event_id,
        "name": event.name,
        "organiser_id": event.organiser_id,
        "venue": event.venue,
        "starts_at": iso(event.starts_at),
        "time_zone": event.time_zone,
        "sale": one.state.value,
        **_seat_facts(one.seats),
        "ticket_types": [_type_facts(each) for each in one.types],
    }


def _type_facts(one: TypeOverview) -> dict[str, Any]:
    kind = one.kind
    return {
        "sku": kind.sku,
        "name": kind.name,
        "price": f"{kind.price.amount}",
        "currency": kind.currency,
        "admits": kind.admits,
        "sale": one.state.value,
        "sale_starts_at": iso(kind.sale_starts_at),
        "sale_ends_at": iso(kind.sale_ends_at),
        "capacity": kind.capacity,
        **_seat_facts(one.seats),
    }


def _seat_facts(seats: Seats) -> dict[str, int]:
    return {"sold": seats.sold, "held": seats.held, "left": seats.left}
