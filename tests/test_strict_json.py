"""JSON that says each thing once, and texts that hold an object."""

import json

import pytest

from ticketing.strict_json import SaidTwice, object_in, unique_fields


def test_fields_that_are_said_once_are_returned() -> None:
    text = '{"a": {"b": 1}, "b": [{"a": 2}]}'

    assert json.loads(text, object_pairs_hook=unique_fields) == {"a": {"b": 1}, "b": [{"a": 2}]}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ('{"a": 1, "a": 1}', ("a",)),
        ('{"x": [{"b": 1, "c": 2, "b": 3, "c": 4}]}', ("b", "c")),
        ('{"a": 1, "\\u0061": 2}', ("a",)),
    ],
)
def test_a_field_that_is_said_twice_is_refused_at_any_depth(
    text: str, names: tuple[str, ...]
) -> None:
    with pytest.raises(SaidTwice) as caught:
        json.loads(text, object_pairs_hook=unique_fields)

    assert caught.value.names == names


@pytest.mark.parametrize("text", ["", "secret", '"secret"', "[1]", "null", "[" * 100_000])
def test_a_text_without_an_object_is_none_and_no_error_has_it(text: str) -> None:
    assert object_in(text) is None


def test_an_object_in_a_text_is_returned() -> None:
    assert object_in(' {"key_id": "A"}') == {"key_id": "A"}
