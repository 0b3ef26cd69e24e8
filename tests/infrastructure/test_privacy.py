"""What the template says about how long people are known, and who may remove anything."""

from typing import Any

from tests.support.aws import resources, template

KEPT_FOR_GOOD = {
    "OrdersTable", "CheckoutsTable", "PaymentsTable", "TicketsTable", "EventsTable",
    "TicketTypesTable", "OrganisersTable", "AuditTable",
}  # fmt: skip


def rules() -> dict[str, dict[str, Any]]:
    bucket = resources("AWS::S3::Bucket")["TicketsBucket"]
    return {rule["Id"]: rule for rule in bucket["LifecycleConfiguration"]["Rules"]}


def test_pdfs_mails_and_reports_expire_and_logos_never_do() -> None:
    ends = {
        rule["Prefix"]: rule["ExpirationInDays"]
        for rule in rules().values()
        if "ExpirationInDays" in rule
    }

    assert ends == {
        "tickets/": {"Ref": "KeepArchiveDays"},
        "mails/": {"Ref": "KeepArchiveDays"},
        "mails/alerts/": {"Ref": "KeepAlertsDays"},
        "reconciliation/": 3653,
    }


def test_expired_objects_are_deleted_a_month_later() -> None:
    assert rules()["tidy"]["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
    assert rules()["markers"]["ExpiredObjectDeleteMarker"] is True
    assert {rule["Status"] for rule in rules().values()} == {"Enabled"}


def test_only_requests_and_alerts_expire_and_payment_records_never_do() -> None:
    expiring = {
        name: table["TimeToLiveSpecification"]
        for name, table in resources("AWS::DynamoDB::Table").items()
        if "TimeToLiveSpecification" in table
    }

    one = {"AttributeName": "expires_at_epoch", "Enabled": True}
    assert expiring == {"RequestsTable": one, "MailsTable": one}
    assert KEPT_FOR_GOOD.isdisjoint(expiring)


def test_only_one_role_may_delete_objects() -> None:
    removing: dict[str, set[str]] = {}
    for name, role in resources("AWS::IAM::Role").items():
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                for action in [actions] if isinstance(actions, str) else actions:
                    if "Delete" in action and action.startswith(("s3", "dynamodb")):
                        removing.setdefault(name, set()).add(str(statement["Resource"]))

    below = {f"{{'Sub': '${{TicketsBucket.Arn}}/{folder}/*'}}" for folder in ("tickets", "mails")}
    assert removing == {"EraseBuyersRole": below}


def test_buyer_data_outlives_the_chargeback_period() -> None:
    parameters = template()["Parameters"]

    assert parameters["KeepBuyersDays"]["Default"] > 120
    assert parameters["KeepBuyersDays"]["MinValue"] > 7, "late money is watched for so long"
    assert parameters["KeepArchiveDays"]["Default"] > parameters["KeepBuyersDays"]["Default"]
