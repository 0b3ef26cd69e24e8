"""Merchants, checkouts and transactions together: the only place where they change."""

import itertools
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from local.sumup import refusals
from local.sumup.cards import TILL, Instrument, fails_in_sandbox
from local.sumup.clock import Clock
from local.sumup.merchants import Merchant
from local.sumup.payments import (
    Checkout,
    CheckoutStatus,
    Movement,
    MovementKind,
    Transaction,
    TransactionStatus,
)
from local.sumup.validation import CheckoutRequest

_OVER = {
    CheckoutStatus.PAID: refusals.processed,
    CheckoutStatus.EXPIRED: refusals.session_expired,
}


class World:
    """What SumUp would have in its database.

    `announce` is called with a checkout each time an attempt to pay it ended. Methods raise
    `Refusal` when SumUp would refuse; then nothing has changed.
    """

    def __init__(self, clock: Clock, announce: Callable[[Checkout], None]) -> None:
        self.clock = clock
        self._announce = announce
        self.clear()

    def clear(self) -> None:
        """Forget everything."""
        self.merchants: dict[str, Merchant] = {}
        self.checkouts: dict[str, Checkout] = {}
        self._references: dict[tuple[str, str], Checkout] = {}
        self._transactions: dict[str, list[Transaction]] = {}
        self._numbers = itertools.count(1)

    def state(self) -> dict[str, Any]:
        """Everything in it, for `restore`."""
        kept = {k: v for k, v in vars(self).items() if k not in {"clock", "_announce", "_numbers"}}
        return kept | {"next_number": next(self._numbers)}

    def restore(self, state: dict[str, Any]) -> None:
        """Be as another world was."""
        self.merchants, self.checkouts = state["merchants"], state["checkouts"]
        self._references, self._transactions = state["_references"], state["_transactions"]
        self._numbers = itertools.count(state["next_number"])

    def now(self) -> datetime:
        """The world's time."""
        return self.clock.now()

    # Merchants

    def settle_merchant(self, merchant: Merchant) -> Merchant:
        """Add a merchant, or give a known one these settings. Its checkouts stay."""
        known = self.merchants.setdefault(merchant.code, merchant)
        vars(known).update(vars(merchant) | {"created": known.created})
        return known

    def usual_merchant(self, code: str = "MSIM0001") -> Merchant:
        """A merchant as it is where nothing else is said; it is not added."""
        name = "Simulated Merchant"
        return Merchant(code, name, currency="EUR", country="DE", created=self.now())

    def free_code(self) -> str:
        """The first code of a simulated merchant that none has."""
        codes = (f"MSIM{number:04}" for number in itertools.count(1))
        return next(code for code in codes if code not in self.merchants)

    def merchant(self, code: str) -> Merchant:
        """The merchant of this code; 404 if there is none."""
        if code not in self.merchants:
            detail = "Merchant not found"
            raise refusals.problem(404, "not-found", "Not Found", detail)
        return self.merchants[code]

    # Checkouts

    def create(self, merchant: Merchant, request: CheckoutRequest) -> Checkout:
        """A new checkout; 403 on another merchant's account, 409 if the reference is taken."""
        if request.merchant_code != merchant.code:
            raise refusals.forbidden("checkout_payments_not_allowed")
        self._keep_reference_free(merchant, request.reference)
        wanted = {k: v for k, v in vars(request).items() if k != "merchant_code"}
        checkout = Checkout(merchant=merchant, created=self.now(), **wanted)
        self.checkouts[checkout.id] = checkout
        self._references[merchant.code, checkout.reference] = checkout
        return checkout

    def checkout(self, checkout_id: str, merchant: Merchant | None = None) -> Checkout:
        """The checkout; 404 if there is none, or `merchant` is given and it is another's."""
        checkout = self.checkouts.get(checkout_id)
        if not checkout or (merchant and checkout.merchant is not merchant):
            raise refusals.not_found()
        return checkout

    def checkouts_of(self, merchant: Merchant, reference: str | None) -> list[Checkout]:
        """The merchant's checkouts in order of creation, or the one of that reference."""
        if reference is not None:
            found = self._references.get((merchant.code, reference))
            return [found] if found else []
        return [c for c in self.checkouts.values() if c.merchant is merchant]

    def update(self, checkout: Checkout, changes: dict[str, Any]) -> None:
        """Change attributes of a checkout that is not paid or expired."""
        self._refuse_if_over(checkout)
        reference = changes.get("reference", checkout.reference)
        if reference != checkout.reference:
            self._keep_reference_free(checkout.merchant, reference)
            self._references[checkout.merchant.code, reference] = checkout
            del self._references[checkout.merchant.code, checkout.reference]
        for name, value in changes.items():
            setattr(checkout, name, value)

    def deactivate(self, checkout: Checkout) -> None:
        """Close a checkout, so that it can no longer be paid; 409 if that is too late."""
        status = checkout.status(self.now())
        if status is CheckoutStatus.PAID:
            raise refusals.processed()
        if status is not CheckoutStatus.EXPIRED and checkout.under_way:
            raise refusals.in_progress()
        checkout.closed = True

    # Payments

    def pay(
        self,
        checkout: Checkout,
        ending: TransactionStatus,
        instrument: Instrument | None = None,
        *,
        force: bool = False,
    ) -> Transaction:
        """One attempt to pay. `force` ignores that it is paid or expired, as late money does."""
        if not force:
            self._refuse_if_over(checkout)
        attempt = self._attempt(checkout, self._ending(checkout, ending), instrument)
        checkout.attempts.append(attempt)
        self._transactions.setdefault(attempt.merchant_code, []).append(attempt)
        if attempt.status is not TransactionStatus.PENDING:
            self._announce(checkout)
        return attempt

    def finish(self, checkout: Checkout, ending: TransactionStatus) -> Transaction:
        """End the attempt that is under way, even if the checkout expired since; 409 if none is."""
        attempt = checkout.under_way
        if not attempt:
            raise refusals.error(409, "NOTHING_UNDER_WAY", "No payment is under way")
        attempt.status = self._ending(checkout, ending)
        self._announce(checkout)
        return attempt

    def sell(self, merchant: Merchant, amount: Decimal) -> Transaction:
        """A sale at the merchant's till: the same account, and no checkout."""
        sold = Transaction(
            merchant_code=merchant.code,
            amount=amount,
            currency=merchant.currency,
            created=self.now(),
            status=TransactionStatus.SUCCESSFUL,
            reference="",
            description="Bar",
            number=next(self._numbers),
            **vars(TILL),
        )
        self._transactions.setdefault(merchant.code, []).append(sold)
        return sold

    def charge_twice(self, checkout: Checkout) -> None:
        """Take the money once more than is right."""
        for _ in range(1 if checkout.payment else 2):
            self.pay(checkout, TransactionStatus.SUCCESSFUL, force=True)

    # Transactions

    def transactions_of(self, merchant: Merchant) -> list[Transaction]:
        """All attempts to pay the merchant, oldest first."""
        return self._transactions.get(merchant.code, [])

    def transaction(self, merchant: Merchant, **attributes: str) -> Transaction:
        """The latest transaction that has one of these attribute values; 404 if none has."""
        for transaction in reversed(self.transactions_of(merchant)):
            if any(getattr(transaction, name) == value for name, value in attributes.items()):
                return transaction
        raise refusals.not_found()

    def refund(self, transaction: Transaction, amount: Decimal | None = None) -> Movement:
        """Give back `amount` (major units), or what is left of the payment."""
        left = transaction.amount - transaction.refunded
        if not transaction.succeeded or transaction.charged_back or not left:
            detail = "The transaction is not refundable in its current state"
            raise refusals.problem(409, "conflict", "Conflict", detail)
        if amount is not None and amount > left:
            raise _too_much(left)
        return self._move(transaction, MovementKind.REFUND, amount or left)

    def charge_back(self, transaction: Transaction) -> Movement:
        """The buyer's bank takes the whole payment back."""
        return self._move(transaction, MovementKind.CHARGE_BACK, transaction.amount)

    # Inside

    def _refuse_if_over(self, checkout: Checkout) -> None:
        refusal = _OVER.get(checkout.status(self.now()))
        if refusal:
            raise refusal()

    def _keep_reference_free(self, merchant: Merchant, reference: str) -> None:
        if (merchant.code, reference) in self._references:
            raise refusals.duplicated()

    def _attempt(
        self, checkout: Checkout, status: TransactionStatus, instrument: Instrument | None
    ) -> Transaction:
        return Transaction(
            merchant_code=checkout.merchant.code,
            amount=checkout.amount,
            currency=checkout.currency,
            created=self.now(),
            status=status,
            reference=checkout.reference,
            description=checkout.description,
            number=next(self._numbers),
            **vars(instrument or Instrument()),
        )

    def _ending(self, checkout: Checkout, ending: TransactionStatus) -> TransactionStatus:
        doomed = checkout.merchant.sandbox and fails_in_sandbox(checkout.amount)
        return TransactionStatus.FAILED if doomed else ending

    def _move(self, transaction: Transaction, kind: MovementKind, amount: Decimal) -> Movement:
        movement = Movement(kind, amount, self.now(), next(self._numbers))
        transaction.movements.append(movement)
        return movement


def _too_much(left: Decimal) -> refusals.Refusal:
    cause = {
        "code": "INVALID_AMOUNT",
        "detail": "Amount exceeds the refundable amount",
        "reason": "amount_too_high",
        "max_refundable_amount": left,
    }
    title = "Unprocessable Entity"
    return refusals.problem(422, "unprocessable-entity", title, "Refund failed.", errors=[cause])
