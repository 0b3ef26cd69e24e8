"""The door: devices that admit people, what they scan, and what becomes of each scan. Pure."""
