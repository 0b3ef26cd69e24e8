"""The bodies of alerts, from the templates beside this module, in plain text.

Buyers, SumUp and other mail servers wrote a part of the facts, so mail programs find no link in any
fact. What is shown as it is: commands, our own links, which a template marks as `safe`, and with
`address` the address of a buyer.

A module of its own, because jinja2 is slow to import and most runs write no alert.
"""

import re
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ticketing.operators.admin_links import AdminLinks
from ticketing.orders.commands import words
from ticketing.text import without_links

LIKE_A_PAGE = re.compile(r"^www\.|[/?#]", re.IGNORECASE)


def render(name: str, links: AdminLinks, **facts: object) -> str:
    """Return the text of a template."""

    def command(*arguments: str) -> Markup:
        return Markup(links.command(*arguments))  # noqa: S704 - plain text

    def about_order(name: str, order_number: str, **options: str) -> Markup:
        return command(*words(name, order_number, **options))

    template = _templates().get_template(f"{name}.txt")
    return template.render(facts, links=links, command=command, about_order=about_order)


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=PackageLoader("ticketing.operators"),
        autoescape=False,  # noqa: S701 - plain text
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.filters["address"] = _address
    return templates


def _shown(fact: object) -> str:
    return fact if isinstance(fact, Markup) else without_links(str(fact))


def _address(text: str) -> str:
    """Return an address that can be copied, unless a part of it may pass for a page on the web."""
    return text if LIKE_A_PAGE.search(text) else Markup(text)  # noqa: S704 - plain text
