"""Which rows a request to DynamoDB reads and changes, and how they are stored."""

from collections.abc import Mapping
from typing import Any

from moto.backends import get_backend
from moto.dynamodb.models.dynamo_type import DynamoType

from benchmarks import units
from tests.support.aws import ACCOUNT, REGION, STACK, resources


def changes(operation: str, body: Mapping[str, Any]) -> list[tuple[str, units.Item]]:
    """Return the table and key of each row that a request writes, or checks in a transaction."""
    match operation:
        case "PutItem" | "UpdateItem" | "DeleteItem":
            return [_written_row(body)]
        case "TransactWriteItems":
            return [_written_row(next(iter(item.values()))) for item in body["TransactItems"]]
    return []


def _written_row(action: Mapping[str, Any]) -> tuple[str, units.Item]:
    name = table(action["TableName"])
    given = action.get("Key") or action["Item"]
    keys = resources("AWS::DynamoDB::Table")[name]["KeySchema"]
    return name, {key["AttributeName"]: given[key["AttributeName"]] for key in keys}


def reads(operation: str, body: Mapping[str, Any], answer: Mapping[str, Any]) -> float:
    consistent = body.get("ConsistentRead", False)
    match operation:
        case "GetItem":
            found = row(table(body["TableName"]), body["Key"])
            return units.read([units.size(found or {})], consistent=consistent)
        case "BatchGetItem":
            return sum(
                units.read(
                    [units.size(row(table(name), key) or {}) for key in asked["Keys"]],
                    consistent=asked.get("ConsistentRead", False),
                )
                for name, asked in body["RequestItems"].items()
            )
        case "Query" | "Scan":
            return units.queried(answer.get("Items", []), consistent=consistent)
        case "PutItem" | "UpdateItem" | "DeleteItem" | "TransactWriteItems":
            return 0
    raise ValueError(f"no function of ours reads with {operation}")


def row(name: str, key: units.Item) -> units.Item | None:
    """Return a row as it is stored, without a request."""
    held = get_backend("dynamodb")[ACCOUNT][REGION].tables[f"{STACK}-{name}"]
    described = resources("AWS::DynamoDB::Table")[name]["KeySchema"]
    keys = [DynamoType(dict(key[part["AttributeName"]])) for part in described]
    found = held.get_item(keys[0], keys[1] if keys[1:] else None)
    return dict(found.to_json()["Attributes"]) if found else None


def table(name: str) -> str:
    return name.removeprefix(f"{STACK}-")
