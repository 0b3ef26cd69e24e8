"""Our peers, and our side of each comparison: each runs in a process of its own."""
