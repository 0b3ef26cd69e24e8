"""Consent, tokens and their refresh, as a connected application sees them."""

import base64
import hashlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from local.sumup.app import Options
from local.sumup.control import IssuedTokens, Simulator
from tests.local.sumup.caller import Caller

BACK = "http://localhost:9000/connected?tab=1"
CLIENT = {"client_id": Options.client_id, "client_secret": Options.client_secret}
VERIFIER = "v" * 50
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=")
PKCE = {"code_challenge": CHALLENGE.decode(), "code_challenge_method": "S256"}
SCOPES = "payments transactions.history user.profile_readonly"

BAD_CONSENTS: dict[str, dict[str, str]] = {
    "another response": {"response_type": "token"},
    "unknown application": {"client_id": "somebody"},
    "an external address": {"redirect_uri": "https://example.com/"},
    "an address that only looks local": {"redirect_uri": "http://localhost.example.com/"},
    "a plain challenge": {"code_challenge": "x", "code_challenge_method": "plain"},
}

# What is sent for a code, and the OAuth error.
BAD_EXCHANGES: dict[str, tuple[dict[str, str], int, str]] = {
    "wrong secret": ({"client_secret": "wrong"}, 401, "invalid_client"),
    "no client": ({"client_id": ""}, 401, "invalid_client"),
    "wrong code": ({"code": "wrong"}, 400, "invalid_grant"),
    "no code": ({"code": ""}, 400, "invalid_request"),
    "another address": ({"redirect_uri": "http://localhost:9000/"}, 400, "invalid_grant"),
    "no verifier": ({"code_verifier": ""}, 400, "invalid_grant"),
    "wrong verifier": ({"code_verifier": "w" * 50}, 400, "invalid_grant"),
    "another grant": ({"grant_type": "password"}, 400, "unsupported_grant_type"),
}


def consent(shop: Caller, **changes: str) -> requests.Response:
    wanted = {
        "response_type": "code",
        "client_id": CLIENT["client_id"],
        "redirect_uri": BACK,
        "scope": SCOPES,
        "state": "s&1",
        "merchant_code": shop.merchant_code,
        "decision": "approve",
    }
    return requests.post(
        f"{shop.base_url}/authorize", data=wanted | changes, allow_redirects=False, timeout=10
    )


def code(shop: Caller, **changes: str) -> str:
    return str(query_of(consent(shop, **changes))["code"])


def query_of(answer: requests.Response) -> dict[str, str]:
    assert answer.status_code == 303, answer.text
    return {name: v[0] for name, v in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def token(base_url: str, **form: str) -> requests.Response:
    return requests.post(f"{base_url}/token", data=CLIENT | form, timeout=10)


def exchange(shop: Caller, **form: str) -> requests.Response:
    wanted = {"grant_type": "authorization_code", "redirect_uri": BACK, "code_verifier": VERIFIER}
    return token(shop.base_url, **(wanted | form))


def refresh(base_url: str, refresh_token: str) -> requests.Response:
    return token(base_url, grant_type="refresh_token", refresh_token=refresh_token)


def works(shop: Caller, access_token: str) -> bool:
    shop.token = access_token
    return shop.call("GET", "/v0.1/memberships").status == 200


def test_a_consent_leads_to_a_token_of_the_chosen_merchant(shop: Caller) -> None:
    back = query_of(consent(shop, **PKCE))

    answer = exchange(shop, code=back["code"])

    assert back["state"] == "s&1"
    assert back["tab"] == "1", "the address keeps its own query"
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3599)
    assert body["scope"] == SCOPES
    shop.token = body["access_token"]
    member = shop.call("GET", "/v0.1/memberships").body["items"][0]
    assert member["resource"]["id"] == shop.merchant_code
    merchant = shop.call("GET", f"/v1/merchants/{shop.merchant_code}").body
    assert (merchant["default_currency"], merchant["sandbox"]) == ("GBP", True)


def test_a_denial_returns_access_denied(shop: Caller) -> None:
    back = query_of(consent(shop, decision="deny"))

    assert (back["error"], back["state"]) == ("access_denied", "s&1")
    assert "code" not in back


def test_the_consent_page_shows_and_escapes_the_request(shop: Caller) -> None:
    wanted = {
        "response_type": "code",
        "client_id": CLIENT["client_id"],
        "redirect_uri": BACK,
        "scope": "payments <script>",
        "state": '"><script>',
    }
    page = requests.get(f"{shop.base_url}/authorize", params=wanted, timeout=10)

    assert page.status_code == 200
    assert "Village Hall (MGB00001, GBP)" in page.text
    assert "<script>" not in page.text
    assert "&#34;&gt;&lt;script&gt;" in page.text


