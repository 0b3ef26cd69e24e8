"""The model of costs knows all that the templates make, and the pages show its figures."""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from benchmarks import cost_page, idle, prices, wire
from benchmarks.idle import resources
from benchmarks.prices import Line, UnknownCost, assumed, beyond_free, total
from benchmarks.rows.cost import EVERYTHING, WITH_WEB_ACL
from benchmarks.rows.requests import described, requests

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def counted() -> wire.Counted:
    return wire.count()


@pytest.mark.parametrize(
    "page", [cost_page.DEPLOYING, cost_page.README], ids=lambda page: page.name
)
def test_the_pages_show_the_figures_of_the_model(page: Path, counted: wire.Counted) -> None:
    """If this fails, `make bench ROW=cost` writes them again."""
    shown, meant = cost_page.shown(page), cost_page.pages(counted)[page]

    assert NUMBER.sub("#", shown) == NUMBER.sub("#", meant)
    for row, figures in zip(shown.splitlines(), meant.splitlines(), strict=True):
        assert numbers(row) == pytest.approx(numbers(figures), rel=0.02, abs=0.011), row


NUMBER = re.compile(r"\d[\d,.]*")


def numbers(text: str) -> list[float]:
    """Return the figures of a line; a run makes up order numbers, so bytes vary a little."""
    return [float(each.strip(",.").replace(",", "")) for each in NUMBER.findall(text)]


def test_a_resource_of_an_unknown_type_is_an_error(
    counted: wire.Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = [*resources({}), {"Type": "AWS::RDS::DBInstance"}]
    monkeypatch.setattr(idle, "resources", lambda _: every)

    with pytest.raises(UnknownCost, match="AWS::RDS::DBInstance"):
        idle.idle(counted)


def test_a_schedule_whose_function_is_not_counted_is_an_error(
    counted: wire.Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = {"ScheduleExpression": "rate(1 minute)", "Targets": [{"Arn": target("NewFunction")}]}
    every = [{"Type": "AWS::Events::Rule", "Properties": rule}]
    monkeypatch.setattr(idle, "resources", lambda _: every)

    with pytest.raises(UnknownCost, match="NewFunction"):
        idle.idle(counted)


def target(logical_id: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [logical_id, "Arn"]}


@pytest.mark.parametrize(
    ("expression", "times"),
    [
        ("rate(5 minutes)", 8640),
        ("rate(1 minute)", 43200),
        ("cron(17 3 * * ? *)", 30),
        ("cron(20 * * * ? *)", 720),
    ],
)
def test_a_schedule_fires_so_often_in_a_month(expression: str, times: int) -> None:
    assert idle._ticks(expression) == times


def test_a_schedule_of_an_unknown_form_is_an_error() -> None:
    with pytest.raises(UnknownCost):
        idle._ticks("cron(0/5 * * * ? *)")


@pytest.mark.parametrize(
    ("alarm", "metrics"),
    [
        ({"MetricName": "Errors"}, 1),
        ({"Metrics": [{"MetricStat": {}}, {"MetricStat": {}}, {"Expression": "m1 + m2"}]}, 2),
    ],
)
def test_an_alarm_is_paid_for_each_metric(alarm: Mapping[str, Any], metrics: int) -> None:
    assert idle._metrics_of_alarm(alarm) == metrics


def of_types(parameters: Mapping[str, str]) -> set[str]:
    return {resource["Type"] for resource in resources(parameters)}


def test_parameters_decide_what_is_paid() -> None:
    alarm, dashboard = "AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard"
    acl = "AWS::WAFv2::WebACL"

    assert {alarm, dashboard} <= of_types(EVERYTHING)
    assert not {alarm, dashboard} & of_types({"Watch": "nothing"})
    assert acl in of_types(WITH_WEB_ACL) - of_types({})


def test_what_is_free_is_taken_off_once() -> None:
    alarms = Line("alarms", 26, "alarms")

    assert total([alarms]) == pytest.approx(2.60)
    assert beyond_free([alarms]) == pytest.approx(1.60)
    assert beyond_free([Line("alarms", 3, "alarms")]) == 0


def test_every_price_has_its_source() -> None:
    for name, price in prices.prices().items():
        assert price["source"].startswith("https://aws.amazon.com/"), name
        assert isinstance(price["second_hand"], bool), name
        assert price["dollars"] >= 0, name


def test_an_order_is_followed_from_paid_to_mailed(counted: wire.Counted) -> None:
    made = [(each.service, each.operation) for each in counted.alone.requests]

    assert made.count(("sumup", "GET")) == made.count(("sesv2", "SendEmail")) == 1
    assert made.index(("sumup", "GET")) < made.index(("sesv2", "SendEmail"))
    assert requests(counted) > 5.4, "the least that is possible"
    assert all(each.function in described(counted) for each in counted.alone.requests)


def test_a_lone_order_asks_what_one_of_ten_asks(counted: wire.Counted) -> None:
    """Messages of ten leave together, and their organiser is read once; nothing else may differ."""
    alone = len(counted.alone.requests) - len(counted.idle_scan.requests)
    of_ten = len(counted.paid_to_mailed.requests) - len(counted.idle_scan.requests)

    assert of_ten <= alone * wire.BATCH
    assert of_ten >= (alone - 2) * wire.BATCH


def test_attachments_are_part_of_the_mail(counted: wire.Counted) -> None:
    assert 0 < counted.attachment_bytes < counted.mail_bytes


def test_the_benchmarks_need_nothing_of_pytest_s_own_run() -> None:
    """`make bench` imports the rows in a plain process."""
    command = [sys.executable, "-c", "import benchmarks.rows.cost, benchmarks.rows.requests"]
    subprocess.run(command, cwd=ROOT, check=True)  # noqa: S603 - a fixed command


def test_assumptions_are_named() -> None:
    assert set(assumed()) >= {"polls_idle_queue", "wait_ms_aws", "cpu_ms_aws"}
