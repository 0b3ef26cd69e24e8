"""docs/rehearsal.md as steps: commands, their output, and which alarms must fire and recover."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "rehearsal.md"
HEADING = re.compile(r"^(#{2,3}) (.+)$")
FENCE = re.compile(r"^```(\w*)$")


@dataclass
class Block:
    """Commands as they are typed, and the lines of which each must be in what they print."""

    line: int
    commands: str
    expected: list[str] = field(default_factory=list)


@dataclass
class Section:
    """A part of the page; `alarms` are those that its first block sets off and its last one ends.

    With a single block nothing is broken: the alarms have rung by themselves.
    """

    title: str
    alarms: tuple[str, ...]
    blocks: list[Block] = field(default_factory=list)


def sections(text: str) -> list[Section]:
    """Return the page's sections that have something to type."""
    found = [Section("", ())]
    for line, kind, words in _parts(text):
        match kind:
            case "##":
                found.append(Section(words, ()))
            case "###":
                found.append(Section(words, tuple(re.split(r", | and ", words))))
            case "sh":
                found[-1].blocks.append(Block(line, words))
            case "text":
                found[-1].blocks[-1].expected += words.splitlines()
    return [section for section in found if section.blocks]


def _parts(text: str) -> Iterator[tuple[int, str, str]]:
    """Yield each heading and fenced block with its line, its kind and what is in it."""
    kind, begun, inside = "", 0, list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        fence, heading = FENCE.match(line), HEADING.match(line)
        if fence and not kind:
            kind, begun, inside = fence[1], number, []
        elif fence:
            yield begun, kind, "\n".join(inside)
            kind = ""
        elif kind:
            inside.append(line)
        elif heading:
            yield number, heading[1], heading[2]
