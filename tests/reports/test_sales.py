"""Sales: what counts as what, on which day, and that every table adds up to the cent."""

# ruff: noqa: ANN401 - a change may be of any field, hence of any type

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.support.builders import NOW, a_brand, a_line, a_ticket_type, an_event, an_order
from ticketing.money import Money
from ticketing.orders.order import Order, OrderStatus, Origin, VoidTicket
from ticketing.orders.reason import Reason
from ticketing.orders.refund import PartRefund, Refund, RefundStatus
from ticketing.reports import sales_csv, sales_page
from ticketing.reports.pictures import WIDTH, day_bars, parts
from ticketing.reports.sales import CurrencySales, Paid, Sales, Tally, count_sales

LATE = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)
"""Already the next day in Jersey."""
KINDS = [
    a_ticket_type(capacity=100, available=91),
    a_ticket_type(sku="child", name="Child", position=1, capacity=10, available=10),
]
GBP = Decimal


def sold(number: str = "ORD-AAA111", **changes: Any) -> tuple[Order, Paid]:
    order = an_order(
        order_number=number,
        **{"status": OrderStatus.COMPLETED, "transaction_id": f"tx-{number}", "settled_at": NOW}
        | changes,
    )
    return order, Paid(f"tx-{number}", number, order.total, NOW)


def free(number: str = "ORD-FFF111", **changes: Any) -> Order:
    line = a_line(sku="child", quantity=2, unit_price=GBP("0.00"))
    facts = {"status": OrderStatus.COMPLETED, "settled_at": NOW, "lines": (line,)} | changes
    return an_order(order_number=number, **facts)


def a_refund(order: Order, **changes: Any) -> Refund:
    refund = Refund(
        f"tx-{order.order_number}", RefundStatus.REFUNDED, order.total, NOW, settled_at=LATE
    )
    return replace(refund, **changes)


def a_part(order: Order, tickets: tuple[str, ...], amount: str, **changes: Any) -> PartRefund:
    back = PartRefund(
        str(order.transaction_id), RefundStatus.REFUNDED, Money(GBP(amount), "GBP"),
        settled_at=LATE, tickets=tickets,
    )  # fmt: skip
    return replace(back, **changes)


def counted(*orders: Order, paid: tuple[Paid, ...] = (), event: Any = None) -> Sales:
    by_id = {one.transaction_id: one for one in paid}
    return count_sales(event or an_event(), KINDS, orders, by_id, (), NOW)


def only(sales: Sales) -> CurrencySales:
    (found,) = sales.currencies
    return found


def of_type(sales: Sales, sku: str | None) -> Tally:
    return next(one.tally for one in only(sales).types if one.sku == sku)


def test_a_paid_order_is_sold_and_its_money_is_in() -> None:
    order, paid = sold()

    found = counted(order, paid=(paid,))

    assert of_type(found, "general") == Tally(sold=3, money_in=GBP("45.00"))
    assert only(found).days == ((date(2026, 6, 1), Tally(sold=3, money_in=GBP("45.00"))),)


def test_days_are_those_of_the_venue_and_money_counts_when_it_was_paid() -> None:
    order, paid = sold()

    found = counted(order, paid=(replace(paid, at=LATE),))

    assert [day for day, _ in only(found).days] == [date(2026, 6, 2)]


def test_free_orders_are_of_their_own_kind_and_free_tickets_of_paid_orders_are_not() -> None:
    lines = (a_line(), a_line(sku="child", quantity=1, unit_price=GBP("0.00")))
    order, paid = sold(lines=lines)

    found = counted(order, free(), paid=(paid,))

    assert of_type(found, "child") == Tally(sold=1, free=2)


def test_complimentary_tickets_are_neither_sold_nor_free() -> None:
    order, paid = sold()
    given = free(origin=Origin.GIVEN)
    gone = replace(
        free("ORD-GGG222", origin=Origin.GIVEN), voided_at=LATE, reason_code=Reason.VOIDED
    )

    found = counted(order, free(), given, gone, paid=(paid,))

    assert of_type(found, "child") == Tally(free=2, given=4, void=2)
    assert (only(found).total.valid, only(found).total.kept) == (7, GBP("45.00"))
    lines = csv.DictReader(io.StringIO(sales_csv.sheet(found).decode("utf-8-sig")))
    assert [(r["free"], r["given"]) for r in lines if r["type"] == "child"] == [("2", "4")]
    page = sales_page.page(found, a_brand()).decode()
    assert "given, complimentary" in page
    assert "4 given" in page


