"""Many scans at once, while tickets become void and scans are undone."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest

from tests.races.shop import AN_HOUR, RaceShop, now, repeated, shuffled
from tests.races.test_payments import WORKERS, every_seed, with_tickets
from tests.races.test_refunds import refund
from tests.support.builders import an_event
from tests.support.phone import Phone
from ticketing.adapters.dynamodb.doors import DoorTable
from ticketing.adapters.dynamodb.mapping import ticket_from
from ticketing.adapters.dynamodb.models import AdmissionRow, TicketRow
from ticketing.bootstrap.check_in import check_in, open_door
from ticketing.bootstrap.manage_doors import manage_doors
from ticketing.bootstrap.signing import signer
from ticketing.doors.admission import Verdict
from ticketing.doors.device import Device, Role
from ticketing.doors.scan import Action
from ticketing.doors.signature import public_key_from
from ticketing.errors import TicketBusy
from ticketing.flows.check_in import Answer
from ticketing.web.door_schemas import ScanIn

pytestmark = pytest.mark.races
EVENT = an_event().event_id
TAKES = {Action.ADMIT}


@dataclass
class Gate:
    """A device, and what it does when it is told to come again."""

    device: Device
    phone: Phone

    def scan(self, text: str, **changes: object) -> ScanIn:
        return ScanIn(**self.phone.scan(text, **changes))

    def send(self, shop: RaceShop, *scans: ScanIn) -> list[Answer]:
        """Send scans until each has its answer."""
        sent = [scan.scan() for scan in scans]
        event = shop.here.events.get(EVENT)
        while True:
            try:
                flow = check_in(shop.here)
                return list(flow(self.device, event, sent, lambda: AN_HOUR, now()))
            except TicketBusy:
                continue


def gates(shop: RaceShop, count: int, role: Role = Role.STEWARD) -> list[Gate]:
    """Add devices and pair them."""
    made = []
    shop.here.events.publish_keys(EVENT, signer(shop.here).public_keys(EVENT))
    for n in range(count):
        door = manage_doors(shop.here).add(EVENT, f"Gate {n}", role, now(), names_offline=False)
        phone = Phone.of(door, lambda *_: (0, {}), now)
        key = public_key_from(phone.public_key)
        assert key is not None
        device, _ = open_door(shop.here).pair(EVENT, phone.device_id, door.secret, key, now())
        found = DoorTable().get(EVENT, device.device_id)
        assert found is not None
        made.append(Gate(found, phone))
    return made


def verdicts(answers: list[list[Answer]]) -> Counter[Verdict]:
    return Counter(answer.admission.verdict for some in answers for answer in some)


def tickets() -> list[TicketRow]:
    return list(TicketRow.scan(consistent_read=True))


def judge(shop: RaceShop) -> None:
    """Hold every ticket to the log: what it lacks is what was counted, less what came back."""
    counted: Counter[str] = Counter()
    for row in AdmissionRow.query(EVENT, consistent_read=True):
        if row.scan_id[0] not in "~!":
            sign = 1 if row.action in TAKES else -1
            counted[row.ticket_id] += sign * (row.counted or 0)
    for ticket in map(ticket_from, tickets()):
        assert 0 <= ticket.places <= ticket.admits
        assert ticket.admits - ticket.places == counted[ticket.ticket_id], ticket.ticket_id
    shop.judge()


@pytest.fixture
def turned_down(shop: RaceShop) -> RaceShop:
    """The shop, of whose transactions DynamoDB turns a third down."""
    chance = random.Random(0)
    shop.overlap.conflicts = lambda: chance.random() < 1 / 3
    return shop


def test_a_thousand_scans_of_one_ticket_admit_one(shop: RaceShop) -> None:
    with_tickets(shop, 0, 1)
    ticket = tickets()[0]
    doors = gates(shop, 10)
    each = [gate for gate in doors for _ in range(100)]
    jobs = [partial(gate.send, shop, gate.scan(ticket.qr_text)) for gate in each]

    answers = shop.race(WORKERS, jobs)

    assert verdicts(answers) == {Verdict.ADMITTED: 1, Verdict.ALREADY: 999}
    (first,) = {a.first.scan_id for some in answers for a in some if a.first}
    assert first == TicketRow.get(ticket.ticket_id, consistent_read=True).last_scan
    assert sum(1 for _ in AdmissionRow.query(EVENT)) == 1000
    judge(shop)


@every_seed
def test_a_ticket_for_four_admits_four(turned_down: RaceShop, seed: int) -> None:
    shop = turned_down
    with_tickets(shop, seed, 1)
    ticket = tickets()[0]
    ticket.update([TicketRow.admits.set(4)])
    jobs = [partial(g.send, shop, g.scan(ticket.qr_text, count=1)) for g in gates(shop, 12)]

    answers = shop.race(WORKERS, jobs)

    assert verdicts(answers) == {Verdict.ADMITTED: 4, Verdict.ALREADY: 8}
    ticket.update([TicketRow.admits.remove(), TicketRow.left.set(0)])


@every_seed
def test_a_batch_that_is_sent_eight_times_is_recorded_once(
    turned_down: RaceShop, seed: int
) -> None:
    shop = turned_down
    with_tickets(shop, seed, 4)
    (gate,) = gates(shop, 1)
    batch = [gate.scan(ticket.qr_text) for ticket in tickets()]

    answers = shop.race(8, repeated(lambda here: gate.send(here, *batch), 8, shop))

    assert all(verdicts([some]) == {Verdict.ADMITTED: len(batch)} for some in answers)
    assert sum(1 for _ in AdmissionRow.query(EVENT)) == len(batch)
    judge(shop)


@every_seed
def test_whoever_is_let_out_again_may_come_back_once(turned_down: RaceShop, seed: int) -> None:
    """Supervisors undo the same scans, while gates scan the same tickets."""
    shop = turned_down
    with_tickets(shop, seed, 3)
    doors, offices = gates(shop, 4), gates(shop, 3, Role.SUPERVISOR)
    scanned = tickets()
    first = [
        scan for ticket in scanned for scan in doors[0].send(shop, doors[0].scan(ticket.qr_text))
    ]
    jobs: list[Callable[[], object]] = [
        partial(gate.send, shop, gate.scan(ticket.qr_text)) for gate in doors for ticket in scanned
    ]
    jobs += [
        partial(
            office.send,
            shop,
            office.scan("", action="undo", refers_to=answer.admission.scan_id),
        )
        for office in offices
        for answer in first
    ]

    shop.race(WORKERS, shuffled(random.Random(seed), jobs))

    undone = [r for r in AdmissionRow.query(EVENT) if r.verdict is Verdict.UNDONE]
    assert sorted(r.refers_to for r in undone) == sorted(a.admission.scan_id for a in first)
    judge(shop)


@every_seed
def test_a_ticket_is_admitted_before_its_refund_or_not_at_all(shop: RaceShop, seed: int) -> None:
    orders = with_tickets(shop, seed, 4)
    doors = gates(shop, 3)
    scanned = tickets()
    jobs: list[Callable[[], object]] = [
        partial(refund, shop, order.order_number) for order in orders
    ]
    jobs += [
        partial(gate.send, shop, gate.scan(ticket.qr_text)) for gate in doors for ticket in scanned
    ]

    shop.race(WORKERS, shuffled(random.Random(seed), jobs))

    assert {ticket.status for ticket in tickets()} == {"void"}
    late = [answer for t in scanned for answer in doors[0].send(shop, doors[0].scan(t.qr_text))]
    assert {answer.admission.verdict for answer in late} == {Verdict.VOID}
    assert {answer.admission.reason for answer in late} == {"refunded"}
    judge(shop)
