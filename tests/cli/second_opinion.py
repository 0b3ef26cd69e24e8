"""The sums of an event, computed once more: from rows as DynamoDB has them and SumUp's own list.

Nothing of `ticketing` is imported: what it gets wrong is not repeated here.
"""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from boto3.dynamodb.types import TypeDeserializer

Row = Mapping[str, Any]
Key = TypeVar("Key", bound=Hashable)
Sums = dict[str, Decimal]
COLUMNS = (
    "sold", "free", "given", "cash", "void",
    "money_in", "refunded", "charged_back", "kept", "cash_in",
)  # fmt: skip
ONE, VENUE = Decimal(1), ZoneInfo("Europe/Jersey")
STROKES = str.maketrans("øł", "ol")
"""What Unicode does not take for a letter with an accent."""
BACK = {"REFUND": "refunded", "CHARGE_BACK": "charged_back"}


@dataclass(frozen=True)
class Posting:
    """What one fact adds to one column, on a day at the venue; some money is of no ticket type."""

    day: date
    sku: str | None
    column: str
    value: Decimal


@dataclass(frozen=True)
class Raw:
    """An event's rows, and all that SumUp lists of the organiser's account."""

    orders: Mapping[str, Row]
    tickets: tuple[Row, ...]
    payments: tuple[Row, ...]
    types: Mapping[str, Row]
    history: tuple[Row, ...]
    order_of: Mapping[str, str]
    """The order that a transaction's checkout was for, by the transaction's code."""

    def postings(self) -> Iterator[Posting]:
        for ticket in self.tickets:
            yield from self._of_ticket(ticket)
        for payment in self.payments:
            yield from self._of_money(payment)

    def bought_nothing(self) -> Decimal:
        """Return what went back of payments that bought no tickets of the event."""
        accepted = {payment["transaction_code"] for payment in self.payments}
        return sum(
            (
                line["amount"]
                for line in self.history
                if line["type"] in BACK
                and line["transaction_code"] not in accepted
                and self.order_of.get(line["transaction_code"]) in self.orders
            ),
            Decimal(0),
        )

    def paid_otherwise(self) -> list[str]:
        """Return the orders whose payment is not what they cost."""
        return sorted(
            payment["order_number"]
            for payment in self.payments
            for line in self._lines(payment["transaction_code"], "PAYMENT")
            if line["amount"] != self.orders[payment["order_number"]]["total"]
        )

    def on_two_days(self) -> Counter[str]:
        """Count what SumUp and we date differently: payments, and money that went back."""
        found: Counter[str] = Counter()
        for payment in self.payments:
            code, order = payment["transaction_code"], self.orders[payment["order_number"]]
            paid = self._payment_line(code)
            found["paid"] += day_of(paid["timestamp"]) != day_of(payment["accepted_at"])
            for line, noted in zip(self._lines(code, *BACK), _noted(order, payment), strict=True):
                found["back"] += day_of(line["timestamp"]) != day_of(noted["settled_at"])
        return found

    def seats(self) -> dict[str, dict[str, int]]:
        """Return seats, held and left, by the counters; what is left over is sold."""
        held: Counter[str] = Counter()
        for order in self.orders.values():
            if order["holds_seats"] and order["status"] != "completed":
                for line in order["lines"]:
                    held[line["sku"]] += int(line["quantity"])
        return {
            sku: {
                "capacity": int(row["capacity"]),
                "held": held[sku],
                "left": int(row["available"]),
                "sold": int(row["capacity"]) - int(row["available"]) - held[sku],
            }
            for sku, row in self.types.items()
        }

    def guests(self) -> list[dict[str, object]]:
        """Return the tickets that open the door, as the list of guests has them."""
        return [
            {
                "name": ticket["holder"],
                "ticket": ticket["ticket_id"],
                "type": ticket["description"],
                "admits": int(ticket.get("admits", 1)),
                "order": ticket["order_number"],
                "scanned": int(ticket.get("left", ticket.get("admits", 1)))
                < int(ticket.get("admits", 1)),
                "origin": ticket.get("origin"),
            }
            for ticket in self.tickets
            if ticket["status"] != "void"
        ]

    def _of_ticket(self, ticket: Row) -> Iterator[Posting]:
        order, sku = self.orders[ticket["order_number"]], ticket["sku"]
        paid = self._payment_of(order)
        sold_on = day_of(paid["timestamp"] if paid else order["settled_at"])
        origin = ticket.get("origin")
        kind = origin if origin in {"cash", "given"} else "sold" if paid else "free"
        cash = _price(order, ticket) if kind == "cash" else Decimal(0)
        yield Posting(sold_on, sku, kind, ONE)
        yield Posting(sold_on, sku, "cash_in", cash)
        if ticket["status"] == "void":
            void_on = self._void_on(order, ticket["ticket_id"])
            yield Posting(void_on, sku, "void", ONE)
            yield Posting(void_on, sku, "cash_in", -cash)

    def _of_money(self, payment: Row) -> Iterator[Posting]:
        """Take amounts from SumUp, and on which day money went back from what we noted of it."""
        order, code = self.orders[payment["order_number"]], payment["transaction_code"]
        paid = self._payment_line(code)
        tickets = {
            t["ticket_id"] for t in self.tickets if t["order_number"] == order["order_number"]
        }
        yield from self._posted(order, "money_in", paid["amount"], tickets, paid["timestamp"])
        left = set(tickets)
        for line, noted in zip(self._lines(code, *BACK), _noted(order, payment), strict=True):
            assert line["amount"] == noted["amount"], noted
            back = set(noted.get("tickets") or ()) if "number" in noted else left
            left = left - back
            column = BACK[line["type"]]
            yield from self._posted(order, column, line["amount"], back, noted["settled_at"])

    def _posted(
        self, order: Row, column: str, amount: Decimal, tickets: set[str], at: str
    ) -> Iterator[Posting]:
        """Yield an amount by ticket type if it is the price of these tickets, else of no type."""
        prices: dict[str | None, Decimal] = defaultdict(Decimal)
        for ticket in self.tickets:
            if ticket["ticket_id"] in tickets:
                prices[ticket["sku"]] += _price(order, ticket)
        by_type = prices if sum(prices.values()) == amount else {None: amount}
        for sku, part in by_type.items():
            yield Posting(day_of(at), sku, column, part)
            yield Posting(day_of(at), sku, "kept", part if column == "money_in" else -part)

    def _lines(self, code: str, *kinds: str) -> list[Row]:
        """Return what SumUp lists of a transaction, in the order in which it happened."""
        return [x for x in self.history if x["transaction_code"] == code and x["type"] in kinds]

    def _payment_line(self, code: str) -> Row:
        (paid,) = self._lines(code, "PAYMENT")
        assert paid["status"] == "SUCCESSFUL", paid
        return paid

    def _payment_of(self, order: Row) -> Row | None:
        """Return SumUp's line of the payment that bought the order's tickets."""
        for payment in self.payments:
            if payment["order_number"] == order["order_number"]:
                return self._payment_line(payment["transaction_code"])
        return None

    def _void_on(self, order: Row, ticket_id: str) -> date:
        one = next((v for v in order.get("void_tickets", ()) if v["ticket_id"] == ticket_id), None)
        return day_of(one["at"] if one else order["voided_at"])


