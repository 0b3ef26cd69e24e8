"""An account with every kind of line SumUp may send: which are our payments, which are errors."""

# ruff: noqa: ANN401, ARG002 - a change may be of any field; SumUp's calls as the client has them

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.reconciliation.test_compare import BEFORE, BUSINESS_DAY, END, NOON, PRICE, ledger_payment
from tests.support.builders import an_order, an_organiser
from tests.support.fakes import Orders, Tables
from ticketing.errors import AccessForbidden, PaymentProviderUnavailable, UnreadableAnswer
from ticketing.flows.read_statement import AccountRead, ReadStatement
from ticketing.orders.order import Order, OrderStatus
from ticketing.organisers.organiser import Organiser
from ticketing.payments.payment import MoneyBack, Transaction
from ticketing.reconciliation.payment_pair import GivenBack, LedgerPayment, PaymentPair
from ticketing.reconciliation.statement import Entry, Movement, Payout

DAY = date(2026, 6, 1)


def line(key: str = "tx-1", **changes: Any) -> Entry:
    paid = Entry(key, "PAYMENT", "SUCCESSFUL", Decimal(45), "GBP", NOON, "TAAA1", "ECOM",
                 "Order ORD-ABC123")  # fmt: skip
    return replace(paid, **changes)


def told(key: str = "tx-1", *events: MoneyBack, **changes: Any) -> Transaction:
    found = Transaction(key, "SUCCESSFUL", Decimal(45), "GBP", "TAAA1", "MC0001", events=events,
                        reference="ORD-ABC123-1", at=NOON)  # fmt: skip
    return replace(found, **changes)


def back(status: str | None = "REFUNDED", amount: Decimal | None = PRICE.amount,
         at: datetime | None = NOON, kind: str = "REFUND") -> MoneyBack:  # fmt: skip
    return MoneyBack(kind, status, amount, at)


@dataclass
class Account:
    """SumUp's side, and the payments table; `asked` is what was asked one by one."""

    lines: list[Entry] = field(default_factory=list)
    transactions: dict[str, Transaction] = field(default_factory=dict)
    accepted_: list[LedgerPayment] = field(default_factory=list)
    index: bool = True
    paid_out: list[Payout] | Exception = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def history(self, organiser: Organiser, since: datetime, end: datetime) -> Iterator[Entry]:
        assert (since, end) == (BUSINESS_DAY.start - timedelta(hours=12), BUSINESS_DAY.end)
        yield from self.lines

    def transaction(self, organiser: Organiser, transaction_id: str) -> Transaction | None:
        self.asked.append(transaction_id)
        return self.transactions.get(transaction_id)

    def transaction_of(self, organiser: Organiser, code: str) -> Transaction | None:
        self.asked.append(code)
        return next((t for t in self.transactions.values() if t.code == code), None)

    def payouts(self, organiser: Organiser, day: date) -> tuple[Payout, ...]:
        if isinstance(self.paid_out, Exception):
            raise self.paid_out
        return tuple(self.paid_out)

    def accepted(
        self, merchant_code: str, since: datetime, end: datetime
    ) -> Iterator[LedgerPayment]:
        for one in self.accepted_ if self.index else ():
            if since <= one.accepted_at < end and one.merchant_code == merchant_code:
                yield one

    def get_all(self, transaction_ids: Iterable[str]) -> Mapping[str, LedgerPayment]:
        wanted = set(transaction_ids)
        return {one.transaction_id: one for one in self.accepted_ if one.transaction_id in wanted}


def read(account: Account, *orders: Order) -> AccountRead:
    tables = Tables(orders={order.order_number: order for order in orders})
    flow = ReadStatement(account, account, Orders(tables))
    return flow(an_organiser(), DAY, BUSINESS_DAY, lambda: None)


def only(account: Account, *orders: Order) -> PaymentPair:
    (case,) = read(account, *orders).pairs
    return case


def test_a_payment_known_to_both_sides_needs_no_further_request() -> None:
    account = Account([line()], accepted_=[ledger_payment()])

    case = only(account)

    assert (case.ours, case.order) == (ledger_payment(), None)
    assert case.theirs
    assert case.theirs.amount == PRICE
    assert account.asked == []


