"""The command line against the tables, with the stack's outputs as CloudFormation returns them."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
import time_machine
from botocore.exceptions import NoCredentialsError

from tests.gallery.papers import logo
from tests.support.aws import REGION, World, client
from tests.support.builders import NOW, an_order, later, tickets_for
from tests.support.stored import row_of, sell, store, store_mail
from ticketing.adapters.aws.kms import TokenCipher
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.invitations import Invitations
from ticketing.adapters.dynamodb.mapping import ticket_row
from ticketing.adapters.dynamodb.models import (
    OrderRow,
    OrganiserRow,
    PaymentRow,
    RequestRow,
    TicketRow,
)
from ticketing.archive_keys import logo_key
from ticketing.cli import ATTENTION, FAILED, OK, main
from ticketing.cli.commands.stack import Stack
from ticketing.emails.mail import MailKind, MailStatus, to_buyer
from ticketing.errors import MissingSetting
from ticketing.events.event import RefundPolicy
from ticketing.orders.order import Order, OrderStatus, VoidReason
from ticketing.organisers import invitation as invitations
from ticketing.tickets.branding import prepared
from ticketing.tickets.qr import QrSigner, key_document
from ticketing.tickets.ticket import TicketStatus

SAMPLE = Path(__file__).parents[2] / "local" / "events.json"
TABLES = (
    "OrganisersTable",
    "RequestsTable",
    "EventsTable",
    "TicketTypesTable",
    "OrdersTable",
    "PaymentsTable",
    "TicketsTable",
    "MailsTable",
    "AuditTable",
)


@dataclass(frozen=True)
class Found(Stack):
    """A stack whose functions have the settings of the template."""

    environment: dict[str, str] = field(default_factory=dict)

    def variables(self) -> dict[str, str]:
        return self.environment


Run = Callable[..., int]


@pytest.fixture
def run(world: World) -> Run:
    """Run a command line in the world, at the time the default order is created."""
    outputs = {name: world.ref[name] for name in (*TABLES, "TicketsBucket", "SiteBucket")}
    outputs["QrKeySecretArn"] = world.ref["QrKeySecret"]
    stack = Found(boto3.Session(region_name=REGION), outputs, world.environment)

    def found(name: str | None) -> Stack:
        assert name == "tickets"
        return stack

    def run(*arguments: str) -> int:
        with time_machine.travel(NOW, tick=False):
            return main([*arguments, "--stack", "tickets"], found)

    return run


def invite(run: Run, *more: str) -> int:
    return run("organisers", "connect", "harbour-arts", *more)


NEW = ("--name", "Harbour Arts", "--currency", "GBP")


def test_a_new_organiser_gets_a_link(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert invite(run, *NEW) == OK

    told = capsys.readouterr().out
    url = next(line.strip() for line in told.splitlines() if "https://" in line)
    place, _, invitation = url.partition("?invitation=")
    assert place == "https://tickets.example.com/api/organisers/harbour-arts/connect"
    assert "It works until 2026-06-08 12:00 UTC." in told
    assert Invitations().invited(invitations.invitation_key(invitation), NOW) == "harbour-arts"
    assert invitation not in repr(world.contents()), "only its hash is stored"
    row = OrganiserRow.get("harbour-arts")
    assert (row.name, row.currency, row.connection) == ("Harbour Arts", "GBP", "invited")
    assert row.merchant_code is None


def test_an_existing_organiser_gets_a_new_link_and_keeps_everything(run: Run, world: World) -> None:
    invite(run, *NEW)
    before = world.items("OrganisersTable")

    assert invite(run) == OK

    assert world.items("OrganisersTable") == before
    assert len(world.items("RequestsTable")) == 2


def test_the_expected_merchant_can_be_given(run: Run) -> None:
    assert invite(run, *NEW, "--merchant", "MC0002") == OK

    assert OrganiserRow.get("harbour-arts").merchant_code == "MC0002"


def test_a_name_can_be_changed(run: Run) -> None:
    invite(run, *NEW)

    assert invite(run, "--name", "Harbour Arts Trust") == OK

    assert OrganiserRow.get("harbour-arts").name == "Harbour Arts Trust"


def test_a_name_is_kept_as_it_is_read(run: Run) -> None:
    name = "\ufeffHarbour\u202f\u00a0\tArts\u200b\u00ad می\u200cروم\n"

    assert invite(run, "--name", name, "--currency", "GBP") == OK

    assert OrganiserRow.get("harbour-arts").name == "Harbour Arts می\u200cروم"


BAD: dict[str, tuple[tuple[str, ...], str]] = {
    "a new organiser without a name": (("connect", "new"), "--name and --currency are needed"),
    "a new organiser without a currency": (
        ("connect", "new", "--name", "N"),
        "--currency are needed",
    ),
    "an invalid ID": (("connect", "A/B", *NEW), "an organiser's ID is"),
    "an empty name": (("connect", "new", "--name", " ", "--currency", "GBP"), "a name is"),
    "a name of which nothing is seen": (
        ("connect", "new", "--name", "\u3164\u200b", "--currency", "GBP"),
        "a name is 1 to 100 printable characters",
    ),
    "an invalid currency": (("connect", "new", "--currency", "pounds"), "a currency is"),
    "an invalid merchant": (("connect", "new", *NEW, "--merchant", "a/b"), "a merchant code"),
    "another currency": (("connect", "known", "--currency", "EUR"), "is GBP and cannot"),
    "another merchant": (("connect", "known", "--merchant", "MC0009"), "is MC0001 and cannot"),
}


@pytest.mark.parametrize(("arguments", "problem"), BAD.values(), ids=BAD)
def test_invalid_organisers_are_refused_and_nothing_is_written(
    run: Run,
    world: World,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    problem: str,
) -> None:
    OrganiserRow(
        "known", name="Known", currency="GBP", merchant_code="MC0001", connection="connected"
    ).save()
    before = world.contents()

    assert run("organisers", *arguments) == FAILED

    assert problem in capsys.readouterr().err
    assert world.contents() == before


def connected(world: World) -> None:
    cipher = TokenCipher(client("kms"), world.environment["TOKEN_KEY_ID"])
    OrganiserRow(
        "jersey-live",
        name="Jersey Live Ltd",
        merchant_code="MC0001",
        currency="GBP",
        sandbox=True,
        connection="connected",
        access_token=cipher.sealer("jersey-live")("at-1"),
        refresh_token=cipher.sealer("jersey-live")("rt-1"),
        refresh_issued_at=later(days=-151),
        refreshed_at=later(days=-1),
    ).save()


def test_organisers_are_listed_as_a_table(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    connected(world)
    invite(run, *NEW)
    capsys.readouterr()

    assert run("organisers", "list") == OK

    head, first, second = capsys.readouterr().out.splitlines()
    assert head.split() == [
        "ID", "NAME", "MERCHANT", "CURRENCY", "CONNECTION", "PERMISSION", "FROM", "NOTE"
    ]  # fmt: skip
    assert first.startswith("harbour-arts  Harbour Arts     -              GBP       not connected")
    assert "MC0001 (test)" in second
    assert "ends soon" in second
    assert "2026-01-01" in second
    assert "The permission is 151 days old." in second
    assert "should connect again" in second


def test_organisers_are_listed_as_json(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    connected(world)

    assert run("organisers", "list", "--json") == OK

    (facts,) = json.loads(capsys.readouterr().out)
    assert facts | {"note": ""} == {
        "organiser_id": "jersey-live",
        "name": "Jersey Live Ltd",
        "merchant_code": "MC0001",
        "currency": "GBP",
        "sandbox": True,
        "connection": "connected",
        "health": "ends soon",
        "permission_from": "2026-01-01T12:00:00+00:00",
        "permission_days": 151,
        "checked_at": None,
        "note": "",
    }


def test_an_organiser_that_cannot_be_read_is_a_line_and_no_log(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    connected(world)
    for spoilt in ("half-typed", "misspelt"):
        OrganiserRow(spoilt, name="x", currency="GBP", connection="invited").save()
    OrganiserRow("half-typed").update([OrganiserRow.connection.remove()])
    client("dynamodb").update_item(
        TableName=world.ref["OrganisersTable"],
        Key={"organiser_id": {"S": "misspelt"}},
        UpdateExpression="SET #c = :x",
        ExpressionAttributeNames={"#c": "connection"},
        ExpressionAttributeValues={":x": {"S": "conected"}},
    )

    assert run("organisers", "list") == ATTENTION

    told = capsys.readouterr()
    assert "jersey-live" in told.out
    assert len(told.out.splitlines()) == 2
    first, second = sorted(told.err.splitlines())
    assert "an organiser: " in first
    assert "half-typed: it lacks connection" in f"{first}{second}"


def test_an_empty_list_of_organisers_is_only_a_header(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("organisers", "list") == OK
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_events_are_imported(run: Run, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    connected(world)
    invite(run, *NEW)
    deploy_site(world)
    capsys.readouterr()

    assert run("events", "import", str(SAMPLE)) == OK

    told = capsys.readouterr().out
    assert "Event 5, Jersey Live: Summer Sounds: new, on sale" in told
    assert "Page: https://tickets.example.com/e/jersey-live-summer-sounds-5/" in told
    assert len(world.items("TicketTypesTable")) == 4
    kept = site_files(world)
    assert {name.partition("-")[0].partition("/")[0] for name in kept} == {
        "e",
        "event",
        "pictures",
        "robots.txt",
        "sitemap.xml",
    }
    page = kept["e/jersey-live-summer-sounds-5/index.html"]
    assert page["ContentType"] == "text/html; charset=utf-8"
    assert b'<meta property="og:title" content="Jersey Live: Summer Sounds">' in page["Body"].read()


def test_an_import_without_a_site_says_what_to_do_and_can_be_completed(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    connected(world)
    invite(run, *NEW)

    assert run("events", "import", str(SAMPLE)) == FAILED
    assert "the site has no event/index.html (NoSuchKey): run `make deploy-site`" in (
        capsys.readouterr().err
    )

    deploy_site(world)
    assert run("events", "pages") == OK
    assert "Page: https://tickets.example.com/e/jersey-live-summer-sounds-5/" in (
        capsys.readouterr().out
    )


def test_the_address_of_a_page_stays_when_its_event_is_renamed(
    run: Run, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    deploy_site(world)
    listing = json.loads(SAMPLE.read_text())["events"][0]
    del listing["picture"]
    OrganiserRow(listing["organiser_id"], name="x", currency="GBP", connection="invited").save()
    file = tmp_path / "events.json"
    for name in (listing["name"], "Autumn Sounds"):
        file.write_text(json.dumps({"events": [listing | {"name": name}]}))
        assert run("events", "import", str(file)) == OK

    assert capsys.readouterr().out.count("/e/jersey-live-summer-sounds-5/") == 2


def deploy_site(world: World) -> None:
    shell = (SAMPLE.parents[1] / "site" / "event" / "index.html").read_bytes()
    client("s3").put_object(Bucket=world.ref["SiteBucket"], Key="event/index.html", Body=shell)


def site_files(world: World) -> dict[str, Any]:
    s3, bucket = client("s3"), world.ref["SiteBucket"]
    names = [one["Key"] for one in s3.list_objects_v2(Bucket=bucket)["Contents"]]
    return {name: s3.get_object(Bucket=bucket, Key=name) for name in names}


def test_errors_in_a_file_are_listed(
    run: Run, world: World, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wrong = json.loads(SAMPLE.read_text())
    wrong["events"][0]["time_zone"] = "Mars"
    del wrong["events"][1]["venue"]
    file = tmp_path / "events.json"
    file.write_text(json.dumps(wrong))

    assert run("events", "import", str(file)) == FAILED

    told = capsys.readouterr()
    head, *problems = told.err.splitlines()
    assert head == f"Nothing was imported: {file} has mistakes."
    assert [problem.split(":")[0].strip() for problem in problems] == [
        "events[0].time_zone",
        "events[1].venue",
    ]
    assert told.out == ""
    assert world.items("EventsTable") == []


def test_a_missing_file_is_named(
    run: Run, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert run("events", "import", str(tmp_path / "none.json")) == FAILED

    assert "none.json cannot be read: No such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [[], ["organisers"], ["organisers", "connect"], ["events", "import"], ["organisers", "x"]],
)
def test_an_unknown_command_is_explained(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)

    assert left.value.code == 2
    assert "usage: ticketing" in capsys.readouterr().err


def test_the_stack_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)

    with pytest.raises(MissingSetting, match="--stack"):
        Stack.named(None)


def test_an_invitation_expires_after_a_week(run: Run) -> None:
    invite(run, *NEW)

    (row,) = RequestRow.scan()
    assert (row.kind, row.expires_at) == ("invitation", later(days=7))
    assert row.expires_at_epoch == int(row.expires_at.timestamp())


class Told:
    """What an AWS client would answer."""

    def __init__(self, **answers: Any) -> None:  # noqa: ANN401 - whatever AWS says
        self._answers = answers

    def client(self, service: str) -> "Told":
        assert service == "lambda"
        return self

    def get_function_configuration(self, **asked: str) -> Any:  # noqa: ANN401  # whatever the call answers
        assert asked == {"FunctionName": "tickets-scan"}
        return self._answers["configuration"]


def test_settings_are_read_from_the_functions() -> None:
    variables = {"Environment": {"Variables": {"PUBLIC_URL": "https://tickets.example.com"}}}
    session: Any = Told(configuration=variables)

    stack = Stack(session, {"ScanOrdersFunction": "tickets-scan"})

    assert stack.setting("PUBLIC_URL") == "https://tickets.example.com"


# --------------------------------------------------------------------------------- look


@pytest.fixture
def a_logo(tmp_path: Path) -> Path:
    file = tmp_path / "logo.png"
    file.write_bytes(logo())
    return file


def test_branding_can_be_set(
    run: Run, world: World, capsys: pytest.CaptureFixture[str], a_logo: Path
) -> None:
    connected(world)
    kept = logo_key("jersey-live", prepared(logo()))

    look = ("--colour", "#ffd400", "--logo", str(a_logo))
    assert run("organisers", "look", "jersey-live", *look) == OK

    told = capsys.readouterr().out
    assert "Tickets of Jersey Live Ltd that are made from now on have" in told
    assert "the colour #FFD400, with dark text on it" in told
    assert f"the logo {kept}" in told
    row = OrganiserRow.get("jersey-live")
    assert (row.colour, row.logo) == ("#FFD400", kept)
    assert world.read(kept) == prepared(logo())


def test_colour_and_logo_can_be_changed_separately(run: Run, world: World, a_logo: Path) -> None:
    connected(world)
    run("organisers", "look", "jersey-live", "--logo", str(a_logo))
    run("organisers", "look", "jersey-live", "--colour", "#006E5A")
    row = OrganiserRow.get("jersey-live")
    assert (row.colour, bool(row.logo)) == ("#006E5A", True)

    assert run("organisers", "look", "jersey-live", "--no-logo") == OK

    changed = OrganiserRow.get("jersey-live")
    assert changed.colour == "#006E5A"
    assert changed.logo is None


BAD_LOOKS: dict[str, tuple[tuple[str, ...], str]] = {
    "nothing": (("jersey-live",), "nothing is to be changed"),
    "an invalid colour": (("jersey-live", "--colour", "blue"), "is not written like #1A2B3C"),
    "not an image": (("jersey-live", "--logo", __file__), "the logo is no PNG"),
    "no file": (("jersey-live", "--logo", "/nowhere.png"), "/nowhere.png cannot be read"),
    "nobody": (("nobody", "--colour", "#006E5A"), "there is no such row"),
}


@pytest.mark.parametrize(("arguments", "problem"), BAD_LOOKS.values(), ids=BAD_LOOKS)
def test_invalid_branding_is_refused_and_nothing_is_written(
    run: Run,
    world: World,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    problem: str,
) -> None:
    connected(world)
    before = world.contents(), world.objects()

    assert run("organisers", "look", *arguments) == FAILED

    assert problem in capsys.readouterr().err
    assert (world.contents(), world.objects()) == before


# ----------------------------------------------------------------------------------- qr


def signer(world: World) -> QrSigner:
    secret = client("secretsmanager").get_secret_value(SecretId=world.ref["QrKeySecret"])
    return QrSigner.from_secret(secret["SecretString"])


@pytest.fixture
def published(run: Run, world: World, capsys: pytest.CaptureFixture[str]) -> World:
    """An event whose tickets can be checked, in a stack whose signing key nobody may read."""
    sell()
    assert run("qr", "publish") == OK
    assert capsys.readouterr().out == "Event 5: keys A\n"
    return world


def test_only_publishing_reads_the_signing_key(run: Run, published: World) -> None:
    text = issued(published)
    published.wire.forget()

    run("qr", "verify", text)
    run("qr", "keys", "5")
    run("qr", "void", "5")
    assert published.wire.count("GetSecretValue") == 0

    run("qr", "publish")
    assert published.wire.count("GetSecretValue") == 1


def test_a_ticket_of_an_unknown_event_is_no_ticket(
    run: Run, published: World, capsys: pytest.CaptureFixture[str]
) -> None:
    text = signer(published).text("ORD-ABC123-01", "ORD-ABC123", "99")

    assert run("qr", "verify", text) == ATTENTION
    assert "NOT A TICKET: there is no event 99" in capsys.readouterr().out


def test_an_event_without_published_keys_is_no_verdict(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    sell()

    assert run("qr", "verify", issued(world)) == FAILED
    assert "run `python -m ticketing qr publish`" in capsys.readouterr().err


@pytest.mark.usefixtures("published")
def test_a_ticket_is_verified(run: Run, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    text = issued(world)

    assert run("qr", "verify", text) == OK
    told = capsys.readouterr().out
    assert "GENUINE: ticket ORD-ABC123-01 of order ORD-ABC123" in told
    assert "for event 5, signed with key" in told

    assert run("qr", "verify", text, "--event", "5", "--json") == OK
    facts = json.loads(capsys.readouterr().out)
    assert facts | {"key_id": ""} == {
        "genuine": True,
        "status": "valid",
        "ticket_id": "ORD-ABC123-01",
        "order_number": "ORD-ABC123",
        "event_id": "5",
        "key_id": "",
        "cancelled": False,
    }


@pytest.mark.usefixtures("published")
def test_a_ticket_for_a_cancelled_event_is_not_admitted(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """Even where the run that voids its tickets has not come to it yet."""
    text = issued(world)
    EventTable().cancel("5", RefundPolicy.ALL, NOW)

    assert run("qr", "verify", text) == ATTENTION
    assert "CANCELLED: its event does not take place" in capsys.readouterr().out
    assert run("qr", "verify", text, "--json") == ATTENTION
    facts = json.loads(capsys.readouterr().out)
    assert (facts["genuine"], facts["cancelled"]) == (True, True)


def issued(
    world: World, status: TicketStatus = TicketStatus.VALID, why: VoidReason | None = None
) -> str:
    """Store a ticket; return its QR text."""
    first, *_ = tickets_for(an_order(), signer(world))
    ticket_row(replace(first, status=status, void_reason=why), NOW).save()
    return first.qr_text


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("why", "verdict"),
    [
        (VoidReason.REFUNDED, "VOID: its money went back, it opens no door"),
        (VoidReason.CHARGED_BACK, "VOID: the bank took its money back, it opens no door"),
        (VoidReason.CANCELLED, "VOID: its event was cancelled, it opens no door"),
        (VoidReason.WITHDRAWN, "VOID: an operator made it void, it opens no door"),
        (VoidReason.REISSUED, "VOID: it was reissued, it opens no door"),
        (None, "VOID: it opens no door"),
    ],
)
def test_a_void_ticket_is_genuine_but_not_admitted(
    run: Run,
    world: World,
    capsys: pytest.CaptureFixture[str],
    why: VoidReason | None,
    verdict: str,
) -> None:
    text = issued(world, TicketStatus.VOID, why)

    assert run("qr", "verify", text) == ATTENTION
    told = capsys.readouterr().out
    assert f"{verdict}: ticket ORD-ABC123-01" in told
    assert run("qr", "verify", text, "--json") == ATTENTION
    facts = json.loads(capsys.readouterr().out)
    assert (facts["genuine"], facts["status"]) == (True, "void")


@pytest.mark.usefixtures("published")
def test_a_signed_ticket_that_was_never_issued_is_refused(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    text = signer(world).text("ORD-ABC123-07", "ORD-ABC123", "5")

    assert run("qr", "verify", text) == ATTENTION
    assert "no such ticket is in the table" in capsys.readouterr().out
    assert run("qr", "verify", text, "--json") == ATTENTION
    assert json.loads(capsys.readouterr().out)["status"] is None


def test_void_tickets_of_an_event_are_listed(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("qr", "void", "5") == FAILED
    assert "event 5" in capsys.readouterr().err, "an empty list would open every door"
    sell()
    assert run("qr", "void", "5") == OK
    assert capsys.readouterr().out == ""
    issued(world, TicketStatus.VOID)
    for number, event, status in (("2", "5", "valid"), ("3", "6", "void")):
        order = an_order(order_number=f"ORD-OTHER{number}", event_id=event)
        first, *_ = tickets_for(order)
        ticket_row(replace(first, status=TicketStatus(status)), NOW).save()

    scans = world.wire.count("Scan")
    assert run("qr", "void", "5") == OK
    assert capsys.readouterr().out == "ORD-ABC123-01\n"
    assert world.wire.count("Scan") == scans + 1, "the tickets, but not the events"
    assert run("qr", "void", "5", "--json") == OK
    assert json.loads(capsys.readouterr().out) == {"event_id": "5", "void": ["ORD-ABC123-01"]}
    assert run("qr", "void", "a b") == FAILED


@pytest.mark.usefixtures("published")
def test_an_invalid_ticket_is_refused_with_a_reason(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    text = signer(world).text("ORD-ABC123-01", "ORD-ABC123", "5")

    for arguments, reason in (
        ((text, "--event", "6"), "it is for event 5"),
        ((text.replace("123-01", "123-02"),), "its signature is wrong"),
        ((re.sub("VALID:.", "VALID:Z", text),), "a key this door does not know"),
        (("https://example.com",), "not in the form of our tickets"),
    ):
        assert run("qr", "verify", *arguments) == ATTENTION
        assert reason in capsys.readouterr().out
        assert run("qr", "verify", "--json", *arguments) == ATTENTION
        told = json.loads(capsys.readouterr().out)
        assert not told["genuine"]
        assert reason in told["reason"]


@pytest.mark.usefixtures("published")
def test_the_keys_for_an_event_contain_no_secret(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("qr", "keys", "5") == OK

    told = capsys.readouterr().out
    assert json.loads(told) == key_document("5", signer(world).public_keys("5"))
    secret = client("secretsmanager").get_secret_value(SecretId=world.ref["QrKeySecret"])
    values = json.loads(secret["SecretString"]).values()
    assert not any(value in told for value in values if len(value) > 1)


def test_an_invalid_event_id_is_refused(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("qr", "keys", "a b") == FAILED

    assert "an event's ID is capital letters" in capsys.readouterr().err


# -------------------------------------------------------------------------------- audit

NOTHING_FOUND: dict[str, Any] = {
    "read": {"orders": 3, "tickets": 9},
    "came_to": None,
    "seats_judged": True,
    "kept_moving": 0,
    "put_back": [],
    "rows_put_back": 0,
    "broken": {},
    "found": [],
}
BREACH = {
    "rule": "ticket-missing",
    "order_number": "ORD-ABC123",
    "sentence": "It does not exist.",
    "rows": ["ticket ORD-ABC123-01"],
}


class Answering(Stack):
    """A stack whose audit ends with a report."""

    def invoke(self, function: str, event: Any) -> dict[str, Any]:  # noqa: ANN401 - as in `Stack`
        assert (function, event) == ("AuditOrdersFunction", {})
        return dict(self.outputs)


def run_audit(**changes: Any) -> int:  # noqa: ANN401 - a report holds anything
    session = boto3.Session(region_name=REGION)
    return main(["audit"], lambda _: Answering(session, NOTHING_FOUND | changes))


def test_an_audit_without_findings_succeeds(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_audit() == OK

    told = capsys.readouterr().out
    assert told.endswith("Read: 3 orders, 9 tickets\nBroken rules: 0\n")


def test_a_broken_rule_needs_attention(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_audit(broken={"ticket-missing": 1}, found=[BREACH]) == ATTENTION

    told = capsys.readouterr().out
    assert "ORD-ABC123      It does not exist. (ticket ORD-ABC123-01)\n" in told
    assert "Broken rules: 1\n" in told


def test_an_audit_reports_what_it_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    left = {"came_to": "tickets", "seats_judged": False, "kept_moving": 2}

    assert run_audit(**left, put_back=["order ORD-ABC123"], rows_put_back=1) == OK

    told = capsys.readouterr().out
    assert "put back into its schedule: order ORD-ABC123\n" in told
    assert "There was no time to check the seats." in told
    assert "2 orders\n" in told
    assert "Time was up at the tickets" in told
    assert "more row" not in told


def test_an_audit_counts_the_rows_that_it_does_not_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_audit(put_back=["order ORD-ABC123"], rows_put_back=3) == OK

    assert "put back into their schedules: 2 more rows\n" in capsys.readouterr().out


def a_buyer(number: str = "ORD-ABC123") -> Order:
    """Return a completed order whose tickets were delivered."""
    done = {"status": OrderStatus.COMPLETED, "settled_at": NOW, "transaction_id": "tx-1"}
    order = store(an_order(order_number=number, **done))
    for ticket in tickets_for(order):
        ticket_row(ticket, NOW).save()
    PaymentRow(
        "tx-1", order_number=number, checkout_id="c-1", amount=order.total.amount,
        currency="GBP", merchant_code=order.merchant_code, accepted_at=NOW,
    ).save()  # fmt: skip
    sent = replace(to_buyer(order, MailKind.CONFIRMATION, NOW), status=MailStatus.DELIVERED)
    store_mail(replace(sent, next_attempt_at=None))
    return order


def mails(world: World) -> list[str]:
    return sorted(item["mail_id"]["S"] for item in world.items("MailsTable"))


def test_tickets_are_resent(run: Run, world: World, capsys: pytest.CaptureFixture[str]) -> None:
    a_buyer()

    assert run("resend", "ORD-ABC123") == OK

    assert capsys.readouterr().out == (
        "Sending 3 tickets of ORD-ABC123 to jane@example.com\nMail: ORD-ABC123#confirmation#2\n"
    )
    with time_machine.travel(NOW, tick=False):
        assert world.messages("DeliveryQueue") == [{"mail_id": "ORD-ABC123#confirmation#2"}]
    (entry,) = world.items("AuditTable")
    assert entry["by"]["S"].startswith("arn:aws:")

    assert run("resend", "ORD-ABC123") == OK
    assert "under way already: nothing was written" in capsys.readouterr().out
    assert len(mails(world)) == 2


def test_an_address_is_corrected_after_a_dry_run(
    run: Run, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    a_buyer()
    before = world.contents()

    assert run("resend", "ORD-ABC123", "--to", "jane@example.org", "--dry-run") == OK
    assert capsys.readouterr().out.splitlines() == [
        "Would correct the address of ORD-ABC123: it was jane@example.com",
        "Would send 3 tickets of ORD-ABC123 to jane@example.org",
        "Mail: ORD-ABC123#confirmation#2",
    ]
    assert world.contents() == before

    assert run("resend", "ORD-ABC123", "--to", "jane@example.org", "--json") == OK
    assert json.loads(capsys.readouterr().out) == {
        "order_number": "ORD-ABC123",
        "tickets": 3,
        "mail_id": "ORD-ABC123#confirmation#2",
        "to": "jane@example.org",
        "address_before": "jane@example.com",
        "put_back": [],
        "written": True,
    }
    assert row_of(an_order()).customer_email == "jane@example.org"


def unwanted() -> None:
    a_buyer()
    OrderRow("ORD-ABC123").update([OrderRow.complained_at.set(NOW)])


def unreadable() -> None:
    a_buyer()
    OrderRow("ORD-ABC123").update([OrderRow.total.remove()])


def without_a_ticket() -> None:
    a_buyer()
    TicketRow("ORD-ABC123-02").delete()


def without_its_payment() -> None:
    a_buyer()
    PaymentRow("tx-1").delete()


REFUSED = {
    "a ticket is missing": (without_a_ticket, (), "not whole, so nothing was sent: "),
    "the payment is missing": (without_its_payment, (), "(payment tx-1); see docs/runbooks"),
    "an unknown order": (lambda: None, (), "there is no order ORD-ABC123"),
    "unpaid": (lambda: store(an_order()), (), "has no tickets: it is not completed"),
    "spam": (unwanted, (), "marked our mail as spam"),
    "an invalid address": (a_buyer, ("--to", "jane"), "this is not one email address"),
    "unreadable": (unreadable, (), "it lacks total"),
}


@pytest.mark.parametrize(("prepare", "more", "words"), REFUSED.values(), ids=REFUSED)
def test_orders_that_cannot_be_resent_are_explained(
    run: Run,
    world: World,
    capsys: pytest.CaptureFixture[str],
    prepare: Callable[[], object],
    more: tuple[str, ...],
    words: str,
) -> None:
    prepare()
    before = world.contents()

    assert run("resend", "ORD-ABC123", *more) == FAILED

    assert words in capsys.readouterr().err
    assert world.contents() == before


def test_a_caller_without_credentials_is_named_by_the_local_user(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Silent:
        def client(self, _: str) -> "Silent":
            return self

        def get_caller_identity(self) -> dict[str, str]:
            raise NoCredentialsError

    monkeypatch.setenv("LOGNAME", "alex")

    assert Stack(cast("boto3.Session", Silent()), {}).caller == "alex (command line)"


def test_buyers_are_notified_of_a_change_once(
    run: Run, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listing = json.loads(SAMPLE.read_text())["events"][0]
    del listing["picture"]
    deploy_site(world)
    OrganiserRow(listing["organiser_id"], name="x", currency="GBP", connection="invited").save()
    file = tmp_path / "events.json"
    for venue in (listing["venue"], "St James Centre"):
        file.write_text(json.dumps({"events": [listing | {"venue": venue}]}))
        assert run("events", "import", str(file)) == OK
    a_buyer()
    OrderRow("ORD-ABC123").update([OrderRow.event_id.set(listing["event_id"])])
    capsys.readouterr()

    assert run("events", "announce", listing["event_id"], "--dry-run") == OK
    told = capsys.readouterr().out
    assert f"-> St James Centre, {listing['address']}\n" in told
    assert "would be mailed: 1\n" in told
    assert mails(world) == ["ORD-ABC123#confirmation#1"]

    for left in (1, 0):
        assert run("events", "announce", listing["event_id"]) == OK
        assert f"mailed with the next scans: {left}\n" in capsys.readouterr().out
    assert mails(world) == ["ORD-ABC123#confirmation#1", "ORD-ABC123#event_changed#2"]


def test_an_unknown_event_is_not_announced(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("events", "announce", "none") == FAILED
    assert "event NONE" in capsys.readouterr().err
