"""What does not add up at the doors of an event: tickets against the log, copied devices. Pure."""

from collections import Counter
from collections.abc import Iterator

from ticketing.doors.scan import device_and_seq
from ticketing.reports.door_facts import Facts, Table

MOST_PROBLEMS = 50
"""How many tickets are named; the others are only counted."""


def disagreements(facts: Facts) -> Iterator[str]:
    """Yield the tickets whose row and log differ; beyond a limit, only how many there are."""
    problems = list(_differences(facts))
    yield from problems[:MOST_PROBLEMS]
    if len(problems) > MOST_PROBLEMS:
        yield f"and {len(problems) - MOST_PROBLEMS} more tickets disagree with the log"


def _differences(facts: Facts) -> Iterator[str]:
    logged: Counter[str] = Counter()
    for walk in facts.walks:
        scanned = walk.entry.ticket_id
        logged[facts.replaced.get(scanned, scanned)] += walk.counted
    for ticket in facts.tickets:
        people, by_log = ticket.admits - ticket.places, logged.pop(ticket.ticket_id, 0)
        if people != by_log and ticket.ticket_id not in facts.changing:
            in_by_row = f"{people} {'person' if people == 1 else 'people'} in by its row"
            yield f"ticket {ticket.ticket_id} has {in_by_row}, {by_log} by the log"
    unreadable = {row.partition(":")[0] for row in facts.unreadable}
    for ticket_id in sorted(one for one, people in logged.items() if people):
        if f"ticket {ticket_id}" not in unreadable:
            yield f"ticket {ticket_id} is in the log and not among the tickets of the event"


def untrusted(facts: Facts, findings: tuple[Table, ...]) -> Iterator[str]:
    """Yield the devices whose entries somebody else may have written."""
    for device_id, seq in sorted({device_and_seq(one.scan_id) for one in facts.log.clones}):
        gate = facts.gates.get(device_id, "a gate that is gone")
        yield f"{device_id} of {gate} has a copy: two scans have number {seq}"
    chains = next(one for one in findings if one.name == "chain")
    for (of, broken), many in Counter((row[0], row[1]) for row in chains.rows).items():
        entries = "1 entry does" if many == 1 else f"{many} entries do"
        problem = "not follow the one before; the log is not what this device wrote"
        yield f"{broken} of {of}: {entries} {problem}"
