"""What the people who run this are told: subjects and bodies, pure text.

Every alert has a `fact`: the same fact never sends a second mail. Amounts, order numbers and the
buyer's address are in alerts because a person has to act on them; tokens and secrets never are.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from urllib.parse import quote

from ticketing.brand import Brand
from ticketing.operators import next_steps
from ticketing.operators.next_steps import CommandLine
from ticketing.operators.review_patterns import Repetition
from ticketing.orders.order import Order
from ticketing.orders.reason import Reason
from ticketing.organisers.organiser import Organiser
from ticketing.payments.decision import Decision

CRITICAL_TITLES = {
    Reason.AMOUNT: "Amount Mismatch",
    Reason.CURRENCY: "Currency Mismatch",
    Reason.MERCHANT: "Merchant Mismatch",
    Reason.REFERENCE: "Reference Mismatch",
    Reason.CHECKOUT: "Checkout Mismatch",
    Reason.TRANSACTION: "Transaction Mismatch",
    Reason.MISSING_CHECKOUT: "Missing Checkout Record",
    Reason.NOT_FOUND: "Missing Checkout Record",
    Reason.NOT_CONFIRMED: "Payment Not Confirmed",
    Reason.NO_TRANSACTION: "Payment Without Transaction",
    Reason.UNKNOWN_STATUS: "Unknown Payment Status",
    Reason.REFUNDED: "Paid And Refunded",
    Reason.LATE_NOT_HONOURED: "Late Payment",
    Reason.SEATS_GONE: "Late Payment Without Seats",
    Reason.PAYMENT_CLAIMED: "Suspicious Pattern: One Payment For Two Orders",
    Reason.ALREADY_ISSUED: "Suspicious Pattern: Tickets Before Payment",
    Reason.SECOND_PAYMENT: "Suspicious Pattern: Paid Twice",
    Reason.SANDBOX: "Sandbox Merchant",
}
"""How the subject of a critical alert begins, by the reason of the review."""

FIELDS = {
    Reason.AMOUNT: "Amount",
    Reason.CURRENCY: "Currency",
    Reason.MERCHANT: "Merchant",
    Reason.REFERENCE: "Reference",
    Reason.CHECKOUT: "Checkout",
    Reason.TRANSACTION: "Transaction",
}


@dataclass(frozen=True)
class Alert:
    """One fact to tell: its id, whether it is critical, title and body in plain text."""

    fact: str
    title: str
    body: str
    critical: bool = False

    def subject(self, brand: Brand) -> str:
        """Return the subject line: `[JerseyEvents CRITICAL] Amount Mismatch - Order ORD-1`."""
        return f"[{brand.name} {'CRITICAL' if self.critical else 'Alert'}] {self.title}"

    @property
    def page(self) -> str:
        """Return the page that says more: that of the title without what it is about."""
        return runbook(re.sub(r"^\d+ Orders? ", "", self.title.partition(" - ")[0]))


def runbook(title: str) -> str:
    """Return the page of `docs/runbooks` that is called so."""
    return f"docs/runbooks/{'-'.join(re.findall(r'[a-z]+', title.lower()))}.md"


@dataclass(frozen=True)
class AdminLinks:
    """Where administrators look, the orders table in the DynamoDB console, and what they type."""

    region: str
    orders_table: str
    stack: str

    @property
    def orders(self) -> str:
        """Return the link to the list of orders."""
        return f"{self._home}#item-explorer?table={quote(self.orders_table, safe='')}"

    def order(self, order_number: str) -> str:
        """Return the link to one order's item."""
        table, key = quote(self.orders_table, safe=""), quote(order_number, safe="")
        return f"{self._home}#edit-item?itemMode=2&table={table}&pk={key}&sk="

    def connect(self, organiser_id: str) -> str:
        """Return the command that prints a link with which an organiser connects SumUp."""
        return self.command("organisers", "connect", organiser_id)

    @property
    def command(self) -> CommandLine:
        """Return how commands are typed."""
        return CommandLine(self.region, self.stack)

    @property
    def _home(self) -> str:
        host = f"https://{self.region}.console.aws.amazon.com"
        return f"{host}/dynamodbv2/home?region={self.region}"


