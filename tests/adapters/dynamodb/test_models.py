"""The models and the template must describe the same tables, or queries fail only in production."""

from typing import Any

import pytest
from pynamodb.indexes import Index

from tests.support.aws import REGION, World, resources, template
from ticketing.adapters.dynamodb.models import LEAN, TABLES, connection

LOGICAL_IDS = {key: "".join(w.capitalize() for w in key.split("_")) for key in TABLES}


def model_keys(attributes: dict[str, Any]) -> dict[str, str]:
    return {
        attribute.attr_name: "HASH" if attribute.is_hash_key else "RANGE"
        for attribute in attributes.values()
        if attribute.is_hash_key or attribute.is_range_key
    }


def template_keys(described: dict[str, Any]) -> dict[str, str]:
    return {key["AttributeName"]: key["KeyType"] for key in described["KeySchema"]}


def model_index(index: Index[Any]) -> dict[str, Any]:
    projection = index.Meta.projection
    return {
        "keys": model_keys(index.Meta.attributes),
        "projection": projection.projection_type,
        "attributes": sorted(projection.non_key_attributes or ()),
    }


def template_index(described: dict[str, Any]) -> dict[str, Any]:
    projection = described["Projection"]
    return {
        "keys": template_keys(described),
        "projection": projection["ProjectionType"],
        "attributes": sorted(projection.get("NonKeyAttributes", ())),
    }


def test_every_table_has_a_model_and_vice_versa() -> None:
    assert set(LOGICAL_IDS.values()) == set(resources("AWS::DynamoDB::Table"))


@pytest.mark.parametrize("key", TABLES)
def test_a_model_matches_the_keys_of_its_table(key: str) -> None:
    described = resources("AWS::DynamoDB::Table")[LOGICAL_IDS[key]]

    assert model_keys(TABLES[key].get_attributes()) == template_keys(described)


@pytest.mark.parametrize("key", TABLES)
def test_a_model_matches_the_key_types_of_its_table(key: str) -> None:
    described = resources("AWS::DynamoDB::Table")[LOGICAL_IDS[key]]
    attributes = TABLES[key].get_attributes()

    for definition in described["AttributeDefinitions"]:
        name = definition["AttributeName"]
        assert attributes[name].attr_type == definition["AttributeType"], name


@pytest.mark.parametrize("key", TABLES)
def test_a_model_matches_the_indexes_and_projections_of_its_table(key: str) -> None:
    described = resources("AWS::DynamoDB::Table")[LOGICAL_IDS[key]]
    of_template = {
        index["IndexName"]: template_index(index)
        for index in described.get("GlobalSecondaryIndexes", [])
    }

    of_model = {name: model_index(index) for name, index in TABLES[key]._indexes.items()}

    assert of_model == of_template


@pytest.mark.parametrize("key", TABLES)
def test_projected_attributes_exist_in_the_model(key: str) -> None:
    for index in TABLES[key]._indexes.values():
        carried = set(index.Meta.projection.non_key_attributes or ())
        assert carried <= set(TABLES[key].get_attributes())


def test_functions_learn_each_table_name_from_its_environment_variable(world: World) -> None:
    variables = template()["Globals"]["Function"]["Environment"]["Variables"]

    for key, logical_id in LOGICAL_IDS.items():
        assert variables[key.upper()] == {"Ref": logical_id}
        assert TABLES[key].Meta.table_name == world.ref[logical_id]


def test_requests_name_us_without_the_sdk_composing_it_each_time(world: World) -> None:  # noqa: ARG001
    meta: Any = connection().client.meta
    lean: Any = LEAN
    assert meta.config.user_agent == lean.user_agent
    assert meta.config.account_id_endpoint_mode == "disabled"
    assert meta.endpoint_url == f"https://dynamodb.{REGION}.amazonaws.com"
