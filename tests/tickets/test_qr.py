import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.builders import QR_SECRET, a_signer, an_order, tickets_for
from ticketing.errors import InvalidQr, MissingSetting, WrongEvent
from ticketing.tickets.qr import QrSigner, parse, verify

SECRET_A, SECRET_B = "a" * 40, "b" * 40
KEYS = a_signer().public_keys("5")
TEXT = a_signer().text("ORD-ABC123-01", "ORD-ABC123", "5")
BASE32 = string.ascii_uppercase + "234567"
IDS = st.text(
    st.sampled_from(string.ascii_uppercase + string.digits + "-"), min_size=1, max_size=40
)


def test_the_text_has_four_fields_in_order() -> None:
    fields = TEXT.split("|")

    assert fields[:3] == ["TICKET:ORD-ABC123-01", "ORDER:ORD-ABC123", "EVENT:5"]
    assert fields[3].startswith("VALID:A")
    assert len(fields[3]) == len("VALID:A") + 103


def test_signing_twice_gives_the_same_text() -> None:
    assert a_signer().text("ORD-ABC123-01", "ORD-ABC123", "5") == TEXT


@given(IDS, IDS, IDS)
def test_a_signed_text_can_be_verified_and_parsed(ticket: str, order: str, event: str) -> None:
    signer = a_signer()

    qr = verify(signer.text(ticket, order, event), signer.public_keys(event), event)

    assert (qr.ticket_id, qr.order_number, qr.event_id) == (ticket, order, event)


@pytest.mark.slow
def test_every_change_of_one_character_is_refused() -> None:
    alphabet = BASE32 + string.ascii_lowercase + "0189-|: =\0é"
    changed = [
        TEXT[:at] + other + TEXT[at + 1 :]
        for at, character in enumerate(TEXT)
        for other in alphabet
        if other != character
    ]

    assert len(changed) > 6000
    assert [text for text in changed if _is_accepted(text)] == []


def test_every_lost_doubled_or_swapped_character_is_refused() -> None:
    lost = [TEXT[:at] + TEXT[at + 1 :] for at in range(len(TEXT))]
    doubled = [TEXT[:at] + TEXT[at] + TEXT[at:] for at in range(len(TEXT))]
    swapped = [TEXT[:at] + TEXT[at + 1] + TEXT[at] + TEXT[at + 2 :] for at in range(len(TEXT) - 1)]

    accepted = {text for text in lost + doubled + swapped if _is_accepted(text)}

    assert accepted <= {TEXT}  # swapping two equal characters changes nothing


def test_only_the_canonical_last_base32_character_is_accepted() -> None:
    """The last character holds two bits of signature and three that decoding ignores."""
    with_other_ends = [TEXT[:-1] + end for end in BASE32]

    assert [text for text in with_other_ends if _is_accepted(text)] == [TEXT]


REFUSALS = {
    "not ours": ("TICKET:1", KEYS, "it is not in the form of our tickets"),
    "another spelling": (
        TEXT[:-1] + BASE32[BASE32.index(TEXT[-1]) ^ 1],
        KEYS,
        "its signature is not written the way we write it",
    ),
    "no such key": (TEXT, {}, "it is signed with a key this door does not know"),
    "forged": (
        TEXT.replace("ORDER:ORD-ABC123", "ORDER:ORD-ABC124"),
        KEYS,
        "its signature is wrong",
    ),
}


@pytest.mark.parametrize(("text", "keys", "reason"), REFUSALS.values(), ids=REFUSALS)
def test_a_refusal_states_the_reason(text: str, keys: dict[str, bytes], reason: str) -> None:
    with pytest.raises(InvalidQr) as refused:
        verify(text, keys, "5")

    assert refused.value.reason == reason


@given(st.text(max_size=300))
def test_any_other_text_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(InvalidQr):
        parse(text)


@pytest.mark.parametrize(
    "text",
    [
        TEXT + "\n",
        " " + TEXT,
        TEXT.lower(),
        TEXT + "=",
        TEXT + "|EXTRA:1",
        TEXT.replace("ORD-ABC123-01", "ORD-ABC123-02"),
        TEXT.replace("ORDER:ORD-ABC123", "ORDER:ORD-ABC124"),
        TEXT.replace("EVENT:5", "EVENT:6"),
        TEXT.replace("TICKET:ORD-ABC123-01|ORDER:ORD-ABC123", "TICKET:ORD-ABC123|ORDER:01"),
        TEXT.replace("VALID:A", "VALID:B"),
        TEXT.replace("5", "\uff15"),
        "TICKET:ORD-ABC123-11|ORDER:ORD-ABC123|EVENT:5|VALID:a1b2c3d4",
    ],
)
def test_forgeries_are_refused(text: str) -> None:
    assert not _is_accepted(text)


