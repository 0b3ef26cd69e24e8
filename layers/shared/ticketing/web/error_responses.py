"""How the API answers errors: with which status, and how much of the reason buyers may read."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError

from ticketing.adapters.dynamodb.retries import AWS_FAILURES
from ticketing.errors import (
    AddressFixed,
    BodyTooLarge,
    DoorNotFound,
    EventNotFound,
    InvalidBasket,
    LimitReached,
    MailUnwanted,
    MissingSetting,
    NotGivenUp,
    NothingToGiveBack,
    NotIssued,
    NotPayable,
    NotQueued,
    OrderChanged,
    OrderNotFound,
    PaymentProviderUnavailable,
    RequestReused,
    TicketBusy,
    TicketingError,
    TicketsMissing,
    TooManyAtOnce,
    UnknownOrganiser,
    UnreadableBody,
    UnreadableEvent,
    UnreadableOrder,
    WrongMediaType,
)
from ticketing.failures import describe
from ticketing.flows.checkout_api import SoldOut
from ticketing.language import Language, said
from ticketing.observability import AWS_TROUBLE, count, logger
from ticketing.sentence import Sentence, sentence
from ticketing.web import openapi, problems, request_body
from ticketing.web.buyer_language import asked_for

STATUS: dict[type[TicketingError], HTTPStatus] = {
    OrderNotFound: HTTPStatus.NOT_FOUND,
    EventNotFound: HTTPStatus.NOT_FOUND,
    DoorNotFound: HTTPStatus.NOT_FOUND,
    BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    WrongMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    RequestReused: HTTPStatus.UNPROCESSABLE_ENTITY,
    OrderChanged: HTTPStatus.CONFLICT,
    NotPayable: HTTPStatus.CONFLICT,
    NotGivenUp: HTTPStatus.CONFLICT,
    NothingToGiveBack: HTTPStatus.CONFLICT,
    AddressFixed: HTTPStatus.CONFLICT,
    NotIssued: HTTPStatus.CONFLICT,
    MailUnwanted: HTTPStatus.CONFLICT,
    LimitReached: HTTPStatus.TOO_MANY_REQUESTS,
    TooManyAtOnce: HTTPStatus.SERVICE_UNAVAILABLE,
    TicketBusy: HTTPStatus.SERVICE_UNAVAILABLE,
    PaymentProviderUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    UnreadableOrder: HTTPStatus.SERVICE_UNAVAILABLE,
    UnreadableEvent: HTTPStatus.SERVICE_UNAVAILABLE,
    TicketsMissing: HTTPStatus.SERVICE_UNAVAILABLE,
    UnknownOrganiser: HTTPStatus.SERVICE_UNAVAILABLE,
    MissingSetting: HTTPStatus.SERVICE_UNAVAILABLE,
    NotQueued: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The status of each of our errors; a subclass has the status of its nearest base."""

HIDDEN = {
    HTTPStatus.NOT_FOUND: sentence("there is nothing here"),
    HTTPStatus.SERVICE_UNAVAILABLE: sentence("this does not work right now; please try again soon"),
}
"""What buyers read when the reason is only for us."""

RETRY_LATER = {"Retry-After": str(openapi.RETRY_SECONDS)}


def add_to(app: APIGatewayHttpResolver) -> None:
    """Make an app answer its errors with the functions of this module."""
    app.exception_handler(RequestValidationError)(malformed)
    app.exception_handler(InvalidBasket)(refused)
    app.exception_handler(SoldOut)(sold_out)
    app.exception_handler(UnreadableBody)(unreadable)
    app.exception_handler(list(STATUS))(known)
    app.exception_handler(list(AWS_FAILURES))(not_served)


def with_body(
    event: Mapping[str, Any],
    answer: Callable[[dict[str, Any]], dict[str, Any]],
    largest: int = request_body.LARGEST,
) -> dict[str, Any]:
    """Read a request's body and answer the request; an unreadable body is answered with why."""
    if event["requestContext"]["http"]["method"] != "POST":
        return answer({**event})
    try:
        return answer(request_body.for_json(event, largest))
    except UnreadableBody as error:
        return as_dict(unreadable(error))
    except (BodyTooLarge, WrongMediaType) as error:
        return as_dict(known(error))


def as_dict(response: Response[str]) -> dict[str, Any]:
    """Return a response as API Gateway expects it; for those that Powertools does not make."""
    return {
        "statusCode": response.status_code,
        "headers": response.headers,
        "body": response.body,
    }


def malformed(error: RequestValidationError) -> Response[str]:
    fields = [(problems.field_name(e["loc"]), _said(problems.reason(e))) for e in error.errors()]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, sentence("some fields are not right"), fields)


def _said(reason: str) -> str:
    """Return a reason in the language of the request; pydantic only knows English."""
    if isinstance(reason, Sentence) or asked_for.get() is Language.ENGLISH:
        return reason
    return sentence("this is not right")


def refused(error: InvalidBasket) -> Response[str]:
    fields = [(error.field, error.reason)]
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, error.reason, fields)


def sold_out(error: SoldOut) -> Response[str]:
    return problem(HTTPStatus.CONFLICT, sentence("not enough tickets are left"), error.shortages)


def unreadable(error: UnreadableBody) -> Response[str]:
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), [("body", error.reason)])


def known(error: TicketingError) -> Response[str]:
    """Answer one of our errors with its status; an unknown order looks like a wrong token."""
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    headers = {}
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        logger.error("request not served", problem=str(error))
        headers = RETRY_LATER
    if isinstance(error, LimitReached):
        headers = {"Retry-After": str(error.wait_seconds)}
    hidden = None if isinstance(error, TooManyAtOnce) else HIDDEN.get(status)
    return problem(status, hidden or error.sentence, headers=headers)


def not_served(error: Exception) -> Response[str]:
    """Answer a failure of AWS. Every write is complete or not made, so a retry is safe."""
    count(AWS_TROUBLE)
    logger.error("AWS failed", problem=describe(error))
    status = HTTPStatus.SERVICE_UNAVAILABLE
    return problem(status, HIDDEN[status], headers=RETRY_LATER)


def not_found() -> Response[str]:
    return problem(HTTPStatus.NOT_FOUND, HIDDEN[HTTPStatus.NOT_FOUND])


def method_not_allowed(allowed: Sequence[str]) -> Response[str]:
    headers = {"Allow": ", ".join(allowed)}
    return problem(HTTPStatus.METHOD_NOT_ALLOWED, sentence("use another method"), headers=headers)


def problem(
    status: HTTPStatus,
    detail: str,
    fields: Sequence[tuple[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response[str]:
    """Answer an error in the language of the request."""
    language = asked_for.get()
    detail, fields = said(detail, language), [(name, said(why, language)) for name, why in fields]
    return Response(status, problems.PROBLEM, problems.problem(status, detail, fields), headers)
