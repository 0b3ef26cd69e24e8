"""What a day of payments came to, for people: a sheet to calculate with, and a page to read."""
