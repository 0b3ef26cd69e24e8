"""What a device signs, to the letter: the page signs the same, and old scans must stay provable."""

from dataclasses import replace
from typing import Any

import pytest

from tests.doors.test_ruling import a_scan
from tests.support.builders import later
from ticketing.doors import signature
from ticketing.doors.device import hash_of
from ticketing.doors.scan import Action, Override, Said, device_and_seq, numbered

SCAN = a_scan(
    at="2026-07-18T19:02:11.204Z",
    offset_ms=-250,
    text="TICKET:1",
    count=2,
    said=Said.ADMITTED,
    by_hand=True,
    override=Override.ALREADY,
    refers_to="D2222#000007",
    list_as_of="2026-07-18T18:59:00.000Z",
    previous="kept",
)


def test_a_scan_is_signed_line_by_line() -> None:
    assert SCAN.signed_text("5", "D7KQ2").split("\n") == [
        "scan-1",
        "5",
        "D7KQ2",
        "121",
        "2026-07-18T19:02:11.204Z",
        "-250",
        "admit",
        "TICKET:1",
        "2",
        "admitted",
        "1",
        "already",
        "D2222#000007",
        "2026-07-18T18:59:00.000Z",
        "kept",
    ]


def test_a_request_is_signed_with_the_hash_of_its_body() -> None:
    claim = signature.claim_in(f"5.D7KQ2.1780315500.{'A' * 86}")

    assert claim == signature.Claim("5", "D7KQ2", 1780315500, "A" * 86)
    assert claim.signed_text("POST", "/api/door/tickets?after=c1-", b"{}").split("\n") == [
        "door-1",
        "POST",
        "/api/door/tickets?after=c1-",
        "5",
        "D7KQ2",
        "1780315500",
        "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
    ]


def test_the_time_of_a_scan_is_by_our_clock() -> None:
    scan = replace(SCAN, at=later(minutes=1).isoformat(), offset_ms=2000)

    assert scan.moment == later(minutes=1, seconds=2)


@pytest.mark.parametrize(
    ("changes", "let_people_in"),
    [
        ({"said": Said.ASKING, "count": 1}, False),
        ({"said": Said.ADMITTED, "count": 0}, True),
        ({"said": Said.UNKNOWN, "count": 1}, True),
        ({"said": Said.UNKNOWN, "count": 0}, False),
        ({"said": Said.VOID, "count": 1}, False),
        ({"said": Said.ADMITTED, "count": 1, "action": Action.LOWER}, False),
        ({"said": Said.ADMITTED, "count": 1, "action": Action.UNDO}, False),
    ],
)
def test_who_let_people_in(changes: dict[str, Any], let_people_in: bool) -> None:  # noqa: FBT001
    assert a_scan(**changes).let_people_in is let_people_in


def test_a_number_is_taken_apart_again() -> None:
    assert device_and_seq(numbered("D7KQ2", 121)) == ("D7KQ2", 121)


@pytest.mark.parametrize("text", ["", "D7KQ2", "D7KQ2#121", "+D7KQ2#000121", "D7KQ2#000121 "])
def test_what_is_no_number_of_a_scan_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match=f"^{text.replace('+', '.')} is not a scan of a device$"):
        device_and_seq(text)


@pytest.mark.parametrize("length", range(1, 7))
def test_base64url_has_no_padding(length: int) -> None:
    raw = b"\xfb\xff\xfe\x01\x02\x03"[:length]
    text = signature.text_of(raw)

    assert "=" not in text
    assert signature.bytes_of(text) == raw


def test_base64url_keeps_its_letters() -> None:
    assert signature.text_of(b"\x5d\x75\xd7\x5d\x75\xd7") == "XXXXXXXX"


def test_a_secret_is_stored_as_its_sha_256() -> None:
    hashed = "2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b"

    assert hash_of("secret") == hashed
