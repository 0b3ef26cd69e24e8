"""The ledger: what it asks DynamoDB for, and that half an answer is never taken for a whole one."""

from datetime import timedelta
from typing import Any

import pytest
from tenacity import TryAgain

from tests.support.aws import World, client
from tests.support.healthy import AUDITED, completed
from tests.support.stored import keep, sell
from ticketing.adapters.dynamodb import audit_reader
from ticketing.adapters.dynamodb.audit_reader import AuditReader
from ticketing.audit.order_snapshot import OrderSnapshot
from ticketing.audit.reading import Bookmark, Stage

WINDOW = timedelta(hours=2)


class HalfAnswers:
    """DynamoDB under load: of several keys it reads the first half and gives the others back."""

    def __init__(self, *, ever_more: bool = False) -> None:
        self.real, self.ever_more, self.asked = client("dynamodb"), ever_more, 0

    def scan(self, **asked: Any) -> Any:  # noqa: ANN401 - as the SDK has it
        return self.real.scan(**asked)

    def batch_get_item(self, RequestItems: dict[str, Any]) -> Any:  # noqa: ANN401, N803 - as the SDK has it
        self.asked += 1
        now, later = {}, {}
        for table, wanted in RequestItems.items():
            keys = wanted["Keys"]
            half = 0 if self.ever_more else (len(keys) + 1) // 2
            if keys[:half]:
                now[table] = wanted | {"Keys": keys[:half]}
            if keys[half:]:
                later[table] = wanted | {"Keys": keys[half:]}
        answer = self.real.batch_get_item(RequestItems=now) if now else {"Responses": {}}
        return answer | {"UnprocessedKeys": later}


def test_an_order_is_read_with_everything_that_names_it(world: World) -> None:
    stored = keep(completed())

    page = AuditReader(client("dynamodb"), WINDOW).orders(None)

    assert page.found == (stored,)
    assert (page.rows, page.following) == (1, None)
    reads = [call for call in world.wire.calls if call.operation == "Scan"]
    assert all(call.body["ConsistentRead"] for call in reads)


def test_a_close_look_sees_the_same(world: World) -> None:
    del world
    stored = keep(completed())

    look = AuditReader(client("dynamodb"), WINDOW).look("ORD-ABC123", ("ticket none",))

    assert (look.order, look.snapshot) == (stored.order, stored)


def test_what_dynamodb_gives_back_is_asked_for_again(world: World) -> None:
    del world
    stored = keep(completed())
    halves: Any = HalfAnswers()

    (found,) = AuditReader(halves, WINDOW).orders(None).found

    assert isinstance(found, OrderSnapshot)
    assert found == stored
    assert halves.asked > 1


def test_what_cannot_be_read_is_an_error_and_never_missing(world: World) -> None:
    del world
    keep(completed())
    silent: Any = HalfAnswers(ever_more=True)

    with pytest.raises(TryAgain):
        AuditReader(silent, WINDOW).orders(None)

    assert silent.asked == audit_reader.READ_TRIES


def test_pages_go_on_where_the_last_one_ended(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_reader, "ORDERS_PAGE", 2)
    numbers = {f"ORD-{n:06d}" for n in range(5)}
    for number in numbers:
        keep(completed(order_number=number))
    tables, seen, place = AuditReader(client("dynamodb"), WINDOW), [], None

    while True:
        page = tables.orders(place)
        seen += [e.order.order_number for e in page.found if isinstance(e, OrderSnapshot)]
        place = page.following
        if place is None:
            break
        tables.keep(Bookmark(Stage.ORDERS, place), AUDITED)
        kept = tables.bookmark(AUDITED)
        assert kept == Bookmark(Stage.ORDERS, place)

    assert sorted(seen) == sorted(numbers)
    assert world.wire.count("Scan") == 3


def test_a_finished_audit_leaves_no_bookmark(world: World) -> None:
    del world
    tables = AuditReader(client("dynamodb"), WINDOW)
    assert tables.bookmark(AUDITED) is None

    tables.keep(Bookmark(Stage.MAILS), AUDITED)
    assert tables.bookmark(AUDITED) == Bookmark(Stage.MAILS, None)
    assert tables.bookmark(AUDITED + timedelta(days=4)) is None

    tables.keep(None, AUDITED)
    assert tables.bookmark(AUDITED) is None


def test_seats_are_read_type_by_type(world: World) -> None:
    del world
    sell(available=7)
    sell(available=9, sku="vip")

    found = list(AuditReader(client("dynamodb"), WINDOW).seats_left())

    assert {(left.kind, left.available) for left in found if not hasattr(left, "problem")} == {
        (("5", "general"), 7),
        (("5", "vip"), 9),
    }
