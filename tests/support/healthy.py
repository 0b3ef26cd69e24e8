"""Orders as they should be, one of every kind, with all rows that name them."""

# ruff: noqa: ANN401 - a change may be of any field, hence of any type

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tests.support.builders import CHECKOUT_ID, NOW, a_line, a_signer, an_order, tickets_for
from ticketing.audit.order_snapshot import (
    OrderSnapshot,
    StoredCheckout,
    StoredEntry,
    StoredMail,
    StoredPayment,
)
from ticketing.emails.mail import Mail, MailKind, MailStatus, alert_id, to_buyer
from ticketing.money import Money
from ticketing.operators.alerts import bounce_fact, failure_fact
from ticketing.orders.audit_entry import AuditEntry, fingerprint_of_holder
from ticketing.orders.order import (
    Delivery,
    Order,
    OrderStatus,
    Origin,
    Reissued,
    VoidReason,
    VoidTicket,
    Work,
)
from ticketing.orders.refund import PartRefund, Refund, RefundStatus
from ticketing.orders.transitions import ADDRESS_CHANGED, REFUND_ASKED, REISSUED, TRANSFERRED
from ticketing.tickets.ticket import Ticket, TicketStatus

AUDITED = NOW + timedelta(hours=4)
"""When these are looked at: long after what happened to them."""
PAID_AT = NOW + timedelta(minutes=10)
CLOSED_AT = NOW + timedelta(hours=2, minutes=1)
NUMBER = "ORD-ABC123"
HOLDER = "Ben Vibert"
"""In whose name a ticket is that was transferred."""


def first_checkout(number: str = NUMBER) -> str:
    """Return the id of an order's first checkout."""
    return CHECKOUT_ID if number == NUMBER else f"first-{number}"


def second_checkout(number: str = NUMBER) -> str:
    """Return the id of an order's second checkout."""
    return f"second-{number}"


def transaction(number: str = NUMBER) -> str:
    """Return the id of an order's payment."""
    return f"txn-{number}"


def with_trail(order: Order, *changes: str) -> tuple[Order, tuple[StoredEntry, ...]]:
    """Return the order with a trail of these changes, as `OrderTable` writes it.

    A change may say its reason, and what was seen: "failed because rejected: in words, seeing x".
    """
    trail: list[StoredEntry] = []
    for sequence, told in enumerate(changes, start=1):
        said, _, seen = told.partition(", seeing ")
        change, _, reason = said.partition(" because ")
        previous = trail[-1].hash if trail else ""
        at = order.created_at + timedelta(minutes=sequence)
        entry = AuditEntry(
            order.order_number,
            sequence,
            at,
            "verify",
            change,
            reason or "why",
            seen or "seen",
            previous,
        )
        trail.append(StoredEntry(entry, entry.hash))
    newest = trail[-1].hash if trail else ""
    return replace(order, version=len(trail), audit_hash=newest), tuple(trail)


def checkouts_of(order: Order) -> tuple[StoredCheckout, ...]:
    """Return the checkouts an order lists."""
    return tuple(
        StoredCheckout(
            checkout_id=i,
            order_number=order.order_number,
            amount=order.total.amount,
            currency=order.total.currency,
            merchant_code=order.merchant_code,
            status="PAID" if i == order.paid_checkout_id else "PENDING",
        )
        for i in order.checkout_ids
    )


def payments_of(order: Order) -> tuple[StoredPayment, ...]:
    """Return the payment a paid order names."""
    key = order.transaction_id or order.paid_checkout_id
    if key is None:
        return ()
    return (
        StoredPayment(
            transaction_id=key,
            order_number=order.order_number,
            checkout_id=order.paid_checkout_id,
            amount=order.total.amount,
            currency=order.total.currency,
            merchant_code=order.merchant_code,
            origin=order.origin,
        ),
    )


def a_waiting_mail(order: Order, due: datetime = AUDITED, **changes: Any) -> StoredMail:
    """Return a mail to the buyer that the scan finds."""
    kind = changes.pop("kind", MailKind.CONFIRMATION)
    mail = to_buyer(order, kind, PAID_AT, changes.pop("revision", 1))
    return StoredMail(replace(mail, **{"next_attempt_at": due} | changes), has_work_key=True)