@pytest.mark.parametrize("change", BAD_CONSENTS.values(), ids=BAD_CONSENTS)
def test_an_invalid_authorization_request_is_not_redirected(
    shop: Caller, change: dict[str, str]
) -> None:
    wanted = {"response_type": "code", "client_id": CLIENT["client_id"], "redirect_uri": BACK}
    page = requests.get(f"{shop.base_url}/authorize", params=wanted | change, timeout=10)

    assert page.status_code == 400
    assert consent(shop, **change).status_code == 400


@pytest.mark.parametrize(("change", "status", "error"), BAD_EXCHANGES.values(), ids=BAD_EXCHANGES)
def test_an_invalid_token_request_returns_an_oauth_error(
    shop: Caller, change: dict[str, str], status: int, error: str
) -> None:
    answer = exchange(shop, **({"code": code(shop, **PKCE)} | change))

    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "error_description"}


def test_a_code_works_once_and_expires_quickly(simulator: Simulator, shop: Caller) -> None:
    once, old = code(shop), code(shop)

    assert exchange(shop, code=once).status_code == 200
    assert exchange(shop, code=once).json()["error"] == "invalid_grant"
    simulator.advance(301)
    assert exchange(shop, code=old).json()["error"] == "invalid_grant"


def test_a_consent_without_scopes_does_not_allow_payments(shop: Caller) -> None:
    shop.token = exchange(shop, code=code(shop, scope="")).json()["access_token"]

    assert shop.create().status == 403
    assert shop.call("GET", f"/v1/merchants/{shop.merchant_code}").status == 200


@pytest.mark.parametrize(
    ("rotation", "renewed", "old_works"),
    [("never", False, True), ("always", True, True), ("strict", True, False)],
)
def test_refresh_tokens_rotate_as_configured_for_the_merchant(
    simulator: Simulator, rotation: str, *, renewed: bool, old_works: bool
) -> None:
    issued = simulator.create_merchant("M1", rotation=rotation)

    first = refresh(simulator.base_url, issued.refresh_token).json()
    again = refresh(simulator.base_url, issued.refresh_token)

    assert ("refresh_token" in first) is renewed
    assert "scope" not in first
    assert (again.status_code == 200) is old_works
    if renewed:
        newest = refresh(simulator.base_url, first["refresh_token"])
        assert (newest.status_code == 200) is old_works, "strict reuse ends the whole grant"


def test_strict_reuse_detection_revokes_access_tokens_too(simulator: Simulator) -> None:
    issued = simulator.create_merchant("M1", rotation="strict")
    with Caller(simulator.base_url, issued) as shop:
        fresh = refresh(simulator.base_url, issued.refresh_token).json()["access_token"]
        assert works(shop, fresh)

        refresh(simulator.base_url, issued.refresh_token)

        assert not works(shop, fresh)
        assert not works(shop, issued.access_token)


def test_one_of_many_concurrent_refreshes_wins_in_strict_rotation(simulator: Simulator) -> None:
    issued = simulator.create_merchant("M1", rotation="strict")

    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: refresh(simulator.base_url, issued.refresh_token), range(8))
        )

    assert sorted(answer.status_code for answer in answers) == [200] + [400] * 7


ENDINGS: dict[str, Callable[[Simulator, IssuedTokens], object]] = {
    "time": lambda simulator, _tokens: simulator.advance(3600),
    "expiry": lambda simulator, tokens: simulator.expire_token(tokens.access_token),
    "revocation": lambda simulator, tokens: simulator.revoke_grants(tokens.merchant_code),
}


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_ended_access_token_is_refused_and_only_revocation_stops_refreshes(
    simulator: Simulator, shop: Caller, ending: str
) -> None:
    ENDINGS[ending](simulator, shop.tokens)

    answer = shop.call("GET", "/v0.1/checkouts")
    refreshed = refresh(simulator.base_url, shop.tokens.refresh_token)

    assert answer.status == 401
    assert answer.body["type"] == "https://developer.sumup.com/problem/unauthorized"
    assert (refreshed.status_code == 400) is (ending == "revocation")


@pytest.mark.parametrize("header", [None, "", "wrong", "Basic x", "Bearer", "Bearer wrong"])
def test_a_request_without_a_valid_token_is_unauthorized(shop: Caller, header: str | None) -> None:
    headers = {} if header is None else {"authorization": header}
    answer = requests.get(f"{shop.base_url}/v0.1/checkouts", headers=headers, timeout=10)

    assert (answer.status_code, answer.json()["status"]) == (401, 401)


