"""Read, find and redact mail addresses. Pure."""

import re

import idna

from ticketing.errors import InvalidAddress
from ticketing.sentence import sentence

LONGEST_ADDRESS = 254
LONGEST_LOCAL_PART = 64
"""Characters; both limits are those of SMTP (RFC 5321)."""

LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
DOMAIN = re.compile(
    r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]"
)

ANY_ADDRESS = re.compile(r"\S+@\S+")
LONGEST_REASON = 300


def single_address(text: str) -> str:
    """Return the address; raise `InvalidAddress` unless the text is one bare `local@domain`.

    Spaces around it are ignored. A domain with other letters than ASCII's is returned as DNS knows
    it (`bücher.example` is `xn--bcher-kva.example`). Other letters before the @ are refused,
    because SES cannot deliver to them, and so are quoted local parts.
    """
    local_part, at, domain = text.strip(" ").rpartition("@")
    if not at:
        raise InvalidAddress(sentence("it has no @"))
    if not LOCAL_PART.fullmatch(local_part) or len(local_part) > LONGEST_LOCAL_PART:
        raise InvalidAddress(sentence("the part before the @ is not one we can write to"))
    address = f"{local_part}@{_ascii_domain(domain)}"
    if len(address) > LONGEST_ADDRESS:
        raise InvalidAddress(sentence("it is longer than {most} characters", most=LONGEST_ADDRESS))
    return address


def _ascii_domain(domain: str) -> str:
    if not domain.isascii():
        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except UnicodeError:
            raise InvalidAddress(sentence("the part after the @ is not a domain")) from None
    if not DOMAIN.fullmatch(domain):
        raise InvalidAddress(sentence("the part after the @ is not a domain"))
    return domain.lower()


def mentions(text: str, address: str) -> bool:
    """Return whether a text contains this very address, and not just as part of a longer one."""
    alone = rf"(?<![\w!#$%&'*+/=?^`{{|}}~.-]){re.escape(address)}(?!\.?[\w-])"
    return re.search(alone, text, re.IGNORECASE) is not None


def without_addresses(text: str) -> str:
    """Return a text fit for logs and rows: shortened, and with every address redacted."""
    return ANY_ADDRESS.sub("(address)", text)[:LONGEST_REASON]
