"""Verified payments become tickets: the package that every function, test and command shares.

A folder imports only what stands below it (`make check` proves it). From the top: `cli` has the
commands of operators and `web` the HTTP API, `bootstrap` wires, `flows` order the steps of each use
case, `adapters` talk to AWS and SumUp. Everything further down is pure and decides: `audit`,
`privacy`, `emails`, `operators`, `reconciliation`, `payments`, `tickets`, `orders`, `events` and
`organisers`.
"""

import gc

USUAL_THRESHOLDS = gc.get_threshold()
"""When the garbage collector looks for cycles, as Python has it."""

gc.set_threshold(500_000)
"""Rarely, while a process starts: a tenth of a cold start would go on looking through modules.

`bootstrap.at_start` ends the start of a function.
"""
