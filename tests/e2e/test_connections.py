"""Connections kept alive on the deployed stack, by many at once, at a SumUp that forgives nothing.

The organiser's refresh tokens work once each: using one a second time revokes the whole grant.
"""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import TYPE_CHECKING, Any

import pytest

from local import aws
from local.places import STACK, Ports
from local.shop import Organiser, Shop
from local.stories import eventually
from tests.e2e.overlap import Overlap
from ticketing.bootstrap import Services
from ticketing.errors import ReconnectNeeded
from ticketing.organisers import organiser
from ticketing.organisers.organiser import AccessToken, Connection
from ticketing.organisers.table import OrganiserTable
from ticketing.payments.tokens import OrganiserTokens
from ticketing.schema import MailRow, OrganiserRow

if TYPE_CHECKING:
    from mypy_boto3_lambda.client import LambdaClient

pytestmark = pytest.mark.e2e
IDLE = Organiser("idle-club", "Idle Club", "MCIDLE01", rotation="strict")
WORKERS, ROUNDS, INVOCATIONS = 12, 20, 4


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def idle(shop: Shop) -> Iterator[OrganiserRow]:
    """An organiser who granted us tokens that nobody used since."""
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


class Rows(OrganiserTable):
    """The table; how many try to become the one who refreshes is counted."""

    def __init__(self, overlap: Overlap) -> None:
        self._overlap = overlap

    def claim_refresh(self, organiser: organiser.Organiser, owner: str, now: datetime) -> bool:
        with self._overlap:
            return super().claim_refresh(organiser, owner, now)


def a_worker(shop: Shop, overlap: Overlap) -> OrganiserTokens:
    own = Services(shop.services.settings)
    return OrganiserTokens(Rows(overlap), own.cipher, own.sumup)


def keep(tokens: OrganiserTokens) -> bool:
    return tokens.keep(IDLE.organiser_id, now())


def use(tokens: OrganiserTokens) -> AccessToken:
    return tokens.current(IDLE.organiser_id, now())


def test_twelve_workers_refresh_an_organiser_once_a_round(shop: Shop, idle: OrganiserRow) -> None:
    """Eight look at night, four want to ask about an order at that moment."""
    overlap, together = Overlap(), Barrier(WORKERS)
    jobs: list[tuple[Callable[[OrganiserTokens], Any], OrganiserTokens]] = [
        (use if number % 3 == 0 else keep, a_worker(shop, overlap)) for number in range(WORKERS)
    ]

    def begin(job: tuple[Callable[[OrganiserTokens], Any], OrganiserTokens]) -> Any:  # noqa: ANN401 - of either
        together.wait(timeout=60)
        return job[0](job[1])

    slow = shop.sumup.add_fault("slow", path="/token", times=None, seconds=0.2)
    calls, values = [], set()
    with ThreadPoolExecutor(WORKERS) as pool:
        for _ in range(ROUNDS):
            leave_alone(idle)
            shop.sumup.clear_requests()
            answers = list(pool.map(begin, jobs))
            calls.append(len(shop.sumup.requests("POST", "/token")))
            used = {answer.value for answer in answers if isinstance(answer, AccessToken)}
            assert len(used) == 1, "all use what one of them was given"
            values |= used
    shop.sumup.remove_fault(slow)

    assert calls == [1] * ROUNDS
    assert len(values) == ROUNDS
    assert overlap.most >= 4, "the race was none"
    row = OrganiserTable().get(IDLE.organiser_id)
    assert (row.connection, row.token_version) == (Connection.CONNECTED, ROUNDS)
    token = use(a_worker(shop, overlap))
    assert shop.services.sumup.memberships(token.value) == (IDLE.merchant_code,)


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


def test_nights_that_run_at_once_keep_a_connection_alive_once(
    at: Ports, shop: Shop, idle: OrganiserRow
) -> None:
    leave_alone(idle)
    shop.sumup.clear_requests()

    reports = look(at)

    refreshed = [name for report in reports for name in report["refreshed"]]
    assert refreshed.count(IDLE.organiser_id) == 1
    assert len(shop.sumup.requests("POST", "/token")) == 1
    idle.refresh(consistent_read=True)
    assert now() - idle.refreshed_at < timedelta(minutes=5)
    assert "fine. The permission is from today." in idle.connection_health
    assert idle.connection_checked_at is not None


def test_a_permission_that_was_taken_back_is_told_once_with_what_to_do(
    at: Ports, shop: Shop, idle: OrganiserRow
) -> None:
    leave_alone(idle)
    shop.sumup.revoke_grants(IDLE.merchant_code)

    look(at)

    with pytest.raises(ReconnectNeeded):
        shop.services.tokens.current(IDLE.organiser_id, now())
    (mail,) = [
        mail for mail in MailRow.scan(consistent_read=True)
        if mail.mail_id.startswith(f"shop#alert#connection-ended-{IDLE.organiser_id}-")
    ]  # fmt: skip
    command = f"python -m ticketing organisers connect {IDLE.organiser_id} --stack {STACK}"
    assert command in mail.body
    eventually(lambda: MailRow.get(mail.mail_id).status in {"sent", "delivered"}, 60)
