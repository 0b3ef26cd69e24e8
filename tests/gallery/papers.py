"""The tickets of the gallery: every paper, language, look and hard case, as finished PDFs."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from tests.support.builders import a_brand, a_line, an_event, an_order, an_organiser, tickets_for
from ticketing.events.about import About
from ticketing.language import Language
from ticketing.orders.order import Customer, Order
from ticketing.tickets import fallback_page, pdf
from ticketing.tickets.branding import Branding, look_of, prepared
from ticketing.tickets.labels import common, each
from ticketing.tickets.ticket import Paper, Ticket

TERMS = (
    "Doors open one hour before the start. No re-entry. Under 16s are let in with an adult. No "
    "glass, no dogs, no umbrellas. Bags may be searched. The programme may change without notice. "
)
LONG_NAME = "Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh, Maximiliana Theodora Bea"
LONG_TITLE = (
    "The Jersey International Festival of Very Long Titles, of Music, Literature and the Sea, with "
    "Fireworks over Elizabeth Castle, a Children's Parade and a Closing Concert of the Symphony Or"
    "chestra"
)


@dataclass(frozen=True)
class Case:
    """An order's tickets on one paper; `pages` are those shown, of the many there may be."""

    title: str
    pdf: bytes
    tickets: tuple[Ticket, ...]
    pages: tuple[int, ...] = ()


def cases() -> Iterator[Case]:
    """Return every ticket of the gallery, on both papers."""
    for paper in Paper:
        for title, order, told in _orders():
            tickets = tickets_for(order)
            look, event, brand = (
                told.get("look", Branding()),
                told.get("event", an_event()),
                a_brand(),
            )
            document = pdf.render(order, event, tickets, brand, look, paper)
            pages = (0, len(tickets) - 1) if len(tickets) > 1 else ()
            if event.terms and paper is Paper.A6:
                pages = (0, len(tickets))
            yield Case(f"{title} · {paper.upper()}", document, tickets, pages)
        yield _plain(paper)


@cache
def logo() -> bytes:
    """Return a logo as an organiser would hand it in: on nothing, with soft edges."""
    picture = Image.new("RGBA", (1800, 600), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((20, 20, 580, 580), fill=(0, 110, 90, 255))
    draw.polygon([(150, 420), (300, 140), (450, 420)], fill=(255, 255, 255, 255))
    draw.rounded_rectangle((680, 130, 1780, 290), 40, fill=(20, 45, 50, 255))
    draw.rounded_rectangle((680, 350, 1400, 450), 40, fill=(0, 110, 90, 255))
    file = BytesIO()
    picture.resize((900, 300), Image.Resampling.LANCZOS).save(file, "PNG")
    return prepared(file.getvalue())


def _orders() -> Iterator[tuple[str, Order, Mapping[str, Any]]]:
    harbour = look("#006E5A", logo())
    festival = an_event(name="Harbour Festival: Opening Night on the Pier", terms=TERMS * 2)
    for language in Language:
        yield f"The shop's own look, {language}", _order(language=language), {}
        order = _order("Zoë Éloïse", language=language)
        yield f"Colour, logo and terms, {language}", order, {"look": harbour, "event": festival}
        yield f"All that there is to say, {language}", _order(language=language), _everything()
    yield "The longest of everything", _order(LONG_NAME, Language.FRENCH, LONG_NAME), _longest()
    yield "A free ticket and a child's", an_order(lines=_family()), {"look": look("#FFD400")}
    yield "A pale colour", _order(), {"look": look("#F4F1E8", logo())}
    yield "A light colour", _order(), {"look": look("#F28C28")}
    yield "Black", _order(), {"look": look("#000000", logo())}
    yield "Fifty tickets", an_order(lines=(a_line(quantity=50),)), {"look": harbour}
    for title, name, event_name in SCRIPTS:
        yield title, _order(name, kind=f"{name} 42 (VIP)"), {"event": an_event(name=event_name)}
    hostile = "Jane\u202e <b>Doe</b> 👍 %s {{7*7}} \x00\ufffd"
    yield "A hostile name", _order(hostile, kind=hostile), {"event": an_event(venue=hostile)}


SCRIPTS = (
    ("Greek and Cyrillic", "Ελένη Παπαδοπούλου-Ёлкина", "Концерт симфонического оркестра"),
    ("Vietnamese and Turkish", "Nguyễn Thị Hương İğdır", "Žofie Dvořáková & Ștefan Țepeș"),
    ("Hebrew", "שרה כהן", "ערב של שירים: Jersey Live"),
    ("Arabic", "محمد الفاتح", "أمسية موسيقية على الشاطئ 2026"),
    ("Chinese and Japanese", "王小明", "山田 太郎 ライブ・コンサート"),
    ("Korean", "김민준", "한여름 밤의 음악회"),
    ("Thai and Devanagari", "สมชาย ใจดี", "अनुष्का शर्मा का संगीत"),
    ("Armenian and Georgian", "Արամ Խաչատրյան", "საქართველოს სიმფონიური ორკესტრი"),
)


def _order(
    name: str = "Jane Doe", language: Language = Language.ENGLISH, kind: str = "General admission"
) -> Order:
    customer = Customer(name, "jane@example.com", language)
    return an_order(customer=customer, lines=(a_line(description=kind),))


def _family() -> tuple[Any, ...]:
    child = a_line(sku="child", description="Child under 12", quantity=1, unit_price=Decimal(0))
    return a_line(description="Adult", quantity=1), child


def _everything() -> dict[str, Any]:
    start = an_event().starts_at
    event = an_event(
        name="Summer Sounds",
        terms=TERMS,
        doors_at=start - timedelta(hours=1),
        ends_at=start + timedelta(hours=4),
        slug="summer-sounds-5",
        about=About(
            age="All ages; under 14 with an adult.",
            access="Step-free from the south gate. A companion comes free: write to us. Two places "
            "for cars with a badge are at the gate, and there is a hearing loop at the front.",
            map_url="https://www.openstreetmap.org/?mlat=49.1806&mlon=-2.0937#map=17/49.18/-2.09",
            contact="hello@harbour-arts.example, 01534 496 0000",
            refunds="In full until a week before the event; after that only if it is cancelled.",
        ),
    )
    return {"event": event, "look": look("#006E5A", logo())}


def _longest() -> dict[str, Any]:
    event = an_event(
        name=LONG_TITLE,
        venue=LONG_TITLE,
        address=LONG_TITLE,
        terms=(TERMS * 9)[:1000],
        about=About(
            age=LONG_TITLE,
            access=(TERMS * 9)[:1000],
            map_url=f"https://www.example.com/{'map' * 150}",
            contact=LONG_TITLE,
            refunds=(TERMS * 9)[:1000],
        ),
        time_zone="America/Argentina/Buenos_Aires",
    )
    return {"event": event, "look": look("#7A1F5C", logo(), LONG_NAME)}


def look(colour: str, picture: bytes | None = None, name: str = "Harbour Arts Trust") -> Branding:
    return look_of(an_organiser(name=name, colour=colour), picture)


def _plain(paper: Paper) -> Case:
    order, event = _order("Zoë Ελένη", Language.FRENCH), an_event(terms=TERMS)
    said = common(order, event, a_brand(), Branding("Harbour Arts Trust"))
    tickets = tickets_for(order)
    document = fallback_page.render(paper, pdf.about(order, said), said, each(order, tickets))
    return Case(f"Plain, when all else fails · {paper.upper()}", document, tickets, (0,))
