"""Ask SumUp about an order with the organiser's token, which is renewed once if SumUp refuses it.

Every failure is returned as an answer, because "could not read" is something to decide about.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Protocol, TypeVar

from ticketing.errors import (
    AccessRefused,
    CheckoutNotDeactivated,
    DuplicateCheckout,
    PaymentProviderError,
    PaymentProviderUnavailable,
    UnknownOrganiser,
    UnreadableAnswer,
)
from ticketing.money import Money
from ticketing.orders.order import Order
from ticketing.organisers.organiser import AccessToken
from ticketing.payments.checkout_result import (
    CheckoutRecord,
    CheckoutResult,
    CheckoutSeen,
    Deactivation,
)
from ticketing.payments.matching import is_wanted
from ticketing.payments.payment import Checkout, Transaction

T = TypeVar("T")
PROCESSED = "CHECKOUT_PROCESSED"


class SumUpCalls(Protocol):
    """The calls to SumUp that are needed here."""

    def get_checkout(self, token: str, checkout_id: str) -> Checkout: ...
    def find_checkouts(self, token: str, reference: str) -> tuple[Checkout, ...]: ...
    def deactivate_checkout(self, token: str, checkout_id: str) -> None: ...
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
    ) -> Checkout: ...
    def get_transaction(
        self, token: str, merchant_code: str, transaction_id: str
    ) -> Transaction: ...
    def refund(
        self, token: str, merchant_code: str, transaction_id: str, amount: Decimal | None = None
    ) -> None: ...


class Tokens(Protocol):
    """The organisers' tokens, as far as they are needed here."""

    def current(self, organiser_id: str, now: datetime) -> AccessToken: ...
    def renew(self, organiser_id: str, refused: AccessToken, now: datetime) -> AccessToken: ...
    def heed(self, organiser_id: str, error: PaymentProviderError, now: datetime) -> None: ...


class OrderGateway:
    """The requests of the flows about an order."""

    def __init__(self, sumup: SumUpCalls, tokens: Tokens, *, real_money: bool = True) -> None:
        """Take SumUp and the organisers' tokens; with `real_money`, sandboxes are pointed out."""
        self._sumup, self._tokens, self._real_money = sumup, tokens, real_money

    def fetch_checkout(self, order: Order, record: CheckoutRecord, now: datetime) -> CheckoutResult:
        """Return the checkout as it is now."""

        def seen(token: AccessToken) -> CheckoutSeen:
            checkout = self._sumup.get_checkout(token.value, record.checkout_id)
            return CheckoutSeen(record, checkout, sandbox=self._real_money and token.sandbox)

        return self._ask(order, now, seen)

    def create_checkout(
        self, order: Order, description: str, return_url: str, redirect_url: str, now: datetime
    ) -> Checkout | PaymentProviderError | UnknownOrganiser:
        """Create the order's checkout, or return the one that an earlier try created.

        A checkout that differs from what we asked for is an `UnreadableAnswer`: nobody must pay it.
        If SumUp answers that we ask too often, we do not ask what there is: the next try does.
        """
        created = self._ask(
            order,
            now,
            lambda token: self._sumup.create_checkout(
                token.value,
                reference=order.checkout_reference,
                total=order.total,
                merchant_code=order.merchant_code,
                description=description,
                valid_until=order.deadline,
                return_url=return_url,
                redirect_url=redirect_url,
            ),
        )
        if isinstance(created, Checkout) and not is_wanted(
            order, order.checkout_reference, created
        ):
            created = UnreadableAnswer("SumUp created another checkout than we asked for")
        if not isinstance(created, (DuplicateCheckout, PaymentProviderUnavailable)):
            return created
        if created.status == HTTPStatus.TOO_MANY_REQUESTS:
            return created
        found = self.find(order, now)
        if not isinstance(found, tuple):
            return created
        wanted = [c for c in found if is_wanted(order, order.checkout_reference, c)]
        return wanted[0] if wanted else created

    def deactivate(self, order: Order, before: CheckoutSeen, now: datetime) -> CheckoutResult:
        """Deactivate the checkout, then fetch it again: only what that shows counts."""
        outcome = self._ask(order, now, lambda token: self._deactivate(token, before.record))
        if not isinstance(outcome, Deactivation):
            return outcome
        after = self.fetch_checkout(order, before.record, now)
        if not isinstance(after, CheckoutSeen):
            return after
        return replace(after, deactivation=outcome, status_before=before.checkout.status)

    def fetch_transaction(self, order: Order, seen: CheckoutSeen, now: datetime) -> CheckoutSeen:
        """Add what the transaction resource says, or why it could not be read."""
        payment = seen.checkout.payment
        if payment is None or payment.id is None:
            unknown = PaymentProviderError("the checkout names no transaction to look at")
            return replace(seen, transaction=unknown)
        return replace(seen, transaction=self.transaction(order, payment.id, now))

    def transaction(
        self, order: Order, transaction_id: str, now: datetime
    ) -> Transaction | PaymentProviderError:
        """Return what the transaction resource says, or why it could not be read."""
        found = self._ask(
            order,
            now,
            lambda token: self._sumup.get_transaction(
                token.value, order.merchant_code, transaction_id
            ),
        )
        return PaymentProviderError(str(found)) if isinstance(found, UnknownOrganiser) else found

    def refund(
        self, order: Order, transaction_id: str, amount: Decimal | None, now: datetime
    ) -> PaymentProviderError | None:
        """Ask once for the money to go back; return None, or why SumUp did not say yes.

        Not even a refused token is renewed for a second try. If there is no token, SumUp is not
        asked: that must not be a `PaymentProviderUnavailable`, which means that nobody knows.
        """
        try:
            token = self._tokens.current(order.organiser_id, now)
        except (PaymentProviderError, UnknownOrganiser) as error:
            return PaymentProviderError(f"SumUp was not asked: {error}")
        try:
            self._sumup.refund(token.value, order.merchant_code, transaction_id, amount)
        except PaymentProviderError as error:
            return error
        return None

    def find(
        self, order: Order, now: datetime
    ) -> tuple[Checkout, ...] | PaymentProviderError | UnknownOrganiser:
        """Return the checkouts that SumUp has under the order's reference."""
        return self._ask(
            order,
            now,
            lambda token: self._sumup.find_checkouts(token.value, order.checkout_reference),
        )

    def _deactivate(self, token: AccessToken, record: CheckoutRecord) -> Deactivation:
        try:
            self._sumup.deactivate_checkout(token.value, record.checkout_id)
        except CheckoutNotDeactivated as error:
            processed = error.error_code == PROCESSED
            return Deactivation.PROCESSED if processed else Deactivation.UNDER_WAY
        return Deactivation.DONE

    def _ask(
        self, order: Order, now: datetime, call: Callable[[AccessToken], T]
    ) -> T | PaymentProviderError | UnknownOrganiser:
        try:
            return with_token(self._tokens, order.organiser_id, now, call)
        except (PaymentProviderError, UnknownOrganiser) as error:
            return error


def with_token(
    tokens: Tokens, organiser_id: str, now: datetime, call: Callable[[AccessToken], T]
) -> T:
    """Return SumUp's answer to a call with the organiser's token, which is renewed if refused.

    If SumUp asks us to wait, the organiser's other orders wait as well.
    """
    token = tokens.current(organiser_id, now)
    try:
        try:
            return call(token)
        except AccessRefused:
            return call(tokens.renew(organiser_id, token, now))
    except PaymentProviderError as error:
        tokens.heed(organiser_id, error, now)
        raise
