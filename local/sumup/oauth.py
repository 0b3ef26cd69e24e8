"""OAuth 2.0 as SumUp offers it: a consent page, a code, tokens and their refresh."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from local.sumup import answers, refusals
from local.sumup.api import reply
from local.sumup.control_bodies import ControlBody, merchant_from
from local.sumup.grants import GrantBook, Tokens
from local.sumup.merchants import CURRENCIES, DEFAULT_SCOPES, Merchant
from local.sumup.pages import render
from local.sumup.webhooks import is_loopback
from local.sumup.world import World

Form = Mapping[str, str]

OF_THE_PAGE = ("decision", "merchant_code", "name", "currency")
"""Fields of the page's forms; all others are the application's."""
LONGEST_NAME = 100


@dataclass(frozen=True)
class Client:
    """The one application that is registered here."""

    id: str
    secret: str

    def recognises(self, form: Form) -> bool:
        """Whether `form` carries this application's id and secret."""
        known = hmac.compare_digest(form.get("client_id", "").encode(), self.id.encode())
        return known & hmac.compare_digest(
            form.get("client_secret", "").encode(), self.secret.encode()
        )


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form body; the last one wins where a name repeats."""
    body = await request.body()
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


class OAuth:
    """The consent page and the token endpoint."""

    def __init__(self, world: World, grants: GrantBook, client: Client) -> None:
        self._world, self._grants, self._client = world, grants, client

    def routes(self) -> list[Route]:
        """Both endpoints; the form on the consent page posts to where it came from."""
        return [
            Route("/authorize", self.ask, methods=["GET"]),
            Route("/authorize", self.decide, methods=["POST"]),
            Route("/token", self.token, methods=["POST"]),
        ]

    async def ask(self, request: Request) -> Response:
        """GET /authorize: the page on which a merchant agrees or not."""
        wanted = dict(request.query_params)
        problem = self._problem(wanted)
        merchants = list(self._world.merchants.values())
        scopes = sorted(_scopes(wanted))
        facts = {
            "wanted": wanted,
            "merchants": merchants,
            "scopes": scopes,
            "problem": problem,
            "currencies": sorted(CURRENCIES),
        }
        return render("consent.html", 400 if problem else 200, **facts)

    async def decide(self, request: Request) -> Response:
        """POST /authorize: back to the application, with a code or with its denial."""
        form = await read_form(request)
        problem = self._problem(form)
        if problem:
            raise refusals.oauth("invalid_request", problem)
        if form.get("decision") == "create":
            self._create(form)
            wanted = {k: v for k, v in form.items() if k not in OF_THE_PAGE}
            return RedirectResponse(f"/authorize?{urlencode(wanted)}", 303)
        if form.get("decision") != "approve":
            return _back(form, error="access_denied", error_description="The merchant said no")
        merchant = self._world.merchant(form.get("merchant_code", ""))
        challenge = form.get("code_challenge") or None
        code = self._grants.consent(merchant, _scopes(form), form["redirect_uri"], challenge)
        return _back(form, code=code)

    def _create(self, form: Form) -> None:
        """Add the merchant that the page's form describes. Raises Refusal 422."""
        body = ControlBody({k: form.get(k, "") for k in ("name", "currency")}, "name", "currency")
        name = body.required_text("name")
        if len(name) > LONGEST_NAME:
            raise body.refusal("name", f"has to have at most {LONGEST_NAME} letters")
        usual = replace(self._world.usual_merchant(self._world.free_code()), sandbox=False)
        self._world.settle_merchant(merchant_from(body, usual))

    async def token(self, request: Request) -> Response:
        """POST /token: tokens for a code or for a refresh token."""
        form = await read_form(request)
        if not self._client.recognises(form):
            raise refusals.oauth("invalid_client", "client_id or client_secret is wrong", 401)
        kind = form.get("grant_type")
        if kind == "authorization_code":
            return reply(answers.tokens(self._exchange(form), scope=True))
        if kind == "refresh_token":
            refreshed = self._grants.refresh(_required(form, "refresh_token"))
            return reply(answers.tokens(refreshed, scope=False))
        raise refusals.oauth("unsupported_grant_type", "grant_type is not supported")

    def _exchange(self, form: Form) -> Tokens:
        code = _required(form, "code")
        return self._grants.exchange(code, form.get("redirect_uri"), form.get("code_verifier"))

    def _problem(self, wanted: Form) -> str | None:
        """The problem with a request for consent, for a person; None if there is none."""
        checks = {
            "response_type must be code": wanted.get("response_type") == "code",
            "client_id is unknown": wanted.get("client_id") == self._client.id,
            "redirect_uri must be an address of this machine": is_loopback(
                wanted.get("redirect_uri", "")
            ),
            "code_challenge_method must be S256": "code_challenge" not in wanted
            or wanted.get("code_challenge_method") == "S256",
        }
        return next((problem for problem, holds in checks.items() if not holds), None)


def allowed(merchant: Merchant, wanted: frozenset[str] | None) -> frozenset[str]:
    """The part of `wanted` that `merchant` has; everything it has when None."""
    return merchant.scopes if wanted is None else merchant.scopes & wanted


def _scopes(wanted: Form) -> frozenset[str]:
    return frozenset(wanted.get("scope", "").split()) or DEFAULT_SCOPES


def _required(form: Form, name: str) -> str:
    if not form.get(name):
        raise refusals.oauth("invalid_request", f"{name} parameter is missing")
    return form[name]


def _back(form: Form, **outcome: str) -> Response:
    """A redirect to the application, with the outcome and the state it sent."""
    parts = urlsplit(form["redirect_uri"])
    state = {"state": form["state"]} if "state" in form else {}
    query = urlencode([*parse_qsl(parts.query), *(outcome | state).items()])
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 303)
