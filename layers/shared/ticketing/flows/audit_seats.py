"""Compare how many seats are left of each ticket type with what orders hold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ticketing.audit.order_snapshot import Unreadable
from ticketing.audit.reading import Claim, Place, UnknownClaim
from ticketing.audit.rules import unreadable
from ticketing.audit.seats import Kind, SeatsLeft, Tally, counter_is_possible, counter_is_right
from ticketing.flows.audit_report import AuditReport
from ticketing.flows.ports import AuditReader, Clock, TimeLeft
from ticketing.observability import logger


@dataclass(frozen=True)
class AuditSeats:
    """Judges the counters of seats while more than `reserve` seconds are left."""

    audit_reader: AuditReader
    reserve: float

    def __call__(self, report: AuditReport, clock: Clock, time_left: TimeLeft) -> None:
        """Report the counters that two counts in a row find wrong.

        Seats are sold while orders are counted, so a single count may itself be wrong.
        """
        first = self._counted(report, clock, time_left)
        is_doubtful = first and any(off for _, off in first.values())
        second = self._counted(report, clock, time_left) if is_doubtful else {}
        if first is None or second is None:
            return
        report.seats = True
        for kind in first.keys() & second.keys():
            left, off = second[kind]
            report.add(counter_is_right(left, first[kind][1], off))

    def _counted(
        self, report: AuditReport, clock: Clock, time_left: TimeLeft
    ) -> Mapping[Kind, tuple[SeatsLeft, int]] | None:
        """Return each counter and how far it is off; None if time runs out."""
        since = clock()
        counters = self._counters(report)
        tally = Tally(since, clock())
        place: Place | None = None
        while True:
            if time_left() < self.reserve:
                logger.warning("time is up, seats are not judged")
                return None
            page = self.audit_reader.claims(place)
            for claim in page.found:
                _count(tally, claim, counters)
            place = page.following
            if place is None:
                return {left.kind: (left, tally.difference(left)) for left in counters}

    def _counters(self, report: AuditReport) -> list[SeatsLeft]:
        counters = []
        for left in self.audit_reader.seats_left():
            if isinstance(left, Unreadable):
                report.add([unreadable(left, None)])
            else:
                report.add(counter_is_possible(left))
                counters.append(left)
        return counters


def _count(tally: Tally, claim: Claim | UnknownClaim, counters: Sequence[SeatsLeft]) -> None:
    """Count an order; an unreadable one makes the counters of its event unknown, or all of them."""
    if isinstance(claim, Claim):
        tally.add(claim)
    elif claim.event_id:
        tally.unknown.add(claim.event_id)
    else:
        tally.unknown |= {left.event_id for left in counters}
