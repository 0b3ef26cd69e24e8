"""SumUp's answers as types: bytes of JSON in; a Checkout, a Transaction, a history ... Pure.

What is not the document it should be is `UnreadableAnswer`, which names the field and never shows
a value: answers of the token endpoint pass through here too. Unknown fields and unknown statuses
are let through, for SumUp adds both without notice. A number is a Decimal from the first moment.

Source of the fields: SumUp's OpenAPI document, where every one of them is optional.
"""

import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final
from urllib.parse import parse_qsl

from ticketing.errors import UnreadableAnswer
from ticketing.payments.payment import (
    SUCCESSFUL,
    UNKNOWN,
    Checkout,
    Merchant,
    MoneyBack,
    Returned,
    TokenGrant,
    Transaction,
)
from ticketing.reconciliation.statement import Entry, HistoryPage, Payout

MAX_BODY: Final = 256 * 1024
"""Bytes, unpacked. A checkout is about one kilobyte."""

MAX_LIST: Final = 4 * 1024 * 1024
"""Bytes, unpacked, of the list of payouts, which has no pages: 9,999 of some 250 bytes each."""

MAX_TEXT: Final = 8192
"""Characters in one field: the longest is an access token."""

MAX_DIGITS: Final = 40
"""Characters of one number, and its largest power of ten. `1e400` is nobody's amount."""

GZIP_OR_ZLIB: Final = 47
"""zlib's window bits for "either of the two, see the header"."""

SHORT_LIFE: Final = 600
LONG_LIFE: Final = 24 * 60 * 60
"""Seconds. A grant may carry a new refresh token, so a strange `expires_in` never wastes it."""

REVERSED: Final = {"REFUND", "REFUNDED", "CHARGE_BACK", "CHARGEBACK", "NON_COLLECTION"}
"""Statuses and event types of money that went back. NON_COLLECTION follows a chargeback."""

REFUNDS: Final = {"REFUND", "REFUNDED"}
CHARGEBACKS: Final = REVERSED - REFUNDS
EVENT_LISTS: Final = (("transaction_events", "event_type"), ("events", "type"))
"""Both may tell of the same movement of money, each with its own word for what it was."""

WEB_ADDRESS: Final = re.compile(r"https?://[!-~]+")
TOKEN: Final = re.compile(r"[!-~]+")
"""What may stand in a header; anything else would be shown by the exception it causes."""
PARAMETER: Final = re.compile(r"[a-z_]{1,40}(\[\])?")
MAX_PARAMETERS: Final = 50
"""Of a link to the next page."""
ANYTHING: Final = re.compile(r".*", re.DOTALL)

Fields = Mapping[str, object]


def checkout(body: bytes) -> Checkout:
    """Return the checkout in `body`."""
    return _checkout(_object(document(body), "the checkout"))


def checkouts(body: bytes) -> tuple[Checkout, ...]:
    """Return all checkouts of a list, each once; there may be none."""
    listed = document(body)
    if not isinstance(listed, list):
        raise UnreadableAnswer(f"the list of checkouts is {_kind(listed)}, not a list")
    every = [_checkout(_object(item, "a listed checkout")) for item in listed]
    found = {checkout.id: checkout for checkout in every}
    if any(checkout != found[checkout.id] for checkout in every):
        raise UnreadableAnswer("the list of checkouts contradicts itself")
    return tuple(found.values())


def transaction(body: bytes) -> Transaction:
    """Return the transaction resource in `body`; unlike an attempt it must say id and status."""
    fields = _object(document(body), "the transaction")
    _required(fields, "id")
    _required(fields, "status")
    return _transaction(fields)


def token_grant(body: bytes) -> TokenGrant:
    """Return the new tokens in `body`."""
    fields = _object(document(body), "the token grant")
    return TokenGrant(
        access_token=_required(fields, "access_token", TOKEN),
        expires_in=_life(fields.get("expires_in")),
        refresh_token=_text(fields, "refresh_token", TOKEN),
        scopes=_words(fields, "scope"),
    )


