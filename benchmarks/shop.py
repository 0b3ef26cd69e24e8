"""A shop on the local stack whose functions pause, so that one worker of ours can be measured."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pynamodb.expressions.update import Action

from local import aws, stack
from local.places import Ports, ports
from local.shop import FESTIVAL, GENERAL, LIVE, Shop
from ticketing.adapters.dynamodb.models import TicketTypeRow
from ticketing.orders.order import Line, Order

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

PLENTY = 100_000
TWO = Line(GENERAL.sku, GENERAL.description, 2, GENERAL.unit_price)


@contextmanager
def a_shop() -> Iterator[tuple[Shop, Ports]]:
    """Yield an open shop; a stack that was already running keeps running afterwards."""
    at, ours = ports(), not stack.is_up()
    stack.up(at)
    try:
        shop = Shop(at)
        shop.open()
        row = TicketTypeRow
        seats: list[Action] = [row.capacity.set(PLENTY), row.available.set(PLENTY)]
        row(FESTIVAL.event_id, TWO.sku).update(actions=seats)
        yield shop, at
    finally:
        if ours:
            stack.down()


@contextmanager
def asleep(at: Ports) -> Iterator[None]:
    """Let no function take messages from a queue."""
    api: LambdaClient = aws.client("lambda", at)
    mappings = [one["UUID"] for one in api.list_event_source_mappings()["EventSourceMappings"]]
    _switch(api, mappings, enabled=False)
    try:
        yield
    finally:
        _switch(api, mappings, enabled=True)


def _switch(api: "LambdaClient", mappings: Sequence[str], *, enabled: bool) -> None:
    for uuid in mappings:
        api.update_event_source_mapping(UUID=uuid, Enabled=enabled)


def paid_orders(shop: Shop, number: int) -> list[Order]:
    """Place orders of two tickets each, and pay them."""
    orders = [shop.order(f"Buyer {n}", TWO, organiser=LIVE) for n in range(number)]
    for order in orders:
        shop.sumup.pay(order.checkout_ids[-1])
    return orders
