"""Figures of the running system. Nothing here judges: a benchmark prints what it saw."""
