"""Readable addresses of events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.events.slug import slug_of


@pytest.mark.parametrize(
    ("name", "event_id", "slug"),
    [
        ("Jersey Live: Summer Sounds", "5", "jersey-live-summer-sounds-5"),
        ("Élodie Marchand plays Debussy", "RECITAL-6", "elodie-marchand-plays-debussy-recital-6"),
        ("  --  ", "7", "7"),
        ("音楽会", "8", "8"),
        ("a" * 80, "9", "a" * 60 + "-9"),
        ("word " * 20, "9", "-".join(["word"] * 12) + "-9"),
    ],
)
def test_a_name_becomes_an_address(name: str, event_id: str, slug: str) -> None:
    assert slug_of(name, event_id) == slug


@given(st.text(max_size=200))
def test_whatever_an_event_is_called_its_address_is_plain(name: str) -> None:
    slug = slug_of(name, "5")

    assert slug.isascii()
    assert not set(slug) - set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert not slug.startswith("-")
    assert slug.endswith("5")