def test_a_line_on_two_pages_is_one_payment_and_the_last_one_counts() -> None:
    account = Account(
        [line(), line(refunded=Decimal(45))], {"tx-1": told("tx-1", back())}, [ledger_payment()]
    )

    case = only(account, an_order())

    assert case.theirs
    assert case.theirs.returned == (GivenBack(Movement.REFUND, PRICE.amount, NOON),)


def test_payments_missing_from_a_lagging_index_are_read_by_key() -> None:
    assert (
        only(Account([line()], accepted_=[ledger_payment()], index=False)).ours == ledger_payment()
    )


@pytest.mark.parametrize("index", [True, False])
def test_a_payment_at_the_door_that_we_accepted_is_matched_with_its_line(*, index: bool) -> None:
    ours = ledger_payment(checkout_id=None)
    bar = line("tx-bar", payment_type="POS")

    case = only(
        Account([line(payment_type="POS", summary=None), bar], accepted_=[ours], index=index)
    )

    assert (case.transaction_id, case.ours) == ("tx-1", ours)
    assert case.theirs
    assert case.theirs.amount == PRICE


def test_a_refund_of_a_payment_at_the_door_is_seen() -> None:
    account = Account(
        [line(payment_type="POS", refunded=Decimal(45))],
        {"tx-1": told("tx-1", back())},
        [ledger_payment(checkout_id=None)],
    )

    case = only(account, an_order())

    assert case.theirs
    assert case.theirs.returned == (GivenBack(Movement.REFUND, PRICE.amount, NOON),)


NOT_OURS: dict[str, Entry] = {
    "a till": line(payment_type="POS"),
    "cash": line(payment_type="CASH"),
    "another shop": line(summary="Basket 7"),
    "another shop with a similar description": line(summary="Order WC-12345"),
    "an attempt that failed": line(status="FAILED"),
    "a pending attempt": line(status="PENDING"),
    "the day before": line(at=BEFORE),
    "a till payment with an unknown status": line(payment_type="POS", status="PAID_LATER"),
    "a till without a time": line(payment_type="POS", at=None),
}


@pytest.mark.parametrize("entry", NOT_OURS.values(), ids=NOT_OURS)
def test_foreign_and_unsuccessful_transactions_are_ignored(entry: Entry) -> None:
    other = told(reference="basket-7")
    account = Account([entry], {"tx-1": other})

    assert read(account, an_order()).pairs == ()


def test_an_order_of_another_organiser_is_ignored() -> None:
    account = Account([line()], {"tx-1": told(reference="basket-7")})

    assert read(account, an_order(merchant_code="MC0002")).pairs == ()


def test_a_payment_for_an_existing_order_needs_no_further_request() -> None:
    account = Account([line()])

    case = only(account, an_order())

    assert (case.order_number, case.order, case.ours) == ("ORD-ABC123", an_order(), None)
    assert account.asked == []


def test_a_payment_for_an_unknown_order_is_ours_if_its_reference_matches() -> None:
    case = only(Account([line()], {"tx-1": told()}))

    assert (case.order_number, case.order) == ("ORD-ABC123", None)


def test_a_payment_with_a_corrupt_order_row_is_compared_without_the_order() -> None:
    account = Account([line()], {"tx-1": told()})
    tables = Tables(orders={"ORD-ABC123": an_order()}, spoilt={"ORD-ABC123": "no total"})

    (case,) = ReadStatement(account, account, Orders(tables))(
        an_organiser(), DAY, BUSINESS_DAY, lambda: None
    ).pairs

    assert case.order is None


RETURNED: dict[str, tuple[Entry, Transaction | None, tuple[GivenBack, ...]]] = {
    "an event": (
        line(refunded=Decimal(45)),
        told("tx-1", back()),
        (GivenBack(Movement.REFUND, Decimal("45.00"), NOON),),
    ),
    "an event after the day": (
        line(refunded=Decimal(45)),
        told("tx-1", back(at=END)),
        (),
    ),
    "a pending event": (line(refunded=Decimal(45)), told("tx-1", back("PENDING")), ()),
    "an event that failed": (line(status="REFUNDED"), told("tx-1", back("FAILED")), ()),
    "events that the transaction does not show yet": (
        line(refunded=Decimal("12.5")),
        told(),
        (GivenBack(Movement.REFUND, Decimal("12.50"), None),),
    ),
    "a transaction that cannot be found": (
        line(refunded=Decimal(45)),
        None,
        (GivenBack(Movement.REFUND, Decimal("45.00"), None),),
    ),
    "a status alone says chargeback": (
        line(status="CHARGE_BACK"),
        told(),
        (GivenBack(Movement.CHARGE_BACK, Decimal("45.00"), None),),
    ),
}


