"""Who can open what: the template's roles, and docs/design/roles.md about them."""

import re
from collections.abc import Iterator

import pytest

from local.places import ROOT
from tests.infrastructure.test_functions import as_list, statements
from tests.support.cloudformation import functions, logical_id, properties

PAGE = ROOT / "docs" / "design" / "roles.md"
READ_SECRET = "secretsmanager:GetSecretValue"
SEALS = {"kms:Encrypt", "kms:GenerateDataKey"}
FROM_OUTSIDE = {
    "CheckInRole",
    "CheckoutApiRole",
    "ConnectOrganiserRole",
    "DrawPhoneTicketsRole",
    "SumupWebhookRole",
}


def allowed(role: str, resource: str) -> set[str]:
    """Return the actions that a role may do with a resource of the template."""
    return {
        action
        for name, statement in statements()
        if name == role and resource in str(statement["Resource"])
        for action in as_list(statement["Action"])
    }


def may(action: str, resource: str) -> set[str]:
    """Return the roles that may do something with a resource."""
    return {role for role in properties("AWS::IAM::Role") if action in allowed(role, resource)}


def test_only_verifications_read_the_key_that_signs_tickets() -> None:
    assert may(READ_SECRET, "QrKeySecret") == {"VerifyPaymentRole"}


def test_order_links_are_read_where_buyers_get_and_use_them() -> None:
    assert may(READ_SECRET, "OrderLinkSecret") == {
        "CheckoutApiRole",
        "DeliverTicketsRole",
        "DrawPhoneTicketsRole",
    }


def test_of_the_functions_that_strangers_reach_one_writes_files_and_only_for_phones() -> None:
    writing = {
        (role, statement["Resource"]["Fn::Sub"])
        for role, statement in statements()
        if role in FROM_OUTSIDE and "s3:PutObject" in as_list(statement["Action"])
    }

    assert writing == {("DrawPhoneTicketsRole", "${TicketsBucket.Arn}/tickets/*-A6*.pdf")}


def test_whoever_draws_for_phones_changes_no_row_and_writes_one_kind_of_mail() -> None:
    writing = [
        (as_list(statement["Action"]), statement.get("Condition"))
        for role, statement in statements()
        if role == "DrawPhoneTicketsRole"
        and any(verb in str(statement["Action"]) for verb in ("PutItem", "Update", "Delete"))
    ]

    ((actions, condition),) = writing
    assert actions == ["dynamodb:PutItem"]
    assert condition == {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["shop#alert#plain-tickets-*"]}
    }


def test_a_door_changes_tickets_in_transactions_only() -> None:
    statement = next(
        s
        for role, s in statements()
        if role == "CheckInRole" and "dynamodb:UpdateItem" in as_list(s["Action"])
    )

    assert statement["Resource"] == {"Fn::GetAtt": ["TicketsTable", "Arn"]}
    assert statement["Condition"] == {
        "ForAnyValue:StringEquals": {"dynamodb:EnclosingOperation": ["TransactWriteItems"]}
    }
    for table in ("OrdersTable", "PaymentsTable", "MailsTable", "TicketsBucket"):
        assert allowed("CheckInRole", table) == set(), table
    assert allowed("CheckInRole", "AdmissionsTable") == {
        "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query",
    }  # fmt: skip


def test_whoever_opens_tokens_can_refresh_them_and_the_other_way_round() -> None:
    opens = may("kms:Decrypt", "TokenKey")

    assert opens == {
        "ManageCheckoutsRole",
        "VerifyPaymentRole",
        "RefreshConnectionsRole",
        "ReconcilePaymentsRole",
    }
    assert may(READ_SECRET, "SumUpSecret") == opens | {"ConnectOrganiserRole"}


@pytest.mark.parametrize("role", sorted(FROM_OUTSIDE))
def test_a_function_that_strangers_reach_signs_nothing_and_opens_no_token(role: str) -> None:
    assert allowed(role, "QrKeySecret") == set()
    assert "kms:Decrypt" not in allowed(role, "TokenKey")
    assert not any(action.startswith("ses:") for action in allowed(role, "identity/"))


def test_the_functions_that_strangers_reach_are_these() -> None:
    routed = {
        logical_id(integration["IntegrationUri"])
        for integration in properties("AWS::ApiGatewayV2::Integration").values()
    }

    assert {name.replace("Function", "Role") for name in routed} == FROM_OUTSIDE


def test_the_shops_function_holds_nothing_of_sumup() -> None:
    assert allowed("CheckoutApiRole", "TokenKey") == set()
    assert allowed("CheckoutApiRole", "SumUpSecret") == set()
    assert allowed("CheckoutApiRole", "OrganisersTable") == {"dynamodb:GetItem"}


def test_one_function_invokes_one_other() -> None:
    invoking = [(role, s["Resource"]) for role, s in statements() if "lambda:" in str(s["Action"])]

    ((role, resource),) = invoking
    assert role == "CheckoutApiRole"
    assert logical_id(resource) == "ManageCheckoutsFunction"


def written() -> Iterator[tuple[str, tuple[set[str], set[str], set[str]]]]:
    """Yield each function of the page, with its secrets, tokens and what it invokes."""
    for line in PAGE.read_text().splitlines():
        if line.startswith("| `functions/"):
            name, secrets, tokens, invokes, *_ = [cell.strip() for cell in line.split("|")[1:]]
            yield (
                name.strip("`"),
                (names(secrets), set(tokens.split(", ")) - {"none"}, names(invokes)),
            )


def names(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def deployed() -> Iterator[tuple[str, tuple[set[str], set[str], set[str]]]]:
    """Yield the same of the template."""
    for name, function in functions().items():
        role = name.replace("Function", "Role")
        secrets = {
            secret
            for secret in properties("AWS::SecretsManager::Secret")
            if READ_SECRET in allowed(role, secret)
        }
        verbs = allowed(role, "TokenKey")
        tokens = {"seals"} if verbs & SEALS else set()
        tokens |= {"opens"} if "kms:Decrypt" in verbs else set()
        invoked = {
            other["CodeUri"]
            for key, other in functions().items()
            if "lambda:InvokeFunction" in allowed(role, key)
        }
        yield function["CodeUri"], (secrets, tokens, invoked)


def test_the_page_about_roles_is_as_the_template_has_it() -> None:
    assert dict(written()) == dict(deployed())
