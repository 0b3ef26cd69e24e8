"""House rules of the template, read off what SAM makes of it for CloudFormation."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from samtranslator.translator.transform import transform

from local.sam import SAMCONFIG, parameters
from ticketing.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DAY = 86_400
STAGES = ["local", "dev", "prod"]
# Read by Powertools and by the AWS SDK; every other variable is a setting of ours.
READ_BY_LIBRARIES = {
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_LOG_LEVEL",
    "AWS_ENDPOINT_URL",
}
SET_BY_LAMBDA = {"AWS_REGION"}

Block = dict[str, Any]


class IntrinsicLoader(yaml.SafeLoader):
    """Reads `!Ref x` and its like as CloudFormation's long form."""


def _intrinsic(loader: yaml.SafeLoader, tag: str, node: yaml.Node) -> Block:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)
        value = loader.construct_mapping(node, deep=True)
    if tag == "GetAtt":
        value = value.split(".")
    return {tag if tag in {"Ref", "Condition"} else f"Fn::{tag}": value}


IntrinsicLoader.add_multi_constructor("!", _intrinsic)


@cache
def source() -> Block:
    """Give the template as it is written."""
    template: Block = yaml.load((ROOT / "template.yaml").read_text(), IntrinsicLoader)  # noqa: S506 - a SafeLoader
    return template


@cache
def deployed() -> Block:
    """Give the template as CloudFormation gets it, with the defaults of its parameters."""
    template = json.loads(json.dumps(source()))
    for name in template["Resources"].values():
        for key in ("CodeUri", "ContentUri"):
            if key in name.get("Properties", {}):
                name["Properties"][key] = "s3://bucket/key"
    with patch("boto3.session.Session.region_name", "eu-west-2"):
        made: Block = transform(template, {}, _NoManagedPolicies(), passthrough_metadata=True)
    return made


class _NoManagedPolicies:
    def load(self) -> Mapping[str, str]:
        return {}


def of_type(kind: str) -> dict[str, Block]:
    """Give the deployed resources of one type, by logical id."""
    return {k: r for k, r in deployed()["Resources"].items() if r["Type"] == kind}


def properties(kind: str) -> dict[str, Block]:
    """Give the properties of all resources of one type, by logical id."""
    return {k: r.get("Properties", {}) for k, r in of_type(kind).items()}


def functions() -> dict[str, Block]:
    """Give the functions as they are written, by logical id."""
    return {
        k: r["Properties"]
        for k, r in source()["Resources"].items()
        if r["Type"] == "AWS::Serverless::Function"
    }


def logical_id(reference: Block) -> str:
    """Give the resource that a Ref or Fn::GetAtt points at."""
    found: str = reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0]
    return found


