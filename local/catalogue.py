"""The site's sentences in other languages: `python -m local.catalogue` writes, `--check` compares.

Translators know one file per language, `translations/fr.po`. The site needs only its own sentences,
as one JSON file per language: `{"Try again": "Réessayer", "{count} hour": ["...", "..."]}`, where
one with a plural has both forms.
"""

import argparse
import json
import sys
from collections.abc import Iterator

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from local.site import SITE
from ticketing.language import FOLDER, Language

SCRIPTS = SITE / "assets"
WORDS = {"gettext": None, "ngettext": (1, 2)}
TRANSLATED = [language for language in Language if language is not Language.ENGLISH]


def of_the_site() -> set[str | tuple[str, ...]]:
    """Return the sentences in the site's scripts; one with a plural is a pair."""
    found = extract_from_dir(SCRIPTS, method_map=[("**.js", "javascript")], keywords=WORDS)
    return {message for _, _, message, _, _ in found}


def compiled(language: Language) -> str:
    """Return the site's file for a language; a sentence that is not translated yet is left out."""
    wanted = of_the_site()
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language.value)
    said = {
        message.id if isinstance(message.id, str) else message.id[0]: message.string
        for message in catalogue
        if message.id in wanted and message.string
    }
    return json.dumps(said, ensure_ascii=False, indent=0, sort_keys=True) + "\n"


def _outdated() -> Iterator[Language]:
    for language in TRANSLATED:
        written = SCRIPTS / f"{language}.json"
        if not written.exists() or written.read_text() != compiled(language):
            yield language


def main() -> int:
    """Write or check; answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    if not parser.parse_args().check:
        for language in TRANSLATED:
            (SCRIPTS / f"{language}.json").write_text(compiled(language))
        return 0
    outdated = [f"site/assets/{language}.json" for language in _outdated()]
    for name in outdated:
        print(f"{name} is out of date: run `make sentences`")
    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main())
