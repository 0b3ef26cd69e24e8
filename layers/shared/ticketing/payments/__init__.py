"""Payments: what SumUp showed, what follows from it, and how money goes back."""
