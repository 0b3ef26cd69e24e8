"""`events sales` and `events guests` against a second program, after all that can happen."""

import json
import random
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
import requests

from local.sumup.exact_json import decode_object
from tests.cli.season import EVENT, Season
from tests.cli.second_opinion import COLUMNS, Raw, Sums, letters, plainly, summed
from tests.faults.deployment import MERCHANT, deployed
from tests.faults.sumup import BASE_URL
from ticketing.cli import ATTENTION, OK

Facts = dict[str, Any]
Capture = pytest.CaptureFixture[str]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:No application metrics to publish"),
]


def test_the_sums_of_an_event_are_those_of_its_rows_and_of_sumup(capsys: Capture) -> None:
    with deployed() as shop:
        season = Season(shop, random.Random(1))
        season.live()
        raw = read(season)

        total = agreed_sales(season, raw, capsys)

        guests = agreed_guests(season, raw, capsys)
        assert all(total.values()), total
        assert {guest["origin"] for guest in guests} == {None, "given", "cash", "terminal"}
        assert {guest["scanned"] for guest in guests} == {True, False}
        assert {guest["admits"] for guest in guests} == {1, 4}


def test_the_sums_of_a_cancelled_event_are_those_of_its_rows_and_of_sumup(capsys: Capture) -> None:
    with deployed() as shop:
        season = Season(shop, random.Random(2))
        season.live()
        season.cancel()
        raw = read(season)

        total = agreed_sales(season, raw, capsys)

        assert agreed_guests(season, raw, capsys) == []
        assert total["void"] == total["sold"] + total["free"] + total["given"] + total["cash"] > 0
        assert total["cash_in"] == 0


def agreed_sales(season: Season, raw: Raw, capsys: Capture) -> Sums:
    """Return the totals of `events sales`; each of its sums is that of the second program."""
    shown = facts(season, capsys, "sales", ATTENTION)
    (sales,), postings, seats = shown["currencies"], [*raw.postings()], raw.seats()
    total = {column: Decimal(sales["total"][column]) for column in COLUMNS}
    assert {"all": total} == summed(postings, lambda _: "all")
    assert by("sku", sales["types"]) == summed(postings, lambda posting: posting.sku)
    assert by("day", sales["days"]) == summed(postings, lambda posting: f"{posting.day}")
    assert Decimal(sales["bought_nothing"]) == raw.bought_nothing() > 0
    of_a_kind = {kind["sku"]: kind for kind in sales["types"] if kind["sku"]}
    overview = {one["sku"]: one for one in facts(season, capsys, "show", OK)["ticket_types"]}
    for sku, counted in seats.items():
        assert {name: overview[sku][name] for name in counted} == counted
        sold = sum(of_a_kind[sku][name] for name in ("sold", "free", "given", "cash"))
        assert sold - of_a_kind[sku]["void"] == counted.pop("sold")
        assert {name: of_a_kind[sku][name] for name in counted} == counted
    assert sorted(problem.split()[1] for problem in shown["problems"]) == raw.paid_otherwise()
    assert shown["unreadable"] == []
    assert min(raw.on_two_days().values()) > 0
    return total


def agreed_guests(season: Season, raw: Raw, capsys: Capture) -> list[Facts]:
    """Return the list of guests, which has the tickets that open the door and no other."""
    shown = facts(season, capsys, "guests", OK)
    guests: list[Facts] = shown["guests"]
    assert sorted(guests, key=ticket_of) == sorted(raw.guests(), key=ticket_of)
    names = [letters(guest["name"]) for guest in guests]
    assert names == sorted(names)
    assert shown["void"] == len(raw.tickets) - len(guests)
    assert shown["unreadable"] == []
    return guests


def ticket_of(guest: Mapping[str, object]) -> str:
    return str(guest["ticket"])


def by(key: str, rows: list[Mapping[str, Any]]) -> dict[str | None, Sums]:
    return {row[key]: {column: Decimal(row[column]) for column in COLUMNS} for row in rows}


def read(season: Season) -> Raw:
    """Read every row of the event, and SumUp's list."""
    orders, tickets, payments, types = (
        plainly(season.shop.world.items(f"{name}Table"))
        for name in ("Orders", "Tickets", "Payments", "TicketTypes")
    )
    answer = requests.get(
        f"{BASE_URL}/v2.1/merchants/{MERCHANT}/transactions/history?limit=1000",
        headers=season.as_organiser(),
        timeout=1,
    )
    answer.raise_for_status()
    history: Any = decode_object(answer.content)["items"]
    numbers = {row["order_number"] for row in orders if row["event_id"] == EVENT}
    return Raw(
        orders={row["order_number"]: row for row in orders if row["order_number"] in numbers},
        tickets=tuple(row for row in tickets if row["event_id"] == EVENT),
        payments=tuple(row for row in payments if row["order_number"] in numbers),
        types={row["sku"]: row for row in types if row["event_id"] == EVENT},
        history=tuple(history),
        order_of={
            paid["transaction_code"]: checkout["checkout_reference"].rpartition("-")[0]
            for checkout in season.shop.sumup.checkouts()
            for paid in checkout["transactions"]
        },
    )


def facts(season: Season, capsys: Capture, name: str, code: int) -> Facts:
    """Return what a command about the event says to programs."""
    capsys.readouterr()
    season.type("events", name, EVENT, "--json", code=code)
    found: Facts = json.loads(capsys.readouterr().out)
    return found
