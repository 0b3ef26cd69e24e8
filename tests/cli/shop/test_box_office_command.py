"""`events give` on the tables: one order for one command, issued and counted as its own kind."""

import json
from typing import Any

import pytest

from tests.functions.conftest import Run, SumUpAnswers, said
from tests.support.aws import World
from tests.support.stored import seats_left
from ticketing.adapters.dynamodb.models import EventRow, OrderRow, TicketTypeRow
from ticketing.cli import FAILED, OK

pytestmark = pytest.mark.usefixtures("logged")
GIVE = (
    "events", "give", "5", "general", "--to", "Press@example.com", "--name", "Zoë Press",
    "--count", "2", "--reason", "for the press",
)  # fmt: skip
Capture = pytest.CaptureFixture[str]


def the_order() -> str:
    (row,) = OrderRow.scan()
    return str(row.order_number)


def test_tickets_are_given_once_and_issued_by_the_usual_check(
    run: Run, world: World, capsys: Capture
) -> None:
    before = world.contents()
    assert run(*GIVE, "--dry-run", "--json") == OK
    planned = said(capsys)
    assert world.contents() == before

    assert run(*GIVE, "--json") == OK

    done = said(capsys)
    number = the_order()
    told = {"order_number": number, "status": "pending_verification", "written": True}
    assert done == planned | told
    assert (planned["tickets"], planned["origin"], planned["to"]) == (
        2, "given", "Press@example.com",
    )  # fmt: skip
    assert {"order_number": number} in world.messages("VerifyQueue")
    (entry,) = world.items("AuditTable")
    assert (entry["change"]["S"], entry["reason"]["S"]) == ("given", "give: for the press")
    assert entry["by"]["S"].startswith("arn:aws:")
    assert not any(word in str(entry) for word in ("Press@", "Zoë"))
    assert run("verify", number) == OK
    written = world.contents()

    assert run(*GIVE) == OK

    out = capsys.readouterr().out
    assert "Given before: 2 x general to Press@example.com, nothing was written." in out
    assert f"Orders: {number}" in out
    assert "--another gives the same once more" in out
    assert world.contents() == written
    assert run("status", number) == OK
    shown = capsys.readouterr().out
    assert "Why: The tickets are complimentary. There was nothing to pay." in shown
    assert "Origin: given, not ordered in the shop" in shown
    assert "Rules: all hold" in shown


def test_they_are_their_own_kind_in_lists_and_sums(run: Run, capsys: Capture) -> None:
    assert run(*GIVE, "--language", "fr") == OK
    number = the_order()
    assert run("verify", number) == OK
    capsys.readouterr()

    assert run("events", "sales", "5", "--json") != FAILED
    total = json.loads(capsys.readouterr().out)["currencies"][0]["total"]
    assert (total["given"], total["free"], total["sold"], total["money_in"]) == (2, 0, 0, "0.00")
    assert run("events", "guests", "5") == OK
    assert "2 tickets for 2 people, 2 of them complimentary" in capsys.readouterr().out
    assert run("events", "guests", "5", "--json") == OK
    assert {g["origin"] for g in json.loads(capsys.readouterr().out)["guests"]} == {"given"}
    before = seats_left()
    assert run("void", number, "--reason", "the press is ill") == OK
    assert seats_left() == before + 2


def test_another_gives_the_same_once_more(run: Run, capsys: Capture) -> None:
    assert run(*GIVE) == OK
    first = the_order()

    assert run(*GIVE, "--another") == OK

    assert f"Besides, the same was given before: {first}" in capsys.readouterr().out
    assert len(list(OrderRow.scan())) == 2


WRONG: dict[str, tuple[tuple[str, str], str]] = {
    "unknown type": (("general", "vip"), "no such ticket type; its ticket types are: general"),
    "unknown event": (("5", "7"), "event 7 cannot be read: there is no such row"),
    "an address in the reason": (("for the press", "for a@b.example"), "holds an address"),
    "two addresses": (("Press@example.com", "a@b.example, c@d.example"), "not one email address"),
    "no name": (("Zoë Press", " "), "--name needs a name"),
    "too many": (("2", "41"), "40 of general are left, 41 are wanted"),
}


