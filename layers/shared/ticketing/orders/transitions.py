"""Every change of an order, as pure functions: the only place that says what a change writes.

Each function takes the order as it was read and returns a `Transition`, or raises
`IllegalTransition` for a change of status that `MOVES` does not allow. In one transaction, the
orders table writes exactly the fields that a transition names, and its entry in the audit trail.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ticketing.errors import IllegalTransition
from ticketing.orders.audit_entry import AuditEntry, fingerprint, fingerprint_of_holder
from ticketing.orders.order import (
    ERASED,
    Delivery,
    Order,
    OrderStatus,
    Trouble,
    VoidReason,
    VoidTicket,
    Work,
)
from ticketing.orders.reason import Reason
from ticketing.orders.refund import NOTED, Consequence, PartRefund, Refund, RefundStatus
from ticketing.orders.schedule import LATE_EVERY

ADDRESS_CHANGED = "address changed by the buyer"
REFUND_ASKED = "refund asked by the buyer"
REISSUED = "ticket reissued"
TRANSFERRED = "ticket transferred"


@dataclass(frozen=True)
class Finding:
    """What a check found out about an order's payment, as far as the order's row keeps it.

    `seen` is what SumUp answered, without personal data; `note` is what the person who decided
    wrote. `payment_status` is SumUp's status of the checkout, or None if none was read.
    `checkout_id` and `transaction_id` name the payment that counts. `attempt_seen`: SumUp shows an
    attempt to pay, so the buyer has until the deadline.
    """

    reason: Reason
    explanation: str
    next_check_at: datetime | None = None
    trouble: Trouble | None = None
    seen: str = ""
    note: str = ""
    payment_status: str | None = None
    checkout_id: str | None = None
    transaction_id: str | None = None
    closes_as: OrderStatus | None = None
    attempt_seen: bool = False

    @property
    def audit_reason(self) -> str:
        """The reason as it stands in the audit trail: `rejected: paid in cash`."""
        return f"{self.reason}: {self.note}" if self.note else self.reason.value


@dataclass(frozen=True)
class Transition:
    """An order before and after a change, the fields to write, and the text of its audit entry.

    Fields that are not named are left alone in the table, where they may be newer than in `before`.
    `void_reason` is why tickets become void, if any do. A transition without `change` is not
    audited.
    """

    before: Order
    after: Order
    fields: tuple[str, ...]
    change: str = ""
    reason: str = ""
    seen: str = ""
    void_reason: VoidReason | None = None

    def entry(self, by: str, now: datetime) -> AuditEntry:
        """Return the entry of the audit trail that is written with this change."""
        order = self.before
        return AuditEntry(
            order_number=order.order_number,
            sequence=order.version + 1,
            at=now,
            by=by,
            change=self.change,
            reason=self.reason,
            seen=self.seen,
            previous_hash=order.audit_hash,
        )

    @property
    def freed_seats(self) -> dict[str, int]:
        """The seats that the order held and gives back, by SKU."""
        held = self.before.seats if self.before.holds_seats else {}
        kept = self.after.seats if self.after.holds_seats else {}
        freed = {sku: count - kept.get(sku, 0) for sku, count in held.items()}
        return {sku: count for sku, count in freed.items() if count > 0}

    @property
    def voided(self) -> tuple[str, ...]:
        """The tickets that become void."""
        valid = set(self.after.valid_ticket_ids)
        return tuple(i for i in self.before.valid_ticket_ids if i not in valid)

    @property
    def frees_hold(self) -> bool:
        """Whether the order's seats no longer count as unpaid."""
        return self.before.held_in is not None and self.after.held_in is None

    @property
    def takes_seats(self) -> bool:
        """Whether the order takes seats that it did not hold before."""
        return self.after.holds_seats and not self.before.holds_seats


def placed_by_operator(order: Order, reason: str) -> Transition:
    """Note why an operator placed the order; its trail begins with that."""
    change = order.origin.value if order.origin else ""
    return _transition(order, {}, change, reason)


