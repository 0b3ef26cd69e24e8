"""A moved event: every buyer is told, tickets stay valid, and who asks gets the money back once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests.flows.test_cancel_event import FREE, Office, empty
from tests.support.builders import NOW, an_event, later
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.emails.mail import MailKind
from ticketing.emails.reminder import Bookmark, Place, is_wanted
from ticketing.errors import EventNotFound, NothingToGiveBack, NotMovable, PaymentProviderError
from ticketing.events.event import Event
from ticketing.events.moving import NewTimes
from ticketing.flows.announce_event import AnnounceEvent
from ticketing.flows.ask_refund import AskRefund
from ticketing.flows.move_event import Moved, MoveEvent
from ticketing.flows.refund_orders import GivenBack, RefundOrders
from ticketing.flows.refund_payment import RefundPayment
from ticketing.flows.refund_requests import RefundRequests
from ticketing.flows.remind_buyers import RemindBuyers, Reminded
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.refund import RefundStatus
from ticketing.reports.rows import Rows

START = an_event().starts_at
WEEK = timedelta(days=7)
TIMES = NewTimes(START + WEEK, START)
THEN = later(days=2)


@dataclass(frozen=True)
class Records:
    orders: Callable[[str], Iterator[Rows[Order]]]


@pytest.fixture
def office() -> Office:
    """An event with two paid orders, a free one, and one at the payment page."""
    office = empty()
    for number, changes in (
        ("ORD-PAID11", {}),
        ("ORD-PAID22", {}),
        ("ORD-FREE11", {"lines": FREE}),
    ):
        office.buy(number, event_starts_at=START, **changes)
    office.add(
        "ORD-OPEN11",
        created_at=later(days=1, hours=23),
        deadline=later(days=3),
        event_starts_at=START,
    )
    return office


def move(office: Office, times: NewTimes = TIMES, *, dry_run: bool = False) -> Moved:
    shop = office.shop
    flow = MoveEvent(
        shop.events,
        shop.orders,
        Records(office.records),
        AnnounceEvent(shop.events, shop.orders, shop.outbox),
        dry_run,
    )
    return flow("5", lambda _: times, office.now, lambda _: None)


def ask(office: Office, number: str, now: datetime = THEN) -> None:
    AskRefund(office.shop.orders, office.shop.events)(number, now)


def refund(office: Office, *, dry_run: bool = False) -> GivenBack:
    shop = office.shop
    gateway = OrderGateway(shop.sumup, shop.tokens)
    flow = RefundRequests(
        shop.events,
        Records(office.records),
        RefundOrders(
            RefundPayment(shop.orders, gateway, shop.notifier, dry_run),
            lambda: office.now,
            lambda: None,
            dry_run,
        ),
    )
    return flow(flow.waiting("5"), "the event was moved", lambda *_: None)


def test_every_buyer_is_told_once_and_tickets_stay_valid(office: Office) -> None:
    done = move(office)

    event = office.shop.events.get("5")
    assert (event.starts_at, event.revision, event.announced) == (START + WEEK, 2, True)
    assert done.announced.announced == 3
    assert [change.name for change in done.changes] == ["When"]
    assert all(order.admits for order in office.shop.tables.orders.values() if order.settled_at)

    again = move(office)
    assert (again.announced.announced, again.announced.announced_before) == (0, 3)
    kinds = [m.kind for m in office.shop.tables.mails.values()]
    assert kinds.count(MailKind.EVENT_CHANGED) == 3
    assert office.broken() == []


def test_a_dry_run_writes_nothing(office: Office) -> None:
    before = office.state

    assert move(office, dry_run=True).announced.announced == 3

    assert office.state == before


def test_an_event_that_changes_meanwhile_is_read_again(office: Office) -> None:
    events = office.shop.events
    write, tries = events.move, []

    def late(before: Event, after: Event) -> bool:
        tries.append(after)
        if len(tries) == 1:
            events.rows["5"] = replace(events.rows["5"], revision=7)
        return write(before, after)

    events.move = late  # type: ignore[method-assign]

    assert move(office).event.revision == 8


def test_an_event_that_never_stands_still_is_not_moved(office: Office) -> None:
    office.shop.events.move = lambda *_: False  # type: ignore[method-assign]

    with pytest.raises(NotMovable, match="somebody else is changing it"):
        move(office)

    assert office.shop.events.get("5") == an_event()


def test_unpaid_orders_note_the_new_start_too(office: Office) -> None:
    move(office)

    starts = {order.event_starts_at for order in office.shop.tables.orders.values()}
    assert starts == {START + WEEK}


@dataclass
class Upcoming:
    """The index of orders by the start of their event."""

    office: Office
    at: list[Bookmark] = field(default_factory=list)

    def page(
        self, since: datetime, until: datetime, place: Place | None
    ) -> tuple[tuple[str, ...], Place | None]:
        del place
        orders = self.office.shop.tables.orders.values()
        found = [o for o in orders if o.event_starts_at and since < o.event_starts_at <= until]
        return tuple(order.order_number for order in found), None

    def bookmark(self) -> Bookmark | None:
        return self.at[-1] if self.at else None

    def keep(self, bookmark: Bookmark, now: datetime) -> None:
        del now
        self.at.append(bookmark)


def remind(office: Office, now: datetime, upcoming: Upcoming) -> Reminded:
    shop = office.shop
    flow = RemindBuyers(upcoming, shop.orders, shop.events, shop.outbox, enabled=True)
    return flow(lambda: now, lambda: 900.0)


def test_buyers_are_reminded_of_the_new_time_and_not_of_the_old_one(office: Office) -> None:
    """The one whose payment came after the move, too."""
    move(office)
    office.pay_late("ORD-OPEN11")
    office.shop.verify(later(days=2, hours=1), "ORD-OPEN11")
    upcoming = Upcoming(office)

    assert remind(office, START - timedelta(hours=20), upcoming).reminders == 0
    assert remind(office, START + WEEK - timedelta(hours=20), upcoming).reminders == 4

    reminders = [m for m in office.shop.tables.mails.values() if m.kind is MailKind.REMINDER]
    assert {mail.revision for mail in reminders} == {20260725}
    order, event = office.order("ORD-PAID11"), office.shop.events.get("5")
    assert not is_wanted(order, event, START - timedelta(hours=20))


def test_who_asks_in_time_gets_the_money_back_once(office: Office) -> None:
    move(office)
    ask(office, "ORD-PAID11")
    ask(office, "ORD-PAID11")

    assert office.order("ORD-PAID11").refund_asked_at == THEN
    assert office.order("ORD-PAID11").admits, "until the money is back"
    entries = [e for e in office.shop.tables.audit if e.order_number == "ORD-PAID11"]
    assert [e.change for e in entries].count("refund asked by the buyer") == 1
    before = office.state
    assert refund(office, dry_run=True).amounts == {"GBP": Decimal("45.00")}
    assert office.state == before

    done = refund(office)

    assert (done.refunds, done.amounts, done.problems) == (1, {"GBP": Decimal("45.00")}, [])
    order = office.order("ORD-PAID11")
    assert (order.refund_status, order.voided_at) == (RefundStatus.REFUNDED, office.now)
    assert office.order("ORD-PAID22").admits
    assert refund(office).problems_of == {}
    assert office.asked == ["txn-ORD-PAID11"]
    assert office.broken() == []


def test_what_sumup_refuses_is_named_and_stays_on_the_list(office: Office) -> None:
    move(office)
    ask(office, "ORD-PAID11")
    refused = PaymentProviderError("409 not refundable", status=409)
    office.shop.sumup.failures["refund"] = [refused, refused]

    done = refund(office)

    assert [p.order_number for p in done.problems] == ["ORD-PAID11"]
    assert office.order("ORD-PAID11").admits
    assert refund(office).refunds == 1


@pytest.mark.parametrize(
    ("number", "now", "why"),
    [
        ("ORD-FREE11", THEN, "nothing to give back"),
        ("ORD-OPEN11", THEN, "nothing to give back"),
        ("ORD-PAID11", START, "the time to ask"),
    ],
)
def test_others_are_refused_with_a_reason(
    office: Office, number: str, now: datetime, why: str
) -> None:
    move(office)
    before = office.state

    with pytest.raises(NothingToGiveBack, match=why):
        ask(office, number, now)

    assert office.state == before


def test_nobody_asks_about_an_event_that_was_not_moved(office: Office) -> None:
    with pytest.raises(NothingToGiveBack, match="please write to us"):
        ask(office, "ORD-PAID11")


def test_a_request_that_races_with_another_change_is_noted_once(office: Office) -> None:
    move(office)
    office.shop.orders.before_write.append(lambda: ask(office, "ORD-PAID11", later(days=2)))

    ask(office, "ORD-PAID11", later(days=2, hours=1))

    assert office.order("ORD-PAID11").refund_asked_at == later(days=2)


def test_a_moved_event_may_be_cancelled_after_all(office: Office) -> None:
    move(office)
    ask(office, "ORD-PAID11")
    refund(office)

    report = office.cancel()

    assert report.is_complete
    assert sorted(office.asked) == ["txn-ORD-PAID11", "txn-ORD-PAID22"]
    assert office.order("ORD-OPEN11").status is OrderStatus.FAILED
    assert "ORD-PAID11" not in office.told, "their order ended before"


def test_an_unknown_event_has_no_requests(office: Office) -> None:
    office.shop.events.rows.clear()

    with pytest.raises(EventNotFound):
        refund(office)


assert NOW < THEN < START
