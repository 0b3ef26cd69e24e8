"""`doors add`, `list` and `revoke` on the tables, with devices that answer their links."""

import io
import json
import re
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from tests.functions.conftest import Run, said
from tests.functions.test_check_in import send, sold
from tests.support.aws import World
from tests.support.phone import Phone
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
    assert "for a supervisor: it also admits by number and name, undoes and overrides." in told
    assert "It keeps the names of the ticket holders" in told


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
    assert "too narrow for the code" in told
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
    assert "2 tickets were put on the list of the event." in told.out
    assert f"cannot be read and is not counted: ticket {three.ticket_id}: " in told.err
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
