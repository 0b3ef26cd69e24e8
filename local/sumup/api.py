"""SumUp's REST endpoints: who asks, what for, and the answer."""

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.sumup import answers, history, payouts, refusals
from local.sumup.cards import Instrument, card, outcome_of_card
from local.sumup.exact_json import encode
from local.sumup.grants import GrantBook
from local.sumup.merchants import HISTORY, PAYMENTS, PROFILE, Merchant
from local.sumup.payments import Checkout, TransactionStatus
from local.sumup.validation import (
    ProcessRequest,
    parse_create,
    parse_process,
    parse_refund,
    parse_update,
    parse_window,
)
from local.sumup.world import World

_WRITE = frozenset({PAYMENTS, "checkouts.write"})
_READ = frozenset({PAYMENTS, "checkouts.read"})
_REFUND = frozenset({PAYMENTS, "refunds.write"})
_LOOK_BACK = frozenset({HISTORY, "transactions.read"})
_WHO = frozenset({PROFILE, "user.profile"})
_PAID_OUT = frozenset({PROFILE, "user.profile", "payouts.read"})
_ANY = frozenset({PAYMENTS, HISTORY, PROFILE})


def base_url(request: Request) -> str:
    """The address under which the caller reached the simulator, without a slash at its end."""
    return str(request.base_url).rstrip("/")


def reply(body: object, status: int = 200, media_type: str = refusals.PLAIN) -> Response:
    """A JSON answer with exact numbers, never cached."""
    headers = {"cache-control": "no-store"}
    return Response(encode(body), status, headers=headers, media_type=media_type)


async def refuse(_request: Request, refusal: Exception) -> Response:
    """The answer for a Refusal raised anywhere in a route."""
    if not isinstance(refusal, refusals.Refusal):
        raise refusal
    return reply(refusal.body, refusal.status, refusal.media_type)


