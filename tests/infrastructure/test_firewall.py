"""The web ACL of `firewall.yaml`: a limit for one address, which SumUp and pages do not notice."""

from http import HTTPStatus
from typing import Any

import pytest
import yaml

from local.places import ROOT
from tests.infrastructure.test_site import replaced
from tests.support.cloudformation import Block, IntrinsicLoader


def acl() -> Block:
    template = yaml.load((ROOT / "firewall.yaml").read_text(), IntrinsicLoader)  # noqa: S506 - a SafeLoader
    (found,) = template["Resources"].values()
    properties: Block = found["Properties"]
    return properties


def rule() -> Block:
    (found,) = acl()["Rules"]
    return dict(found)


def limited(path: str) -> bool:
    """Tell whether the rule counts a request for this path, decoded and normalised."""
    statement = rule()["Statement"]["RateBasedStatement"]["ScopeDownStatement"]
    return matches(statement, path)


def matches(statement: Block, path: str) -> bool:
    ((kind, what),) = statement.items()
    match kind:
        case "AndStatement":
            return all(matches(each, path) for each in what["Statements"])
        case "NotStatement":
            return not matches(what["Statement"], path)
        case "ByteMatchStatement" if what["PositionalConstraint"] == "STARTS_WITH":
            return path.startswith(what["SearchString"])
        case "ByteMatchStatement" if what["PositionalConstraint"] == "EXACTLY":
            return bool(path == what["SearchString"])
    raise NotImplementedError(kind)


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("/api/orders", True),
        ("/api/events/5", True),
        ("/api/webhooks/", True),
        ("/api/webhooks/sumup/", True),
        ("/api/webhooks/sumup", False),  # SumUp tells of all payments from a few addresses
        ("/", False),
        ("/assets/shop.js", False),
    ],
)
def test_requests_to_the_api_are_limited_by_address(path: str, *, counts: bool) -> None:
    assert limited(path) is counts


def test_a_limited_buyer_is_told_to_wait() -> None:
    """And not shown CloudFront's own page, which would say that something is missing."""
    answer = rule()["Action"]["Block"]["CustomResponse"]

    assert answer["ResponseCode"] == HTTPStatus.TOO_MANY_REQUESTS
    assert answer["ResponseCode"] not in replaced()
    assert {"Name": "Retry-After", "Value": "60"} in answer["ResponseHeaders"]
    assert answer["CustomResponseBodyKey"] in acl()["CustomResponseBodies"]


def test_everything_else_is_let_in() -> None:
    assert acl()["DefaultAction"] == {"Allow": {}}
    assert acl()["Scope"] == "CLOUDFRONT"


def test_no_request_of_a_buyer_is_kept_as_a_sample() -> None:
    configs: list[Any] = [acl()["VisibilityConfig"], rule()["VisibilityConfig"]]

    assert [config["SampledRequestsEnabled"] for config in configs] == [False, False]
