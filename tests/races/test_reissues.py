"""Tickets that are issued anew while others use them: one is valid, and nobody comes in twice."""

import random
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import count

import pytest

from tests.races.shop import RaceShop, mails, now, orders, repeated, shuffled
from tests.races.test_payments import WORKERS, deliver, every_seed, pay, verify
from tests.races.test_refunds import asked, order_of, refund, refund_part, void
from tests.support.builders import a_device
from tests.support.phone import Phone
from ticketing.adapters.dynamodb.mapping import ticket_from
from ticketing.adapters.dynamodb.models import AdmissionRow, MailRow, TicketRow
from ticketing.bootstrap.check_in import check_in
from ticketing.bootstrap.reissue_ticket import reissue_ticket
from ticketing.doors.admission import Verdict
from ticketing.doors.device import Role
from ticketing.doors.scan import Action, numbered
from ticketing.doors.signature import bytes_of
from ticketing.emails.mail import MailKind, mail_id
from ticketing.errors import NotDecidable, OrderChanged, TicketBusy
from ticketing.flows.check_in import Answer
from ticketing.flows.reissue_ticket import Reissue
from ticketing.orders.basket import Wanted
from ticketing.orders.order import Order
from ticketing.payments.part_refunding import Share
from ticketing.tickets.ticket import Ticket, TicketStatus
from ticketing.web.door_schemas import ScanIn

pytestmark = pytest.mark.races
ORDERS = 6
FRIEND = "Ben Vibert"
ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def sold(shop: RaceShop, many: int = ORDERS) -> list[Order]:
    """Sell three tickets to each of several buyers."""
    some = [shop.buy(f"buyer-{n}@example.com", Wanted("general", 3)) for n in range(many)]
    pay(shop, some)
    for order in some:
        verify(shop, order.order_number)
    return some


def reissue(shop: RaceShop, ticket_id: str, holder: str | None = None) -> Reissue | None:
    """Issue anew like an operator who is told that the ticket is void, or to try again."""
    flow = reissue_ticket(shop.here, dry_run=False)
    try:
        return flow(ticket_id, "agreed", now(), holder)
    except (NotDecidable, OrderChanged):
        return None


def current_id(shop: RaceShop, ticket_id: str) -> str:
    order_number, _, _ = ticket_id.rpartition("-")
    return shop.here.orders.get(order_number).current_id(ticket_id)


def reissue_current(shop: RaceShop, first_id: str) -> Reissue | None:
    return reissue(shop, current_id(shop, first_id))


def rows() -> dict[str, Ticket]:
    return {row.ticket_id: ticket_from(row) for row in TicketRow.scan(consistent_read=True)}


def valid() -> Counter[str]:
    """Return how many valid tickets each order has."""
    found = (t.order_number for t in rows().values() if t.status is TicketStatus.VALID)
    return Counter(found)


@every_seed
def test_a_ticket_is_replaced_once_for_each_number(shop: RaceShop, seed: int) -> None:
    """Operators at the same tickets, some for another holder, while their mails are sent."""
    some = sold(shop)
    jobs: list[Callable[[], object]] = []
    for order in some:
        first, second, _ = order.ticket_ids
        jobs += repeated(reissue, 4, shop, first)
        jobs += repeated(reissue, 4, shop, second, FRIEND)
        jobs += repeated(reissue_current, 3, shop, first)
        jobs += [partial(deliver, shop, mail_id(order.order_number, MailKind.CONFIRMATION))]

    done = shop.race(WORKERS, shuffled(random.Random(seed), jobs))

    new = [one for one in done if isinstance(one, Reissue) and one.new]
    assert valid() == {order.order_number: 3 for order in some}
    assert len(rows()) == 3 * ORDERS + len(new)
    assert len({ticket.qr_text for ticket in rows().values()}) == len(rows())
    assert len({(one.ticket_id, one.current_id) for one in new}) == len(new)
    assert sum(order_of(row).reissues for row in orders()) == len(new)
    mailed = sum(mails(MailKind.CONFIRMATION).values())
    assert mailed == ORDERS + len(new)
    assert shop.left() == 150 - 3 * ORDERS
    shop.judge()
    for row in MailRow.scan(consistent_read=True):
        deliver(shop, row.mail_id)
    shop.judge()


