"""What the template costs while nobody buys.

Goes through every resource of the template with its default parameters. An unknown type is an
error, so that nothing new is left out.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import yaml

from benchmarks.durations import memory_of, seconds_of
from benchmarks.prices import DAYS, GB, HOURS, Line, UnknownCost, assumed
from benchmarks.wire import Counted, Part
from local.places import ROOT
from tests.support.cloudformation import IntrinsicLoader, deployed

Block = Mapping[str, Any]

OF_CHARGE = {
    "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::Authorizer", "AWS::ApiGatewayV2::Integration",
    "AWS::ApiGatewayV2::Route", "AWS::ApiGatewayV2::Stage", "AWS::CloudFront::CachePolicy",
    "AWS::CloudFront::Distribution",
    "AWS::CloudFront::Function", "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::ResponseHeadersPolicy", "AWS::DynamoDB::Table", "AWS::IAM::Role",
    "AWS::Lambda::EventInvokeConfig", "AWS::Lambda::Function", "AWS::Lambda::LayerVersion",
    "AWS::Lambda::Permission", "AWS::Logs::LogGroup", "AWS::S3::Bucket", "AWS::S3::BucketPolicy",
    "AWS::SES::ConfigurationSet", "AWS::SES::ConfigurationSetEventDestination",
    "AWS::SNS::Subscription", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy", "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
}  # fmt: skip
"""Types that cost nothing until they are used; storage and requests have lines of their own."""


def idle(counted: Counted, parameters: Mapping[str, str] | None = None) -> list[Line]:
    """Return the lines of a month in which nobody comes."""
    made = Counter[str]()
    for resource in resources(parameters or {}):
        made += _makes(resource, counted)
    storage = assumed()["idle_table_gb"], assumed()["idle_bucket_gb"]
    lines = [
        Line("alarms", made["alarms"], "alarms"),
        Line("dashboard", made["dashboards"], "dashboards"),
        Line("custom metrics", made["metric-hours"] / HOURS, "metrics"),
        Line("keys in KMS", made["keys"], "keys"),
        Line("secrets", made["secrets"], "secrets"),
        Line("queues", made["queue-requests"], "queue-requests"),
        Line("schedules", made["schedule-ticks"], "schedule-ticks"),
        Line("runs of functions", made["lambda-requests"], "lambda-requests"),
        Line("time of functions", made["lambda-milli-gb-seconds"] / 1000, "lambda-gb-seconds"),
        Line("reads of tables", made["read-milli-units"] / 1000, "read-units"),
        Line("logs", made["log-bytes"] / GB, "log-gb"),
        Line("tables", storage[0], "table-gb"),
        Line("backups of tables", storage[0], "table-backup-gb"),
        Line("buckets", storage[1], "bucket-gb"),
        Line("web ACL", made["web-acls"], "web-acls"),
        Line("rules of the web ACL", made["web-acl-rules"], "web-acl-rules"),
    ]
    return [line for line in lines if line.quantity]


QUEUES_AND_SCHEDULE = {
    "queues", "schedules", "runs of functions", "time of functions",
    "reads of tables", "logs",
}  # fmt: skip


def _makes(resource: Block, counted: Counted) -> Counter[str]:
    kind, properties = resource["Type"], resource.get("Properties", {})
    known: Mapping[str, Callable[[], Mapping[str, int]]] = {
        "AWS::CloudWatch::Alarm": lambda: {"alarms": _metrics_of_alarm(properties)},
        "AWS::CloudWatch::Dashboard": lambda: {"dashboards": 1},
        "AWS::KMS::Key": lambda: {"keys": 1},
        "AWS::SecretsManager::Secret": lambda: {"secrets": 1},
        "AWS::Lambda::EventSourceMapping": lambda: {
            "queue-requests": int(assumed()["polls_idle_queue"])
        },
        "AWS::Events::Rule": lambda: _runs(properties, counted),
        "AWS::WAFv2::WebACL": lambda: {"web-acls": 1, "web-acl-rules": len(properties["Rules"])},
        "AWS::CloudFormation::Stack": dict,
    }
    if kind in OF_CHARGE:
        return Counter()
    if kind not in known:
        raise UnknownCost(f"{kind}: benchmarks/idle.py does not know what it costs")
    return Counter(known[kind]())


def _metrics_of_alarm(alarm: Block) -> int:
    """Return how many metrics an alarm is billed for: each that its metric math reads."""
    return sum("MetricStat" in each for each in alarm.get("Metrics", [])) or 1


def _runs(rule: Block, counted: Counted) -> Mapping[str, int]:
    """Return what a schedule uses in a month in which there is nothing to do."""
    (target,) = rule["Targets"]
    name, memory, part = _scheduled(target["Arn"]["Fn::GetAtt"][0], counted)
    ticks = _ticks(rule["ScheduleExpression"])
    cold = assumed()["start_cpu_ms"] if name in counted.nights else 0
    seconds = seconds_of(part.requests, memory, cold)
    # CloudWatch bills a metric for each hour in which it has data.
    hours = min(ticks, HOURS)
    return {
        "schedule-ticks": ticks,
        "lambda-requests": ticks,
        "lambda-milli-gb-seconds": round(1000 * ticks * seconds * memory / 1024),
        "read-milli-units": round(1000 * ticks * sum(each.reads for each in part.requests)),
        "log-bytes": ticks * (part.log_bytes + int(assumed()["log_bytes_invocation"])),
        "metric-hours": hours * len(part.metrics),
    }


def _scheduled(logical_id: str, counted: Counted) -> tuple[str, int, Part]:
    name = re.sub(r"(?<!^)(?=[A-Z])", "_", logical_id.removesuffix("Function")).lower()
    part = counted.idle_scan if name == "scan_orders" else counted.nights.get(name)
    if part is None:
        raise UnknownCost(f"{logical_id}: benchmarks/wire.py does not run it")
    return name, memory_of(name), part


def _ticks(expression: str) -> int:
    """Return how often a schedule fires in a month."""
    if found := re.fullmatch(r"rate\((\d+) minutes?\)", expression):
        return DAYS * 24 * 60 // int(found[1])
    if re.fullmatch(r"cron\(\d+ \* \* \* \? \*\)", expression):
        return DAYS * 24
    if re.fullmatch(r"cron\(\d+ \d+ \* \* \? \*\)", expression):
        return DAYS
    raise UnknownCost(f"{expression}: benchmarks/idle.py cannot say how often this is")


def resources(parameters: Mapping[str, str]) -> Iterator[Block]:
    """Yield the resources of a deployment with these parameters, and the defaults of all others."""
    root = deployed()
    defaults = {name: p.get("Default", "") for name, p in root["Parameters"].items()}
    given = {**defaults, **parameters}
    yield from _made(root, given)
    for each in _made(root, given):
        if each["Type"] == "AWS::CloudFormation::Stack":
            inner = {k: _value(v, given) for k, v in each["Properties"]["Parameters"].items()}
            yield from _made(_read(each["Properties"]["TemplateURL"]), inner)
    if given["WebAclArn"]:
        yield from _made(_read("firewall.yaml"), {})


def _read(name: str) -> Block:
    template: Block = yaml.load((ROOT / name).read_text(), IntrinsicLoader)  # noqa: S506 - a SafeLoader
    return template


def _made(template: Block, given: Mapping[str, Any]) -> Iterator[Block]:
    conditions = template.get("Conditions", {})
    for resource in template["Resources"].values():
        name = resource.get("Condition")
        if name is None or _holds(conditions[name], conditions, given):
            properties = _resolved(resource.get("Properties", {}), given)
            yield {**resource, "Properties": properties}


def _holds(condition: Block, every: Block, given: Mapping[str, Any]) -> bool:
    ((how, what),) = condition.items()
    match how:
        case "Fn::Equals":
            return bool(_value(what[0], given) == _value(what[1], given))
        case "Fn::Not":
            return not _holds(what[0], every, given)
        case "Fn::And":
            return all(_holds(each, every, given) for each in what)
        case "Fn::Or":
            return any(_holds(each, every, given) for each in what)
        case "Condition":
            return _holds(every[what], every, given)
    raise UnknownCost(f"{how}: benchmarks/idle.py does not know this condition")


def _value(value: Any, given: Mapping[str, Any]) -> Any:  # noqa: ANN401 - a template may hold any value
    if isinstance(value, dict) and value.keys() == {"Ref"}:
        return given.get(value["Ref"], value)
    return value


def _resolved(properties: Block, given: Mapping[str, Any]) -> Block:
    return {name: _value(value, given) for name, value in properties.items()}
