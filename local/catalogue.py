"""The site's sentences in other languages: `python -m local.catalogue` writes, `--check` compares.

Translators know one file per language, `translations/fr.po`. Pages need only their own sentences: a
folder of scripts has one JSON file per language, where a sentence with a plural has both forms:
`{"Try again": "Réessayer", "{count} hour": ["...", "..."]}`. So buyers load nothing of the door.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from itertools import product
from pathlib import Path

from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from local.site import SITE
from ticketing.language import FOLDER, Language

FOLDERS = (SITE / "assets", SITE / "door")
WORDS = {"gettext": None, "ngettext": (1, 2)}
TRANSLATED = [language for language in Language if language is not Language.ENGLISH]


def sentences_in(folder: Path) -> set[str | tuple[str, ...]]:
    """Return the sentences in a folder's scripts; one with a plural is a pair."""
    methods = [("kept/**", "ignore"), ("**.js", "javascript")]
    found = extract_from_dir(folder, method_map=methods, keywords=WORDS)
    return {message for _, _, message, _, _ in found}


def of_the_site() -> set[str | tuple[str, ...]]:
    """Return the sentences of all pages."""
    return set().union(*map(sentences_in, FOLDERS))


def compiled(language: Language, folder: Path) -> str:
    """Return a folder's file for a language; a sentence that is not translated yet is left out."""
    wanted = sentences_in(folder)
    with (FOLDER / f"{language}.po").open("rb") as file:
        catalogue = read_po(file, locale=language.value)
    said = {
        message.id if isinstance(message.id, str) else message.id[0]: message.string
        for message in catalogue
        if message.id in wanted and message.string
    }
    return json.dumps(said, ensure_ascii=False, indent=0, sort_keys=True) + "\n"


def _outdated() -> Iterator[Path]:
    for language, folder in product(TRANSLATED, FOLDERS):
        written = folder / f"{language}.json"
        if not written.exists() or written.read_text() != compiled(language, folder):
            yield written


def main() -> int:
    """Write or check; answers the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    if not parser.parse_args().check:
        for language, folder in product(TRANSLATED, FOLDERS):
            (folder / f"{language}.json").write_text(compiled(language, folder))
        return 0
    outdated = [written.relative_to(SITE.parent).as_posix() for written in _outdated()]
    for name in outdated:
        print(f"{name} is out of date: run `make sentences`")
    return 1 if outdated else 0


if __name__ == "__main__":
    sys.exit(main())
