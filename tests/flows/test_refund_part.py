"""A part of a payment is refunded once, whatever fails; only then are its tickets void."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from tests.flows.test_refund_payment import REFUSALS, SAID, SILENCE, THEN, Desk, bought, returned
from tests.support.builders import later
from tests.support.fakes import Orders
from ticketing.adapters.sumup.order_gateway import OrderGateway
from ticketing.emails.mail import MailKind
from ticketing.errors import NotDecidable, OrderChanged, PaymentProviderError
from ticketing.flows.plan_refund import Wish
from ticketing.flows.refund_part import RefundPart
from ticketing.flows.refund_payment import Refunding
from ticketing.flows.void_tickets import VoidTickets
from ticketing.orders.order import OrderStatus
from ticketing.orders.refund import Consequence, PartRefund, RefundStatus
from ticketing.payments.part_refunding import Share
from ticketing.payments.payment import Transaction
from ticketing.payments.refunding import ASK_AGAIN_AFTER, IN_HAND
from ticketing.tickets.ticket import TicketStatus

FIRST, SECOND, THIRD = (f"ORD-ABC123-0{n}" for n in (1, 2, 3))
ONE = Share((SECOND,))
GIFT = Share(amount=Decimal("2.50"))
VALID, VOID = TicketStatus.VALID, TicketStatus.VOID
REFUNDED, UNKNOWN, REFUSED = RefundStatus.REFUNDED, RefundStatus.UNKNOWN, RefundStatus.REFUSED
ABOUT, REST = "ORD-ABC123#refunded#3", "ORD-ABC123#confirmation#2"


def refund(
    desk: Desk,
    share: Share = ONE,
    now: datetime = THEN,
    *,
    dry_run: bool = False,
    **wish: Any,  # noqa: ANN401  # of any field
) -> Refunding:
    flow = RefundPart(
        orders=desk.orders or desk.shop.orders,
        sumup=OrderGateway(desk.shop.sumup, desk.shop.tokens),
        notifier=desk.shop.notifier,
        dry_run=dry_run,
    )
    return flow("ORD-ABC123", share, Wish(SAID, **wish), now)


def tickets(desk: Desk) -> dict[str, TicketStatus]:
    return {t.ticket_id: t.status for t in desk.shop.tables.tickets.values()}


def test_the_price_of_a_ticket_goes_back_and_the_ticket_is_void() -> None:
    desk = bought()

    done = refund(desk)

    order = desk.shop.order
    assert desk.asked == ["MC0001 txn-1 15.00"]
    assert (order.status, order.voided_at, order.holds_seats) == (OrderStatus.COMPLETED, None, True)
    assert tickets(desk) == {FIRST: VALID, SECOND: VOID, THIRD: VALID}
    assert (desk.shop.seats_left, order.seats) == (8, {"general": 2})
    assert order.parts == (done.refund,)
    assert done.consequence is Consequence.SOME_VOID
    assert [mail.mail_id for mail in done.mails] == [ABOUT, REST]
    assert desk.shop.deliveries.sent[-2:] == [ABOUT, REST]
    assert desk.shop.tables.mails[ABOUT].cause == "txn-1/1"
    assert desk.trail[-2:] == [
        ("refund asked", f"refund: {SAID}"),
        ("some tickets void", f"refund: {SAID}"),
    ]
    assert order.reason_code == "paid", "why it is completed"
    assert desk.broken() == []


def test_an_amount_goes_back_and_all_tickets_stay_valid() -> None:
    desk = bought()

    done = refund(desk, GIFT)

    assert desk.asked == ["MC0001 txn-1 2.50"]
    assert set(tickets(desk).values()) == {VALID}
    assert desk.shop.seats_left == 7
    assert (done.consequence, [mail.mail_id for mail in done.mails]) == (Consequence.NONE, [ABOUT])
    assert desk.broken() == []


def test_the_same_command_again_changes_nothing() -> None:
    desk = bought()
    for share in (ONE, GIFT):
        refund(desk, share)
        before = desk.state

        again = refund(desk, share, later(days=2))

        assert not again.is_new
        assert desk.state == before


def test_parts_and_the_rest_add_up_to_what_was_paid() -> None:
    desk = bought()
    refund(desk)
    refund(desk, GIFT)
    refund(desk, Share((FIRST,)))

    done = desk.refund(later(days=2))

    assert desk.asked[-1] == "MC0001 txn-1 12.50"
    assert str(done.refund.amount) == "£12.50", "what the parts left"
    assert (done.consequence, set(tickets(desk).values())) == (Consequence.TICKETS_VOID, {VOID})
    assert desk.shop.seats_left == 10
    paid = desk.shop.sumup.transactions["txn-1"]
    order = desk.shop.order
    assert sum(r.amount.amount for r in order.all_refunds) == paid.returned.amount == 45
    assert desk.broken(later(days=2)) == []


def test_a_dry_run_says_what_would_happen_and_does_nothing() -> None:
    desk = bought()
    before = desk.state

    planned = refund(desk, dry_run=True)

    assert (desk.state, desk.asked) == (before, [])
    done = refund(desk)
    assert [m.mail_id for m in planned.mails] == [m.mail_id for m in done.mails]
    assert (planned.refund.amount, planned.consequence) == (done.refund.amount, done.consequence)


def test_a_buyer_who_takes_no_mail_gets_the_money_and_no_mail() -> None:
    desk = bought()
    desk.shop.change(complained_at=THEN)

    done = refund(desk)

    assert (done.refund.status, done.mails) == (REFUNDED, ())
    assert MailKind.REFUNDED not in desk.shop.buyers_mails


def test_a_part_is_refused_where_the_order_cannot_be_divided() -> None:
    desk = bought()
    desk.refund()
    before = desk.state

    with pytest.raises(NotDecidable, match="no valid tickets"):
        refund(desk)

    assert desk.state == before


# ------------------------------------------------------------------------------ in trouble


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS)
def test_a_declined_part_is_recorded_and_can_be_retried(refusal: PaymentProviderError) -> None:
    desk = bought()
    desk.shop.sumup.failures["refund"] = [refusal]

    done = refund(desk)

    assert (done.refund.status, done.refund.problem) == (REFUSED, str(refusal))
    assert (set(tickets(desk).values()), desk.shop.seats_left) == ({VALID}, 7)
    assert desk.shop.order.refund_status is REFUSED
    assert desk.broken() == []
    assert refund(desk, now=later(days=1, seconds=1)).refund.status is REFUNDED
    assert (len(desk.shop.order.parts), len(desk.asked)) == (1, 2)
    assert desk.broken() == []


def test_a_lost_response_is_resolved_from_the_transaction_at_once() -> None:
    desk = bought()
    desk.shop.sumup.lost["refund"] = [SILENCE]

    assert refund(desk).refund.status is REFUNDED

    assert len(desk.asked) == 1


def test_a_request_with_an_unknown_outcome_is_not_repeated_and_settles_when_shown() -> None:
    desk = bought()
    desk.shop.sumup.failures["refund"] = [SILENCE]

    assert refund(desk).refund.status is UNKNOWN

    for minutes in (1, 59, 600):
        assert refund(desk, now=THEN + timedelta(minutes=minutes)).refund.status is UNKNOWN
    assert (len(desk.asked), set(tickets(desk).values())) == (1, {VALID})
    assert desk.broken() == []
    others = (partial(refund, desk, GIFT), partial(refund, desk, Share((FIRST,))), desk.refund)
    for other in others:
        with pytest.raises(NotDecidable, match=r"whether £15\.00 of it went back"):
            other()

    returned(desk, refunded=Decimal("15.00"))
    done = refund(desk, now=later(days=1, minutes=1))

    assert (done.refund.status, done.refund.asked_at) == (REFUNDED, THEN)
    assert (len(desk.asked), tickets(desk)[SECOND]) == (1, VOID)
    assert desk.broken() == []


def test_a_part_is_asked_for_again_by_an_operator_after_an_hour() -> None:
    desk = bought()
    desk.shop.sumup.failures["refund"] = [SILENCE]
    refund(desk)

    done = refund(desk, now=THEN + ASK_AGAIN_AFTER, again=True)

    assert (done.refund.status, len(desk.asked)) == (REFUNDED, 2)
    assert len(desk.shop.order.parts) == 1
    assert desk.broken() == []


def test_all_money_that_went_back_elsewhere_meanwhile_ends_an_open_part() -> None:
    desk = bought()
    desk.shop.sumup.failures["refund"] = [SILENCE]
    refund(desk)
    returned(desk, refunded=Decimal(45))

    done = desk.refund(later(days=1, minutes=1))

    assert (done.refund.status, str(done.refund.amount)) == (REFUNDED, "£45.00")
    assert desk.shop.order.refund_status is REFUNDED, "nobody has to look after the part"
    assert desk.broken() == []


def test_what_the_dashboard_gave_back_is_noted_for_a_ticket_and_not_asked_for() -> None:
    desk = bought()
    returned(desk, refunded=Decimal("15.00"))

    done = refund(desk, replace(ONE, is_back=True))

    assert (desk.asked, tickets(desk)[SECOND]) == ([], VOID)
    assert (done.refund.status, done.refund.asked_at) == (REFUNDED, None)
    assert desk.trail[-1] == ("some tickets void", f"refunded_elsewhere: {SAID}")
    assert desk.broken() == []


def test_an_unreadable_transaction_changes_nothing() -> None:
    desk = bought()
    desk.shop.sumup.failures["get_transaction"] = [SILENCE]
    before = desk.state

    with pytest.raises(NotDecidable, match="could not be read"):
        refund(desk)

    assert (desk.state, desk.asked) == (before, [])


# --------------------------------------------------------------------------- two at once


def test_only_one_of_two_concurrent_commands_calls_sumup() -> None:
    desk = bought()
    desk.orders = Orders(desk.shop.tables)
    other = Desk(desk.shop)
    desk.orders.before_write = [lambda: refund(other)]

    done = refund(desk)

    assert (done.refund.status, done.is_new) == (REFUNDED, False)
    assert len(desk.asked) == 1
    assert desk.broken() == []


def test_a_part_and_the_whole_at_once_never_give_back_more_than_was_paid() -> None:
    for first, second in ((refund, Desk.refund), (Desk.refund, refund)):
        desk = bought()
        desk.orders = Orders(desk.shop.tables)
        desk.orders.before_write = [_quietly(second, Desk(desk.shop))]

        _quietly(first, desk)()

        back = desk.shop.sumup.transactions["txn-1"].returned.amount
        noted = sum(r.amount.amount for r in desk.shop.order.all_refunds if r.went_back)
        assert back == noted <= 45
        assert desk.broken() == []


def _quietly(act: Callable[[Desk], object], desk: Desk) -> Callable[[], None]:
    def acted() -> None:
        try:
            act(desk)
        except NotDecidable:
            return

    return acted


def test_nothing_is_done_while_another_run_holds_the_claim() -> None:
    desk = bought()

    def too() -> None:
        before = desk.state
        with pytest.raises(NotDecidable, match="has been asked since 12:00:00 UTC"):
            refund(desk, now=THEN + IN_HAND - timedelta(seconds=1))
        assert desk.state == before

    desk.shop.sumup.before["refund"] = too

    assert refund(desk).refund.status is REFUNDED


def test_another_run_that_spoke_of_the_part_has_the_last_word() -> None:
    desk = bought()

    def slow() -> None:
        desk.shop.sumup.before.clear()
        assert refund(desk, now=THEN + IN_HAND).refund.status is UNKNOWN

    desk.shop.sumup.before["refund"] = slow

    assert refund(desk).refund.status is UNKNOWN
    assert refund(desk, now=later(days=1, hours=1)).refund.status is REFUNDED
    assert len(desk.asked) == 1


def test_an_order_that_changes_between_the_steps_is_read_again() -> None:
    for moves in (1, 2):
        desk = bought()
        desk.orders = Orders(desk.shop.tables)
        desk.orders.before_write = [*([lambda: None] * (moves - 1)), desk.change]

        assert refund(desk).refund.status is REFUNDED

        assert (len(desk.asked), tickets(desk)[SECOND]) == (1, VOID)
        assert desk.broken() == []


def test_an_order_that_keeps_changing_is_given_up_before_sumup_is_asked() -> None:
    desk = bought()
    desk.orders = Orders(desk.shop.tables)
    desk.orders.before_write = [desk.change] * 9

    with pytest.raises(OrderChanged):
        refund(desk)

    assert desk.asked == []


def test_tickets_that_are_sent_again_meanwhile_do_not_stop_the_refund() -> None:
    """Sending again stores a mail without a new version of the order."""
    desk = bought()
    desk.orders = Orders(desk.shop.tables)
    first = desk.shop.tables.mails["ORD-ABC123#confirmation#1"]

    def resent() -> None:
        desk.shop.tables.mails[REST] = replace(first, mail_id=REST)

    desk.orders.before_write = [lambda: None, resent]

    done = refund(desk)

    assert [mail.mail_id for mail in done.mails] == [ABOUT, "ORD-ABC123#confirmation#3"]
    assert (len(desk.asked), desk.broken()) == (1, [])


def test_a_part_that_was_noted_by_nobody_is_not_settled() -> None:
    desk = bought()

    def forgotten() -> None:
        order = desk.shop.order
        desk.shop.change(parts=(), version=order.version)

    desk.shop.sumup.before["refund"] = forgotten

    with pytest.raises(NotDecidable, match="no record of the refund any more"):
        refund(desk)


def test_a_charged_back_transaction_leaves_no_part_to_refund() -> None:
    desk = bought()
    returned(desk, charged_back=Decimal(45))

    with pytest.raises(NotDecidable, match="all of its money went back"):
        refund(desk)

    shown = desk.shop.sumup.transactions["txn-1"]
    assert isinstance(shown, Transaction)
    assert desk.shop.order.parts == ()


def test_a_part_is_known_by_its_number() -> None:
    desk = bought()
    refund(desk)
    refund(desk, Share(amount=Decimal("1.00")))
    (one, two) = desk.shop.order.parts

    assert isinstance(one, PartRefund)
    assert (one.name, two.name) == ("txn-1/1", "txn-1/2")
    assert desk.shop.order.refund_named("txn-1/2") == two


# --------------------------------------------------------------- made void in the meantime


def void(desk: Desk, *ids: str) -> None:
    VoidTickets(desk.shop.orders, desk.shop.notifier)("ORD-ABC123", ids, "sold on", THEN)


@pytest.mark.parametrize(
    ("voided", "seats", "statuses"),
    [
        ((SECOND,), 8, {FIRST: VALID, SECOND: VOID, THIRD: VALID}),
        ((FIRST,), 9, {FIRST: VOID, SECOND: VOID, THIRD: VALID}),
        ((FIRST, THIRD), 10, {FIRST: VOID, SECOND: VOID, THIRD: VOID}),
        ((), 10, {FIRST: VOID, SECOND: VOID, THIRD: VOID}),
    ],
    ids=["the same ticket", "another one", "all others", "all"],
)
def test_tickets_that_an_operator_made_void_while_sumup_was_asked_are_void_once(
    voided: tuple[str, ...], seats: int, statuses: dict[str, TicketStatus]
) -> None:
    desk = bought()
    desk.shop.sumup.failures["refund"] = [SILENCE]
    refund(desk)
    void(desk, *voided)
    returned(desk, refunded=Decimal("15.00"))

    assert refund(desk, now=later(days=1, minutes=1)).refund.status is REFUNDED

    order = desk.shop.order
    assert (tickets(desk), desk.shop.seats_left) == (statuses, seats)
    assert order.admits is (VALID in statuses.values())
    assert order.holds_seats is order.admits
    assert desk.broken() == []
