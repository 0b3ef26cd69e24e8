"""Orders: their states, transitions and schedule, and what may follow from each."""
