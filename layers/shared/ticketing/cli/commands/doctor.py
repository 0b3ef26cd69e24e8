"""`doctor`: looks at a stack from all sides and says in words what is missing. Changes nothing."""

import json
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from ticketing.adapters.aws.secrets import Secrets
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.adapters.dynamodb.retries import SDK_ERRORS
from ticketing.cli.commands import FAILED, OK
from ticketing.cli.commands.stack import Stack
from ticketing.errors import MissingSetting, TicketingError
from ticketing.observability import (
    AUDIT_HEARTBEAT,
    CONNECTIONS_SEEN,
    ERASE_HEARTBEAT,
    HEARTBEAT,
    RECONCILE_HEARTBEAT,
)
from ticketing.operators import diagnosis
from ticketing.operators.diagnosis import Finding, State, missing, unknown, well
from ticketing.tickets.qr import QrSigner

Check = Callable[[Stack, datetime], Iterable[Finding]]

NOT_READ = (*SDK_ERRORS, TicketingError)
LOCAL = "local"
QUEUES = ("VerifyDeadLetterQueue", "DeliveryDeadLetterQueue", "MailEventsDeadLetterQueue",
          "ScheduleDeadLetterQueue")  # fmt: skip
SCHEDULED = (
    "ScanOrdersFunction",
    "AuditOrdersFunction",
    "RefreshConnectionsFunction",
    "EraseBuyersFunction",
    "ReconcilePaymentsFunction",
)
FED = ("VerifyPaymentFunction", "DeliverTicketsFunction")
NIGHTLY = timedelta(hours=26)
HEARTBEATS = (
    ("scan_orders", HEARTBEAT, timedelta(minutes=15)),
    ("audit_orders", AUDIT_HEARTBEAT, NIGHTLY),
    ("refresh_connections", CONNECTIONS_SEEN, NIGHTLY),
    ("erase_buyers", ERASE_HEARTBEAT, NIGHTLY),
    ("reconcile_payments", RECONCILE_HEARTBEAT, NIGHTLY),
)
"""A log group, the metric that its function writes there at its end, and how often it should."""
ASK = "see docs/deploying.md, 'Once, after the first deployment'"
MARKS = {State.WELL: "ok ", State.MISSING: "!! ", State.UNKNOWN: "?? "}


def run(options: Namespace, stack: Stack) -> int:
    """Examine the stack; say what was found, and end with 1 unless all is well."""
    findings = list(examine(stack, datetime.now(UTC)))
    print(_json(findings) if options.json else _words(findings))
    return OK if all(found.state is State.WELL for found in findings) else FAILED


def examine(stack: Stack, now: datetime) -> Iterator[Finding]:
    """Yield what every check finds; one that cannot look does not keep the others from it."""
    for about, check in CHECKS.items():
        try:
            yield from check(stack, now)
        except NOT_READ as error:
            yield unknown(about, str(error))


def _deployment(stack: Stack, _: datetime) -> Iterator[Finding]:
    name = stack.setting("STACK_NAME")
    described = stack.session.client("cloudformation").describe_stacks(StackName=name)
    yield diagnosis.deployment(described["Stacks"][0]["StackStatus"])


def _secrets(stack: Stack, _: datetime) -> Iterator[Finding]:
    secrets = Secrets(stack.session.client("secretsmanager"))
    try:
        secrets.fields(stack.setting("SUMUP_SECRET_ID"), "client_id", "client_secret")
        yield well("SumUp secret", "is filled in")
    except MissingSetting as error:
        yield missing("SumUp secret", str(error), ASK)
    try:
        QrSigner.from_secret(secrets.text(stack.setting("QR_SECRET_ID")))
        yield well("signing key", "is usable")
    except MissingSetting as error:
        yield missing("signing key", str(error), "see docs/deploying.md, 'Update'")


def _account(stack: Stack, _: datetime) -> Iterator[Finding]:
    ses = stack.session.client("sesv2")
    account = ses.get_account()
    yield from diagnosis.sending(
        production=account.get("ProductionAccessEnabled", False),
        enabled=account.get("SendingEnabled", False),
        status=account.get("EnforcementStatus", ""),
    )


def _identity(stack: Stack, _: datetime) -> Iterator[Finding]:
    ses, identity = stack.session.client("sesv2"), _output(stack, "SenderIdentity")
    try:
        found = ses.get_email_identity(EmailIdentity=identity)
    except ses.exceptions.NotFoundException:
        yield diagnosis.sender(identity, verified=False)
        return
    yield diagnosis.sender(identity, verified=found.get("VerifiedForSendingStatus", False))


def _mail_events(stack: Stack, _: datetime) -> Iterator[Finding]:
    ses, name = stack.session.client("sesv2"), stack.setting("MAIL_CONFIGURATION_SET")
    try:
        told = ses.get_configuration_set_event_destinations(ConfigurationSetName=name)
    except ses.exceptions.NotFoundException:
        yield missing("mail events", f"there is no configuration set {name}", "deploy again")
        return
    destinations = [
        (
            destination.get("Enabled", False),
            destination.get("SnsDestination", {}).get("TopicArn", ""),
            frozenset(map(str, destination.get("MatchingEventTypes", []))),
        )
        for destination in told.get("EventDestinations", [])
    ]
    yield diagnosis.mail_events(destinations, _output(stack, "MailEventsTopicArn"))


