"""What the scan uses: the sparse work index, nomination, the digest of stuck orders."""

from datetime import datetime, timedelta

import pytest

from tests.support.aws import World
from tests.support.builders import NOW, an_order
from tests.support.stored import LATER, a_mail, store
from ticketing.adapters.dynamodb.mapping import order_row
from ticketing.adapters.dynamodb.models import OrderRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.adapters.dynamodb.spread import MOST_SHARDS, every_key
from ticketing.emails.mail import MailKind
from ticketing.errors import UnreadableOrder
from ticketing.orders.order import Customer, OrderStatus, ReviewedOrder, Work, WorkItem

ORDERS = OrderTable("scan_orders")
SECOND = timedelta(seconds=1)
DIGEST = a_mail(mail_id="shop#alert#stuck", kind=MailKind.ALERT, order_number=None)


def many(
    count: int,
    work: Work = Work.OPEN,
    first: datetime = NOW,
    *,
    shards: int = 1,
    prefix: str = "ORD-N",
) -> list[str]:
    """Store orders that fall due one second apart; return their numbers."""
    numbers = [f"{prefix}{n:04d}" for n in range(count)]
    with OrderRow.batch_write() as batch:
        for position, number in enumerate(numbers):
            order = an_order(
                order_number=number,
                work=work,
                next_check_at=first + timedelta(seconds=position),
            )
            batch.save(order_row(order, shards))
    return numbers


def numbers_due(until: datetime = LATER, limit: int = 1000, work: Work = Work.OPEN) -> list[str]:
    return [item.order_number for item in ORDERS.due(work, until, limit)]


# ---- due


def test_an_order_is_due_at_its_scheduled_time_and_not_before(world: World) -> None:
    store(an_order(next_check_at=LATER))

    assert numbers_due(LATER - timedelta(microseconds=1)) == []
    assert numbers_due(LATER) == ["ORD-ABC123"]
    assert world.wire.count("Query") == 2 * len(every_key("OPEN"))


def test_due_orders_are_found_without_reading_them(world: World) -> None:
    store(an_order())

    assert list(ORDERS.due(Work.OPEN, LATER, 1)) == [WorkItem("ORD-ABC123", LATER)]
    assert world.wire.count("GetItem") == 0


def test_due_orders_are_read_in_pages_up_to_the_limit(world: World) -> None:
    numbers = many(510, first=NOW - timedelta(hours=1))

    assert numbers_due(limit=5000) == numbers
    assert numbers_due(limit=507) == numbers[:507]
    pages_of_all, empty_shards = 2 * 2, 2 * MOST_SHARDS
    assert world.wire.count("Query") == pages_of_all + empty_shards


@pytest.mark.parametrize("name", ["created_at", "stuck_alerted_at", "total", "status", "version"])
def test_an_unreadable_row_can_still_be_nominated(world: World, name: str) -> None:
    numbers = many(3)
    _spoil(world, "ORD-N0001", name, "soon")

    assert numbers_due() == numbers
    assert ORDERS.nominate(WorkItem("ORD-N0001", NOW + SECOND), LATER, LATER + SECOND)
    assert numbers_due() == ["ORD-N0000", "ORD-N0002"]


def test_orders_of_all_shards_are_due_in_one_order(world: World) -> None:
    numbers = many(40, shards=MOST_SHARDS)
    numbers += many(2, first=NOW + timedelta(minutes=1), prefix="ORD-PLAIN")

    keys = {item["work_key"]["S"] for item in world.items("OrdersTable")}
    assert keys == set(every_key("OPEN"))
    assert numbers_due() == numbers
    assert numbers_due(limit=7) == numbers[:7]
    assert {ORDERS.get(number).work for number in numbers} == {Work.OPEN}


def test_an_order_is_put_back_into_its_shard(world: World) -> None:
    lost = store(an_order(work=None, next_check_at=None))

    assert OrderTable("audit_orders", work_shards=MOST_SHARDS).reschedule(lost, Work.OPEN, NOW)

    (item,) = world.items("OrdersTable")
    assert item["work_key"]["S"] in every_key("OPEN")[1:]
    assert numbers_due() == [lost.order_number]


