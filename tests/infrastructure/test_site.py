"""The distribution of the template: caching, security headers, pages and their bucket."""

import re
from fnmatch import fnmatchcase
from http import HTTPStatus
from pathlib import Path

import pytest

from local.origin import API_METHODS
from local.places import ROOT
from local.sam import SAMCONFIG, parameters
from local.site import NOT_FOUND, security_headers
from tests.support.cloudformation import Block, logical_id, properties, source
from ticketing.web.caching import is_public
from ticketing.web.connect_page import REFUSED, UNKNOWN
from ticketing.web.error_responses import STATUS

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_BUT_HOST = "b689b0a8-53d0-40ab-baf2-68738e2966ac"


def distribution() -> Block:
    """Return the configuration of the one distribution."""
    (found,) = properties("AWS::CloudFront::Distribution").values()
    config: Block = found["DistributionConfig"]
    return config


def replaced() -> set[int]:
    """Return the statuses of which CloudFront replaces the answer."""
    rules = distribution()["CustomErrorResponses"]
    return {rule["ErrorCode"] for rule in rules if "ResponseCode" in rule}


def behaviour_of(path: str) -> Block:
    """Return the behaviour that CloudFront takes for a path: the first whose pattern fits."""
    ordered: list[Block] = distribution()["CacheBehaviors"]
    fitting = (b for b in ordered if fnmatchcase(path, b["PathPattern"]))
    return next(fitting, distribution()["DefaultCacheBehavior"])


def behaviours_of_the_api() -> list[Block]:
    return [b for b in distribution()["CacheBehaviors"] if b["TargetOriginId"] == "api"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/orders",
        "/api/orders/ORD-ABC123",
        "/api/orders/ORD-ABC123/tickets",
        "/api/lost-tickets",
        "/api/webhooks/sumup",
        "/api/organisers/parked/connect",
        "/api/openapi.json",
    ],
)
def test_the_api_is_not_cached_and_receives_every_header_but_host(path: str) -> None:
    behaviour = behaviour_of(path)

    assert behaviour["PathPattern"] == "/api/*"
    assert behaviour["TargetOriginId"] == "api"
    assert behaviour["CachePolicyId"] == CACHING_DISABLED
    assert behaviour["OriginRequestPolicyId"] == ALL_BUT_HOST
    assert {"GET", "POST", "DELETE"} <= set(behaviour["AllowedMethods"])


@pytest.mark.parametrize("path", ["/api/events", "/api/events/5", "/api/events/5/keys"])
def test_what_the_api_calls_public_is_kept_for_seconds_at_most(path: str) -> None:
    assert is_public(path, HTTPStatus.OK)
    behaviour = behaviour_of(path)
    (policy,) = properties("AWS::CloudFront::CachePolicy").values()
    kept = policy["CachePolicyConfig"]

    assert behaviour["CachePolicyId"] == {"Ref": "PublicAnswers"}
    assert behaviour["TargetOriginId"] == "api"
    assert (kept["MinTTL"], kept["DefaultTTL"]) == (0, 0), "nothing is kept unless the API says so"
    assert 2 <= kept["MaxTTL"] <= 5


def test_a_public_answer_depends_on_nothing_of_who_asks_but_the_language() -> None:
    """An origin request policy would send cookies on, and one visitor's answer to the next."""
    (policy,) = properties("AWS::CloudFront::CachePolicy").values()
    key = policy["CachePolicyConfig"]["ParametersInCacheKeyAndForwardedToOrigin"]

    assert "OriginRequestPolicyId" not in behaviour_of("/api/events/5")
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}
    assert key["HeadersConfig"] == {"HeaderBehavior": "whitelist", "Headers": ["Accept-Language"]}
    (function,) = behaviour_of("/api/events/5")["FunctionAssociations"]
    assert function["EventType"] == "viewer-request", "before CloudFront looks for an answer"
    arn = ["ApiLanguage", "FunctionMetadata", "FunctionARN"]
    assert function["FunctionARN"] == {"Fn::GetAtt": arn}
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "none"}


def test_methods_that_no_route_has_reach_the_api_on_every_path() -> None:
    """CloudFront would answer 403 itself, which the missing page replaces; the API says 405."""
    methods = [set(b["AllowedMethods"]) for b in behaviours_of_the_api()]

    assert methods == [set(API_METHODS)] * len(methods)


