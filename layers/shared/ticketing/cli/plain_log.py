"""What adapters and flows log, as a command shows it: a line on stderr, never one among its output.

The functions write JSON to stdout, which would stand among the lines of a list and break `--json`.
"""

import logging
import sys

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from ticketing.observability import logger

ORDINARY = vars(logging.makeLogRecord({})).keys() | {"message", "asctime"}


class PlainLine(LambdaPowertoolsFormatter):
    """A message and its facts as a sentence; it still keeps the keys of the log's context."""

    def format(self, record: logging.LogRecord) -> str:
        facts = [f"{k}: {v}" for k, v in vars(record).items() if k not in ORDINARY]
        more = f" ({', '.join(facts)})" if facts else ""
        return f"ticketing: {record.getMessage()}{more}"


def log_plainly() -> None:
    """Show warnings and errors only, from now on."""
    handler = logger.registered_handler
    handler.setFormatter(PlainLine())
    if isinstance(handler, logging.StreamHandler):
        handler.setStream(sys.stderr)
    logger.setLevel(logging.WARNING)
