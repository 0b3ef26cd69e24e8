"""Copies of a process: each continues independently, and all of their failures are reported."""

import os
from contextlib import suppress

import pytest

from tests.faults.copies import Copies

pytestmark = pytest.mark.faults


def test_each_copy_continues_from_the_point_where_it_was_made() -> None:
    with Copies() as copies:
        path = ["A" if copies.split() else "a", "B" if copies.split() else "b"]
        copies.result = "".join(path)

    assert copies.result == "ab"
    assert copies.found == ["AB", "Ab", "aB"]


def test_an_error_in_a_copy_is_reported_even_if_the_original_swallows_exceptions() -> None:
    with (  # noqa: PT012  # the block is what fails
        pytest.raises(AssertionError, match="something of its own"),
        Copies() as copies,
        suppress(Exception),
    ):
        if copies.split():
            raise KeyboardInterrupt("something of its own")


def test_an_error_in_a_copy_of_a_copy_is_reported() -> None:
    with pytest.raises(AssertionError, match="deep down"), Copies() as copies:  # noqa: PT012  # as above
        if copies.split() and copies.split():
            raise KeyError("deep down")


def test_a_killed_copy_is_detected() -> None:
    with pytest.raises(AssertionError, match="without a word"), Copies() as copies:  # noqa: PT012  # as above
        if copies.split():
            os._exit(1)
