import hashlib
import re
import subprocess
import sys
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, compat32, default
from email.utils import getaddresses
from html import escape, unescape
from io import BytesIO
from typing import Any

import pytest
import zxingcpp
from PIL import Image

from tests.support.builders import NOW, a_brand, a_line, a_signer, an_event, an_order, tickets_for
from tests.support.hostile import DOTTED, JOINED, LINKS, NAMES
from ticketing.brand import Brand
from ticketing.emails import compose
from ticketing.emails.letterhead import PLAIN
from ticketing.emails.mail import Mail, MailKind, to_buyer
from ticketing.emails.rendering import Letter
from ticketing.errors import InvalidAddress
from ticketing.events.event import Event
from ticketing.orders.order import Customer, Order, Reissued
from ticketing.text import one_line, without_links
from ticketing.tickets import qr

PDF = b"%PDF-1.4 not really"
ORDER_PAGE = "https://tickets.example.com/orders/?n=ORD-ABC123#t=AAA"
INJECTIONS = (
    "jane@example.com\r\nBcc: victim@example.org",
    "jane@example.com\nBcc: victim@example.org",
    "jane@example.com, victim@example.org",
    "Jane <jane@example.com>",
    "",
)


def test_the_parts_are_nested_as_mail_clients_expect() -> None:
    assert _shape(_sent(_confirmation())) == (
        "multipart/mixed",
        [
            (
                "multipart/alternative",
                [
                    "text/plain",
                    ("multipart/related", ["text/html", "image/png", "image/png", "image/png"]),
                ],
            ),
            "application/pdf",
            "text/calendar",
        ],
    )


def test_the_headers_name_sender_recipient_date_and_automation() -> None:
    mail = _sent(_confirmation())

    assert mail["From"] == "Jersey Events <tickets@example.com>"
    assert mail["To"] == "jane@example.com"
    assert mail["Reply-To"] == "support@example.com"
    assert mail["Subject"] == "Your tickets for Jersey Live: Summer Sounds - Order ORD-ABC123"
    assert mail["Date"].datetime == NOW
    assert mail["Auto-Submitted"] == "auto-generated"
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.com>", mail["Message-ID"])


def test_a_phone_number_is_a_link_but_not_a_reply_address() -> None:
    mail = _sent(_confirmation(brand=a_brand(support="+44 1534 000000")))

    assert mail["Reply-To"] is None
    assert 'href="tel:+441534000000"' in _html(mail)


def test_the_message_id_depends_only_on_the_mail() -> None:
    first, again = _confirmation(), _confirmation()
    other = _confirmation(mail_id="ORD-ABC123#confirmation#2")

    assert first["Message-ID"] == again["Message-ID"]
    assert first["Message-ID"] != other["Message-ID"]


def test_every_qr_code_in_the_mail_is_genuine_and_shown_once() -> None:
    order = an_order(lines=(a_line(quantity=12),))
    mail = _sent(_confirmation(order))
    html = _html(mail)

    codes = [_read(picture) for picture in _pictures(mail).values()]

    assert codes == [ticket.qr_text for ticket in tickets_for(order)]
    assert all(qr.verify(code, a_signer().public_keys("5"), "5") for code in codes)
    assert re.findall(r'src="cid:([^"]+)"', html) == list(_pictures(mail))
    assert "data:" not in html


def test_a_qr_code_has_its_own_white_border() -> None:
    """Eight modules wider than the code itself, so no dark background can touch it."""
    (picture, *_) = _pictures(_sent(_confirmation())).values()
    image = Image.open(BytesIO(picture)).convert("L")
    quiet = 4 * 8

    assert image.size == ((45 + 8) * 8, (45 + 8) * 8)
    assert image.crop((0, 0, image.width, quiet)).getextrema() == (255, 255)
    assert image.crop((0, 0, quiet, image.height)).getextrema() == (255, 255)
    assert image.getpixel((quiet, quiet)) == 0


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_text_and_html_have_the_same_content(kind: str) -> None:
    text = _body(_sent(_confirmation()), kind).replace("<bdi>", "").replace("</bdi>", "")

    for words in (
        "Hello Jane Doe,",
        "all 3 tickets",
        "General admission",
        "£15.00",
        "£45.00",
        "Jersey Live: Summer Sounds",
        "Saturday 18 July 2026, 19:30\u00a0BST (Europe/Jersey)",
        "Howard Davis Park, La Route de Saint-Clément",
        "ORD-ABC123-03",
        "support@example.com",
        "https://tickets.example.com/orders/?n=ORD-ABC123#t=AAA",
    ):
        assert words in text