def test_cash_is_counted_apart_and_what_sumup_took_at_the_door_is_sold() -> None:
    at_terminal, paid = sold(origin=Origin.TERMINAL)
    cash, _ = sold("ORD-CCC111", origin=Origin.CASH, transaction_id=None)
    one = VoidTicket("ORD-CCC222-02", "general", LATE)
    partly, _ = sold("ORD-CCC222", origin=Origin.CASH, transaction_id=None, void_tickets=(one,))

    found = counted(at_terminal, cash, partly, paid=(paid,))

    total = only(found).total
    assert (total.sold, total.cash, total.void, total.valid) == (3, 6, 1, 8)
    assert (total.money_in, total.kept, total.cash_in) == (GBP("45.00"), GBP("45.00"), GBP("75.00"))
    assert [tally.cash_in for _, tally in only(found).days] == [GBP("90.00"), GBP("-15.00")]
    assert all("has no payment" not in problem for problem in found.problems)
    lines = list(csv.DictReader(io.StringIO(sales_csv.sheet(found).decode("utf-8-sig"))))
    assert [r["cash_in"] for r in lines if r["line"] == "sum"] == ["75.00"]
    assert "sold for cash" in sales_page.page(found, a_brand()).decode()


@pytest.mark.parametrize(
    ("status", "column"),
    [(RefundStatus.REFUNDED, "refunded"), (RefundStatus.CHARGED_BACK, "charged_back")],
)
def test_money_that_went_back_counts_once_on_its_day(status: RefundStatus, column: str) -> None:
    order, paid = sold()
    order = replace(order, refunds=(a_refund(order, status=status),), voided_at=LATE)

    found = counted(order, paid=(paid,))

    back = Tally(void=3) + Tally(**{column: GBP("45.00")})  # type: ignore[arg-type]  # of money
    assert dict(only(found).days)[date(2026, 6, 2)] == back
    assert only(found).total == Tally(sold=3, money_in=GBP("45.00")) + back
    assert only(found).total.kept == 0
    assert only(found).total.valid == 0


@pytest.mark.parametrize("status", [RefundStatus.ASKED, RefundStatus.UNKNOWN, RefundStatus.REFUSED])
def test_money_that_has_not_gone_back_is_kept(status: RefundStatus) -> None:
    order, paid = sold()
    order = replace(order, refunds=(a_refund(order, status=status, settled_at=None),))

    assert only(counted(order, paid=(paid,))).total == Tally(sold=3, money_in=GBP("45.00"))


def test_a_second_payment_that_went_back_is_in_no_sum() -> None:
    order, paid = sold()
    order = replace(order, refunds=(a_refund(order, transaction_id="tx-second"),))

    found = counted(order, paid=(paid,))

    assert only(found).total.kept == GBP("45.00")
    assert only(found).bought_nothing == GBP("45.00")
    assert "Besides, £45.00 went back" in sales_page.page(found, a_brand()).decode()


def test_another_amount_is_of_no_ticket_type_and_is_named() -> None:
    order, paid = sold()

    found = counted(order, paid=(replace(paid, amount=Money(GBP("44.99"), "GBP")),))

    assert of_type(found, "general").money_in == 0
    assert of_type(found, None).money_in == GBP("44.99")
    assert "order ORD-AAA111 costs £45.00, and £44.99 was paid" in found.problems


def test_a_part_that_went_back_is_of_no_ticket_type() -> None:
    order, paid = sold()
    part = a_refund(order, amount=Money(GBP("15.00"), "GBP"))

    found = counted(replace(order, refunds=(part,)), paid=(paid,))

    assert of_type(found, None).refunded == GBP("15.00")
    assert only(found).total.kept == GBP("30.00")


def test_tickets_that_were_given_back_count_with_their_type_on_their_day() -> None:
    lines = (a_line(), a_line(sku="child", quantity=2, unit_price=GBP("5.00")))
    order, paid = sold(lines=lines)
    child, adult = f"{order.order_number}-04", f"{order.order_number}-01"
    parts = (
        a_part(order, (child,), "5.00", number=1),
        a_part(order, (adult, f"{order.order_number}-05"), "20.00", number=2),
        a_part(order, (), "1.50", number=3),
        a_part(order, (adult,), "15.00", number=4, status=RefundStatus.REFUSED),
    )
    void = (VoidTicket(child, "child", LATE), VoidTicket(adult, "general", LATE))
    order = replace(order, parts=parts, void_tickets=void)

    found = counted(order, paid=(paid,))

    assert of_type(found, "child") == Tally(
        sold=2, void=1, money_in=GBP("10.00"), refunded=GBP("10.00")
    )
    assert of_type(found, "general") == Tally(
        sold=3, void=1, money_in=GBP("45.00"), refunded=GBP("15.00")
    )
    assert of_type(found, None).refunded == GBP("1.50")
    assert only(found).total.kept == GBP("28.50")
    assert dict(only(found).days)[date(2026, 6, 2)].void == 2


