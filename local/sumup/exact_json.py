"""JSON whose numbers stay exact: Decimal in, Decimal out, no float in between.

The standard encoder can only write a Decimal through a float, which would turn
44.999999999999999 into 45.0 on its way out, exactly where a test wants to see the difference.
"""

import json
from decimal import Decimal
from typing import TypeAlias

JsonObject: TypeAlias = dict[str, object]


def encode(value: object) -> str:
    """`value` as JSON text. Decimals lose trailing zeros (12.00 is `12`, 10.10 is `10.1`)."""
    if isinstance(value, Decimal):
        return number(value)
    if isinstance(value, dict):
        pairs = (f"{json.dumps(str(key))}:{encode(item)}" for key, item in value.items())
        return "{" + ",".join(pairs) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(encode(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def number(value: Decimal) -> str:
    """`value` as SumUp prints an amount. NaN and infinity come out as Python's json reads them."""
    if value.is_nan():
        return "NaN"
    if value.is_infinite():
        return "Infinity" if value > 0 else "-Infinity"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def decode(text: str | bytes) -> object:
    """The value that JSON `text` stands for, fractions as Decimal. ValueError if it is not JSON."""
    return json.loads(text, parse_float=Decimal, parse_constant=Decimal)


def decode_object(text: str | bytes) -> JsonObject:
    """A JSON object; empty text is an empty object. ValueError for anything else."""
    value = decode(text) if text.strip() else {}
    if not isinstance(value, dict):
        raise ValueError("a JSON object is expected")  # noqa: TRY004 - the text's fault, not a type's
    return value
