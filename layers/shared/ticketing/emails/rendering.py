"""Render a mail's template as HTML and as plain text, with the facts of its order.

There is one template for each mail in `templates/`, which is rendered twice: with the parts and the
layout in HTML, and with those in plain text. The templates are in English, and
`ticketing.language` translates them into the buyer's language.
"""

import re
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from ticketing.brand import Brand
from ticketing.emails.letterhead import Letterhead
from ticketing.emails.mail import Mail
from ticketing.emails.mime import sender_domain, support_address
from ticketing.events.dates import date_text, hours_text, moment_text
from ticketing.events.event import Event
from ticketing.language import Language, sentences
from ticketing.money import format_amount
from ticketing.orders.order import Line, Order
from ticketing.text import one_line, unbroken, without_links
from ticketing.tickets.labels import kind_text

LONGEST_TEXT = 200
MANY_BLANK_LINES = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Letter:
    """The facts of every mail to a buyer. `order_url` opens the order's page without signing in."""

    mail: Mail
    order: Order
    event: Event
    brand: Brand
    head: Letterhead
    order_url: str

    @property
    def language(self) -> Language:
        return self.order.customer.language

    @property
    def logo_cid(self) -> str:
        return f"logo@{sender_domain(self.brand)}"


@dataclass(frozen=True)
class Rendering:
    """HTML or plain text: its layout, its parts, and whether markup is escaped."""

    layout: str
    parts: str
    escapes: bool


HTML = Rendering("_layout.html", "_parts.html", escapes=True)
TEXT = Rendering("_layout.txt", "_parts.txt", escapes=False)


def html(letter: Letter, name: str, facts: dict[str, object]) -> str:
    return _rendered(name, HTML, letter.language, _facts(letter) | facts)


def plain_text(letter: Letter, name: str, facts: dict[str, object]) -> str:
    text = _rendered(name, TEXT, letter.language, _facts(letter) | facts)
    return MANY_BLANK_LINES.sub("\n\n", text).lstrip("\n")


def _rendered(name: str, rendering: Rendering, language: Language, facts: dict[str, object]) -> str:
    templates = _templates(rendering, language)
    modules: dict[str, object] = {
        "layout": rendering.layout,
        "parts": templates.get_template(rendering.parts).module,
        "sentences": templates.get_template("_sentences.jinja").module,
    }
    return templates.get_template(f"{name}.jinja").render(facts | modules)


def _facts(letter: Letter) -> dict[str, object]:
    """Return the facts that any mail about an order may mention, each on one line."""
    order, event, brand, language = letter.order, letter.event, letter.brand, letter.language
    currency = order.total.currency
    refunded = order.back_in_parts(order.transaction_id)
    return {
        "lang": language.tag,
        "brand": one_line(brand.name),
        "head": letter.head,
        "logo_cid": letter.logo_cid,
        "support": one_line(brand.support),
        "support_link": _support_link(brand),
        "name": one_line(without_links(order.customer.name)),
        "order_number": order.order_number,
        "order_url": letter.order_url,
        "event_url": brand.event_url(event.event_id),
        "lines": [_line_facts(line, currency, language) for line in order.lines],
        "refunded": format_amount(refunded, currency, language) if refunded else None,
        "total": format_amount(order.total.amount - refunded, currency, language),
        "count": len(order.valid_ticket_ids),
        "for_several": order.is_for_several,
        "event": one_line(event.name, LONGEST_TEXT),
        "date": date_text(event, language),
        "time": unbroken(hours_text(event, language)),
        "venue": one_line(event.venue, LONGEST_TEXT),
        "address": unbroken(one_line(event.address, LONGEST_TEXT)),
        "deadline": unbroken(moment_text(order.open_until, event.time_zone, language)),
    }


def _line_facts(line: Line, currency: str, language: Language) -> dict[str, object]:
    return {
        "description": kind_text(line, language),
        "quantity": line.quantity,
        "unit_price": format_amount(line.unit_price, currency, language),
        "price": format_amount(line.unit_price * line.quantity, currency, language),
    }


def _support_link(brand: Brand) -> str | None:
    address = support_address(brand)
    if address:
        return f"mailto:{address}"
    digits = re.sub(r"[^0-9+]", "", brand.support)
    return f"tel:{digits}" if digits and "/" not in brand.support else None


@cache
def _templates(rendering: Rendering, language: Language) -> Environment:
    templates = Environment(
        loader=PackageLoader("ticketing.emails"),
        autoescape=rendering.escapes,  # noqa: S701 - on for everything but plain text
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,  # it would look at the files for each mail
    )
    translations = sentences(language)
    templates.install_gettext_translations(  # type: ignore[attr-defined]  # the extension's
        translations, newstyle=True
    )
    templates.filters["one_line"] = one_line
    return templates
