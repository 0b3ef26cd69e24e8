"""The command line. It learns the tables and functions of a stack from the stack's outputs.

Credentials, region and endpoint come from the environment, as with every AWS tool. Exit codes: 0
success, 1 the command failed or the doctor found something missing, 2 wrong arguments, 3 some
order or ticket needs a person, 130 stopped with Ctrl-C.
"""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from ticketing.cli.arguments import command_line
from ticketing.cli.commands import ATTENTION, FAILED, OK, STOPPED
from ticketing.errors import TicketingError

if TYPE_CHECKING:
    from ticketing.cli.commands.stack import Stack

__all__ = ["ATTENTION", "FAILED", "OK", "main"]


def main(
    arguments: Sequence[str],
    find_stack: "Callable[[str | None], Stack] | None" = None,
    *,
    logs_plainly: bool = False,
) -> int:
    """Run one command; return its exit code.

    With `logs_plainly`, this process logs lines for people from now on. Only the command's own
    module is imported, and no SDK for `--help` or wrong arguments.
    """
    try:
        options = command_line().parse_args(arguments)
        if logs_plainly:
            import_module("ticketing.cli.plain_log").log_plainly()
        code = _run(options, find_stack)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print("ticketing: stopped", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        # The reader, such as `head`, has closed the pipe. Without this, Python would complain
        # again when it flushes the output at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    return code


def _run(options: Namespace, find_stack: "Callable[[str | None], Stack] | None") -> int:
    from ticketing.adapters.dynamodb.retries import SDK_ERRORS  # noqa: PLC0415  # see above
    from ticketing.cli.commands.stack import Stack  # noqa: PLC0415  # see above

    module, _, function = options.run.partition(".")
    try:
        run = getattr(import_module(f"ticketing.cli.commands.{module}"), function)
        return int(run(options, (find_stack or Stack.named)(options.stack)))
    except (TicketingError, *SDK_ERRORS) as error:
        print(f"ticketing: {error}", file=sys.stderr)
        return FAILED
