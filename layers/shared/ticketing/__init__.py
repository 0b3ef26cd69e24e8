"""Verified payments become tickets: the package every function, test and command shares.

`flows` orders the steps of each function. `orders`, `payments`, `tickets`, `emails`, `alerts`,
`events` and `organisers` hold what is decided (pure modules) and who is talked to (adapters).
`schema` describes the tables, `queues` the queues, `settings` the environment, `bootstrap` wires.
"""
