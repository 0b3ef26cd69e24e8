"""One origin: pages as CloudFront serves them, and the API behind it, forwarded unchanged."""

import http.client
import json
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local import origin
from local.origin import API_METHODS, Deployed, create_app
from local.places import LocalStackError, Ports
from local.site import ASK_EACH_TIME, security_headers
from local.sumup.server import serving

NAME = "abcd1234.execute-api.127.0.0.1"
PAGES = {"index.html": "home", "404.html": "no such page", "orders/index.html": "your order"}


async def echo(request: Request) -> Response:
    """Answer what was asked; the last part of the path may ask for a status."""
    last = request.url.path.rpartition("/")[2]
    if last == "slow":
        time.sleep(0.5)  # noqa: ASYNC251 - the server behind has nobody else to serve
    asked = {
        "method": request.method,
        "target": request.scope["raw_path"].decode() + "?" + request.scope["query_string"].decode(),
        "headers": dict(request.headers),
        "body": (await request.body()).decode(),
    }
    answer = JSONResponse(asked, int(last) if last.isdecimal() else 200)
    answer.headers.append("Set-Cookie", "a=1")
    answer.headers.append("Set-Cookie", "b=2")
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    answer.headers["Cache-Control"] = "public, max-age=2"
    return answer


@pytest.fixture(scope="module")
def behind() -> Iterator[int]:
    """The port of something that stands for the local AWS."""
    with serving(Starlette(routes=[Route("/{path:path}", echo, methods=API_METHODS)])) as url:
        yield urlsplit(url).port or 0


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    for name, text in PAGES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def stack(outputs: dict[str, str], **parameters: str) -> SimpleNamespace:
    """What the local AWS tells about a stack."""
    return SimpleNamespace(
        outputs=lambda _: outputs,
        parameters=lambda _: parameters,
        origin_headers=lambda _: {"x-origin-key": "our own"},
    )


