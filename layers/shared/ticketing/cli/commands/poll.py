"""`poll`: verify all pending orders now and report, order by order."""

import time
from argparse import Namespace
from datetime import datetime

from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.cli.commands import ATTENTION, OK, verify
from ticketing.cli.commands.stack import Stack
from ticketing.flows.poll import ERRORS, Polled, poll, report


def run(options: Namespace, stack: Stack) -> int:
    """Verify an order, or everything that is open, and wait for the results."""
    if options.order_number:
        return verify.run(options, stack)
    print("Starting payment polling service...")
    stack.bind("orders_table")
    scan = stack.invoke("ScanOrdersFunction", {"all_open": True})
    nominated = scan["nominated"]
    print(f"Found {len(nominated)} pending order{'' if len(nominated) == 1 else 's'} to verify")
    ends = time.monotonic() + options.timeout
    polled = []
    for found in poll(
        nominated,
        datetime.fromisoformat(scan["scanned_at"]),
        OrderTable("command line"),
        lambda: ends - time.monotonic(),
        time.sleep,
    ):
        print(_line(found, verbose=options.verbose), flush=True)
        polled.append(found)
    print(report(polled))
    return ATTENTION if any(p.outcome in ERRORS for p in polled) else OK


def _line(polled: Polled, *, verbose: bool) -> str:
    line = f"Order {polled.order_number}: {polled.outcome}"
    return f"{line} - {polled.explanation}" if verbose and polled.explanation else line
