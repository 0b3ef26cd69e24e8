"""`reconcile`: what it sends to the deployed function, and how it prints the response."""

# ruff: noqa: ANN401 - a report holds anything

import json
from typing import Any

import boto3
import pytest

from tests.support.aws import REGION, World
from ticketing.adapters.dynamodb.models import OrganiserRow
from ticketing.cli import ATTENTION, FAILED, OK, main
from ticketing.cli.commands.stack import Stack
from ticketing.errors import TicketingError

SUMS = {"payments": 2, "gross": "90.00", "refunded": "0.00", "charged_back": "0.00"}
FOUND = {
    "kind": "refunded_elsewhere",
    "order": "ORD-ABC123",
    "transaction": "tx-1",
    "code": "TAAA1",
    "at": "2026-06-01T12:00:00+00:00",
    "ours": None,
    "theirs": {"amount": "45.00", "currency": "GBP"},
    "remedy": "tickets void",
    "sentence": "It was refunded elsewhere.",
}
CLEAN: dict[str, Any] = {
    "organiser": "jersey-live",
    "day": "2026-06-01",
    "state": "clean",
    "problem": "",
    "totals": [{"currency": "GBP", "ours": SUMS, "theirs": SUMS, "fees": "2.26", "net": "87.74"}],
    "found": 0,
    "findings": [],
    "in_flight": [],
    "reports": ["reconciliation/2026-06-01/jersey-live/20260602T034000Z.html"],
}


class Answering(Stack):
    """A stack that answers with a report, and remembers what it was asked."""

    def invoke(self, function: str, event: Any) -> dict[str, Any]:
        assert function == "ReconcilePaymentsFunction"
        asked.append(event)
        return dict(self.outputs)


asked: list[Any] = []


def run(*words: str, days: list[dict[str, Any]] | None = None, **changes: Any) -> int:
    asked.clear()
    found = [CLEAN] if days is None else days
    report: Any = {"days": found, "found": 0, "unknown": [], "left": []} | changes
    session = boto3.Session(region_name=REGION)
    return main(["reconcile", *words], lambda _: Answering(session, report))


def test_no_differences_are_reported_as_clean(capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == OK

    assert asked == [{"asked": {"organiser": None, "day": None, "dry_run": False}}]
    assert capsys.readouterr().out == (
        "2026-06-01  jersey-live: both sides agree\n"
        "  SumUp  2 payments, £90.00; refunded £0.00, charged back £0.00\n"
        "  ours   2 payments, £90.00; refunded £0.00, charged back £0.00\n"
        "  fees of the day's payouts £2.26, net £87.74\n"
        "  report: reconciliation/2026-06-01/jersey-live/20260602T034000Z.html\n"
    )


def test_the_options_are_passed_to_the_function(world: World) -> None:
    table: dict[str, Any] = {"OrganisersTable": world.ref["OrganisersTable"]}
    OrganiserRow("jersey-live", name="x", currency="GBP", connection="invited").save()
    words = ("--organiser", "Jersey-Live", "--date", "2026-06-01", "--dry-run")

    assert run(*words, **table) == OK

    assert asked == [{"asked": {"organiser": "jersey-live", "day": "2026-06-01", "dry_run": True}}]


def test_a_finding_needs_attention(capsys: pytest.CaptureFixture[str]) -> None:
    found = CLEAN | {"state": "findings", "found": 3, "findings": [FOUND]}
    flying = [FOUND | {"kind": "in_flight", "order": None}]

    assert run(days=[found | {"in_flight": flying}], found=3) == ATTENTION

    told = capsys.readouterr().out
    assert "3 to look at" in told
    assert (
        "  refunded_elsewhere    ORD-ABC123    £45.00, TAAA1: It was refunded elsewhere. " in told
    )
    assert "and 2 more, see the report" in told
    assert "  in_flight             no order " in told


def test_an_unknown_day_needs_attention(capsys: pytest.CaptureFixture[str]) -> None:
    unknown = CLEAN | {"state": "unknown", "problem": "no answer in time", "totals": []}

    assert run(days=[unknown], unknown=["jersey-live"]) == ATTENTION

    assert capsys.readouterr().out == ("2026-06-01  jersey-live: unknown. no answer in time\n")


def test_an_unfinished_run_fails(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(days=[], left=["jersey-live"]) == FAILED

    assert "jersey-live: there was no time" in capsys.readouterr().out


def test_having_no_connected_organiser_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(days=[]) == OK

    assert "No organiser has connected SumUp." in capsys.readouterr().out


def test_json_output_is_the_unchanged_response(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json") == OK

    assert json.loads(capsys.readouterr().out)["days"] == [CLEAN]


@pytest.mark.parametrize("day", ["yesterday", "2026-13-01", "01/06/2026"])
def test_an_invalid_day_is_refused(day: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        run("--date", day)

    assert stopped.value.code == 2
    assert "is not a day such as" in capsys.readouterr().err


def test_a_failed_function_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    def failing(_: str | None) -> Stack:
        raise TicketingError("ReconcilePaymentsFunction failed: UnknownOrganiser")

    assert main(["reconcile"], failing) == FAILED
    assert "failed: UnknownOrganiser" in capsys.readouterr().err


def test_an_unknown_organiser_is_refused_before_the_function_is_asked(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Or it would fail there, which raises an alarm."""
    outputs: Any = {"OrganisersTable": world.ref["OrganisersTable"]}
    stack = Answering(boto3.Session(region_name=REGION), outputs)
    asked.clear()

    assert main(["reconcile", "--organiser", "Nobody"], lambda _: stack) == FAILED

    assert "organiser nobody" in capsys.readouterr().err
    assert asked == []
