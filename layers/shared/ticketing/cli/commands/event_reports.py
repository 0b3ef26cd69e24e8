"""`events guests` and `events sales`: who is coming and what was sold, on screen or as files."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime

from ticketing.adapters.dynamodb.event_records import EventRecords
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.cli.commands import ATTENTION, OK
from ticketing.cli.commands.event_lists import LONGEST_NAME, name_unreadable, write_new
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import counted, in_json, iso, table
from ticketing.cli.terminal import progress
from ticketing.events.dates import moment_text
from ticketing.flows.count_sales import CountSales
from ticketing.flows.list_guests import ListGuests
from ticketing.language import Language
from ticketing.money import Money
from ticketing.reports.guest_list import GuestList
from ticketing.reports.sales import Sales, Tally
from ticketing.text import one_line

TALLY_HEAD = (
    "sold",
    "free",
    "given",
    "cash",
    "void",
    "in",
    "refunded",
    "charged back",
    "kept",
    "in cash",
)


def guests(options: Namespace, stack: Stack) -> int:
    """Show the guests of an event, or write them to a file.

    There is no index of tickets by event, so the whole table of tickets is read.
    """
    stack.bind("events_table", "tickets_table")
    with progress("Reading the tickets of all events") as show:
        found = ListGuests(EventTable(), EventRecords())(
            options.event_id, datetime.now(UTC), lambda read: show(counted(read, "ticket"))
        )
    if options.csv:
        from ticketing.reports import guest_csv  # noqa: PLC0415 - used by one format only

        write_new(options.csv, guest_csv.sheet(found))
    elif options.pdf:
        from ticketing.reports import guest_pdf  # noqa: PLC0415 - reading fonts takes a second

        write_new(options.pdf, guest_pdf.document(found, stack.services().brand))
    elif options.json:
        print(in_json(_facts(found)))
        return name_unreadable(found.unreadable)
    else:
        _print(found)
    _summary(found)
    if file := options.csv or options.pdf:
        print(f"Written: {file}. It has names: keep it safe, and delete it after the event.")
    return name_unreadable(found.unreadable)


def sales(options: Namespace, stack: Stack) -> int:
    """Show the sales of an event, or write them to a file; a contradiction needs a person.

    There is no index of orders by event, so the whole table of orders is read.
    """
    stack.bind("events_table", "ticket_types_table", "orders_table", "payments_table")
    count = CountSales(EventTable(), EventRecords())
    with progress("Reading the orders of all events") as show:
        found = count(
            options.event_id, datetime.now(UTC), lambda read: show(counted(read, "order"))
        )
    if file := options.csv or options.html:
        from ticketing.reports import sales_csv, sales_page  # noqa: PLC0415 - for files only

        made = (
            sales_csv.sheet(found)
            if options.csv
            else sales_page.page(found, stack.services().brand)
        )
        write_new(file, made)
        print(f"Written: {file}")
    elif options.json:
        print(in_json(_sales_facts(found)))
    else:
        print("\n".join(_sales_lines(found)))
    for problem in found.problems:
        print(f"ticketing: {problem}", file=sys.stderr)
    return name_unreadable(found.unreadable) or (ATTENTION if found.problems else OK)


def _sales_lines(found: Sales) -> Iterator[str]:
    event = found.event
    as_of = moment_text(found.made_at, event.time_zone, Language.ENGLISH)
    yield f"{event.name}, as of {as_of}"
    for one in found.currencies:
        yield ""
        seats = ((kind.capacity, kind.held, kind.left) for kind in one.types)
        shown = (tuple("-" if n is None else f"{n}" for n in each) for each in seats)
        yield table(
            [
                ("type", "seats", "held", "left", *TALLY_HEAD),
                *(
                    (kind.sku or kind.name, *counts, *_tally(kind.tally, one.currency))
                    for kind, counts in zip(one.types, shown, strict=True)
                ),
                ("all", "", "", "", *_tally(one.total, one.currency)),
            ]
        )
        if one.days:
            yield ""
            yield table(
                [
                    ("day", *TALLY_HEAD),
                    *((f"{day}", *_tally(tally, one.currency)) for day, tally in one.days),
                ]
            )
        if one.bought_nothing:
            back = Money(one.bought_nothing, one.currency)
            yield f"Besides, {back} went back of payments that bought no ticket; it is in no sum."
    if not found.currencies:
        yield "Nothing is on sale, and nothing was sold."


def _tally(tally: Tally, currency: str) -> tuple[str, ...]:
    counts = (tally.sold, tally.free, tally.given, tally.cash, tally.void)
    return (*map(str, counts), *map(str, tally.amounts(currency).values()))


def _sales_facts(found: Sales) -> dict[str, object]:
    return {
        "event_id": found.event.event_id,
        "as_of": iso(found.made_at),
        "currencies": [
            {
                "currency": one.currency,
                "types": [
                    {
                        "sku": kind.sku,
                        "name": kind.name,
                        "capacity": kind.capacity,
                        "held": kind.held,
                        "left": kind.left,
                        **_tally_facts(kind.tally, one.currency),
                    }
                    for kind in one.types
                ],
                "days": [{"day": f"{d}", **_tally_facts(t, one.currency)} for d, t in one.days],
                "total": _tally_facts(one.total, one.currency),
                "bought_nothing": f"{Money(one.bought_nothing, one.currency).amount}",
            }
            for one in found.currencies
        ],
        "problems": list(found.problems),
        "unreadable": list(found.unreadable),
    }


def _tally_facts(tally: Tally, currency: str) -> dict[str, object]:
    exact = {name: f"{money.amount}" for name, money in tally.amounts(currency).items()}
    kinds = ("sold", "free", "given", "cash", "void")
    return {**{kind: getattr(tally, kind) for kind in kinds}, **exact}


def _print(found: GuestList) -> None:
    if found.guests:
        head = ("name", "type", "admits", "order", "ticket")
        lines = (
            (one_line(g.name, LONGEST_NAME), one_line(g.kind, LONGEST_NAME), f"{g.admits}",
             g.order_number, g.ticket_id)
            for g in found.guests
        )  # fmt: skip
        print(table([head, *lines]))


def _summary(found: GuestList) -> None:
    void = f"; {found.void} void, not listed" if found.void else ""
    of_it = f", {found.given} of them complimentary" if found.given else ""
    tickets = counted(len(found.guests), "ticket")
    people = counted(found.people, "person", "people")
    print(f"{found.event.name}: {tickets} for {people}{of_it}{void}")


def _facts(found: GuestList) -> dict[str, object]:
    return {
        "event_id": found.event.event_id,
        "as_of": iso(found.made_at),
        "void": found.void,
        "unreadable": list(found.unreadable),
        "guests": [
            {
                "name": g.name,
                "ticket": g.ticket_id,
                "type": g.kind,
                "admits": g.admits,
                "order": g.order_number,
                "scanned": g.is_in,
                "origin": g.origin,
            }
            for g in found.guests
        ],
    }
