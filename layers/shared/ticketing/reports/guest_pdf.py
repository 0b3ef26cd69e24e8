"""A list of guests on paper: A4, a box to tick for each ticket, the same head on each page. Pure.

The same list gives the same bytes. Characters that the fonts lack become `?`; the numbers beside a
name are always printed, and they are what a door compares.
"""

from collections.abc import Iterator, Sequence
from typing import Final, TypeVar

from ticketing.brand import Brand
from ticketing.events.dates import date_text, hours_text
from ticketing.events.event import local_time
from ticketing.language import Language
from ticketing.reports.guest_list import Guest, GuestList
from ticketing.tickets.branding import NAVY, Rgb
from ticketing.tickets.fonts import fonts_for
from ticketing.tickets.pdf_canvas import LINE, About, Sheet
from ticketing.tickets.ticket import Paper
from ticketing.tickets.typography import Style, Styles, Weight

T = TypeVar("T")

LEFT: Final = 14.0
RIGHT: Final = 196.0
TOP: Final = 44.0
"""Where the first row begins."""
ROW: Final = 7.6
ROWS: Final = 31
"""The most rows on a page."""
FOOT: Final = 288.0
BOX: Final = 4.2
GREY: Final[Rgb] = (90, 97, 112)
BAND: Final[Rgb] = (244, 245, 249)
INK: Final[Rgb] = (0, 0, 0)

NAME, KIND, PEOPLE, ORDER, TICKET = 21.5, 86.0, 139.0, 144.0, 168.0
"""Where the columns begin, except that of the number of people, which ends there."""
COLUMNS: Final = (
    (LEFT, "in"),
    (NAME, "name"),
    (KIND, "type"),
    (ORDER, "order"),
    (TICKET, "ticket"),
)
TITLE = (Style(15, Weight.BOLD, NAVY), Style(12, Weight.BOLD, NAVY), Style(10, Weight.BOLD, NAVY))
SMALL = Style(8.5, Weight.REGULAR, GREY)
HEAD = Style(8, Weight.BOLD, GREY)
NAMES: Final[Styles] = (
    Style(10.5, Weight.BOLD, INK),
    Style(9, Weight.BOLD, INK),
    Style(7.5, Weight.BOLD, INK),
)
ALWAYS_FITS: Final = 18
"""A name of so many characters fits however wide they are: measuring other scripts is slow."""
TEXT: Final[Styles] = (Style(9, Weight.REGULAR, INK), Style(7.5, Weight.REGULAR, INK))
MANY = Style(10.5, Weight.BOLD, INK)
NUMBERS: Final[Styles] = (Style(8.5, Weight.REGULAR, INK), Style(7, Weight.REGULAR, INK))


def document(guests: GuestList, brand: Brand) -> bytes:
    """Return the PDF; without guests it is one page that says so."""
    titles = _head_texts(guests)
    texts = (text for g in guests.guests for text in (g.name, g.kind, g.ticket_id, g.order_number))
    sheet = Sheet(
        Paper.A4,
        About(f"{guests.event.name} - guests", brand.name, Language.ENGLISH, guests.made_at),
        fonts_for([*titles, *texts, *guests.unreadable]),
    )
    rows_of_pages = list(_pages(guests.guests)) or [()]
    pages = len(rows_of_pages) + len(list(_pages(guests.unreadable)))
    for number, rows in enumerate(rows_of_pages, 1):
        _guest_page(sheet, rows, titles, f"{number} of {pages}")
    for number, lines in enumerate(_pages(guests.unreadable), len(rows_of_pages) + 1):
        _unreadable_page(sheet, lines, f"{number} of {pages}")
    return sheet.output()


