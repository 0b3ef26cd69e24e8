"""Exact numbers: what goes in as Decimal comes out digit for digit, without trailing zeros."""

from decimal import Decimal

import pytest

from local.sumup.exact_json import decode, decode_object, encode

NUMBERS = {
    "12.00": "12",
    "10.10": "10.1",
    "0.01": "0.01",
    "100": "100",
    "1E+2": "100",
    "44.999999999999999999999999": "44.999999999999999999999999",
    "-0.50": "-0.5",
    "NaN": "NaN",
    "-Infinity": "-Infinity",
}


@pytest.mark.parametrize(("value", "printed"), NUMBERS.items())
def test_a_decimal_is_printed_exactly(value: str, printed: str) -> None:
    assert encode(Decimal(value)) == printed
    again = decode(printed)
    assert not isinstance(again, float)
    assert str(again) == str(decode(encode(again)))


def test_everything_else_is_plain_json() -> None:
    value = {"a": [1, True, None, "ü\n"], "b": {"c": Decimal("1.50")}}

    assert encode(value) == '{"a":[1,true,null,"ü\\n"],"b":{"c":1.5}}'
    assert decode(encode(value)) == value


@pytest.mark.parametrize("text", ["[]", "1", "null", "{", "\x00"])
def test_anything_but_an_object_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        decode_object(text)


def test_an_empty_text_is_an_empty_object() -> None:
    assert decode_object(b" \n") == {}