def a_finished_mail(order: Order, status: MailStatus, **changes: Any) -> StoredMail:
    """Return a mail to the buyer that is tried no more."""
    finished: dict[str, Any] = {
        "status": status,
        "attempts": 1,
        "attempt_id": "a1",
        "message_id": "ses-1",
    }
    mail = a_waiting_mail(order, **finished | changes).mail
    return StoredMail(replace(mail, next_attempt_at=None), has_work_key=False)


def an_alert(order: Order, fact: str) -> StoredMail:
    """Return an alert about an order that was sent."""
    told = Mail(
        alert_id(fact, order.order_number),
        MailKind.ALERT,
        "alerts@example.com",
        NOW,
        order.order_number,
        "Subject",
        "Body",
        MailStatus.SENT,
        attempts=1,
        message_id="ses-2",
    )
    return StoredMail(told, has_work_key=False)


def numbered(changes: dict[str, Any]) -> str:
    """Return the number of the order that is asked for."""
    return str(changes.get("order_number", NUMBER))


def completed(**changes: Any) -> OrderSnapshot:
    """Return a paid order whose tickets left."""
    number = numbered(changes)
    defaults: dict[str, Any] = {
        "status": OrderStatus.COMPLETED,
        "checkout_ids": (first_checkout(number),),
        "paid_checkout_id": first_checkout(number),
        "transaction_id": transaction(number),
        "settled_at": PAID_AT,
        "checked_at": PAID_AT,
        "delivery": Delivery.DELIVERED,
        "work": None,
        "next_check_at": None,
    }
    moves = changes.pop("moves", ("checkout attached", "completed"))
    order, trail = with_trail(an_order(**defaults | changes), *moves)
    return OrderSnapshot(
        order,
        tickets=tickets_for(order),
        payments=payments_of(order),
        checkouts=checkouts_of(order),
        mails=(a_finished_mail(order, MailStatus.SENT),),
        trail=trail,
    )


def free(**changes: Any) -> OrderSnapshot:
    """Return an order that cost nothing."""
    nothing = (a_line(unit_price=Decimal(0)),)
    unpaid = {"paid_checkout_id": None, "transaction_id": None, "checkout_ids": ()}
    usual: dict[str, Any] = {"lines": nothing, "moves": ("completed",)} | unpaid
    return completed(**usual | changes)


def given(**changes: Any) -> OrderSnapshot:
    """Return an order of complimentary tickets."""
    moves = ("given because give: for the press", "completed")
    return free(origin=Origin.GIVEN, **{"moves": moves} | changes)


def sold_at_terminal(**changes: Any) -> OrderSnapshot:
    """Return an order that was paid at the organiser's terminal."""
    moves = ("terminal because sell-at-door: at the gate", "completed")
    usual: dict[str, Any] = {"checkout_ids": (), "paid_checkout_id": None, "moves": moves}
    return completed(**usual | {"origin": Origin.TERMINAL} | changes)


def sold_for_cash(**changes: Any) -> OrderSnapshot:
    """Return an order that was paid in cash, as its trail says."""
    moves = ("cash because sell-at-door: at the gate", "completed")
    return sold_at_terminal(
        **{"origin": Origin.CASH, "transaction_id": None, "moves": moves} | changes
    )


def paid_without_transaction_id(**changes: Any) -> OrderSnapshot:
    """Return an order whose payment SumUp gave no id: its checkout's stands for it."""
    return completed(transaction_id=None, **changes)


def being_sent(**changes: Any) -> OrderSnapshot:
    """Return a completed order whose mail is just being tried again."""
    evidence = completed(delivery=Delivery.PENDING, **changes)
    held: dict[str, Any] = {"attempts": 2, "attempt_id": "a2", "lease_until": AUDITED}
    mail = a_waiting_mail(evidence.order, status=MailStatus.SENDING, **held)
    return replace(evidence, mails=(mail,))


def undeliverable(**changes: Any) -> OrderSnapshot:
    """Return a completed order whose mail was given up and told."""
    evidence = completed(delivery=Delivery.PROBLEM, **changes)
    mail = a_finished_mail(evidence.order, MailStatus.PROBLEM, message_id=None)
    told = an_alert(evidence.order, failure_fact(mail.mail.mail_id))
    return replace(evidence, mails=(mail, told))


