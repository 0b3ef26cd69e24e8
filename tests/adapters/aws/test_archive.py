from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber
from moto import mock_aws
from mypy_boto3_s3 import S3Client

from ticketing.adapters.aws.archive import ATTEMPTS, Archive
from ticketing.archive_keys import mail_key, tickets_key
from ticketing.errors import NotErased

BUCKET = "tickets"
KEY = tickets_key("5", "ORD-ABC123")
PUT = {
    "Bucket": BUCKET,
    "Key": KEY,
    "Body": b"mine",
    "ContentType": "application/pdf",
    "IfNoneMatch": "*",
}


@pytest.fixture(scope="module")
def client() -> Iterator[S3Client]:
    with mock_aws():
        client = boto3.client(
            "s3", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
        )
        client.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
        )
        yield client


@pytest.fixture
def s3(client: S3Client) -> S3Client:
    """Return a client whose bucket is empty."""
    for item in client.list_objects_v2(Bucket=BUCKET).get("Contents", []):
        client.delete_object(Bucket=BUCKET, Key=item["Key"])
    return client


def test_a_stored_object_is_read_back(s3: S3Client) -> None:
    archive = Archive(s3, BUCKET)

    kept = archive.keep(KEY, b"%PDF", "application/pdf")

    assert kept == b"%PDF"
    assert archive.read(KEY) == b"%PDF"
    assert s3.head_object(Bucket=BUCKET, Key=KEY)["ContentType"] == "application/pdf"


def test_the_second_writer_gets_what_the_first_one_stored(s3: S3Client) -> None:
    archive = Archive(s3, BUCKET)
    archive.keep(KEY, b"first", "application/pdf")

    kept = archive.keep(KEY, b"second", "application/pdf")

    assert kept == b"first"
    assert archive.read(KEY) == b"first"


def test_access_denied_counts_as_not_found_and_other_errors_raise(s3: S3Client) -> None:
    """Without permission to list a bucket, a missing key is reported as forbidden."""
    archive = Archive(s3, BUCKET)
    archive.keep(KEY, b"%PDF", "application/pdf")
    missing = tickets_key("5", "ORD-NONE99")

    assert archive.find(KEY) == b"%PDF"
    assert archive.find(missing) is None
    with Stubber(s3) as stub:
        stub.add_client_error("get_object", "AccessDenied", http_status_code=403)
        assert archive.find(missing) is None
        stub.add_client_error("get_object", "SlowDown", http_status_code=503)
        with pytest.raises(ClientError, match="SlowDown"):
            archive.find(missing)


def test_an_object_is_there_or_missing_and_other_errors_raise(s3: S3Client) -> None:
    archive = Archive(s3, BUCKET)
    archive.keep(KEY, b"%PDF", "application/pdf")

    assert archive.has(KEY)
    assert not archive.has(tickets_key("5", "ORD-NONE99"))
    with Stubber(s3) as stub:
        stub.add_client_error("head_object", "403", http_status_code=403)
        assert not archive.has(KEY), "as S3 tells who may not list the bucket"
        stub.add_client_error("head_object", "503", http_status_code=503)
        with pytest.raises(ClientError, match="503"):
            archive.has(KEY)


def test_a_missing_object_is_none(s3: S3Client) -> None:
    assert Archive(s3, BUCKET).read(mail_key(None, "alert#1")) is None


@pytest.mark.parametrize("key", ["", "tickets/../x.pdf", "other/5/A/A.pdf", KEY + "x", "/" + KEY])
def test_invalid_keys_are_refused(s3: S3Client, key: str) -> None:
    with pytest.raises(ValueError, match="not an archive key"):
        Archive(s3, BUCKET).keep(key, b"", "application/pdf")
    with pytest.raises(ValueError, match="not an archive key"):
        Archive(s3, BUCKET).read(key)


def test_a_write_conflict_is_retried(s3: S3Client) -> None:
    pauses: list[float] = []
    with Stubber(s3) as stub:
        _refuse_put(stub, "ConditionalRequestConflict", 409)
        _refuse_put(stub, "ConditionalRequestConflict", 409)
        stub.add_response("put_object", {}, PUT)

        kept = Archive(s3, BUCKET, pauses.append).keep(KEY, b"mine", "application/pdf")

    assert kept == b"mine"
    assert pauses == [0.1, 0.2]


def test_persistent_write_conflicts_raise(s3: S3Client) -> None:
    pauses: list[float] = []
    with Stubber(s3) as stub:
        for _ in range(ATTEMPTS):
            _refuse_put(stub, "ConditionalRequestConflict", 409)

        with pytest.raises(ClientError, match="ConditionalRequestConflict"):
            Archive(s3, BUCKET, pauses.append).keep(KEY, b"mine", "application/pdf")

        stub.assert_no_pending_responses()


