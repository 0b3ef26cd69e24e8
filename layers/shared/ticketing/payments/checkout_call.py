"""Calls from the shop's function to the one that asks SumUp for it, and the answers, as JSON. Pure.

A call names an order and at most one of its checkouts: everything else that SumUp is sent comes
from our own rows, but for two bounded details. Amounts keep their digits and errors their type.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ticketing.errors import PaymentProviderError, UnknownOrganiser, UnreadableAnswer
from ticketing.payments.checkout_result import Deactivation
from ticketing.payments.payment import Checkout


class Ask(StrEnum):
    """What to do with the checkouts of an order."""

    CREATE = "create"
    FIND = "find"
    FETCH = "fetch"
    DEACTIVATE = "deactivate"


@dataclass(frozen=True)
class CheckoutCall:
    """One call. `pay_until` is for `create`, and can only bring the order's deadline forward.

    `redirect_url` is for `create`, too, and can only be the order's own page with a longer query.
    `checkout_id` is for `fetch` and `deactivate`.
    """

    ask: Ask
    order_number: str
    checkout_id: str | None = None
    pay_until: datetime | None = None
    redirect_url: str | None = None
    correlation_id: str | None = None

    @property
    def as_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = _CALL.dump_python(self, mode="json")
        return plain

    @classmethod
    def read(cls, event: Mapping[str, Any]) -> "CheckoutCall":
        """Read a call; raises pydantic's `ValidationError` if it is not one of ours."""
        return _CALL.validate_python(event)


@dataclass(frozen=True)
class Failure:
    """An error as data: the name of its class, and its attributes."""

    kind: str
    values: dict[str, Any]

    @classmethod
    def of(cls, error: PaymentProviderError | UnknownOrganiser) -> "Failure":
        return cls(type(error).__name__, error.attributes)

    @property
    def error(self) -> PaymentProviderError | UnknownOrganiser:
        kind = _KINDS.get(self.kind)
        return kind(**self.values) if kind else PaymentProviderError(f"an error of {self.kind}")


@dataclass(frozen=True)
class CheckoutAnswer:
    """The checkouts that were created, found or fetched, or why there are none."""

    checkouts: tuple[Checkout, ...] = ()
    deactivation: Deactivation | None = None
    sandbox: bool = False
    failure: Failure | None = None

    @property
    def as_json(self) -> dict[str, Any]:
        plain: dict[str, Any] = _ANSWER.dump_python(self, mode="json")
        return plain

    @classmethod
    def read(cls, document: object) -> "CheckoutAnswer":
        """Read an answer; if it cannot be read, return one that fails with `UnreadableAnswer`."""
        try:
            return _ANSWER.validate_python(document)
        except ValidationError:
            unreadable = UnreadableAnswer("the function that asks SumUp answered something else")
            return cls(failure=Failure.of(unreadable))


def _family(kind: type[PaymentProviderError]) -> Iterator[type[PaymentProviderError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _family(below)


_CALL = TypeAdapter(CheckoutCall)
_ANSWER = TypeAdapter(CheckoutAnswer)
_KINDS: Mapping[str, type[PaymentProviderError | UnknownOrganiser]] = {
    kind.__name__: kind for kind in (*_family(PaymentProviderError), UnknownOrganiser)
}
