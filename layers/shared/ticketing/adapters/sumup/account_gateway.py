"""Ask SumUp about an organiser's whole account: its history, single payments and payouts.

Unlike failures about a single order, a failure is raised here: half an account proves nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Final, Protocol, TypeVar

from ticketing.adapters.sumup.order_gateway import Tokens, with_token
from ticketing.errors import TransactionNotFound, UnreadableAnswer
from ticketing.organisers.organiser import Organiser
from ticketing.payments.payment import Transaction
from ticketing.reconciliation.statement import Entry, HistoryPage, Payout

T = TypeVar("T")
Clock = Callable[[], datetime]
PAGE: Final = 100
"""Lines of a page. SumUp's own default is 10."""
MOST_PAGES: Final = 2000
"""Far more than any day has, so that an endless list is not followed for ever."""


class SumUpCalls(Protocol):
    """The calls to SumUp that are needed here."""

    def history_page(
        self, token: str, merchant_code: str, query: Sequence[tuple[str, str]]
    ) -> HistoryPage: ...
    def get_transaction(
        self, token: str, merchant_code: str, transaction_id: str
    ) -> Transaction: ...
    def find_transaction(self, token: str, merchant_code: str, code: str) -> Transaction: ...
    def payouts(
        self, token: str, merchant_code: str, first: date, last: date
    ) -> tuple[Payout, ...]: ...


class AccountGateway:
    """Requests about an account. They raise `PaymentProviderError` and `UnknownOrganiser`."""

    def __init__(self, sumup: SumUpCalls, tokens: Tokens, clock: Clock) -> None:
        """Take SumUp, the organisers' tokens, and a clock, because a long list outlives a token."""
        self._sumup, self._tokens, self._clock = sumup, tokens, clock

    def history(self, organiser: Organiser, since: datetime, end: datetime) -> Iterator[Entry]:
        """Yield the lines made before `end` and changed after `since`, fetching pages as needed.

        The link to the next page may leave out our filters, so they are added again. A line may be
        on two pages if the list changes in between.
        """
        asked = {
            "order": "ascending",
            "limit": f"{PAGE}",
            "changes_since": _in_utc(since),
            "newest_time": _in_utc(end),
        }
        query = tuple(asked.items())
        for _ in range(MOST_PAGES):
            page = self._page(organiser, query)
            yield from page.entries
            if page.following is None:
                return
            names = {name for name, _ in page.following}
            following = (*((n, v) for n, v in asked.items() if n not in names), *page.following)
            if following == query:
                raise UnreadableAnswer("the history's next page is the same page again")
            query = following
        raise UnreadableAnswer("the history does not end")

    def transaction(self, organiser: Organiser, transaction_id: str) -> Transaction | None:
        """Return a payment as SumUp knows it; None if it knows none with this id."""
        return self._one(
            organiser,
            lambda token: self._sumup.get_transaction(
                token, organiser.merchant_code, transaction_id
            ),
        )

    def transaction_of(self, organiser: Organiser, code: str) -> Transaction | None:
        """Return the payment with this transaction code; None if SumUp does not know it."""
        return self._one(
            organiser,
            lambda token: self._sumup.find_transaction(token, organiser.merchant_code, code),
        )

    def payouts(self, organiser: Organiser, day: date) -> tuple[Payout, ...]:
        """Return what SumUp paid out on a day, including the organiser's other business."""
        return self._ask(
            organiser,
            lambda token: self._sumup.payouts(token, organiser.merchant_code, day, day),
        )

    def _page(self, organiser: Organiser, query: Sequence[tuple[str, str]]) -> HistoryPage:
        return self._ask(
            organiser,
            lambda token: self._sumup.history_page(token, organiser.merchant_code, query),
        )

    def _one(self, organiser: Organiser, call: Callable[[str], Transaction]) -> Transaction | None:
        try:
            return self._ask(organiser, call)
        except TransactionNotFound:
            return None

    def _ask(self, organiser: Organiser, call: Callable[[str], T]) -> T:
        return with_token(
            self._tokens, organiser.organiser_id, self._clock(), lambda token: call(token.value)
        )


def _in_utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
