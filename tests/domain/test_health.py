"""How a connection ages: fine, due, ending, over."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.builders import NOW
from ticketing.organisers.health import Health, health, in_words, refresh_is_due
from ticketing.organisers.organiser import Connection, Organiser

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)


def an_organiser(**changes: Any) -> Organiser:  # noqa: ANN401 - of any field
    facts: dict[str, Any] = {
        "organiser_id": "jersey-live",
        "merchant_code": "MC0001",
        "connection": Connection.CONNECTED,
        "sandbox": False,
        "token_version": 1,
        "access_token": b"a",
        "access_expires_at": NOW,
        "refresh_token": b"r",
        "refresh_issued_at": NOW,
        "refreshed_at": NOW,
    }
    return Organiser(**(facts | changes))


AGES: list[tuple[timedelta, timedelta, Health]] = [
    (timedelta(), timedelta(), Health.FINE),
    (30 * DAY, 30 * DAY, Health.FINE),
    (30 * DAY + SECOND, 30 * DAY + SECOND, Health.REFRESH_DUE),
    (149 * DAY, 1 * DAY, Health.FINE),
    (149 * DAY, 31 * DAY, Health.REFRESH_DUE),
    (150 * DAY, 1 * DAY, Health.FINE),
    (150 * DAY + SECOND, 1 * DAY, Health.WARN),
    (190 * DAY, 60 * DAY, Health.WARN),
]
"""How old the refresh token is, how long ago it was used, and what follows."""


@pytest.mark.parametrize(("issued", "used", "expected"), AGES)
def test_a_connection_ages(issued: timedelta, used: timedelta, expected: Health) -> None:
    organiser = an_organiser(refresh_issued_at=NOW - issued, refreshed_at=NOW - used)

    assert health(organiser, NOW) is expected


@pytest.mark.parametrize("issued", [NOW, NOW - 200 * DAY, None])
def test_who_must_reconnect_is_told_so_at_any_age(issued: datetime | None) -> None:
    organiser = an_organiser(connection=Connection.REAUTH, refresh_issued_at=issued)

    assert health(organiser, NOW) is Health.REAUTH


def test_who_never_connected_is_no_trouble() -> None:
    organiser = an_organiser(connection=Connection.INVITED, refresh_token=None)

    assert health(organiser, NOW) is Health.UNCONNECTED


def test_what_nobody_wrote_down_tells_nothing() -> None:
    organiser = an_organiser(refresh_issued_at=None, refreshed_at=None)

    assert health(organiser, NOW) is Health.FINE


def test_a_token_never_used_counts_from_its_issue() -> None:
    old = NOW - 31 * DAY

    assert refresh_is_due(an_organiser(refresh_issued_at=old, refreshed_at=None), NOW)
    assert not refresh_is_due(an_organiser(refresh_issued_at=old, refreshed_at=NOW), NOW)


def test_the_words_say_what_to_do_and_until_when() -> None:
    ending = an_organiser(refresh_issued_at=NOW - 151 * DAY)

    assert in_words(ending, NOW) == (
        "The permission is from 1 January 2026 and ends about 2 July 2026 if SumUp does not "
        "renew it: the organiser should connect again."
    )


def test_every_health_but_the_good_one_has_words() -> None:
    shown = {
        Health.FINE: an_organiser(),
        Health.REFRESH_DUE: an_organiser(refreshed_at=NOW - 31 * DAY),
        Health.WARN: an_organiser(refresh_issued_at=NOW - 151 * DAY),
        Health.REAUTH: an_organiser(connection=Connection.REAUTH),
        Health.UNCONNECTED: an_organiser(refresh_token=None),
    }

    assert set(shown) == set(Health)
    for expected, organiser in shown.items():
        assert health(organiser, NOW) is expected
        assert bool(in_words(organiser, NOW)) is (expected is not Health.FINE)


def test_the_reason_to_reconnect_is_the_one_that_was_noted() -> None:
    noted = an_organiser(connection=Connection.REAUTH, connection_reason="invalid_grant")

    assert in_words(noted, NOW) == "invalid_grant"
