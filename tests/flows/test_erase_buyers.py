"""Erasing buyers: nightly after the retention period, or on request, whatever interrupts it."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.support.builders import NOW, an_event, tickets_for
from tests.support.fakes import Archive, Events, LostRequests, Orders, Outbox, Tables
from tests.support.healthy import completed
from tests.support.oracle import breaches_in
from tests.support.stored import a_mail
from ticketing.archive_keys import mail_key, tickets_key
from ticketing.emails.mail import Mail, MailKind, MailStatus, of_address_change, to_buyer
from ticketing.flows.erase_buyers import AGE, EraseBuyers, Erased
from ticketing.operators.next_step import row_attributes
from ticketing.orders.order import ERASED, Customer, Delivery, Order, OrderStatus, Work
from ticketing.payments.checkout_result import CheckoutRecord

JANE = Customer("Jane Doe", "jane@example.com")
KEPT = timedelta(days=180)
BEGAN = NOW - KEPT
BEFORE = BEGAN - timedelta(days=10)
LONG_OVER: dict[str, Any] = {
    "created_at": BEFORE,
    "settled_at": BEFORE,
    "checked_at": BEFORE,
    "event_starts_at": BEGAN,
}


@dataclass
class Scene:
    """The flow and its collaborators; `crash_before` a call makes it crash there once."""

    tables: Tables = field(default_factory=Tables)
    archive: Archive = field(default_factory=Archive)
    events: Events = field(default_factory=lambda: Events(an_event(starts_at=BEGAN)))
    requests: LostRequests = field(default_factory=LostRequests)
    seconds: float = 900.0

    @property
    def outbox(self) -> Outbox:
        return Outbox(self.tables)

    @property
    def flow(self) -> EraseBuyers:
        return EraseBuyers(
            Orders(self.tables), self.outbox, self.archive, self.events, self.requests, KEPT
        )

    def night(self, at: datetime = NOW) -> Erased:
        return self.flow(lambda: at, lambda: self.seconds)

    def bought(self, number: str = "ORD-ABC123", **changes: Any) -> Order:  # noqa: ANN401  # of any field
        """Have an order with all that belongs to it, its PDF and its archived mail."""
        whole = completed(**LONG_OVER | {"order_number": number, "customer": JANE})
        order = replace(whole.order, **changes)
        self.tables.orders[number] = order
        self.tables.said[number] = row_attributes(order)
        self.tables.tickets |= {t.ticket_id: t for t in tickets_for(order)}
        self.tables.payments |= {p.transaction_id: number for p in whole.payments}
        for checkout_id in order.checkout_ids:
            self.tables.checkouts[checkout_id] = CheckoutRecord(checkout_id, number, number)
        self.tables.audit += [stored.entry for stored in whole.trail]
        (mail,) = [replace(m.mail, recipient=order.customer.email) for m in whole.mails]
        self.tables.put_mails([mail])
        self.archive.bodies[tickets_key(order.event_id, number)] = b"Jane Doe"
        self.archive.bodies[mail_key(number, mail.mail_id)] = b"To: jane@example.com"
        return order

    def named(self) -> list[str]:
        """Return the places where Jane is still named."""
        said = [*self.tables.orders.values(), *self.tables.tickets.values()]
        texts = [repr(one) for one in [*said, *self.tables.mails.values()]]
        texts += [body.decode() for body in self.archive.bodies.values()]
        return [t for t in texts if "Jane" in t or "jane@" in t.casefold()]


@pytest.fixture
def scene() -> Iterator[Scene]:
    scene = Scene()
    yield scene
    scene.tables.spoilt.clear()
    assert breaches_in(scene.tables, NOW) == (), "whatever happened, the audit finds nothing wrong"


# --------------------------------------------------------------------------- by age


def test_buyers_of_a_past_event_are_erased_and_payment_data_is_kept(scene: Scene) -> None:
    before, paid = scene.bought(), dict(scene.tables.payments)

    done = scene.night()

    assert (done.orders, done.kept) == (["ORD-ABC123"], {})
    assert scene.named() == []
    after = scene.tables.order()
    assert after.customer == replace(JANE, name=ERASED, email=ERASED)
    assert {t.holder for t in scene.tables.tickets.values()} == {ERASED}
    assert (after.total, after.lines, after.event_id) == (before.total, before.lines, "5")
    assert scene.tables.payments == paid != {}
    assert scene.tables.said["ORD-ABC123"]["what_next"] == row_attributes(after)["what_next"]
    entry = scene.tables.audit[-1]
    assert (entry.change, entry.reason) == ("buyer erased", AGE)


def test_the_next_run_has_nothing_to_do(scene: Scene) -> None:
    scene.bought()
    scene.night()
    trail = list(scene.tables.audit)

    assert scene.night() == Erased()
    assert scene.tables.audit == trail


KEEPS: dict[str, tuple[dict[str, Any], str]] = {
    "open": ({"status": OrderStatus.PENDING, "work": Work.OPEN, "next_check_at": NOW}, "asked"),
    "in review": ({"status": OrderStatus.REVIEW}, "a person decides"),
    "watched": (
        {"status": OrderStatus.EXPIRED, "work": Work.LATE, "next_check_at": NOW}, "still asked",
    ),
    "on its way": ({"delivery": Delivery.PENDING}, "under way"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "why"), KEEPS.values(), ids=KEEPS)
def test_buyers_who_are_still_needed_are_kept(changes: dict[str, Any], why: str) -> None:
    scene = Scene()
    order = scene.bought(**changes)

    done = scene.night()

    assert done.orders == []
    assert why in done.kept["ORD-ABC123"]
    assert scene.tables.order() == order
    assert len(scene.archive.bodies) == 2


def test_a_recent_event_keeps_its_buyers(scene: Scene) -> None:
    scene.bought(event_starts_at=BEGAN + timedelta(seconds=1))

    assert scene.night() == Erased()
    assert scene.named() != []


def test_a_postponed_event_is_logged_and_keeps_its_buyers(scene: Scene) -> None:
    scene.bought()
    later = NOW + timedelta(days=3)
    scene.events.rows["5"] = an_event(starts_at=later)

    assert "was moved to 2026-06-04" in scene.night().kept["ORD-ABC123"]
    assert scene.tables.order().event_starts_at == later
    assert scene.night() == Erased(), "it is not even looked at before then"


def test_buyers_of_an_event_that_cannot_be_read_are_kept(scene: Scene) -> None:
    scene.bought()
    scene.events.spoilt["5"] = "it lacks name"

    asked = scene.flow.of_person("jane@example.com", "asked", NOW)

    for done in (scene.night(), asked):
        assert done.orders == []
        assert done.kept["ORD-ABC123"] == "event 5 cannot be read: it lacks name"
    assert len(scene.archive.bodies) == 2


def test_buyers_of_a_deleted_event_are_erased(scene: Scene) -> None:
    scene.bought()
    scene.events.rows.clear()

    assert scene.night().orders == ["ORD-ABC123"]


def test_an_unreadable_order_does_not_block_the_others(scene: Scene) -> None:
    scene.bought("ORD-AAA111")
    scene.bought("ORD-BBB222")
    scene.tables.spoilt["ORD-AAA111"] = "it lacks total"

    done = scene.night()

    assert done.orders == ["ORD-BBB222"]
    assert "it lacks total" in done.kept["ORD-AAA111"]
    del scene.tables.spoilt["ORD-AAA111"]
    assert scene.night().orders == ["ORD-AAA111"]


def test_a_run_out_of_time_is_continued_the_next_night(scene: Scene) -> None:
    for number in range(3):
        scene.bought(f"ORD-AAA11{number}")
    left = iter([900.0, 900.0, 10.0])
    flow = scene.flow

    done = flow(lambda: NOW, lambda: next(left))

    assert (len(done.orders), done.left) == (2, True)
    assert scene.night().orders == ["ORD-AAA112"]


def test_an_error_is_raised_after_all_others_are_processed(scene: Scene) -> None:
    scene.bought("ORD-AAA111")
    scene.bought("ORD-BBB222")
    usual = scene.archive.erase

    def erase(prefix: str) -> int:
        if "ORD-AAA111" in prefix:
            raise OSError
        return usual(prefix)

    scene.archive.erase = erase  # type: ignore[method-assign]  # a bucket that refuses
    with pytest.raises(ExceptionGroup):
        scene.night()

    assert scene.tables.order("ORD-BBB222").customer.is_erased
    scene.archive.erase = usual  # type: ignore[method-assign]
    assert scene.night().orders == ["ORD-AAA111"]


# ------------------------------------------------------------------------ one person


def of_person(scene: Scene, email: str = "jane@example.com", **options: Any) -> Erased:  # noqa: ANN401  # of any field
    return scene.flow.of_person(email, "she asked", NOW, **options)


def a_digest(scene: Scene) -> Mail:
    """Let Jane be named in an alert about several orders, with its file."""
    told = a_mail(
        mail_id="shop#alert#stuck", kind=MailKind.ALERT, order_number=None, subject="s",
        recipient="alerts@example.com", body="- Order ORD-AAA111: email jane@example.com",
        status=MailStatus.SENT, attempts=1, message_id="ses", next_attempt_at=None,
    )  # fmt: skip
    scene.tables.put_mails([told])
    scene.archive.bodies[mail_key(None, told.mail_id)] = b"- jane@example.com"
    return told


def test_a_person_is_erased_from_all_orders_and_mails(scene: Scene) -> None:
    scene.bought("ORD-AAA111")
    scene.bought("ORD-BBB222")
    other = scene.bought("ORD-CCC333")
    sam = Customer("Sam Other", "sam@example.com")
    scene.tables.orders["ORD-CCC333"] = replace(other, customer=sam)
    told = a_digest(scene)
    first = "ORD-CCC333#confirmation#1"
    scene.tables.mails[first] = replace(scene.tables.mails[first], recipient=sam.email)
    scene.archive.bodies[tickets_key("5", "ORD-CCC333")] = b"Sam Other"
    scene.archive.bodies[mail_key("ORD-CCC333", first)] = b"To: sam"
    for ticket in tickets_for(scene.tables.orders["ORD-CCC333"]):
        scene.tables.tickets[ticket.ticket_id] = ticket

    done = of_person(scene)

    assert sorted(done.orders) == ["ORD-AAA111", "ORD-BBB222"]
    assert (done.others, done.kept) == ([told.mail_id], {})
    assert scene.named() == []
    assert scene.tables.order("ORD-CCC333").customer == sam
    assert len(scene.archive.bodies) == 2, "those of the other"
    assert of_person(scene) == Erased(), "twice is once"


def test_another_mail_that_is_due_again_meanwhile_is_kept_with_its_file(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, real = a_digest(scene), Outbox.erase
    due = replace(told, status=MailStatus.PENDING, next_attempt_at=NOW)

    def erase_late(outbox: Outbox, mail: Mail) -> bool:
        scene.tables.mails[told.mail_id] = due
        return real(outbox, mail)

    monkeypatch.setattr(Outbox, "erase", erase_late)

    done = of_person(scene)

    assert (done.others, done.kept) == ([], {told.mail_id: "it is still to be sent"})
    assert scene.tables.mails[told.mail_id] == due
    assert list(scene.archive.bodies) == [mail_key(None, told.mail_id)]


def test_the_file_of_a_mail_that_is_gone_meanwhile_is_erased(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alerts expire."""
    told, real = a_digest(scene), Outbox.erase

    def erase_late(outbox: Outbox, mail: Mail) -> bool:
        del scene.tables.mails[told.mail_id]
        return real(outbox, mail)

    monkeypatch.setattr(Outbox, "erase", erase_late)

    done = of_person(scene)

    assert (done.others, done.kept) == ([told.mail_id], {})
    assert scene.archive.bodies == {}


