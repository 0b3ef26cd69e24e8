"""What the local stack reads from the command line, samconfig.toml, files and logs."""

import itertools
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from samcli.cli.types import CfnParameterOverridesType

from local import aws, firewall, sam
from local.deploy_site import installation
from local.invoke import read_event
from local.logs import readable
from local.places import (
    ROOT,
    LocalStackError,
    Ports,
    aws_environment,
    go_on_with,
    ports,
    record,
    runtime,
)

AT = Ports(aws=4570, sumup=8790, site=8090)


@pytest.mark.parametrize("name", ["AWS_PORT", "SUMUP_PORT", "SITE_PORT"])
@pytest.mark.parametrize("text", ["http", "0", "65536", "-1", "4566x"])
def test_an_invalid_port_is_named(name: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, text)

    with pytest.raises(LocalStackError, match=name):
        ports()


@pytest.fixture
def no_ports_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_PORT", raising=False)
    monkeypatch.delenv("SITE_PORT", raising=False)
    monkeypatch.setenv("SUMUP_PORT", "")


@pytest.mark.usefixtures("no_ports_set")
def test_ports_have_defaults(tmp_path: Path) -> None:
    assert ports(tmp_path / "none.json", tmp_path / "none.json") == Ports(
        aws=4566, sumup=8788, site=8080
    )


@pytest.mark.usefixtures("no_ports_set")
def test_a_stack_goes_on_with_its_data_on_its_ports(tmp_path: Path) -> None:
    kept = tmp_path / "data" / "ports.json"
    go_on_with(AT, kept)

    assert ports(tmp_path / "none.json", kept) == AT
    go_on_with(AT, kept)
    with pytest.raises(LocalStackError, match="AWS_PORT=4570"):
        go_on_with(replace(AT, aws=4566), kept)


@pytest.mark.usefixtures("no_ports_set")
def test_the_ports_of_a_running_stack_are_remembered(tmp_path: Path) -> None:
    record(AT, tmp_path / "ports.json")

    assert ports(tmp_path / "ports.json") == AT


def test_a_requested_port_overrides_the_remembered_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(AT, tmp_path / "ports.json")
    monkeypatch.setenv("AWS_PORT", "4999")

    assert ports(tmp_path / "ports.json").aws == 4999


def test_functions_run_on_the_current_python_version() -> None:
    assert runtime() == f"python3.{sys.version_info.minor}"


def test_tools_use_loopback_endpoints() -> None:
    assert aws_environment(AT)["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4570"


def test_local_parameters_override_samconfig() -> None:
    chosen = sam.parameters("local", sam.local_parameters(AT))

    assert chosen["EndpointUrl"] == "http://127.0.0.1:4570"
    assert chosen["SumUpBaseUrl"] == chosen["SumUpGatewayUrl"] == "http://127.0.0.1:8790"
    assert chosen["PublicUrl"] == "http://127.0.0.1:8090"
    assert chosen["AlertAddress"] == "alerts@coderra.je"


@pytest.mark.parametrize(("asked", "form"), [("", "hosted"), ("widget", "widget")])
def test_the_payment_form_can_be_chosen(
    asked: str, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYMENT_FORM", asked)

    assert sam.local_parameters(AT)["PaymentForm"] == form


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("A=https://a/?b=c", "https://a/?b=c"),
        ("A=Jersey Live Events", "Jersey Live Events"),
        ('A="rate(1 minute)"', "rate(1 minute)"),  # as plain `sam deploy` needs it
        ('A="Jersey \\"Live\\" Events"', 'Jersey "Live" Events'),
        ('A=Jersey "Live"', 'Jersey "Live"'),
        ('A="', '"'),
        ("A=", ""),
    ],
)
def test_a_value_may_contain_equals_signs_spaces_and_quotes(
    written: str, value: str, tmp_path: Path
) -> None:
    config = tmp_path / "samconfig.toml"
    config.write_text(f"[x.deploy.parameters]\nparameter_overrides = [{json.dumps(written)}]\n")

    assert sam.parameters("x", {}, config) == {"A": value}


@pytest.mark.parametrize(
    "value",
    [
        "Jersey Live Events",
        "rate(5 minutes)",
        'Jersey "Live" Events',
        '"Live"',
        "Events' Fair",
        "Fish & Chips; $HOME `date` | *",
        "a=b c=d",
        "Stage=prod",
        " x ",
        "Îles de la Manche",
        "",
    ],
)
def test_sam_receives_each_value_whole(value: str) -> None:
    given = sam.deploy_command("dev", {"BrandName": value, "PublicUrl": "https://example.com"})

    received = CfnParameterOverridesType().convert(tuple(given[5:]), None, None)

    assert received["BrandName"] == value
    assert received["PublicUrl"] == "https://example.com"
    assert received["Stage"] == "dev"


