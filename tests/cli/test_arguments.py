"""Commands are declared apart from their modules, which are imported when they are run."""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module

import pytest

from ticketing.cli import main
from ticketing.cli.arguments import command_line
from ticketing.cli.commands.stack import Stack
from ticketing.errors import TicketingError


def declared(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """Yield the parsers of all commands."""
    if parser.get_default("run"):
        yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from declared(below)


COMMANDS = tuple(declared(command_line()))


def taking(name: str) -> list[argparse.Action]:
    """Return this argument of every command that has it."""
    return [action for parser in COMMANDS for action in parser._actions if action.dest == name]


@pytest.mark.parametrize("run", sorted({parser.get_default("run") for parser in COMMANDS}))
def test_every_command_has_its_function(run: str) -> None:
    module, _, function = run.partition(".")

    assert callable(getattr(import_module(f"ticketing.cli.commands.{module}"), function))


@pytest.mark.parametrize("arguments", [["--help"], ["refund", "--help"], ["refund"]])
def test_help_and_invalid_arguments_do_not_load_the_sdk(arguments: list[str]) -> None:
    probe = """
import sys
from ticketing.cli import main
try:
    main(sys.argv[1:])
finally:
    assert not {"boto3", "botocore", "pynamodb", "babel", "rich"} & sys.modules.keys()
"""
    command = [sys.executable, "-c", probe, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed

    assert run.returncode == (0 if "--help" in arguments else 2), run.stderr
    assert "usage: ticketing" in run.stdout + run.stderr


@pytest.mark.parametrize(
    ("typed", "taken"),
    [
        ("ord-abc123", "ORD-ABC123"),
        (" ORD-ABC123\r\n", "ORD-ABC123"),
        ("Ord-Abc123 #confirmation#1", "ORD-ABC123#confirmation#1"),
        ("shop#alert#stuck", "shop#alert#stuck"),
    ],
)
def test_numbers_are_taken_as_they_are_typed_or_copied(typed: str, taken: str) -> None:
    assert command_line().parse_args(["replay", typed]).name == taken
    if "#" not in taken:
        assert command_line().parse_args(["status", typed]).order_number == taken
        assert command_line().parse_args(["audit", "verify", typed]).order_number == taken


@pytest.mark.parametrize(
    ("name", "typed", "taken"),
    [
        ("event_id", " jazz-26\n", "JAZZ-26"),
        ("event", " jazz-26\n", "JAZZ-26"),
        ("order_number", " ord-abc123\n", "ORD-ABC123"),
        ("organiser_id", " Jersey-Live\n", "jersey-live"),
    ],
)
def test_every_command_takes_an_id_in_any_case(name: str, typed: str, taken: str) -> None:
    found = taking(name)

    assert found
    for action in found:
        assert callable(action.type), action
        assert action.type(typed) == taken


def test_a_day_to_come_cannot_be_reconciled(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command_line().parse_args(["reconcile", "--date", "9999-07-18"])

    assert "9999-07-18 is still to come" in capsys.readouterr().err


def test_wrong_arguments_show_how_the_command_is_typed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        command_line().parse_args(["events", "show"])

    assert capsys.readouterr().err.startswith("usage: ticketing events show [-h] ")


OLD_NAMES = {"pending", "stuck", "attention", "verify", "replay"}


def test_the_help_lists_every_command_in_one_group(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command_line().parse_args(["--help"])

    told = capsys.readouterr().out
    titles = [line for line in told.splitlines() if line.endswith(":") and line[0] != " "]
    assert titles == ["look:", "one order:", "shop:", "doors:", "people:"]
    listed = re.findall(r"^  (\w+)  ", told, re.MULTILINE)
    commands = command_line().ungrouped.choices
    assert sorted(listed) == sorted(set(commands) - OLD_NAMES)
    assert max(map(len, told.splitlines())) <= 80


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (["pending"], ["orders", "--pending"]),
        (["stuck", "--json"], ["orders", "--stuck", "--json"]),
        (["attention"], ["orders", "--attention"]),
        (["attention"], ["orders"]),
    ],
)
def test_old_names_do_what_their_new_ones_do(old: list[str], new: list[str]) -> None:
    assert command_line().parse_args(old) == command_line().parse_args(new)


def test_the_names_of_mails_are_for_replay_and_resend_alike() -> None:
    for name in ("replay", "resend"):
        assert command_line().parse_args([name, "ord-a1#confirmation#1"]).name[:6] == "ORD-A1"


def stopped_by(error: BaseException) -> Callable[[str | None], Stack]:
    def find(_: str | None) -> Stack:
        raise error

    return find


def test_ctrl_c_is_one_line_and_its_usual_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["pending", "--stack", "x"], stopped_by(KeyboardInterrupt())) == 130

    assert capsys.readouterr() == ("", "ticketing: stopped\n")


def test_a_closed_pipe_is_silence() -> None:
    """As that of `head`, which has gone before all is written."""
    program = """
import sys
from ticketing import cli
cli._run = lambda *_: print("x" * 100_000) or 0
sys.exit(cli.main(["pending"]))
"""
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program], stdout=writer, stderr=subprocess.PIPE,
        check=False,
    )  # fmt: skip
    os.close(writer)

    assert (done.returncode, done.stderr) == (0, b"")


def test_a_stack_that_is_down_is_said_within_three_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_REGION", "eu-west-2")
    began = time.monotonic()

    with pytest.raises(TicketingError, match="cannot be reached"):
        Stack.named("tickets")

    assert time.monotonic() - began < 3
