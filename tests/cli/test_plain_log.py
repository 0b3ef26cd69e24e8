"""What is logged while a command runs is a line on stderr, and never among the output."""

import subprocess
import sys

PROGRAM = """
from ticketing.cli.plain_log import log_plainly
from ticketing.observability import current_correlation_id, logger, set_log_context
log_plainly()
set_log_context("from-the-function")
assert current_correlation_id() == "from-the-function"
logger.info("read", orders=3)
logger.warning("a row cannot be read and is left out", problem="it lacks total")
try:
    raise ValueError("no")
except ValueError:
    logger.error("failed")
"""


def test_warnings_are_lines_on_stderr() -> None:
    run = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )

    assert run.stdout == ""
    assert run.stderr.splitlines() == [
        "ticketing: a row cannot be read and is left out (problem: it lacks total)",
        "ticketing: failed",
    ]
