"""The control endpoints for money: merchants, tokens, and what happens to checkouts.

All bodies are JSON objects. Actions answer the checkout as the API would show it, plus `pay_url`.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.sumup import answers, refusals
from local.sumup.api import base_url, reply
from local.sumup.clock import Clock
from local.sumup.exact_json import JsonObject, decode_object
from local.sumup.grants import GrantBook, Tokens
from local.sumup.merchants import CURRENCIES, DEFAULT_SCOPES, PAYMENTS, Merchant, Rotation
from local.sumup.middleware import STEERING
from local.sumup.oauth import allowed
from local.sumup.payments import Checkout, TransactionStatus
from local.sumup.validation import as_decimal
from local.sumup.webhooks import Courier
from local.sumup.world import World

_ENDINGS = {"pay": TransactionStatus.SUCCESSFUL, "decline": TransactionStatus.FAILED}


class Steering:
    """The endpoints with which a test plays merchant, buyer, bank and SumUp."""

    def __init__(self, world: World, grants: GrantBook, courier: Courier) -> None:
        self._world, self._grants = world, grants
        self._actions: dict[str, Callable[[Checkout, JsonObject], object]] = {
            "pay": self._pay,
            "decline": self._pay,
            "start": self._start,
            "finish": self._finish,
            "expire": self._expire,
            "charge_twice": lambda checkout, _body: world.charge_twice(checkout),
            "refund": self._refund,
            "chargeback": self._charge_back,
            "notify": lambda checkout, _body: courier.announce(checkout),
            "tamper": self._tamper,
        }

    def routes(self) -> list[Route]:
        """The endpoints, relative to the control prefix."""
        one = "/checkouts/{checkout_id}"
        return [
            Route("/merchants", self.add_merchant, methods=["POST"]),
            Route("/tokens", self.issue_tokens, methods=["POST"]),
            Route("/tokens/expire", self.expire_token, methods=["POST"]),
            Route("/grants/revoke", self.revoke_grants, methods=["POST"]),
            Route("/sales", self.sell, methods=["POST"]),
            Route("/checkouts", self.list_checkouts, methods=["GET"]),
            Route(one, self.get_checkout, methods=["GET"]),
            Route(f"{one}/tamper", self.restore, methods=["DELETE"]),
            Route(f"{one}/{{action}}", self.act, methods=["POST"]),
        ]

    async def add_merchant(self, request: Request) -> Response:
        """Add a merchant, or change a known one, and answer tokens for it."""
        wanted = _merchant(await json_body(request), self._world.clock)
        merchant = self._world.settle_merchant(wanted)
        tokens = self._grants.issue(merchant, merchant.scopes)
        return reply(answers.merchant(merchant) | _tokens(tokens), 201)

    async def issue_tokens(self, request: Request) -> Response:
        """{"merchant_code", "expires_in", "scopes"}: tokens of a new grant."""
        body = await json_body(request)
        merchant = self._world.merchant(str(body.get("merchant_code")))
        scopes = allowed(merchant, _scopes(body))
        seconds = body.get("expires_in")
        expires_in = int(seconds) if isinstance(seconds, int) else None
        return reply(_tokens(self._grants.issue(merchant, scopes, expires_in)), 201)

    async def expire_token(self, request: Request) -> Response:
        """{"access_token"}: end it now."""
        token = str((await json_body(request)).get("access_token"))
        if not self._grants.expire(token):
            raise refusals.not_found()
        return reply({})

    async def revoke_grants(self, request: Request) -> Response:
        """{"merchant_code"}: end everything the merchant ever consented to."""
        code = str((await json_body(request)).get("merchant_code"))
        self._grants.revoke(self._world.merchant(code))
        return reply({})

    async def sell(self, request: Request) -> Response:
        """{"merchant_code", "amount"}: sell something at the merchant's till."""
        body = await json_body(request)
        merchant, amount = self._world.merchant(str(body.get("merchant_code"))), body.get("amount")
        price = as_decimal(amount)
        if price is None:
            raise refusals.invalid("amount")
        return reply(answers.attempt(self._world.sell(merchant, price)), 201)

    async def list_checkouts(self, request: Request) -> Response:
        """Every checkout of every merchant, oldest first."""
        everything = self._world.checkouts.values()
        return reply({"items": [self._shown(request, checkout) for checkout in everything]})

    async def get_checkout(self, request: Request) -> Response:
        """One checkout."""
        return reply(self._shown(request, self._known(request)))

    async def act(self, request: Request) -> Response:
        """Do something to a checkout."""
        body = await json_body(request)
        checkout, name = self._known(request), request.path_params["action"]
        if name not in self._actions:
            raise refusals.not_found()
        self._actions[name](checkout, body | {"action": name})
        return reply(self._shown(request, checkout))

    async def restore(self, request: Request) -> Response:
        """Show a checkout as it is again."""
        checkout = self._known(request)
        checkout.altered, checkout.hidden = {}, frozenset()
        return reply(self._shown(request, checkout))

    def _pay(self, checkout: Checkout, body: JsonObject) -> None:
        ending = _ENDINGS[str(body["action"])]
        self._world.pay(checkout, ending, force=bool(body.get("force")))

    def _start(self, checkout: Checkout, _body: JsonObject) -> None:
        self._world.pay(checkout, TransactionStatus.PENDING)

    def _finish(self, checkout: Checkout, body: JsonObject) -> None:
        outcome = str(body.get("outcome", "pay"))
        if outcome not in _ENDINGS:
            raise refusals.invalid("outcome")
        self._world.finish(checkout, _ENDINGS[outcome])

    def _expire(self, checkout: Checkout, _body: JsonObject) -> None:
        checkout.closed = True

    def _refund(self, checkout: Checkout, body: JsonObject) -> None:
        if not checkout.payment:
            raise refusals.error(409, "NOT_PAID", "There is nothing to refund")
        self._world.refund(checkout.payment, as_decimal(body.get("amount")))

    def _charge_back(self, checkout: Checkout, _body: JsonObject) -> None:
        if not checkout.payment:
            raise refusals.error(409, "NOT_PAID", "There is nothing to charge back")
        self._world.charge_back(checkout.payment)

    def _tamper(self, checkout: Checkout, body: JsonObject) -> None:
        altered, hidden = body.get("set") or {}, body.get("drop") or []
        if not isinstance(altered, dict) or not isinstance(hidden, list):
            raise refusals.invalid("set", "drop")
        checkout.altered = checkout.altered | altered
        checkout.hidden = checkout.hidden | {str(name) for name in hidden}

    def _known(self, request: Request) -> Checkout:
        return self._world.checkout(request.path_params["checkout_id"])

    def _shown(self, request: Request, checkout: Checkout) -> JsonObject:
        base = base_url(request).removesuffix(STEERING)
        body = answers.checkout(checkout, self._world.now(), base)
        return {"id": checkout.id, **body, "pay_url": f"{base}/pay/{checkout.id}"}


