"""SumUp's own OpenAPI file as a judge of requests and answers.

`validate_response` and `validate_request` raise `OpenAPIError` on anything that the file does not
allow. Any test may call them: the simulator's answers and our own client's requests go through the
same two functions. The file is found through SUMUP_OPENAPI, or beside the repository; without it
the calling test is skipped, except on CI, where that is a failure.
"""

import functools
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from openapi_core import Config, OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.templating.media_types.exceptions import MediaTypeNotFound
from openapi_core.testing import MockRequest, MockResponse

from local.sumup.exact_json import encode

HOST = "https://api.sumup.com"
_BESIDE = Path("shared/sumup/openapi-2026-08-19.json")
_ROOT = Path(__file__).resolve().parents[3]
_PROBLEM = "application/problem+json"
_MEDIA_TYPES = ("application/json", _PROBLEM)

__all__ = ["HOST", "OpenAPIError", "documented", "validate_request", "validate_response"]


def validate_response(
    method: str, path: str, status: int, body: object, media_type: str | None = None
) -> None:
    """Check an answer: `body` is JSON text, bytes or the value; `path` has no host and no query.

    Without `media_type` the one that the file names for this status is taken.
    """
    problem: OpenAPIError | None = None
    for kind in (media_type,) if media_type else _MEDIA_TYPES:
        try:
            _api().validate_response(
                _request(method, path), MockResponse(_as_bytes(body), status, content_type=kind)
            )
        except OpenAPIError as error:
            problem = error
            if not isinstance(error.__cause__, MediaTypeNotFound):
                break
        else:
            return
    raise problem or OpenAPIError("no media type to check")


def validate_request(
    method: str, path: str, body: object = None, query: Mapping[str, Any] | None = None
) -> None:
    """Check a request: `body` is JSON text, bytes, the value, or None for no body."""
    data = _as_bytes(body) if body is not None else None
    _api().validate_request(_request(method, path, data, query))


def documented(method: str, template: str) -> set[int]:
    """The statuses that the file lists for an operation; `template` is its path in the file."""
    responses = _api().spec / "paths" / template / method.lower() / "responses"
    return {int(str(status)) for status in responses.str_keys()}


def _request(
    method: str,
    path: str,
    data: bytes | None = None,
    query: Mapping[str, Any] | None = None,
) -> MockRequest:
    return MockRequest(HOST, method, path, args=dict(query or {}), data=data)


def _as_bytes(body: object) -> bytes:
    if isinstance(body, bytes):
        return body
    return (body if isinstance(body, str) else encode(body)).encode()


def _find() -> Path | None:
    named = os.environ.get("SUMUP_OPENAPI")
    candidates = [Path(named)] if named else [_ROOT.parent / _BESIDE]
    return next((path for path in candidates if path.is_file()), None)


@functools.cache
def _load(path: Path) -> OpenAPI:
    described = json.loads(path.read_text("utf-8"))
    for methods in described["paths"].values():
        for operation in methods.values():
            # Who may ask is no part of the shape, and openapi-core cannot judge OAuth.
            if isinstance(operation, dict):
                operation.pop("security", None)
    config = Config(
        # The file itself is not checked: a schema in it carries `examples`, unknown to OpenAPI 3.0.
        spec_validator_cls=None,  # type: ignore[arg-type]  # documented so by openapi-core
        extra_media_type_deserializers={_PROBLEM: json.loads},
    )
    return OpenAPI.from_dict(described, config=config)


def _api() -> OpenAPI:
    path = _find()
    if path is None and os.environ.get("CI"):
        pytest.fail("SumUp's OpenAPI file is missing: set SUMUP_OPENAPI")
    if path is None:
        pytest.skip("SumUp's OpenAPI file is missing: set SUMUP_OPENAPI")
    return _load(path)
