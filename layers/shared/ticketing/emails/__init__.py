"""Mails: their contents, their delivery status, and sending them again."""
