"""What operators type: one module per group of commands."""

OK, FAILED, ATTENTION = 0, 1, 3
"""Exit codes: well; the command could not do its work; some order or ticket needs a person."""
