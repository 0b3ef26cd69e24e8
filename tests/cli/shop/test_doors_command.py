"""`doors add`, `list` and `revoke` on the tables, with devices that answer their links."""

import io
import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
import zxingcpp
from PIL import Image

from tests.functions.conftest import Run, said
from tests.functions.test_check_in import send, sold
from tests.support.aws import World
from tests.support.phone import Phone
from tests.support.stored import LATER
from ticketing.adapters.dynamodb.models import DoorRow, EventRow, TicketRow
from ticketing.cli import ATTENTION, FAILED, OK
from ticketing.invocation import clock

pytestmark = pytest.mark.usefixtures("logged")
Capture = pytest.CaptureFixture[str]
LINK = re.compile(
    r"https://tickets\.example\.com/door/#pair=(?P<event>5)\.(?P<device>D\w{4})\.(?P<secret>[\w-]{43})"
)


def linked(text: str) -> Phone:
    """Return the phone that opens the link in a text."""
    found = LINK.search(text)
    assert found, text
    return Phone(found["event"], found["device"], found["secret"], send, clock)


def added(run: Run, capsys: Capture, *more: str, gate: str = "Gate A") -> Phone:
    """Add a device and pair it."""
    assert run("doors", "add", "5", "--name", gate, *more) == OK
    phone = linked(capsys.readouterr().out)
    assert phone.pair()[0] == 200
    return phone


def code_in(text: str) -> str:
    """Return what a camera reads from a code of block characters, dark on light."""
    rows = [line for line in text.splitlines() if set(line) & set("▀▄█")]
    halves = {"▀": (0, 255), "▄": (255, 0), "█": (0, 0)}
    scale, width = 4, max(map(len, rows))
    image = Image.new("L", (width * scale, len(rows) * 2 * scale), 255)
    for y, row in enumerate(rows):
        for x, character in enumerate(row):
            for half, shade in enumerate(halves.get(character, (255, 255))):
                box = (x * scale, (2 * y + half) * scale)
                image.paste(shade, (*box, box[0] + scale, box[1] + scale))
    (read,) = zxingcpp.read_barcodes(image)
    return str(read.text)


# ---- add


def test_a_device_is_added_and_its_link_opens_the_door_once(run: Run, capsys: Capture) -> None:
    sold()

    assert run("doors", "add", "5", "--name", "Gate A", "--steward") == OK

    told = capsys.readouterr().out
    phone = linked(told)
    assert f"Gate A, device {phone.device_id}, for a steward: it admits by code." in told
    assert "It works until Monday 20 July 2026, 07:30 BST." in told
    assert len(LINK.findall(told)) == 1
    status, shown = phone.pair()
    assert (status, shown["gate"], shown["role"]) == (200, "Gate A", "steward")
    assert linked(told).pair()[0] == 404


def test_the_first_device_is_a_supervisors_and_the_next_one_a_stewards(
    run: Run, capsys: Capture
) -> None:
    for role in ("supervisor", "steward"):
        assert run("doors", "add", "5", "--name", "Gate A", "--json") == OK
        assert said(capsys)["role"] == role
    assert run("doors", "add", "5", "--name", "Office", "--supervisor", "--names-offline") == OK
    told = capsys.readouterr().out
    assert "for a supervisor: it may also admit by number or name" in told
    assert "It stores the names of the ticket holders" in told


