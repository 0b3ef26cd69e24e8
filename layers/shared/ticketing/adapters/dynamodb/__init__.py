"""Tables: every write is conditional, and every read that decides is consistent."""