def test_a_ticket_for_another_event_is_reported_as_such() -> None:
    with pytest.raises(WrongEvent) as refused:
        verify(TEXT, KEYS, "6")

    assert refused.value.event_id == "5"


def test_the_key_of_one_event_reveals_nothing_about_another() -> None:
    with pytest.raises(InvalidQr, match="signature"):
        verify(TEXT, a_signer().public_keys("6"))


def test_old_tickets_stay_valid_after_a_key_rotation() -> None:
    old = QrSigner({"A": SECRET_A}, "A")
    both = QrSigner({"A": SECRET_A, "B": SECRET_B}, "B")
    new_text = both.text("T-1", "O-1", "5")

    assert verify(old.text("T-1", "O-1", "5"), both.public_keys("5")).key_id == "A"
    assert verify(new_text, both.public_keys("5")).key_id == "B"
    with pytest.raises(InvalidQr):
        verify(new_text, old.public_keys("5"))


def test_public_keys_are_raw_and_unique_per_event_and_key() -> None:
    signer = QrSigner({"A": SECRET_A, "B": SECRET_B}, "A")
    keys = [*signer.public_keys("5").values(), *signer.public_keys("6").values()]

    assert {len(key) for key in keys} == {32}
    assert len(set(keys)) == 4


@pytest.mark.parametrize("bad", ["", "a", "A" * 41, "A|B", "A:B", "A B", "É", "A\n", "A\0", "5.0"])
@pytest.mark.parametrize("position", [0, 1, 2])
def test_ids_that_could_imitate_a_separator_are_not_signed(bad: str, position: int) -> None:
    ids = ["ORD-ABC123-01", "ORD-ABC123", "5"]
    ids[position] = bad

    with pytest.raises(InvalidQr) as refused:
        a_signer().text(*ids)

    assert refused.value.reason == f"the id {bad!r} is not 1 to 40 of A-Z, 0-9 and hyphen"


def test_a_long_id_is_truncated_in_the_message() -> None:
    with pytest.raises(InvalidQr) as refused:
        a_signer().text("A" * 61, "ORD-ABC123", "5")

    assert f"the id {'A' * 60!r} is" in refused.value.reason


BAD_KEYS = {
    "a long key id": (
        {"AB": SECRET_A},
        "AB",
        ["every QR key id must be one character of A-Z and 0-9"],
    ),
    "a short secret": ({"A": "a" * 31}, "A", ["every QR key must be at least 32 characters"]),
    "no current key": ({"A": SECRET_A}, "B", ["the current QR key is not among the keys"]),
    "the shortest secret there may be": ({"A": "a" * 32}, "A", []),
}


@pytest.mark.parametrize(("keys", "current", "problems"), BAD_KEYS.values(), ids=BAD_KEYS)
def test_every_problem_with_the_keys_is_named(
    keys: dict[str, str], current: str, problems: list[str]
) -> None:
    try:
        QrSigner(keys, current)
    except MissingSetting as refused:
        assert list(refused.problems) == problems  # noqa: PT017  # one of them is fine
    else:
        assert problems == []


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "hush-hush",
        "[]",
        '"hush-hush"',
        "{}",
        '{"key_id": "A"}',
        '{"A": "hush-hush-hush-hush-hush-hush-hush"}',
        '{"key_id": "A", "A": "hush-hush"}',
        '{"key_id": "A", "A": 5}',
        '{"key_id": 1, "1": "hush-hush-hush-hush-hush-hush-hush"}',
        '{"key_id": "AB", "AB": "hush-hush-hush-hush-hush-hush-hush"}',
        '{"key_id": "a", "a": "hush-hush-hush-hush-hush-hush-hush"}',
        '{"key_id": "B", "A": "hush-hush-hush-hush-hush-hush-hush"}',
        '{"key_id": "A", "A": "hush-hush-hush-hush-hush-hush-hush"',
    ],
)
def test_a_malformed_secret_is_refused_but_never_quoted(secret: str) -> None:
    with pytest.raises(MissingSetting) as refused:
        QrSigner.from_secret(secret)

    assert "hush" not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_malformed_secret_is_named() -> None:
    with pytest.raises(MissingSetting) as refused:
        QrSigner.from_secret("[]")

    assert refused.value.problems == ["the QR secret is not a JSON object"]


def test_the_repr_of_a_signer_hides_its_keys() -> None:
    shown = repr(a_signer()) + str(a_signer())

    assert json.loads(QR_SECRET)["A"] not in shown
    assert "A" in shown


def test_the_tickets_of_an_order_have_different_texts() -> None:
    texts = {ticket.qr_text for ticket in tickets_for(an_order())}

    assert len(texts) == 3


def _is_accepted(text: str) -> bool:
    try:
        verify(text, KEYS, "5")
    except InvalidQr:
        return False
    return True
