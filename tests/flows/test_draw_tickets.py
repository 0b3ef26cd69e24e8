"""Drawing tickets: with the organiser's branding if possible, and always somehow."""

import logging

import pytest

from tests.gallery.papers import logo
from tests.support.builders import (
    NOW,
    a_brand,
    a_notifier,
    an_event,
    an_order,
    an_organiser,
    later,
    tickets_for,
)
from tests.support.codes import codes_in_pdf
from tests.support.fakes import Archive, Outbox, Tables
from ticketing.archive_keys import logo_key, tickets_key
from ticketing.flows.draw_tickets import DrawTickets
from ticketing.flows.find_look import MOST_LOGOS, FindLook
from ticketing.orders.order import Order
from ticketing.organisers.organiser import Organiser
from ticketing.tickets.branding import look_of
from ticketing.tickets.details import Details
from ticketing.tickets.pdf import render
from ticketing.tickets.ticket import Paper

LOGO_KEY = logo_key("jersey-live", logo())
ORDER = an_order()
CODES = [ticket.qr_text for ticket in tickets_for(ORDER)]


class Studio:
    """The flow, the organiser's row, and a bucket with a logo in it."""

    def __init__(self, organiser: Organiser | None = None) -> None:
        self.tables, self.archive = Tables(), Archive()
        self.archive.bodies[LOGO_KEY] = logo()
        self.organiser = organiser
        notifier = a_notifier(Outbox(self.tables))
        self.flow = DrawTickets(self.archive, notifier, a_brand(), FindLook(self.archive))

    def draw(self, days: int = 0, order_number: str = "ORD-ABC123") -> bytes:
        order = an_order(order_number=order_number)
        return self.flow(order, self.details(order), later(days=days))

    def details(self, order: Order = ORDER) -> Details:
        return Details(an_event(), self.organiser, tickets_for(order))

    @property
    def told(self) -> list[str]:
        return [mail.body or "" for mail in self.tables.mails.values()]


def test_tickets_on_paper_are_stored_with_the_organisers_branding() -> None:
    organiser = an_organiser(colour="#006E5A", logo=LOGO_KEY)
    studio = Studio(organiser)

    attached = studio.draw()

    look = look_of(organiser, logo())
    assert attached == render(ORDER, an_event(), tickets_for(ORDER), a_brand(), look)
    assert studio.archive.bodies == {LOGO_KEY: logo(), tickets_key("5", "ORD-ABC123"): attached}
    assert studio.told == []


def test_tickets_for_a_phone_are_drawn_in_the_same_branding_and_not_stored() -> None:
    organiser = an_organiser(colour="#006E5A", logo=LOGO_KEY)
    studio = Studio(organiser)

    drawn = studio.flow.draw(ORDER, studio.details(), Paper.A6, NOW)

    look = look_of(organiser, logo())
    assert drawn == render(ORDER, an_event(), tickets_for(ORDER), a_brand(), look, Paper.A6)
    assert set(studio.archive.bodies) == {LOGO_KEY}


def test_the_first_stored_version_is_kept() -> None:
    studio = Studio(an_organiser())
    studio.archive.bodies[tickets_key("5", "ORD-ABC123")] = b"the first one"

    assert studio.draw() == b"the first one"


WRONG = {
    "a missing logo": (
        an_organiser(logo=LOGO_KEY.replace(LOGO_KEY[-10:-4], "000000")),
        "is not in the bucket",
    ),
    "an invalid key": (an_organiser(logo="../secrets"), "not an archive key"),
    "an invalid colour": (an_organiser(colour="blue"), "the colour 'blue' is not written"),
    "an unknown organiser": (None, "the row of organiser jersey-live cannot be read"),
}


