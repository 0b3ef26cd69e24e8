"""Each buyer of a changed event is notified once and gets updated tickets."""

from dataclasses import replace
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from tests.support.builders import (
    NOW,
    a_brand,
    a_notifier,
    an_access,
    an_event,
    an_order,
    later,
    tickets_for,
)
from tests.support.fakes import (
    Archive,
    Events,
    OrderDetails,
    Orders,
    Organisers,
    Outbox,
    Tables,
)
from ticketing.archive_keys import tickets_key
from ticketing.errors import EventNotFound, NothingToAnnounce
from ticketing.events.revision import revised
from ticketing.flows.announce_event import Announced, AnnounceEvent
from ticketing.flows.compose_mail import ComposeMail
from ticketing.flows.draw_tickets import DrawTickets
from ticketing.flows.find_look import FindLook
from ticketing.orders.order import ERASED, Customer, Delivery, OrderStatus

CHANGED_AT = later(days=1)
TOLD_AT = later(days=1, hours=1)


class Hall:
    """An event that has moved to the next day, and orders of before and after."""

    def __init__(self) -> None:
        self.tables, first = Tables(), an_event()
        next_day = replace(first, starts_at=first.starts_at + timedelta(days=1))
        self.events = Events(revised(first, next_day, CHANGED_AT))
        self.orders, self.outbox = Orders(self.tables), Outbox(self.tables)
        self.archive = Archive()
        self.announce = AnnounceEvent(self.events, self.orders, self.outbox)
        find_look = FindLook(self.archive)
        self.draw = DrawTickets(self.archive, a_notifier(self.outbox), a_brand(), find_look)
        self.compose = ComposeMail(
            orders=self.orders,
            events=self.events,
            details=OrderDetails(self.tables, self.events, Organisers()),
            draw=self.draw,
            find_look=find_look,
            access=an_access(),
            brand=a_brand(),
        )

    def sold(self, number: str, settled_at: datetime = NOW, **changes: object) -> str:
        done = {"status": OrderStatus.COMPLETED, "delivery": Delivery.DELIVERED}
        facts = done | {"settled_at": settled_at, "order_number": number} | changes
        order = an_order(**facts)
        self.tables.orders[number] = order
        self.tables.tickets |= {t.ticket_id: t for t in tickets_for(order)}
        return number

    def tell(self, *, dry_run: bool = False) -> Announced:
        event, _ = self.announce.news("5", TOLD_AT)
        return self.announce(event, TOLD_AT, lambda _: None, dry_run=dry_run)

    @property
    def mails(self) -> list[str]:
        return list(self.tables.mails)


def test_each_earlier_buyer_gets_one_mail_however_often_a_change_is_announced() -> None:
    hall = Hall()
    hall.sold("ORD-BEFORE1")
    hall.sold("ORD-BEFORE2", complained_at=NOW)
    hall.sold("ORD-BEFORE3", customer=Customer(ERASED, ERASED))
    hall.sold("ORD-AFTER1", CHANGED_AT + timedelta(hours=1))
    hall.sold("ORD-OTHER1", event_id="6")
    hall.sold("ORD-OPEN1", status=OrderStatus.PENDING)
    hall.sold("ORD-VOID1", voided_at=NOW)

    others = {"orders": 4, "knew": 1, "unwanted": 1, "erased": 1}
    assert hall.tell() == Announced(announced=1, announced_before=0, **others)
    assert hall.tell() == Announced(announced=0, announced_before=1, **others)

    assert hall.mails == ["ORD-BEFORE1#event_changed#2"]
    assert hall.events.get("5").announced


def test_orders_note_the_new_start_so_that_reminders_find_them() -> None:
    hall, moved = Hall(), an_event().starts_at + timedelta(days=1)
    hall.sold("ORD-BEFORE1", event_starts_at=an_event().starts_at)

    hall.tell(dry_run=True)
    assert hall.tables.orders["ORD-BEFORE1"].event_starts_at == an_event().starts_at
    hall.tell()

    assert hall.tables.orders["ORD-BEFORE1"].event_starts_at == moved


def test_a_dry_run_counts_and_writes_nothing() -> None:
    hall = Hall()
    hall.sold("ORD-BEFORE1")

    assert hall.tell(dry_run=True).announced == 1

    assert (hall.mails, hall.events.get("5").announced) == ([], False)
    hall.tell()
    assert hall.tell(dry_run=True).announced_before == 1


def test_an_interrupted_run_is_resumed() -> None:
    hall = Hall()
    hall.sold("ORD-BEFORE1")
    hall.tell()
    hall.sold("ORD-BEFORE2")

    assert hall.tell().announced == 1
    assert len(hall.mails) == 2


def test_progress_is_shown_while_it_runs() -> None:
    hall, seen = Hall(), list[int]()
    for number in range(250):
        hall.sold(f"ORD-N{number:03d}")
    event, _ = hall.announce.news("5", TOLD_AT)

    hall.announce(event, TOLD_AT, lambda so_far: seen.append(so_far.announced))

    assert seen == [100, 200]


def test_changes_are_relative_to_the_last_announced_revision() -> None:
    hall = Hall()
    hall.sold("ORD-BEFORE1")
    hall.tell()
    known = hall.events.get("5")
    moved = replace(known, venue="St James Centre")
    hall.events.rows["5"] = revised(known, moved, later(days=2))

    _, news = hall.announce.news("5", later(days=2))

    assert [change.name for change in news] == ["Where"]


def test_an_announcement_without_changes_is_refused_with_the_reason() -> None:
    hall = Hall()

    with pytest.raises(NothingToAnnounce, match="it has begun"):
        hall.announce.news("5", later(days=90))
    hall.events.rows["5"] = an_event()
    with pytest.raises(NothingToAnnounce, match="it has not changed"):
        hall.announce.news("5", NOW)
    with pytest.raises(EventNotFound):
        hall.announce.news("6", NOW)


def test_the_mail_shows_old_and_new_values_and_attaches_tickets_with_the_same_codes() -> None:
    hall = Hall()
    hall.sold("ORD-ABC123")
    hall.tell()
    (mail,) = hall.tables.mails.values()
    old = tickets_key("5", "ORD-ABC123")
    hall.archive.keep(old, b"the old ones", "application/pdf")

    made = message_from_bytes(hall.compose(mail, TOLD_AT).as_bytes(), policy=default)

    (text,) = (p.get_content() for p in made.walk() if p.get_content_type() == "text/plain")
    assert "Before: Saturday 18 July 2026, 19:30 BST (Europe/Jersey)" in text
    assert "Now: Sunday 19 July 2026, 19:30 BST (Europe/Jersey)" in text
    assert hall.archive.read(old) == b"the old ones"
    assert hall.archive.read(tickets_key("5", "ORD-ABC123", revision=2)) is not None
    assert hall.tables.order().tickets_revision == 2
    pictures = [p.get_filename() for p in made.walk() if p.get_content_type() == "image/png"]
    assert pictures == [f"{t.ticket_id}.png" for t in tickets_for(hall.tables.order())]


def test_a_mail_describes_its_own_revision_even_if_the_event_has_changed_since() -> None:
    hall = Hall()
    hall.sold("ORD-ABC123")
    hall.tell()
    (mail,) = hall.tables.mails.values()
    first = hall.compose(mail, TOLD_AT).as_bytes()
    event = hall.events.get("5")
    hall.events.rows["5"] = revised(event, replace(event, venue="Elsewhere"), later(days=2))

    assert hall.compose(mail, TOLD_AT).as_bytes() == first
