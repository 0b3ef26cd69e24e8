"""Hand dead letters over again: take, hand over, and only then delete.

A message names an order or a mail and no more, so one that is handed over twice is as good as once.
What is not ours, or is not taken, stays where it is.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from ticketing.errors import TicketingError

MOST = 1000
"""Messages of one run; whoever has more runs it again."""

EVERY = 100
"""Messages between two signs of progress."""


class Letter(Protocol):
    """A message that was taken out of a dead-letter queue."""

    @property
    def message_id(self) -> str: ...
    @property
    def body(self) -> str: ...


L = TypeVar("L", bound=Letter)


class Letters(Protocol[L]):
    """What is needed of a dead-letter queue."""

    def take(self, limit: int) -> Sequence[L]: ...
    def delete(self, letter: L) -> None: ...
    def give_back(self, letter: L) -> None: ...


@dataclass
class Redriven:
    """What became of the letters: names handed over, how often, and those that stay, with why."""

    handed_over: Counter[str] = field(default_factory=Counter)
    left: dict[str, str] = field(default_factory=dict)

    @property
    def letters(self) -> int:
        """Return how many messages were looked at."""
        return self.handed_over.total() + len(self.left)


def redrive(
    letters: Letters[L],
    name_of: Callable[[str], str],
    hand_over: Callable[[L], None],
    progress: Callable[[Redriven], None],
    *,
    dry_run: bool = False,
) -> Redriven:
    """Hand over what a queue holds; `hand_over` raises for a letter that was not taken."""
    done = Redriven()
    for letter in letters.take(MOST):
        if done.letters and done.letters % EVERY == 0:
            progress(done)
        try:
            name = name_of(letter.body)
            if not dry_run:
                hand_over(letter)
        except TicketingError as error:
            done.left[letter.message_id] = str(error)
            letters.give_back(letter)
            continue
        done.handed_over[name] += 1
        if dry_run:
            letters.give_back(letter)
        else:
            letters.delete(letter)
    return done
