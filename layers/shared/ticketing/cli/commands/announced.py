"""How commands show that buyers are told about changes to an event."""

from collections.abc import Callable, Iterator

from ticketing.cli.commands.text import counted
from ticketing.cli.terminal import Show
from ticketing.flows.announce_event import Announced


def so_far(show: Show) -> Callable[[Announced], None]:
    """Return a function that shows how many orders were read, and how many mails stored."""
    return lambda done: show(f"{counted(done.orders, 'order')}, {counted(done.announced, 'mail')}")


def announced_lines(done: Announced, *, dry_run: bool) -> Iterator[str]:
    yield f"  {'would be mailed' if dry_run else 'mailed with the next scans'}: {done.announced}"
    yield f"  mailed before: {done.announced_before}"
    yield f"  bought after the change: {done.knew}"
    if done.unwanted:
        yield f"  not mailed, they marked our mail as spam: {done.unwanted}"
    if done.erased:
        yield f"  not mailed, they were erased: {done.erased}"