def _pages(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    return (rows[start : start + ROWS] for start in range(0, len(rows), ROWS))


def _head_texts(guests: GuestList) -> tuple[str, str, str, str]:
    """Return the lines of the head: the title, the day, the place, and what the list contains."""
    event, english = guests.event, Language.ENGLISH
    as_of = local_time(guests.made_at, event.time_zone)
    count, people = len(guests.guests), guests.people
    many = f"{count} ticket{'' if count == 1 else 's'}"
    unread = len(guests.unreadable)
    parts = [
        f"{many} for {people} {'person' if people == 1 else 'people'}",
        f"{guests.given} complimentary" if guests.given else "",
        f"{guests.void} void, not listed" if guests.void else "",
        f"{unread} could not be read, see the last page" if unread else "",
        f"as of {as_of:%Y-%m-%d %H:%M} at the venue",
    ]
    return (
        event.name,
        f"{date_text(event, english)}, {hours_text(event, english)}",
        f"{event.venue}, {event.address}",
        " · ".join(filter(None, parts)),
    )


def _guest_page(sheet: Sheet, rows: Sequence[Guest], titles: Sequence[str], page: str) -> None:
    span = f"{rows[0].name} – {rows[-1].name}" if rows else "No guests"  # noqa: RUF001 - a dash
    sheet.add_page(span)
    sheet.repeat(lambda: _draw_head(sheet, titles))
    for number, guest in enumerate(rows):
        _draw_row(sheet, TOP + number * ROW, guest, is_tinted=number % 2 == 1)
    if not rows:
        sheet.write(NAME, TOP + 8, "There are no valid tickets.", TEXT[0])
    _draw_foot(sheet, page)


def _draw_head(sheet: Sheet, titles: Sequence[str]) -> None:
    title, day, place, count = titles
    sheet.write_within(LEFT, 18, RIGHT - LEFT, title, TITLE)
    for y, text in ((24, day), (28.4, place), (32.8, count)):
        sheet.write_within(LEFT, y, RIGHT - LEFT, text, (SMALL, Style(7, Weight.REGULAR, GREY)))
    base = TOP - 2
    for x, text in COLUMNS:
        sheet.write(x, base, text, HEAD)
    sheet.write_up_to(PEOPLE, base, "people", HEAD)
    sheet.fill(LEFT, TOP - 0.6, RIGHT - LEFT, 0.4, NAVY)


def _draw_row(sheet: Sheet, top: float, guest: Guest, *, is_tinted: bool) -> None:
    if is_tinted:
        sheet.fill(LEFT, top, RIGHT - LEFT, ROW, BAND)
    base, box = top + 5.2, top + (ROW - BOX) / 2
    sheet.outline(LEFT + 0.6, box, BOX, BOX, INK)
    if guest.is_in:
        sheet.fill(LEFT + 1.5, box + 0.9, BOX - 1.8, BOX - 1.8, INK)
    if len(guest.name) <= ALWAYS_FITS:
        sheet.write(NAME, base, guest.name, NAMES[0])
    else:
        sheet.write_within(NAME, base, KIND - NAME - 3, guest.name, NAMES)
    sheet.write_within(KIND, base, PEOPLE - KIND - 12, guest.kind, TEXT)
    sheet.write_up_to(PEOPLE, base, f"{guest.admits}", MANY)
    sheet.write_within(ORDER, base, TICKET - ORDER - 2, guest.order_number, NUMBERS)
    sheet.write_within(TICKET, base, RIGHT - TICKET, guest.ticket_id, NUMBERS)


def _draw_foot(sheet: Sheet, page: str) -> None:
    sheet.fill(LEFT, FOOT - 5, RIGHT - LEFT, 0.2, LINE)
    sheet.write(LEFT, FOOT, "Names and numbers only. Shred this list after the event.", SMALL)
    sheet.write_up_to(RIGHT, FOOT, f"page {page}", SMALL)


def _unreadable_page(sheet: Sheet, lines: Sequence[str], page: str) -> None:
    """Name the rows missing from the list, so that a door does not turn those guests away."""
    sheet.add_page("Could not be read")
    sheet.write(LEFT, 18, "Could not be read", TITLE[0])
    about = "These rows are not on the list. Let an operator look before you turn anybody away."
    sheet.write(LEFT, 24, about, SMALL)
    for number, line in enumerate(lines):
        sheet.write_within(LEFT, TOP + number * ROW, RIGHT - LEFT, line, TEXT)
    _draw_foot(sheet, page)
