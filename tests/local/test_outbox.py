"""`make outbox` writes each object of the bucket to a file of its own."""

from datetime import date
from pathlib import Path

from local.outbox import file_name
from tests.support.builders import NOW
from ticketing.archive_keys import logo_key, mail_key, report_key, tickets_key
from ticketing.tickets.ticket import Paper

DAY = date(2026, 6, 1)


def test_no_two_keys_have_the_same_file() -> None:
    keys = [
        tickets_key("5", "ORD-ABC123"),
        tickets_key("5", "ORD-ABC123", Paper.A6),
        tickets_key("5", "ORD-ABC123", revision=2),
        mail_key("ORD-ABC123", "ORD-ABC123#confirmation#1"),
        mail_key(None, "shop#alert#x"),
        *(report_key(DAY, one, NOW, form) for one in ("a", "b") for form in ("csv", "html")),
        report_key(date(2026, 6, 2), "a", NOW, "csv"),
        *(logo_key(one, b"the same picture") for one in ("a", "b")),
    ]

    assert len({file_name(Path(key)) for key in keys}) == len(keys)
    assert file_name(Path(keys[0])) == "ORD-ABC123.pdf"
    assert file_name(Path(keys[5])) == "2026-06-01-a-20260601T120000Z.csv"
