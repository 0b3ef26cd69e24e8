import pytest
from hypothesis import given
from hypothesis import strategies as st

from ticketing.errors import MissingSetting
from ticketing.orders.access import OrderAccess

OLD, NEW = "o" * 40, "n" * 40
ACCESS = OrderAccess({"A": NEW}, "A")
TOKEN = ACCESS.token("ORD-ABC123")


def test_a_token_opens_its_order_and_no_other() -> None:
    assert ACCESS.opens(TOKEN, "ORD-ABC123")
    assert not ACCESS.opens(TOKEN, "ORD-ABC124")


def test_a_token_has_128_bits_and_names_its_key() -> None:
    assert len(TOKEN) == 27
    assert TOKEN[0] == "A"


@given(st.text(max_size=40))
def test_no_other_text_is_a_valid_token(text: str) -> None:
    assert ACCESS.opens(text, "ORD-ABC123") is (text == TOKEN)


@pytest.mark.parametrize("at", range(len(TOKEN)))
def test_a_token_with_one_changed_character_is_invalid(at: int) -> None:
    other = "B" if TOKEN[at] != "B" else "C"

    assert not ACCESS.opens(TOKEN[:at] + other + TOKEN[at + 1 :], "ORD-ABC123")


def test_tokens_made_with_an_older_key_stay_valid() -> None:
    rotated = OrderAccess({"A": NEW, "B": OLD}, "B")

    assert rotated.opens(TOKEN, "ORD-ABC123")
    assert rotated.token("ORD-ABC123") != TOKEN


def test_no_repr_shows_a_key() -> None:
    assert NEW not in repr(ACCESS)


@pytest.mark.parametrize("secret", ["", "[]", '{"key_id": "A"}', '{"A": "x"}', '{"key_id": 1}'])
def test_an_invalid_secret_is_named_but_not_quoted(secret: str) -> None:
    with pytest.raises(MissingSetting):
        OrderAccess.from_secret(secret)
