"""The bodies of alerts, from the templates beside this module, in plain text.

Some facts were written by buyers, SumUp or other mail servers, so they are changed so that mail
programs find no links in them. Shown as they are: commands, our own links, which a template marks
as `safe`, and the address of a buyer, with `address`.

This is a module of its own, because jinja2 is slow to import and most runs write no alerts.
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
    """Return the text of a template, filled with these facts."""

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
    """Return an address that can be copied, unless it might be taken for a page on the web."""
    return text if LIKE_A_PAGE.search(text) else Markup(text)  # noqa: S704 - plain text
