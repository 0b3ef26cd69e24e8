"""Parameters and outputs of the template, and the values of each stage."""

import pytest

from local.sam import SAMCONFIG, parameters
from tests.support.cloudformation import Block, deployed, logical_id, source

STAGES = ["local", "dev", "prod"]


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
def test_every_stage_sets_all_required_and_no_unknown_parameters(stage: str) -> None:
    declared = source()["Parameters"]
    needed = {name for name, parameter in declared.items() if "Default" not in parameter}

    chosen = parameters(stage, {}, SAMCONFIG)

    assert needed <= set(chosen) <= set(declared)
    assert chosen["Stage"] == stage


def holds(condition: Block, chosen: dict[str, str]) -> bool:
    """Tell whether a condition of a rule holds for these parameters."""
    ((how, parts),) = condition.items()
    match how:
        case "Fn::Or":
            return any(holds(part, chosen) for part in parts)
        case "Fn::Not":
            return not holds(parts[0], chosen)
        case "Fn::Equals":
            return bool(chosen[parts[0]["Ref"]] == parts[1])
    raise NotImplementedError(how)


@pytest.mark.parametrize(
    ("runtime", "endpoint", "allowed"),
    [
        ("python3.11", "", False),
        ("python3.11", "http://127.0.0.1:4566", True),
        ("python3.12", "", True),
        ("python3.14", "", True),
    ],
)
def test_a_python_whose_libraries_have_advisories_is_for_the_local_aws_only(
    runtime: str, endpoint: str, *, allowed: bool
) -> None:
    (rule,) = source()["Rules"]["OldPythonStaysOnThisMachine"]["Assertions"]

    assert holds(rule["Assert"], {"PythonRuntime": runtime, "EndpointUrl": endpoint}) is allowed
