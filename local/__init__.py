"""Everything the ticket system talks to, on one machine: for developers, the demo and tests."""
