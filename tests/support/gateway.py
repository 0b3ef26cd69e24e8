"""API Gateway in front of a function, as a WSGI application: HTTP in, events of format 2.0 out."""

import base64
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from tests.functions.conftest import Context

Handler = Callable[[dict[str, Any], Context], dict[str, Any]]
TEXT = {"application/json", "application/xml", "application/javascript"}
"""With `text/*`, the types whose bodies API Gateway passes on as they are."""


def gateway(handler: Handler) -> Callable[[Mapping[str, Any], Any], Iterable[bytes]]:
    """Return the WSGI application that asks `handler`."""

    def application(environ: Mapping[str, Any], start_response: Any) -> Iterable[bytes]:  # noqa: ANN401  # as WSGI has it
        answer = handler(event_of(environ), Context())
        status = HTTPStatus(answer["statusCode"])
        headers = [(name, str(value)) for name, value in answer.get("headers", {}).items()]
        start_response(f"{status.value} {status.phrase}", headers)
        body = answer.get("body") or ""
        found = base64.b64decode(body) if answer.get("isBase64Encoded") else body.encode()
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [found]

    return application


def event_of(environ: Mapping[str, Any]) -> dict[str, Any]:
    """Return the event that API Gateway makes of a request."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    headers = dict(_headers(environ))
    cookies = headers.pop("cookie", "")
    method, path = environ["REQUEST_METHOD"], _path(environ)
    event = {
        "version": "2.0",
        "routeKey": "ANY /api/{proxy+}",
        "rawPath": path,
        "rawQueryString": environ.get("QUERY_STRING", ""),
        "headers": headers,
        "requestContext": {
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1"},
            "stage": "$default",
            "timeEpoch": 1780315500000,
        },
        **_body(environ["wsgi.input"].read(length), headers.get("content-type", "")),
    }
    if cookies:
        event["cookies"] = [part.strip() for part in cookies.split(";")]
    if query := _query(environ.get("QUERY_STRING", "")):
        event["queryStringParameters"] = query
    return event


def _path(environ: Mapping[str, Any]) -> str:
    """HTTP APIs hand the path over decoded, and only as far as a decoded `?`."""
    decoded = environ["PATH_INFO"].encode("latin-1").decode("utf-8", "replace")
    return str(decoded).partition("?")[0]


def _headers(environ: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """Yield the headers with lower-case names; equal ones arrive here joined by commas already."""
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            yield name[5:].replace("_", "-").lower(), value
        elif name in {"CONTENT_TYPE", "CONTENT_LENGTH"} and value:
            yield name.replace("_", "-").lower(), value


def _query(raw: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in parse_qsl(raw, keep_blank_values=True, errors="replace"):
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _body(sent: bytes, content_type: str) -> dict[str, Any]:
    if not sent:
        return {"isBase64Encoded": False}
    media_type = content_type.partition(";")[0].strip().lower()
    if media_type in TEXT or media_type.startswith("text/"):
        try:
            return {"body": sent.decode(), "isBase64Encoded": False}
        except UnicodeDecodeError:
            pass
    return {"body": base64.b64encode(sent).decode(), "isBase64Encoded": True}
