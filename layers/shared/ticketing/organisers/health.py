"""How well SumUp still knows us for an organiser: what is due, and what to say. Pure.

SumUp's refresh tokens live for six months. A refresh gives a new one only near the end of that
time, so a connection that nobody uses dies quietly, and only the organiser can bring it back.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from ticketing.organisers.organiser import Connection, Organiser

REFRESH_AT_LEAST = timedelta(days=30)
"""SumUp renews a refresh token that is used within about 30 days of its end, not before."""

WARN_AFTER = timedelta(days=150)
LIFETIME = timedelta(days=182)
"""Six months: what SumUp's pages gave as the lifetime of a refresh token."""


class Health(StrEnum):
    """What the state of a connection asks for."""

    FINE = "fine"
    REFRESH_DUE = "refresh due"
    WARN = "ends soon"
    REAUTH = "reconnect"
    UNCONNECTED = "not connected"


def health(organiser: Organiser, now: datetime) -> Health:
    """Return how the connection stands; of two things the more urgent one."""
    if organiser.connection is Connection.REAUTH:
        return Health.REAUTH
    if organiser.refresh_token is None:
        return Health.UNCONNECTED
    if _is_older(organiser.refresh_issued_at, WARN_AFTER, now):
        return Health.WARN
    return Health.REFRESH_DUE if refresh_is_due(organiser, now) else Health.FINE


def refresh_is_due(organiser: Organiser, now: datetime) -> bool:
    """Return whether the tokens were left alone for too long, however long they still live."""
    used = organiser.refreshed_at or organiser.refresh_issued_at
    return _is_older(used, REFRESH_AT_LEAST, now)


def in_words(organiser: Organiser, now: datetime) -> str:
    """Return what a person should know about the connection; nothing while all is well."""
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


def _is_older(moment: datetime | None, age: timedelta, now: datetime) -> bool:
    """A moment that nobody wrote down tells nothing."""
    return moment is not None and now - moment > age


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
