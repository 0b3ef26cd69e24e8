"""The requests of an organiser's browser: what is returned and what is stored."""

import html
import io
import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import responses
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from functions.connect_organiser.app import handler
from tests.functions.conftest import MADE_UP, SUMUP, Context, Sample
from tests.functions.test_permissions import refused
from tests.support.aws import SUMUP_APPLICATION, World, client
from tests.support.stored import LATER
from ticketing.adapters.aws.kms import TokenCipher
from ticketing.adapters.dynamodb.invitations import Invitations
from ticketing.adapters.dynamodb.models import OrganiserRow, RequestRow
from ticketing.bootstrap import services
from ticketing.errors import Refusal
from ticketing.organisers import invitation
from ticketing.organisers.invitation import SIGN_IN_LIFETIME
from ticketing.payments.payment import SCOPES
from ticketing.web import connect_page

US = "harbour-arts"
INVITATION = Sample.load("connect_organiser.begin").event["queryStringParameters"]["invitation"]
CODE = Sample.load("connect_organiser.agreed").event["queryStringParameters"]["code"]
GRANT = {
    "access_token": "at-new",
    "token_type": "Bearer",
    "expires_in": 3599,
    "refresh_token": "rt-new",
    "scope": " ".join(SCOPES),
}
COOKIE = "__Host-sumup-sign-in"
KEPT: dict[str, str] = {}
"""The cookies of the organiser's browser."""
MERCHANT = {
    "merchant_code": "MC0002",
    "country": "GB",
    "default_currency": "GBP",
    "default_locale": "en-GB",
    "business_profile": {"name": "Arts & <Harbour> Ltd"},
    "sandbox": False,
}
MEMBERSHIPS = {
    "total_count": 1,
    "items": [{"type": "merchant", "status": "accepted", "resource_id": "MC0002"}],
}


@pytest.fixture(autouse=True)
def invited(world: World) -> None:
    """An organiser who was sent a link."""
    OrganiserRow(US, name="Harbour Arts", currency="GBP", connection="invited").save()
    Invitations().invite(invitation.invitation_key(INVITATION), US, LATER)
    world.wire.forget()


@pytest.fixture
def sumup(world: World) -> Any:  # noqa: ANN401 - a generator
    del world
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mocked:
        mocked.post(f"{SUMUP}/token", json=GRANT)
        mocked.get(f"{SUMUP}/v0.1/memberships", json=MEMBERSHIPS)
        mocked.get(f"{SUMUP}/v1/merchants/MC0002", json=MERCHANT)
        yield mocked


@pytest.fixture(autouse=True)
def _no_cookies() -> Iterator[None]:
    KEPT.clear()
    yield
    KEPT.clear()


def ask(
    name: str, context: Context, kept: dict[str, str] | None = None, /, **query: str
) -> dict[str, Any]:
    """Send a sample event, with another query if one is given, from a browser that keeps cookies.

    `kept` are the cookies of another browser than the usual one.
    """
    browser = KEPT if kept is None else kept
    event = deepcopy(Sample.load(f"connect_organiser.{name}").event)
    event["cookies"] = [f"{name}={value}" for name, value in browser.items()]
    if query:
        event["queryStringParameters"] = query
        event["rawQueryString"] = urlencode(query)
    answer: dict[str, Any] = handler(event, context)
    assert set(connect_page.HEADERS) <= set(answer["headers"])
    for cookie in answer["cookies"]:
        name, _, value = cookie.partition(";")[0].partition("=")
        browser[name] = value
    return answer


def begin(context: Context, kept: dict[str, str] | None = None) -> dict[str, str]:
    """Open the link; return what SumUp is asked."""
    answer = ask("begin", context, kept)
    assert answer["statusCode"] == 302
    query = parse_qs(urlsplit(answer["headers"]["Location"]).query, strict_parsing=True)
    return {name: value for name, (value,) in query.items()}


def text_of(answer: dict[str, Any]) -> str:
    assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"
    return html.unescape(answer["body"])


def test_the_link_redirects_to_the_sumup_consent_page(world: World, context: Context) -> None:
    answer = ask("begin", context)

    location = urlsplit(answer["headers"]["Location"])
    assert f"{location.scheme}://{location.netloc}{location.path}" == f"{SUMUP}/authorize"
    asked = begin(context)
    assert asked == {
        "response_type": "code",
        "client_id": SUMUP_APPLICATION["client_id"],
        "redirect_uri": "https://tickets.example.com/api/organisers/callback",
        "scope": "payments transactions.history user.profile_readonly",
        "state": asked["state"],
        "code_challenge": asked["code_challenge"],
        "code_challenge_method": "S256",
    }
    assert asked["state"] not in repr(world.contents())


