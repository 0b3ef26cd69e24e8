"""Forked processes, a few at a time, each of which tells what it finds as it goes along."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from typing import TypeVar

AT_ONCE = 2
FORK = get_context("fork")

T = TypeVar("T")
Work = Callable[[], Iterable[T]]


def side_by_side(works: Sequence[Work[T]]) -> Iterator[tuple[int, T | None]]:
    """Yield what each work yields, with its position; None when it is over or has died."""
    waiting = list(enumerate(works))[::-1]
    running: dict[Connection, int] = {}
    while waiting or running:
        while waiting and len(running) < AT_ONCE:
            at, work = waiting.pop()
            running[_begun(work)] = at
        for ready in wait(running):
            assert isinstance(ready, Connection)
            try:
                yield running[ready], ready.recv()
            except EOFError:
                yield running.pop(ready), None


def _begun(work: Work[T]) -> Connection:
    ours, theirs = FORK.Pipe(duplex=False)
    FORK.Process(target=_tell, args=(work, theirs), daemon=True).start()
    theirs.close()
    return ours


def _tell(work: Work[T], connection: Connection) -> None:
    for told in work():
        connection.send(told)
    connection.close()