def bounced(**changes: Any) -> OrderSnapshot:
    """Return a completed order whose mail left and came back, and whoever must know was told."""
    evidence = completed(delivery=Delivery.PROBLEM, **changes)
    mail = a_finished_mail(evidence.order, MailStatus.PROBLEM, failed_at=AUDITED)
    told = an_alert(evidence.order, bounce_fact(mail.mail.mail_id))
    return replace(evidence, mails=(mail, told))


def sent_again(**changes: Any) -> OrderSnapshot:
    """Return a completed order whose second mail went out after the first had not."""
    evidence = undeliverable(**changes)
    order = replace(evidence.order, delivery=Delivery.DELIVERED)
    again = a_finished_mail(order, MailStatus.SENT, revision=2)
    return replace(evidence, order=order, mails=(*evidence.mails, again))


def address_changed(**changes: Any) -> OrderSnapshot:
    """Return a completed order whose buyer changed its address before the tickets left."""
    moves = ("checkout attached", "completed", ADDRESS_CHANGED)
    again: dict[str, Any] = {"delivery": Delivery.PENDING, "address_changes": 1, "moves": moves}
    evidence = completed(**again | changes)
    first = a_finished_mail(evidence.order, MailStatus.WITHDRAWN, message_id=None)
    notice = a_finished_mail(evidence.order, MailStatus.SENT, kind=MailKind.ADDRESS_CHANGED)
    return replace(evidence, mails=(first, notice, a_waiting_mail(evidence.order, revision=2)))


def paid_at_the_second_attempt(**changes: Any) -> OrderSnapshot:
    """Return a completed order whose first checkout is still watched."""
    number = numbered(changes)
    defaults: dict[str, Any] = {
        "checkout_ids": (first_checkout(number), second_checkout(number)),
        "paid_checkout_id": second_checkout(number),
        "work": Work.LATE,
        "next_check_at": AUDITED,
        "moves": ("checkout attached", "new attempt to pay", "checkout attached", "completed"),
    }
    return completed(**defaults | changes)


def pending(**changes: Any) -> OrderSnapshot:
    """Return an order that waits for its payment."""
    defaults: dict[str, Any] = {
        "created_at": AUDITED - timedelta(minutes=10),
        "next_check_at": AUDITED,
        "checkout_ids": (first_checkout(numbered(changes)),),
    }
    moves = changes.pop("moves", ("checkout attached",))
    order, trail = with_trail(an_order(**defaults | changes), *moves)
    return OrderSnapshot(order, checkouts=checkouts_of(order), trail=trail)


def just_placed(**changes: Any) -> OrderSnapshot:
    """Return an order without a checkout yet."""
    return pending(moves=(), checkout_ids=(), **changes)


def told_of_a_failure(**changes: Any) -> OrderSnapshot:
    """Return a pending order whose buyer was told that the first attempt failed."""
    evidence = pending(**changes)
    mail = a_finished_mail(evidence.order, MailStatus.SENT, kind=MailKind.PAYMENT_FAILED)
    return replace(evidence, mails=(mail,))


def expired(**changes: Any) -> OrderSnapshot:
    """Return an order that was tried in vain, watched for late money."""
    defaults: dict[str, Any] = {
        "status": OrderStatus.EXPIRED,
        "checkout_ids": (first_checkout(numbered(changes)),),
        "holds_seats": False,
        "attempt_seen_at": CLOSED_AT - timedelta(hours=1),
        "settled_at": CLOSED_AT,
        "checked_at": CLOSED_AT,
        "work": Work.LATE,
        "next_check_at": AUDITED,
    }
    moves = changes.pop("moves", ("checkout attached", "expired"))
    order, trail = with_trail(an_order(**defaults | changes), *moves)
    told = an_alert(order, "expired-2")
    return OrderSnapshot(order, checkouts=checkouts_of(order), mails=(told,), trail=trail)


def no_longer_watched(**changes: Any) -> OrderSnapshot:
    """Return an order whose last look for late money was yesterday."""
    closed_at = AUDITED - timedelta(days=6, hours=20)
    return expired(
        created_at=closed_at - timedelta(hours=2),
        settled_at=closed_at,
        checked_at=closed_at + timedelta(days=6, hours=1),
        work=None,
        next_check_at=None,
        **changes,
    )


