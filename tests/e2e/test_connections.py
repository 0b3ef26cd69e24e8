"""Connections kept alive on the deployed stack, by many at once, at a SumUp that forgives nothing.

The organiser's refresh tokens work once each: using one a second time revokes the whole grant.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from local import aws
from local.places import STACK, Ports
from local.shop import Organiser, Shop
from local.stories import eventually
from ticketing.adapters.dynamodb.models import MailRow, OrganiserRow
from ticketing.bootstrap.sumup import tokens
from ticketing.errors import ReconnectNeeded

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

pytestmark = pytest.mark.e2e
IDLE = Organiser("idle-club", "Idle Club", "MCIDLE01", rotation="strict")
INVOCATIONS = 4


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def idle(shop: Shop) -> Iterator[OrganiserRow]:
    """An organiser whose tokens have not been used since they were granted."""
    issued = shop.sumup.create_merchant(
        IDLE.merchant_code, name=IDLE.name, currency="GBP", country="GB", rotation=IDLE.rotation
    )
    shop.connect(IDLE, issued)
    row = OrganiserRow(IDLE.organiser_id)
    yield row
    row.delete()


def leave_alone(row: OrganiserRow) -> None:
    """Let a month pass for the organiser's row."""
    row.update(
        [
            OrganiserRow.refreshed_at.set(now() - timedelta(days=31)),
            OrganiserRow.access_expires_at.set(now()),
        ]
    )


def look(at: Ports) -> list[dict[str, Any]]:
    """Run the deployed function several times at once."""
    functions: LambdaClient = aws.client("lambda", at)
    name = aws.outputs(at)["RefreshConnectionsFunction"]

    def invoke(_: int) -> dict[str, Any]:
        answer = functions.invoke(FunctionName=name, Payload=b"{}")
        report: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, report
        return report

    with ThreadPoolExecutor(INVOCATIONS) as pool:
        return list(pool.map(invoke, range(INVOCATIONS)))


def test_concurrent_nightly_runs_refresh_a_connection_once(
    at: Ports, shop: Shop, idle: OrganiserRow
) -> None:
    leave_alone(idle)
    shop.sumup.clear_requests()

    reports = look(at)

    refreshed = [name for report in reports for name in report["refreshed"]]
    assert refreshed.count(IDLE.organiser_id) == 1
    assert len(shop.sumup.requests("POST", "/token")) == 1
    row = OrganiserRow.get(IDLE.organiser_id, consistent_read=True)
    assert now() - row.refreshed_at < timedelta(minutes=5)
    assert "fine. The permission is from today." in row.connection_health
    assert row.connection_checked_at is not None


def test_a_revoked_permission_raises_one_alert_with_instructions(
    at: Ports, shop: Shop, idle: OrganiserRow
) -> None:
    leave_alone(idle)
    shop.sumup.revoke_grants(IDLE.merchant_code)

    look(at)

    with pytest.raises(ReconnectNeeded):
        tokens(shop.services).current(IDLE.organiser_id, now())
    (mail,) = [
        mail for mail in MailRow.scan(consistent_read=True)
        if mail.mail_id.startswith(f"shop#alert#connection-ended-{IDLE.organiser_id}-")
    ]  # fmt: skip
    command = f"python -m ticketing organisers connect {IDLE.organiser_id} --stack {STACK}"
    assert command in mail.body
    eventually(lambda: MailRow.get(mail.mail_id).status in {"sent", "delivered"}, 60)
