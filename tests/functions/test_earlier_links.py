"""Links in mails from before order links had a secret of their own."""

import json
from typing import Any

import pytest

from functions.checkout_api.app import handler
from tests.functions.conftest import Context, Run, Sample
from tests.support.aws import World, client
from tests.support.builders import an_event, an_order
from tests.support.stored import store
from ticketing.cli import OK
from ticketing.orders.access import OrderAccess, master_keys
from ticketing.orders.order import OrderStatus

NUMBERS = tuple(f"ORD-ABC{n}" for n in range(100, 130))
"""More than one batch of writes."""


@pytest.fixture
def earlier(world: World) -> OrderAccess:
    """What made links from the secret that signs tickets, which was rotated once."""
    first = world.secret("QrKeySecret")
    both = json.loads(first) | {"key_id": "B", "B": "another secret, of forty characters or so"}
    client("secretsmanager").put_secret_value(
        SecretId=world.ref["QrKeySecret"], SecretString=json.dumps(both)
    )
    for number in NUMBERS:
        place(number)
    return OrderAccess(*master_keys(json.dumps(both), "the QR secret"))


def place(number: str) -> None:
    store(
        an_order(
            order_number=number,
            status=OrderStatus.COMPLETED,
            event_starts_at=an_event().starts_at,
        )
    )


def visit(number: str, token: str, context: Context) -> int:
    event: dict[str, Any] = Sample.load("checkout_api.wrong_token").event
    event["rawPath"] = event["requestContext"]["http"]["path"] = f"/api/orders/{number}"
    event["headers"]["x-order-token"] = token
    return int(handler(event, context)["statusCode"])


def test_links_from_before_the_update_open_their_orders_once_they_are_kept(
    world: World, earlier: OrderAccess, run: Run, context: Context
) -> None:
    links = [(token, number) for number in NUMBERS for token in earlier.tokens(number)]
    assert visit(NUMBERS[0], links[0][0], context) == 404

    assert run("links", "keep") == OK

    assert {visit(number, token, context) for token, number in links} == {200}
    assert visit(NUMBERS[1], links[0][0], context) == 404, "each opens its own order"
    stored = json.dumps(world.items("RequestsTable"))
    assert not any(token in stored for token, _ in links), "only hashes are stored"


def test_keeping_links_again_adds_the_orders_placed_since(
    world: World, earlier: OrderAccess, run: Run, context: Context
) -> None:
    run("links", "keep")
    kept = len(world.items("RequestsTable"))
    place("ORD-SINCE1")

    assert run("links", "keep") == OK

    assert visit("ORD-SINCE1", earlier.token("ORD-SINCE1"), context) == 200
    assert len(world.items("RequestsTable")) == kept + 2, "one for each key"


def test_a_forged_link_with_an_earlier_key_opens_nothing(
    earlier: OrderAccess, run: Run, context: Context
) -> None:
    run("links", "keep")
    other = earlier.token("ORD-NOBODY")

    assert visit(NUMBERS[0], other, context) == 404
    assert visit(NUMBERS[0], f"A{other[1:]}", context) == 404
