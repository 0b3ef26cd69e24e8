"""Redrive a dead-letter queue: take each message, hand it over, and only then delete it.

A message only names an order or a mail, so handing it over twice does no harm. A message that is
not ours, or that cannot be handed over, stays in the dead-letter queue.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from ticketing.errors import TicketingError
from ticketing.flows.ports import DeadLetters, L

MOST = 1000
"""The most messages that one run takes."""

EVERY = 100
"""Progress is reported after every so many messages."""


@dataclass
class Redriven:
    """How often each name was handed over, and why each message that is `left` was not."""

    handed_over: Counter[str] = field(default_factory=Counter)
    left: dict[str, str] = field(default_factory=dict)

    @property
    def letters(self) -> int:
        return self.handed_over.total() + len(self.left)


def redrive(
    letters: DeadLetters[L],
    name_of: Callable[[str], str],
    hand_over: Callable[[L], None],
    progress: Callable[[Redriven], None],
    *,
    dry_run: bool = False,
) -> Redriven:
    """Hand over the messages; `hand_over` raises `TicketingError` if one is not taken.

    `name_of` returns the name in a message's body, or raises the same.
    """
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
