"""Alarms and dashboard: each alarm can fire, notifies, and links to its runbook."""

import json
import re

import pytest

from tests.rehearsal import walkthrough
from tests.support.aws import WATCH, resources, template
from tests.support.runbooks import sections
from tests.support.watch import OURS, Watched, alarms, dashboard, handed_in, of_alarm, of_dashboard

HOUR, DAY = 3600, 86_400
AWS_METRICS: dict[tuple[str, str], tuple[str, str]] = {
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): ("QueueName", "AWS::SQS::Queue"),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): ("QueueName", "AWS::SQS::Queue"),
    ("AWS/Lambda", "Errors"): ("FunctionName", "AWS::Serverless::Function"),
    ("AWS/Lambda", "Throttles"): ("", ""),
    ("AWS/Lambda", "Duration"): ("FunctionName", "AWS::Serverless::Function"),
    ("AWS/ApiGateway", "5xx"): ("ApiId", "AWS::ApiGatewayV2::Api"),
    ("AWS/ApiGateway", "Latency"): ("ApiId", "AWS::ApiGatewayV2::Api"),
    ("AWS/SES", "Reputation.BounceRate"): ("", ""),
    ("AWS/SES", "Reputation.ComplaintRate"): ("", ""),
}
"""Metrics of AWS itself, as its documentation names them: their dimension, and what it names."""
HEARTBEATS = {
    "ScanMissingAlarm",
    "AuditMissingAlarm",
    "ConnectionsUnseenAlarm",
    "ErasingMissingAlarm",
    "RemindersMissingAlarm",
    "ReconciliationMissingAlarm",
}

each_alarm = pytest.mark.parametrize("name", alarms())