def test_a_sign_in_is_tied_to_the_browser_that_began_it(world: World, context: Context) -> None:
    answer = ask("begin", context)

    (cookie,) = answer["cookies"]
    value, *attributes = cookie.split("; ")
    browser = value.removeprefix(f"{COOKIE}=")
    assert invitation.WORD.fullmatch(browser)
    assert set(attributes) == {"Path=/", "Max-Age=600", "HttpOnly", "Secure", "SameSite=Lax"}
    assert browser not in repr(world.contents()), "only its hash is stored"


@pytest.mark.parametrize("kept", [{}, {COOKIE: "x" * 22}, {COOKIE: "x"}, {"sumup-sign-in": "y"}])
def test_a_callback_from_another_browser_connects_nothing(
    world: World, context: Context, sumup: responses.RequestsMock, kept: dict[str, str]
) -> None:
    """A consent page that another person opened, and whose link the organiser was sent."""
    state = begin(context)["state"]
    before = world.contents()

    queries: list[dict[str, Any]] = [{"code": CODE}, {"error": "access_denied"}]
    for query in queries:
        answer = ask("agreed", context, dict(kept), **{"state": state, **query})
        assert answer["statusCode"] == 400
        assert "began in another browser" in answer["body"]

    assert world.contents() == before
    assert len(sumup.calls) == 0
    assert ask("agreed", context, code=CODE, state=state)["statusCode"] == 200


@pytest.mark.usefixtures("sumup")
def test_a_second_tab_does_not_end_the_first_ones_sign_in(context: Context) -> None:
    first, _ = begin(context)["state"], begin(context)["state"]

    assert ask("agreed", context, code=CODE, state=first)["statusCode"] == 200


@pytest.mark.usefixtures("sumup")
def test_the_cookie_ends_with_the_sign_in(context: Context) -> None:
    answer = ask("agreed", context, code=CODE, state=begin(context)["state"])

    (cookie,) = answer["cookies"]
    assert cookie.startswith(f"{COOKIE}=;")
    assert "Max-Age=0" in cookie


@pytest.mark.usefixtures("sumup")
@pytest.mark.parametrize("other", ["a=1; ", "__Host-other=x; a; =; "])
def test_cookies_are_read_from_the_headers_too(context: Context, other: str) -> None:
    """There the local API leaves them."""
    state = begin(context)["state"]
    event = deepcopy(Sample.load("connect_organiser.agreed").event)
    event["queryStringParameters"] = {"code": CODE, "state": state}
    event["headers"]["cookie"] = f"{other}{COOKIE}={KEPT[COOKIE]}"

    assert handler(event, context)["statusCode"] == 200


def test_the_operators_are_told_which_account_was_connected(
    world: World, context: Context, sumup: responses.RequestsMock
) -> None:
    del sumup
    ask("agreed", context, code=CODE, state=begin(context)["state"])

    (mail,) = world.items("MailsTable")
    assert "Arts & <Harbour> Ltd (MC0002, GBP)" in mail["body"]["S"]
    assert mail["work_key"]["S"], "the next scan has it sent"


def test_a_pending_sign_in_expires(world: World, context: Context) -> None:
    asked = begin(context)

    row = RequestRow.get(invitation.sign_in_key(asked["state"]))
    assert row.expires_at == LATER + SIGN_IN_LIFETIME
    assert row.expires_at_epoch == int(row.expires_at.timestamp())
    assert len(world.items("RequestsTable")) == 2


def test_the_callback_connects_the_organiser_and_names_the_account(
    world: World, context: Context, sumup: responses.RequestsMock
) -> None:
    state = begin(context)["state"]

    answer = ask("agreed", context, code=CODE, state=state)

    assert answer["statusCode"] == 200
    assert "SumUp is connected" in answer["body"]
    assert "Arts & <Harbour> Ltd (MC0002, GBP)" in text_of(answer)
    assert "<Harbour>" not in answer["body"]
    row = OrganiserRow.get(US)
    assert (row.connection, row.merchant_code, row.sandbox) == ("connected", "MC0002", False)
    assert (row.refresh_issued_at, row.token_version) == (LATER, 1)
    cipher = TokenCipher(client("kms"), world.environment["TOKEN_KEY_ID"])
    assert cipher.decrypt(row.access_token, US) == "at-new"
    assert cipher.decrypt(row.refresh_token, US) == "rt-new"
    assert "-new" not in repr(world.contents())
    assert [call.request.url for call in sumup.calls] == [
        f"{SUMUP}/token",
        f"{SUMUP}/v0.1/memberships?limit=25",
        f"{SUMUP}/v1/merchants/MC0002",
    ]


