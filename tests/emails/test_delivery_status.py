"""What an SES event changes: late, duplicate, out of order, or about an old attempt."""

from dataclasses import replace
from datetime import timedelta
from itertools import permutations, product

import pytest

from tests.support.builders import NOW, later
from ticketing.emails import delivery_status
from ticketing.emails.delivery_events import Happened, MailEvent
from ticketing.emails.mail import LEASE, Mail, MailKind, MailStatus

SENDING = Mail(
    mail_id="ORD-ABC123#confirmation#1",
    kind=MailKind.CONFIRMATION,
    recipient="jane@example.com",
    created_at=NOW,
    order_number="ORD-ABC123",
    status=MailStatus.SENDING,
    attempts=1,
    attempt_id="this",
    lease_until=NOW + LEASE,
    next_attempt_at=NOW + LEASE,
    problem="ReadTimeoutError",
)
PENDING = replace(SENDING, status=MailStatus.PENDING, lease_until=None)
SENT = replace(
    SENDING,
    status=MailStatus.SENT,
    message_id="ses-this",
    lease_until=None,
    next_attempt_at=None,
    problem=None,
)
GIVEN_UP = replace(SENT, status=MailStatus.PROBLEM, message_id=None, problem="3 tries ended")
WITHDRAWN = replace(GIVEN_UP, status=MailStatus.WITHDRAWN, problem="its tickets are void")
UNSETTLED = {
    "sending": SENDING, "pending": PENDING, "given up": GIVEN_UP, "withdrawn": WITHDRAWN,
}  # fmt: skip


def event(happened: Happened, attempt: str = "this", seconds: float = 1) -> MailEvent:
    quiet = happened in {Happened.SENT, Happened.DELIVERED}
    return MailEvent(
        happened=happened,
        mail_id=SENDING.mail_id,
        attempt_id=attempt,
        message_id=f"ses-{attempt}",
        sent_at=NOW,
        at=NOW + timedelta(seconds=seconds),
        reason=None if quiet else f"{happened} of {attempt}",
    )


def told(mail: Mail, *events: MailEvent) -> Mail:
    """Return the mail after some events."""
    for each in events:
        mail = delivery_status.after(each, mail) or mail
    return mail


ENDS = {
    Happened.SENT: MailStatus.SENT,
    Happened.DELIVERED: MailStatus.DELIVERED,
    Happened.DELAYED: MailStatus.SENT,
    Happened.RETURNED: MailStatus.SENT,
    Happened.FAILED: MailStatus.PROBLEM,
    Happened.COMPLAINED: MailStatus.DELIVERED,
}


@pytest.mark.parametrize("mail", UNSETTLED.values(), ids=UNSETTLED)
@pytest.mark.parametrize("happened", Happened)
def test_any_event_for_its_attempt_settles_an_unknown_send(happened: Happened, mail: Mail) -> None:
    now = told(mail, event(happened))

    assert now.status is ENDS[happened]
    assert (now.message_id, now.lease_until, now.next_attempt_at) == ("ses-this", None, None)
    assert now.problem == event(happened).reason
    assert delivery_status.takes_over(mail)


@pytest.mark.parametrize("happened", [Happened.SENT, Happened.DELIVERED, Happened.COMPLAINED])
def test_an_earlier_attempt_that_was_delivered_ends_the_current_one(happened: Happened) -> None:
    """The buyer has the mail; a second one would only be a copy."""
    now = told(SENDING, event(happened, "earlier"))

    assert now.status is ENDS[happened]
    assert (now.attempt_id, now.message_id) == ("earlier", "ses-earlier")


def test_an_earlier_attempt_that_failed_does_not_affect_the_current_one() -> None:
    assert delivery_status.after(event(Happened.FAILED, "earlier"), SENDING) is None


@pytest.mark.parametrize(
    "happened", [Happened.SENT, Happened.DELAYED, Happened.RETURNED, Happened.FAILED]
)
def test_an_earlier_attempt_changes_nothing_once_a_newer_one_is_recorded(
    happened: Happened,
) -> None:
    assert delivery_status.after(event(happened, "earlier"), SENT) is None


def test_a_delivery_counts_whichever_attempt_it_belongs_to() -> None:
    now = told(SENT, event(Happened.DELIVERED, "earlier"))

    assert (now.status, now.attempt_id) == (MailStatus.DELIVERED, "this")


def test_a_message_id_identifies_the_attempt() -> None:
    unnamed = replace(event(Happened.FAILED), attempt_id="")

    assert told(SENT, unnamed).status is MailStatus.PROBLEM


