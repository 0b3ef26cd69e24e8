"""The nightly reconciliation, run by its event: a day at SumUp and in the tables."""

import csv
import io
import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from functions.audit_orders.app import handler as audit
from functions.deliver_tickets.app import handler as deliver
from functions.reconcile_payments.app import handler
from functions.verify_payment.app import handler as verify
from tests.functions.conftest import Context, Sample
from tests.support.aws import World
from tests.support.books import DAY, DAY_BEGINS, MERCHANT, NIGHT, Books, Sale, books
from tests.support.stored import row_of, store
from ticketing.adapters.dynamodb.models import (
    AuditRow,
    MailRow,
    OrganiserRow,
    TicketRow,
    TicketTypeRow,
)
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.bootstrap import services
from ticketing.errors import FunctionFailed
from ticketing.flows.reconcile_day import business_day
from ticketing.money import Money
from ticketing.operators.next_step import row_attributes
from ticketing.orders.order import OrderStatus, Work
from ticketing.orders.refund import Refund, RefundStatus
from ticketing.organisers.organiser import Connection
from ticketing.tickets.ticket import TicketStatus

SCHEDULED = Sample.load("reconcile_payments.scheduled").event
ASKED = Sample.load("reconcile_payments.asked").event
US = "jersey-live"
NOON = DAY_BEGINS + timedelta(hours=12)
NEVER = datetime.max.replace(tzinfo=UTC)
ORDERS = 200
SOME = 40
"""Orders of a day where their number is not the matter."""
EVERY = timedelta(minutes=7)


@pytest.fixture
def day(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Books]:
    with books(world, monkeypatch) as made:
        yield made


def run(context: Context, event: dict[str, Any], at: datetime, day: Books) -> dict[str, Any]:
    """Run the function at that time; its response must be JSON."""
    context.seconds_left = 900.0
    day.clock.move_to(at, tick=False)
    answer: dict[str, Any] = json.loads(json.dumps(handler(event, context)))
    return answer


def night(context: Context, day: Books, at: datetime = NIGHT) -> dict[str, Any]:
    """Run the nightly reconciliation; return its only day."""
    report = run(context, SCHEDULED, at, day)
    (only,) = report["days"]
    return dict(only)


def kinds(found: dict[str, Any]) -> Counter[str]:
    return Counter(one["kind"] for one in found["findings"])


def mails(fact: str) -> list[MailRow]:
    return [row for row in MailRow.scan() if fact in row.mail_id]


