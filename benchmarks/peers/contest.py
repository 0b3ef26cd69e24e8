"""A contestant's side of a measurement. Only the standard library: peers have other packages."""

import json
import sys
import time
from collections.abc import Callable

ANSWERS = sys.stdout
"""Kept here, because a contestant may redirect its own output."""


def serve(make: Callable[[int], bytes]) -> None:
    """Answer each line: a number of calls with their time, `sample` with what one call made.

    `make` is given a different number each time, so that caching helps nobody.
    """
    number = 0
    for line in sys.stdin:
        if line.strip() == "sample":
            _answer({"made": make(0).hex()})
            continue
        calls = int(line)
        began, used = time.perf_counter(), time.process_time()
        for _ in range(calls):
            number += 1
            make(number)
        cpu, wall = time.process_time() - used, time.perf_counter() - began
        _answer({"cpu": cpu / calls * 1000, "wall": wall / calls * 1000})


def _answer(answer: dict[str, str] | dict[str, float]) -> None:
    print(json.dumps(answer), file=ANSWERS, flush=True)