def test_an_unreadable_mail_is_named_and_does_not_stop_the_others(scene: Scene) -> None:
    told = a_digest(scene)
    scene.bought("ORD-AAA111")
    scene.bought("ORD-BBB222")
    first = "ORD-AAA111#confirmation#1"
    scene.tables.spoilt = {told.mail_id: "it lacks status", first: "it lacks kind"}

    done = of_person(scene)

    assert done.orders == ["ORD-BBB222"]
    assert done.kept == {
        told.mail_id: "mail shop#alert#stuck cannot be read: it lacks status",
        first: "mail ORD-AAA111#confirmation#1 cannot be read: it lacks kind",
        "ORD-AAA111": "mail ORD-AAA111#confirmation#1 cannot be read: it lacks kind",
    }
    assert not scene.tables.order("ORD-AAA111").customer.is_erased
    assert mail_key(None, told.mail_id) in scene.archive.bodies
    assert list(scene.night().kept) == ["ORD-AAA111"], "nor does it stop the night"


def test_a_mail_that_becomes_unreadable_meanwhile_is_named(scene: Scene) -> None:
    scene.bought()
    orders = Orders(scene.tables)
    spoil = {"ORD-ABC123#confirmation#1": "it lacks kind"}
    orders.before_write.append(lambda: scene.tables.spoilt.update(spoil))
    flow = EraseBuyers(orders, scene.outbox, scene.archive, scene.events, scene.requests, KEPT)

    done = flow.of_person("jane@example.com", "she asked", NOW)

    assert (done.orders, list(done.kept)) == ([], ["ORD-ABC123"])
    scene.tables.spoilt.clear()
    assert scene.night().orders == ["ORD-ABC123"], "which finishes it"
    assert scene.named() == []


