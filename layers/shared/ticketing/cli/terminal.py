"""What only a terminal gets: lines that fit its width, colour, and live progress.

If the output goes to a pipe or a file, a row of a table is one line of text without colour, so that
it can be searched. `rich` is imported only for a terminal, because that takes a while.
"""

import os
import re
import shutil
import sys
import textwrap
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager

NARROWEST = 40
"""Narrower terminals are treated as if they had this many columns."""
GAP = 2
BELOW = 4
"""How far a cell that is moved below its row is indented."""
EVERY = 10.0
"""Seconds between two lines of progress if there is no terminal."""
RED, GREEN, YELLOW, PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[33m", "\x1b[0m"

COLOUR = re.compile(r"\x1b\[[0-9;]*m")

Rows = Sequence[Sequence[str]]


def width() -> int | None:
    """Return how many columns the output has; None if it is not a terminal."""
    if not sys.stdout.isatty():
        return None
    return max(shutil.get_terminal_size().columns, NARROWEST)


def bad(text: str) -> str:
    """Return a text that somebody must act on: on a terminal, in red and with a sign."""
    return text if width() is None else coloured(f"! {text}", RED)


def coloured(text: str, colour: str) -> str:
    """Return the text in a colour, on a terminal and unless NO_COLOR is set (no-color.org)."""
    has_none = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if width() is None or has_none else f"{colour}{text}{PLAIN}"


def say(text: str) -> None:
    """Print lines; on a terminal, a long one is folded and its rest indented."""
    columns = width()
    print(text if columns is None else "\n".join(_folded(text, columns)))


def _folded(text: str, columns: int) -> Iterator[str]:
    for line in text.split("\n"):
        indent = " " * (len(line) - len(line.lstrip()))
        fold = textwrap.TextWrapper(
            columns, initial_indent=indent, subsequent_indent=indent + " " * BELOW,
            break_long_words=False, break_on_hyphens=False, drop_whitespace=True,
        )  # fmt: skip
        yield from [line] if _cells(line) <= columns else fold.wrap(line.lstrip())


def fitted(rows: Rows, indent: str, long: Collection[int], columns: int) -> str:
    """Return a table for a terminal; the first row is the head.

    If it is wider than the terminal, the columns in `long` are put below the others, and if that is
    not enough, cells are folded.
    """
    if _across(rows) + len(indent) <= columns:
        return "\n".join(f"{indent}{line}" for line in _lines(rows))
    short = [i for i in range(len(rows[0])) if i not in long]
    narrow = [[row[i] for i in short] for row in rows]
    if long and _across(narrow) + len(indent) <= columns:
        return "\n".join(_stacked(rows, narrow, sorted(long), indent, columns))
    return _squeezed(rows, indent, columns)


def _cells(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    from rich.cells import cell_len  # noqa: PLC0415  # see above

    return cell_len(COLOUR.sub("", text))


def _widths(rows: Rows) -> list[int]:
    return [max(map(_cells, column)) for column in zip(*rows, strict=True)]


def _across(rows: Rows) -> int:
    return sum(_widths(rows)) + GAP * (len(rows[0]) - 1)


def _lines(rows: Rows) -> Iterator[str]:
    widths = _widths(rows)
    for row in rows:
        padded = (f"{c}{' ' * (w - _cells(c))}" for c, w in zip(row, widths, strict=True))
        yield (" " * GAP).join(padded).rstrip()


def _stacked(
    rows: Rows, narrow: Rows, long: Sequence[int], indent: str, columns: int
) -> Iterator[str]:
    """Yield the short cells side by side, and below each row but the head its long ones."""
    for number, line in enumerate(_lines(narrow)):
        yield f"{indent}{line}"
        texts = [rows[number][i] for i in long] if number else []
        parts = [part for text in texts if text not in {"", "-"} for part in text.split(" | ")]
        for part in parts:
            yield from _folded(f"{indent}{' ' * BELOW}{part}", columns)


def _squeezed(rows: Rows, indent: str, columns: int) -> str:
    from rich.console import Console  # noqa: PLC0415  # see above
    from rich.padding import Padding  # noqa: PLC0415  # see above
    from rich.table import Table  # noqa: PLC0415  # see above
    from rich.text import Text  # noqa: PLC0415  # see above

    head, *others = rows
    made = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="")
    for name in head:
        made.add_column(name, overflow="fold")
    for row in others:
        made.add_row(*map(Text.from_ansi, row))
    console = Console(width=columns, force_terminal=True, highlight=False)
    with console.capture() as captured:
        console.print(Padding(made, (0, 0, 0, len(indent))))
    return "\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n"))


Show = Callable[[str], None]


@contextmanager
def progress(doing: str, clock: Callable[[], float] = time.monotonic) -> Iterator[Show]:
    """Show on stderr what is done so far and how long it took; call the result with new counts.

    Without a terminal, print a line now and then.
    """
    if not sys.stderr.isatty():
        yield _now_and_then(doing, clock)
        return
    from rich.console import Console  # noqa: PLC0415  # see above
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(doing, total=None)
        yield lambda so_far: shown.update(task, description=f"{doing}: {so_far}")


def _now_and_then(doing: str, clock: Callable[[], float]) -> Show:
    last = clock()

    def show(so_far: str) -> None:
        nonlocal last
        if clock() - last >= EVERY:
            last = clock()
            print(f"  {doing}: {so_far} ...", file=sys.stderr, flush=True)

    return show
