"""Delivering one mail: sent exactly once if the outcome is known, and never lost if it is not."""

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from tests.gallery.papers import logo
from tests.support.builders import (
    CHECKOUT_ID,
    NOW,
    a_brand,
    a_notifier,
    a_record,
    an_access,
    an_event,
    an_order,
    an_organiser,
    later,
    tickets_for,
)
from tests.support.fakes import (
    Archive,
    Events,
    Mailer,
    OrderDetails,
    Orders,
    Organisers,
    Outbox,
    Tables,
)
from ticketing.archive_keys import logo_key, tickets_key
from ticketing.emails.mail import (
    LEASE,
    NEW_ADDRESS,
    Mail,
    MailKind,
    MailStatus,
    of_address_change,
    of_refund,
    to_buyer,
    to_operators,
)
from ticketing.emails.reminder import reminder
from ticketing.errors import (
    DailyQuotaSpent,
    MailNotFound,
    SendingPaused,
    SendOutcomeUnknown,
    SendRejected,
    SendThrottled,
    TicketsMissing,
    UnreadableOrder,
)
from ticketing.events.event import Event
from ticketing.flows.compose_mail import ComposeMail
from ticketing.flows.deliver_tickets import COMPOSE_TRIES, DeliverTickets, Outcome
from ticketing.flows.draw_tickets import DrawTickets
from ticketing.flows.find_look import FindLook
from ticketing.operators.alert_kinds import AlertKind
from ticketing.operators.alerts import Alert
from ticketing.orders.order import ERASED, Customer, Delivery, Order, OrderStatus
from ticketing.orders.refund import Consequence, Refund, RefundStatus

CONFIRMATION = "ORD-ABC123#confirmation#1"
FAILURE = "ORD-ABC123#payment_failed#1"
SUMUPS_PAGE = "https://pay.example.com/1"
LOGO_KEY = logo_key("jersey-live", logo())
LOST = SendOutcomeUnknown("ReadTimeoutError")


class Post:
    """A completed order with its tickets and its confirmation, and a scripted SES."""

    def __init__(
        self, *failures: Exception, order: Order | None = None, event: Event | None = None
    ) -> None:
        self.tables = Tables()
        self.orders, self.outbox = Orders(self.tables), Outbox(self.tables)
        self.archive, self.mailer = Archive(), Mailer(*failures)
        self.organisers = Organisers({"jersey-live": an_organiser()})
        order = order or an_order(status=OrderStatus.COMPLETED, delivery=Delivery.PENDING)
        self.tables.orders[order.order_number] = order
        self.tables.tickets = {t.ticket_id: t for t in tickets_for(order)}
        self.tables.checkouts[CHECKOUT_ID] = a_record(pay_url=SUMUPS_PAGE)
        self.outbox.add_once(to_buyer(order, MailKind.CONFIRMATION, NOW))
        self.outbox.add_once(to_buyer(order, MailKind.PAYMENT_FAILED, NOW))
        events = Events(event or an_event())
        find_look = FindLook(self.archive)
        self.deliver = DeliverTickets(
            outbox=self.outbox,
            compose=ComposeMail(
                orders=self.orders,
                events=events,
                details=OrderDetails(self.tables, events, self.organisers),
                draw=DrawTickets(
                    archive=self.archive,
                    notifier=a_notifier(self.outbox),
                    brand=a_brand(),
                    find_look=find_look,
                ),
                find_look=find_look,
                access=an_access(),
                brand=a_brand(),
            ),
            archive=self.archive,
            mailer=self.mailer,
            notifier=a_notifier(self.outbox),
        )

    def mail(self, mail_id: str = CONFIRMATION) -> Mail:
        return self.outbox.get(mail_id)

    @property
    def message(self) -> EmailMessage:
        """Return the only message that was sent."""
        (sent,) = self.mailer.sent
        message = message_from_bytes(sent.message, policy=default)
        assert isinstance(message, EmailMessage)
        return message

    @property
    def alerts(self) -> list[Mail]:
        return [mail for mail in self.tables.mails.values() if mail.kind is MailKind.ALERT]


