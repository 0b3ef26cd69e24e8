"""Tickets: ids, QR codes, PDF and where they are kept."""