class Api:
    """The endpoints. A body is read first; from then on nothing awaits, so changes are atomic."""

    def __init__(self, world: World, grants: GrantBook) -> None:
        self._world, self._grants = world, grants

    def routes(self) -> list[Route]:
        """Every endpoint with its address and method."""
        one, merchant = "/v0.1/checkouts/{checkout_id}", "/merchants/{merchant_code}"
        return [
            Route("/v0.1/checkouts", self.create_checkout, methods=["POST"]),
            Route("/v0.1/checkouts", self.list_checkouts, methods=["GET"]),
            Route(one, self.get_checkout, methods=["GET"]),
            Route(one, self.update_checkout, methods=["PATCH"]),
            Route(one, self.process_checkout, methods=["PUT"]),
            Route(one, self.deactivate_checkout, methods=["DELETE"]),
            Route("/v0.1/memberships", self.list_memberships, methods=["GET"]),
            Route(f"/v1{merchant}", self.get_merchant, methods=["GET"]),
            Route(f"/v2.1{merchant}/transactions", self.get_transaction, methods=["GET"]),
            Route(f"/v2.1{merchant}/transactions/history", self.list_history, methods=["GET"]),
            Route(f"/v1.0{merchant}/payouts", self.list_payouts, methods=["GET"]),
            Route(
                f"/v1.0{merchant}/payments/{{transaction_id}}/refunds",
                self.refund,
                methods=["POST"],
            ),
        ]

    async def create_checkout(self, request: Request) -> Response:
        """POST /v0.1/checkouts."""
        body = await request.body()
        merchant = self._caller(request, _WRITE, "checkout_payments_not_allowed")
        wanted = parse_create(body, merchant.currency)
        return self._checkout(request, self._world.create(merchant, wanted), 201)

    async def list_checkouts(self, request: Request) -> Response:
        """GET /v0.1/checkouts?checkout_reference=."""
        merchant = self._caller(request, _READ)
        reference = request.query_params.get("checkout_reference")
        found = self._world.checkouts_of(merchant, reference)
        now, base = self._world.now(), base_url(request)
        return reply([answers.listed_checkout(one, now, base) for one in found])

    async def get_checkout(self, request: Request) -> Response:
        """GET /v0.1/checkouts/{checkout_id}."""
        return self._checkout(request, self._own_checkout(request, _READ))

    async def update_checkout(self, request: Request) -> Response:
        """PATCH /v0.1/checkouts/{checkout_id}."""
        body = await request.body()
        checkout = self._own_checkout(request, _WRITE)
        self._world.update(checkout, parse_update(body, checkout.merchant.currency))
        return self._checkout(request, checkout)

    async def deactivate_checkout(self, request: Request) -> Response:
        """DELETE /v0.1/checkouts/{checkout_id}."""
        checkout = self._own_checkout(request, _WRITE)
        self._world.deactivate(checkout)
        return self._checkout(request, checkout)

    async def process_checkout(self, request: Request) -> Response:
        """PUT /v0.1/checkouts/{checkout_id}: the buyer's side, which needs no token."""
        body = await request.body()
        signed = "authorization" in request.headers
        merchant = self._caller(request, _ANY) if signed else None
        checkout = self._world.checkout(request.path_params["checkout_id"], merchant)
        wanted = parse_process(body)
        if wanted.redirects and not checkout.redirect_url:
            raise refusals.missing("redirect_url")
        paid = self._world.pay(checkout, _ending(wanted), _instrument(wanted))
        if paid.status is not TransactionStatus.PENDING:
            return self._checkout(request, checkout)
        step = answers.next_step(checkout, base_url(request))
        return reply(step, 200 if wanted.redirects else 202)

    async def list_memberships(self, request: Request) -> Response:
        """GET /v0.1/memberships: the one merchant behind the token."""
        try:
            merchant = self._caller(request, _WHO)
        except refusals.Refusal as refusal:
            raise refusals.Refusal(refusal.status, refusal.body, refusals.PROBLEM) from refusal
        offset, limit = parse_window(request.query_params)
        return reply(answers.memberships(merchant, offset, limit))

    async def get_merchant(self, request: Request) -> Response:
        """GET /v1/merchants/{merchant_code}."""
        own = self._caller(request, _WHO)
        merchant = self._world.merchant(request.path_params["merchant_code"])
        if merchant is not own:
            detail = "Merchant not found"
            raise refusals.problem(404, "not-found", "Not Found", detail)
        return reply(answers.merchant(merchant))

    async def get_transaction(self, request: Request) -> Response:
        """GET /v2.1/merchants/{merchant_code}/transactions, by one of four identifiers."""
        merchant = self._own_merchant(request, _LOOK_BACK)
        names = {
            "id": "id",
            "transaction_code": "code",
            "foreign_transaction_id": "reference",
            "client_transaction_id": "client_id",
        }
        query = request.query_params
        wanted = {to: query[name] for name, to in names.items() if query.get(name)}
        return reply(answers.transaction(self._world.transaction(merchant, **wanted), merchant))

    async def list_history(self, request: Request) -> Response:
        """GET /v2.1/merchants/{merchant_code}/transactions/history."""
        merchant = self._own_merchant(request, _LOOK_BACK)
        params = request.query_params
        query = {name: params.getlist(name) for name in params}
        page = history.page(self._world.transactions_of(merchant), query)
        return reply(answers.history(page, merchant))

    async def list_payouts(self, request: Request) -> Response:
        """GET /v1.0/merchants/{merchant_code}/payouts."""
        merchant = self._own_merchant(request, _PAID_OUT)
        params = request.query_params
        query = {name: params.getlist(name) for name in params}
        found = payouts.listed(self._world.transactions_of(merchant), query)
        return reply([answers.payout(one) for one in found])

    async def refund(self, request: Request) -> Response:
        """POST /v1.0/merchants/{merchant_code}/payments/{transaction_id}/refunds."""
        body = await request.body()
        try:
            merchant = self._own_merchant(request, _REFUND)
            wanted = request.path_params["transaction_id"]
            transaction = self._world.transaction(merchant, id=wanted)
        except refusals.Refusal as refusal:
            raise _as_problem(refusal) from refusal
        self._world.refund(transaction, parse_refund(body))
        return reply({}, 201)

    def _caller(
        self, request: Request, scopes: frozenset[str], refusal: str = "request_not_allowed"
    ) -> Merchant:
        """The merchant behind the bearer token, which must have one of `scopes`."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        grant = self._grants.holder(token.strip()) if kind.lower() == "bearer" else None
        if not grant:
            raise refusals.unauthorized()
        request.state.merchant = grant.merchant.code
        if not grant.scopes & scopes:
            raise refusals.forbidden(refusal)
        return grant.merchant

    def _own_merchant(self, request: Request, scopes: frozenset[str]) -> Merchant:
        merchant = self._caller(request, scopes)
        if merchant.code != request.path_params["merchant_code"]:
            raise refusals.not_found()
        return merchant

    def _own_checkout(self, request: Request, scopes: frozenset[str]) -> Checkout:
        merchant = self._caller(request, scopes)
        return self._world.checkout(request.path_params["checkout_id"], merchant)

    def _checkout(self, request: Request, found: Checkout, status: int = 200) -> Response:
        return reply(answers.checkout(found, self._world.now(), base_url(request)), status)


def _ending(wanted: ProcessRequest) -> TransactionStatus:
    if wanted.redirects:
        return TransactionStatus.PENDING
    if wanted.card_number:
        return outcome_of_card(wanted.card_number)
    return TransactionStatus.SUCCESSFUL


def _instrument(wanted: ProcessRequest) -> Instrument:
    if wanted.card_number:
        return card(wanted.card_number)
    entry_mode = wanted.payment_type.upper()
    if wanted.redirects:
        payment_type = "BOLETO" if entry_mode == "BOLETO" else "APM"
        return Instrument(payment_type, entry_mode, scheme="UNKNOWN", last_digits="0000")
    return Instrument(entry_mode=entry_mode)


def _as_problem(refusal: refusals.Refusal) -> refusals.Refusal:
    """The shape of 403 and 404 at the refund endpoint."""
    known: dict[int, Callable[[], refusals.Refusal]] = {
        403: lambda: refusals.problem(
            403, "forbidden", "Forbidden", "users is not allowed to make a refund"
        ),
        404: lambda: refusals.problem(404, "not-found", "Not Found", "Transaction not found"),
    }
    return known[refusal.status]() if refusal.status in known else refusal
