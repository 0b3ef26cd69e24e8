from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from tests.support.builders import an_order
from ticketing.archive_keys import (
    logo_key,
    mail_key,
    report_key,
    slug,
    tickets_key,
    tickets_key_of,
)
from ticketing.orders.order import Reissued, VoidTicket
from ticketing.tickets.ticket import Paper


def test_keys_are_built_from_ids() -> None:
    assert tickets_key("5", "ORD-ABC123") == "tickets/5/ORD-ABC123/ORD-ABC123.pdf"
    phone = tickets_key("5", "ORD-ABC123", Paper.A6, 2)
    assert phone == "tickets/5/ORD-ABC123/ORD-ABC123-A6.2.pdf"
    fewer = tickets_key("5", "ORD-ABC123", void=1, reissues=12)
    assert fewer == "tickets/5/ORD-ABC123/ORD-ABC123.v1.r12.pdf"
    anew = tickets_key("5", "ORD-ABC123", Paper.A6, 2, reissues=1)
    assert anew == "tickets/5/ORD-ABC123/ORD-ABC123-A6.2.r1.pdf"
    assert logo_key("jersey-live", b"").startswith("logos/jersey-live/e3b0c44298fc1c14")
    assert mail_key("ORD-ABC123", "ORD-ABC123#confirmation#1") == (
        "mails/ORD-ABC123/ORD-ABC123.confirmation.1.eml"
    )
    assert mail_key(None, "alert#stuck").startswith("mails/alerts/alert.stuck")


@pytest.mark.parametrize("bad", ["", "..", "a/b", "a", "É", "A" * 41, "A B", "A\n"])
def test_invalid_ids_are_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="not an archive key"):
        tickets_key(bad, "ORD-ABC123")
    with pytest.raises(ValueError, match="not an archive key"):
        tickets_key("5", bad)


@pytest.mark.parametrize("bad", ["", "..", "a/b", "A", "é", "a" * 41])
def test_an_invalid_organiser_id_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="not an archive key"):
        logo_key(bad, b"")
    with pytest.raises(ValueError, match="not an archive key"):
        report_key(date(2026, 6, 1), bad, datetime(2026, 6, 2, tzinfo=UTC), "csv")


def test_the_key_of_a_report_contains_its_day_and_creation_time() -> None:
    made = datetime(2026, 6, 2, 4, 40, tzinfo=timezone(timedelta(hours=1)))

    key = report_key(date(2026, 6, 1), "jersey-live", made, "html")

    assert key == "reconciliation/2026-06-01/jersey-live/20260602T034000Z.html"
    with pytest.raises(ValueError, match="not an archive key"):
        report_key(date(2026, 6, 1), "jersey-live", made, "exe")


def test_tickets_of_an_order_are_where_nothing_else_of_it_was() -> None:
    second = VoidTicket("ORD-ABC123-02", "general", datetime(2026, 6, 1, tzinfo=UTC))
    once, twice = (Reissued("ORD-ABC123-01", times) for times in (1, 2))
    orders = [
        an_order(reissued=anew, void_tickets=void)
        for anew in ((), (once,), (twice,), (once, Reissued("ORD-ABC123-03", 2)))
        for void in ((), (second,))
    ]

    keys = {tickets_key_of(o, paper, n) for o in orders for paper in Paper for n in (1, 2)}

    assert len(keys) == len(orders) * len(Paper) * 2


def test_another_logo_has_another_key() -> None:
    assert logo_key("jersey-live", b"one") != logo_key("jersey-live", b"two")


def test_two_mails_never_share_a_key() -> None:
    ids = ["a#b", "a.b", "a/b", "a-b", "a b", "a:b", "é", "è", "x" * 200, "x" * 201, "", "\ud800"]

    slugs = {slug(mail_id) for mail_id in ids}

    assert len(slugs) == len(ids)
    assert all(mail_key(None, mail_id) for mail_id in ids)