def test_a_dry_run_writes_nothing(scene: Scene) -> None:
    scene.bought()
    before = (dict(scene.tables.orders), dict(scene.tables.mails), dict(scene.archive.bodies))

    assert of_person(scene, dry_run=True).orders == ["ORD-ABC123"]
    assert before == (scene.tables.orders, scene.tables.mails, scene.archive.bodies)


def test_buyers_of_an_upcoming_event_are_kept_unless_they_insist(scene: Scene) -> None:
    scene.bought()
    scene.events.rows["5"] = an_event(starts_at=NOW + timedelta(days=30))

    assert "its event begins" in of_person(scene).kept["ORD-ABC123"]
    assert scene.named() != []
    assert of_person(scene, even_before_the_event=True).orders == ["ORD-ABC123"]
    assert scene.named() == []


def test_another_spelling_of_the_address_is_found_through_its_mails(scene: Scene) -> None:
    scene.bought(customer=Customer("Jane Doe", "Jane@example.com"))

    assert of_person(scene).orders == ["ORD-ABC123"]
    assert scene.named() == []


def test_receiving_mail_for_an_order_does_not_entitle_to_its_erasure(scene: Scene) -> None:
    """A mail for Sam's order went to Jane by mistake before the address was corrected."""
    scene.bought()
    sam = Customer("Sam Other", "sam@example.com")
    scene.tables.orders["ORD-ABC123"] = replace(scene.tables.order(), customer=sam)
    for ticket in tickets_for(scene.tables.order()):
        scene.tables.tickets[ticket.ticket_id] = ticket

    done = of_person(scene)

    assert (done.orders, done.others) == ([], ["ORD-ABC123#confirmation#1"])
    assert scene.tables.order().customer == sam
    assert scene.tables.mails["ORD-ABC123#confirmation#1"].recipient == ERASED
    assert list(scene.archive.bodies) == [tickets_key("5", "ORD-ABC123")]


