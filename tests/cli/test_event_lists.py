"""`events list`, `show` and `export` on the tables; what is exported can be imported again."""

import json
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.cli.test_commands import Run, connected, deploy_site, run
from tests.support.aws import World
from tests.support.builders import a_line, an_order
from tests.support.stored import sell, store
from ticketing.adapters.dynamodb.models import OrderRow, TicketTypeRow
from ticketing.cli import ATTENTION, FAILED, OK
from ticketing.orders.order import OrderStatus

__all__ = ["run"]

FULL: dict[str, Any] = {
    "event_id": "5",
    "organiser_id": "jersey-live",
    "name": "Jersey Live: Été 2027",
    "venue": "Howard Davis Park",
    "address": "La Route de Saint-Clément, St Saviour, Jersey JE2 7LG",
    "time_zone": "Europe/Jersey",
    "starts_at": "2027-10-31T01:30+00:00",
    "doors_at": "2027-10-31T01:30+01:00",
    "ends_at": "2027-10-31T04:00",
    "currency": "GBP",
    "on_sale": True,
    "sale_starts_at": "2027-02-01T10:00",
    "sale_ends_at": "2027-10-30T12:00:30",
    "late_payment": "review",
    "hold_minutes": 20,
    "terms": "No re-entry.",
    "description": "Three **bands** and a [park](<https://example.com/park>).\n\n- *one*\n- two",
    "picture": {"file": "sea.jpg", "alt": "The sea at night"},
    "age": "14 and over",
    "access": "There are steps.",
    "map_url": "https://example.com/map",
    "contact": "box@example.com",
    "refunds": "Until a week before.",
    "consent": True,
    "ticket_types": [
        {
            "sku": "early",
            "name": "Early bird",
            "price": "20.00",
            "capacity": 100,
            "on_sale": False,
            "sale_starts_at": "2027-02-01T10:00",
            "sale_ends_at": "2027-04-01T00:00",
        },
        {"sku": "family", "name": "Family", "price": "60.50", "capacity": 10, "admits": 4},
        {"sku": "child", "name": "Child", "price": "0.00", "capacity": 50},
    ],
}

Imported = Callable[[dict[str, Any]], Path]