def test_a_single_ticket_uses_the_singular() -> None:
    mail = _sent(_confirmation(an_order(lines=(a_line(quantity=1),))))

    assert "your ticket is in this email" in _body(mail, "plain")
    assert "Your ticket is here" in _html(mail)


def test_the_pdf_is_attached_under_the_order_number() -> None:
    attached, _ = _sent(_confirmation()).iter_attachments()

    assert attached.get_filename() == "ORD-ABC123.pdf"
    assert attached.get_content() == PDF


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_doors_and_end_are_beside_the_start(kind: str) -> None:
    start = an_event().starts_at
    event = an_event(doors_at=start - timedelta(hours=1), ends_at=start + timedelta(hours=3))

    text = _body(_sent(_confirmation(event=event)), kind)

    assert "18 July 2026, 19:30\u00a0BST (Europe/Jersey), doors 18:30, until 22:30" in text


@pytest.mark.parametrize("zone", ["Europe/Jersey", "Asia/Tokyo", "Europe/Atlantis"])
def test_the_last_minute_of_the_calendar_stops_no_mail(zone: str) -> None:
    event = an_event(starts_at=datetime(9999, 12, 31, 23, 59, tzinfo=UTC), time_zone=zone)

    mail = _sent(_confirmation(event=event))

    assert [part.get_content_type() for part in mail.iter_attachments()] == [
        "application/pdf",
        "text/calendar",
    ]
    assert "Friday 31 December 9999, 23:59" in _body(mail, "plain")


@pytest.mark.parametrize("error", [OverflowError("date"), ValueError("no"), KeyError("Mars")])
def test_a_calendar_that_cannot_be_made_costs_the_calendar_and_not_the_tickets(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object) -> str:
        raise error

    monkeypatch.setattr("ticketing.orders.calendar.entry", fail)

    mail = _sent(_confirmation())

    assert [part.get_content_type() for part in mail.iter_attachments()] == ["application/pdf"]
    assert len(_pictures(mail)) == 3
    assert "calendar" not in _body(mail, "plain") + _html(mail)


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_the_pdf_for_paper_is_attached_and_the_one_for_a_phone_is_on_the_orders_page(
    kind: str,
) -> None:
    mail = _sent(_confirmation())

    attached = [part.get_content_type() for part in mail.iter_attachments()]
    assert attached == ["application/pdf", "text/calendar"]
    sentence = _body(mail, kind).partition("fits the screen of a phone is on")[2]
    assert "https://tickets.example.com/orders/?n=ORD-ABC123#t=AAA" in sentence[:200]


def test_a_huge_pdf_is_linked_instead_of_attached() -> None:
    mail = _sent(_confirmation(pdf=b"x" * (compose.LARGEST_PDF + 1)))

    assert [part.get_content_type() for part in mail.iter_attachments()] == ["text/calendar"]
    for kind in ("plain", "html"):
        assert "too large to send by email" in _body(mail, kind)
        assert ORDER_PAGE in _body(mail, kind)
        assert "attached" not in _body(mail, kind)


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_a_failed_payment_is_reported_with_a_link_to_retry(kind: str) -> None:
    mail = _sent(_payment_failed("CANCELLED"))
    text = _body(mail, kind)

    for words in (
        "We are sorry",
        "did not go through",
        "The payment was cancelled before it was complete.",
        "You can simply try again",
        "As far as we know, no money was taken",
        "Monday 1 June 2026, 15:00\u00a0BST",
        "support@example.com",
        ORDER_PAGE,
    ):
        assert words in text
    assert mail["Subject"] == (
        "Your payment for Jersey Live: Summer Sounds did not go through - Order ORD-ABC123"
    )


