"""CloudWatch of the local AWS: it hears what AWS would hear, and judges alarms as AWS does.

ministack keeps metrics and alarms, but counts only functions that are invoked directly, and
judges an alarm by the newest values under its metric's name, whatever their dimensions, and never
by silence.
"""

import json
import os
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from http import HTTPStatus
from typing import Any

from ministack.core import responses
from ministack.services import apigateway, cloudwatch, cloudwatch_logs, lambda_svc, sqs

from local.alarms import Point, state

EVERY = 15.0
"""Seconds from one look at queues and alarms to the next."""
GAUGED_OVER = 300
"""Seconds of the period in which alarms look at a queue's age."""
MAILS = 20
"""How many of the newest mails the rates of bounces and complaints are reckoned from."""

_fates: deque[set[str]] = deque(maxlen=MAILS)


def watch() -> None:
    """Begin to listen and to judge.

    ALARM_PERIOD lets each period of an alarm last that many seconds: a rehearsal has no quarter of
    an hour. Queues then age as much faster.
    """
    _listen_to_logs()
    _count_runs()
    _count_failed_requests()
    cloudwatch._evaluate_alarm = lambda _alarm: None
    period = float(os.environ["ALARM_PERIOD"]) if os.environ.get("ALARM_PERIOD") else None
    threading.Thread(target=_judge_for_ever, args=(period,), daemon=True).start()


def note_mail(kinds: Iterable[str]) -> None:
    """Count what happened to a mail."""
    _fates.append(set(kinds))


def embedded(line: str) -> Iterator[tuple[str, str, dict[str, str], float]]:
    """Yield namespace, name, dimensions and value of each metric embedded in a line of a log."""
    if '"_aws"' not in line:
        return
    try:
        entry = json.loads(line)
    except ValueError:
        return
    for directive in entry["_aws"]["CloudWatchMetrics"]:
        for names in directive["Dimensions"]:
            dimensions = {name: entry[name] for name in names}
            for metric in directive["Metrics"]:
                found = entry[metric["Name"]]
                for value in found if isinstance(found, list) else [found]:
                    yield directive["Namespace"], metric["Name"], dimensions, float(value)


def _listen_to_logs() -> None:
    original = cloudwatch_logs._append_log_events

    def append(stream: Any, events: Any) -> None:
        original(stream, events)
        for event in events:
            for namespace, name, dimensions, value in embedded(event["message"]):
                cloudwatch.record_metric(namespace, name, value, "Count", dimensions)

    cloudwatch_logs._append_log_events = append


def _count_runs() -> None:
    original = lambda_svc._execute_function

    def execute(function: Any, event: Any) -> Any:
        result = original(function, event)
        named = {"FunctionName": function["config"]["FunctionName"]}
        for name, happened in (
            ("Invocations", True),
            ("Errors", result.get("error")),
            ("Throttles", result.get("throttle")),
        ):
            cloudwatch.record_metric("AWS/Lambda", name, bool(happened), "Count", named)
        return result

    lambda_svc._execute_function = execute
    lambda_svc._emit_lambda_metrics = lambda *_, **__: None


def _count_failed_requests() -> None:
    original = apigateway._invoke_lambda_proxy

    async def invoke(integration: Any, api_id: str, *request: Any, **keywords: Any) -> Any:
        answer = await original(integration, api_id, *request, **keywords)
        if answer[0] >= HTTPStatus.INTERNAL_SERVER_ERROR:
            cloudwatch.record_metric("AWS/ApiGateway", "5xx", 1, "Count", {"ApiId": api_id})
        return answer

    apigateway._invoke_lambda_proxy = invoke


def _judge_for_ever(period: float | None) -> None:
    responses.set_request_account_id(os.environ["AWS_ACCESS_KEY_ID"])
    responses.set_request_region(os.environ["AWS_DEFAULT_REGION"])
    since: dict[str, float] = {}
    every = min(EVERY, period / 3) if period else EVERY
    while True:
        time.sleep(every)
        now = time.time()
        _look_at_queues(now, GAUGED_OVER / period if period else 1)
        _look_at_mails()
        for alarm in cloudwatch._alarms.values():
            begun = since.setdefault(alarm["AlarmName"], now)
            points = list(_points(alarm))
            _settle(alarm, state(alarm, points, now, period or alarm["Period"], begun))


def _look_at_queues(now: float, faster: float) -> None:
    for queue in sqs._queues.values():
        named = {"QueueName": queue["name"]}
        waiting = [m for m in list(queue["messages"]) if m["visible_at"] <= now]
        oldest = max((now - m["sent_at"] for m in list(queue["messages"])), default=0.0)
        for name, value in (
            ("ApproximateNumberOfMessagesVisible", len(waiting)),
            ("ApproximateAgeOfOldestMessage", oldest * faster),
        ):
            cloudwatch.record_metric("AWS/SQS", name, value, "Count", named)


def _look_at_mails() -> None:
    newest = list(_fates)
    for name, kind in (("BounceRate", "BOUNCE"), ("ComplaintRate", "COMPLAINT")):
        if newest:
            rate = sum(kind in fate for fate in newest) / len(newest)
            cloudwatch.record_metric("AWS/SES", f"Reputation.{name}", rate)


def _points(alarm: Any) -> Iterator[Point]:
    """Yield the values of an alarm's metric; without dimensions, of all together."""
    wanted = cloudwatch._dims_key(cloudwatch._dims_from_list(alarm.get("Dimensions") or []))
    for (namespace, name, dimensions), points in cloudwatch._metrics.items():
        if (namespace, name) != (alarm["Namespace"], alarm["MetricName"]):
            continue
        if dimensions == wanted or not wanted:
            yield from (Point(point["Timestamp"], point["Value"]) for point in list(points))


def _settle(alarm: Any, new: str | None) -> None:
    old = alarm["StateValue"]
    if new in {None, old}:
        return
    reason = f"{alarm['MetricName']} made it {new}"
    alarm["StateValue"], alarm["StateReason"] = new, reason
    alarm["StateUpdatedTimestamp"] = int(time.time())
    cloudwatch._record_history(alarm["AlarmName"], old, new, reason)
    cloudwatch._dispatch_alarm_actions(alarm, old, new, reason)
