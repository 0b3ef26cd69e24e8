"""The capacity units that DynamoDB bills for a request, by its published rules.

Sizes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
Requests: the page `read-write-operations.html` beside it. Indexes: `GSI.html` there. Amazon's own
DynamoDB Local agrees about our requests: tests/races/test_units.py.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
Table = Mapping[str, Any]
"""The properties of a table in the template."""

WRITE_BYTES, READ_BYTES = 1024, 4096
TRANSACTION = 2
CONTAINER_BYTES, ELEMENT_BYTES = 3, 1


def size(item: Item) -> int:
    """Return the bytes of an item: its names and its values."""
    return sum(len(name.encode()) + _bytes(value) for name, value in item.items())


def written(
    table: Table, before: Item | None, after: Item | None, *, transaction: bool = False
) -> dict[str, int]:
    """Return the write units of a row's change: of the table as ``, and of each index it touches.

    A write that changes nothing, such as a condition check, counts as well.
    """
    whole = max(size(before or {}), size(after or {}))
    units = {"": _rounded(whole, WRITE_BYTES) * (TRANSACTION if transaction else 1)}
    for index in table.get("GlobalSecondaryIndexes", []):
        touched = _touched(index, _entry(table, index, before), _entry(table, index, after))
        if touched:
            units[index["IndexName"]] = touched * (TRANSACTION if transaction else 1)
    return units


def read(sizes: Iterable[int], *, consistent: bool) -> float:
    """Return the read units of items that are read by their keys; a missing one counts as well."""
    return sum(_rounded(each, READ_BYTES) for each in sizes) * (1 if consistent else 0.5)


def queried(items: Sequence[Item], *, consistent: bool) -> float:
    """Return the read units of a query, whose items are rounded together."""
    return read([sum(map(size, items))], consistent=consistent)


def _touched(index: Mapping[str, Any], before: Item | None, after: Item | None) -> int:
    if before == after:
        return 0
    keys = [key["AttributeName"] for key in index["KeySchema"]]
    if before and after and all(before[key] == after[key] for key in keys):
        return _rounded(max(size(before), size(after)), WRITE_BYTES)
    return sum(_rounded(size(entry), WRITE_BYTES) for entry in (before, after) if entry)


def _entry(table: Table, index: Mapping[str, Any], item: Item | None) -> Item | None:
    """Return what an index holds of an item; None if it lacks a key of the index."""
    keys = [key["AttributeName"] for key in index["KeySchema"]]
    if not item or not all(key in item for key in keys):
        return None
    if index["Projection"]["ProjectionType"] == "ALL":
        return item
    own = [key["AttributeName"] for key in table["KeySchema"]]
    kept = {*keys, *own, *index["Projection"].get("NonKeyAttributes", [])}
    return {name: value for name, value in item.items() if name in kept}


def _rounded(size_in_bytes: int, unit: int) -> int:
    return max(1, -(-size_in_bytes // unit))


def _bytes(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return _digits(content)
        case "B":
            return len(content) * 3 // 4 if isinstance(content, str) else len(content)
        case "SS":
            return sum(len(each.encode()) for each in content)
        case "L":
            return CONTAINER_BYTES + sum(ELEMENT_BYTES + _bytes(each) for each in content)
        case "M":
            return CONTAINER_BYTES + len(content) * ELEMENT_BYTES + size(content)
        case "BOOL" | "NULL":
            return 1
    raise ValueError(f"no row of ours has values of the type {kind}")


def _digits(number: str) -> int:
    """Return about how many bytes a number takes: one for two significant digits, and one more."""
    digits = re.sub(r"[^0-9]", "", number).strip("0")
    return -(-len(digits) // 2) + 1 + number.startswith("-")
