"""Events and ticket types: what is sold."""
