"""The template as CloudFormation gets it, made by SAM."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any
from unittest.mock import patch

import yaml
from samtranslator.translator.transform import transform

from local.places import ROOT

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
    """Return the template as it is written."""
    template: Block = yaml.load((ROOT / "template.yaml").read_text(), IntrinsicLoader)  # noqa: S506 - a SafeLoader
    return template


@cache
def deployed() -> Block:
    """Return the template as CloudFormation gets it, with the defaults of its parameters."""
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
    """Return the deployed resources of one type, by logical id."""
    return {k: r for k, r in deployed()["Resources"].items() if r["Type"] == kind}


def properties(kind: str) -> dict[str, Block]:
    """Return the properties of all resources of one type, by logical id."""
    return {k: r.get("Properties", {}) for k, r in of_type(kind).items()}


def functions() -> dict[str, Block]:
    """Return the functions as they are written, by logical id."""
    return {
        k: r["Properties"]
        for k, r in source()["Resources"].items()
        if r["Type"] == "AWS::Serverless::Function"
    }


def logical_id(reference: Block) -> str:
    """Return the resource that a Ref or Fn::GetAtt points at."""
    found: str = reference["Ref"] if "Ref" in reference else reference["Fn::GetAtt"][0]
    return found


def one(kind: str) -> Block:
    """Return the properties of the only resource of a type."""
    (found,) = properties(kind).values()
    return found