def memberships(body: bytes) -> tuple[str, ...]:
    """Return the codes of the merchant accounts that a user belongs to."""
    fields = _object(document(body), "the list of memberships")
    if "items" not in fields:
        raise UnreadableAnswer("items is missing")
    every = _objects(fields, "items")
    codes = (_required(one, "resource_id") for one in every if _is_merchant(one))
    return tuple(dict.fromkeys(codes))


def merchant(body: bytes) -> Merchant:
    """Return the merchant account in `body`; one that does not say so is no sandbox."""
    fields = _object(document(body), "the merchant")
    sandbox = fields.get("sandbox")
    if not (sandbox is None or isinstance(sandbox, bool)):
        raise UnreadableAnswer(f"sandbox is {_kind(sandbox)}, not true or false")
    code = _required(fields, "merchant_code")
    return Merchant(
        merchant_code=code,
        name=_merchant_name(fields) or code,
        currency=_required(fields, "default_currency"),
        sandbox=bool(sandbox),
    )


def history_page(body: bytes) -> HistoryPage:
    """Return one page of a merchant's history."""
    fields = _object(document(body), "the page of the history")
    if "items" not in fields:
        raise UnreadableAnswer("items is missing")
    entries = tuple(_entry(item) for item in _objects(fields, "items"))
    return HistoryPage(entries, _following(_objects(fields, "links")))


def payouts(body: bytes) -> tuple[Payout, ...]:
    """Return all payouts of a list; unlike those of other lists, their fields are promised."""
    listed = document(body, MAX_LIST)
    if not isinstance(listed, list):
        raise UnreadableAnswer(f"the list of payouts is {_kind(listed)}, not a list")
    return tuple(_payout(_object(item, "a listed payout")) for item in listed)


def unpacked(body: bytes, encoding: str, most: int = MAX_BODY) -> bytes:
    """Undo a Content-Encoding, and stop one byte after `most` whatever it would grow to."""
    encoding = encoding.strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip", "deflate"}:
        raise UnreadableAnswer("the answer is packed in a way we did not ask for")
    try:
        return zlib.decompressobj(GZIP_OR_ZLIB).decompress(body, most + 1)
    except zlib.error:
        raise UnreadableAnswer(f"the answer is not the {encoding} it claims to be") from None


def document(body: bytes, most: int = MAX_BODY) -> object:
    """Return the JSON document in `body`, whatever its content type claims, numbers as Decimal."""
    if len(body) > most:
        raise UnreadableAnswer(f"the answer is larger than {most} bytes")
    try:
        return json.loads(
            body.decode("utf-8-sig"),
            parse_float=_number,
            parse_int=_number,
            parse_constant=_no_number,
            object_pairs_hook=_unique,
        )
    except (ValueError, RecursionError):
        pass
    # Raised out here: the caught exception holds the whole text, which may be a token grant.
    raise UnreadableAnswer("the answer is not a JSON document" if body else "the answer is empty")


def _number(text: str) -> Decimal:
    try:
        value = Decimal(text)
    except ArithmeticError:
        return _no_number(text)
    return value if max(len(text), abs(value.adjusted())) <= MAX_DIGITS else _no_number(text)


def _no_number(_: str) -> Decimal:
    raise UnreadableAnswer("a number in the answer is not finite, or out of all bounds")


def _unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise UnreadableAnswer("the answer says something twice")
    return fields


def _checkout(fields: Fields) -> Checkout:
    return Checkout(
        id=_required(fields, "id"),
        status=_required(fields, "status"),
        reference=_text(fields, "checkout_reference"),
        amount=_amount(fields, "amount"),
        currency=_text(fields, "currency"),
        merchant_code=_text(fields, "merchant_code"),
        transaction_id=_text(fields, "transaction_id"),
        transactions=tuple(_transaction(item) for item in _objects(fields, "transactions")),
        valid_until=_moment(fields.get("valid_until")),
        pay_url=_web_address(fields.get("hosted_checkout_url")),
    )


