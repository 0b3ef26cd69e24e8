"""House rules of the template, read off what SAM makes of it for CloudFormation."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml
from samtranslator.translator.transform import transform

from local.sam import SAMCONFIG, parameters
from local.site import NOT_FOUND, security_headers
from ticketing.archive_keys import REPORTS
from ticketing.settings import Settings
from ticketing.web.connect_page import REFUSED, UNKNOWN
from ticketing.web.error_responses import STATUS

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
def test_every_function_says_what_it_does(name: str) -> None:
    props = properties("AWS::Lambda::Function")[name]

    assert props["Description"].endswith(".")
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
    known = {"AWS::StackName", *source()["Resources"], *source()["Parameters"]}
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


def test_roles_get_no_managed_policies() -> None:
    """Nor does SAM add any: it would, for X-Ray, to a role of its own making."""
    for role, props in properties("AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in props, role


def test_mail_leaves_from_the_sender_address_only() -> None:
    sending = [s for _, s in statements() if "ses:SendEmail" in as_list(s["Action"])]
    by_resource = {s["Resource"]["Fn::Sub"].rpartition(":")[2]: s for s in sending}

    assert set(by_resource) == {
        "identity/${SenderIdentity}",
        "configuration-set/${MailConfigurationSet}",
    }
    sender = {"StringEquals": {"ses:FromAddress": {"Ref": "SenderAddress"}}}
    assert [s["Condition"] for s in sending] == [sender, sender]


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
    "EraseBuyersFunction": ("cron(55 3 * * ? *)", 2, 3600),
}
"""When a function runs, and how often and how long (in seconds) a missed tick is repeated."""


def test_nothing_else_runs_on_a_schedule() -> None:
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
def test_a_run_that_fails_twice_leaves_a_trace(name: str) -> None:
    configs = properties("AWS::Lambda::EventInvokeConfig").values()
    (config,) = [config for config in configs if logical_id(config["FunctionName"]) == name]

    destination = config["DestinationConfig"]["OnFailure"]["Destination"]
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (
        1,
        SCHEDULES[name][2],
    )
    assert logical_id(destination) == "ScheduleDeadLetterQueue"


# ---------------------------------------------------------------------------- mail events


def one(kind: str) -> Block:
    """Give the properties of the only resource of a type."""
    (found,) = properties(kind).values()
    return found


def test_what_ses_tells_goes_to_the_topic_and_from_there_to_the_function() -> None:
    told = one("AWS::SES::ConfigurationSetEventDestination")
    subscription = one("AWS::SNS::Subscription")

    assert logical_id(told["ConfigurationSetName"]) == "MailConfigurationSet"
    assert set(told["EventDestination"]["MatchingEventTypes"]) == {
        "send",
        "delivery",
        "bounce",
        "complaint",
        "reject",
        "renderingFailure",
        "deliveryDelay",
    }
    assert told["EventDestination"]["Enabled"] is True
    topic = logical_id(told["EventDestination"]["SnsDestination"]["TopicARN"])
    assert topic == logical_id(subscription["TopicArn"]) == "MailEventsTopic"
    assert logical_id(subscription["Endpoint"]) == "RecordEmailEventFunction"
    # SES publishes a trial when the destination is made, and needs the policy by then.
    destination = of_type("AWS::SES::ConfigurationSetEventDestination")["MailEventsDestination"]
    assert destination["DependsOn"] == "MailEventsTopicPolicy"


def test_only_ses_of_this_account_and_set_may_publish_what_becomes_of_mails() -> None:
    policy = properties("AWS::SNS::TopicPolicy")["MailEventsTopicPolicy"]
    statements_ = policy["PolicyDocument"]["Statement"]
    allow, deny = statements_[0], statements_[1]["Fn::If"][1]

    assert allow["Principal"] == {"Service": "ses.amazonaws.com"}
    conditions = allow["Condition"]["StringEquals"]
    assert conditions["aws:SourceAccount"] == {"Ref": "AWS::AccountId"}
    assert conditions["aws:SourceArn"]["Fn::Sub"].endswith(
        ":configuration-set/${MailConfigurationSet}"
    )
    assert (deny["Effect"], deny["Principal"]) == ("Deny", "*")
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert len(statements_) == 2


def test_events_of_mails_are_encrypted_with_a_key_that_ses_may_use_for_them_alone() -> None:
    topic = properties("AWS::SNS::Topic")["MailEventsTopic"]
    key = properties("AWS::KMS::Key")["TopicsKey"]
    _account, ses, _cloudwatch = key["KeyPolicy"]["Statement"]

    assert logical_id(topic["KmsMasterKeyId"]) == "TopicsKey"
    assert ses["Principal"] == {"Service": "ses.amazonaws.com"}
    assert set(ses["Action"]) == {"kms:GenerateDataKey", "kms:Decrypt"}
    used_for = ses["Condition"]["StringEquals"]["kms:EncryptionContext:aws:sns:topicArn"]
    name = topic["TopicName"]["Fn::Sub"]
    assert used_for["Fn::Sub"].endswith(f":${{AWS::AccountId}}:{name}")


def test_an_event_that_cannot_be_handed_on_or_recorded_is_kept() -> None:
    """Between topic and function SNS keeps it, after the function's last try Lambda does."""
    (config,) = [
        c
        for c in properties("AWS::Lambda::EventInvokeConfig").values()
        if logical_id(c["FunctionName"]) == "RecordEmailEventFunction"
    ]
    redrive = one("AWS::SNS::Subscription")["RedrivePolicy"]
    policy = properties("AWS::SQS::QueuePolicy")["MailEventsDeadLetterQueuePolicy"]
    allow = policy["PolicyDocument"]["Statement"][0]

    kept_at = {
        logical_id(redrive["deadLetterTargetArn"]),
        logical_id(config["DestinationConfig"]["OnFailure"]["Destination"]),
    }
    assert kept_at == {"MailEventsDeadLetterQueue"}
    assert config["MaximumRetryAttempts"] == 2
    assert allow["Principal"] == {"Service": "sns.amazonaws.com"}
    assert logical_id(allow["Condition"]["ArnEquals"]["aws:SourceArn"]) == "MailEventsTopic"


