"""What the template stores: private, encrypted, and not deleted with the stack."""

import pytest

from tests.support.cloudformation import of_type, properties
from ticketing.archive_keys import REPORTS


def test_accounting_reports_are_private_and_expire_after_ten_years() -> None:
    bucket = properties("AWS::S3::Bucket")["TicketsBucket"]
    rules = {one["Id"]: one for one in bucket["LifecycleConfiguration"]["Rules"]}
    rule = rules["reconciliation"]

    assert rule["Prefix"] == f"{REPORTS}/"
    assert rule["ExpirationInDays"] == 10 * 365 + 3
    assert rule["Status"] == "Enabled"
    assert all(bucket["PublicAccessBlockConfiguration"].values())


@pytest.mark.parametrize(
    "kind",
    ["AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::KMS::Key", "AWS::SecretsManager::Secret"],
)
def test_data_outlives_its_stack_unless_the_first_deployment_fails(kind: str) -> None:
    assert of_type(kind)
    for name, resource in of_type(kind).items():
        if name == "OriginSecret":
            continue  # nothing that stays anywhere needs it
        assert resource["DeletionPolicy"] == "RetainExceptOnCreate", name
        assert resource["UpdateReplacePolicy"] == "Retain", name


@pytest.mark.parametrize("name", properties("AWS::DynamoDB::Table"))
def test_tables_are_on_demand_encrypted_and_restorable(name: str) -> None:
    table = properties("AWS::DynamoDB::Table")[name]

    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": False}, "AWS's own key, without a charge"
    recovery = table["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}
    assert "TableName" not in table, "CloudFormation names it, so a new stack never collides"


def test_tables_with_indexes_are_created_one_after_another() -> None:
    """DynamoDB refuses to create several at a time, which would fail a first deployment."""
    tables = of_type("AWS::DynamoDB::Table")
    indexed = [k for k, t in tables.items() if "GlobalSecondaryIndexes" in t["Properties"]]
    after = {name: tables[name].get("DependsOn") for name in indexed}

    assert after == dict(zip(indexed, [None, *indexed], strict=False))


@pytest.mark.parametrize("name", properties("AWS::S3::Bucket"))
def test_buckets_are_private(name: str) -> None:
    bucket = properties("AWS::S3::Bucket")[name]
    policy = properties("AWS::S3::BucketPolicy")[f"{name}Policy"]

    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["BucketEncryption"]
    assert bucket["OwnershipControls"]
    deny = policy["PolicyDocument"]["Statement"][0]
    assert deny["Effect"] == "Deny"
    assert deny["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_only_the_distribution_reads_the_site_and_the_tickets_are_private() -> None:
    policies = properties("AWS::S3::BucketPolicy")
    allows = {
        name: [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
        for name, policy in policies.items()
    }

    assert allows["TicketsBucketPolicy"] == []
    (allow,) = allows["SiteBucketPolicy"]
    assert allow["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert allow["Action"] == "s3:GetObject"
    (source_arn,) = allow["Condition"]["StringEquals"].values()
    assert source_arn["Fn::Sub"].endswith(":distribution/${SiteDistribution}")


def test_no_stack_update_overwrites_the_sumup_secret() -> None:
    secret = properties("AWS::SecretsManager::Secret")["SumUpSecret"]

    assert set(secret) <= {"Description", "Tags"}
