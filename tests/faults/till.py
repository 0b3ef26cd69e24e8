"""SumUp in memory, with buyers who pay there and tokens that end: the only place money is taken."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from tests.support.fake_sumup import SumUp
from ticketing.errors import (
    AccessRefused,
    PaymentProviderUnavailable,
    ReconnectNeeded,
    TransactionNotFound,
)
from ticketing.payments.payment import Checkout, Extent, TokenGrant, Transaction
from ticketing.reconciliation.statement import Entry, HistoryPage, Payout, order_number_of

HOUR = timedelta(hours=1)


class Paying(StrEnum):
    """How a buyer pays, or what SumUp tells of it."""

    RIGHT = "as agreed"
    TWICE = "two attempts that both succeed"
    AMOUNT = "another amount"
    CURRENCY = "another currency"
    MERCHANT = "to another merchant"


WRONGLY: dict[Paying, dict[str, Any]] = {
    Paying.AMOUNT: {"amount": Decimal("0.01")},
    Paying.CURRENCY: {"currency": "EUR"},
    Paying.MERCHANT: {"merchant_code": "MC9999"},
}


@dataclass(frozen=True)
class Taken:
    """Money that moved: the attempt, the checkout it came through, and when."""

    transaction: Transaction
    checkout_id: str
    at: datetime


class Till(SumUp):
    """SumUp; `now` is its clock. While it `is_down` nobody gets an answer."""

    def __init__(self, now: datetime) -> None:
        super().__init__()
        self.now = now
        self.is_down = False
        self.taken: list[Taken] = []
        self._alive: dict[str, datetime] = {}
        self._permission = 0
        self._grants = 0

    # Buyers

    def is_payable(self, checkout_id: str) -> bool:
        """Return whether its page still takes a payment."""
        return self.checkouts[checkout_id].status in {"PENDING", "FAILED"}

    def pay(self, checkout_id: str, paying: Paying) -> None:
        """Take money; a checkout takes it once, and then no more."""
        checkout = self.checkouts[checkout_id]
        if checkout.status == "PAID":
            return
        checkout = replace(checkout, **WRONGLY.get(paying, {}))
        attempts = [self._take(checkout) for _ in range(2 if paying is Paying.TWICE else 1)]
        self.under_way.discard(checkout_id)
        self.checkouts[checkout_id] = replace(
            checkout,
            status="PAID",
            transaction_id=attempts[0].id,
            transactions=(*checkout.transactions, *attempts),
        )

    def decline(self, checkout_id: str) -> None:
        """Let an attempt fail; the buyer may try again."""
        checkout = self.checkouts[checkout_id]
        if self.is_payable(checkout_id):
            failed = Transaction(f"no-{len(checkout.transactions)}-{checkout_id}", "FAILED")
            attempts = (*checkout.transactions, failed)
            self.checkouts[checkout_id] = replace(checkout, status="FAILED", transactions=attempts)
        self.under_way.discard(checkout_id)

    def begin(self, checkout_id: str) -> None:
        """Begin a payment that takes a while: SumUp does not let go of the checkout meanwhile."""
        if self.is_payable(checkout_id):
            self.under_way.add(checkout_id)

    def expire(self, checkout_id: str) -> None:
        """Let SumUp's own time for the checkout run out."""
        if self.is_payable(checkout_id) and checkout_id not in self.under_way:
            checkout = self.checkouts[checkout_id]
            self.checkouts[checkout_id] = replace(checkout, status="EXPIRED")

    def give_back(self, checkout_id: str) -> None:
        """Give the money back in the dashboard; only the transaction shows it."""
        for attempt in self.checkouts[checkout_id].successful:
            found = self.transactions[attempt.id or ""]
            if found.extent is not Extent.ALL:
                back = replace(found.returned, refunded=found.amount or Decimal(0))
                found = replace(found, refunded=True, returned=back)
                self.transactions[attempt.id or ""] = found

    # The account

    def history_page(
        self, token: str, merchant_code: str, query: Sequence[tuple[str, str]]
    ) -> HistoryPage:
        """List what was taken before the time asked for; what changed since is among it."""
        self._called("history_page", merchant_code, token)
        end = datetime.fromisoformat(dict(query)["newest_time"])
        ours = (one for one in self.taken if one.transaction.merchant_code == merchant_code)
        return HistoryPage(tuple(self._line(one) for one in ours if one.at < end))

    def find_transaction(self, token: str, merchant_code: str, code: str) -> Transaction:
        self._called("find_transaction", f"{merchant_code} {code}", token)
        raise TransactionNotFound("404", status=404)

    def payouts(
        self, token: str, merchant_code: str, first: date, last: date
    ) -> tuple[Payout, ...]:
        self._called("payouts", f"{merchant_code} {first} {last}", token)
        return ()

    # Organisers

    def consent(self) -> TokenGrant:
        """Return the tokens of an organiser who has just agreed."""
        self._permission += 1
        return self._grant()

    def let_tokens_expire(self) -> None:
        """Refuse every access token given so far."""
        self._alive.clear()

    def revoke(self) -> None:
        """Refuse everything until the organiser agrees once more."""
        self._alive.clear()
        self._permission += 1

    def refresh(self, refresh_token: str) -> TokenGrant:
        self._called("refresh", "tokens")
        if refresh_token != f"rt-{self._permission}":
            raise ReconnectNeeded("invalid_grant", error_code="invalid_grant")
        return self._grant()

    def _grant(self) -> TokenGrant:
        self._grants += 1
        token = f"at-{self._grants}"
        self._alive[token] = self.now + HOUR
        return TokenGrant(token, int(HOUR.total_seconds()), f"rt-{self._permission}")

    def _called(self, call: str, about: str, token: str | None = None) -> None:
        super()._called(call, about, token)
        if self.is_down:
            raise PaymentProviderUnavailable("SumUp is down")
        if token is not None and self._alive.get(token, self.now) <= self.now:
            raise AccessRefused("401", status=401)

    def _line(self, taken: Taken) -> Entry:
        now = self.transactions[taken.transaction.id or ""]
        number = order_number_of(self.checkouts[taken.checkout_id].reference)
        return Entry(
            id=now.id or "",
            kind="PAYMENT",
            status=now.status,
            amount=now.amount,
            currency=now.currency,
            at=taken.at,
            code=now.code,
            payment_type="ECOM",
            summary=f"Order {number}",
            refunded=now.returned.amount,
        )

    def _take(self, checkout: Checkout) -> Transaction:
        attempt = Transaction(
            id=f"tx-{len(self.taken) + 1}",
            status="SUCCESSFUL",
            amount=checkout.amount,
            currency=checkout.currency,
            code=f"T{len(self.taken) + 1}",
            merchant_code=checkout.merchant_code,
            reference=checkout.reference,
            at=self.now,
        )
        self.taken.append(Taken(attempt, checkout.id, self.now))
        self.transactions[attempt.id or ""] = attempt
        return attempt
