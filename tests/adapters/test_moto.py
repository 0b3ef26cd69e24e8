"""What the tests make of moto: its transactions keep less for their way back, and still go back."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.aws import World, client


def test_a_cancelled_transaction_leaves_every_table_as_it_was(world: World) -> None:
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
