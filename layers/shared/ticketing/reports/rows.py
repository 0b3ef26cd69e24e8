"""The rows of a report: those that could be read, and the names of those that could not. Pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
Progress = Callable[[int], None]
"""Called with the number of rows read so far."""


@dataclass(frozen=True)
class Rows(Generic[T]):
    """What rows hold, which of them cannot be read and why, and how many were read."""

    found: tuple[T, ...]
    unreadable: tuple[str, ...] = ()
    read: int = 0


def gathered(pages: Iterable[Rows[T]], progress: Progress | None = None) -> Rows[T]:
    """Return all pages as one; `progress` is called after each."""
    found: list[T] = []
    unreadable: list[str] = []
    read = 0
    for page in pages:
        found += page.found
        unreadable += page.unreadable
        read += page.read
        if progress:
            progress(read)
    return Rows(tuple(found), tuple(unreadable), read)