def stuck_orders(
    orders: Sequence[Order], minutes: int, now: datetime, brand: Brand, console: AdminLinks
) -> Alert:
    """Return the digest of the orders that newly wait longer than `minutes`."""
    many = "1 order has" if len(orders) == 1 else f"{len(orders)} orders have"
    title = f"{len(orders)} {'Order' if len(orders) == 1 else 'Orders'} Stuck in Processing"
    lines = "\n".join(_stuck_line(order, brand) for order in orders)
    body = (
        f"{many} been in 'pending_verification' for >{minutes} minutes:\n\n{lines}\n\n"
        "These may be legitimate slow payments, but check for patterns.\n\n"
        f"Admin panel: {console.orders}\n"
        f"{next_steps.of_waiting_orders(console.command)}"
    )
    return Alert(f"stuck-{now:%Y-%m-%dT%H:%M:%SZ}-{orders[0].order_number}", title, body)


def _stuck_line(order: Order, brand: Brand) -> str:
    created = brand.local_time(order.created_at)
    return (
        f"- Order {order.order_number}: {order.total}, created {created}, "
        f"email {order.customer.email}"
    )


def needs_review(order: Order, decision: Decision, console: AdminLinks) -> Alert:
    """Return the critical alert for an order that must not go on without a person."""
    title = f"{CRITICAL_TITLES[decision.reason]} - Order {order.order_number}"
    body = _critical(order, _facts(order, decision), console) + next_steps.of_review(
        decision.reason, order.order_number, console.command
    )
    return Alert(f"{decision.reason}-{order.version + 1}", title, body, critical=True)


def _facts(order: Order, decision: Decision) -> str:
    field = FIELDS.get(decision.reason)
    if field:
        return f"Expected {field}: {decision.expected}\nReceived {field}: {decision.received}\n"
    lines = f"Order Total: {order.total}\nProblem: {decision.explanation}\n"
    if decision.checkout:
        lines += f"SumUp Checkout: {decision.checkout.id} ({decision.checkout.status})\n"
    paid = decision.payment or (decision.checkout.payment if decision.checkout else None)
    return lines + (f"SumUp Transaction: {paid.id}\n" if paid else "")


def _critical(order: Order, facts: str, console: AdminLinks) -> str:
    return (
        "CRITICAL PAYMENT ISSUE\n\n"
        f"Order: {order.order_number}\n{facts}"
        f"Customer: {order.customer.email}\nCustomer Name: {order.customer.name}\n\n"
        "This order requires IMMEDIATE manual review.\n\n"
        "Do NOT issue tickets until verified.\n\n"
        f"View order: {console.order(order.order_number)}\n"
    )


def second_payment(order: Order, decision: Decision, console: AdminLinks) -> Alert:
    """Return the alert for an order that was paid more than once: its tickets stay valid."""
    extra = ", ".join(t.id or "(no id)" for t in decision.surplus) or "(none listed)"
    named = [t.id for t in decision.surplus if t.id]
    stand = "void, since their own payment went back" if order.voided_at else "valid and stay so"
    body = (
        "CRITICAL PAYMENT ISSUE\n\n"
        f"Order: {order.order_number}\nOrder Total: {order.total}\n"
        f"Paid again with SumUp transaction: {extra}\n"
        f"Customer: {order.customer.email}\nCustomer Name: {order.customer.name}\n\n"
        f"The tickets of this order are {stand}.\n\n"
        "Check the extra payment in SumUp and refund it if it was a double charge.\n\n"
        f"View order: {console.order(order.order_number)}\n"
        f"{next_steps.of_second_payment(order.order_number, named, console.command)}"
    )
    checkout = decision.record.checkout_id if decision.record else ""
    title = f"{CRITICAL_TITLES[Reason.SECOND_PAYMENT]} - Order {order.order_number}"
    return Alert(f"{Reason.SECOND_PAYMENT}-{checkout}", title, body, critical=True)


