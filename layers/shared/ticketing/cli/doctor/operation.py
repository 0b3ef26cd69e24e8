"""Check whether the functions are started and finish, and whether alarms reach a person."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from ticketing.cli.commands.stack import Stack
from ticketing.observability import (
    AUDIT_HEARTBEAT,
    CONNECTIONS_SEEN,
    ERASE_HEARTBEAT,
    HEARTBEAT,
    RECONCILE_HEARTBEAT,
    REMIND_HEARTBEAT,
)
from ticketing.operators import diagnosis
from ticketing.operators.diagnosis import Finding

QUEUES = ("VerifyDeadLetterQueue", "DeliveryDeadLetterQueue", "MailEventsDeadLetterQueue",
          "ScheduleDeadLetterQueue")  # fmt: skip
SCHEDULED = (
    "ScanOrdersFunction",
    "AuditOrdersFunction",
    "RefreshConnectionsFunction",
    "EraseBuyersFunction",
    "RemindBuyersFunction",
    "ReconcilePaymentsFunction",
)
FED = ("VerifyPaymentFunction", "DeliverTicketsFunction")
NIGHTLY = timedelta(hours=26)
HOURLY = timedelta(hours=3)
HEARTBEATS = (
    ("scan_orders", HEARTBEAT, timedelta(minutes=15)),
    ("audit_orders", AUDIT_HEARTBEAT, NIGHTLY),
    ("refresh_connections", CONNECTIONS_SEEN, NIGHTLY),
    ("erase_buyers", ERASE_HEARTBEAT, NIGHTLY),
    ("remind_buyers", REMIND_HEARTBEAT, HOURLY),
    ("reconcile_payments", RECONCILE_HEARTBEAT, NIGHTLY),
)
"""A log group, the metric that its function writes there at its end, and how often it should."""


def schedules(stack: Stack, _: datetime) -> Iterator[Finding]:
    rules = stack.session.client("events")
    for function in SCHEDULED:
        named = rules.list_rule_names_by_target(TargetArn=stack.arn_of(function))["RuleNames"]
        enabled = {
            name: rules.describe_rule(Name=name).get("State", "").startswith("ENABLED")
            for name in named
        }
        yield diagnosis.schedule(f"schedule of {function}", enabled)


def triggers(stack: Stack, _: datetime) -> Iterator[Finding]:
    functions = stack.session.client("lambda")
    for function in FED:
        found = functions.list_event_source_mappings(FunctionName=stack.output(function))
        states = [mapping.get("State", "") for mapping in found["EventSourceMappings"]]
        yield diagnosis.trigger(function, states)


def heartbeats(stack: Stack, now: datetime) -> Iterator[Finding]:
    """Find the metrics in the log, where they are whatever `LogLevel` is."""
    logs, name = stack.session.client("logs"), stack.setting("STACK_NAME")
    for function, metric, within in HEARTBEATS:
        if within >= HOURLY and stack.is_local:
            continue
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/{name}/{function}",
            startTime=int((now - within).timestamp() * 1000),
            filterPattern=metric,
        )
        beats = [event["timestamp"] for page in pages for event in page["events"]]
        last = datetime.fromtimestamp(max(beats) / 1000, UTC) if beats else None
        yield diagnosis.heartbeat(function, last, within, now)


def dead_letters(stack: Stack, _: datetime) -> Iterator[Finding]:
    sqs = stack.session.client("sqs")
    for queue in QUEUES:
        answer = sqs.get_queue_attributes(
            QueueUrl=stack.output(f"{queue}Url"), AttributeNames=["ApproximateNumberOfMessages"]
        )
        yield diagnosis.dead_letters(
            queue, int(answer["Attributes"]["ApproximateNumberOfMessages"])
        )


def alarm_states(stack: Stack) -> dict[str, tuple[str, bool]]:
    """Return the state of each alarm by its name, and whether its actions are enabled."""
    prefix = f"{stack.setting('STACK_NAME')}-watch-"
    pages = stack.session.client("cloudwatch").get_paginator("describe_alarms")
    return {
        alarm["AlarmName"].removeprefix(prefix): (alarm["StateValue"], alarm["ActionsEnabled"])
        for page in pages.paginate(AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm"])
        for alarm in page["MetricAlarms"]
    }


def alarms(stack: Stack, _: datetime) -> Iterator[Finding]:
    yield from diagnosis.alarms(alarm_states(stack), stack.setting("STAGE"))
    if topic := stack.outputs.get("AlarmsTopicArn"):
        listed = stack.session.client("sns").list_subscriptions_by_topic(TopicArn=topic)
        yield from diagnosis.subscriptions(
            {
                each["Endpoint"]: each["SubscriptionArn"].startswith("arn:")
                for each in listed["Subscriptions"]
            }
        )