def changed_address(scene: Scene, status: MailStatus = MailStatus.SENT) -> None:
    """Let the order have been Jane's by a mistyped address, which heard of the change."""
    order = scene.bought(customer=Customer("Sam Other", "jane@example.com"))
    notice = of_address_change(order, BEFORE)
    new = "sam@example.com"
    again = replace(to_buyer(order, MailKind.CONFIRMATION, BEFORE, 2), recipient=new)
    Orders(scene.tables).change_address(order, new, [notice, again], None, BEFORE)
    for mail in (notice, replace(again, status=MailStatus.SENT)):
        left = {"status": status} if mail.kind is MailKind.ADDRESS_CHANGED else {}
        sent: dict[str, Any] = {"next_attempt_at": None, "attempts": 1, "message_id": "ses-1"}
        scene.tables.mails[mail.mail_id] = replace(mail, **sent | left)
        scene.archive.bodies[mail_key(order.order_number, mail.mail_id)] = mail.recipient.encode()


def test_a_replaced_address_is_erased_with_the_buyer(scene: Scene) -> None:
    changed_address(scene)

    assert scene.night().orders == ["ORD-ABC123"]

    assert {mail.recipient for mail in scene.tables.mails.values()} == {ERASED}
    assert scene.archive.bodies == {}


