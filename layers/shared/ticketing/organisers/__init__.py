"""Organisers: whose money it is and how SumUp knows them."""
