"""What a paper ticket says below its code: how to get in, how to get there, and the rules. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ticketing.events.event import LONGEST_TERMS, Event
from ticketing.language import Language, sentences
from ticketing.text import one_line, unbroken

LONGEST_TITLE = 200


class Kind(StrEnum):
    """How a paragraph is set."""

    PLAIN = "plain"
    STRONG = "strong"
    POINT = "point"


@dataclass(frozen=True)
class Paragraph:
    """A part of a note; with a `url`, it is a link for those who read it on a screen."""

    text: str
    kind: Kind = Kind.PLAIN
    url: str = ""


@dataclass(frozen=True)
class Note:
    """A heading and the paragraphs below it."""

    heading: str
    paragraphs: tuple[Paragraph, ...]


def notes(
    event: Event, organiser: str, advice: Sequence[str], language: Language
) -> tuple[Note, ...]:
    """Return the notes of an event, without those about which its organiser says nothing."""
    say, about = sentences(language), event.about
    contact = one_line(about.contact, LONGEST_TITLE)
    found = (
        Note(say.gettext("Good to know"), _each(advice, Kind.POINT)),
        Note(say.gettext("Getting there"), _way(event, language)),
        _note(say.gettext("Age"), about.age),
        _note(say.gettext("Access"), about.access),
        Note(
            say.gettext("Organiser"),
            (*_each([organiser], Kind.STRONG), *_each([contact])) if contact else (),
        ),
        _note(say.gettext("Refunds"), about.refunds),
        _note(say.gettext("Terms and conditions"), event.terms),
    )
    return tuple(note for note in found if note.paragraphs)


def _way(event: Event, language: Language) -> tuple[Paragraph, ...]:
    venue = one_line(event.venue, LONGEST_TITLE)
    address = unbroken(one_line(event.address, LONGEST_TITLE))
    url = event.about.map_url
    shown = one_line(url.removeprefix("https://"))
    on_a_map = sentences(language).gettext("On a map: %(url)s") % {"url": shown}
    return (
        *_each([venue], Kind.STRONG),
        *_each([address]),
        *([Paragraph(one_line(on_a_map, LONGEST_TITLE), url=url)] if shown else ()),
    )


def _note(heading: str, text: str) -> Note:
    return Note(heading, _each([one_line(text, LONGEST_TERMS)]))


def _each(texts: Iterable[str], kind: Kind = Kind.PLAIN) -> tuple[Paragraph, ...]:
    return tuple(Paragraph(text, kind) for text in texts if text)
