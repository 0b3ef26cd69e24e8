"""Adapters talk: one folder for each vendor, and nothing above or below knows a vendor."""