def _price(order: Row, ticket: Row) -> Decimal:
    lines = (line for line in order["lines"] if line["sku"] == ticket["sku"])
    price: Decimal = next(lines)["unit_price"]
    return price


def _noted(order: Row, payment: Row) -> list[Row]:
    """Return what the order notes that went back of its payment: the parts, then the rest."""
    parts = sorted(order.get("parts") or (), key=lambda part: part["number"])
    noted = [*parts, *(order.get("refunds") or ())]
    settled = {"refunded", "charged_back"}
    return [
        one
        for one in noted
        if one["status"] in settled and one["transaction_id"] == payment["transaction_id"]
    ]


def summed(postings: Iterable[Posting], key: Callable[[Posting], Key]) -> dict[Key, Sums]:
    """Return the sum of each column, by a key of the postings."""
    sums: dict[Key, Sums] = defaultdict(lambda: dict.fromkeys(COLUMNS, Decimal(0)))
    for posting in postings:
        sums[key(posting)][posting.column] += posting.value
    return dict(sums)


def day_of(moment: str) -> date:
    """Return the day at the venue."""
    return datetime.fromisoformat(moment).astimezone(VENUE).date()


def letters(name: str) -> str:
    """Return a name without its accents and capitals."""
    parts = unicodedata.normalize("NFKD", name.casefold().translate(STROKES))
    return "".join(c for c in parts if not unicodedata.combining(c))


def plainly(items: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return items as DynamoDB holds them with values that can be counted."""
    read = TypeDeserializer().deserialize
    return [{name: read(value) for name, value in item.items()} for item in items]