def test_every_request_to_the_api_has_the_key_of_cloudfront() -> None:
    """It belongs to the origin, so that no behaviour can leave it out."""
    (api,) = [origin for origin in distribution()["Origins"] if origin["Id"] == "api"]

    assert [h["HeaderName"] for h in api["OriginCustomHeaders"]] == ["X-Origin-Key"]


def test_every_response_has_the_security_headers() -> None:
    behaviours = [distribution()["DefaultCacheBehavior"], *distribution()["CacheBehaviors"]]

    named = [b["ResponseHeadersPolicyId"]["Ref"] for b in behaviours]
    assert sorted(named) == ["DoorHeaders", "SiteHeaders", "SiteHeaders", "SiteHeaders"]
    assert {b["ViewerProtocolPolicy"] for b in behaviours} == {"redirect-to-https", "https-only"}


DOOR_FILES = ["/door/", "/door/index.html", "/door/worker.js", "/door/kept/idb/umd.js"]


@pytest.mark.parametrize("path", DOOR_FILES)
def test_the_door_has_headers_of_its_own_and_is_served_like_other_pages(path: str) -> None:
    behaviour, pages = behaviour_of(path), distribution()["DefaultCacheBehavior"]
    differ = {name for name in behaviour if behaviour[name] != pages.get(name)}

    assert differ == {"PathPattern", "ResponseHeadersPolicyId"}
    assert behaviour["ResponseHeadersPolicyId"] == {"Ref": "DoorHeaders"}


@pytest.mark.parametrize("path", ["/", "/event/", "/doors/", "/assets/api.js", "/e/5.html"])
def test_no_other_page_has_the_headers_of_the_door(path: str) -> None:
    assert behaviour_of(path)["ResponseHeadersPolicyId"] == {"Ref": "SiteHeaders"}
    assert "camera=()" in security_headers(path=path)["Permissions-Policy"]
    assert "wasm" not in security_headers(path=path)["Content-Security-Policy"]


def test_the_door_may_use_the_camera_and_a_decoder_and_nothing_of_others() -> None:
    rules, pages = content_rules("/door/"), content_rules()

    assert security_headers(path="/door/")["Permissions-Policy"] == (
        "camera=(self), geolocation=(), microphone=(), payment=()"
    )
    assert {name: rules[name] for name in rules if rules[name] != pages.get(name)} == {
        "script-src": ["'self'", "'wasm-unsafe-eval'"],
        "worker-src": ["'self'"],
        "manifest-src": ["'self'"],
        "form-action": ["'none'"],
    }
    assert pages.keys() - rules.keys() == set()


@pytest.mark.parametrize("form", ["hosted", "widget"])
def test_how_buyers_pay_changes_nothing_at_the_door(form: str) -> None:
    assert security_headers({"PaymentForm": form}, "/door/") == security_headers(path="/door/")


def test_the_door_differs_from_other_pages_in_no_other_header() -> None:
    door, pages = security_headers(path="/door/"), security_headers()

    assert door.keys() == pages.keys()
    assert {name for name in door if door[name] != pages[name]} == {
        "Content-Security-Policy",
        "Permissions-Policy",
        "Referrer-Policy",
    }


def content_rules(path: str = "/", **chosen: str) -> dict[str, list[str]]:
    """Return the content security policy of a page by directive; `chosen` are parameters."""
    policy = security_headers(chosen, path)["Content-Security-Policy"]
    return {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}


def test_pages_allow_no_inline_and_no_third_party_scripts() -> None:
    rules = content_rules()

    assert rules == content_rules(PaymentForm="hosted")
    nothing = {"frame-src", "object-src", "base-uri", "frame-ancestors"}
    assert {name for name, sources in rules.items() if sources == ["'none'"]} == nothing
    assert all(rules[name] == ["'self'"] for name in rules.keys() - nothing)
    assert rules.keys() > {"default-src", "script-src", "connect-src", "img-src", "style-src"}


def test_the_csp_allows_the_card_form_and_nothing_else() -> None:
    rules = content_rules(PaymentForm="widget")
    gateway, own = "https://gateway.sumup.com", "'self'"

    assert {name: rules[name] for name in rules if rules[name] != content_rules().get(name)} == {
        "script-src": [own, gateway],
        "frame-src": [gateway],
        "connect-src": [own, "https://api.sumup.com", gateway],
        "img-src": [own, "data:", "https://static.sumup.com"],
        "style-src-elem": [own, "'unsafe-inline'"],
        "form-action": [own, "https:", gateway],
    }


