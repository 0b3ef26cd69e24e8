"""The shop on one origin, as CloudFront serves it: pages from `site/`, `/api/*` from the HTTP API.

It keeps no answer of the API, where CloudFront keeps public ones for seconds: what a test or a
person has just done is seen at once.

`python -m local.origin --port 8080 --aws-port 4566` runs until it is stopped.
"""

import argparse
import http.client
import signal
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from local import aws
from local.health_page import HealthPage
from local.places import LocalStackError, Ports
from local.site import (
    DOOR,
    IMPORTED,
    NOT_FOUND,
    SITE,
    cache_control,
    content_type,
    key_of,
    security_headers,
)
from local.sumup.server import HOST, build_server, listen

API_METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
# Limits of API Gateway: it answers for a slow function, and takes no larger body.
TIMEOUT_SECONDS = 30.0
LARGEST_BODY = 10 * 1024 * 1024
LOOK_UP_SECONDS = 10.0

# Of one connection, not of the message; the connection to the API has its own.
OF_THE_CONNECTION = {
    "connection",
    "content-length",
    "date",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-forwarded-for",
}
Headers = list[tuple[bytes, bytes]]
Health = Callable[[], tuple[int, str, bytes]]
"""Status, content type and body of the page of health."""


@dataclass(frozen=True)
class Answer:
    """An answer of the API."""

    status: int
    headers: Headers
    body: bytes


class Deployed:
    """The deployed stack: its HTTP API, the headers of its pages, and those that it adds.

    All are looked up now and then: a new stack has another API, an update other headers.
    """

    def __init__(self, at: Ports) -> None:
        self._at = at
        self._host = ""
        self._added: dict[str, str] = {}
        self._headers = _headers_by_folder({})
        self._until = 0.0
        self._lock = threading.Lock()

    def host(self) -> str:
        """Name the API as it is named in DNS on AWS; `LocalStackError` while there is none."""
        with self._lock:
            self._look_up()
            if not self._host:
                raise LocalStackError("the stack has no API yet")
            return self._host

    def headers(self, path: str = "/") -> dict[str, str]:
        """Return the headers of the answer for a path; the template's while no stack runs."""
        with self._lock, suppress(LocalStackError):
            self._look_up()
        return self._headers[path.startswith(DOOR)]

    def _look_up(self) -> None:
        if time.monotonic() <= self._until:
            return
        self._host = aws.outputs(self._at).get("ApiUrl", "").partition("://")[2]
        self._added = aws.origin_headers(self._at)
        self._headers = _headers_by_folder(aws.parameters(self._at))
        self._until = time.monotonic() + LOOK_UP_SECONDS

    def imported(self, name: str) -> Answer | None:
        """Return what an import put into the site's bucket; None if there is no such file."""
        bucket = aws.outputs(self._at).get("SiteBucket", "")
        try:
            found = aws.client("s3", self._at).get_object(Bucket=bucket, Key=name)
        except (BotoCoreError, ClientError):
            return None
        headers = {"Content-Type": found["ContentType"], "Cache-Control": found["CacheControl"]}
        return Answer(http.client.OK, _encoded(headers.items()), found["Body"].read())

    def ask(self, method: str, target: str, headers: Headers, body: bytes) -> Answer:
        """Ask with path, query and body just as they came."""
        host = self.host()
        connection = http.client.HTTPConnection(HOST, self._at.aws, timeout=TIMEOUT_SECONDS)
        try:
            connection.putrequest(method, target, skip_host=True, skip_accept_encoding=True)
            connection.putheader("Host", host)
            for name, value in self._with_added(headers):
                connection.putheader(name, value)
            if body or method in {"PUT", "PATCH", "POST"}:
                connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body or None)
            response = connection.getresponse()
            return Answer(response.status, _encoded(response.getheaders()), response.read())
        finally:
            connection.close()

    def _with_added(self, headers: Headers) -> Headers:
        """Put the distribution's headers in the place of equal ones, as CloudFront does."""
        kept = [(name, value) for name, value in headers if name.decode() not in self._added]
        return [*kept, *_encoded(self._added.items())]


