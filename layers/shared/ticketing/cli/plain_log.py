"""How a command shows what adapters and flows log: as lines on stderr, apart from its output.

The functions log JSON to stdout, where it would end up between the lines of a list and break
`--json`.
"""

import logging
import sys

from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from ticketing.observability import logger

ORDINARY = vars(logging.makeLogRecord({})).keys() | {"message", "asctime"}


class PlainLine(LambdaPowertoolsFormatter):
    """Formats a message and its facts as a sentence, with the keys of the log's context."""

    def format(self, record: logging.LogRecord) -> str:
        facts = [f"{k}: {v}" for k, v in vars(record).items() if k not in ORDINARY]
        more = f" ({', '.join(facts)})" if facts else ""
        return f"ticketing: {record.getMessage()}{more}"


def log_plainly() -> None:
    """From now on, show only warnings and errors, as lines on stderr."""
    handler = logger.registered_handler
    handler.setFormatter(PlainLine())
    if isinstance(handler, logging.StreamHandler):
        handler.setStream(sys.stderr)
    logger.setLevel(logging.WARNING)
