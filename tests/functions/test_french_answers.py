"""The buyers' API in another language: texts, dates, sums, and what is refused."""

import pytest

from tests.functions.test_checkout_api import BASKET, KEY, call, token
from tests.support.builders import an_order
from tests.support.stored import sell, store
from ticketing.language import Language
from ticketing.orders.order import OrderStatus

pytestmark = pytest.mark.usefixtures("world")

FRENCH = {"accept-language": "fr-FR,fr;q=0.9"}


def test_an_event_is_described_in_the_language_of_the_request() -> None:
    sell()

    _, french, headers = call("GET", "/api/events/5", headers=FRENCH)
    _, english, _ = call("GET", "/api/events/5")

    assert french["starts_text"].startswith("samedi 18 juillet 2026, 19:30")
    assert french["ticket_types"][0]["price"]["text"] == "15,00\u00a0£GB"
    assert english["ticket_types"][0]["price"]["text"] == "£15.00"
    assert headers["Vary"] == "Accept-Language"


def test_an_order_says_how_it_stands_in_the_language_of_the_page() -> None:
    store(an_order())

    _, shown, _ = call("GET", "/api/orders/ORD-ABC123", headers=token() | FRENCH)

    assert shown["headline"] == "En attente de votre paiement"
    assert shown["customer"]["language"] == Language.ENGLISH, "of its mails, as the buyer chose"


def test_a_refusal_is_in_the_language_of_the_page() -> None:
    sell(1)
    basket = BASKET | {"customer": {"name": "\u200b", "email": "jane"}}
    keyed = FRENCH | {"Idempotency-Key": KEY}

    status, refusal, _ = call("POST", "/api/orders", BASKET, keyed)
    assert (status, refusal["detail"]) == (409, "il ne reste pas assez de billets")
    assert refusal["errors"][0]["reason"] == "il n\u2019en reste que 1"

    status, refusal, _ = call("POST", "/api/orders", basket, keyed)
    assert (status, refusal["detail"]) == (422, "certains champs ne sont pas corrects")
    assert {e["field"]: e["reason"] for e in refusal["errors"]} == {
        "customer.name": "un nom comporte au moins une lettre visible",
        "customer.email": "ce n\u2019est pas une adresse e-mail\u00a0: il manque le @",
    }

    status, refusal, _ = call("POST", "/api/orders", BASKET | {"lines": 3}, keyed)
    assert refusal["errors"] == [{"field": "lines", "reason": "ce n\u2019est pas correct"}]


def test_an_error_that_comes_before_the_routes_is_in_the_language_of_the_page() -> None:
    status, refusal, _ = call("GET", "/api/nothing", headers=FRENCH)
    assert (status, refusal["detail"]) == (404, "il n\u2019y a rien ici")

    store(an_order(status=OrderStatus.FAILED))
    status, refusal, _ = call("POST", "/api/orders/ORD-ABC123/payments", headers=token() | FRENCH)
    assert (status, refusal["detail"]) == (409, "cette commande n\u2019attend pas de paiement")


def test_one_request_does_not_decide_the_language_of_the_next() -> None:
    """One process answers French and English buyers."""
    call("GET", "/api/nothing", headers=FRENCH)
    _, refusal, _ = call("GET", "/api/nothing")

    assert refusal["detail"] == "there is nothing here"