def payment_retried(
    order: Order, reference: str, now: datetime, *, attempt_seen: bool = False
) -> Transition:
    """Note the reference of the buyer's next checkout; the status of the last one is obsolete.

    `attempt_seen`: somebody tried to pay the last one. SumUp may never be asked about it again.
    """
    fields: dict[str, Any] = {"checkout_reference": reference, "payment_status": None}
    fields |= _attempted(order, now) if attempt_seen else {}
    return _transition(order, fields, "new attempt to pay", "pay_again", reference)


def checkouts_adopted(order: Order, checkout_ids: Sequence[str]) -> Transition:
    """Attach checkouts to the order, after those that it has already."""
    known = (i for i in order.checkout_ids if i not in checkout_ids)
    fields = {"checkout_ids": (*known, *checkout_ids)}
    return _transition(order, fields, "checkout attached", "adopted", " ".join(checkout_ids))


def postponed(order: Order, found: Finding, now: datetime) -> Transition:
    """Note what a check found and schedule the next one, without a change of status or an entry.

    An order that is not open keeps the reason for that, whatever the state of its checkouts.
    """
    match order.status:
        case OrderStatus.PENDING:
            begun = _attempted(order, now) if found.attempt_seen else {}
            work, fields = Work.OPEN, _checked(found, now) | begun
        case OrderStatus.COMPLETED:
            work, fields = Work.LATE, {"checked_at": now}
        case _:
            work, fields = Work.LATE, _watched(found, now)
    following = found.next_check_at
    return _transition(order, fields | _scheduled(work if following else None, following))


def completed(order: Order, found: Finding, now: datetime) -> Transition:
    """Complete a paid or free order, which takes back seats that it gave up.

    An order with several checkouts stays scheduled, so that a second payment is noticed.
    """
    work = Work.LATE if len(order.checkout_ids) > 1 else None
    paid = {"paid_checkout_id": found.checkout_id, "transaction_id": found.transaction_id}
    return _settled(
        order,
        OrderStatus.COMPLETED,
        found,
        now,
        _scheduled(work, now if work else None)
        | {"delivery": Delivery.PENDING, "holds_seats": True, "rejected": False}
        | {name: value for name, value in paid.items() if value},
    )


def reviewed(order: Order, found: Finding, now: datetime) -> Transition:
    """Hand the order over to a person; it keeps the seats it holds."""
    return _settled(order, OrderStatus.REVIEW, found, now, _scheduled(None, None))


def closed(order: Order, found: Finding, now: datetime) -> Transition:
    """Close the order unpaid and free its seats.

    It stays scheduled for late payments, unless a person has rejected it.
    """
    rejects = found.reason is Reason.REJECTED
    status = found.closes_as or OrderStatus.EXPIRED
    ends = _REJECTED if rejects else _scheduled(Work.LATE, now + LATE_EVERY)
    return _settled(order, status, found, now, {"holds_seats": False} | ends)


def refund_noted(order: Order, refund: Refund, reason: str) -> Transition:
    """Note a refund that was requested, refused, or whose outcome is unknown."""
    fields = _refunding(order, refund)
    return _transition(order, fields, NOTED[refund.status], reason, refund.seen)


def refund_settled(
    order: Order, refund: Refund, consequence: Consequence, reason: str, now: datetime
) -> Transition:
    """Note that a whole payment went back, with the consequence for the order."""
    fields = _refunding(order, refund)
    if consequence is Consequence.REJECTED:
        explanation = "Its money went back to the buyer, so it was rejected."
        status = OrderStatus.FAILED
        fields |= _explained(Reason.REJECTED, explanation) | {"holds_seats": False} | _REJECTED
        fields |= _status(order, status) | {"settled_at": now}
        return _transition(order, fields, status, f"{Reason.REJECTED}: {reason}", refund.seen)
    if consequence is Consequence.TICKETS_VOID:
        explanation = "Its money went back to the buyer; its tickets are void."
        fields |= _explained(Reason.REFUNDED, explanation) | {"holds_seats": False}
        fields |= {"voided_at": now}
    return _transition(order, fields, consequence.value, reason, refund.seen, _why_back(refund))


