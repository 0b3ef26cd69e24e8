"""Every night: use organisers' tokens before they expire, and warn before a connection ends.

The organiser who has waited longest for a check comes first, and a check is recorded before it can
fail. So if time runs out, the next night continues with the rest, and an organiser whose check
always fails cannot keep the others from their turn.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ticketing.errors import (
    ClientRefused,
    MissingSetting,
    PaymentProviderError,
    UnknownOrganiser,
)
from ticketing.flows.notify import Notifier
from ticketing.flows.ports import Clock, Organisers, TimeLeft
from ticketing.observability import (
    CONNECTIONS_IN_TROUBLE,
    CONNECTIONS_SEEN,
    CONNECTIONS_TO_RENEW,
    count,
    logger,
)
from ticketing.operators import alerts
from ticketing.organisers.connection_health import (
    Health,
    health,
    in_words,
    is_to_be_kept,
    is_worth_telling,
    summary,
)
from ticketing.organisers.organiser import Organiser

RESERVE = 60.0
"""Seconds: more than one organiser takes even if every call to SumUp and AWS is at its slowest."""
NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class ConnectionReport:
    """The organisers that were checked (`seen`), and what was found.

    The token of `refreshed` ones was used; that of ones `in_trouble` could not be. Those `to_renew`
    must connect again, now or soon. Those `left` are checked the next night.
    """

    seen: list[str] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    in_trouble: list[str] = field(default_factory=list)
    to_renew: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RefreshConnections:
    """Checks connections; `keep` uses an organiser's token if that is due, and returns whether."""

    organisers: Organisers
    keep: Callable[[str, datetime], bool]
    notifier: Notifier

    def __call__(self, clock: Clock, time_left: TimeLeft) -> ConnectionReport:
        """Check all organisers while more than `RESERVE` seconds are left.

        `clock` is read for each of them, because a lease counts from the moment it is taken.
        Unexpected errors are raised together, as a group, once all organisers have been checked.
        """
        report, failures = ConnectionReport(), []
        for organiser in sorted(self.organisers.every(), key=_last_check):
            if time_left() < RESERVE:
                report.left.append(organiser.organiser_id)
                continue
            report.seen.append(organiser.organiser_id)
            try:
                self._check(organiser, clock(), report)
            except Exception as failure:  # noqa: BLE001 - one organiser's error must not stop the others
                logger.warning("organiser left out", organiser=organiser.organiser_id)
                report.in_trouble.append(organiser.organiser_id)
                failures.append(failure)
        count(CONNECTIONS_SEEN, len(report.seen))
        count(CONNECTIONS_IN_TROUBLE, len(report.in_trouble))
        count(CONNECTIONS_TO_RENEW, len(report.to_renew))
        if report.left:
            logger.warning("time is up, the next night continues", left=len(report.left))
        if failures:
            raise ExceptionGroup("some organisers could not be checked", failures)
        return report

    def _check(self, organiser: Organiser, now: datetime, report: ConnectionReport) -> None:
        if not self.organisers.note_health(organiser, summary(organiser, now), now):
            logger.info("conflict, check not recorded", organiser=organiser.organiser_id)
        if is_to_be_kept(organiser, now):
            self._keep(organiser.organiser_id, now, report)
        self._warn(self.organisers.get(organiser.organiser_id), now, report)

    def _keep(self, organiser_id: str, now: datetime, report: ConnectionReport) -> None:
        """Use the token; after an error, the next night tries again."""
        try:
            if self.keep(organiser_id, now):
                report.refreshed.append(organiser_id)
        except (MissingSetting, PaymentProviderError, UnknownOrganiser) as error:
            logger.warning("token not refreshed", organiser=organiser_id, problem=str(error))
            report.in_trouble.append(organiser_id)
            links = self.notifier.admin_links
            if isinstance(error, MissingSetting):
                alert = alerts.incomplete_configuration(str(error), now, links)
                self.notifier.alert(alert, now)
            if isinstance(error, ClientRefused):
                self.notifier.alert(alerts.client_refused(str(error), now, links), now)

    def _warn(self, organiser: Organiser, now: datetime, report: ConnectionReport) -> None:
        """Send an alert if the organiser must connect again, unless one about an order said so.

        An alert that the connection will end is sent in any case.
        """
        text, links = in_words(organiser, now), self.notifier.admin_links
        if is_worth_telling(organiser, now):
            report.to_renew.append(organiser.organiser_id)
            self.notifier.alert(alerts.connection_ends(organiser, text, now, links), now)
        elif health(organiser, now) is Health.REAUTH:
            report.to_renew.append(organiser.organiser_id)
            if not self._is_reported(organiser, now):
                self.notifier.alert(alerts.connection_ended(organiser, text, now, links), now)

    def _is_reported(self, organiser: Organiser, now: datetime) -> bool:
        facts = alerts.recent_trouble_facts(organiser.organiser_id, now)
        return any(self.notifier.is_reported(fact) for fact in facts)


def _last_check(organiser: Organiser) -> datetime:
    return organiser.connection_checked_at or NEVER
