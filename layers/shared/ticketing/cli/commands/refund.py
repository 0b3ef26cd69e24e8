"""`refund`: give a buyer's money back, all of a payment or a part of it."""

from argparse import Namespace
from datetime import UTC, datetime

from ticketing.bootstrap.refund_payment import refund_part, refund_payment
from ticketing.cli.commands import ATTENTION, OK
from ticketing.cli.commands.stack import Stack
from ticketing.cli.commands.text import in_json, iso, moment
from ticketing.cli.terminal import say
from ticketing.flows.plan_refund import Wish
from ticketing.flows.refund_payment import Refunding
from ticketing.money import format_amount
from ticketing.orders.order import OrderStatus
from ticketing.orders.refund import Consequence, PartRefund, RefundStatus
from ticketing.payments.manual_decision import checked_note
from ticketing.payments.part_refunding import Share
from ticketing.payments.refunding import again_at

BACK = {
    RefundStatus.REFUNDED: ("Refunded", "Would refund"),
    RefundStatus.CHARGED_BACK: ("Charged back", "Charged back"),
}


def run(options: Namespace, stack: Stack) -> int:
    """Give the money back; a refund that was refused or is not confirmed needs a person."""
    wish = Wish(checked_note(options.reason), options.transaction, options.again)
    share, now = _share(options), datetime.now(UTC)
    if share:
        in_part = refund_part(stack.services(), dry_run=options.dry_run)
        done = in_part(options.order_number, share, wish, now)
    else:
        flow = refund_payment(stack.services(), dry_run=options.dry_run)
        done = flow(options.order_number, wish, now)
    if options.json:
        print(_in_json(done, dry_run=options.dry_run))
    else:
        say(_text(done, dry_run=options.dry_run))
    return OK if done.refund.went_back else ATTENTION


def _share(options: Namespace) -> Share | None:
    """Return the part to give back; None for all of the payment."""
    share = Share(
        tuple(sorted(set(options.ticket_ids))),
        options.amount,
        is_back=options.already_back,
        another=options.another,
    )
    return None if share == Share() else share


def _text(done: Refunding, *, dry_run: bool) -> str:
    order, refund = done.order, done.refund
    if not refund.went_back:
        return "\n".join([*_unsettled(done), *_part(done)])
    if not done.is_new:
        return (
            f"{order.order_number}: {refund.amount} of transaction {refund.transaction_id} went "
            "back already, there is nothing more to write."
        )
    verb = BACK[refund.status][dry_run]
    lines = [f"{verb} {refund.amount} of {order.order_number}: {refund.transaction_id}"]
    lines += _part(done)
    lines += [f"  Checkout taken out of use: {gone}" for gone in done.deactivated]
    if _after(done) is not order.status:
        lines.append(f"  Order: {order.status} -> {_after(done)}")
    lines += [f"  Void: ticket {ticket_id}" for ticket_id in _void(done)]
    if done.consequence is not Consequence.NONE and order.holds_seats:
        lines.append("  Seats: on sale again")
    lines += [f"  Mail: {mail.mail_id} to {mail.recipient}" for mail in done.mails]
    if not done.mails:
        lines.append(f"  The buyer gets no mail about it: write to {order.customer.email}")
    return "\n".join(lines)


def _part(done: Refunding) -> list[str]:
    shown = format_amount(done.before, done.refund.amount.currency)
    return [f"  {shown} of it had gone back before, only the rest is asked for"] * bool(done.before)


def _unsettled(done: Refunding) -> list[str]:
    order, refund = done.order, done.refund
    if refund.status is RefundStatus.REFUSED:
        return [
            f"{order.order_number}: SumUp did not give {refund.amount} back. {refund.problem}",
            "  Nothing else has changed. Once the cause is fixed, type the same command again.",
        ]
    unknown = f"it is not known whether {refund.amount} went back"
    return [
        f"{order.order_number}: {unknown}. {refund.problem}",
        "  Nothing else has changed. Type the same command again in some minutes: it looks once",
        "  more, and settles what it finds. It does not ask SumUp a second time.",
        f"  If nothing is to be seen until {moment(again_at(refund))} UTC, --again asks once more.",
    ]


def _after(done: Refunding) -> OrderStatus:
    rejects = done.consequence is Consequence.REJECTED
    return OrderStatus.FAILED if rejects else done.order.status


def _void(done: Refunding) -> tuple[str, ...]:
    if done.consequence is Consequence.SOME_VOID and isinstance(done.refund, PartRefund):
        return done.refund.tickets
    voids = done.consequence is Consequence.TICKETS_VOID
    return done.order.valid_ticket_ids if voids else ()


def _in_json(done: Refunding, *, dry_run: bool) -> str:
    order, refund = done.order, done.refund
    facts = {
        "order_number": order.order_number,
        "status_before": order.status.value,
        "status": _after(done).value,
        "transaction_id": refund.transaction_id,
        "amount": f"{refund.amount.amount} {refund.amount.currency}",
        "back_before": str(done.before) if done.before else None,
        "refund": refund.status.value,
        "problem": refund.problem or None,
        "asked_at": iso(refund.asked_at),
        "again_from": iso(again_at(refund)) if refund.is_unsettled else None,
        "void": list(_void(done)),
        "mails": [mail.mail_id for mail in done.mails],
        "deactivated": list(done.deactivated),
        "written": done.is_new and not dry_run,
    }
    return in_json(facts)
