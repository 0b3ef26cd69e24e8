"""The nightly refresh, run by its event: rows, mails and queue with the real adapters."""

import io
import json
from datetime import timedelta
from typing import Any

import pytest
import responses
import time_machine

from functions.refresh_connections.app import handler
from tests.functions.conftest import SUMUP, Context, Sample, SumUpAnswers
from tests.support.aws import World, client
from tests.support.stored import LATER
from ticketing.adapters.aws.kms import TokenCipher
from ticketing.adapters.dynamodb.models import OrganiserRow
from ticketing.errors import FunctionFailed

EVENT = Sample.load("refresh_connections.scheduled").event
US = "jersey-live"


def age(used: int, issued: int | None = None, **changes: Any) -> None:  # noqa: ANN401 - of any field
    """Make the organiser's permission this many days old."""
    facts = {
        "refreshed_at": LATER - timedelta(days=used),
        "refresh_issued_at": LATER - timedelta(days=issued or used),
    }
    changed = (facts | changes).items()
    OrganiserRow(US).update([getattr(OrganiserRow, name).set(value) for name, value in changed])


def test_an_idle_connection_is_kept_alive(
    world: World, context: Context, sumup: SumUpAnswers
) -> None:
    age(31)
    sumup.refreshes()

    report = json.loads(json.dumps(handler(EVENT, context)))

    assert report == {"seen": [US], "refreshed": [US], "in_trouble": [], "to_renew": [], "left": []}
    assert sumup.questions == [f"POST {SUMUP}/token"]
    row = OrganiserRow.get(US)
    assert (row.refreshed_at, row.refresh_issued_at) == (LATER, LATER)
    assert row.connection_health == "1 June 2026: fine. The permission is from today."
    assert row.connection_checked_at == LATER
    cipher = TokenCipher(client("kms"), world.environment["TOKEN_KEY_ID"])
    assert cipher.decrypt(row.refresh_token, US) == "rt-new"
    assert world.items("MailsTable") == []


def test_a_connection_in_use_needs_no_request(
    world: World, context: Context, sumup: SumUpAnswers
) -> None:
    age(2, 40)

    assert handler(EVENT, context)["refreshed"] == []

    assert sumup.questions == []
    assert world.wire.count("GetSecretValue") == 0
    assert OrganiserRow.get(US).connection_health == (
        "1 June 2026: fine. The permission is 40 days old."
    )


def test_a_sumup_outage_leaves_everything_for_the_next_night(
    world: World, context: Context
) -> None:
    age(31)
    before = OrganiserRow.get(US).attribute_values
    with responses.RequestsMock() as mocked:
        mocked.post(f"{SUMUP}/token", status=503)
        assert handler(EVENT, context)["in_trouble"] == [US]

    now = OrganiserRow.get(US).attribute_values
    assert {
        k: v for k, v in now.items() if k not in {"connection_health", "connection_checked_at"}
    } == before
    assert world.items("MailsTable") == []


def test_a_revoked_permission_raises_one_alert_with_the_command(
    world: World, context: Context, logged: io.StringIO
) -> None:
    age(31)
    with responses.RequestsMock() as mocked:
        mocked.post(f"{SUMUP}/token", status=400, json={"error": "invalid_grant"})
        handler(EVENT, context)
    with time_machine.travel(LATER + timedelta(minutes=1), tick=False):
        handler(EVENT, context)

    (mail,) = world.items("MailsTable")
    assert mail["subject"]["S"] == (
        "[JerseyEvents Alert] SumUp Must Be Connected Again - Organiser jersey-live"
    )
    assert (
        "  AWS_REGION=eu-west-2 python -m ticketing organisers connect jersey-live "
        "--stack tickets\n"
    ) in mail["body"]["S"]
    assert [message["mail_id"] for message in world.messages("DeliveryQueue")] == [
        mail["mail_id"]["S"]
    ]
    row = OrganiserRow.get(US)
    assert row.connection == "reauth"
    assert row.connection_health.startswith("1 June 2026: reconnect. The permission is 31 days")
    assert "rt-2f6d1b" not in logged.getvalue() + mail["body"]["S"]


@pytest.mark.usefixtures("sumup")
def test_a_token_that_cannot_be_decrypted_fails_the_run_after_the_others(
    world: World, context: Context
) -> None:
    age(31)
    sealed = OrganiserRow.get(US).refresh_token
    OrganiserRow(
        "a-copy",
        name="Copy",
        currency="GBP",
        merchant_code="MC0009",
        connection="connected",
        access_token=sealed,
        refresh_token=sealed,
    ).save()
    age(2)

    with pytest.raises(FunctionFailed, match="InvalidCiphertextException"):
        handler(EVENT, context)

    rows = world.items("OrganisersTable")
    looked_at = {row["organiser_id"]["S"] for row in rows if "connection_checked_at" in row}
    assert looked_at == {"a-copy", US}
    assert world.items("MailsTable") == []


@pytest.mark.usefixtures("sumup")
def test_an_unreadable_row_does_not_hide_the_others(world: World, context: Context) -> None:
    age(2)
    (item,) = world.items("OrganisersTable")
    world.put(
        "OrganisersTable", item | {"organiser_id": {"S": "a"}, "connection": {"S": "perhaps"}}
    )

    assert handler(EVENT, context)["seen"] == [US]


def test_nothing_is_started_with_little_time_left(world: World, sumup: SumUpAnswers) -> None:
    age(31)
    before = world.contents()

    report = handler(EVENT, Context(seconds_left=30))

    assert (report["seen"], report["left"]) == ([], [US])
    assert sumup.questions == []
    assert world.contents() == before


def test_results_are_counted(
    world: World, context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    age(2)
    handler(EVENT, context)

    emitted = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (metrics,) = [line for line in emitted if "_aws" in line]
    assert (metrics["ConnectionsSeen"], metrics["ConnectionsInTrouble"]) == ([1.0], [0.0])
    assert world.items("MailsTable") == []
