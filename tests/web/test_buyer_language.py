"""The language of a request: the API and the function in front of it read the same header alike."""

import shutil

import pytest

from tests.support.edge import handled
from ticketing.language import Language
from ticketing.web.buyer_language import language_of

WANTED = {
    "fr": "fr",
    "FR": "fr",
    "fr-FR,fr;q=0.9,en;q=0.8": "fr",
    "en-GB,en;q=0.9,fr;q=0.8": "en",
    "de-DE, fr;q=0.5": "fr",
    "fr_CA": "fr",
    "frr": "en",
    "fro, fr": "fr",
    "de": "en",
    "*": "en",
    "": "en",
    ",,;": "en",
    "f": "en",
    "Français": "en",
    "x" * 5000: "en",
}


@pytest.mark.parametrize(("header", "code"), WANTED.items(), ids=lambda text: text[:20])
def test_the_first_of_our_languages_is_taken(header: str, code: str) -> None:
    assert language_of({"headers": {"accept-language": header}}) == code


def test_a_request_without_a_preference_is_answered_in_english() -> None:
    assert language_of({"headers": {}}) is Language.ENGLISH
    assert language_of({}) is Language.ENGLISH


@pytest.mark.skipif(shutil.which("node") is None, reason="runs the function of CloudFront in node")
def test_cloudfront_keeps_one_answer_for_each_language() -> None:
    asked = [{"headers": {"accept-language": {"value": header}}} for header in WANTED]
    found = handled("ApiLanguage", [*asked, {"headers": {}}])

    named = [request["headers"]["accept-language"]["value"] for request in found]
    assert named == [*WANTED.values(), "en"]
