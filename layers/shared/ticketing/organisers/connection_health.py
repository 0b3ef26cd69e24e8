"""The health of an organiser's SumUp connection: what is due, and what to report. Pure.

SumUp's refresh tokens last for six months, and a refresh issues a new one only near the end of that
time. So an unused connection would end silently, and then only the organiser can renew it. That is
why the nightly run uses each token monthly, and daily once a new one may be issued.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from ticketing.organisers.organiser import Connection, Organiser

REFRESH_AT_LEAST = timedelta(days=30)
"""SumUp renews a refresh token only if it is used within about 30 days of its end, so a token that
is used this often is used in time."""

DAILY = timedelta(hours=20)
"""Less than a day, so that a nightly run may begin some minutes early."""

WARN_AFTER = timedelta(days=150)
TELL_AFTER = WARN_AFTER + timedelta(days=7)
"""After a week of daily refreshes without a new token; more than three weeks are left then."""

LIFETIME = timedelta(days=182)
"""Six months, which SumUp's documentation gave as the lifetime of a refresh token."""


class Health(StrEnum):
    """The state of a connection, by what it needs."""

    FINE = "fine"
    REFRESH_DUE = "refresh due"
    WARN = "ends soon"
    REAUTH = "reconnect"
    UNCONNECTED = "not connected"


def health(organiser: Organiser, now: datetime) -> Health:
    """Return the state of the connection; of two problems, the more urgent one."""
    if organiser.connection is Connection.REAUTH:
        return Health.REAUTH
    if organiser.refresh_token is None:
        return Health.UNCONNECTED
    if _is_older(organiser.refresh_issued_at, WARN_AFTER, now):
        return Health.WARN
    return Health.REFRESH_DUE if refresh_is_due(organiser, now) else Health.FINE


def refresh_is_due(organiser: Organiser, now: datetime) -> bool:
    """Return whether the tokens have been unused for too long, however long they are valid."""
    used = organiser.refreshed_at or organiser.refresh_issued_at
    return _is_older(used, REFRESH_AT_LEAST, now)


def is_to_be_kept(organiser: Organiser, now: datetime) -> bool:
    """Return whether the nightly run should use the refresh token.

    It does so monthly, but daily once SumUp may renew the token: near its end, or if its age is
    unknown.
    """
    if organiser.connection is Connection.REAUTH or organiser.refresh_token is None:
        return False
    issued = organiser.refresh_issued_at
    is_young = issued is not None and not _is_older(issued, WARN_AFTER, now)
    used = organiser.refreshed_at or issued
    return used is None or _is_older(used, REFRESH_AT_LEAST if is_young else DAILY, now)


def is_worth_telling(organiser: Organiser, now: datetime) -> bool:
    """Return whether a connection ends soon although its refresh token has been used."""
    ends_soon = health(organiser, now) is Health.WARN
    return ends_soon and _is_older(organiser.refresh_issued_at, TELL_AFTER, now)


def in_words(organiser: Organiser, now: datetime) -> str:
    """Return what operators should know about the connection; empty while all is well."""
    match health(organiser, now):
        case Health.REAUTH:
            return organiser.connection_reason or "SumUp does not accept our permission any more."
        case Health.WARN if organiser.refresh_issued_at:
            ends = organiser.refresh_issued_at + LIFETIME
            return (
                f"The permission is from {_day(organiser.refresh_issued_at)} and ends about "
                f"{_day(ends)} if SumUp does not renew it: the organiser should connect again."
            )
        case Health.REFRESH_DUE:
            return "The permission was not used for more than 30 days."
        case Health.UNCONNECTED:
            return "Nobody has opened the link and agreed yet."
    return ""


def note(organiser: Organiser, now: datetime) -> str:
    """Return the age of the permission, and what else operators should know."""
    return f"{_age(organiser, now)} {in_words(organiser, now)}".strip()


def summary(organiser: Organiser, now: datetime) -> str:
    """Return the line on the organiser's row: the day, the state of the connection, and its age."""
    return f"{_day(now)}: {health(organiser, now)}. {note(organiser, now)}"


def age_in_days(organiser: Organiser, now: datetime) -> int | None:
    """Return the full days since the refresh token was issued; None if that is unknown."""
    issued = organiser.refresh_issued_at
    return None if issued is None else (now - issued).days


def _age(organiser: Organiser, now: datetime) -> str:
    if organiser.refresh_token is None:
        return ""
    days = age_in_days(organiser, now)
    if days is None:
        return "Nobody noted how old the permission is."
    if days < 1:
        return "The permission is from today."
    return f"The permission is {days} {'day' if days == 1 else 'days'} old."


def _is_older(moment: datetime | None, age: timedelta, now: datetime) -> bool:
    """Return whether a moment is longer ago than `age`; an unknown one is not."""
    return moment is not None and now - moment > age


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
