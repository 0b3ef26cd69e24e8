"""Organisers: the owners of the money, and our access to their SumUp accounts."""
