"""Capacity units by DynamoDB's rules; `make races` compares the writes with DynamoDB Local."""

import pytest

from benchmarks import units

TABLE = {
    "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    "GlobalSecondaryIndexes": [
        {
            "IndexName": "work",
            "KeySchema": [{"AttributeName": "due", "KeyType": "HASH"}],
            "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["status"]},
        }
    ],
}
ROW = {"id": {"S": "1"}, "due": {"S": "noon"}, "status": {"S": "open"}}
DONE = {"id": {"S": "1"}, "status": {"S": "done"}}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (None, ROW, {"": 1, "work": 1}),
        (ROW, ROW, {"": 1}),
        (ROW, ROW | {"note": {"S": "x"}}, {"": 1}),
        (ROW, ROW | {"status": {"S": "done"}}, {"": 1, "work": 1}),
        (ROW, ROW | {"due": {"S": "night"}}, {"": 1, "work": 2}),
        (ROW, DONE, {"": 1, "work": 1}),
        (ROW, ROW | {"note": {"S": "x" * 1024}}, {"": 2}),
        (ROW | {"note": {"S": "x" * 2048}}, DONE, {"": 3, "work": 1}),
    ],
)
def test_a_change_is_billed_for_the_row_and_each_index_it_touches(
    before: units.Item | None, after: units.Item | None, expected: dict[str, int]
) -> None:
    doubled = {name: 2 * number for name, number in expected.items()}

    assert units.written(TABLE, before, after) == expected
    assert units.written(TABLE, before, after, transaction=True) == doubled


@pytest.mark.parametrize(
    ("sizes", "consistent", "expected"),
    [([0], True, 1), ([0], False, 0.5), ([4096], True, 1), ([4097, 1], True, 3)],
)
def test_reads_are_rounded_row_by_row(
    sizes: list[int], *, consistent: bool, expected: float
) -> None:
    assert units.read(sizes, consistent=consistent) == expected


def test_a_query_is_rounded_as_a_whole() -> None:
    assert units.queried([ROW] * 50, consistent=True) == 1
    assert units.queried([], consistent=False) == 0.5


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "é"}, 2),
        ({"N": "100"}, 2),
        ({"N": "-1234"}, 4),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"L": [{"S": "ab"}]}, 3 + 1 + 2),
        ({"M": {"a": {"S": "b"}}}, 3 + 1 + 2),
        ({"SS": ["a", "bc"]}, 3),
    ],
)
def test_a_value_takes_so_many_bytes(value: dict[str, object], size: int) -> None:
    assert units.size({"x": value}) == 1 + size
