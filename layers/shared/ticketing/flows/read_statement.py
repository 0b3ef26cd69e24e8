"""Read one day of an organiser's account from both sides, and put together what belongs together.

Everything is read before anything is judged, and one answer that cannot be read ends all of it:
half an account would show money missing that is there.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Protocol

from ticketing.errors import (
    AccessForbidden,
    InvalidMoney,
    OrderNotFound,
    UnreadableAnswer,
    UnreadableOrder,
)
from ticketing.money import Money
from ticketing.observability import logger
from ticketing.orders.order import Order
from ticketing.organisers.organiser import Organiser
from ticketing.payments.payment import Transaction
from ticketing.reconciliation.compare import (
    BusinessDay,
    GivenBack,
    LedgerPayment,
    PaymentPair,
    ProviderPayment,
)
from ticketing.reconciliation.statement import (
    IN_PERSON,
    NOT_TAKEN,
    TAKEN,
    Entry,
    Movement,
    Payout,
    order_number_of,
)

OVERLAP = timedelta(hours=12)
"""Both sides are read this much beyond the day, so that what was paid on one day and accepted on
the next is found without a question of its own."""
PAID_OUT_WITHIN = timedelta(days=31)
"""How old a payment may be whose payout is told apart from the organiser's other business."""


class Questions(Protocol):
    """What is needed of SumUp."""

    def history(self, organiser: Organiser, since: datetime, end: datetime) -> Iterator[Entry]: ...
    def transaction(self, organiser: Organiser, transaction_id: str) -> Transaction | None: ...
    def transaction_of(self, organiser: Organiser, code: str) -> Transaction | None: ...
    def payouts(self, organiser: Organiser, day: date) -> tuple[Payout, ...]: ...


class Payments(Protocol):
    """What is needed of the payments table."""

    def accepted(
        self, merchant_code: str, since: datetime, end: datetime
    ) -> Iterator[LedgerPayment]: ...
    def get_all(self, transaction_ids: Iterable[str]) -> Mapping[str, LedgerPayment]: ...


class Orders(Protocol):
    """What is needed of the orders table."""

    def get(self, order_number: str) -> Order: ...


@dataclass(frozen=True)
class AccountRead:
    """A day of an account: its payments from both sides, and the payouts of our own payments.

    `payouts` is None where SumUp does not show them to us, or not all of them.
    """

    cases: tuple[PaymentPair, ...]
    payouts: tuple[Payout, ...] | None


@dataclass(frozen=True)
class ReadStatement:
    """The flow with everything it talks to."""

    sumup: Questions
    payments: Payments
    orders: Orders

    def __call__(
        self, organiser: Organiser, day: date, cut: BusinessDay, keep_time: Callable[[], None]
    ) -> AccountRead:
        """Read the day; `keep_time` is called before each question and may raise to end it.

        Raises `PaymentProviderError` and `UnknownOrganiser`: then nothing is known of the day.
        """
        reading = _Reading(self, organiser, cut, keep_time)
        cases = tuple(reading.cases())
        return AccountRead(cases, reading.payouts(day, cases))


