"""The devices in a door report: what each did, which scans are missing, what contradicts. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from ticketing.doors.admission import Admission
from ticketing.doors.scan import Action, device_and_seq
from ticketing.doors.signature import text_of
from ticketing.reports.door_facts import Cell, Facts, Table

CLOCK_MAY_DIFFER = timedelta(minutes=2)
Numbered = Sequence[tuple[int, Admission]]
Rows = Iterator[tuple[Cell, ...]]


def gate_table(facts: Facts) -> Table:
    people: Counter[str] = Counter(dict.fromkeys(facts.gates.values(), 0))
    without: Counter[str] = Counter()
    for walk in facts.walks:
        gate = facts.gates[walk.device_id]
        people[gate] += walk.people
        without[gate] += walk.people - walk.counted
    columns = ("gate", "people", "without_place")
    rows = tuple((gate, people[gate], without[gate]) for gate in sorted(people))
    about = "Who is in, by the gate that let them in."
    return Table("gate", "By gate", about, columns, rows)


def device_table(facts: Facts) -> Table:
    columns = (
        "gate", "device", "role", "state", "people", "without_place", "scans", "refused",
        "not_ours", "waiting", "seen_at",
    )  # fmt: skip
    about = "Waiting: scans that the device had yet to send when it was last seen."
    return Table("device", "By device", about, columns, tuple(_devices(facts)))


def findings(facts: Facts) -> tuple[Table, ...]:
    """Return the scans that are missing, broken chains, and clocks that are off."""
    scans = _by_device(facts)
    return (
        Table(
            "gap",
            "Scans that never came",
            "The devices reported these numbers and did not send their scans. Those that wait are "
            "still on the phone: open the page there, with a network.",
            ("gate", "device", "numbers", "missing", "waiting"),
            tuple(_gaps(facts, scans)),
        ),
        Table(
            "chain",
            "Entries that do not follow the one before",
            "Each scan carries the hash of the device's previous scan. Here it does not match: the "
            "phone's storage was changed or restored, or somebody else wrote the entry.",
            ("gate", "device", "scan", "at"),
            tuple(_breaks(facts, scans)),
        ),
        Table(
            "clock",
            "Clocks",
            "More than two minutes off. Times are corrected by how far the device knew it was off.",
            ("gate", "device", "clock", "scans"),
            tuple(_clocks(facts, scans)),
        ),
    )


def _by_device(facts: Facts) -> dict[str, Numbered]:
    """Return the scans of each device by number; a device may have none."""
    found: dict[str, list[tuple[int, Admission]]] = defaultdict(list)
    for entry in facts.log.scans.values():
        device_id, seq = device_and_seq(entry.scan_id)
        found[device_id].append((seq, entry))
    in_order = sorted(facts.gates, key=lambda device_id: (facts.gates[device_id], device_id))
    return {device_id: sorted(found[device_id], key=lambda one: one[0]) for device_id in in_order}


def _devices(facts: Facts) -> Rows:
    rows = {device.device_id: device for device in facts.devices}
    people, counted = Counter[str](), Counter[str]()
    for walk in facts.walks:
        people[walk.device_id] += walk.people
        counted[walk.device_id] += walk.counted
    for device_id, scans in _by_device(facts).items():
        device = rows.get(device_id)
        refused = sum(e.action is Action.ADMIT and not e.people for _, e in scans)
        yield (
            facts.gates[device_id],
            device_id,
            device.role.value if device else "",
            device.state(facts.event, facts.made_at).value if device else "gone",
            people[device_id],
            people[device_id] - counted[device_id],
            len(scans),
            refused,
            device.not_ours if device else 0,
            device.waiting if device else 0,
            device.seen_at if device else None,
        )


def _gaps(facts: Facts, scans: dict[str, Numbered]) -> Rows:
    rows = {device.device_id: device for device in facts.devices}
    for device_id, own in scans.items():
        device = rows.get(device_id)
        end = max([seq for seq, _ in own] + [device.highest if device else 0]) + 1
        for before, after in pairwise([0, *(seq for seq, _ in own), end]):
            missing = after - before - 1
            if missing:
                numbers = f"{before + 1} to {after - 1}" if missing > 1 else f"{after - 1}"
                waiting = device.waiting if device else 0
                yield facts.gates[device_id], device_id, numbers, missing, waiting


def _breaks(facts: Facts, scans: dict[str, Numbered]) -> Rows:
    """Yield entries that are not chained to the entry before, if that is there."""
    for device_id, own in scans.items():
        for (before, previous), (seq, entry) in pairwise([(0, None), *own]):
            expected = text_of(bytes.fromhex(previous.hash)) if previous else ""
            if seq == before + 1 and entry and entry.previous != expected:
                yield facts.gates[device_id], device_id, entry.scan_id, entry.at


def _clocks(facts: Facts, scans: dict[str, Numbered]) -> Rows:
    for device_id, own in scans.items():
        offsets = [timedelta(milliseconds=entry.offset_ms) for _, entry in own]
        off = [one for one in offsets if abs(one) > CLOCK_MAY_DIFFER]
        if off:
            yield facts.gates[device_id], device_id, _difference(max(off, key=abs)), len(off)
        ahead = sum(entry.at - entry.arrived_at > CLOCK_MAY_DIFFER for _, entry in own)
        if ahead:
            yield facts.gates[device_id], device_id, "scans from the future", ahead


def _difference(offset: timedelta) -> str:
    """Return how wrong a clock is; an offset, ours less the device's, is positive if slow."""
    hours, minutes = divmod(int(abs(offset).total_seconds()) // 60, 60)
    length = f"{hours} h {minutes} min" if hours else f"{minutes} min"
    return f"{length} {'slow' if offset > timedelta() else 'fast'}"
