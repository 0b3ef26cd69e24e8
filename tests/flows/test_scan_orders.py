"""The scan queues what is due, within its limits, and reports each stuck order once."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

from tests.support.builders import NOW, a_line, a_notifier, an_order, later
from tests.support.fakes import Orders, Outbox, Queue, Tables
from ticketing.emails.mail import Mail, MailKind
from ticketing.flows.scan_orders import BATCH, MAX_DIGEST, RESERVE, ScanOrders, ScanReport
from ticketing.observability import metrics
from ticketing.orders.order import Customer, OrderStatus, Work

PLENTY = 100.0


class Scan:
    """The scan over tables in memory; orders are added as due since `minutes` ago."""

    def __init__(self, limit: int = 20) -> None:
        self.tables = Tables()
        self.orders, self.outbox = Orders(self.tables), Outbox(self.tables)
        self.verifications, self.deliveries = Queue(), Queue()
        self.scan_orders = ScanOrders(
            orders=self.orders,
            outbox=self.outbox,
            verifications=self.verifications,
            deliveries=self.deliveries,
            notifier=a_notifier(
                self.outbox, self.deliveries, name="JerseyEvents", time_zone="Europe/London"
            ),
            limit=limit,
            stuck_after=timedelta(minutes=30),
        )

    def add(self, count: int, work: Work | None = Work.OPEN, minutes: float = 0) -> list[str]:
        first = len(self.tables.orders)
        numbers = [f"ORD-{work or 'NONE'}{n:03d}" for n in range(first, first + count)]
        for position, number in enumerate(numbers):
            due = NOW - timedelta(minutes=minutes, seconds=count - position)
            order = an_order(
                order_number=number, work=work, next_check_at=due, created_at=later(minutes=-10)
            )
            self.tables.orders[number] = order
        return numbers

    def complete(self, number: str) -> None:
        completed = replace(self.tables.order(number), status=OrderStatus.COMPLETED, work=None)
        self.tables.orders[number] = completed

    def run(
        self, now: datetime = NOW, *, left: float = PLENTY, all_open: bool = False
    ) -> ScanReport:
        return self.scan_orders(now, lambda: left, all_open=all_open)


def test_due_orders_are_queued_oldest_first_and_rescheduled() -> None:
    scan = Scan()
    newer, older = scan.add(2), scan.add(2, minutes=5)

    report = scan.run()

    assert report.nominated == scan.verifications.sent == older + newer
    assert {o.next_check_at for o in map(scan.tables.order, newer)} == {later(minutes=4)}
    assert scan.run(later(minutes=3)).nominated == []
    assert sorted(scan.run(later(minutes=5)).nominated) == sorted(older + newer)


def test_the_limit_is_respected_and_the_rest_comes_first_next_time() -> None:
    scan = Scan(limit=20)
    numbers = scan.add(25)

    assert scan.run().nominated == numbers[:20]
    assert scan.run(later(seconds=1)).nominated == numbers[20:]


def test_orders_with_no_work_left_are_skipped() -> None:
    scan = Scan()
    scan.add(3, work=None)

    assert scan.run() == ScanReport()


def test_all_open_treats_every_pending_order_as_due_but_no_closed_one() -> None:
    scan = Scan()
    (waiting,) = scan.add(1, minutes=-50)
    scan.add(1, Work.LATE, minutes=-50)

    assert scan.run().nominated == []
    assert scan.run(all_open=True).nominated == [waiting]


def test_closed_orders_are_checked_for_late_payments_beside_open_ones() -> None:
    scan = Scan()
    opened, late = scan.add(1), scan.add(1, Work.LATE)

    report = scan.run()

    assert (report.nominated, report.late) == (opened, late)
    assert scan.tables.order(late[0]).next_check_at == later(hours=1)


def test_a_scan_stops_in_time_and_leaves_the_rest_due() -> None:
    scan = Scan(limit=50)
    numbers = scan.add(2 * BATCH + 5)
    seconds = iter([RESERVE + 1, *[RESERVE - 1] * 5])

    report = scan.scan_orders(NOW, lambda: next(seconds))

    assert len(report.nominated) == BATCH, "one batch was begun in time"
    assert sorted(report.nominated + scan.run().nominated) == numbers


def test_an_order_claimed_by_another_scan_is_not_queued_twice() -> None:
    scan = Scan()
    (number,) = scan.add(1)
    stale = list(scan.orders.due(Work.OPEN, NOW, 20))
    assert scan.run().nominated == [number]

    assert not scan.orders.nominate(stale[0], NOW, later(minutes=4))
    assert scan.verifications.sent == [number]


def test_orders_rejected_by_the_queue_are_reported_and_retried_by_the_next_scan() -> None:
    scan = Scan()
    one, two = scan.add(2)
    scan.verifications.refuse = {one}

    report = scan.run()
    scan.verifications.refuse = set()

    assert (report.nominated, report.not_queued) == ([two], [one])
    assert one in scan.run(later(minutes=5)).nominated


def test_a_scan_survives_an_outage_of_the_queue() -> None:
    scan = Scan()
    (number,) = scan.add(1)
    scan.verifications.is_down = scan.deliveries.is_down = True

    assert scan.run().not_queued == [number]


def test_due_mails_are_queued_again() -> None:
    scan = Scan()
    for name, minutes in (("late", 0), ("later", 1)):
        due = later(minutes=minutes)
        mail = Mail(name, MailKind.ALERT, "a@example.com", NOW, next_attempt_at=due)
        scan.outbox.add_once(mail)

    assert scan.run().mails == scan.deliveries.sent == ["late"]


def test_a_scan_emits_its_heartbeat_and_the_age_of_the_oldest_order() -> None:
    scan = Scan()
    scan.add(1, minutes=10)

    scan.run()

    measured = {name: metric["Value"] for name, metric in metrics.metric_set.items()}
    assert measured["ScanHeartbeat"] == [1]
    assert measured["OrdersDue"] == [1]
    assert not {"MailsDue", "MessagesNotQueued"} & measured.keys(), "nothing costs nothing"
    assert measured["OldestOverdueSeconds"] == [601]


STUCK = """\
3 orders have been in 'pending_verification' for >30 minutes:

