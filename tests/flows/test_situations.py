"""Situations that take more than one answer of SumUp's to arise.

Those that one answer decides are in `tests/payments/test_decision.py`.
"""

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.flows.shop import CONFIRMATION, Shop
from tests.support.builders import (
    CHECKOUT_ID,
    NOW,
    a_brand,
    a_checkout,
    a_line,
    a_notifier,
    a_paid_checkout,
    a_transaction,
    an_access,
    an_order,
    later,
)
from tests.support.fakes import Archive, Cipher, Mailer, OrderDetails, Organisers, SumUp
from ticketing.adapters.aws.queues import name_in
from ticketing.adapters.sumup.tokens import OrganiserTokens
from ticketing.errors import (
    InvalidMoney,
    NotOurMessage,
    PaymentProviderUnavailable,
    SendThrottled,
)
from ticketing.flows.compose_mail import ComposeMail
from ticketing.flows.deliver_tickets import DeliverTickets
from ticketing.flows.draw_tickets import DrawTickets
from ticketing.flows.find_look import FindLook
from ticketing.money import Money
from ticketing.orders.order import Order, OrderStatus
from ticketing.organisers.organiser import Connection, Organiser
from ticketing.payments.payment import TokenGrant

PENDING, COMPLETED, REVIEW = OrderStatus.PENDING, OrderStatus.COMPLETED, OrderStatus.REVIEW


def organiser(organiser_id: str, **changes: Any) -> Organiser:  # noqa: ANN401  # of any field
    cipher = Cipher()
    facts: dict[str, Any] = {
        "organiser_id": organiser_id,
        "merchant_code": "MC0001",
        "connection": Connection.CONNECTED,
        "sandbox": False,
        "token_version": 1,
        "access_token": cipher.sealer(organiser_id)(f"access of {organiser_id}"),
        "access_expires_at": later(hours=1),
        "refresh_token": cipher.sealer(organiser_id)(f"refresh of {organiser_id}"),
    }
    return Organiser(**(facts | changes))


def test_the_token_of_one_organiser_is_never_used_for_another() -> None:
    rows = Organisers({name: organiser(name) for name in ("ours", "theirs")})
    tokens = OrganiserTokens(rows, Cipher(), SumUp())

    opened = [tokens.current(name, NOW).value for name in ("ours", "theirs", "ours", "theirs")]

    assert opened == ["access of ours", "access of theirs"] * 2


def test_a_refresh_token_is_as_old_as_its_last_rotation() -> None:
    expired = organiser("ours", access_expires_at=NOW)
    rows, sumup = Organisers({"ours": expired}), SumUp()
    sumup.grants = [TokenGrant("new", 3600, "rotated"), TokenGrant("newer", 3600)]
    tokens = OrganiserTokens(rows, Cipher(), sumup)

    tokens.current("ours", NOW)
    tokens.current("ours", later(hours=2))

    assert rows.get("ours").refresh_issued_at == NOW, "only a new one starts to age anew"


HINTS = ['{"order_number": "ORD-ABC123"}', '{"order_number": "ORD-ABC123", "status": "PAID"}']


@pytest.mark.parametrize("hint", HINTS)
def test_only_the_order_number_of_a_message_is_trusted(hint: str) -> None:
    shop = Shop(an_order(), a_checkout())

    shop.verify(order_number=name_in(hint, "order_number"))

    assert shop.order.status is PENDING
    assert not shop.tables.tickets


FORGED = [
    '{"event_type": "CHECKOUT_STATUS_CHANGED", "id": "11111111-2222-4333-8444-555555555555"}',
    '{"order_number": {"S": "ORD-ABC123"}}',
    '{"order_number": ""}',
    json.dumps({"order_number": "A" * 501}),
    "[]",
    "PAID",
]


@pytest.mark.parametrize("message", FORGED)
def test_a_forged_message_is_refused(message: str) -> None:
    with pytest.raises(NotOurMessage):
        name_in(message, "order_number")


