"""A list of guests for a spreadsheet: a line per ticket, and per row that is unreadable. Pure."""

from collections.abc import Iterator
from typing import Final

from ticketing.reports.guest_list import GuestList
from ticketing.spreadsheet import harmless, table

COLUMNS: Final = ("name", "ticket", "type", "admits", "order", "scanned", "origin", "remark")


def sheet(guests: GuestList) -> bytes:
    return table(COLUMNS, _lines(guests))


def _lines(guests: GuestList) -> Iterator[dict[str, str]]:
    for guest in guests.guests:
        yield {
            "name": harmless(guest.name),
            "ticket": harmless(guest.ticket_id),
            "type": harmless(guest.kind),
            "admits": f"{guest.admits}",
            "order": harmless(guest.order_number),
            "scanned": "yes" if guest.is_in else "",
            "origin": guest.origin or "",
        }
    for row in guests.unreadable:
        yield {"remark": harmless(f"cannot be read: {row}")}