def part_settled(order: Order, part: PartRefund, reason: str, now: datetime) -> Transition:
    """Note that a part of a payment went back.

    What follows depends on its tickets, which an operator may have made void meanwhile.
    """
    follows, void = _voiding(order, part.tickets, "Money went back and tickets are void", now)
    fields = _refunding(order, part) | void
    return _transition(order, fields, follows.value, reason, part.seen, _why_back(part))


def tickets_voided(
    order: Order, ticket_ids: Sequence[str], reason: str, now: datetime
) -> Transition:
    """Make some or all tickets void without giving money back."""
    follows, fields = _voiding(order, ticket_ids, "An operator made tickets void", now)
    seen = " ".join(ticket_ids)
    return _transition(order, fields, follows.value, reason, seen, VoidReason.WITHDRAWN)


def ticket_reissued(
    order: Order, ticket_id: str, reason: str, holder: str | None = None
) -> Transition:
    """Note that a ticket gets another id and code, and with `holder` another name.

    The entry has both ids. A ticket that is not valid cannot be replaced.
    """
    if not order.admits or ticket_id not in order.valid_ticket_ids:
        raise IllegalTransition(order.order_number, order.status, REISSUED)
    reissued = order.reissued_with(ticket_id)
    fields = {"reissued": reissued}
    after = replace(order, reissued=reissued).current_id(ticket_id)
    seen = f"{ticket_id} {after}"
    if holder is None:
        return _transition(order, fields, REISSUED, reason, seen)
    seen = f"{seen} {fingerprint_of_holder(after, holder)}"
    return _transition(order, fields, TRANSFERRED, reason, seen)


def event_cancelled(order: Order, note: str, now: datetime) -> Transition:
    """Void the tickets of a completed order because its event was cancelled; free its seats."""
    if not order.admits:
        raise IllegalTransition(order.order_number, order.status, Consequence.TICKETS_VOID)
    fields = _explained(Reason.EVENT_CANCELLED, "Its event was cancelled; its tickets are void.")
    fields |= {"holds_seats": False, "voided_at": now}
    change, reason = Consequence.TICKETS_VOID.value, f"{Reason.EVENT_CANCELLED}: {note}"
    return _transition(order, fields, change, reason, void_reason=VoidReason.CANCELLED)


def tickets_resent(order: Order, mail_id: str, recipient: str) -> Transition:
    """Note that the tickets are sent again, and the new address, if any, for all mails from now on.

    No mail has been marked as spam at a new address.
    """
    if recipient == order.customer.email:
        return _transition(order, {}, "tickets sent again", "resend", mail_id)
    seen = " ".join((mail_id, *_fingerprints(order, recipient)))
    return _transition(order, _readdressed(order, recipient), "address corrected", "resend", seen)


def address_changed(order: Order, email: str, mail_ids: Sequence[str]) -> Transition:
    """Note that the buyer changed the address, and the mails that are stored with the change.

    As after an operator's correction, all mails go to the new address from now on.
    """
    fields = _readdressed(order, email) | {"address_changes": order.address_changes + 1}
    seen = " ".join((*mail_ids, *_fingerprints(order, email)))
    return _transition(order, fields, ADDRESS_CHANGED, "change_address", seen)


def refund_asked(order: Order, now: datetime) -> Transition:
    """Note that the buyer asks for the money back. Nothing else changes until an operator refunds.

    `refund_offer` decides whether the buyer may ask.
    """
    return _transition(order, {"refund_asked_at": now}, REFUND_ASKED, "event_moved")


def mail_put_back(order: Order, mail_id: str, delivery: Delivery | None) -> Transition:
    """Note that a mail of the order is tried again, and the order's `delivery` if that changes."""
    changes = order.delivery is not None and delivery not in {None, order.delivery}
    fields = {"delivery": delivery} if changes else {}
    return _transition(order, fields, "mail put back", "replay", mail_id)


