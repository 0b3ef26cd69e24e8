"""The head of buyers' mails: its organiser's, readable, and small."""

import os
import re
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.gallery.papers import logo
from tests.support.builders import NOW, a_brand, an_event, an_order, an_organiser, tickets_for
from ticketing.emails import compose
from ticketing.emails.letterhead import LARGEST_LOGO, LOGO_BOX, PLAIN, Letterhead, letterhead
from ticketing.emails.mail import MailKind, to_buyer
from ticketing.emails.rendering import Letter
from ticketing.errors import UnusableLook
from ticketing.orders.order import Customer
from ticketing.tickets.branding import READABLE, Branding, contrast, look_of, prepared, rgb

HARBOUR = look_of(an_organiser(name="Harbour & Sons", colour="#006E5A"), logo())
CHANNEL = st.integers(0, 255)


def a_logo(width: int, height: int) -> bytes:
    """Return a stored logo of which no two pixels are alike: the largest file there can be."""
    file = BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(width * height * 3)).save(file, "PNG")
    return prepared(file.getvalue())


def sent(head: Letterhead, kind: MailKind = MailKind.CONFIRMATION, **event: object) -> EmailMessage:
    order = an_order(customer=Customer("Jane Doe", "jane@example.com"))
    mail = to_buyer(order, kind, NOW)
    letter = Letter(mail, order, an_event(**event), a_brand(), head, "https://x.example.com")
    if kind is MailKind.CONFIRMATION:
        made = compose.confirmation(letter, tickets_for(order), b"%PDF-1.4")
    else:
        made = compose.expired(letter)
    parsed = message_from_bytes(made.as_bytes(), policy=default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def body(mail: EmailMessage, kind: str) -> str:
    return "".join(p.get_content() for p in mail.walk() if p.get_content_type() == f"text/{kind}")


def pictures(mail: EmailMessage) -> dict[str, bytes]:
    parts = [part for part in mail.walk() if part.get_content_type() == "image/png"]
    return {part["Content-ID"].strip("<>"): part.get_content() for part in parts}


@pytest.mark.parametrize("kind", [MailKind.CONFIRMATION, MailKind.EXPIRED])
def test_a_mail_has_its_organisers_name_colour_and_logo(kind: MailKind) -> None:
    mail = sent(letterhead(HARBOUR), kind)
    html = body(mail, "html")

    assert mail["From"] == "Jersey Events <tickets@example.com>"
    for text in (html, body(mail, "plain")):
        assert "Jersey Events writes on behalf of Harbour" in text
    assert "Harbour &amp; Sons\r\n</td>" in html
    assert 'bgcolor="#006e5a"' in html
    (shown,) = re.findall(r'<img src="cid:(logo@example\.com)" ([^>]+)>', html)
    assert 'width="160" height="54" alt="Logo of Harbour &amp; Sons"' in shown[1]
    assert Image.open(BytesIO(pictures(mail)[shown[0]])).size == (320, 107)


def test_without_a_branding_a_mail_looks_like_the_shop() -> None:
    mail = sent(PLAIN, MailKind.EXPIRED)
    html = body(mail, "html")

    assert "Jersey Events\r\n</td>" in html
    assert 'bgcolor="#16213e"' in html
    assert pictures(mail) == {}
    assert "on behalf of" not in html + body(mail, "plain")


def test_a_shop_that_sells_its_own_events_is_named_once() -> None:
    mail = sent(letterhead(Branding("Jersey Events")))

    assert "on behalf of" not in body(mail, "html") + body(mail, "plain")


@given(st.tuples(CHANNEL, CHANNEL, CHANNEL))
def test_the_text_is_readable_on_every_colour(colour: tuple[int, int, int]) -> None:
    head = letterhead(look_of(an_organiser(colour="#{:02X}{:02X}{:02X}".format(*colour)), None))

    for ink in (head.ink, head.soft_ink):
        assert contrast(rgb(ink), rgb(head.colour)) >= READABLE


def test_a_dark_mode_keeps_the_heads_own_colours() -> None:
    html = body(sent(letterhead(look_of(an_organiser(colour="#F4F1E8"), None))), "html")

    for rule in (
        ".head { background-color: #f4f1e8 !important; }",
        "[data-ogsb] .head { background-color: #f4f1e8 !important; }",
        "[data-ogsc] .on-head { color: #16213e !important; }",
    ):
        assert rule in html
    assert 'class="title on-head"' in html


@pytest.mark.parametrize("size", [(550, 550), (600, 210), (600, 75), (75, 600), (32, 32)])
def test_a_logo_fits_its_box_and_is_small(size: tuple[int, int]) -> None:
    found = letterhead(replace(HARBOUR, logo=a_logo(*size))).logo

    assert found is not None
    assert 0 < found.width <= LOGO_BOX[0]
    assert 0 < found.height <= LOGO_BOX[1]
    assert len(found.png) <= LARGEST_LOGO


def test_a_file_that_is_no_logo_is_refused() -> None:
    with pytest.raises(UnusableLook, match="no PNG"):
        letterhead(replace(HARBOUR, logo=logo()[:100]))


def test_a_logo_without_a_background_is_shown_on_white() -> None:
    """Black ink on what a mail program would make of transparency would be a black box."""
    file = BytesIO()
    Image.new("RGBA", (200, 100), (0, 0, 0, 0)).save(file, "PNG")

    made = letterhead(Branding(logo=file.getvalue())).logo

    assert made is not None
    with Image.open(BytesIO(made.png)) as shown:
        assert shown.getpixel((0, 0)) == (255, 255, 255)