@pytest.fixture
def imported(
    run: Run, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> Imported:
    """Import an event from a file beside which there is a picture."""
    connected(world)
    deploy_site(world)

    def imported(event: dict[str, Any]) -> Path:
        made = BytesIO()
        Image.new("RGB", (800, 700), (20, 60, 120)).save(made, "JPEG")
        (tmp_path / "sea.jpg").write_bytes(made.getvalue())
        file = tmp_path / "events.json"
        file.write_text(json.dumps({"events": [event]}))
        assert run("events", "import", str(file)) == OK, capsys.readouterr().err
        capsys.readouterr()
        return file

    return imported


def rows(world: World) -> list[Any]:
    return [world.items(name) for name in ("EventsTable", "TicketTypesTable")]


@pytest.mark.parametrize("changes", [{}, {"cancelled": True}, {"on_sale": False}])
def test_importing_an_export_changes_nothing(
    run: Run,
    world: World,
    tmp_path: Path,
    imported: Imported,
    capsys: pytest.CaptureFixture[str],
    changes: dict[str, Any],
) -> None:
    imported(FULL | changes)
    before = rows(world)
    elsewhere = tmp_path / "export" / "again.json"
    elsewhere.parent.mkdir()

    assert run("events", "export", "5", "--to", str(elsewhere)) == OK
    assert capsys.readouterr().out == f"Written: {elsewhere}\n"
    assert run("events", "import", str(elsewhere)) == OK

    assert rows(world) == before, "without the photograph, which is not beside this file"
    assert "family: unchanged" in capsys.readouterr().out


def test_an_export_says_what_the_file_said(
    run: Run, imported: Imported, capsys: pytest.CaptureFixture[str]
) -> None:
    imported(FULL)

    assert run("events", "export") == OK

    (event,) = json.loads(capsys.readouterr().out)["events"]
    picture = event.pop("picture")
    assert event == {name: said for name, said in FULL.items() if name != "picture"}
    assert picture["alt"] == "The sea at night"
    assert len(picture["keep"]) == 20


def test_every_field_of_an_import_is_filled_in_the_test() -> None:
    from ticketing.events.import_schema import EventEntry, TicketTypeEntry  # noqa: PLC0415

    assert set(EventEntry.model_fields) - {"cancelled"} == set(FULL)
    assert set(TicketTypeEntry.model_fields) == {n for kind in FULL["ticket_types"] for n in kind}


def test_an_export_overwrites_nothing(
    run: Run, imported: Imported, capsys: pytest.CaptureFixture[str]
) -> None:
    file = imported(FULL)
    before = file.read_bytes()

    assert run("events", "export", "--to", str(file)) == FAILED

    assert f"{file} exists already; name another file" in capsys.readouterr().err
    assert file.read_bytes() == before


def test_a_picture_to_keep_must_be_there(
    run: Run, world: World, imported: Imported, capsys: pytest.CaptureFixture[str]
) -> None:
    file = imported(FULL)
    file.write_text(json.dumps({"events": [FULL | {"picture": {"keep": "other", "alt": "Sea"}}]}))
    before = rows(world)

    assert run("events", "import", str(file)) == FAILED

    assert "events[0].picture.keep: the event has no such picture here" in capsys.readouterr().err
    assert rows(world) == before


@pytest.mark.parametrize("picture", [{"alt": "x"}, {"alt": "x", "file": "a.jpg", "keep": "b"}])
def test_a_picture_is_a_file_or_what_there_is(
    run: Run, imported: Imported, capsys: pytest.CaptureFixture[str], picture: dict[str, str]
) -> None:
    file = imported(FULL)
    file.write_text(json.dumps({"events": [FULL | {"picture": picture}]}))

    assert run("events", "import", str(file)) == FAILED

    assert "events[0].picture: needs file" in capsys.readouterr().err


def test_a_description_that_cannot_be_read_is_not_exported_as_none(
    run: Run, world: World, imported: Imported, capsys: pytest.CaptureFixture[str]
) -> None:
    imported(FULL)
    row = next(iter(world.items("EventsTable")))
    row["description"]["L"][0]["M"]["kind"] = {"S": "poem"}
    world.put("EventsTable", row)

    assert run("events", "export") == FAILED

    told = capsys.readouterr()
    assert told.out == ""
    assert "cannot be read, so nothing was written: event 5:" in told.err


def test_the_list_counts_seats_that_are_sold_held_and_left(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    sell(available=100)
    store(an_order(order_number="ORD-AAA111"))
    store(an_order(order_number="ORD-AAA222", status=OrderStatus.REVIEW, work=None))
    closed = {"status": OrderStatus.EXPIRED, "holds_seats": False}
    store(an_order(order_number="ORD-AAA333", **closed))
    store(an_order(order_number="ORD-AAA444", status=OrderStatus.COMPLETED, work=None))
    store(an_order(order_number="ORD-AAA555", lines=(a_line(sku="other"),)))

    assert run("events", "list") == OK

    head, line = capsys.readouterr().out.splitlines()
    assert head.split() == ["event", "name", "starts", "sale", "sold", "held", "left"]
    assert line.split() == [
        *("5", "Jersey", "Live:", "Summer", "Sounds", "2026-07-18", "19:30", "on", "sale"),
        *("44", "6", "100"),
    ]

    assert run("events", "list", "--json") == OK
    (facts,) = json.loads(capsys.readouterr().out)
    assert (facts["sale"], facts["sold"], facts["held"], facts["left"]) == ("on_sale", 44, 6, 100)


def test_one_event_is_shown_with_its_ticket_types(
    run: Run, imported: Imported, capsys: pytest.CaptureFixture[str]
) -> None:
    imported(FULL)

    assert run("events", "show", "5") == OK

    told = capsys.readouterr().out
    assert told.startswith("Event 5, Jersey Live: Été 2027: not yet\n")
    assert "sale begins Monday 1 February 2027, 10:00 GMT" in told
    assert [line.split()[0] for line in told.splitlines()[8:11]] == ["early", "family", "child"]
    assert "Family (admits 4)" in told
    assert "£60.50" in told
    assert max(map(len, told.splitlines())) <= 100


def test_an_unknown_event_is_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("show", "export"):
        assert run("events", command, "77") == FAILED
        assert "event 77 cannot be read: there is no such row" in capsys.readouterr().err


def test_no_events_are_no_mistake(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("events", "list") == OK
    assert "There are no events" in capsys.readouterr().out


def test_what_cannot_be_read_is_named(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    sell()
    sell(sku="broken")
    TicketTypeRow("5", "broken").update([TicketTypeRow.capacity.remove()])
    store(an_order())
    OrderRow("ORD-ABC123").update([OrderRow.total.remove()])
    world.put("EventsTable", {"event_id": {"S": "6"}, "name": {"S": "half"}})

    assert run("events", "list") == ATTENTION

    told = capsys.readouterr()
    assert "2026-07-18" in told.out
    named = [line for line in told.err.splitlines() if "is not counted" in line]
    assert len(named) == 3
    assert "event 6: it lacks" in named[0]
    assert "ticket type 5 broken: it lacks capacity" in named[1]
    assert "order ORD-ABC123: it lacks total" in named[2]
