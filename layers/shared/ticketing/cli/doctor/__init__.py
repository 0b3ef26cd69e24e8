"""The checks of `doctor`: each reads one part of a stack, and `operators.diagnosis` judges it."""