def statements() -> Iterator[tuple[str, Block]]:
    """Give every statement that allows something to a role, with the role's logical id."""
    for role, props in properties("AWS::IAM::Role").items():
        for policy in props["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield role, statement


def as_list(value: object) -> list[Any]:
    """Give a policy's one-or-many as many."""
    return value if isinstance(value, list) else [value]


def test_every_function_folder_is_deployed_and_named_alike() -> None:
    folders = {p.parent.name for p in (ROOT / "functions").glob("*/app.py")}
    named = {
        "".join(word.capitalize() for word in folder.split("_")) + "Function": f"functions/{folder}"
        for folder in folders
    }

    assert {name: props["CodeUri"] for name, props in functions().items()} == named


def test_a_function_folder_has_one_file() -> None:
    for folder in (ROOT / "functions").iterdir():
        if folder.is_dir() and folder.name != "__pycache__":
            files = sorted(p.name for p in folder.iterdir() if p.name != "__pycache__")
            assert files == ["app.py"], folder


@pytest.mark.parametrize("name", functions())
def test_every_function_has_its_own_log_group_with_retention(name: str) -> None:
    props = properties("AWS::Lambda::Function")[name]

    group = logical_id(props["LoggingConfig"]["LogGroup"])

    assert props["LoggingConfig"]["LogFormat"] == "JSON"
    assert group == name.replace("Function", "LogGroup")
    assert properties("AWS::Logs::LogGroup")[group]["RetentionInDays"]


@pytest.mark.parametrize("name", functions())
def test_every_function_says_what_it_does_and_is_traced(name: str) -> None:
    props = properties("AWS::Lambda::Function")[name]

    assert props["Description"].endswith(".")
    assert props["TracingConfig"] == {"Mode": "Active"}
    assert props["Architectures"] == ["x86_64"]


@pytest.mark.parametrize("name", functions())
def test_every_function_has_a_role_of_its_own(name: str) -> None:
    roles = [logical_id(props["Role"]) for props in properties("AWS::Lambda::Function").values()]

    assert roles.count(name.replace("Function", "Role")) == 1
    assert set(properties("AWS::IAM::Role")) == set(roles), "no role that SAM made up"


@pytest.mark.parametrize("name", functions())
def test_every_function_gets_exactly_the_settings_that_are_read(name: str) -> None:
    variables = properties("AWS::Lambda::Function")[name]["Environment"]["Variables"]

    read = {field.name.upper() for field in fields(Settings)} - SET_BY_LAMBDA

    assert set(variables) == read | READ_BY_LIBRARIES


def test_settings_point_at_things_that_exist() -> None:
    known = set(source()["Resources"]) | set(source()["Parameters"])
    variables = source()["Globals"]["Function"]["Environment"]["Variables"]

    for name, value in variables.items():
        if isinstance(value, dict) and "Fn::If" not in value:
            assert logical_id(value) in known, name


def test_the_endpoint_of_the_local_aws_is_absent_on_aws() -> None:
    variable = source()["Globals"]["Function"]["Environment"]["Variables"]["AWS_ENDPOINT_URL"]

    assert variable == {"Fn::If": ["OnAws", {"Ref": "AWS::NoValue"}, {"Ref": "EndpointUrl"}]}
    assert source()["Parameters"]["EndpointUrl"]["Default"] == ""


def test_no_statement_allows_a_wildcard() -> None:
    for role, statement in statements():
        assert statement["Effect"] == "Allow"
        for action in as_list(statement["Action"]):
            assert "*" not in action, (role, action)
        for resource in as_list(statement["Resource"]):
            assert resource != "*", role
            text = resource if isinstance(resource, str) else json.dumps(resource)
            # An object's key is the only open end: tickets/* and mails/* of our bucket.
            assert "*" not in text or "TicketsBucket.Arn}/" in text, (role, text)


def test_a_statement_names_one_resource() -> None:
    for role, statement in statements():
        assert not isinstance(statement["Resource"], list), (role, statement)


def test_roles_get_nothing_managed_but_tracing() -> None:
    for role, props in properties("AWS::IAM::Role").items():
        (managed,) = props["ManagedPolicyArns"]
        assert managed["Fn::Sub"].endswith(":policy/AWSXRayDaemonWriteAccess"), role


def test_mail_leaves_from_the_sender_address_only() -> None:
    (statement,) = [s for _, s in statements() if "ses:SendEmail" in as_list(s["Action"])]

    assert statement["Condition"] == {"StringEquals": {"ses:FromAddress": {"Ref": "SenderAddress"}}}
    assert statement["Resource"]["Fn::Sub"].endswith(":identity/${SenderIdentity}")


def queue_sources() -> dict[str, Block]:
    """Give the event source mappings that read a queue."""
    return properties("AWS::Lambda::EventSourceMapping")


@pytest.mark.parametrize("name", ["VerifyPaymentFunction", "DeliverTicketsFunction"])
def test_a_queue_waits_six_times_as_long_as_its_function(name: str) -> None:
    (mapping,) = [m for m in queue_sources().values() if logical_id(m["FunctionName"]) == name]
    queue = properties("AWS::SQS::Queue")[logical_id(mapping["EventSourceArn"])]
    timeout = properties("AWS::Lambda::Function")[name]["Timeout"]

    assert queue["VisibilityTimeout"] >= 6 * timeout


def test_queues_report_single_failures_and_bound_concurrency() -> None:
    assert len(queue_sources()) == 2
    for name, mapping in queue_sources().items():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name
        assert mapping["BatchSize"] == 10, name
        assert mapping["ScalingConfig"]["MaximumConcurrency"]["Ref"].endswith("Concurrency"), name


def test_every_queue_a_function_reads_has_a_dead_letter_queue() -> None:
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


def test_every_queue_is_encrypted_and_insists_on_tls() -> None:
    policies = properties("AWS::SQS::QueuePolicy").values()
    guarded = {
        logical_id(p["Queues"][0]) for p in policies if "aws:SecureTransport" in json.dumps(p)
    }

    assert guarded == set(properties("AWS::SQS::Queue"))
    assert all(q["SqsManagedSseEnabled"] is True for q in properties("AWS::SQS::Queue").values())


def test_the_schedule_has_a_dead_letter_queue_and_a_retry_policy() -> None:
    (rule,) = properties("AWS::Events::Rule").values()
    (target,) = rule["Targets"]

    assert rule["ScheduleExpression"] == {"Ref": "ScanSchedule"}
    assert source()["Parameters"]["ScanSchedule"]["Default"] == "rate(5 minutes)"
    assert logical_id(target["DeadLetterConfig"]["Arn"]) == "ScheduleDeadLetterQueue"
    assert target["RetryPolicy"] == {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 300}
    queue = properties("AWS::SQS::Queue")["ScheduleDeadLetterQueue"]
    assert queue["MessageRetentionPeriod"] == 14 * DAY


def test_the_rule_may_write_to_its_dead_letter_queue() -> None:
    policy = properties("AWS::SQS::QueuePolicy")["ScheduleDeadLetterQueuePolicy"]
    (rule,) = properties("AWS::Events::Rule")

    allow = policy["PolicyDocument"]["Statement"][0]

    assert allow["Principal"] == {"Service": "events.amazonaws.com"}
    assert logical_id(allow["Condition"]["ArnEquals"]["aws:SourceArn"]) == rule


def test_a_scan_that_fails_twice_leaves_a_trace() -> None:
    (config,) = properties("AWS::Lambda::EventInvokeConfig").values()

    destination = config["DestinationConfig"]["OnFailure"]["Destination"]

    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (1, 300)
    assert logical_id(destination) == "ScheduleDeadLetterQueue"


@pytest.mark.parametrize(
    "kind",
    ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SecretsManager::Secret"],
)
def test_data_outlives_its_stack(kind: str) -> None:
    assert of_type(kind)
    for name, resource in of_type(kind).items():
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain", name


@pytest.mark.parametrize("name", properties("AWS::DynamoDB::Table"))
def test_tables_are_on_demand_encrypted_and_restorable(name: str) -> None:
    table = properties("AWS::DynamoDB::Table")[name]

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}
    recovery = table["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}
    assert "TableName" not in table, "CloudFormation names it, so a new stack never collides"


def test_the_bucket_is_private() -> None:
    (bucket,) = properties("AWS::S3::Bucket").values()
    (policy,) = properties("AWS::S3::BucketPolicy").values()

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Effect"] == "Deny"
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_no_update_of_the_stack_writes_the_sumup_secret() -> None:
    secret = properties("AWS::SecretsManager::Secret")["SumUpSecret"]

    assert set(secret) <= {"Description", "Tags"}


def test_every_parameter_is_described_and_constrained() -> None:
    for name, parameter in source()["Parameters"].items():
        assert parameter["Description"].endswith("."), name
        limits = {"AllowedPattern", "AllowedValues", "MinValue", "MaxValue"} & set(parameter)
        assert limits, name
        if "AllowedValues" not in limits:
            assert parameter["ConstraintDescription"].endswith("."), name


def test_every_output_is_described() -> None:
    assert all(o["Description"].endswith(".") for o in source()["Outputs"].values())


def test_every_table_queue_and_function_is_an_output() -> None:
    kinds = {"AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::S3::Bucket", "AWS::Lambda::Function"}
    named = {logical_id(o["Value"]) for o in source()["Outputs"].values()}

    assert {k for k, r in deployed()["Resources"].items() if r["Type"] in kinds} <= named


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_sets_each_parameter_without_default_and_no_other_name(stage: str) -> None:
    declared = source()["Parameters"]
    needed = {name for name, parameter in declared.items() if "Default" not in parameter}

    chosen = parameters(stage, {}, SAMCONFIG)

    assert needed <= set(chosen) <= set(declared)
    assert chosen["Stage"] == stage
