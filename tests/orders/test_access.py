import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import NOW, later
from ticketing.errors import MissingSetting
from ticketing.orders.access import RETURNS_FOR, OrderAccess, master_keys

OLD, NEW = "o" * 40, "n" * 40
ACCESS = OrderAccess({"a": NEW}, "a")
TOKEN = ACCESS.token("ORD-ABC123")
DEADLINE = later(hours=2)
CODE = ACCESS.return_code("ORD-ABC123", DEADLINE)
SIGNING_SECRET = json.dumps({"key_id": "B", "A": OLD, "B": NEW})
EARLIER = OrderAccess(*master_keys(SIGNING_SECRET, "the QR secret"))


def test_a_token_opens_its_order_and_no_other() -> None:
    assert ACCESS.opens(TOKEN, "ORD-ABC123")
    assert not ACCESS.opens(TOKEN, "ORD-ABC124")


def test_a_token_has_128_bits_and_names_its_key() -> None:
    assert len(TOKEN) == 27
    assert TOKEN[0] == "a"


@given(st.text(max_size=40))
def test_no_other_text_is_a_valid_token(text: str) -> None:
    assert ACCESS.opens(text, "ORD-ABC123") is (text == TOKEN)


@pytest.mark.parametrize("at", range(len(TOKEN)))
def test_a_token_with_one_changed_character_is_invalid(at: int) -> None:
    other = "B" if TOKEN[at] != "B" else "C"

    assert not ACCESS.opens(TOKEN[:at] + other + TOKEN[at + 1 :], "ORD-ABC123")


def test_tokens_made_with_an_older_key_stay_valid() -> None:
    rotated = OrderAccess({"a": NEW, "b": OLD}, "b")

    assert rotated.opens(TOKEN, "ORD-ABC123")
    assert rotated.token("ORD-ABC123") != TOKEN
    assert set(rotated.tokens("ORD-ABC123")) == {TOKEN, rotated.token("ORD-ABC123")}


def test_a_token_from_before_opens_its_order_if_it_was_kept() -> None:
    kept = {(token, "ORD-ABC123") for token in EARLIER.tokens("ORD-ABC123")}
    access = OrderAccess({"a": NEW}, "a", lambda *link: link in kept)

    for token in EARLIER.tokens("ORD-ABC123"):
        assert access.opens(token, "ORD-ABC123")
        assert not access.opens(token, "ORD-ABC124")
        assert not ACCESS.opens(token, "ORD-ABC123"), "not kept"
    assert not access.opens(EARLIER.token("ORD-ABC124"), "ORD-ABC124")


@pytest.mark.parametrize("text", ["", "A", TOKEN, TOKEN[:-1] + "b", "A" + "a" * 26, "é" * 27])
def test_the_kept_tokens_are_asked_about_tokens_only(text: str) -> None:
    asked: list[str] = []

    def is_kept(token: str, _: str) -> bool:
        asked.append(token)
        return False

    OrderAccess({"a": NEW}, "a", is_kept).opens(text, "ORD-ABC123")

    assert asked == []


def test_a_return_code_is_of_one_order_until_some_hours_after_its_deadline() -> None:
    end = DEADLINE + RETURNS_FOR

    assert ACCESS.returns(CODE, "ORD-ABC123", NOW)
    assert ACCESS.returns(CODE, "ORD-ABC123", end - timedelta(seconds=1))
    assert not ACCESS.returns(CODE, "ORD-ABC123", end)
    assert not ACCESS.returns(CODE, "ORD-ABC124", NOW)


def test_a_return_code_is_no_token_and_a_token_no_return_code() -> None:
    assert not ACCESS.opens(CODE, "ORD-ABC123")
    assert not ACCESS.opens(CODE[0] + CODE[11:], "ORD-ABC123")
    assert not ACCESS.returns(TOKEN, "ORD-ABC123", NOW)
    assert not ACCESS.returns(CODE[:11] + TOKEN[1:], "ORD-ABC123", NOW)


@pytest.mark.parametrize("at", range(len(CODE)))
def test_a_return_code_with_one_changed_character_is_invalid(at: int) -> None:
    other = next(c for c in "9A" if c != CODE[at])

    assert not ACCESS.returns(CODE[:at] + other + CODE[at + 1 :], "ORD-ABC123", NOW)


@given(st.text(max_size=60) | st.from_regex(r"a[0-9]{10}[A-Z2-7]{26}", fullmatch=True))
def test_no_other_text_is_a_valid_return_code(text: str) -> None:
    assert ACCESS.returns(text, "ORD-ABC123", NOW) is (text == CODE)


def test_return_codes_made_with_an_older_key_stay_valid() -> None:
    rotated = OrderAccess({"a": NEW, "b": OLD}, "b")

    assert rotated.returns(CODE, "ORD-ABC123", NOW)
    assert not OrderAccess({"b": OLD}, "b").returns(CODE, "ORD-ABC123", NOW)


def test_a_return_code_needs_no_quoting_in_an_address() -> None:
    assert CODE.isascii()
    assert CODE.isalnum()


def test_no_repr_shows_a_key() -> None:
    assert NEW not in repr(ACCESS)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "[]",
        '{"key_id": "a"}',
        '{"a": "x"}',
        '{"key_id": 1}',
        '{"key_id": "a", "a": "too short"}',
        json.dumps({"key_id": "a", "b": NEW}),
        SIGNING_SECRET,
    ],
)
def test_an_invalid_secret_is_named_but_not_quoted(secret: str) -> None:
    with pytest.raises(MissingSetting) as refused:
        OrderAccess.from_secret(secret)

    assert "order links" in str(refused.value)
    assert NEW not in str(refused.value)
    assert "too short" not in str(refused.value)
