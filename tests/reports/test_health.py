"""The health of a shop: what counts where, what is partial, and that unknown is never nothing."""

# ruff: noqa: ANN401 - a change may be of any field, hence of any type

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.support.builders import a_brand
from ticketing.reports import health_page
from ticketing.reports.health import Health, Speed, health
from ticketing.reports.health_facts import (
    Delivery,
    Facts,
    Happened,
    MailsCounted,
    Sample,
    Unread,
    Waiting,
)
from ticketing.reports.health_json import document
from ticketing.reports.pictures import HEIGHT, WIDTH, columns

NOW = datetime(2026, 6, 3, 12, 30, tzinfo=UTC)
"""Half past one in Jersey."""
LOST = Unread("AccessDeniedException")
HOUR = timedelta(hours=1)


def happened(kind: str, ago: timedelta) -> Happened:
    return Happened(kind, NOW - ago)


FACTS = Facts(
    made_at=NOW,
    pending=Waiting(3, NOW - HOUR),
    on_hold=Waiting(0),
    mails=Waiting(2, NOW - timedelta(minutes=1)),
    lost_mails=Waiting(0),
    dead_letters={"verify": 0, "delivery": 0},
    decided=Sample((happened("completed", HOUR), happened("expired", timedelta(days=2)))),
    money_back=Sample((happened("money back", timedelta(hours=3)),)),
    deliveries=Sample(
        (
            Delivery("ORD-A", NOW - HOUR, NOW - HOUR + timedelta(seconds=10)),
            Delivery("ORD-B", NOW - HOUR, NOW - HOUR + timedelta(seconds=40)),
            Delivery("ORD-C", NOW - HOUR, NOW - HOUR + timedelta(minutes=9)),
        )
    ),
    mail_counts=MailsCounted(
        {
            "sent": ((NOW - HOUR, 4), (NOW - timedelta(days=3), 5)),
            "bounced": ((NOW - timedelta(days=3), 1),),
        },
        scanned_at=NOW - HOUR,
    ),
    alarms={"scan-missing": ("OK", True), "broken-rules": ("INSUFFICIENT_DATA", True)},
)


def found(**changes: Any) -> Health:
    return health(replace(FACTS, **changes), "Europe/Jersey")


def html(**changes: Any) -> str:
    return health_page.page(found(**changes), a_brand()).decode()


def test_a_shop_without_trouble_is_well() -> None:
    assert (found().problems, found().unread) == ((), ())
    assert "Nothing in these figures needs a person." in html()


TROUBLES: dict[str, tuple[dict[str, Any], str]] = {
    "on hold": ({"on_hold": Waiting(2, NOW)}, "2 orders are on hold: `orders`"),
    "one dead letter": (
        {"dead_letters": {"verify": 1}},
        "1 dead letter waits in the queue verify: `redrive verify`",
    ),
    "an alarm": ({"alarms": {"scan-missing": ("ALARM", True)}}, "the alarm scan-missing is raised"),
    "an alarm that tells nobody": (
        {"alarms": {"scan-missing": ("OK", False)}},
        "the alarm scan-missing notifies nobody",
    ),
    "no alarms": ({"alarms": {}}, "there are no alarms: deploy with Watch=alarms or everything"),
    "a lost mail": (
        {"lost_mails": Waiting(1, NOW)},
        "1 mail of the last 7 days did not arrive: `orders`",
    ),
    "no scan": (
        {"mail_counts": MailsCounted({}, scanned_at=None)},
        "no scan has been counted in the last 7 days: `doctor`",
    ),
    "an old scan": (
        {"mail_counts": MailsCounted({}, scanned_at=NOW - 3 * HOUR)},
        "no scan has been counted since 2026-06-03 10:30: `doctor`",
    ),
}


@pytest.mark.parametrize(("changes", "problem"), TROUBLES.values(), ids=TROUBLES)
def test_what_needs_a_person_is_named(changes: dict[str, Any], problem: str) -> None:
    assert found(**changes).problems == (problem,)
    assert "1 thing to look at" in html(**changes)


READ = [name for name in vars(FACTS) if name not in {"made_at", "dead_letters"}]


@pytest.mark.parametrize("name", READ)
def test_what_cannot_be_read_is_unknown_and_neither_nothing_nor_fine(name: str) -> None:
    made = html(**{name: LOST})

    (line,) = found(**{name: LOST}).unread
    assert line.endswith("could not be read: AccessDeniedException")
    assert line in made
    assert "unknown" in made
    assert "Nothing in these figures needs a person." not in made


def test_a_picture_says_what_it_lacks() -> None:
    assert html(decided=LOST).count("The picture lacks what is unknown.") == 2
    assert "The picture lacks" not in html()


def test_a_queue_that_cannot_be_read_is_unknown() -> None:
    one = {"verify": LOST, "delivery": 0}

    assert found(dead_letters=one).unread == (
        "the dead letters of verify could not be read: AccessDeniedException",
    )
    assert document(found(dead_letters=one))["dead_letters"] == {"verify": None, "delivery": 0}


def test_a_broken_row_is_named() -> None:
    broken: Sample[Happened] = Sample((), unreadable=("order ORD-X: settled_at is misspelt",))

    assert found(decided=broken).unread == (
        "a row could not be read: order ORD-X: settled_at is misspelt",
    )