def test_the_confirmation_contains_every_ticket_and_is_recorded() -> None:
    post = Post()

    assert post.deliver(CONFIRMATION, NOW) is Outcome.SENT

    assert post.mail().status is MailStatus.SENT
    assert post.tables.order().delivery is Delivery.DELIVERED
    assert post.message["To"] == "jane@example.com"
    names = [part.get_filename() for part in post.message.walk() if part.get_filename()]
    pictures = [f"{ticket_id}.png" for ticket_id in post.tables.order().ticket_ids]
    assert names == [*pictures, "ORD-ABC123.pdf", "ORD-ABC123.ics"]
    assert post.mailer.sent[0].tags == {
        "mail": "ORD-ABC123_23confirmation_231",
        "attempt": post.mail().attempt_id,
    }


def test_the_archived_mail_is_the_mail_that_was_sent() -> None:
    post = Post()
    post.deliver(CONFIRMATION, NOW)

    kept = post.archive.read(post.outbox.archived_as[CONFIRMATION])
    assert post.mailer.sent[0].message == kept
    assert post.archive.read(tickets_key("5", "ORD-ABC123")) is not None


@pytest.mark.parametrize("minutes", [0, 1, 20, 60 * 24])
def test_a_sent_mail_is_not_sent_again(minutes: int) -> None:
    post = Post()
    post.deliver(CONFIRMATION, NOW)

    assert post.deliver(CONFIRMATION, later(minutes=minutes)) is Outcome.ALREADY_DONE
    assert len(post.mailer.sent) == 1


def test_a_mail_claimed_by_another_worker_is_skipped() -> None:
    post = Post()
    assert post.outbox.claim(post.mail().mail_id, "another", NOW)

    assert post.deliver(CONFIRMATION, later(minutes=14)) is Outcome.TAKEN
    assert not post.mailer.sent


def test_the_claim_of_a_crashed_worker_expires() -> None:
    post = Post()
    post.outbox.claim(post.mail().mail_id, "another", NOW)

    assert post.deliver(CONFIRMATION, NOW + LEASE + timedelta(seconds=1)) is Outcome.SENT


DEFINITE = {
    "throttled": (SendThrottled("slow down"), 1, 0),
    "quota": (DailyQuotaSpent("daily quota"), 60, 1),
    "paused": (SendingPaused("account paused"), 15, 1),
}


@pytest.mark.parametrize(("failure", "minutes", "alerts"), DEFINITE.values(), ids=DEFINITE)
def test_a_mail_that_was_definitely_not_sent_is_retried_later(
    failure: Exception, minutes: int, alerts: int
) -> None:
    post = Post(failure)

    assert post.deliver(CONFIRMATION, NOW) is Outcome.POSTPONED
    assert post.mail().next_attempt_at == later(minutes=minutes)
    assert len(post.alerts) == alerts
    assert post.deliver(CONFIRMATION, later(minutes=minutes, seconds=-1)) is Outcome.TAKEN
    assert post.deliver(CONFIRMATION, later(minutes=minutes)) is Outcome.SENT


def test_throttling_backs_off_without_an_alert() -> None:
    post = Post(*[SendThrottled("slow down")] * 6)
    now, waits = NOW, []

    for _ in range(6):
        post.deliver(CONFIRMATION, now)
        due = post.mail().next_attempt_at
        assert due is not None
        waits.append((due - now).total_seconds() / 60)
        now = due

    assert waits == [1, 2, 5, 10, 10, 10]
    assert not post.alerts


def test_an_ses_outage_raises_one_alert_per_mail() -> None:
    post = Post(*[SendingPaused("account paused")] * 4)

    for quarter in range(5):
        post.deliver(CONFIRMATION, later(minutes=15 * quarter))

    assert post.mail().status is MailStatus.SENT
    assert len(post.alerts) == 1


def test_a_mail_that_waits_for_the_account_stops_no_other() -> None:
    """In the SES sandbox one recipient may be verified and another not."""
    post = Post(SendingPaused("MessageRejected: Email address is not verified."))

    assert post.deliver(CONFIRMATION, NOW) is Outcome.POSTPONED
    assert post.deliver(FAILURE, NOW) is Outcome.SENT

    (alert,) = post.alerts
    assert alert.subject == "[Jersey Events Alert] Email Sending Stopped"
    assert "the SES sandbox, which takes mails to verified recipients only" in (alert.body or "")
    assert post.mail().status is MailStatus.PENDING
    assert post.tables.order().delivery is Delivery.PENDING