- Order ORD-ABC123: £45.00, created 2024-01-15 14:30, email customer@email.com
- Order ORD-DEF456: £60.00, created 2024-01-15 14:25, email another@email.com
- Order ORD-GHI789: £30.00, created 2024-01-15 14:20, email test@email.com

These may be legitimate slow payments, but check for patterns.

Admin panel: https://eu-west-2.console.aws.amazon.com/dynamodbv2/home?region=eu-west-2\
#item-explorer?table=tickets-orders
"""


def add_stuck(scan: Scan) -> datetime:
    """Add three orders of a January afternoon, due one after the other; return half past."""
    rows = (
        ("ORD-ABC123", 45, 30, "customer@email.com"),
        ("ORD-DEF456", 60, 25, "another@email.com"),
        ("ORD-GHI789", 30, 20, "test@email.com"),
    )
    day = NOW.replace(year=2024, month=1, day=15, hour=14)
    for position, (number, pounds, minute, email) in enumerate(rows):
        scan.tables.orders[number] = an_order(
            order_number=number,
            lines=(a_line(quantity=1, unit_price=Decimal(pounds)),),
            created_at=day.replace(minute=minute),
            customer=Customer("Jane Doe", email),
            next_check_at=day.replace(hour=15, second=position),
        )
    return day.replace(hour=15, minute=2)


def test_the_digest_reads_exactly_like_this() -> None:
    scan = Scan()

    report = scan.run(add_stuck(scan))

    (mail,) = scan.tables.mails.values()
    assert report.stuck == ["ORD-ABC123", "ORD-DEF456", "ORD-GHI789"]
    assert mail.subject == "[JerseyEvents Alert] 3 Orders Stuck in Processing"
    assert (mail.body or "").startswith(STUCK)
    assert mail.recipient == "alerts@example.com"
    assert scan.deliveries.sent == [mail.mail_id]


def test_a_stuck_order_is_reported_in_one_digest_only() -> None:
    scan = Scan()
    now = add_stuck(scan)

    scan.run(now)
    report = scan.run(now + timedelta(minutes=5))

    assert len(report.nominated) == 3
    assert report.stuck == []
    assert len(scan.tables.mails) == 1


def test_an_order_paid_while_the_digest_is_written_is_left_out() -> None:
    scan = Scan()
    now = add_stuck(scan)
    scan.orders.before_write.append(partial(scan.complete, "ORD-ABC123"))

    assert scan.run(now).stuck == ["ORD-DEF456", "ORD-GHI789"]

    (mail,) = scan.tables.mails.values()
    assert mail.subject == "[JerseyEvents Alert] 2 Orders Stuck in Processing"


def test_the_digest_is_left_to_the_next_scan_if_orders_keep_changing() -> None:
    scan = Scan()
    now = add_stuck(scan)
    for number in ("ORD-PAID01", "ORD-PAID02", "ORD-PAID03"):
        scan.tables.orders[number] = replace(scan.tables.order("ORD-GHI789"), order_number=number)
        scan.orders.before_write.append(partial(scan.complete, number))

    assert scan.run(now).stuck == []
    assert not scan.tables.mails
    assert len(scan.run(now + timedelta(minutes=5)).stuck) == 3


def test_an_order_is_stuck_after_exactly_thirty_minutes() -> None:
    scan = Scan()
    scan.add(1)

    assert scan.run(later(minutes=20, seconds=-1)).stuck == []
    assert len(scan.run(later(minutes=25)).stuck) == 1
    (mail,) = scan.tables.mails.values()
    assert mail.subject == "[JerseyEvents Alert] 1 Order Stuck in Processing"


def test_a_digest_always_fits_one_transaction() -> None:
    scan = Scan(limit=200)
    scan.add(MAX_DIGEST + 7)

    first, second = scan.run(later(minutes=21)), scan.run(later(minutes=26))

    assert (len(first.stuck), len(second.stuck)) == (MAX_DIGEST, 7)


def test_an_unreadable_order_is_queued_but_left_out_of_the_digest() -> None:
    scan = Scan()
    now = add_stuck(scan)
    scan.tables.spoilt["ORD-ABC123"] = "it lacks a total"

    report = scan.run(now)

    assert report.nominated == ["ORD-ABC123", "ORD-DEF456", "ORD-GHI789"]
    assert report.stuck == ["ORD-DEF456", "ORD-GHI789"]
