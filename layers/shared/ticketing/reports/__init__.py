"""Reports: events at a glance, lists of guests, sales, doors, and the health of a shop. Pure."""
