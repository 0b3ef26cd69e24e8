"""A batch of SQS messages, handled at the same time.

Powertools has batches too, but importing them brings asyncio and the events of all of AWS: a tenth
of a cold start, for the few lines below.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, TypeAlias

from ticketing.concurrency import at_once
from ticketing.errors import NoMessages

Message: TypeAlias = Mapping[str, Any]
"""A message of SQS, as Lambda hands it over: `messageId`, `body`, `messageAttributes`."""


class Failed(NamedTuple):
    """A message that goes back to its queue, and why."""

    message_id: str
    error: Exception


def handle_each(event: Mapping[str, Any], handle: Callable[[Message], object]) -> list[Failed]:
    """Handle the messages of an event in threads; return those that failed, in their order.

    Raises `NoMessages`.
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
    """Handle a message; return what it raised, which concerns no other message."""
    try:
        handle(message)
    except Exception as error:  # noqa: BLE001 - any failure gives the message back, and it alone
        return error
    return None


def partial_response(failed: Sequence[Failed]) -> dict[str, list[dict[str, str]]]:
    """Return Lambda's answer by which these messages go back, and no others."""
    return {"batchItemFailures": [{"itemIdentifier": one.message_id} for one in failed]}
