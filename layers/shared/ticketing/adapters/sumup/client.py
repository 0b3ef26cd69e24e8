"""SumUp over HTTP: one method per endpoint, typed answers, typed errors.

Paths and fields are from SumUp's OpenAPI document (checkouts and memberships v0.1, merchants v1,
payouts and refunds v1.0, transactions v2.1) and its OAuth page. `payments.decision_table` decides
what an answer means for an order.
"""

import base64
import hashlib
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Final
from urllib.parse import urlencode

from ticketing.adapters.sumup import parsing
from ticketing.adapters.sumup.error_responses import Kinds
from ticketing.adapters.sumup.http import Call, Wire
from ticketing.errors import (
    AccessRefused,
    CheckoutNotDeactivated,
    CheckoutNotFound,
    ClientRefused,
    DuplicateCheckout,
    PaymentProviderError,
    ReconnectNeeded,
    TransactionNotFound,
    UnreadableAnswer,
)
from ticketing.money import Money
from ticketing.payments.payment import (
    EXPIRED,
    ID,
    SCOPES,
    Checkout,
    Merchant,
    TokenGrant,
    Transaction,
)
from ticketing.reconciliation.statement import HistoryPage, Payout

FORM: Final = "application/x-www-form-urlencoded"

REFERENCE: Final = re.compile(r"[!-~]{1,64}")
MOST_MEMBERSHIPS: Final = 25
"""The most that SumUp lists at once."""
MOST_PAYOUTS: Final = 9999
"""The most that SumUp lists; there are no further pages."""

NO_CHECKOUT: Final[Kinds] = {HTTPStatus.NOT_FOUND: CheckoutNotFound}
NOT_DEACTIVATED: Final[Kinds] = {**NO_CHECKOUT, HTTPStatus.CONFLICT: CheckoutNotDeactivated}
TAKEN: Final[Kinds] = {"DUPLICATED_CHECKOUT": DuplicateCheckout}
NO_TRANSACTION: Final[Kinds] = {HTTPStatus.NOT_FOUND: TransactionNotFound}
NO_TOKENS: Final[Kinds] = {
    "invalid_grant": ReconnectNeeded,
    "invalid_client": ClientRefused,
    "unauthorized_client": ClientRefused,
    HTTPStatus.UNAUTHORIZED: ClientRefused,
}


