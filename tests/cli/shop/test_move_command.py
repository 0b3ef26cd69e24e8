"""`events move` and `events refunds` on the tables, with realistic SumUp responses."""

import json
from datetime import timedelta

import pytest

from tests.cli.shop.test_cancel_command import PAID, given_away, rules_broken, sold
from tests.functions.conftest import Run, SumUpAnswers, said
from tests.support.aws import World
from tests.support.builders import an_event
from tests.support.stored import LATER, mail_of, row_of
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.models import EventRow, OrderRow
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.cli import ATTENTION, FAILED, OK
from ticketing.orders.order import OrderStatus

pytestmark = pytest.mark.usefixtures("logged")
MOVE = ("events", "move", "5", "--starts-at", "2026-07-25T19:30", "--refunds-until", "2026-07-18")
WHY = ("--reason", "the event was moved")


def test_an_event_is_moved_and_its_buyers_told_once(
    run: Run, world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    order, free = sold(sumup), given_away()
    before = world.contents()
    assert run(*MOVE, "--dry-run", "--json") == OK
    planned = said(capsys)
    assert world.contents() == before

    assert run(*MOVE, "--json") == OK

    assert json.loads(capsys.readouterr().out) == planned | {"written": True}
    assert (planned["revision"], planned["told"]) == (2, 2)
    event = EventTable().get("5")
    assert event.starts_at == an_event().starts_at + timedelta(days=7)
    assert f"{event.refunds_until:%d %H:%M:%S}" == "18 23:00:00", "the day's end at the venue"
    for one in (order, free):
        assert mail_of(f"{one.order_number}#event_changed#2").recipient == "jane@example.com"
        assert row_of(one).event_starts_at == event.starts_at or row_of(one).personal_key is None

    assert run(*MOVE) == OK
    shown = capsys.readouterr().out
    assert "mailed before: 2" in shown
    assert "Money back: on request until Saturday 18 July 2026, 23:59 BST" in shown


def test_unreadable_events_and_orders_are_lines_of_the_list(
    run: Run, world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    order = sold(sumup)
    run(*MOVE)
    OrderRow(order.order_number).update([OrderRow.total.remove()])
    (event,) = world.items("EventsTable")
    for event_id in ("6", "7"):
        world.put("EventsTable", event | {"event_id": {"S": event_id}})
    EventRow("6").update([EventRow.venue.remove()])
    capsys.readouterr()

    assert run("attention", "--json") == ATTENTION

    items = [(one["what"], one["why"], one["command"]) for one in said(capsys)]
    number = order.order_number
    assert items == [
        ("event 6", "its row cannot be read: it lacks venue", "events show 6"),
        (number, "its row cannot be read: it lacks total", f"status {number}"),
    ]


def test_an_unreadable_order_is_one_line_of_the_list(
    run: Run, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is under review, and its event was moved."""
    order = sold(sumup)
    run(*MOVE)
    OrderRow(order.order_number).update(
        [OrderRow.total.remove(), OrderRow.status.set(OrderStatus.REVIEW)]
    )
    capsys.readouterr()

    assert run("attention", "--json") == ATTENTION

    assert [one["what"] for one in said(capsys)] == [order.order_number]


def test_who_asks_is_listed_and_gets_the_money_back(
    run: Run, world: World, sumup: SumUpAnswers, capsys: pytest.CaptureFixture[str]
) -> None:
    order = sold(sumup)
    run(*MOVE)
    orders = OrderTable("checkout_api")
    orders.ask_refund(orders.get(order.order_number), LATER)
    capsys.readouterr()
    assert run("attention", "--json") == ATTENTION
    items = {item["what"]: (item["why"], item["command"]) for item in said(capsys)}
    assert items["event 5"] == (
        "It was moved, and 1 of its buyers ask for their money back.",
        "events refunds 5 --reason WHY",
    )
    for _ in range(2):
        sumup.shows(id=PAID, amount=45.0)
    sumup.shows_back(PAID, 45.0)
    sumup.gives_back(PAID)
    before = world.contents()
    assert run("events", "refunds", "5", *WHY, "--dry-run", "--json") == OK
    planned = said(capsys)
    assert world.contents() == before

    assert run("events", "refunds", "5", *WHY, "--json") == OK

    assert json.loads(capsys.readouterr().out) == planned | {"written": True}
    assert (planned["requests"], planned["refunded"]) == (1, {"GBP": "45.00"})
    assert row_of(order).voided_at == LATER
    assert rules_broken(order) == []
    assert run("events", "refunds", "5", *WHY) == OK
    assert "asked for their money back: 0" in capsys.readouterr().out
    assert run("attention") == OK


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--starts-at", "tomorrow"), "'tomorrow' is not a time"),
        (("--starts-at", "2026-07-25"), "is not a time such as"),
        (("--starts-at", "2020-07-25T19:30"), "--starts-at is over"),
        (("--refunds-until", "2026-13-01"), "is not in the calendar"),
        (("--refunds-until", "9999-12-31"), "is not in the calendar"),
        (("--refunds-until", "2026-08-01"), "--refunds-until is after the new start"),
        (("--ends-at", "2026-07-25T18:00"), "ends_at: must be after starts_at"),
    ],
)
def test_times_that_cannot_be_are_refused(
    run: Run,
    world: World,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    why: str,
) -> None:
    before = world.contents()

    assert run(*MOVE, *arguments) == FAILED

    assert why in capsys.readouterr().err
    assert world.contents() == before
