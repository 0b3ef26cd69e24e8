"""Each kind of mail in each language: what they have in common, and what each one says."""

import re
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest

from tests.gallery.mails import mails
from tests.support.builders import NOW, a_brand, an_event, an_order
from ticketing.emails import compose
from ticketing.emails.letterhead import PLAIN
from ticketing.emails.mail import MailKind, to_buyer
from ticketing.emails.rendering import Letter
from ticketing.language import Language
from ticketing.orders.order import Customer

MAILS = {title: message_from_bytes(m.as_bytes(), policy=default) for title, m in mails()}
ENGLISH = {title: mail for title, mail in MAILS.items() if title.endswith(", en")}
every_mail = pytest.mark.parametrize("title", MAILS)

SAYS = {
    "Confirmation": (
        "Thank you for your order",
        "all 3 tickets are in this email",
        "fits the screen of a phone is on",
    ),
    "Complimentary": (
        "The organiser has given you 3 tickets",
        "there is nothing to pay",
        "all of them are in this email",
        "£0.00",
    ),
    "Once more, with too large a PDF": ("the same ones as before", "too large to send by email"),
    "Event changed": ("what has changed", "Saturday 18 July 2026", "Sunday 19 July 2026"),
    "Event moved": (
        "Saturday 25 July 2026",
        "you can ask for your money back on",
        "until Saturday 18 July 2026, 19:30 BST",
    ),
    "Event cancelled": (
        "on Saturday 18 July 2026 is cancelled",
        "void: their codes no longer admit",
        "takes the event out of your calendar",
        "You get back everything you paid",
    ),
    "Event cancelled, no refunds": ("void: their codes", "Your money is not refunded"),
    "Event cancelled, paid in cash": ("void: their codes", "You paid in cash", "hands it back"),
    "Event cancelled, unpaid": ("is closed and can no longer be paid", "no money was taken"),
    "Event cancelled, on hold": ("looking into your payment", "do not pay again"),
    "Event cancelled, free tickets": ("void: their codes no longer admit", "have a question"),
    "Refunded after a cancellation": ("We have refunded", "The event is cancelled", "are void"),
    "Payment failed": ("We are sorry", "simply try again"),
    "Payment failed for good": ("places are on sale again", "/event/?id=5"),
    "Expired": ("the order is closed", "Then there is nothing to do", "/event/?id=5"),
    "Under review": ("There is nothing you need to do", "please do not pay again"),
    "Address changed": ("go to the new address", "ORD-ABC123", "contact"),
    "Reminder": (
        "is nearly here",
        "doors 18:30",
        "Howard Davis Park",
        "https://maps.example.com/?q=Howard+Davis+Park",
        "Save the PDF for your phone",
    ),
    "Refunded": (
        "We have refunded",
        "£37.50",
        "void: their codes no longer admit",
        "/event/?id=5",
    ),
    "Refunded, paid twice": (
        "We have refunded",
        "on top of the price of your order",
        "tickets stay valid",
    ),
    "Refunded without tickets": ("We have refunded", "There are no tickets for this order"),
    "Refunded in part of a review": ("We are still looking into", "Please do not pay again"),
    "Charged back": ("The bank of the card took back", "void: their codes no longer admit"),
    "Charged back, tickets stay": ("The bank of the card took back", "Your tickets stay valid"),
    "One ticket refunded": (
        "We have refunded",
        "ORD-ABC123-02, General admission",
        "Your other tickets stay valid",
        "£22.50",
    ),
    "An amount refunded": ("£2.50", "there is nothing you need to do", "£35.00"),
    "One ticket void": ("ORD-ABC123-02, General admission", "Your other tickets stay valid"),
    "All tickets void": ("their places are on sale again", "See your order"),
    "Link to an order": ("the link to the order of this address", ": not paid yet.", "was not you"),
    "Links to orders": (
        "the links to the orders",
        "not paid yet",
        "we are looking into it",
        "closed",
        "its tickets are void",
        "complete",
        "/orders/?n=ORD-NO3AAA#t=token",
    ),
}
FRENCH = {
    "Confirmation": (
        "Merci de votre commande",
        "vos 3 billets se trouvent dans cet e-mail",
        "un téléphone se trouve sur",
    ),
    "Complimentary": ("L\u2019organisateur vous offre 3 billets", "rien à payer", "0,00"),
    "Once more, with too large a PDF": ("ce sont les mêmes", "trop volumineux"),
    "Event changed": ("ce qui a changé", "dimanche 19 juillet 2026"),
    "Event moved": ("samedi 25 juillet 2026", "demander le remboursement"),
    "Event cancelled": (
        "samedi 18 juillet 2026, est annulé",
        "ne donnent plus accès",
        "retire l\u2019événement de votre agenda",
        "vous sera remboursé",
    ),
    "Event cancelled, no refunds": ("ne donnent plus accès", "n\u2019est pas remboursé"),
    "Event cancelled, paid in cash": ("payé en espèces", "l\u2019organisateur vous le rendra"),
    "Event cancelled, unpaid": ("ne peut plus être payée",),
    "Event cancelled, on hold": ("examinons votre paiement", "ne pas payer une seconde fois"),
    "Event cancelled, free tickets": ("ne donnent plus accès", "Pour toute question"),
    "Refunded after a cancellation": ("Nous avons remboursé", "est annulé"),
    "Payment failed": ("Nous sommes désolés", "Réessayer le paiement"),
    "Payment failed for good": ("Le délai de paiement", "Commander à nouveau"),
    "Expired": ("la commande est clôturée", "passez simplement une nouvelle commande"),
    "Under review": ("Nous avons bien vu", "ne payez pas une seconde fois"),
    "Address changed": ("iront à la nouvelle adresse", "ORD-ABC123", "contactez"),
    "Reminder": ("c\u2019est bientôt", "Voir sur un plan", "PDF pour téléphone"),
    "Refunded": ("Nous avons remboursé", "37,50", "sont annulés"),
    "Refunded, paid twice": ("en plus du prix", "restent valables"),
    "Refunded without tickets": ("plus rien à payer",),
    "Refunded in part of a review": ("examinons encore le reste", "ne pas payer une seconde fois"),
    "Charged back": ("La banque de la carte a repris", "sont annulés"),
    "Charged back, tickets stay": ("La banque de la carte a repris", "restent valables"),
    "One ticket refunded": ("ORD-ABC123-02", "Vos autres billets restent valables", "22,50"),
    "An amount refunded": ("2,50", "restent valables", "35,00"),
    "One ticket void": ("ORD-ABC123-02", "Vos autres billets restent valables"),
    "All tickets void": ("Les billets de cette commande sont annulés",),
    "Link to an order": ("le lien vers la commande", "pas encore payée", "pas vous"),
    "Links to orders": (
        "les liens vers les commandes",
        "en cours d\u2019examen",
        "clôturée",
        "billets annulés",
        "confirmée",
    ),
}
ORDER_PAGE = "https://tickets.example.com/orders/?n=ORD-ABC123#t=token"


