"""Parse SumUp's answers: from bytes of JSON to a checkout, a transaction, a history, ... Pure.

A document with another shape is an `UnreadableAnswer`. Unknown fields and statuses are accepted,
because SumUp adds both without notice.

The fields are from SumUp's OpenAPI document, where every one of them is optional.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final
from urllib.parse import parse_qsl

from ticketing.adapters.sumup.fields import (
    MAX_TEXT,
    Fields,
    as_object,
    document,
    kind_of,
    moment,
    objects,
    optional_amount,
    optional_id,
    optional_text,
    required_amount,
    required_day,
    required_text,
    web_address,
)
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

MAX_LIST: Final = 4 * 1024 * 1024
"""Bytes of the unpacked list of payouts, which has no pages: 9,999 with some 250 bytes each."""


LONGEST_WORD: Final = 100
"""Characters that we keep of a status, currency, merchant or reference. What we compare them with
is shorter, so a text that was cut never equals it."""

SHORT_LIFE: Final = 600
LONG_LIFE: Final = 24 * 60 * 60
"""Bounds of `expires_in`, in seconds. A grant may have a new refresh token, so it is not refused
because of a strange `expires_in`."""

REVERSED: Final = {"REFUND", "REFUNDED", "CHARGE_BACK", "CHARGEBACK", "NON_COLLECTION"}
"""Statuses and event types for money that went back. NON_COLLECTION follows a chargeback."""

REFUNDS: Final = {"REFUND", "REFUNDED"}
CHARGEBACKS: Final = REVERSED - REFUNDS
EVENT_LISTS: Final = (("transaction_events", "event_type"), ("events", "type"))
"""The lists of events and the field with their type. Both may have the same movement of money."""

TOKEN: Final = re.compile(r"[!-~]+")
"""What a header may contain; the exception that anything else causes would show it."""
MAX_TOKEN: Final = 64 * 1024
"""Characters. Two of them fit into a row of 400 KB, and into an answer of 256 KB."""
PARAMETER: Final = re.compile(r"[a-z_]{1,40}(\[\])?")
MAX_PARAMETERS: Final = 50
"""The most parameters in a link to the next page."""


def checkout(body: bytes) -> Checkout:
    """Return the checkout in `body`."""
    return _checkout(as_object(document(body), "the checkout"))


def checkouts(body: bytes) -> tuple[Checkout, ...]:
    """Return all checkouts in a list, each once. There may be none."""
    listed = document(body)
    if not isinstance(listed, list):
        raise UnreadableAnswer(f"the list of checkouts is {kind_of(listed)}, not a list")
    every = [_checkout(as_object(item, "a listed checkout")) for item in listed]
    found = {checkout.id: checkout for checkout in every}
    if any(checkout != found[checkout.id] for checkout in every):
        raise UnreadableAnswer("the list of checkouts contradicts itself")
    return tuple(found.values())


def transaction(body: bytes) -> Transaction:
    """Return the transaction resource in `body`; it must have an id and a status."""
    fields = as_object(document(body), "the transaction")
    required_text(fields, "id")
    required_text(fields, "status")
    return _transaction(fields)


def token_grant(body: bytes) -> TokenGrant:
    """Return the new tokens in `body`. We get them only once, so nothing else is insisted on."""
    fields, scope = as_object(document(body), "the token grant"), None
    if isinstance(fields.get("scope"), str):
        scope = str(fields["scope"])
    return TokenGrant(
        access_token=required_text(fields, "access_token", TOKEN, MAX_TOKEN),
        expires_in=_life(fields.get("expires_in")),
        refresh_token=optional_text(fields, "refresh_token", TOKEN, MAX_TOKEN),
        scopes=frozenset(scope.split()) if scope else None,
    )


def memberships(body: bytes) -> tuple[str, ...]:
    """Return the codes of the merchant accounts that a user belongs to."""
    fields = as_object(document(body), "the list of memberships")
    if "items" not in fields:
        raise UnreadableAnswer("items is missing")
    every = objects(fields, "items")
    codes = (required_text(one, "resource_id") for one in every if _is_merchant(one))
    return tuple(dict.fromkeys(codes))


def merchant(body: bytes) -> Merchant:
    """Return the merchant account in `body`, which is a sandbox only if it says so."""
    fields = as_object(document(body), "the merchant")
    sandbox = fields.get("sandbox")
    if not (sandbox is None or isinstance(sandbox, bool)):
        raise UnreadableAnswer(f"sandbox is {kind_of(sandbox)}, not true or false")
    code = required_text(fields, "merchant_code")
    return Merchant(
        merchant_code=code,
        name=_merchant_name(fields) or code,
        currency=required_text(fields, "default_currency"),
        sandbox=bool(sandbox),
    )


def history_page(body: bytes) -> HistoryPage:
    """Return the page of a merchant's history in `body`."""
    fields = as_object(document(body), "the page of the history")
    if "items" not in fields:
        raise UnreadableAnswer("items is missing")
    entries = tuple(_entry(item) for item in objects(fields, "items"))
    return HistoryPage(entries, _following(objects(fields, "links")))


