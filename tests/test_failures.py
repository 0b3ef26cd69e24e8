"""What is told of a failure nobody foresaw: kind, code and place, and never its words."""

import traceback

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import PutError

from ticketing.adapters.aws.queues import name_in
from ticketing.errors import FunctionFailed, OrderChanged, TicketingError
from ticketing.failures import bare, in_words

PRIVATE = "jane@example.com"


def refused() -> ClientError:
    said = {"Error": {"Code": "ValidationException", "Message": f"Value '{PRIVATE}' is bad"}}
    return ClientError(said, "PutItem")  # type: ignore[arg-type]  # as botocore makes it


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


def test_an_error_of_aws_is_told_by_its_code() -> None:
    told = in_words(raised(refused()))

    assert told.startswith("ClientError (ValidationException) at ")
    assert PRIVATE not in told


def test_a_code_is_found_behind_the_error_that_hides_it() -> None:
    told = in_words(behind(PutError(f"Failed to put {PRIVATE}"), refused()))

    assert told.startswith("PutError (ValidationException) at ")
    assert PRIVATE not in told


def test_the_place_is_the_last_line_of_ours() -> None:
    try:
        name_in(None, "order_number")  # type: ignore[arg-type]  # a mistake nobody made so far
    except Exception as error:  # noqa: BLE001  # whichever it is
        cause = error.__cause__
    assert cause is not None

    assert in_words(cause).startswith("TypeError at aws/queues.py:")


def test_a_group_tells_of_each_of_its_members() -> None:
    group = ExceptionGroup("some failed", [KeyError(PRIVATE), OrderChanged("ORD-ABC123")])

    assert in_words(group) == (
        "KeyError at no line; OrderChanged: order ORD-ABC123 changed while it was being settled"
    )


@pytest.mark.parametrize("error", [refused(), OrderChanged("ORD-ABC123")])
def test_what_is_let_out_has_no_chain_and_no_words_of_others(error: Exception) -> None:
    failure = bare(behind(error, ValueError(PRIVATE)))

    assert isinstance(failure, TicketingError)
    assert (failure.__cause__, failure.__context__, failure.__traceback__) == (None, None, None)
    assert PRIVATE not in "".join(traceback.format_exception(failure))


def test_an_error_of_ours_stays_itself() -> None:
    error = OrderChanged("ORD-ABC123")

    assert bare(error) is error
    assert isinstance(bare(raised(KeyError())), FunctionFailed)