@pytest.mark.parametrize(
    "misspelt", ["2026-06-01", "01.06.2026 12:00", "2026-06-01 noon", "12:00", "2026-06-01T12:00"]
)
def test_an_order_with_a_misspelt_due_time_is_due(world: World, misspelt: str) -> None:
    """No scan would find it otherwise, and its check is what reports it."""
    numbers = many(3)
    _spoil(world, "ORD-N0001", "next_check_at", misspelt)

    (odd,) = [item for item in ORDERS.due(Work.OPEN, LATER, 9) if item.next_check_at is None]

    assert sorted(numbers_due()) == numbers
    assert numbers_due(limit=2) == numbers_due()[:2]
    before = world.contents()
    assert ORDERS.nominate(odd, LATER, LATER + SECOND)
    assert world.contents() == before, "a person may still see what was typed"
    with pytest.raises(UnreadableOrder, match="next_check_at"):
        ORDERS.get("ORD-N0001")


def test_a_manually_entered_due_time_is_accepted(world: World) -> None:
    store(an_order())
    _spoil(world, "ORD-ABC123", "next_check_at", "2026-06-01T12:01:00Z")

    (item,) = ORDERS.due(Work.OPEN, LATER, 1)

    assert ORDERS.nominate(item, LATER, LATER + timedelta(minutes=4))
    assert numbers_due(LATER) == []


def _spoil(world: World, number: str, name: str, value: str) -> None:
    item = next(i for i in world.items("OrdersTable") if i["order_number"]["S"] == number)
    world.put("OrdersTable", item | {name: {"S": value}})


# ---- the digest


def test_only_orders_that_are_old_enough_are_read_for_the_digest(world: World) -> None:
    many(150)
    old = [
        an_order(order_number=f"ORD-OLD{n}", created_at=NOW - timedelta(minutes=n), work=None)
        for n in (30, 31, 32)
    ]
    for order in old:
        store(order)
    reported = old.pop(1)
    ORDERS.mark_stuck([reported], DIGEST, NOW)

    found = list(ORDERS.unreported(NOW - timedelta(minutes=30)))

    assert found == ["ORD-OLD30", "ORD-OLD32"], "newest first, without the one that was reported"
    assert (world.wire.count("Query"), world.wire.count("BatchGetItem")) == (1, 1)


@pytest.mark.parametrize("spoilt", ["stuck_alerted_at", "created_at"])
def test_an_unreadable_row_does_not_hide_others_from_the_digest(world: World, spoilt: str) -> None:
    many(3)
    _spoil(world, "ORD-N0001", spoilt, "2026")

    assert {"ORD-N0000", "ORD-N0002"} <= set(ORDERS.unreported(LATER))


def test_ninety_orders_fit_one_digest(world: World) -> None:
    orders = [ORDERS.get(number) for number in many(90)]

    assert ORDERS.mark_stuck(orders, DIGEST, LATER)

    assert sum("stuck_alerted_at" in item for item in world.items("OrdersTable")) == 90


# ---- reviewed_since


REVIEWED = {"status": OrderStatus.REVIEW, "settled_at": NOW}
DAY = timedelta(hours=24)


def test_reviews_from_a_day_are_found_with_buyer_and_organiser(world: World) -> None:
    store(an_order(**REVIEWED))
    store(an_order(order_number="ORD-PENDING"))
    joe = Customer("Joe", "joe@example.com")
    long_ago = NOW - timedelta(days=5)
    store(an_order(**REVIEWED, order_number="ORD-JOE1", customer=joe, created_at=long_ago))
    store(an_order(**REVIEWED | {"settled_at": NOW - DAY - SECOND}, order_number="ORD-OLD99"))

    found = ORDERS.reviewed_since(NOW - DAY)

    assert set(found) == {
        ReviewedOrder("ORD-ABC123", "jersey-live", "jane@example.com"),
        ReviewedOrder("ORD-JOE1", "jersey-live", "joe@example.com"),
    }
    assert world.wire.count("GetItem") == 0


@pytest.mark.parametrize("name", ["created_at", "settled_at"])
def test_an_unreadable_review_does_not_hide_the_others(world: World, name: str) -> None:
    store(an_order(**REVIEWED))
    (item,) = world.items("OrdersTable")
    broken = {"order_number": {"S": "ORD-BROKEN"}, name: {"S": "2026-07"}}
    world.put("OrdersTable", item | broken)

    found = ORDERS.reviewed_since(NOW - DAY)

    assert [review.order_number for review in found] == ["ORD-ABC123"]
