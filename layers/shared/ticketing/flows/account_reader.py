"""Read one organiser's payments: from SumUp's account, and from our tables."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from ticketing.errors import AccessForbidden, OrderNotFound, UnreadableAnswer, UnreadableOrder
from ticketing.flows.ports import AccountGateway, Payments, ReadsOrders
from ticketing.observability import logger
from ticketing.orders.order import Order
from ticketing.organisers.organiser import Organiser
from ticketing.payments.payment import Transaction
from ticketing.reconciliation.payment_pair import LedgerPayment, ProviderPayment
from ticketing.reconciliation.provider_facts import exact, taken
from ticketing.reconciliation.statement import Entry, Payout, order_number_of

PAGE = 100
"""Entries of the history in one of SumUp's answers."""


@dataclass
class AccountReader:
    """Reads one account. `keep_time` is called before each request to SumUp."""

    sumup: AccountGateway
    payments: Payments
    orders: ReadsOrders
    organiser: Organiser
    keep_time: Callable[[], None]
    _transactions: dict[str, Transaction] = field(default_factory=dict)

    def history(self, since: datetime, end: datetime) -> Iterator[Entry]:
        self.keep_time()
        for position, entry in enumerate(self.sumup.history(self.organiser, since, end)):
            if position % PAGE == 0:
                self.keep_time()
            yield entry

    def payouts(self, day: date) -> list[Payout] | None:
        """Return the account's payouts; None if SumUp does not show them to us."""
        self.keep_time()
        try:
            return [exact(one) for one in self.sumup.payouts(self.organiser, day)]
        except (AccessForbidden, UnreadableAnswer) as error:
            organiser_id = self.organiser.organiser_id
            logger.warning("payouts not shown", organiser=organiser_id, problem=str(error))
            return None

    def transaction(self, transaction_id: str) -> Transaction | None:
        """Return a transaction; SumUp is asked only once about each that it knows."""
        if transaction_id not in self._transactions:
            self.keep_time()
            found = self.sumup.transaction(self.organiser, transaction_id)
            if found is None:
                return None
            self._transactions |= {transaction_id: found, found.id or transaction_id: found}
        return self._transactions[transaction_id]

    def transaction_of(self, code: str | None) -> Transaction | None:
        """Return the transaction with this code, the one that SumUp shows to people."""
        if code is None:
            return None
        self.keep_time()
        found = self.sumup.transaction_of(self.organiser, code)
        if found and found.id:
            self._transactions[found.id] = found
        return found

    def provider_payment(self, ours: LedgerPayment) -> ProviderPayment | None:
        """Return what SumUp says about a payment; None if it knows none, or it took no money."""
        if ours.transaction_id != ours.checkout_id:
            transaction = self.transaction(ours.transaction_id)
        else:
            transaction = self.transaction_of(ours.code)
        return taken(transaction) if transaction else None

    def accepted(self, since: datetime, end: datetime) -> Iterator[LedgerPayment]:
        """Yield the payments that we accepted in this period; the newest may be missing."""
        return self.payments.accepted(self.organiser.merchant_code, since, end)

    def by_key(self, keys: Iterable[str]) -> Mapping[str, LedgerPayment]:
        """Return the organiser's payments with these ids."""
        found = self.payments.get_all(keys)
        merchant_code = self.organiser.merchant_code
        return {key: ours for key, ours in found.items() if ours.merchant_code == merchant_code}

    def accepted_as(self, order: Order | None, transaction_id: str) -> LedgerPayment | None:
        """Return the accepted payment of an order, if it is this transaction.

        If SumUp named no transaction when we accepted it, its key is the id of its checkout.
        """
        if order is None or order.paid_checkout_id is None:
            return None
        name = order.transaction_id or order.paid_checkout_id
        is_it = name in {transaction_id, order.paid_checkout_id}
        return self.by_key([name]).get(name) if is_it else None

    def order(self, order_number: str | None) -> Order | None:
        """Return the organiser's order; None if its row is unreadable, which the audit reports."""
        if order_number is None:
            return None
        try:
            order = self.orders.get(order_number)
        except (OrderNotFound, UnreadableOrder):
            return None
        return order if order.merchant_code == self.organiser.merchant_code else None

    def owner_of(self, key: str, named: str | None) -> tuple[str | None, Order | None]:
        """Return the number of the order that a payment was for, and the order if it exists.

        `named` is the number in the payment's description. If the organiser has no such order, the
        reference of the checkout decides. If both name the same number, the payment is ours even
        though the order is missing.
        """
        order = self.order(named)
        if order:
            return named, order
        transaction = self.transaction(key)
        number = order_number_of(transaction.reference) if transaction else None
        order = self.order(number)
        return (number, order) if order or (number and number == named) else (None, None)
