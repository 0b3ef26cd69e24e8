"""What to do next, alert by alert: steps for whoever reads it, and commands to copy. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from shlex import quote

from ticketing.orders.reason import Reason

ASK_SUMUP = "Open the order and SumUp's dashboard side by side and compare."
REASON = ("--reason", "WHY")
REVIEWS = {
    Reason.AMOUNT: "In SumUp's dashboard, find out who changed the checkout. Usually refund.",
    Reason.CURRENCY: "In SumUp's dashboard, find out who changed the checkout. Usually refund.",
    Reason.MERCHANT: "The money went to another merchant: check whose account the organiser's is.",
    Reason.REFERENCE: "In SumUp's dashboard, find out what was paid there. Usually refund.",
    Reason.CHECKOUT: "SumUp answered about another checkout. Ask SumUp, with the trace in the log.",
    Reason.TRANSACTION: "Compare the transaction in SumUp's dashboard with the order's total.",
    Reason.MISSING_CHECKOUT: "Search SumUp for the order number. Nothing there: nobody could pay.",
    Reason.NOT_FOUND: "Search SumUp for the order number. Nothing there: nobody could pay.",
    Reason.NOT_CONFIRMED: "Look at the transaction in SumUp's dashboard: it has the last word.",
    Reason.NO_TRANSACTION: "Search the payment in SumUp's dashboard: it has the last word.",
    Reason.UNKNOWN_STATUS: "See in SumUp's documentation what the status means.",
    Reason.REFUNDED: "The money went back. Write to the buyer if they still expect tickets.",
    Reason.LATE_NOT_HONOURED: "Decide whether this late payment still buys tickets.",
    Reason.SEATS_GONE: "If there is room, raise the capacity with `events import`.",
    Reason.PAYMENT_CLAIMED: "Compare both orders and the payment in SumUp's dashboard.",
    Reason.ALREADY_ISSUED: "Find out who wrote the tickets; remove them if nobody holds them.",
    Reason.SANDBOX: "No money moved. Correct the organiser's row; send no tickets.",
}
"""The first step of a review, by its reason."""


@dataclass(frozen=True)
class CommandLine:
    """How commands are typed for one deployment."""

    region: str
    stack: str

    def __call__(self, *words: str) -> str:
        """Return a command that can be copied into a shell."""
        typed = " ".join(map(quote, words))
        return f"AWS_REGION={self.region} python -m ticketing {typed} --stack {self.stack}"


def next_steps(*steps: str) -> str:
    """Return the paragraph that ends an alert."""
    if len(steps) == 1:
        return f"\nWhat to do next:\n{steps[0]}\n"
    numbered = "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))
    return f"\nWhat to do next:\n{numbered}\n"


def of_review(reason: Reason, order_number: str, type_: CommandLine) -> str:
    """Return what to do about an order on hold."""
    return next_steps(
        f"See all about it: {type_('status', order_number)}",
        REVIEWS.get(reason, ASK_SUMUP),
        f"To accept its money as it is: {type_('approve', order_number, *REASON)}",
        f"To give it back and close the order: {type_('refund', order_number, *REASON)}",
        f"To close it where there is no money: {type_('reject', order_number, *REASON)}",
    )


def of_waiting_orders(type_: CommandLine) -> str:
    """Return what to do about orders that wait for long."""
    return next_steps(
        "Nothing, if they are few and new: some buyers are slow, and none is lost.",
        f"To see why each of them waits: {type_('stuck')}",
        f"To have all of them checked now: {type_('poll', '--verbose')}",
        f"If they share an organiser, look at its connection: {type_('organisers', 'list')}",
    )


def of_second_payment(order_number: str, transaction_ids: Sequence[str], type_: CommandLine) -> str:
    """Return what to do about money beyond the payment that bought an order's tickets."""
    back = ("refund", order_number, "--transaction")
    extra = transaction_ids or ("ID",)
    return next_steps(
        f"Compare both payments in SumUp's dashboard, and with {type_('status', order_number)}",
        *(f"Give the extra one back: {type_(*back, one, *REASON)}" for one in extra),
        "The buyer is told by mail. The tickets stay as they are.",
    )


def of_pattern(order_numbers: Sequence[str], type_: CommandLine) -> str:
    """Return what to do about reviews that belong together."""
    return next_steps(
        f"Look for what {', '.join(order_numbers)} share: {type_('attention')}",
        "Decide about each as its own alert says; the same answer for all is a good sign.",
    )


def of_closed_order() -> str:
    """Return what to do about an order nobody paid."""
    return next_steps("Nothing. Late money would be another alert.")