REPLACED = "Ticket ORD-ABC123-02 was replaced. Its new number is ORD-ABC123-02-R2, and it has a new"
PASSED_ON = (
    "Ticket ORD-ABC123-02 is now in the name of Ben Vibert. Its new number is ORD-ABC123-02-R2"
)
NOW_AS = "all tickets of your order as they are now"
ONCE_MORE = "the same ones as before"
ANEW: dict[str, tuple[str | None, dict[str, Any], list[str], str]] = {
    "reissued": ("reissued ORD-ABC123-02", {}, [REPLACED, NOW_AS], "A new ticket for"),
    "reissued twice": ("reissued ORD-ABC123-02-R1", {}, ["ORD-ABC123-02-R1 was replaced", NOW_AS],
                       "A new ticket for"),
    "transferred": ("transferred ORD-ABC123-02", {}, [PASSED_ON, NOW_AS], "A new ticket for"),
    "a link for a name": ("transferred ORD-ABC123-02", {"holder": "www.example.com"},
                          [f"in the name of {without_links('www.example.com')}."], "A new ticket"),
    "void since": ("reissued ORD-ABC123-02", {"ticket_id": "ORD-ABC123-04"}, [ONCE_MORE],
                   "Once more:"),
    "another's": ("reissued ORD-ABC123-04", {}, [ONCE_MORE], "Once more:"),
    "no id": ("reissued", {}, [ONCE_MORE], "Once more:"),
    "sent again": (None, {}, [ONCE_MORE], "Once more:"),
}  # fmt: skip


@pytest.mark.parametrize(("cause", "changes", "said", "subject"), ANEW.values(), ids=ANEW)
def test_a_ticket_that_was_issued_anew_comes_with_what_changed(
    cause: str | None, changes: dict[str, Any], said: list[str], subject: str
) -> None:
    order = an_order(reissued=(Reissued("ORD-ABC123-02", 2),))
    first, second, third = tickets_for(order)
    tickets = (first, replace(second, **{"holder": "Ben Vibert"} | changes), third)
    letter = _letter("ORD-ABC123#confirmation#2", order, an_event(), a_brand(), cause)

    mail = _sent(compose.confirmation(letter, tickets, PDF))

    for kind in ("plain", "html"):
        text = " ".join(_body(mail, kind).replace("<bdi>", "").replace("</bdi>", "").split())
        assert [words for words in said if words not in text] == []
        assert (ONCE_MORE in text) is (ONCE_MORE in said)
    assert subject in mail["Subject"]


@pytest.mark.parametrize("cause", [None, "FAILED", "SOMETHING_NEW", "<b>"])
def test_a_missing_reason_is_not_invented(cause: str | None) -> None:
    mail = _sent(_payment_failed(cause))

    assert "The reason given" not in _body(mail, "plain") + _html(mail)


def test_an_alert_is_a_plain_text_mail_to_the_operators() -> None:
    body = "Order: ORD-ABC123\nExpected Amount: £45.00\n<b> & so on\n"

    mail = _sent(compose.alert(_an_alert("[CRITICAL] Amount Mismatch", body), a_brand()))

    assert mail["To"] == "alerts@example.com"
    assert mail["Subject"] == "[CRITICAL] Amount Mismatch"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().splitlines() == body.splitlines()


@pytest.mark.parametrize("address", INJECTIONS)
def test_a_mail_has_exactly_one_recipient_or_is_refused(address: str) -> None:
    order = an_order(customer=Customer("Jane", address))

    with pytest.raises(InvalidAddress):
        _confirmation(order)
    with pytest.raises(InvalidAddress):
        _payment_failed(None, order)
    with pytest.raises(InvalidAddress):
        compose.alert(_an_alert("x", "y"), a_brand(alert_address=address))


@pytest.mark.parametrize("name", NAMES)
def test_a_name_cannot_inject_headers_recipients_or_tags(name: str) -> None:
    order = an_order(
        customer=Customer(name, "jane@example.com"), lines=(a_line(quantity=1, description=name),)
    )
    event = an_event(name=name, venue=name, address=name)
    brand = a_brand(name=name, support=name)

    for made, recipient in (
        (_confirmation(order, event, brand), "jane@example.com"),
        (_payment_failed(name, order, event, brand), "jane@example.com"),
        (compose.alert(_an_alert(name, name), brand), "alerts@example.com"),
    ):
        mail = _sent(made)
        assert getaddresses(mail.get_all("To", [])) == [("", recipient)]
        assert mail["Bcc"] is None
        assert mail["From"].addresses[0].addr_spec == "tickets@example.com"
        assert "<script" not in _html(mail)
        assert "<img src=x" not in _html(mail)
        assert _html(mail).count("<h1") <= 1


@pytest.mark.parametrize(("name", "printed"), DOTTED.items())
def test_a_greeting_has_the_name(name: str, printed: str) -> None:
    mail = _sent(_payment_failed(None, _order_of(name)))

    assert _body(mail, "plain").splitlines()[0] == f"Hello {printed},"
    assert f"Hello <bdi>{escape(printed).replace('&#x27;', '&#39;')}</bdi>," in _html(mail)


