"""One worker of ours: `python -m benchmarks.peers.our_worker FUNCTION NAMES`.

Each call hands messages for the next ten names of the file to the function's own handler, as Lambda
does. The environment says which AWS it works on.
"""

import json
import os
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.peers.contest import serve

BATCH = 10
FIELDS = {"verify_payment": "order_number", "deliver_tickets": "mail_id"}


@dataclass(frozen=True)
class Context:
    """What the handlers need from Lambda."""

    function_name: str
    aws_request_id: str = "benchmark"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:eu-west-2:000000000000:function:benchmark"

    def get_remaining_time_in_millis(self) -> int:
        return 180_000


def main(function: str, names: list[str]) -> None:
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 - the logger's, until the process ends
    modules: Any = sys.modules
    modules.update(OpenSSL=None, awscrt=None)  # here for other tools, not on Lambda
    handler = import_module(f"functions.{function}.app").handler

    def handle(number: int) -> bytes:
        wanted, names[:] = names[:BATCH], names[BATCH:]
        if len(wanted) < BATCH:
            raise IndexError(f"no names are left for call {number}")
        answer = handler(
            {"Records": [_record(function, name) for name in wanted]}, Context(function)
        )
        if answer["batchItemFailures"]:
            raise RuntimeError(answer)
        return json.dumps(answer).encode()

    serve(handle)


def _record(function: str, name: str) -> dict[str, object]:
    body = json.dumps({FIELDS[function]: name})
    return {"messageId": name, "eventSource": "aws:sqs", "body": body, "messageAttributes": {}}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]).read_text().split())
