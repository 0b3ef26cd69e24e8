"""Payments: what SumUp said, what follows from it, and how it is asked."""