def _organisers(stack: Stack, now: datetime) -> Iterator[Finding]:
    stack.bind("organisers_table")
    found = sorted(OrganiserTable().every(), key=lambda organiser: organiser.organiser_id)
    yield from diagnosis.connections(found, now)


def _events(stack: Stack, now: datetime) -> Iterator[Finding]:
    stack.bind("events_table", "ticket_types_table")
    events = EventTable()
    on_sale = {event: events.ticket_types(event.event_id) for event in events.on_sale(now)}
    yield from diagnosis.sale(on_sale)


def _schedules(stack: Stack, _: datetime) -> Iterator[Finding]:
    rules = stack.session.client("events")
    for function in SCHEDULED:
        named = rules.list_rule_names_by_target(TargetArn=_arn(stack, function))["RuleNames"]
        enabled = {
            name: rules.describe_rule(Name=name).get("State", "").startswith("ENABLED")
            for name in named
        }
        yield diagnosis.schedule(f"schedule of {function}", enabled)


def _triggers(stack: Stack, _: datetime) -> Iterator[Finding]:
    functions = stack.session.client("lambda")
    for function in FED:
        found = functions.list_event_source_mappings(FunctionName=_output(stack, function))
        states = [mapping.get("State", "") for mapping in found["EventSourceMappings"]]
        yield diagnosis.trigger(function, states)


def _heartbeats(stack: Stack, now: datetime) -> Iterator[Finding]:
    """Look for the metric itself in the log: it is there whatever `LogLevel` is."""
    logs, name = stack.session.client("logs"), stack.setting("STACK_NAME")
    for function, metric, within in HEARTBEATS:
        if within == NIGHTLY and _is_local(stack):
            continue
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/{name}/{function}",
            startTime=int((now - within).timestamp() * 1000),
            filterPattern=metric,
        )
        beats = [event["timestamp"] for page in pages for event in page["events"]]
        last = datetime.fromtimestamp(max(beats) / 1000, UTC) if beats else None
        yield diagnosis.heartbeat(function, last, within, now)


def _dead_letters(stack: Stack, _: datetime) -> Iterator[Finding]:
    sqs = stack.session.client("sqs")
    for queue in QUEUES:
        told = sqs.get_queue_attributes(
            QueueUrl=_output(stack, f"{queue}Url"), AttributeNames=["ApproximateNumberOfMessages"]
        )
        yield diagnosis.dead_letters(queue, int(told["Attributes"]["ApproximateNumberOfMessages"]))


def _alarms(stack: Stack, _: datetime) -> Iterator[Finding]:
    name = stack.setting("STACK_NAME")
    pages = stack.session.client("cloudwatch").get_paginator("describe_alarms")
    prefix = f"{name}-watch-"
    states = {
        alarm["AlarmName"].removeprefix(prefix): (alarm["StateValue"], alarm["ActionsEnabled"])
        for page in pages.paginate(AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm"])
        for alarm in page["MetricAlarms"]
    }
    yield from diagnosis.alarms(states)
    if topic := stack.outputs.get("AlarmsTopicArn"):
        listed = stack.session.client("sns").list_subscriptions_by_topic(TopicArn=topic)
        yield from diagnosis.subscriptions(
            {
                each["Endpoint"]: each["SubscriptionArn"].startswith("arn:")
                for each in listed["Subscriptions"]
            }
        )


def _site(stack: Stack, _: datetime) -> Iterator[Finding]:
    if not _is_local(stack):
        yield diagnosis.address(stack.setting("PUBLIC_URL"), _output(stack, "SiteUrl"))
        listed = stack.session.client("s3").list_objects_v2(
            Bucket=_output(stack, "SiteBucket"), Prefix="index.html", MaxKeys=1
        )
        if listed.get("KeyCount"):
            yield well("site", "its pages are uploaded")
        else:
            yield missing("site", "its pages are not uploaded", "make deploy-site ENV=prod")


CHECKS: dict[str, Check] = {
    "stack": _deployment,
    "secrets": _secrets,
    "SES account": _account,
    "SES identity": _identity,
    "mail events": _mail_events,
    "organisers": _organisers,
    "events": _events,
    "schedules": _schedules,
    "triggers": _triggers,
    "heartbeats": _heartbeats,
    "dead letters": _dead_letters,
    "alarms": _alarms,
    "site": _site,
}


def _is_local(stack: Stack) -> bool:
    return stack.setting("STAGE") == LOCAL


def _output(stack: Stack, name: str) -> str:
    if name not in stack.outputs:
        raise TicketingError(f"the stack has no output {name}; deploy this version of it")
    return stack.outputs[name]


def _arn(stack: Stack, function: str) -> str:
    found = stack.session.client("lambda").get_function_configuration(
        FunctionName=_output(stack, function)
    )
    return found["FunctionArn"]


def _words(findings: Iterable[Finding]) -> str:
    lines = []
    for found in findings:
        lines.append(f"{MARKS[found.state]}{found.about}: {found.words}")
        if found.advice:
            lines.append(f"     {found.advice}")
    wrong = sum(found.state is not State.WELL for found in findings)
    end = "\nAll is well." if not wrong else f"\n{wrong} of these need a person."
    return "\n".join([*lines, end])


def _json(findings: Iterable[Finding]) -> str:
    listed = [asdict(found) for found in findings]
    is_well = all(found.state is State.WELL for found in findings)
    return json.dumps({"well": is_well, "findings": listed}, indent=2, ensure_ascii=False)
