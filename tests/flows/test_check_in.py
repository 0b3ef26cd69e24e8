"""Scans that meet others at the same moment, and batches that take too long."""

from dataclasses import dataclass, field, replace

import pytest

from tests.support.builders import NOW, a_device, an_event, an_order, tickets_for
from tests.support.fake_doors import AdmissionLog, DoorTickets
from tests.support.fake_orders import Tables
from tests.support.phone import Phone
from ticketing.doors.admission import Admission, Verdict
from ticketing.doors.scan import Scan
from ticketing.doors.signature import public_key_from
from ticketing.errors import TicketBusy, UnreadableTicket
from ticketing.flows.check_in import RESERVE_SECONDS, CheckIn
from ticketing.flows.optimistic import TRIES_AT_THE_DOOR
from ticketing.tickets.ticket import Ticket
from ticketing.web.door_schemas import ScanIn

ONE, TWO, _ = tickets_for(an_order())
PHONE = Phone("5", "D7KQ2", "", lambda *_: (0, {}), lambda: NOW)
DEVICE = a_device(public_key=public_key_from(PHONE.public_key))


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tenacity.nap.time.sleep", lambda _: None)


@dataclass
class BusyLog(AdmissionLog):
    """A log whose first transactions meet others; `meanwhile` is what those others do."""

    busy: int = 0
    meanwhile: list[Admission] = field(default_factory=list)

    def admit(self, admission: Admission, ticket: Ticket) -> None:
        if self.busy:
            self.busy -= 1
            for other in self.meanwhile:
                super().admit(other, ticket)
            self.meanwhile = []
            raise TicketBusy(ticket.ticket_id)
        super().admit(admission, ticket)


class Shop:
    """A door with two tickets."""

    def __init__(self, busy: int = 0) -> None:
        self.tables = Tables()
        self.tables.tickets = {ONE.ticket_id: ONE, TWO.ticket_id: TWO}
        self.log = BusyLog(self.tables, busy=busy)
        self.tickets = DoorTickets(self.tables)
        self.seconds = [60.0]

    def __call__(self, *scans: Scan) -> list[Verdict]:
        flow = CheckIn(self.tickets, self.log)
        left = iter([*self.seconds, *[0.0] * len(scans)]) if len(self.seconds) > 1 else None
        seconds = (lambda: next(left)) if left else (lambda: self.seconds[0])
        return [a.admission.verdict for a in flow(DEVICE, an_event(), scans, seconds, NOW)]


def a_scan(ticket: Ticket) -> Scan:
    return ScanIn(**PHONE.scan(ticket.qr_text)).scan()


@pytest.mark.parametrize("busy", [0, 1, TRIES_AT_THE_DOOR - 1])
def test_a_busy_ticket_is_read_again(busy: int) -> None:
    assert Shop(busy)(a_scan(ONE)) == [Verdict.ADMITTED]


def test_a_ticket_that_stays_busy_is_left_for_the_next_request() -> None:
    shop = Shop(TRIES_AT_THE_DOOR)

    with pytest.raises(TicketBusy):
        shop(a_scan(ONE))

    assert shop.log.rows == {}


def test_who_meets_another_gate_hears_that_the_ticket_was_used_there() -> None:
    shop = Shop(busy=1)
    other = Shop()
    other(a_scan(ONE))
    (theirs,) = other.log.rows.values()
    shop.log.meanwhile = [replace(theirs, scan_id="DM4T8#000001")]

    assert shop(a_scan(ONE)) == [Verdict.ALREADY]


def test_a_scan_that_was_stored_although_its_answer_was_lost_is_answered_from_its_entry() -> None:
    shop, scan = Shop(busy=1), a_scan(ONE)
    other = Shop()
    other(scan)
    shop.log.meanwhile = list(other.log.rows.values())

    assert shop(scan) == [Verdict.ADMITTED]
    assert len(shop.log.rows) == 1


def test_what_has_no_time_left_is_not_begun() -> None:
    shop = Shop()
    shop.seconds = [RESERVE_SECONDS, RESERVE_SECONDS - 0.1]

    assert shop(a_scan(ONE), a_scan(TWO)) == [Verdict.ADMITTED]
    assert TWO.ticket_id not in {entry.ticket_id for entry in shop.log.rows.values()}


def test_a_scan_whose_ticket_cannot_be_read_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    shop = Shop()
    read = shop.tickets.get

    def get(ticket_id: str) -> Ticket | None:
        if ticket_id == ONE.ticket_id:
            raise UnreadableTicket(ticket_id, "it lacks qr_text")
        return read(ticket_id)

    monkeypatch.setattr(shop.tickets, "get", get)

    assert shop(a_scan(ONE), a_scan(TWO)) == [Verdict.UNKNOWN, Verdict.ADMITTED]
