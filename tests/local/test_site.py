"""How `site/` is published: names, types, caching, headers, and what an upload leaves."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from moto import mock_aws

from local import deploy_site, site
from local.places import LocalStackError
from tests.support.edge import handled

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

BUCKET = "pages"
PATHS = {
    "/": "index.html",
    "/event/": "event/index.html",
    "/event": "event/index.html",
    "/door/": "door/index.html",
    "/404.html": "404.html",
    "/assets/shop.js": "assets/shop.js",
    "/a.b/c": "a.b/c/index.html",
}


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """A small site."""
    for name in ("index.html", "404.html", "event/index.html", "assets/a.js", "assets/z.css"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    (tmp_path / ".swp").write_text("an editor's")
    return tmp_path


@pytest.fixture
def s3() -> Iterator["S3Client"]:
    with mock_aws():
        client = boto3.client("s3", region_name="eu-west-2")
        where = {"LocationConstraint": "eu-west-2"}
        client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=where)  # type: ignore[arg-type]  # a literal to the stubs
        yield client


@pytest.mark.parametrize(("path", "name"), PATHS.items())
def test_a_folder_serves_its_index_page(path: str, name: str) -> None:
    assert site.key_of(path) == name


@pytest.mark.skipif(shutil.which("node") is None, reason="runs the function of CloudFront in node")
def test_cloudfront_maps_paths_like_the_local_site() -> None:
    found = handled("SiteFolders", [{"uri": path} for path in PATHS])

    assert [request["uri"] for request in found] == [f"/{name}" for name in PATHS.values()]


def test_pages_come_last_and_hidden_files_are_skipped(pages: Path) -> None:
    assert site.files(pages) == [
        "assets/a.js",
        "assets/z.css",
        "404.html",
        "event/index.html",
        "index.html",
    ]


@pytest.mark.parametrize("name", site.files())
def test_every_file_of_the_site_has_a_content_type(name: str) -> None:
    assert site.content_type(name)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("door/kept/zxing-wasm/reader/zxing_reader.wasm", "application/wasm"),
        ("door/manifest.webmanifest", "application/manifest+json"),
    ],
)
def test_the_door_has_files_of_types_that_browsers_insist_on(name: str, kind: str) -> None:
    assert name in site.files()
    assert site.content_type(name) == kind


def test_a_file_of_an_unknown_type_is_named() -> None:
    with pytest.raises(LocalStackError, match=r"notes\.docx"):
        site.content_type("notes.docx")


@pytest.mark.parametrize("name", ["index.html", "a.js", "a.css", "a.svg"])
def test_browsers_revalidate_every_file(name: str) -> None:
    assert "max-age=0" in site.cache_control(name)


def test_an_upload_sets_content_types_and_cache_headers(s3: "S3Client", pages: Path) -> None:
    assert deploy_site.upload(s3, BUCKET, pages) == (5, 0)

    page = s3.get_object(Bucket=BUCKET, Key="event/index.html")
    assert page["ContentType"] == "text/html; charset=utf-8"
    assert page["CacheControl"] == site.ASK_EACH_TIME
    assert page["Body"].read() == b"event/index.html"
    script = s3.head_object(Bucket=BUCKET, Key="assets/a.js")
    assert script["ContentType"] == "text/javascript; charset=utf-8"


def test_an_upload_removes_deleted_files(s3: "S3Client", pages: Path) -> None:
    deploy_site.upload(s3, BUCKET, pages)
    (pages / "assets/z.css").unlink()

    assert deploy_site.upload(s3, BUCKET, pages) == (4, 1)

    left = {entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]}
    assert left == set(site.files(pages))


def test_an_upload_leaves_the_pictures_of_events(s3: "S3Client", pages: Path) -> None:
    s3.put_object(Bucket=BUCKET, Key="pictures/0123-960.webp", Body=b"RIFF")
    s3.put_object(Bucket=BUCKET, Key="old.html", Body=b"gone")

    _, removed = deploy_site.upload(s3, BUCKET, pages)

    assert removed == 1
    assert s3.get_object(Bucket=BUCKET, Key="pictures/0123-960.webp")["Body"].read() == b"RIFF"


@pytest.mark.parametrize("name", ["index.html", "404.html"])
def test_an_incomplete_site_is_not_uploaded(s3: "S3Client", pages: Path, name: str) -> None:
    (pages / name).unlink()

    with pytest.raises(LocalStackError, match=name):
        deploy_site.upload(s3, BUCKET, pages)

    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)


def test_a_file_of_an_unknown_type_prevents_the_upload(s3: "S3Client", pages: Path) -> None:
    (pages / "a.docx").write_text("")

    with pytest.raises(LocalStackError, match=r"a\.docx"):
        deploy_site.upload(s3, BUCKET, pages)

    assert "Contents" not in s3.list_objects_v2(Bucket=BUCKET)


def test_a_stage_is_found_in_samconfig() -> None:
    found = deploy_site.installation("prod")

    assert (found.region, found.stack) == ("eu-west-2", "jersey-events-prod")


@pytest.mark.parametrize("stage", ["default", "staging"])
def test_a_stage_missing_from_samconfig_is_named(stage: str) -> None:
    with pytest.raises(LocalStackError, match=stage):
        deploy_site.installation(stage)
