"""Writes that AWS rejects, for now or for good, and the retries of those that may succeed later.

DynamoDB rejects a write while another one is under way on the same row, and when a row is written
too often. Nothing of such a write was applied, and the SDK does not retry it.
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
"""What the SDKs raise if AWS rejects a request, fails or does not answer."""

SDK_ERRORS: Final = (BotoCoreError, ClientError, PynamoDBException)
"""All that the SDKs raise, a missing row included."""

TRIES: Final = 8
PATIENCE_SECONDS: Final = 4.0
"""No try of a write begins later than that."""

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
"""The code of a request that is wrong, and the reason of a transaction that has a wrong row."""


def again(may_pass: Callable[[BaseException], bool] | None = None) -> Retrying:
    """Return the attempts of a write, limited in number and time.

    `may_pass` says which errors are worth another one; by default, only those of contention.
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
    """Change a row and return it as it is then, raw.

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
    """Return whether a write failed only because of other writes at the same time."""
    if isinstance(error, TransactWriteError) and error.cancellation_reasons:
        codes = {reason.code for reason in error.cancellation_reasons if reason}
        return bool(codes) and codes <= PASSING
    if isinstance(error, (PynamoDBConnectionError, TransactWriteError)):
        return code_of(error) in PASSING
    return False


def was_outrun(error: TransactWriteError) -> bool:
    """Return whether only conditions, or other transactions, stood in a transaction's way."""
    codes = {reason.code for reason in error.cancellation_reasons if reason}
    return bool(codes) and codes <= PASSING | {"ConditionalCheckFailed"}


def is_worth_repeating(error: BaseException) -> bool:
    """Return whether a write failed for any reason but its own: its condition, or its data."""
    if not isinstance(error, PynamoDBConnectionError):
        return False
    return not (condition_failed(error) or is_invalid(error))


def condition_failed(error: PynamoDBException) -> bool:
    """Return whether a row was not as a write expected it."""
    return code_of(error) == "ConditionalCheckFailedException"


def is_invalid(error: PynamoDBException) -> bool:
    """Return whether DynamoDB cannot hold what was written: a key or a row is too long."""
    reasons = getattr(error, "cancellation_reasons", None) or ()
    codes = {code_of(error), *(reason.code for reason in reasons if reason)}
    return not INVALID.isdisjoint(codes)


def was_cancelled(error: PynamoDBException) -> bool:
    """Return whether a transaction was cancelled, for any reason."""
    return code_of(error) == "TransactionCanceledException"


def code_of(error: PynamoDBException) -> str | None:
    """Return DynamoDB's code, None if it did not answer: there pynamodb's own property breaks."""
    cause = error.cause
    return str(cause.response["Error"]["Code"]) if isinstance(cause, ClientError) else None
