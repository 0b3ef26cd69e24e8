"""Queues and schedules of the template: limits, retries, and where failures are kept."""

import pytest

from tests.support.cloudformation import Block, logical_id, properties, source

DAY = 86_400


def queue_sources() -> dict[str, Block]:
    """Return the event source mappings that read a queue."""
    return properties("AWS::Lambda::EventSourceMapping")


@pytest.mark.parametrize("name", ["VerifyPaymentFunction", "DeliverTicketsFunction"])
def test_the_visibility_timeout_is_six_times_the_function_timeout(name: str) -> None:
    (mapping,) = [m for m in queue_sources().values() if logical_id(m["FunctionName"]) == name]
    queue = properties("AWS::SQS::Queue")[logical_id(mapping["EventSourceArn"])]
    timeout = properties("AWS::Lambda::Function")[name]["Timeout"]

    assert queue["VisibilityTimeout"] >= 6 * timeout


def test_queues_report_partial_failures_and_limit_concurrency() -> None:
    assert len(queue_sources()) == 2
    for name, mapping in queue_sources().items():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert mapping["BatchSize"] == 10, name
        assert mapping["ScalingConfig"]["MaximumConcurrency"]["Ref"].endswith("Concurrency"), name


def test_every_source_queue_has_a_dead_letter_queue() -> None:
    queues = properties("AWS::SQS::Queue")
    for mapping in queue_sources().values():
        queue = queues[logical_id(mapping["EventSourceArn"])]
        dead_letters = queues[logical_id(queue["RedrivePolicy"]["deadLetterTargetArn"])]

        assert queue["RedrivePolicy"]["maxReceiveCount"] >= 5
        assert dead_letters["MessageRetentionPeriod"] == 14 * DAY
        # Age counts from the first send, so the source must leave the dead-letter queue time.
        assert queue["MessageRetentionPeriod"] <= 4 * DAY
        (allowed,) = dead_letters["RedriveAllowPolicy"]["sourceQueueArns"]
        suffix = queue["QueueName"]["Fn::Sub"].removeprefix("${AWS::StackName}")
        assert allowed["Fn::Sub"].endswith(f":${{AWS::StackName}}{suffix}")


def test_every_queue_is_encrypted_and_requires_tls() -> None:
    """Each has a policy resource to itself: deleting one resource empties the queues it names."""
    queues, policies = properties("AWS::SQS::Queue"), properties("AWS::SQS::QueuePolicy")

    assert set(policies) == {f"{name}Policy" for name in queues}
    for name, policy in policies.items():
        (queue,) = policy["Queues"]
        *_, last = policy["PolicyDocument"]["Statement"]
        assert f"{logical_id(queue)}Policy" == name
        assert (last["Fn::If"][1] if "Fn::If" in last else last) == {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "sqs:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }, name
    assert all(queue["SqsManagedSseEnabled"] is True for queue in queues.values())


SCHEDULES: dict[str, tuple[object, int, int]] = {
    "ScanOrdersFunction": ({"Ref": "ScanSchedule"}, 2, 300),
    "AuditOrdersFunction": ("cron(10 3 * * ? *)", 2, 3600),
    "ReconcilePaymentsFunction": ("cron(40 3 * * ? *)", 20, 6 * 3600),
    "RefreshConnectionsFunction": ("cron(17 3 * * ? *)", 20, 6 * 3600),
    "RemindBuyersFunction": ("cron(20 * * * ? *)", 2, 1800),
    "EraseBuyersFunction": ("cron(55 3 * * ? *)", 2, 3600),
}
"""When a function runs, and how often and how long (in seconds) a missed tick is repeated."""


def test_only_the_known_functions_run_on_a_schedule() -> None:
    assert set(properties("AWS::Events::Rule")) == {f"{name}Schedule" for name in SCHEDULES}
    assert source()["Parameters"]["ScanSchedule"]["Default"] == "rate(5 minutes)"


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_schedule_has_a_dead_letter_queue_and_a_retry_policy(name: str) -> None:
    rule = properties("AWS::Events::Rule")[f"{name}Schedule"]
    (target,) = rule["Targets"]
    expression, attempts, seconds = SCHEDULES[name]

    assert rule["ScheduleExpression"] == expression
    assert logical_id(target["Arn"]) == name
    assert logical_id(target["DeadLetterConfig"]["Arn"]) == "ScheduleDeadLetterQueue"
    assert target["RetryPolicy"] == {
        "MaximumRetryAttempts": attempts,
        "MaximumEventAgeInSeconds": seconds,
    }
    queue = properties("AWS::SQS::Queue")["ScheduleDeadLetterQueue"]
    assert queue["MessageRetentionPeriod"] == 14 * DAY


def test_the_rules_may_write_to_their_dead_letter_queue() -> None:
    policy = properties("AWS::SQS::QueuePolicy")["ScheduleDeadLetterQueuePolicy"]

    allow = policy["PolicyDocument"]["Statement"][0]

    assert allow["Principal"] == {"Service": "events.amazonaws.com"}
    named = {logical_id(arn) for arn in allow["Condition"]["ArnEquals"]["aws:SourceArn"]}
    assert named == set(properties("AWS::Events::Rule"))


@pytest.mark.parametrize("name", SCHEDULES)
def test_a_run_that_fails_twice_goes_to_a_dead_letter_queue(name: str) -> None:
    configs = properties("AWS::Lambda::EventInvokeConfig").values()
    (config,) = [config for config in configs if logical_id(config["FunctionName"]) == name]

    destination = config["DestinationConfig"]["OnFailure"]["Destination"]
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (
        1,
        SCHEDULES[name][2],
    )
    assert logical_id(destination) == "ScheduleDeadLetterQueue"
