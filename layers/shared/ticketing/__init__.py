"""Verified payments become tickets: the package that all functions, tests and commands share.

A folder imports only from those below it (`make check` proves it). From the top: `cli` has the
commands for operators and `web` the HTTP API, `bootstrap` wires everything together, `flows` put
the steps of each use case in order, and `adapters` talk to AWS and SumUp. Everything further down
is pure and makes decisions: `audit`, `privacy`, `emails`, `operators`, `reconciliation`, `reports`,
`doors`, `payments`, `tickets`, `orders`, `events` and `organisers`.
"""

import gc

USUAL_THRESHOLDS = gc.get_threshold()
"""Python's own thresholds for when the garbage collector looks for cycles."""

gc.set_threshold(500_000)
"""Look rarely while a process starts: looking through modules would be a tenth of a cold start.

`bootstrap.at_start` restores the usual thresholds once a function has started.
"""
