"""The site beside an API whose answers a test writes down, on one origin with the real headers."""

import asyncio
import mimetypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image, ImageDraw
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ticketing.language import Language, said
from ticketing.sentence import Sentence, sentence
from ticketing.web.buyer_language import language_of

SITE = Path(__file__).resolve().parents[2] / "site"
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "x-content-type-options": "nosniff",
}
PAY_PAGE = (
    "<!doctype html><html lang=en><title>Pay</title><link rel=icon href=data:,><h1>Pay here</h1>"
)


@dataclass(frozen=True)
class Answer:
    body: Any
    status: int = 200
    seconds: float = 0
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A request that arrived at the API."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class FakeShop:
    """Answers are used up one by one; the last one of a route is given again and again."""

    url: str = ""
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=lambda: HEADERS)
    pages: dict[str, str] = field(default_factory=dict)
    """Pages that an import wrote beside the site's own, by their addresses."""

    @property
    def pay_url(self) -> str:
        """Where SumUp's page would be: another site."""
        return self.url.replace("127.0.0.1", "localhost") + "/pay"

    @property
    def bucket_url(self) -> str:
        """Where a file of the bucket would be: another site."""
        return self.url.replace("127.0.0.1", "localhost") + "/bucket"

    def answer(self, method: str, path: str, *bodies: Any, **how: Any) -> None:  # noqa: ANN401  # JSON
        given = [body if isinstance(body, Answer) else Answer(body, **how) for body in bodies]
        self.answers[f"{method} {path}"] = given

    def calls(self, method: str, path: str) -> list[Asked]:
        return [one for one in self.asked if (one.method, one.path) == (method, path)]

    def forget(self) -> None:
        self.answers.clear()
        self.asked.clear()
        self.pages.clear()
        self.headers = HEADERS

    async def api(self, request: Request) -> Response:
        method, path = request.method, request.url.path
        self.asked.append(Asked(method, path, dict(request.headers), await request.body()))
        waiting = self.answers.get(f"{method} {path}")
        if not waiting:
            return JSONResponse({"title": "Not found", "status": 404}, 404)
        answer = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        await asyncio.sleep(answer.seconds)
        if answer.status == HTTPStatus.FOUND:
            return RedirectResponse(answer.body, answer.status)
        kind = (
            "application/json"
            if answer.status < HTTPStatus.BAD_REQUEST
            else "application/problem+json"
        )
        body = _in_language(answer.body, language_of({"headers": request.headers}))
        return JSONResponse(body, answer.status, answer.headers, kind)

    async def page(self, request: Request) -> Response:
        own = self.pages.get(request.url.path)
        if own:
            return HTMLResponse(own, headers=self.headers)
        found, status = file_of(request.url.path)
        kind = mimetypes.guess_type(found.name)[0]
        return Response(found.read_bytes(), status, self.headers, kind)


def _in_language(body: Any, language: Language) -> Any:  # noqa: ANN401  # JSON
    """Say the API's own sentences as it would; names, dates and sums stay as they were written."""
    if isinstance(body, dict):
        return {name: _in_language(value, language) for name, value in body.items()}
    if isinstance(body, list):
        return [_in_language(value, language) for value in body]
    if isinstance(body, str):
        return said(body if isinstance(body, Sentence) else sentence(body), language)
    return body


def file_of(path: str) -> tuple[Path, int]:
    """The file behind an address, and the status it is served with."""
    found = (SITE / path.lstrip("/")).resolve()
    if found.is_dir():
        found /= "index.html"
    if found.is_file() and found.is_relative_to(SITE):
        return found, 200
    return SITE / "404.html", 404


async def _pay_page(_request: Request) -> Response:
    return HTMLResponse(PAY_PAGE)


async def _picture(request: Request) -> Response:
    """A picture in the size and of the type that its address names."""
    size, _, kind = request.path_params["name"].partition(".")
    width, height = map(int, size.split("x"))
    colours = ((22, 33, 62), (228, 87, 46))
    sky = Image.linear_gradient("L").resize((width, height))
    bands = [
        sky.point([a + (b - a) * level // 255 for level in range(256)])
        for a, b in zip(*colours, strict=True)
    ]
    drawn = Image.merge("RGB", bands)
    ImageDraw.Draw(drawn).ellipse(
        (width * 0.6, height * 0.5, width * 0.8, height * 0.86), "#ffd9a8"
    )
    file = BytesIO()
    drawn.save(file, kind)
    return Response(file.getvalue(), media_type=f"image/{kind}")


async def _file(_request: Request) -> Response:
    """A file of the bucket, which is another site and has it saved."""
    return Response(b"%PDF-", headers={"content-disposition": 'attachment; filename="A6.pdf"'})


@contextmanager
def serving(shop: FakeShop) -> Iterator[FakeShop]:
    methods = ["GET", "POST"]
    app = Starlette(
        routes=[
            Route("/api/{rest:path}", shop.api, methods=methods),
            Route("/pay", _pay_page),
            Route("/bucket", _file),
            Route("/pictures/{name}", _picture),
            Route("/{rest:path}", shop.page),
        ]
    )
    config = uvicorn.Config(app, port=0, log_level="error", ws="none", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            thread.join(0.02)
        shop.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        yield shop
    finally:
        server.should_exit = True
        thread.join()
