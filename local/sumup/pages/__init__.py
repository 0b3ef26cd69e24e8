"""What people see: templates and stylesheets; only the card widget has scripts."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from local.sumup.merchants import as_text

_HERE = Path(__file__).parent
_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

_templates = Environment(
    loader=FileSystemLoader(_HERE),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_templates.filters["money"] = as_text


def render(template: str, status: int = 200, /, **facts: object) -> Response:
    """The page made of `template` and `facts`. A fact that is missing is an error."""
    return HTMLResponse(_templates.get_template(template).render(facts), status, _HEADERS)


def file(name: str, media_type: str) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint that gives a file of this folder."""

    async def give(_request: Request) -> Response:
        return Response((_HERE / name).read_bytes(), media_type=media_type)

    return give


ROUTES = [Route("/style.css", file("style.css", "text/css"))]