def _transaction(fields: Fields) -> Transaction:
    return Transaction(
        id=_text(fields, "id"),
        status=_text(fields, "status") or UNKNOWN,
        amount=_amount(fields, "amount"),
        currency=_text(fields, "currency"),
        code=_text(fields, "transaction_code"),
        merchant_code=_text(fields, "merchant_code"),
        refunded=_went_back(fields),
        returned=_returned(fields),
        events=tuple(_events(fields)),
        reference=_text(fields, "foreign_transaction_id"),
        at=_moment(fields.get("timestamp")),
    )


def _events(fields: Fields) -> Iterator[MoneyBack]:
    """Yield what the first list shows that shows anything: the other one would repeat it."""
    for name, word in EVENT_LISTS:
        moved = [e for e in _money_back(fields, name, word) if e.kind in {"REFUND", "CHARGE_BACK"}]
        yield from moved
        if moved:
            return


def _money_back(fields: Fields, name: str, word: str) -> Iterator[MoneyBack]:
    """Yield the events of one list about money going back; others may say what they like."""
    for event in _objects(fields, name):
        kind = _text(event, word)
        if kind in REVERSED:
            at = _moment(event.get("timestamp")) or _moment(f"{event.get('date')}T00:00:00Z")
            yield MoneyBack(kind, _text(event, "status"), _amount(event, "amount"), at)


def _entry(fields: Fields) -> Entry:
    """SumUp's example of a line has `transaction_id` alone, its schema `id` as well."""
    name = "transaction_id" if fields.get("transaction_id") else "id"
    return Entry(
        id=_required(fields, name),
        kind=_required(fields, "type"),
        status=_text(fields, "status") or UNKNOWN,
        amount=_amount(fields, "amount"),
        currency=_text(fields, "currency"),
        at=_moment(fields.get("timestamp")),
        code=_text(fields, "transaction_code"),
        payment_type=_text(fields, "payment_type"),
        summary=_summary(fields.get("product_summary")),
        refunded=_amount(fields, "refunded_amount") or Decimal(0),
    )


def _summary(value: object) -> str | None:
    """It may hold whatever a till's products are called, so one we cannot read is not ours."""
    if value is None or value == "":
        return None
    return value[:MAX_TEXT] if isinstance(value, str) else "(not text)"


def _following(links: Sequence[Fields]) -> tuple[tuple[str, str], ...] | None:
    """Return the parameters of the next page: its `href` is a query string and no address."""
    href = next((_text(link, "href") for link in links if link.get("rel") == "next"), None)
    if href is None:
        return None
    try:
        query = parse_qsl(
            href.removeprefix("?"), strict_parsing=True, max_num_fields=MAX_PARAMETERS
        )
    except ValueError:
        query = []
    if not query or not all(PARAMETER.fullmatch(name) for name, _ in query):
        raise UnreadableAnswer("the link to the next page is no query string")
    return tuple(query)


def _payout(fields: Fields) -> Payout:
    number = fields.get("id")
    return Payout(
        id=f"{number:f}" if isinstance(number, Decimal) else _required(fields, "id"),
        kind=_required(fields, "type"),
        amount=_required_amount(fields, "amount"),
        fee=_required_amount(fields, "fee"),
        currency=_required(fields, "currency"),
        on=_day(fields, "date"),
        succeeded=_required(fields, "status") == SUCCESSFUL,
        reference=_text(fields, "reference") or "",
        code=_required(fields, "transaction_code"),
    )


def _day(fields: Fields, name: str) -> date:
    try:
        return date.fromisoformat(_required(fields, name))
    except ValueError:
        pass
    raise UnreadableAnswer(f"{name} is not a day")


def _required_amount(fields: Fields, name: str) -> Decimal:
    value = _amount(fields, name)
    if value is None:
        raise UnreadableAnswer(f"{name} is missing")
    return value


def _is_merchant(membership: Fields) -> bool:
    words = (_text(membership, "type"), _text(membership, "status"))
    return words == ("merchant", "accepted")


def _merchant_name(fields: Fields) -> str | None:
    for place in ("business_profile", "company"):
        named = fields.get(place)
        name = None if named is None else _text(_object(named, place), "name")
        if name:
            return name
    return _text(fields, "alias")


