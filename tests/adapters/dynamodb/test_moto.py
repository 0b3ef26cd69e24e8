"""Our patches to moto: it copies less and answers more directly, with the same results."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.aws import World, client


def test_a_cancelled_transaction_leaves_every_table_unchanged(world: World) -> None:
    orders, trail = world.ref["OrdersTable"], world.ref["AuditTable"]
    world.put("OrdersTable", {"order_number": {"S": "A"}, "x": {"N": "1"}})
    world.put("OrdersTable", {"order_number": {"S": "D"}})
    world.put("AuditTable", {"order_number": {"S": "A"}, "sequence": {"N": "1"}, "x": {"N": "1"}})
    before = world.contents()
    more: dict[str, Any] = {
        "UpdateExpression": "SET x = x + :one",
        "ExpressionAttributeValues": {":one": {"N": "1"}},
    }
    nobody = {"order_number": {"S": "C"}}

    with pytest.raises(ClientError):
        client("dynamodb").transact_write_items(
            TransactItems=[
                {"Update": {"TableName": orders, "Key": {"order_number": {"S": "A"}}, **more}},
                {"Put": {"TableName": orders, "Item": {"order_number": {"S": "B"}}}},
                {"Delete": {"TableName": orders, "Key": {"order_number": {"S": "D"}}}},
                {
                    "Update": {
                        "TableName": trail,
                        "Key": {"order_number": {"S": "A"}, "sequence": {"N": "1"}},
                        **more,
                    }
                },
                {
                    "ConditionCheck": {
                        "TableName": orders,
                        "Key": nobody,
                        "ConditionExpression": "attribute_exists(x)",
                    }
                },
            ]
        )

    assert world.contents() == before


COMPARED: dict[str, Any] = {
    "ConditionExpression": "x = :nothing",
    "ExpressionAttributeValues": {":nothing": {"NULL": True}},
}


def test_comparing_with_null_is_a_mistake(world: World) -> None:
    """In DynamoDB a missing attribute does not equal null; in moto it does."""
    write = {"TableName": world.ref["OrdersTable"], "Key": {"order_number": {"S": "A"}}, **COMPARED}

    with pytest.raises(AssertionError, match="compares with null"):
        client("dynamodb").delete_item(**write)
    with pytest.raises(AssertionError, match="compares with null"):
        client("dynamodb").transact_write_items(TransactItems=[{"ConditionCheck": write}])


def test_every_attribute_type_round_trips(world: World) -> None:
    item = {
        "order_number": {"S": "A"},
        "number": {"N": "15.00"},
        "truth": {"BOOL": True},
        "nothing": {"NULL": True},
        "bytes": {"B": b"\x00\xff"},
        "names": {"SS": ["a", "b"]},
        "numbers": {"NS": ["1", "2"]},
        "lines": {"L": [{"M": {"sku": {"S": "general"}, "quantity": {"N": "2"}}}, {"S": ""}]},
        "empty": {"M": {}},
    }
    table, key = world.ref["OrdersTable"], {"order_number": {"S": "A"}}
    client("dynamodb").put_item(TableName=table, Item=item)

    assert client("dynamodb").get_item(TableName=table, Key=key)["Item"] == item
    assert client("dynamodb").scan(TableName=table)["Items"] == [item]
