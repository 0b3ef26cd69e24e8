"""Parameters and outputs of the template, and the values of each stage."""

import pytest

from local.sam import SAMCONFIG, parameters
from tests.support.cloudformation import deployed, logical_id, source

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
