"""Every sentence for buyers is translated into every language, with the same placeholders."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import ticketing
from local.catalogue import FOLDERS, TRANSLATED, compiled, of_the_site, sentences_in
from ticketing.errors import (
    BodyTooLarge,
    NotPayable,
    TooManyAttempts,
    UnreadableBody,
    WrongMediaType,
)
from ticketing.language import FOLDER, Language, said, sentences
from ticketing.sentence import sentence
from ticketing.web.error_responses import HIDDEN, STATUS

PACKAGE = Path(ticketing.__file__).parent
TEMPLATES = "emails/templates/**"
OPTIONS = {"extensions": "jinja2.ext.i18n", "newstyle_gettext": "true", "silent": "false"}
WORDS = {"gettext": None, "ngettext": (1, 2), "_": None, "sentence": None}
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")
"""Templates of mails, and sentences in code, scripts and errors."""
NARROW, WIDE = "\u202f", "\u00a0"
SAID = [
    (sentence("sold out"), "épuisé"),
    (sentence("only {count} left", count=3), "il n\u2019en reste que 3"),
    (
        sentence("this is not one email address: {problem}", problem=sentence("it has no @")),
        "ce n\u2019est pas une adresse e-mail\u00a0: il manque le @",
    ),
    (
        TooManyAttempts(9).sentence,
        "un paiement de cette commande vient de commencer\u202f; merci de patienter 9 secondes",
    ),
    (
        NotPayable("ORD-1", sentence("there is nothing to pay")).sentence,
        "il n\u2019y a rien à payer",
    ),
    (sentence("a pattern that nobody translated: {n}", n=1), "a pattern that nobody translated: 1"),
    ("The organiser's own words", "The organiser's own words"),
    ("", ""),
]

Words = str | tuple[str, ...]


def in_use() -> set[Words]:
    """Return the messages in code, templates and the site, as Babel's own extractor finds them."""
    found = extract_from_dir(
        PACKAGE,
        method_map=[("**.py", "python"), (TEMPLATES, "jinja2")],
        options_map={TEMPLATES: OPTIONS},
        keywords=WORDS,
    )
    return {message for _, _, message, _, _ in found} | of_the_site()


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
    assert "only {count} left" in found, "in code, with a value"
    assert "Please do not pay again." in found, "on the site"


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
        assert not set("%{}") & set(PLACEHOLDER.sub("", ours.replace("%%", ""))), ours


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_language_has_the_right_number_of_plural_forms(language: Language) -> None:
    wanted = catalogue(language).num_plurals

    for message in catalogue(language):
        if message.pluralizable:
            assert len(forms(message.string)) == wanted, message.id


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
@pytest.mark.parametrize("language", TRANSLATED)
def test_the_site_has_its_sentences_in_every_language(language: Language, folder: Path) -> None:
    assert (folder / f"{language}.json").read_text() == compiled(language, folder)
    said = json.loads(compiled(language, folder))
    wanted = sentences_in(folder)
    assert said.keys() == {words if isinstance(words, str) else words[0] for words in wanted}


def test_the_site_offers_every_language() -> None:
    script = (FOLDERS[0] / "language.js").read_text()
    (offered,) = re.findall(r"languages = \{(.+?)\}", script)
    (locales,) = re.findall(r"LOCALES = \{(.+?)\}", script)

    assert re.findall(r"(\w+): ", offered) == [language.value for language in Language]
    assert dict(re.findall(r'(\w+): "(.+?)"', locales)) == {one.value: one.tag for one in Language}


def test_french_punctuation_uses_the_right_spaces() -> None:
    """With a plain space before these signs a line may begin with one; no space at all is wrong."""
    for _, _, ours in translations(Language.FRENCH):
        for before, sign in re.findall(r"(.)([;!?:])", PLACEHOLDER.sub("x", ours)):
            assert before == (WIDE if sign == ":" else NARROW), ours
        assert "'" not in ours, ours


@pytest.mark.parametrize(("text", "french"), SAID)
def test_a_sentence_is_said_in_another_language(text: str, french: str) -> None:
    assert said(text, Language.FRENCH) == french
    assert said(text, Language.ENGLISH) == text


def test_every_error_that_buyers_read_can_be_said_in_every_language() -> None:
    """What buyers never see, such as a broken setting, stays in English."""
    read = [kind for kind, status in STATUS.items() if status not in HIDDEN]
    unread = {BodyTooLarge, WrongMediaType, UnreadableBody}
    messages = {kind.message for kind in read if kind not in unread and kind.message != "{reason}"}

    assert messages - in_use() - {"{problem}"} == set()


@pytest.mark.parametrize("language", Language)
def test_every_language_can_be_loaded(language: Language) -> None:
    said = sentences(language).ngettext("Your ticket is here", "Your tickets are here", 2)

    assert said
    assert (said == "Your tickets are here") == (language is Language.ENGLISH)
