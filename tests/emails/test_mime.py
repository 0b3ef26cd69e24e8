"""Mails share the headers of their parts, and are the same bytes as if each had its own."""

from concurrent.futures import ThreadPoolExecutor
from email.headerregistry import HeaderRegistry
from email.policy import SMTP

from tests.support.builders import a_brand, an_event, an_order, tickets_for
from tests.support.stored import a_mail
from ticketing.emails.compose import confirmation
from ticketing.emails.letterhead import PLAIN
from ticketing.emails.mime import OF_PARTS
from ticketing.emails.rendering import Letter

PDF = b"%PDF-1.7 a document"


def a_message(order_number: str) -> bytes:
    order = an_order(order_number=order_number)
    mail = a_mail(order_number=order_number)
    letter = Letter(mail, order, an_event(), a_brand(), PLAIN, "https://tickets.example.com/order")
    return confirmation(letter, tickets_for(order), PDF).as_bytes(policy=SMTP)


def test_the_headers_of_parts_are_those_that_python_makes() -> None:
    order = an_order()
    letter = Letter(
        a_mail(), order, an_event(), a_brand(), PLAIN, "https://tickets.example.com/order"
    )
    message = confirmation(letter, tickets_for(order), PDF)
    pythons = HeaderRegistry()

    found = [(n, v) for part in message.walk() for n, v in part.items() if n.lower() in OF_PARTS]

    assert {name.lower() for name, _ in found} == OF_PARTS
    for name, value in found:
        assert value.fold(policy=SMTP) == pythons(name, str(value)).fold(policy=SMTP)


def test_ten_mails_at_once_are_the_same_as_one_after_the_other() -> None:
    numbers = [f"ORD-ABC{number:03d}" for number in range(10)]
    alone = [a_message(number) for number in numbers]

    with ThreadPoolExecutor(10) as threads:
        together = list(threads.map(a_message, numbers * 3))

    assert together == alone * 3
