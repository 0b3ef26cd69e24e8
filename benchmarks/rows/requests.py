"""What one order asks of AWS and SumUp, counted on the wire; `results/requests.md` lists it."""

from collections.abc import Iterable, Sequence

from benchmarks.results import RESULTS, Result
from benchmarks.wire import BATCH, Counted, Part, Request, count

TABLE = RESULTS / "requests.md"
RECEIVED_AND_DELETED = 2
"""Requests that Lambda makes for each batch of messages: one to receive, one to delete."""


def measure() -> Sequence[Result]:
    """Follow ten orders of two tickets each, and one on its own."""
    counted = count()
    TABLE.write_text(described(counted))
    mailed, idle = counted.paid_to_mailed, counted.idle_scan
    return [
        Result("Requests of an order from paid to mailed", requests(counted), "requests", 8),
        Result("Write units of it", _shared(_writes(mailed), _writes(idle)), "units"),
        Result("Read units of it", _shared(_reads(mailed), _reads(idle)), "units"),
        Result("Requests to place an order", _each(counted.placed), "requests"),
        Result("Write units of it, placing", _writes(counted.placed) / BATCH, "units"),
        Result("Requests of a page that polls again", _each(counted.polled), "requests"),
        Result("Requests of a scan that finds nothing", len(idle.requests), "requests"),
    ]  # fmt: skip


def requests(counted: Counted) -> float:
    """Return the requests of an order in a batch of ten, without those of the schedule itself."""
    part = counted.paid_to_mailed
    batches = part.invocations["verify_payment"] + part.invocations["deliver_tickets"]
    made = len(part.requests) - len(counted.idle_scan.requests)
    return (made + RECEIVED_AND_DELETED * batches) / BATCH


def described(counted: Counted) -> str:
    """Return every request in order, as Markdown."""
    return "\n".join(
        [
            "# Requests",
            "",
            "`make bench ROW=requests` wrote this: the requests of our functions, in order. Units",
            "are DynamoDB's, with its indexes. Lambda's own requests to the queues are not shown.",
            "",
            *_section("From paid to mailed, one order on its own", counted.alone.requests),
            *_section("Placing an order", _first(counted.placed)),
            *_section("A page's first poll, and its check", _first(counted.looked_at)),
            *_section("A page that polls again", _first(counted.polled)),
            *_section("A scan that finds nothing", counted.idle_scan.requests),
        ]
    )  # fmt: skip


def _section(title: str, made: Iterable[Request]) -> list[str]:
    rows = [
        f"| {n} | {each.function} | {each.service} {each.operation} | {each.target or '-'} "
        f"| {each.reads:g} | {_units(each)} |"
        for n, each in enumerate(made, 1)
    ]
    head = "| # | function | request | of | reads | writes |"
    return [f"## {title}", "", head, "|---|---|---|---|---|---|", *rows, ""]


def _units(request: Request) -> str:
    each = ", ".join(f"{name} {units}" for name, units in request.writes.items())
    return f"{request.write_units}: {each}" if each else "0"


def _first(part: Part) -> Sequence[Request]:
    """Return one order's share of a part in which each order makes the same requests."""
    seen: list[Request] = []
    for function in dict.fromkeys(each.function for each in part.requests):
        own = [each for each in part.requests if each.function == function]
        seen += own[: len(own) // BATCH]
    return [each for each in part.requests if any(each is one for one in seen)]


def _each(part: Part) -> float:
    return len(part.requests) / BATCH


def _writes(part: Part) -> int:
    return sum(each.write_units for each in part.requests)


def _reads(part: Part) -> float:
    return sum(each.reads for each in part.requests)


def _shared(amount: float, of_the_schedule: float) -> float:
    return (amount - of_the_schedule) / BATCH
