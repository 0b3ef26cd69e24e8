"""The control endpoints for money: merchants, tokens, and what happens to checkouts.

Bodies are JSON objects: see `control_bodies`. Actions answer the checkout as the API would show it,
plus `pay_url`.
"""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.sumup import answers, refusals
from local.sumup.api import base_url, reply
from local.sumup.control_bodies import (
    MERCHANT,
    ControlBody,
    merchant_from,
    read_body,
    scopes_from,
)
from local.sumup.exact_json import JsonObject
from local.sumup.grants import GrantBook, Tokens
from local.sumup.middleware import STEERING
from local.sumup.oauth import allowed
from local.sumup.payments import Checkout, TransactionStatus
from local.sumup.webhooks import Courier
from local.sumup.world import World

Action = Callable[[Checkout, ControlBody], object]

_ENDINGS = {"pay": TransactionStatus.SUCCESSFUL, "decline": TransactionStatus.FAILED}


class Steering:
    """The endpoints with which a test plays merchant, buyer, bank and SumUp."""

    def __init__(self, world: World, grants: GrantBook, courier: Courier) -> None:
        self._world, self._grants = world, grants
        self._actions: dict[str, tuple[tuple[str, ...], Action]] = {
            "pay": (("force",), self._paying(TransactionStatus.SUCCESSFUL)),
            "decline": (("force",), self._paying(TransactionStatus.FAILED)),
            "start": ((), self._start),
            "finish": (("outcome",), self._finish),
            "expire": ((), self._expire),
            "charge_twice": ((), lambda checkout, _body: world.charge_twice(checkout)),
            "refund": (("amount",), self._refund),
            "chargeback": ((), self._charge_back),
            "notify": ((), lambda checkout, _body: courier.announce(checkout)),
            "tamper": (("set", "drop"), self._tamper),
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
        body = await read_body(request, *MERCHANT)
        wanted = merchant_from(body, self._world.usual_merchant())
        merchant = self._world.settle_merchant(wanted)
        tokens = self._grants.issue(merchant, merchant.scopes)
        return reply(answers.merchant(merchant) | _tokens(tokens), 201)

    async def issue_tokens(self, request: Request) -> Response:
        """{"merchant_code", "expires_in", "scopes"}: tokens of a new grant."""
        body = await read_body(request, "merchant_code", "expires_in", "scopes")
        merchant = self._world.merchant(body.required_text("merchant_code"))
        scopes = allowed(merchant, scopes_from(body))
        expires_in = body.whole("expires_in", None, least=0)
        return reply(_tokens(self._grants.issue(merchant, scopes, expires_in)), 201)

    async def expire_token(self, request: Request) -> Response:
        """{"access_token"}: end it now."""
        token = (await read_body(request, "access_token")).required_text("access_token")
        if not self._grants.expire(token):
            raise refusals.not_found()
        return reply({})

    async def revoke_grants(self, request: Request) -> Response:
        """{"merchant_code"}: end everything the merchant ever consented to."""
        code = (await read_body(request, "merchant_code")).required_text("merchant_code")
        self._grants.revoke(self._world.merchant(code))
        return reply({})

    async def sell(self, request: Request) -> Response:
        """{"merchant_code", "amount"}: sell something at the merchant's till."""
        body = await read_body(request, "merchant_code", "amount")
        merchant = self._world.merchant(body.required_text("merchant_code"))
        price = body.amount("amount")
        if price is None:
            raise body.refusal("amount", "is missing")
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
        checkout, name = self._known(request), request.path_params["action"]
        if name not in self._actions:
            raise refusals.not_found()
        fields, act = self._actions[name]
        act(checkout, await read_body(request, *fields))
        return reply(self._shown(request, checkout))

    async def restore(self, request: Request) -> Response:
        """Show a checkout as it is again."""
        checkout = self._known(request)
        checkout.altered, checkout.hidden = {}, frozenset()
        return reply(self._shown(request, checkout))

    def _paying(self, ending: TransactionStatus) -> Action:
        def pay(checkout: Checkout, body: ControlBody) -> None:
            self._world.pay(checkout, ending, force=body.flag("force", default=False))

        return pay

    def _start(self, checkout: Checkout, _body: ControlBody) -> None:
        self._world.pay(checkout, TransactionStatus.PENDING)

    def _finish(self, checkout: Checkout, body: ControlBody) -> None:
        self._world.finish(checkout, _ENDINGS[body.choice("outcome", _ENDINGS, "pay")])

    def _expire(self, checkout: Checkout, _body: ControlBody) -> None:
        checkout.closed = True

    def _refund(self, checkout: Checkout, body: ControlBody) -> None:
        amount = body.amount("amount")
        if not checkout.payment:
            raise refusals.error(409, "NOT_PAID", "There is nothing to refund")
        self._world.refund(checkout.payment, amount)

    def _charge_back(self, checkout: Checkout, _body: ControlBody) -> None:
        if not checkout.payment:
            raise refusals.error(409, "NOT_PAID", "There is nothing to charge back")
        self._world.charge_back(checkout.payment)

    def _tamper(self, checkout: Checkout, body: ControlBody) -> None:
        altered, hidden = body.object("set"), body.texts("drop") or frozenset()
        checkout.altered = checkout.altered | altered
        checkout.hidden = checkout.hidden | hidden

    def _known(self, request: Request) -> Checkout:
        return self._world.checkout(request.path_params["checkout_id"])

    def _shown(self, request: Request, checkout: Checkout) -> JsonObject:
        base = base_url(request).removesuffix(STEERING)
        body = answers.checkout(checkout, self._world.now(), base)
        return {"id": checkout.id, **body, "pay_url": f"{base}/pay/{checkout.id}"}


def _tokens(tokens: Tokens) -> JsonObject:
    return {
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
        "expires_in": tokens.expires_in,
    }
