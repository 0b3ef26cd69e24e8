"""What orders cost: prices of `prices.toml` times what was counted on the wire."""

from collections.abc import Callable

from benchmarks.durations import gb_seconds, measured
from benchmarks.prices import GB, Line, assumed, summed
from benchmarks.wire import BATCH, REMINDED, Counted, Part


def per_order(counted: Counted) -> list[Line]:
    """Return the lines of one order of two tickets, from paid to mailed."""
    part = counted.paid_to_mailed
    once = _lines(part, BATCH, less=counted.idle_scan)
    took = measured()
    times = [
        Line(
            "time of functions",
            gb_seconds(part, "verify_payment", cpu_ms=took["verify_payment"])
            + gb_seconds(part, "deliver_tickets", cpu_ms=took["deliver_tickets"])
            + gb_seconds(part, "record_email_event"),
            "lambda-gb-seconds",
        )
    ]
    mail = [
        Line("mails", 1, "mails"),
        Line("attachments", counted.attachment_bytes / GB, "attachment-gb"),
    ]
    return [*mail, *once, *times]


def placing(counted: Counted) -> list[Line]:
    """Return the lines of placing one order."""
    return _through_the_api(counted.placed)


def polling(counted: Counted) -> list[Line]:
    """Return the lines of one poll by an order's page."""
    return _through_the_api(counted.polled)


def reminding(counted: Counted) -> list[Line]:
    """Return the lines of one order's reminder, which has no PDF."""
    part, ran = counted.reminded, ("remind_buyers", "deliver_tickets", "record_email_event")
    return [
        Line("reminders", 1, "mails"),
        *_lines(part, REMINDED, less=counted.idle_scan),
        Line(
            "time of functions",
            sum(gb_seconds(part, each, orders=REMINDED) for each in ran),
            "lambda-gb-seconds",
        ),
    ]


def sold(counted: Counted, orders: float) -> list[Line]:
    """Return the lines of orders and all that leads to them, beyond what a month costs anyway."""
    at = assumed("night")
    visits = orders * at["visits_per_order"]
    of_each = [
        *((orders, each) for each in per_order(counted)),
        *((orders, each) for each in placing(counted)),
        *((orders, each) for each in _through_the_api(counted.looked_at)),
        *((orders * at["polls_per_order"], each) for each in polling(counted)),
        *((orders, each) for each in reminding(counted)),
        *((visits, each) for each in _through_the_api(counted.browsed)),
    ]
    site = visits * at["site_requests_per_visit"]
    lines = [
        *(Line(line.what, line.quantity * times, line.price) for times, line in of_each),
        Line("CloudFront", site, "edge-requests"),
        Line("CloudFront", visits * at["site_bytes_per_visit"] / GB, "edge-gb"),
        Line("CloudFront", site + visits * _calls(counted.browsed), "edge-functions"),
        Line("buckets", orders * counted.archive_bytes / GB, "bucket-gb"),
        Line("tables", orders * counted.row_bytes / GB, "table-gb"),
        Line("backups of tables", orders * counted.row_bytes / GB, "table-backup-gb"),
    ]
    return summed(lines)


def _calls(part: Part) -> float:
    return part.invocations["checkout_api"] / BATCH


def _through_the_api(part: Part) -> list[Line]:
    """Return the lines of a part that begins with requests of buyers, for one order."""
    calls = _calls(part)
    began = ("checkout_api", "manage_checkouts")
    return [
        Line("CloudFront", calls, "edge-requests"),
        Line("the HTTP API", calls, "api-requests"),
        *_lines(part, BATCH),
        Line("logs", calls * assumed()["log_bytes_request"] / GB, "log-gb"),
        Line(
            "time of functions",
            gb_seconds(part, *began)  # the first one waits for the other
            + gb_seconds(part, "manage_checkouts")
            + gb_seconds(part, "verify_payment"),
            "lambda-gb-seconds",
        ),
    ]


def _lines(part: Part, orders: int, less: Part | None = None) -> list[Line]:
    """Return what a part's requests cost for one of its orders, without those of `less`."""

    def share(amount: Callable[[Part], float]) -> float:
        return (amount(part) - (amount(less) if less else 0)) / orders

    def requests(service: str, *operations: str) -> Callable[[Part], float]:
        return lambda of: sum(
            each.service == service and (not operations or each.operation in operations)
            for each in of.requests
        )

    def logged(of: Part) -> float:
        runs = sum(of.invocations.values())
        return of.log_bytes + runs * assumed()["log_bytes_invocation"]

    # Lambda receives and deletes the messages of a batch with one request each.
    batches = (part.invocations["verify_payment"] + part.invocations["deliver_tickets"]) / orders
    writes = share(lambda of: sum(each.write_units for each in of.requests))
    lines = [
        Line("writes of tables", writes, "write-units"),
        Line("reads of tables", share(lambda of: sum(r.reads for r in of.requests)), "read-units"),
        Line("buckets", share(requests("s3", "PutObject")), "bucket-writes"),
        Line("buckets", share(requests("s3", "GetObject", "HeadObject")), "bucket-reads"),
        Line("queues", share(requests("sqs")) + 2 * batches, "queue-requests"),
        Line("requests to keys", share(requests("kms")), "key-requests"),
        Line("requests to secrets", share(requests("secretsmanager")), "secret-requests"),
        Line(
            "runs of functions",
            share(lambda p: sum(p.invocations.values())) + share(requests("lambda", "Invoke")),
            "lambda-requests",
        ),
        Line("logs", share(logged) / GB, "log-gb"),
    ]  # fmt: skip
    return [line for line in lines if line.quantity]
