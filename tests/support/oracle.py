"""The auditor's rules over the tables in memory: what must be true after any flow, whatever failed.

`breaches_in(tables, now)` is empty for a shop in which nothing went wrong. With `capacity` the
seats left are judged as well, and with `sold` whether the event was on sale.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from tests.support.fake_orders import Tables
from ticketing.audit.mails import breaches_of_mail
from ticketing.audit.order_snapshot import (
    Breach,
    OrderSnapshot,
    StoredCheckout,
    StoredEntry,
    StoredMail,
    StoredPayment,
    Unreadable,
)
from ticketing.audit.rules import breaches, orphans, unreadable
from ticketing.audit.seats import (
    Kind,
    SeatsLeft,
    Tally,
    counter_is_possible,
    counter_is_right,
)
from ticketing.emails.mail import UNSETTLED
from ticketing.events.catalogue import StoredEvent
from ticketing.orders.order import Order


def breaches_in(
    tables: Tables,
    now: datetime,
    capacity: Mapping[Kind, int] | None = None,
    sold: StoredEvent | None = None,
) -> tuple[Breach, ...]:
    """Return every rule that is broken at `now`, order by order, then rows without an order."""
    found: list[Breach] = []
    for number, order in tables.orders.items():
        if number in tables.spoilt:
            spoilt = Unreadable(f"order {number}", tables.spoilt[number])
            found.append(unreadable(spoilt, number))
        else:
            found += breaches(replace(evidence_of(tables, order), sold=sold), now)
    found += _orphans(tables)
    for mail in tables.mails.values():
        if mail.order_number is None:
            has_work_key = mail.status in UNSETTLED
            found += breaches_of_mail(StoredMail(mail, has_work_key), now)
    for kind, seats in (capacity or {}).items():
        found += _of_seats(tables, kind, seats, now)
    return tuple(found)


def evidence_of(tables: Tables, order: Order) -> OrderSnapshot:
    """Return all rows that name an order; amounts are not kept in memory and are the order's."""
    number = order.order_number
    return OrderSnapshot(
        order,
        tickets=tuple(t for t in tables.tickets.values() if t.order_number == number),
        payments=tuple(_payments(tables, order)),
        checkouts=tuple(
            StoredCheckout(
                checkout_id=record.checkout_id,
                order_number=record.order_number,
                amount=order.total.amount,
                currency=order.total.currency,
                merchant_code=order.merchant_code,
                status="PAID" if record.checkout_id == order.paid_checkout_id else None,
            )
            for record in tables.checkouts.values()
            if record.order_number == number or record.checkout_id in order.checkout_ids
        ),
        mails=tuple(
            StoredMail(m, m.status in UNSETTLED)
            for m in tables.mails.values()
            if m.order_number == number
        ),
        trail=tuple(
            StoredEntry(entry, entry.hash) for entry in tables.audit if entry.order_number == number
        ),
    )


def _payments(tables: Tables, order: Order) -> Iterator[StoredPayment]:
    key = order.transaction_id or order.paid_checkout_id
    for transaction_id, owner in tables.payments.items():
        if owner == order.order_number or transaction_id == key:
            yield StoredPayment(
                transaction_id=transaction_id,
                order_number=owner,
                checkout_id=order.paid_checkout_id,
                amount=order.total.amount,
                currency=order.total.currency,
                merchant_code=order.merchant_code,
                origin=order.origin,
            )


def _orphans(tables: Tables) -> Iterator[Breach]:
    named = [(t.order_number, f"ticket {t.ticket_id}") for t in tables.tickets.values()]
    named += [(owner, f"payment {key}") for key, owner in tables.payments.items()]
    named += [(r.order_number, f"checkout {r.checkout_id}") for r in tables.checkouts.values()]
    named += [
        (mail.order_number, f"mail {mail.mail_id}")
        for mail in tables.mails.values()
        if mail.order_number
    ]
    for number in sorted({number for number, _ in named} - tables.orders.keys()):
        yield orphans(number, [row for owner, row in named if owner == number])


def _of_seats(tables: Tables, kind: Kind, capacity: int, now: datetime) -> Iterator[Breach]:
    """Nothing moves while this looks, so one tally over everything is exact."""
    tally = Tally(now, now, unknown={tables.orders[n].event_id for n in tables.spoilt})
    for order in tables.orders.values():
        if order.holds_seats and order.event_id == kind[0]:
            tally.least[kind] += order.seats.get(kind[1], 0)
    tally.most = tally.least.copy()
    left = SeatsLeft(*kind, capacity, tables.available.get(kind, 0))
    yield from counter_is_possible(left)
    off = tally.difference(left)
    yield from counter_is_right(left, off, off)