def rescheduled(order: Order, work: Work, now: datetime) -> Transition:
    """Put an order that fell out of the work index back into it, due now."""
    return _transition(order, _scheduled(work, now), "scheduled again", "unscheduled", work.value)


def buyer_erased(order: Order, reason: str) -> Transition:
    """Replace the buyer's name and address by a fixed word."""
    fields = {"customer": replace(order.customer, name=ERASED, email=ERASED)}
    return _transition(order, fields, "buyer erased", reason)


def _transition(
    order: Order,
    fields: dict[str, Any],
    change: str = "",
    reason: str = "",
    seen: str = "",
    void_reason: VoidReason | None = None,
) -> Transition:
    after = replace(order, **fields)
    return Transition(order, after, tuple(fields), change, reason, seen, void_reason)


def _why_back(refund: Refund) -> VoidReason:
    is_charged_back = refund.status is RefundStatus.CHARGED_BACK
    return VoidReason.CHARGED_BACK if is_charged_back else VoidReason.REFUNDED


def _refunding(order: Order, refund: Refund) -> dict[str, Any]:
    if isinstance(refund, PartRefund):
        return {"parts": order.parts_with(refund)}
    return {"refunds": order.refunds_with(refund)}


def _voiding(
    order: Order, ticket_ids: Sequence[str], why: str, now: datetime
) -> tuple[Consequence, dict[str, Any]]:
    """Return what follows from making these tickets void, and the fields that say so.

    While others are valid, the reason code is still that of the order's status.
    """
    gone = [i for i in order.valid_ticket_ids if i in ticket_ids]
    if not gone:
        return Consequence.NONE, {}
    if len(gone) == len(order.valid_ticket_ids):
        void = {"holds_seats": False, "voided_at": now}
        return Consequence.TICKETS_VOID, void | _explained(Reason.VOIDED, f"{why}: all.")
    new = (VoidTicket(i, line.sku, now) for i, line in order.ticket_lines if i in gone)
    tickets = (*order.void_tickets, *new)
    text = f"{why}: {len(tickets)} of {order.tickets_count}."
    return Consequence.SOME_VOID, {"void_tickets": tickets, "status_reason": text}


def _readdressed(order: Order, email: str) -> dict[str, Any]:
    return {"customer": replace(order.customer, email=email), "complained_at": None}


def _fingerprints(order: Order, email: str) -> Iterator[str]:
    return (fingerprint(order.order_number, one) for one in (order.customer.email, email))


def _settled(
    order: Order, status: OrderStatus, found: Finding, now: datetime, fields: dict[str, Any]
) -> Transition:
    fields = _checked(found, now) | _status(order, status) | {"settled_at": now} | fields
    fields |= {"held_in": None} if order.held_in else {}
    return _transition(order, fields, status, found.audit_reason, found.seen)


def _attempted(order: Order, now: datetime) -> dict[str, Any]:
    return {"attempt_seen_at": order.attempt_seen_at or now}


def _status(order: Order, status: OrderStatus) -> dict[str, Any]:
    if not order.may_become(status):
        raise IllegalTransition(order.order_number, order.status, status)
    return {"status": status}


def _checked(found: Finding, now: datetime) -> dict[str, Any]:
    """Return the fields in which administrators read about the last check."""
    return _explained(found.reason, found.explanation) | _watched(found, now)


def _watched(found: Finding, now: datetime) -> dict[str, Any]:
    """Return the same fields for a closed order, except the reason why it was closed."""
    seen = {"payment_status": found.payment_status} if found.payment_status is not None else {}
    return {"checked_at": now, "trouble": found.trouble, **seen}


def _explained(reason: Reason, explanation: str) -> dict[str, Any]:
    return {"reason_code": reason.value, "status_reason": explanation}


def _scheduled(work: Work | None, next_check_at: datetime | None) -> dict[str, Any]:
    return {"work": work, "next_check_at": next_check_at}


_REJECTED = _scheduled(None, None) | {"rejected": True}
