"""Every word on a ticket is there in every language."""

import re

import pytest
from babel.messages.extract import extract_from_dir

from tests.builders import a_brand, an_event, an_order, tickets_for
from ticketing.events.event import LONGEST_TERMS
from ticketing.language import FOLDER, Language, sentences
from ticketing.orders.order import Customer
from ticketing.tickets.look import Look
from ticketing.tickets.words import common, each, labels

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
SENTENCES = sorted(
    {str(found[2]) for found in extract_from_dir(FOLDER.parent / "tickets", [("**.py", "python")])}
)


def test_sentences_are_found_where_they_are_used() -> None:
    assert "Ticket holder" in SENTENCES
    assert len(SENTENCES) >= 17


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_sentence_is_in_every_language_with_all_it_names(sentence: str) -> None:
    for language in set(Language) - {Language.ENGLISH}:
        translated = sentences(language).gettext(sentence)

        assert translated
        assert translated != sentence
        assert sorted(PLACEHOLDER.findall(translated)) == sorted(PLACEHOLDER.findall(sentence))


def test_a_french_order_has_french_tickets() -> None:
    order = an_order(customer=Customer("Zoë", "zoe@example.com", Language.FRENCH))

    said = common(order, an_event(), a_brand(), Look("Harbour Arts"))
    first, *_ = each(order, tickets_for(order))

    assert said.date == "samedi 18 juillet 2026"
    assert said.issuer.startswith("Émis par Jersey Events pour le compte de Harbour Arts. ")
    assert said.questions == "Des questions\u202f? support@example.com"
    assert (first.count, first.price) == ("Billet 1 sur 3", "15,00 £GB")
    assert labels(order.customer.language).order == "Commande"


def test_a_shop_that_is_its_own_organiser_is_named_once() -> None:
    said = common(an_order(), an_event(), a_brand(), Look(a_brand().name))

    assert said.issuer.startswith("Issued by Jersey Events. Entry")


def test_terms_that_are_printed_are_not_referred_to() -> None:
    said = common(an_order(), an_event(terms="No\nre-entry.\x00"), a_brand(), Look())

    assert said.terms == "No re-entry."
    assert said.issuer == "Issued by Jersey Events."


def test_terms_written_past_the_import_are_cut() -> None:
    said = common(an_order(), an_event(terms="W" * 5000), a_brand(), Look())

    assert len(said.terms) == LONGEST_TERMS