@pytest.mark.parametrize("name", JOINED)
def test_a_greeting_keeps_the_joiners_of_a_name(name: str) -> None:
    mail = _sent(_payment_failed(None, _order_of(name)))

    assert f"Hello {name}," in unicodedata.normalize("NFC", _body(mail, "plain"))
    assert f"<bdi>{name}</bdi>" in unicodedata.normalize("NFC", _html(mail))


def test_a_name_of_which_nothing_is_seen_is_left_out_of_the_greeting() -> None:
    mail = _sent(_payment_failed(None, _order_of("\u200b\u3164")))

    assert _body(mail, "plain").splitlines()[0] == "Hello,"


@pytest.mark.parametrize("name", LINKS)
def test_a_name_never_becomes_a_link(name: str) -> None:
    mail = _sent(_payment_failed(None, _order_of(name)))
    greeting = _body(mail, "plain").splitlines()[0]

    assert greeting == f"Hello {without_links(name)},"
    assert greeting.removeprefix("Hello ").removesuffix(",") in unescape(_html(mail))
    for other in ("Subject", "From", "To", "Reply-To"):
        assert "evil" not in mail[other]


def _order_of(name: str) -> Order:
    return an_order(customer=Customer(name, "jane@example.com"))


DOMAINS = [
    ".".join(["x" * 60] * 4)[: length - len(".example.com")].rstrip(".") + ".example.com"
    for length in (16, 61, 62, 63, 64, 78, 100, 150, 200)
]


@pytest.mark.parametrize("domain", DOMAINS, ids=len)
def test_a_sender_domain_of_any_length_leaves_the_headers_as_they_are(domain: str) -> None:
    """Read without decoding, as mail programs look for the pictures and the thread."""
    brand = a_brand(sender=f"tickets@{domain}", support=f"support@{domain}")

    made = _confirmation(an_order(lines=(a_line(quantity=2),)), brand=brand)
    raw = message_from_bytes(made.as_bytes(policy=SMTP), policy=compat32)

    shown = re.findall(r'src="cid:([^"]+)"', _html(_sent(made)))
    sent = [part["Content-ID"] for part in raw.walk() if part["Content-ID"]]
    assert sent == [f"<{cid}>" for cid in shown]
    assert shown == [f"ORD-ABC123-0{n}@{domain}" for n in (1, 2)]
    assert raw["Message-ID"] == made["Message-ID"]
    assert raw["Message-ID"].endswith(f"@{domain}>")
    assert raw["Reply-To"].strip() == f"support@{domain}"
    assert getaddresses([raw["From"].replace("\r\n", "")]) == [
        ("Jersey Events", f"tickets@{domain}")
    ]
    assert [part.get_filename() for part in raw.walk() if part.get_filename()] == [
        "ORD-ABC123-01.png",
        "ORD-ABC123-02.png",
        "ORD-ABC123.pdf",
        "ORD-ABC123.ics",
    ]


@pytest.mark.parametrize(
    "name", ["Jersey Events " * 5, "Événements de Jersey " * 4, "x" * 80, "山" * 80]
)
def test_long_names_survive_in_the_headers(name: str) -> None:
    brand, event = a_brand(name=name), an_event(name=name)
    number = "ABCDEFGH-ABCDEFGHIJKL"
    order = an_order(order_number=number, lines=(a_line(quantity=1),))

    made = _confirmation(order, event, brand, mail_id=f"{number}#confirmation#1")
    mail, raw = _sent(made), message_from_bytes(made.as_bytes(), policy=compat32)

    # Python's newer parser leaves spaces between the encoded words of a name, which are not its.
    sender = str(make_header(decode_header(raw["From"].replace("\r\n", ""))))
    assert sender.split() == f"{one_line(name)} <tickets@example.com>".split()
    assert mail["Subject"] == f"Your tickets for {one_line(name, 100)} - Order {number}"
    assert [part.get_filename() for part in mail.iter_attachments()] == [
        f"{number}.pdf",
        f"{number}.ics",
    ]


def test_no_text_can_forge_a_mime_boundary() -> None:
    boundary = _confirmation().get_boundary()
    event = an_event(name=f"--{boundary}")

    mail = _sent(_confirmation(event=event))

    assert _shape(mail) == _shape(_sent(_confirmation()))


def test_lines_are_short_and_end_with_crlf() -> None:
    raw = _confirmation(an_order(lines=(a_line(quantity=50),))).as_bytes()

    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    assert raw.isascii()


