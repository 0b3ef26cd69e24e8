"""Every night: keep organisers' SumUp connections alive, and tell in time which ones will end.

Whoever was not looked at for longest comes first, and a look is noted before anything can go wrong:
when time runs out the next night goes on, and nobody stands in front of the others for ever.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from ticketing.brand import Brand
from ticketing.emails.mail import Mail, alert_id, to_operators
from ticketing.errors import (
    ClientRefused,
    MissingSetting,
    PaymentProviderError,
    UnknownOrganiser,
)
from ticketing.observability import (
    CONNECTIONS_IN_TROUBLE,
    CONNECTIONS_SEEN,
    CONNECTIONS_TO_RENEW,
    count,
    logger,
)
from ticketing.operators import alerts
from ticketing.operators.admin_links import AdminLinks
from ticketing.operators.alerts import Alert
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
"""Seconds: more than one organiser takes when SumUp and AWS are at their slowest."""
NEVER = datetime.min.replace(tzinfo=UTC)


class Organisers(Protocol):
    """What is needed of the organisers table."""

    def every(self) -> Iterator[Organiser]: ...
    def get(self, organiser_id: str) -> Organiser: ...
    def note_health(self, organiser: Organiser, told: str, now: datetime) -> bool: ...


class Mails(Protocol):
    """What is needed of the outbox."""

    def has(self, mail_id: str) -> bool: ...
    def add_once(self, mail: Mail) -> bool: ...


class Deliveries(Protocol):
    """What is needed of the delivery queue."""

    def send(self, names: Sequence[str]) -> list[str]: ...


@dataclass
class ConnectionReport:
    """Whom one night looked at, whose token was used or could not be, and who is for the next.

    Those `to_renew` must connect again, or soon.
    """

    seen: list[str] = field(default_factory=list)
    refreshed: list[str] = field(default_factory=list)
    in_trouble: list[str] = field(default_factory=list)
    to_renew: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RefreshConnections:
    """The flow with everything it talks to; `keep` uses one organiser's token if that is due."""

    organisers: Organisers
    keep: Callable[[str, datetime], bool]
    outbox: Mails
    deliveries: Deliveries
    brand: Brand
    console: AdminLinks

    def __call__(
        self, clock: Callable[[], datetime], time_left: Callable[[], float]
    ) -> ConnectionReport:
        """Look at all organisers, while more than `RESERVE` seconds are left.

        `clock` is asked for each of them: a lease counts from the moment it is taken. What fails
        in a way nobody foresaw is raised as a group, after all others had their turn.
        """
        report, failures = ConnectionReport(), []
        for organiser in sorted(self.organisers.every(), key=_last_look):
            if time_left() < RESERVE:
                report.left.append(organiser.organiser_id)
                continue
            report.seen.append(organiser.organiser_id)
            try:
                self._look_at(organiser, clock(), report)
            except Exception as failure:  # noqa: BLE001 - one's trouble, whichever, is not the others'
                logger.warning("organiser left out", organiser=organiser.organiser_id)
                report.in_trouble.append(organiser.organiser_id)
                failures.append(failure)
        count(CONNECTIONS_SEEN, len(report.seen))
        count(CONNECTIONS_IN_TROUBLE, len(report.in_trouble))
        count(CONNECTIONS_TO_RENEW, len(report.to_renew))
        if report.left:
            logger.warning("time is up, the next night goes on", left=len(report.left))
        if failures:
            raise ExceptionGroup("some organisers could not be looked at", failures)
        return report

    def _look_at(self, organiser: Organiser, now: datetime, report: ConnectionReport) -> None:
        if not self.organisers.note_health(organiser, summary(organiser, now), now):
            logger.info("changed meanwhile", organiser=organiser.organiser_id)
        if is_to_be_kept(organiser, now):
            self._keep(organiser.organiser_id, now, report)
        self._warn(self.organisers.get(organiser.organiser_id), now, report)

    def _keep(self, organiser_id: str, now: datetime, report: ConnectionReport) -> None:
        """Use the token; what could not be done tonight is tried again tomorrow."""
        try:
            if self.keep(organiser_id, now):
                report.refreshed.append(organiser_id)
        except (MissingSetting, PaymentProviderError, UnknownOrganiser) as error:
            logger.warning("token not refreshed", organiser=organiser_id, problem=str(error))
            report.in_trouble.append(organiser_id)
            if isinstance(error, MissingSetting):
                self._tell(alerts.incomplete_configuration(str(error), now, self.console), now)
            if isinstance(error, ClientRefused):
                self._tell(alerts.client_refused(str(error), now, self.console), now)

    def _warn(self, organiser: Organiser, now: datetime, report: ConnectionReport) -> None:
        """Tell what only the organiser can mend, unless a waiting order told it already."""
        words = in_words(organiser, now)
        if is_worth_telling(organiser, now):
            report.to_renew.append(organiser.organiser_id)
            self._tell(alerts.connection_ends(organiser, words, now, self.console), now)
        elif health(organiser, now) is Health.REAUTH:
            report.to_renew.append(organiser.organiser_id)
            if not self._was_told(organiser, now):
                self._tell(alerts.connection_ended(organiser, words, now, self.console), now)

    def _was_told(self, organiser: Organiser, now: datetime) -> bool:
        facts = alerts.told_with_an_order(organiser.organiser_id, now)
        return any(self.outbox.has(alert_id(fact)) for fact in facts)

    def _tell(self, told: Alert, now: datetime) -> None:
        mail = to_operators(told, self.brand, now)
        if self.outbox.add_once(mail) and self.deliveries.send([mail.mail_id]):
            logger.warning("mail not queued, the scan will find it", mail=mail.mail_id)


def _last_look(organiser: Organiser) -> datetime:
    return organiser.connection_checked_at or NEVER