def test_ses_holds_back_what_would_go_to_who_bounced_or_complained() -> None:
    chosen = one("AWS::SES::ConfigurationSet")

    assert chosen["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
    assert chosen["ReputationOptions"] == {"ReputationMetricsEnabled": True}


@pytest.mark.parametrize("name", ["AuditOrdersFunction", "ReconcilePaymentsFunction"])
def test_what_reads_everything_has_all_the_time_there_is(name: str) -> None:
    assert functions()[name]["Timeout"] == 900


def test_reports_for_the_books_are_private_and_end_after_ten_years() -> None:
    bucket = properties("AWS::S3::Bucket")["TicketsBucket"]
    rules = {one["Id"]: one for one in bucket["LifecycleConfiguration"]["Rules"]}
    rule = rules["reconciliation"]

    assert rule["Prefix"] == f"{REPORTS}/"
    assert rule["ExpirationInDays"] == 10 * 365 + 3
    assert rule["Status"] == "Enabled"
    assert all(bucket["PublicAccessBlockConfiguration"].values())


# --------------------------------------------------------------------------- API and site

# What an access log may say of a request: nothing here tells who asked, or for which order.
LOGGED = {
    "requestId",
    "requestTimeEpoch",
    "httpMethod",
    "routeKey",
    "status",
    "responseLength",
    "responseLatency",
    "integrationLatency",
    "integration.integrationStatus",
    "integration.error",
}
CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


def routes() -> dict[str, str]:
    """Give the function that answers each route."""
    integrations = properties("AWS::ApiGatewayV2::Integration")
    found = {}
    for route in properties("AWS::ApiGatewayV2::Route").values():
        name = route["Target"]["Fn::Sub"].removeprefix("integrations/${").removesuffix("}")
        found[route["RouteKey"]] = logical_id(integrations[name]["IntegrationUri"])
    return found


def stage() -> Block:
    """Give the properties of the API's one stage."""
    (found,) = properties("AWS::ApiGatewayV2::Stage").values()
    return found


def distribution() -> Block:
    """Give the configuration of the one distribution."""
    (found,) = properties("AWS::CloudFront::Distribution").values()
    config: Block = found["DistributionConfig"]
    return config


def test_every_route_has_a_function() -> None:
    assert routes() == {
        "ANY /api/{proxy+}": "CheckoutApiFunction",
        "POST /api/orders": "CheckoutApiFunction",
        "POST /api/webhooks/sumup": "SumupWebhookFunction",
        "GET /api/organisers/{proxy+}": "ConnectOrganiserFunction",
    }


def test_integrations_speak_one_format() -> None:
    for name, props in properties("AWS::ApiGatewayV2::Integration").items():
        assert props["IntegrationType"] == "AWS_PROXY", name
        assert props["PayloadFormatVersion"] == "2.0", name


@pytest.mark.parametrize("name", sorted(set(routes().values())))
def test_the_api_alone_may_call_its_functions(name: str) -> None:
    permissions = [
        p
        for p in properties("AWS::Lambda::Permission").values()
        if logical_id(p["FunctionName"]) == name
    ]

    (permission,) = permissions
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert ":${HttpApi}/" in permission["SourceArn"]["Fn::Sub"]
    assert "/api/" in permission["SourceArn"]["Fn::Sub"]


@pytest.mark.parametrize("name", sorted(set(routes().values())))
def test_a_function_gives_up_before_the_api_does(name: str) -> None:
    assert properties("AWS::Lambda::Function")[name]["Timeout"] < 30


def test_requests_are_throttled() -> None:
    default = stage()["DefaultRouteSettings"]
    parameters_ = source()["Parameters"]

    assert default["ThrottlingRateLimit"] == {"Ref": "RequestRate"}
    assert default["ThrottlingBurstLimit"] == {"Ref": "RequestBurst"}
    assert parameters_["RequestRate"]["Default"] == 500
    assert parameters_["RequestBurst"]["Default"] == 1000


def test_what_writes_is_throttled_harder() -> None:
    settings = stage()["RouteSettings"]

    assert set(settings) == {"POST /api/orders", "POST /api/webhooks/sumup"}
    assert set(settings) <= set(routes()), "API Gateway refuses settings of an unknown route"
    for limits in settings.values():
        assert limits["ThrottlingRateLimit"] < 500
        assert limits["ThrottlingBurstLimit"] < 1000


def test_the_stage_waits_for_its_routes() -> None:
    (found,) = of_type("AWS::ApiGatewayV2::Stage").values()

    assert set(found["DependsOn"]) == set(of_type("AWS::ApiGatewayV2::Route"))


def test_access_logs_are_json_and_kept_for_a_time() -> None:
    logs = stage()["AccessLogSettings"]

    assert "\n" not in logs["Format"]
    assert set(json.loads(logs["Format"])) >= {"request_id", "route", "status"}
    group = properties("AWS::Logs::LogGroup")[logical_id(logs["DestinationArn"])]
    assert group["RetentionInDays"]


def test_access_logs_hold_no_personal_data() -> None:
    values = json.loads(stage()["AccessLogSettings"]["Format"]).values()

    assert {value.removeprefix("$context.") for value in values} <= LOGGED


def test_nothing_allows_another_origin() -> None:
    text = json.dumps(deployed()).lower()

    assert "cors" not in text
    assert "access-control-allow" not in text


def test_the_api_is_never_cached_and_gets_every_header_but_host() -> None:
    (behaviour,) = distribution()["CacheBehaviors"]

    assert behaviour["PathPattern"] == "/api/*"
    assert behaviour["TargetOriginId"] == "api"
    assert behaviour["CachePolicyId"] == CACHING_DISABLED
    assert behaviour["OriginRequestPolicyId"] == ALL_BUT_HOST
    assert {"GET", "POST", "DELETE"} <= set(behaviour["AllowedMethods"])


def test_every_answer_carries_the_security_headers() -> None:
    behaviours = [distribution()["DefaultCacheBehavior"], *distribution()["CacheBehaviors"]]

    assert all(b["ResponseHeadersPolicyId"] == {"Ref": "SiteHeaders"} for b in behaviours)
    assert {b["ViewerProtocolPolicy"] for b in behaviours} == {"redirect-to-https", "https-only"}


def content_rules(**chosen: str) -> dict[str, list[str]]:
    """Give the content security policy of a stack with these parameters, by directive."""
    policy = security_headers(chosen)["Content-Security-Policy"]
    return {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}


def test_pages_run_nothing_inline_and_nothing_foreign() -> None:
    rules = content_rules()

    assert rules == content_rules(PaymentForm="hosted")
    nothing = {"frame-src", "object-src", "base-uri", "frame-ancestors"}
    assert {name for name, sources in rules.items() if sources == ["'none'"]} == nothing
    assert all(rules[name] == ["'self'"] for name in rules.keys() - nothing)
    assert rules.keys() > {"default-src", "script-src", "connect-src", "img-src", "style-src"}


def test_the_card_form_is_let_in_and_nothing_else() -> None:
    rules = content_rules(PaymentForm="widget")
    gateway, own = "https://gateway.sumup.com", "'self'"

    assert {name: rules[name] for name in rules if rules[name] != content_rules().get(name)} == {
        "script-src": [own, gateway],
        "frame-src": [gateway],
        "connect-src": [own, "https://api.sumup.com", gateway],
        "img-src": [own, "data:", "https://static.sumup.com"],
        "style-src-elem": [own, "'unsafe-inline'"],
        "form-action": [own, "https:", gateway],
    }


def test_the_card_form_of_a_simulator_is_let_in_instead_of_sumups() -> None:
    simulator = "http://127.0.0.1:8788"
    addresses = {"SumUpGatewayUrl": simulator, "SumUpBaseUrl": simulator}
    rules = content_rules(PaymentForm="widget", **addresses)

    assert rules["script-src"] == ["'self'", simulator]
    assert rules["frame-src"] == [simulator]
    assert not any("gateway.sumup.com" in allowed for s in rules.values() for allowed in s)


def test_only_the_card_form_may_use_what_the_browser_knows_of_cards() -> None:
    hosted = security_headers()["Permissions-Policy"]
    widget = security_headers({"PaymentForm": "widget"})["Permissions-Policy"]

    assert hosted.endswith("payment=()")
    assert widget.endswith('payment=(self "https://gateway.sumup.com")')
    assert "sumup" not in str(security_headers().values())


def test_buyers_pay_on_sumups_page_unless_the_stack_says_otherwise() -> None:
    declared = source()["Parameters"]

    assert declared["PaymentForm"]["Default"] == "hosted"
    assert declared["SumUpGatewayUrl"]["Default"] == "https://gateway.sumup.com"
    for stage in ("dev", "prod"):
        chosen = parameters(stage, {}, SAMCONFIG)
        assert not {"PaymentForm", "SumUpGatewayUrl"} & set(chosen)


def test_only_a_missing_page_gets_a_page_of_its_own() -> None:
    """Answers of the API pass through the same rule, and it has 404s of its own."""
    (rule,) = distribution()["CustomErrorResponses"]

    assert (rule["ErrorCode"], rule["ResponseCode"]) == (403, 404)
    assert rule["ResponsePagePath"] == f"/{NOT_FOUND}"


def test_no_answer_of_ours_is_replaced_on_its_way() -> None:
    replaced = {rule["ErrorCode"] for rule in distribution()["CustomErrorResponses"]}
    pages = {page.status for page in (*REFUSED.values(), UNKNOWN)}

    assert replaced & (pages | set(STATUS.values())) == set()


@pytest.mark.parametrize("handler", sorted((ROOT / "functions").glob("*/app.py")), ids=str)
def test_no_handler_names_a_status_that_is_replaced(handler: Path) -> None:
    named = set(re.findall(r"HTTPStatus\.(\w+)|\b([1-5]\d\d)\b", handler.read_text()))
    statuses = {HTTPStatus[name] if name else int(number) for name, number in named}

    assert {
        rule["ErrorCode"] for rule in distribution()["CustomErrorResponses"]
    } & statuses == set()


def test_pages_come_signed_from_the_private_bucket() -> None:
    origins = {origin["Id"]: origin for origin in distribution()["Origins"]}
    access = properties("AWS::CloudFront::OriginAccessControl")["SiteAccess"]

    assert logical_id(origins["site"]["OriginAccessControlId"]) == "SiteAccess"
    assert access["OriginAccessControlConfig"]["SigningBehavior"] == "always"
    assert origins["api"]["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"


def test_a_domain_is_optional_and_comes_with_its_certificate() -> None:
    declared = source()["Parameters"]

    assert declared["SiteDomain"]["Default"] == declared["CertificateArn"]["Default"] == ""
    assert distribution()["Aliases"]["Fn::If"][0] == "HasDomain"
    assert distribution()["ViewerCertificate"]["Fn::If"][0] == "HasDomain"
    assert source()["Rules"]["DomainComesWithItsCertificate"]


@pytest.mark.parametrize(
    "kind",
    ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SecretsManager::Secret"],
)
def test_data_outlives_its_stack(kind: str) -> None:
    assert of_type(kind)
    for name, resource in of_type(kind).items():
        if name == "TopicsKey":
            continue  # nothing that stays anywhere is encrypted with it
        assert resource["DeletionPolicy"] == resource["UpdateReplacePolicy"] == "Retain", name


@pytest.mark.parametrize("name", properties("AWS::DynamoDB::Table"))
def test_tables_are_on_demand_encrypted_and_restorable(name: str) -> None:
    table = properties("AWS::DynamoDB::Table")[name]

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}
    recovery = table["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}
    assert "TableName" not in table, "CloudFormation names it, so a new stack never collides"


@pytest.mark.parametrize("name", properties("AWS::S3::Bucket"))
def test_buckets_are_private(name: str) -> None:
    bucket = properties("AWS::S3::Bucket")[name]
    policy = properties("AWS::S3::BucketPolicy")[f"{name}Policy"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]
    assert bucket["OwnershipControls"]
    deny = policy["PolicyDocument"]["Statement"][0]
    assert deny["Effect"] == "Deny"
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_the_distribution_reads_the_site_and_nobody_else_the_tickets() -> None:
    policies = properties("AWS::S3::BucketPolicy")
    allows = {
        name: [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
        for name, policy in policies.items()
    }

    assert allows["TicketsBucketPolicy"] == []
    (allow,) = allows["SiteBucketPolicy"]
    assert allow["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allow["Action"] == "s3:GetObject"
    (source_arn,) = allow["Condition"]["StringEquals"].values()
    assert source_arn["Fn::Sub"].endswith(":distribution/${SiteDistribution}")


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
    values = [output["Value"] for output in source()["Outputs"].values()]
    named = {logical_id(value) for value in values if "Fn::If" not in value}

    assert {k for k, r in deployed()["Resources"].items() if r["Type"] in kinds} <= named


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_sets_each_parameter_without_default_and_no_other_name(stage: str) -> None:
    declared = source()["Parameters"]
    needed = {name for name, parameter in declared.items() if "Default" not in parameter}

    chosen = parameters(stage, {}, SAMCONFIG)

    assert needed <= set(chosen) <= set(declared)
    assert chosen["Stage"] == stage