def body(mail: EmailMessage, kind: str) -> str:
    return "".join(p.get_content() for p in mail.walk() if p.get_content_type() == f"text/{kind}")


@every_mail
def test_headers_mark_the_mail_as_automatic_and_transactional(title: str) -> None:
    mail = MAILS[title]

    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Reply-To"] == "support@example.com"
    assert mail["List-Unsubscribe"] is None
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.com>", mail["Message-ID"])
    assert len(mail["To"].addresses) == 1


@every_mail
def test_the_html_is_self_contained_and_well_formed(title: str) -> None:
    html = body(MAILS[title], "html")

    assert re.search(r"<html lang=\"(en-GB|fr-FR)\"", html)
    assert "data:" not in html
    assert all(source.startswith("cid:") for source in re.findall(r'src="([^"]+)"', html))
    assert "<link" not in html
    assert "<script" not in html
    for tag in ("table", "tr", "td", "p", "h1", "h2", "a", "ul", "li", "bdi", "strong"):
        assert len(re.findall(f"<{tag}[ >]", html)) == html.count(f"</{tag}>"), tag
    assert len(html.encode()) < 102_000, "Gmail cuts what is longer"


@every_mail
def test_the_preheader_is_a_readable_sentence(title: str) -> None:
    (preheader,) = re.findall(r"mso-hide:all\">(.+?)&#8199;", body(MAILS[title], "html"))

    assert 30 < len(preheader) < 450
    assert "%(" not in preheader
    assert "{{" not in preheader