def test_decisions_are_counted_by_hour_and_by_day_of_the_shop() -> None:
    midnight = datetime(2026, 6, 2, 23, 0, tzinfo=UTC)  # in Jersey
    events = Sample(
        (
            Happened("completed", midnight),
            Happened("completed", midnight - timedelta(seconds=1)),
            happened("completed", timedelta(hours=23)),
            happened("failed", timedelta(days=6)),
            happened("failed", timedelta(days=7)),
        )
    )

    made = found(decided=events, money_back=Sample(()))

    assert [column.at for column in made.week][::6] == ["2026-05-28", "2026-06-03"]
    assert [dict(column.counts) for column in made.week] == [
        {"failed": 1}, {}, {}, {}, {}, {"completed": 2}, {"completed": 1},
    ]  # fmt: skip
    assert len(made.day) == 24
    assert (made.day[-1].at, made.day[0].at) == ("2026-06-03 13:00", "2026-06-02 14:00")
    assert sum((Counter(column.counts) for column in made.day), Counter()) == {"completed": 3}


def test_times_from_paid_to_mailed_have_a_median_and_the_slowest() -> None:
    speed = found().speed

    assert isinstance(speed, Speed)
    assert (speed.median, speed.slowest) == (timedelta(seconds=40), timedelta(minutes=9))
    assert (speed.slowest_order, speed.count, speed.is_partial) == ("ORD-C", 3, False)
    assert speed.classes == (
        ("within 1 minute", 2), ("within 5 minutes", 0), ("within 1 hour", 1), ("later", 0),
    )  # fmt: skip


def test_what_is_paid_and_not_mailed_yet_is_no_time_but_is_shown() -> None:
    waits = Sample((Delivery("ORD-A", NOW - HOUR, None),))

    speed = found(deliveries=waits).speed

    assert isinstance(speed, Speed)
    assert (speed.median, speed.count, speed.waiting) == (None, 0, Waiting(1, NOW - HOUR))
    assert "No tickets were mailed" in html(deliveries=waits)


def test_a_clock_that_runs_ahead_makes_no_negative_time() -> None:
    early = Sample((Delivery("ORD-A", NOW, NOW - HOUR),))

    speed = found(deliveries=early).speed

    assert isinstance(speed, Speed)
    assert speed.median == timedelta()


def test_a_partial_figure_says_so() -> None:
    made = html(
        pending=Waiting(5000, NOW, is_partial=True),
        decided=Sample(FACTS.decided.found, is_partial=True),  # type: ignore[union-attr]
        deliveries=Sample(FACTS.deliveries.found, is_partial=True),  # type: ignore[union-attr]
    )

    assert "at least 5,000" in made
    assert "<b>at least 1</b> <span>completed</span>" in made
    assert "<b>1</b> <span>money back</span>" in made
    assert made.count("Not all of them were read") == 2


def test_mails_are_counted_from_the_metrics() -> None:
    facts = document(found())

    assert facts["mail_counts"] == {
        "last_24_hours": {"sent": 4, "delivered": 0, "bounced": 0, "spam": 0, "failed": 0},
        "last_7_days": {"sent": 9, "delivered": 0, "bounced": 1, "spam": 0, "failed": 0},
    }


def test_programs_get_null_for_what_is_unknown() -> None:
    every = dict.fromkeys(READ, LOST) | {"dead_letters": {"verify": LOST}}

    facts = document(found(**every))

    lost = {name for name, value in facts.items() if value is None}
    assert lost == {
        "pending", "on_hold", "mails_waiting", "mails_not_arrived", "paid_to_mailed", "mail_counts",
        "alarms", "decisions_partial", "money_back_partial",
    }  # fmt: skip
    assert facts["decisions"] == {
        window: dict.fromkeys(["completed", "expired", "failed", "on hold", "money back"])
        for window in ("last_24_hours", "last_7_days")
    }
    assert facts["well"] is False


class Tags(HTMLParser):
    """Collects the elements of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str | None] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in {"src", "href", "action"}]
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, _: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(
    "changes",
    [{}, dict.fromkeys(READ, LOST), {"decided": Sample(()), "money_back": Sample(())}],
    ids=["known", "unknown", "nothing"],
)
def test_the_page_needs_nothing_from_elsewhere(changes: dict[str, Any]) -> None:
    tags = Tags(html(**changes))

    assert tags.open == []
    assert tags.links == []
    assert tags.tags.isdisjoint({"script", "link", "img", "iframe"})


def test_the_page_escapes_what_it_shows() -> None:
    assert "<script" not in html(pending=Unread("<script>x</script>"))


def test_columns_stack_their_parts() -> None:
    picture = columns(
        [("a", [("one", 1), ("two", 3)]), ("b", []), ("c", [("one", 2)]), ("d", [("two", 0)])]
    )

    assert picture is not None
    assert picture.most == 4
    assert [(bar.kind, bar.height, bar.y, bar.text) for bar in picture.bars] == [
        ("one", HEIGHT / 4, HEIGHT * 3 / 4, "a: 1 one"),
        ("two", HEIGHT * 3 / 4, 0, "a: 3 two"),
        ("one", HEIGHT / 2, HEIGHT / 2, "c: 2 one"),
    ]
    assert picture.bars[2].x - picture.bars[0].x == WIDTH / 2
    assert columns([("a", [("one", 0)])]) is None
