"""`doors pack`: files for a scanner of another make, read from the tables."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.cli.shop.test_doors_command import Capture
from tests.functions.conftest import Run, said
from tests.functions.test_check_in import sold
from ticketing.adapters.dynamodb.models import TicketRow
from ticketing.cli import ATTENTION, FAILED, OK
from ticketing.tickets.ticket import TicketStatus

pytestmark = pytest.mark.usefixtures("logged")


def test_a_pack_is_written_and_its_sizes_are_printed(
    run: Run, tmp_path: Path, capsys: Capture
) -> None:
    one, *_ = sold()
    sold(order_number="ORD-EVENT6", event_id="6")
    TicketRow(one.ticket_id).update([TicketRow.status.set(TicketStatus.VOID)])
    folder = tmp_path / "pack"

    assert run("doors", "pack", "5", "--out", str(folder)) == OK

    told = capsys.readouterr().out
    assert f"Written: {folder}, 3 tickets, 1 of them void" in told
    assert sorted(file.name for file in folder.iterdir()) == [
        "SHA256SUMS", "keys.json", "tickets.json", "void.txt",
    ]  # fmt: skip
    size = len((folder / "tickets.json").read_bytes())
    assert any(line.split()[:2] == ["tickets.json", f"{size}"] for line in told.splitlines())
    check = ["sha256sum", "--check", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=folder, check=False).returncode == 0  # noqa: S603 - fixed words
    assert json.loads((folder / "keys.json").read_text())["event_id"] == "5"
    before = {file.name: file.read_bytes() for file in folder.iterdir()}

    assert run("doors", "pack", "5", "--out", str(folder), "--names") == FAILED
    assert "exists already" in capsys.readouterr().err
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_names_are_for_their_owner_alone(run: Run, tmp_path: Path, capsys: Capture) -> None:
    sold()
    folder = tmp_path / "pack"

    assert run("doors", "pack", "5", "--out", str(folder), "--names", "--json") == OK

    facts = said(capsys)
    assert (facts["tickets"], facts["void"], facts["names"]) == (3, 0, True)
    assert facts["files"]["tickets.json"]["bytes"] == (folder / "tickets.json").stat().st_size
    assert facts["files"]["tickets.json"]["gzipped"] > 0
    assert (folder / "tickets.json").stat().st_mode & 0o077 == 0


def test_tickets_that_cannot_be_read_are_named(run: Run, tmp_path: Path, capsys: Capture) -> None:
    one, *_ = sold()
    TicketRow(one.ticket_id).update([TicketRow.qr_text.remove()])

    assert run("doors", "pack", "5", "--out", str(tmp_path / "pack")) == ATTENTION

    told = capsys.readouterr()
    assert "2 tickets" in told.out
    assert f"cannot be read and is not counted: ticket {one.ticket_id}" in told.err


def test_nothing_is_written_for_an_unknown_event_or_into_no_folder(
    run: Run, tmp_path: Path, capsys: Capture
) -> None:
    assert run("doors", "pack", "77", "--out", str(tmp_path / "pack")) == FAILED
    assert "event 77 cannot be read" in capsys.readouterr().err
    assert run("doors", "pack", "5", "--out", str(tmp_path / "no" / "pack")) == FAILED
    assert "cannot be written" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
