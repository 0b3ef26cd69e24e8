"""The buyer's side: the payment page, what comes after it, and a list of all checkouts."""

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from local.sumup.oauth import read_form
from local.sumup.pages import render
from local.sumup.payments import Checkout, CheckoutStatus, TransactionStatus
from local.sumup.world import World

_ENDINGS = {
    "pay": TransactionStatus.SUCCESSFUL,
    "decline": TransactionStatus.FAILED,
    "start": TransactionStatus.PENDING,
}
_FINISHES = {"approve": TransactionStatus.SUCCESSFUL, "refuse": TransactionStatus.FAILED}


class HostedPages:
    """Plain forms; each POST ends in a redirect, so that reloading a page repeats nothing."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """The pages. The challenge page is where 3-D Secure sends the buyer."""
        page = "/pay/{checkout_id}"
        return [
            Route("/", self.index, methods=["GET"]),
            Route(page, self.show, methods=["GET"]),
            Route(page, self.act, methods=["POST"]),
            Route(f"{page}/left", self.left, methods=["GET"]),
            Route(f"{page}/challenge", self.challenge, methods=["GET", "POST"]),
            Route(f"{page}/challenge/answer", self.answer_challenge, methods=["POST"]),
        ]

    async def index(self, _request: Request) -> Response:
        """GET /: every checkout, newest first, with a link to its page."""
        newest = reversed(self._world.checkouts.values())
        return render("index.html", checkouts=list(newest), now=self._world.now())

    async def show(self, request: Request) -> Response:
        """GET /pay/{checkout_id}."""
        return self._page(request, "pay.html")

    async def left(self, request: Request) -> Response:
        """GET /pay/{checkout_id}/left: the buyer walked away."""
        return self._page(request, "left.html")

    async def challenge(self, request: Request) -> Response:
        """/pay/{checkout_id}/challenge: the bank's page."""
        return self._page(request, "challenge.html")

    async def act(self, request: Request) -> Response:
        """POST /pay/{checkout_id}: what the buyer chose on the payment page."""
        choice = (await read_form(request)).get("choice", "")
        checkout = self._known(request)
        here = f"/pay/{request.path_params['checkout_id']}"
        if checkout and checkout.page_is_open(self._world.now()):
            if choice in _ENDINGS:
                self._world.pay(checkout, _ENDINGS[choice])
            elif choice in _FINISHES and checkout.under_way:
                self._world.finish(checkout, _FINISHES[choice])
        return RedirectResponse(f"{here}/left" if choice in {"leave", "start"} else here, 303)

    async def answer_challenge(self, request: Request) -> Response:
        """POST /pay/{checkout_id}/challenge/answer: the bank sends the buyer back to the shop."""
        choice = (await read_form(request)).get("choice", "")
        checkout = self._known(request)
        if checkout and checkout.under_way and choice in _FINISHES:
            self._world.finish(checkout, _FINISHES[choice])
        shop = shop_address(checkout) if checkout else None
        if not checkout or not shop:
            return RedirectResponse(f"/pay/{request.path_params['checkout_id']}", 303)
        return RedirectResponse(_with_id(shop, checkout.id), 303)

    def _page(self, request: Request, template: str) -> Response:
        checkout = self._known(request)
        if not checkout:
            return render("unknown.html", 404)
        now = self._world.now()
        facts: dict[str, Any] = {
            "checkout": checkout,
            "status": checkout.status(now).value,
            "open": checkout.page_is_open(now),
            "over": checkout.status(now) is CheckoutStatus.PAID,
            "shop": shop_address(checkout),
        }
        return render(template, **facts)

    def _known(self, request: Request) -> Checkout | None:
        return self._world.checkouts.get(request.path_params["checkout_id"])


def shop_address(checkout: Checkout) -> str | None:
    """The checkout's `redirect_url`, if it is a web address and so safe to link to."""
    address = checkout.redirect_url or ""
    return address if address.startswith(("http://", "https://")) else None


def _with_id(address: str, checkout_id: str) -> str:
    parts = urlsplit(address)
    query = [*parse_qsl(parts.query, keep_blank_values=True), ("checkout_id", checkout_id)]
    return urlunsplit(parts._replace(query=urlencode(query)))