def test_a_rejected_mail_is_not_retried_and_raises_an_alert() -> None:
    post = Post(SendRejected("MessageRejected: (address) is not allowed"))

    assert post.deliver(CONFIRMATION, NOW) is Outcome.PROBLEM

    assert post.mail().status is MailStatus.PROBLEM
    assert post.tables.order().delivery is Delivery.PROBLEM
    assert (
        post.alerts[0].subject == "[Jersey Events Alert] Email Delivery Failed - Order ORD-ABC123"
    )
    assert post.deliver(CONFIRMATION, later(days=1)) is Outcome.ALREADY_DONE


def test_an_invalid_address_is_not_retried_and_raises_an_alert() -> None:
    customer = Customer("Jane Doe", "a@example.com, b@example.com")
    post = Post(order=an_order(status=OrderStatus.COMPLETED, customer=customer))

    assert post.deliver(CONFIRMATION, NOW) is Outcome.PROBLEM

    assert not post.mailer.sent
    assert "not one email address" in (post.alerts[0].body or "")
    assert "b@example.com" not in (post.alerts[0].body or "")


def test_a_mail_with_an_unknown_outcome_is_not_retried_before_its_lease_expires() -> None:
    post = Post(LOST)

    assert post.deliver(CONFIRMATION, NOW) is Outcome.UNKNOWN
    assert post.deliver(CONFIRMATION, later(minutes=15)) is Outcome.TAKEN
    assert post.deliver(CONFIRMATION, later(minutes=16)) is Outcome.SENT
    assert post.mail().problem is None


def test_three_unknown_outcomes_raise_an_alert() -> None:
    post = Post(LOST, LOST, LOST)

    outcomes = [post.deliver(CONFIRMATION, later(minutes=16 * n)) for n in range(5)]

    expected = [Outcome.UNKNOWN] * 3 + [Outcome.PROBLEM, Outcome.ALREADY_DONE]
    assert outcomes == expected
    assert not post.mailer.sent
    assert "3 tries ended without an answer" in (post.alerts[0].body or "")


def test_a_retry_sends_the_same_bytes() -> None:
    post = Post(LOST)
    post.deliver(CONFIRMATION, NOW)
    (kept,) = [body for key, body in post.archive.bodies.items() if key.endswith(".eml")]
    order = post.tables.order()
    renamed = Customer("Someone Else", order.customer.email)
    post.tables.orders["ORD-ABC123"] = replace(order, customer=renamed)

    post.deliver(CONFIRMATION, later(minutes=16))

    assert post.mailer.sent[0].message == kept


def test_an_order_with_missing_tickets_is_not_mailed() -> None:
    post = Post()
    missing = post.tables.tickets.pop("ORD-ABC123-02")

    for attempt in range(COMPOSE_TRIES):
        with pytest.raises(TicketsMissing):
            post.deliver(CONFIRMATION, later(minutes=20 * attempt))
        assert len(post.alerts) == (attempt == COMPOSE_TRIES - 1), "told at the third try"

    assert (post.mail().status, post.mailer.sent) == (MailStatus.PENDING, [])

    post.tables.tickets["ORD-ABC123-02"] = missing
    assert post.deliver(CONFIRMATION, later(hours=2)) is Outcome.SENT


def voided(post: Post) -> None:
    """Refund the order while its confirmation is still waiting."""
    refund = Refund("txn-1", RefundStatus.REFUNDED, post.tables.order().total, settled_at=NOW)
    told = of_refund(post.tables.order(), "txn-1", NOW)
    void = Consequence.TICKETS_VOID
    post.orders.settle_refund(post.tables.order(), refund, void, "refund: x", [told], NOW)


def test_void_tickets_are_not_sent() -> None:
    post = Post()
    voided(post)

    assert post.deliver(CONFIRMATION, NOW) is Outcome.WITHDRAWN
    assert post.deliver(CONFIRMATION, later(days=1)) is Outcome.ALREADY_DONE

    mail = post.mail()
    assert (mail.status, mail.next_attempt_at) == (MailStatus.WITHDRAWN, None)
    assert mail.problem == "the tickets of this order are void"
    assert post.tables.order().delivery is Delivery.WITHDRAWN
    assert (post.mailer.sent, post.alerts, post.archive.bodies) == ([], [], {})