def repeated_reviews(pattern: Repetition, now: datetime, console: AdminLinks) -> Alert:
    """Return the alert for many reviews of one buyer or organiser within a day."""
    listed = "\n".join(f"- Order {number}" for number in pattern.order_numbers)
    body = (
        "CRITICAL PAYMENT ISSUE\n\n"
        f"{len(pattern.order_numbers)} orders of one {pattern.whose} ({pattern.who}) needed "
        f"manual review within 24 hours:\n\n{listed}\n\n"
        "One mismatch may be an accident; several are a pattern.\n\n"
        f"Admin panel: {console.orders}\n"
        f"{next_steps.of_pattern(pattern.order_numbers, console.command)}"
    )
    title = f"Suspicious Pattern: Repeated Mismatches - {pattern.whose.capitalize()}"
    fact = f"repeated-{pattern.whose}-{pattern.key}-{now:%Y-%m-%d}"
    return Alert(fact, title, body, critical=True)


def expired(order: Order, decision: Decision, console: AdminLinks) -> Alert:
    """Return the final alert for an order that closed without payment."""
    status = decision.closes_as or "expired"
    body = (
        f"Order {order.order_number} was still unpaid when its time to pay ended.\n\n"
        f"Order: {order.order_number}\nStatus: {status}\nOrder Total: {order.total}\n"
        f"Reason: {decision.explanation}\nCustomer: {order.customer.email}\n\n"
        "Its seats are on sale again. SumUp is watched for a late payment for 7 days.\n\n"
        f"View order: {console.order(order.order_number)}\n"
        f"{next_steps.of_closed_order()}"
    )
    title = f"Order {str(status).capitalize()} - Order {order.order_number}"
    return Alert(f"{status}-{order.version + 1}", title, body)


def cannot_be_checked(order: Order, decision: Decision, brand: Brand, console: AdminLinks) -> Alert:
    """Return the alert for an order SumUp has not let us check for hours."""
    since = brand.local_time(decision.trouble.since) if decision.trouble else "some time ago"
    body = (
        f"Order {order.order_number} could not be checked since {since}.\n\n"
        f"Order Total: {order.total}\nLast problem: {decision.explanation}\n"
        f"Customer: {order.customer.email}\n\n"
        "Nothing is lost: the order stays open and is asked about again, more slowly.\n\n"
        f"View order: {console.order(order.order_number)}\n"
        f"{next_steps.of_silence(order.order_number, console.command)}"
    )
    title = f"Payment Cannot Be Checked - Order {order.order_number}"
    return Alert(f"unchecked-{decision.reason}", title, body)


def organiser_trouble(
    order: Order, decision: Decision, now: datetime, console: AdminLinks
) -> Alert:
    """Return the alert for an organiser whose SumUp connection refuses us; one a day."""
    body = (
        f"SumUp refuses to answer for organiser {order.organiser_id}.\n\n"
        f"Problem: {decision.explanation}\nSeen with: Order {order.order_number}\n\n"
        "The organiser's orders wait and none is lost or expired meanwhile.\n"
        "If it does not pass by itself, the organiser has to connect SumUp again; this command\n"
        f"prints a link for them:\n\n  {console.connect(order.organiser_id)}\n\n"
        f"Admin panel: {console.orders}\n"
        f"{next_steps.of_connection(console.command)}"
    )
    title = f"SumUp Connection Trouble - Organiser {order.organiser_id}"
    return Alert(_trouble_of(order.organiser_id, decision.reason, now), title, body)


def told_with_an_order(organiser_id: str, now: datetime) -> tuple[str, ...]:
    """Return the facts of which one was told if a waiting order showed it within the last day."""
    days = (now, now - timedelta(days=1))
    return tuple(_trouble_of(organiser_id, Reason.RECONNECT, day) for day in days)


