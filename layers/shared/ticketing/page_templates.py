"""Templates of whole pages: values are escaped, and a missing one is an error. Pure.

Reports extend `report.html`, which all packages share.
"""

from collections.abc import Mapping
from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined


def filled(package: str, name: str, facts: Mapping[str, object]) -> str:
    """Return a package's template, filled with these facts."""
    return _templates(package).get_template(name).render(facts)


@cache
def _templates(package: str) -> Environment:
    return Environment(
        loader=ChoiceLoader([PackageLoader(package), PackageLoader("ticketing")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
