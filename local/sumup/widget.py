"""SumUp's card widget: a script for the shop's page, and the form it puts there in a frame.

The frame pays as the real one does, by the public process call. A bank that wants to ask the buyer
gets the whole window, so a checkout needs its `redirect_url`; challenges inside the frame, which
SumUp offers to checkouts without one, are not simulated.
"""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from local.sumup.api import reply
from local.sumup.cards import TEST_CARDS
from local.sumup.pages import file, render
from local.sumup.world import World

GATEWAY = "/gateway/ecom/card/v2"
FRAMED = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'"
)
"""What the form may do. It may be framed by anybody, and it sends nothing but by its script."""
_AUTHORISED = re.compile(r"http://(127\.0\.0\.1|localhost)(:\d+)?")


class Widget:
    """The gateway's addresses. SumUp asks for each shop's origin; here, all of this machine's."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """The script, what it asks for, and the form with its own script and looks."""
        return [
            Route(f"{GATEWAY}/sdk.js", file("widget_sdk.js", "text/javascript")),
            Route(f"{GATEWAY}/form.js", file("widget_form.js", "text/javascript")),
            Route(f"{GATEWAY}/form.css", file("widget.css", "text/css")),
            Route(f"{GATEWAY}/sessions/{{checkout_id}}", self.session, methods=["GET"]),
            Route(f"{GATEWAY}/form/{{checkout_id}}", self.form, methods=["GET"]),
        ]

    async def session(self, request: Request) -> Response:
        """Whether a checkout can be paid; asked by the shop's page, from the shop's origin."""
        answer = reply({"open": self._is_open(request)})
        origin = request.headers.get("origin", "")
        if _AUTHORISED.fullmatch(origin):
            answer.headers["access-control-allow-origin"] = origin
        answer.headers["vary"] = "origin"
        return answer

    async def form(self, request: Request) -> Response:
        """The form itself: `label` of its button, and the origin `shop` that gets its messages."""
        facts: dict[str, Any] = {
            "checkout_id": request.path_params["checkout_id"],
            "gateway": GATEWAY,
            "cards": TEST_CARDS,
            "label": request.query_params.get("label") or "Pay",
            "shop": request.query_params.get("shop", ""),
        }
        answer = render("widget.html", **facts)
        answer.headers["content-security-policy"] = FRAMED
        return answer

    def _is_open(self, request: Request) -> bool:
        checkout = self._world.checkouts.get(request.path_params["checkout_id"])
        return bool(checkout and checkout.page_is_open(self._world.now()))
