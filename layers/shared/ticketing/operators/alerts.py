"""Alerts: what operators read about a fact. The bodies are in `templates/`.

Each alert has a `fact`, and there is never a second mail about the same fact. An alert may contain
amounts, order numbers and the buyer's address, because a person has to act on them, but never a
token or a secret.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256

from ticketing.brand import Brand
from ticketing.operators.admin_links import AdminLinks
from ticketing.operators.alert_kinds import CLOSED, CRITICAL, REVIEWS, AlertKind
from ticketing.operators.review_patterns import Repetition
from ticketing.orders.order import Order, OrderStatus
from ticketing.orders.reason import Reason
from ticketing.organisers.organiser import Organiser
from ticketing.payments.decision import Decision
from ticketing.payments.payment import MOST_SHOWN, Merchant

TICKETS_INSIDE = ("#confirmation#", "#event_changed#")
"""What the ids of mails with tickets contain."""


@dataclass(frozen=True)
class Alert:
    """A fact for the operators: its kind, its id, and the title and body in plain text.

    `page` is where to read more about it, if not the kind's page in a clone.
    """

    kind: AlertKind
    fact: str
    title: str
    body: str
    page: str = ""

    def subject(self, brand: Brand) -> str:
        """Return the subject line: `[JerseyEvents CRITICAL] Amount Mismatch - Order ORD-1`."""
        return f"[{brand.name} {self.kind.severity}] {self.title}"


def stuck_orders(
    orders: Sequence[Order], minutes: int, now: datetime, brand: Brand, links: AdminLinks
) -> Alert:
    """One alert for all orders that have newly waited for more than `minutes`."""
    fact = f"stuck-{now:%Y-%m-%dT%H:%M:%SZ}-{orders[0].order_number}"
    facts = {"orders": orders, "minutes": minutes, "brand": brand}
    alert = _alert("stuck_orders", AlertKind.STUCK, fact, links, "", **facts)
    many = f"{len(orders)} {'Order' if len(orders) == 1 else 'Orders'}"
    return replace(alert, title=f"{many} {alert.title}")


def needs_review(order: Order, decision: Decision, links: AdminLinks) -> Alert:
    review = REVIEWS[decision.reason]
    fact = f"{decision.reason}-{order.version + 1}"
    payment = decision.payment or (decision.checkout and decision.checkout.payment)
    facts = {"decision": decision, "payment": payment, "review": review}
    return _about_order("needs_review", review.kind, fact, links, order, **facts)


def second_payment(order: Order, decision: Decision, links: AdminLinks) -> Alert:
    checkout_id = decision.record.checkout_id if decision.record else ""
    fact = f"{Reason.SECOND_PAYMENT}-{checkout_id}"
    facts = {"surplus": decision.surplus[:MOST_SHOWN]}
    return _about_order("second_payment", AlertKind.PAID_TWICE, fact, links, order, **facts)


def repeated_reviews(pattern: Repetition, now: datetime, links: AdminLinks) -> Alert:
    fact = f"repeated-{pattern.whose}-{pattern.key}-{now:%Y-%m-%d}"
    about = pattern.whose.capitalize()
    return _alert("repeated_reviews", AlertKind.REPEATED, fact, links, about, pattern=pattern)


def expired(order: Order, decision: Decision, links: AdminLinks) -> Alert:
    status = decision.closes_as or OrderStatus.EXPIRED
    fact = f"{status}-{order.version + 1}"
    facts = {"decision": decision, "status": status}
    return _about_order("expired", CLOSED[status], fact, links, order, **facts)


def cannot_be_checked(order: Order, decision: Decision, brand: Brand, links: AdminLinks) -> Alert:
    trouble = decision.trouble
    since = f"since {brand.local_time(trouble.since)}" if trouble else "for some time"
    fact = f"unchecked-{decision.reason}"
    facts = {"decision": decision, "since": since}
    return _about_order("cannot_be_checked", AlertKind.UNCHECKED, fact, links, order, **facts)


def organiser_trouble(order: Order, decision: Decision, now: datetime, links: AdminLinks) -> Alert:
    """Sent once a day."""
    organiser_id = order.organiser_id
    return _about_organiser(
        "organiser_trouble",
        AlertKind.CONNECTION_TROUBLE,
        _trouble_of(organiser_id, decision.reason, now),
        links,
        organiser_id,
        problem=decision.explanation,
        seen_with=order.order_number,
    )


def recent_trouble_facts(organiser_id: str, now: datetime) -> tuple[str, ...]:
    """Return the facts, one of which `organiser_trouble` used if it reported within a day."""
    days = (now, now - timedelta(days=1))
    return tuple(_trouble_of(organiser_id, Reason.RECONNECT, day) for day in days)


def _trouble_of(organiser_id: str, reason: Reason, now: datetime) -> str:
    return f"{reason}-{organiser_id}-{now:%Y-%m-%d}"


def connection_ends(organiser: Organiser, problem: str, now: datetime, links: AdminLinks) -> Alert:
    """Sent once a week."""
    kind, organiser_id = AlertKind.CONNECTION_ENDS, organiser.organiser_id
    fact = f"connection-ends-{organiser_id}-{_week(now)}"
    facts = {"organiser": organiser, "problem": problem}
    return _about_organiser("connection_ends", kind, fact, links, organiser_id, **facts)


def connection_ended(organiser: Organiser, problem: str, now: datetime, links: AdminLinks) -> Alert:
    """Sent once a week, unless an alert about an order said so."""
    kind, organiser_id = AlertKind.CONNECTION_ENDED, organiser.organiser_id
    fact = f"connection-ended-{organiser_id}-{_week(now)}"
    facts = {"organiser": organiser, "problem": problem}
    return _about_organiser("connection_ended", kind, fact, links, organiser_id, **facts)


def account_connected(
    organiser: Organiser, merchant: Merchant, now: datetime, brand: Brand, links: AdminLinks
) -> Alert:
    """Sent each time an account is connected; `organiser` is as it was before."""
    kind, organiser_id = AlertKind.CONNECTED, organiser.organiser_id
    fact = f"connected-{organiser_id}-{now:%Y-%m-%dT%H:%M:%SZ}"
    facts = {"organiser": organiser, "merchant": merchant, "when": brand.local_time(now)}
    return _about_organiser("account_connected", kind, fact, links, organiser_id, **facts)


def client_refused(problem: str, now: datetime, links: AdminLinks) -> Alert:
    """Sent once a day."""
    fact = f"{Reason.CLIENT_REFUSED}-{now:%Y-%m-%d}"
    return _alert("client_refused", AlertKind.CLIENT_REFUSED, fact, links, "", problem=problem)


def incomplete_configuration(problem: str, now: datetime, links: AdminLinks) -> Alert:
    """Sent once a day."""
    kind, fact = AlertKind.CONFIGURATION, f"incomplete-configuration-{now:%Y-%m-%d}"
    return _alert("incomplete_configuration", kind, fact, links, "", problem=problem)


def unreadable_order(order_number: str, problem: str, links: AdminLinks) -> Alert:
    kind, fact = AlertKind.UNREADABLE, f"unreadable-order-{order_number}"
    facts = {"order_number": order_number, "problem": problem}
    return _alert("unreadable_order", kind, fact, links, f"Order {order_number}", **facts)


def sending_stopped(problem: str, now: datetime, links: AdminLinks) -> Alert:
    """Sent once a day."""
    kind, fact = AlertKind.SENDING_STOPPED, f"sending-stopped-{now:%Y-%m-%d}"
    return _alert("sending_stopped", kind, fact, links, "", problem=problem)


def bounce_fact(mail_id: str) -> str:
    """Return the fact that a mail bounced; the audit looks for it."""
    return f"mail-bounced-{mail_id}"


def mail_bounced(
    mail_id: str, recipient: str, order_number: str, problem: str, links: AdminLinks
) -> Alert:
    kind, fact = AlertKind.MAIL_BOUNCED, bounce_fact(mail_id)
    facts = _mail_facts(mail_id, order_number, problem)
    facts |= {"recipient": recipient, "came_back": True}
    return _alert("mail_bounced", kind, fact, links, f"Order {order_number}", **facts)


def mail_unwanted(
    mail_id: str, recipient: str, order_number: str, problem: str, links: AdminLinks
) -> Alert:
    kind, fact = AlertKind.MAIL_UNWANTED, f"mail-unwanted-{mail_id}"
    facts = _mail_facts(mail_id, order_number, problem) | {"recipient": recipient}
    return _alert("mail_unwanted", kind, fact, links, f"Order {order_number}", **facts)


def failure_fact(mail_id: str) -> str:
    """Return the fact that a mail was not sent; the audit looks for it."""
    return f"mail-failed-{mail_id}"


def mail_failed(mail_id: str, order_number: str, problem: str, links: AdminLinks) -> Alert:
    kind, fact = AlertKind.MAIL_FAILED, failure_fact(mail_id)
    facts = _mail_facts(mail_id, order_number, problem) | {"came_back": False}
    return _alert("mail_failed", kind, fact, links, f"Order {order_number}", **facts)


def plain_tickets(order: Order, problem: str, now: datetime, links: AdminLinks) -> Alert:
    """Sent once a week for each cause."""
    kind, organiser_id = AlertKind.PLAIN_TICKETS, order.organiser_id
    cause = sha256(problem.encode("utf-8", "replace")).hexdigest()[:8]
    fact = f"plain-tickets-{organiser_id}-{cause}-{_week(now)}"
    facts = {"order_number": order.order_number, "problem": problem}
    return _about_organiser("plain_tickets", kind, fact, links, organiser_id, **facts)


def audit_fact(now: datetime) -> str:
    """Return the fact that an audit of this day found broken rules."""
    return f"audit-{now:%Y-%m-%d}"


def broken_rules(lines: Sequence[str], total: int, now: datetime, links: AdminLinks) -> Alert:
    """Sent once a day. `lines` are the first of `total`."""
    kind, fact = AlertKind.BROKEN_RULES, audit_fact(now)
    facts = {"lines": lines, "total": total}
    return _alert("broken_rules", kind, fact, links, f"{total} Found", **facts)


def orders_abandoned(orders: int, seats: int, now: datetime, links: AdminLinks) -> Alert:
    """Sent once a day. So many `orders`, with `seats`, were closed in the last day."""
    kind, fact = AlertKind.ABANDONED, f"abandoned-{now:%Y-%m-%d}"
    facts = {"orders": orders, "seats": seats}
    return _alert("orders_abandoned", kind, fact, links, f"{orders}", **facts)


def money_findings(
    lines: Sequence[str], total: int, day: str, fact: str, links: AdminLinks
) -> Alert:
    """Return the alert about the findings of a reconciliation; `lines` are the first of `total`."""
    kind, fact = AlertKind.FINDINGS, f"reconciliation-findings-{fact}"
    facts = {"lines": lines, "total": total, "day": day}
    return _alert("money_findings", kind, fact, links, f"{total} Found", **facts)


def account_unknown(
    organiser_id: str, day: str, problem: str, now: datetime, links: AdminLinks
) -> Alert:
    """Sent once a week."""
    kind, fact = AlertKind.ACCOUNT_UNKNOWN, f"reconciliation-unknown-{organiser_id}-{_week(now)}"
    facts = {"day": day, "problem": problem}
    return _about_organiser("account_unknown", kind, fact, links, organiser_id, **facts)


def reconciled(
    lines: Sequence[str], found: int, left: Sequence[str], day: str, fact: str, links: AdminLinks
) -> Alert:
    kind, fact = AlertKind.RECONCILED, f"reconciliation-{fact}"
    verdict = f"{found} to look at" if found else "both sides agree"
    facts = {"lines": lines, "left": left, "day": day, "verdict": verdict}
    return _alert("reconciled", kind, fact, links, verdict.capitalize(), **facts)


def _about_order(
    template: str, kind: AlertKind, fact: str, links: AdminLinks, order: Order, **facts: object
) -> Alert:
    facts |= {"order": order, "order_number": order.order_number}
    return _alert(template, kind, fact, links, f"Order {order.order_number}", **facts)


def _about_organiser(
    template: str, kind: AlertKind, fact: str, links: AdminLinks, organiser_id: str, **facts: object
) -> Alert:
    facts["organiser_id"] = organiser_id
    return _alert(template, kind, fact, links, f"Organiser {organiser_id}", **facts)


def _alert(
    template: str, kind: AlertKind, fact: str, links: AdminLinks, about: str, **facts: object
) -> Alert:
    """Return an alert; its body links to the order if the facts have an `order_number`."""
    from ticketing.operators import alert_text  # noqa: PLC0415 - slow, and rarely needed

    title = f"{kind.title} - {about}" if about else kind.title
    facts["critical"] = kind.severity is CRITICAL
    body = alert_text.render(template, links, **facts)
    return Alert(kind, fact, title, body, links.page(kind.runbook))


def _mail_facts(mail_id: str, order_number: str, problem: str) -> dict[str, object]:
    return {
        "mail_id": mail_id,
        "order_number": order_number,
        "problem": problem,
        "has_tickets": any(part in mail_id for part in TICKETS_INSIDE),
    }


def _week(now: datetime) -> str:
    """Return the ISO week, so that whatever is still true is reported again each week."""
    return f"{now:%G-W%V}"