def paid_late(**changes: Any) -> OrderSnapshot:
    """Return an order that was completed after it had expired."""
    moves = ("checkout attached", "expired", "completed")
    return completed(settled_at=CLOSED_AT, checked_at=CLOSED_AT, moves=moves, **changes)


def under_review(**changes: Any) -> OrderSnapshot:
    """Return an order that a person decides about."""
    settled: dict[str, Any] = {
        "status": OrderStatus.REVIEW,
        "settled_at": PAID_AT,
        "checked_at": PAID_AT,
        "work": None,
        "next_check_at": None,
        "checkout_ids": (first_checkout(numbered(changes)),),
    }
    moves = ("checkout attached", "requires_manual_review")
    order, trail = with_trail(an_order(**settled | changes), *moves)
    told = an_alert(order, "amount-2")
    return OrderSnapshot(order, checkouts=checkouts_of(order), mails=(told,), trail=trail)


def rejected(**changes: Any) -> OrderSnapshot:
    """Return an order that a person rejected: closed for good, and watched no more."""
    settled: dict[str, Any] = {
        "status": OrderStatus.FAILED,
        "settled_at": CLOSED_AT,
        "checked_at": CLOSED_AT,
        "work": None,
        "next_check_at": None,
        "holds_seats": False,
        "rejected": True,
        "checkout_ids": (first_checkout(numbered(changes)),),
    }
    moves = ("checkout attached", "requires_manual_review", "failed because rejected: in words")
    order, trail = with_trail(an_order(**settled | changes), *moves)
    return OrderSnapshot(order, checkouts=checkouts_of(order), trail=trail)


def a_refund(number: str = NUMBER, **changes: Any) -> Refund:
    """Return what an order says of its payment once that went back."""
    refund = Refund(
        transaction_id=transaction(number),
        status=RefundStatus.REFUNDED,
        amount=Money(Decimal("45.00"), "GBP"),
        asked_at=CLOSED_AT,
        attempt="a1",
        settled_at=CLOSED_AT,
    )
    return replace(refund, **changes)


def refunded(**changes: Any) -> OrderSnapshot:
    """Return a completed order whose money went back: its tickets are void."""
    refund = a_refund(numbered(changes))
    asked = replace(refund, status=RefundStatus.ASKED)
    moves = (
        "checkout attached",
        "completed",
        f"refund asked because refund: in words, seeing {asked.seen}",
        f"tickets void because refund: in words, seeing {refund.seen}",
    )
    void: dict[str, Any] = {"voided_at": CLOSED_AT, "holds_seats": False, "refunds": (refund,)}
    evidence = completed(moves=moves, **void | changes)
    tickets = (replace(ticket, status=TicketStatus.VOID) for ticket in evidence.tickets)
    return replace(evidence, tickets=tuple(tickets))


def a_part(number: str = NUMBER, **changes: Any) -> PartRefund:
    """Return what an order says of the price of its second ticket once that went back."""
    part = PartRefund(
        transaction_id=transaction(number),
        status=RefundStatus.REFUNDED,
        amount=Money(Decimal("15.00"), "GBP"),
        asked_at=CLOSED_AT,
        attempt="a1",
        settled_at=CLOSED_AT,
        tickets=(f"{number}-02",),
    )
    return replace(part, **changes)


def refunded_in_part(**changes: Any) -> OrderSnapshot:
    """Return a completed order of three tickets, one of which was given back."""
    number = numbered(changes)
    part = a_part(number)
    asked = replace(part, status=RefundStatus.ASKED)
    moves = (
        "checkout attached",
        "completed",
        f"refund asked because refund: in words, seeing {asked.seen}",
        f"some tickets void because refund: in words, seeing {part.seen}",
    )
    return some_void(number, {"moves": moves, "parts": (part,)} | changes)


def refunded_in_part_and_then_wholly(**changes: Any) -> OrderSnapshot:
    """Return a completed order whose money went back in two steps."""
    part = a_part(numbered(changes))
    rest = a_refund(numbered(changes), amount=Money(Decimal("30.00"), "GBP"))
    moves = (
        "checkout attached",
        "completed",
        f"some tickets void because refund: in words, seeing {part.seen}",
        f"tickets void because refund: in words, seeing {rest.seen}",
    )
    void: dict[str, Any] = {"voided_at": CLOSED_AT, "holds_seats": False, "refunds": (rest,)}
    evidence = some_void(numbered(changes), {"moves": moves, "parts": (part,)} | void | changes)
    tickets = (replace(ticket, status=TicketStatus.VOID) for ticket in evidence.tickets)
    return replace(evidence, tickets=tuple(tickets))


