"""`tickets` on the tables: a ticket is replaced once, and everything follows its new number."""

import json

import pytest

from tests.cli.shop.test_refund_command import rules_broken, sold
from tests.functions.conftest import Run, SumUpAnswers, said
from tests.support.aws import World
from tests.support.stored import audit_of, mail_of, seats_left
from ticketing.adapters.dynamodb.models import TicketRow
from ticketing.bootstrap import services
from ticketing.bootstrap.signing import signer
from ticketing.cli import ATTENTION, FAILED, OK
from ticketing.tickets.qr import verify

pytestmark = pytest.mark.usefixtures("logged")
WHY = ("--reason", "the code was in a photo")
ONE, ANEW, AGAIN = "ORD-ABC123-02", "ORD-ABC123-02-R1", "ORD-ABC123-02-R2"
Capture = pytest.CaptureFixture[str]


def test_a_ticket_is_issued_anew(
    run: Run, world: World, sumup: SumUpAnswers, capsys: Capture
) -> None:
    order = sold(sumup)
    before = world.contents()
    assert run("tickets", "reissue", "ord-abc123-02", *WHY, "--dry-run") == OK
    assert f"Would reissue {ONE} as {ANEW}" in capsys.readouterr().out
    assert world.contents() == before

    assert run("tickets", "reissue", ONE, *WHY) == OK

    told = capsys.readouterr().out
    assert f"Reissued {ONE} as {ANEW}" in told
    assert "Mail: ORD-ABC123#confirmation#2 to jane@example.com" in told
    assert mail_of("ORD-ABC123#confirmation#2").cause == f"reissued {ONE}"
    old, new = TicketRow.get(ONE), TicketRow.get(ANEW)
    assert (old.status, old.void_reason, old.replaced_by) == ("void", "reissued", ANEW)
    assert (new.status, new.replaces, new.issued_at) == ("valid", ONE, new.changed_at)
    assert verify(new.qr_text, signer(services()).public_keys("5"), "5").ticket_id == ANEW
    entry = audit_of(order)[-1]
    assert (entry.change, entry.reason) == ("ticket reissued", f"reissue: {WHY[1]}")
    assert entry.by.startswith("arn:aws:")
    assert (sumup.questions, seats_left(), rules_broken(order)) == ([], 100, [])


def test_a_ticket_is_issued_anew_once_for_each_number(
    run: Run, world: World, sumup: SumUpAnswers, capsys: Capture
) -> None:
    order = sold(sumup)
    assert run("tickets", "reissue", ONE, *WHY, "--json") == OK
    assert said(capsys) == {
        "order_number": "ORD-ABC123",
        "ticket": ONE,
        "current": ANEW,
        "valid": True,
        "in_already": 0,
        "mails": ["ORD-ABC123#confirmation#2"],
        "written": True,
    }
    before = world.contents()

    assert run("tickets", "reissue", ONE, *WHY) == OK
    assert f"{ONE} was reissued before: it is {ANEW} now." in capsys.readouterr().out
    assert run("tickets", "transfer", ONE, *WHY, "--to-name", "Ben", "--json") == OK
    assert (answer := said(capsys))["written"] is False
    assert (answer["current"], answer["valid"], answer["mails"]) == (ANEW, True, [])
    assert world.contents() == before

    assert run("tickets", "reissue", ANEW, *WHY) == OK
    assert f"Reissued {ANEW} as {AGAIN}" in capsys.readouterr().out
    assert rules_broken(order) == []


def test_a_ticket_is_transferred(run: Run, sumup: SumUpAnswers, capsys: Capture) -> None:
    order = sold(sumup)

    assert run("tickets", "transfer", ONE, "--to-name", "  Ben \u200b Vibert ", *WHY) == OK

    assert "Holder: Ben Vibert" in capsys.readouterr().out
    assert (TicketRow.get(ANEW).holder, TicketRow.get(ANEW).transferred) == ("Ben Vibert", True)
    assert "Ben" not in " ".join(entry.seen + entry.reason for entry in audit_of(order))
    assert rules_broken(order) == []


def test_who_is_in_already_is_told(run: Run, sumup: SumUpAnswers, capsys: Capture) -> None:
    sold(sumup)
    TicketRow(ONE).update([TicketRow.left.set(0), TicketRow.last_scan.set("D7KQ2#000001")])

    assert run("tickets", "reissue", ONE, *WHY) == OK

    assert "In already: 1 of 1; they stay counted" in capsys.readouterr().out
    assert TicketRow.get(ANEW).left == 0


def test_a_ticket_is_made_void_by_its_number(
    run: Run, world: World, sumup: SumUpAnswers, capsys: Capture
) -> None:
    order = sold(sumup)
    run("tickets", "reissue", ONE, *WHY)

    assert run("tickets", "void", ONE, *WHY) == FAILED
    assert f"{ONE} was reissued as {ANEW}" in capsys.readouterr().err
    before = world.contents()
    assert run("tickets", "void", ANEW, *WHY, "--dry-run") == OK
    assert world.contents() == before
    assert run("tickets", "void", ANEW, *WHY) == OK

    assert f"Void: ticket {ANEW}" in capsys.readouterr().out
    assert (TicketRow.get(ANEW).status, seats_left()) == ("void", 101)
    assert rules_broken(order) == []
    assert run("tickets", "reissue", ONE, *WHY) == OK
    assert f"it is {ANEW} now, and void" in capsys.readouterr().out


def test_a_code_that_was_replaced_is_told_apart(
    run: Run, sumup: SumUpAnswers, capsys: Capture
) -> None:
    sold(sumup)
    run("qr", "publish")
    run("tickets", "reissue", ONE, *WHY)
    code = TicketRow.get(ANEW).qr_text
    run("tickets", "reissue", ANEW, *WHY)
    capsys.readouterr()

    assert run("qr", "verify", code) == ATTENTION
    assert f"VOID: it was reissued as {AGAIN}, it opens no door" in capsys.readouterr().out
    run("qr", "void", "5", "--json")
    assert ONE in json.dumps(said(capsys))
    assert run("status", "ORD-ABC123") == OK
    shown = capsys.readouterr().out
    assert f"void, now {ANEW}" in shown
    assert f"void, now {AGAIN}" in shown


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "no order": (("reissue", "ORD-NONE22-01"), "order ORD-NONE22"),
    "no ticket": (("reissue", "ORD-ABC123-09"), "is not one of its tickets"),
    "no name": (("transfer", ONE, "--to-name", " \u200b "), "--to-name needs a name"),
    "a long name": (("transfer", ONE, "--to-name", "x" * 101), "--to-name needs a name"),
    "its own name": (("transfer", ONE, "--to-name", "Jane Doe"), "is already in that name"),
}


@pytest.mark.parametrize(("words", "problem"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_done_writes_nothing(
    run: Run,
    world: World,
    sumup: SumUpAnswers,
    capsys: Capture,
    words: tuple[str, ...],
    problem: str,
) -> None:
    sold(sumup)
    before = world.contents()

    assert run("tickets", *words, *WHY) == FAILED

    assert problem in capsys.readouterr().err
    assert world.contents() == before


@pytest.mark.parametrize("number", ["ORD-ABC123", "ORD-ABC123-1", "ORD-ABC123-01-R0", "x"])
def test_what_is_no_number_of_a_ticket_is_refused(run: Run, number: str, capsys: Capture) -> None:
    with pytest.raises(SystemExit):
        run("tickets", "reissue", number, *WHY)

    assert "is not a ticket such as ORD-ABC123-02" in capsys.readouterr().err
