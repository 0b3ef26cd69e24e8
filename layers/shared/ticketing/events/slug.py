"""The readable part of an event's URL: `jersey-live-summer-sounds-5`. Pure."""

import re
import unicodedata

LONGEST = 60
APART = re.compile(r"[^a-z0-9]+")


def slug_of(name: str, event_id: str) -> str:
    """Return the last part of an event's URL; the id in it makes it unique."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = APART.sub("-", plain.lower()).strip("-")
    if len(words) > LONGEST:
        words = words[:LONGEST].rpartition("-")[0] or words[:LONGEST]
    return "-".join(filter(None, (words, event_id.lower())))