@pytest.mark.slow
def test_the_same_order_produces_the_same_bytes_in_any_process() -> None:
    script = (
        "import hashlib, tests.emails.test_compose as t;"
        "print(hashlib.sha256(t._confirmation().as_bytes()).hexdigest())"
    )

    assert _run(script, hash_seed="1") == hashlib.sha256(_confirmation().as_bytes()).hexdigest()


@pytest.mark.parametrize(
    ("changed", "begins"),
    [
        ({"starts_at": an_event().starts_at + timedelta(hours=1)}, "New time: "),
        ({"doors_at": an_event().starts_at}, "New time: "),
        ({"venue": "Fort Regent"}, "New venue: "),
        ({"name": "Autumn Sounds"}, "New name: "),
        ({"name": "Autumn Sounds", "venue": "Fort Regent"}, "Changed: "),
    ],
)
def test_the_subject_about_a_change_says_what_is_new(changed: dict[str, Any], begins: str) -> None:
    order, event = an_order(), an_event(**changed)
    letter = _letter("ORD-ABC123#event_changed#2", order, event, a_brand())

    made = compose.event_changed(letter, an_event(), tickets_for(order), PDF)

    assert made["Subject"].startswith(begins)


@pytest.mark.parametrize("kind", ["plain", "html"])
def test_tickets_for_several_people_say_so(kind: str) -> None:
    family = an_order(lines=(a_line(description="Family", quantity=1, admits=4),))

    text = _body(_sent(_confirmation(family)), kind)

    assert "Family · admits 4" in text
    assert "Each code admits as many people as its ticket says, once." in text
    assert "one person" not in text


def _confirmation(  # the parts of a confirmation that tests vary
    order: Order | None = None,
    event: Event | None = None,
    brand: Brand | None = None,
    *,
    pdf: bytes = PDF,
    mail_id: str = "ORD-ABC123#confirmation#1",
) -> EmailMessage:
    order, event, brand = order or an_order(), event or an_event(), brand or a_brand()
    signed = tickets_for(replace(order, customer=Customer("Jane", "jane@example.com")))
    return compose.confirmation(_letter(mail_id, order, event, brand), signed, pdf)


def _letter(  # of the mail with this id
    mail_id: str, order: Order, event: Event, brand: Brand, cause: str | None = None
) -> Letter:
    kind = MailKind(mail_id.split("#")[1])
    mail = replace(to_buyer(order, kind, NOW, cause=cause), mail_id=mail_id)
    return Letter(mail, order, event, brand, PLAIN, brand.order_url(order.order_number, "AAA"))


def _an_alert(subject: str, body: str) -> Mail:
    mail = Mail("shop#alert#1", MailKind.ALERT, "alerts@example.com", NOW)
    return replace(mail, subject=subject, body=body)


def _payment_failed(
    cause: str | None,
    order: Order | None = None,
    event: Event | None = None,
    brand: Brand | None = None,
) -> EmailMessage:
    order, event, brand = order or an_order(), event or an_event(), brand or a_brand()
    letter = _letter("ORD-ABC123#payment_failed#1", order, event, brand, cause)
    return compose.payment_failed(letter)


def _sent(made: EmailMessage) -> EmailMessage:
    """Return the mail as a mail client parses it."""
    mail = message_from_bytes(made.as_bytes(), policy=default)
    assert isinstance(mail, EmailMessage)
    return mail


Shape = str | tuple[str, list["Shape"]]


def _shape(part: MIMEPart) -> Shape:
    if not part.is_multipart():
        return part.get_content_type()
    return part.get_content_type(), [_shape(inner) for inner in part.iter_parts()]


def _body(mail: EmailMessage, kind: str) -> str:
    parts = [part for part in mail.walk() if part.get_content_type() == f"text/{kind}"]
    return "".join(part.get_content() for part in parts)


def _html(mail: EmailMessage) -> str:
    return _body(mail, "html")


def _pictures(mail: EmailMessage) -> dict[str, bytes]:
    return {
        part["Content-ID"].strip("<>"): part.get_content()
        for part in mail.walk()
        if part.get_content_type() == "image/png"
    }


def _read(png: bytes) -> str:
    qr_only = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    (found,) = zxingcpp.read_barcodes(Image.open(BytesIO(png)), formats=qr_only)
    return found.text


def _run(script: str, hash_seed: str) -> str:
    paths = [path for path in sys.path if path]
    environment = {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": ":".join([".", *paths])}
    done = subprocess.run(  # noqa: S603 - our own script
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
