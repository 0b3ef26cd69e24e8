"""The SDK retries a request whose response was lost: a write must still be applied only once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pynamodb.exceptions import TransactWriteError

from tests.support.aws import World
from tests.support.builders import an_order, tickets_for
from tests.support.stored import (
    LATER,
    a_checkout,
    a_decision,
    a_mail,
    audit_of,
    mail_of,
    paid,
    seats_left,
    sell,
    store,
    store_mail,
)
from ticketing.adapters.dynamodb.orders import OrderTable
from ticketing.adapters.dynamodb.outbox import RECORD_TRIES, Outbox
from ticketing.adapters.dynamodb.retries import AWS_FAILURES, TRIES
from ticketing.errors import NotStorable, OrderChanged
from ticketing.orders.order import Order, OrderStatus, Work, WorkItem
from ticketing.orders.reason import Reason
from ticketing.payments.decision import Action

ORDERS = OrderTable("verify_payment")
OUTBOX = Outbox()
TRANSACT, UPDATE, PUT = "TransactWriteItems", "UpdateItem", "PutItem"


def placed() -> Order:
    sell(available=10)
    order = an_order()
    ORDERS.place(order)
    return store(order)


def complete(order: Order) -> None:
    ORDERS.complete(order, paid(), tickets_for(order), [a_mail()], LATER)


def review(order: Order) -> None:
    ORDERS.review(order, a_decision(Action.REVIEW, Reason.AMOUNT), [a_mail()], LATER)


def close(order: Order) -> None:
    ORDERS.close(order, a_decision(Action.CLOSE, Reason.EXPIRED), [a_mail()], LATER)


def adopt(order: Order) -> None:
    ORDERS.adopt(order, [a_checkout(id="found")], LATER)


MOVES = [complete, review, close, adopt]


@pytest.mark.parametrize("move", MOVES)
def test_a_transition_happens_once_despite_a_lost_response(
    world: World, move: Callable[[Order], None]
) -> None:
    order = placed()
    world.wire.lose_answer(TRANSACT)

    move(order)

    assert world.wire.count(TRANSACT) == 3, "one to place it, two to move it"
    assert [row.sequence for row in audit_of(order)] == [1]
    assert ORDERS.get("ORD-ABC123").version == 1


@pytest.mark.parametrize("move", MOVES)
def test_a_transition_retried_after_its_token_expired_happens_once(
    world: World, move: Callable[[Order], None]
) -> None:
    """After ten minutes only the conditions protect: the order counts as changed and is reread."""
    order = placed()
    world.wire.forget_tokens()
    world.wire.lose_answer(TRANSACT)

    with pytest.raises(OrderChanged):
        move(order)

    assert [row.sequence for row in audit_of(order)] == [1]
    assert ORDERS.get("ORD-ABC123").version == 1


def test_seats_are_taken_once_despite_a_lost_response(world: World) -> None:
    sell(available=10)
    world.wire.lose_answer(TRANSACT)

    ORDERS.place(an_order())

    assert seats_left() == 7


def test_seats_are_released_once_despite_a_lost_response(world: World) -> None:
    order = placed()
    world.wire.forget_tokens()
    world.wire.lose_answer(TRANSACT)

    with pytest.raises(OrderChanged):
        close(order)

    assert seats_left() == 10
    assert ORDERS.get("ORD-ABC123").status is OrderStatus.EXPIRED


@pytest.mark.parametrize("move", MOVES)
def test_a_transaction_conflict_is_retried(world: World, move: Callable[[Order], None]) -> None:
    order = placed()
    code = "TransactionCanceledException"
    world.wire.refuse(TRANSACT, code, TRIES - 1, "None", "TransactionConflict")

    move(order)

    assert ORDERS.get("ORD-ABC123").version == 1


def test_persistent_conflicts_fail_without_writing_anything(world: World) -> None:
    order = placed()
    before = world.contents()
    world.wire.forget()
    code = "TransactionCanceledException"
    world.wire.refuse(TRANSACT, code, TRIES, "TransactionConflict")

    with pytest.raises(TransactWriteError):
        complete(order)

    assert world.wire.count(TRANSACT) == TRIES
    assert world.contents() == before


REFUSED_FOR_GOOD = {
    "the request": ("ValidationException",),
    "one of its rows": ("TransactionCanceledException", 1, "None", "ValidationError", "None"),
}


@pytest.mark.parametrize("refusal", REFUSED_FOR_GOOD.values(), ids=REFUSED_FOR_GOOD)
def test_what_dynamodb_cannot_hold_is_told_apart(world: World, refusal: tuple[Any, ...]) -> None:
    order = placed()
    before = world.contents()
    world.wire.forget()
    world.wire.refuse(TRANSACT, *refusal)

    with pytest.raises(NotStorable, match="ORD-ABC123"):
        complete(order)

    assert world.wire.count(TRANSACT) == 1
    assert world.contents() == before


@pytest.mark.parametrize("reasons", [["ConditionalCheckFailed", "TransactionConflict"], ["None"]])
def test_a_permanent_failure_is_not_retried(world: World, reasons: list[str]) -> None:
    order = placed()
    world.wire.forget()
    world.wire.refuse(TRANSACT, "TransactionCanceledException", 1, *reasons)

    with pytest.raises(TransactWriteError):
        complete(order)

    assert world.wire.count(TRANSACT) == 1


def test_a_throttled_transition_is_retried_by_the_sdk(world: World) -> None:
    order = placed()
    world.wire.refuse(TRANSACT, "ProvisionedThroughputExceededException")

    complete(order)

    assert ORDERS.get("ORD-ABC123").status is OrderStatus.COMPLETED


def test_a_nomination_with_a_lost_response_is_late_by_at_most_one_interval(world: World) -> None:
    """The scan takes it for another scan's and skips it; the order stays scheduled."""
    store(an_order())
    (item,) = ORDERS.due(Work.OPEN, LATER, 1)
    world.wire.lose_answer(UPDATE)
    following = LATER + timedelta(minutes=4)

    assert not ORDERS.nominate(item, LATER, following)

    assert [i.order_number for i in ORDERS.due(Work.OPEN, following, 1)] == ["ORD-ABC123"]