def test_the_code_in_a_pipe_and_in_a_picture_is_the_link(
    run: Run, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "gate-a.png"

    assert run("doors", "add", "5", "--name", "Gate A", "--png", str(file)) == OK

    told = capsys.readouterr().out
    link = LINK.search(told)
    assert link
    assert code_in(told) == link[0]
    (read,) = zxingcpp.read_barcodes(Image.open(io.BytesIO(file.read_bytes())))
    assert read.text == link[0]
    assert file.stat().st_mode & 0o077 == 0
    assert f"Written: {file}." in told


def test_a_terminal_shows_a_code_in_colours_of_its_own(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "100")

    assert run("doors", "add", "5", "--name", "Gate A") == OK
    assert "\x1b[48;5;232m" in capsys.readouterr().out

    monkeypatch.setenv("COLUMNS", "48")
    assert run("doors", "add", "5", "--name", "Gate A") == OK
    told = capsys.readouterr().out
    assert "too narrow for the QR code" in told
    assert LINK.search(told), "the link stays in one piece"


def test_the_secret_is_printed_and_goes_nowhere_else(
    run: Run, world: World, logged: io.StringIO, capsys: Capture
) -> None:
    assert run("doors", "add", "5", "--name", "Gate A") == OK

    told = capsys.readouterr()
    secret = linked(told.out).secret
    assert told.err == ""
    assert secret not in json.dumps(world.contents(), default=str)
    assert secret not in logged.getvalue()


def test_a_picture_is_never_overwritten_and_no_device_is_added_for_it(
    run: Run, tmp_path: Path, capsys: Capture
) -> None:
    file = tmp_path / "gate-a.png"
    file.write_bytes(b"mine")

    assert run("doors", "add", "5", "--name", "Gate A", "--png", str(file)) == FAILED
    assert "exists already" in capsys.readouterr().err
    assert file.read_bytes() == b"mine"
    assert (
        run("doors", "add", "5", "--name", "x", "--png", str(tmp_path / "no" / "a.png")) == FAILED
    )
    assert list(DoorRow.scan()) == []


def test_tickets_of_before_are_put_on_the_list_and_unreadable_ones_are_named(
    run: Run, capsys: Capture
) -> None:
    one, two, three = sold()
    for ticket in (one, two):
        TicketRow(ticket.ticket_id).update([TicketRow.changed_at.remove()])
    TicketRow(three.ticket_id).update([TicketRow.qr_text.remove()])

    assert run("doors", "add", "5", "--name", "Gate A") == ATTENTION

    told = capsys.readouterr()
    assert "2 tickets were put on the list for the doors." in told.out
    assert f"cannot be read and is not on the list: ticket {three.ticket_id}: " in told.err
    assert run("doors", "add", "5", "--name", "Gate B", "--json") == OK
    facts = said(capsys)
    assert (facts["listed"], facts["unreadable"], facts["gate"]) == (0, [], "Gate B")
    assert LINK.fullmatch(facts["link"])


@pytest.mark.parametrize(
    ("event", "gate", "text"),
    [
        ("5", " ", "a door needs a name of 1 to 40 characters"),
        ("5", "x" * 41, "a door needs a name of 1 to 40 characters"),
        ("77", "Gate A", "event 77 cannot be read: there is no such row"),
    ],
)
def test_a_device_that_opens_nothing_is_refused(
    run: Run, capsys: Capture, event: str, gate: str, text: str
) -> None:
    assert run("doors", "add", event, "--name", gate) == FAILED
    assert text in capsys.readouterr().err


def test_a_cancelled_event_has_no_doors(run: Run, capsys: Capture) -> None:
    EventRow("5").update([EventRow.cancelled.set(True)])

    assert run("doors", "add", "5", "--name", "Gate A") == FAILED
    assert capsys.readouterr().err == "ticketing: event 5 is cancelled\n"


# ---- list


def rows(text: str) -> list[list[str]]:
    return [re.split(r"  +", line) for line in text.splitlines()]


def test_devices_are_listed_with_what_they_are_and_what_they_keep(
    run: Run, capsys: Capture
) -> None:
    ticket, *_ = sold()
    office = added(run, capsys, gate="Office")
    gate = added(run, capsys)
    gate.deliver(gate.scan(ticket.qr_text), waiting=7, not_ours=3)
    assert run("doors", "add", "5", "--name", "Gate B") == OK
    unpaired = linked(capsys.readouterr().out).device_id
    lost = added(run, capsys, gate="Gate C").device_id
    assert run("doors", "revoke", "5", lost) == OK
    capsys.readouterr()

    assert run("doors", "list", "5") == OK

    now = "2026-06-01 12:05"
    assert rows(capsys.readouterr().out) == [
        ["event", "gate", "device", "role", "state", "paired", "last seen", "scans", "waiting"],
        ["5", "Gate A", gate.device_id, "steward", "open", now, now, "1", "7"],
        ["5", "Gate B", unpaired, "steward", "never paired", "-", "-", "0", "0"],
        ["5", "Gate C", lost, "steward", "revoked", now, now, "0", "0"],
        ["5", "Office", office.device_id, "supervisor", "open", now, now, "0", "0"],
    ]
    assert run("doors", "list", "--json") == OK
    first, *others = said(capsys)
    assert len(others) == 3
    assert first == {
        "event_id": "5",
        "device_id": gate.device_id,
        "gate": "Gate A",
        "role": "steward",
        "state": "open",
        "names_offline": False,
        "created_at": "2026-06-01T12:05:00+00:00",
        "paired_at": "2026-06-01T12:05:00+00:00",
        "seen_at": "2026-06-01T12:05:00+00:00",
        "expires_at": "2026-07-20T06:30:00+00:00",
        "revoked_at": None,
        "revoked_seq": None,
        "highest": 1,
        "waiting": 7,
        "not_ours": 3,
    }


def test_events_that_are_over_are_listed_by_name_alone(run: Run, capsys: Capture) -> None:
    added(run, capsys)

    with time_machine.travel(LATER + timedelta(days=50), tick=False):
        assert run("doors", "list") == OK
        assert "There is no device" in capsys.readouterr().out
        assert run("doors", "list", "5") == OK
        assert rows(capsys.readouterr().out)[1][4] == "expired"


def test_an_event_without_devices_and_an_unknown_one_differ(run: Run, capsys: Capture) -> None:
    assert run("doors", "list", "5") == OK
    assert "There is no device for" in capsys.readouterr().out
    assert run("doors", "list", "5", "--json") == OK
    assert said(capsys) == []
    assert run("doors", "list", "77") == FAILED
    assert "event 77 cannot be read: there is no such row" in capsys.readouterr().err


def test_a_device_that_cannot_be_read_is_named(run: Run, capsys: Capture) -> None:
    broken = added(run, capsys).device_id
    added(run, capsys, gate="Gate B")
    DoorRow("5", broken).update([DoorRow.gate.remove()])

    assert run("doors", "list") == ATTENTION

    told = capsys.readouterr()
    assert f"not counted: device 5 {broken}: it lacks gate" in told.err
    assert [row[1] for row in rows(told.out)] == ["gate", "Gate B"]


# ---- revoke


def test_a_revoked_device_counts_nothing_more_and_revoking_is_repeatable(
    run: Run, world: World, capsys: Capture
) -> None:
    ticket, *_ = sold()
    gate = added(run, capsys)
    gate.deliver(gate.scan("nothing"), highest=3, waiting=2)

    assert run("doors", "revoke", "5", gate.device_id.lower()) == OK

    told = capsys.readouterr().out
    assert f"Gate A, device {gate.device_id} of event 5, is revoked." in told
    assert "What it sends from now on is kept, but does not count." in told
    assert "It had reported 3 scans, 2 of which had not arrived." in told
    assert f"`doors accept 5 {gate.device_id}` counts those up to number 3" in told
    assert gate.ask("GET", "/api/door/event")[0] == 401
    assert gate.admit(ticket.qr_text)["verdict"] == "after_revocation"
    before = world.contents()

    with time_machine.travel(LATER + timedelta(hours=1), tick=False):
        assert run("doors", "revoke", "5", gate.device_id, "--json") == OK

    facts = said(capsys)
    assert (facts["state"], facts["revoked_at"]) == ("revoked", "2026-06-01T12:05:00+00:00")
    assert world.contents() == before


def test_a_device_that_was_just_paired_has_told_of_its_first_scan(
    run: Run, capsys: Capture
) -> None:
    ticket, *_ = sold()
    gate = added(run, capsys)
    gate.admit(ticket.qr_text)

    assert run("doors", "revoke", "5", gate.device_id) == OK

    assert "It had reported 1 scan." in capsys.readouterr().out


def test_a_device_that_is_not_there_cannot_be_revoked(run: Run, capsys: Capture) -> None:
    assert run("doors", "revoke", "5", "D2222") == FAILED
    assert (
        "event 5 has no device D2222; `doors list 5` shows its devices" in capsys.readouterr().err
    )