def test_a_value_that_sam_would_change_is_refused() -> None:
    with pytest.raises(LocalStackError, match="BrandName"):
        sam.deploy_command("dev", {"BrandName": "a\\ b"})


@pytest.mark.parametrize("stage", ["default", "staging"])
def test_an_environment_missing_from_samconfig_is_named(stage: str) -> None:
    with pytest.raises(LocalStackError, match=stage):
        sam.parameters(stage, {})


def test_the_local_stack_cannot_be_deployed_to_aws() -> None:
    with pytest.raises(LocalStackError, match="make up"):
        sam.deploy("local")


def test_a_python_without_safe_libraries_is_not_deployed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sam, "runtime", lambda: "python3.11")

    with pytest.raises(LocalStackError, match=r"Python 3\.12 or newer"):
        sam.deploy("prod")


def test_the_deploy_command_is_plain_sam_deploy() -> None:
    command = sam.deploy_command("dev", {"PythonRuntime": "python3.12"})

    assert command[:4] == ["sam", "deploy", "--config-env", "dev"]
    assert 'PythonRuntime="python3.12"' in command


def test_the_web_acl_is_deployed_where_cloudfront_looks_for_it() -> None:
    command = firewall.command(firewall.firewall_of(installation("prod")))
    given = dict(itertools.pairwise(command))

    assert given["--region"] == "us-east-1"
    assert given["--stack-name"] == "jersey-events-prod-firewall"
    assert given["--template-file"] == "firewall.yaml"
    assert given["--config-env"] == "default", "no parameter of the shop's stack"


def test_the_local_stack_has_no_web_acl() -> None:
    with pytest.raises(LocalStackError, match="no CloudFront"):
        firewall.deploy("local", AT)


def test_the_default_event_is_empty() -> None:
    assert read_event(None) == b"{}"


def test_an_event_is_read_from_its_file(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text('{"all_open": true}')

    assert json.loads(read_event(path)) == {"all_open": True}


def test_a_missing_event_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalStackError, match=r"none\.json"):
        read_event(tmp_path / "none.json")


def test_an_event_file_that_is_not_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_text("{")

    with pytest.raises(LocalStackError, match="not JSON"):
        read_event(path)


def test_a_structured_log_line_is_shown_as_a_sentence() -> None:
    entry = {
        "level": "INFO",
        "message": "completed",
        "timestamp": "2026-11-23 02:05:19,633+0000",
        "service": "ticketing",
        "order_number": "ORD-ABC123",
        "tickets": 3,
    }

    line = readable("verify_payment", json.dumps(entry))

    assert line == "02:05:19 INFO    verify_payment   completed order_number=ORD-ABC123 tickets=3"


@pytest.mark.parametrize(
    "message",
    [
        "START RequestId: 1 Version: $LATEST",
        "END RequestId: 1",
        "REPORT RequestId: 1",
        "",
        '{"_aws": {}, "Heartbeat": [1.0]}',
    ],
)
def test_lines_about_idle_runs_are_left_out(message: str) -> None:
    assert readable("scan_orders", message) is None


def test_a_traceback_is_shown_below_its_line() -> None:
    entry = {"level": "ERROR", "message": "failed", "exception": "Traceback ..."}

    line = readable("scan_orders", json.dumps(entry))

    assert line is not None
    assert line.endswith("failed\nTraceback ...")


def test_a_plain_line_is_kept() -> None:
    assert readable("scan_orders", "Task timed out") == "scan_orders      Task timed out"


def test_a_shell_gets_the_stack_and_our_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws, "function_environment", lambda _: {"BRAND_NAME": "Jersey's"})
    for_sam, for_shell = tmp_path / "env.json", tmp_path / "env"

    aws.write_environments(AT, for_sam, for_shell)

    script = f'. {for_shell}; echo "$TICKETING_STACK"; echo "$PATH"; echo "$BRAND_NAME"'
    said = subprocess.run(  # noqa: S603 - our own words
        ["/bin/sh", "-c", script], capture_output=True, text=True, check=True, env={"PATH": "/bin"}
    ).stdout.splitlines()

    assert said == ["jersey-events-local", f"{ROOT}/.venv/bin:/bin", "Jersey's"]
    assert json.loads(for_sam.read_text()) == {"Parameters": {"BRAND_NAME": "Jersey's"}}
