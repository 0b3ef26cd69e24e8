"""Typed attributes: what one attribute of a row means, and how DynamoDB stores it.

Each raises `ValueError`, which names the attribute, for a stored value that it cannot read. What an
attribute calls `absent` is the value that a row has if it leaves the attribute out.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Generic, TypeVar

from pynamodb.attributes import (
    Attribute,
    BooleanAttribute,
    UnicodeAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.constants import NUMBER, STRING

E = TypeVar("E", bound=StrEnum)


class TextAttribute(UnicodeAttribute):
    """A text that the row leaves out while it is empty."""

    absent = ""

    def __init__(self) -> None:
        super().__init__(null=True)


class FlagAttribute(BooleanAttribute):
    """A flag that the row leaves out while it has the value `absent`, usually False."""

    def __init__(self, *, absent: bool = False) -> None:
        super().__init__(null=True)
        self.absent = absent


class EnumAttribute(Attribute[E], Generic[E]):
    """A member of an enum, stored as its value. An empty text counts as absent."""

    attr_type = STRING

    def __init__(self, kind: type[E], *, null: bool = False, absent: E | None = None) -> None:
        super().__init__(null=null)
        self._kind, self.absent = kind, absent

    def serialize(self, value: E) -> str:
        """Return the member's value."""
        return str(value)

    def deserialize(self, value: str) -> E | None:
        """Return the member, or None for an empty text; raises `ValueError` for any other value."""
        return self._kind(value) if value else None


class WholeNumberAttribute(Attribute[int]):
    """A whole number; pynamodb's own attribute would read 2.5 as well."""

    attr_type = NUMBER

    def __init__(
        self, *, range_key: bool = False, null: bool = False, absent: int | None = None,
        default: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(range_key=range_key, null=null, default=default)
        self.absent = absent

    def serialize(self, value: int) -> str:
        """Return the digits."""
        return str(value)

    def deserialize(self, value: str) -> int:
        """Return the number."""
        number = Decimal(value)
        if not number.is_finite() or number != number.to_integral_value():
            raise ValueError(f"{self.attr_name} is {value}, not a whole number")
        return int(number)


class DecimalAttribute(Attribute[Decimal]):
    """An exact number of major units, such as 45.00; pynamodb's own goes through float."""

    attr_type = NUMBER

    def serialize(self, value: Decimal) -> str:
        """Return the digits as they are."""
        return str(value)

    def deserialize(self, value: str) -> Decimal:
        """Return the digits as they are."""
        number = Decimal(value)
        if not number.is_finite():
            raise ValueError(f"{self.attr_name} is {value}, not a finite number")
        return number


class MomentAttribute(UTCDateTimeAttribute):
    """A time, written in UTC. A person may have typed any ISO 8601 spelling with a zone."""

    def deserialize(self, value: str) -> datetime:
        """Return the time in UTC."""
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            raise ValueError(f"{self.attr_name} is {value[:40]!r}, not a time with its zone")
        return moment.astimezone(UTC)


ANY_MOMENT = MomentAttribute(attr_name="a time")
"""Reads a time of a row that is not read as a whole."""


def moment_in(text: str) -> datetime | None:
    """Return the time in a row's text; None for a misspelt one."""
    try:
        return ANY_MOMENT.deserialize(text)
    except ValueError:
        return None


class DayAttribute(Attribute[date]):
    """A day. An unreadable one counts as absent: no payment depends on it."""

    attr_type = STRING

    def serialize(self, value: date) -> str:
        """Return the day in ISO 8601."""
        return value.isoformat()

    def deserialize(self, value: str) -> date | None:
        """Return the day, or None if it is unreadable."""
        try:
            return date.fromisoformat(value)
        except ValueError:
            return None
