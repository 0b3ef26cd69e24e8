"""The audit reader: what it requests from DynamoDB, and that partial reads never pass."""

from collections.abc import Callable
from dataclasses import fields
from datetime import timedelta
from typing import Any

import pytest
from pynamodb.connection import TableConnection
from tenacity import TryAgain

from tests.support.aws import World
from tests.support.healthy import AUDITED, completed
from tests.support.stored import keep, sell
from ticketing.adapters.dynamodb import audit_reader
from ticketing.adapters.dynamodb.audit_reader import AuditReader
from ticketing.adapters.dynamodb.audit_rows import READ_TRIES
from ticketing.audit.order_snapshot import OrderSnapshot
from ticketing.audit.reading import Bookmark, Claim, Stage
from ticketing.audit.seats import held_between
from ticketing.orders.reason import Reason

READER = AuditReader(timedelta(hours=2))


def read_some(
    monkeypatch: pytest.MonkeyPatch, how_many: Callable[[int], int]
) -> list[tuple[str, int]]:
    """Simulate DynamoDB under load: it reads some of the keys and returns the rest unprocessed."""
    real, asked = TableConnection.batch_get_item, []

    def some(table: TableConnection, keys: list[Any], **options: Any) -> Any:  # noqa: ANN401  # as pynamodb has it
        read = how_many(len(keys))
        asked.append((table.table_name, len(keys)))
        typed = [table.connection.get_item_attribute_map(table.table_name, key) for key in keys]
        unprocessed = {table.table_name: {"Keys": [key["Item"] for key in typed[read:]]}}
        answer = real(table, keys[:read], **options) if read else {"Responses": {}}
        return answer | ({"UnprocessedKeys": unprocessed} if typed[read:] else {})

    monkeypatch.setattr(TableConnection, "batch_get_item", some)
    return asked


def test_an_order_is_read_with_all_rows_that_refer_to_it(world: World) -> None:
    stored = keep(completed())

    page = READER.orders(None)

    assert page.found == (stored,)
    assert (page.rows, page.following) == (1, None)
    reads = [call.body for call in world.wire.calls if call.operation in {"Scan", "BatchGetItem"}]
    asked = [table for body in reads for table in body.get("RequestItems", {"": body}).values()]
    assert len(asked) > 5
    assert all(table["ConsistentRead"] for table in asked)


@pytest.mark.usefixtures("world")
def test_a_single_order_is_read_the_same_way() -> None:
    stored = keep(completed())

    look = READER.look("ORD-ABC123", ("ticket none",))

    assert (look.order, look.snapshot) == (stored.order, stored)


@pytest.mark.usefixtures("world")
def test_unprocessed_keys_are_requested_again(monkeypatch: pytest.MonkeyPatch) -> None:
    stored = keep(completed())
    asked = read_some(monkeypatch, lambda count: (count + 1) // 2)

    (found,) = READER.orders(None).found

    assert isinstance(found, OrderSnapshot)
    assert found == stored
    tickets = [keys for table, keys in asked if table.endswith("TicketsTable")]
    assert tickets == [3, 1]


@pytest.mark.usefixtures("world")
def test_rows_that_cannot_be_read_raise_and_are_not_reported_missing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keep(completed())
    asked = read_some(monkeypatch, lambda _: 0)

    with pytest.raises(TryAgain):
        READER.orders(None)

    assert len(asked) == READ_TRIES


def test_each_page_continues_from_the_previous_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_reader, "ORDERS_PAGE", 2)
    numbers = {f"ORD-{n:06d}" for n in range(5)}
    for number in numbers:
        keep(completed(order_number=number))
    seen, place = [], None

    while True:
        page = READER.orders(place)
        seen += [e.order.order_number for e in page.found if isinstance(e, OrderSnapshot)]
        place = page.following
        if place is None:
            break
        READER.keep(Bookmark(Stage.ORDERS, place), AUDITED)
        kept = READER.bookmark(AUDITED)
        assert kept == Bookmark(Stage.ORDERS, place)

    assert sorted(seen) == sorted(numbers)
    assert world.wire.count("Scan") == 3


@pytest.mark.usefixtures("world")
def test_a_finished_audit_leaves_no_bookmark() -> None:
    assert READER.bookmark(AUDITED) is None

    READER.keep(Bookmark(Stage.MAILS), AUDITED)
    assert READER.bookmark(AUDITED) == Bookmark(Stage.MAILS, None)
    assert READER.bookmark(AUDITED + timedelta(days=4)) is None

    READER.keep(None, AUDITED)
    assert READER.bookmark(AUDITED) is None


@pytest.mark.usefixtures("world")
def test_seats_are_read_per_ticket_type() -> None:
    sell(available=7)
    sell(available=9, sku="vip")

    found = list(READER.seats_left())

    assert {(left.kind, left.available) for left in found if not hasattr(left, "problem")} == {
        (("5", "general"), 7),
        (("5", "vip"), 9),
    }


@pytest.mark.usefixtures("world")
def test_what_decides_whether_an_order_held_its_seats_is_read() -> None:
    """An order that was paid while it was open held its seats all the time."""
    order = keep(completed(reason_code=Reason.PAID.value)).order

    (claim,) = READER.claims(None).found

    assert isinstance(claim, Claim)
    for name in (f.name for f in fields(Claim)):
        assert getattr(claim, name) == getattr(order, name), name
    settled = order.settled_at or order.created_at
    assert held_between(claim, settled, settled) is held_between(order, settled, settled) is True