def test_early_and_repeated_messages_issue_one_set_of_tickets() -> None:
    shop = Shop(an_order(), a_checkout())

    for _ in range(5):
        shop.verify()
    shop.sumup.put(**vars(a_paid_checkout()))
    for _ in range(5):
        shop.verify(later(minutes=5))

    assert len(shop.tables.tickets) == 3
    assert list(shop.tables.mails) == [CONFIRMATION]


def without_record(checkout_reference: str = "ORD-ABC123") -> Order:
    return an_order(checkout_ids=(), checkout_reference=checkout_reference)


def test_a_checkout_that_was_not_stored_is_found_by_its_reference() -> None:
    shop = Shop(without_record(), a_paid_checkout())

    shop.verify(later(minutes=1))

    assert shop.order.status is COMPLETED
    assert shop.order.checkout_ids == (CHECKOUT_ID,)
    assert [entry.change for entry in shop.tables.audit] == ["checkout attached", "completed"]


STRANGERS = {
    "amount": {"amount": Decimal("1.00")},
    "currency": {"currency": "EUR"},
    "merchant": {"merchant_code": "MC9999"},
}


@pytest.mark.parametrize("changes", STRANGERS.values(), ids=STRANGERS)
def test_a_checkout_found_by_reference_is_adopted_only_if_it_matches_the_order(
    changes: dict[str, Any],
) -> None:
    shop = Shop(without_record(), a_paid_checkout(**changes))

    shop.verify(later(minutes=1))
    assert (shop.order.status, shop.order.checkout_ids) == (PENDING, ())

    shop.verify(later(minutes=11))
    assert shop.order.status is REVIEW


def test_an_order_that_never_had_a_checkout_closes_after_its_deadline() -> None:
    """SumUp was down when the buyer pressed pay, and they did not come back."""
    shop = Shop(without_record())
    shop.sumup.checkouts.clear()

    for minutes in (9, 60, 120, 124, 128):
        shop.verify(later(minutes=minutes))
        assert shop.order.status is PENDING
        assert shop.alerts == []
    shop.verify(later(minutes=132))

    assert (shop.order.status, shop.order.holds_seats) == (OrderStatus.EXPIRED, False)
    assert shop.buyers_mails == [], "nobody tried to pay"


def test_a_checkout_that_appears_after_its_order_closed_is_found() -> None:
    shop = Shop(without_record())
    shop.sumup.checkouts.clear()
    for minutes in (120, 124, 128, 132):
        shop.verify(later(minutes=minutes))
    shop.sumup.checkouts[CHECKOUT_ID] = a_paid_checkout()

    shop.verify(later(hours=4))

    assert shop.order.status is COMPLETED


def test_an_outage_of_half_an_hour_sends_an_order_without_record_to_nobody() -> None:
    shop = Shop(without_record())
    shop.sumup.failures["find_checkouts"] = [PaymentProviderUnavailable("no answer")] * 5
    shop.sumup.put(status="PENDING")

    for minutes in (1, 5, 9, 13, 27):
        shop.verify(later(minutes=minutes))
        assert (shop.order.status, shop.order.holds_seats) == (PENDING, True)
    shop.sumup.checkouts.clear()
    shop.verify(later(minutes=31))

    assert (shop.order.status, shop.alerts) == (PENDING, [])


def test_another_checkout_under_its_reference_goes_to_a_person() -> None:
    """Somebody may have changed and paid it."""
    shop = Shop(without_record(), a_paid_checkout(amount=Decimal("40.00")))

    for minutes in (1, 5, 9, 13):
        shop.verify(later(minutes=minutes))

    assert shop.order.status is REVIEW
    assert "Missing Checkout Record" in shop.alerts[0]


