"""The health of a connection by age: fine, due, ending, ended."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from tests.support.builders import NOW
from ticketing.organisers.connection_health import (
    Health,
    health,
    in_words,
    is_to_be_kept,
    is_worth_telling,
    note,
    refresh_is_due,
    summary,
)
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
def test_the_health_of_a_connection_depends_on_its_age(
    issued: timedelta, used: timedelta, expected: Health
) -> None:
    organiser = an_organiser(refresh_issued_at=NOW - issued, refreshed_at=NOW - used)

    assert health(organiser, NOW) is expected


@pytest.mark.parametrize("issued", [NOW, NOW - 200 * DAY, None])
def test_an_ended_connection_needs_a_reconnect_at_any_age(issued: datetime | None) -> None:
    organiser = an_organiser(connection=Connection.REAUTH, refresh_issued_at=issued)

    assert health(organiser, NOW) is Health.REAUTH


def test_an_organiser_who_never_connected_is_not_a_problem() -> None:
    organiser = an_organiser(connection=Connection.INVITED, refresh_token=None)

    assert health(organiser, NOW) is Health.UNCONNECTED


def test_a_connection_of_unknown_age_is_fine() -> None:
    organiser = an_organiser(refresh_issued_at=None, refreshed_at=None)

    assert health(organiser, NOW) is Health.FINE


def test_an_unused_token_counts_from_its_issue() -> None:
    old = NOW - 31 * DAY

    assert refresh_is_due(an_organiser(refresh_issued_at=old, refreshed_at=None), NOW)
    assert not refresh_is_due(an_organiser(refresh_issued_at=old, refreshed_at=NOW), NOW)


def test_the_text_says_what_to_do_by_when() -> None:
    ending = an_organiser(refresh_issued_at=NOW - 151 * DAY)

    assert in_words(ending, NOW) == (
        "The permission is from 1 January 2026 and ends about 2 July 2026 if SumUp does not "
        "renew it: the organiser should connect again."
    )


def test_every_health_except_fine_has_a_text() -> None:
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


def test_the_recorded_reason_to_reconnect_is_shown() -> None:
    noted = an_organiser(connection=Connection.REAUTH, connection_reason="invalid_grant")

    assert in_words(noted, NOW) == "invalid_grant"


KEPT: list[tuple[timedelta | None, timedelta | None, bool]] = [
    (1 * DAY, 1 * DAY, False),
    (30 * DAY, 30 * DAY, False),
    (31 * DAY, 31 * DAY, True),
    (31 * DAY, None, True),
    (149 * DAY, 25 * DAY, False),
    (151 * DAY, 25 * DAY, True),
    (151 * DAY, 1 * DAY, True),
    (151 * DAY, 1 * DAY - timedelta(hours=1), True),
    (151 * DAY, timedelta(hours=19), False),
    (None, None, True),
    (None, 1 * DAY, True),
    (None, timedelta(hours=1), False),
]
"""How old the refresh token is, how long ago it was used, and whether to use it tonight."""


@pytest.mark.parametrize(("issued", "used", "expected"), KEPT)
def test_a_token_is_refreshed_monthly_and_daily_near_its_renewal(
    issued: timedelta | None, used: timedelta | None, *, expected: bool
) -> None:
    organiser = an_organiser(
        refresh_issued_at=None if issued is None else NOW - issued,
        refreshed_at=None if used is None else NOW - used,
    )

    assert is_to_be_kept(organiser, NOW) is expected


def test_a_token_is_refreshed_every_night_once_a_new_one_may_be_issued() -> None:
    """Nights a day apart, give or take some minutes, from the first day to the last."""
    organiser, used = an_organiser(), []
    for day in range(1, 182):
        night = NOW + day * DAY + timedelta(minutes=day % 7)
        if is_to_be_kept(organiser, night):
            used.append(day)
            organiser = replace(organiser, refreshed_at=night)

    assert set(range(151, 182)) <= set(used)
    assert all(later - earlier <= 31 for earlier, later in pairwise([0, *used]))
    assert len(used) < 40


@pytest.mark.parametrize(
    "changes", [{"connection": Connection.REAUTH}, {"refresh_token": None}], ids=str
)
def test_a_missing_token_is_not_refreshed(changes: dict[str, Any]) -> None:
    old = {"refresh_issued_at": None, "refreshed_at": None}

    assert not is_to_be_kept(an_organiser(**old, **changes), NOW)


TOLD = [(150 * DAY, False), (157 * DAY, False), (157 * DAY + SECOND, True), (190 * DAY, True)]


@pytest.mark.parametrize(("age", "expected"), TOLD)
def test_an_expiry_is_reported_after_a_week_of_refreshes_without_a_new_token(
    age: timedelta, *, expected: bool
) -> None:
    organiser = an_organiser(refresh_issued_at=NOW - age)

    assert is_worth_telling(organiser, NOW) is expected
    parked = replace(organiser, connection=Connection.REAUTH)
    assert not is_worth_telling(parked, NOW), "it has ended"


SUMMARIES = {
    "1 June 2026: fine. The permission is from today.": an_organiser(),
    "1 June 2026: fine. The permission is 1 day old.": an_organiser(refresh_issued_at=NOW - DAY),
    "1 June 2026: fine. Nobody noted how old the permission is.": an_organiser(
        refresh_issued_at=None
    ),
    "1 June 2026: refresh due. The permission is 40 days old. "
    "The permission was not used for more than 30 days.": an_organiser(
        refresh_issued_at=NOW - 40 * DAY, refreshed_at=NOW - 31 * DAY
    ),
    "1 June 2026: reconnect. The permission is 190 days old. invalid_grant": an_organiser(
        connection=Connection.REAUTH,
        connection_reason="invalid_grant",
        refresh_issued_at=NOW - 190 * DAY,
    ),
    "1 June 2026: not connected. Nobody has opened the link and agreed yet.": an_organiser(
        connection=Connection.INVITED, refresh_token=None
    ),
}


@pytest.mark.parametrize(("line", "organiser"), SUMMARIES.items())
def test_the_row_describes_the_health_of_the_connection(line: str, organiser: Organiser) -> None:
    assert summary(organiser, NOW) == line
    assert line.endswith(note(organiser, NOW))