def create_app(stack: Deployed, site: Path = SITE, health: Health | None = None) -> Starlette:
    """Make the server of the pages in `site` and of a stack's API.

    `health` is the page of health, which is not on the web: only this server has it.
    """
    pages = StaticFiles(directory=site, check_dir=False)

    async def page(request: Request) -> Response:
        name, ours = key_of(request.url.path), await _headers_for(request, stack)
        try:
            found = await pages.get_response(name, request.scope)
        except HTTPException:
            return _missing(site, ours)
        if found.status_code != http.client.NOT_MODIFIED:
            found.headers["Content-Type"] = content_type(name)
        found.headers["Cache-Control"] = cache_control(name)
        found.headers.update(ours)
        return found

    async def imported(request: Request) -> Response:
        ours = await _headers_for(request, stack)
        found = await run_in_threadpool(stack.imported, key_of(request.url.path))
        return _sent(found, request, ours) if found else _missing(site, ours)

    async def forward(request: Request) -> Response:
        body, ours = await request.body(), await _headers_for(request, stack)
        if len(body) > LARGEST_BODY:
            return _sent(Answer(413, [], b'{"message":"Request Entity Too Large"}'), request, ours)
        query = request.scope["query_string"]
        target = request.scope["raw_path"] + (b"?" + query if query else b"")
        try:
            answer = await run_in_threadpool(
                stack.ask, request.method, target.decode("latin-1"), _passed_on(request), body
            )
        except (LocalStackError, OSError, http.client.HTTPException):
            answer = Answer(503, [], b'{"message":"Service Unavailable"}')
        if answer.status == http.client.FORBIDDEN:
            return _missing(site, ours)  # as CustomErrorResponses in the template have it
        return _sent(answer, request, ours)

    async def show_health(_: Request) -> Response:
        status, kind, body = await run_in_threadpool(health)  # type: ignore[arg-type]  # there is a route for it only then
        fresh = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return Response(body, status, fresh, media_type=kind)

    own = [Route(path, show_health, methods=["GET"]) for path in ("/ops", "/ops/")]
    return Starlette(
        routes=[
            *(own if health else ()),
            Route("/api/{rest:path}", forward, methods=API_METHODS),
            *(Route(_route(begin), imported, methods=["GET"]) for begin in IMPORTED),
            Route("/{rest:path}", page, methods=["GET"]),
        ]
    )


async def _headers_for(request: Request, stack: Deployed) -> dict[str, str]:
    return await run_in_threadpool(stack.headers, request.url.path)


def _headers_by_folder(chosen: Mapping[str, str]) -> dict[bool, dict[str, str]]:
    """Return the headers within the door's folder, True, and those of all else."""
    return {True: security_headers(chosen, DOOR), False: security_headers(chosen)}


def _route(begin: str) -> str:
    return f"/{begin}{{rest:path}}" if begin.endswith("/") else f"/{begin}"


def _missing(site: Path, ours: dict[str, str]) -> Response:
    page = site / NOT_FOUND
    text = page.read_text() if page.exists() else "There is no such page."
    found = PlainTextResponse(text, http.client.NOT_FOUND, headers=ours)
    if page.exists():
        found.headers["Content-Type"] = content_type(NOT_FOUND)
    return found


def _passed_on(request: Request) -> Headers:
    kept = [(k, v) for k, v in request.headers.raw if k.decode() not in OF_THE_CONNECTION]
    came_by = [request.headers.get("X-Forwarded-For"), request.client and request.client.host]
    return [*kept, (b"x-forwarded-for", ", ".join(x for x in came_by if x).encode())]


def _sent(answer: Answer, request: Request, ours: dict[str, str]) -> Response:
    response = Response(answer.body, answer.status)
    replaced = OF_THE_CONNECTION | {name.lower() for name in ours}
    kept = [(k, v) for k, v in answer.headers if k.decode() not in replaced]
    if not any(name == b"content-type" for name, _ in kept) and answer.body:
        kept.append((b"content-type", b"application/json"))
    lengths = answer.headers if request.method == "HEAD" else response.raw_headers
    length = [(k, v) for k, v in lengths if k == b"content-length"]
    response.raw_headers = [*kept, *length, *_encoded(ours.items())]
    return response


def _encoded(headers: Iterable[tuple[str, str]]) -> Headers:
    return [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve on the loopback address until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="python -m local.origin", description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--aws-port", type=int, required=True)
    chosen = parser.parse_args(arguments)
    at = Ports(aws=chosen.aws_port, sumup=0, site=chosen.port)
    app = create_app(Deployed(at), health=HealthPage(at).content)
    # The server raises a signal again once it has stopped; stopping on request is not a failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
    with listen(chosen.port) as listener:
        build_server(app).run([listener])


if __name__ == "__main__":
    main()
