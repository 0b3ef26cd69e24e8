"""Errors keep their attributes, and the documented hierarchy matches the code."""

import copy
import inspect
import pickle
import re
from collections.abc import Iterator

import pytest

from ticketing import errors
from ticketing.errors import (
    EventNotFound,
    ImportRefused,
    InvalidQr,
    NotConnected,
    OrderNotFound,
    PaymentProviderUnavailable,
    Refusal,
    TicketingError,
    TicketsVoid,
    WrongEvent,
)

EXAMPLES: dict[str, tuple[TicketingError, str]] = {
    "bare": (TicketingError("the file cannot be read"), "the file cannot be read"),
    "named": (OrderNotFound(order_number="ORD-ABC123"), "there is no order ORD-ABC123"),
    "defaults": (EventNotFound("5"), "event 5 cannot be read: there is no such row"),
    "braces": (EventNotFound("{5}", "{x}"), "event {5} cannot be read: {x}"),
    "inherited": (
        TicketsVoid("ORD-ABC123"),
        "the tickets of this order are void",
    ),
    "several": (ImportRefused(["a is missing", "b is not"]),
                "nothing was imported: a is missing; b is not"),
    "own constructor": (WrongEvent("5"), "this is not a valid ticket: it is for event 5"),
    "refusal": (NotConnected(Refusal.DENIED), "SumUp was not connected: the organiser declined"),
    "refusal with a difference": (
        NotConnected(Refusal.ANOTHER_MERCHANT, expected="MC1", found="MC2"),
        "SumUp was not connected: it is another merchant account (expected MC1, found MC2)",
    ),
    "attributes of its own and of its parents": (
        PaymentProviderUnavailable("429", status=429, retry_after=7.0), "429",
    ),
}  # fmt: skip


def drawn() -> Iterator[tuple[str, str]]:
    """Yield each error of the tree with the one it is drawn under."""
    above: list[tuple[int, str]] = []
    _, _, tree = (errors.__doc__ or "").partition("\n\n")
    for indent, names in re.findall(r"^( *)([A-Z].*)$", tree, re.MULTILINE):
        while above and above[-1][0] >= len(indent):
            above.pop()
        for name in names.split(", "):
            yield name, above[-1][1] if above else "Exception"
        above.append((len(indent), names.rpartition(", ")[2]))


def test_the_documented_error_hierarchy_is_complete() -> None:
    defined = {
        name: next(base.__name__ for base in kind.__mro__[1:] if not base.__name__.startswith("_"))
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, TicketingError) and not name.startswith("_")
    }

    tree = list(drawn())
    assert len(tree) == len(dict(tree))
    assert dict(tree) == defined


@pytest.mark.parametrize(("error", "text"), EXAMPLES.values(), ids=EXAMPLES)
def test_the_message_is_built_from_the_attributes(error: TicketingError, text: str) -> None:
    assert str(error) == text


@pytest.mark.parametrize("error", [error for error, _ in EXAMPLES.values()], ids=EXAMPLES)
def test_an_error_can_be_copied_and_pickled(error: TicketingError) -> None:
    error.add_note("seen twice")

    for twin in (copy.copy(error), pickle.loads(pickle.dumps(error))):  # noqa: S301 - our own
        assert type(twin) is type(error)
        assert (str(twin), vars(twin)) == (str(error), vars(error))


def test_an_error_has_the_attributes_declared_by_its_bases() -> None:
    error = PaymentProviderUnavailable("429", status=429, retry_after=7.0)
    wrong = WrongEvent("5")

    assert (error.problem, error.status, error.error_code, error.retry_after) == (
        "429", 429, None, 7.0,
    )  # fmt: skip
    assert isinstance(wrong, InvalidQr)
    assert (wrong.event_id, wrong.reason) == ("5", "it is for event 5")


def test_an_error_with_missing_or_extra_arguments_is_refused() -> None:
    with pytest.raises(AttributeError):
        OrderNotFound()  # type: ignore[call-arg]  # on purpose
    with pytest.raises(ValueError, match="zip"):
        OrderNotFound("ORD-ABC123", "more")  # type: ignore[call-arg]  # on purpose
