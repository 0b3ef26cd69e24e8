"""The door: devices that admit people, what they scan, and what became of each scan. Pure."""
