"""`poll`: verify all pending orders now and report, order by order."""

import time
from argparse import Namespace
from datetime import datetime

from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.cli.commands import ATTENTION, OK, verify
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import counted, in_json
from ticketing.cli.terminal import bad
from ticketing.flows.poll import ERRORS, Polled, poll, report


def run(options: Namespace, stack: Stack) -> int:
    """Verify an order, or everything that is open, and wait for the results."""
    if options.order_number:
        return verify.run(options, stack)
    tell = _nothing if options.json else print
    tell("Starting payment polling service...")
    stack.bind("orders_table")
    scan = stack.invoke("ScanOrdersFunction", {"all_open": True})
    nominated = scan["nominated"]
    tell(f"Found {counted(len(nominated), 'pending order')} to verify")
    ends = time.monotonic() + options.timeout
    polled = []
    for found in poll(
        nominated,
        datetime.fromisoformat(scan["scanned_at"]),
        OrderTable("command line"),
        lambda: ends - time.monotonic(),
        time.sleep,
    ):
        line = _line(found, verbose=options.verbose)
        tell(bad(line) if found.outcome in ERRORS else line, flush=True)
        polled.append(found)
    print(in_json([_facts(one) for one in polled]) if options.json else report(polled))
    return ATTENTION if any(p.outcome in ERRORS for p in polled) else OK


def _nothing(*_: object, **__: object) -> None:
    """Print nothing: with `--json`, only the result at the end is printed."""


def _facts(polled: Polled) -> dict[str, str]:
    return {
        "order_number": polled.order_number,
        "outcome": polled.outcome.value,
        "reason": polled.explanation,
    }


def _line(polled: Polled, *, verbose: bool) -> str:
    line = f"Order {polled.order_number}: {polled.outcome}"
    return f"{line} - {polled.explanation}" if verbose and polled.explanation else line