def void_in_part(**changes: Any) -> OrderSnapshot:
    """Return a completed order one of whose tickets an operator made void."""
    number = numbered(changes)
    moves = ("checkout attached", "completed", some_void_by_hand(number))
    return some_void(number, {"moves": moves} | changes)


def issued_anew(**changes: Any) -> OrderSnapshot:
    """Return a completed order whose second ticket was transferred, and then its code was lost."""
    number = numbered(changes)
    first = f"{number}-02"
    hashed = fingerprint_of_holder(f"{first}-R1", HOLDER)
    moves = (
        "checkout attached",
        "completed",
        f"{TRANSFERRED} because transfer: in words, seeing {first} {first}-R1 {hashed}",
        f"{REISSUED} because reissue: in words, seeing {first}-R1 {first}-R2",
    )
    anew: dict[str, Any] = {"moves": moves, "reissued": (Reissued(first, 2),)}
    evidence = completed(**anew | changes)
    return replace(evidence, tickets=_replaced(evidence.tickets, first))


def _replaced(tickets: tuple[Ticket, ...], first: str) -> tuple[Ticket, ...]:
    """Return the tickets with those that this one replaced, as `issued_anew` has them."""
    one, new, three = tickets
    void: dict[str, Any] = {"status": TicketStatus.VOID, "void_reason": VoidReason.REISSUED}
    new = replace(new, replaces=f"{first}-R1", holder=HOLDER, transferred=True)
    before = _renamed(
        replace(new, replaces=first, replaced_by=new.ticket_id, **void), f"{first}-R1"
    )
    oldest = _renamed(replace(one, replaced_by=before.ticket_id, **void), first)
    return one, oldest, before, new, three


def _renamed(ticket: Ticket, ticket_id: str) -> Ticket:
    code = a_signer().text(ticket_id, ticket.order_number, ticket.event_id)
    return replace(ticket, ticket_id=ticket_id, qr_text=code)


def issued_anew_and_refunded(**changes: Any) -> OrderSnapshot:
    """Return the same order, once all its money went back."""
    refund = a_refund(numbered(changes))
    evidence = issued_anew(**changes)
    moves = tuple(
        f"{stored.entry.change} because {stored.entry.reason}, seeing {stored.entry.seen}"
        for stored in evidence.trail
    )
    void = replace(evidence.order, voided_at=CLOSED_AT, holds_seats=False, refunds=(refund,))
    order, trail = with_trail(void, *moves, f"tickets void because x, seeing {refund.seen}")
    tickets = (replace(ticket, status=TicketStatus.VOID) for ticket in evidence.tickets)
    return replace(evidence, order=order, trail=trail, tickets=tuple(tickets))


def free_and_void(**changes: Any) -> OrderSnapshot:
    """Return a free order whose tickets an operator made void."""
    ids = " ".join(f"{numbered(changes)}-0{n}" for n in (1, 2, 3))
    moves = ("completed", f"tickets void because void: in words, seeing {ids}")
    void: dict[str, Any] = {"voided_at": CLOSED_AT, "holds_seats": False, "reason_code": "voided"}
    evidence = free(**{"moves": moves} | void | changes)
    tickets = (replace(ticket, status=TicketStatus.VOID) for ticket in evidence.tickets)
    return replace(evidence, tickets=tuple(tickets))


def some_void_by_hand(number: str) -> str:
    return f"some tickets void because void: in words, seeing {number}-02"


def some_void(number: str, changes: dict[str, Any]) -> OrderSnapshot:
    """Return a completed order whose second ticket is void."""
    void = f"{number}-02"
    evidence = completed(**{"void_tickets": (VoidTicket(void, "general", CLOSED_AT),)} | changes)
    tickets = (
        replace(t, status=TicketStatus.VOID) if t.ticket_id == void else t for t in evidence.tickets
    )
    return replace(evidence, tickets=tuple(tickets))


