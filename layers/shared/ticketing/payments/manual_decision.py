"""Decide whether SumUp's answers allow what a person decided about an order. Pure.

A person may overrule a difference in the amount, the currency or the time. Nothing overrules
missing money. Approving needs a transaction that SumUp calls successful, made for this order;
closing needs checkouts that can no longer be paid. An answer that could not be read allows neither.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from ticketing.errors import CheckoutNotFound, NotDecidable, UnusableNote
from ticketing.orders.commands import line
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.orders.schedule import ADOPTION_GRACE
from ticketing.payments.checkout_result import (
    CheckoutMissing,
    CheckoutResult,
    CheckoutSeen,
    Deactivation,
)
from ticketing.payments.decision import Action, Decision
from ticketing.payments.payment import EXPIRED, FAILED, TAKEN, Transaction

LONGEST_NOTE = 200


def checked_note(text: str) -> str:
    """Return a person's reason in a form fit for the audit trail; raises `UnusableNote` otherwise.

    The trail is kept permanently, so a note must not contain a mail address.
    """
    note = " ".join(text.split())
    if not note:
        raise UnusableNote("a reason is needed: say in --reason what you saw and who agreed")
    if len(note) > LONGEST_NOTE:
        raise UnusableNote(f"the reason is longer than {LONGEST_NOTE} characters")
    if not note.isprintable():
        raise UnusableNote("the reason has characters that cannot be printed")
    if "@" in note:
        raise UnusableNote("the reason holds an address; the trail is kept for good, leave it out")
    return note


def approval(order: Order, answers: Sequence[CheckoutResult], note: str) -> Decision:
    """Return the decision to issue the tickets; `NotDecidable` says which money is missing."""
    text = f"Approved by a person: {note}"
    if order.is_free:
        return Decision(Action.ISSUE, Reason.APPROVED, text, note=note)
    objections: list[str] = []
    for answer in answers:
        objection = _objection(order, answer)
        if objection is None and isinstance(answer, CheckoutSeen):
            return Decision(
                Action.ISSUE,
                Reason.APPROVED,
                text,
                record=answer.record,
                checkout=answer.checkout,
                payment=_transaction(answer),
                note=note,
            )
        objections.append(objection or "")
    raise NotDecidable(order.order_number, f"it cannot be approved: {'; '.join(objections)}")


def rejection(
    order: Order, answers: Sequence[CheckoutResult], now: datetime, note: str
) -> Decision:
    """Return the decision to close an order under review for good.

    It names the order's payment, if there is one, because that has to be refunded. Raises
    `NotDecidable` while a checkout may still take money.
    """
    unknown = any(isinstance(a, CheckoutMissing | CheckoutNotFound) for a in answers)
    if unknown and now < order.deadline:
        text = "SumUp does not know its checkout: wait until its time to pay is over"
        raise NotDecidable(order.order_number, text)
    _refuse_open(order, answers, "rejected")
    found = [a for a in answers if isinstance(a, CheckoutSeen) and a.checkout.has_money]
    seen = found[0] if found else None
    return Decision(
        Action.CLOSE,
        Reason.REJECTED,
        f"Rejected by a person: {note}",
        closes_as=OrderStatus.FAILED,
        record=seen.record if seen else None,
        checkout=seen.checkout if seen else None,
        note=note,
    )


def cancellation(
    order: Order, answers: Sequence[CheckoutResult], now: datetime, note: str
) -> Decision:
    """Return the decision to close an unpaid order; `NotDecidable` if it may have been paid.

    The order is still checked for late payments, as every closed order is.
    """
    _refuse_unless_unpaid(order, answers, now, "cancelled")
    text = f"Cancelled by a person: {note}"
    return Decision(Action.CLOSE, Reason.CANCELLED, text, closes_as=OrderStatus.FAILED, note=note)


def surrender(order: Order, answers: Sequence[CheckoutResult], now: datetime) -> Decision:
    """Return the decision to close an order that its buyer gives up, as `cancellation` does."""
    _refuse_unless_unpaid(order, answers, now, "given up")
    text = "Given up by its buyer."
    return Decision(Action.CLOSE, Reason.GIVEN_UP, text, closes_as=OrderStatus.EXPIRED)


def _refuse_unless_unpaid(
    order: Order, answers: Sequence[CheckoutResult], now: datetime, done: str
) -> None:
    number = order.order_number
    if order.is_free:
        raise NotDecidable(number, "it is free and completes with the next check")
    if any(isinstance(a, CheckoutSeen) and a.checkout.has_money for a in answers):
        raise NotDecidable(number, f"SumUp has money for it: `{line('poll', number)}`")
    is_new = now < order.created_at + ADOPTION_GRACE
    if is_new and any(isinstance(a, CheckoutMissing) for a in answers):
        raise NotDecidable(number, "its checkout may be on its way: try again in ten minutes")
    if any(isinstance(a, CheckoutNotFound) for a in answers):
        raise NotDecidable(number, "SumUp does not know its checkout: wait for its review")
    _refuse_open(order, answers, done)


def payable(answers: Sequence[CheckoutResult]) -> Iterator[CheckoutSeen]:
    """Yield the checkouts to deactivate before an order can be closed."""
    for answer in answers:
        if isinstance(answer, CheckoutSeen) and _problem_with(answer) == OPEN:
            yield answer


def as_if_deactivated(seen: CheckoutSeen) -> CheckoutSeen:
    """Return what SumUp should answer after a deactivation, for a dry run."""
    expired = replace(seen.checkout, status=EXPIRED)
    return replace(seen, checkout=expired, deactivation=Deactivation.DONE)


OPEN = "its checkout can still be paid"


def _refuse_open(order: Order, answers: Sequence[CheckoutResult], done: str) -> None:
    problems = [problem for problem in map(_problem_with, answers) if problem]
    if problems:
        text = f"it cannot be {done} now: {'; '.join(problems)}"
        raise NotDecidable(order.order_number, text)


def _problem_with(answer: CheckoutResult) -> str | None:
    """Return why a checkout may still take money; None if it cannot."""
    if isinstance(answer, CheckoutMissing | CheckoutNotFound):
        return None
    if not isinstance(answer, CheckoutSeen):
        return f"SumUp could not be asked ({answer})"
    if answer.checkout.id != answer.record.checkout_id:
        return "SumUp answers about another checkout"
    if answer.checkout.has_money or answer.checkout.status == EXPIRED:
        return None
    match answer.deactivation:
        case None:
            return OPEN
        case Deactivation.DONE:
            return None
        case Deactivation.PROCESSED if answer.checkout.status == FAILED:
            return None
        case _:
            return "SumUp is still processing a payment, try again in some minutes"


def _objection(order: Order, answer: CheckoutResult) -> str | None:
    """Return why an answer shows no money for this order; None if it does."""
    if isinstance(answer, CheckoutMissing):
        return "SumUp knows no checkout of it"
    if not isinstance(answer, CheckoutSeen):
        return f"SumUp could not be asked ({answer})"
    checkout, record = answer.checkout, answer.record
    if (checkout.id, checkout.reference) != (record.checkout_id, record.reference):
        return "what was paid there was made for something else"
    if checkout.merchant_code not in {None, order.merchant_code}:
        return f"the money went to merchant {checkout.merchant_code}"
    if answer.sandbox:
        return "it was paid at a sandbox merchant, no real money moved"
    if checkout.payment is None:
        return f"SumUp says {checkout.status} and lists no successful payment"
    if order.gives_back(checkout.payment.id):
        return "its money went back to the buyer, or may be on its way"
    return _objection_to_transaction(order, answer)


def _objection_to_transaction(order: Order, answer: CheckoutSeen) -> str | None:
    found = answer.transaction
    if not isinstance(found, Transaction):
        return f"its transaction could not be read ({found})"
    if found.refunded:
        return "the money went back to the buyer"
    if found.status not in TAKEN:
        return f"SumUp calls its transaction {found.status}"
    if found.merchant_code not in {None, order.merchant_code}:
        return f"the money went to merchant {found.merchant_code}"
    if not found.amount or found.amount < 0 or not found.currency:
        return "SumUp does not say how much was paid"
    return None


def _transaction(answer: CheckoutSeen) -> Transaction | None:
    return answer.transaction if isinstance(answer.transaction, Transaction) else None
