"""The API's own description as a judge of its answers."""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from ticketing.errors import RequestReused
from ticketing.language import Language, said
from ticketing.web.checkout_app import document
from ticketing.web.problems import PROBLEM

KEY_REUSED = {said(RequestReused.message, language) for language in Language}


def judge(method: str, path: str, answer: Mapping[str, Any]) -> None:
    """Fail for an answer that the description does not have, or has in another form."""
    status, headers = int(answer["statusCode"]), answer.get("headers", {})
    if status >= 400:
        judge_problem(status, headers, answer["body"])
    operation = _operation(method, path)
    if operation is None:
        assert status in {404, 405, 413, 415, 422}
        assert status != 405 or headers["Allow"]
        return
    if status == 404 and "404" not in operation["responses"]:
        raise AssertionError("an answer for another path")
    described = operation["responses"][str(status)]
    media_type = headers["Content-Type"].partition(";")[0]
    form = described["content"][media_type].get("schema", {})
    found = json.loads(answer["body"]) if media_type.endswith("json") else answer["body"]
    _validator(json.dumps(form)).validate(found)
    for name, header in described.get("headers", {}).items():
        assert headers.get(name) or not header.get("required"), name


def judge_problem(status: int, headers: Mapping[str, Any], body: str) -> None:
    """Every error has one form, says why, and where the request is to blame also where."""
    assert status not in {403, 500}
    assert headers["Content-Type"] == PROBLEM
    problem = json.loads(body)
    _validator('{"$ref": "#/components/schemas/Problem"}').validate(problem)
    assert problem["status"] == status
    assert problem["detail"]
    assert all(e["field"] and e["reason"] for e in problem["errors"])
    if status == 422:
        assert problem["errors"] or problem["detail"] in KEY_REUSED
    if status == 503:
        assert int(headers["Retry-After"]) > 0


def _operation(method: str, path: str) -> dict[str, Any] | None:
    for template, operations in document()["paths"].items():
        if re.fullmatch(re.sub(r"{\w+}", "[^/]+", template), path):
            found: dict[str, Any] | None = operations.get(method.lower())
            return found
    return None


@cache
def _validator(form: str) -> Draft202012Validator:
    checker = Draft202012Validator.FORMAT_CHECKER
    described = {**json.loads(form), "components": document()["components"]}
    return Draft202012Validator(described, format_checker=checker)