@pytest.fixture
def shop(behind: int, pages: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The port of the origin."""
    monkeypatch.setattr(origin, "aws", stack({"ApiUrl": f"http://{NAME}:{behind}"}))
    with serving(create_app(Deployed(Ports(aws=behind, sumup=0, site=0)), pages)) as url:
        yield urlsplit(url).port or 0


def ask(
    port: int, target: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    """Ask without a library that would tidy up the path."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.putrequest(method, target)
    for name, value in headers.items():
        connection.putheader(name.replace("_", "-"), value)
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    answer = connection.getresponse()
    said = answer.read()
    connection.close()
    return answer, said


@pytest.mark.parametrize(
    ("path", "text"),
    [("/", "home"), ("/orders/?n=ORD-1", "your order"), ("/orders", "your order")],
)
def test_pages_are_served(shop: int, path: str, text: str) -> None:
    answer, body = ask(shop, path)

    assert (answer.status, body.decode()) == (200, text)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Cache-Control"] == ASK_EACH_TIME


@pytest.mark.parametrize("path", ["/none", "/none.js", "/api", "/../template.yaml", "/%2e%2e/x.py"])
def test_an_unknown_path_gets_the_error_page(shop: int, path: str) -> None:
    answer, body = ask(shop, path)

    assert (answer.status, body) == (404, b"no such page")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"


def test_an_unchanged_page_is_not_sent_again(shop: int) -> None:
    etag = ask(shop, "/")[0].headers["ETag"]

    answer, body = ask(shop, "/", If_None_Match=etag)

    assert (answer.status, body) == (304, b"")


@pytest.mark.parametrize("path", ["/", "/none", "/api/events", "/api/404", "/api/403"])
def test_every_response_has_the_security_headers_once(shop: int, path: str) -> None:
    answer, _ = ask(shop, path)

    for name, value in security_headers().items():
        assert answer.headers.get_all(name) == [value]


def test_the_door_is_served_with_its_own_headers(shop: int) -> None:
    answer, _ = ask(shop, "/door/")

    for name, value in security_headers(path="/door/").items():
        assert answer.headers.get_all(name) == [value]
    assert "camera=(self)" in answer.headers["Permissions-Policy"]


@pytest.mark.parametrize(
    "target", ["/api/events?a=1&a=2&b=%2F%20+x&c=", "/api/a%2Fb//c%20d?", "/api/x?%"]
)
def test_path_and_query_are_forwarded_unchanged(shop: int, target: str) -> None:
    asked = json.loads(ask(shop, target)[1])

    assert asked["target"].removesuffix("?") == target.removesuffix("?")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_body_is_forwarded_unchanged(shop: int, method: str) -> None:
    body = '{"name": "Žofie"}'.encode()

    answer, said = ask(shop, "/api/orders", method, body, Content_Type="application/json")

    asked = json.loads(said)
    assert (answer.status, asked["method"]) == (200, method)
    assert asked["body"].encode() == body
    assert asked["headers"]["content-type"] == "application/json"


def test_the_api_receives_its_own_host_and_the_address_of_the_client(shop: int) -> None:
    answer, said = ask(shop, "/api/events", X_Order_Token="t", X_Forwarded_For="192.0.2.1")

    headers = json.loads(said)["headers"]
    assert headers["host"].startswith(NAME)
    assert headers["x-order-token"] == "t"
    assert headers["x-forwarded-for"] == "192.0.2.1, 127.0.0.1"
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize("status", [201, 302, 404, 409, 422, 429, 503])
def test_responses_of_the_api_are_returned_unchanged(shop: int, status: int) -> None:
    answer, said = ask(shop, f"/api/{status}")

    assert answer.status == status
    assert answer.headers["Cache-Control"] == "public, max-age=2"
    assert json.loads(said)["method"] == "GET"


def test_a_403_of_the_api_becomes_a_missing_page_as_on_aws(shop: int) -> None:
    answer, said = ask(shop, "/api/403")

    assert (answer.status, said) == (404, b"no such page")


def test_a_head_response_has_a_length_and_no_body(shop: int) -> None:
    answer, said = ask(shop, "/api/events", "HEAD")

    assert (answer.status, said) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0


def test_pages_are_read_only(shop: int) -> None:
    assert ask(shop, "/", "POST", b"")[0].status == 405


def test_a_body_beyond_the_limit_is_refused(shop: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origin, "LARGEST_BODY", 10)

    assert ask(shop, "/api/orders", "POST", b"x" * 11)[0].status == 413


def test_a_slow_function_times_out(shop: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origin, "TIMEOUT_SECONDS", 0.1)

    assert ask(shop, "/api/slow")[0].status == 503


def test_the_api_is_unavailable_without_a_stack(shop: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(origin, "aws", stack({}))

    answer, said = ask(shop, "/api/events")

    assert (answer.status, json.loads(said)) == (503, {"message": "Service Unavailable"})


def test_the_api_receives_the_key_of_the_distribution(shop: int) -> None:
    _, said = ask(shop, "/api/events")
    _, instead = ask(shop, "/api/events", X_Origin_Key="made up")

    assert json.loads(said)["headers"]["x-origin-key"] == "our own"
    assert json.loads(instead)["headers"]["x-origin-key"] == "our own"


def test_a_stack_update_changes_the_headers_of_pages_and_api(
    shop: int, behind: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(origin, "LOOK_UP_SECONDS", 0)
    chosen = {"PaymentForm": "widget", "SumUpGatewayUrl": "http://127.0.0.1:8788"}
    api = {"ApiUrl": f"http://{NAME}:{behind}"}
    assert "8788" not in ask(shop, "/")[0].headers["Content-Security-Policy"]

    monkeypatch.setattr(origin, "aws", stack(api, **chosen))
    assert "8788" in ask(shop, "/")[0].headers["Content-Security-Policy"]
    assert "8788" in ask(shop, "/api/events")[0].headers["Content-Security-Policy"]

    monkeypatch.setattr(origin, "aws", stack(api, PaymentForm="hosted"))
    assert "8788" not in ask(shop, "/")[0].headers["Content-Security-Policy"]


def test_pages_are_served_with_the_default_headers_without_a_stack(
    shop: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_: object) -> dict[str, str]:
        raise LocalStackError("the local stack is not running")

    monkeypatch.setattr(origin, "aws", SimpleNamespace(outputs=none, parameters=none))

    answer, body = ask(shop, "/")

    assert (answer.status, body) == (200, b"home")
    for name, value in security_headers().items():
        assert answer.headers[name] == value


class Bucket:
    """The site's bucket, with one picture and the page of one event."""

    FILES: ClassVar = {"pictures/0123-480.webp": b"RIFF", "e/summer-5/index.html": b"<h1>Summer"}

    def get_object(self, **asked: str) -> dict[str, Any]:
        assert asked["Bucket"] == "site"
        if asked["Key"] not in self.FILES:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        headers = {"ContentType": "x/y", "CacheControl": "public, max-age=60"}
        return headers | {"Body": BytesIO(self.FILES[asked["Key"]])}


@pytest.mark.parametrize(
    ("target", "status", "body"),
    [
        ("/pictures/0123-480.webp", 200, b"RIFF"),
        ("/e/summer-5/", 200, b"<h1>Summer"),
        ("/e/summer-5", 200, b"<h1>Summer"),
        ("/e/autumn-6/", 404, b"no such page"),
        ("/sitemap.xml", 404, b"no such page"),
    ],
)
def test_what_imports_wrote_comes_from_the_bucket(
    shop: int, monkeypatch: pytest.MonkeyPatch, target: str, status: int, body: bytes
) -> None:
    found = stack({"ApiUrl": "x", "SiteBucket": "site"})
    found.client = lambda _service, _at: Bucket()
    monkeypatch.setattr(origin, "aws", found)

    answer, content = ask(shop, target)

    assert (answer.status, content) == (status, body)
    assert answer.getheader("Content-Security-Policy")
    if status == http.client.OK:
        assert answer.getheader("Cache-Control") == "public, max-age=60"
