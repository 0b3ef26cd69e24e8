"""`privacy export` and `privacy erase`: what they do about rows that cannot be read."""

import json
from pathlib import Path

import pytest

from tests.functions.conftest import Run
from tests.support.aws import World
from tests.support.builders import an_order
from tests.support.stored import a_mail, row_of, store, store_mail
from ticketing.adapters.dynamodb.models import MailRow, OrderRow
from ticketing.cli import ATTENTION, OK
from ticketing.emails.mail import MailStatus
from ticketing.orders.order import Delivery, Order, OrderStatus

JANE = ("--email", "jane@example.com")
ERASE = ("privacy", "erase", *JANE, "--reason", "she asked", "--even-before-the-event", "--json")
FIRST = "ORD-ABC123#confirmation#1"


def bought(number: str = "ORD-ABC123") -> Order:
    """Store an order that is done, with its mail."""
    done = {"status": OrderStatus.COMPLETED, "delivery": Delivery.DELIVERED, "checkout_ids": ()}
    order = store(an_order(order_number=number, work=None, next_check_at=None, **done))
    store_mail(a_mail(order_number=number, status=MailStatus.SENT, next_attempt_at=None))
    return order


@pytest.mark.usefixtures("world")
def test_an_export_names_the_rows_that_cannot_be_read(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bought()
    bad = bought("ORD-BAD111")
    row_of(bad).update([OrderRow.total.remove()])
    MailRow(FIRST).update([MailRow.status.remove()])

    assert run("privacy", "export", *JANE, "--to", str(tmp_path)) == ATTENTION

    printed = capsys.readouterr()
    found = json.loads(printed.out)
    assert json.loads((tmp_path / "export.json").read_text()) == found
    assert found["unreadable"] == {FIRST: "it lacks status", "ORD-BAD111": "it lacks total"}
    assert list(found["orders"]) == ["ORD-ABC123"]
    (mail,) = found["orders"]["ORD-ABC123"]["mails"]
    assert (mail["mail_id"], mail["recipient"]) == (FIRST, "jane@example.com"), "as it is stored"
    for name, why in found["unreadable"].items():
        assert f"cannot be read, so the export may lack it: {name}: {why}" in printed.err


def test_an_export_has_rows_as_they_are_stored(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    bought()
    (item,) = world.items("MailsTable")
    world.put("MailsTable", item | {"sent_at": {"S": "soon"}, "note": {"S": "by hand"}})
    world.put(
        "RequestsTable",
        {
            "idempotency_key": {"S": "order#k"},
            "order_number": {"S": "ORD-ABC123"},
            "request_hash": {"S": "h"},
        },
    )
    world.wire.forget()

    assert run("privacy", "export", *JANE) == ATTENTION

    rows = json.loads(capsys.readouterr().out)["orders"]["ORD-ABC123"]
    (mail,), (request,) = rows["mails"], rows["requests"]
    assert (mail["sent_at"], mail["note"]) == ("soon", "by hand")
    assert request["request_hash"] == "h"
    scans = [call.body for call in world.wire.calls if call.operation == "Scan"]
    assert len(scans) == 3
    assert all(scan["ConsistentRead"] for scan in scans)


@pytest.mark.usefixtures("world")
def test_an_export_of_readable_rows_is_all_right(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    bought()

    assert run("privacy", "export", *JANE) == OK

    assert capsys.readouterr().err == ""


@pytest.mark.usefixtures("world")
def test_an_unreadable_mail_keeps_its_order_alone(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    bought()
    other = bought("ORD-XYZ789")
    MailRow(FIRST).update([MailRow.status.remove()])

    assert run(*ERASE) == ATTENTION

    done = json.loads(capsys.readouterr().out)
    why = f"mail {FIRST} cannot be read: it lacks status"
    assert (done["erased"], done["kept"]) == (["ORD-XYZ789"], {FIRST: why, "ORD-ABC123": why})
    assert row_of(other).customer_email == "erased"
