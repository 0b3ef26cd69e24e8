"""Every question of docs/dynamodb-console.md as the page has it, and the rows it is asked about."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.support.healthy import (
    AUDITED,
    bounced,
    completed,
    expired,
    pending,
    refunded,
    under_review,
)
from tests.support.stored import keep, sell, store_mail
from ticketing.adapters.dynamodb.models import EventRow, MailRow, OrderRow, OrganiserRow
from ticketing.emails.mail import Mail, MailKind, MailStatus, to_buyer
from ticketing.orders.order import Customer
from ticketing.organisers.organiser import Connection

PAGE = Path(__file__).parents[2] / "docs" / "dynamodb-console.md"
QUESTION = re.compile(
    r"^### (?P<title>[^\n]+)\n.*?```sql\n(?P<sql>.*?)\n```\n(?P<rest>.*?)(?=\n##|\Z)",
    re.DOTALL | re.MULTILINE,
)
FORM = ["table", "index", "partition key", "sort key", "filter", "reads"]
CHOSEN = re.compile(r"`(?P<name>\w+)` (?P<how>=|>=|<=|begins with) (?P<value>\S.*)")
SAYS = re.compile(r"""begins_with\("(\w+)", '([^']*)'\)|"(\w+)" (=|>=|<=) '([^']*)'""")


@dataclass(frozen=True, order=True)
class Condition:
    """An attribute, how it is compared, and with what."""

    name: str
    how: str
    value: str


@dataclass(frozen=True)
class Question:
    """One question: as PartiQL, as the form has it, what it reads, and the rows of its answer."""

    title: str
    sql: str
    table: str
    index: str | None
    keys: tuple[Condition, ...]
    filters: tuple[Condition, ...]
    reads: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def statement(self, names: Mapping[str, str]) -> str:
        """Return the PartiQL with the real name of its table."""
        return self.sql.replace(f'"{self.table}"', f'"{names[self.table]}"')

    def request(self, names: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
        """Return what the console's form asks of DynamoDB: the call, and its arguments."""
        asked: dict[str, Any] = {"TableName": names[self.table]}
        every = (*self.keys, *self.filters)
        asked["ExpressionAttributeNames"] = {f"#{c.name}": c.name for c in every}
        asked["ExpressionAttributeValues"] = {f":{c.name}": {"S": c.value} for c in every}
        if self.index:
            asked["IndexName"] = self.index
        if self.filters:
            asked["FilterExpression"] = _expression(self.filters)
        if not self.keys:
            return "scan", asked
        return "query", asked | {"KeyConditionExpression": _expression(self.keys)}

    @property
    def said(self) -> tuple[Condition, ...]:
        """Return the conditions of the PartiQL."""
        return tuple(
            Condition(begun, "begins with", with_) if begun else Condition(name, how, value)
            for begun, with_, name, how, value in SAYS.findall(self.sql)
        )


def questions() -> list[Question]:
    """Return all questions of the page."""
    return [_question(found) for found in QUESTION.finditer(PAGE.read_text())]


def _question(found: re.Match[str]) -> Question:
    form, answer = _tables(found["rest"])
    assert form[0] == FORM, found["title"]
    table, index, partition, sort, only, reads = form[1]
    columns = tuple(cell.strip("`") for cell in answer[0])
    return Question(
        title=found["title"],
        sql=found["sql"],
        table=table,
        index=None if index == "none" else index.strip("`"),
        keys=tuple(_conditions([partition, sort])),
        filters=tuple(_conditions([only])),
        reads=reads,
        columns=columns,
        rows=tuple(tuple(row) for row in answer[1:]),
    )


def _tables(text: str) -> list[list[list[str]]]:
    blocks = [block.splitlines() for block in text.strip().split("\n\n")]
    tables = [[line for line in block if line.startswith("|")] for block in blocks]
    return [
        [[cell.strip() for cell in line.strip("|").split("|")] for line in (table[0], *table[2:])]
        for table in tables
        if table
    ]


def _conditions(cells: Sequence[str]) -> Iterator[Condition]:
    for cell in cells:
        if found := CHOSEN.fullmatch(cell):
            yield Condition(found["name"], found["how"], found["value"])
        else:
            assert cell in {"any", "none", "none: Scan"}, cell


def _expression(conditions: Sequence[Condition]) -> str:
    return " AND ".join(
        f"begins_with(#{c.name}, :{c.name})"
        if c.how == "begins with"
        else f"#{c.name} {c.how} :{c.name}"
        for c in conditions
    )


def answered(columns: Sequence[str], items: Sequence[Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Return items as the page shows them: a dash for what a row does not have."""
    return sorted(tuple(_shown(item.get(name)) for name in columns) for item in items)


def _shown(value: Mapping[str, Any] | None) -> str:
    if value is None:
        return "-"
    ((kind, shown),) = value.items()
    return f"{Decimal(shown).normalize():f}" if kind == "N" else str(shown)


def seed() -> None:
    """Put into the tables what the page asks about."""
    sell(available=135)
    EventRow("5").update([EventRow.on_sale.set("yes")])
    _orders()
    _mails()
    OrganiserRow(
        "jersey-live",
        name="Jersey Live",
        currency="GBP",
        merchant_code="MC0001",
        connection=Connection.CONNECTED.value,
        connection_health="fine, as of 2026-06-01 03:17 UTC",
    ).save()


def _orders() -> None:
    other = Customer("Sam Other", "sam@example.com")
    moves = ("checkout attached because adopted", "completed because paid")
    keep(completed(status_reason="Payment verified.", reason_code="paid", moves=moves))
    waiting = "Not paid yet."
    keep(pending(order_number="ORD-PEND01", status_reason=waiting))
    slow = AUDITED - timedelta(minutes=50)
    keep(pending(order_number="ORD-SLOW01", created_at=slow, customer=other, status_reason=waiting))
    keep(
        under_review(
            order_number="ORD-HOLD01",
            customer=other,
            status_reason="SumUp says PAID, but we expected 45.00 GBP and it is 40.00 GBP.",
            reason_code="amount_mismatch",
        )
    )
    keep(bounced(order_number="ORD-LOST01", customer=other, status_reason="Payment verified."))
    reason = OrderRow.delivery_reason.set("the mailbox does not exist")
    OrderRow("ORD-LOST01").update([reason])
    keep(refunded(order_number="ORD-BACK01", customer=other))
    keep(expired(order_number="ORD-GONE01", customer=other, status_reason="Nobody paid in time."))


def _mails() -> None:
    first = "ORD-ABC123#confirmation#1"
    moment = AUDITED - timedelta(hours=3)
    arrived = moment + timedelta(seconds=9)
    sent = [MailRow.sent_at.set(moment), MailRow.delivered_at.set(arrived)]
    MailRow(first).update([*sent, MailRow.status.set(MailStatus.DELIVERED)])
    order = completed(order_number="ORD-LOST01").order
    again = to_buyer(order, MailKind.CONFIRMATION, AUDITED, revision=2)
    store_mail(replace(again, recipient="sam@example.com"))
    store_mail(
        Mail(
            "shop#alert#x", MailKind.ALERT, "alerts@example.com", AUDITED,
            subject="s", body="b", next_attempt_at=AUDITED,
        )
    )  # fmt: skip
