"""Conditions that make no difference, each with the proof that no test can detect them."""

from collections.abc import Mapping

EQUIVALENT: Mapping[tuple[str, str], str] = {}
"""By file and text of the condition: why nothing could tell that it is gone."""
