"""The door report as one self-contained HTML page, for a screen and for paper. Pure."""

from typing import Any

from ticketing.brand import Brand
from ticketing.events.dates import date_text, time_text
from ticketing.events.event import Event, local_time
from ticketing.language import Language
from ticketing.page_templates import filled
from ticketing.reports.door import DoorReport
from ticketing.reports.door_facts import Table, for_people, shown


def page(report: DoorReport, brand: Brand) -> bytes:
    """Return the page; what people typed is escaped."""
    event = report.event
    steps = [row[0] for row in _shown(report.table("time"), event)["rows"]]
    facts: dict[str, Any] = {
        "event": event,
        "brand": brand,
        "report": report,
        "when": f"{date_text(event, Language.ENGLISH)}, {time_text(event)}",
        "made": f"{local_time(report.made_at, event.time_zone):%Y-%m-%d %H:%M}",
        "problems": [*report.problems, *(f"cannot be read: {row}" for row in report.unreadable)],
        "figures": [_shown(one, event) for one in report.figures if one.rows],
        "findings": [_shown(one, event) for one in report.findings if one.rows],
        "first": steps[0] if steps else "",
        "last": steps[-1] if steps else "",
    }
    return filled("ticketing.reports", "door.html", facts).encode()


def _shown(table: Table, event: Event) -> dict[str, Any]:
    """Return a table as text; numbers are aligned to the right."""
    made = for_people(table)
    is_number = [
        all(isinstance(cell, int) for cell in cells) for cells in zip(*made.rows, strict=True)
    ]
    return {
        "name": made.name,
        "title": made.title,
        "about": made.about,
        "columns": [column.replace("_", " ") for column in made.columns],
        "classes": ["number" if one else "text" for one in is_number],
        "rows": [[shown(cell, event) for cell in row] for row in made.rows],
    }
