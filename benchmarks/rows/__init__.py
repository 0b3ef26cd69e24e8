"""The rows of the table: each module's `measure` returns its figures."""