def test_a_postponement_is_rewritten_after_a_lost_response(world: World) -> None:
    order = store(an_order())
    world.wire.lose_answer(UPDATE)
    following = LATER + timedelta(minutes=4)
    decision = a_decision(Action.WAIT, Reason.AWAITING_PAYMENT, next_check_at=following)

    ORDERS.postpone(order, decision, LATER)

    assert world.wire.count(UPDATE) == 2
    assert ORDERS.get("ORD-ABC123").next_check_at == following


def test_a_claim_is_recognised_as_our_own_after_a_lost_response(world: World) -> None:
    mail = store_mail(a_mail())
    world.wire.lose_answer(UPDATE)

    claimed = OUTBOX.claim(mail.mail_id, "attempt-1", LATER)

    assert claimed is not None
    row = mail_of(mail.mail_id)
    assert (row.attempt_id, row.attempts, claimed.attempts) == ("attempt-1", 1, 1)


def test_a_sent_mail_is_recorded_despite_a_lost_response(world: World) -> None:
    store(an_order(status=OrderStatus.COMPLETED))
    claimed = OUTBOX.claim(store_mail(a_mail()).mail_id, "attempt-1", LATER)
    assert claimed is not None
    world.wire.forget_tokens()
    world.wire.lose_answer(TRANSACT)

    OUTBOX.record_sent(claimed, "ses-1", "mails/x.eml", LATER)

    assert mail_of(claimed.mail_id).status == "sent"