def test_an_object_deleted_meanwhile_is_written_again(s3: S3Client) -> None:
    with Stubber(s3) as stub:
        _refuse_put(stub, "PreconditionFailed", 412)
        stub.add_client_error("get_object", "NoSuchKey", http_status_code=404)
        stub.add_response("put_object", {}, PUT)

        kept = Archive(s3, BUCKET, lambda _: None).keep(KEY, b"mine", "application/pdf")

    assert kept == b"mine"


@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown", "InternalError"])
def test_other_errors_raise_at_once(s3: S3Client, code: str) -> None:
    with Stubber(s3) as stub:
        _refuse_put(stub, code, 503)
        with pytest.raises(ClientError, match=code):
            Archive(s3, BUCKET).keep(KEY, b"mine", "application/pdf")

        stub.add_client_error("get_object", code, http_status_code=503)
        with pytest.raises(ClientError, match=code):
            Archive(s3, BUCKET).read(KEY)


def _refuse_put(stub: Stubber, code: str, status: int) -> None:
    stub.add_client_error(
        "put_object", code, http_status_code=status, expected_params=dict.fromkeys(PUT, ANY)
    )


# ---- erasing

MINE, HIS = "tickets/5/ORD-ABC123/", "tickets/5/ORD-ABC1234/"


@pytest.fixture
def versioned(s3: S3Client) -> Iterator[S3Client]:
    """Return a client whose bucket keeps overwritten and deleted versions."""
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    yield s3
    found = s3.list_object_versions(Bucket=BUCKET)
    for one in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]:
        s3.delete_object(Bucket=BUCKET, Key=one["Key"], VersionId=one["VersionId"])
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})


def left(s3: S3Client) -> list[str]:
    found = s3.list_object_versions(Bucket=BUCKET)
    return [one["Key"] for one in [*found.get("Versions", []), *found.get("DeleteMarkers", [])]]


def test_erasing_a_folder_deletes_every_version_and_nothing_else(versioned: S3Client) -> None:
    archive = Archive(versioned, BUCKET)
    for key in (f"{MINE}ORD-ABC123.pdf", f"{MINE}ORD-ABC123-A6.pdf", f"{HIS}ORD-ABC1234.pdf"):
        for body in (b"once", b"twice"):
            versioned.put_object(Bucket=BUCKET, Key=key, Body=body)
    versioned.delete_object(Bucket=BUCKET, Key=f"{MINE}ORD-ABC123.pdf")
    assert archive.names(MINE) == [f"{MINE}ORD-ABC123-A6.pdf"]

    assert archive.erase(MINE) == 5

    assert left(versioned) == [f"{HIS}ORD-ABC1234.pdf"] * 2
    assert archive.erase(MINE) == 0
    assert archive.names(MINE) == []


def test_a_single_mail_can_be_erased(versioned: S3Client) -> None:
    archive = Archive(versioned, BUCKET)
    first, second = (mail_key(None, f"shop#alert#{n}") for n in (1, 2))
    for key in (first, second):
        archive.keep(key, b"mail", "message/rfc822")

    assert archive.erase(first) == 1
    assert left(versioned) == [second]


def test_erasing_covers_more_than_one_page(versioned: S3Client) -> None:
    archive = Archive(versioned, BUCKET)
    for number in range(1003):
        versioned.put_object(Bucket=BUCKET, Key=f"{MINE}ORD-ABC123.{number}.pdf", Body=b"x")

    assert archive.erase(MINE) == 1003
    assert left(versioned) == []


@pytest.mark.parametrize("prefix", ["", "tickets/", "mails/", "mails/alerts/", "logos/a/"])
def test_a_prefix_wider_than_one_order_is_refused(s3: S3Client, prefix: str) -> None:
    with pytest.raises(ValueError, match="not an archive key"):
        Archive(s3, BUCKET).erase(prefix)


def test_an_object_that_cannot_be_deleted_raises(s3: S3Client) -> None:
    with Stubber(s3) as stub:
        one = {"Key": f"{MINE}ORD-ABC123.pdf", "VersionId": "v1"}
        stub.add_response("list_object_versions", {"Versions": [one]})
        kept = {"Errors": [{"Key": one["Key"], "Code": "AccessDenied"}]}
        stub.add_response("delete_objects", kept)

        with pytest.raises(NotErased, match="AccessDenied"):
            Archive(s3, BUCKET).erase(MINE)