def _trouble_of(organiser_id: str, reason: Reason, now: datetime) -> str:
    return f"{reason}-{organiser_id}-{now:%Y-%m-%d}"


def connection_ends(organiser: Organiser, words: str, now: datetime, console: AdminLinks) -> Alert:
    """Return the alert for a permission that SumUp does not renew; one a week."""
    body = (
        f"{words}\n\n"
        "We ask SumUp for a new one every night, for a week now without success. Until it ends\n"
        "payments go on."
        f"{_ask_to_connect(organiser, console)}"
    )
    title = f"SumUp Connection Ends Soon - Organiser {organiser.organiser_id}"
    return Alert(f"connection-ends-{organiser.organiser_id}-{_week(now)}", title, body)


def connection_ended(organiser: Organiser, words: str, now: datetime, console: AdminLinks) -> Alert:
    """Return the alert for an organiser without waiting orders who must connect again; weekly."""
    body = (
        "SumUp does not let us act for this organiser any more: we can neither open payments for\n"
        "their events nor ask about them.\n\n"
        f"Problem: {words}"
        f"{_ask_to_connect(organiser, console)}"
    )
    title = f"SumUp Must Be Connected Again - Organiser {organiser.organiser_id}"
    return Alert(f"connection-ended-{organiser.organiser_id}-{_week(now)}", title, body)


def _ask_to_connect(organiser: Organiser, console: AdminLinks) -> str:
    return (
        f"\n\nOrganiser: {organiser.name} ({organiser.organiser_id})\n"
        f"SumUp merchant: {organiser.merchant_code or 'not known'}\n\n"
        "This command prints a link. Send it to the organiser, who opens it and agrees at SumUp:\n"
        "\n"
        f"  {console.connect(organiser.organiser_id)}\n\n"
        "Without it orders wait; none is lost. This alert comes again on Monday if nothing "
        "changed.\n\n"
        f"Admin panel: {console.orders}\n"
        f"{next_steps.of_new_consent(console.command)}"
    )


def _week(now: datetime) -> str:
    """Return the ISO week, so that what is still so is told again on Mondays."""
    return f"{now:%G-W%V}"


def client_refused(problem: str, now: datetime, console: AdminLinks) -> Alert:
    """Return the alert for SumUp refusing our own application; one a day."""
    body = (
        "CRITICAL PAYMENT ISSUE\n\n"
        "SumUp refuses our own OAuth client, so no organiser's token can be refreshed.\n\n"
        f"Problem: {problem}\n\n"
        "Orders wait and none is lost. Check client_id and client_secret in the SumUp secret.\n\n"
        f"Admin panel: {console.orders}\n"
        f"{next_steps.of_configuration(console.command)}"
    )
    fact = f"{Reason.CLIENT_REFUSED}-{now:%Y-%m-%d}"
    return Alert(fact, "SumUp Client Refused", body, critical=True)


def incomplete_configuration(problem: str, now: datetime, console: AdminLinks) -> Alert:
    """Return the alert for a deployment that lacks something; one a day."""
    body = (
        "CRITICAL PAYMENT ISSUE\n\n"
        f"Payments cannot be verified: {problem}.\n\n"
        "Orders wait and none is lost. What is added counts from the next check on.\n\n"
        f"Admin panel: {console.orders}\n"
        f"{next_steps.of_configuration(console.command)}"
    )
    fact = f"incomplete-configuration-{now:%Y-%m-%d}"
    return Alert(fact, "Configuration Incomplete", body, critical=True)


def unreadable_order(order_number: str, problem: str, console: AdminLinks) -> Alert:
    """Return the alert for an order row that cannot be understood."""
    body = (
        "CRITICAL PAYMENT ISSUE\n\n"
        f"Order: {order_number}\nProblem: {problem}\n\n"
        "The order stays scheduled and is tried again; mend its row or close it by hand.\n\n"
        "Do NOT issue tickets until verified.\n\n"
        f"View order: {console.order(order_number)}\n"
        f"{next_steps.of_unreadable_order(order_number, console.command)}"
    )
    title = f"Unreadable Order - Order {order_number}"
    return Alert(f"unreadable-order-{order_number}", title, body, critical=True)


