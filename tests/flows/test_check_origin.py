"""The check of where a request comes from: two keys while one is replaced, and few reads."""

from datetime import timedelta

import pytest

from tests.support.builders import NOW
from ticketing.errors import MissingSetting
from ticketing.flows.check_origin import READ_AGAIN, CheckOrigin

SECOND = timedelta(seconds=1)


class Keys:
    """What the secret contains, and how often it was read."""

    def __init__(self, *keys: str) -> None:
        self.keys, self.reads = keys, 0

    def __call__(self) -> tuple[str, ...]:
        self.reads += 1
        return self.keys


@pytest.mark.parametrize(
    ("given", "is_ours"),
    [
        ("one", True),
        ("two", True),
        ("", False),
        ("on", False),
        ("onetwo", False),
        ("one,two", False),  # the header twice, as API Gateway joins it
        ("One", False),
        ("one ", False),
        ("öne", False),
    ],
)
def test_each_of_the_keys_is_accepted_and_nothing_else(given: str, *, is_ours: bool) -> None:
    assert CheckOrigin(Keys("one", "two"))(given, NOW) is is_ours


def test_the_keys_are_read_once_for_all_requests_with_one_of_them() -> None:
    keys = Keys("one")
    check = CheckOrigin(keys)

    assert all(check("one", NOW + timedelta(hours=hour)) for hour in range(24))
    assert keys.reads == 1


def test_a_key_that_was_added_is_accepted_without_a_restart() -> None:
    keys = Keys("one")
    check = CheckOrigin(keys)
    check("one", NOW)
    keys.keys = ("one", "two")

    assert check("two", NOW + READ_AGAIN)
    assert check("one", NOW + READ_AGAIN)


def test_strangers_cause_one_read_in_a_minute() -> None:
    keys = Keys("one")
    check = CheckOrigin(keys)

    for tenth in range(600):
        assert not check(f"made up {tenth}", NOW + tenth * SECOND / 10)

    assert keys.reads == 1
    assert not check("made up", NOW + READ_AGAIN)
    assert keys.reads == 2


def test_nobody_is_let_in_while_the_keys_cannot_be_read() -> None:
    def broken() -> tuple[str, ...]:
        raise MissingSetting(["the secret has no usable value"])

    check = CheckOrigin(broken)

    for _ in range(2):
        with pytest.raises(MissingSetting):
            check("one", NOW)


def test_a_failed_read_forgets_no_key() -> None:
    keys = Keys("one")
    check = CheckOrigin(keys)
    check("one", NOW)
    keys.keys = ()

    assert not check("two", NOW + SECOND)
    assert check("one", NOW + SECOND)
