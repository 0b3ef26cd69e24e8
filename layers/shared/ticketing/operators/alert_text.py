"""The bodies of alerts, from the templates beside this module, in plain text.

A module of its own, because jinja2 is slow to import and most runs write no alert.
"""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined


def render(name: str, **facts: object) -> str:
    """Return the text of a template."""
    return _templates().get_template(f"{name}.txt").render(facts)


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("ticketing.operators"),
        autoescape=False,  # noqa: S701 - plain text
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
