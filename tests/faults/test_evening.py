"""An evening at four gates, two of which lose the network: whoever walked in is in the log.

A ledger of its own notes who walked in where. The phones work as the page does: they write a scan
before they show a colour, decide for themselves without the network, and send what they kept in
order. Requests and answers get lost, arrive twice, pages are closed, clocks are hours off, and
money goes back meanwhile.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from tests.support.builders import a_device, a_line, a_signer, an_event, an_order
from tests.support.fake_doors import AdmissionLog, Doors, DoorTickets
from tests.support.fake_orders import Tables
from tests.support.fakes import Events
from tests.support.phone import Phone
from ticketing.doors.admission import Admission, Mark, Verdict
from ticketing.doors.device import Device
from ticketing.doors.log import Log, Row
from ticketing.doors.scan import Action, Scan, numbered
from ticketing.doors.signature import public_key_from
from ticketing.events.event import Event
from ticketing.flows.check_in import Answer, CheckIn
from ticketing.flows.open_door import Change, OpenDoor
from ticketing.orders.order import VoidReason
from ticketing.reports.door import DoorReport, Facts, door_report
from ticketing.tickets.ticket import Ticket, TicketStatus, issue
from ticketing.web.door_schemas import MOST_SCANS, ScanIn, instant

pytestmark = pytest.mark.soak
EVENT = an_event()
TICKETS, SEEDS = 5_000, range(10)
FIRST, SPAN = EVENT.starts_at - timedelta(hours=2), timedelta(hours=3)
GATES = ("Gate A", "Gate B", "Gate C", "Gate D")
OUT_OF_REACH = {"Gate C": (0.2, 0.7), "Gate D": (0.4, 0.9)}
"""In which part of the evening a gate has no network."""
LOST_REQUEST, LOST_ANSWER, SENT_TWICE, CLOSED, VOIDED = 0.02, 0.03, 0.03, 0.002, 0.01
COMES_BACK, AT_ANOTHER_GATE = 0.04, 0.5


@dataclass(frozen=True)
class WalkedIn:
    """People whom a steward let in."""

    ticket_id: str
    people: int


@dataclass
class Server:
    """The function, with its tables."""

    tables: Tables
    log: AdmissionLog
    doors: Doors
    now: datetime = FIRST

    def scans(
        self, device: Device, event: Event, scans: list[Scan], seen: dict[str, int]
    ) -> tuple[list[Answer], list[Change], dict[str, int]]:
        """Answer scans, and tell what other gates admitted."""
        flow = CheckIn(DoorTickets(self.tables), self.log)
        answers = list(flow(device, event, scans, lambda: 60.0, self.now))
        found = OpenDoor(Events(EVENT), self.doors, self.log).changes(device.event_id, seen)
        return answers, list(found.changes), dict(found.seen)


@dataclass
class Gate:
    """A phone with the page.

    `kept` is what it has not sent, `own` whom it let in itself; both outlive the page. `others` is
    what it heard from other gates, up to `seen`.
    """

    device: Device
    phone: Phone
    server: Server
    chance: random.Random
    clock_error: timedelta
    has_network: bool = True
    kept: list[Scan] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    own: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)
    void: set[str] = field(default_factory=set)
    seen: dict[str, int] = field(default_factory=dict)

    def scan(self, ticket: Ticket) -> int:
        """Scan a ticket; return how many people the steward lets in."""
        if self.has_network and not self.kept:
            asked = self._keep(ticket, said="asking", count=0)
            answers = self._send()
            if answers:
                self.own[ticket.ticket_id] += answers[-1].admission.people
                return answers[-1].admission.people
            return self._decide(ticket, refers_to=numbered(self.device.device_id, asked.seq))
        return self._decide(ticket)

    def flush(self) -> None:
        """Send what is kept, as far as the network lets it."""
        while self.has_network and self.kept and self._send():
            pass

    def prepare(self) -> None:
        """Fetch the list: which tickets are void."""
        if self.has_network:
            void = (t for t in self.server.tables.tickets.values() if t.status is TicketStatus.VOID)
            self.void = {ticket.ticket_id for ticket in void}

    def close_the_page(self) -> None:
        """Lose what the page did not write down, and ask for it again."""
        self.seen, self.others = {}, Counter()

    def _decide(self, ticket: Ticket, refers_to: str = "") -> int:
        left = ticket.admits - self.own[ticket.ticket_id] - self.others[ticket.ticket_id]
        said, count = "admitted", left
        if ticket.ticket_id in self.void:
            said, count = "void", 0
        elif left <= 0:
            said, count = "already", 0
        self._keep(ticket, said=said, count=count, refers_to=refers_to)
        self.own[ticket.ticket_id] += count
        return count

    def _keep(self, ticket: Ticket, said: str, count: int, refers_to: str = "") -> Scan:
        own_clock = self.server.now + self.clock_error
        scan = ScanIn(
            **self.phone.scan(
                ticket.qr_text,
                said=said,
                count=count,
                refers_to=refers_to,
                at=instant(own_clock),
                offset_ms=-int(self.clock_error / timedelta(milliseconds=1)),
            )
        ).scan()
        self.kept.append(scan)
        self.made.append(numbered(self.device.device_id, scan.seq))
        return scan

    def _send(self) -> list[Answer]:
        """Send some of what is kept; return the answers, none if they did not arrive."""
        if self.chance.random() < LOST_REQUEST:
            return []
        some = self.kept[:MOST_SCANS]
        for _ in range(2 if self.chance.random() < SENT_TWICE else 1):
            answers, told, seen = self.server.scans(self.device, EVENT, some, self.seen)
        if self.chance.random() < LOST_ANSWER:
            return []
        for change in told:
            if change.device_id != self.device.device_id:
                sign = 1 if change.action is Action.ADMIT else -1
                self.others[change.ticket_id] += sign * change.people
        self.seen = seen
        done = {answer.seq for answer in answers}
        self.kept = [scan for scan in self.kept if scan.seq not in done]
        return answers


class Evening:
    """Five thousand tickets, four gates, and a ledger of who walked in."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.tables = Tables()
        self.server = Server(self.tables, AdmissionLog(self.tables), Doors())
        self.ledger: list[WalkedIn] = []
        for ticket in _tickets(self.chance):
            self.tables.tickets[ticket.ticket_id] = ticket
        self.gates = [self._gate(name) for name in GATES]

    def run(self) -> None:
        guests = list(self._guests())
        for number, (part, gate, ticket_id) in enumerate(guests):
            self.server.now = FIRST + part * SPAN
            for one in self.gates:
                begin, end = OUT_OF_REACH.get(one.device.gate, (2.0, 2.0))
                one.has_network = not begin <= part < end
            self._meanwhile(number)
            people = gate.scan(self.tables.tickets[ticket_id])
            if people:
                self.ledger.append(WalkedIn(ticket_id, people))
        for gate in self.gates:
            gate.has_network = True
            while gate.kept:
                gate.flush()

    def _meanwhile(self, number: int) -> None:
        """Money goes back, pages are closed, and phones with a network send what they kept."""
        if self.chance.random() < VOIDED:
            self._void(self.chance.choice(list(self.tables.tickets)))
        for gate in self.gates:
            if self.chance.random() < CLOSED:
                gate.close_the_page()
            if number % 20 == 0:
                gate.flush()
                gate.prepare()

    def _void(self, ticket_id: str) -> None:
        self.tables.tickets[ticket_id] = replace(
            self.tables.tickets[ticket_id],
            status=TicketStatus.VOID,
            void_reason=VoidReason.REFUNDED,
            changed_at=self.server.now,
        )

    def _guests(self) -> Iterator[tuple[float, Gate, str]]:
        """Yield when somebody comes, to which gate, and with which ticket; some come twice."""
        coming: list[tuple[float, int, str]] = []
        for ticket_id in self.tables.tickets:
            gate = self.chance.randrange(len(GATES))
            at = self.chance.random()
            coming.append((at, gate, ticket_id))
            if self.chance.random() < COMES_BACK:
                other = self.chance.random() < AT_ANOTHER_GATE
                gate = self.chance.randrange(len(GATES)) if other else gate
                coming.append((min(at + self.chance.random() * 0.2, 1.0), gate, ticket_id))
        return ((at, self.gates[gate], ticket_id) for at, gate, ticket_id in sorted(coming))

    def _gate(self, name: str) -> Gate:
        device_id = f"D222{'ABCD'[GATES.index(name)]}"
        phone = Phone(EVENT.event_id, device_id, "", lambda *_: (0, {}), lambda: self.server.now)
        key = public_key_from(phone.public_key)
        device = a_device(device_id=device_id, gate=name, public_key=key)
        self.server.doors.add(device)
        error = timedelta(hours=self.chance.uniform(-5, 5))
        return Gate(device, phone, self.server, self.chance, error)


