"""How commands write: tables and times for people, JSON for programs."""

import json
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from ticketing.cli import terminal
from ticketing.errors import TicketingError
from ticketing.text import LONGEST_NAME, clean


def table(rows: Sequence[Sequence[str]], indent: str = "", *, long: Collection[int] = ()) -> str:
    """Return rows as columns; the first row is the head.

    On a terminal that is too narrow, the columns in `long` are put below the others.
    """
    if (columns := terminal.width()) is not None:
        return terminal.fitted(rows, indent, long, columns)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(f"{indent}{'  '.join(map(str.ljust, row, widths))}".rstrip() for row in rows)


def moment(at: datetime | None) -> str:
    """Return a time as people read it, in UTC."""
    return f"{at:%Y-%m-%d %H:%M}" if at else "-"


def in_json(facts: Mapping[str, object] | Sequence[object]) -> str:
    """Return facts as JSON, for programs."""
    return json.dumps(facts, indent=2, ensure_ascii=False)


def iso(at: datetime | None) -> str | None:
    """Return a time in ISO 8601, for programs."""
    return at.isoformat() if at else None


def counted(many: int, one: str, several: str = "") -> str:
    """Return a number with its noun: `1 ticket`, `3 tickets`."""
    return f"{many:,} {one if many == 1 else several or f'{one}s'}"


def checked_name(text: str, option: str) -> str:
    """Return a person's name as tickets show it; raise `TicketingError` if it is unusable."""
    name = clean(text)
    if not name or len(name) > LONGEST_NAME:
        raise TicketingError(f"{option} needs a name of at most {LONGEST_NAME} characters")
    return name
