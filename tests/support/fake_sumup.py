"""SumUp and the organisers' tokens in memory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ticketing.emails.mail import Mail
from ticketing.errors import (
    AccessRefused,
    CheckoutNotDeactivated,
    CheckoutNotFound,
    DuplicateCheckout,
    PaymentProviderError,
    PaymentProviderUnavailable,
    ReconnectNeeded,
    TransactionNotFound,
    UnknownOrganiser,
)
from ticketing.money import Money
from ticketing.organisers.organiser import (
    REFRESH_LEASE,
    AccessToken,
    Connection,
    Organiser,
    Seal,
    SealedTokens,
)
from ticketing.payments.payment import Checkout, TokenGrant, Transaction


class SumUp:
    """SumUp: checkouts, transactions, and a script of what goes wrong.

    `transactions` holds those that are not, or no longer, as their checkouts list them, and
    `unknown_transactions` those that SumUp does not find yet.
    `failures` holds errors by the name of a call, raised one per call; `before` holds what
    happens just before a call, such as a buyer who pays at the last moment. A call with one of
    `refused_tokens` gets a 401, a checkout that is `under_way` cannot be deactivated. `lost` holds
    errors by the name of a call, raised once it has had its effect.
    """

    def __init__(self, *checkouts: Checkout) -> None:
        self.checkouts = {checkout.id: checkout for checkout in checkouts}
        self.transactions: dict[str, Transaction] = {}
        self.unknown_transactions: set[str] = set()
        self.failures: dict[str, list[Exception]] = {}
        self.lost: dict[str, list[Exception]] = {}
        self.before: dict[str, Callable[[], None]] = {}
        self.refused_tokens: set[str] = set()
        self.under_way: set[str] = set()
        self.grants: list[TokenGrant] = []
        self.calls: list[tuple[str, str]] = []

    def put(self, **changes: Any) -> None:  # noqa: ANN401  # of any field
        """Change the only checkout."""
        (checkout,) = self.checkouts.values()
        self.checkouts[checkout.id] = replace(checkout, **changes)

    def get_checkout(self, token: str, checkout_id: str) -> Checkout:
        self._called("get_checkout", checkout_id, token)
        return self._known(checkout_id)

    def find_checkouts(self, token: str, reference: str) -> tuple[Checkout, ...]:
        self._called("find_checkouts", reference, token)
        return tuple(c for c in self.checkouts.values() if c.reference == reference)

    def deactivate_checkout(self, token: str, checkout_id: str) -> None:
        self._called("deactivate_checkout", checkout_id, token)
        checkout = self._known(checkout_id)
        if checkout_id in self.under_way:
            raise CheckoutNotDeactivated("409", error_code="CHECKOUT_CANT_BE_DEACTIVATED")
        if checkout.status in {"PAID", "EXPIRED"}:
            raise CheckoutNotDeactivated("409", error_code="CHECKOUT_PROCESSED")
        self.checkouts[checkout_id] = replace(checkout, status="EXPIRED")

    def create_checkout(
        self,
        token: str,
        *,
        reference: str,
        total: Money,
        merchant_code: str,
        description: str,
        valid_until: datetime,
        return_url: str | None,
        redirect_url: str | None,
    ) -> Checkout:
        del description, return_url, redirect_url
        self._called("create_checkout", reference, token)
        if any(c.reference == reference for c in self.checkouts.values()):
            raise DuplicateCheckout("409", error_code="DUPLICATED_CHECKOUT")
        checkout = Checkout(
            id=f"chk-{reference}",
            status="PENDING",
            reference=reference,
            amount=total.amount,
            currency=total.currency,
            merchant_code=merchant_code,
            valid_until=valid_until,
            pay_url=f"https://pay.example.com/{reference}",
        )
        self.checkouts[checkout.id] = checkout
        return checkout

    def get_transaction(self, token: str, merchant_code: str, transaction_id: str) -> Transaction:
        self._called("get_transaction", f"{merchant_code} {transaction_id}", token)
        listed = {t.id: t for c in self.checkouts.values() for t in c.transactions}
        found = self.transactions.get(transaction_id) or listed.get(transaction_id)
        if found is None or transaction_id in self.unknown_transactions:
            raise TransactionNotFound("404", status=404)
        return found

    def refund(
        self, token: str, merchant_code: str, transaction_id: str, amount: Decimal | None = None
    ) -> None:
        self._called("refund", f"{merchant_code} {transaction_id} {amount or 'all'}", token)
        if transaction_id not in self.transactions:
            raise TransactionNotFound("404", status=404)
        found = self.transactions[transaction_id]
        left = (found.amount or Decimal(0)) - found.returned.amount
        wanted = left if amount is None else amount
        if not left or wanted > left:
            raise PaymentProviderError("409 not refundable", status=409, error_code="CONFLICT")
        back = replace(found.returned, refunded=found.returned.refunded + wanted)
        self.transactions[transaction_id] = replace(found, refunded=True, returned=back)
        if self.lost.get("refund"):
            raise self.lost["refund"].pop(0)

    def refresh(self, refresh_token: str) -> TokenGrant:
        self._called("refresh", refresh_token)
        return self.grants.pop(0)

    def asked(self, call: str) -> list[str]:
        """Return what one kind of call was made about, in order."""
        return [about for name, about in self.calls if name == call]

    def _called(self, call: str, about: str, token: str | None = None) -> None:
        self.calls.append((call, about))
        self.before.get(call, lambda: None)()
        if self.failures.get(call):
            raise self.failures[call].pop(0)
        if token in self.refused_tokens:
            raise AccessRefused("401", status=401)

    def _known(self, checkout_id: str) -> Checkout:
        if checkout_id not in self.checkouts:
            raise CheckoutNotFound("404", status=404)
        return self.checkouts[checkout_id]


class Tokens:
    """Organisers' tokens: `token-1`, and after each renewal the next.

    Those of the `parked` need a new consent, those of the `unavailable` cannot be had right now.
    """

    def __init__(self, *, sandbox: bool = False) -> None:
        self.sandbox = sandbox
        self.versions: dict[str, int] = {}
        self.parked: set[str] = set()
        self.unavailable: set[str] = set()
        self.unknown: set[str] = set()
        self.heeded: list[tuple[str, str]] = []

    def current(self, organiser_id: str, now: datetime) -> AccessToken:
        del now
        if organiser_id in self.unknown:
            raise UnknownOrganiser(organiser_id)
        if organiser_id in self.unavailable:
            raise PaymentProviderUnavailable("another worker is still refreshing the token")
        if organiser_id in self.parked:
            raise ReconnectNeeded(f"organiser {organiser_id} has to connect SumUp again")
        version = self.versions.setdefault(organiser_id, 1)
        return AccessToken(f"token-{version}", version, self.sandbox)

    def renew(self, organiser_id: str, refused: AccessToken, now: datetime) -> AccessToken:
        self.versions[organiser_id] = refused.version + 1
        return self.current(organiser_id, now)

    def heed(self, organiser_id: str, error: PaymentProviderError, now: datetime) -> None:
        del now
        self.heeded.append((organiser_id, str(error)))


class Cipher:
    """A key service whose ciphertext opens for its own organiser only."""

    def sealer(self, organiser_id: str) -> Seal:
        return lambda plain: f"{organiser_id}:{plain}".encode()

    def decrypt(self, sealed: bytes, organiser_id: str) -> str:
        owner, _, plain = sealed.decode().partition(":")
        assert owner == organiser_id, "sealed for another organiser"
        return plain


@dataclass
class Organisers:
    """The organisers table, with lease and version."""

    rows: dict[str, Organiser] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    news: list[Mail] = field(default_factory=list)
    always_changes: bool = False

    def every(self) -> Iterator[Organiser]:
        yield from list(self.rows.values())

    def get(self, organiser_id: str) -> Organiser:
        if organiser_id not in self.rows:
            raise UnknownOrganiser(organiser_id)
        return self.rows[organiser_id]

    def connect(
        self,
        organiser: Organiser,
        merchant_code: str,
        tokens: SealedTokens,
        news: Mail,
        now: datetime,
        *,
        sandbox: bool,
    ) -> bool:
        row = self.get(organiser.organiser_id)
        is_same = row.token_version == organiser.token_version and not self.always_changes
        if not is_same or row.merchant_code not in {"", merchant_code}:
            return False
        self.put(
            row,
            merchant_code=merchant_code,
            sandbox=sandbox,
            connection=Connection.CONNECTED,
            connection_reason="",
            access_token=tokens.access_token,
            access_expires_at=tokens.access_expires_at,
            refresh_token=tokens.refresh_token,
            refresh_issued_at=now,
            refreshed_at=now,
            token_version=row.token_version + 1,
            lease_owner=None,
            lease_until=None,
        )
        self.news.append(news)
        return True

    def claim_refresh(self, organiser: Organiser, owner: str, now: datetime) -> bool:
        row = self.get(organiser.organiser_id)
        is_free = row.lease_owner is None or (row.lease_until is not None and row.lease_until < now)
        if row.token_version != organiser.token_version or not is_free:
            return row.lease_owner == owner
        self.put(row, lease_owner=owner, lease_until=now + REFRESH_LEASE)
        return True

    def store_tokens(
        self,
        organiser: Organiser,
        owner: str,
        access_token: bytes,
        access_expires_at: datetime,
        refresh_token: bytes | None,
        now: datetime,
        *,
        told: str,
    ) -> bool:
        row = self.get(organiser.organiser_id)
        if row.lease_owner != owner:
            return False
        self.told[row.organiser_id] = told
        self.put(
            row,
            access_token=access_token,
            access_expires_at=access_expires_at,
            refresh_token=refresh_token or row.refresh_token,
            token_version=organiser.token_version + 1,
            connection=Connection.CONNECTED,
            connection_reason="",
            refreshed_at=now,
            refresh_issued_at=now if refresh_token else row.refresh_issued_at,
            lease_owner=None,
            lease_until=None,
        )
        return True

    def release_refresh(self, organiser: Organiser, owner: str) -> None:
        self._end_lease(organiser, owner)

    def require_reconnect(
        self, organiser: Organiser, owner: str, reason: str, *, told: str
    ) -> None:
        held = self.get(organiser.organiser_id).lease_owner == owner
        self._end_lease(organiser, owner, connection=Connection.REAUTH, connection_reason=reason)
        if held:
            self.told[organiser.organiser_id] = told

    def note_health(self, organiser: Organiser, told: str, now: datetime) -> bool:
        row = self.get(organiser.organiser_id)
        if (row.token_version, row.connection) != (organiser.token_version, organiser.connection):
            return False
        self.put(row, connection_checked_at=now)
        self.told[row.organiser_id] = told
        return True

    def note_reconciled(self, organiser_id: str, day: date) -> bool:
        row = self.rows.get(organiser_id)
        if row is None or (row.reconciled_until and row.reconciled_until >= day):
            return False
        self.put(row, reconciled_until=day)
        return True

    def pause(self, organiser_id: str, until: datetime) -> None:
        row = self.rows.get(organiser_id)
        if row and (row.paused_until is None or row.paused_until < until):
            self.put(row, paused_until=until)

    def put(self, row: Organiser, **changes: Any) -> None:  # noqa: ANN401  # of any field
        """Store a row, changed."""
        self.rows[row.organiser_id] = replace(row, **changes)

    def _end_lease(self, organiser: Organiser, owner: str, **changes: Any) -> None:  # noqa: ANN401  # of any field
        row = self.get(organiser.organiser_id)
        if row.lease_owner == owner:
            self.put(row, **changes, lease_owner=None, lease_until=None)