def test_void_tickets_are_not_retried_after_an_unknown_outcome() -> None:
    """The mail may have been sent before the refund: an event of SES would still tell."""
    post = Post(LOST)
    post.deliver(CONFIRMATION, NOW)
    voided(post)

    assert post.deliver(CONFIRMATION, NOW + LEASE + timedelta(seconds=1)) is Outcome.WITHDRAWN

    assert post.mailer.sent == []


def test_withdrawing_a_second_mail_does_not_affect_the_first() -> None:
    post = Post()
    post.deliver(CONFIRMATION, NOW)
    post.outbox.add_once(to_buyer(post.tables.order(), MailKind.CONFIRMATION, NOW, 2))
    voided(post)

    assert post.deliver("ORD-ABC123#confirmation#2", NOW) is Outcome.WITHDRAWN

    assert post.tables.order().delivery is Delivery.DELIVERED


def readdressed(post: Post, email: str = "jane@example.org") -> None:
    """Give the order another address while its mails are still waiting."""
    order = post.tables.order()
    mails = [
        of_address_change(order, NOW),
        replace(to_buyer(order, MailKind.CONFIRMATION, NOW, 2, NEW_ADDRESS), recipient=email),
    ]
    post.orders.change_address(order, email, mails, None, NOW)


@pytest.mark.parametrize("mail_id", [CONFIRMATION, FAILURE])
def test_a_mail_to_an_address_that_the_order_had_does_not_leave(mail_id: str) -> None:
    post = Post()
    readdressed(post)

    assert post.deliver(mail_id, NOW) is Outcome.WITHDRAWN
    assert post.deliver(mail_id, later(days=1)) is Outcome.ALREADY_DONE

    mail = post.mail(mail_id)
    assert (mail.status, mail.next_attempt_at) == (MailStatus.WITHDRAWN, None)
    assert mail.problem == "the buyer of order ORD-ABC123 has another address by now"
    assert post.tables.order().delivery is Delivery.PENDING, "the tickets are still to leave"
    assert (post.mailer.sent, post.alerts, post.archive.bodies) == ([], [], {})


def test_the_new_address_gets_the_tickets_for_the_first_time() -> None:
    post = Post()
    readdressed(post)

    assert post.deliver("ORD-ABC123#confirmation#2", NOW) is Outcome.SENT

    assert post.mailer.sent[0].recipient == "jane@example.org"
    assert (
        post.message["Subject"] == "Your tickets for Jersey Live: Summer Sounds - Order ORD-ABC123"
    )
    assert post.tables.order().delivery is Delivery.DELIVERED


def test_a_mail_whose_address_has_other_capitals_leaves() -> None:
    post = Post()
    readdressed(post, "Jane@Example.com")

    assert post.deliver(CONFIRMATION, NOW) is Outcome.SENT


def test_the_old_address_learns_that_there_is_another_and_nothing_else() -> None:
    post = Post()
    readdressed(post)

    assert post.deliver("ORD-ABC123#address_changed#1", NOW) is Outcome.SENT

    assert post.message["To"] == post.mailer.sent[0].recipient == "jane@example.com"
    everything = post.message.as_string()
    assert list(post.message.iter_attachments()) == []
    for part in ("plain", "html"):
        body = post.message.get_body((part,))
        assert body is not None
        everything += body.get_content()
    assert "ORD-ABC123" in everything
    assert "support@example.com" in everything
    secret = ("example.org", "Jane Doe", "Jersey Live", "18 July", "Fort Regent", "45.00", "http")
    assert [words for words in secret if words in everything.replace("http://www.w3.org", "")] == []


def test_nobody_hears_of_a_change_once_the_buyer_is_erased() -> None:
    post = Post()
    readdressed(post)
    order = post.tables.order()
    post.tables.orders["ORD-ABC123"] = replace(order, customer=Customer(ERASED, ERASED))

    assert post.deliver("ORD-ABC123#address_changed#1", NOW) is Outcome.WITHDRAWN

    assert post.mailer.sent == []


def test_the_buyer_is_notified_of_a_refund() -> None:
    post = Post()
    voided(post)

    assert post.deliver("ORD-ABC123#refunded#1", NOW) is Outcome.SENT

    assert "Your refund for Jersey Live" in post.message["Subject"]
    text = post.message.get_body(("plain",))
    assert text is not None
    assert "We have refunded £45.00 of order ORD-ABC123" in text.get_content()
    assert "void: their codes no longer admit" in " ".join(text.get_content().split())
    assert list(post.message.iter_attachments()) == []


