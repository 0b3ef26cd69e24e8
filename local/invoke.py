"""Run a deployed function of the local stack once and show its answer and its log."""

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING

from local import aws
from local.logs import readable
from local.places import LocalStackError, Ports

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient


def invoke(function: str, event: Path | None, at: Ports) -> bool:
    """Invoke by logical id, such as ScanOrdersFunction, with an event file or an empty event.

    Prints log and answer; returns whether the function succeeded.
    """
    found = aws.outputs(at)
    functions = sorted(name for name in found if name.endswith("Function"))
    if function not in functions:
        raise LocalStackError(f"there is no {function}; choose one of {', '.join(functions)}")
    functions_api: LambdaClient = aws.client("lambda", at)
    answer = functions_api.invoke(
        FunctionName=found[function], Payload=read_event(event), LogType="Tail"
    )
    for line in base64.b64decode(answer.get("LogResult", "")).decode().splitlines():
        if text := readable(function.removesuffix("Function"), line):
            print(text)
    failed = answer.get("FunctionError")
    print(f"{'failed' if failed else 'answered'}: {answer['Payload'].read().decode()}")
    return not failed


def read_event(path: Path | None) -> bytes:
    """Read an event file as the bytes of a JSON document; no path is an empty event."""
    if path is None:
        return b"{}"
    try:
        return json.dumps(json.loads(path.read_text())).encode()
    except OSError as error:
        raise LocalStackError(f"cannot read the event {path}: {error.strerror}") from error
    except ValueError as error:
        raise LocalStackError(f"the event {path} is not JSON: {error}") from error
