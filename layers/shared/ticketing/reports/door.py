"""The doors of an event: who came in, who was refused, and what does not add up. Pure.

People are counted by the log: each scan with which somebody went in, less what was undone. Places
are counted by the tickets. The two must agree, and the report says so if they do not.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ticketing.doors.device import LASTS
from ticketing.doors.scan import Action
from ticketing.events.event import Event, local_time
from ticketing.reports import door_devices, door_findings, pictures
from ticketing.reports.door_checks import disagreements, untrusted
from ticketing.reports.door_facts import Cell, Facts, Table, Walk, words
from ticketing.tickets.ticket import Ticket, TicketStatus

__all__ = ["DoorReport", "Facts", "door_report"]

AROUND = timedelta(hours=12)
"""How long before and after the event a scan belongs in the chart."""
STEPS = (
    (timedelta(minutes=15), "quarter of an hour"),
    (timedelta(hours=1), "hour"),
    (timedelta(hours=6), "six hours"),
    (timedelta(days=1), "day"),
)
MOST_STEPS = 400


@dataclass(frozen=True)
class DoorReport:
    """The report as of a moment.

    `people` are in; `with_place` of them had a place on a ticket. `expected` are those whom valid
    tickets admit; `absent` of them have not come. `at_other_times` went in long before or after the
    event, by the clock of their device, and are not in the chart. `problems` need attention.
    """

    event: Event
    made_at: datetime
    people: int
    with_place: int
    expected: int
    absent: int
    at_other_times: int
    step: str
    picture: pictures.Columns | None
    figures: tuple[Table, ...]
    findings: tuple[Table, ...]
    problems: tuple[str, ...]
    unreadable: tuple[str, ...]

    def table(self, name: str) -> Table:
        return next(one for one in (*self.figures, *self.findings) if one.name == name)


def door_report(facts: Facts) -> DoorReport:
    valid = [ticket for ticket in facts.tickets if ticket.status is TicketStatus.VALID]
    in_time = [walk for walk in facts.walks if _is_near(walk.entry.at, facts.event)]
    step, named = _step(in_time)
    steps = _steps(in_time, step, facts.event.time_zone)
    findings = (*door_findings.findings(facts), *door_devices.findings(facts))
    people = sum(walk.people for walk in facts.walks)
    return DoorReport(
        event=facts.event,
        made_at=facts.made_at,
        people=people,
        with_place=sum(walk.counted for walk in facts.walks),
        expected=sum(ticket.admits for ticket in valid),
        absent=sum(ticket.places for ticket in valid),
        at_other_times=people - sum(walk.people for walk in in_time),
        step=named,
        picture=_picture(steps, facts.event.time_zone),
        figures=(
            _type_table(facts),
            door_devices.gate_table(facts),
            door_devices.device_table(facts),
            _step_table(steps, named),
            _refusal_table(facts),
        ),
        findings=findings,
        problems=(*disagreements(facts), *untrusted(facts, findings)),
        unreadable=tuple(sorted(facts.unreadable)),
    )


def _type_table(facts: Facts) -> Table:
    columns = ("type", "name", "tickets", "expected", "in", "no_shows", "void", "void_in")
    about = "Valid tickets: how many people they admit, and how many are in or not. Then void ones."
    names = {ticket.sku: ticket.description for ticket in facts.tickets}
    names |= {kind.sku: kind.name for kind in facts.kinds}
    in_order = [k.sku for k in sorted(facts.kinds, key=lambda k: (k.position, k.sku))]
    in_order += sorted(names.keys() - set(in_order))
    rows = (_type_row(sku, names[sku], facts.tickets) for sku in in_order)
    return Table("type", "By ticket type", about, columns, tuple(rows))


def _type_row(sku: str, name: str, tickets: Sequence[Ticket]) -> tuple[Cell, ...]:
    own = [ticket for ticket in tickets if ticket.sku == sku]
    valid = [ticket for ticket in own if ticket.status is TicketStatus.VALID]
    void = [ticket for ticket in own if ticket.status is TicketStatus.VOID]
    expected, absent = sum(t.admits for t in valid), sum(t.places for t in valid)
    void_in = sum(t.admits - t.places for t in void)
    return sku, name, len(valid), expected, expected - absent, absent, len(void), void_in


def _refusal_table(facts: Facts) -> Table:
    reasons: Counter[str] = Counter()
    for entry in facts.log.scans.values():
        if entry.action is Action.ADMIT and not entry.people:
            reasons[words(entry.verdict.value, entry.reason)] += 1
    reasons["not a ticket of ours"] = sum(device.not_ours for device in facts.devices)
    rows = sorted(((r, n) for r, n in reasons.items() if n), key=lambda one: (-one[1], one[0]))
    about = "Scans with which nobody went in; the same ticket may have been scanned several times."
    return Table("refusal", "Refusals", about, ("reason", "scans"), tuple(rows))


# ---- by the clock

Step = tuple[datetime, int, int]
"""When it begins, and how many went in with a place on a ticket, and without one."""


def _is_near(at: datetime, event: Event) -> bool:
    end = event.ends_at or event.starts_at + LASTS
    return event.starts_at - AROUND <= at < end + AROUND


def _step(walks: list[Walk]) -> tuple[timedelta, str]:
    """Return the shortest step that does not give the chart too many."""
    times = [walk.entry.at for walk in walks if walk.people]
    span = max(times) - min(times) if times else timedelta()
    return next((one for one in STEPS if span / one[0] < MOST_STEPS - 1), STEPS[-1])


def _steps(walks: list[Walk], step: timedelta, time_zone: str) -> list[Step]:
    """Return all steps from the first to the last in which somebody went in."""
    inside = [walk for walk in walks if walk.people]
    if not inside:
        return []
    first = local_time(min(walk.entry.at for walk in inside), time_zone)
    midnight = first.replace(hour=0, minute=0, second=0, microsecond=0)
    with_place, without = Counter[int](), Counter[int]()
    for walk in inside:
        number = (walk.entry.at - midnight) // step
        with_place[number] += walk.counted
        without[number] += walk.people - walk.counted
    numbers = range(min(with_place), max(with_place) + 1)
    return [(midnight + n * step, with_place[n], without[n]) for n in numbers]


def _step_table(steps: list[Step], named: str) -> Table:
    rows = tuple((at, place + without, without) for at, place, without in steps)
    about = "By the time of the scan, corrected for the clock of its device."
    columns = ("at", "people", "without_place")
    return Table("time", f"By {named}", about, columns, rows)


def _picture(steps: list[Step], time_zone: str) -> pictures.Columns | None:
    return pictures.columns(
        [
            (
                f"{local_time(at, time_zone):%Y-%m-%d %H:%M}",
                (("with a place", place), ("without a place", without)),
            )
            for at, place, without in steps
        ]
    )