def payouts(body: bytes) -> tuple[Payout, ...]:
    """Return all payouts in a list. Unlike elsewhere, SumUp promises that their fields exist."""
    listed = document(body, MAX_LIST)
    if not isinstance(listed, list):
        raise UnreadableAnswer(f"the list of payouts is {kind_of(listed)}, not a list")
    return tuple(_payout(as_object(item, "a listed payout")) for item in listed)


def _checkout(fields: Fields) -> Checkout:
    checkout_id = optional_id(fields, "id")
    if checkout_id is None:
        raise UnreadableAnswer("id is missing")
    return Checkout(
        id=checkout_id,
        status=required_text(fields, "status")[:LONGEST_WORD],
        reference=_word(fields, "checkout_reference"),
        amount=optional_amount(fields, "amount"),
        currency=_word(fields, "currency"),
        merchant_code=_word(fields, "merchant_code"),
        transaction_id=optional_id(fields, "transaction_id"),
        transactions=_attempts(fields),
        valid_until=moment(fields.get("valid_until")),
        pay_url=web_address(fields.get("hosted_checkout_url")),
    )


def _attempts(fields: Fields) -> tuple[Transaction, ...]:
    """Return the transactions of a checkout; one that is listed twice counts once, by its id."""
    listed = [_transaction(item) for item in objects(fields, "transactions")]
    known: dict[str, Transaction] = {}
    for attempt in listed:
        if attempt.id and known.setdefault(attempt.id, attempt) != attempt:
            raise UnreadableAnswer("the transactions of the checkout contradict each other")
    return tuple(one for one in listed if one.id is None or known.pop(one.id, None) is not None)


def _transaction(fields: Fields) -> Transaction:
    return Transaction(
        id=optional_id(fields, "id"),
        status=_word(fields, "status") or UNKNOWN,
        amount=optional_amount(fields, "amount"),
        currency=_word(fields, "currency"),
        code=optional_id(fields, "transaction_code"),
        merchant_code=_word(fields, "merchant_code"),
        refunded=_went_back(fields),
        returned=_returned(fields),
        events=tuple(_events(fields)),
        reference=_word(fields, "foreign_transaction_id"),
        at=moment(fields.get("timestamp")),
        payment_type=_word(fields, "payment_type"),
    )


def _word(fields: Fields, name: str) -> str | None:
    word = optional_text(fields, name)
    return word[:LONGEST_WORD] if word else None


def _events(fields: Fields) -> Iterator[MoneyBack]:
    """Yield the events of the first list that has any: the other one would repeat them."""
    for name, word in EVENT_LISTS:
        moved = [e for e in _money_back(fields, name, word) if e.kind in {"REFUND", "CHARGE_BACK"}]
        yield from moved
        if moved:
            return


def _money_back(fields: Fields, name: str, word: str) -> Iterator[MoneyBack]:
    """Yield the events in a list that are about money going back; others are not looked at."""
    for event in objects(fields, name):
        kind = optional_text(event, word)
        if kind in REVERSED:
            at = moment(event.get("timestamp")) or moment(f"{event.get('date')}T00:00:00Z")
            yield MoneyBack(
                kind, optional_text(event, "status"), optional_amount(event, "amount"), at
            )


