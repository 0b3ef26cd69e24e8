"""An event's page as a file: read without a script, and by those who follow a shared link."""

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from tests.support.builders import a_ticket_type, an_event
from ticketing.events.about import About, Picture
from ticketing.events.description import read
from ticketing.events.page import EventFile, rendered, robots, sitemap
from ticketing.money import Money

SHELL = (Path(__file__).parents[2] / "site" / "event" / "index.html").read_text()
ABOUT = About(
    description=read(
        "Three **bands** & [more](https://example.com/?a=1&b=2).\n\n- one\n- two\n\nEnd."
    ),
    picture=Picture("0123", 'The "park" at dusk', 1600, 1000, (480, 960, 1600)),
    age="14 and over",
    refunds="None.",
)
EVENT = an_event(
    about=ABOUT,
    slug="summer-sounds-5",
    terms="No dogs.",
    doors_at=an_event().starts_at - timedelta(hours=1),
    ends_at=an_event().starts_at + timedelta(hours=4),
)
EARLY = a_ticket_type(sku="early", name="Early bird", price=Money(Decimal("9.00"), "GBP"))
PAGE = EventFile(
    EVENT, (EARLY, a_ticket_type()), "Jersey Live Ltd", "Jersey Events", "https://shop.example/"
)


class Read(HTMLParser):
    """What a reader without a script makes of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.meta: dict[str, str] = {}
        self.title = self.data = self.text = ""
        self.links: list[str] = []
        self.canonical = self._in = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self._in = found.get("type") or tag
        if tag == "meta":
            self.meta[found.get("name") or found.get("property") or ""] = found.get("content") or ""
        if tag == "a":
            self.links.append(found.get("href") or "")
        if tag == "link" and found.get("rel") == "canonical":
            self.canonical = found.get("href") or ""

    def handle_data(self, data: str) -> None:
        if self._in == "title":
            self.title += data
        elif self._in == "application/ld+json":
            self.data += data
        else:
            self.text += data

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._in = ""


@pytest.fixture(scope="module")
def seen() -> Read:
    return Read(rendered(SHELL, PAGE))


def test_a_shared_link_shows_title_picture_and_words(seen: Read) -> None:
    assert seen.title == "Jersey Live: Summer Sounds \u2013 Jersey Events"
    assert seen.meta["og:title"] == "Jersey Live: Summer Sounds"
    assert seen.meta["og:image"] == "https://shop.example/pictures/0123-960.jpg"
    assert seen.meta["og:image:alt"] == 'The "park" at dusk'
    assert seen.meta["description"] == "Three bands & more."
    assert seen.meta["og:description"].startswith("Saturday 18 July 2026, 19:30")
    assert seen.meta["og:url"] == seen.canonical == "https://shop.example/e/summer-sounds-5/"
    assert seen.meta["twitter:card"] == "summary_large_image"
    assert seen.meta["event-id"] == "5"


def test_search_engines_read_when_where_and_for_how_much(seen: Read) -> None:
    told: dict[str, Any] = json.loads(seen.data)

    assert told["@type"] == "Event"
    assert (told["startDate"], told["location"]["name"]) == (
        "2026-07-18T19:30:00+01:00",
        "Howard Davis Park",
    )
    assert (told["doorTime"], told["endDate"]) == (
        "2026-07-18T18:30:00+01:00",
        "2026-07-18T23:30:00+01:00",
    )
    assert [(o["name"], o["price"], o["priceCurrency"]) for o in told["offers"]] == [
        ("Early bird", "9.00", "GBP"),
        ("General admission", "15.00", "GBP"),
    ]
    assert told["organizer"]["name"] == "Jersey Live Ltd"
    assert told["eventStatus"] == "https://schema.org/EventScheduled"


def test_everything_is_read_without_a_script(seen: Read) -> None:
    for words in (
        "Saturday 18 July 2026, 19:30\u00a0BST",
        "doors 18:30, until 23:30",
        "Howard Davis Park",
        "Three ",
        "bands",
        "General admission: £15.00",
        "Age: 14 and over",
        "Terms: No dogs.",
        "Refunds: None.",
        "Sold by Jersey Live Ltd",
    ):
        assert words in seen.text, words
    assert "https://example.com/?a=1&b=2" in seen.links


def test_the_script_of_the_site_takes_over() -> None:
    html = rendered(SHELL, PAGE)

    assert '<script type="module" src="/assets/start.js" data-page="event"></script>' in html
    assert html.count("<title>") == html.count('name="description"') == 1
    assert "<!--" not in html


def test_what_an_organiser_typed_is_text() -> None:
    evil = replace(
        EVENT,
        name='</title></script><script>alert(1)</script>"',
        about=About(description=read("<img src=x onerror=alert(1)>"), age="<b>"),
    )

    html = rendered(SHELL, replace(PAGE, event=evil, organiser="</script>"))

    assert html.count("<script") == SHELL.count("<script") + 1
    assert "<img" not in html
    assert "<b>" not in html
    assert json.loads(Read(html).data)["name"] == evil.name


def test_an_event_that_says_little_has_a_page_too() -> None:
    plain = EventFile(an_event(slug="x-5"), (), "", "Shop", "https://shop.example")

    seen = Read(rendered(SHELL, plain))

    assert seen.meta["twitter:card"] == "summary"
    assert "og:image" not in seen.meta
    assert seen.meta["description"].endswith("Howard Davis Park")


def test_a_cancelled_event_says_so() -> None:
    html = rendered(SHELL, replace(PAGE, event=replace(EVENT, cancelled=True)))

    assert "This event is cancelled." in html
    assert json.loads(Read(html).data)["eventStatus"] == "https://schema.org/EventCancelled"


def test_a_page_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="has no <!-- head -->"):
        rendered("<html></html>", PAGE)


def test_search_engines_are_told_of_all_pages() -> None:
    urls = ["https://shop.example/e/a-5/", "https://shop.example/e/b&c/"]
    found = ET.fromstring(sitemap(urls))  # noqa: S314  # our own

    assert [one.text for one in found.iter() if one.tag.endswith("loc")] == urls
    assert "Sitemap: https://shop.example/sitemap.xml" in robots("https://shop.example/")
