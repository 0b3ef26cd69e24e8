"""The rows of the table: `measure` of each returns its figures."""