def test_the_csp_allows_the_card_form_of_a_simulator_instead() -> None:
    simulator = "http://127.0.0.1:8788"
    addresses = {"SumUpGatewayUrl": simulator, "SumUpBaseUrl": simulator}
    rules = content_rules(PaymentForm="widget", **addresses)

    assert rules["script-src"] == ["'self'", simulator]
    assert rules["frame-src"] == [simulator]
    assert not any("gateway.sumup.com" in allowed for s in rules.values() for allowed in s)


def test_only_the_card_form_may_use_the_payment_api_of_the_browser() -> None:
    hosted = security_headers()["Permissions-Policy"]
    widget = security_headers({"PaymentForm": "widget"})["Permissions-Policy"]

    assert hosted.endswith("payment=()")
    assert widget.endswith('payment=(self "https://gateway.sumup.com")')
    assert "sumup" not in str(security_headers().values())


def test_buyers_pay_on_the_sumup_page_by_default() -> None:
    declared = source()["Parameters"]

    assert declared["PaymentForm"]["Default"] == "hosted"
    assert declared["SumUpGatewayUrl"]["Default"] == "https://gateway.sumup.com"
    for stage in ("dev", "prod"):
        chosen = parameters(stage, {}, SAMCONFIG)
        assert not {"PaymentForm", "SumUpGatewayUrl"} & set(chosen)


def test_only_a_missing_page_has_a_custom_error_page() -> None:
    """Answers of the API pass through the same rule, and it has 404s of its own."""
    (rule,) = [r for r in distribution()["CustomErrorResponses"] if "ResponsePagePath" in r]

    assert (rule["ErrorCode"], rule["ResponseCode"]) == (403, 404)
    assert rule["ResponsePagePath"] == f"/{NOT_FOUND}"


def test_cloudfront_keeps_no_error_for_the_next_visitor() -> None:
    """By default it keeps one for 10 s, also where caching is disabled."""
    rules = distribution()["CustomErrorResponses"]

    assert {rule["ErrorCode"]: rule["ErrorCachingMinTTL"] for rule in rules} == dict.fromkeys(
        (400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504), 0
    )


def test_no_api_response_is_replaced_by_cloudfront() -> None:
    pages = {page.status for page in (*REFUSED.values(), UNKNOWN)}

    assert replaced() & (pages | set(STATUS.values())) == set()


@pytest.mark.parametrize("handler", sorted((ROOT / "functions").glob("*/app.py")), ids=str)
def test_no_handler_returns_a_status_that_is_replaced(handler: Path) -> None:
    named = set(re.findall(r"HTTPStatus\.(\w+)|\b([1-5]\d\d)\b", handler.read_text()))
    statuses = {HTTPStatus[name] if name else int(number) for name, number in named}

    assert replaced() & statuses == set()


def test_pages_are_read_from_the_private_bucket_with_signed_requests() -> None:
    origins = {origin["Id"]: origin for origin in distribution()["Origins"]}
    access = properties("AWS::CloudFront::OriginAccessControl")["SiteAccess"]

    assert logical_id(origins["site"]["OriginAccessControlId"]) == "SiteAccess"
    assert access["OriginAccessControlConfig"]["SigningBehavior"] == "always"
    assert origins["api"]["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"


def test_a_web_acl_is_optional_and_of_the_kind_for_cloudfront() -> None:
    declared = source()["Parameters"]["WebAclArn"]
    of_cloudfront = "arn:aws:wafv2:us-east-1:123456789012:global/webacl/shop/473e64fd-f30b-4765"
    of_a_region = "arn:aws:wafv2:eu-west-2:123456789012:regional/webacl/shop/473e64fd-f30b-4765"

    assert declared["Default"] == ""
    assert re.fullmatch(declared["AllowedPattern"], of_cloudfront)
    assert re.fullmatch(declared["AllowedPattern"], "")
    assert not re.fullmatch(declared["AllowedPattern"], of_a_region)
    assert distribution()["WebACLId"]["Fn::If"] == [
        "HasWebAcl",
        {"Ref": "WebAclArn"},
        {"Ref": "AWS::NoValue"},
    ]


def test_a_domain_is_optional_and_comes_with_its_certificate() -> None:
    declared = source()["Parameters"]

    assert declared["SiteDomain"]["Default"] == declared["CertificateArn"]["Default"] == ""
    assert distribution()["Aliases"]["Fn::If"][0] == "HasDomain"
    assert distribution()["ViewerCertificate"]["Fn::If"][0] == "HasDomain"
    assert source()["Rules"]["DomainComesWithItsCertificate"]
