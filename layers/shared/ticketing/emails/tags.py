"""Mail ids as tags: what comes back with an event of SES names the mail unmistakably. Pure.

SES allows `A-Za-z0-9_-`, so any other character is its bytes in hex behind an underscore:
`ORD-ABC123#confirmation#1` is `ORD-ABC123_23confirmation_231`.
"""

import re

NOT_PLAIN = re.compile(rb"[^A-Za-z0-9-]")
SPELLED = re.compile(r"(?:[A-Za-z0-9-]|_[0-9A-F]{2})+")
HEX = re.compile(rb"_([0-9A-F]{2})")


def spell(mail_id: str) -> str:
    """Return the tag of a mail id."""
    return NOT_PLAIN.sub(lambda found: b"_%02X" % ord(found[0]), mail_id.encode()).decode()


def read(tag: str) -> str | None:
    """Return the mail id a tag spells; None if it is none of ours."""
    if not SPELLED.fullmatch(tag):
        return None
    try:
        return HEX.sub(lambda found: bytes.fromhex(found[1].decode()), tag.encode()).decode()
    except UnicodeDecodeError:
        return None
