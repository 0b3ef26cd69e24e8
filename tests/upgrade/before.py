"""Fills the stack of an earlier commit with orders, run by that commit's own Python.

It uses only what `local` had then: `stack`, `shop.Shop` and `stories`. Four kinds of work are left
for the update: an order whose mail is archived, a mail whose message waits in the delivery queue,
orders whose messages wait in the verify queue, and an order that no scan has seen yet.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from local import stack
from local.aws import client, outputs
from local.places import STACK, aws_environment, ports
from local.shop import Shop
from local.stories import eventually, stories, wait_for_mails
from ticketing.orders.order import OrderStatus

VERIFY, DELIVER = "VerifyPaymentFunction", "DeliverTicketsFunction"


def main(state: Path) -> None:
    """Deploy, sell, and write down which buyer has which order, and the first one's link."""
    at = ports()
    stack.up(at)
    functions = client("lambda", at)
    names = outputs(at)
    shop = Shop(at)
    shop.open()
    first, second, *others = stories()

    first.order_number = first.begin(shop).order_number
    poll(aws_environment(at))
    wait_for_mails(shop)

    pause(functions, names[DELIVER])
    second.order_number = second.begin(shop).order_number
    poll(aws_environment(at))
    eventually(
        lambda: shop.services.orders.get(second.order_number).status is OrderStatus.COMPLETED
    )

    pause(functions, names[VERIFY])
    for buyer in others[:-1]:
        buyer.order_number = buyer.begin(shop).order_number
    scan = {"FunctionName": names["ScanOrdersFunction"], "Payload": b'{"all_open": true}'}
    functions.invoke(**scan)
    others[-1].order_number = others[-1].begin(shop).order_number

    numbers = [buyer.order_number for buyer in (first, second, *others)]
    link = shop.services.access.token(first.order_number)
    state.write_text(json.dumps({"orders": numbers, "link": link}))


def pause(functions: Any, name: str) -> None:  # noqa: ANN401 - a client of boto3
    """Let the messages of a function's queue wait."""
    (mapping,) = functions.list_event_source_mappings(FunctionName=name)["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)


def poll(environment: dict[str, str]) -> None:
    """Verify all that is open; the exit code says whether an order needs a person."""
    command = [sys.executable, "-m", "ticketing", "poll", "--stack", STACK]
    subprocess.run(command, env=environment, check=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