async def json_body(request: Request) -> JsonObject:
    """The request's JSON object; an empty body is an empty object. Raises Refusal 400."""
    try:
        return decode_object(await request.body())
    except ValueError as problem:
        raise refusals.error(400, "INVALID", str(problem)) from problem


def _merchant(body: JsonObject, clock: Clock) -> Merchant:
    currency, rotation = str(body.get("currency", "EUR")), str(body.get("rotation", "never"))
    if currency not in CURRENCIES:
        raise refusals.invalid("currency")
    if rotation not in set(Rotation):
        raise refusals.invalid("rotation")
    scopes = _scopes(body)
    return Merchant(
        code=str(body.get("merchant_code", "MSIM0001")),
        name=str(body.get("name", "Simulated Merchant")),
        currency=currency,
        country=str(body.get("country", "DE")),
        created=clock.now(),
        sandbox=bool(body.get("sandbox", True)),
        rotation=Rotation(rotation),
        scopes=DEFAULT_SCOPES | {PAYMENTS} if scopes is None else scopes,
    )


def _scopes(body: JsonObject) -> frozenset[str] | None:
    wanted = body.get("scopes")
    return frozenset(str(scope) for scope in wanted) if isinstance(wanted, list) else None


def _tokens(tokens: Tokens) -> JsonObject:
    return {
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
        "expires_in": tokens.expires_in,
    }
