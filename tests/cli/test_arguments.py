"""Commands are declared apart from their modules, which are imported when they are run."""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module

import pytest

from ticketing.cli.arguments import command_line


def declared(parser: argparse.ArgumentParser) -> Iterator[str]:
    """Yield the functions that commands are declared to run."""
    if run := parser.get_default("run"):
        yield run
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for below in action.choices.values():
                yield from declared(below)


@pytest.mark.parametrize("run", sorted(declared(command_line())))
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
    assert not {"boto3", "botocore", "pynamodb", "babel"} & sys.modules.keys()
"""
    command = [sys.executable, "-c", probe, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - fixed

    assert run.returncode == (0 if "--help" in arguments else 2), run.stderr
    assert "usage: ticketing" in run.stdout + run.stderr
