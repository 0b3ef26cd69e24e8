"""A day as a self-contained HTML page, for phones, desktops and paper. Pure."""

from decimal import Decimal
from typing import Any, Final

from ticketing.brand import Brand
from ticketing.money import Money
from ticketing.page_templates import filled
from ticketing.reconciliation.day import Day, difference
from ticketing.reconciliation.findings import Kind
from ticketing.reconciliation.payment_pair import Column
from ticketing.reconciliation.totals import Totals

TITLES: Final = {
    Kind.MONEY_WITHOUT_ORDER: "Money without order",
    Kind.ORDER_WITHOUT_MONEY: "Order without money",
    Kind.AMOUNT_DIFFERS: "Amount differs",
    Kind.REFUNDED: "Refunded elsewhere",
    Kind.PARTLY_REFUNDED: "Partly refunded",
    Kind.CHARGED_BACK: "Charged back",
    Kind.REFUND_UNSETTLED: "Refund not settled",
    Kind.IN_FLIGHT: "On its way",
}
ROWS: Final = (
    ("Payments", Column.GROSS),
    ("Refunded", Column.REFUNDED),
    ("Charged back", Column.CHARGED_BACK),
)


def page(day: Day, brand: Brand) -> bytes:
    """Return the page; texts by SumUp or people are escaped."""
    result = day.result
    facts: dict[str, Any] = {
        "day": day,
        "brand": brand,
        "made": brand.local_time(day.made_at),
        "titles": TITLES,
        "findings": result.findings if result else (),
        "in_flight": result.in_flight if result else (),
        "tables": [_table(totals) for totals in result.totals] if result else [],
        "clock": brand.local_time,
    }
    return filled("ticketing.reconciliation", "day.html", facts).encode()


def _table(totals: Totals) -> dict[str, Any]:
    def shown(amount: Decimal) -> str:
        return str(Money(amount, totals.currency))

    rows = [
        {
            "name": name,
            "ours": shown(getattr(totals.ours, column.value)),
            "theirs": shown(getattr(totals.theirs, column.value)),
            "difference": shown(difference(totals, column)) if difference(totals, column) else "",
        }
        for name, column in ROWS
    ]
    return {
        "currency": totals.currency,
        "rows": rows,
        "counts": (totals.ours.payments, totals.theirs.payments),
        "paid_out": shown(totals.paid_out),
        "withheld": shown(totals.withheld),
        "fees": shown(totals.fees),
        "net": shown(totals.net),
        "payouts": totals.payouts,
    }