def test_several_checkouts_are_all_adopted_and_a_second_payment_raises_an_alert() -> None:
    twin = a_paid_checkout(id="twin", transactions=(a_transaction(id="txn-2"),))
    shop = Shop(without_record(), a_paid_checkout(), twin)

    for minutes in (1, 2, 3):
        shop.verify(later(minutes=minutes))

    assert shop.order.status is COMPLETED
    assert len(shop.tables.tickets) == 3
    assert len(shop.alerts) == 1
    assert "txn-2" in (shop.alert("Paid Twice").body or "")


def test_a_new_attempt_does_not_hide_the_older_one() -> None:
    order = an_order(checkout_ids=("old", CHECKOUT_ID))
    shop = Shop(order, a_checkout(), a_paid_checkout(id="old"))

    shop.verify(later(minutes=5))

    assert (shop.order.status, shop.order.paid_checkout_id) == (COMPLETED, "old")


def test_a_stored_checkout_that_sumup_no_longer_knows_sends_the_order_to_review() -> None:
    shop = Shop(an_order(checkout_ids=("lost", CHECKOUT_ID)))

    for minutes in (5, 10, 15):
        shop.verify(later(minutes=minutes))

    assert shop.order.status is REVIEW
    assert "Missing Checkout Record" in shop.alerts[0]


def test_a_sandbox_payment_never_issues_tickets() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    shop.tokens.sandbox = True

    shop.verify()

    assert shop.order.status is REVIEW
    assert not shop.tables.tickets


def test_a_failed_mail_is_retried_with_the_same_tickets() -> None:
    shop = Shop(an_order(), a_paid_checkout())
    shop.verify()
    issued, mailer = dict(shop.tables.tickets), Mailer(SendThrottled("slow down"))
    archive = Archive()
    find_look = FindLook(archive)
    deliver = DeliverTickets(
        outbox=shop.outbox,
        compose=ComposeMail(
            shop.orders,
            shop.events,
            OrderDetails(shop.tables, shop.events, Organisers()),
            DrawTickets(archive, a_notifier(shop.outbox), a_brand(), find_look),
            find_look,
            an_access(),
            a_brand(),
        ),
        archive=archive,
        mailer=mailer,
        notifier=a_notifier(shop.outbox),
    )

    deliver(CONFIRMATION, NOW)
    deliver(CONFIRMATION, later(minutes=1))

    assert shop.tables.tickets == issued
    assert len(mailer.sent) == 1
    for ticket_id in shop.order.ticket_ids:
        assert ticket_id.encode() in mailer.sent[0].message


def test_an_amount_the_sandbox_always_declines_is_an_ordinary_failed_payment() -> None:
    order = an_order(lines=(a_line(quantity=1, unit_price=Decimal("11.00")),))
    shop = Shop(order, a_checkout(status="FAILED", amount=Decimal("11.00")))

    shop.verify()

    assert shop.order.status is PENDING
    assert shop.buyers_mails == ["payment_failed"]


def test_only_a_free_order_completes_without_calling_sumup() -> None:
    free = Shop(an_order(lines=(a_line(unit_price=Decimal(0)),)))
    tiny = Shop(an_order(lines=(a_line(quantity=1, unit_price=Decimal("0.01")),)))

    free.verify()
    tiny.verify()

    assert (free.order.status, free.sumup.calls) == (COMPLETED, [])
    assert tiny.order.status is PENDING


def test_a_payment_in_another_currency_goes_to_review() -> None:
    shop = Shop(an_order(), a_paid_checkout(currency="EUR"))

    shop.verify()

    assert shop.order.status is REVIEW
    assert "Expected Currency: GBP\nReceived Currency: EUR\n" in (shop.alert("Currency").body or "")
    with pytest.raises(InvalidMoney):
        Money(Decimal(45), "pounds")


def test_a_payment_after_closing_is_found_by_the_checks_of_closed_orders() -> None:
    shop = Shop()
    shop.verify(later(hours=2))
    shop.sumup.put(**vars(a_paid_checkout()))
    shop.sumup.transactions["txn-1"] = a_transaction()

    due = shop.order.next_check_at
    assert due is not None
    shop.verify(due)

    assert shop.order.status is COMPLETED
