"""An unexpected exception keeps its type, code and place, and loses its message."""

import traceback

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import PutError

from ticketing.adapters.aws.queues import name_in
from ticketing.errors import FunctionFailed, OrderChanged, TicketingError
from ticketing.failures import describe, redact

PRIVATE = "jane@example.com"


def refused() -> ClientError:
    answer = {"Error": {"Code": "ValidationException", "Message": f"Value '{PRIVATE}' is bad"}}
    return ClientError(answer, "PutItem")  # type: ignore[arg-type]  # as botocore makes it


def raised(error: Exception) -> Exception:
    try:
        raise error  # noqa: TRY301  # to be caught at once
    except Exception as caught:  # noqa: BLE001  # whichever it is
        return caught


def behind(error: Exception, cause: BaseException) -> Exception:
    try:
        raise error from cause  # noqa: TRY301  # to be caught at once
    except Exception as caught:  # noqa: BLE001  # whichever it is
        return caught


def test_an_aws_error_keeps_its_code() -> None:
    described = describe(raised(refused()))

    assert described.startswith("ClientError (ValidationException) at ")
    assert PRIVATE not in described


def test_the_code_is_found_in_the_cause() -> None:
    described = describe(behind(PutError(f"Failed to put {PRIVATE}"), refused()))

    assert described.startswith("PutError (ValidationException) at ")
    assert PRIVATE not in described


def test_the_location_is_the_last_frame_in_our_code() -> None:
    try:
        name_in(None, "order_number")  # type: ignore[arg-type]  # a mistake nobody made so far
    except Exception as error:  # noqa: BLE001  # whichever it is
        cause = error.__cause__
    assert cause is not None

    assert describe(cause).startswith("TypeError at aws/queues.py:")


def test_a_group_describes_each_of_its_members() -> None:
    group = ExceptionGroup("some failed", [KeyError(PRIVATE), OrderChanged("ORD-ABC123")])

    assert describe(group) == (
        "KeyError at no line; OrderChanged: order ORD-ABC123 changed while it was being settled"
    )


@pytest.mark.parametrize("error", [refused(), OrderChanged("ORD-ABC123")])
def test_a_redacted_error_has_no_chain_and_no_third_party_message(error: Exception) -> None:
    failure = redact(behind(error, ValueError(PRIVATE)))

    assert isinstance(failure, TicketingError)
    assert (failure.__cause__, failure.__context__, failure.__traceback__) == (None, None, None)
    assert PRIVATE not in "".join(traceback.format_exception(failure))


def test_our_own_errors_are_not_redacted() -> None:
    error = OrderChanged("ORD-ABC123")

    assert redact(error) is error
    assert isinstance(redact(raised(KeyError())), FunctionFailed)