def _tickets(chance: random.Random) -> Iterator[Ticket]:
    signer, made = a_signer(), 0
    while made < TICKETS:
        quantity = min(chance.randint(1, 4), TICKETS - made)
        line = a_line(quantity=quantity, admits=chance.choice((1, 1, 1, 4)))
        order = an_order(order_number=f"ORD-{made:06d}", lines=(line,))
        yield from issue(order, signer)
        made += quantity


def _sums(entries: list[Admission]) -> tuple[int, int]:
    """Return how many people walked in by these entries, and for how many there was a place."""
    signs = [(-1 if e.corrects else 1, e) for e in entries]
    return sum(s * e.people for s, e in signs), sum(s * e.counted for s, e in signs)


def _report(evening: Evening) -> DoorReport:
    log = evening.server.log
    rows: list[Row] = [(Mark.SCAN, entry) for entry in log.rows.values()]
    rows += [(Mark.CORRECTION, one) for one in log.corrections.values()]
    return door_report(
        Facts(
            event=EVENT,
            kinds=(),
            devices=evening.server.doors.of_event(EVENT.event_id),
            log=Log.of(rows),
            tickets=list(evening.tables.tickets.values()),
            changing=(),
            unreadable=(),
            made_at=evening.server.now,
        )
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_whoever_walked_in_is_in_the_log(seed: int) -> None:
    evening = Evening(seed)

    evening.run()

    log = evening.server.log
    made = [scan for gate in evening.gates for scan in gate.made]
    assert sorted(scan for _, scan in log.rows) == sorted(made), "no scan is lost, none made up"
    assert log.clones == {}
    walked_in: Counter[str] = Counter()
    for one in evening.ledger:
        walked_in[one.ticket_id] += one.people
    entries: defaultdict[str, list[Admission]] = defaultdict(list)
    for entry in log.rows.values():
        entries[entry.ticket_id].append(entry)
    report = _report(evening)
    doubles = {row[0]: row for row in report.table("double").rows}
    without_place = 0
    for ticket in evening.tables.tickets.values():
        of_it = entries[ticket.ticket_id]
        people, counted = _sums(of_it)
        assert people == walked_in[ticket.ticket_id], ticket.ticket_id
        assert counted == ticket.admits - ticket.places, ticket.ticket_id
        named = [e for e in of_it if e.verdict in {Verdict.DOUBLE, Verdict.VOID} and e.people]
        assert bool(people - counted) == bool(named), ticket.ticket_id
        is_double = any(e.verdict is Verdict.DOUBLE for e in named)
        assert is_double == (ticket.ticket_id in doubles), "the report names it"
        without_place += people - counted
    assert without_place, "gates without a network let nobody in twice"
    assert (report.people, report.with_place) == (
        sum(walked_in.values()),
        sum(walked_in.values()) - without_place,
    )
    assert report.problems == ()
