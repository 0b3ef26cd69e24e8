"""The functions' logs of the local stack, as a person reads them."""

import json
import time
from typing import TYPE_CHECKING

from local import aws
from local.places import STACK, Ports

if TYPE_CHECKING:
    from mypy_boto3_logs.client import CloudWatchLogsClient

POLL_SECONDS = 1.0
# Lambda's own lines around an invocation.
PLATFORM = ("START ", "END ", "REPORT ", "INIT_START ")
# Part of the line already, or the same on every line.
HIDDEN = frozenset(
    {
        "level",
        "message",
        "timestamp",
        "service",
        "location",
        "cold_start",
        "function_name",
        "function_arn",
        "function_memory_size",
        "function_request_id",
        "xray_trace_id",
        "exception",
    }
)


def follow(at: Ports) -> None:
    """Print what all functions logged so far and go on until interrupted."""
    aws.outputs(at)  # raises when nothing is running
    seen: set[str] = set()
    while True:
        for source, event_id, message in _events(at):
            if event_id not in seen:
                seen.add(event_id)
                if line := readable(source, message):
                    print(line, flush=True)
        time.sleep(POLL_SECONDS)


def readable(source: str, message: str) -> str | None:
    """Return a log line for a person, or None for a line that is not about the work.

    `source` is the function; structured lines become `time level source text key=value ...`.
    """
    message = message.strip()
    if not message or message.startswith(PLATFORM):
        return None
    try:
        entry = json.loads(message)
    except ValueError:
        entry = None
    if not isinstance(entry, dict):
        return f"{source:<16} {message}"
    if "_aws" in entry:
        return None  # a metric
    facts = [f"{key}={_short(value)}" for key, value in entry.items() if key not in HIDDEN]
    clock = str(entry.get("timestamp", ""))[11:19]
    head = f"{clock} {entry.get('level', ''):<7} {source:<16} {_short(entry.get('message', ''))}"
    line = " ".join([head, *facts])
    return f"{line}\n{entry['exception']}" if entry.get("exception") else line


def _short(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _events(at: Ports) -> list[tuple[str, str, str]]:
    logs: CloudWatchLogsClient = aws.client("logs", at)
    found = []
    for group in logs.describe_log_groups(logGroupNamePrefix=f"/{STACK}/")["logGroups"]:
        name = group["logGroupName"]
        for page in logs.get_paginator("filter_log_events").paginate(logGroupName=name):
            for number, event in enumerate(page["events"]):
                stamp = event.get("timestamp", 0)
                key = event.get("eventId") or f"{name}{stamp}{number}"
                found.append((stamp, name.rpartition("/")[2], key, event.get("message", "")))
    return [(source, key, message) for _, source, key, message in sorted(found)]