def test_a_refresh_token_cannot_be_used_as_an_access_token(shop: Caller) -> None:
    assert not works(shop, shop.tokens.refresh_token)


SCOPED: dict[str, tuple[str, str, dict[str, Any] | None, str]] = {
    "create": ("POST", "/v0.1/checkouts", {}, "payments"),
    "list": ("GET", "/v0.1/checkouts", None, "payments"),
    "history": (
        "GET",
        "/v2.1/merchants/MGB00001/transactions/history",
        None,
        "transactions.history",
    ),
    "merchant": ("GET", "/v1/merchants/MGB00001", None, "user.profile_readonly"),
    "payouts": (
        "GET",
        "/v1.0/merchants/MGB00001/payouts?start_date=2026-06-01&end_date=2026-06-01",
        None,
        "user.profile_readonly",
    ),
    "refund": ("POST", "/v1.0/merchants/MGB00001/payments/1/refunds", None, "payments"),
}


@pytest.mark.parametrize(("method", "path", "body", "scope"), SCOPED.values(), ids=SCOPED)
def test_a_call_requires_its_scope(
    simulator: Simulator, shop: Caller, method: str, path: str, body: object, scope: str
) -> None:
    others = {"payments", "transactions.history", "user.profile_readonly"} - {scope}

    shop.token = simulator.issue_tokens(shop.merchant_code, scopes=sorted(others)).access_token
    without = shop.call(method, path, body).status
    shop.token = simulator.issue_tokens(shop.merchant_code, scopes=[scope]).access_token
    with_it = shop.call(method, path, body).status

    assert without == 403
    assert with_it in {200, 400, 404}


def test_tokens_can_be_short_lived(simulator: Simulator, shop: Caller) -> None:
    tokens = simulator.issue_tokens(shop.merchant_code, expires_in=30)
    assert (tokens.expires_in, works(shop, tokens.access_token)) == (30, True)

    simulator.advance(31)

    assert not works(shop, tokens.access_token)


def test_the_consent_page_creates_a_merchant_where_there_is_none(simulator: Simulator) -> None:
    asked = {
        "response_type": "code",
        "client_id": CLIENT["client_id"],
        "redirect_uri": BACK,
        "scope": SCOPES,
        "state": '"><script>',
    }
    page = requests.get(f"{simulator.base_url}/authorize", params=asked, timeout=10)
    assert 'name="decision" value="create"' in page.text

    form = {"decision": "create", "name": "Village <Hall>", "currency": "GBP"}
    made = requests.post(f"{simulator.base_url}/authorize", data=asked | form, timeout=10)

    assert (made.status_code, made.history[0].status_code) == (200, 303)
    assert "Village &lt;Hall&gt; (MSIM0001, GBP)" in made.text
    assert "<script>" not in made.text
    answer = requests.post(
        f"{simulator.base_url}/authorize",
        data=asked | {"merchant_code": "MSIM0001", "decision": "approve"},
        allow_redirects=False,
        timeout=10,
    )
    code = query_of(answer)["code"]
    tokens = token(
        simulator.base_url, grant_type="authorization_code", redirect_uri=BACK, code=code
    ).json()
    assert tokens["scope"].split() == sorted(SCOPES.split())
    assert simulator.health()["merchants"] == 1


def test_another_merchant_gets_another_code(simulator: Simulator) -> None:
    asked = {
        "response_type": "code", "client_id": CLIENT["client_id"], "redirect_uri": BACK,
        "decision": "create", "name": "A", "currency": "EUR",
    }  # fmt: skip
    for _ in range(2):
        requests.post(f"{simulator.base_url}/authorize", data=asked, timeout=10)

    page = requests.get(f"{simulator.base_url}/authorize", params=asked, timeout=10).text

    assert "A (MSIM0001, EUR)" in page
    assert "A (MSIM0002, EUR)" in page


@pytest.mark.parametrize("change", [{"name": " "}, {"currency": "XXX"}, {"name": "x" * 101}])
def test_a_merchant_that_cannot_be_is_not_created(
    simulator: Simulator, change: dict[str, str]
) -> None:
    asked = {
        "response_type": "code", "client_id": CLIENT["client_id"], "redirect_uri": BACK,
        "decision": "create", "name": "A", "currency": "EUR",
    }  # fmt: skip

    answer = requests.post(f"{simulator.base_url}/authorize", data=asked | change, timeout=10)

    assert answer.status_code == 422
    assert simulator.health()["merchants"] == 0
