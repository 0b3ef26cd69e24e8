"""The rules of capacity units, as the benchmarks apply them, beside Amazon's own DynamoDB Local."""

from typing import Any

import pytest

from benchmarks import units
from tests.support.aws import World, client, resources
from tests.support.engines import DYNAMODB_LOCAL

pytestmark = pytest.mark.parametrize(
    "engine",
    [pytest.param(DYNAMODB_LOCAL, marks=pytest.mark.races)],
    indirect=True,
)
TABLE = "OrdersTable"
KEY = {"order_number": {"S": "ORD-ABC123"}}
ORDER: dict[str, Any] = KEY | {
    "status": {"S": "pending_verification"},
    "created_at": {"S": "2026-06-01T10:00:00Z"},
    "customer_email": {"S": "jane@example.com"},
    "work_key": {"S": "open"},
    "next_check_at": {"S": "2026-06-01T10:05:00Z"},
    "lines": {"L": [{"M": {"sku": {"S": "general"}, "quantity": {"N": "2"}}}]},
    "total": {"N": "30.00"},
}
CHANGES: dict[str, tuple[dict[str, Any] | None, dict[str, Any]]] = {
    "a row with three index entries": (None, ORDER),
    "nothing": (ORDER, ORDER),
    "an attribute that no index has": (ORDER, ORDER | {"note": {"S": "x"}}),
    "an attribute that one index has": (ORDER, ORDER | {"status_reason": {"S": "paid"}}),
    "a key of an index": (ORDER, ORDER | {"next_check_at": {"S": "2026-06-01T10:09:00Z"}}),
    "a key that leaves the index": (
        ORDER,
        {name: value for name, value in ORDER.items() if name != "work_key"},
    ),
    "a status, which is in three indexes": (ORDER, ORDER | {"status": {"S": "completed"}}),
    "a long text outside of the indexes": (ORDER, ORDER | {"note": {"S": "x" * 1500}}),
    "a long text in two indexes": (ORDER, ORDER | {"status_reason": {"S": "x" * 1500}}),
}


@pytest.mark.parametrize("transaction", [False, True], ids=["alone", "in a transaction"])
@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.usefixtures("engine")
def test_write_units_are_those_of_dynamodb_local(
    world: World, change: str, *, transaction: bool
) -> None:
    before, after = CHANGES[change]
    name, api = world.ref[TABLE], client("dynamodb")
    api.delete_item(TableName=name, Key=KEY)
    if before:
        api.put_item(TableName=name, Item=before)
    if transaction:
        wish = [{"Put": {"TableName": name, "Item": after}}]
        answer = api.transact_write_items(TransactItems=wish, ReturnConsumedCapacity="INDEXES")
        (consumed,) = answer["ConsumedCapacity"]
    else:
        answer = api.put_item(TableName=name, Item=after, ReturnConsumedCapacity="INDEXES")
        consumed = answer["ConsumedCapacity"]

    told = {"": consumed["Table"]["CapacityUnits"]} | {
        index: of_index["CapacityUnits"]
        for index, of_index in consumed.get("GlobalSecondaryIndexes", {}).items()
    }
    table = resources("AWS::DynamoDB::Table")[TABLE]
    assert units.written(table, before, after, transaction=transaction) == told
