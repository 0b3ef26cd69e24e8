"""The two queues: ask for an order to be verified, ask for a mail to be sent.

A message is only a nomination. One that is lost, late or doubled changes nothing but the moment.
Beside the name it carries the id of the request it began with, for the logs alone.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from ticketing.errors import NotOurMessage
from ticketing.observability import logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

LONGEST_NAME = 500
CORRELATION = "correlation_id"
BATCH = 10
"""Messages in one SendMessageBatch: SQS allows no more."""


class Queue:
    """A queue of messages with one field, e.g. `{"order_number": "ORD-ABC123"}`."""

    def __init__(self, client: "SQSClient", url: str, field: str) -> None:
        """Send to the queue at `url`, naming things by `field`."""
        self._client, self._url, self._field = client, url, field

    def send(self, names: Sequence[str]) -> list[str]:
        """Send a message per name, ten in a call; return the names SQS did not surely take.

        A failed call is an answer too: whoever asked finds its work again in its table.
        """
        refused: list[str] = []
        for some in _tens(names):
            refused += self._send_batch(some)
        return refused

    def _send_batch(self, names: Sequence[str]) -> list[str]:
        entries = [self._entry(position, name) for position, name in enumerate(names)]
        try:
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
        except (BotoCoreError, ClientError) as error:
            logger.warning("queue not reached", problem=str(error))
            return list(names)
        return [names[int(failed["Id"])] for failed in answer.get("Failed", [])]

    def _entry(self, position: int, name: str) -> "SendMessageBatchRequestEntryTypeDef":
        entry: SendMessageBatchRequestEntryTypeDef = {
            "Id": str(position),
            "MessageBody": json.dumps({self._field: name}),
        }
        if began_with := logger.get_correlation_id():
            entry["MessageAttributes"] = {
                CORRELATION: {"DataType": "String", "StringValue": began_with}
            }
        return entry


def correlation_in(message: Mapping[str, Any]) -> str | None:
    """Return the id of the request that a message Lambda hands over began with, if it has one."""
    told = (message.get("messageAttributes") or {}).get(CORRELATION) or {}
    text = told.get("stringValue")
    return text if isinstance(text, str) else None


def name_in(body: str, field: str) -> str:
    """Return the name in a message of ours; raises `NotOurMessage` for anything else."""
    try:
        name = json.loads(body)[field]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise NotOurMessage(field) from error
    if not isinstance(name, str) or not name or len(name) > LONGEST_NAME:
        raise NotOurMessage(field)
    return name


def _tens(names: Sequence[str]) -> Iterator[Sequence[str]]:
    return (names[start : start + BATCH] for start in range(0, len(names), BATCH))