@pytest.mark.parametrize(("entry", "found", "returned"), RETURNED.values(), ids=RETURNED)
def test_refunds_are_read_from_the_transaction_itself(
    entry: Entry, found: Transaction | None, returned: tuple[GivenBack, ...]
) -> None:
    known = {"tx-1": found} if found else {}

    case = only(Account([entry], known, [ledger_payment()]), an_order())

    assert case.theirs
    assert case.theirs.returned == returned
    assert case.order == an_order()


def moved(**changes: Any) -> Entry:
    """Return the line of a refund, which has an id of its own."""
    return line("re-1", kind="REFUND", **changes)


def test_a_refund_line_is_matched_to_a_payment_of_the_same_day() -> None:
    account = Account([line(), moved()], {"tx-1": told("tx-1", back())}, [ledger_payment()])

    case = only(account, an_order())

    assert case.theirs
    assert len(case.theirs.returned) == 1


@pytest.mark.parametrize("code", ["TAAA1", None])
def test_a_refund_line_alone_is_matched_to_an_older_payment(code: str | None) -> None:
    """SumUp may list a refund without its payment."""
    old = told("tx-1", back(), at=BEFORE)
    entry = moved(code=code) if code else line(kind="REFUND", code=None)
    account = Account([entry], {"tx-1": old}, [ledger_payment(accepted_at=BEFORE)], index=False)

    case = only(account, an_order())

    assert (case.transaction_id, case.ours) == ("tx-1", ledger_payment(accepted_at=BEFORE))
    assert case.theirs
    assert (case.theirs.at, len(case.theirs.returned)) == (BEFORE, 1)


def test_a_refund_of_a_second_payment_is_matched_to_its_order() -> None:
    account = Account([moved()], {"tx-1": told("tx-1", back(), at=BEFORE)})

    case = only(account, an_order())

    assert (case.ours, case.order_number) == (None, "ORD-ABC123")


def test_a_refund_of_a_foreign_payment_is_ignored() -> None:
    other = told("tx-1", back(), reference="basket-7")

    assert read(Account([moved(summary=None)], {"tx-1": other})).pairs == ()
    assert read(Account([moved(summary=None)])).pairs == ()


LISTED_LATER: dict[str, tuple[Transaction | None, bool]] = {
    "it is there": (told(), True),
    "it is of another day": (told(at=BEFORE), True),
    "SumUp does not know it": (None, False),
    "it failed": (told(status="FAILED"), False),
    "it was cancelled": (told(status="CANCELLED"), False),
}


@pytest.mark.parametrize(("found", "there"), LISTED_LATER.values(), ids=LISTED_LATER)
def test_an_accepted_payment_that_sumup_does_not_list_is_looked_up(
    found: Transaction | None, *, there: bool
) -> None:
    account = Account([], {"tx-1": found} if found else {}, [ledger_payment()])

    case = only(account)

    assert (case.theirs is not None) is there
    assert account.asked == ["tx-1"]


def test_a_payment_accepted_during_the_reading_is_not_reported_as_missing() -> None:
    class Since(Account):
        """A payments table that has it at the second look only."""

        def get_all(self, transaction_ids: Iterable[str]) -> Mapping[str, LedgerPayment]:
            self.accepted_, found = [ledger_payment()], super().get_all(transaction_ids)
            return found

    order = an_order(status=OrderStatus.COMPLETED, paid_checkout_id="chk-1", transaction_id="tx-1")

    assert only(Since([line()]), order).ours == ledger_payment()


def test_a_second_payment_is_not_mistaken_for_the_first() -> None:
    order = an_order(status=OrderStatus.COMPLETED, paid_checkout_id="chk-1", transaction_id="tx-0")
    account = Account([line()], {}, [ledger_payment(transaction_id="tx-0", accepted_at=BEFORE)])

    assert only(account, order).ours is None


def test_a_payment_accepted_on_another_day_is_not_looked_up() -> None:
    assert read(Account([], {}, [ledger_payment(accepted_at=END)])).pairs == ()


