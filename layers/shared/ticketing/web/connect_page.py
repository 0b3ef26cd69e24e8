"""The pages an organiser sees after SumUp: plain HTML in the look of the shop's pages. Pure.

Names and codes are escaped. The page loads the shop's style and icon, and its policy lets it load
nothing else. CloudFront replaces the policy by that of all pages, which allows no inline style.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from http import HTTPStatus
from typing import Final

from ticketing.brand import Brand
from ticketing.errors import NotConnected, Refusal
from ticketing.organisers.organiser import Organiser
from ticketing.payments.payment import Merchant
from ticketing.web.caching import PRIVATE

HEADERS: Final[Mapping[str, str]] = {
    **PRIVATE,
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    # The page's address holds an invitation or SumUp's code, which must not leak.
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}

AGAIN: Final = "You can open the link we sent you and try again."
UNCHANGED: Final = "Nothing was changed."
DONE_BEFORE: Final = "If you have seen that SumUp is connected, it is, and there is nothing to do."


@dataclass(frozen=True)
class Page:
    """A page: its HTTP status, headline and paragraphs, as plain text.

    The status is never 403, because CloudFront would show the shop's own error page instead.
    """

    status: HTTPStatus
    title: str
    text: tuple[str, ...]


REFUSED: Final[Mapping[Refusal, Page]] = {
    Refusal.INVITATION: Page(
        HTTPStatus.GONE,
        "This link does not work any more",
        (
            "It was used already, is older than a week, or is not complete.",
            DONE_BEFORE,
            "Otherwise ask us for a new link.",
        ),
    ),
    Refusal.SIGN_IN: Page(
        HTTPStatus.BAD_REQUEST,
        "This sign-in is over",
        (
            "It took more than ten minutes, began in another browser, or was completed before.",
            DONE_BEFORE,
            "Otherwise open the link we sent you and try again, in one browser that keeps cookies.",
        ),
    ),
    Refusal.DENIED: Page(
        HTTPStatus.BAD_REQUEST,
        "SumUp was not connected",
        ("You did not agree at SumUp.", UNCHANGED, AGAIN),
    ),
    Refusal.CODE: Page(
        HTTPStatus.BAD_REQUEST,
        "SumUp did not complete the sign-in",
        (UNCHANGED, AGAIN),
    ),
    Refusal.SCOPES: Page(
        HTTPStatus.CONFLICT,
        "A permission is missing",
        (
            "To sell tickets we need to take payments, see their results and who made them.",
            "SumUp did not give us all of these permissions.",
            UNCHANGED,
            f"{AGAIN} If this page comes again, write to us.",
        ),
    ),
    Refusal.NO_MERCHANT: Page(
        HTTPStatus.CONFLICT,
        "There is no merchant account",
        (
            "The SumUp user you signed in with has no merchant account that can be paid.",
            UNCHANGED,
            "Finish your registration at SumUp, or sign in as another user there.",
            AGAIN,
        ),
    ),
    Refusal.SEVERAL_MERCHANTS: Page(
        HTTPStatus.CONFLICT,
        "Which merchant account is it?",
        (
            "The SumUp user you signed in with has several: {found}.",
            UNCHANGED,
            "Tell us which one is meant, and we send you a new link.",
        ),
    ),
    Refusal.ANOTHER_MERCHANT: Page(
        HTTPStatus.CONFLICT,
        "This is another merchant account",
        (
            "The money of your events goes to {expected}; you signed in with {found}.",
            UNCHANGED,
            "Sign out at SumUp, open the link again and sign in with the right account.",
            "If the money is to go elsewhere from now on, write to us.",
        ),
    ),
    Refusal.CURRENCY: Page(
        HTTPStatus.CONFLICT,
        "This account has another currency",
        (
            "Your events are sold in {expected}; this account is paid in {found}.",
            UNCHANGED,
            "Open the link again and sign in with an account that is paid in {expected}.",
            "If you have none, write to us.",
        ),
    ),
    Refusal.UNAVAILABLE: Page(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "SumUp cannot be reached right now",
        (UNCHANGED, "Wait some minutes, then open the link we sent you and try again."),
    ),
    Refusal.NOT_SET_UP: Page(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "We are not ready yet",
        ("The fault is ours, not yours. Write to us, and try again later.",),
    ),
}

UNKNOWN: Final = Page(
    HTTPStatus.NOT_FOUND, "There is no such page", ("Check the link that we sent you.",)
)


def connected(organiser: Organiser, merchant: Merchant) -> Page:
    account = f"{merchant.name} ({merchant.merchant_code}, {merchant.currency})"
    text = [f"Payments for {organiser.name} go to {account}.", "You can close this page."]
    if merchant.sandbox:
        text.insert(
            1, "This is a SumUp test account: no money moves, and no real tickets are sold."
        )
    return Page(HTTPStatus.OK, "SumUp is connected", tuple(text))


def refused(error: NotConnected) -> Page:
    page = REFUSED[error.refusal]
    facts = {"{expected}": error.expected, "{found}": error.found}
    text = page.text
    for name, value in facts.items():
        text = tuple(paragraph.replace(name, value) for paragraph in text)
    return Page(page.status, page.title, text)


def html(page: Page, brand: Brand) -> str:
    """Return the document; all text in it is escaped."""
    paragraphs = "\n".join(f"<p>{escape(paragraph)}</p>" for paragraph in page.text)
    tone = "good" if page.status is HTTPStatus.OK else "plain"
    # The request for the style must not carry this page's address: see HEADERS.
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#16213e">
<meta name="referrer" content="no-referrer">
<title>{escape(page.title)} - {escape(brand.name)}</title>
<link rel="icon" href="/assets/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/assets/style.css">
</head>
<body>
<header id="header">
<div class="inner bar">
<a class="brand" href="/"><img src="/assets/favicon.svg" alt="" width="26" height="26">
<span class="name">{escape(brand.name)}</span></a>
</div>
</header>
<main>
<div class="band">
<div class="inner title"><h1>{escape(page.title)}</h1></div>
</div>
<div class="inner body narrow">
<div class="note {tone}">
{paragraphs}
</div>
<p>Questions? {escape(brand.support)}</p>
</div>
</main>
</body>
</html>
"""
