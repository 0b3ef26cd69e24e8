"""`verify`: have the deployed function check an order with SumUp now."""

import json
from argparse import Namespace
from collections.abc import Mapping

from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.cli.commands import ATTENTION, OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import in_json, moment
from ticketing.cli.terminal import bad, say
from ticketing.errors import TicketingError
from ticketing.flows.poll import ERRORS, outcome_of
from ticketing.operators.next_step import next_step
from ticketing.orders.order import Order, OrderStatus


def run(options: Namespace, stack: Stack) -> int:
    """Check the order, and show the result."""
    stack.bind("orders_table")
    orders, number = OrderTable(stack.caller), options.order_number
    before = orders.get(number)
    answer = stack.invoke("VerifyPaymentFunction", message(number, stack.region))
    if answer.get("batchItemFailures"):
        text = f"the check of {number} failed; the log group verify_payment says why"
        raise TicketingError(text)
    after = orders.get(number)
    if options.json:
        print(in_json(_facts(before, after)))
    else:
        say(_text(before, after))
    return ATTENTION if outcome_of(after) in ERRORS else OK


def message(order_number: str, region: str) -> Mapping[str, object]:
    """Return the event that the verify queue would pass to the function."""
    record = {
        "messageId": order_number,
        "receiptHandle": "by hand",
        "body": json.dumps({"order_number": order_number}),
        "attributes": {},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{region}:000000000000:by-hand",
        "awsRegion": region,
    }
    return {"Records": [record]}


def _text(before: Order, after: Order) -> str:
    head = f"Order {after.order_number}: {outcome_of(after)} - {after.status_reason}"
    lines = [bad(head) if outcome_of(after) in ERRORS else head]
    if before.status is not after.status:
        lines.append(f"  It was {before.status}.")
    if after.status is OrderStatus.REVIEW:
        lines.append("  A person decides:")
        lines += [f"    {typed}" for typed in next_step(after).commands]
    elif not after.awaits_answer:
        lines.append("  SumUp was not asked: no answer would change this order.")
    elif after.next_check_at:
        lines.append(f"  Next check: {moment(after.next_check_at)} UTC")
    return "\n".join(lines)


def _facts(before: Order, after: Order) -> dict[str, object]:
    return {
        "order_number": after.order_number,
        "outcome": outcome_of(after).value,
        "reason": after.status_reason,
        "status_before": before.status.value,
        "status": after.status.value,
        "checked_at": after.checked_at.isoformat() if after.checked_at else None,
        "next_check_at": after.next_check_at.isoformat() if after.next_check_at else None,
    }
