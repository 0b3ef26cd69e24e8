"""Use cases, one module per function, of the same name; no AWS and no HTTP words here."""
