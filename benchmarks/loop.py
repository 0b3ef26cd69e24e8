"""The loop that this system replaces, as a contestant, with the payments and mails it needs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.turns import Contestant, background, contestants, ours, peer

CYCLE = 20
"""Orders that the original takes at once."""
ORIGINAL = "the original's loop"


@contextmanager
def the_original(port: int, seconds: float) -> Iterator[Contestant]:
    """Have it ready; its payment API listens at `port`, its mail server at the next one."""
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