@every_mail
def test_the_text_is_plain(title: str) -> None:
    text = body(MAILS[title], "plain")

    assert "\n\n\n" not in text
    assert not re.search(r"</?(p|td|strong|a|bdi)\b", text)
    assert "&amp;" not in text
    assert "%(" not in text
    assert text == text.strip("\n") + "\n"


@pytest.mark.parametrize("kind", ["plain", "html"])
@pytest.mark.parametrize("title", SAYS)
def test_each_kind_of_mail_states_its_purpose(title: str, kind: str) -> None:
    english, french = (body(MAILS[f"{title}, {lang}"], kind) for lang in ("en", "fr"))

    assert [words for words in SAYS[title] if words not in english] == []
    assert [words for words in FRENCH[title] if words not in french] == []


@pytest.mark.parametrize("title", [title for title in MAILS if "Address changed" not in title])
def test_every_mail_to_who_has_the_order_has_the_link_to_its_page(title: str) -> None:
    assert ORDER_PAGE in body(MAILS[title], "plain")
    assert f'href="{ORDER_PAGE}"' in body(MAILS[title], "html")


@every_mail
def test_no_mail_leads_to_a_page_of_sumup(title: str) -> None:
    hosts = set(re.findall(r"https?://([^/\s\"<>)]+)", body(MAILS[title], "plain")))

    assert hosts <= {"tickets.example.com", "maps.example.com"}


@pytest.mark.parametrize("title", [title for title in MAILS if "Address changed" in title])
@pytest.mark.parametrize("kind", ["plain", "html"])
def test_an_address_that_was_replaced_gets_no_link_and_learns_neither_event_nor_buyer(
    title: str, kind: str
) -> None:
    text = body(MAILS[title], kind).replace("http://www.w3.org", "")

    secret = ("http", "Zoë", "Wolfeschlegel", "Jersey Live", "2026", "£", "General", "Standing")
    assert [words for words in secret if words in text] == []


@pytest.mark.parametrize("title", ["Link to an order", "Links to orders"])
def test_a_mail_that_a_stranger_asked_for_has_no_text_that_a_stranger_typed(title: str) -> None:
    for language in ("en", "fr"):
        mail = MAILS[f"{title}, {language}"]
        assert "Zoë" not in body(mail, "plain") + body(mail, "html") + mail["To"]


@pytest.mark.parametrize("title", SAYS)
def test_no_english_is_left_in_a_french_mail(title: str) -> None:
    """No English sentence may appear in the text of a French mail."""
    french = set(body(MAILS[f"{title}, fr"], "plain").splitlines())
    english = set(body(MAILS[f"{title}, en"], "plain").splitlines())

    same = {line for line in french & english if re.search("[a-z]{3} [a-z]{3}", line)}
    assert {line for line in same if "Jersey" not in line and "General" not in line} == set()


def test_a_mail_is_sent_to_the_address_in_its_row() -> None:
    order = an_order(customer=Customer("Jane", "new@example.com", Language.ENGLISH))
    mail = to_buyer(an_order(), MailKind.EXPIRED, NOW)

    made = compose.expired(
        Letter(mail, order, an_event(), a_brand(), PLAIN, "https://x.example.com")
    )

    assert made["To"] == mail.recipient == "jane@example.com"
