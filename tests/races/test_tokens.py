"""Twelve workers need an organiser's token at once, with strict rotation at SumUp.

The refresh tokens work once each: using one a second time revokes the whole grant.
"""

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier

from tests.faults.deployment import MERCHANT, ORGANISER
from tests.races.shop import RaceShop, now
from ticketing.adapters.dynamodb.models import OrganiserRow
from ticketing.adapters.dynamodb.organisers import OrganiserTable
from ticketing.bootstrap.sumup import sumup, tokens
from ticketing.organisers.organiser import AccessToken, Connection

WORKERS, ROUNDS = 12, 20


def leave_alone() -> None:
    """Let a month pass for the organiser's row."""
    OrganiserRow(ORGANISER).update(
        [
            OrganiserRow.refreshed_at.set(now() - timedelta(days=31)),
            OrganiserRow.access_expires_at.set(now()),
        ]
    )


def test_twelve_workers_refresh_a_token_once_per_round(shop: RaceShop) -> None:
    """Eight nightly refreshes, and four checks of an order at the same moment."""
    together = Barrier(WORKERS)

    def use() -> AccessToken | None:
        together.wait(timeout=60)
        return tokens(shop.here).current(ORGANISER, now())

    def keep() -> AccessToken | None:
        together.wait(timeout=60)
        tokens(shop.here).keep(ORGANISER, now())
        return None

    jobs: list[Callable[[], AccessToken | None]] = [
        use if number % 3 == 0 else keep for number in range(WORKERS)
    ]
    shop.sumup.add_fault("slow", path="/token", times=None, seconds=0.2)
    calls, values = [], set()
    for _ in range(ROUNDS):
        leave_alone()
        shop.sumup.clear_requests()
        answers = shop.race(WORKERS, jobs)
        calls.append(len(shop.sumup.requests("POST", "/token")))
        used = {answer.value for answer in answers if answer}
        assert len(used) == 1, "all use what one of them was given"
        values |= used

    assert calls == [1] * ROUNDS
    assert len(values) == ROUNDS
    row = OrganiserTable().get(ORGANISER)
    assert (row.connection, row.token_version) == (Connection.CONNECTED, ROUNDS)
    token = tokens(shop.here).current(ORGANISER, now())
    assert sumup(shop.here).memberships(token.value) == (MERCHANT,)
