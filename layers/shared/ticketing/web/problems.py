"""The document of an error, as RFC 9457 defines it."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, Field

PROBLEM = "application/problem+json"


class ProblemField(BaseModel):
    """A field and what is wrong with it."""

    field: str
    reason: str


class Problem(BaseModel):
    """An error, as RFC 9457 defines it; `errors` names the fields of the request that are wrong."""

    type: str = "about:blank"
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    errors: list[ProblemField] = []


def problem(status: HTTPStatus, detail: str, fields: Sequence[tuple[str, str]] = ()) -> str:
    """Return an error document."""
    errors = [ProblemField(field=field, reason=reason) for field, reason in fields]
    document = Problem(title=status.phrase, status=status.value, detail=detail, errors=errors)
    return document.model_dump_json()


def reason(error: Mapping[str, Any]) -> str:
    """Return what is wrong: in the words of our own check, or else in those of pydantic."""
    found = error.get("ctx", {}).get("error")
    return found.args[0] if isinstance(found, ValueError) else str(error["msg"])


def field_name(where: Sequence[int | str]) -> str:
    """Return where a mistake is, without the part of the request: `lines.0.quantity`."""
    return ".".join(str(part) for part in where[1:]) or str(where[0])
