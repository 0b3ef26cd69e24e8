"""The doctor on a healthy stack, and on stacks that each lack one thing."""

# ruff: noqa: ANN401 - an answer of AWS may hold anything

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, cast

import boto3
import pytest
import time_machine

from tests.functions.conftest import connect_organiser
from tests.support.aws import ACCOUNT, REGION, STACK, World, client, resources
from tests.support.builders import NOW, an_order
from tests.support.stored import sell, store
from tests.support.watch import alarms
from ticketing.adapters.dynamodb.events import EventTable
from ticketing.adapters.dynamodb.kept_links import KeptLinks
from ticketing.adapters.dynamodb.models import EventRow, OrganiserRow, TicketTypeRow
from ticketing.cli import FAILED, OK, main
from ticketing.cli.commands.stack import Stack
from ticketing.cli.doctor import operation
from ticketing.orders.access import OrderAccess, master_keys
from ticketing.orders.order import OrderStatus
from ticketing.organisers.organiser import Connection
from ticketing.tickets.qr import QrSigner

FUNCTIONS = (*operation.SCHEDULED, *operation.FED)
ALARM = f"{STACK}-watch-scan-missing"
READS = ("Get", "List", "Describe", "Filter", "Query", "Scan", "BatchGet")


@dataclass(frozen=True)
class Found(Stack):
    """A stack whose functions have the settings of the template."""

    environment: dict[str, str] = field(default_factory=dict)

    def setting(self, name: str) -> str:
        return self.environment[name]


class Client:
    """A moto client, with our own responses where moto has none."""

    def __init__(self, real: Any, canned: dict[str, Any]) -> None:
        self._real, self._canned = real, canned

    def __getattr__(self, name: str) -> Any:
        if name in self._canned:
            answer = self._canned[name]
            return answer if callable(answer) else lambda **_: answer
        return getattr(self._real, name)


class Session(boto3.Session):
    def __init__(self, canned: dict[str, dict[str, Any]]) -> None:
        super().__init__(region_name=REGION)
        self._canned = canned

    def client(self, service: str, *_: Any, **__: Any) -> Any:  # type: ignore[override]
        return Client(client(service), self._canned.get(service, {}))