def test_a_payment_known_only_by_its_checkout_is_looked_up_by_transaction_code() -> None:
    nameless = ledger_payment(transaction_id="chk-1", checkout_id="chk-1")
    account = Account([], {"tx-1": told()}, [nameless])

    assert only(account).theirs is not None
    assert only(Account([], {}, [replace(nameless, code=None)])).theirs is None


def test_a_payment_known_only_by_its_checkout_is_matched_to_the_line_of_its_order() -> None:
    nameless = ledger_payment(transaction_id="chk-1", checkout_id="chk-1")
    order = an_order(
        status=OrderStatus.COMPLETED, paid_checkout_id="chk-1", checkout_ids=("chk-1",)
    )

    assert only(Account([line()], {}, [nameless]), order).ours == nameless


ENDS: dict[str, Account] = {
    "an unknown status": Account([line(status="PAID_LATER")]),
    "ours, without an amount": Account([line(amount=None)]),
    "ours, without a currency": Account([line(currency=None)]),
    "ours, without a time": Account([line(at=None)]),
    "an invalid amount": Account([line(amount=Decimal("45.005"))]),
    "refunded without an amount": Account([line(status="REFUNDED")], {"tx-1": told()}),
    "an event with an unknown status": Account(
        [line(refunded=Decimal(45))], {"tx-1": told("tx-1", back("PERHAPS"))}
    ),
    "an event without a status": Account(
        [line(refunded=Decimal(45))], {"tx-1": told("tx-1", back(None))}
    ),
    "an event without an amount": Account(
        [line(refunded=Decimal(45))], {"tx-1": told("tx-1", back(amount=None))}
    ),
    "a refund of a missing payment of ours": Account([moved()]),
    "accepted, and its status is new": Account(
        [], {"tx-1": told(status="NEW")}, [ledger_payment()]
    ),
    "accepted, and without a time": Account([], {"tx-1": told(at=None)}, [ledger_payment()]),
}


@pytest.mark.parametrize("account", ENDS.values(), ids=ENDS)
def test_invalid_data_aborts_the_reading(account: Account) -> None:
    with pytest.raises(UnreadableAnswer):
        read(account, an_order())


def payout(code: str, **changes: Any) -> Payout:
    paid = Payout("1", "PAYOUT", Decimal(45), Decimal("1.13"), "GBP", DAY, succeeded=True,
                  reference="p", code=code)  # fmt: skip
    return replace(paid, **changes)


def test_payouts_include_only_our_own_payments_of_the_last_month() -> None:
    old = ledger_payment(
        transaction_id="tx-0", code="TOLD1", accepted_at=BUSINESS_DAY.start - timedelta(days=20)
    )
    older = ledger_payment(
        transaction_id="tx-00", code="TOLD0", accepted_at=BUSINESS_DAY.start - timedelta(days=40)
    )
    listed = [payout(code) for code in ("TAAA1", "TOLD1", "TOLD0", "TBAR1")]
    account = Account([line()], {}, [ledger_payment(), old, older], paid_out=listed)

    assert [p.code for p in read(account).payouts or ()] == ["TAAA1", "TOLD1"]


@pytest.mark.parametrize(
    "error", [AccessForbidden("403", status=403), UnreadableAnswer("more than are listed")]
)
def test_missing_payouts_do_not_prevent_the_comparison(error: Exception) -> None:
    assert read(Account([line()], {}, [ledger_payment()], paid_out=error)).payouts is None


def test_payouts_with_invalid_amounts_are_not_summed() -> None:
    odd = Account(
        [line()], {}, [ledger_payment()], paid_out=[payout("TAAA1", fee=Decimal("1.125"))]
    )

    assert read(odd).payouts is None


def test_an_outage_while_reading_payouts_aborts_the_reading() -> None:
    down = PaymentProviderUnavailable("503", status=503)

    with pytest.raises(PaymentProviderUnavailable):
        read(Account([line()], {}, [ledger_payment()], paid_out=down))


def test_the_remaining_time_is_checked_before_each_request() -> None:
    class Up(Exception):
        """Time is up."""

    def no_time() -> None:
        raise Up

    account = Account([line()])
    with pytest.raises(Up):
        ReadStatement(account, account, Orders(Tables()))(
            an_organiser(), DAY, BUSINESS_DAY, no_time
        )
    assert account.asked == []
