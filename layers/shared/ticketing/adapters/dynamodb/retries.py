"""Tell writes that AWS rejects for now from those it rejects for good, and retry the former.

DynamoDB rejects a write while another one to the same row is under way, and if a row is written to
too often. Such a write changed nothing, and the SDK does not retry it.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError
from pynamodb.exceptions import (
    PynamoDBConnectionError,
    PynamoDBException,
    TransactWriteError,
    UpdateError,
)
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.models import Model
from tenacity import (
    Retrying,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

AWS_FAILURES: Final = (BotoCoreError, ClientError, PynamoDBConnectionError, TransactWriteError)
"""What the SDKs raise if AWS rejects a request, fails, or does not answer."""

SDK_ERRORS: Final = (BotoCoreError, ClientError, PynamoDBException)
"""Everything that the SDKs raise, even for a missing row."""

TRIES: Final = 8
PATIENCE_SECONDS: Final = 4.0
"""No try begins later than this after the first one."""

PASSING: Final = frozenset(
    {
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingError",
        "ThrottlingException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
"""Error codes, and reasons of cancelled transactions, that a retry may get past."""

INVALID: Final = frozenset({"ValidationException", "ValidationError"})
"""The error code for an invalid request, and the reason of a transaction with an invalid row."""


def again(may_pass: Callable[[BaseException], bool] | None = None) -> Retrying:
    """Return the retrying of a write, limited in number and time.

    `may_pass` says which errors are worth another try; by default, only contention is.
    """
    return Retrying(
        retry=retry_if_exception(may_pass or is_passing),
        stop=stop_after_attempt(TRIES) | stop_before_delay(PATIENCE_SECONDS),
        wait=wait_random_exponential(multiplier=0.05, max=1),
        reraise=True,
    )


def update_if(row: Model, changes: Sequence[Action], condition: Condition) -> bool:
    """Change a row; return False, with nothing written, if the condition does not hold."""
    return changed_if(row, changes, condition) is not None


def changed_if(
    row: Model, changes: Sequence[Action], condition: Condition
) -> dict[str, Any] | None:
    """Change a row and return it as it is afterwards, raw.

    Returns None, with nothing written, if the condition does not hold.
    """
    try:
        written: dict[str, Any] = again()(row.update, actions=changes, condition=condition)
    except UpdateError as error:
        if condition_failed(error):
            return None
        raise
    return dict(written["Attributes"])


def is_passing(error: BaseException) -> bool:
    """Return whether a write failed only because of throttling or other writes at the time."""
    if isinstance(error, TransactWriteError) and error.cancellation_reasons:
        codes = {reason.code for reason in error.cancellation_reasons if reason}
        return bool(codes) and codes <= PASSING
    if isinstance(error, (PynamoDBConnectionError, TransactWriteError)):
        return code_of(error) in PASSING
    return False


def was_outrun(error: TransactWriteError) -> bool:
    """Return whether a transaction failed only because of conditions or contention."""
    codes = {reason.code for reason in error.cancellation_reasons if reason}
    return bool(codes) and codes <= PASSING | {"ConditionalCheckFailed"}


def is_worth_repeating(error: BaseException) -> bool:
    """Return whether a write failed for any reason other than its own condition or data."""
    if not isinstance(error, PynamoDBConnectionError):
        return False
    return not (condition_failed(error) or is_invalid(error))


def condition_failed(error: PynamoDBException) -> bool:
    """Return whether a row did not meet the condition of a write."""
    return code_of(error) == "ConditionalCheckFailedException"


def is_invalid(error: PynamoDBException) -> bool:
    """Return whether DynamoDB cannot store what was written, such as a row that is too long."""
    reasons = getattr(error, "cancellation_reasons", None) or ()
    codes = {code_of(error), *(reason.code for reason in reasons if reason)}
    return not INVALID.isdisjoint(codes)


def was_cancelled(error: PynamoDBException) -> bool:
    """Return whether a transaction was cancelled, for any reason."""
    return code_of(error) == "TransactionCanceledException"


def code_of(error: PynamoDBException) -> str | None:
    """Return DynamoDB's error code; None if it did not answer, where pynamodb's property breaks."""
    cause = error.cause
    return str(cause.response["Error"]["Code"]) if isinstance(cause, ClientError) else None