def test_a_refund_mail_without_a_refund_is_not_sent() -> None:
    post = Post()
    post.outbox.add_once(of_refund(post.tables.order(), "txn-9", NOW))

    with pytest.raises(UnreadableOrder, match="no refund of txn-9"):
        post.deliver("ORD-ABC123#refunded#1", NOW)


def test_a_redelivered_message_after_a_failed_composition_waits_for_its_retry() -> None:
    post = Post()
    post.tables.tickets.clear()
    with pytest.raises(TicketsMissing):
        post.deliver(CONFIRMATION, NOW)

    assert post.deliver(CONFIRMATION, later(seconds=30)) is Outcome.TAKEN


@pytest.mark.parametrize("status", [OrderStatus.PENDING, OrderStatus.FAILED])
def test_the_failed_payment_mail_links_to_the_order_and_to_no_page_of_sumup(
    status: OrderStatus,
) -> None:
    """A mail is read days later, and SumUp's page is gone after half an hour."""
    post = Post(order=an_order(status=status))

    post.deliver(FAILURE, NOW)

    text = post.message.get_body(("plain",))
    assert text is not None
    assert "https://tickets.example.com/orders/?n=ORD-ABC123#t=" in text.get_content()
    assert SUMUPS_PAGE not in text.get_content()


def test_the_failed_payment_mail_brings_no_tickets() -> None:
    post = Post()

    post.deliver(FAILURE, NOW)

    assert post.tables.order().delivery is Delivery.PENDING


def test_the_failed_payment_mail_of_a_closed_order_offers_no_retry() -> None:
    post = Post(order=an_order(status=OrderStatus.FAILED))

    post.deliver(FAILURE, NOW)

    text = post.message.get_body(("plain",))
    assert text is not None
    assert "Try the payment again" not in text.get_content()


def test_one_mail_has_the_links_to_all_orders_of_its_recipient_without_tickets() -> None:
    post = Post()
    joe = Customer("Joe", "joe@example.com")
    orders = {
        "ORD-NEW111": an_order(order_number="ORD-NEW111"),
        "ORD-OLD222": an_order(order_number="ORD-OLD222", status=OrderStatus.EXPIRED),
        "ORD-JOE333": an_order(order_number="ORD-JOE333", customer=joe),
    }
    post.tables.orders |= orders
    post.outbox.add_once(to_buyer(orders["ORD-NEW111"], MailKind.ORDER_LINKS, NOW))

    post.deliver("ORD-NEW111#order_links#1", NOW)

    text = post.message.get_body(("plain",))
    assert text is not None
    linked = re.findall(r"/orders/\?n=(\S+)#t=\S+", text.get_content())
    assert linked == ["ORD-NEW111", "ORD-OLD222"], "and neither paid ones nor somebody else's"


def an_alert(order_number: str | None) -> Mail:
    told = Alert(AlertKind.AMOUNT, "a-fact", "Something", "Line one.\n\nLine two.\n")
    return to_operators(told, a_brand(), NOW, order_number)


@pytest.mark.parametrize("order_number", ["ORD-ABC123", None])
def test_an_alert_is_sent_to_the_operators_unchanged(order_number: str | None) -> None:
    post, mail = Post(), an_alert(order_number)
    post.outbox.add_once(mail)

    assert post.deliver(mail.mail_id, NOW) is Outcome.SENT

    assert post.message["To"] == "alerts@example.com"
    assert post.message["Subject"] == "[Jersey Events CRITICAL] Something"
    *written, _, more = post.message.get_content().splitlines()
    assert written == ["Line one.", "", "Line two."]
    assert more == "More about it: docs/runbooks/payment-mismatch.md#amount-mismatch"


def test_an_undeliverable_alert_raises_no_other_alert() -> None:
    post, mail = Post(SendRejected("no")), an_alert(None)
    post.outbox.add_once(mail)

    assert post.deliver(mail.mail_id, NOW) is Outcome.PROBLEM
    assert [m.mail_id for m in post.alerts] == [mail.mail_id]


def test_an_unknown_mail_fails_its_message() -> None:
    with pytest.raises(MailNotFound):
        Post().deliver("ORD-ABC123#confirmation#9", NOW)


REMINDER = "ORD-ABC123#reminder#20260718"
DAY_BEFORE = an_event().starts_at - timedelta(hours=27)


