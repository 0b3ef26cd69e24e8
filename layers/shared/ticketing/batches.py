"""A batch of SQS messages, handled concurrently.

Powertools can do this, too, but importing it brings along asyncio and all of AWS's event types: a
tenth of a cold start, for the few lines below.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from ticketing.concurrency import at_once
from ticketing.errors import NoMessages

Message: TypeAlias = Mapping[str, Any]
"""An SQS message, as Lambda passes it on: `messageId`, `body`, `messageAttributes`."""


class Failed(NamedTuple):
    """A message that goes back to its queue, and why."""

    message_id: str
    error: Exception


def handle_each(event: Mapping[str, Any], handle: Callable[[Message], object]) -> list[Failed]:
    """Handle the messages of an event in threads; return those that failed, in order.

    Raises `NoMessages` for an event without any.
    """
    messages = event.get("Records")
    if not messages:
        raise NoMessages
    errors = at_once(partial(error_of, handle), messages)
    return [
        Failed(message["messageId"], error)
        for message, error in zip(messages, errors, strict=True)
        if error is not None
    ]


def error_of(handle: Callable[[Message], object], message: Message) -> Exception | None:
    """Handle a message; return what that raised, so that other messages are not affected."""
    try:
        handle(message)
    except Exception as error:  # noqa: BLE001 - any failure gives the message back, and it alone
        return error
    return None


def partial_response(failed: Sequence[Failed]) -> dict[str, list[dict[str, str]]]:
    """Return the response that gives these messages, and no others, back to the queue."""
    return {"batchItemFailures": [{"itemIdentifier": one.message_id} for one in failed]}
