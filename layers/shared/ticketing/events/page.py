"""An event's page as a file: what it says without scripts, for readers and shared links. Pure.

The file is the site's own event page with this event's texts in it; its script then shows what is
left, and the order form. Prices and times are as of the import; only the API knows what is sold.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ticketing.events.about import Block, BlockKind, file_name, shared_width
from ticketing.events.dates import date_text, hours_text, moment_text
from ticketing.events.event import Event, TicketType, local_time
from ticketing.language import Language
from ticketing.page_templates import filled
from ticketing.text import unbroken

HEAD = ("<!-- head -->", "<!-- end of head -->")
BODY = ("<!-- body -->", "<!-- end of body -->")
LISTS = {BlockKind.ITEM: "ul", BlockKind.NUMBERED_ITEM: "ol"}


@dataclass(frozen=True)
class EventFile:
    """The facts of an event's page: the event, what is sold, who sells it, and the shop's name."""

    event: Event
    kinds: Sequence[TicketType]
    organiser: str
    shop: str
    site_url: str

    @property
    def url(self) -> str:
        return f"{self.site_url.rstrip('/')}{self.event.path}"

    @property
    def file(self) -> str:
        """The name of the page among the site's files."""
        return f"{self.event.path.lstrip('/')}index.html"


def rendered(shell: str, page: EventFile) -> str:
    """Return the page; `shell` is the site's event page, with marks where the texts belong.

    Raises `ValueError` if the marks are missing.
    """
    facts = _facts(page)
    with_head = _replaced(shell, HEAD, filled("ticketing.events", "page_head.html", facts))
    return _replaced(with_head, BODY, filled("ticketing.events", "page_body.html", facts))


def sitemap(urls: Sequence[str]) -> str:
    return filled("ticketing.events", "sitemap.xml", {"urls": urls})


def robots(site_url: str) -> str:
    return f"User-agent: *\nDisallow: /api/\nSitemap: {site_url.rstrip('/')}/sitemap.xml\n"


def _replaced(text: str, marks: tuple[str, str], words: str) -> str:
    begin, end = marks
    before, found, rest = text.partition(begin)
    _, also_found, after = rest.partition(end)
    if not (found and also_found):
        raise ValueError(f"the site's event page has no {begin} ... {end}")
    return before + words.strip() + after


def _facts(page: EventFile) -> dict[str, object]:
    event, about, url = page.event, page.event.about, page.url
    picture = about.picture
    shared = file_name(picture.name, shared_width(picture.widths), "jpg") if picture else None
    address = f"{page.site_url.rstrip('/')}/{shared}" if shared else None
    starts = unbroken(moment_text(event.starts_at, event.time_zone, Language.ENGLISH))
    return {
        "event": event,
        "about": about,
        "picture": address,
        "kinds": page.kinds,
        "organiser": page.organiser,
        "shop": page.shop,
        "url": url,
        "starts": starts,
        "date": date_text(event, Language.ENGLISH),
        "hours": unbroken(hours_text(event, Language.ENGLISH)),
        "address": unbroken(event.address),
        "summary": about.summary or f"{starts}, {event.venue}",
        "parts": list(_grouped(about.description)),
        "linked_data": _linked_data(page, address),
    }


def _grouped(blocks: Sequence[Block]) -> list[tuple[str, list[Block]]]:
    """Return the parts of a description; consecutive items form a list."""
    parts: list[tuple[str, list[Block]]] = []
    for block in blocks:
        tag = LISTS.get(block.kind, "h3" if block.kind is BlockKind.HEADING else "p")
        if parts and tag == parts[-1][0] in LISTS.values():
            parts[-1][1].append(block)
        else:
            parts.append((tag, [block]))
    return parts


def _linked_data(page: EventFile, picture: str | None) -> str:
    """Return the event in the vocabulary of schema.org, escaped for a script element."""
    event = page.event
    place: dict[str, Any] = {"@type": "Place", "name": event.venue, "address": event.address}
    told: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "Event",
        "name": event.name,
        "url": page.url,
        "startDate": event.local_start.isoformat(),
        "eventStatus": f"https://schema.org/Event{'Cancelled' if event.cancelled else 'Scheduled'}",
        "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
        "location": place,
        "description": event.about.summary or event.name,
        "offers": [
            {
                "@type": "Offer",
                "name": kind.name,
                "price": str(kind.price.amount),
                "priceCurrency": kind.currency,
                "url": page.url,
            }
            for kind in page.kinds
        ],
    }
    if event.doors_at:
        told["doorTime"] = local_time(event.doors_at, event.time_zone).isoformat()
    if event.ends_at:
        told["endDate"] = local_time(event.ends_at, event.time_zone).isoformat()
    if picture:
        told["image"] = [picture]
    if page.organiser:
        told["organizer"] = {"@type": "Organization", "name": page.organiser}
    return json.dumps(told, ensure_ascii=False, indent=1).replace("<", "\\u003c")