def remind(post: Post) -> None:
    post.outbox.add_once(reminder(post.tables.order(), an_event(), DAY_BEFORE))


def test_a_reminder_has_the_link_to_the_tickets_and_no_files() -> None:
    post = Post()
    remind(post)

    assert post.deliver(REMINDER, DAY_BEFORE) is Outcome.SENT

    assert post.message["Subject"].startswith("See you soon: Jersey Live")
    assert list(post.message.iter_attachments()) == []
    assert "/orders/?n=ORD-ABC123#t=" in _html(post.message)
    assert post.tables.order().delivery is Delivery.PENDING, "its tickets are another mail"


def test_a_reminder_of_void_tickets_does_not_leave() -> None:
    post = Post()
    remind(post)
    voided(post)

    assert post.deliver(REMINDER, DAY_BEFORE) is Outcome.WITHDRAWN


def test_a_reminder_to_a_former_address_does_not_leave() -> None:
    """The new address just got the tickets, with the same facts."""
    post = Post()
    remind(post)
    readdressed(post)

    assert post.deliver(REMINDER, DAY_BEFORE) is Outcome.WITHDRAWN


@pytest.mark.parametrize(
    ("event", "problem"),
    [
        (an_event(cancelled=True), "the event was cancelled"),
        (an_event(starts_at=DAY_BEFORE), "the event has begun"),
        (an_event(starts_at=DAY_BEFORE + timedelta(days=9)), "the event is on another day"),
    ],
)
def test_a_reminder_that_is_outdated_does_not_leave(event: Event, problem: str) -> None:
    post = Post(event=event)
    remind(post)

    assert post.deliver(REMINDER, DAY_BEFORE) is Outcome.WITHDRAWN

    assert problem in (post.mail(REMINDER).problem or "")
    assert (post.mailer.sent, post.alerts) == ([], [])


EVERY_KIND = [CONFIRMATION, FAILURE]


@pytest.mark.parametrize("mail_id", EVERY_KIND)
def test_a_mail_has_its_organisers_look(mail_id: str) -> None:
    post = Post()
    look = {"name": "Harbour Arts Trust", "colour": "#006E5A", "logo": LOGO_KEY}
    post.organisers.rows["jersey-live"] = an_organiser(**look)
    post.archive.bodies[LOGO_KEY] = logo()

    assert post.deliver(mail_id, NOW) is Outcome.SENT

    assert "logo@example.com" in str(post.message)
    for text in ("#006e5a", "Harbour Arts Trust"):
        assert text in _html(post.message)


@pytest.mark.parametrize("colour", ["", "blue"])
@pytest.mark.parametrize("mail_id", EVERY_KIND)
def test_a_look_that_cannot_be_used_keeps_no_mail_back(mail_id: str, colour: str) -> None:
    """The alert about it comes with the tickets: it is the same look."""
    post = Post()
    post.organisers.rows["jersey-live"] = an_organiser(colour=colour, logo=LOGO_KEY)

    assert post.deliver(mail_id, NOW) is Outcome.SENT

    assert "logo@" not in str(post.message)
    assert "Jersey Live" in _html(post.message)


def test_an_organiser_who_cannot_be_read_keeps_no_mail_back() -> None:
    post = Post()
    post.organisers.rows.clear()

    assert post.deliver(FAILURE, NOW) is Outcome.SENT

    assert "on behalf of" not in _html(post.message)


def test_a_bucket_that_does_not_give_the_logo_keeps_no_mail_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    post = Post()
    post.organisers.rows["jersey-live"] = an_organiser(logo=LOGO_KEY)

    def silent(_: str) -> bytes:
        raise TimeoutError

    monkeypatch.setattr(post.archive, "find", silent)

    assert post.deliver(FAILURE, NOW) is Outcome.SENT
    assert "Jersey Live" in _html(post.message)


def test_a_former_address_does_not_learn_whose_event_it_was() -> None:
    post = Post()
    post.organisers.rows["jersey-live"] = an_organiser(name="Harbour Arts Trust", colour="#006E5A")
    mail = of_address_change(post.tables.order(), NOW)
    post.outbox.add_once(mail)

    post.deliver(mail.mail_id, NOW)

    assert "Harbour" not in str(post.message)
    assert "#006e5a" not in str(post.message)


def _html(message: EmailMessage) -> str:
    page = message.get_body(("html",))
    return page.get_content() if page else ""