@pytest.mark.parametrize(("organiser", "problem"), WRONG.values(), ids=WRONG)
def test_invalid_branding_is_dropped_and_raises_an_alert(
    organiser: Organiser | None, problem: str
) -> None:
    studio = Studio(organiser)

    attached = studio.draw()

    assert codes_in_pdf(attached) == CODES
    assert attached.count(b"/FontFile2") == 2, "in our own fonts still"
    (told,) = studio.told
    assert problem in told
    assert "ORD-ABC123" in told


def test_an_invalid_logo_drops_the_branding_and_raises_an_alert() -> None:
    studio = Studio(an_organiser(logo=LOGO_KEY, colour="#006E5A"))
    studio.archive.bodies[LOGO_KEY] = logo()[:100]

    assert codes_in_pdf(studio.draw()) == CODES

    assert "the logo is no PNG" in studio.told[0]


def test_unreadable_fonts_drop_the_design_and_raise_an_alert(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_fonts(_: object) -> None:
        raise OSError("Jane Doe")

    monkeypatch.setattr("ticketing.tickets.pdf.fonts_for", no_fonts)
    studio = Studio(an_organiser())

    with caplog.at_level(logging.ERROR):
        assert codes_in_pdf(studio.draw()) == CODES

    assert "OSError" in studio.told[0]
    assert "Jane Doe" not in studio.told[0] + caplog.text


def test_one_cause_raises_one_alert_a_week_per_organiser() -> None:
    studio = Studio(an_organiser(colour="blue"))

    for number, days in (("ORD-ABC123", 0), ("ORD-BCD234", 1), ("ORD-CDE345", 2)):
        studio.draw(days, number)
    assert len(studio.told) == 1

    studio.organiser = an_organiser(colour="green")
    studio.draw(2, "ORD-DEF456")
    assert len(studio.told) == 2, "another cause"

    studio.draw(9, "ORD-EFG567")
    assert len(studio.told) == 3, "another week"


def test_a_transient_error_is_left_to_the_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    studio = Studio(an_organiser(logo=LOGO_KEY))

    def silent(_: str) -> bytes:
        raise TimeoutError

    monkeypatch.setattr(studio.archive, "find", silent)

    with pytest.raises(TimeoutError):
        studio.draw()
    assert set(studio.archive.bodies) == {LOGO_KEY}
    assert studio.told == []


def test_a_logo_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its key has its hash, so what was read stays true."""
    studio = Studio(an_organiser(logo=LOGO_KEY))
    found, read = studio.archive.find, list[str]()

    def find(key: str) -> bytes | None:
        read.append(key)
        return found(key)

    monkeypatch.setattr(studio.archive, "find", find)

    first, second = studio.draw(), studio.draw(order_number="ORD-BCD234")

    assert first != second
    assert read == [LOGO_KEY]


def test_a_logo_that_was_missing_is_looked_for_again() -> None:
    studio = Studio(an_organiser(logo=LOGO_KEY))
    del studio.archive.bodies[LOGO_KEY]
    studio.draw()

    studio.archive.bodies[LOGO_KEY] = logo()
    look, problem = studio.flow.find_look("jersey-live", studio.organiser)

    assert (look.logo, problem) == (logo(), "")


def test_no_more_logos_are_kept_than_memory_has_room_for() -> None:
    studio = Studio()
    keys = [logo_key(f"organiser-{number}", logo()) for number in range(MOST_LOGOS + 1)]
    studio.archive.bodies |= dict.fromkeys(keys, logo())

    for key in keys:
        studio.flow.find_look("jersey-live", an_organiser(logo=key))

    assert len(studio.flow.find_look._logos) == 1


def test_retries_of_an_order_use_the_same_alert_id() -> None:
    studio = Studio(an_organiser(colour="blue"))

    studio.draw()
    studio.draw()

    (mail,) = studio.tables.mails.values()
    assert mail.mail_id.startswith("shop#alert#plain-tickets-jersey-live-")
    assert mail.created_at == NOW
    assert mail.subject == "[Jersey Events Alert] Tickets Without Design - Organiser jersey-live"
