"""The shop's one address on the deployed stack: pages, API, and the upload of the pages."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from local import aws, deploy_site
from local.places import Ports
from local.shop import FESTIVAL, Shop
from local.site import IMPORTED, SITE, cache_control, content_type, files, security_headers
from ticketing.adapters.dynamodb.invitations import Invitations
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.errors import Refusal
from ticketing.flows.invite_organiser import InviteOrganiser, Wanted
from ticketing.web.connect_page import REFUSED

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

pytestmark = pytest.mark.e2e


def is_guarded(answer: requests.Response) -> bool:
    """Tell whether the security headers of its path are there."""
    meant = security_headers(path=urlsplit(answer.url).path)
    return all(answer.headers.get(name) == value for name, value in meant.items())


def get(at: Ports, path: str) -> requests.Response:
    return requests.get(at.site_url + path, timeout=40, allow_redirects=False)


@pytest.mark.parametrize("headers", [{}, {"X-Origin-Key": ""}, {"X-Origin-Key": "made up"}])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/events"),
        ("POST", "/api/orders"),
        ("POST", "/api/webhooks/sumup"),
        ("GET", "/api/organisers/connect"),
    ],
)
def test_nobody_reaches_the_api_past_the_origin(
    at: Ports, method: str, path: str, headers: dict[str, str]
) -> None:
    host = aws.outputs(at)["ApiUrl"].partition("://")[2]

    answer = requests.request(
        method, at.aws_url + path, headers={"Host": host, **headers}, timeout=40
    )

    assert answer.status_code in {401, 403}
    assert answer.json().keys() == {"message"}


def test_a_made_up_key_does_not_get_past_the_origin(at: Ports) -> None:
    answer = requests.get(
        f"{at.site_url}/api/events", headers={"X-Origin-Key": "made up"}, timeout=40
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("name", files())
def test_pages_and_their_assets_are_served(at: Ports, name: str) -> None:
    answer = get(at, f"/{name.removesuffix('index.html')}")

    assert answer.status_code == 200
    assert answer.content == (SITE / name).read_bytes()
    assert answer.headers["Content-Type"] == content_type(name)
    assert is_guarded(answer)


@pytest.mark.usefixtures("shop")
def test_the_api_is_served_from_the_same_origin(at: Ports) -> None:
    answer = get(at, "/api/events")

    assert answer.status_code == 200
    assert "events" in answer.json()
    assert answer.headers["Cache-Control"] == "public, max-age=2"
    assert is_guarded(answer)


def test_the_api_has_its_own_404(at: Ports) -> None:
    answer = get(at, "/api/none")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        ("/api/organisers/callback", Refusal.SIGN_IN),
        ("/api/organisers/harbour-arts/connect?invitation=cut-off", Refusal.INVITATION),
    ],
)
def test_error_pages_for_organisers_are_served(at: Ports, path: str, refusal: Refusal) -> None:
    check_page(get(at, path), refusal)


@pytest.mark.parametrize(
    ("decision", "account", "refusal"),
    [
        ("deny", {}, Refusal.DENIED),
        ("approve", {"scopes": ["user.profile_readonly"]}, Refusal.SCOPES),
        ("approve", {"currency": "EUR"}, Refusal.CURRENCY),
    ],
)
def test_the_reason_for_a_failed_consent_is_shown(
    at: Ports, shop: Shop, decision: str, account: dict[str, Any], refusal: Refusal
) -> None:
    shop.sumup.create_merchant("MCNOTUS1", **({"currency": "GBP"} | account))
    wanted = Wanted("not-connected", "Not Connected", "GBP")
    invite = InviteOrganiser(OrganiserTable(), Invitations(), at.site_url)
    browser = requests.Session()
    sent = browser.get(invite(wanted, datetime.now(UTC)).url, timeout=40, allow_redirects=False)
    consent_page, _, asked = sent.headers["Location"].partition("?")
    form = dict(parse_qsl(asked)) | {"decision": decision, "merchant_code": "MCNOTUS1"}

    back = browser.post(consent_page, data=form, timeout=40)

    check_page(back, refusal)
    assert OrganiserTable().get("not-connected").refresh_token is None


def check_page(answer: requests.Response, refusal: Refusal) -> None:
    expected = REFUSED[refusal]
    assert answer.status_code == expected.status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert f"<h1>{expected.title}</h1>" in answer.text


def test_the_functions_use_the_public_url_of_the_site(at: Ports, shop: Shop) -> None:
    assert shop.services.settings.public_url == at.site_url


def test_the_upload_leaves_only_the_site_in_the_bucket(at: Ports) -> None:
    storage: S3Client = aws.client("s3", at)
    bucket = aws.outputs(at)["SiteBucket"]
    storage.put_object(Bucket=bucket, Key="of-yesterday.html", Body=b"")

    deploy_site.deploy("local", at)

    found = {entry["Key"] for entry in storage.list_objects_v2(Bucket=bucket)["Contents"]}
    stored = {name for name in found if not name.startswith(IMPORTED)}
    assert stored == set(files())
    for name in stored:
        file = storage.get_object(Bucket=bucket, Key=name)
        assert file["Body"].read() == (SITE / name).read_bytes()
        assert (file["ContentType"], file["CacheControl"]) == (
            content_type(name),
            cache_control(name),
        )


@pytest.mark.usefixtures("shop")
def test_an_event_has_a_page_of_its_own_and_a_picture(at: Ports) -> None:
    listed = get(at, "/api/events").json()["events"]
    (event,) = (one for one in listed if one["event_id"] == FESTIVAL.event_id)
    page = get(at, event["url"])

    shared = re.search(r'property="og:image" content="([^"]+)"', page.text)
    assert shared
    picture = requests.get(shared[1], timeout=10)

    assert event["url"] == "/e/jersey-live-summer-sounds-5/"
    assert f'content="{event["name"]}"' in page.text
    assert is_guarded(page)
    assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/jpeg")
    assert event["url"] in get(at, "/sitemap.xml").text