def test_the_code_challenge_matches_the_verifier(
    context: Context, sumup: responses.RequestsMock
) -> None:
    asked = begin(context)

    ask("agreed", context, code=CODE, state=asked["state"])

    form = parse_qs(str(sumup.calls[0].request.body), strict_parsing=True)
    assert form["grant_type"] == ["authorization_code"]
    assert form["redirect_uri"] == [asked["redirect_uri"]]
    assert link_challenge(form["code_verifier"][0]) == asked["code_challenge"]


def link_challenge(verifier: str) -> str:
    from base64 import urlsafe_b64encode  # noqa: PLC0415 - written out once more, to compare
    from hashlib import sha256  # noqa: PLC0415 - as above

    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


@pytest.mark.parametrize("name", ["agreed", "denied"])
def test_a_forged_callback_shows_a_page_and_writes_nothing(
    world: World, context: Context, sumup: responses.RequestsMock, name: str
) -> None:
    before = world.contents()

    answer = ask(name, context)

    assert answer["statusCode"] == 400
    assert "This sign-in is over" in answer["body"]
    assert world.contents() == before
    assert len(sumup.calls) == 0


def test_a_callback_cannot_be_replayed(
    world: World, context: Context, sumup: responses.RequestsMock
) -> None:
    state = begin(context)["state"]
    ask("agreed", context, code=CODE, state=state)
    before = world.contents()

    answer = ask("agreed", context, code=CODE, state=state)

    assert answer["statusCode"] == 400
    assert world.contents() == before
    assert len(sumup.calls) == 3


def test_an_expired_callback_writes_nothing(
    world: World, context: Context, sumup: responses.RequestsMock
) -> None:
    state = begin(context)["state"]
    before = world.contents()

    with time_machine.travel(LATER + SIGN_IN_LIFETIME, tick=False):
        answer = ask("agreed", context, code=CODE, state=state)

    assert answer["statusCode"] == 400
    assert world.contents() == before
    assert len(sumup.calls) == 0


@pytest.mark.usefixtures("sumup")
def test_a_denial_is_shown_and_the_link_can_be_used_again(context: Context) -> None:
    state = begin(context)["state"]

    answer = ask("denied", context, error="access_denied", state=state)

    assert answer["statusCode"] == 400
    assert "You did not agree at SumUp" in answer["body"]
    assert OrganiserRow.get(US).connection == "invited"
    again = ask("agreed", context, code=CODE, state=begin(context)["state"])
    assert again["statusCode"] == 200


@pytest.mark.usefixtures("sumup")
def test_another_merchant_is_refused_and_both_are_named(world: World, context: Context) -> None:
    OrganiserRow(US).update([OrganiserRow.merchant_code.set("MC0001")])
    state = begin(context)["state"]
    before = world.items("OrganisersTable")

    answer = ask("agreed", context, code=CODE, state=state)

    assert answer["statusCode"] == 409
    assert "goes to MC0001; you signed in with MC0002" in text_of(answer)
    assert world.items("OrganisersTable") == before


@pytest.mark.parametrize(
    "query",
    [
        {"invitation": ""},
        {"invitation": "x" * 22},
        {"invitation": "<script>alert(1)</script>"},
        {"invitation": "\u00e9" * 10_000},
        {"something": "else"},
    ],
)
def test_an_invalid_invitation_shows_a_page(
    world: World, context: Context, query: dict[str, str]
) -> None:
    before = world.contents()

    answer = ask("begin", context, **query)

    assert answer["statusCode"] == 410
    assert "This link does not work any more" in answer["body"]
    assert "<script>" not in answer["body"]
    assert world.contents() == before


def test_an_invitation_expires_after_a_week(context: Context) -> None:
    with time_machine.travel(LATER + timedelta(days=7), tick=False):
        assert ask("begin", context)["statusCode"] == 410


def test_a_request_without_a_query_shows_a_page(context: Context) -> None:
    for name in ("begin", "agreed"):
        event = deepcopy(Sample.load(f"connect_organiser.{name}").event)
        del event["queryStringParameters"]

        assert handler(event, context)["statusCode"] in {400, 410}