def _entry(fields: Fields) -> Entry:
    """Return a line. SumUp's example has only `transaction_id`; its schema has `id` as well."""
    name = "transaction_id" if fields.get("transaction_id") else "id"
    return Entry(
        id=required_text(fields, name),
        kind=required_text(fields, "type"),
        status=optional_text(fields, "status") or UNKNOWN,
        amount=optional_amount(fields, "amount"),
        currency=optional_text(fields, "currency"),
        at=moment(fields.get("timestamp")),
        code=optional_text(fields, "transaction_code"),
        payment_type=optional_text(fields, "payment_type"),
        summary=_summary(fields.get("product_summary")),
        refunded=optional_amount(fields, "refunded_amount") or Decimal(0),
    )


def _summary(value: object) -> str | None:
    """Return the summary, which may be the name of any product; an unreadable one is not ours."""
    if value is None or value == "":
        return None
    return value[:MAX_TEXT] if isinstance(value, str) else "(not text)"


def _following(links: Sequence[Fields]) -> tuple[tuple[str, str], ...] | None:
    """Return the parameters of the next page: its `href` is a query string, not a URL."""
    href = next((optional_text(link, "href") for link in links if link.get("rel") == "next"), None)
    if href is None:
        return None
    try:
        query = parse_qsl(
            href.removeprefix("?"), strict_parsing=True, max_num_fields=MAX_PARAMETERS
        )
    except ValueError:
        query = []
    if not query or not all(PARAMETER.fullmatch(name) for name, _ in query):
        raise UnreadableAnswer("the link to the next page is not a query string")
    return tuple(query)


def _payout(fields: Fields) -> Payout:
    number = fields.get("id")
    return Payout(
        id=f"{number:f}" if isinstance(number, Decimal) else required_text(fields, "id"),
        kind=required_text(fields, "type"),
        amount=required_amount(fields, "amount"),
        fee=required_amount(fields, "fee"),
        currency=required_text(fields, "currency"),
        on=required_day(fields, "date"),
        succeeded=required_text(fields, "status") == SUCCESSFUL,
        reference=optional_text(fields, "reference") or "",
        code=required_text(fields, "transaction_code"),
    )


def _is_merchant(membership: Fields) -> bool:
    words = (optional_text(membership, "type"), optional_text(membership, "status"))
    return words == ("merchant", "accepted")


def _merchant_name(fields: Fields) -> str | None:
    for place in ("business_profile", "company"):
        named = fields.get(place)
        name = None if named is None else optional_text(as_object(named, place), "name")
        if name:
            return name
    return optional_text(fields, "alias")


def _went_back(fields: Fields) -> bool:
    """Return whether anything shows that money went back: `status` alone may stay SUCCESSFUL."""
    words = [optional_text(fields, "status"), optional_text(fields, "simple_status")]
    words += [optional_text(e, word) for name, word in EVENT_LISTS for e in objects(fields, name)]
    refunded = optional_amount(fields, "refunded_amount") or Decimal(0)
    return refunded > 0 or not REVERSED.isdisjoint(words)


def _returned(fields: Fields) -> Returned:
    refunds, charges = _moved(fields, REFUNDS), _moved(fields, CHARGEBACKS)
    stated = optional_amount(fields, "refunded_amount") or Decimal(0)
    refunded, charged_back = max(stated, *refunds.sums), max(charges.sums)
    words = {optional_text(fields, "status"), optional_text(fields, "simple_status")}
    is_hidden = not (refunded or charged_back) and not REVERSED.isdisjoint(words)
    return Returned(
        refunded=refunded,
        charged_back=charged_back,
        under_way=refunds.under_way or charges.under_way,
        amount_unknown=refunds.amount_unknown or charges.amount_unknown or is_hidden,
    )


@dataclass
class _Movements:
    """What each list of events adds up to. They repeat each other, so the larger sum counts."""

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


def _life(seconds: object) -> int:
    if not isinstance(seconds, Decimal) or seconds < 1:
        return SHORT_LIFE
    return min(int(seconds), LONG_LIFE)
