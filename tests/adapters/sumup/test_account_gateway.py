"""Requests about an organiser's account: every page of a list is read, or none."""

# ruff: noqa: ARG002 - SumUp's calls as the client has them

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from tests.support.builders import NOW, a_transaction, an_organiser
from tests.support.fakes import Tokens
from ticketing.adapters.sumup.account_gateway import MOST_PAGES, AccountGateway
from ticketing.errors import (
    AccessRefused,
    PaymentProviderUnavailable,
    TransactionNotFound,
    UnreadableAnswer,
)
from ticketing.payments.payment import Transaction
from ticketing.reconciliation.statement import Entry, HistoryPage, Payout

Query = Sequence[tuple[str, str]]
SINCE, END = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 6, 2, tzinfo=UTC)


def entry(number: int) -> Entry:
    return Entry(f"tx-{number}", "PAYMENT", "SUCCESSFUL", Decimal(1), "GBP", NOW)


class Lists:
    """A history of `many` lines in pages of `size`; the link to the next page names no filter."""

    def __init__(self, many: int, size: int = 10) -> None:
        self.many, self.size = many, size
        self.asked: list[dict[str, str]] = []
        self.tokens: list[str] = []
        self.failures: dict[int, Exception] = {}
        self.overlaps = False
        self.never_ends = False
        self.stands_still = False

    def history_page(self, token: str, merchant_code: str, query: Query) -> HistoryPage:
        assert merchant_code == "MC0001"
        self.tokens.append(token)
        self.asked.append(dict(query))
        if len(self.asked) in self.failures:
            raise self.failures[len(self.asked)]
        first = int(dict(query).get("oldest_ref", "0"))
        last = min(first + self.size, self.many)
        start = max(first - 1, 0) if self.overlaps else first
        if self.never_ends:
            return HistoryPage((), (("oldest_ref", f"{len(self.asked)}"),))
        more = last < self.many or self.stands_still
        at = "0" if self.stands_still else f"{last}"
        link = (("limit", f"{self.size}"), ("oldest_ref", at), ("order", "ascending"))
        return HistoryPage(tuple(map(entry, range(start, last))), link if more else None)

    def get_transaction(self, token: str, merchant_code: str, transaction_id: str) -> Transaction:
        if transaction_id != "txn-1":
            raise TransactionNotFound("404", status=404)
        return a_transaction()

    def find_transaction(self, token: str, merchant_code: str, code: str) -> Transaction:
        if code != "TAAA1":
            raise TransactionNotFound("404", status=404)
        return a_transaction()

    def payouts(
        self, token: str, merchant_code: str, first: object, last: object
    ) -> tuple[Payout, ...]:
        raise PaymentProviderUnavailable("503", status=503)


def account(lists: Lists, tokens: Tokens | None = None) -> AccountGateway:
    return AccountGateway(lists, tokens or Tokens(), lambda: NOW)


def listed(lists: Lists) -> list[str]:
    return [line.id for line in account(lists).history(an_organiser(), SINCE, END)]


@pytest.mark.parametrize(("many", "pages"), [(0, 1), (1, 1), (10, 1), (11, 2), (250, 25)])
def test_every_page_is_read_once(many: int, pages: int) -> None:
    lists = Lists(many)

    assert listed(lists) == [f"tx-{number}" for number in range(many)]
    assert len(lists.asked) == pages


def test_every_page_is_requested_with_all_filters() -> None:
    lists = Lists(11)

    listed(lists)

    filters = {
        "changes_since": "2026-06-01T00:00:00.000Z",
        "newest_time": "2026-06-02T00:00:00.000Z",
    }
    first, second = lists.asked
    assert first == filters | {"order": "ascending", "limit": "100"}
    assert second == filters | {"order": "ascending", "limit": "10", "oldest_ref": "10"}


def test_overlapping_pages_repeat_entries_but_lose_none() -> None:
    lists = Lists(25)
    lists.overlaps = True

    found = listed(lists)

    assert found.count("tx-9") == 2
    assert set(found) == {f"tx-{number}" for number in range(25)}


def test_a_page_that_fails_aborts_the_listing() -> None:
    lists = Lists(25)
    lists.failures = {2: PaymentProviderUnavailable("503", status=503)}

    with pytest.raises(PaymentProviderUnavailable):
        listed(lists)


def test_a_token_that_expires_between_pages_is_renewed() -> None:
    lists = Lists(25)
    lists.failures = {2: AccessRefused("401", status=401)}

    assert len(listed(lists)) == 25
    assert lists.tokens == ["token-1", "token-1", "token-2", "token-2"]


def test_an_endless_listing_is_not_followed_forever() -> None:
    lists = Lists(0)
    lists.never_ends = True

    with pytest.raises(UnreadableAnswer, match="does not end"):
        listed(lists)
    assert len(lists.asked) == MOST_PAGES


def test_a_next_link_to_the_same_page_is_refused() -> None:
    lists = Lists(5)
    lists.stands_still = True

    with pytest.raises(UnreadableAnswer, match="same page"):
        listed(lists)


def test_a_transaction_unknown_to_sumup_is_none() -> None:
    asked = account(Lists(0))

    assert asked.transaction(an_organiser(), "txn-1") == a_transaction()
    assert asked.transaction(an_organiser(), "txn-2") is None
    assert asked.transaction_of(an_organiser(), "TAAA1") == a_transaction()
    assert asked.transaction_of(an_organiser(), "TBBB2") is None


def test_unavailable_payouts_raise() -> None:
    with pytest.raises(PaymentProviderUnavailable):
        account(Lists(0)).payouts(an_organiser(), (SINCE + timedelta(days=1)).date())