def section_of(name: str) -> str:
    """Return `no-scan` for `NoScanAlarm`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name.removesuffix("Alarm")).lower()


@each_alarm
def test_an_alarm_is_named_after_its_section(name: str) -> None:
    section = section_of(name)
    text, _, link = alarms()[name]["AlarmDescription"].rpartition(" See ")

    assert alarms()[name]["AlarmName"] == {"Sub": f"${{StackName}}-watch-{section}"}
    assert link in sections()
    assert link.endswith(f".md#{section}")
    assert text.endswith((".", "?"))


@each_alarm
def test_an_alarm_describes_the_problem_and_the_first_step(name: str) -> None:
    words = alarms()[name]["AlarmDescription"]

    assert " First " in words
    assert len(words) < 1024


@each_alarm
def test_an_alarm_notifies_when_it_starts_and_when_it_ends(name: str) -> None:
    topic = [{"Ref": "AlarmsTopic"}]

    assert alarms()[name]["AlarmActions"] == alarms()[name]["OKActions"] == topic
    assert "Condition" not in template(WATCH)["Resources"][name]


@each_alarm
def test_cloudwatch_accepts_the_alarm(name: str) -> None:
    """It looks back a week at most, and a day where a period is less than an hour."""
    alarm = alarms()[name]
    period, many = alarm["Period"], alarm["EvaluationPeriods"]

    assert period % 60 == 0
    assert period * many <= (DAY if period < HOUR else 7 * DAY)
    assert alarm.get("DatapointsToAlarm", many) <= many


def test_missing_data_is_breaching_for_heartbeats() -> None:
    breaching = {n for n, alarm in alarms().items() if alarm["TreatMissingData"] == "breaching"}

    assert breaching == HEARTBEATS
    longest = {n: alarms()[n]["Period"] * alarms()[n]["EvaluationPeriods"] for n in HEARTBEATS}
    assert longest == {
        "ScanMissingAlarm": 15 * 60,
        "AuditMissingAlarm": 26 * HOUR,
        "ConnectionsUnseenAlarm": 26 * HOUR,
        "ErasingMissingAlarm": 26 * HOUR,
        "RemindersMissingAlarm": 6 * HOUR,
        "ReconciliationMissingAlarm": 26 * HOUR,
    }


def test_the_scan_runs_more_often_than_its_heartbeat_is_checked() -> None:
    assert template()["Parameters"]["ScanSchedule"]["Default"] == "rate(5 minutes)"
    scan = alarms()["ScanMissingAlarm"]
    assert scan["Period"] * scan["EvaluationPeriods"] >= 3 * 5 * 60


def test_every_dead_letter_queue_has_an_alarm_on_its_first_message() -> None:
    queues = {name for name in resources("AWS::SQS::Queue") if name.endswith("DeadLetterQueue")}
    told = {
        dimensions[0][1].removesuffix(".QueueName"): alarm["Threshold"]
        for alarm in alarms().values()
        for _, metric, dimensions in [of_alarm(alarm)]
        if metric == "ApproximateNumberOfMessagesVisible"
    }

    assert told == dict.fromkeys(queues, 1)


def of_aws() -> list[Watched]:
    """Return what is watched of AWS; tests/functions/test_watch.py sees our own emitted."""
    watched = {*map(of_alarm, alarms().values()), *of_dashboard()}
    return sorted(metric for metric in watched if metric[0] != OURS)


@pytest.mark.parametrize("metric", of_aws())
def test_every_aws_metric_exists(metric: Watched) -> None:
    namespace, name, dimensions = metric
    dimension, kind = AWS_METRICS[namespace, name]
    if not dimension:
        assert dimensions == ()
        return
    ((given, value),) = dimensions
    assert given == dimension
    assert value.removesuffix(".QueueName") in resources(kind)


def test_each_alarm_is_rehearsed_once() -> None:
    rehearsed = [
        alarm
        for part in walkthrough.sections(walkthrough.PAGE.read_text())
        for alarm in part.alarms
    ]

    assert sorted(rehearsed) == sorted(section_of(name) for name in alarms())


# ---------------------------------------------------------------------- the nested stack


def test_alarms_and_dashboard_are_deployed_according_to_the_watch_parameter() -> None:
    root, nested = template(), template(WATCH)
    everything, nothing = (
        {"Equals": [{"Ref": "Watch"}, wanted]} for wanted in ("everything", "nothing")
    )

    assert not resources("AWS::CloudWatch::Alarm") | resources("AWS::CloudWatch::Dashboard")
    assert root["Resources"]["WatchStack"]["Properties"]["TemplateURL"] == WATCH.name
    assert root["Resources"]["WatchStack"]["Condition"] == "HasAlarms"
    assert root["Conditions"]["HasAlarms"] == {"Not": [nothing]}
    assert nested["Resources"]["Dashboard"]["Condition"] == "HasDashboard"
    assert nested["Conditions"]["HasDashboard"] == everything


def test_the_nested_stack_receives_every_parameter_under_its_own_name() -> None:
    given = {name: value.get("Ref") or value["GetAtt"] for name, value in handed_in().items()}

    assert given.keys() == template(WATCH)["Parameters"].keys()
    assert given.pop("StackName") == "AWS::StackName"
    assert all(value.removesuffix(".QueueName") == name for name, value in given.items())


def test_every_parameter_of_the_nested_stack_is_described() -> None:
    for name, parameter in template(WATCH)["Parameters"].items():
        assert parameter["Description"].endswith("."), name


def test_the_nested_stack_does_not_use_its_own_name() -> None:
    """CloudFormation generates it, so no metric carries it and no person would recognise it."""
    assert "AWS::StackName" not in json.dumps(template(WATCH))


def test_names_do_not_clash_when_an_update_moves_alarms_into_the_nested_stack() -> None:
    """The update creates the new ones first and then deletes `${AWS::StackName}-page` by name.

    Until both are done the topic's policy lets either kind publish.
    """
    named = {section_of(name) for name in alarms()}
    (shown,) = resources("AWS::CloudWatch::Dashboard", WATCH).values()

    assert not any(section.startswith("watch") for section in named)
    assert shown["DashboardName"] == {"Sub": "${StackName}-watch"}


# ------------------------------------------------------------------------------ the topic


def test_alarms_use_a_different_channel_from_alerts() -> None:
    topic = resources("AWS::SNS::Topic")["AlarmsTopic"]

    assert topic["Subscription"] == [{"Protocol": "email", "Endpoint": {"Ref": "AlertAddress"}}]
    assert "KmsMasterKeyId" not in topic, "a key that is switched off would silence every alarm"


def test_cloudwatch_may_publish_alarms_of_this_stack() -> None:
    policy = resources("AWS::SNS::TopicPolicy")["AlarmsTopicPolicy"]["PolicyDocument"]
    allow, deny = policy["Statement"]

    assert allow["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert allow["Action"] == "sns:Publish"
    assert allow["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    (source,) = allow["Condition"]["ArnLike"].values()
    assert source["Sub"].endswith(":alarm:${AWS::StackName}-*")
    assert (deny["Effect"], deny["Principal"]) == ("Deny", "*")
    name = resources("AWS::SNS::Topic")["AlarmsTopic"]["TopicName"]
    assert name == {"Sub": "${AWS::StackName}-alarms"}


# -------------------------------------------------------------------- dashboard and costs


def test_the_dashboard_shows_every_alarm() -> None:
    (widget,) = [each for each in dashboard()["widgets"] if each["type"] == "alarm"]

    shown = [arn.removesuffix(".Arn") for arn in widget["properties"]["alarms"]]
    assert sorted(shown) == sorted(alarms())


def test_widgets_do_not_cover_each_other() -> None:
    cells = [
        (column, row)
        for widget in dashboard()["widgets"]
        for column in range(widget["x"], widget["x"] + widget["width"])
        for row in range(widget["y"], widget["y"] + widget["height"])
    ]

    assert len(cells) == len(set(cells))
    assert max(column for column, _ in cells) == 23


def test_every_line_of_the_dashboard_has_a_label() -> None:
    for widget in dashboard()["widgets"]:
        for line in widget["properties"].get("metrics", []):
            assert line[-1]["label"], json.dumps(line)


def test_the_dashboard_is_extra_and_may_be_free() -> None:
    """Three dashboards are free in an account, of up to 50 metrics each."""
    assert template()["Parameters"]["Watch"]["Default"] == "alarms"
    assert len(set(of_dashboard())) <= 50
