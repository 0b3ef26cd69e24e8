"""On a terminal, output fits its width and shows what is bad; in a pipe it is plain lines."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from ticketing.cli import terminal
from ticketing.cli.commands.text import counted, table
from ticketing.cli.terminal import RED, bad, coloured, progress, say

HEAD = ("WHAT", "SINCE", "WHY", "COMMAND")
ROW = (
    "ORD-ABC123",
    "2026-06-01 12:00",
    "SumUp says PAID, but we expected 45.00 GBP and it is 40.00 GBP, which is less.",
    "approve ORD-ABC123 --reason WHY | reject ORD-ABC123 --reason WHY",
)
Wide = Callable[[int], None]


@pytest.fixture
def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> Wide:
    """Make the output a terminal of so many columns."""

    def wide(columns: int) -> None:
        monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.delenv("NO_COLOR", raising=False)

    return wide


def plain(text: str) -> list[str]:
    return terminal.COLOUR.sub("", text).splitlines()


def test_piped_output_has_one_line_for_a_row_and_no_colour() -> None:
    shown = table([HEAD, ROW], long=[2, 3])

    assert len(shown.splitlines()) == 2
    assert "  ".join(ROW) in shown
    assert bad("lost") == "lost"


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_a_table_fits_the_terminal_with_long_text_below(on_a_terminal: Wide, columns: int) -> None:
    on_a_terminal(columns)

    lines = plain(table([HEAD, ROW], long=[2, 3]))

    assert max(map(len, lines)) <= columns
    assert lines[0].split() == ["WHAT", "SINCE"]
    assert lines[1].split() == ["ORD-ABC123", "2026-06-01", "12:00"]
    assert lines[-2:] == [f"    {command}" for command in ROW[3].split(" | ")], "each to be copied"


def test_a_table_that_fits_is_as_in_a_pipe(on_a_terminal: Wide) -> None:
    piped = table([HEAD, ROW], long=[2, 3])

    on_a_terminal(300)

    assert table([HEAD, ROW], long=[2, 3]) == piped


@pytest.mark.parametrize("columns", [40, 60])
def test_cells_are_folded_where_nothing_else_helps(on_a_terminal: Wide, columns: int) -> None:
    on_a_terminal(columns)
    rows = [("NAME", "NOTE"), ("Zoë 山田太郎 " * 4, bad("a note that is long " * 4))]

    shown = table(rows, "  ")

    assert max(map(terminal._cells, shown.splitlines())) <= columns
    assert "".join(plain(shown)).count("山") == 4


def test_what_is_bad_has_a_sign_and_a_colour(
    on_a_terminal: Wide, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_terminal(80)

    assert bad("lost") == f"{RED}! lost\x1b[0m"
    assert plain(table([("A", "B"), (bad("x"), "y")])) == ["A    B", "! x  y"]
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb")):
        monkeypatch.setenv(name, value)
        assert bad("lost") == "! lost"
        assert coloured("lost", RED) == "lost"
        monkeypatch.setenv(name, "")


def test_long_lines_are_folded_between_words(
    on_a_terminal: Wide, capsys: pytest.CaptureFixture[str]
) -> None:
    say("in a pipe " * 20)
    piped = capsys.readouterr().out
    on_a_terminal(40)
    say(f"  Next: {'a word ' * 10}\n\n  https://{'x' * 60}")

    assert piped.count("\n") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("  Next: ")
    assert lines[1].startswith("      word a")
    assert lines[-2:] == ["", f"  https://{'x' * 60}"], "an address stays whole"


def test_without_a_terminal_progress_is_a_line_now_and_then(
    capsys: pytest.CaptureFixture[str],
) -> None:
    seconds = iter([0.0, 1.0, 11.0, 11.0, 12.0, 30.0, 30.0])

    with progress("Reading", lambda: next(seconds)) as show:
        for many in (100, 200, 300, 400):
            show(counted(many, "order"))

    assert capsys.readouterr() == ("", "  Reading: 200 orders ...\n  Reading: 400 orders ...\n")


def test_on_a_terminal_progress_moves_and_is_gone_at_the_end(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    screen = io.StringIO()
    monkeypatch.setattr(screen, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("sys.stderr", screen)
    monkeypatch.setenv("TERM", "xterm")

    with progress("Reading") as show:
        show("3 orders")

    assert re.search(r"Reading: 3 orders.*0:00:0", screen.getvalue())
    assert screen.getvalue().endswith("\x1b[2K"), "the line is wiped"
    assert capsys.readouterr().out == ""


def test_numbers_have_their_nouns() -> None:
    assert counted(1, "ticket") == "1 ticket"
    assert counted(0, "ticket") == "0 tickets"
    assert counted(1200, "entry", "entries") == "1,200 entries"


def test_a_pipe_does_not_wait_for_rich() -> None:
    """It takes a tenth of a second to import, and only a terminal needs it."""
    program = """
import json, sys
from ticketing.cli.commands.text import table
from ticketing.cli.terminal import bad, progress, say
with progress("Reading") as show:
    show("1 order")
say(table([("A", "B"), ("x", bad("y"))]))
print(json.dumps([name for name in sys.modules if name.partition(".")[0] == "rich"]))
"""
    run = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert json.loads(run.stdout.splitlines()[-1]) == []
