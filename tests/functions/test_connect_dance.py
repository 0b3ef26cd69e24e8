"""The whole OAuth flow with the SumUp simulator: consent, code, rotation, reconnect."""

from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from functions.connect_organiser.app import handler
from local.sumup.app import Options
from local.sumup.control import Simulator
from local.sumup.embedded import running
from local.sumup.merchants import Rotation
from tests.functions.conftest import Context, Sample
from tests.support.aws import SUMUP_APPLICATION, World, a_world
from ticketing.adapters.dynamodb.invitations import Invitations
from ticketing.adapters.dynamodb.models import OrganiserRow
from ticketing.adapters.sumup.tokens import RECENT
from ticketing.bootstrap import services
from ticketing.bootstrap.sumup import sumup, tokens
from ticketing.errors import ReconnectNeeded
from ticketing.organisers import invitation as invitations

US = "harbour-arts"
BACK = "http://127.0.0.1:9"
"""Nobody listens there: the test is the browser, and takes what SumUp sends it to the function."""


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    options = Options(SUMUP_APPLICATION["client_id"], SUMUP_APPLICATION["client_secret"])
    with running(options) as started:
        yield started


@pytest.fixture
def deployed(simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A shop with an invited organiser, on real time."""
    simulator.reset()
    with a_world(monkeypatch) as made:
        made.fill_in_the_application()
        monkeypatch.setenv("SUMUP_BASE_URL", simulator.base_url)
        monkeypatch.setenv("PUBLIC_URL", BACK)
        OrganiserRow(US, name="Harbour Arts", currency="GBP", connection="invited").save()
        yield made


def now() -> datetime:
    return datetime.now(UTC)


def merchant(simulator: Simulator, code: str = "MCHARB01", **changes: Any) -> None:  # noqa: ANN401  # of any field
    facts: dict[str, Any] = {"name": "Harbour Arts Trust", "currency": "GBP", "country": "GB"}
    simulator.create_merchant(code, **(facts | {"rotation": Rotation.STRICT} | changes))


KEPT: dict[str, str] = {}
"""The cookies of the organiser's browser."""


def visit(url: str, sample: str, context: Context) -> dict[str, Any]:
    """Open one of our own addresses, through the function, as a browser does."""
    event = deepcopy(Sample.load(f"connect_organiser.{sample}").event)
    event["rawPath"] = event["requestContext"]["http"]["path"] = urlsplit(url).path
    event["queryStringParameters"] = dict(parse_qsl(urlsplit(url).query))
    event["cookies"] = [f"{name}={value}" for name, value in KEPT.items()]
    answer: dict[str, Any] = handler(event, context)
    for cookie in answer["cookies"]:
        name, _, value = cookie.partition(";")[0].partition("=")
        KEPT[name] = value
    return answer


def go_to_sumup(context: Context) -> str:
    """Open a new link; return the address of the consent page."""
    invitation = invitations.new_word()
    Invitations().invite(invitations.invitation_key(invitation), US, now())
    sent = visit(invitations.connect_url(BACK, US, invitation), "begin", context)
    assert sent["statusCode"] == 302, sent["body"]
    consent_page = str(sent["headers"]["Location"])
    assert requests.get(consent_page, timeout=10).status_code == 200
    return consent_page


def answer(consent_page: str, decision: str, merchant_code: str = "MCHARB01") -> str:
    """Answer the consent page as its form does; return where SumUp sends the browser."""
    form = dict(parse_qsl(urlsplit(consent_page).query))
    form |= {"decision": decision, "merchant_code": merchant_code}
    url = consent_page.partition("?")[0]
    sent = requests.post(url, data=form, allow_redirects=False, timeout=10)
    assert sent.status_code == 303, sent.text
    return sent.headers["Location"]


def connect(context: Context, merchant_code: str = "MCHARB01") -> dict[str, Any]:
    back = answer(go_to_sumup(context), "approve", merchant_code)
    return visit(back, "agreed", context)


def expire() -> None:
    OrganiserRow(US).update([OrganiserRow.access_expires_at.set(now())])


@pytest.mark.usefixtures("deployed")
def test_consent_rotation_revocation_and_reconnect(simulator: Simulator, context: Context) -> None:
    merchant(simulator)

    shown = connect(context)

    assert shown["statusCode"] == 200, shown["body"]
    row = OrganiserRow.get(US)
    assert (row.merchant_code, row.connection, row.sandbox) == ("MCHARB01", "connected", True)
    assert "test account" in shown["body"]

    values = []
    for turn in range(3):
        token = tokens(services()).current(US, now() + turn * RECENT)
        assert sumup(services()).memberships(token.value) == ("MCHARB01",)
        values.append(token.value)
        expire()
    assert len(set(values)) == 3, "each refresh token worked once, and the next was kept"

    simulator.revoke_grants("MCHARB01")
    with pytest.raises(ReconnectNeeded):
        tokens(services()).current(US, now() + 3 * RECENT)
    assert OrganiserRow.get(US).connection == "reauth"

    assert connect(context)["statusCode"] == 200
    assert tokens(services()).current(US, now()).value not in values


@pytest.mark.usefixtures("deployed")
def test_a_denied_consent_does_not_connect(simulator: Simulator, context: Context) -> None:
    merchant(simulator)

    shown = visit(answer(go_to_sumup(context), "deny"), "denied", context)

    assert shown["statusCode"] == 400
    assert "You did not agree at SumUp" in shown["body"]
    assert OrganiserRow.get(US).connection == "invited"


@pytest.mark.usefixtures("deployed")
def test_a_code_is_only_valid_for_its_own_sign_in(simulator: Simulator, context: Context) -> None:
    """A code injected into another sign-in does not match its verifier."""
    merchant(simulator)
    theirs = dict(parse_qsl(urlsplit(answer(go_to_sumup(context), "approve")).query))
    ours = answer(go_to_sumup(context), "approve")
    mixed = ours.replace(dict(parse_qsl(urlsplit(ours).query))["code"], theirs["code"])

    shown = visit(mixed, "agreed", context)

    assert shown["statusCode"] == 400
    assert "SumUp did not complete the sign-in" in shown["body"]
    assert OrganiserRow.get(US).connection == "invited"


@pytest.mark.usefixtures("deployed")
@pytest.mark.parametrize(
    ("account", "status", "words"),
    [
        ({"currency": "EUR"}, 409, "sold in GBP; this account is paid in EUR"),
        ({"scopes": ["transactions.history", "user.profile_readonly"]}, 409, "A permission"),
    ],
)
def test_an_unsuitable_account_is_refused(
    simulator: Simulator, context: Context, account: dict[str, Any], status: int, words: str
) -> None:
    merchant(simulator, **account)

    shown = connect(context)

    assert (shown["statusCode"], words in shown["body"]) == (status, True)
    assert OrganiserRow.get(US).connection == "invited"


@pytest.mark.usefixtures("deployed")
def test_reconnecting_with_another_account_is_refused(
    simulator: Simulator, context: Context
) -> None:
    merchant(simulator)
    merchant(simulator, "MCOTHER1", name="Somebody else")
    connect(context)

    shown = connect(context, "MCOTHER1")

    assert shown["statusCode"] == 409
    assert OrganiserRow.get(US).merchant_code == "MCHARB01"
    assert sumup(services()).memberships(tokens(services()).current(US, now()).value) == (
        "MCHARB01",
    )


@pytest.mark.usefixtures("deployed")
def test_a_sumup_outage_does_not_connect(simulator: Simulator, context: Context) -> None:
    merchant(simulator)
    back = answer(go_to_sumup(context), "approve")
    simulator.add_fault("status", path="/token", status=503)

    shown = visit(back, "agreed", context)

    assert shown["statusCode"] == 503
    assert "cannot be reached" in shown["body"]