def sending_stopped(problem: str, now: datetime, console: AdminLinks) -> Alert:
    """Return the alert for SES not letting us send at all; one a day, whatever waits."""
    body = (
        "Amazon SES does not let us send mail at the moment.\n\n"
        f"Problem: {problem}\n\n"
        "Nothing is lost: every mail waits in the outbox and is tried again by itself.\n"
        "This alert is a mail too, so it arrives only once sending works again.\n\n"
        f"Admin panel: {console.orders}\n"
        f"{next_steps.of_stopped_sending()}"
    )
    return Alert(f"sending-stopped-{now:%Y-%m-%d}", "Email Sending Stopped", body)


def bounce_fact(mail_id: str) -> str:
    """Return the fact that a mail came back; the auditor looks for it."""
    return f"mail-bounced-{mail_id}"


def mail_bounced(
    mail_id: str, recipient: str, order_number: str, problem: str, console: AdminLinks
) -> Alert:
    """Return the alert for a mail that left and did not arrive."""
    body = (
        f"The mail {mail_id} of order {order_number} to {recipient} did not arrive.\n\n"
        f"Problem: {problem}\n\n"
        "Nothing is lost: tickets that were issued are valid, and the order's page gives them.\n"
        "Ask the buyer for the right address if you can, correct it and send the mail again.\n\n"
        f"View order: {console.order(order_number)}\n"
        f"{next_steps.of_lost_mail(mail_id, order_number, console.command)}"
    )
    return Alert(bounce_fact(mail_id), f"Email Bounced - Order {order_number}", body)


def mail_unwanted(
    mail_id: str, recipient: str, order_number: str, problem: str, console: AdminLinks
) -> Alert:
    """Return the alert for a mail that its recipient marked as spam."""
    body = (
        f"The mail {mail_id} of order {order_number} to {recipient} was unwanted.\n\n"
        f"Problem: {problem}\n\n"
        "Its tickets stay valid, and the order's page gives them. The order's page sends no more "
        "mail,\nand SES holds back what else we would send to this address. Did somebody else "
        "order with it?\n\n"
        f"View order: {console.order(order_number)}\n"
        f"{next_steps.of_spam(order_number, console.command)}"
    )
    return Alert(f"mail-unwanted-{mail_id}", f"Email Marked As Spam - Order {order_number}", body)


def failure_fact(mail_id: str) -> str:
    """Return the fact that a mail did not go out; the auditor looks for it."""
    return f"mail-failed-{mail_id}"


def mail_failed(mail_id: str, order_number: str, problem: str, console: AdminLinks) -> Alert:
    """Return the alert for a mail that did not go out."""
    body = (
        f"The mail {mail_id} of order {order_number} did not go out.\n\n"
        f"Problem: {problem}\n\n"
        "Nothing is lost: the tickets are stored, and the mail is tried again where that can "
        "help.\nIf the address is wrong, correct it and send the mail again.\n\n"
        f"View order: {console.order(order_number)}\n"
        f"{next_steps.of_lost_mail(mail_id, order_number, console.command)}"
    )
    return Alert(failure_fact(mail_id), f"Email Delivery Failed - Order {order_number}", body)


def plain_tickets(order: Order, problem: str, now: datetime, console: AdminLinks) -> Alert:
    """Return the alert for tickets that could not be drawn in their organiser's look; weekly."""
    organiser = order.organiser_id
    body = (
        f"The tickets of order {order.order_number} were drawn without the look of organiser "
        f"{organiser}.\n\n"
        f"Problem: {problem}\n\n"
        "Nothing is lost: their QR codes open the door, and the mail went its way. They stay as "
        "they are.\n\n"
        f"View order: {console.order(order.order_number)}\n"
        f"{next_steps.of_plain_tickets(organiser, console.command)}"
    )
    cause = sha256(problem.encode("utf-8", "replace")).hexdigest()[:8]
    fact = f"plain-tickets-{organiser}-{cause}-{_week(now)}"
    return Alert(fact, f"Tickets Without Design - Organiser {organiser}", body)


