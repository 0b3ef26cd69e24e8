"""The languages of the shop, its tickets and its mails. Pure.

The code has the sentences in English. Translations are in one file per language, such as
`translations/fr.po`, in the gettext format that translation tools read.
"""

from enum import StrEnum
from functools import cache
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

from ticketing.sentence import Sentence

FOLDER = Path(__file__).parent / "translations"


class Language(StrEnum):
    """A language that buyers read."""

    ENGLISH = "en"
    FRENCH = "fr"

    @property
    def locale(self) -> str:
        """The locale for dates and amounts."""
        return LOCALES[self]

    @property
    def tag(self) -> str:
        """The tag in HTML and PDF."""
        return self.locale.replace("_", "-")


LOCALES = {Language.ENGLISH: "en_GB", Language.FRENCH: "fr_FR"}


@cache
def sentences(language: Language) -> NullTranslations:
    """Return the translations into a language; English needs none."""
    if language is Language.ENGLISH:
        return NullTranslations()
    from babel.messages.mofile import write_mo  # noqa: PLC0415  # most functions write no French
    from babel.messages.pofile import read_po  # noqa: PLC0415  # as above
    from babel.support import Translations  # noqa: PLC0415  # as above

    compiled = BytesIO()
    with (FOLDER / f"{language}.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)


def said(text: str, language: Language) -> str:
    """Return a `Sentence` in a language, with its values; any other text stays as it is."""
    if language is Language.ENGLISH or not isinstance(text, Sentence):
        return str(text)
    values = {
        name: said(value, language) if isinstance(value, str) else value
        for name, value in text.values.items()
    }
    pattern = sentences(language).gettext(text.pattern)
    return pattern.format(**values) if values else pattern
