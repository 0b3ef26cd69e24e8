"""The loop that this system replaces, its surroundings, and a worker that alternates with it."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.turns import Contestant, background, contestants, in_turn, ours, peer

CYCLE = 20
"""Orders that the original takes in a cycle."""
ORIGINAL = "the original's loop"
ROUNDS, CALLS, WARM_UP, BATCH = 8, 2, 2, 10
"""Of our worker: a call is a batch of ten orders."""
ORDERS = (ROUNDS * CALLS + WARM_UP) * BATCH
"""How many our worker needs: 160 are timed, after 20 to warm up."""


@contextmanager
def the_original(port: int, seconds: float) -> Iterator[Contestant]:
    """Yield it, ready; its payment API listens on `port`, its mail server on the next one."""
    mails = port + 1
    with (
        background(ours("benchmarks.peers.paid", str(port), str(seconds)), port),
        background(peer("benchmarks.peers.mail_sink", str(mails)), mails),
        contestants(
            {
                ORIGINAL: peer(
                    "benchmarks.peers.original",
                    f"http://127.0.0.1:{port}",
                    f"127.0.0.1:{mails}",
                )
            }
        ) as (original,),
    ):
        if original.sample() != str(CYCLE).encode():
            sys.exit(f"{ORIGINAL} did not complete its orders: {original.sample()!r}")
        yield original


def worker_beside(
    original: Contestant, folder: Path, function: str, names: Sequence[str]
) -> Contestant:
    """Let a worker of ours and the original take turns; return the worker."""
    listed = folder / function
    listed.write_text("\n".join(names))
    command = ours("benchmarks.peers.our_worker", function, str(listed))
    with contestants({function: command}) as (worker,):
        original.forget()
        in_turn((worker, original), ROUNDS, CALLS, WARM_UP)
        return worker