def test_recording_a_sent_mail_is_retried_on_conflicts(world: World) -> None:
    store(an_order(status=OrderStatus.COMPLETED))
    claimed = OUTBOX.claim(store_mail(a_mail()).mail_id, "attempt-1", LATER)
    assert claimed is not None
    code = "TransactionCanceledException"
    world.wire.refuse(TRANSACT, code, RECORD_TRIES - 1, "TransactionConflict")

    OUTBOX.record_sent(claimed, "ses-1", "mails/x.eml", LATER)

    assert mail_of(claimed.mail_id).status == "sent"


def test_recording_eventually_fails_so_that_the_message_is_redelivered(world: World) -> None:
    claimed = OUTBOX.claim(store_mail(a_mail()).mail_id, "attempt-1", LATER)
    assert claimed is not None
    code = "TransactionCanceledException"
    world.wire.refuse(TRANSACT, code, RECORD_TRIES, "TransactionConflict")

    with pytest.raises(TransactWriteError):
        OUTBOX.record_sent(claimed, "ses-1", "mails/x.eml", LATER)

    assert mail_of(claimed.mail_id).status == "sending"


def test_a_mail_is_stored_once_despite_a_lost_response(world: World) -> None:
    """It counts as stored before: the scan sends its message instead."""
    world.wire.lose_answer(PUT)

    assert not OUTBOX.add_once(a_mail())

    assert len(world.items("MailsTable")) == 1
    assert list(OUTBOX.due(LATER + timedelta(minutes=2), 1)) == [a_mail().mail_id]


def test_a_digest_is_written_once_despite_a_lost_response(world: World) -> None:
    order = store(an_order())
    world.wire.forget_tokens()
    world.wire.lose_answer(TRANSACT)

    assert not ORDERS.mark_stuck([order], a_mail(), LATER)

    assert len(world.items("MailsTable")) == 1
    assert ORDERS.get("ORD-ABC123").stuck_alerted_at == LATER


def unanswered_nomination() -> None:
    ORDERS.nominate(WorkItem("ORD-ABC123", LATER), LATER, LATER)


def unanswered_claim() -> None:
    OUTBOX.claim(a_mail().mail_id, "mine", LATER)


def unanswered_alert() -> None:
    OUTBOX.add_once(a_mail(mail_id="shop#alert#x"))


@pytest.mark.parametrize("write", [unanswered_nomination, unanswered_claim, unanswered_alert])
def test_a_write_that_gets_no_response_is_reported_as_an_aws_failure(
    world: World, write: Callable[[], None]
) -> None:
    store(an_order())
    store_mail(a_mail())
    for operation in (UPDATE, PUT):
        world.wire.lose_answer(operation, 99)

    with pytest.raises(AWS_FAILURES):
        write()


@pytest.mark.parametrize("code", ["TransactionConflictException", "ThrottlingException"])
def test_a_single_write_is_retried_after_a_transaction_conflict(world: World, code: str) -> None:
    """The SDK does not retry a conflict."""
    store(an_order())
    (item,) = ORDERS.due(Work.OPEN, LATER, 1)
    for operation in (UPDATE, PUT):
        world.wire.refuse(operation, code, 2)

    assert ORDERS.nominate(item, LATER, LATER + timedelta(minutes=4))
    assert OUTBOX.add_once(a_mail())

    world.wire.refuse(UPDATE, code, 2)
    assert OUTBOX.claim(a_mail().mail_id, "mine", LATER)


@pytest.mark.parametrize("code", ["TransactionConflictException", "ValidationException"])
def test_a_single_write_is_not_retried_forever(world: World, code: str) -> None:
    store(an_order())
    (item,) = ORDERS.due(Work.OPEN, LATER, 1)
    world.wire.refuse(UPDATE, code, 99)

    with pytest.raises(AWS_FAILURES):
        ORDERS.nominate(item, LATER, LATER)

    assert world.wire.count(UPDATE) == (TRIES if code.startswith("Transaction") else 1)
