"""What SumUp accepts in a request body, and the refusal for what it does not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from local.sumup import refusals
from local.sumup.cards import is_card_number
from local.sumup.exact_json import JsonObject, decode_object
from local.sumup.merchants import CURRENCIES, fits_currency

LONGEST_REFERENCE = 64
"""The current documentation says 64, the OpenAPI file 90. The smaller one keeps callers safe."""

_MOST_MEMBERSHIPS = 25
_PURPOSES = frozenset({"CHECKOUT", "SETUP_RECURRING_PAYMENT"})
_REDIRECTED = frozenset({"boleto", "ideal", "blik", "bancontact"})
_WALLETS = frozenset({"google_pay", "apple_pay"})
_CARD_FIELDS = ("name", "number", "expiry_year", "expiry_month", "cvv")


@dataclass(frozen=True)
class CheckoutRequest:
    """A valid request for a new checkout. `amount` in major units."""

    reference: str
    amount: Decimal
    currency: str
    merchant_code: str
    description: str | None
    return_url: str | None
    redirect_url: str | None
    valid_until: datetime | None
    customer_id: str | None
    purpose: str
    hosted: bool


@dataclass(frozen=True)
class ProcessRequest:
    """A valid request to pay. `card_number` is None unless it is paid by card."""

    payment_type: str
    card_number: str | None

    @property
    def redirects(self) -> bool:
        """Whether the buyer has to go to another site to pay."""
        return self.payment_type in _REDIRECTED


def parse_create(body: bytes, currency: str) -> CheckoutRequest:
    """The request in `body`, for a merchant who is paid in `currency`. Raises Refusal 400."""
    fields = _Fields(_json_object(body))
    wanted = fields.currency("currency", merchant_currency=currency)
    return CheckoutRequest(
        reference=fields.required_text("checkout_reference", LONGEST_REFERENCE),
        amount=fields.amount("amount", wanted),
        currency=wanted,
        merchant_code=fields.required_text("merchant_code", 255),
        description=fields.text("description"),
        return_url=fields.address("return_url"),
        redirect_url=fields.text("redirect_url"),
        valid_until=fields.moment("valid_until"),
        customer_id=fields.text("customer_id"),
        purpose=fields.choice("purpose", _PURPOSES, "CHECKOUT"),
        hosted=fields.hosted("hosted_checkout"),
    )


def parse_update(body: bytes, currency: str) -> dict[str, Any]:
    """The changes in `body`, by the name of the checkout attribute they are for."""
    fields = _Fields(_json_object(body))
    readers: dict[str, tuple[str, Callable[[str], object]]] = {
        "checkout_reference": ("reference", lambda n: fields.required_text(n, LONGEST_REFERENCE)),
        "amount": ("amount", lambda n: fields.amount(n, currency)),
        "currency": ("currency", lambda n: fields.currency(n, merchant_currency=currency)),
        "description": ("description", fields.text),
        "valid_until": ("valid_until", fields.moment),
        "customer_id": ("customer_id", fields.text),
    }
    return {to: read(name) for name, (to, read) in readers.items() if name in fields.values}


def parse_process(body: bytes) -> ProcessRequest:
    """The payment in `body`. Raises Refusal 400, with one entry per bad card field."""
    fields = _Fields(_json_object(body))
    kinds = frozenset({"card"}) | _REDIRECTED | _WALLETS
    kind = fields.choice("payment_type", kinds, None)
    number = _card_number(fields.values.get("card")) if kind == "card" else None
    return ProcessRequest(kind, number)


def parse_refund(body: bytes) -> Decimal | None:
    """The amount to refund in major units; None means all of it. Raises Refusal 400."""
    value = _json_object(body).get("amount") if body.strip() else None
    if value is None:
        return None
    amount = as_decimal(value)
    if amount is None or not amount.is_finite() or amount <= 0:
        detail = "amount must be greater than zero"
        raise refusals.problem(400, "bad-request", "Bad Request", detail)
    return amount


def parse_window(query: Mapping[str, str]) -> tuple[int, int]:
    """Offset and limit of a list of memberships. Raises Refusal 400."""
    texts = {"offset": query.get("offset", "0"), "limit": query.get("limit", "10")}
    if all(text.isascii() and text.isdigit() for text in texts.values()):
        offset, limit = int(texts["offset"]), int(texts["limit"])
        if 1 <= limit <= _MOST_MEMBERSHIPS:
            return offset, limit
    detail = "Request validation failed."
    raise refusals.problem(400, "bad-request", "Bad Request", detail)


def as_decimal(value: object) -> Decimal | None:
    """A JSON number as Decimal; None for anything that is not one."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    return Decimal(value)


def as_moment(text: str) -> datetime:
    """An ISO 8601 date and time, in UTC where it names no zone. ValueError otherwise."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _card_number(card: object) -> str:
    if not isinstance(card, dict):
        raise refusals.missing("card")
    values = {name: card.get(name) for name in _CARD_FIELDS}
    bad = [name for name, value in values.items() if not isinstance(value, str) or not value]
    number = str(values["number"])
    if "number" not in bad and not is_card_number(number):
        bad.append("number")
    if bad:
        raise refusals.invalid(*(f"card.{name}" for name in bad))
    return number


def _json_object(body: bytes) -> JsonObject:
    try:
        return decode_object(body)
    except ValueError as problem:
        raise refusals.error(400, "INVALID", "Invalid JSON body") from problem


class _Fields:
    """Readers of one JSON object; each raises a Refusal that names the field."""

    def __init__(self, values: JsonObject) -> None:
        self.values = values

    def text(self, name: str) -> str | None:
        value = self.values.get(name)
        if value is not None and not isinstance(value, str):
            raise refusals.invalid(name)
        return value

    def required_text(self, name: str, longest: int) -> str:
        value = self.text(name)
        if value is None or not value:
            raise refusals.missing(name)
        if len(value) > longest:
            raise refusals.invalid(name)
        return value

    def amount(self, name: str, currency: str) -> Decimal:
        if self.values.get(name) is None:
            raise refusals.missing(name)
        amount = as_decimal(self.values[name])
        if amount is None or not fits_currency(amount, currency):
            raise refusals.invalid(name)
        return amount

    def currency(self, name: str, *, merchant_currency: str) -> str:
        value = self.required_text(name, 3)
        if value not in CURRENCIES or value != merchant_currency:
            raise refusals.invalid(name)
        return value

    def address(self, name: str) -> str | None:
        value = self.text(name)
        if value is not None and not _is_web_address(value):
            raise refusals.invalid(name)
        return value

    def moment(self, name: str) -> datetime | None:
        value = self.text(name)
        try:
            return as_moment(value) if value is not None else None
        except ValueError as problem:
            raise refusals.invalid(name) from problem

    def choice(self, name: str, known: frozenset[str], default: str | None) -> str:
        value = self.text(name) or default
        if value is None:
            raise refusals.missing(name)
        if value not in known:
            raise refusals.invalid(name)
        return value

    def hosted(self, name: str) -> bool:
        value = self.values.get(name)
        if value is None:
            return False
        if not isinstance(value, dict) or not isinstance(value.get("enabled"), bool):
            raise refusals.invalid(f"{name}.enabled")
        return bool(value["enabled"])


def _is_web_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)
