"""The shop's one address on the deployed stack: pages, API, and the upload of the pages."""

from typing import TYPE_CHECKING

import pytest
import requests

from local import aws, deploy_site
from local.places import Ports
from local.shop import Shop
from local.site import SITE, cache_control, content_type, files, security_headers

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

pytestmark = pytest.mark.e2e


def is_guarded(answer: requests.Response) -> bool:
    """Tell whether the security headers are there."""
    return all(answer.headers.get(name) == value for name, value in security_headers().items())


def get(at: Ports, path: str) -> requests.Response:
    return requests.get(at.site_url + path, timeout=40, allow_redirects=False)


@pytest.mark.parametrize("name", files())
def test_pages_and_what_they_ask_for_are_served(at: Ports, name: str) -> None:
    answer = get(at, f"/{name.removesuffix('index.html')}")

    assert answer.status_code == 200
    assert answer.content == (SITE / name).read_bytes()
    assert answer.headers["Content-Type"] == content_type(name)
    assert is_guarded(answer)


@pytest.mark.usefixtures("shop")
def test_the_api_answers_on_the_same_origin(at: Ports) -> None:
    answer = get(at, "/api/events")

    assert answer.status_code == 200
    assert "events" in answer.json()
    assert is_guarded(answer)


def test_the_api_has_a_404_of_its_own(at: Ports) -> None:
    answer = get(at, "/api/none")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_organisers_have_a_function_of_their_own(at: Ports) -> None:
    """Its answer is a page for a person, whatever was wrong with the address."""
    answer = get(at, "/api/organisers/callback")

    assert 400 <= answer.status_code < 500
    assert answer.headers["Content-Type"].startswith("text/html")


def test_functions_send_people_and_sumup_to_this_origin(at: Ports, shop: Shop) -> None:
    assert shop.services.settings.public_url == at.site_url


def test_the_upload_leaves_the_site_and_nothing_else(at: Ports) -> None:
    storage: S3Client = aws.client("s3", at)
    bucket = aws.outputs(at)["SiteBucket"]
    storage.put_object(Bucket=bucket, Key="of-yesterday.html", Body=b"")

    deploy_site.deploy("local", at)

    stored = {entry["Key"] for entry in storage.list_objects_v2(Bucket=bucket)["Contents"]}
    assert stored == set(files())
    for name in stored:
        found = storage.get_object(Bucket=bucket, Key=name)
        assert found["Body"].read() == (SITE / name).read_bytes()
        assert (found["ContentType"], found["CacheControl"]) == (
            content_type(name),
            cache_control(name),
        )