def refunded_before_its_mail_left(**changes: Any) -> OrderSnapshot:
    """Return a completed order whose tickets were void before they were sent."""
    evidence = refunded(delivery=Delivery.WITHDRAWN, **changes)
    mail = a_finished_mail(evidence.order, MailStatus.WITHDRAWN, message_id=None)
    return replace(evidence, mails=(mail,))


def refunded_elsewhere(**changes: Any) -> OrderSnapshot:
    """Return a completed order whose buyer had their bank take the money back."""
    number = numbered(changes)
    status = RefundStatus.CHARGED_BACK
    back = a_refund(number, status=status, asked_at=None, attempt="")
    moves = ("checkout attached", "completed", f"tickets void because x, seeing {back.seen}")
    made = refunded(**changes)
    order, trail = with_trail(replace(made.order, refunds=(back,)), *moves)
    return replace(made, order=order, trail=trail)


def event_cancelled(**changes: Any) -> OrderSnapshot:
    """Return a completed order whose event was cancelled, and whose money has not gone back."""
    moves = (
        "checkout attached",
        "completed",
        "tickets void because event_cancelled: a storm, seeing ",
    )
    evidence = completed(moves=moves, voided_at=CLOSED_AT, holds_seats=False, **changes)
    tickets = (replace(ticket, status=TicketStatus.VOID) for ticket in evidence.tickets)
    return replace(evidence, tickets=tuple(tickets))


def money_asked_back(**changes: Any) -> OrderSnapshot:
    """Return a completed order whose buyer asks for the money back: its tickets are valid."""
    moves = ("checkout attached", "completed", f"{REFUND_ASKED} because event_moved")
    evidence = completed(moves=moves, **changes)
    asked_at = evidence.trail[-1].entry.at
    return replace(evidence, order=replace(evidence.order, refund_asked_at=asked_at))


def second_payment_refunded(**changes: Any) -> OrderSnapshot:
    """Return a completed order that was paid twice, and whose extra money went back."""
    refund = a_refund(transaction_id="txn-twice")
    moves = ("checkout attached", "completed", f"money went back because x, seeing {refund.seen}")
    return completed(moves=moves, refunds=(refund,), **changes)


def refund_unclear(**changes: Any) -> OrderSnapshot:
    """Return a completed order whose refund may have been made: its tickets are valid so far."""
    unknown = {"status": RefundStatus.UNKNOWN, "settled_at": None, "problem": "no answer in time"}
    refund = a_refund(numbered(changes), **unknown)
    moves = ("checkout attached", "completed", f"refund unclear because x, seeing {refund.seen}")
    return completed(moves=moves, refunds=(refund,), **changes)


def rejected_with_its_money_back(**changes: Any) -> OrderSnapshot:
    """Return an order that was under review, and ended when its money went back."""
    refund = a_refund(numbered(changes))
    moves = (
        "checkout attached",
        "requires_manual_review",
        f"failed because rejected: refund: in words, seeing {refund.seen}",
    )
    evidence = rejected(refunds=(refund,), **changes)
    order, trail = with_trail(evidence.order, *moves)
    return replace(evidence, order=order, trail=trail)


def looked_at_again(**changes: Any) -> OrderSnapshot:
    """Return a late payment that a person has checked again; it holds no seats meanwhile."""
    moves = ("checkout attached", "expired", "requires_manual_review")
    return pending(moves=moves, settled_at=CLOSED_AT, holds_seats=False, **changes)


HEALTHY: dict[str, Callable[..., OrderSnapshot]] = {
    made.__name__: made
    for made in (
        completed,
        free,
        given,
        sold_at_terminal,
        sold_for_cash,
        paid_without_transaction_id,
        being_sent,
        undeliverable,
        bounced,
        sent_again,
        address_changed,
        paid_at_the_second_attempt,
        pending,
        just_placed,
        told_of_a_failure,
        expired,
        no_longer_watched,
        paid_late,
        refunded,
        refunded_in_part,
        refunded_in_part_and_then_wholly,
        void_in_part,
        issued_anew,
        issued_anew_and_refunded,
        free_and_void,
        refunded_before_its_mail_left,
        refunded_elsewhere,
        event_cancelled,
        money_asked_back,
        second_payment_refunded,
        refund_unclear,
        under_review,
        rejected,
        rejected_with_its_money_back,
        looked_at_again,
    )
}
"""Every kind of order that breaks no rule at `AUDITED`, by its name."""
