"""The audit trail: any later change is detected."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.support.builders import NOW, later
from ticketing.orders.audit_entry import AuditEntry

Stored = tuple[AuditEntry, str]
"""An entry and the hash written beside it."""


def a_trail() -> list[Stored]:
    """Return the entries of an order that was adopted, closed and then paid."""
    stored: list[Stored] = []
    steps = (("checkout attached", "adopted"), ("expired", "expired"), ("completed", "paid_late"))
    for sequence, (change, reason) in enumerate(steps, start=1):
        previous = stored[-1][1] if stored else ""
        entry = AuditEntry(
            order_number="ORD-ABC123",
            sequence=sequence,
            at=later(hours=sequence),
            by="VerifyPayment",
            change=change,
            reason=reason,
            seen="checkout-1 PAID 45.00 GBP",
            previous_hash=previous,
        )
        stored.append((entry, entry.hash))
    return stored


def holds(trail: list[Stored], newest: str) -> bool:
    """Return whether a trail is whole; `newest` is the hash in the order's own row."""
    previous = ""
    for sequence, (entry, stored) in enumerate(trail, start=1):
        linked = entry.previous_hash == previous and entry.sequence == sequence
        if not linked or entry.hash != stored:
            return False
        previous = stored
    return previous == newest


NEWEST = a_trail()[-1][1]
EDITS: dict[str, Any] = {
    "order_number": "ORD-XYZ999",
    "sequence": 9,
    "at": later(hours=2) + timedelta(microseconds=1),
    "by": "somebody",
    "change": "failed",
    "reason": "paid",
    "seen": "",
    "previous_hash": "0" * 64,
}


def test_an_unchanged_trail_is_valid() -> None:
    assert holds(a_trail(), NEWEST)


@pytest.mark.parametrize("edit", [{name: value} for name, value in EDITS.items()], ids=EDITS)
@pytest.mark.parametrize("position", [0, 1, 2])
def test_an_edit_of_any_field_of_any_entry_is_detected(position: int, edit: dict[str, Any]) -> None:
    trail = a_trail()
    edited = replace(trail[position][0], **edit)

    trail[position] = (edited, trail[position][1])

    assert not holds(trail, NEWEST)


def test_an_edit_with_a_recomputed_hash_is_detected_by_the_next_entry() -> None:
    for position in range(3):
        trail = a_trail()
        edited = replace(trail[position][0], reason="something else")
        trail[position] = (edited, edited.hash)

        assert not holds(trail, NEWEST)


def test_a_rewritten_trail_is_detected_by_the_hash_on_the_order() -> None:
    trail: list[Stored] = []
    for entry, _ in a_trail():
        forged = replace(entry, by="nobody", previous_hash=trail[-1][1] if trail else "")
        trail.append((forged, forged.hash))

    assert holds(trail, trail[-1][1])
    assert not holds(trail, NEWEST)


@pytest.mark.parametrize("position", [0, 1, 2])
def test_a_removed_entry_is_detected(position: int) -> None:
    trail = a_trail()
    del trail[position]

    assert not holds(trail, NEWEST)


@pytest.mark.parametrize(("one", "other"), [(0, 1), (1, 2), (0, 2)])
def test_reordered_entries_are_detected(one: int, other: int) -> None:
    trail = a_trail()
    trail[one], trail[other] = trail[other], trail[one]

    assert not holds(trail, NEWEST)


def test_an_added_entry_is_detected() -> None:
    trail = a_trail()
    added = replace(trail[-1][0], sequence=4, previous_hash=NEWEST)

    assert not holds([*trail, (added, added.hash)], NEWEST)


def test_the_hash_does_not_depend_on_the_format_of_a_time() -> None:
    entry = a_trail()[0][0]

    assert replace(entry, at=NOW.replace(microsecond=0)).hash == replace(entry, at=NOW).hash
    assert len(entry.hash) == 64
