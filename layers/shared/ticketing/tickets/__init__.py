"""Tickets: ids, QR codes, branding and PDF."""
