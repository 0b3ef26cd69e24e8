"""Every refusal of SumUp, each in the body shape of its endpoint.

Four shapes are in use: RFC 9457 problems, `error_code` + `message`, the `ErrorForbidden` body, and
OAuth's `error` + `error_description`. A client has to cope with all of them.
"""

import uuid

from local.sumup.exact_json import JsonObject

PROBLEMS = "https://developer.sumup.com/problem"
PLAIN, PROBLEM = "application/json", "application/problem+json"


class Refusal(Exception):
    """An answer other than the one asked for.

    Carries the HTTP `status`, the JSON `body` (an object or a list of objects) and `media_type`.
    """

    def __init__(
        self, status: int, body: JsonObject | list[JsonObject], media_type: str = PLAIN
    ) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body, self.media_type = status, body, media_type


def problem(status: int, kind: str, title: str, detail: str, **more: object) -> Refusal:
    """An RFC 9457 problem; `kind` is the last part of its type address."""
    body: JsonObject = {
        "type": f"{PROBLEMS}/{kind}",
        "title": title,
        "status": status,
        "detail": detail,
        "trace_id": uuid.uuid4().hex,
    }
    return Refusal(status, body | more, PROBLEM)


def error(status: int, code: str, message: str, **more: object) -> Refusal:
    """The `Error` shape of checkouts and transactions."""
    return Refusal(status, {"error_code": code, "message": message, **more})


def unauthorized() -> Refusal:
    """No usable access token. A gateway answers this one, as plain JSON in every endpoint."""
    refusal = problem(401, "unauthorized", "Unauthorized", "Unauthorized.")
    return Refusal(401, refusal.body)


def forbidden(message: str) -> Refusal:
    """The token lacks a scope, or the merchant a permission."""
    body = {"error_message": message, "error_code": "FORBIDDEN", "status_code": "403"}
    return Refusal(403, dict(body))


def missing(param: str) -> Refusal:
    """400: a required parameter is absent."""
    return error(400, "MISSING", "Validation error", param=param)


def invalid(*params: str) -> Refusal:
    """400: bad parameters. One comes as an object, several as a list of objects."""
    found: list[JsonObject] = [
        {"error_code": "INVALID", "message": "Validation error", "param": param} for param in params
    ]
    return Refusal(400, found if len(found) > 1 else found[0])


def not_found() -> Refusal:
    """404: it does not exist, or belongs to another merchant."""
    return error(404, "NOT_FOUND", "Resource not found")


def duplicated() -> Refusal:
    """409: this merchant already has a checkout with the reference."""
    message = "Checkout with this checkout reference and pay to email already exists"
    return error(409, "DUPLICATED_CHECKOUT", message)


def processed() -> Refusal:
    """409: the checkout is paid."""
    return error(409, "CHECKOUT_PROCESSED", "Checkout is already processed")


def in_progress() -> Refusal:
    """409: a payment is under way, so the checkout cannot be taken away."""
    message = "Checkout cannot be deactivated while a payment is in progress"
    return error(409, "CHECKOUT_CANT_BE_DEACTIVATED", message)


def session_expired() -> Refusal:
    """409: too late to pay. SumUp's own text is wrong; the type is right."""
    return problem(409, "session-expired", "Conflict", "The checkout session is already processed.")


def oauth(code: str, description: str, status: int = 400) -> Refusal:
    """A refusal of the token endpoint."""
    return Refusal(status, {"error": code, "error_description": description})
