"""Reconciliation: a day of our payments compared with SumUp's, and its reports."""
