"""The HTTP API of the template: routes, limits and access logs."""

import json

import pytest

from tests.support.cloudformation import (
    Block,
    deployed,
    logical_id,
    of_type,
    one,
    properties,
    source,
)

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


def routes() -> dict[str, str]:
    """Return the function that answers each route."""
    integrations = properties("AWS::ApiGatewayV2::Integration")
    found = {}
    for route in properties("AWS::ApiGatewayV2::Route").values():
        name = route["Target"]["Fn::Sub"].removeprefix("integrations/${").removesuffix("}")
        found[route["RouteKey"]] = logical_id(integrations[name]["IntegrationUri"])
    return found


def stage() -> Block:
    """Return the properties of the API's one stage."""
    (found,) = properties("AWS::ApiGatewayV2::Stage").values()
    return found


def test_every_route_has_a_function() -> None:
    assert routes() == {
        "ANY /api/{proxy+}": "CheckoutApiFunction",
        "POST /api/orders": "CheckoutApiFunction",
        "GET /api/orders/{order_number}/phone-tickets": "DrawPhoneTicketsFunction",
        "ANY /api/door/{proxy+}": "CheckInFunction",
        "POST /api/webhooks/sumup": "SumupWebhookFunction",
        "GET /api/organisers/{proxy+}": "ConnectOrganiserFunction",
    }


def test_integrations_use_one_payload_format() -> None:
    for name, props in properties("AWS::ApiGatewayV2::Integration").items():
        assert props["IntegrationType"] == "AWS_PROXY", name
        assert props["PayloadFormatVersion"] == "2.0", name


@pytest.mark.parametrize("name", sorted(set(routes().values())))
def test_only_the_api_may_invoke_its_functions(name: str) -> None:
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
def test_a_function_times_out_before_the_api_does(name: str) -> None:
    assert properties("AWS::Lambda::Function")[name]["Timeout"] < 30


def test_every_route_answers_cloudfront_only() -> None:
    """Whoever knows the API's own address could walk around a web ACL."""
    for name, route in of_type("AWS::ApiGatewayV2::Route").items():
        assert route["Properties"]["AuthorizationType"] == "CUSTOM", name
        assert route["Properties"]["AuthorizerId"] == {"Ref": "HttpApiAuthorizer"}, name
        # Otherwise an update would ask for the key before CloudFront sends it.
        assert set(route["DependsOn"]) == {"SiteDistribution", "CheckOriginPermission"}, name


def test_the_authorizer_decides_by_the_key_alone() -> None:
    authorizer = one("AWS::ApiGatewayV2::Authorizer")
    invoked = authorizer["AuthorizerUri"]["Fn::Sub"]
    permission = properties("AWS::Lambda::Permission")["CheckOriginPermission"]
    may_ask = permission["SourceArn"]["Fn::Sub"]

    assert "${CheckOriginFunction.Arn}/invocations" in invoked
    assert permission["FunctionName"] == {"Ref": "CheckOriginFunction"}
    assert may_ask.endswith(":${HttpApi}/authorizers/${HttpApiAuthorizer}")
    assert authorizer["EnableSimpleResponses"] is True
    assert authorizer["AuthorizerPayloadFormatVersion"] == "2.0"
    assert 0 < authorizer["AuthorizerResultTtlInSeconds"] <= 300, "an old key is refused by then"
    assert properties("AWS::Lambda::Function")["CheckOriginFunction"]["Timeout"] <= 10


def test_the_key_is_no_parameter_and_in_no_functions_environment() -> None:
    secret = properties("AWS::SecretsManager::Secret")["OriginSecret"]
    reference = "{{resolve:secretsmanager:${OriginSecret}:SecretString:${OriginKey}}}"
    text = json.dumps(source())

    assert secret["GenerateSecretString"]["PasswordLength"] >= 32
    assert (
        source()["Parameters"]["OriginKey"]["Default"]
        == (secret["GenerateSecretString"]["GenerateStringKey"])
    )
    assert text.count("{{resolve:") == text.count(json.dumps(reference)) == 1


def test_requests_are_throttled() -> None:
    default = stage()["DefaultRouteSettings"]
    parameters_ = source()["Parameters"]

    assert default["ThrottlingRateLimit"] == {"Ref": "RequestRate"}
    assert default["ThrottlingBurstLimit"] == {"Ref": "RequestBurst"}
    assert parameters_["RequestRate"]["Default"] == 500
    assert parameters_["RequestBurst"]["Default"] == 1000


def test_routes_that_write_or_draw_are_throttled_harder() -> None:
    settings = stage()["RouteSettings"]

    assert set(settings) == {
        "POST /api/orders",
        "POST /api/webhooks/sumup",
        "GET /api/orders/{order_number}/phone-tickets",
        "ANY /api/door/{proxy+}",
    }
    assert set(settings) <= set(routes()), "API Gateway refuses settings of an unknown route"
    for limits in settings.values():
        assert limits["ThrottlingRateLimit"] < 500
        assert limits["ThrottlingBurstLimit"] < 1000


def test_the_shop_links_to_a_route_only_once_it_is_there() -> None:
    shop = of_type("AWS::Lambda::Function")["CheckoutApiFunction"]

    assert shop["DependsOn"] == "DrawPhoneTicketsRoute"


def test_the_stage_waits_for_its_routes() -> None:
    (found,) = of_type("AWS::ApiGatewayV2::Stage").values()

    assert set(found["DependsOn"]) == set(of_type("AWS::ApiGatewayV2::Route"))


def test_access_logs_are_json_and_have_a_retention() -> None:
    logs = stage()["AccessLogSettings"]

    assert "\n" not in logs["Format"]
    assert set(json.loads(logs["Format"])) >= {"request_id", "route", "status"}
    group = properties("AWS::Logs::LogGroup")[logical_id(logs["DestinationArn"])]
    assert group["RetentionInDays"]


def test_access_logs_hold_no_personal_data() -> None:
    values = json.loads(stage()["AccessLogSettings"]["Format"]).values()

    assert {value.removeprefix("$context.") for value in values} <= LOGGED


def test_no_other_origin_is_allowed() -> None:
    text = json.dumps(deployed()).lower()

    assert "cors" not in text
    assert "access-control-allow" not in text
