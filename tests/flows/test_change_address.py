"""Changing the address of an order: the tickets follow, and the old address learns nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.builders import NOW, an_order, later
from tests.support.fakes import Orders, Outbox, Queue, Tables
from ticketing.emails.mail import (
    NEW_ADDRESS,
    Asker,
    Mail,
    MailKind,
    MailStatus,
    of_address_change,
    to_buyer,
)
from ticketing.errors import (
    AddressFixed,
    OrderChanged,
    OrderNotFound,
    TooManyOrders,
    TooManyResends,
)
from ticketing.flows.change_address import MOST_CHANGES, ChangeAddress
from ticketing.flows.resend_tickets import ResendForOperator, ResendTickets
from ticketing.money import Money
from ticketing.orders.limits import Limits
from ticketing.orders.order import ERASED, Customer, Delivery, Order, OrderStatus

NUMBER = "ORD-ABC123"
OLD, NEW = "jane@example.com", "jane@example.org"
FIRST, SECOND = f"{NUMBER}#confirmation#1", f"{NUMBER}#confirmation#2"
NOTICE = f"{NUMBER}#address_changed#1"
COMPLETED: dict[str, Any] = {
    "status": OrderStatus.COMPLETED, "delivery": Delivery.DELIVERED, "settled_at": NOW,
    "work": None, "next_check_at": None,
}  # fmt: skip


class Desk:
    """An order, and who may change its address; a completed one has its confirmation, sent."""

    def __init__(self, **changes: Any) -> None:  # noqa: ANN401  # of any field
        self.tables = Tables()
        self.orders, self.outbox, self.queue = Orders(self.tables), Outbox(self.tables), Queue()
        order = an_order(**changes)
        self.tables.orders[NUMBER] = order
        if order.status is OrderStatus.COMPLETED:
            self.outbox.add_once(to_buyer(order, MailKind.CONFIRMATION, NOW))
            self.settle(FIRST)
        self.flow = ChangeAddress(self.orders, self.outbox, self.queue, Limits())

    @property
    def order(self) -> Order:
        return self.tables.order()

    @property
    def mails(self) -> dict[str, str]:
        """Whom each mail is for."""
        return {i: mail.recipient for i, mail in self.tables.mails.items()}

    @property
    def trail(self) -> list[str]:
        return [entry.change for entry in self.tables.audit]

    def settle(self, mail_id: str, **changes: Any) -> None:  # noqa: ANN401  # of any field
        done = {"status": MailStatus.SENT, "next_attempt_at": None, "attempts": 1}
        self.tables.mails[mail_id] = replace(self.tables.mails[mail_id], **done | changes)

    def change(self, email: str = NEW, hours: float = 1) -> None:
        self.flow(NUMBER, email, later(hours=hours))


def test_the_tickets_are_sent_to_the_new_address_and_the_old_one_hears_of_the_change() -> None:
    desk = Desk(**COMPLETED)

    desk.change()

    assert desk.order.customer.email == NEW
    assert desk.mails == {FIRST: OLD, NOTICE: OLD, SECOND: NEW}
    assert desk.queue.sent == [NOTICE, SECOND]
    mail = desk.tables.mails[SECOND]
    assert (mail.asked_by, mail.cause) == (Asker.BUYER, NEW_ADDRESS)


def test_the_trail_records_the_change_and_no_address() -> None:
    desk = Desk(**COMPLETED)

    desk.change()

    (entry,) = desk.tables.audit
    assert (entry.change, entry.reason) == ("address changed by the buyer", "change_address")
    assert entry.seen.startswith(f"{NOTICE} {SECOND} ")
    assert "@" not in entry.seen
    assert len(set(entry.seen.split(" ")[2:])) == 2, "the old and the new address differ"
    assert desk.order.address_changes == 1


@pytest.mark.parametrize(
    ("changes", "mails"),
    [
        ({}, {}),
        ({"attempt_seen_at": NOW}, {NOTICE: OLD}),
        ({"status": OrderStatus.REVIEW, "work": None}, {NOTICE: OLD}),
    ],
    ids=["nobody tried to pay", "somebody tried to pay", "in review"],
)
def test_an_order_without_tickets_gets_its_address_and_mentions_no_more_than_was_known(
    changes: dict[str, Any], mails: dict[str, str]
) -> None:
    desk = Desk(**changes)

    desk.change()

    assert desk.order.customer.email == NEW
    assert desk.mails == mails


@pytest.mark.parametrize("email", [NEW, NEW.upper(), "JANE@example.org"])
def test_the_same_request_twice_is_one_change(email: str) -> None:
    desk = Desk(**COMPLETED)
    desk.change()
    before = dict(desk.tables.mails), desk.order, list(desk.queue.sent)

    desk.change(email)

    assert (desk.tables.mails, desk.order, desk.queue.sent) == before


def test_two_requests_at_the_same_time_are_one_change() -> None:
    desk = Desk(**COMPLETED)
    desk.orders.before_write.append(desk.change)

    desk.change()

    assert desk.trail == ["address changed by the buyer"]
    assert desk.mails == {FIRST: OLD, NOTICE: OLD, SECOND: NEW}


def test_an_address_that_complained_is_not_written_to_and_the_new_one_has_not() -> None:
    desk = Desk(**COMPLETED, complained_at=NOW)

    desk.change()

    assert desk.mails == {FIRST: OLD, SECOND: NEW}
    assert desk.order.complained_at is None


def test_an_address_from_which_the_tickets_came_back_is_not_written_to() -> None:
    desk = Desk(**COMPLETED)
    desk.settle(FIRST, status=MailStatus.PROBLEM, failed_at=NOW)

    desk.change()

    assert desk.mails == {FIRST: OLD, SECOND: NEW}


def test_a_mail_under_way_to_the_new_address_is_not_relied_on() -> None:
    """It may just be withdrawn: until the change, the order has another address."""
    desk = Desk(**COMPLETED)
    desk.change()
    desk.change(OLD)

    desk.change()

    assert desk.mails[f"{NUMBER}#confirmation#4"] == NEW


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "expired": ({"status": OrderStatus.EXPIRED, "holds_seats": False}, AddressFixed, "is closed"),
    "failed": ({"status": OrderStatus.FAILED, "holds_seats": False}, AddressFixed, "is closed"),
    "refunded": (COMPLETED | {"voided_at": NOW}, AddressFixed, "are void"),
    "changed often": (COMPLETED | {"address_changes": 3}, AddressFixed, "3 times already"),
    "erased": (COMPLETED | {"customer": Customer(ERASED, ERASED)}, OrderNotFound, NUMBER),
}


@pytest.mark.parametrize(("changes", "error", "words"), REFUSED.values(), ids=REFUSED)
def test_what_must_not_be_changed_is_refused_and_nothing_is_written(
    changes: dict[str, Any], error: type[Exception], words: str
) -> None:
    desk = Desk(**changes)
    before = dict(desk.tables.mails), desk.order

    with pytest.raises(error, match=words):
        desk.change()

    assert (desk.tables.mails, desk.order, desk.trail, desk.queue.sent) == (*before, [], [])


def test_an_address_is_changed_three_times_at_most_however_long_one_waits() -> None:
    desk = Desk(**COMPLETED)
    for at in range(MOST_CHANGES):
        desk.change(f"jane{at}@example.org", hours=100 * at)

    with pytest.raises(AddressFixed):
        desk.change(OLD, hours=1000)

    assert len(desk.mails) == 1 + 2 * MOST_CHANGES


def test_what_an_operator_corrects_is_not_counted() -> None:
    desk = Desk(**COMPLETED)
    operator = ResendForOperator(desk.orders, desk.outbox, desk.queue)
    for at in range(MOST_CHANGES):
        operator(NUMBER, f"jane{at}@example.org", NOW)

    desk.change()

    assert desk.order.address_changes == 1


def test_who_had_the_email_sent_again_all_day_may_still_correct_the_address() -> None:
    """The limit of a day protects a mailbox, and this is another one."""
    desk = Desk(**COMPLETED)
    resend = ResendTickets(desk.outbox, desk.queue)
    for revision in (2, 3, 4):
        resend(desk.order, NOW)
        desk.settle(f"{NUMBER}#confirmation#{revision}")
    with pytest.raises(TooManyResends):
        resend(desk.order, NOW)

    desk.change()

    assert desk.mails[f"{NUMBER}#confirmation#5"] == NEW


def test_the_limit_in_all_counts_every_address() -> None:
    desk = Desk(**COMPLETED)
    for revision in range(2, 32):
        mail = to_buyer(desk.order, MailKind.CONFIRMATION, NOW, revision)
        desk.outbox.add_once(mail)
        desk.settle(mail.mail_id)

    with pytest.raises(TooManyResends, match="write to us"):
        desk.change(hours=1000)

    assert desk.order.customer.email == OLD


# ---- how many unpaid orders an address may have


def counted(email: str, now: Callable[..., Any] = later) -> str:
    """Return the row that counts the unpaid orders of an address."""
    allowance = Limits().of_address(an_order(), email, now())
    assert allowance is not None
    return allowance.key


def busy(desk: Desk, email: str, *, open_orders: int = 3) -> str:
    """Let an address have so many open orders; return the row that counts them."""
    key = counted(email)
    for at in range(open_orders):
        number = f"ORD-OPEN{at}"
        desk.tables.orders[number] = an_order(order_number=number)
        desk.tables.counted.setdefault(key, set()).add(number)
    return key


def test_an_unpaid_order_gets_no_address_that_has_as_many_as_it_may() -> None:
    desk = Desk()
    busy(desk, NEW)

    with pytest.raises(TooManyOrders, match="3 orders for this email address"):
        desk.change("Jane+tickets@example.org")

    assert (desk.order.customer.email, desk.trail, desk.mails) == (OLD, [], {})


def test_settled_orders_of_the_new_address_make_room() -> None:
    desk = Desk()
    key = busy(desk, NEW)
    paid = desk.tables.orders["ORD-OPEN1"]
    desk.tables.orders["ORD-OPEN1"] = replace(paid, status=OrderStatus.COMPLETED)

    desk.change()

    assert desk.tables.counted[key] == {"ORD-OPEN0", "ORD-OPEN2", NUMBER}


def test_an_unpaid_order_counts_for_each_address_it_had() -> None:
    """Nobody makes room for another order by giving this one somebody else's address."""
    desk = Desk()
    desk.tables.counted[counted(OLD)] = {NUMBER}

    desk.change()
    desk.change(OLD)

    assert desk.tables.counted == {counted(OLD): {NUMBER}, counted(NEW): {NUMBER}}
    assert desk.order.customer.email == OLD