def test_the_rest_that_went_back_after_parts_counts_with_its_tickets() -> None:
    order, paid = sold()
    part = a_part(order, (f"{order.order_number}-02",), "15.00", number=1)
    rest = a_refund(order, amount=Money(GBP("30.00"), "GBP"))
    void = (VoidTicket(f"{order.order_number}-02", "general", NOW),)
    order = replace(order, parts=(part,), refunds=(rest,), void_tickets=void, voided_at=LATE)

    found = counted(order, paid=(paid,))

    assert of_type(found, "general") == Tally(
        sold=3, void=3, money_in=GBP("45.00"), refunded=GBP("45.00")
    )


def test_what_contradicts_itself_is_named() -> None:
    unpaid, _ = sold("ORD-AAA222")
    closed, late = sold("ORD-AAA333", status=OrderStatus.FAILED, holds_seats=False)
    stolen, _ = sold("ORD-AAA444", transaction_id="tx-ORD-AAA333")

    found = counted(unpaid, closed, stolen, paid=(late,))

    assert [text for text in found.problems if text.startswith("order")] == [
        "order ORD-AAA222 is completed for £45.00, and has no payment",
        "order ORD-AAA333 has a payment of £45.00 but is not completed",
        "order ORD-AAA444 is completed for £45.00, and has no payment",
        "order ORD-AAA444 names payment tx-ORD-AAA333, which is of ORD-AAA333",
    ]


def test_counters_that_orders_do_not_explain_are_named() -> None:
    order, paid = sold()

    assert counted(order, an_order(), an_order(), paid=(paid,)).problems == ()
    (problem,) = counted(order, an_order(), paid=(paid,)).problems
    assert problem.startswith("general: 91 of 100 are left, by its orders it would be 94;")


def test_currencies_are_apart() -> None:
    order, paid = sold()
    euro, paid_in_euro = sold("ORD-EEE111", total=Money(GBP("45.00"), "EUR"))

    found = counted(order, euro, paid=(paid, paid_in_euro))

    assert [(one.currency, one.total.money_in) for one in found.currencies] == [
        ("EUR", GBP("45.00")),
        ("GBP", GBP("45.00")),
    ]


def test_the_csv_has_each_table_and_no_formula() -> None:
    order, paid = sold()
    gone = a_line(sku="gone", description="=1+1", quantity=1)
    other, paid_too = sold("ORD-AAA222", lines=(gone,))

    made = sales_csv.sheet(counted(order, other, paid=(paid, paid_too)))

    lines = list(csv.DictReader(io.StringIO(made.decode("utf-8-sig"))))
    by_line = {name: [row for row in lines if row["line"] == name] for name in ("type", "day")}
    (total,) = [row for row in lines if row["line"] == "sum"]
    for rows in by_line.values():
        assert sum(Decimal(row["money_in"]) for row in rows) == Decimal(total["money_in"]) == 60
    assert [row["name"] for row in by_line["type"]] == ["General admission", "Child", "'=1+1"]


def test_the_page_escapes_names_and_has_a_text_for_each_bar() -> None:
    order, paid = sold()
    made = sales_page.page(
        counted(order, paid=(paid,), event=an_event(name="<script>x</script>")), a_brand()
    ).decode()

    assert "<script" not in made
    assert "<title>2026-06-01: £45.00 in, £0.00 back</title>" in made
    assert 'aria-label="3 sold, 91 left"' in made


def test_bars_have_the_height_of_their_amounts() -> None:
    days = [
        (date(2026, 6, 1), GBP("30"), GBP("0"), "a"),
        (date(2026, 6, 4), GBP("15"), GBP("15"), "b"),
    ]

    picture = day_bars(days)

    assert picture is not None
    assert [(bar.kind, bar.height, bar.y) for bar in picture.bars] == [
        ("in", 120, 0),
        ("in", 60, 60),
        ("back", 60, 120),
    ]
    assert picture.bars[1].x - picture.bars[0].x == WIDTH * 3 / 4, "a day without sales has room"
    assert day_bars([]) is None


def test_parts_fill_the_width_together() -> None:
    bars = parts([("sold", 30), ("held", 0), ("left", 10)], 80)

    assert [(bar.kind, bar.x, bar.width) for bar in bars] == [
        ("sold", 0, WIDTH * 3 / 8),
        ("left", WIDTH * 3 / 8, WIDTH / 8),
    ]