def test_who_had_the_address_before_is_erased_alone(scene: Scene) -> None:
    changed_address(scene)

    done = of_person(scene)

    assert done.orders == []
    assert set(done.others) == {"ORD-ABC123#confirmation#1", "ORD-ABC123#address_changed#1"}
    assert scene.tables.order().customer.email == "sam@example.com"
    mails = scene.tables.mails
    assert {m.recipient for m in mails.values()} == {ERASED, "sam@example.com"}
    assert b"jane@example.com" not in scene.archive.bodies.values()


def test_a_buyer_is_kept_until_the_replaced_address_has_heard_of_the_change(scene: Scene) -> None:
    changed_address(scene, MailStatus.PENDING)
    notice = scene.tables.mails["ORD-ABC123#address_changed#1"]
    scene.tables.mails[notice.mail_id] = replace(notice, next_attempt_at=NOW)

    done = scene.night()

    assert "a mail is under way: ORD-ABC123#address_changed#1" in done.kept["ORD-ABC123"]


@pytest.mark.parametrize(
    ("owner", "name", "nth"),
    [
        (Orders, "forget_requests", 1),
        (Outbox, "erase", 1),
        (Archive, "erase", 1),
        (Archive, "erase", 2),
        (Orders, "erase", 1),
        (Archive, "erase", 3),
        (Archive, "erase", 4),
        (Orders, "finish_erasure", 1),
        (Outbox, "erase", 2),
    ],
)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_rerun_completes_after_a_crash_anywhere(
    monkeypatch: pytest.MonkeyPatch, owner: type, name: str, nth: int, *, after: bool
) -> None:
    scene, calls = Scene(), []
    scene.bought("ORD-AAA111")
    scene.bought("ORD-BBB222")
    real = getattr(owner, name)

    def die(self: object, *arguments: object) -> object:
        calls.append(1)
        if len(calls) == nth and not after:
            raise KeyboardInterrupt
        answer = real(self, *arguments)
        if len(calls) == nth:
            raise KeyboardInterrupt
        return answer

    monkeypatch.setattr(owner, name, die)
    with pytest.raises(KeyboardInterrupt):
        of_person(scene)
    monkeypatch.setattr(owner, name, real)

    of_person(scene)

    assert scene.named() == []
    scene.night()
    assert scene.tables.nameless == {"ORD-AAA111", "ORD-BBB222"}
    assert scene.night() == Erased()
    told = [e.order_number for e in scene.tables.audit if e.change == "buyer erased"]
    assert sorted(told) == ["ORD-AAA111", "ORD-BBB222"], "each once"


def test_a_mail_created_meanwhile_is_reported_and_erased_by_the_next_run() -> None:
    scene = Scene()
    order = scene.bought()
    again = to_buyer(order, MailKind.CONFIRMATION, NOW, revision=2)
    orders = Orders(scene.tables)
    orders.before_write.append(lambda: scene.tables.put_mails([again]))
    flow = EraseBuyers(orders, scene.outbox, scene.archive, scene.events, scene.requests, KEPT)

    done = flow.of_person("jane@example.com", "she asked", NOW)

    assert "ORD-ABC123#confirmation#2" in done.kept["ORD-ABC123"]
    gone = replace(again, status=MailStatus.SENT, next_attempt_at=None, message_id="x", attempts=1)
    scene.tables.mails[again.mail_id] = gone
    scene.archive.bodies[mail_key("ORD-ABC123", again.mail_id)] = b"To: jane@example.com"

    assert of_person(scene).orders == ["ORD-ABC123"]
    assert scene.named() == []


def test_an_order_that_changes_is_left_for_the_next_run() -> None:
    scene = Scene()
    order = scene.bought()
    orders = Orders(scene.tables)
    moved = replace(order, version=order.version + 1)
    orders.before_write.append(lambda: scene.tables.orders.update({"ORD-ABC123": moved}))
    flow = EraseBuyers(orders, scene.outbox, scene.archive, scene.events, scene.requests, KEPT)

    assert list(flow.of_person("jane@example.com", "she asked", NOW).kept) == ["ORD-ABC123"]
    assert of_person(scene).orders == ["ORD-ABC123"]