def test_a_paid_order_counts_for_nobody() -> None:
    desk = Desk(**COMPLETED)
    busy(desk, NEW)

    desk.change()

    assert desk.order.customer.email == NEW


def test_free_orders_count_for_the_day_on_which_they_get_the_address() -> None:
    free = replace(an_order().lines[0], unit_price=an_order().total.amount * 0)
    nothing = {"lines": (free,), "total": Money(free.unit_price, "GBP")}
    desk = Desk(**COMPLETED, **nothing)
    allowance = Limits().of_address(desk.order, NEW, later(hours=1))
    assert allowance is not None
    desk.tables.counted[allowance.key] = {f"ORD-FREE{at}" for at in range(5)}

    with pytest.raises(TooManyOrders, match="5 times a day"):
        desk.change()
    desk.change(hours=25)

    assert desk.order.customer.email == NEW


# ---- races


def test_a_change_that_others_always_forestall_is_given_up() -> None:
    desk = Desk(**COMPLETED)

    def other_version() -> None:
        desk.tables.orders[NUMBER] = replace(desk.order, version=desk.order.version + 1)

    desk.orders.before_write += [other_version] * 9

    with pytest.raises(OrderChanged):
        desk.change()

    assert desk.mails == {FIRST: OLD}


@pytest.mark.parametrize(
    "news",
    [
        {"status": OrderStatus.EXPIRED, "holds_seats": False},
        {"voided_at": NOW},
    ],
)
def test_an_order_that_ends_at_that_moment_is_refused(news: dict[str, Any]) -> None:
    desk = Desk(**COMPLETED)

    def end() -> None:
        version = desk.order.version + 1
        desk.tables.orders[NUMBER] = replace(desk.order, version=version, **news)

    desk.orders.before_write.append(end)

    with pytest.raises(AddressFixed):
        desk.change()

    assert desk.mails == {FIRST: OLD}


