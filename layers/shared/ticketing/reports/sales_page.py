"""The sales of an event as one self-contained HTML page, for a screen and for paper. Pure."""

from datetime import date
from decimal import Decimal
from typing import Any

from ticketing.brand import Brand
from ticketing.events.dates import date_text, time_text
from ticketing.events.event import local_time
from ticketing.language import Language
from ticketing.money import Money
from ticketing.page_templates import filled
from ticketing.reports import pictures
from ticketing.reports.sales import CurrencySales, Sales, Tally, TypeSales


def page(sales: Sales, brand: Brand) -> bytes:
    """Return the page; all text from people is escaped."""
    event = sales.event
    facts: dict[str, Any] = {
        "event": event,
        "brand": brand,
        "when": f"{date_text(event, Language.ENGLISH)}, {time_text(event)}",
        "made": f"{local_time(sales.made_at, event.time_zone):%Y-%m-%d %H:%M}",
        "sections": [_section(one) for one in sales.currencies],
        "problems": [*sales.problems, *(f"cannot be read: {row}" for row in sales.unreadable)],
    }
    return filled("ticketing.reports", "sales.html", facts).encode()


def _section(sales: CurrencySales) -> dict[str, Any]:
    def shown(tally: Tally) -> dict[str, Any]:
        amounts = {name: str(money) for name, money in tally.amounts(sales.currency).items()}
        counts = {"sold": tally.sold, "free": tally.free, "given": tally.given, "cash": tally.cash}
        return {**counts, "void": tally.void, **amounts}

    most = max((_seats(one) for one in sales.types), default=0)
    back = sales.bought_nothing
    return {
        "currency": sales.currency,
        "types": [
            {"type": one, "seats": _picture(one, most), "tally": shown(one.tally)}
            for one in sales.types
        ],
        "days": [{"day": day, "tally": shown(tally)} for day, tally in sales.days],
        "total": shown(sales.total),
        "valid": sales.total.valid,
        "held": sum(one.held for one in sales.types),
        "left": sum(one.left or 0 for one in sales.types),
        "picture": pictures.day_bars(
            [_day(day, tally, sales.currency) for day, tally in sales.days]
        ),
        "most": _money(
            max((tally.money_in for _, tally in sales.days), default=back), sales.currency
        ),
        "bought_nothing": _money(back, sales.currency) if back else "",
    }


def _day(day: date, tally: Tally, currency: str) -> pictures.Day:
    back = tally.refunded + tally.charged_back
    text = f"{day}: {_money(tally.money_in, currency)} in, {_money(back, currency)} back"
    return day, tally.money_in, back, text


def _seats(one: TypeSales) -> int:
    return max(one.capacity or 0, one.tally.valid + one.held)


def _picture(one: TypeSales, most: int) -> tuple[pictures.Bar, ...]:
    """Return the bar of a type's seats.

    Void tickets are subtracted from those sold first: most of them were paid for.
    """
    void, counts = one.tally.void, []
    for kind in ("sold", "cash", "free", "given"):
        count = getattr(one.tally, kind)
        gone = min(count, void)
        void -= gone
        counts.append((kind, count - gone))
    counts += [("held", one.held), ("left", one.left or 0)]
    return pictures.parts(counts, most) if one.capacity is not None else ()


def _money(amount: Decimal, currency: str) -> str:
    return str(Money(amount, currency))
