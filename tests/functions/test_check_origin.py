"""The authorizer of the API, with the secret of the template."""

import json
from typing import Any

import pytest

from functions.check_origin.app import handler
from tests.functions.conftest import Context, Sample
from tests.support.aws import World, client, resources
from ticketing.errors import MissingSetting
from ticketing.flows.check_origin import HEADER


def asked(**headers: str) -> Any:  # noqa: ANN401  # API Gateway's simple response
    event = Sample.load("check_origin.stranger").event
    del event["headers"][HEADER]
    event["headers"] |= {name.replace("_", "-"): value for name, value in headers.items()}
    return handler(event, Context())


def put(world: World, keys: str) -> None:
    client("secretsmanager").put_secret_value(SecretId=world.ref["OriginSecret"], SecretString=keys)


def generated(world: World) -> str:
    stored = client("secretsmanager").get_secret_value(SecretId=world.ref["OriginSecret"])
    key: str = json.loads(stored["SecretString"])["A"]
    return key


def test_the_generated_key_opens_the_api(world: World) -> None:
    assert asked(x_origin_key=generated(world)) == {"isAuthorized": True}


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("headers", [{}, {"x_origin_key": ""}, {"x_origin_key": "made up"}])
def test_everything_else_does_not(headers: dict[str, str]) -> None:
    assert asked(**headers) == {"isAuthorized": False}


def test_two_keys_are_accepted_while_one_is_replaced(world: World) -> None:
    put(world, json.dumps({"A": "the old one", "B": "the new one"}))

    assert asked(x_origin_key="the old one") == {"isAuthorized": True}
    assert asked(x_origin_key="the new one") == {"isAuthorized": True}
    assert asked(x_origin_key="B") == {"isAuthorized": False}


@pytest.mark.parametrize("keys", ["", "{}", "null", '{"A": ""}', '{"A": null}', '["made up"]'])
def test_an_unusable_secret_opens_nothing(world: World, keys: str) -> None:
    put(world, keys or " ")

    with pytest.raises(MissingSetting):
        asked(x_origin_key="made up")


def test_the_header_is_the_one_that_cloudfront_adds() -> None:
    (distribution,) = resources("AWS::CloudFront::Distribution").values()
    (authorizer,) = resources("AWS::ApiGatewayV2::Authorizer").values()
    origins = {origin["Id"]: origin for origin in distribution["DistributionConfig"]["Origins"]}
    (added,) = origins["api"]["OriginCustomHeaders"]

    assert added["HeaderName"].lower() == HEADER
    assert authorizer["IdentitySource"] == [f"$request.header.{HEADER}"]
