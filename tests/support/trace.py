"""How far one order travels through the code: `make trace-order`.

A buyer has paid for one ticket. From the scan that nominates the order to the mail that SES
accepts, this counts the Python files of the package and of `functions/` in which a function is
entered, these functions, and how often control passes from one of these files to another, by a
call or by a return. Each Lambda function starts cold, so the wiring counts too; imports do not.
"""

import io
import logging
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from tests.faults.deployment import Buyer, deployed

ROOT = Path(__file__).parents[2]
OURS = (f"{ROOT}/functions/", f"{ROOT}/layers/shared/ticketing/")


@dataclass
class Trace:
    """Where control has been; `arrivals` counts for each file how often it came from another."""

    functions: set[CodeType] = field(default_factory=set)
    arrivals: Counter[str] = field(default_factory=Counter)
    _file: str = ""

    def follow(self, frame: FrameType, event: str, _: Any) -> None:  # noqa: ANN401  # any result
        """Count a call or a return, as `sys.setprofile` reports it."""
        if event not in {"call", "return"} or not _is_ours(frame):
            return
        if event == "call":
            self.functions.add(frame.f_code)
            self._arrive(frame)
        elif caller := _calling(frame):
            self._arrive(caller)

    def _arrive(self, frame: FrameType) -> None:
        if frame.f_code.co_filename != self._file:
            self._file = frame.f_code.co_filename
            self.arrivals[self._file] += 1


def _is_ours(frame: FrameType) -> bool:
    """Return whether this is a function in a Python file of ours; templates have frames too."""
    file = frame.f_code.co_filename
    return file.startswith(OURS) and file.endswith(".py") and frame.f_code.co_name != "<module>"


def _calling(frame: FrameType) -> FrameType | None:
    """Return the nearest function of ours below this one, past those of libraries."""
    caller = frame.f_back
    while caller and not _is_ours(caller):
        caller = caller.f_back
    return caller


@contextmanager
def tracing() -> Iterator[Trace]:
    """Trace what this thread does."""
    trace = Trace()
    sys.setprofile(trace.follow)
    try:
        yield trace
    finally:
        sys.setprofile(None)


def trace_order() -> Trace:
    """Sell a ticket, let the schedule find the payment, and trace the order to its mail."""
    with deployed() as shop:
        buyer = Buyer(shop, quantity=1)
        buyer.order()
        buyer.reach_payment_page()
        buyer.pay()
        shop.wait(minutes=5)
        with tracing() as trace:
            shop.scan()
            shop.run_queues()
        assert [mail["To"] for mail in shop.sent()] == [buyer.CUSTOMER["email"]]
    return trace


def main() -> None:
    """Print how often control arrives in each file, and the sums."""
    logging.disable()
    with redirect_stdout(io.StringIO()):  # the metrics
        trace = trace_order()
    for file, arrivals in trace.arrivals.most_common():
        print(f"{arrivals:6,}  {Path(file).relative_to(ROOT)}")
    files, functions, changes = len(trace.arrivals), len(trace.functions), trace.arrivals.total()
    print(f"From scan to mail: {files} files, {functions} functions, {changes:,} changes of file")


if __name__ == "__main__":
    main()