def test_an_unknown_path_shows_a_page(context: Context) -> None:
    event = deepcopy(Sample.load("connect_organiser.begin").event)
    event["rawPath"] = event["requestContext"]["http"]["path"] = "/api/organisers"

    answer = handler(event, context)

    assert answer["statusCode"] == 404
    assert "There is no such page" in str(answer["body"])


def test_missing_oauth_credentials_are_reported_as_our_fault(
    world: World, context: Context, logged: io.StringIO
) -> None:
    empty = json.dumps({"client_id": ""})
    client("secretsmanager").put_secret_value(SecretId=world.ref["SumUpSecret"], SecretString=empty)

    answer = ask("begin", context)

    assert answer["statusCode"] == 503
    assert "The fault is ours" in answer["body"]
    assert "has no usable value" in logged.getvalue()


@pytest.mark.usefixtures("sumup")
def test_a_deleted_organiser_shows_a_page(context: Context) -> None:
    state = begin(context)["state"]
    OrganiserRow(US).delete()

    answer = ask("agreed", context, code=CODE, state=state)

    assert answer["statusCode"] == 503
    assert "The fault is ours" in answer["body"]


WORDS = st.one_of(
    st.text(max_size=60),
    st.sampled_from(
        [INVITATION, CODE, "<script>alert(1)</script>", '"><img src=x>', "\ud800", "a,b", "%00\r\n"]
    ),
    st.from_regex(invitation.WORD, fullmatch=True),
)
PATHS = st.one_of(
    st.sampled_from(["callback", f"{US}/connect", "x/connect", "", "callback/", f"{US}/connect/x"]),
    st.text(max_size=40),
    st.text(max_size=20).map("{}/connect".format),
)


@MADE_UP
@given(
    path=PATHS,
    query=st.none()
    | st.dictionaries(
        st.sampled_from(["invitation", "state", "code", "error", "scope"]) | st.text(max_size=8),
        WORDS,
        max_size=4,
    ),
    started=st.booleans(),
)
def test_every_request_is_answered_with_one_of_our_pages(
    sumup: responses.RequestsMock,
    context: Context,
    path: str,
    query: dict[str, str] | None,
    started: bool,  # noqa: FBT001 - made up
) -> None:
    """Only our own pages, nothing of the request in them, and no accidental connections."""
    sumup.replace(responses.POST, f"{SUMUP}/token", status=400, json={"error": "invalid_grant"})
    if started and query and "state" in query:
        query["state"] = begin(context)["state"]
    event = deepcopy(Sample.load("connect_organiser.begin").event)
    event["rawPath"] = event["requestContext"]["http"]["path"] = f"/api/organisers/{path}"
    event["queryStringParameters"] = query

    answer = handler(event, context)

    designed = {
        connect_page.html(shown, services().brand)
        for shown in [*connect_page.REFUSED.values(), connect_page.UNKNOWN]
    }
    assert answer["cookies"] == [] or answer["statusCode"] == 302
    if answer["statusCode"] == 302:
        assert (path, (query or {}).get("invitation")) == (f"{US}/connect", INVITATION)
        assert urlsplit(answer["headers"]["Location"]).netloc == urlsplit(SUMUP).netloc
    else:
        assert answer["body"] in designed
        assert answer["statusCode"] in {400, 404, 410}
    assert set(connect_page.HEADERS) <= set(answer["headers"])
    assert OrganiserRow.get(US).connection == "invited"


@pytest.mark.usefixtures("sumup")
def test_no_secret_is_logged(context: Context, logged: io.StringIO) -> None:
    state = begin(context)["state"]
    browser = KEPT[COOKIE]
    ask("agreed", context, code=CODE, state=state)
    ask("agreed", context, code=CODE, state=state)
    ask("begin", context)

    told = logged.getvalue()
    assert "connected" in told
    for secret in (INVITATION, state, browser, CODE, "at-new", "rt-new", "our-client-secret"):
        assert secret not in told


@pytest.mark.usefixtures("sumup")
def test_the_role_of_the_function_allows_what_it_does(world: World, context: Context) -> None:
    ask("agreed", context, code=CODE, state=begin(context)["state"])

    assert OrganiserRow.get(US).connection == "connected"
    assert refused(world, "ConnectOrganiserRole") == set()


@pytest.mark.parametrize("refusal", list(Refusal))
def test_every_refusal_has_a_page(refusal: Refusal) -> None:
    shown = connect_page.REFUSED[refusal]

    assert 400 <= shown.status < 600
    assert shown.status != 403, "CloudFront would show the shop's page instead"
    assert shown.title
    assert shown.text