def broken_rules(lines: Sequence[str], total: int, now: datetime, console: AdminLinks) -> Alert:
    """Return the alert about what an audit found; one a day. `lines` are the first of `total`."""
    listed = "\n".join(f"- {line}" for line in lines)
    more = f"- and {total - len(lines)} more, see the log\n" if total > len(lines) else ""
    body = (
        "CRITICAL PAYMENT ISSUE\n\n"
        f"The audit of all orders found what must not be, {total} times:\n\n{listed}\n{more}\n"
        "Each line was looked at twice. What fell out of its schedule was put back; nothing else "
        "was changed.\n\n"
        "What each word means and what to do about it is in docs/operating.md, 'What the audit "
        "finds'. Until it is mended, every audit tells of it again.\n\n"
        f"Admin panel: {console.orders}\n"
        f"{next_steps.of_audit(console.command)}"
    )
    return Alert(f"audit-{now:%Y-%m-%d}", f"Broken Rules - {total} Found", body, critical=True)


def money_findings(
    lines: Sequence[str], total: int, day: str, fact: str, console: AdminLinks
) -> Alert:
    """Return the alert about what differs from SumUp; `lines` are the first of `total`."""
    listed = "\n".join(f"- {line}" for line in lines)
    more = f"- and {total - len(lines)} more, see the reports\n" if total > len(lines) else ""
    body = (
        "CRITICAL PAYMENT ISSUE\n\n"
        f"Our payments and SumUp's differ, {total} times:\n\n{listed}\n{more}\n"
        "What each word means and what to do about it is in docs/operating.md, 'Reconciling'. "
        "Each is told once.\n\n"
        f"Admin panel: {console.orders}\n"
        f"{next_steps.of_money_findings(day, console.command)}"
    )
    title = f"Reconciliation Findings - {total} Found"
    return Alert(f"reconciliation-findings-{fact}", title, body, critical=True)


def account_unknown(
    organiser_id: str, day: str, problem: str, now: datetime, console: AdminLinks
) -> Alert:
    """Return the alert for an account that SumUp does not let us read; weekly."""
    body = (
        f"The payments of organiser {organiser_id} could not be compared with SumUp's.\n\n"
        f"Day: {day}\nProblem: {problem}\n\n"
        "That says nothing about the payments themselves. It is tried again every night from this "
        "day on, and none is left out.\n\n"
        f"Admin panel: {console.orders}\n"
        f"{next_steps.of_unknown_account(organiser_id, day, console.command)}"
    )
    title = f"Reconciliation Unknown - Organiser {organiser_id}"
    return Alert(f"reconciliation-unknown-{organiser_id}-{_week(now)}", title, body)


def reconciled(
    lines: Sequence[str],
    found: int,
    left: Sequence[str],
    day: str,
    fact: str,
    console: AdminLinks,
) -> Alert:
    """Return the nightly summary: the sums of each day, and where its reports are."""
    listed = "\n".join(lines)
    late = f"Left to the next night: {', '.join(left)}\n\n" if left else ""
    verdict = f"{found} to look at" if found else "both sides agree"
    body = (
        f"Our payments and SumUp's, compared: {verdict}.\n\n{listed}\n\n{late}"
        "Reports are in the bucket of tickets: the page is for reading, the sheet for "
        "calculating.\n\n"
        f"Admin panel: {console.orders}\n"
        f"{next_steps.of_reconciled(day, console.command)}"
    )
    return Alert(f"reconciliation-{fact}", f"Reconciliation - {verdict.capitalize()}", body)
