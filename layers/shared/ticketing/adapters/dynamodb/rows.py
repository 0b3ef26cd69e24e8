"""Copy between rows and objects: an attribute and a field with the same name hold the same."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, TypeVar

from pynamodb.attributes import Attribute, AttributeContainer
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from pynamodb.pagination import ResultIterator

from ticketing.observability import logger

R = TypeVar("R", bound=AttributeContainer)
T = TypeVar("T")
PAGE = 500
UNREADABLE = (ArithmeticError, TypeError, ValueError)
"""What reading a malformed row raises; pynamodb's own errors are among them."""


def read_as(kind: type[T], row: AttributeContainer, **given: Any) -> T:  # noqa: ANN401  # of any field
    """Make an object from a row: `given` fields as they are, all others from their attributes.

    Raises `ValueError` if the row lacks an attribute that it must have.
    """
    names = {f.name for f in fields(kind) if f.init}  # type: ignore[arg-type]  # a dataclass
    copied = names & row.get_attributes().keys() - given.keys()
    lacking = copied.intersection(missing(row))
    if lacking:
        raise ValueError(f"it lacks {', '.join(sorted(lacking))}")
    return kind(**{name: _value(row, name) for name in copied}, **given)


def write_as(model: type[R], thing: object, **given: Any) -> R:  # noqa: ANN401  # of any attribute
    """Make a row from an object: `given` attributes as they are, all others from its fields."""
    return model(**attributes_of(model, thing) | given)


def attributes_of(model: type[AttributeContainer], thing: object) -> dict[str, Any]:
    """Return the values of those fields and properties that have an attribute in the row."""
    attributes = model.get_attributes().items()
    same = ((name, a, getattr(thing, name)) for name, a in attributes if hasattr(thing, name))
    return {name: None if value == _absent(a) else value for name, a, value in same}


def missing(row: AttributeContainer) -> list[str]:
    """Return the attributes that a row must have but lacks."""
    attributes = row.get_attributes().items()
    return sorted(name for name, a in attributes if not a.null and getattr(row, name) is None)


def require_complete(row: AttributeContainer, called: str) -> None:
    """Raise `ValueError` with the attributes that a row lacks, which the error calls `called`."""
    lacking = missing(row)
    if lacking:
        raise ValueError(f"{called} lacks {', '.join(lacking)}")


@dataclass(frozen=True)
class UnreadableRow:
    """Stands for a row that cannot be read, with the reason."""

    problem: str


def read_each(rows: Iterator[T]) -> Iterator[T | UnreadableRow]:
    """Yield each row, or what is wrong with it if it cannot be read."""
    while True:
        try:
            yield next(rows)
        except StopIteration:
            return
        except UNREADABLE as problem:
            yield UnreadableRow(str(problem))


def readable(rows: Iterator[T]) -> Iterator[T]:
    """Yield the rows that can be read, and log the others: one must not hide the rest."""
    for row in read_each(rows):
        if isinstance(row, UnreadableRow):
            logger.error("a row cannot be read and is left out", problem=row.problem)
        else:
            yield row


def as_stored(
    model: type[Model],
    key: str,
    most: int | None = None,
    **asked: Any,  # noqa: ANN401 - pynamodb's
) -> Iterator[dict[str, Any]]:
    """Yield the rows under a key, `most` of them, as DynamoDB returns them, page by page."""
    query = model._get_connection().query  # noqa: SLF001 - it has no public name
    return ResultIterator(query, (key,), asked, limit=most)


def all_as_stored(model: type[Model], **asked: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - pynamodb's
    """Yield the rows of a table as DynamoDB returns them, page by page and read consistently."""
    scan = model._get_connection().scan  # noqa: SLF001 - it has no public name
    return ResultIterator(scan, (), {"limit": PAGE, "consistent_read": True, **asked})


def filed(
    model: type[Model],
    index: str,
    key: str,
    condition: Condition | None,
    names: list[str],
    limit: int,
    *,
    newest_first: bool = False,
) -> Iterator[dict[str, str]]:
    """Yield texts from the rows that an index has under a key, as they are stored.

    They are not parsed, because a person may have misspelt the very value that the index sorts by.
    Texts that a row lacks are left out.
    """
    rows: Iterator[dict[str, dict[str, str]]] = as_stored(
        model,
        key,
        limit,
        range_key_condition=condition,
        index_name=index,
        limit=min(limit, PAGE),
        attributes_to_get=names,
        scan_index_forward=not newest_first,
    )
    return ({name: row[name]["S"] for name in names if name in row} for row in rows)


def set_or_remove(attribute: Attribute[Any], value: object) -> Action:
    """Return the update that sets an attribute to this value, or removes it for None."""
    return attribute.remove() if value is None else attribute.set(value)


def equals(attribute: Attribute[Any], value: object) -> Condition:
    """Return the condition that an attribute has this value, or is absent for None.

    A row that does not exist lacks every attribute: require something that it must have as well.
    """
    return attribute.does_not_exist() if value is None else attribute == value


def _value(row: AttributeContainer, name: str) -> Any:  # noqa: ANN401  # of any type
    value = getattr(row, name)
    return _absent(row.get_attributes()[name]) if value is None else value


def _absent(attribute: Attribute[Any]) -> Any:  # noqa: ANN401  # of any type
    """Return the value that a row has if it leaves the attribute out."""
    return getattr(attribute, "absent", None)