def test_tickets_that_are_sent_again_at_that_moment_do_not_stand_in_the_way() -> None:
    desk = Desk(**COMPLETED)
    resend = ResendTickets(desk.outbox, desk.queue)
    desk.orders.before_write.append(lambda: resend(desk.order, later(hours=1)))

    desk.change()

    assert desk.mails[SECOND] == OLD, "withdrawn when it is attempted"
    assert desk.mails[f"{NUMBER}#confirmation#3"] == NEW


def test_an_order_that_is_paid_at_that_moment_has_its_tickets_sent_to_the_new_address() -> None:
    desk = Desk()

    def complete() -> None:
        done = replace(desk.order, **COMPLETED, version=desk.order.version + 1)
        desk.tables.orders[NUMBER] = done
        desk.outbox.add_once(to_buyer(done, MailKind.CONFIRMATION, NOW))

    desk.orders.before_write.append(complete)

    desk.change()

    assert desk.mails == {FIRST: OLD, NOTICE: OLD, SECOND: NEW}


def test_each_change_has_a_mail_of_its_own() -> None:
    order = an_order()

    mails: list[Mail] = [
        of_address_change(replace(order, address_changes=count), NOW + timedelta(hours=count))
        for count in range(MOST_CHANGES)
    ]

    assert len({mail.mail_id for mail in mails}) == MOST_CHANGES
