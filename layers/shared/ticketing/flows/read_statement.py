"""Read one day of an organiser's account from both sides, and pair what belongs together.

Everything is read before anything is judged. One unreadable answer ends the reading, because half
an account would look as if money were missing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from ticketing.errors import UnreadableAnswer
from ticketing.flows.account_reader import AccountReader
from ticketing.flows.ports import AccountGateway, Payments, ReadsOrders
from ticketing.organisers.organiser import Organiser
from ticketing.reconciliation.payment_pair import (
    BusinessDay,
    GivenBack,
    LedgerPayment,
    PaymentPair,
    ProviderPayment,
)
from ticketing.reconciliation.provider_facts import (
    given_back,
    money_of,
    time_of,
    took_money,
)
from ticketing.reconciliation.statement import (
    Entry,
    Movement,
    Payout,
)

OVERLAP = timedelta(hours=12)
"""How far beyond the day both sides are read.

This finds payments that were made on one day and accepted on the next.
"""
PAID_OUT_WITHIN = timedelta(days=31)
"""How far back payments are read to tell which payouts are of our sales."""


@dataclass(frozen=True)
class AccountRead:
    """A day of an account: its payments from both sides, and the payouts of our own payments.

    `payouts` is None if SumUp does not show them to us, or not all of them.
    """

    pairs: tuple[PaymentPair, ...]
    payouts: tuple[Payout, ...] | None


@dataclass(frozen=True)
class ReadStatement:
    """Reads days of accounts."""

    sumup: AccountGateway
    payments: Payments
    orders: ReadsOrders

    def __call__(
        self, organiser: Organiser, day: date, cut: BusinessDay, keep_time: Callable[[], None]
    ) -> AccountRead:
        """Read the day; `keep_time` is called before each request, and may raise to stop.

        After `PaymentProviderError` or `UnknownOrganiser`, nothing is known about the day.
        """
        reader = AccountReader(self.sumup, self.payments, self.orders, organiser, keep_time)
        reading = _Reading(reader, cut)
        pairs = tuple(reading.pairs())
        return AccountRead(pairs, reading.payouts(day, pairs))


@dataclass
class _Reading:
    """A day while it is read: SumUp's `lines` and our payments, both by transaction.

    `movements` are the refunds and chargebacks that the history lists as lines of their own.
    """

    reader: AccountReader
    cut: BusinessDay
    lines: dict[str, Entry] = field(default_factory=dict)
    movements: list[Entry] = field(default_factory=list)
    ours: dict[str, LedgerPayment] = field(default_factory=dict)

    def pairs(self) -> Iterator[PaymentPair]:
        """Yield each of our payments that was made on this day, or of which money moved."""
        self._list()
        self._look_up()
        moved = self._moved_payments()
        paired: set[str] = set()
        for entry in self.lines.values():
            is_of_day = time_of(entry) >= self.cut.start
            if is_of_day or entry.went_back or entry.id in moved:
                pair = self._pair(entry, moved)
                if pair:
                    paired |= {pair.transaction_id}
                    paired |= {pair.ours.transaction_id} if pair.ours else set()
                    yield pair
        yield from self._unlisted(moved - self.lines.keys())
        yield from self._unseen(paired)

    def payouts(self, day: date, pairs: Sequence[PaymentPair]) -> tuple[Payout, ...] | None:
        """Return the payouts of our own payments; an account may have other business too."""
        listed = self.reader.payouts(day)
        if listed is None:
            return None
        wanted = {payout.code for payout in listed}
        ours = {pair.code for pair in pairs}
        if wanted - ours:
            since = self.cut.start - PAID_OUT_WITHIN
            ours |= {p.code for p in self.reader.accepted(since, self.cut.end) if p.code in wanted}
        return tuple(payout for payout in listed if payout.code in ours)

    def _list(self) -> None:
        """Read SumUp's history.

        Refunds and chargebacks are lines of their own in it. A payment that is listed twice counts
        once, as it is listed last. `_look_up` drops the payments that are not ours.
        """
        for entry in self.reader.history(self.cut.start - OVERLAP, self.cut.end):
            if entry.kind == Movement.PAYMENT:
                self.lines[entry.id] = entry
            elif entry.may_be_ours:
                self.movements.append(entry)

    def _look_up(self) -> None:
        """Find our payments for these lines: by their time, and the others by their key.

        The index by time may lag behind; keys do not. Lines that cannot be ours are dropped: of
        payments in person, all but those that we accepted at the door.
        """
        listed = self.reader.accepted(self.cut.start, self.cut.end + OVERLAP)
        self.ours = {payment.transaction_id: payment for payment in listed}
        self.ours |= self.reader.by_key(self.lines.keys() - self.ours.keys())
        self.lines = {
            key: entry
            for key, entry in self.lines.items()
            if key in self.ours or (entry.may_be_ours and took_money(entry))
        }

    def _moved_payments(self) -> set[str]:
        """Return the payments for which the history lists a refund or chargeback."""
        by_code = {entry.code: key for key, entry in self.lines.items() if entry.code}
        return {found for line in self.movements if (found := self._moved(line, by_code))}

    def _moved(self, line: Entry, by_code: Mapping[str, str]) -> str | None:
        """Return the payment that a refund or chargeback is of; the line's id may be its own."""
        known = line.id if line.id in self.lines else by_code.get(line.code or "")
        if known:
            return known
        found = self.reader.transaction_of(line.code) or self.reader.transaction(line.id)
        if found and found.id:
            return found.id
        if line.order_number:
            raise UnreadableAnswer("the history has a refund of a payment that SumUp does not know")
        return None

    def _pair(self, entry: Entry, moved: set[str]) -> PaymentPair | None:
        """Pair a line with our payment; None if the line turns out to be other business."""
        amount, at = money_of(entry), time_of(entry)
        ours, order = self.ours.get(entry.id), None
        number = ours.order_number if ours else None
        if ours is None:
            number, order = self.reader.owner_of(entry.id, entry.order_number)
            if number is None:
                return None
            ours = self.reader.accepted_as(order, entry.id)
        returned: tuple[GivenBack, ...] = ()
        if entry.went_back or entry.id in moved:
            returned = given_back(self.reader.transaction(entry.id), entry, amount, self.cut)
            order = order or self.reader.order(number)
        took = took_money(entry)
        theirs = ProviderPayment(amount, at, entry.code, returned) if took else None
        return PaymentPair(entry.id, theirs, ours, number, order)

    def _unlisted(self, keys: Iterable[str]) -> Iterator[PaymentPair]:
        """Yield earlier payments of which only the refund or chargeback is listed."""
        wanted = sorted(keys)
        known = self.reader.by_key(wanted)
        for key in wanted:
            transaction, ours = self.reader.transaction(key), known.get(key)
            number, order = (ours.order_number, None) if ours else self.reader.owner_of(key, None)
            if number and transaction:
                amount = money_of(transaction)
                returned = given_back(transaction, None, amount, self.cut)
                theirs = ProviderPayment(amount, time_of(transaction), transaction.code, returned)
                yield PaymentPair(key, theirs, ours, number, order or self.reader.order(number))

    def _unseen(self, paired: set[str]) -> Iterator[PaymentPair]:
        """Yield the payments that we accepted on this day but SumUp does not list."""
        for key, ours in self.ours.items():
            if key not in paired and self.cut.holds(ours.accepted_at):
                yield PaymentPair(key, self.reader.provider_payment(ours), ours, ours.order_number)