class Patient:
    """A complete stack, until a test removes something."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.outputs = {
            **{f"{name}Url": world.ref[name] for name in resources("AWS::SQS::Queue")},
            **{name: name for name in FUNCTIONS},
            **{name: world.ref[name] for name in resources("AWS::DynamoDB::Table")},
            "SenderIdentity": "example.com",
            "SiteUrl": "https://tickets.example.com",
            "SiteBucket": world.ref["SiteBucket"],
            "QrKeySecretArn": world.ref["QrKeySecret"],
            "DistributionId": "E123",
            "OriginSecretArn": world.ref["OriginSecret"],
            "MailEventsTopicArn": f"arn:aws:sns:{REGION}:{ACCOUNT}:{STACK}-mail-events",
        }
        self.environment = dict(world.environment) | {"STAGE": "prod"}
        self.canned: dict[str, dict[str, Any]] = {
            "secretsmanager": {"describe_secret": {"CreatedDate": NOW - timedelta(hours=1)}},
            "cloudformation": {"describe_stacks": {"Stacks": [{"StackStatus": "UPDATE_COMPLETE"}]}},
            "lambda": {
                "get_function_configuration": {
                    "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
                },
                "list_event_source_mappings": {"EventSourceMappings": [{"State": "Enabled"}]},
                "get_account_settings": {"AccountLimit": {"ConcurrentExecutions": 1000}},
            },
            "cloudfront": {
                "get_distribution_config": {
                    "DistributionConfig": {
                        "WebACLId": "",
                        "Origins": {"Items": [{"Id": "site"}, {"Id": "api"}]},
                    }
                },
            },
            "sesv2": {
                "get_account": {
                    "ProductionAccessEnabled": True,
                    "SendingEnabled": True,
                    "EnforcementStatus": "HEALTHY",
                },
                "get_email_identity": {"VerifiedForSendingStatus": True},
                "get_configuration_set_event_destinations": {
                    "EventDestinations": [
                        {
                            "Enabled": True,
                            "SnsDestination": {"TopicArn": self.outputs["MailEventsTopicArn"]},
                            "MatchingEventTypes": ["DELIVERY", "BOUNCE", "COMPLAINT",
                                "REJECT", "RENDERING_FAILURE", "DELIVERY_DELAY"],
                        }
                    ]
                },
            },
        }  # fmt: skip
        self._fill()

    def _fill(self) -> None:
        self.world.fill_in_the_application()
        self.send_key("our own key")
        sell(available=100)
        EventRow("5").update([EventRow.on_sale.set("yes")])
        EventTable().publish_keys("5", QrSigner.from_secret(self.signing).public_keys("5"))
        connect_organiser(self.world)
        client("events").put_rule(Name="scan", ScheduleExpression="rate(5 minutes)")
        client("events").put_targets(Rule="scan", Targets=[{"Id": "1", "Arn": self.function}])
        for function, metric, _ in operation.HEARTBEATS:
            self.log(function, metric)
        client("s3").put_object(Bucket=self.outputs["SiteBucket"], Key="index.html", Body=b"x")
        topic = client("sns").create_topic(Name=f"{STACK}-alarms")["TopicArn"]
        self.outputs["AlarmsTopicArn"] = topic
        client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="alerts@example.com")
        client("cloudwatch").put_metric_alarm(
            AlarmName=ALARM,
            ComparisonOperator="LessThanThreshold",
            EvaluationPeriods=1,
            MetricName="ScanHeartbeat",
            Namespace="JerseyEvents",
            Period=300,
            Statistic="Sum",
            Threshold=1,
        )

    @property
    def signing(self) -> str:
        return self.world.secret("QrKeySecret")

    @property
    def function(self) -> str:
        return cast("str", self.canned["lambda"]["get_function_configuration"]["FunctionArn"])

    @property
    def distribution(self) -> dict[str, Any]:
        found = self.canned["cloudfront"]["get_distribution_config"]["DistributionConfig"]
        return cast("dict[str, Any]", found)

    def send_key(self, sent: str, *accepted: str) -> None:
        """Let CloudFront send a key, and the API accept this one or others."""
        keys = dict(enumerate(accepted or (sent,)))
        client("secretsmanager").put_secret_value(
            SecretId=self.world.ref["OriginSecret"], SecretString=json.dumps(keys)
        )
        header = {"HeaderName": "X-Origin-Key", "HeaderValue": sent}
        self.distribution["Origins"]["Items"][1]["CustomHeaders"] = {"Items": [header]}

    def log(self, function: str, metric: str, ago: timedelta = timedelta(minutes=3)) -> None:
        """Write the log line with a metric that a function ends with."""
        group = {"logGroupName": f"/{STACK}/{function}"}
        for name in client("logs").describe_log_groups().get("logGroups", []):
            if name["logGroupName"] == group["logGroupName"]:
                client("logs").delete_log_group(**group)
        client("logs").create_log_group(**group)
        client("logs").create_log_stream(**group, logStreamName="s")
        at = int((NOW - ago).timestamp() * 1000)
        line = json.dumps({"service": STACK, metric: [1.0]})
        client("logs").put_log_events(
            **group, logStreamName="s", logEvents=[{"timestamp": at, "message": line}]
        )

    def examine(self, *arguments: str) -> int:
        stack = Found(Session(self.canned), self.outputs, self.environment)
        with time_machine.travel(NOW, tick=False):
            return main(["doctor", *arguments, "--stack", STACK], lambda _: stack)


@pytest.fixture
def patient(world: World) -> Patient:
    with time_machine.travel(NOW, tick=False):
        return Patient(world)


def test_a_healthy_stack_is_reported_as_healthy(
    patient: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    assert patient.examine() == OK

    told = capsys.readouterr().out.splitlines()
    assert told[-1] == "All is well."
    assert all(line.startswith("ok ") for line in told[:-2])
    assert "ok scan_orders: last succeeded 3 minutes ago" in told
    assert "ok event 5: on sale, 100 seats left" in told
    assert "ok alarm mail: goes to alerts@example.com" in told


def test_nothing_is_changed_and_no_secret_is_shown(
    patient: Patient, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.wire.forget()
    before = world.contents()

    patient.examine("--json")

    assert [c.operation for c in world.wire.calls if not c.operation.startswith(READS)] == []
    assert world.contents() == before
    told = capsys.readouterr().out
    assert "our-client" not in told
    assert "our own key" not in told
    assert "only for tests" not in told
    assert json.loads(told)["well"] is True


def _canned(service: str, operation: str, answer: Any) -> Callable[[Patient], object]:
    return lambda patient: patient.canned[service].update({operation: answer})


def _account(**changes: Any) -> Callable[[Patient], object]:
    return lambda patient: patient.canned["sesv2"]["get_account"].update(changes)


def _put_secret(name: str, text: str) -> Callable[[Patient], object]:
    return lambda patient: client("secretsmanager").put_secret_value(
        SecretId=patient.world.ref[name], SecretString=text
    )


def _rotated(secret: str) -> str:
    return json.dumps(
        {**json.loads(secret), "key_id": "B", "B": "another secret of forty letters!"}
    )


def _unconfirmed(patient: Patient) -> None:
    pending = {"Endpoint": "alerts@example.com", "SubscriptionArn": "PendingConfirmation"}
    patient.canned["sns"] = {"list_subscriptions_by_topic": {"Subscriptions": [pending]}}


def _raise_alarm(_: Patient) -> None:
    client("cloudwatch").set_alarm_state(AlarmName=ALARM, StateValue="ALARM", StateReason="test")


def _a_dead_letter(patient: Patient) -> None:
    client("sqs").send_message(QueueUrl=patient.world.ref["VerifyDeadLetterQueue"], MessageBody="x")


def _destination(**changes: Any) -> Callable[[Patient], object]:
    def change(patient: Patient) -> None:
        told = patient.canned["sesv2"]["get_configuration_set_event_destinations"]
        told["EventDestinations"][0].update(changes)

    return change


DAMAGES: dict[str, tuple[Callable[[Patient], object], str]] = {
    "an update that failed": (
        _canned("cloudformation", "describe_stacks",
                {"Stacks": [{"StackStatus": "UPDATE_ROLLBACK_COMPLETE"}]}),
        "!! stack: its last deployment did not succeed (UPDATE_ROLLBACK_COMPLETE)",
    ),
    "an update under way": (
        _canned("cloudformation", "describe_stacks",
                {"Stacks": [{"StackStatus": "UPDATE_IN_PROGRESS"}]}),
        "!! stack: is being changed (UPDATE_IN_PROGRESS)",
    ),
    "an empty SumUp secret": (_put_secret("SumUpSecret", "{}"), "!! SumUp secret: "),
    "a signing key that is none": (_put_secret("QrKeySecret", "x"), "!! signing key: "),
    "a key of order links that is none": (
        _put_secret("OrderLinkSecret", '{"key_id": "A"}'), "!! order links: ",
    ),
    "public keys of no event": (
        lambda _: EventRow("5").update([EventRow.public_keys.remove()]),
        "!! ticket keys: those of event 5 are not",
    ),
    "public keys from before a rotation": (
        lambda patient: _put_secret("QrKeySecret", _rotated(patient.signing))(patient),
        "!! ticket keys: those of event 5 are not",
    ),
    "an order from before links had a secret of their own": (
        lambda _: store(an_order(status=OrderStatus.COMPLETED, created_at=NOW - timedelta(days=1))),
        "!! earlier links: links in mails from before the update open nothing",
    ),
    "a CloudFront key that the API does not know": (
        lambda patient: patient.send_key("the new one", "the old one"),
        "!! CloudFront key: the API does not accept",
    ),
    "no CloudFront key": (
        lambda patient: patient.distribution["Origins"]["Items"][1].clear(),
        "!! CloudFront key: CloudFront sends none",
    ),
    "the concurrency of a new account": (
        _canned("lambda", "get_account_settings", {"AccountLimit": {"ConcurrentExecutions": 10}}),
        "!! Lambda concurrency: only 10 functions may run at once",
    ),
    "the sandbox": (_account(ProductionAccessEnabled=False), "!! SES account: is in the sandbox"),
    "sending paused": (_account(SendingEnabled=False), "!! SES account: does not send"),
    "probation": (_account(EnforcementStatus="PROBATION"), "!! SES account: does not send or"),
    "an unverified sender": (
        _canned("sesv2", "get_email_identity", {"VerifiedForSendingStatus": False}),
        "!! SES identity: example.com is not verified",
    ),
    "events switched off": (_destination(Enabled=False), "!! mail events: SES does not report"),
    "events for others": (
        _destination(SnsDestination={"TopicArn": "arn:other"}),
        "!! mail events: SES does not report",
    ),
    "no bounces told": (
        _destination(MatchingEventTypes=["DELIVERY"]),
        "!! mail events: SES does not report BOUNCE, COMPLAINT",
    ),
    "no organiser": (lambda _: OrganiserRow("jersey-live").delete(), "!! organisers: there are no"),
    "an organiser who must connect again": (
        lambda _: OrganiserRow("jersey-live").update(
            [OrganiserRow.connection.set(Connection.REAUTH)]
        ),
        "!! organiser jersey-live: reconnect.",
    ),
    "nothing on sale": (
        lambda _: EventRow("5").update([EventRow.on_sale.remove()]), "!! events: none is on sale",
    ),
    "an event without tickets": (
        lambda _: [row.delete() for row in TicketTypeRow.query("5")],
        "!! event 5: on sale without ticket types",
    ),
    "a disabled rule": (
        lambda _: client("events").disable_rule(Name="scan"),
        "!! schedule of ScanOrdersFunction: its rule is disabled",
    ),
    "no rule": (
        lambda _: client("events").remove_targets(Rule="scan", Ids=["1"]),
        "!! schedule of AuditOrdersFunction: no rule starts it",
    ),
    "a disabled trigger": (
        _canned("lambda", "list_event_source_mappings",
                {"EventSourceMappings": [{"State": "Disabled"}]}),
        "!! VerifyPaymentFunction: does not take messages from its queue (Disabled)",
    ),
    "no scan": (
        lambda patient: patient.log("scan_orders", "ScanHeartbeat", timedelta(minutes=16)),
        "!! scan_orders: has not succeeded within 15 minutes",
    ),
    "scans that do not come to their end": (
        lambda patient: patient.log("scan_orders", "failed"),
        "!! scan_orders: has not succeeded within 15 minutes",
    ),
    "no audit": (
        lambda patient: patient.log("audit_orders", "AuditHeartbeat", timedelta(hours=27)),
        "!! audit_orders: has not succeeded within 26 hours",
    ),
    "a dead letter": (_a_dead_letter, "!! VerifyDeadLetterQueue: holds 1 message"),
    "an unconfirmed subscription": (
        _unconfirmed, "!! alarm mail: alerts@example.com has not confirmed the subscription",
    ),
    "an alarm": (_raise_alarm, "!! alarm scan-missing: is raised"),
    "an alarm that is switched off": (
        lambda _: client("cloudwatch").disable_alarm_actions(AlarmNames=[ALARM]),
        "!! alarm scan-missing: notifies nobody",
    ),
    "no alarms": (
        lambda _: client("cloudwatch").delete_alarms(AlarmNames=[ALARM]),
        "!! alarms: there are none",
    ),
    "another address": (
        lambda patient: patient.environment.update(PUBLIC_URL="https://old.example.com"),
        "!! PublicUrl: links lead to https://old.example.com",
    ),
    "no pages": (
        lambda patient: client("s3").delete_object(
            Bucket=patient.outputs["SiteBucket"], Key="index.html"
        ),
        "!! site: its pages are not uploaded",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DAMAGES)
def test_missing_parts_are_named_with_advice(
    patient: Patient, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    damage, expected = DAMAGES[name]
    with time_machine.travel(NOW, tick=False):
        damage(patient)

    assert patient.examine() == FAILED

    told = capsys.readouterr().out.splitlines()
    (at,) = [number for number, line in enumerate(told) if line.startswith(expected)]
    assert told[at + 1].startswith("     "), "the advice"
    assert re.fullmatch(r"(1 of these needs|[0-9]+ of these need) a person\.", told[-1])
    assert not any(line.startswith("??") for line in told)


def test_links_that_are_kept_are_reported_as_well(
    patient: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    store(an_order(status=OrderStatus.COMPLETED, created_at=NOW - timedelta(days=1)))
    earlier = OrderAccess(*master_keys(patient.signing, "the QR secret"))
    KeptLinks().keep([(earlier.token("ORD-ABC123"), "ORD-ABC123")], NOW)

    assert patient.examine() == OK
    assert "ok earlier links: open their orders" in capsys.readouterr().out


def _in_the_sandbox(patient: Patient, *verified: str) -> None:
    patient.environment["STAGE"] = "dev"
    patient.canned["sesv2"]["get_account"]["ProductionAccessEnabled"] = False

    def identity(EmailIdentity: str) -> dict[str, bool]:  # noqa: N803 - as boto3 has it
        if EmailIdentity in ("example.com", *verified):
            return {"VerifiedForSendingStatus": True}
        raise client("sesv2").exceptions.NotFoundException({}, "GetEmailIdentity")

    patient.canned["sesv2"]["get_email_identity"] = identity


@pytest.mark.parametrize("identity", ["alerts@example.org", "example.org"])
def test_the_sandbox_is_enough_for_dev_once_the_alert_address_is_verified(
    patient: Patient, capsys: pytest.CaptureFixture[str], identity: str
) -> None:
    patient.environment["ALERT_ADDRESS"] = "alerts@example.org"
    _in_the_sandbox(patient, identity)

    assert patient.examine() == OK

    told = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok SES account: is in the sandbox") for line in told)
    assert "ok AlertAddress: alerts@example.org is verified" in told


def test_in_the_sandbox_the_addresses_to_verify_are_named(
    patient: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    patient.environment["ALERT_ADDRESS"] = "alerts@example.org"
    _in_the_sandbox(patient)

    assert patient.examine() == FAILED

    told = capsys.readouterr().out
    assert "!! AlertAddress: alerts@example.org is not verified: no alert reaches it" in told
    assert "create-email-identity --email-identity alerts@example.org" in told


def test_the_web_acl_is_named_but_not_asked_for(
    patient: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    assert patient.examine() == OK
    assert "ok web ACL: off" in capsys.readouterr().out

    arn = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/shop-firewall/473e64fd"
    patient.distribution["WebACLId"] = arn

    assert patient.examine() == OK
    assert "ok web ACL: on: shop-firewall" in capsys.readouterr().out


def test_a_key_that_is_no_longer_sent_is_mentioned(
    patient: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    patient.send_key("the new one", "the old one", "the new one")

    assert patient.examine() == OK

    assert "ok CloudFront key: is one of 2 that the API accepts; remove" in capsys.readouterr().out


UNREADABLE = {
    "GetSecretValue": ["secrets", "ticket keys", "earlier links"],
    "Scan": ["organisers"],
    "Query": ["events", "ticket keys", "earlier links"],
    "ListRuleNamesByTarget": ["schedules"],
    "FilterLogEvents": ["heartbeats"],
    "GetQueueAttributes": ["dead letters"],
    "DescribeAlarms": ["alarms"],
    "ListObjectsV2": ["site"],
}


@pytest.mark.parametrize("operation", UNREADABLE)
def test_unreadable_parts_are_reported_as_unknown(
    patient: Patient, capsys: pytest.CaptureFixture[str], operation: str
) -> None:
    patient.world.wire.refuse(operation, "AccessDeniedException", 99)

    assert patient.examine("--json") == FAILED

    told = json.loads(capsys.readouterr().out)
    states = {found["about"]: found["state"] for found in told["findings"]}
    unknown = {about for about, state in states.items() if state == "unknown"}
    assert unknown == set(UNREADABLE[operation])
    assert set(states.values()) == {"unknown", "well"}, "the others were looked at"
    assert told["well"] is False


def test_an_output_missing_from_an_older_stack_is_named(
    patient: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    del patient.outputs["SenderIdentity"]

    assert patient.examine() == FAILED

    assert "has no output SenderIdentity" in capsys.readouterr().out


def test_a_local_stack_needs_no_nightly_runs_or_pages(patient: Patient) -> None:
    patient.environment["STAGE"] = "local"
    nightly = ("audit_orders", "refresh_connections", "erase_buyers", "reconcile_payments")
    for function in (*nightly, "remind_buyers"):
        client("logs").delete_log_group(logGroupName=f"/{STACK}/{function}")

    assert patient.examine() == OK


def test_every_heartbeat_metric_has_an_alarm() -> None:
    """One name for both, so that the doctor and the alarm cannot disagree."""
    listened = {
        alarm["MetricName"]
        for alarm in alarms().values()
        if alarm["TreatMissingData"] == "breaching"
    }

    assert {metric for _, metric, _ in operation.HEARTBEATS} == listened