@every_seed
def test_no_ticket_outlives_its_money_or_its_withdrawal(shop: RaceShop, seed: int) -> None:
    """Tickets are issued anew while they are refunded, one or all, and made void."""
    some = sold(shop)
    jobs: list[Callable[[], object]] = []
    for order in some:
        number, (first, second, third) = order.order_number, order.ticket_ids
        for ticket_id in (first, second, third):
            jobs += repeated(reissue_current, 2, shop, ticket_id)
        jobs += repeated(_refund_current, 3, shop, number, first)
        jobs += repeated(_void_current, 2, shop, number, second)
        jobs += [partial(reissue, shop, third, FRIEND)]
    jobs += [partial(refund, shop, order.order_number) for order in some[::2]]

    shop.race(WORKERS, shuffled(random.Random(seed), jobs))

    assert shop.left() == 150 - sum(_seats().values())
    assert valid() == {number: many for number, many in _seats().items() if many}
    shop.judge()
    for order in some:
        for _ in range(3):
            refund(shop, order.order_number)
    assert set(valid()) == set()
    assert max(asked(shop).values()) <= 2, "a part, and the rest"
    assert shop.left() == 150
    shop.judge()


def _refund_current(shop: RaceShop, number: str, first_id: str) -> object:
    return refund_part(shop, number, Share((current_id(shop, first_id),)))


def _void_current(shop: RaceShop, number: str, first_id: str) -> object:
    return void(shop, number, current_id(shop, first_id))


def _seats() -> dict[str, int]:
    """Return how many seats each order holds."""
    held = (order_of(row) for row in orders())
    return {o.order_number: sum(o.seats.values()) if o.holds_seats else 0 for o in held}


class Gate:
    """A device of its own for one scan."""

    def __init__(self, number: int, role: Role = Role.SUPERVISOR) -> None:
        name = f"D{ALPHABET[number // 30]}{ALPHABET[number % 30]}22"
        self.phone = Phone("5", name, "", lambda *_: (0, {}), now)
        self.device = a_device(
            device_id=name,
            gate=f"Gate {number}",
            role=role,
            public_key=bytes_of(self.phone.public_key),
        )

    @property
    def scan_id(self) -> str:
        return numbered(self.device.device_id, 1)

    def scan(self, shop: RaceShop, text: str, **changes: object) -> Answer | None:
        """Scan a code; None if others use the ticket so much that the device has to try later."""
        scan = ScanIn(**self.phone.scan(text, **changes)).scan()
        event = shop.here.events.get("5")
        try:
            return next(check_in(shop.here)(self.device, event, [scan], lambda: 60.0, now()))
        except TicketBusy:
            return None

    def undo(self, shop: RaceShop, scan_id: str) -> Answer | None:
        return self.scan(shop, "", action=Action.UNDO.value, refers_to=scan_id)

    def scan_current(self, shop: RaceShop, first_id: str) -> Answer | None:
        """Scan the code of now, as who got the new mail shows it."""
        text = str(TicketRow.get(current_id(shop, first_id), consistent_read=True).qr_text)
        return self.scan(shop, text)


@every_seed
def test_nobody_comes_in_twice_with_a_ticket_that_is_issued_anew(shop: RaceShop, seed: int) -> None:
    """Old and new codes at several gates, and supervisors who undo scans, all at once."""
    some, jobs, numbers = sold(shop, 4), list[Callable[[], object]](), count()
    for order in some:
        first, code = order.first_ids[0], rows()[order.first_ids[0]].qr_text
        gates = [Gate(next(numbers)) for _ in range(7)]
        jobs += [partial(gate.scan, shop, code) for gate in gates[:3]]
        jobs += [partial(gate.scan_current, shop, first) for gate in gates[3:]]
        jobs += [partial(Gate(next(numbers)).undo, shop, gate.scan_id) for gate in gates]
        jobs += repeated(reissue_current, 3, shop, first)

    done = shop.race(WORKERS, shuffled(random.Random(seed), jobs))

    answers = [one for one in done if isinstance(one, Answer)]
    assert any(one.admission.verdict is Verdict.ADMITTED for one in answers)
    assert any(isinstance(one, Reissue) and one.new for one in done)
    for order in map(order_of, orders()):
        chain = [i for i in order.issued_ids if order.current_id(i) == order.ticket_ids[0]]
        ticket = rows()[chain[-1]]
        assert 0 <= ticket.places <= ticket.admits
        assert ticket.admits - ticket.places == _inside(chain)
    assert valid() == {order.order_number: 3 for order in some}
    shop.judge()


def _inside(ticket_ids: list[str]) -> int:
    """Return how many people the log has inside with these tickets."""
    signs = {Verdict.ADMITTED: 1, Verdict.UNDONE: -1}
    rows = AdmissionRow.query("5", consistent_read=True)
    entries = (row for row in rows if row.ticket_id in ticket_ids)
    return sum(signs.get(row.verdict, 0) * (row.counted or 0) for row in entries)
