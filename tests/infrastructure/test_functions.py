"""Functions of the template: a folder, a role, a log group and the right settings each."""

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from local.places import ROOT
from tests.support.cloudformation import Block, functions, logical_id, properties, source
from ticketing.settings import Settings

# Read by Powertools and by the AWS SDK; every other variable is a setting of ours.
READ_BY_LIBRARIES = {
    "POWERTOOLS_SERVICE_NAME",
    "POWERTOOLS_METRICS_NAMESPACE",
    "POWERTOOLS_LOG_LEVEL",
    "AWS_ENDPOINT_URL",
}
SET_BY_LAMBDA = {"AWS_REGION"}


def statements() -> Iterator[tuple[str, Block]]:
    """Return every statement that allows something to a role, with the role's logical id."""
    for role, props in properties("AWS::IAM::Role").items():
        for policy in props["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield role, statement


def folder_name(file: Path) -> str:
    return file.parent.name


def as_list(value: object) -> list[Any]:
    """Return a policy's one-or-many as many."""
    return value if isinstance(value, list) else [value]


def test_every_function_folder_is_deployed_under_its_own_name() -> None:
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


@pytest.mark.parametrize("file", sorted((ROOT / "functions").glob("*/app.py")), ids=folder_name)
def test_a_function_ends_its_start_before_its_handler(file: Path) -> None:
    """With the flows that its handler uses, so that no event waits for their clients."""
    lines = file.read_text().splitlines()

    assert [line for line in lines if re.fullmatch(r"at_start\(\w+(, \w+)*\)", line)]
    assert lines.index("@lambda_handler") > max(
        number for number, line in enumerate(lines) if line.startswith("at_start(")
    )


@pytest.mark.parametrize("name", functions())
def test_every_function_has_its_own_log_group_with_retention(name: str) -> None:
    props = properties("AWS::Lambda::Function")[name]

    group = logical_id(props["LoggingConfig"]["LogGroup"])

    assert group == name.replace("Function", "LogGroup")
    assert properties("AWS::Logs::LogGroup")[group]["RetentionInDays"]


@pytest.mark.parametrize("name", functions())
def test_lambda_keeps_the_log_lines_that_the_parameter_asks_for(name: str) -> None:
    """Lambda announces its own level, INFO by default, which Powertools puts above its own."""
    config = properties("AWS::Lambda::Function")[name]["LoggingConfig"]

    assert config["LogFormat"] == "JSON", "Lambda filters lines of this format only"
    assert config["ApplicationLogLevel"] == {"Ref": "LogLevel"}


def test_no_log_level_leaves_the_metrics_out() -> None:
    """They are lines without a level, and Lambda takes such a line for INFO."""
    assert source()["Parameters"]["LogLevel"]["AllowedValues"] == ["DEBUG", "INFO"]


@pytest.mark.parametrize("name", functions())
def test_every_function_has_a_description(name: str) -> None:
    props = properties("AWS::Lambda::Function")[name]

    assert props["Description"].endswith(".")
    assert props["Architectures"] == ["x86_64"]


@pytest.mark.parametrize("name", functions())
def test_every_function_has_a_role_of_its_own(name: str) -> None:
    roles = [logical_id(props["Role"]) for props in properties("AWS::Lambda::Function").values()]

    assert roles.count(name.replace("Function", "Role")) == 1
    assert set(properties("AWS::IAM::Role")) == set(roles), "no role that SAM made up"


@pytest.mark.parametrize("name", functions())
def test_every_function_gets_exactly_the_settings_it_reads(name: str) -> None:
    variables = properties("AWS::Lambda::Function")[name]["Environment"]["Variables"]

    read = {field.name.upper() for field in fields(Settings)} - SET_BY_LAMBDA

    assert set(variables) == read | READ_BY_LIBRARIES


def test_settings_refer_to_existing_resources() -> None:
    known = {"AWS::StackName", *source()["Resources"], *source()["Parameters"]}
    variables = source()["Globals"]["Function"]["Environment"]["Variables"]

    for name, value in variables.items():
        if isinstance(value, dict) and not {"Fn::If", "Fn::Sub"} & set(value):
            assert logical_id(value) in known, name


def test_the_local_endpoint_is_not_set_on_aws() -> None:
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
            # The open ends: an object's key below tickets/ or mails/ of our bucket, and whom a mail
            # of ours goes to, whose identity SES asks about in its sandbox.
            to_anyone = text.endswith(':identity/*"}') and "ses:FromAddress" in str(statement)
            assert "*" not in text or "TicketsBucket.Arn}/" in text or to_anyone, (role, text)


def test_a_statement_names_one_resource() -> None:
    for role, statement in statements():
        assert not isinstance(statement["Resource"], list), (role, statement)


def test_roles_have_no_managed_policies() -> None:
    """Nor does SAM add any: it would, for X-Ray, to a role of its own making."""
    for role, props in properties("AWS::IAM::Role").items():
        assert "ManagedPolicyArns" not in props, role


def test_mail_is_sent_from_the_sender_address_only() -> None:
    sending = [s for _, s in statements() if "ses:SendEmail" in as_list(s["Action"])]
    by_resource = {s["Resource"]["Fn::Sub"].rpartition(":")[2]: s for s in sending}

    assert set(by_resource) == {
        "identity/*",
        "configuration-set/${MailConfigurationSet}",
    }
    sender = {"StringEquals": {"ses:FromAddress": {"Ref": "SenderAddress"}}}
    assert [s["Condition"] for s in sending] == [sender, sender]


@pytest.mark.parametrize("name", ["AuditOrdersFunction", "ReconcilePaymentsFunction"])
def test_functions_that_read_everything_have_the_maximum_timeout(name: str) -> None:
    assert functions()[name]["Timeout"] == 900
