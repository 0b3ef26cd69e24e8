"""Processor time of an order, from the verify queue to its mail, beside the loop that it replaces.

The functions' own handlers do the work, with AWS and SumUp in processes of their own, so that only
our time counts. The row `worker` does the same on the local stack.
"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

from benchmarks.loop import BATCH, CYCLE, ORDERS, ORIGINAL, the_original, worker_beside
from benchmarks.results import Result
from benchmarks.turns import ours
from ticketing.adapters.dynamodb.models import MailRow, OrderRow, TicketRow
from ticketing.bootstrap import services
from ticketing.emails.mail import MailStatus
from ticketing.orders.order import OrderStatus

TICKETS = 2
PAYMENTS, AWS = 15100, 15110


def measure() -> Sequence[Result]:
    """Verify orders and then deliver their tickets, alternating with the original."""
    with (
        the_original(PAYMENTS, 0) as original,
        _a_shop(ORDERS) as orders,
        tempfile.TemporaryDirectory() as folder,
    ):
        mails = [f"{order}#confirmation#1" for order in orders]
        verify = worker_beside(original, Path(folder), "verify_payment", orders)
        beside_verify = original.median
        deliver = worker_beside(original, Path(folder), "deliver_tickets", mails)
        _check(orders)
    cpu = (verify.median + deliver.median) / BATCH
    theirs = (beside_verify + original.median) / 2 / CYCLE
    return [
        Result("An order's processor time, AWS at once", cpu, "ms", 0.6, ORIGINAL, theirs),
        Result("Of that to verify it", verify.median / BATCH, "ms", spread=verify.spread),
        Result("Of that to deliver it", deliver.median / BATCH, "ms", spread=deliver.spread),
    ]


@contextmanager
def _a_shop(orders: int) -> Iterator[list[str]]:
    """Start AWS with paid orders, for this process and those that it starts."""
    command = ours("benchmarks.peers.aws", str(AWS), f"http://127.0.0.1:{PAYMENTS}", str(orders))
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - fixed
    try:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            sys.exit("AWS did not start")
        shop = json.loads(line)
        os.environ.update(shop["environment"])
        services()  # names the tables
        yield shop["orders"]
    finally:
        process.terminate()
        process.wait(10)


def _check(orders: Sequence[str]) -> None:
    """Every order is completed, and its mail was sent with its tickets: two codes and a PDF."""
    for number in orders:
        ticket_ids = [f"{number}-{n:02d}" for n in range(1, TICKETS + 1)]
        mail = MailRow.get(f"{number}#confirmation#1")
        completed = OrderRow.get(number).status is OrderStatus.COMPLETED
        tickets = {row.ticket_id for row in TicketRow.batch_get(ticket_ids)}
        if not completed or tickets != set(ticket_ids) or mail.status is not MailStatus.SENT:
            sys.exit(f"{number} has tickets {tickets}, and its mail is {mail.status}")
        kept = services().archive.read(mail.archive_key)
        message = message_from_bytes(kept or b"", policy=SMTP)
        kinds = [part.get_content_type() for part in message.walk()]
        if kinds.count("image/png") != TICKETS or kinds.count("application/pdf") != 1:
            sys.exit(f"the mail of {number} consists of {kinds}")
