"""The command line. It finds the tables and functions of a stack in the stack's outputs.

Credentials, region and endpoint come from the environment, as with every AWS tool. Exit codes: 0
all is well, 1 the command could not do its work, 2 it was called wrongly, 3 some order needs
attention.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from ticketing import schema
from ticketing.errors import MissingSetting, TicketingError
from ticketing.flows.poll import ERRORS, Polled, poll, report
from ticketing.orders.table import OrderTable

if TYPE_CHECKING:
    from boto3.session import Session

OK, FAILED, ATTENTION = 0, 1, 3
PATIENCE = 120.0


def main(arguments: Sequence[str]) -> int:
    """Run one command; return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except (TicketingError, BotoCoreError, ClientError) as error:
        print(f"ticketing: {error}", file=sys.stderr)
        return FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("ticketing", description="Payments, orders and tickets.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("poll", help="verify all pending orders now and report")
    command.add_argument("--verbose", action="store_true", help="say why, order by order")
    command.add_argument(
        "--stack",
        default=os.environ.get("TICKETING_STACK"),
        help="name of the CloudFormation stack (default: $TICKETING_STACK)",
    )
    command.add_argument(
        "--timeout", type=float, default=PATIENCE, help="seconds to wait for answers"
    )
    command.set_defaults(run=_poll)
    return parser


def _poll(options: argparse.Namespace) -> int:
    print("Starting payment polling service...")
    session = boto3.Session()
    outputs = _outputs(session, options.stack)
    schema.bind({"orders_table": outputs["OrdersTable"]}, session.region_name)
    scan = _scan(session, outputs["ScanOrdersFunction"])
    nominated = scan["nominated"]
    print(f"Found {len(nominated)} pending order{'' if len(nominated) == 1 else 's'} to verify")
    ends = time.monotonic() + options.timeout
    polled = []
    for found in poll(
        nominated,
        datetime.fromisoformat(scan["scanned_at"]),
        OrderTable(session.region_name, "command line"),
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


def _outputs(session: "Session", stack: str | None) -> dict[str, str]:
    if not stack:
        raise MissingSetting(["name the stack with --stack or TICKETING_STACK"])
    if not session.region_name:
        raise MissingSetting(["AWS_REGION (or AWS_DEFAULT_REGION) is not set"])
    described = session.client("cloudformation").describe_stacks(StackName=stack)
    outputs = described["Stacks"][0].get("Outputs", [])
    return {output["OutputKey"]: output["OutputValue"] for output in outputs}


def _scan(session: "Session", function: str) -> dict[str, Any]:
    answer = session.client("lambda").invoke(
        FunctionName=function, Payload=json.dumps({"all_open": True}).encode()
    )
    payload = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        raise TicketingError(f"the scan failed: {payload.get('errorMessage', payload)}")
    return dict(payload)