@pytest.mark.parametrize(("change", "text"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_said_and_nothing_is_written(
    run: Run, world: World, capsys: Capture, change: tuple[str, str], text: str
) -> None:
    TicketTypeRow("5", "general").update([TicketTypeRow.available.set(40)])
    before = world.contents()

    assert run(*(change[1] if word == change[0] else word for word in GIVE)) == FAILED

    assert text in capsys.readouterr().err
    assert world.contents() == before


def test_an_event_that_is_cancelled_is_refused(run: Run, world: World, capsys: Capture) -> None:
    EventRow("5").update([EventRow.cancelled.set(True)])
    before = world.contents()

    assert run(*GIVE) == FAILED

    assert capsys.readouterr().err == "ticketing: event 5: this event is cancelled\n"
    assert world.contents() == before


SELL = (
    "events", "sell-at-door", "5", "general", "--to", "jane@example.com", "--name", "Jane Doe",
    "--count", "2", "--reason", "at the gate",
)  # fmt: skip
CODE = ("--transaction", "taaa1bbb2c ")
TAKEN = {
    "id": "tx-door", "amount": 30.0, "transaction_code": "TAAA1BBB2C", "merchant_code": "MC0001",
    "payment_type": "POS", "timestamp": "2026-06-01T12:00:00Z",
}  # fmt: skip


def test_a_terminals_payment_is_asked_for_by_its_code_and_buys_tickets_once(
    run: Run, world: World, sumup: SumUpAnswers, capsys: Capture
) -> None:
    sumup.shows(**TAKEN)
    before = world.contents()
    assert run(*SELL, *CODE, "--dry-run", "--json") == OK
    planned = said(capsys)
    assert world.contents() == before

    assert run(*SELL, *CODE, "--json") == OK

    number = the_order()
    assert said(capsys) == planned | {"order_number": number, "written": True}
    assert (planned["total"], planned["transaction_id"]) == ("30.00 GBP", "tx-door")
    assert all("transaction_code=TAAA1BBB2C" in asked for asked in sumup.questions)
    (payment,) = world.items("PaymentsTable")
    assert payment["transaction_id"] == {"S": "tx-door"}
    assert ("checkout_id" in payment, payment["origin"]) == (False, {"S": "terminal"})
    assert {"mail_id": f"{number}#confirmation#1"} in world.messages("DeliveryQueue")
    written = world.contents()
    assert run(*SELL, *CODE) == OK
    assert f"nothing was written. {number} is completed." in capsys.readouterr().out
    assert world.contents() == written
    assert run("status", number) == OK
    shown = capsys.readouterr().out
    assert "Paid at the door, by the organiser's terminal: TAAA1BBB2C." in shown
    assert "Rules: all hold" in shown


def test_what_the_terminal_took_goes_back_as_any_payment(
    run: Run, sumup: SumUpAnswers, capsys: Capture
) -> None:
    sumup.shows(**TAKEN)
    assert run(*SELL, *CODE) == OK
    number = the_order()
    sumup.finds_none()
    sumup.shows(**TAKEN)
    sumup.shows_back("tx-door", 30.0, of=30.0)
    sumup.gives_back("tx-door")
    capsys.readouterr()

    assert run("refund", number, "--reason", "the buyer is ill", "--json") == OK

    assert said(capsys)["refund"] == "refunded"


def test_cash_is_counted_apart_and_taken_back_with_void(run: Run, capsys: Capture) -> None:
    assert run(*SELL, "--cash") == OK
    number = the_order()
    assert f"hand the cash back and `void {number}`" in capsys.readouterr().out
    run("events", "sales", "5", "--json")
    total = json.loads(capsys.readouterr().out)["currencies"][0]["total"]
    assert (total["cash"], total["cash_in"], total["sold"], total["money_in"]) == (
        2, "30.00", 0, "0.00",
    )  # fmt: skip
    assert run("status", number) == OK
    assert "Rules: all hold" in capsys.readouterr().out

    assert run("refund", number, "--reason", "ill") == FAILED
    assert "it was paid in cash: hand the cash back" in capsys.readouterr().err
    assert run("void", number, "--reason", "ill") == OK
    capsys.readouterr()
    run("events", "sales", "5", "--json")
    total = json.loads(capsys.readouterr().out)["currencies"][0]["total"]
    assert (total["void"], total["cash_in"]) == (2, "0.00")


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"status": 404, "json": {}}, "SumUp knows no transaction with this code"),
        ({"status": 503, "json": {}}, "could not be asked about TAAA1BBB2C"),
        ({"json": TAKEN | {"status": "SUCCESSFUL", "currency": "EUR"}}, "the tickets cost £30.00"),
    ],
)
def test_what_sumup_does_not_confirm_is_not_sold(
    run: Run, world: World, sumup: SumUpAnswers, capsys: Capture, answer: dict[str, Any], text: str
) -> None:
    sumup.answers_transactions(**answer)
    before = world.contents()

    assert run(*SELL, *CODE) == FAILED

    assert text in capsys.readouterr().err
    assert world.contents() == before