def _went_back(fields: Fields) -> bool:
    """After a refund `status` may stay SUCCESSFUL; then only an event or an amount shows it."""
    words = [_text(fields, "status"), _text(fields, "simple_status")]
    words += [_text(e, word) for name, word in EVENT_LISTS for e in _objects(fields, name)]
    refunded = _amount(fields, "refunded_amount") or Decimal(0)
    return refunded > 0 or not REVERSED.isdisjoint(words)


def _returned(fields: Fields) -> Returned:
    refunds, charges = _moved(fields, REFUNDS), _moved(fields, CHARGEBACKS)
    stated = _amount(fields, "refunded_amount") or Decimal(0)
    refunded, charged_back = max(stated, *refunds.sums), max(charges.sums)
    words = {_text(fields, "status"), _text(fields, "simple_status")}
    is_hidden = not (refunded or charged_back) and not REVERSED.isdisjoint(words)
    return Returned(
        refunded=refunded,
        charged_back=charged_back,
        under_way=refunds.under_way or charges.under_way,
        amount_unknown=refunds.amount_unknown or charges.amount_unknown or is_hidden,
    )


@dataclass
class _Movements:
    """What each list of events adds up to: they repeat each other, so the larger sum counts."""

    sums: list[Decimal] = field(default_factory=list)
    under_way: bool = False
    amount_unknown: bool = False


def _moved(fields: Fields, kinds: set[str]) -> _Movements:
    moved = _Movements()
    for name, word in EVENT_LISTS:
        total = Decimal(0)
        for event in (e for e in _money_back(fields, name, word) if e.kind in kinds):
            is_known = event.amount is not None and event.amount >= 0
            moved.under_way |= event.is_under_way
            moved.amount_unknown |= event.is_unknown or (event.is_done and not is_known)
            if event.is_done and event.amount is not None and is_known:
                total += event.amount
        moved.sums.append(total)
    return moved


def _required(fields: Fields, name: str, form: re.Pattern[str] = ANYTHING) -> str:
    value = _text(fields, name, form)
    if value is None:
        raise UnreadableAnswer(f"{name} is missing")
    return value


def _text(fields: Fields, name: str, form: re.Pattern[str] = ANYTHING) -> str | None:
    value = fields.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise UnreadableAnswer(f"{name} is {_kind(value)}, not text")
    if len(value) > MAX_TEXT or not value.isprintable():
        raise UnreadableAnswer(f"{name} is too long, or not printable")
    if not form.fullmatch(value):
        raise UnreadableAnswer(f"{name} could not be one")
    return value


def _words(fields: Fields, name: str) -> frozenset[str] | None:
    value = _text(fields, name)
    return None if value is None else frozenset(value.split())


def _amount(fields: Fields, name: str) -> Decimal | None:
    value = fields.get(name)
    if value is None or isinstance(value, Decimal):
        return value
    raise UnreadableAnswer(f"{name} is {_kind(value)}, not a number")


def _objects(fields: Fields, name: str) -> tuple[Fields, ...]:
    value = fields.get(name)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise UnreadableAnswer(f"{name} is {_kind(value)}, not a list")
    return tuple(_object(item, f"an entry of {name}") for item in value)


def _object(value: object, what: str) -> Fields:
    if not isinstance(value, dict):
        raise UnreadableAnswer(f"{what} is {_kind(value)}, not an object")
    return value


def _life(seconds: object) -> int:
    if not isinstance(seconds, Decimal) or seconds < 1:
        return SHORT_LIFE
    return min(int(seconds), LONG_LIFE)


def _moment(value: object) -> datetime | None:
    """No order is decided by a date of SumUp's, so one we cannot read counts as none."""
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def _web_address(value: object) -> str | None:
    """A buyer's browser goes there: anything but a web address counts as none."""
    known = isinstance(value, str) and len(value) <= MAX_TEXT and WEB_ADDRESS.fullmatch(value)
    return str(value) if known else None


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    names = {str: "text", Decimal: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), "null")
