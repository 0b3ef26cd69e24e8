"""An event's readable address: `jersey-live-summer-sounds-5`. Pure."""

import re
import unicodedata

LONGEST = 60
APART = re.compile(r"[^a-z0-9]+")


def slug_of(name: str, event_id: str) -> str:
    """Return the last part of an event's address; the ID keeps it from being another event's."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    words = APART.sub("-", plain.lower()).strip("-")
    if len(words) > LONGEST:
        words = words[:LONGEST].rpartition("-")[0] or words[:LONGEST]
    return "-".join(filter(None, (words, event_id.lower())))