@dataclass
class _Reading:
    """One account while it is read. `lines` are the payments SumUp lists, by transaction."""

    flow: ReadStatement
    organiser: Organiser
    cut: BusinessDay
    keep_time: Callable[[], None]
    lines: dict[str, Entry] = field(default_factory=dict)
    movements: list[Entry] = field(default_factory=list)
    booked: dict[str, LedgerPayment] = field(default_factory=dict)
    told: dict[str, Transaction] = field(default_factory=dict)

    def cases(self) -> Iterator[PaymentPair]:
        """Yield every payment of ours that this day or its news are about."""
        self._list()
        self._look_up()
        moved = self._with_movements()
        taken: set[str] = set()
        for entry in self.lines.values():
            wanted = _time(entry.at) >= self.cut.start
            if wanted or entry.went_back or entry.id in moved:
                case = self._case(entry, moved)
                if case:
                    taken |= {case.transaction_id}
                    taken |= {case.ours.transaction_id} if case.ours else set()
                    yield case
        yield from self._unlisted(moved - self.lines.keys())
        yield from self._unseen(taken)

    def payouts(self, day: date, cases: Sequence[PaymentPair]) -> tuple[Payout, ...] | None:
        """Return the payouts of our own payments; an account has other business too."""
        self.keep_time()
        try:
            listed = [_exact(one) for one in self.flow.sumup.payouts(self.organiser, day)]
        except (AccessForbidden, UnreadableAnswer) as error:
            logger.warning("payouts not shown", organiser=self._id, problem=str(error))
            return None
        wanted = {payout.code for payout in listed}
        ours = {case.code for case in cases}
        if wanted - ours:
            since = self.cut.start - PAID_OUT_WITHIN
            ours |= {b.code for b in self._accepted(since, self.cut.end) if b.code in wanted}
        return tuple(payout for payout in listed if payout.code in ours)

    # ------------------------------------------------------------------- both lists

    def _list(self) -> None:
        """Take up SumUp's list without its tills.

        A line that comes twice counts once, as it was seen last.
        """
        for entry in self._history():
            if entry.payment_type in IN_PERSON:
                continue
            if entry.kind == Movement.PAYMENT:
                self.lines[entry.id] = entry
            elif entry.may_be_ours:
                self.movements.append(entry)

    def _history(self) -> Iterator[Entry]:
        self.keep_time()
        since, end = self.cut.start - OVERLAP, self.cut.end
        for position, entry in enumerate(self.flow.sumup.history(self.organiser, since, end)):
            if position % 100 == 0:
                self.keep_time()
            yield entry

    def _look_up(self) -> None:
        """Find our payments of these lines: by their time, and what is left by its key.

        What is neither ours nor can be is dropped. The index by time may lag, keys do not.
        """
        listed = self._accepted(self.cut.start, self.cut.end + OVERLAP)
        self.booked = {booked.transaction_id: booked for booked in listed}
        self.booked |= self._by_key(self.lines.keys() - self.booked.keys())
        self.lines = {
            key: entry
            for key, entry in self.lines.items()
            if key in self.booked or (entry.may_be_ours and self._took_money(entry))
        }

    def _took_money(self, entry: Entry) -> bool:
        if entry.took_money or entry.status in NOT_TAKEN:
            return entry.took_money
        raise UnreadableAnswer(f"the history has a payment of the unknown status {entry.status!r}")

    def _accepted(self, since: datetime, end: datetime) -> Iterator[LedgerPayment]:
        return self.flow.payments.accepted(self.organiser.merchant_code, since, end)

    def _by_key(self, keys: Iterable[str]) -> Mapping[str, LedgerPayment]:
        found = self.flow.payments.get_all(keys)
        merchant_code = self.organiser.merchant_code
        return {
            key: booked for key, booked in found.items() if booked.merchant_code == merchant_code
        }

    # -------------------------------------------------------------------- what went back

    def _with_movements(self) -> set[str]:
        """Return the payments of which the list shows a refund or chargeback as a line."""
        by_code = {entry.code: key for key, entry in self.lines.items() if entry.code}
        return {
            found for line in self.movements if (found := self._moved(line, by_code)) is not None
        }

    def _moved(self, line: Entry, by_code: Mapping[str, str]) -> str | None:
        """Return which payment it was taken back from: such a line may have an id of its own."""
        known = line.id if line.id in self.lines else by_code.get(line.code or "")
        if known:
            return known
        self.keep_time()
        sumup = self.flow.sumup
        found = sumup.transaction_of(self.organiser, line.code) if line.code else None
        found = found or sumup.transaction(self.organiser, line.id)
        if found and found.id:
            self.told[found.id] = found
            return found.id
        if line.order_number:
            raise UnreadableAnswer("the history has a refund of a payment that SumUp does not know")
        return None

    def _returned(self, key: str, amount: Money, entry: Entry | None) -> tuple[GivenBack, ...]:
        """Return what went back of a payment before the cut, by its own events."""
        told = self._told(key)
        if told and told.events:
            return tuple(_events(told, amount.currency, self.cut))
        if entry and entry.refunded > 0:
            back = _money(entry.refunded, amount.currency)
            return (GivenBack(Movement.REFUND, back.amount),)
        if entry and entry.charged_back:
            return (GivenBack(Movement.CHARGE_BACK, amount.amount),)
        if entry and entry.went_back:
            raise UnreadableAnswer("money went back, and SumUp does not say how much")
        return ()

    def _told(self, key: str) -> Transaction | None:
        """Return what SumUp says of one payment, asked once."""
        if key not in self.told:
            self.keep_time()
            found = self.flow.sumup.transaction(self.organiser, key)
            if found is None:
                return None
            self.told[key] = found
        return self.told[key]

    # ------------------------------------------------------------------------- one payment

    def _case(self, entry: Entry, moved: set[str]) -> PaymentPair | None:
        """Put one line beside our payment; None if it turns out to be somebody else's."""
        amount, at = _money(entry.amount, entry.currency), _time(entry.at)
        booked, order = self.booked.get(entry.id), None
        number = booked.order_number if booked else None
        if booked is None:
            number, order = self._owner(entry.id, entry.order_number)
            if number is None:
                return None
            booked = self._accepted_as(order, entry.id)
        returned: tuple[GivenBack, ...] = ()
        if entry.went_back or entry.id in moved:
            returned = self._returned(entry.id, amount, entry)
            order = order or self._order(number)
        seen = (
            ProviderPayment(amount, at, entry.code, returned) if self._took_money(entry) else None
        )
        return PaymentPair(entry.id, seen, booked, number, order)

    def _owner(self, key: str, named: str | None) -> tuple[str | None, Order | None]:
        """Return which order of ours a payment was for, if any, and that order if it exists.

        Its description names it; where that order is not the organiser's, the reference of its
        checkout decides. Both together are ours even if there is no such order.
        """
        order = self._order(named)
        if order:
            return named, order
        told = self._told(key)
        number = order_number_of(told.reference) if told else None
        order = self._order(number)
        return (number, order) if order or (number and number == named) else (None, None)

    def _order(self, number: str | None) -> Order | None:
        """Return the organiser's order; None also for one whose row has an alert of its own."""
        if number is None:
            return None
        try:
            order = self.flow.orders.get(number)
        except (OrderNotFound, UnreadableOrder):
            return None
        return order if order.merchant_code == self.organiser.merchant_code else None

    def _accepted_as(self, order: Order | None, key: str) -> LedgerPayment | None:
        """Return the payment if its order has accepted it: since a moment, or under another name.

        Where SumUp had named no transaction, a payment is kept under its checkout's id.
        """
        if order is None or order.paid_checkout_id is None:
            return None
        name = order.transaction_id or order.paid_checkout_id
        return self._by_key([name]).get(name) if name in {key, order.paid_checkout_id} else None

    def _unlisted(self, keys: Iterable[str]) -> Iterator[PaymentPair]:
        """Yield old payments of which only the refund or chargeback is listed."""
        wanted = sorted(keys)
        booked = self._by_key(wanted)
        for key in wanted:
            told, ours = self.told[key], booked.get(key)
            number, order = (ours.order_number, None) if ours else self._owner(key, None)
            if number:
                amount = _money(told.amount, told.currency)
                seen = ProviderPayment(
                    amount, _time(told.at), told.code, self._returned(key, amount, None)
                )
                yield PaymentPair(key, seen, ours, number, order or self._order(number))

    def _unseen(self, taken: set[str]) -> Iterator[PaymentPair]:
        """Yield what we accepted on this day and SumUp does not list: asked one by one."""
        for key, booked in self.booked.items():
            if key not in taken and self.cut.holds(booked.accepted_at):
                yield PaymentPair(key, self._asked(booked), booked, booked.order_number)

    def _asked(self, booked: LedgerPayment) -> ProviderPayment | None:
        """Return an accepted payment as SumUp knows it; None if it does not, or it took nothing."""
        if booked.transaction_id != booked.checkout_id:
            told = self._told(booked.transaction_id)
        else:
            self.keep_time()
            code = booked.code
            told = self.flow.sumup.transaction_of(self.organiser, code) if code else None
        if told is None or told.status in NOT_TAKEN:
            return None
        if told.status not in TAKEN:
            raise UnreadableAnswer(f"a payment has the unknown status {told.status!r}")
        return ProviderPayment(_money(told.amount, told.currency), _time(told.at), told.code)

    @property
    def _id(self) -> str:
        return self.organiser.organiser_id


def _events(told: Transaction, currency: str, cut: BusinessDay) -> Iterator[GivenBack]:
    for event in told.events:
        if event.at and event.at >= cut.end:
            continue
        if event.is_unknown:
            raise UnreadableAnswer("a refund or chargeback does not say how it stands")
        if event.is_done:
            yield GivenBack(Movement(event.kind), _money(event.amount, currency).amount, event.at)


def _exact(payout: Payout) -> Payout:
    """Return a payout with amounts in exactly the digits of its currency."""
    amount, fee = (_money(one, payout.currency).amount for one in (payout.amount, payout.fee))
    return replace(payout, amount=amount, fee=fee)


def _money(amount: Decimal | None, currency: str | None) -> Money:
    if amount is None or currency is None:
        raise UnreadableAnswer("a payment has no amount, or no currency")
    try:
        return Money(amount, currency)
    except InvalidMoney as error:
        raise UnreadableAnswer(str(error)) from error


def _time(at: datetime | None) -> datetime:
    if at is None:
        raise UnreadableAnswer("a payment does not say when it was made")
    return at