class SumUp:
    """The SumUp API, for every organiser: the access token comes with each call.

    Raises only `PaymentProviderError` and its subclasses. Reads and deactivations are tried up to
    three times; a create, a refund, an exchange and a refresh are sent once. An instance may be
    shared between threads.
    """

    def __init__(  # the last two are for tests
        self,
        base_url: str,
        client_id: str,
        client_secret: str,
        *,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take the URL of the API and our OAuth client; nothing is sent yet."""
        self._base_url = base_url.rstrip("/")
        self._wire = Wire(base_url, sleep, clock)
        self._client_id, self._client_secret = client_id, client_secret

    def get_checkout(self, token: str, checkout_id: str) -> Checkout:
        """Return the checkout as SumUp sees it now."""
        path = f"/v0.1/checkouts/{_id(checkout_id)}"
        call = Call("GET", path, NO_CHECKOUT, token=_bearer(token))
        return parsing.checkout(self._wire.send(call))

    def find_checkouts(self, token: str, reference: str) -> tuple[Checkout, ...]:
        """Return all checkouts with this reference. An empty answer proves nothing."""
        query = urlencode({"checkout_reference": _reference(reference)})
        call = Call("GET", "/v0.1/checkouts", query=query, token=_bearer(token))
        return parsing.checkouts(self._wire.send(call))

    def deactivate_checkout(self, token: str, checkout_id: str) -> None:
        """Make the checkout unpayable, or raise `CheckoutNotDeactivated` with SumUp's code.

        It counts only if the answer says that the checkout is EXPIRED: any gateway can answer 200.
        """
        path = f"/v0.1/checkouts/{_id(checkout_id)}"
        call = Call("DELETE", path, NOT_DEACTIVATED, token=_bearer(token))
        gone = parsing.checkout(self._wire.send(call))
        if (gone.id, gone.status) != (checkout_id, EXPIRED):
            raise UnreadableAnswer(f"{call}: the answer does not say that it is expired")

    def create_checkout(  # a checkout is that many facts, each by its name
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
        """Create a checkout with a hosted payment page. SumUp accepts a reference only once.

        After `PaymentProviderUnavailable`, it may exist all the same: see `find_checkouts`.
        """
        fields = {
            "checkout_reference": _reference(reference),
            "currency": total.currency,
            "merchant_code": _id(merchant_code),
            "description": description,
            "valid_until": valid_until.astimezone(UTC).isoformat(timespec="seconds"),
            "return_url": return_url,
            "redirect_url": redirect_url,
            "hosted_checkout": {"enabled": True},
        }
        body = _with_amount({name: value for name, value in fields.items() if value}, total)
        call = Call("POST", "/v0.1/checkouts", TAKEN, body=body, token=_bearer(token))
        return parsing.checkout(self._wire.send(call))

    def get_transaction(self, token: str, merchant_code: str, transaction_id: str) -> Transaction:
        """Return the transaction resource, the only one that shows a refund or chargeback."""
        path = f"/v2.1/merchants/{_id(merchant_code)}/transactions"
        query = urlencode({"id": _id(transaction_id)})
        call = Call("GET", path, NO_TRANSACTION, query=query, token=_bearer(token))
        found = parsing.transaction(self._wire.send(call))
        if found.id != transaction_id:
            raise UnreadableAnswer(f"{call}: the answer is about another transaction")
        return found

    def find_transaction(self, token: str, merchant_code: str, code: str) -> Transaction:
        """Return the transaction with this transaction code."""
        path = f"/v2.1/merchants/{_id(merchant_code)}/transactions"
        query = urlencode({"transaction_code": _id(code)})
        call = Call("GET", path, NO_TRANSACTION, query=query, token=_bearer(token))
        found = parsing.transaction(self._wire.send(call))
        if found.code != code:
            raise UnreadableAnswer(f"{call}: the answer is about another transaction")
        return found

    def history_page(
        self, token: str, merchant_code: str, query: Sequence[tuple[str, str]]
    ) -> HistoryPage:
        """Return some lines of a merchant's history, as `query` filters and orders them."""
        path = f"/v2.1/merchants/{_id(merchant_code)}/transactions/history"
        call = Call("GET", path, query=urlencode(query), token=_bearer(token))
        return parsing.history_page(self._wire.send(call))

    def payouts(
        self, token: str, merchant_code: str, first: date, last: date
    ) -> tuple[Payout, ...]:
        """Return everything that was paid out or held back from `first` to `last`, inclusive.

        Raises `UnreadableAnswer` if there are more than SumUp lists, as some would be missing.
        """
        path = f"/v1.0/merchants/{_id(merchant_code)}/payouts"
        query = urlencode(
            {"start_date": f"{first}", "end_date": f"{last}", "limit": f"{MOST_PAYOUTS}"}
        )
        most = parsing.MAX_LIST
        call = Call("GET", path, query=query, token=_bearer(token), most=most)
        listed = parsing.payouts(self._wire.send(call))
        if len(listed) >= MOST_PAYOUTS:
            raise UnreadableAnswer(f"{call}: there are more payouts than SumUp lists")
        return listed

    def refund(
        self, token: str, merchant_code: str, transaction_id: str, amount: Decimal | None = None
    ) -> None:
        """Ask for a transaction's money to go back: all of it, or `amount` in its currency.

        This is sent once. After `PaymentProviderUnavailable`, the money may be on its way all the
        same: see `get_transaction`. SumUp never gives back more than was paid.
        """
        path = f"/v1.0/merchants/{_id(merchant_code)}/payments/{_id(transaction_id)}/refunds"
        body = None if amount is None else f'{{"amount": {amount:f}}}'
        self._wire.send(Call("POST", path, NO_TRANSACTION, body=body, token=_bearer(token)))

    def refresh(self, refresh_token: str) -> TokenGrant:
        """Trade a refresh token for new tokens, or raise `ReconnectNeeded` if it is dead."""
        if not refresh_token:
            raise ReconnectNeeded("there is no refresh token to use")
        form = {
            "grant_type": "refresh_token",
            "refresh_token": refresh_token,
            "client_id": self._client_id,
            "client_secret": self._client_secret,
        }
        return self._grant(form, refresh_token)

    def authorise_url(self, redirect_uri: str, state: str, verifier: str) -> str:
        """Return the URL of the consent page, which leads back to `redirect_uri` with a code."""
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": redirect_uri,
            "scope": " ".join(SCOPES),
            "state": state,
            "code_challenge": _challenge(verifier),
            "code_challenge_method": "S256",
        }
        return f"{self._base_url}/authorize?{urlencode(query)}"

    def exchange(self, code: str, redirect_uri: str, verifier: str) -> TokenGrant:
        """Trade the code of a consent for tokens, or raise `ReconnectNeeded` if it is refused."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
            "client_id": self._client_id,
            "client_secret": self._client_secret,
        }
        return self._grant(form, code, verifier)

    def memberships(self, token: str) -> tuple[str, ...]:
        """Return the codes of the merchant accounts that the token's user belongs to."""
        query = urlencode({"limit": MOST_MEMBERSHIPS})
        call = Call("GET", "/v0.1/memberships", query=query, token=_bearer(token))
        return parsing.memberships(self._wire.send(call))

    def merchant(self, token: str, merchant_code: str) -> Merchant:
        """Return the merchant account as SumUp knows it."""
        call = Call("GET", f"/v1/merchants/{_id(merchant_code)}", token=_bearer(token))
        return parsing.merchant(self._wire.send(call))

    def _grant(self, form: Mapping[str, str], *secrets: str) -> TokenGrant:
        call = Call(
            method="POST",
            path="/token",
            kinds=NO_TOKENS,
            body=urlencode(form),
            content_type=FORM,
            secrets=(*secrets, self._client_secret),
        )
        return parsing.token_grant(self._wire.send(call))


def _challenge(verifier: str) -> str:
    """Return PKCE's S256 challenge (RFC 7636): using the code takes the verifier."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _bearer(token: str) -> str:
    if not parsing.TOKEN.fullmatch(token):
        raise AccessRefused("the access token is empty, or could not be one")
    return token


def _with_amount(fields: Mapping[str, object], total: Money) -> str:
    """Return a JSON object with the exact amount, for which `json` would need a float."""
    return json.dumps(fields)[:-1] + f', "amount": {total.amount:f}}}'


def _id(value: str) -> str:
    if not ID.fullmatch(value):
        raise PaymentProviderError(f"{value[:64]!r} could not be an id of SumUp's")
    return value


def _reference(value: str) -> str:
    if not REFERENCE.fullmatch(value):
        raise PaymentProviderError(f"{value[:64]!r} could not be a checkout reference")
    return value