def of_silence(order_number: str, type_: CommandLine) -> str:
    """Return what to do about an order SumUp does not let us check."""
    return next_steps(
        "See whether SumUp's status page tells of an outage. If so, wait.",
        f"When it is over, ask at once about it: {type_('verify', order_number)}",
        f"Or about all: {type_('poll', '--verbose')}",
    )


def of_connection(type_: CommandLine) -> str:
    """Return what to do about an organiser's connection."""
    return next_steps(
        f"See how the connections are: {type_('organisers', 'list')}",
        "One is broken: run the command above and send its link to the organiser.",
        "All are: look for an outage of SumUp's, or for its firewall in the log.",
    )


def of_new_consent(type_: CommandLine) -> str:
    """Return what to do about a permission that ends or has ended."""
    return next_steps(
        "Run the command above and send its link to the organiser.",
        f"Afterwards the connection is called fine: {type_('organisers', 'list')}",
    )


def of_configuration(type_: CommandLine) -> str:
    """Return what to do about a secret that is missing or refused."""
    return next_steps(
        "Put the right value into the secret, in the Secrets Manager console.",
        f"See that payments are checked again: {type_('poll', '--verbose')}",
    )


def of_unreadable_order(order_number: str, type_: CommandLine) -> str:
    """Return what to do about a row that cannot be understood."""
    return next_steps(
        "Open the order and mend what the problem names; the audit table shows what it was.",
        f"See that it is understood: {type_('verify', order_number)}",
    )


def of_stopped_sending() -> str:
    """Return what to do when SES sends nothing."""
    return next_steps(
        "Read the reason in the SES console: reputation, daily quota, or an identity to verify.",
        "Mend it there. The mails that wait leave by themselves within minutes.",
    )


def of_lost_mail(mail_id: str, order_number: str, type_: CommandLine) -> str:
    """Return what to do about a mail that did not go out or did not arrive."""
    if "#confirmation#" not in mail_id and "#event_changed#" not in mail_id:
        return next_steps(
            "Write to the buyer yourself if it matters; their order page says it too.",
            f"If it never left, and its cause is mended: {type_('replay', mail_id)}",
        )
    corrected = type_("resend", order_number, "--to", "ADDRESS")
    return next_steps(
        f"The address is wrong: ask the buyer for the right one, then {corrected}",
        f"It never left: mend in SES what the problem names, then {type_('replay', mail_id)}",
        f"It came back from the right address: {type_('resend', order_number)}",
    )


def of_spam(order_number: str, type_: CommandLine) -> str:
    """Return what to do about a mail somebody called spam."""
    corrected = type_("resend", order_number, "--to", "ADDRESS")
    return next_steps(
        "Nothing, as a rule. Do not write to this address again unless its owner asks.",
        f"If the buyer wants the tickets at another address: {corrected}",
    )


def of_audit(type_: CommandLine) -> str:
    """Return what to do about broken rules."""
    return next_steps(
        "Find out who or what wrote these rows, and mend them as docs/operating.md says.",
        f"See whether somebody touched a trail: {type_('audit', 'verify', '--all')}",
        f"See that nothing is left: {type_('audit')}",
    )


def of_money_findings(day: str, type_: CommandLine) -> str:
    """Return what to do about what differs from SumUp."""
    return next_steps(
        "Read each line: what is in brackets is done already, or waits for you.",
        f"See all about an order of it: {type_('status', 'ORDER')}",
        f"When it is mended, compare its day again: {type_('reconcile', '--date', day)}",
    )


def of_unknown_account(organiser_id: str, day: str, type_: CommandLine) -> str:
    """Return what to do about an account that could not be read."""
    again = type_("reconcile", "--organiser", organiser_id, "--date", day)
    return next_steps(
        f"See how the connection is: {type_('organisers', 'list')}",
        f"See whether it can be read by now: {again}",
    )


def of_reconciled(day: str, type_: CommandLine) -> str:
    """Return what to do about a night's sums."""
    return next_steps(
        "Nothing, where all is well. What is to be looked at has an alert of its own.",
        f"To compare a day once more: {type_('reconcile', '--date', day)}",
    )


def of_plain_tickets(organiser_id: str, type_: CommandLine) -> str:
    """Return what to do about tickets that were drawn without their organiser's look."""
    look = type_("organisers", "look", organiser_id, "--colour", "#RRGGBB", "--logo", "FILE")
    return next_steps(
        f"If it is their colour or logo, give them another one: {look}",
        "If it is anything else, tell the developers: tickets of others may be hit too.",
    )