def sides(found: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    (totals,) = found["totals"]
    return totals["ours"], totals["theirs"]


# -------------------------------------------------------------------------- a day of orders


def sell_all(day: Books, orders: int = SOME) -> list[Sale]:
    """Sell orders at odd prices; some buyers fail first, the bar and a shop sell beside."""
    for number in range(orders):
        at = DAY_BEGINS + number * EVERY
        sale = day.open(at, pence=1000 + 37 * number)
        if number % 9 == 0:
            day.sumup.decline(sale.checkout_id)
        day.pay(sale)
        day.accept(sale, at + timedelta(minutes=1))
        if number % 7 == 0:
            day.sumup.sell(MERCHANT, Decimal("4.50"))
        if number % 25 == 0:
            shop = day.checkout(f"SHOP-{number}", Money(Decimal(12), "GBP"), f"Basket {number}")
            day.sumup.pay(shop)
            other = day.checkout(f"wc-{number}", Money(Decimal(8), "GBP"), f"Order WC-{number:05}")
            day.sumup.pay(other)
            nameless = day.checkout(f"WEB{number}", Money(Decimal(9), "GBP"), "")
            day.sumup.pay(nameless)
    return list(day.sales)


def gross(sales: list[Sale]) -> str:
    return str(sum((sale.order.total.amount for sale in sales), Decimal(0)))


def test_a_clean_day_has_no_findings_and_exact_totals(
    world: World, context: Context, day: Books
) -> None:
    sales = sell_all(day, ORDERS)
    before = {name: rows for name, rows in world.contents().items() if name != "OrganisersTable"}

    found = night(context, day)

    assert (found["state"], found["findings"], found["in_flight"]) == ("clean", [], [])
    ours, theirs = sides(found)
    assert ours == theirs
    assert ours == {
        "payments": ORDERS,
        "gross": gross(sales),
        "refunded": "0.00",
        "charged_back": "0.00",
    }
    after = {name: rows for name, rows in world.contents().items() if name in before}
    assert after | {"MailsTable": before["MailsTable"]} == before, "nothing but the summary changed"
    (told,) = mails("#alert#")
    assert "both sides agree" in told.body
    assert OrganiserRow.get(US).reconciled_until == date.fromisoformat(DAY)


class Faults:
    """One of everything that can differ, among the day's orders; `expected` is what is found."""

    def __init__(self, day: Books, seed: int) -> None:
        self.day, self.expected = day, Counter[str]()
        self.changed: dict[str, Sale] = {}
        chosen = random.Random(seed).sample(range(1, len(day.sales)), 13)
        self.places = iter(DAY_BEGINS + place * EVERY for place in chosen)
        self.sales = {sale.at: sale for sale in day.sales}

    def seed(self) -> None:
        for make in (
            self.paid_but_closed, self.paid_but_pending, self.paid_but_on_hold, self.paid_twice,
            self.paid_for_nobody, self.never_paid, self.another_amount, self.refunded,
            self.refunded_in_parts, self.part_refunded, self.charged_back, self.charged_back_late,
            self.refund_unsettled,
        ):  # fmt: skip
            make()

    def _expect(self, kind: str, name: str, sale: Sale) -> None:
        self.expected[kind] += 1
        self.changed[name] = sale

    def _unaccepted(self, name: str, **changes: Any) -> None:  # noqa: ANN401 - of any field
        sale = self.day.open(next(self.places) + timedelta(minutes=2), **changes)
        self.day.pay(sale)
        self._expect("money_without_order", name, sale)

    def paid_but_closed(self) -> None:
        closed = {"status": OrderStatus.EXPIRED, "holds_seats": False, "work": None}
        self._unaccepted("closed", **closed, next_check_at=None, settled_at=DAY_BEGINS)

    def paid_but_pending(self) -> None:
        self._unaccepted("pending", work=Work.OPEN)

    def paid_but_on_hold(self) -> None:
        review = {"status": OrderStatus.REVIEW, "work": None, "next_check_at": None}
        self._unaccepted("on hold", **review)

    def paid_twice(self) -> None:
        sale = self._next()
        self.day.sumup.charge_twice(sale.checkout_id)
        self._expect("money_without_order", "twice", sale)

    def paid_for_nobody(self) -> None:
        self.day.clock.move_to(next(self.places), tick=False)
        ghost = self.day.checkout("ORD-GHOST1-1", Money(Decimal(7), "GBP"), "Order ORD-GHOST1")
        self.day.sumup.pay(ghost)
        self.expected["money_without_order"] += 1

    def never_paid(self) -> None:
        sale = self.day.open(next(self.places) + timedelta(minutes=3))
        self.day.accept(sale, sale.at)
        self._expect("order_without_money", "never paid", sale)

    def another_amount(self) -> None:
        sale = self._next()
        self.day.accept(sale, sale.at, amount=sale.order.total.amount + Decimal("0.01"))
        self._expect("amount_differs", "amount", sale)

    def refunded(self) -> None:
        sale = self._next()
        self.day.sumup.refund(sale.checkout_id)
        self._expect("refunded_elsewhere", "refunded", sale)

    def refunded_in_parts(self) -> None:
        sale = self._next()
        self.day.sumup.refund(sale.checkout_id, Decimal("3.33"))
        self.day.sumup.refund(sale.checkout_id)
        self._expect("refunded_elsewhere", "in parts", sale)

    def part_refunded(self) -> None:
        sale = self._next()
        self.day.sumup.refund(sale.checkout_id, Decimal("0.01"))
        self._expect("partly_refunded", "part", sale)

    def charged_back(self) -> None:
        sale = self._next()
        self.day.sumup.chargeback(sale.checkout_id)
        self._expect("charged_back", "charged back", sale)

    def charged_back_late(self) -> None:
        """The payment is six weeks old; its day was reconciled long ago."""
        sale = self.day.sell(DAY_BEGINS - timedelta(days=42))
        self.day.clock.move_to(next(self.places), tick=False)
        self.day.sumup.chargeback(sale.checkout_id)
        self._expect("charged_back", "late", sale)

    def refund_unsettled(self) -> None:
        sale = self._next()
        known = Refund(
            sale.transaction_id, RefundStatus.UNKNOWN, sale.order.total, asked_at=sale.at
        )
        sale.order = replace(sale.order, refunds=(known,))
        self.day.accept(sale, sale.at)
        self._expect("refund_unsettled", "unsettled", sale)

    def _next(self) -> Sale:
        sale = self.sales[next(self.places)]
        self.day.clock.move_to(sale.at + timedelta(minutes=3), tick=False)
        return sale


@pytest.mark.parametrize(("seed", "orders"), [(0, ORDERS), (1, SOME), (2, SOME)])
def test_every_kind_of_difference_is_found_and_nothing_else(
    context: Context, day: Books, seed: int, orders: int
) -> None:
    sell_all(day, orders)
    faults = Faults(day, seed)
    faults.seed()

    found = night(context, day)

    assert kinds(found) == faults.expected
    sale = faults.changed
    remedies = {one["order"]: one["remedy"] for one in found["findings"]}
    numbers = {name: one.order.order_number for name, one in sale.items()}
    assert {name: remedies[number] for name, number in numbers.items()} == {
        "closed": "checked again",
        "pending": "checked again",
        "on hold": "a person decides",
        "twice": "a person decides",
        "never paid": "a person decides",
        "amount": "a person decides",
        "refunded": "tickets void",
        "in parts": "tickets void",
        "part": "a person decides",
        "charged back": "tickets void",
        "late": "tickets void",
        "unsettled": "a person decides",
    }
    assert remedies["ORD-GHOST1"] == "a person decides"
    void = {"refunded", "in parts", "charged back", "late"}
    for name, one in sale.items():
        assert bool(day.order(one).voided_at) is (name in void), name
    for name in ("closed", "pending"):
        assert (day.order(sale[name]).next_check_at or NEVER) <= NIGHT
    explains_the_sums(found)


def explains_the_sums(found: dict[str, Any]) -> None:
    """Check that the findings account for the whole difference between the two sides."""
    ours, theirs = sides(found)
    columns = {"refunded_elsewhere": "refunded", "partly_refunded": "refunded"}
    columns |= {"charged_back": "charged_back"}
    explained: Counter[str] = Counter()
    for one in found["findings"]:
        if one["kind"] != "refund_unsettled":
            amounts = [
                Decimal(side["amount"]) if side else 0 for side in (one["theirs"], one["ours"])
            ]
            explained[columns.get(one["kind"], "gross")] += amounts[0] - amounts[1]  # type: ignore[assignment]  # exact
    for column in ("gross", "refunded", "charged_back"):
        assert Decimal(theirs[column]) - Decimal(ours[column]) == explained[column]


def test_a_second_run_finds_nothing_new(world: World, context: Context, day: Books) -> None:
    sell_all(day)
    Faults(day, 0).seed()
    night(context, day)
    before, kept = world.contents(), world.objects()

    assert run(context, SCHEDULED, NIGHT + timedelta(minutes=1), day)["days"] == []
    again = night(context, day, NIGHT + timedelta(days=1))

    assert again["day"] == "2026-06-02"
    assert kinds(again) == Counter({"refund_unsettled": 1}), "nobody has seen its end yet"
    same = ("OrdersTable", "TicketsTable", "TicketTypesTable", "AuditTable", "PaymentsTable")
    assert {name: world.contents()[name] for name in same} == {name: before[name] for name in same}
    assert set(world.objects()) > set(kept)


def test_a_crashed_run_is_repeated_without_duplicate_alerts(
    world: World, context: Context, day: Books
) -> None:
    sell_all(day)
    Faults(day, 1).seed()
    first = night(context, day)
    OrganiserRow(US).update([OrganiserRow.reconciled_until.remove()])
    before = world.contents()

    second = night(context, day, NIGHT + timedelta(minutes=1))

    assert second["findings"] == first["findings"]
    assert second["totals"] == first["totals"]
    same = before.keys() - {"OrganisersTable"}
    assert {name: world.contents()[name] for name in same} == {name: before[name] for name in same}


def test_a_checkout_without_a_description_is_recognised_by_its_reference(
    context: Context, day: Books
) -> None:
    sale = day.open(NOON, work=Work.OPEN)
    again = day.checkout(f"{sale.order.order_number}-2", sale.order.total, "")
    day.sumup.pay(again)

    (one,) = night(context, day)["findings"]

    assert (one["kind"], one["order"]) == ("money_without_order", sale.order.order_number)


def test_a_payment_recorded_without_a_transaction_belongs_to_its_order(
    context: Context, day: Books
) -> None:
    """It was accepted under its checkout's id, the only identifier it had."""
    sale = day.open(NOON)
    day.pay(sale)
    sale.transaction_id, sale.code = sale.checkout_id, ""
    day.accept(sale, NOON)
    store(replace(sale.order, transaction_id=None))

    assert night(context, day)["findings"] == []


# ------------------------------------------------------------------------ what follows


def test_a_refund_made_elsewhere_voids_the_tickets_and_notifies_the_buyer_once(
    world: World, context: Context, day: Books
) -> None:
    sale = day.sell(NOON)
    TicketTypeRow("5", "general").update([TicketTypeRow.available.set(100)])
    day.sumup.refund(sale.checkout_id)

    night(context, day)

    number = sale.order.order_number
    order = day.order(sale)
    (refund,) = order.refunds
    assert (order.status, order.voided_at) == (OrderStatus.COMPLETED, NIGHT)
    assert (refund.status, refund.asked_at) == (RefundStatus.REFUNDED, None)
    assert [t.status for t in TicketRow.scan()] == [TicketStatus.VOID.value]
    assert TicketTypeRow.get("5", "general").available == 101
    assert [row.order_number for row in mails("#refunded#")] == [number]
    (entry,) = AuditRow.query(number)
    assert (entry.change, entry.reason) == ("tickets void", "refunded_elsewhere")
    assert {row.mail_id for row in MailRow.scan()} == {
        message["mail_id"] for message in world.messages("DeliveryQueue")
    }


POLICIES = [
    ("void_and_tell", True, 1),
    ("void", True, 0),
    ("report", False, 0),
]


@pytest.mark.parametrize(("policy", "void", "told"), POLICIES)
@pytest.mark.parametrize("by_bank", [False, True], ids=["refund", "chargeback"])
def test_the_consequence_depends_on_the_configured_policy(
    context: Context, day: Books, monkeypatch: pytest.MonkeyPatch,
    policy: str, *, void: bool, told: int, by_bank: bool,
) -> None:  # fmt: skip
    monkeypatch.setenv("AFTER_CHARGEBACK" if by_bank else "AFTER_REFUND", policy)
    sale = day.sell(NOON)
    (day.sumup.chargeback if by_bank else day.sumup.refund)(sale.checkout_id)

    (one,) = night(context, day)["findings"]

    assert one["remedy"] == ("tickets void" if void else "noted on the order")
    assert bool(day.order(sale).voided_at) is void
    assert len(mails("#refunded#")) == told
    assert day.order(sale).refunds[0].went_back


def test_tickets_of_an_erased_buyer_are_voided_without_a_mail(context: Context, day: Books) -> None:
    sale = day.open(NOON)
    day.pay(sale)
    day.accept(sale, NOON)
    orders = OrderTable("somebody")
    orders.erase(day.order(sale), "they asked", NOON)
    day.sumup.refund(sale.checkout_id)

    night(context, day)

    order = day.order(sale)
    assert order.voided_at
    assert "Its buyer was erased" in str(row_of(order).what_next)
    assert row_attributes(order)["what_next"] == row_of(order).what_next
    assert mails("#refunded#") == []


def test_a_buyer_who_complained_gets_no_more_mail(context: Context, day: Books) -> None:
    sale = day.open(NOON, complained_at=NOON)
    day.pay(sale)
    day.accept(sale, NOON)
    day.sumup.refund(sale.checkout_id)

    night(context, day)

    assert day.order(sale).voided_at
    assert mails("#refunded#") == []


def test_a_payment_without_an_order_is_rechecked_and_completes_it(
    context: Context, day: Books
) -> None:
    """The webhook and every scan were lost: the reconciliation finds it, the check decides."""
    closed: dict[str, Any] = {
        "status": OrderStatus.EXPIRED,
        "holds_seats": False,
        "work": None,
    }
    sale = day.open(NOON, next_check_at=None, settled_at=NOON, **closed)
    day.pay(sale)
    night(context, day)
    assert day.order(sale).work is Work.LATE
    assert "It is checked for a late payment until" in str(row_of(sale.order).what_next)

    event = json.loads(json.dumps(Sample.load("verify_payment.one_order").event))
    event["Records"][0]["body"] = json.dumps({"order_number": sale.order.order_number})
    verify(event, context)

    assert day.order(sale).status is OrderStatus.COMPLETED
    assert run(context, ASKED, NIGHT + timedelta(hours=1), day)["found"] == 0


def test_an_audit_after_a_reconciliation_finds_nothing(context: Context, day: Books) -> None:
    sale = day.open(NOON)
    day.pay(sale)
    event = json.loads(json.dumps(Sample.load("verify_payment.one_order").event))
    event["Records"][0]["body"] = json.dumps({"order_number": sale.order.order_number})
    verify(event, context)
    deliver(json.loads(json.dumps(event).replace("order_number", "mail_id").replace(
        sale.order.order_number, f"{sale.order.order_number}#confirmation#1"
    )), context)  # fmt: skip
    TicketTypeRow("5", "general").update([TicketTypeRow.available.set(149)])
    day.sumup.chargeback(sale.checkout_id)

    night(context, day)
    context.seconds_left = 900.0
    broken = audit(Sample.load("audit_orders.scheduled").event, context)["broken"]

    assert day.order(sale).voided_at
    assert broken == {}


# -------------------------------------------------------------------------- around midnight


def test_a_payment_accepted_on_the_next_day_is_in_one_report(context: Context, day: Books) -> None:
    ends = DAY_BEGINS + timedelta(days=1)
    for at in (DAY_BEGINS, ends):
        sale = day.open(at - timedelta(seconds=30))
        day.pay(sale)
        day.accept(sale, at + timedelta(hours=2))

    first = night(context, day)
    second = night(context, day, NIGHT + timedelta(days=1))

    assert [one["findings"] for one in (first, second)] == [[], []]
    assert [sides(one)[0]["payments"] for one in (first,)] == [1]
    assert sides(first)[0] == sides(first)[1]
    assert all(side["payments"] == 0 for totals in second["totals"] for side in
               (totals["ours"], totals["theirs"]))  # fmt: skip


def test_a_payment_accepted_long_after_it_was_made_is_looked_up_separately(
    context: Context, day: Books
) -> None:
    sale = day.open(DAY_BEGINS - timedelta(days=3))
    day.pay(sale)
    day.accept(sale, NOON)

    assert night(context, day)["findings"] == []


def test_a_refund_made_after_midnight_belongs_to_the_next_run(context: Context, day: Books) -> None:
    sale = day.sell(NOON)
    day.clock.move_to(NIGHT - timedelta(hours=1), tick=False)
    day.sumup.refund(sale.checkout_id)

    first = night(context, day)
    second = night(context, day, NIGHT + timedelta(days=1))

    assert (first["findings"], day.order(sale).refunds[0].settled_at) == (
        [],
        NIGHT + timedelta(days=1),
    )
    assert kinds(second) == Counter({"refunded_elsewhere": 1})


@pytest.mark.parametrize(
    ("when", "hours"),
    [("2026-06-01", 24), ("2026-03-29", 23), ("2026-10-25", 25)],
)
def test_the_length_of_a_day_follows_the_local_clock(day: Books, when: str, hours: int) -> None:
    wanted = date.fromisoformat(when)
    zone, after = services().brand.time_zone, NIGHT + timedelta(days=365)
    cut = business_day(wanted, zone, after)
    following = business_day(wanted + timedelta(days=1), zone, after)

    assert cut.end - cut.start == timedelta(hours=hours)
    assert cut.end == following.start
    assert day.sales == []


# ------------------------------------------------------------------------------ unknown


BREAKS: dict[str, Callable[[Books], object]] = {
    "SumUp is down": lambda day: day.sumup.add_fault(
        "status", path="history", times=None, status=503
    ),
    "a later page fails": lambda day: day.sumup.add_fault(
        "status", path="transactions$", times=None, status=500
    ),
    "a response is not JSON": lambda day: day.sumup.add_fault(
        "not_json", path="history", times=None
    ),
    "consent was revoked": lambda day: day.sumup.revoke_grants(MERCHANT),
}


@pytest.mark.parametrize("break_it", BREAKS.values(), ids=BREAKS)
def test_an_unreadable_day_is_unknown_and_retried(
    world: World, context: Context, day: Books, break_it: Callable[[Books], object]
) -> None:
    sale = day.sell(NOON)
    day.sumup.refund(sale.checkout_id)
    day.clock.move_to(NIGHT, tick=False)
    break_it(day)

    found = night(context, day)

    assert (found["state"], found["findings"], found["totals"]) == ("unknown", [], [])
    assert found["problem"]
    assert OrganiserRow.get(US).reconciled_until is None
    assert not day.order(sale).refunds
    assert len(mails("#alert#reconciliation-unknown-jersey-live-")) == 1
    assert mails("#alert#reconciliation-findings") == []
    assert world.objects() == []
    if OrganiserRow.get(US).connection == Connection.CONNECTED.value:
        day.sumup.clear_faults()
        run(context, ASKED, NIGHT + timedelta(hours=1), day)
        assert day.order(sale).voided_at


def test_unknown_days_are_caught_up_one_by_one(context: Context, day: Books) -> None:
    for later in range(3):
        day.sell(NOON + timedelta(days=later), pence=1000 + later)
    OrganiserRow(US).update([OrganiserRow.reconciled_until.set(date(2026, 5, 31))])

    report = run(context, SCHEDULED, NIGHT + timedelta(days=2), day)

    grosses = [
        (one["day"], sides(one)[0]["gross"], sides(one)[1]["gross"]) for one in report["days"]
    ]
    assert grosses == [
        ("2026-06-01", "10.00", "10.00"),
        ("2026-06-02", "10.01", "10.01"),
        ("2026-06-03", "10.02", "10.02"),
    ]
    assert OrganiserRow.get(US).reconciled_until == date(2026, 6, 3)
    assert len(mails("#alert#reconciliation-2026-06-04")) == 1


def test_a_summary_of_many_days_still_fits_its_row(context: Context, day: Books) -> None:
    OrganiserRow(US).update([OrganiserRow.reconciled_until.set(date(2026, 1, 15))])

    report = run(context, SCHEDULED, NIGHT, day)

    assert len(report["days"]) == 137
    (summary,) = mails("#alert#reconciliation-2026-06-02")
    assert "and more, see the reports" in summary.body
    assert len(summary.body) < 100_000


def test_a_run_out_of_time_is_continued_the_next_night(context: Context, day: Books) -> None:
    day.sell(NOON)
    day.clock.move_to(NIGHT, tick=False)
    context.seconds_left = 60.0

    report = handler(SCHEDULED, context)

    assert (report["days"], report["left"]) == ([], [US])
    assert OrganiserRow.get(US).reconciled_until is None
    assert night(context, day)["state"] == "clean"


def test_an_organiser_who_never_connected_is_skipped(context: Context, day: Books) -> None:
    OrganiserRow("newcomer", name="New", currency="GBP", connection="invited").save()

    assert night(context, day)["organiser"] == US


def test_organisers_sharing_an_account_are_compared_once(context: Context, day: Books) -> None:
    row = OrganiserRow.get(US)
    OrganiserRow(
        "a-second", name="Second", currency="GBP", connection="reauth", merchant_code=MERCHANT,
        refresh_token=row.refresh_token,
    ).save()  # fmt: skip
    day.sell(NOON)

    assert night(context, day)["organiser"] == US


# ---------------------------------------------------------------------------- somebody asks


def test_an_operator_run_returns_the_same_findings_without_a_mail(
    world: World, context: Context, day: Books
) -> None:
    sell_all(day)
    Faults(day, 2).seed()
    dry = {"asked": ASKED["asked"] | {"organiser": US, "dry_run": True}}
    before = {name: rows for name, rows in world.contents().items() if name != "OrganisersTable"}

    (told,) = run(context, dry, NIGHT, day)["days"]
    after = {name: world.contents()[name] for name in before}
    assert after == before, "a dry run changes nothing"
    assert (told["reports"], world.objects()) == ([], [])

    (done,) = run(context, ASKED, NIGHT, day)["days"]
    assert done["findings"] == told["findings"]
    assert done["totals"] == told["totals"]
    assert sorted(done["reports"]) == world.objects()
    assert mails("#alert#") == []
    assert OrganiserRow.get(US).reconciled_until is None


def test_today_is_compared_up_to_now_without_reporting_pending_payments(
    context: Context, day: Books
) -> None:
    day.sell(NOON)
    fresh = day.open(NOON + timedelta(minutes=50))
    day.pay(fresh)

    (found,) = run(context, ASKED, NOON + timedelta(hours=1), day)["days"]

    assert found["state"] == "clean"
    assert [one["order"] for one in found["in_flight"]] == [fresh.order.order_number]


@pytest.mark.parametrize("event", [None, {}, SCHEDULED], ids=["no payload", "empty", "scheduled"])
def test_an_event_without_a_request_starts_the_nightly_run(
    context: Context, day: Books, event: dict[str, Any] | None
) -> None:
    day.clock.move_to(NIGHT, tick=False)
    context.seconds_left = 900.0

    assert [one["day"] for one in handler(event, context)["days"]] == [DAY]
    assert OrganiserRow.get(US).reconciled_until == date.fromisoformat(DAY)


def test_a_request_defaults_to_all_organisers_and_yesterday(context: Context, day: Books) -> None:
    (found,) = run(context, {"asked": {}}, NIGHT, day)["days"]

    assert (found["organiser"], found["day"]) == (US, DAY)


@pytest.mark.parametrize("wanted", [{"day": "yesterday"}, {"organiser": "nobody"}], ids=str)
def test_an_invalid_request_is_an_error(
    context: Context, day: Books, wanted: dict[str, Any]
) -> None:
    with pytest.raises(Exception, match=r"nobody|ValueError") as stopped:
        run(context, {"asked": wanted}, NIGHT, day)

    assert isinstance(stopped.value, FunctionFailed) or "nobody" in str(stopped.value)


# -------------------------------------------------------------------------------- reports


def test_reports_are_stored_at_the_keys_in_the_summary(
    world: World, context: Context, day: Books
) -> None:
    sell_all(day)
    Faults(day, 0).seed()

    found = night(context, day)

    page, sheet = found["reports"]
    assert page == f"reconciliation/{DAY}/{US}/20260602T034000Z.html"
    (summary,) = mails("#alert#reconciliation-2026-06-02")
    assert page in summary.body
    assert sheet in summary.body
    rows = list(csv.DictReader(io.StringIO(world.read(sheet).decode("utf-8-sig"))))
    lines = Counter(row["line"] for row in rows)
    assert lines["finding"] == found["found"]
    assert lines["payment"] == SOME + 6
    payments = [row for row in rows if row["line"] == "payment"]
    ours, theirs = sides(found)
    assert sum(Decimal(row["ours"] or 0) for row in payments) == Decimal(ours["gross"])
    assert sum(Decimal(row["theirs"] or 0) for row in payments) == Decimal(theirs["gross"])
    html = world.read(page).decode()
    assert html.count("<article>") == found["found"]
    assert "http" not in html.replace("http-equiv", ""), "it needs nothing from elsewhere"
    kept = "".join(world.read(key).decode() for key in (page, sheet)).casefold()
    assert "jane" not in kept, "the books name no buyer"


def test_payouts_and_fees_include_only_our_own_payments(context: Context, day: Books) -> None:
    day.sell(NOON - timedelta(days=2), pence=10000)
    day.clock.move_to(NOON - timedelta(days=2), tick=False)
    day.sumup.sell(MERCHANT, Decimal("50.00"))
    day.sell(NOON)

    (totals,) = night(context, day)["totals"]

    assert (totals["paid_out"], totals["fees"]) == ("100.00", "2.50")
    assert totals["net"] == "42.50"


def test_a_day_is_compared_even_without_permission_to_read_payouts(
    context: Context, day: Books
) -> None:
    day.sell(NOON)
    day.sumup.add_fault("status", path="payouts", times=None, status=403)

    found = night(context, day)

    assert (found["state"], found["payouts_told"]) == ("clean", False)


def test_the_test_dates_match_the_local_days() -> None:
    assert date.fromisoformat(DAY) == DAY_BEGINS.astimezone(UTC).date() + timedelta(days=1)
