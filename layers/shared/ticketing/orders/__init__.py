"""Orders: their states, when to look at them again, and their table."""