STREAMS: list[tuple[list[MailEvent], MailStatus, str | None]] = [
    ([event(Happened.SENT), event(Happened.DELIVERED)], MailStatus.DELIVERED, None),
    (
        [event(Happened.SENT), event(Happened.FAILED)],
        MailStatus.PROBLEM,
        "failed of this",
    ),
    (
        [event(Happened.SENT), event(Happened.DELIVERED), event(Happened.FAILED, seconds=900)],
        MailStatus.PROBLEM,
        "failed of this",
    ),
    (
        [event(Happened.DELAYED), event(Happened.DELAYED, seconds=9), event(Happened.DELIVERED)],
        MailStatus.DELIVERED,
        None,
    ),
    (
        [event(Happened.DELAYED), event(Happened.SENT), event(Happened.FAILED, seconds=9)],
        MailStatus.PROBLEM,
        "failed of this",
    ),
    (
        [event(Happened.DELAYED, seconds=9), event(Happened.RETURNED, seconds=5)],
        MailStatus.SENT,
        "returned of this",
    ),
    (
        [event(Happened.RETURNED, seconds=9), event(Happened.DELIVERED)],
        MailStatus.DELIVERED,
        None,
    ),
    (
        [event(Happened.RETURNED), event(Happened.FAILED, seconds=9)],
        MailStatus.PROBLEM,
        "failed of this",
    ),
    (
        [event(Happened.RETURNED), event(Happened.COMPLAINED, seconds=900)],
        MailStatus.DELIVERED,
        "complained of this",
    ),
    (
        [event(Happened.DELIVERED), event(Happened.COMPLAINED, seconds=900)],
        MailStatus.DELIVERED,
        "complained of this",
    ),
    (
        [event(Happened.COMPLAINED, seconds=900), event(Happened.FAILED)],
        MailStatus.PROBLEM,
        "failed of this",
    ),
]


@pytest.mark.parametrize("start", [SENDING, SENT], ids=["unknown", "recorded"])
@pytest.mark.parametrize(("stream", "status", "problem"), STREAMS)
def test_events_are_commutative_and_idempotent(
    stream: list[MailEvent], status: MailStatus, problem: str | None, start: Mail
) -> None:
    ends = [told(start, *order, *order) for order in permutations(stream)]

    assert (ends[0].status, ends[0].problem) == (status, problem)
    seen = {replace(end, delivered_at=None) for end in ends}
    assert len(seen) == 1
    assert len({end.delivered_at is None for end in ends}) == 1


def test_the_latest_delay_wins() -> None:
    first = event(Happened.DELAYED, seconds=1)
    second = replace(event(Happened.DELAYED, seconds=9), reason="still not ready")

    assert told(SENT, first, second) == told(SENT, second, first)
    assert told(SENT, second).problem == "still not ready"


@pytest.mark.parametrize(("mail", "happened"), list(product([SENDING, SENT], Happened)))
def test_a_duplicate_event_changes_nothing(mail: Mail, happened: Happened) -> None:
    once = told(mail, event(happened))

    assert delivery_status.after(event(happened), once) is None


def test_a_settled_mail_does_not_take_over_its_order_again() -> None:
    assert not delivery_status.takes_over(SENT)
    assert not delivery_status.takes_over(told(SENT, event(Happened.FAILED)))


def is_for_a_person(mail: Mail, happened: Happened) -> bool:
    return delivery_status.is_for_a_person(mail, told(mail, event(happened)))


DELIVERED = replace(SENT, status=MailStatus.DELIVERED, delivered_at=SENT.created_at)
DELAYED = replace(SENT, delayed_at=SENT.created_at, problem="mailbox full")


@pytest.mark.parametrize(
    ("before", "now", "concerns"),
    [
        (SENT, DELIVERED, False),
        (SENDING, DELIVERED, True),
        (SENT, DELAYED, True),
        (DELAYED, DELIVERED, True),
        (SENT, replace(SENT, failed_at=SENT.created_at), True),
        (DELIVERED, replace(DELIVERED, complained_at=SENT.created_at), True),
    ],
)
def test_the_order_changes_only_if_it_says_something_else(
    before: Mail, now: Mail, *, concerns: bool
) -> None:
    assert delivery_status.concerns_order(before, now) is concerns


def test_only_bounces_and_complaints_raise_an_alert() -> None:
    told_of = {happened for happened in Happened if is_for_a_person(SENT, happened)}

    assert told_of == {Happened.FAILED, Happened.COMPLAINED}


@pytest.mark.parametrize("happened", Happened)
def test_a_bounced_alert_does_not_raise_another_alert(happened: Happened) -> None:
    assert not is_for_a_person(replace(SENT, kind=MailKind.ALERT), happened)


def test_a_mail_that_came_back_is_known_until_more_is_known() -> None:
    back = told(SENT, event(Happened.DELAYED), event(Happened.RETURNED, seconds=9))

    assert (back.returned_at, back.delayed_at) == (later(seconds=9), None)
    for more in (Happened.DELIVERED, Happened.FAILED, Happened.COMPLAINED):
        assert told(back, event(more)).returned_at is None


WORDS = {
    Happened.SENT: None,
    Happened.DELIVERED: None,
    Happened.DELAYED: "The buyer may not have it yet; there is nothing to do.",
    Happened.RETURNED: "The buyer may not have it: check the address, send it again.",
    Happened.FAILED: "Tickets are on the order's page. Correct the address, send it again.",
    Happened.COMPLAINED: "The order's page sends no more mail.",
}


@pytest.mark.parametrize("happened", Happened)
def test_the_order_explains_the_problem_and_the_next_step(happened: Happened) -> None:
    words = delivery_status.order_text(told(SENT, event(happened)))

    if WORDS[happened] is None:
        assert words is None
    else:
        assert words == f"{event(happened).reason}. {WORDS[happened]}"


def test_a_payment_failure_mail_promises_no_tickets() -> None:
    mail = told(replace(SENT, kind=MailKind.PAYMENT_FAILED), event(Happened.FAILED))

    assert "Tickets" not in (delivery_status.order_text(mail) or "")
    assert later(seconds=1) == mail.failed_at
