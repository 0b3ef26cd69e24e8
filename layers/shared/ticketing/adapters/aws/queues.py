"""The two queues: orders to verify, and mails to send.

A message is only a nomination: a lost, late or repeated one changes no outcome. It has a name and,
for the logs, the id of the request that it all began with.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from ticketing.errors import NotOurMessage
from ticketing.observability import current_correlation_id, logger

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

LONGEST_NAME = 500
HIDDEN_SECONDS = 600
"""How long a message that was taken is hidden: longer than an operator's run takes."""
CORRELATION = "correlation_id"
BATCH = 10
"""Messages in one SendMessageBatch: the most that SQS allows."""


class Queue:
    """A queue of messages with one field, e.g. `{"order_number": "ORD-ABC123"}`."""

    def __init__(self, client: "SQSClient", url: str, field: str) -> None:
        """Send to the queue at `url`, naming things by `field`."""
        self._client, self._url, self._field = client, url, field

    def send(
        self,
        names: Sequence[str],
        correlation_id: str | None = None,
        *,
        wait_seconds: float = 0,
    ) -> list[str]:
        """Send a message for each name; return the names that SQS may not have accepted.

        SQS delivers the messages after `wait_seconds`, at most 900. A failed call raises nothing,
        because the scan nominates the same names again. The messages have `correlation_id` or,
        without one, the id of the current request.
        """
        began_with = correlation_id or current_correlation_id()
        refused: list[str] = []
        for some in _tens(names):
            refused += self._send_batch(some, began_with, math.ceil(wait_seconds))
        return refused

    def _send_batch(
        self, names: Sequence[str], began_with: str | None, wait_seconds: int
    ) -> list[str]:
        entries = [self._entry(position, name, began_with) for position, name in enumerate(names)]
        for entry in entries if wait_seconds else ():
            entry["DelaySeconds"] = wait_seconds
        try:
            answer = self._client.send_message_batch(QueueUrl=self._url, Entries=entries)
        except (BotoCoreError, ClientError) as error:
            logger.warning("queue not reached", problem=str(error))
            return list(names)
        return [names[int(failed["Id"])] for failed in answer.get("Failed", [])]

    def _entry(
        self, position: int, name: str, began_with: str | None
    ) -> "SendMessageBatchRequestEntryTypeDef":
        entry: SendMessageBatchRequestEntryTypeDef = {
            "Id": str(position),
            "MessageBody": json.dumps({self._field: name}),
        }
        if began_with:
            entry["MessageAttributes"] = {
                CORRELATION: {"DataType": "String", "StringValue": began_with}
            }
        return entry


def correlation_in(message: Mapping[str, Any]) -> str | None:
    """Return the id of the request that a message from Lambda began with, if it has one."""
    attribute = (message.get("messageAttributes") or {}).get(CORRELATION) or {}
    text = attribute.get("stringValue")
    return text if isinstance(text, str) else None


@dataclass(frozen=True)
class Letter:
    """A message taken from a dead-letter queue; `receipt` is needed to delete it."""

    message_id: str
    receipt: str
    body: str
    correlation_id: str | None = None
    """The id of the request that it began with."""


class DeadLetters:
    """A dead-letter queue, for an operator who redrives its messages."""

    def __init__(self, client: "SQSClient", url: str) -> None:
        """Read the queue at `url`."""
        self._client, self._url = client, url

    def count(self) -> int:
        """Return approximately how many messages wait here."""
        asked = self._client.get_queue_attributes(
            QueueUrl=self._url, AttributeNames=["ApproximateNumberOfMessages"]
        )
        return int(asked["Attributes"]["ApproximateNumberOfMessages"])

    def take(self, limit: int) -> list[Letter]:
        """Take up to `limit` messages, and hide them from other readers for a while."""
        taken: dict[str, Letter] = {}
        while len(taken) < limit:
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=min(BATCH, limit - len(taken)),
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=1,
                MessageAttributeNames=[CORRELATION],
            )
            found = answer.get("Messages", [])
            if not found:
                break
            for m in found:
                correlation = m.get("MessageAttributes", {}).get(CORRELATION)
                taken[m["MessageId"]] = Letter(
                    m["MessageId"],
                    m["ReceiptHandle"],
                    m["Body"],
                    correlation.get("StringValue") if correlation else None,
                )
        return list(taken.values())

    def delete(self, letter: Letter) -> None:
        """Delete a message after it was redriven."""
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)

    def give_back(self, letter: Letter) -> None:
        """Make a message visible to other readers again."""
        self._client.change_message_visibility(
            QueueUrl=self._url, ReceiptHandle=letter.receipt, VisibilityTimeout=0
        )


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
