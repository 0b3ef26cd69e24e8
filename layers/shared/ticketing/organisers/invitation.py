"""An invitation to connect SumUp, and the sign-in that it leads to. Pure.

Both are random texts that only the organiser's browser has. We store their SHA-256, so reading our
tables is not enough to use them. A third one, in a cookie, ties a sign-in to the browser that began
it: nobody can be tricked into completing a consent page that another person opened.
"""

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote, urlencode

INVITATION_LIFETIME = timedelta(days=7)
SIGN_IN_LIFETIME = timedelta(minutes=10)
"""From our link to SumUp and back. SumUp's own code lasts only for some minutes."""

CALLBACK = "/api/organisers/callback"
ORGANISER_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
WORD = re.compile(r"[A-Za-z0-9_-]{22}")


@dataclass(frozen=True)
class SignIn:
    """A visit to SumUp's consent page: the organiser, the invitation, and PKCE's secret half.

    `browser_key` is the hash of the cookie in the browser that began it.
    """

    organiser_id: str
    invitation_key: str
    verifier: str
    browser_key: str

    def __repr__(self) -> str:
        return f"SignIn(organiser_id={self.organiser_id!r})"


def new_word() -> str:
    """Return 128 random bits as text that needs no escaping."""
    return secrets.token_urlsafe(16)


def new_verifier() -> str:
    """Return a PKCE verifier: 256 random bits in 43 characters, the fewest that RFC 7636 allows."""
    return secrets.token_urlsafe(32)


def invitation_key(invitation: str) -> str:
    return f"invitation#{_digest(invitation)}"


def sign_in_key(state: str) -> str:
    return f"sign_in#{_digest(state)}"


def browser_key(browser: str) -> str:
    return f"browser#{_digest(browser)}"


def connect_url(public_url: str, organiser_id: str, invitation: str) -> str:
    place = f"/api/organisers/{quote(organiser_id, safe='')}/connect"
    return f"{public_url.rstrip('/')}{place}?{urlencode({'invitation': invitation})}"


def callback_url(public_url: str) -> str:
    """Return the OAuth redirect URL, which must be registered at SumUp exactly like this."""
    return public_url.rstrip("/") + CALLBACK


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()
