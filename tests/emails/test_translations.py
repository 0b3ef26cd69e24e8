"""Every sentence for buyers is translated into every language, with the same placeholders."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import ticketing
from ticketing.language import FOLDER, Language, sentences

SITE_WORDS = Path(__file__).parents[2] / "site" / "assets" / "text.js"
PACKAGE = Path(ticketing.__file__).parent
TEMPLATES = "emails/templates/**"
OPTIONS = {"extensions": "jinja2.ext.i18n", "newstyle_gettext": "true", "silent": "false"}
WORDS = {"gettext": None, "ngettext": (1, 2), "_": None}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
TRANSLATED = [language for language in Language if language is not Language.ENGLISH]
NARROW, WIDE = "\u202f", "\u00a0"

Sentence = str | tuple[str, ...]


def in_use() -> set[Sentence]:
    """Return the messages in code and templates, as Babel's own extractor finds them."""
    found = extract_from_dir(
        PACKAGE,
        method_map=[("**.py", "python"), (TEMPLATES, "jinja2")],
        options_map={TEMPLATES: OPTIONS},
        keywords=WORDS,
    )
    return {message for _, _, message, _, _ in found}


def catalogue(language: Language) -> Catalog:
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language.value, abort_invalid=True)


def forms(said: object) -> tuple[str, ...]:
    """Return a sentence as the tuple of its plural forms, of which most have one."""
    return tuple(map(str, said)) if isinstance(said, tuple | list) else (str(said or ""),)


def translations(language: Language) -> Iterator[tuple[Message, str, str]]:
    """Yield each sentence with each of its forms: the message, a form in English, ours."""
    for message in catalogue(language):
        if message.id:
            english = forms(message.id)
            yield from ((message, english[-1], form) for form in forms(message.string))


def test_messages_are_extracted_from_code_and_templates() -> None:
    found = in_use()

    assert "Changed: %(event)s - Order %(number)s" in found, "in code"
    assert ("Your ticket is here", "Your tickets are here") in found, "in a template, with a plural"
    assert "At the entrance" in found, "in a template, as an argument"


@pytest.mark.slow
@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_missing_or_obsolete(language: Language) -> None:
    known = {message.id for message in catalogue(language) if message.id}

    assert in_use() - known == set(), "missing"
    assert known - in_use() == set(), "stale"


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_blank_fuzzy_or_duplicated(language: Language) -> None:
    text = (FOLDER / f"{language}.po").read_text(encoding="utf-8")

    assert [m.id for m in catalogue(language) if m.id and m.fuzzy] == []
    assert [english for _, english, ours in translations(language) if not ours.strip()] == []
    assert not catalogue(language).obsolete
    assert text.count("\nmsgid ") - text.count('\nmsgid ""\nmsgstr ""\n') == len(
        catalogue(language)
    ), "a second one with the same words hides the first"


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_translation_keeps_the_placeholders_of_the_original(language: Language) -> None:
    """A singular form may omit the number, as English does."""
    for message, english, ours in translations(language):
        wanted = set(PLACEHOLDER.findall(english))
        first = message.id[0] if isinstance(message.id, tuple) else english
        least = wanted & set(PLACEHOLDER.findall(first))
        found = set(PLACEHOLDER.findall(ours))
        assert least <= found <= wanted, (english, ours)
        assert ours.replace("%%", "").count("%") == len(PLACEHOLDER.findall(ours)), ours


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_language_has_the_right_number_of_plural_forms(language: Language) -> None:
    wanted = catalogue(language).num_plurals

    for message in catalogue(language):
        if message.pluralizable:
            assert len(forms(message.string)) == wanted, message.id


def test_the_order_form_offers_every_language() -> None:
    (offered,) = re.findall(r"languages: \{(.+?)\}", SITE_WORDS.read_text(encoding="utf-8"))

    assert re.findall(r"(\w+): ", offered) == [language.value for language in Language]


def test_french_punctuation_uses_the_right_spaces() -> None:
    """With a plain space before these signs a line may begin with one; no space at all is wrong."""
    for _, _, ours in translations(Language.FRENCH):
        for before, sign in re.findall(r"(.)([;!?:])", PLACEHOLDER.sub("x", ours)):
            assert before == (WIDE if sign == ":" else NARROW), ours
        assert "'" not in ours, ours


@pytest.mark.parametrize("language", Language)
def test_every_language_can_be_loaded(language: Language) -> None:
    said = sentences(language).ngettext("Your ticket is here", "Your tickets are here", 2)

    assert said
    assert (said == "Your tickets are here") == (language is Language.ENGLISH)
