"""Bodies of the control routes: each names its fields, and what is misspelt is refused by its name.

A field that is null is as one that is left out.
"""

import re
from collections.abc import Collection
from decimal import Decimal

from starlette.requests import Request

from local.sumup import refusals
from local.sumup.exact_json import JsonObject, decode_object
from local.sumup.faults import PARAMETERS, Fault, FaultKind
from local.sumup.merchants import CURRENCIES, SCOPES, Merchant, Rotation
from local.sumup.validation import as_decimal


class ControlBody:
    """The fields of one body. Each reader raises Refusal 422 for a value that is none of its kind.

    `inside` is the field of another body that this one stands in.
    """

    def __init__(self, values: JsonObject, *fields: str, inside: str = "") -> None:
        self._values, self._inside = values, inside
        for name in values:
            if name not in fields:
                known = ", ".join(fields) or "none"
                raise self.refusal(name, f"is no field of this body; its fields: {known}")

    def refusal(self, name: str, problem: str) -> refusals.Refusal:
        """The refusal that names a field."""
        param = f"{self._inside}.{name}" if self._inside else name
        return refusals.error(422, "INVALID", f"{param} {problem}", param=param)

    def value(self, name: str) -> object:
        """Whatever a field has."""
        return self._values.get(name)

    def text(self, name: str) -> str | None:
        value = self.value(name)
        if value is not None and (not isinstance(value, str) or not value.strip()):
            raise self.refusal(name, "has to be a text")
        return value

    def required_text(self, name: str) -> str:
        value = self.text(name)
        if value is None:
            raise self.refusal(name, "is missing")
        return value

    def flag(self, name: str, default: bool | None = None) -> bool:  # noqa: FBT001 - a value, not a switch
        value = default if self.value(name) is None else self.value(name)
        if not isinstance(value, bool):
            raise self.refusal(name, "has to be true or false")
        return value

    def whole(self, name: str, default: int | None, least: int) -> int | None:
        """A whole number; one that is null, rather than left out, is None."""
        value = self._values.get(name, default)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < least:
            raise self.refusal(name, f"has to be a whole number of at least {least}")
        return value

    def number(self, name: str) -> Decimal | None:
        value = self.value(name)
        number = as_decimal(value)
        if value is not None and (number is None or not number.is_finite()):
            raise self.refusal(name, "has to be a number")
        return number

    def required_number(self, name: str) -> Decimal:
        number = self.number(name)
        if number is None:
            raise self.refusal(name, "is missing")
        return number

    def amount(self, name: str) -> Decimal | None:
        """An amount of money in major units."""
        number = self.number(name)
        if number is not None and number <= 0:
            raise self.refusal(name, "has to be above zero")
        return number

    def choice(self, name: str, known: Collection[str], default: str | None = None) -> str:
        value = self.text(name) or default
        if value is None:
            raise self.refusal(name, "is missing")
        if value not in known:
            raise self.refusal(name, f"has to be one of {', '.join(sorted(known))}")
        return value

    def texts(self, name: str, known: Collection[str] | None = None) -> frozenset[str] | None:
        """A list of texts."""
        value = self.value(name)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise self.refusal(name, "has to be a list of texts")
        if known is not None and not known >= set(value):  # type: ignore[operator]  # a set
            raise self.refusal(name, f"has to be some of {', '.join(sorted(known))}")
        return frozenset(value)

    def object(self, name: str) -> JsonObject:
        value = self.value(name)
        if value is None:
            return {}
        if not isinstance(value, dict):
            raise self.refusal(name, "has to be an object")
        return value


async def read_body(request: Request, *fields: str) -> ControlBody:
    """The request's JSON object; an empty body is an empty object. Raises Refusal 400 or 422."""
    try:
        values = decode_object(await request.body())
    except ValueError as problem:
        raise refusals.error(400, "INVALID", str(problem)) from problem
    return ControlBody(values, *fields)


MERCHANT = ("merchant_code", "name", "currency", "country", "sandbox", "rotation", "scopes")
FAULT = ("kind", "method", "path", "checkout_id", "times", "parameters")


def merchant_from(body: ControlBody, usual: Merchant) -> Merchant:
    """The merchant that a body describes; what it leaves out is as in `usual`."""
    return Merchant(
        code=body.text("merchant_code") or usual.code,
        name=body.text("name") or usual.name,
        currency=body.choice("currency", CURRENCIES, usual.currency),
        country=body.text("country") or usual.country,
        created=usual.created,
        sandbox=body.flag("sandbox", usual.sandbox),
        rotation=Rotation(body.choice("rotation", set(Rotation), usual.rotation)),
        scopes=scopes_from(body) or usual.scopes,
    )


def scopes_from(body: ControlBody) -> frozenset[str] | None:
    return body.texts("scopes", SCOPES)


def fault_from(body: ControlBody) -> Fault:
    """The fault that a body describes, with the parameters of its kind."""
    kind = FaultKind(body.choice("kind", set(FaultKind)))
    return Fault(
        kind=kind,
        method=body.text("method"),
        path=_expression(body),
        checkout_id=body.text("checkout_id"),
        times=body.whole("times", 1, least=1),
        parameters=_parameters(body.object("parameters"), kind),
    )


def _expression(body: ControlBody) -> str:
    path = body.value("path") or ""
    try:
        re.compile(str(path))
    except re.error as problem:
        raise body.refusal("path", f"is no regular expression: {problem}") from problem
    return str(path)


def _parameters(values: JsonObject, kind: FaultKind) -> JsonObject:
    inside = ControlBody(values, *PARAMETERS.get(kind, ()), inside="parameters")
    for name in ("status", "bytes"):
        inside.whole(name, None, least=0)
    inside.number("seconds")
    if "where" in values:
        inside.choice("where", {"checkout", "transactions", "both"})
    return values
