"""The text on tickets: in the order's language, naming organiser and shop, truncated to fit."""

import unicodedata
from dataclasses import astuple

import pytest

from tests.support.builders import a_brand, a_line, an_event, an_order, tickets_for
from tests.support.hostile import DOTTED, JOINED, LINKS
from ticketing.events.event import LONGEST_TERMS
from ticketing.language import Language
from ticketing.orders.order import Customer
from ticketing.text import without_links
from ticketing.tickets.branding import Branding
from ticketing.tickets.fonts import Cut, fonts_for
from ticketing.tickets.labels import common, each, labels


def test_a_french_order_has_french_tickets() -> None:
    order = an_order(customer=Customer("Zoë", "zoe@example.com", Language.FRENCH))

    said = common(order, an_event(), a_brand(), Branding("Harbour Arts"))
    first, *_ = each(order, tickets_for(order))

    assert said.date == "samedi 18 juillet 2026"
    assert said.issuer.startswith("Émis par Jersey Events pour le compte de Harbour Arts. ")
    assert said.questions == "Des questions ? support@example.com"
    assert (first.count, first.price) == ("Billet 1 sur 3", "15,00 £GB")
    assert labels(order.customer.language).order == "Commande"


def test_french_text_needs_no_larger_font_than_english() -> None:
    order = an_order(customer=Customer("Zoë", "zoe@example.com", Language.FRENCH))
    said = common(order, an_event(), a_brand(), Branding("Harbour Arts"))

    assert fonts_for([said.questions, said.issuer, *said.advice]).cut is Cut.LATIN
    assert fonts_for(astuple(labels(Language.FRENCH))).cut is Cut.LATIN


def test_a_shop_that_is_also_the_organiser_is_named_once() -> None:
    said = common(an_order(), an_event(), a_brand(), Branding(a_brand().name))

    assert said.issuer.startswith("Issued by Jersey Events. Entry")


def test_printed_terms_are_not_linked_as_well() -> None:
    said = common(an_order(), an_event(terms="No\nre-entry.\x00"), a_brand(), Branding())

    assert said.terms == "No re-entry."
    assert said.issuer == "Issued by Jersey Events."


def test_overlong_terms_are_truncated() -> None:
    said = common(an_order(), an_event(terms="W" * 5000), a_brand(), Branding())

    assert len(said.terms) == LONGEST_TERMS


@pytest.mark.parametrize(("name", "printed"), [*DOTTED.items(), *((n, n) for n in JOINED)])
def test_the_holder_is_named_as_they_spell_it(name: str, printed: str) -> None:
    assert _holder(name) == unicodedata.normalize("NFC", printed)


@pytest.mark.parametrize("name", LINKS)
def test_the_holder_never_becomes_a_link(name: str) -> None:
    assert _holder(name) == without_links(name)


def _holder(name: str) -> str:
    order = an_order(customer=Customer(name, "jane@example.com"))
    first, *_ = each(order, tickets_for(order))
    return first.holder


@pytest.mark.parametrize(
    ("language", "kind", "advice"),
    [
        (Language.ENGLISH, "Family · admits 4", "It admits as many people as it says, once."),
        (Language.FRENCH, "Family · pour 4 personnes", "Il donne accès au nombre de personnes"),
    ],
)
def test_a_ticket_for_several_says_for_how_many(language: Language, kind: str, advice: str) -> None:
    customer = Customer("Jane Doe", "jane@example.com", language)
    order = an_order(lines=(a_line(description="Family", quantity=1, admits=4),), customer=customer)

    (ticket,) = each(order, tickets_for(order))
    shared = common(order, an_event(), a_brand(), Branding("Jersey Live"))

    assert ticket.kind == kind
    assert any(text.startswith(advice) for text in shared.advice)
